//go:build e2e

package browser

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp/kb"
)

const message = "#message"

func number(n int) string { return fmt.Sprintf(`#numbers [data-n="%d"]`, n) }

// hands are ways to use the page.
var hands = []struct {
	look
	start func(p *tab)
	guess func(p *tab, n int)
}{
	{desktop, func(p *tab) { p.click("#new", 1) }, func(p *tab, n int) { p.click(number(n), 1) }},
	{look{name: "keyboard", width: 1024, height: 700}, func(p *tab) { p.tabTo("#new"); p.press(kb.Enter) }, func(p *tab, n int) { p.press(fmt.Sprint(n)); p.press(kb.Enter) }},
	{phone, func(p *tab) { p.tap("#new") }, func(p *tab, n int) { p.tap(number(n)) }},
}

// wrong are three numbers that differ from the given one, ten among them if possible.
func wrong(n int) []int {
	var others []int
	for _, other := range []int{10, 1, 0, 5} {
		if other != n && len(others) < 3 {
			others = append(others, other)
		}
	}
	return others
}

func gameID(p *tab) string {
	p.t.Helper()
	p.awaitValue("location.hash.length > 1", "true")
	return eval[string](p, "location.hash.slice(1)")
}

func guesses(p *tab) string {
	return eval[string](p, `[...document.querySelectorAll('#guesses li')].map(li => li.textContent).join('; ')`)
}

func TestGame(t *testing.T) {
	t.Parallel()
	for _, hand := range hands {
		t.Run(hand.name+"/won", func(t *testing.T) {
			t.Parallel()
			a := startAPI(t, "/prod")
			p := open(t, a.address, hand.look)
			p.awaitText(message, "Pick a number to begin.")
			hand.start(p)
			p.awaitText(message, "A number is drawn.")
			secret := a.number(t, gameID(p))
			first := wrong(secret)[0]
			hand.guess(p, first)
			p.awaitText(message, fmt.Sprintf("Not %d. Two guesses left, 10 numbers to go.", first))
			hand.guess(p, secret)
			p.awaitText(message, fmt.Sprintf("%d it is! Found on the second guess.", secret))
			if got, want := guesses(p), fmt.Sprintf("%d, wrong; %d, right; guess 3 of 3, empty", first, secret); got != want {
				t.Errorf("the guesses read %q, want %q", got, want)
			}
			p.awaitValue("document.title", "Won \u00b7 Guess the number")
			a.seen()
			hand.guess(p, wrong(secret)[1])
			p.awaitText(message, "Found on the second guess.")
			if requests := a.seen(); len(requests) > 0 {
				t.Errorf("a guess after the end was sent: %v", requests)
			}
			// The next game starts empty.
			hand.start(p)
			p.awaitText(message, "A number is drawn.")
			if got := guesses(p); strings.Count(got, "empty") != 3 {
				t.Errorf("the guesses of a new game read %q", got)
			}
		})
		t.Run(hand.name+"/lost", func(t *testing.T) {
			t.Parallel()
			a := startAPI(t, "/prod")
			p := open(t, a.address, hand.look)
			hand.start(p)
			p.awaitText(message, "A number is drawn.")
			secret := a.number(t, gameID(p))
			w := wrong(secret)
			hand.guess(p, w[0])
			p.awaitText(message, fmt.Sprintf("Not %d. Two guesses left, 10 numbers to go.", w[0]))
			hand.guess(p, w[1])
			p.awaitText(message, fmt.Sprintf("Not %d. One guess left, 9 numbers to go.", w[1]))
			hand.guess(p, w[2])
			p.awaitText(message, fmt.Sprintf("Not %d, %d or %d. It was one of the other 8, and it stays a secret.", w[0], w[1], w[2]))
			p.awaitValue("document.title", "Lost \u00b7 Guess the number")
			if eval[bool](p, fmt.Sprintf(`!!document.querySelector('#guesses [data-n="%d"]') || document.querySelectorAll('#guesses .ball').length !== 3`, secret)) {
				t.Errorf("the page shows the number")
			}
		})
	}
}

