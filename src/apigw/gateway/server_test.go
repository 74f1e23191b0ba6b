package gateway_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/gateway/headernames"
)

const echoDocument = `
openapi: 3.0.1
info: {title: echo, version: "1"}
paths:
  /echo:
    x-amazon-apigateway-any-method:
      responses: {"200": {}}
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates: {$default: "#set($context.requestOverride.path.body = $input.body){statusCode: 200}"}
        responses: {default: {statusCode: 200, responseTemplates: {application/json: "$input.params().header.keySet() $context.requestOverride.path.body"}}}
  /form/{id}:
    get:
      responses: {"200": {}}
      x-amazon-apigateway-integration: {type: mock, requestTemplates: {application/json: "{statusCode: 200}"}, responses: {default: {statusCode: 200, responseTemplates: {application/json: "$input.params('id')"}}}}
  /function:
    post:
      responses: {"200": {}}
      x-amazon-apigateway-integration: {type: aws, httpMethod: POST, uri: "` + goodURI + `", responses: {default: {statusCode: 200}}}
`

// serve starts a real server with headernames.Keep and returns its address.
func serve(t *testing.T, h http.Handler) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: h, ErrorLog: nil}
	l = headernames.Keep(srv, l)
	done := make(chan struct{})
	go func() { srv.Serve(l); close(done) }()
	t.Cleanup(func() { srv.Close(); <-done })
	return l.Addr().String()
}

// exchangeRaw sends bytes over one connection and reads n responses' bodies.
func exchangeRaw(t *testing.T, addr, raw string, n int) []string {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(20 * time.Second))
	go io.WriteString(c, raw)
	r := bufio.NewReader(c)
	var out []string
	for range n {
		resp, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatalf("after %q: %v", out, err)
		}
		b, _ := io.ReadAll(resp.Body)
		out = append(out, fmt.Sprint(resp.StatusCode, " ", string(b)))
	}
	return out
}

// Names reach templates as the client wrote them, over persistent connections, with bodies of each
// kind and pipelined requests.
func TestHeaderNamesAsWritten(t *testing.T) {
	t.Parallel()
	g, err := load(echoDocument, gateway.Options{})
	if err != nil {
		t.Fatal(err)
	}
	addr := serve(t, g)
	raw := "GET /prod/echo HTTP/1.1\r\nHost: h\r\nx-LOWER: 1\r\n\r\n" +
		"POST /prod/echo HTTP/1.1\r\nHost: h\r\ncontent-length: 5\r\naCCept: x\r\n\r\nab\r\nc" +
		"POST /prod/echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\ntEst: x\r\n\r\n3\r\na\nb\r\n2;x=y\r\ncd\r\n0\r\ntrailer: z\r\n\r\n" +
		// A client that offers HTTP/2, as Java's does, continues with the server's protocol.
		"GET /prod/echo HTTP/1.1\r\nHost: h\r\nuPGrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: x\r\nwISH: 1\r\n\r\n" +
		"GET /prod/echo HTTP/1.1\r\nHost: h\r\nfOLDED: 1,\r\n 2\r\naFTER: 1\r\n\r\n" +
		"OPTIONS * HTTP/1.1\r\nHost: h\r\nnoone: 1\r\n\r\n" +
		"GET /prod/echo HTTP/1.1\nHost: h\nLAST: 1\n\n"
	got := exchangeRaw(t, addr, raw, 7)
	added := ", X-Amzn-Trace-Id, X-Forwarded-For, X-Forwarded-Port, X-Forwarded-Proto"
	want := []string{
		"200 [Host, X-Amzn-Trace-Id, X-Forwarded-For, X-Forwarded-Port, X-Forwarded-Proto, x-LOWER] {}",
		"200 [aCCept, Host" + added + "] ab\r\nc",
		"200 [Host, tEst" + added + "] a\nbcd",
		"200 [Host, HTTP2-Settings, wISH" + added + "] {}",
		"200 [aFTER, fOLDED, Host" + added + "] {}",
		"200 ",
		"200 [Host, LAST" + added + "] {}",
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%d\n got %q\nwant %q", i, got[i], want[i])
		}
	}
}

// Requests that net/http handles itself do not use up the memory for names.
func TestHeaderNamesAfterRequestsNobodyTook(t *testing.T) {
	t.Parallel()
	g, err := load(echoDocument, gateway.Options{})
	if err != nil {
		t.Fatal(err)
	}
	raw := strings.Repeat("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", 200) + "GET /prod/echo HTTP/1.1\r\nHost: h\r\nx-LOWER: 1\r\n\r\n"
	got := exchangeRaw(t, serve(t, g), raw, 201)
	if want := "200 [Host, X-Amzn-Trace-Id, X-Forwarded-For, X-Forwarded-Port, X-Forwarded-Proto, x-LOWER] {}"; got[200] != want {
		t.Errorf("\n got %s\nwant %s", got[200], want)
	}
}

