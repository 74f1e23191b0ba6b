//go:build e2e

package browser

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// benched opens the trace page at a guess.
func benched(t *testing.T, l look) (gateway, *tab) {
	t.Helper()
	g, _, path := played(t)
	p := open(t, g.trace, l.withoutMotion())
	p.awaitValue(rows, "2")
	p.awaitText("#line", "p50") // above the list
	p.click("#rows tr:first-child button", 1)
	p.awaitText("#detail-title", "POST "+path)
	p.awaitText("#panes .values", "$input.json('$.guess')") // the values have arrived
	return g, p
}

// editor returns the content of an open editor, as an expression.
func editor(what string) string {
	return fmt.Sprintf(`document.querySelector('[data-editor=%s]').querySelector('.editor').shadowRoot.querySelector('.cm-content')`, quote(what))
}

// edit opens the editor by a button.
func (p *tab) edit(button, what string) {
	p.t.Helper()
	p.click(fmt.Sprintf("[data-key=%s]", quote(button)), 1)
	p.awaitValue(fmt.Sprintf(`document.querySelector('[data-editor=%s] .editor')?.shadowRoot?.activeElement?.className.includes('cm-content')`, quote(what)), "true")
}

// write replaces the content of the focused editor. Some characters trigger others when typed, so
// the text is pasted.
func (p *tab) write(text string) {
	p.t.Helper()
	if err := chromedp.Do(p.ctx, chromedp.KeyEvent("a", chromedp.KeyModifiers(chromedp.ModifierCtrl))); err != nil {
		p.t.Fatal(err)
	}
	p.press(text)
}

const (
	requestTemplate  = " application/json"    // the key of the request template
	responseTemplate = "200 application/json" // that of the response template
	inserted         = `[...document.querySelectorAll('.pane-%s ins')].map(it => it.textContent.trim()).join()`
	deleted          = `[...document.querySelectorAll('.pane-%s del')].map(it => it.textContent.trim()).join()`
)

func TestBenchShowsTheWayOfARequest(t *testing.T) {
	t.Parallel()
	_, p := benched(t, desktop)
	titles := eval[string](p, `[...document.querySelectorAll('#panes h3')].map(it => it.textContent).join()`)
	if titles != "Request,Event,Result,Response" {
		t.Errorf("panes: %s", titles)
	}
	for pane, want := range map[string]string{
		"request": `"guess": 5`, "event": `"kind": "guessSubmitted"`, "result": `"kind": "GuessEvaluated"`, "response": `"status": "ongoing"`,
	} {
		p.awaitText(".pane-"+pane+" > pre", want)
	}
	p.awaitText(".pane-event .template .place", "api.yaml:")
	p.awaitText(".pane-response > details", "Selected by the default response")
	p.awaitText(".pane-response .patterns", "does not match")
	p.click(".pane-event .template summary", 1)
	p.awaitText(".pane-event .source", "#foreach($name in $input.params().header.keySet())")
	p.awaitValue(`[...document.querySelectorAll('.pane-event .values tr')].find(it => it.textContent.startsWith("$input.json('$.guess')")).cells[1].textContent`, `"5"`)
	p.awaitText("#wrote", "event handled")
	if wide := eval[int](p, "document.documentElement.scrollWidth"); wide > int(desktop.width) {
		t.Errorf("the page is %d pixels wide", wide)
	}
}

func TestBenchTriesAndSendsAChangedRequest(t *testing.T) {
	t.Parallel()
	_, p := benched(t, desktop)
	p.edit("edit-request", "request")
	p.write(`{"guess": 7}`)
	p.awaitValue(fmt.Sprintf(inserted, "event"), `+   "guess": 7`)
	p.awaitValue(fmt.Sprintf(deleted, "event"), `-   "guess": 5`)
	p.awaitText("#said", "Tried, nothing sent: status 200, as before, another event.")
	// What the validator refuses.
	p.write(`{"guess": 70}`)
	p.awaitText(".pane-response .pane-sum", "400 was 200")
	p.awaitText("#problem", "Request body does not match model")
	p.write(`{"guess": 7}`)
	p.awaitText("#said", "status 200, as before, another event.")
	p.awaitValue(rows, "2") // nothing was sent
	p.click("#send", 1)
	p.awaitText("#said", "sent")
	p.awaitValue(rows, "3")
	p.awaitText(".pane-request pre", `"guess": 7`)
	p.awaitText(".pane-result pre", "5,\n    7,")
}