// The first number picked starts a game by itself.
func TestFirstPickStartsAGame(t *testing.T) {
	t.Parallel()
	a := startAPI(t, "/prod")
	p := open(t, a.address, desktop)
	p.click(number(3), 1)
	p.awaitValue(`document.querySelector('#guesses li').textContent.startsWith('3, ')`, "true")
	requests := a.seen()
	if len(requests) != 2 || requests[0].path != "/prod/games" || requests[1].body != `{"guess":3}` {
		t.Errorf("got requests %v", requests)
	}
}

func TestKeyboard(t *testing.T) {
	t.Parallel()
	a := startAPI(t, "")
	p := open(t, a.address, desktop)
	p.tabTo("#new")
	p.press(kb.Enter)
	p.awaitText(message, "A number is drawn.")
	a.seen()
	for _, step := range []struct{ keys, want string }{
		{"1", "1"}, {"0", "10"}, {"0", "0"}, {"1", "1"}, {kb.ArrowRight, "2"}, {kb.ArrowLeft, "1"}, {"0", "0"}, {"7", "7"}, {kb.ArrowRight, "8"}, {kb.ArrowLeft, "7"}, {kb.ArrowUp, "6"},
		{kb.Home, "0"}, {kb.ArrowLeft, "10"}, {kb.ArrowRight, "0"}, {kb.ArrowDown, "1"}, {kb.End, "10"}, {"1", "1"}, {"2", "2"},
	} {
		p.press(step.keys)
		if got := eval[string](p, "document.activeElement.textContent"); got != step.want {
			t.Errorf("after %q the number %s has the focus, want %s", step.keys, got, step.want)
		}
	}
	if requests := a.seen(); len(requests) > 0 {
		t.Errorf("choosing without Enter sent %v", requests)
	}
	p.press(" ")
	p.awaitValue(`document.querySelector('#guesses li').textContent.startsWith('2, ')`, "true")
	// The numbers are a single Tab stop, and the focus is visible.
	p.press(kb.Tab)
	p.awaitValue("document.activeElement.id", "new")
	if outline := eval[string](p, "getComputedStyle(document.activeElement).outlineStyle"); outline != "solid" {
		t.Errorf("the focus is drawn as %s", outline)
	}
}

func TestLinkResumesAGame(t *testing.T) {
	t.Parallel()
	a := startAPI(t, "/prod")
	p := open(t, a.address, desktop)
	p.click("#new", 1)
	p.awaitText(message, "A number is drawn.")
	id := gameID(p)
	secret := a.number(t, id)
	p.click(number(wrong(secret)[0]), 1)
	p.awaitText(message, "Two guesses left")
	link := eval[string](p, "location.href")
	a.seen()

	other := open(t, link, phone)
	other.awaitText(message, fmt.Sprintf("Not %d. Two guesses left, 10 numbers to go.", wrong(secret)[0]))
	if requests := a.seen(); len(requests) != 1 || requests[0].method != "GET" || requests[0].path != "/prod/games/"+id {
		t.Errorf("the link asked for %v", requests)
	}
	other.tap(number(secret))
	other.awaitText(message, fmt.Sprintf("%d it is!", secret))

	// The first tab still believes that the game is in progress, and learns otherwise.
	p.click(number(wrong(secret)[1]), 1)
	p.awaitText(message, fmt.Sprintf("This game was over before your guess arrived. %d it is!", secret))
	p.expectRefusals()

	// The back button returns to the previous game.
	p.click("#new", 1)
	p.awaitText(message, "A number is drawn.")
	eval[bool](p, "history.back(), true")
	p.awaitText(message, fmt.Sprintf("%d it is!", secret))
}

// A link pasted over the current one shows the other game, even while a response for the first is
// on its way.
func TestAnotherLink(t *testing.T) {
	t.Parallel()
	a := startAPI(t, "/prod")
	p := open(t, a.address, desktop)
	p.click("#new", 1)
	p.awaitText(message, "A number is drawn.")
	first := gameID(p)
	n := wrong(a.number(t, first))[0]
	p.click(number(n), 1)
	p.awaitText(message, "Two guesses left")
	p.click("#new", 1)
	p.awaitText(message, "A number is drawn.")
	release := make(chan struct{})
	a.fail(held(release))
	p.click(number(0), 1)
	p.awaitValue("document.querySelector('main').ariaBusy", "true")
	eval[string](p, "location.hash = "+quote(first))
	p.awaitText(message, fmt.Sprintf("Not %d. Two guesses left", n))
	close(release)
	p.awaitText(message, fmt.Sprintf("Not %d. Two guesses left", n))
	if !eval[bool](p, "document.querySelector('#again').hidden") {
		t.Errorf("the page offers to repeat the guess of the game that was left")
	}
}

