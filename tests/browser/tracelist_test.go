//go:build e2e

package browser

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"example.com/guessing-game/tests/serve"
)

// visit sends the given number of requests for the page of the game, several at a time.
func (g gateway) visit(t *testing.T, times int) {
	t.Helper()
	var wait sync.WaitGroup
	for worker := range 4 {
		wait.Go(func() {
			for i := worker; i < times; i += 4 {
				response, err := http.Get(g.rest)
				if err != nil {
					t.Error(err)
					return
				}
				io.Copy(io.Discard, response.Body)
				response.Body.Close()
			}
		})
	}
	wait.Wait()
}

// games plays the given number of games, of four requests each.
func (g gateway) games(t *testing.T, times int) {
	t.Helper()
	for range times {
		address, _ := g.game(t)
		for n := range 3 { // a game may be won before the third guess, which is then a 409
			send(t, address, fmt.Sprintf(`{"guess":%d}`, n))
		}
	}
}

// fill writes into a field as a person does who types or chooses.
func (p *tab) fill(id, value string) {
	p.t.Helper()
	eval[bool](p, fmt.Sprintf(`(it => { it.value = %s; it.dispatchEvent(new Event('input', {bubbles: true})); it.dispatchEvent(new Event('change', {bubbles: true})); return true })(document.getElementById(%s))`, quote(value), quote(id)))
}

// hover moves the mouse over an element, or into the corner of the window.
func (p *tab) hover(selector string) {
	p.t.Helper()
	x, y := 1.0, 1.0
	if selector != "" {
		x, y = p.point(selector)
	}
	if err := chromedp.Do(p.ctx, chromedp.MouseEvent(chromedp.MouseMoved, x, y)); err != nil {
		p.t.Fatal(err)
	}
}

const (
	focusedRow = "[...document.querySelectorAll('#rows tr')].indexOf(document.activeElement.closest('tr'))"
	firstRow   = "document.querySelector('#rows tr').dataset.id"
)

// Rows can be distinguished where there is little room: they show the end of a path, but not a
// stage that all have.
func TestTraceListTellsRowsApart(t *testing.T) {
	t.Parallel()
	g := startGateway(t)
	g.games(t, 5)
	for _, l := range []struct {
		look
		billed bool
	}{{look{name: "1024", width: 1024, height: 768}, false}, {desktop, true}, {phone, false}} {
		p := open(t, g.trace, l.look)
		p.awaitValue(rows, "20")
		if got := eval[bool](p, "document.querySelector('#rows .billed').getBoundingClientRect().width > 0"); got != l.billed {
			t.Errorf("%s: billed is shown: %t", l.name, got)
		}
		for what, wrong := range map[string]string{
			"a time without milliseconds":         `tr => !/^\d\d:\d\d:\d\d\.\d{3}$/.test(tr.querySelector('.clock').textContent)`,
			"a path with the stage":               `tr => tr.querySelector('.path').textContent.startsWith('/prod')`,
			"a path whose end cannot be seen":     `tr => { const r = tr.querySelector('.tail').getBoundingClientRect(), c = tr.querySelector('.request').getBoundingClientRect(); return r.right > c.right || tr.querySelector('.path').textContent.length > 20 && r.width < 60 }`,
			"a path that begins in another place": `(tr, _, all) => tr.querySelector('.path').getBoundingClientRect().left !== all[0].querySelector('.path').getBoundingClientRect().left`,
			"a row that is cut off":               `tr => tr.getBoundingClientRect().right > innerWidth`,
		} {
			if got := eval[[]string](p, "[...document.querySelectorAll('#rows tr')].filter("+wrong+").map(tr => tr.textContent)"); len(got) > 0 {
				t.Errorf("%s: %s: %q", l.name, what, got)
			}
		}
	}
	// After a request without the stage, those with it are shown with it.
	send(t, strings.TrimSuffix(g.rest, "prod/")+"games", "")
	p := open(t, g.trace, desktop)
	p.awaitText("#rows tr:last-child .path", "/prod/games")
	p.awaitValue("document.querySelector('#rows tr:first-child .path').textContent", "/games")
}