func TestBenchTriesAChangedTemplate(t *testing.T) {
	t.Parallel()
	_, p := benched(t, desktop)
	p.click(".pane-event .template summary", 1)
	p.edit("edit"+"Request template", requestTemplate)
	p.write("{\"a\": 1,\n \"b\": $input.json('$.guess'")
	p.awaitText(".pane-event .wrong", "Line 2, column ")
	p.awaitValue(editor(requestTemplate)+".querySelector('.cm-lintRange-error') !== null", "true")
	p.awaitText(".pane-response .pane-sum", "500 was 200")
	p.awaitText("#problem pre", "^")
	p.press(")}")
	p.awaitText("#said", "status 200, as before, another event.")
	p.awaitText(fmt.Sprintf(".pane-%s", "event"), `"b": 5`)
	p.awaitValue("document.querySelector('.pane-event .wrong')", "null")
	p.awaitValue(editor(requestTemplate)+".querySelector('.cm-lintRange-error')", "null")
	p.awaitText(".pane-event .tag", "changed")
	eval[bool](p, "navigator.clipboard.writeText = async text => { window.copied = text }, true")
	p.click("[data-key='copyRequest template']", 1)
	p.awaitValue("window.copied", "{\"a\": 1,\n \"b\": $input.json('$.guess')}")
	p.click("#revert", 1)
	p.awaitValue("document.querySelector('.pane-event .tag')", "null")
	p.awaitText(".pane-event > pre", `"kind": "guessSubmitted"`)

	// Another result, of a function that fails.
	p.edit("edit-result", "result")
	p.write(`{"errorType": "GameNotFound", "errorMessage": "GameNotFound: no such game"}`)
	p.click(".pane-result input[type=checkbox]", 1)
	p.awaitText(".pane-response .pane-sum", "404 was 200")
	p.awaitText(".pane-response > details", "for GameNotFound: no such game")
}

// Whatever a request, a template, its error or a function's result says, the page shows as text.
func TestBenchShowsMarkupAsText(t *testing.T) {
	t.Parallel()
	_, p := benched(t, desktop)
	const markup = `<img src=x onerror="window.ran=1"><svg onload="window.ran=1"></svg><a href="javascript:window.ran=1">x</a>`
	shown := func(where string) {
		t.Helper()
		p.awaitText(where, "<img src=x")
		if got := eval[string](p, `[window.ran, ...document.querySelectorAll("#panes img, #panes svg[onload], #panes a[href^=javascript], #problem img")].join()`); got != "" {
			t.Errorf("%s: the page has made markup of the text: %s", where, got)
		}
	}
	p.click(".pane-event .template summary", 1)
	p.edit("edit"+"Request template", requestTemplate)
	p.write(`{"a": "` + markup + `"}`)
	shown(".pane-event > pre")
	p.write(`#set($x = ` + markup)
	shown("#problem")
	p.click("#revert", 1)
	p.edit("edit-result", "result")
	p.write(`{"errorType": "E", "errorMessage": ` + quote(markup) + `}`)
	p.click(".pane-result input[type=checkbox]", 1)
	shown(".pane-response > details")
}

// A kept attempt is a mapping test that apigw test runs.
func TestBenchKeepsAMappingTest(t *testing.T) {
	t.Parallel()
	_, p := benched(t, desktop)
	p.click("#keep", 1)
	p.awaitText("#text-title", "post-games-id-200.txtar")
	file := filepath.Join(t.TempDir(), "post-games-id-200.txtar")
	if err := os.WriteFile(file, []byte(eval[string](p, "document.querySelector('#text-body').textContent")), 0o644); err != nil {
		t.Fatal(err)
	}
	folder, err := programs()
	if err != nil {
		t.Fatal(err)
	}
	test := exec.Command(filepath.Join(folder, "apigw"), "test", "--openapi", "openapi/api.yaml", file)
	test.Dir = "../.."
	if out, err := test.CombinedOutput(); err != nil || !strings.Contains(string(out), "1 passed, 0 failed") {
		t.Errorf("%v\n%s", err, out)
	}
	p.press(kb.Escape)
	p.awaitValue("document.querySelector('#text').open", "false")
}

// The empty page offers each route.
func TestBenchBeginsWithARoute(t *testing.T) {
	t.Parallel()
	p := open(t, startGateway(t).trace, desktop)
	p.awaitText("#line", "0 requests")
	p.awaitText("#routes", "POST/games/{id}")
	p.click("[aria-label='Try POST /games/{id}']", 1)
	p.awaitText("#detail-title", "New request")
	p.awaitValue("document.querySelector('#begin').selectedOptions[0]?.textContent", "POST /games/{id}")
	p.awaitText(".pane-event > pre", `"kind": "guessSubmitted"`)
}

// Without a request it starts with a route, and a body that fits its model.
func TestBenchComposes(t *testing.T) {
	t.Parallel()
	g := startGateway(t)
	_, path := g.game(t)
	p := open(t, g.trace, desktop)
	p.click("#compose", 1)
	p.awaitText("#detail-title", "New request")
	p.awaitText("#begin", "POST /games/{id}")
	eval[bool](p, `(() => { const it = document.querySelector('#begin'); it.value = [...it.options].find(o => o.textContent === 'POST /games/{id}').value; it.dispatchEvent(new Event('change')); return true })()`)
	p.awaitValue("document.querySelector('.fields .path')?.value", "/prod/games/id")
	p.awaitValue(editor("request")+".textContent.includes('guess')", "true")
	p.awaitText(".pane-event > pre", `"kind": "guessSubmitted"`)
	p.awaitValue(rows, "1") // nothing was sent
	eval[bool](p, fmt.Sprintf(`(() => { const it = document.querySelector('.fields .path'); it.value = %s; it.dispatchEvent(new Event('input', {bubbles: true})); return true })()`, quote(path)))
	p.awaitText(".pane-event > pre", path[strings.LastIndex(path, "/")+1:])
	p.click("#send", 1)
	p.awaitValue(rows, "2")
	p.awaitText("#detail-title", "POST "+path)
	p.awaitText(".pane-result pre", `"guesses"`)
}