func TestCopyLink(t *testing.T) {
	t.Parallel()
	a := startAPI(t, "/prod")
	p := open(t, a.address, desktop)
	p.awaitValue("document.querySelector('#copy').hidden", "true")
	p.click("#new", 1)
	p.awaitText(message, "A number is drawn.")
	// The machine's own clipboard is not used.
	eval[bool](p, "navigator.clipboard.writeText = async text => { window.copied = text }, true")
	p.click("#copy", 1)
	p.awaitText("#copied", "Copied")
	if got, want := eval[string](p, "window.copied"), a.address+"#"+gameID(p); got != want {
		t.Errorf("copied %q, want %q", got, want)
	}
	eval[bool](p, "navigator.clipboard.writeText = async () => { throw new Error('refused') }, true")
	p.click("#copy", 1)
	p.awaitText("#copied", "Copy it from the address bar")

	p.click("summary", 1)
	p.click("[data-copies=create]", 1)
	p.awaitText("#noted", "Select it and copy it by hand")
	eval[bool](p, "navigator.clipboard.writeText = async text => { window.copied = text }, true")
	for id, want := range map[string]string{"create": "curl -X POST " + a.address + "games", "submit": "/games/" + gameID(p) + " -H "} {
		p.click("[data-copies="+id+"]", 1)
		p.awaitText("#noted", "Copied")
		if got := eval[string](p, "window.copied"); !strings.Contains(got, want) {
			t.Errorf("copied %q, want %q in it", got, want)
		}
	}
}

// A number that was already tried is refused with a message, and not sent.
func TestTriedNumberAgain(t *testing.T) {
	t.Parallel()
	a := startAPI(t, "/prod")
	p := open(t, a.address, desktop)
	if got := eval[string](p, "document.querySelector('#new').textContent"); got != "Start a game" {
		t.Errorf("before any game the button says %q", got)
	}
	p.click("#new", 1)
	p.awaitText(message, "A number is drawn.")
	p.awaitText("#new", "New game")
	secret := a.number(t, gameID(p))
	n := wrong(secret)[1]
	p.press(fmt.Sprint(n))
	p.press(kb.Enter)
	p.awaitText(message, "Two guesses left")
	a.seen()
	p.press(fmt.Sprint(n))
	p.press(kb.Enter)
	p.awaitText(message, fmt.Sprintf("%d was your first guess. Pick another number.", n))
	if requests := a.seen(); len(requests) > 0 {
		t.Errorf("it was sent: %v", requests)
	}
	p.awaitValue("getComputedStyle(document.querySelector('.keys')).visibility", "visible")
	p.click(number(secret), 1)
	p.awaitText(message, "Found on the second guess.")
	p.awaitValue("getComputedStyle(document.querySelector('.keys')).visibility", "hidden")
}

func TestDoubleClickIsOneGuess(t *testing.T) {
	t.Parallel()
	a := startAPI(t, "/prod")
	p := open(t, a.address, desktop)
	p.click("#new", 2)
	p.awaitText(message, "A number is drawn.")
	p.secondClick("#new")
	secret := a.number(t, gameID(p))
	release := make(chan struct{})
	a.fail(held(release))
	p.click(number(wrong(secret)[0]), 2)
	p.click(number(wrong(secret)[1]), 1)
	p.awaitValue("document.querySelector('main').ariaBusy", "true")
	close(release)
	p.awaitText(message, "Two guesses left")
	p.secondClick(number(wrong(secret)[0]))
	if got, want := guesses(p), fmt.Sprintf("%d, wrong; guess 2 of 3, empty; guess 3 of 3, empty", wrong(secret)[0]); got != want {
		t.Errorf("the guesses read %q, want %q", got, want)
	}
	if requests := a.seen(); len(requests) != 2 || requests[0].path != "/prod/games" || requests[1].body == "" {
		t.Errorf("sent %v, want one game and one guess", requests)
	}
}