// FuzzConnection sends raw bytes: whatever arrives, the server responds or closes, and serves the
// next connection.
func FuzzConnection(f *testing.F) {
	f.Add("GET /prod/echo HTTP/1.1\r\nHost: h\r\n\r\n")
	f.Add("GET /prod/form/%00 HTTP/1.1\r\nHost: h\r\nX: \xff\r\n\r\n")
	f.Add("POST /prod/echo HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999\r\n\r\n")
	f.Add("POST /prod/echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
	f.Add("GET /prod/%zz HTTP/1.1\r\nHost: h\r\n\r\n")
	f.Add("X-HTTP-Method-Override / HTTP/1.1\r\nHost: h\r\nX-HTTP-Method-Override:\r\n\r\n")
	g, err := load(echoDocument, gateway.Options{})
	if err != nil {
		f.Fatal(err)
	}
	srv := &http.Server{Handler: g, ErrorLog: nil}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		f.Fatal(err)
	}
	addr := l.Addr().String()
	l = headernames.Keep(srv, l)
	go srv.Serve(l)
	f.Cleanup(func() { srv.Close() })
	f.Fuzz(func(t *testing.T, raw string) {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		c.SetDeadline(time.Now().Add(20 * time.Second))
		io.WriteString(c, raw)
		c.(*net.TCPConn).CloseWrite()
		io.Copy(io.Discard, c)
		c.Close()
		if got := exchangeRaw(t, addr, "GET /prod/form/7 HTTP/1.1\r\nHost: h\r\n\r\n", 1); got[0] != "200 7" {
			t.Fatalf("afterwards: %q", got)
		}
	})
}

// Hostile requests, and API Gateway's responses to them.
func TestHostileRequests(t *testing.T) {
	t.Parallel()
	stub := &stubInvoker{result: gateway.InvocationResult{Payload: []byte("1")}}
	g, err := load(echoDocument, gateway.Options{Functions: stub})
	if err != nil {
		t.Fatal(err)
	}
	addr := serve(t, g)
	for name, c := range map[string]struct{ raw, want string }{
		"NUL in the path":         {"GET /prod/form/a%00b HTTP/1.1\r\nHost: h\r\n\r\n", "200 a%00b"},
		"bytes that are no UTF-8": {"GET /prod/form/%ff HTTP/1.1\r\nHost: h\r\n\r\n", "200 %ff"},
		"dots":                    {"GET /prod/../form/x HTTP/1.1\r\nHost: h\r\n\r\n", `403 {"message":"Missing Authentication Token"}`},
		"unknown stage":           {"GET /../prod/form/x HTTP/1.1\r\nHost: h\r\n\r\n", `403 {"message":"Forbidden"}`},
		"absolute form":           {"GET http://h/prod/form/7 HTTP/1.1\r\nHost: h\r\n\r\n", "200 7"},
		"unknown method":          {"BREW /prod/echo HTTP/1.1\r\nHost: h\r\n\r\n", `403 {"message":"Missing Authentication Token"}`},
		"header without a value":  {"GET /prod/form/7 HTTP/1.1\r\nHost: h\r\nX:\r\n\r\n", "200 7"},
		"half JSON":               {"POST /prod/function HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n{\"a\":", `400 {"message": "Could not parse request body into json: Could not parse payload into json: Unexpected end-of-input within\/between Object entries\n at [Source: REDACTED (` + "`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION`" + ` disabled); line: 1, column: 6]"}`},
		"announced too large":     {"POST /prod/function HTTP/1.1\r\nHost: h\r\nContent-Length: 10485761\r\n\r\n", `413 HTTP content length exceeded 10485760 bytes.`},
		"template in a parameter": {"GET /prod/form/$util.x HTTP/1.1\r\nHost: h\r\n\r\n", "200 $util.x"},
	} {
		if got := exchangeRaw(t, addr, c.raw, 1); got[0] != c.want {
			t.Errorf("%s: %q, want %q", name, got[0], c.want)
		}
	}
}

// A client that goes away gets nothing, not even an empty success, and the function's invocation
// ends.
func TestClientGone(t *testing.T) {
	t.Parallel()
	seen := make(chan *gateway.Execution, 1)
	g, err := load(echoDocument, gateway.Options{Functions: &stubInvoker{wait: true}, Observe: func(e *gateway.Execution) { seen <- e }})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	w := httptest.NewRecorder()
	func() {
		defer func() {
			if p := recover(); p != http.ErrAbortHandler {
				t.Errorf("panics with %v, want %v", p, http.ErrAbortHandler)
			}
		}()
		g.ServeHTTP(w, httptest.NewRequestWithContext(ctx, "POST", "/prod/function", nil))
	}()
	e := <-seen
	if w.Body.Len() != 0 || e.Status != 0 || e.Error == nil || e.Error.Error() != "the client has gone" {
		t.Errorf("body %q, status %d, error %v", w.Body, e.Status, e.Error)
	}
}

