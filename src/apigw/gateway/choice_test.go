package gateway_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"example.com/guessing-game/src/apigw/gateway"
)

// choiceDocument has one Lambda route POST /x with a request template, a response template and any
// further members.
func choiceDocument(in, out, more string) string {
	q := func(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
	return fmt.Sprintf(`
openapi: 3.0.1
components: {securitySchemes: {key: {type: apiKey, in: header, name: x-api-key}}}
x-amazon-apigateway-gateway-responses:
  THROTTLED: {responseTemplates: {application/json: ok}}
  UNSUPPORTED_MEDIA_TYPE: {responseTemplates: {application/json: '[$context.none] [$stageVariables.none] [$method.request.header.none] $5 ${x} $input.body'}}
x-amazon-apigateway-endpoint-configuration: {disableExecuteApiEndpoint: true}
paths:
  /x/{id}:
    post:
      responses: {"200": {}, "400": {}}
      %s
      x-amazon-apigateway-integration:
        type: aws
        httpMethod: POST
        uri: %s
        passthroughBehavior: never
        requestTemplates: {application/json: %s}
        responses:
          default: {statusCode: 200, responseTemplates: {text/html: %s}}
          Bad.*: {statusCode: 400}
`, more, goodURI, q(in), q(out))
}

// The choices that doc.go lists, each under its ID. GW-6, GW-14, GW-16, GW-17 and GW-21 are below,
// GW-10 is in TestProblems, GW-15 in TestQuotas, GW-70 and GW-71 are in TestValidationDetail.
func TestChoices(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		id, in, out, more string
		body, contentType string
		function          string
		functionError     bool
		want              string // status, Content-Type, body
		event             string
	}{
		{id: "GW-1", in: `#if($none)1#else 0#end`, event: "1"},
		{id: "GW-1", in: `#if($input.params('none'))1#else 0#end`, event: "1"},
		{id: "GW-2", in: `[$input.json('$.n'),$input.json('$.none')]`, body: `{"n":null}`, event: `[null,""]`},
		{id: "GW-3 parseJson of broken JSON", in: `$util.parseJson('{a')`, want: `500 application/json {"message": "Internal server error"}`},
		{id: "GW-3 parseJson of nothing", in: `"$util.parseJson($none)"`, event: `""`},
		{id: "GW-3 urlDecode", in: `$util.urlDecode('%zz')`, want: `500 application/json {"message": "Internal server error"}`},
		{id: "GW-3 not a string", in: `"$util.escapeJavaScript($input.path('$'))$util.base64Encode(12)$util.urlEncode(true)"`, body: `{"a":"b"}`, event: `"{a=b}MTI=true"`},
		{id: "GW-4", in: "1", out: "<p>", function: "1", event: "1", want: "200 application/json <p>"},
		{id: "GW-5", in: "1", out: "$input.path('$.errorMessage')", function: `{"errorMessage":"Bad"}`, event: "1", want: "200 application/json Bad"},
		{id: "GW-35", in: `["$method.request.path.id","$method.request.querystring.q","$method.request.header.X-Api-Key","$method.request.path.none"]`, event: `["a%20b","v","any",""]`},
		{id: "GW-7", in: `[$input.path('$.l'),"$input.path('$.s')",$input.json('$.l')]`, body: `{"l":["a/b€’"],"s":"/’"}`, event: `[["a\/b\u20AC\u2019"],"/’",["a/b€’"]]`},
		{id: "GW-8", in: `"$input.params('id')"`, event: `"a%20b"`},
		{id: "GW-9 request", in: `"$input.path('$.a')"`, body: `{"a"`, want: `400 application/json {"message": "Invalid JSON in request body"}`},
		{id: "GW-9 response", in: "1", out: `$input.path('$.a')`, function: `{"a"`, event: "1", want: `500 application/json {"message": "Internal server error"}`},
		{id: "GW-11", in: `$input.json('$.a')`, body: "\n  {\"a\":1}", event: "1"},
		{id: "GW-12", in: " \n ", event: "{}"},
		{id: "GW-12 body", in: `$input.json('$')`, body: " \n", event: "{}"},
		{id: "GW-13", in: `"$context.identity.apiKey"`, more: "security: [{key: []}]", event: `"any"`},
		{id: "GW-18", contentType: "text/xml", want: `415 application/json [] [] [] $5 ${x} $input.body`},
		{id: "GW-20", in: "1", event: "1"}, // the document has an endpoint that is switched off
		{id: "GW-72", in: `[$input.path('$.l.append(40)'),$input.json('$.l')]`, body: `{"l":[1]}`, event: `[[1,40],[1]]`},
		{id: "GW-73", in: `"$input.path('$.a')"`, body: `{"a":1.00000000000000000e1001}`, want: `400 application/json {"message": "Invalid JSON in request body"}`},
		{id: "GW-19", in: `$input.path('$.a b')`, want: `500 application/json {"message": "Internal server error"}`},
	} {
		t.Run(c.id, func(t *testing.T) {
			t.Parallel()
			stub := &stubInvoker{result: gateway.InvocationResult{StatusCode: 200, Payload: []byte(c.function)}}
			g, err := load(choiceDocument(c.in, c.out, c.more), gateway.Options{Functions: stub})
			if err != nil {
				t.Fatal(err)
			}
			r := httptest.NewRequest("POST", "/prod/x/a%20b?q=v", strings.NewReader(c.body))
			r.Header.Set("X-Api-Key", "any")
			if c.contentType != "" {
				r.Header.Set("Content-Type", c.contentType)
			}
			w := httptest.NewRecorder()
			g.ServeHTTP(w, r)
			if got := fmt.Sprint(w.Code, " ", w.Header().Get("Content-Type"), " ", w.Body); c.want != "" && got != c.want {
				t.Errorf("response %s, want %s", got, c.want)
			}
			if got := string(stub.last.Payload); got != c.event {
				t.Errorf("event %s, want %s", got, c.event)
			}
		})
	}
}