// A key that is held down repeats, and still starts only one game.
func TestKeyHeldDown(t *testing.T) {
	t.Parallel()
	a := startAPI(t, "/prod")
	p := open(t, a.address, desktop)
	p.tabTo("#new")
	for i := range 6 {
		repeat := i > 0
		call(p, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyDown, Key: "Enter", Code: "Enter", Text: "\r", WindowsVirtualKeyCode: 13, AutoRepeat: &repeat})
		p.awaitText(message, "A number is drawn.")
		p.awaitValue("document.querySelector('main').ariaBusy", "false")
		if !repeat { // the focus moves to the numbers; back to the button on which the key is held
			eval[bool](p, "document.querySelector('#new').focus(), true")
		}
	}
	if requests := a.seen(); len(requests) != 1 {
		t.Errorf("sent %v, want one", requests)
	}
}

func TestRetryHasTheSameKey(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		fault fault
		retry func(p *tab, n int)
	}{
		{"lost answer", lostAnswer, func(p *tab, n int) { p.click("#again", 1) }},
		{"lost request", lostRequest, func(p *tab, n int) { p.click("#again", 1) }},
		{"lost answer, the same number again", lostAnswer, func(p *tab, n int) { p.click(number(n), 1) }},
		{"lost answer, by keyboard", lostAnswer, func(p *tab, n int) { p.press(kb.Enter) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a := startAPI(t, "/prod")
			p := open(t, a.address, desktop)
			p.click("#new", 1)
			p.awaitText(message, "A number is drawn.")
			secret := a.number(t, gameID(p))
			n := wrong(secret)[0]
			a.seen()
			a.fail(test.fault)
			p.click(number(n), 1)
			p.awaitText(message, "No answer came. Is \u201cmake\u00a0start\u201d still running?")
			test.retry(p, n)
			p.awaitText(message, fmt.Sprintf("Not %d. Two guesses left, 10 numbers to go.", n))
			requests := a.seen()
			if len(requests) != 2 || requests[0].key == "" || requests[0] != requests[1] {
				t.Errorf("sent %v, want the same request with the same key twice", requests)
			}
			if got, want := guesses(p), fmt.Sprintf("%d, wrong; guess 2 of 3, empty; guess 3 of 3, empty", n); got != want {
				t.Errorf("the guesses read %q, want %q", got, want)
			}
			p.awaitValue("document.activeElement.dataset.n", fmt.Sprint(n))
			p.expectRefusals()
		})
	}
	t.Run("first pick", func(t *testing.T) {
		t.Parallel()
		a := startAPI(t, "/prod")
		p := open(t, a.address, desktop)
		a.fail(lostAnswer)
		p.click(number(3), 1)
		p.awaitText(message, "No answer came.")
		p.click(number(4), 1) // a number other than the one that started the game
		p.awaitValue(`document.querySelector('#guesses').textContent.startsWith('4, ')`, "true")
		requests := a.seen()
		if len(requests) != 3 || requests[0] != requests[1] || requests[2].body != `{"guess":4}` {
			t.Errorf("sent %v, want one game, asked for twice with the same key, and the guess 4", requests)
		}
		p.expectRefusals()
	})
	t.Run("new game", func(t *testing.T) {
		t.Parallel()
		a := startAPI(t, "/prod")
		p := open(t, a.address, desktop)
		a.fail(lostAnswer)
		p.click("#new", 1)
		p.awaitText(message, "No answer came.")
		p.click("#again", 1)
		p.awaitText(message, "A number is drawn.")
		requests := a.seen()
		if len(requests) != 2 || requests[0].key == "" || requests[0] != requests[1] {
			t.Errorf("sent %v, want the same request with the same key twice", requests)
		}
		p.expectRefusals()
	})
}

