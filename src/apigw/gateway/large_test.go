//go:build !race

package gateway_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"example.com/guessing-game/src/apigw/gateway"
)

// One goroutine and large inputs: the race detector has nothing to find here and takes ten times
// as long. make test runs these tests without it.

// Aliases of aliases that would expand beyond any memory are rejected at once.
func TestAliasBomb(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("x0: &x0 {type: string}\n")
	for i := range 40 {
		fmt.Fprintf(&b, "x%d: &x%d {allOf: [*x%d, *x%d]}\n", i+1, i+1, i, i)
	}
	doc := b.String() + method("requestBody: {content: {application/json: {schema: {type: object}}}}", good)
	if _, err := load(doc, gateway.Options{}); err == nil || !strings.Contains(err.Error(), "the file has more than 300000 nodes") {
		t.Error(err)
	}
	// The texts of aliases share one copy in memory until JSON is made from them.
	doc = "x0: &x0 " + strings.Repeat("x", 1<<20) + "\nx1: [" + strings.Repeat("*x0, ", 100) + "]\n" + method("requestBody: {}", good)
	if _, err := load(doc, gateway.Options{}); err == nil || !strings.Contains(err.Error(), "the file has more than 64 MB of text") {
		t.Error(err)
	}
}

func TestDocumentSize(t *testing.T) {
	t.Parallel()
	filler := func(n int) []byte {
		s := "openapi: 3.0.1\npaths: {}\n#"
		return []byte(s + strings.Repeat("x", n-len(s)))
	}
	if _, err := gateway.ParseDocument("a", filler(gateway.MaxDocument)); err != nil {
		t.Error(err)
	}
	if _, err := gateway.ParseDocument("a", filler(gateway.MaxDocument+1)); err == nil || !strings.Contains(err.Error(), "at most 6291456") {
		t.Error(err)
	}
}

func TestTemplateSize(t *testing.T) {
	t.Parallel()
	doc := func(n int) string {
		return method("x-amazon-apigateway-integration: {type: mock, requestTemplates: {application/json: '" + strings.Repeat("x", n) + "'}, responses: {default: {statusCode: 200}}}")
	}
	if _, err := load(doc(gateway.MaxTemplate), gateway.Options{}); err != nil {
		t.Error(err)
	}
	if _, err := load(doc(gateway.MaxTemplate+1), gateway.Options{}); err == nil || !strings.Contains(err.Error(), "the template has 307201 bytes") {
		t.Error(err)
	}
}

// Quotas, at the limit and one past it.
func TestQuotas(t *testing.T) {
	t.Parallel()
	stub := &stubInvoker{result: gateway.InvocationResult{Payload: []byte("1")}}
	g, err := load(echoDocument, gateway.Options{Functions: stub})
	if err != nil {
		t.Fatal(err)
	}
	do := func(r *http.Request) int {
		w := httptest.NewRecorder()
		g.ServeHTTP(w, r)
		return w.Code
	}
	payload := func(n int, chunked bool) *http.Request {
		r := httptest.NewRequest("POST", "/prod/function", strings.NewReader(`"`+strings.Repeat("x", n-2)+`"`))
		if chunked {
			r.ContentLength = -1
		}
		return r
	}
	for _, chunked := range []bool{false, true} {
		if got := do(payload(gateway.MaxPayload, chunked)); got != 200 {
			t.Errorf("largest body: %d", got)
		}
		if got := do(payload(gateway.MaxPayload+1, chunked)); got != 413 {
			t.Errorf("body one byte too large: %d", got)
		}
	}
	target := func(n int) *http.Request {
		r := httptest.NewRequest("GET", "/prod/form/1?"+strings.Repeat("x", n-len("/prod/form/1?")), nil)
		return r
	}
	if got := do(target(gateway.MaxURL + 1)); got != 414 { // GW-15
		t.Errorf("URL one byte too long: %d", got)
	}
	headers := func(n int) *http.Request { // line and headers of n bytes
		r := httptest.NewRequest("GET", "/prod/form/1", nil)
		line := len("GET /prod/form/1? HTTP/1.1\r\n") - 1
		r.Header.Set("X", strings.Repeat("x", n-line-len("X: \r\n")-1))
		return r
	}
	if got := do(headers(gateway.MaxHeaders)); got != 200 {
		t.Errorf("largest headers: %d", got)
	}
	if got := do(headers(gateway.MaxHeaders + 1)); got != 431 { // GW-15
		t.Errorf("headers one byte too large: %d", got)
	}
	stub.result.Payload = []byte(strings.Repeat("1", gateway.MaxPayload))
	if got := do(payload(2, false)); got != 200 {
		t.Errorf("largest response: %d", got)
	}
	stub.result.Payload = append(stub.result.Payload, '1')
	if got := do(payload(2, false)); got != 500 {
		t.Errorf("response one byte too large: %d", got)
	}
}