// New requests appear if nobody is reading, and wait if somebody is.
func TestTraceListKeepsItsPlace(t *testing.T) {
	t.Parallel()
	g := startGateway(t)
	g.games(t, 15)
	p := open(t, g.trace, desktop)
	p.awaitValue(rows, "60")

	// Under the pointer.
	p.hover("#rows tr:nth-child(3)")
	under := eval[string](p, "document.querySelector('#rows tr:hover').dataset.id")
	g.visit(t, 10)
	p.awaitValue("document.getElementById('new').textContent", "10 new")
	if got := eval[string](p, "document.querySelector('#rows tr:hover').dataset.id"); got != under {
		t.Errorf("the row under the pointer was %s and is %s", under, got)
	}
	p.hover("")
	p.awaitValue(rows, "70")
	p.awaitValue("document.getElementById('new').hidden", "true")

	// Scrolled: what is being read stays in place, and the button leads to the new requests.
	eval[bool](p, "document.getElementById('list').scrollTop = 300, true")
	const top = "(list => [...document.querySelectorAll('#rows tr')].find(tr => tr.getBoundingClientRect().top > list.getBoundingClientRect().top + 40).dataset.id + list.scrollTop)(document.getElementById('list'))"
	before := eval[string](p, top)
	g.visit(t, 5)
	p.awaitValue("document.getElementById('new').textContent", "5 new")
	if after := eval[string](p, top); after != before {
		t.Errorf("the first row that can be seen was %s and is %s", before, after)
	}
	p.click("#new", 1)
	p.awaitValue(rows, "75")
	p.awaitValue("document.getElementById('list').scrollTop", "0")
	p.awaitValue(focusedRow, "0")

	// Paused.
	p.click("#pause", 1)
	p.awaitText("#live", "paused")
	g.visit(t, 3)
	p.awaitValue("document.getElementById('new').textContent", "3 new")
	p.awaitValue(rows, "75")
	p.click("#pause", 1)
	p.awaitValue(rows, "78")
	p.awaitText("#live", "live")
}

// Requests that arrived while the page was disconnected wait too, if somebody is reading.
func TestTraceListKeepsItsPlaceOverAReconnect(t *testing.T) {
	t.Parallel()
	g, _, _ := played(t)
	w := newWire(t, g.trace)
	p := open(t, w.address, desktop)
	p.awaitValue(rows, "2")
	p.click("#pause", 1)
	w.cut()
	p.awaitText("#live", "not connected: is apigw start still running?")
	g.visit(t, 3)
	w.restore()
	p.awaitText("#live", "paused")
	p.awaitValue("document.getElementById('new').textContent", "3 new")
	p.awaitValue(rows, "2")
	p.click("#new", 1)
	p.awaitValue(rows, "5")
	p.awaitValue("document.getElementById('count').textContent", "5")
	p.expectRefusals()
}

func TestTraceListByKeyboard(t *testing.T) {
	t.Parallel()
	g := startGateway(t)
	g.games(t, 10)
	p := open(t, g.trace, desktop)
	p.awaitValue(rows, "40")
	p.awaitValue("document.querySelectorAll('#rows [tabindex=\"0\"]').length", "1")
	p.tabTo("#rows button")
	for _, step := range []struct{ key, row string }{
		{kb.ArrowDown, "1"}, {"j", "2"}, {"k", "1"}, {kb.ArrowUp, "0"}, {kb.ArrowUp, "0"}, {kb.End, "39"}, {kb.ArrowDown, "39"}, {kb.Home, "0"},
	} {
		p.press(step.key)
		p.awaitValue(focusedRow, step.row)
	}
	p.press(kb.PageDown)
	p.awaitValue(focusedRow+" > 5", "true")
	p.press(kb.PageUp)
	p.press(kb.ArrowDown)
	p.awaitValue(focusedRow, "1")
	// While the user moves through the list, it does not change.
	g.visit(t, 2)
	p.awaitValue("document.getElementById('new').textContent", "2 new")
	p.press(kb.Enter)
	p.awaitText("#facts", "POST /games")
	p.awaitValue("document.querySelector('#rows tr.chosen') === document.activeElement.closest('tr')", "true")
	// The next Tab leaves the list; Shift+Tab returns to the same row.
	p.press(kb.Tab)
	p.awaitValue(focusedRow, "-1")
	p.awaitValue(rows, "42")
	p.awaitValue("document.querySelector('#rows [tabindex=\"0\"]').closest('tr').className", "chosen")

	p.press("/")
	p.awaitValue("document.activeElement.id", "find")
	p.press("j/")
	p.awaitValue("document.getElementById('find').value", "j/")
	p.fill("find", "games")
	p.press(kb.Enter)
	p.awaitValue(focusedRow, "0")
	p.press("?")
	p.awaitValue("document.getElementById('keys').open", "true")
	p.press(kb.Escape)
	p.awaitValue("document.getElementById('keys').open", "false")
	// Single-key shortcuts can be turned off, for this page and the next.
	p.click("#help", 1)
	p.click("#single", 1)
	p.click("#keys-close", 1)
	p.navigate(g.trace + "?again")
	p.awaitValue(rows, "42")
	p.press("/")
	p.press("?")
	p.awaitValue("document.activeElement.id + document.getElementById('keys').open", "false")
}

