package gateway_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"example.com/guessing-game/src/apigw/gateway"
)

// Where a mapping to integration.request.header.X takes its value from. An
// empty want is a mapping left out.
func TestRequestParameterMapping(t *testing.T) {
	t.Parallel()
	const target = "/prod/x/i%20d?q=1&q=2&e="
	for _, c := range []struct{ source, body, want string }{
		{"method.request.path.id", "", "i%20d"},
		{"method.request.path.none", "", ""},
		{"method.request.querystring.q", "", "2"},
		{"method.request.querystring.Q", "", ""},
		{"method.request.multivaluequerystring.q", "", "1,2"},
		{"method.request.header.x-h", "", "b"},
		{"method.request.header.X-H", "", "b"}, // the case is unknown without headernames.Keep
		{"method.request.header.none", "", ""},
		{"method.request.header.Connection", "", ""},
		{"method.request.multivalueheader.x-h", "", "a,b"},
		{"method.request.body", "", "{}"},
		{"method.request.body", "text", "text"},
		{"method.request.body.a.b", `{"a":{"b":7}}`, "7"},
		{"method.request.body.a", `{"a":{"b":[1, 2]}}`, `{"b":[1,2]}`},
		{"method.request.body.a[0]", `{"a":["x"]}`, "x"},
		{"method.request.body.none", `{"a":1}`, ""},
		{"method.request.body.a", `{"a":null}`, ""},
		{"method.request.body.a", "text", ""},
		{"stageVariables.color", "", "red"},
		{"stageVariables.none", "", ""},
		{"context.requestId", "", "11111111-2222-4333-8444-555555555555"},
		{"context.identity.sourceIp", "", "192.0.2.1"},
		{"context.requestTimeEpoch", "", ""}, // strings only
		{"context.identity", "", ""},
		{"context.none.none", "", ""},
		{"'static ''text'", "", "static ''text"},
	} {
		o := testOptions()
		o.Stage, o.Functions, o.StageVariables = "prod", &stubInvoker{}, map[string]string{"color": "red"}
		doc := strings.Replace(choiceDocument("1", "", ""), "passthroughBehavior: never", `requestParameters: {integration.request.header.X-T: "`+c.source+`"}`, 1)
		var seen *gateway.Execution
		o.Observe = func(e *gateway.Execution) { seen = e }
		g, err := load(doc, o)
		if err != nil {
			t.Errorf("%s: %v", c.source, err)
			continue
		}
		r := httptest.NewRequest("POST", target, strings.NewReader(c.body))
		r.Header["X-H"] = []string{"a", "b"}
		r.Header.Set("Connection", "x")
		w := httptest.NewRecorder()
		g.ServeHTTP(w, r)
		got := ""
		if _, rest, ok := strings.Cut(seen.Text(), ", X-T="); ok {
			got, _, _ = strings.Cut(rest, "}\n")
		}
		if got != c.want || w.Code != 200 {
			t.Errorf("%s: %q, want %q (%d)", c.source, got, c.want, w.Code)
		}
	}
}

// A body that looks like JSON but is invalid is the client's mistake if a request mapping reads it,
// the API's if a response mapping does.
func TestMappingOfBrokenBody(t *testing.T) {
	t.Parallel()
	doc := strings.Replace(choiceDocument("1", "", ""), "passthroughBehavior: never", `requestParameters: {integration.request.header.X-T: method.request.body.a}`, 1)
	for _, body := range []string{"{", "[", `"`, " {"} {
		g, err := load(doc, gateway.Options{Functions: &stubInvoker{}})
		if err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		g.ServeHTTP(w, httptest.NewRequest("POST", "/prod/x/1", strings.NewReader(body)))
		if w.Code != 400 || w.Body.String() != `{"message": "Invalid JSON in request body"}` {
			t.Errorf("%q: %d %s", body, w.Code, w.Body)
		}
	}
	doc = strings.Replace(choiceDocument("1", "", ""), "default: {statusCode: 200,", `default: {statusCode: 200, responseParameters: {method.response.header.X: integration.response.body.a},`, 1)
	stub := &stubInvoker{result: gateway.InvocationResult{Payload: []byte("{")}}
	g, err := load(doc, gateway.Options{Functions: stub})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	g.ServeHTTP(w, httptest.NewRequest("POST", "/prod/x/1", nil))
	if w.Code != 500 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
