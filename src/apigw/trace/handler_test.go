package trace

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"regexp"
	"strings"
	"testing"
	"time"
)

func testPage(t *testing.T, c *Collector, cfg HandlerConfig) string {
	t.Helper()
	s := httptest.NewServer(http.StripPrefix("/traces", c.Handler(cfg)))
	t.Cleanup(s.Close)
	return s.URL + "/traces"
}

func fetch(t *testing.T, method, url string, header ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest(method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

func TestHandler(t *testing.T) {
	t.Parallel()
	c := NewCollector(quiet())
	mustAdd(t, c, seg(1, 0, "api", 0, 0.01))
	c.Record(Request{TraceID: traceID, ID: "req", Method: "GET", Path: "/prod/games/1", Route: "GET /games/{id}", Status: 200, Duration: 1500 * time.Microsecond,
		Invocation: &Invocation{RequestID: "inv", Duration: time.Millisecond, Init: 30 * time.Millisecond, Billed: 31 * time.Millisecond, ColdStart: true, MemoryMB: 128, MaxMemoryMB: 20},
		Log:        []string{"Method request path: {id=1}"}, Curl: "curl http://x"})
	c.AddDocument([]byte("{}"))
	var replayed Request
	base := testPage(t, c, HandlerConfig{Overview: func() Overview { return Overview{Title: "Games"} }, Replay: func(_ context.Context, r Request) (string, error) {
		replayed = r
		if r.Path == "" {
			return "", errors.New("the gateway is closed")
		}
		return "1-new", nil
	}})
	c.Record(Request{TraceID: tid(7), Method: "GET"})
	mustAdd(t, c, Segment{TraceID: tid(8), ID: id(1), Name: "alone", StartTime: 1, EndTime: 2})

	for _, q := range []struct {
		method, path string
		status       int
		contentType  string
		want         string // expression
	}{
		{"GET", "/", 200, "text/html; charset=utf-8", `<script type="module" src="page.js">`},
		{"GET", "/page.css", 200, "text/css; charset=utf-8", `prefers-color-scheme: dark`},
		{"GET", "/page.js", 200, "text/javascript; charset=utf-8", `EventSource`},
		{"GET", "/list.js", 200, "text/javascript; charset=utf-8", `export function fill`},
		{"GET", "/page.html", 404, "", ``},
		{"GET", "/api/traces", 200, "application/json", `^\{"can_replay":true,"rejected":1,"last_rejection":"segment [^}]*","limit":500,"total":3,"cleared":0,"traces":\[\{"id":"` + tid(8)},
		{"GET", "/api/traces/" + traceID, 200, "application/json", `"log":\["Method request path: \{id=1\}"\],"curl":"curl http://x","duration_ms":1.5`},
		{"GET", "/api/traces/" + traceID, 200, "application/json", `"invocation":\{"request_id":"inv","cold_start":true,"memory_mb":128,"max_memory_mb":20,"duration_ms":1,"init_ms":30,"billed_ms":31\}`},
		{"GET", "/api/traces/" + traceID, 200, "application/json", `"segments_tree":\[\{"segment":\{"trace_id":"` + traceID + `","id":"0000000000000001","name":"api"`},
		{"GET", "/api/traces/" + traceID + "/tree", 200, "text/plain; charset=utf-8", `^GET /prod/games/1  200`},
		{"GET", "/api/traces/1-none", 404, "application/problem\\+json", `no trace has the id 1-none`},
		{"GET", "/api/routes", 200, "application/json", `^\{"title":"Games","apis":`},
		{"GET", "/api/distribution", 200, "application/json", `^\[\{"route":"","errors":0,"invocations":1,"cold_starts":1,"billed_ms":31,"request":\{"count":2`},
		{"POST", "/api/traces/" + traceID + "/replay", 200, "application/json", `\{"trace_id":"1-new"\}`},
		{"POST", "/api/traces/" + tid(7) + "/replay", 502, "application/problem\\+json", `the gateway is closed`},
		{"POST", "/api/traces/" + tid(8) + "/replay", 404, "application/problem\\+json", `cannot be sent again`},
		{"GET", "/api/clear", 405, "", ``},
		{"GET", "/other", 404, "", ``},
		{"POST", "/api/clear", 204, "", `^$`},
		{"GET", "/api/traces", 200, "application/json", `"rejected":0,"limit":500,"total":0,"cleared":3,"traces":\[\]\}`},
		{"POST", "/api/restore", 204, "", `^$`},
		{"GET", "/api/traces", 200, "application/json", `"rejected":1,.*"total":3,"cleared":0,"traces":\[\{`},
		{"POST", "/api/restore", 409, "application/problem\\+json", `nothing can be restored`},
	} {
		resp, body := fetch(t, q.method, base+q.path)
		if resp.StatusCode != q.status || !regexp.MustCompile(q.want).MatchString(body) || !regexp.MustCompile("^"+q.contentType).MatchString(resp.Header.Get("Content-Type")) {
			t.Errorf("%s %s: %d %s %s\nwant %d %s %s", q.method, q.path, resp.StatusCode, resp.Header.Get("Content-Type"), body, q.status, q.contentType, q.want)
		}
		if csp := resp.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || resp.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s %s: headers %v", q.method, q.path, resp.Header)
		}
	}
	if replayed.Method != "GET" {
		t.Errorf("replayed %+v", replayed)
	}
}

func TestHandlerRefusesOtherSites(t *testing.T) {
	t.Parallel()
	c := NewCollector(quiet())
	c.Record(Request{TraceID: traceID})
	base := testPage(t, c, HandlerConfig{})
	resp, _ := fetch(t, "POST", base+"/api/clear", "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example")
	if resp.StatusCode != 403 || len(c.List().Traces) != 1 {
		t.Errorf("%d, %d traces", resp.StatusCode, len(c.List().Traces))
	}
	if resp, _ := fetch(t, "POST", base+"/api/traces/"+traceID+"/replay"); resp.StatusCode != 404 {
		t.Errorf("a replay without a function for it: %d", resp.StatusCode)
	}
}

// The page sends requests only to its own server, and treats untrusted strings as text.
func TestPageIsSelfContained(t *testing.T) {
	t.Parallel()
	files, err := page.ReadDir("page")
	if err != nil {
		t.Fatal(err)
	}
	size := 0
	for _, file := range files {
		name := file.Name()
		b, err := page.ReadFile("page/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if size += len(b); size > 500_000 {
			t.Errorf("with %s the page has %d bytes, more than 500,000", name, size)
		}
		if contentTypes[path.Ext(name)] == "" {
			t.Errorf("%s has no content type", name)
		}
		text := strings.ReplaceAll(string(b), "http://www.w3.org/2000/svg", "") // a namespace, not an address
		for _, bad := range []string{"http://", "https://", "//cdn", "@import", "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "style=\""} {
			if strings.Contains(text, bad) {
				t.Errorf("%s holds %s", name, bad)
			}
		}
	}
}

func TestHandlerStreamsChanges(t *testing.T) {
	t.Parallel()
	c := NewCollector(quiet())
	base := testPage(t, c, HandlerConfig{})
	ctx, cancel := context.WithCancel(context.Background())
	req, _ := http.NewRequestWithContext(ctx, "GET", base+"/api/events", nil)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.Header.Get("Content-Type") != "text/event-stream" {
		t.Errorf("%v", resp.Header)
	}
	lines := bufio.NewScanner(resp.Body)
	lines.Scan() // retry
	for i := range 3 {
		c.Record(Request{TraceID: tid(i), Method: "GET", Path: "/<b>\n", Status: 200})
		var got Summary
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				if err := json.Unmarshal([]byte(data), &got); err != nil {
					t.Fatalf("%v: %s", err, data)
				}
				break
			}
		}
		if got.ID != tid(i) || got.Request.Path != "/<b>\n" {
			t.Errorf("%+v", got)
		}
	}
	cancel()
	eventually(t, "the subscription ends", func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return len(c.subscribers) == 0
	})
}