// Sorting, filters and the latency settings survive a reload.
func TestTraceListSortsAndFilters(t *testing.T) {
	t.Parallel()
	g, _, _ := played(t)
	send(t, g.rest+"games/42", `{"guess":1}`)
	failed := send(t, g.lambda+"2015-03-31/functions/GameFunction/invocations", `{"kind":"nope"}`)
	p := open(t, g.trace, desktop)
	p.awaitValue(rows, "4")
	for _, test := range []struct{ field, value, rows string }{
		{"status", "4", "1"}, {"status", "2", "3"}, {"status", "5", "0"}, {"status", "fault", "1"}, {"status", "cold", "1"}, {"status", "", "4"},
		{"find", "games/42", "1"}, {"find", "InvalidEvent", "1"}, {"find", "nothing has this", "0"}, {"find", "", "4"},
		{"slower", "100000", "0"}, {"slower", "", "4"},
		{"since", "60", "4"},
	} {
		p.fill(test.field, test.value)
		p.awaitValue(rows, test.rows)
	}
	if !strings.Contains(string(failed), "InvalidEvent") {
		t.Errorf("the invocation returns %s", failed)
	}

	// A failure is red, whatever its status.
	p.fill("status", "fault")
	p.awaitValue(rows, "1")
	p.awaitText("#rows tr.failed", "INVOKE")
	p.awaitText("#rows tr.failed .tag", "failed")
	p.awaitText("#count", "showing 1 of 4")
	p.click("#rows button", 1)
	p.awaitValue("document.querySelector('#aws').hidden || !document.querySelector('#curl').hidden", "false")
	eval[bool](p, "navigator.clipboard.writeText = async text => { window.copied = text }, true")
	p.click("#aws", 1)
	p.awaitValue("window.copied", `printf %s '{"kind":"nope"}' | aws lambda invoke --endpoint-url `+strings.TrimSuffix(g.lambda, "/")+" --no-sign-request --region us-east-1 --function-name GameFunction --payload fileb:///dev/stdin /dev/stdout")
	p.awaitText("#said", "copied")
	p.awaitValue("getComputedStyle(document.querySelector('#rows .status')).color === getComputedStyle(document.querySelector('#rows .path')).color", "true")
	p.click("#reset", 1)
	p.awaitValue(rows, "4")
	p.awaitValue("document.getElementById('count').textContent", "4")

	const sorted = "(all => String(all) === String([...all].sort((a, b) => %s)))([...document.querySelectorAll('#rows .number:not(.billed)')].map(it => parseFloat(it.textContent)))"
	p.click("th [data-by=ms]", 1)
	p.awaitValue("document.querySelector('th [data-by=ms]').parentElement.ariaSort", "descending")
	p.awaitValue(fmt.Sprintf(sorted, "b - a"), "true")
	p.click("th [data-by=ms]", 1)
	p.awaitValue("document.querySelector('th [data-by=ms]').parentElement.ariaSort", "ascending")
	p.awaitValue("document.querySelector('th [data-by=time]').parentElement.ariaSort", "null")
	p.awaitValue(fmt.Sprintf(sorted, "a - b"), "true")

	p.fill("find", "games")
	p.fill("slower", "0.001")
	p.click("#unfold", 1)
	p.awaitValue("document.querySelectorAll('#route option').length > 2", "true")
	p.fill("measure", "invocation")
	p.fill("route", "POST /games")
	p.awaitText("#line", "POST /games: 1 invocation")
	p.click("#rows tr:last-child button", 1)
	p.awaitText("#detail-title", "POST /prod/games")
	for _, want := range []string{"find=games", "slower=0.001", "sort=ms-up", "route=POST", "measure=invocation", "latency=open", "#1-"} {
		p.await("location.href", want, strings.Contains)
	}
	p.reload()
	p.awaitText("#detail-title", "POST /prod/games")
	p.awaitValue(rows, "3")
	p.awaitValue("document.querySelector('th [data-by=ms]').parentElement.ariaSort", "ascending")
	p.awaitText("#line", "POST /games: 1 invocation")
	p.awaitText("#figures", "cold starts")
}