// A failed invocation over the Invoke API is red, with type and message; its event can be changed
// and sent.
func TestBenchOfAnInvocation(t *testing.T) {
	t.Parallel()
	g := startGateway(t)
	response, err := http.Post(g.lambda+"2015-03-31/functions/GameFunction/invocations", "application/json", strings.NewReader(`{"kind":"gameInfoRequested","id":"00000000-0000-4000-8000-000000000000"}`))
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	p := open(t, g.trace, desktop)
	p.awaitValue(rows, "1")
	eval[bool](p, `(() => { const it = document.getElementById('status'); it.value = 'fault'; it.dispatchEvent(new Event('input', {bubbles: true})); return true })()`)
	p.awaitValue(rows, "1")
	p.click("#rows tr:first-child button", 1)
	p.awaitText("#problem", "The function failed: GameNotFound: ")
	p.awaitText(".pane-result.bad .pane-sum", "GameNotFound")
	p.edit("edit-event", "event")
	p.write(`{"kind":"gameRequested"}`)
	p.click("[data-key=send-event]", 1)
	p.awaitText("#said", "sent")
	p.awaitText(".pane-result pre", `"kind": "GameCreated"`)
}

// All of it works by keyboard, and Tab leaves an editor.
func TestBenchByKeyboard(t *testing.T) {
	t.Parallel()
	_, p := benched(t, desktop)
	p.tabTo("[data-key=edit-request]")
	p.press(kb.Enter)
	p.awaitValue("document.activeElement.shadowRoot?.activeElement?.className.includes('cm-content')", "true")
	p.write(`{"guess": 8}`)
	p.press(kb.Tab)
	p.awaitValue("document.activeElement.textContent", "Close the editor")
	p.awaitText(".pane-event ins", `"guess": 8`)
	p.press(kb.Enter)
	p.awaitText(".pane-request pre", `"guess": 8`)
	p.tabTo(".pane-event .template summary")
	p.press(kb.Enter)
	p.tabTo("[data-key='editRequest template']")
	p.press(kb.Enter)
	p.awaitValue("document.activeElement.shadowRoot?.activeElement?.className.includes('cm-content')", "true")
	p.press(kb.Escape)
	p.awaitValue("document.activeElement.textContent", "Close the editor")
}

func TestBenchAccessibility(t *testing.T) {
	t.Parallel()
	tall := desktop
	// In a window of 800 pixels axe-core 4.14 fails as a whole to judge contrast ("Element
	// midpoint exceeds the grid bounds") as soon as a box that scrolls inside the chosen request
	// has its own middle below the window, because main hides what overflows it. With "overflow:
	// clip" it does not fail, but then cannot judge what is out of sight, nor a visible changed
	// line that wraps.
	tall.height = 1600
	for _, l := range []look{tall, tall.inTheDark(), phone} {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			_, p := benched(t, l)
			p.click(".pane-response > details summary", 1)
			p.click(".pane-event .template summary", 1)
			p.axe("templates and patterns")
			p.edit("edit"+"Request template", requestTemplate)
			p.write("{\"a\": $input.json('$.guess'")
			p.awaitText(".pane-event .wrong", "Line 1, column ")
			p.axe("a template with an error")
			p.write("{\"a\": $input.json('$.guess')}")
			p.awaitText(".pane-event ins", `"a": 5`)
			p.axe("a change")
			p.edit("edit-request", "request")
			p.axe("a request that is edited")
			p.click("#keep", 1)
			p.awaitValue("document.querySelector('#text').open", "true")
			p.axe("a mapping test")
			p.press(kb.Escape)
			p.click("#compose", 1)
			p.awaitText("#detail-title", "New request")
			p.awaitValue("document.querySelector('.fields .path')?.value", "/prod/games")
			p.axe("a new request")
		})
	}
}

// The editor is what its pinned packages build.
func TestEditorIsOfItsPackages(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if out, err := exec.Command("../../src/apigw/trace/editor/bundle.sh", folder).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for made, kept := range map[string]string{"codemirror.js": "page/codemirror.js", "LICENSE.codemirror": "LICENSE.codemirror"} {
		a, err := os.ReadFile(filepath.Join(folder, made))
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(filepath.Join("../../src/apigw/trace", kept))
		if err != nil || string(a) != string(b) {
			t.Errorf("%s is not what make editor makes: %v", kept, err)
		}
	}
}
