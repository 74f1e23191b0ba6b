package webadapter

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

// TestMain is a web server if WEB_SERVER says which.
func TestMain(m *testing.M) {
	switch os.Getenv("WEB_SERVER") {
	case "":
		os.Exit(m.Run())
	case "ends":
		os.Exit(7)
	case "hangs":
		select {}
	default:
		panic(http.ListenAndServe("127.0.0.1:"+os.Getenv(os.Getenv("WEB_SERVER")), http.NotFoundHandler()))
	}
}

// behind is an adapter in front of a handler.
func behind(t *testing.T, h http.HandlerFunc, variables map[string]string) *adapter {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	a := newAdapter(func(name string) string { return variables[name] })
	a.port = u.Port()
	close(a.ready)
	return a
}

// seen is a request as a web server sees it: the first line, the requested headers, and the body.
func seen(r *http.Request, names ...string) string {
	body, _ := io.ReadAll(r.Body)
	text := r.Method + " " + r.RequestURI + "\n"
	for _, name := range names {
		value := strings.Join(r.Header.Values(name), "|")
		if name == "Host" {
			value = r.Host
		}
		text += name + ": " + value + "\n"
	}
	return text + string(body)
}

// TestRequest has the events of
// https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway.html, urls-invocation.html and
// services-alb.html, shortened, and the requests that lambda_http makes from them.
func TestRequest(t *testing.T) {
	for _, c := range []struct {
		name, event string
		variables   map[string]string
		headers     []string
		want        string
	}{
		{"REST API", `{"httpMethod": "POST", "path": "/a b/c%2Fd", "headers": {"Host": "x.example", "X-One": "2"}, "multiValueHeaders": {"Host": ["x.example"], "X-One": ["1", "2"]},
			"queryStringParameters": {"q": "2"}, "multiValueQueryStringParameters": {"q": ["1 &", "2"]}, "body": "text", "requestContext": {"stage": "Prod", "http": null}}`,
			nil, []string{"Host", "X-One", "X-Amzn-Request-Context", "User-Agent"},
			"POST /a%20b/c%2Fd?q=1+%26&q=2\nHost: x.example\nX-One: 1|2\nX-Amzn-Request-Context: {\"stage\":\"Prod\",\"http\":null}\nUser-Agent: \ntext"},
		{"single values alone", `{"httpMethod": "GET", "path": "/", "headers": {"A": "1"}, "queryStringParameters": {"q": "ö"}, "requestContext": {}}`,
			nil, []string{"A"}, "GET /?q=%C3%B6\nA: 1\n"},
		{"base64", `{"httpMethod": "PUT", "path": "/", "body": "aGk=", "isBase64Encoded": true, "requestContext": {}}`, nil, nil, "PUT /\nhi"},
		{"HTTP API", `{"version": "2.0", "rawPath": "/p", "rawQueryString": "a=1&a=%20", "cookies": ["x=1", "y=2"], "headers": {"b": "2"}, "body": "t", "requestContext": {"http": {"method": "PATCH"}}}`,
			nil, []string{"Cookie", "B"}, "PATCH /p?a=1&a=%20\nCookie: x=1; y=2\nB: 2\nt"},
		{"load balancer", `{"httpMethod": "GET", "path": "/p", "queryStringParameters": {"a": "1%20x"}, "headers": {}, "body": "", "requestContext": {"elb": {"targetGroupArn": "arn"}}}`,
			nil, nil, "GET /p?a=1%20x\n"},
		{"something else", `{"Records": [{"eventSource": "aws:sqs"}]}`, nil, []string{"Content-Type", "X-Amzn-Request-Context"},
			"POST /events\nContent-Type: application/json\nX-Amzn-Request-Context: null\n" + `{"Records": [{"eventSource": "aws:sqs"}]}`},
		{"no object", `7`, map[string]string{"AWS_LWA_PASS_THROUGH_PATH": "/in"}, nil, "POST /in\n7"},
		{"base path", `{"httpMethod": "GET", "path": "/api/api/x", "requestContext": {}}`, map[string]string{"AWS_LWA_REMOVE_BASE_PATH": "/api/"}, nil, "GET /api/x\n"},
		{"base path alone", `{"httpMethod": "GET", "path": "/api", "requestContext": {}}`, map[string]string{"REMOVE_BASE_PATH": "/api"}, nil, "GET /\n"},
		{"no base path", `{"httpMethod": "GET", "path": "/apis", "requestContext": {}}`, map[string]string{"AWS_LWA_REMOVE_BASE_PATH": "/api"}, nil, "GET /apis\n"},
		{"authorization", `{"httpMethod": "GET", "path": "/", "headers": {"X-Token": "t"}, "requestContext": {}}`, map[string]string{"AWS_LWA_AUTHORIZATION_SOURCE": "x-token"},
			[]string{"Authorization", "X-Token"}, "GET /\nAuthorization: t\nX-Token: \n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := ""
			a := behind(t, func(_ http.ResponseWriter, r *http.Request) { got = seen(r, c.headers...) }, c.variables)
			if _, err := a.serve(t.Context(), json.RawMessage(c.event)); err != nil {
				t.Fatal(err)
			}
			if got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

// A web server gets what lambda_runtime's context has about the invocation.
func TestInvocation(t *testing.T) {
	ctx := lambdacontext.NewContext(t.Context(), &lambdacontext.LambdaContext{AwsRequestID: "id", InvokedFunctionArn: "arn"})
	ctx, cancel := context.WithDeadline(ctx, time.UnixMilli(4e12))
	defer cancel()
	ctx = context.WithValue(ctx, "x-amzn-trace-id", "Root=1") //lint:ignore SA1029 aws-lambda-go has it under this key
	got := ""
	a := behind(t, func(_ http.ResponseWriter, r *http.Request) {
		got = seen(r, "X-Amzn-Lambda-Context", "X-Amzn-Trace-Id")
	}, nil)
	if _, err := a.serve(ctx, json.RawMessage(`{}`)); err != nil {
		t.Fatal(err)
	}
	want := `{"client_context":null,"deadline":4000000000000,"env_config":{"function_name":"","log_group":"","log_stream":"","memory":0,"version":""},` +
		`"identity":null,"invoked_function_arn":"arn","request_id":"id","xray_trace_id":"Root=1"}`
	if !strings.Contains(got, "X-Amzn-Lambda-Context: "+want+"\nX-Amzn-Trace-Id: Root=1\n") {
		t.Errorf("got %s", got)
	}
}

const (
	fromREST  = `{"httpMethod": "GET", "path": "/", "requestContext": {}}`
	fromHTTP  = `{"rawPath": "/", "requestContext": {"http": {"method": "GET"}}}`
	fromALB   = `{"httpMethod": "GET", "path": "/", "requestContext": {"elb": {}}}`
	fromOther = `{}`
)

// TestResponse compares results with those of lambda_http.
func TestResponse(t *testing.T) {
	for _, c := range []struct {
		name, event string
		header      http.Header
		body        string
		want        string
	}{
		{"text", fromREST, http.Header{"Content-Type": {"text/html; charset=utf-8"}, "Set-Cookie": {"a=1", "b=2"}}, "<p>",
			`{"statusCode":201,"headers":null,"multiValueHeaders":{"content-type":["text/html; charset=utf-8"],"set-cookie":["a=1","b=2"]},"body":"<p>"}`},
		{"json suffix", fromREST, http.Header{"Content-Type": {"application/problem+json; charset=utf-8"}}, "{}",
			`{"statusCode":201,"headers":null,"multiValueHeaders":{"content-type":["application/problem+json; charset=utf-8"]},"body":"{}"}`},
		{"binary", fromREST, http.Header{"Content-Type": {"image/png"}}, "hi",
			`{"statusCode":201,"headers":null,"multiValueHeaders":{"content-type":["image/png"]},"body":"aGk=","isBase64Encoded":true}`},
		{"compressed text", fromREST, http.Header{"Content-Type": {"text/plain"}, "Content-Encoding": {"br"}}, "hi",
			`{"statusCode":201,"headers":null,"multiValueHeaders":{"content-encoding":["br"],"content-type":["text/plain"]},"body":"aGk=","isBase64Encoded":true}`},
		{"no type", fromREST, http.Header{"Content-Type": nil}, "hi", `{"statusCode":201,"headers":null,"multiValueHeaders":{},"body":"hi"}`},
		{"latin-1", fromREST, http.Header{"Content-Type": {"text/plain; charset=ISO-8859-1"}}, "\xfc",
			`{"statusCode":201,"headers":null,"multiValueHeaders":{"content-type":["text/plain; charset=ISO-8859-1"]},"body":"ü"}`},
		{"HTTP API", fromHTTP, http.Header{"Content-Type": {"text/plain"}, "Set-Cookie": {"a=1", "b=2"}, "X-One": {"1", "2"}}, "hi",
			`{"statusCode":201,"headers":{"content-type":"text/plain","x-one":"1, 2"},"multiValueHeaders":null,"body":"hi","cookies":["a=1","b=2"]}`},
		{"load balancer", fromALB, http.Header{"Content-Type": {"text/plain"}}, "hi",
			`{"statusCode":201,"statusDescription":"201 Created","headers":{"content-type":"text/plain"},"multiValueHeaders":{"content-type":["text/plain"]},"body":"hi","isBase64Encoded":false}`},
		{"another event", fromOther, http.Header{"Content-Type": {"application/json"}}, `{"batchItemFailures": []}`, `{"batchItemFailures":[]}`},
		{"another event, no JSON", fromOther, http.Header{"Content-Type": {"text/plain"}}, "hi", `null`},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := behind(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header()["Date"] = nil
				for name, values := range c.header {
					w.Header()[name] = values
				}
				w.WriteHeader(http.StatusCreated)
				w.(http.Flusher).Flush() // so that there is no Content-Length
				io.WriteString(w, c.body)
			}, nil)
			result, err := a.serve(t.Context(), json.RawMessage(c.event))
			if err != nil {
				t.Fatal(err)
			}
			var b strings.Builder
			e := json.NewEncoder(&b)
			e.SetEscapeHTML(false)
			if err := e.Encode(result); err != nil {
				t.Fatal(err)
			}
			if got := strings.TrimSpace(b.String()); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// A streamed response starts while the web server is still writing it.
func TestStream(t *testing.T) {
	next := make(chan bool)
	a := behind(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		w.Header()["Set-Cookie"] = []string{"a=1"}
		io.WriteString(w, "one")
		w.(http.Flusher).Flush()
		<-next
		io.WriteString(w, "two")
	}, map[string]string{"AWS_LWA_INVOKE_MODE": "response_stream"})
	result, err := a.serve(t.Context(), json.RawMessage(fromREST))
	if err != nil {
		t.Fatal(err)
	}
	r, ok := result.(*events.LambdaFunctionURLStreamingResponse)
	if !ok || r.StatusCode != 200 || r.Headers["content-type"] != "text/event-stream" || len(r.Cookies) != 1 {
		t.Fatalf("got %+v", result)
	}
	first := make([]byte, 3)
	if _, err := io.ReadFull(r.Body, first); err != nil || string(first) != "one" {
		t.Fatalf("got %q, %v", first, err)
	}
	next <- true
	if rest, err := io.ReadAll(r.Body); err != nil || string(rest) != "two" {
		t.Errorf("got %q, %v", rest, err)
	}
}

// What counts as the function's failure rather than a response.
func TestFailures(t *testing.T) {
	large := strings.Repeat("x", maxBody+1)
	for _, c := range []struct {
		name, event string
		handler     http.HandlerFunc
		want        string
	}{
		{"a status", fromREST, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }, "the web server returned 503, which AWS_LWA_ERROR_STATUS_CODES makes an error"},
		{"another status", fromREST, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(501) }, "<nil>"},
		{"too large", fromREST, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, large) }, errTooLarge.Error()},
		{"no base64", `{"httpMethod": "GET", "path": "/", "body": "?", "isBase64Encoded": true, "requestContext": {}}`, func(http.ResponseWriter, *http.Request) {},
			"the event has isBase64Encoded, but its body is not base64: illegal base64 data at input byte 0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := behind(t, c.handler, map[string]string{"AWS_LWA_ERROR_STATUS_CODES": "500, 502-504,x"})
			if _, err := a.serve(t.Context(), json.RawMessage(c.event)); fmt.Sprint(err) != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

// A client that asks for another protocol does not keep the function busy, even if the server
// agrees.
func TestSwitchingProtocols(t *testing.T) {
	for _, mode := range []string{"buffered", "response_stream"} {
		a := behind(t, func(w http.ResponseWriter, _ *http.Request) {
			c, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			t.Cleanup(func() { c.Close() }) // until then it is open
			io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
		}, map[string]string{"AWS_LWA_INVOKE_MODE": mode})
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		got, err := a.serve(ctx, json.RawMessage(`{"httpMethod": "GET", "path": "/", "headers": {"Connection": "Upgrade", "Upgrade": "websocket"}, "requestContext": {}}`))
		if r, ok := got.(events.APIGatewayProxyResponse); mode == "buffered" && (!ok || r.StatusCode != 101 || r.Body != "") {
			t.Errorf("%+v %v", got, err)
		}
		if r, ok := got.(*events.LambdaFunctionURLStreamingResponse); mode != "buffered" {
			if !ok {
				t.Fatalf("%+v %v", got, err)
			}
			if body, err := io.ReadAll(r.Body); r.StatusCode != 101 || len(body) > 0 || err != nil {
				t.Errorf("%d %q %v", r.StatusCode, body, err)
			}
		}
		cancel()
	}
}

// A web server that ends before it is ready, or is not ready in time, results in an error that
// says where it should have listened.
func TestNotReady(t *testing.T) {
	for _, c := range []struct {
		server, want string
		variables    map[string]string
	}{
		{"ends", "the web server has ended (exit status 7) before it was ready: it is to listen on port ", nil},
		{"hangs", "the web server is not ready in time: it is to listen on port ", map[string]string{"AWS_LWA_READINESS_CHECK_TIMEOUT_SECONDS": "0.05"}},
	} {
		t.Run(c.server, func(t *testing.T) {
			t.Setenv("WEB_SERVER", c.server)
			err := Run(t.Context(), func(name string) string { return c.variables[name] }, false, []string{os.Args[0]})
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("got %v, want %s…", err, c.want)
			}
		})
	}
}

// A server whose port is fixed is not started while another program listens there.
func TestFixedPortTaken(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	err = Run(t.Context(), func(name string) string { return map[string]string{"PORT": port}[name] }, true, []string{os.Args[0]})
	if want := "port " + port + ", on which the web server is to listen, is taken; "; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v, want %s…", err, want)
	}
}

// The server is found on the port that it is given, or on that of the configuration, when its
// check says that it is ready.
func TestReady(t *testing.T) {
	fails := true
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if fails || r.URL.Path != "/health" {
			fails = false
			w.WriteHeader(http.StatusInternalServerError)
		}
	}))
	defer s.Close()
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	for _, variables := range []map[string]string{{"AWS_LWA_READINESS_CHECK_PATH": "/health"}, {"READINESS_CHECK_PATH": "health", "AWS_LWA_READINESS_CHECK_HEALTHY_STATUS": "200"},
		{"AWS_LWA_READINESS_CHECK_PROTOCOL": "TCP"}, {"AWS_LWA_READINESS_CHECK_MIN_UNHEALTHY_STATUS": "501"}} {
		a := newAdapter(func(name string) string { return variables[name] })
		a.await([]string{"1", u.Port()})
		if a.port != u.Port() || fails && variables["AWS_LWA_READINESS_CHECK_PROTOCOL"] == "" {
			t.Errorf("%v: found at %q", variables, a.port)
		}
	}
}
