//go:build e2e

package browser

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// send sends JSON to the REST API and returns the body of the response.
func send(t *testing.T, address, body string) []byte {
	t.Helper()
	response, err := http.Post(address, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// game starts a game and returns the address of its guesses and its path.
func (g gateway) game(t *testing.T) (address, path string) {
	t.Helper()
	text := send(t, g.rest+"games", "")
	var answer struct {
		Links struct{ Guess struct{ Link string } }
	}
	if err := json.Unmarshal(text, &answer); err != nil || answer.Links.Guess.Link == "" {
		t.Fatalf("POST games answers %s", text)
	}
	return strings.TrimSuffix(g.rest, "/prod/") + answer.Links.Guess.Link, answer.Links.Guess.Link
}

// played starts apigw and makes two requests: a game and a wrong guess. If the guess happens to
// be right, it starts again.
func played(t *testing.T) (g gateway, address, path string) {
	t.Helper()
	for {
		g = startGateway(t)
		address, path = g.game(t)
		if text := send(t, address, `{"guess":5}`); !bytes.Contains(text, []byte(`"won"`)) {
			return g, address, path
		}
	}
}

// wire is a connection to the trace page that a test can cut.
type wire struct {
	address string
	down    atomic.Bool
	server  *httptest.Server
}

func newWire(t *testing.T, to string) *wire {
	t.Helper()
	upstream, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{}
	proxy := &httputil.ReverseProxy{
		Rewrite:       func(r *httputil.ProxyRequest) { r.SetURL(upstream); r.Out.Host = r.In.Host },
		FlushInterval: -1,
		ErrorHandler:  func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}
	w.server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if w.down.Load() {
			panic(http.ErrAbortHandler)
		}
		proxy.ServeHTTP(rw, r)
	}))
	t.Cleanup(w.server.Close)
	w.address = w.server.URL + "/"
	return w
}

// cut ends all connections, and refuses new ones until restore.
func (w *wire) cut()     { w.down.Store(true); w.server.CloseClientConnections() }
func (w *wire) restore() { w.down.Store(false) }

const rows = "document.querySelectorAll('#rows tr').length"

func TestTracePageShowsARequestAndReplaysIt(t *testing.T) {
	t.Parallel()
	g, address, link := played(t)
	p := open(t, g.trace, desktop)
	p.awaitValue(rows, "2")
	p.awaitText("#rows tr:first-child", strings.TrimPrefix(link, "/prod"))

	// A request that arrives while somebody is looking.
	send(t, address, `{"guess":6}`)
	p.awaitValue(rows, "3")

	p.click("#rows tr:first-child button", 1)
	p.awaitText("#detail-title", "POST "+link)
	p.awaitText("#waterfall", "GameFunction")
	p.awaitValue("document.querySelectorAll('#waterfall [role=treeitem]').length > 2", "true")
	for _, want := range []string{"Method request body before transformations", "Endpoint request body after transformations", "Endpoint response body before transformations", "Method response body after transformations"} {
		p.awaitText("#log", want)
	}
	p.awaitText("#panes", `"random_number": "***"`)
	if leak := eval[bool](p, `/random_number\W+\d/.test(document.body.textContent)`); leak {
		t.Errorf("the page shows the number")
	}
	// A segment of the waterfall shows more when it is chosen.
	p.click("#waterfall [role=treeitem]", 1)
	p.awaitText("#segment", "duration_ms")

	// Sent again, the same guess is another request and becomes the one shown.
	p.click("#replay", 1)
	p.awaitValue(rows, "4")
	p.awaitText("#said", "sent")
	p.awaitValue("document.querySelector('#rows tr:first-child').classList.contains('chosen')", "true")
	p.awaitText("#waterfall", "GameFunction")

	p.awaitValue("document.querySelector('#curl').hidden", "false")
	eval[bool](p, "navigator.clipboard.writeText = async text => { window.copied = text }, true")
	p.click("#curl", 1)
	p.await("window.copied", "curl ", strings.HasPrefix)
	if got := eval[string](p, "window.copied"); !strings.Contains(got, g.rest[:len(g.rest)-1]) || !strings.Contains(got, `{"guess":6}`) {
		t.Errorf("copied %s", got)
	}
}

func TestTracePageByKeyboard(t *testing.T) {
	t.Parallel()
	g, _, link := played(t)
	p := open(t, g.trace, desktop)
	p.awaitValue(rows, "2")
	p.tabTo("#rows button")
	p.press(kb.Enter)
	p.awaitText("#detail-title", "POST "+link)
	p.awaitText("#waterfall", "GameFunction")
	p.tabTo("#replay")
	p.press(kb.Enter)
	p.awaitValue(rows, "3")
	p.tabTo("#waterfall [role=treeitem]")
	p.press(kb.ArrowDown)
	p.press(kb.Enter)
	p.awaitText("#segment", "duration_ms")
}

// What is needed first comes first, with its name; ids are copied.
func TestTracePageFacts(t *testing.T) {
	t.Parallel()
	g, _, _ := played(t)
	p := open(t, g.trace, desktop)
	p.awaitValue(rows, "2")
	p.click("#rows tr:last-child button", 1)
	p.awaitText("#detail-title", "POST /prod/games")
	p.awaitValue("[...document.querySelectorAll('#facts dt')].slice(0, 3).map(it => it.textContent)", "Status,Duration,Route")
	p.awaitText("#facts dd.s2", "201")
	p.awaitText("#facts", "POST /games")
	p.awaitText("#legend", "function")
	eval[bool](p, "navigator.clipboard.writeText = async text => { window.copied = text }, true")
	p.click("#ids button", 1)
	p.awaitValue("'#' + window.copied === location.hash", "true")
	p.awaitText("#said", "copied")
}

// A request that is no longer stored, and one that is chosen while apigw is away, say so; what
// returns is shown.
func TestTracePageSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	g, _, link := played(t)
	w := newWire(t, g.trace)
	p := open(t, w.address+"#1-00000000-000000000000000000000000", desktop)
	p.awaitText("#missing", "no longer stored")
	p.awaitValue(rows, "2")
	p.click("#rows tr:last-child button", 1)
	p.awaitText("#waterfall", "GameFunction")
	p.awaitValue("document.getElementById('missing').hidden", "true")

	w.cut()
	p.awaitText("#live", "not connected")
	p.click("#rows tr:first-child button", 1)
	p.awaitText("#missing", "does not respond")
	p.awaitText("#detail-title", "POST "+link)
	w.restore()
	p.awaitText("#live", "live")
	p.awaitValue("document.getElementById('missing').hidden", "true")
	p.awaitText("#facts", "POST /games/{id}")
	p.expectRefusals()
}