func TestErrors(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		fault fault
		want  string
		again bool
	}{
		{"store", problem(503, "StoreUnavailable", "x"), "The game does not respond at the moment. Nothing is lost.", true},
		{"throttled", problem(429, "TooManyRequests", "x"), "A lot of people are playing. Wait a second.", true},
		{"timeout", problem(504, "Timeout", "x"), "The game took too long to respond.", true},
		{"internal", problem(500, "InternalError", "x"), "Something went wrong on the server, not with you.", true},
		{"gone", problem(404, "GameNotFound", "x"), "There is no game at this link.", false},
		{"no route", problem(403, "NoSuchRoute", "x"), "This page cannot find its game.", false},
		{"one without an entry", problem(400, "InvalidGuess", "The detail of the problem."), "The detail of the problem.", false},
		{"a code that is a member of every object", problem(400, "constructor", "The detail of it."), "The detail of it.", false},
		{"no JSON", answer(502, "text/html", "<h1>Bad gateway</h1>"), "The game answered with an error, 502.", true},
		{"null", answer(500, "application/json", "null"), "The game answered with an error, 500.", true},
		{"success that is none", answer(200, "text/html", "hello"), "The game answered with an error, 200.", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a := startAPI(t, "/prod")
			p := open(t, a.address, desktop)
			p.click("#new", 1)
			p.awaitText(message, "A number is drawn.")
			n := wrong(a.number(t, gameID(p)))[0]
			a.fail(test.fault)
			p.click(number(n), 1)
			p.awaitText(message, test.want)
			if again := eval[bool](p, "!document.querySelector('#again').hidden"); again != test.again {
				t.Errorf("Try again is shown: %t, want %t", again, test.again)
			}
			if test.again {
				p.press(kb.Enter) // it has the focus
				p.awaitText(message, fmt.Sprintf("Not %d. Two guesses left", n))
			}
			if test.name != "success that is none" {
				p.expectRefusals()
			}
		})
	}
}

// On a small screen the message scrolls into view when something goes wrong.
func TestErrorComesIntoSight(t *testing.T) {
	t.Parallel()
	a := startAPI(t, "/prod")
	p := open(t, a.address, look{name: "low", width: 320, height: 420, phone: true})
	p.tap("#new")
	p.awaitText(message, "A number is drawn.")
	eval[bool](p, "scrollTo(0, document.body.scrollHeight), true")
	n := wrong(a.number(t, gameID(p)))[0]
	a.fail(problem(503, "StoreUnavailable", "x"))
	p.tap(number(n))
	p.awaitText(message, "Nothing is lost.")
	p.awaitValue("(r => r.top >= 0 && r.bottom <= innerHeight)(document.querySelector('#message').getBoundingClientRect())", "true")
	p.expectRefusals()
}

func TestLinkToNoGame(t *testing.T) {
	t.Parallel()
	a := startAPI(t, "/prod")
	for hash, want := range map[string]string{
		"4ce7c7b8-02bc-40a4-823b-000000009999": "There is no game at this link.",
		"42":                                   "There is no game at this link.",
		"%3Cimg%20src=x%3E":                    "There is no game at this link.",
		"<b>x":                                 "There is no game at this link.",
		"%E0%A4%A":                             "There is no game at this link.",
		"?":                                    "There is no game at this link.",
		"..":                                   "The game answered with an error, 200.", // the page itself
		".":                                    "This page cannot find its game.",       // GET games
	} {
		t.Run(hash, func(t *testing.T) {
			t.Parallel()
			p := open(t, a.address+"#"+hash, desktop)
			p.awaitText(message, want)
			if hash != ".." {
				p.expectRefusals()
			}
			p.click("#new", 1)
			p.awaitText(message, "A number is drawn.")
		})
	}
}

func TestOffline(t *testing.T) {
	t.Parallel()
	a := startAPI(t, "/prod")
	p := open(t, a.address, desktop)
	p.click("#new", 1)
	p.awaitText(message, "A number is drawn.")
	n := wrong(a.number(t, gameID(p)))[0]
	a.seen()
	p.offline(true)
	p.awaitText(message, "You are offline. The game goes on when you are back.")
	p.click(number(n), 1)
	p.awaitValue("document.querySelector('#again').hidden", "false")
	p.awaitText(message, "You are offline. The game goes on when you are back.")
	if requests := a.seen(); len(requests) > 0 {
		t.Errorf("sent %v while offline", requests)
	}
	p.offline(false)
	p.awaitText(message, fmt.Sprintf("Not %d. Two guesses left", n))
	p.expectRefusals()
}

