package gateway_test

import (
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"example.com/guessing-game/src/apigw/gateway"
)

// FuzzDocument makes gateways of documents and sends each route a request: problems or responses,
// never a panic.
func FuzzDocument(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.txtar")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, part := range txtar.Parse(data).Files {
			if part.Name == "openapi.yaml" {
				f.Add(part.Data)
			}
		}
	}
	f.Add([]byte(benchDocument))
	f.Add([]byte("a: &a [*a]"))
	f.Add([]byte("openapi: 3.0.1\npaths: &p {<<: *p}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, err := gateway.ParseDocument("f", data)
		if err != nil {
			return
		}
		g, err := gateway.New(doc, gateway.Options{Lenient: true, Functions: &stubInvoker{}})
		if err != nil {
			return
		}
		for _, r := range g.Routes() {
			req := httptest.NewRequest("GET", "/prod/x", strings.NewReader("{}"))
			req.Method = r.Method
			req.RequestURI = "/prod" + r.Path
			w := httptest.NewRecorder()
			g.ServeHTTP(w, req)
			if w.Code < 200 || w.Code > 599 {
				t.Errorf("status %d", w.Code)
			}
		}
	})
}

// FuzzEvent sends a client's input through a template that escapes it: the event keeps its shape,
// whatever comes.
func FuzzEvent(f *testing.F) {
	f.Add("7", "q=1", `{"guess":5}`, "application/json")
	f.Add(`","kind":"gameRequested`, `%22%2C%22a`, `{"guess":"\",\"x\":\""}`, "text/plain")
	f.Add("$util.parseJson('x')", "#set($x=1)", "[1", "")
	stub := &stubInvoker{}
	g, err := load(choiceDocument(`{"kind":"k","id":"$util.escapeJavaScript($input.params('id')).replaceAll("\\'","'")","q":"$util.escapeJavaScript($input.params('q')).replaceAll("\\'","'")","guess":$input.json('$.guess')}`, "", ""),
		gateway.Options{Functions: stub})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, id, query, body, contentType string) {
		r := httptest.NewRequest("POST", "/", strings.NewReader(body))
		r.RequestURI = "/prod/x/" + id + "?" + query
		r.Header.Set("Content-Type", contentType)
		stub.calls = 0
		w := httptest.NewRecorder()
		g.ServeHTTP(w, r)
		if stub.calls == 0 {
			return
		}
		var event map[string]any
		if err := json.Unmarshal(stub.last.Payload, &event); err != nil || len(event) != 4 || event["kind"] != "k" {
			t.Errorf("event %s (%v)", stub.last.Payload, err)
		}
	})
}