// The latency is one line until it is unfolded, and shows no more than the number of requests
// supports.
func TestTraceLatency(t *testing.T) {
	t.Parallel()
	g := startGateway(t)
	g.visit(t, 20)
	for _, l := range []look{desktop, desktop.inTheDark()} {
		p := open(t, g.trace, l.withoutMotion())
		p.awaitText("#line", "20 requests · p50 ")
		p.awaitText("#line", "0 errors")
		if got := eval[string](p, "document.getElementById('line').textContent + document.getElementById('distribution').hidden"); strings.Contains(got, "p99") || !strings.HasSuffix(got, "true") {
			t.Errorf("20 requests have %s", got)
		}
	}
	g.visit(t, 100)
	for _, l := range []look{desktop, desktop.inTheDark()} {
		p := open(t, g.trace, l.withoutMotion())
		p.awaitText("#line", "120 requests · p50 ")
		p.awaitText("#line", " · p99 ")
		p.awaitValue("document.getElementById('unfold').getAttribute('aria-expanded')", "false")
		p.tabTo("#unfold")
		p.press(kb.Enter)
		p.awaitValue("document.getElementById('unfold').getAttribute('aria-expanded')", "true")
		p.awaitText("#figures", "p99")
		if got := eval[string](p, "document.getElementById('figures').textContent"); strings.Contains(got, "p99.9") {
			t.Errorf("120 requests have %s", got)
		}
		// Each line has its name next to it, and is visible over a bar.
		for _, name := range []string{"p50", "p99"} {
			p.awaitText("#marks .mark."+name, name+" ")
			if far := eval[float64](p, fmt.Sprintf("(mark => { const m = mark.getBoundingClientRect(), l = mark.firstChild.getBoundingClientRect(); return Math.min(Math.abs(l.left - m.right), Math.abs(m.left - l.right)) })(document.querySelector('.mark.%s'))", name)); far > 10 {
				t.Errorf("%s stands %.0f pixels from its line", name, far)
			}
			if got := p.contrast("getComputedStyle(document.querySelector('.mark."+name+"')).backgroundColor", "getComputedStyle(document.querySelector('#plot rect')).fill"); got < 3 {
				t.Errorf("%s: the line of %s over a bar has a contrast of %.1f", l.name, name, got)
			}
		}
	}
}

// contrast returns the contrast of two colours, given by expressions as CSS computes them.
func (p *tab) contrast(one, other string) float64 {
	p.t.Helper()
	return eval[float64](p, `((...colours) => {
		const lights = colours.map(colour => {
			const [r, g, b] = colour.match(/[\d.]+/g).map(x => x / 255).map(x => x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
			return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
		});
		return Math.max(...lights) / Math.min(...lights);
	})(`+one+`, `+other+`)`)
}

// Fields are visible, and the placeholder of an empty field is legible.
func TestTraceContrast(t *testing.T) {
	t.Parallel()
	g, _, _ := played(t)
	for _, l := range []look{desktop, desktop.inTheDark()} {
		p := open(t, g.trace, l.withoutMotion())
		p.awaitValue(rows, "2")
		const ground = "getComputedStyle(document.querySelector('.requests')).backgroundColor"
		for _, field := range []string{"#find", "#status", "#slower"} {
			if got := p.contrast("getComputedStyle(document.querySelector('"+field+"')).borderTopColor", ground); got < 3 {
				t.Errorf("%s: the border of %s has a contrast of %.1f", l.name, field, got)
			}
		}
		if got := p.contrast("getComputedStyle(document.querySelector('#find'), '::placeholder').color", "getComputedStyle(document.querySelector('#find')).backgroundColor"); got < 4.5 {
			t.Errorf("%s: the placeholder has a contrast of %.1f", l.name, got)
		}
	}
}