// GW-6 and GW-21: a function that cannot be invoked is an error of the API's configuration, with
// the error type of every recorded 500.
func TestGW6AndGW21(t *testing.T) {
	t.Parallel()
	g, err := load(choiceDocument("1", "", ""), gateway.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	g.ServeHTTP(w, httptest.NewRequest("POST", "/prod/x/1", nil))
	w.Body.Reset()
	w.Header().Write(w.Body)
	if !strings.Contains(w.Body.String(), "\nx-amzn-ErrorType: InternalServerErrorException\r\n") || w.Code != 500 {
		t.Error(w.Code, w.Body)
	}
}

// GW-14: the domain name is the Host header, so that links work where the client is.
func TestGW14(t *testing.T) {
	t.Parallel()
	stub := &stubInvoker{}
	g, err := load(choiceDocument(`"$context.domainName $input.params('X-Forwarded-Port') $input.params('X-Forwarded-Proto')"`, "", ""), gateway.Options{Functions: stub})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("POST", "/prod/x/1", nil)
	r.Host = "127.0.0.1:3000"
	g.ServeHTTP(httptest.NewRecorder(), r)
	if got := string(stub.last.Payload); got != `"127.0.0.1:3000 3000 http"` {
		t.Error(got)
	}
}

// GW-16: a status below 200 cannot end a response.
func TestGW16(t *testing.T) {
	t.Parallel()
	g, err := load(choiceDocument("1", "#set($context.responseOverride.status = 101)", ""), gateway.Options{Functions: &stubInvoker{}})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	g.ServeHTTP(w, httptest.NewRequest("POST", "/prod/x/1", nil))
	if w.Code != 500 {
		t.Error(w.Code)
	}
}

// GW-17: without headernames.Keep any case finds a header.
func TestGW17(t *testing.T) {
	t.Parallel()
	stub := &stubInvoker{}
	g, err := load(choiceDocument(`"$input.params('x-my-header')"`, "", ""), gateway.Options{Functions: stub})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("POST", "/prod/x/1", nil)
	r.Header.Set("x-my-header", "v")
	g.ServeHTTP(httptest.NewRecorder(), r)
	if got := string(stub.last.Payload); got != `"v"` {
		t.Error(got)
	}
}
