package lambdaproxy_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"example.com/guessing-game/src/apigw/lambdaproxy"
)

// What sam local start-api 1.170.0 sends for curl -X POST 'http://127.0.0.1:3000/games/a?x=1&x=2'
// -H 'X-Twice: one' -d '{"guess":5}', without the parts that are not read.
const samEvent = `{
	"body": "{\"guess\":5}", "headers": {"Content-Type": "application/json", "Host": "127.0.0.1:3000", "X-Twice": "one"},
	"httpMethod": "POST", "isBase64Encoded": false,
	"multiValueHeaders": {"Content-Type": ["application/json"], "Host": ["127.0.0.1:3000"], "X-Twice": ["one", "two"]},
	"multiValueQueryStringParameters": {"x": ["1", "2"]}, "path": "/games/a", "pathParameters": {"proxy": "games/a"},
	"queryStringParameters": {"x": "2"},
	"requestContext": {"accountId": "123456789012", "apiId": "1234567890", "domainName": "127.0.0.1:3000", "httpMethod": "POST",
		"identity": {"sourceIp": "127.0.0.1", "userAgent": "Custom User Agent String"}, "path": "/{proxy+}", "protocol": "HTTP/1.1",
		"requestId": "0f4a", "resourceId": "123456", "resourcePath": "/{proxy+}", "stage": "Prod"},
	"resource": "/{proxy+}", "stageVariables": null, "version": "1.0"}`

func decode(t testing.TB, event string) events.APIGatewayProxyRequest {
	t.Helper()
	var e events.APIGatewayProxyRequest
	if err := json.Unmarshal([]byte(event), &e); err != nil {
		t.Fatal(err)
	}
	return e
}

func TestRequestIsWhatTheClientSent(t *testing.T) {
	t.Parallel()
	r, err := lambdaproxy.Request(context.Background(), decode(t, samEvent))
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(r.Body)
	got := []any{r.Method, r.RequestURI, r.Host, r.RemoteAddr, r.Header, string(body), r.ContentLength}
	want := []any{"POST", "/games/a?x=1&x=2", "127.0.0.1:3000", "127.0.0.1:0",
		http.Header{"Content-Type": {"application/json"}, "X-Twice": {"one", "two"}}, `{"guess":5}`, int64(11)}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestRequest(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, event, uri, body string
	}{
		{"base64 body", `{"httpMethod":"POST","path":"/","body":"/wA=","isBase64Encoded":true}`, "/", "\xff\x00"},
		{"escape kept", `{"httpMethod":"GET","path":"/a%2Fb"}`, "/a%2Fb", ""},
		{"decoded path escaped", `{"httpMethod":"GET","path":"/a b/ü"}`, "/a%20b/%C3%BC", ""},
		{"lone percent sign", `{"httpMethod":"GET","path":"/100%"}`, "/100%25", ""},
		{"nul", `{"httpMethod":"GET","path":"/\u0000"}`, "/%00", ""},
		{"question mark in path", `{"httpMethod":"GET","path":"/a?b"}`, "/a%3Fb", ""},
		{"single values only", `{"httpMethod":"GET","path":"/","queryStringParameters":{"a":"1 &"}}`, "/?a=1+%26", ""},
		{"many slashes", `{"httpMethod":"GET","path":"//games///a/"}`, "//games///a/", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, err := lambdaproxy.Request(context.Background(), decode(t, c.event))
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(r.Body)
			if r.RequestURI != c.uri || r.URL.RequestURI() != c.uri || string(body) != c.body {
				t.Errorf("got %q %q, want %q %q", r.RequestURI, body, c.uri, c.body)
			}
		})
	}
}

func TestRequestTakesTheTraceOfTheInvocation(t *testing.T) {
	t.Parallel()
	ctx := context.WithValue(context.Background(), "x-amzn-trace-id", "Root=1-a-b") //lint:ignore SA1029 the key that aws-lambda-go uses
	event := decode(t, samEvent)
	r, err := lambdaproxy.Request(ctx, event)
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Header.Get("X-Amzn-Trace-Id"); got != "Root=1-a-b" {
		t.Errorf("got %q", got)
	}
	event.MultiValueHeaders["X-Amzn-Trace-Id"] = []string{"Root=1-c-d"}
	if r, _ = lambdaproxy.Request(ctx, event); r.Header.Get("X-Amzn-Trace-Id") != "Root=1-c-d" {
		t.Errorf("the client's own trace header is gone: %q", r.Header)
	}
}

func TestRequestRefuses(t *testing.T) {
	t.Parallel()
	for event, want := range map[string]string{
		`{"version":"2.0","rawPath":"/"}`:                                    "httpMethod or path is missing",
		`{"httpMethod":"G T","path":"/"}`:                                    `invalid method "G T"`,
		`{"httpMethod":"POST","path":"/","body":"*","isBase64Encoded":true}`: "its body is not base64",
	} {
		_, err := lambdaproxy.Handler(http.NotFoundHandler())(context.Background(), decode(t, event))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", event, err, want)
		}
	}
}