// The page of a program that has received no request says what to request.
func TestTraceFirstStep(t *testing.T) {
	t.Parallel()
	g := startGateway(t)
	p := open(t, g.trace, desktop)
	p.awaitText("#detail-title", "Send a request")
	p.awaitValue("document.title", "Guessing game – traces")
	p.awaitValue("document.querySelector('.requests').getBoundingClientRect().height", "0")
	for _, want := range []string{g.rest, "/games/{id}", "GameFunction", strings.TrimSuffix(g.lambda, "/"), "--function-name GameFunction"} {
		p.awaitText("#routes", want)
	}
	p.awaitValue("document.querySelector('#where a').href", g.rest)
	eval[bool](p, "navigator.clipboard.writeText = async text => { window.copied = text }, true")
	p.click(".command .copy", 1)
	p.awaitValue("window.copied", "curl -i -X POST "+g.rest+"games")
	p.awaitText(".command .copy", "Copied")
	p.click(".routes tr:last-child .copy:last-child", 1)
	p.await("window.copied", "curl -i -X POST "+g.rest+"games/id -H 'Content-Type: application/json' -d '{", strings.HasPrefix)
	send(t, g.rest+"games", "")
	p.awaitValue(rows, "1")
	p.awaitText("#detail-title", "Choose a request")
}

// Saving a document changes what the page says about it while the page is open.
func TestTraceFollowsTheDocument(t *testing.T) {
	t.Parallel()
	folder, err := programs()
	if err != nil {
		t.Fatal(err)
	}
	const document = `{"openapi": "3.0.1", "info": {"title": "One", "version": "1"}, "paths": {"/one": {"get": {
		"responses": {"200": {"description": "ok"}},
		"x-amazon-apigateway-integration": {"type": "mock", "requestTemplates": {"application/json": "{\"statusCode\": 200}"}, "responses": {"default": {"statusCode": "200"}}}}}}}`
	dir := t.TempDir()
	file := filepath.Join(dir, "api.json")
	if err := os.WriteFile(file, []byte(document), 0o644); err != nil {
		t.Fatal(err)
	}
	a := serve.Start(t, filepath.Join(folder, "apigw"), dir, []string{"NO_COLOR=1"}, "--openapi", "api.json", "--watch")
	p := open(t, a.Trace, desktop)
	p.awaitText("#routes", "/one")
	p.awaitValue("document.title", "One – traces")
	if err := os.WriteFile(file, []byte(strings.NewReplacer("/one", "/two", "One", "Two").Replace(document)), 0o644); err != nil {
		t.Fatal(err)
	}
	p.awaitText("#routes", "/two")
	p.awaitValue("document.title", "Two – traces")
}

// What was cleared in one page disappears in all, and returns in all.
func TestTraceClear(t *testing.T) {
	t.Parallel()
	g, address, _ := played(t)
	one, other := open(t, g.trace, desktop), open(t, g.trace, desktop)
	one.awaitValue(rows, "2")
	other.awaitValue(rows, "2")
	other.click("#rows tr:last-child button", 1)
	other.awaitText("#detail-title", "POST /prod/games")
	one.click("#clear", 1)
	for _, p := range []*tab{one, other} {
		p.awaitText("#notice", "2 requests cleared.")
		p.awaitValue(rows, "0")
	}
	one.awaitText("#detail-title", "Send a request")
	send(t, address, `{"guess":7}`)
	one.awaitValue(rows, "1")
	other.awaitValue(rows, "1")
	other.tabTo("#undo")
	other.press(kb.Enter)
	for _, p := range []*tab{one, other} {
		p.awaitValue(rows, "3")
		p.awaitValue("document.getElementById('notice').hidden", "true")
		p.awaitText("#line", "3 requests")
	}
	other.awaitValue("document.activeElement.id", "clear")
	other.awaitText("#facts", "POST /games")
	other.taken() // the browser reports the request that was missing for a while
}

