//go:build e2e

package browser

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// axe runs axe-core's rules for WCAG 2.2 A and AA and its best practices in the page, and reports
// their findings.
func (p *tab) axe(state string) {
	p.t.Helper()
	library, err := os.ReadFile("node_modules/axe-core/axe.min.js")
	if err != nil {
		p.t.Fatalf("%v: run tests/browser/install.sh", err)
	}
	eval[bool](p, string(library)+"; true")
	result := eval[struct {
		Passes     int
		Violations []string
		Unsure     []string
	}](p, `(async () => {
		const told = list => list.flatMap(rule => rule.nodes.map(node => rule.id + ': ' + node.html.slice(0, 200) + ' ' + node.failureSummary));
		const found = await axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']});
		return {Passes: found.passes.length, Violations: told(found.violations), Unsure: told(found.incomplete)};
	})()`)
	if result.Passes < 15 {
		p.t.Errorf("%s: only %d rules of axe-core applied", state, result.Passes)
	}
	for _, violation := range result.Violations {
		p.t.Errorf("%s: %s", state, violation)
	}
	for _, unsure := range result.Unsure {
		p.t.Errorf("%s: axe-core cannot decide: %s", state, unsure)
	}
}

func TestAccessibility(t *testing.T) {
	t.Parallel()
	for _, l := range []look{desktop, desktop.inTheDark(), phone, phone.inTheDark(), {name: "narrow", width: 320, height: 568, phone: true}} {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			a := startAPI(t, "/prod")
			p := open(t, a.address, l.withoutMotion())
			p.awaitText(message, "Pick a number")
			p.axe("at first")
			for _, won := range []bool{true, false} {
				p.click("#new", 1)
				p.awaitText(message, "A number is drawn.")
				secret := a.number(t, gameID(p))
				w := wrong(secret)
				p.click(number(w[0]), 1)
				p.awaitText(message, "Two guesses left")
				p.axe("in a game")
				a.fail(problem(503, "StoreUnavailable", "x"))
				p.click(number(w[1]), 1)
				p.awaitText(message, "The game does not respond")
				p.axe("with an error")
				p.click("#again", 1)
				p.awaitText(message, "One guess left")
				last := w[2]
				if won {
					last = secret
				}
				p.click(number(last), 1)
				p.awaitValue("document.title.includes('\u00b7')", "true")
				p.axe(fmt.Sprintf("won: %t", won))
			}
			p.click("summary", 1)
			p.axe("with the commands")
			p.expectRefusals()
			if wide := eval[int](p, "document.documentElement.scrollWidth"); wide > int(l.width) {
				t.Errorf("the page is %d pixels wide, the window %d", wide, l.width)
			}
			// Target Size (Minimum), WCAG 2.2 AA: 24 by 24 CSS pixels.
			small := eval[string](p, `[...document.querySelectorAll('button, summary')].filter(it => { const r = it.getBoundingClientRect(); return r.width && (r.width < 24 || r.height < 24) }).map(it => it.textContent).join()`)
			if small != "" {
				t.Errorf("too small to hit: %s", small)
			}
		})
	}
}

// What a screen reader announces: the message is a live region, and numbers and guesses have
// names.
func TestNames(t *testing.T) {
	t.Parallel()
	a := startAPI(t, "/prod")
	p := open(t, a.address, desktop)
	p.click("#new", 1)
	p.awaitText(message, "A number is drawn.")
	n := wrong(a.number(t, gameID(p)))[0]
	p.click(number(n), 1)
	p.awaitText(message, "Two guesses left")
	for selector, want := range map[string]string{
		message:               "role=status",
		"#numbers":            "aria-label=Numbers",
		"#guesses":            "aria-label=Your guesses",
		number(n):             fmt.Sprintf("aria-label=%d, tried", n),
		number(n) + " ":       "aria-disabled=true",
		number((n + 1) % 11):  "aria-disabled=false",
		"main":                "aria-busy=false",
		"#guesses li.wrong":   "class=made wrong new",
		"html":                "lang=en",
		"#new":                "type=button",
		`meta[name=viewport]`: "content=width=device-width, initial-scale=1",
	} {
		name, value, _ := strings.Cut(want, "=")
		if got := eval[string](p, fmt.Sprintf("document.querySelector(%s).getAttribute(%s)", quote(selector), quote(name))); got != value {
			t.Errorf("%s of %s is %q, want %q", name, selector, got, value)
		}
	}
}

// Users who prefer reduced motion get none.
func TestReducedMotion(t *testing.T) {
	t.Parallel()
	a := startAPI(t, "/prod")
	for _, test := range []struct {
		look
		moves bool
	}{{desktop, true}, {desktop.withoutMotion(), false}} {
		p := open(t, a.address, test.look)
		p.click("#new", 1)
		p.awaitText(message, "A number is drawn.")
		secret := a.number(t, gameID(p))
		p.click(number(secret), 1)
		p.awaitText(message, "it is!")
		animated := eval[bool](p, `[...document.querySelectorAll('*')].some(it => { const s = getComputedStyle(it); return s.animationName !== 'none' || !/^0s(, 0s)*$/.test(s.transitionDuration) })`)
		if animated != test.moves {
			t.Errorf("reduced motion %t: something moves is %t", test.still, animated)
		}
	}
}