func TestAnswer(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		handler http.HandlerFunc
		want    events.APIGatewayProxyResponse
	}{
		{"nothing written", func(http.ResponseWriter, *http.Request) {},
			events.APIGatewayProxyResponse{StatusCode: 200, MultiValueHeaders: http.Header{}}},
		{"status, headers and text", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/problem+json")
			w.Header().Add("Set-Cookie", "a=1")
			w.Header().Add("Set-Cookie", "b=2")
			w.WriteHeader(404)
			io.WriteString(w, `{"a":`)
			io.WriteString(w, `"ü"}`)
		}, events.APIGatewayProxyResponse{StatusCode: 404, Body: `{"a":"ü"}`,
			MultiValueHeaders: http.Header{"Content-Type": {"application/problem+json"}, "Set-Cookie": {"a=1", "b=2"}}}},
		{"too late", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(201)
			w.WriteHeader(500)
			w.Header().Set("Late", "1")
		}, events.APIGatewayProxyResponse{StatusCode: 201, MultiValueHeaders: http.Header{}}},
		{"informational first", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(103)
			w.WriteHeader(204)
		}, events.APIGatewayProxyResponse{StatusCode: 204, MultiValueHeaders: http.Header{}}},
		{"type sniffed as a server does", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<html>") },
			events.APIGatewayProxyResponse{StatusCode: 200, Body: "<html>", MultiValueHeaders: http.Header{"Content-Type": {"text/html; charset=utf-8"}}}},
		{"no text", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "image/png")
			io.WriteString(w, "\x89PNG")
		}, events.APIGatewayProxyResponse{StatusCode: 200, Body: "iVBORw==", IsBase64Encoded: true,
			MultiValueHeaders: http.Header{"Content-Type": {"image/png"}}}},
		{"encoded", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			w.Header().Set("Content-Encoding", "gzip")
			io.WriteString(w, "x")
		}, events.APIGatewayProxyResponse{StatusCode: 200, Body: "eA==", IsBase64Encoded: true,
			MultiValueHeaders: http.Header{"Content-Type": {"text/plain"}, "Content-Encoding": {"gzip"}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := lambdaproxy.Handler(c.handler)(context.Background(), decode(t, samEvent))
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
}

// Whatever the event, there is no panic, and the handler sees what the URL says and HTTP can
// transmit.
func FuzzRequest(f *testing.F) {
	f.Add("GET", "/games/a%2Fb", "x", "1", "", false)
	f.Add("POST", "/100%", "", "&=", "/wA=", true)
	f.Add("G T", "a\x00b\n?#", "\xff", "", "*", true)
	f.Fuzz(func(t *testing.T, method, path, name, value, body string, isBase64 bool) {
		r, err := lambdaproxy.Request(context.Background(), events.APIGatewayProxyRequest{
			HTTPMethod: method, Path: path, Body: body, IsBase64Encoded: isBase64,
			MultiValueQueryStringParameters: map[string][]string{name: {value}},
			MultiValueHeaders:               map[string][]string{name: {value}},
		})
		if err != nil {
			return
		}
		got, _ := io.ReadAll(r.Body)
		want := []byte(body)
		if isBase64 {
			want, _ = base64.StdEncoding.DecodeString(body)
		}
		if string(got) != string(want) || r.ContentLength != int64(len(want)) {
			t.Errorf("body is %q, want %q", got, want)
		}
		if strings.ContainsAny(r.RequestURI, " \n\x00#") {
			t.Errorf("request URI %q of path %q", r.RequestURI, path)
		}
		if got := r.URL.Query().Get(name); got != value {
			t.Errorf("query is %q, want %q", got, value)
		}
	})
}

// The adapter changes nothing: a handler serves an event as it serves the request over HTTP.
func TestAnswersAsOverHTTP(t *testing.T) {
	t.Parallel()
	echo := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(http.StatusTeapot)
		io.WriteString(w, r.Method+" "+r.RequestURI+" "+r.URL.Path+" "+r.Header.Get("X-Twice")+" "+string(body))
	})
	server := httptest.NewServer(echo)
	t.Cleanup(server.Close)
	for _, path := range []string{"/games/a", "/games/a%2Fb", "/%00", "/a%20b"} {
		over, _ := http.NewRequest("POST", server.URL+path, strings.NewReader("{}"))
		over.Header.Set("X-Twice", "one")
		resp, err := server.Client().Do(over)
		if err != nil {
			t.Fatal(err)
		}
		want, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		got, err := lambdaproxy.Handler(echo)(context.Background(), events.APIGatewayProxyRequest{
			HTTPMethod: "POST", Path: path, Body: "{}", Headers: map[string]string{"x-twice": "one"}})
		if err != nil {
			t.Fatal(err)
		}
		if got.StatusCode != resp.StatusCode || got.Body != string(want) {
			t.Errorf("%s: got %d %q, over HTTP %d %q", path, got.StatusCode, got.Body, resp.StatusCode, want)
		}
	}
}