// Bodies are compressed and decompressed as the developer guide describes (payload compression
// for REST APIs).
func TestCompression(t *testing.T) {
	t.Parallel()
	doc, err := gateway.ParseDocument("api.yaml", fmt.Appendf(nil, compressing, "5"))
	if err != nil {
		t.Fatal(err)
	}
	g, err := gateway.New(doc, gateway.Options{Stage: "dev", Functions: echoInvoker{}})
	if err != nil {
		t.Fatal(err)
	}
	bomb := coded(t, "gzip", strings.Repeat(" ", gateway.MaxPayload+1))
	for _, c := range []struct {
		path, accept, coding, body string
		status                     int
		wantCoding, want           string
	}{
		{"/x", "", "", `{"a":1}`, 200, "", `{"a":1}`},
		{"/x", "*", "", `{"a":1}`, 200, "", `{"a":1}`},
		{"/x", "br", "", `{"a":1}`, 200, "", `{"a":1}`},
		{"/x", "gzip", "", `{"a":1}`, 200, "gzip", coded(t, "gzip", `{"a":1}`)},
		{"/x", "br, deflate, gzip", "", `{"a":1}`, 200, "deflate", coded(t, "deflate", `{"a":1}`)},
		{"/x", "deflate;q=0.5, gzip;q=0.8", "", `{"a":1}`, 200, "gzip", coded(t, "gzip", `{"a":1}`)},
		{"/x", "gzip;q=0", "", `{"a":1}`, 200, "", `{"a":1}`},
		{"/x", "identity, gzip;q=0.5", "", `{"a":1}`, 200, "", `{"a":1}`},
		{"/x", "gzip", "", `1234`, 200, "", `1234`},
		{"/x", "gzip", "", `12345`, 200, "gzip", coded(t, "gzip", `12345`)},
		{"/coded", "gzip", "", `{"a":1}`, 200, "br", `{"a":1}`},
		{"/x", "", "gzip", coded(t, "gzip", `{"a":2}`), 200, "", `{"a":2}`},
		{"/x", "", "deflate", coded(t, "deflate", `{"a":2}`), 200, "", `{"a":2}`},
		{"/x", "", "identity", `{"a":2}`, 200, "", `{"a":2}`},
		{"/x", "", "gzip", `{"a":2}`, 415, "", `{"message": "Unsupported Media Type"}`},
		{"/x", "", "br", `{"a":2}`, 415, "", `{"message": "Unsupported Media Type"}`},
		{"/x", "", "gzip", bomb, 413, "", `{"message": "Request Too Long"}`},
	} {
		r := httptest.NewRequest("POST", "/dev"+c.path, strings.NewReader(c.body))
		for name, value := range map[string]string{"Accept-Encoding": c.accept, "Content-Encoding": c.coding} {
			if value != "" {
				r.Header.Set(name, value)
			}
		}
		w := httptest.NewRecorder()
		g.ServeHTTP(w, r)
		if got := w.Body.String(); w.Code != c.status || got != c.want || w.Header().Get("Content-Encoding") != c.wantCoding {
			t.Errorf("%s, Accept-Encoding %q, Content-Encoding %q: got %d %q %q, want %d %q %q", c.path, c.accept, c.coding,
				w.Code, w.Header().Get("Content-Encoding"), got, c.status, c.wantCoding, c.want)
		}
	}
}
