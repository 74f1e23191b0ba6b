//go:build e2e

package upstream_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"

	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/upstream"
)

// A streamed gigabyte passes through in constant memory.
func TestStreamedGigabyte(t *testing.T) {
	const size, most = 1 << 30, 64 << 20
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		piece := make([]byte, 1<<20)
		for range size / len(piece) {
			if _, err := w.Write(piece); err != nil {
				t.Error(err)
				return
			}
		}
	}))
	defer backend.Close()
	doc, err := gateway.ParseDocument("api.yaml", []byte(`
openapi: 3.0.1
info: {title: x, version: "1"}
paths:
  /s: {get: {x-amazon-apigateway-integration: {type: http_proxy, httpMethod: GET, uri: '`+backend.URL+`/', responseTransferMode: STREAM, timeoutInMillis: 900000}}}
`))
	if err != nil {
		t.Fatal(err)
	}
	e, err := upstream.ParseEndpoints(nil, func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	g, err := gateway.New(doc, gateway.Options{Upstream: upstream.New(e, nil, false), Observe: func(*gateway.Execution) {}})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(g)
	defer server.Close()
	resp, err := http.Get(server.URL + "/prod/s")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	n, err := io.Copy(io.Discard, resp.Body)
	if n != size || err != nil {
		t.Errorf("%d bytes came, want %d: %v", n, size, err)
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	if m.Sys > most {
		t.Errorf("the program took %d MB of memory, want at most %d", m.Sys>>20, most>>20)
	}
	t.Logf("%d MB of memory", m.Sys>>20)
}