// A panic in a request is that request's failure: it gets a response, is observed and logged with
// its place.
func TestPanics(t *testing.T) {
	t.Parallel()
	const document = `
openapi: 3.0.1
paths:
  /whole: {get: {responses: {"200": {}}, x-amazon-apigateway-integration: &f {type: aws_proxy, httpMethod: POST,
    uri: 'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:f/invocations'}}}
  /streamed: {get: {responses: {"200": {}}, x-amazon-apigateway-integration: {<<: *f, responseTransferMode: STREAM,
    uri: 'arn:aws:apigateway:us-east-1:lambda:path/2021-11-15/functions/arn:aws:lambda:us-east-1:123456789012:function:f/response-streaming-invocations'}}}
  /mock: {get: {responses: {"200": {}}, x-amazon-apigateway-integration: {type: mock, requestTemplates: {application/json: '{"statusCode":200}'}, responses: {default: {statusCode: 200}}}}}
`
	for _, c := range []struct {
		path    string
		observe bool // the panic is the observer's
		status  int
	}{
		{"/prod/whole", false, 500}, {"/prod/streamed", false, 500}, {"/prod/mock", true, 200},
	} {
		var log bytes.Buffer
		var seen *gateway.Execution
		g, err := load(document, gateway.Options{
			Log:       slog.New(slog.NewTextHandler(&log, nil)),
			Functions: invokerFunc(func(gateway.Invocation) gateway.InvocationResult { panic("oops") }),
			Observe: func(e *gateway.Execution) {
				if seen = e; c.observe {
					panic("oops")
				}
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		g.ServeHTTP(w, httptest.NewRequest("GET", c.path, nil))
		if w.Code != c.status || c.status == 500 && w.Body.String() != `{"message": "Internal server error"}` {
			t.Errorf("%s: %d %s", c.path, w.Code, w.Body)
		}
		if seen == nil || seen.Status != c.status {
			t.Errorf("%s: observed is %+v", c.path, seen)
		} else if place := "mistake in apigw, at gateway/server_test.go:"; c.status == 500 && (seen.Error == nil || !strings.Contains(seen.Error.Error(), place)) {
			t.Errorf("%s: the error is %v", c.path, seen.Error)
		}
		if text := log.String(); strings.Count(text, "level=ERROR") != 1 || !strings.Contains(text, "panic=oops at=gateway/server_test.go:") || !strings.Contains(text, "server_test.go") {
			t.Errorf("%s: the log is %s", c.path, text)
		}
	}
}

// Many requests at once share a gateway.
func TestConcurrent(t *testing.T) {
	t.Parallel()
	g, err := load(benchDocument, gateway.Options{Functions: invokerFunc(func(in gateway.Invocation) gateway.InvocationResult {
		return gateway.InvocationResult{StatusCode: 200, Payload: in.Payload}
	}), Observe: func(*gateway.Execution) {}})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 100 {
				id := fmt.Sprint(i, "-", j)
				w := httptest.NewRecorder()
				g.ServeHTTP(w, httptest.NewRequest("POST", "/prod/games/"+id, strings.NewReader(`{"guess":5}`)))
				if !strings.Contains(w.Body.String(), `"id":"`+id+`"`) {
					t.Errorf("%s: %s", id, w.Body)
				}
			}
		})
	}
	wg.Wait()
}

type invokerFunc func(gateway.Invocation) gateway.InvocationResult

func (f invokerFunc) Invoke(_ context.Context, in gateway.Invocation) (gateway.InvocationResult, error) {
	return f(in), nil
}

// With Root, routes are served with the stage in the path and without it; $context.path is as the
// client sees it.
func TestRoot(t *testing.T) {
	t.Parallel()
	doc := strings.Replace(echoDocument, "\"$input.params('id')\"", "\"$context.path $context.resourcePath $context.stage\"", 1)
	g, err := load(doc, gateway.Options{Root: true})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"/form/7":      "200 /form/7 /form/{id} prod",
		"/form/7/":     "200 /form/7/ /form/{id} prod",
		"/prod/form/7": "200 /prod/form/7 /form/{id} prod",
		"/other/x":     `403 {"message":"Missing Authentication Token"}`,
	} {
		w := httptest.NewRecorder()
		g.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if got := fmt.Sprint(w.Code, " ", w.Body); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}