// Path shapes of deployments: a stage, the root of a custom domain, a base path of one.
func TestPathShapes(t *testing.T) {
	t.Parallel()
	for _, base := range []string{"/prod", "", "/play", "/play/prod"} {
		t.Run("base "+base, func(t *testing.T) {
			t.Parallel()
			a := startAPI(t, base)
			p := open(t, a.address, desktop)
			p.click("#new", 1)
			p.awaitText(message, "A number is drawn.")
			id := gameID(p)
			n := wrong(a.number(t, id))[0]
			p.click(number(n), 1)
			p.awaitText(message, "Two guesses left")
			requests := a.seen()
			if len(requests) != 2 || requests[0].path != base+"/games" || requests[1].path != base+"/games/"+id {
				t.Errorf("asked for %v", requests)
			}
			p = open(t, a.address+"#"+id, desktop)
			p.awaitText(message, fmt.Sprintf("Not %d. Two guesses left", n))
			if base != "" { // the same address without the trailing slash
				p = open(t, strings.TrimSuffix(a.address, "/")+"#"+id, desktop)
				p.awaitText(message, fmt.Sprintf("Not %d. Two guesses left", n))
			}
			commands := "curl -X POST " + a.address + "games\ncurl -X POST " + a.address + "games/" + id + " -H "
			if got := eval[string](p, "[...document.querySelectorAll('.command pre')].map(e => e.textContent).join('\\n')"); !strings.HasPrefix(got, commands) {
				t.Errorf("the commands begin with %q, want %q", got, commands)
			}
		})
	}
}

// The policy is in force, and violations appear as complaints, which would fail every other test.
func TestPolicyIsEnforced(t *testing.T) {
	t.Parallel()
	a := startAPI(t, "/prod")
	for _, test := range []struct{ name, script, still string }{
		{"style attribute", `document.body.setAttribute('style', 'color: rgb(1, 2, 3)')`, `getComputedStyle(document.body).color !== 'rgb(1, 2, 3)'`},
		{"inline handler", `(() => { try { document.body.setAttribute('onclick', 'window.hit = 1') } catch {} document.body.click() })()`, `window.hit === undefined`},
		{"another host", `fetch('http://127.0.0.1:1/').catch(() => 0)`, `true`},
		{"an image of this host", `new Promise(done => { const i = new Image(); i.onload = i.onerror = done; i.src = 'x.png' })`, `true`},
		{"markup from text", `(() => { try { document.body.insertAdjacentHTML('beforeend', '<b id=hit>x</b>') } catch {} })()`, `!document.getElementById('hit')`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := open(t, a.address, desktop)
			p.awaitText(message, "Pick a number")
			eval[any](p, "Promise.resolve("+test.script+").then(() => true)")
			if !eval[bool](p, test.still) {
				t.Errorf("%s went through", test.name)
			}
			var complained bool
			for _, complaint := range p.taken() {
				complained = complained || strings.Contains(complaint, "Content Security Policy") || strings.Contains(complaint, "TrustedHTML") || strings.Contains(complaint, "Trusted")
			}
			if !complained {
				t.Errorf("the browser did not complain about %s", test.name)
			}
		})
	}
}

// The page arrives byte for byte, with the headers that protect it.
func TestPageArrivesWhole(t *testing.T) {
	t.Parallel()
	a := startAPI(t, "/prod")
	response, err := http.Get(a.address)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	got, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("../../openapi/page/page.html")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != strings.TrimSuffix(string(want), "\n") {
		t.Errorf("the page arrives changed: %d bytes, want %d", len(got), len(want)-1)
	}
	for name, want := range map[string]string{
		"Content-Type":                 "text/html; charset=utf-8",
		"Content-Security-Policy":      "default-src 'none'; script-src 'sha256-",
		"Cache-Control":                "public, max-age=300",
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin",
		"Permissions-Policy":           "accelerometer=()",
		"Referrer-Policy":              "no-referrer",
		"Strict-Transport-Security":    "max-age=31536000",
		"X-Content-Type-Options":       "nosniff",
	} {
		if got := response.Header.Get(name); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