// On a phone a request has two lines; the chosen one scrolls into view, and there is a way back.
func TestTraceOnAPhone(t *testing.T) {
	t.Parallel()
	g, _, link := played(t)
	p := open(t, g.trace, phone)
	p.awaitValue(rows, "2")
	if got := eval[bool](p, "(tr => tr.querySelector('.clock').getBoundingClientRect().top >= tr.querySelector('.request').getBoundingClientRect().bottom)(document.querySelector('#rows tr'))"); !got {
		t.Errorf("a request has one line")
	}
	p.tap("#rows tr:first-child button")
	p.awaitText("#detail-title", "POST "+link)
	p.awaitText("#waterfall", "GameFunction")
	p.awaitValue("document.activeElement.id", "detail")
	p.awaitValue("(r => r.top >= 0 && r.bottom <= innerHeight)(document.getElementById('detail-title').getBoundingClientRect())", "true")
	p.tap("#back")
	p.awaitValue("document.activeElement.closest('tr')?.className", "chosen")
	p.awaitValue("(r => r.top >= 0 && r.bottom <= innerHeight)(document.activeElement.getBoundingClientRect())", "true")
	if wide := eval[int](p, "document.documentElement.scrollWidth"); wide > int(phone.width) {
		t.Errorf("the page is %d pixels wide, the window %d", wide, phone.width)
	}
	// Target Size (Minimum), WCAG 2.2 AA: 24 by 24 CSS pixels.
	small := eval[string](p, `[...document.querySelectorAll('button, select, input, summary')].filter(it => { const r = it.getBoundingClientRect(); return r.width && (r.width < 24 || r.height < 24) }).map(it => it.id || it.textContent).join()`)
	if small != "" {
		t.Errorf("too small to hit: %s", small)
	}
}

func TestTraceAccessibility(t *testing.T) {
	t.Parallel()
	for _, l := range []look{desktop, desktop.inTheDark(), phone, phone.inTheDark()} {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			g := startGateway(t)
			p := open(t, g.trace, l.withoutMotion())
			p.awaitText("#routes", "curl")
			p.axe("empty")
			g.game(t)
			send(t, g.lambda+"2015-03-31/functions/GameFunction/invocations", `{"kind":"nope"}`)
			p.awaitValue(rows, "2")
			p.awaitText("#line", "1 error")
			p.axe("the list")
			p.fill("find", "games") // axe-core does not measure contrast in a row that is scrolled out of sight
			g.visit(t, 118)
			p.awaitText("#count", "showing 1 of 120")
			p.awaitText("#line", "120 requests")
			p.click("#unfold", 1)
			p.awaitText("#figures", "p99")
			p.axe("the latency")
			p.click("#unfold", 1)
			p.click("#rows tr:first-child button", 1)
			p.awaitText("#detail-title", "POST /prod/games")
			p.awaitText("#waterfall", "GameFunction")
			p.axe("a request")
			p.click("#waterfall [role=treeitem]", 1)
			p.awaitText("#segment", "duration_ms")
			p.axe("a segment")
			eval[bool](p, "document.getElementById('keys').showModal(), true")
			p.axe("the keys")
			eval[bool](p, "document.getElementById('keys').close(), true")
			p.click("#clear", 1)
			p.awaitText("#notice", "cleared")
			p.axe("cleared")
		})
	}
}

// Hundreds of requests a second: the page keeps up, changes no more than it must, and still
// responds.
func TestTracePageUnderLoad(t *testing.T) {
	t.Parallel()
	g, _, link := played(t)
	p := open(t, g.trace, desktop)
	p.awaitValue(rows, "2")
	p.hover("#find")
	eval[bool](p, `(() => {
		window.made = window.tasks = window.longest = 0;
		new MutationObserver(all => { for (const m of all) window.made += [...m.addedNodes].filter(n => n.localName === 'tr').length }).observe(document.getElementById('rows'), {childList: true});
		new PerformanceObserver(list => { for (const e of list.getEntries()) { window.tasks++; window.longest = Math.max(window.longest, e.duration) } }).observe({type: 'longtask'});
		return true;
	})()`)
	const sent = 1000
	g.visit(t, sent)
	p.awaitText("#count", "latest 500 of 1,002")
	p.awaitValue(rows, "500")
	p.awaitText("#line", "1,002 requests")
	// A row is created once, not again with every change.
	if made := eval[int](p, "window.made"); made > sent+50 {
		t.Errorf("%d requests made %d rows", sent, made)
	}
	longest := eval[float64](p, "window.longest")
	t.Logf("%d tasks of 50 ms and more, the longest of %.0f ms", eval[int](p, "window.tasks"), longest)
	if longest > 500 {
		t.Errorf("the page stands still for %.0f ms", longest)
	}
	send(t, strings.TrimSuffix(g.rest, "/prod/")+link, `{"guess":3}`)
	p.fill("find", "games")
	p.awaitValue(rows, "1")
	p.awaitText("#count", "showing 1 of the latest 500 of 1,003")
	p.click("#rows tr:first-child button", 1)
	p.awaitText("#detail-title", "POST "+link)
	p.awaitText("#waterfall", "GameFunction")
}
