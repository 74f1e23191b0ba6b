//go:build e2e

package browser

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// evil is a name that the browser resolves to 127.0.0.1, as an attacker's name does after DNS
// rebinding.
const evil = "evil.test"

// invocations is the number of traces of invocations over the Invoke API.
func invocations(t *testing.T, g gateway) int {
	t.Helper()
	return traces(t, g, "INVOKE")
}

// requests is how many requests that start a game there are.
func requests(t *testing.T, g gateway) int {
	t.Helper()
	return traces(t, g, "POST")
}

func traces(t *testing.T, g gateway, method string) int {
	t.Helper()
	response, err := http.Get(g.trace + "api/traces")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%d %v", response.StatusCode, err)
	}
	return strings.Count(string(body), `"method":"`+method+`"`)
}

// sent is a request that the trace page's bench sends, tries or keeps.
const sent = `"{\"request\":{\"method\":\"POST\",\"path\":\"/prod/games\"}}"`

// attempt is a script that sends a request and returns the status and body that it may read from
// the response.
func attempt(address, options string) string {
	return fmt.Sprintf(`fetch(%s, %s).then(async r => r.type + " " + r.status + " " + await r.text(), e => "failed")`, quote(address), options)
}

// TestOtherSites has a page of another origin, in a real browser, try everything useful to it at
// the servers of apigw.
func TestOtherSites(t *testing.T) {
	t.Parallel()
	g := startGateway(t)
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, "<!doctype html><title>another site</title><link rel=icon href=data:,>")
	}))
	t.Cleanup(site.Close)
	p := open(t, site.URL, desktop)
	before := invocations(t, g)
	const event = `"{\"kind\":\"gameRequested\"}"`
	for _, options := range []string{`{method: "POST", mode: "no-cors", body: ` + event + `}`, `{method: "POST", body: ` + event + `}`} {
		if got := eval[string](p, attempt(g.lambda+"2015-03-31/functions/GameFunction/invocations", options)); strings.Contains(got, "random_number") {
			t.Errorf("the page reads %s", got)
		}
	}
	for _, options := range []string{`{mode: "no-cors"}`, `{}`, `{method: "POST", mode: "no-cors"}`} {
		if got := eval[string](p, attempt(g.trace+"api/traces", options)); strings.Contains(got, "traces") {
			t.Errorf("the page reads %s", got)
		}
	}
	for _, action := range []string{"try", "send", "keep"} {
		for _, options := range []string{`{method: "POST", mode: "no-cors", body: ` + sent + `}`, `{method: "POST", headers: {"Content-Type": "application/json"}, body: ` + sent + `}`} {
			if got := eval[string](p, attempt(g.trace+"api/bench/"+action, options)); got != "opaque 0 " && got != "failed" {
				t.Errorf("%s: the page reads %s", action, got)
			}
		}
	}
	if n := requests(t, g); n != 0 {
		t.Errorf("a page of another site has had %d requests sent", n)
	}
	if after := invocations(t, g); after != before {
		t.Errorf("a page of another site has invoked the function %d times", after-before)
	}
	p.taken() // the browser reports that the requests failed, as they should
}

// TestRebinding has a page under an attacker's name, which leads to 127.0.0.1, try the same.
func TestRebinding(t *testing.T) {
	t.Parallel()
	g := startGateway(t)
	for _, server := range []string{g.trace, g.lambda} {
		u, err := url.Parse(server)
		if err != nil {
			t.Fatal(err)
		}
		p := open(t, "http://"+evil+":"+u.Port()+"/", desktop)
		if got := eval[string](p, "document.body.innerText"); !strings.Contains(got, "is neither an IP address nor localhost") {
			t.Errorf("the page of %s shows %s", evil, got)
		}
		for address, options := range map[string]string{"/api/traces": `{}`, "/api/bench": `{}`, "/api/bench/try": `{method: "POST", body: ` + sent + `}`,
			"/api/bench/send": `{method: "POST", body: ` + sent + `}`, "/api/bench/keep": `{method: "POST", body: ` + sent + `}`, "/2015-03-31/functions/GameFunction/invocations": `{method: "POST", body: "{\"kind\":\"gameRequested\"}"}`} {
			if got := eval[string](p, attempt(address, options)); !strings.Contains(got, " 403 ") {
				t.Errorf("%s%s: %s", evil, address, got)
			}
		}
		p.taken()
	}
	if n := invocations(t, g) + requests(t, g); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}
