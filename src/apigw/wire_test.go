package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/guessing-game/tests/serve"
)

const wireDocument = `
openapi: 3.0.1
info: {title: x, version: '1'}
x-uri: &uri arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:F/invocations
paths:
  /mock:
    get:
      responses: {'200': {description: ok}}
      x-amazon-apigateway-integration: {type: mock, requestTemplates: {application/json: '{"statusCode": 200}'}, responses: {default: {statusCode: '200', responseTemplates: {application/json: mocked}}}}
  /copy/{id}:
    post:
      responses: {'200': {description: ok}}
      x-amazon-apigateway-integration:
        type: aws
        httpMethod: POST
        uri: *uri
        requestTemplates:
          application/json: |-
            {"headers":{#foreach($name in $input.params().header.keySet())"$name":"$util.escapeJavaScript($input.params().header.get($name))"#if($foreach.hasNext),#end#end},
             "token":"$input.params('Authorization').substring(7)","body":$input.json('$'),"path":"$context.path"}
        responses: {default: {statusCode: '200'}}
  /proxy/{id}:
    post: {responses: {}, x-amazon-apigateway-integration: {type: aws_proxy, httpMethod: POST, uri: *uri}}
`

// startWire serves wireDocument with testfn as its function.
func startWire(t *testing.T, args ...string) (a *serve.Apigw, addr string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "api.yaml")
	if err := os.WriteFile(file, []byte(wireDocument), 0o600); err != nil {
		t.Fatal(err)
	}
	a, err := serve.Run(startCommand(append([]string{"--openapi", file, "--function", "F=testfn"}, args...)...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Stop(); err != nil {
			t.Error(err)
		}
	})
	return a, strings.Split(a.REST[0], "/")[2]
}

// halfClosed sends bytes, closes its side, and returns everything that it receives.
func halfClosed(t *testing.T, addr, raw string) string {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, raw); err != nil {
		t.Fatal(err)
	}
	if err := c.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(c)
	if err != nil {
		t.Fatal(err)
	}
	return string(all)
}

// A client that closes its side still gets its response; an incomplete body is reported to it.
func TestHalfClosed(t *testing.T) {
	t.Parallel()
	a, addr := startWire(t)
	for raw, want := range map[string]string{
		"GET /prod/mock HTTP/1.1\r\nHost: x\r\n\r\n":                                                     "HTTP/1.1 200 OK",
		"GET /prod/none HTTP/1.1\r\nHost: x\r\n\r\n":                                                     "HTTP/1.1 403 Forbidden",
		"POST /prod/proxy/1 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}":                          "HTTP/1.1 502 Bad Gateway", // testfn returns no proxy response
		"POST /prod/copy/1 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer 1\r\nContent-Length: 2\r\n\r\n1": "HTTP/1.1 400 Bad Request",
	} {
		if got, _, _ := strings.Cut(halfClosed(t, addr, raw), "\r\n"); got != want {
			t.Errorf("%q: %q, want %q", raw, got, want)
		}
	}
	lambda, trace, xray := strings.Split(a.Lambda, "/")[2], strings.Split(a.Trace, "/")[2], variable(t, a, "AWS_XRAY_DAEMON_ADDRESS")
	for _, c := range []struct{ addr, path, want string }{
		{lambda, "/" + invocations, `"event"`},
		{lambda, "/2021-11-15/functions/F/response-streaming-invocations", `"event"`},
		{lambda, "/2015-03-31/functions/None/invocations", "Function not found"},
		{xray, "/SamplingTargets", "SamplingTargetDocuments"},
		{trace, "/api/bench/try", "application/problem+json"},
		{trace, "/api/bench/send", "application/problem+json"},
		{trace, "/api/traces/none/replay", "application/problem+json"},
	} {
		if got := halfClosed(t, c.addr, "POST "+c.path+" HTTP/1.1\r\nHost: "+c.addr+"\r\nContent-Length: 2\r\n\r\n{}"); !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %s", c.path, got, c.want)
		}
	}
}

// A body that is too large is refused before it is read, by every server, with tracing on; clients
// that send it anyway can read why.
func TestTooLargeOnTheWire(t *testing.T) {
	t.Parallel()
	a, rest := startWire(t)
	lambda, trace, xray := strings.Split(a.Lambda, "/")[2], strings.Split(a.Trace, "/")[2], variable(t, a, "AWS_XRAY_DAEMON_ADDRESS")
	for _, server := range []struct{ addr, path string }{
		{rest, "/prod/copy/1"}, {lambda, "/" + invocations}, {trace, "/api/bench/try"}, {xray, "/TraceSegments"},
	} {
		t.Run(server.path, func(t *testing.T) {
			t.Parallel()
			request := func(fields string, body []byte) {
				t.Helper()
				c, err := net.Dial("tcp", server.addr)
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()
				fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: %s\r\n%s\r\n", server.path, server.addr, fields)
				if _, err := c.Write(body); err != nil {
					t.Errorf("%s: sending breaks: %v", fields, err)
				}
				c.SetReadDeadline(time.Now().Add(20 * time.Second))
				resp, err := http.ReadResponse(bufio.NewReader(c), nil)
				if err != nil || resp.StatusCode != 413 {
					t.Errorf("%s: %v, %v", fields, resp, err)
				}
			}
			request("Expect: 100-continue\r\nContent-Length: 20000000\r\n", nil)
			request("Content-Length: 20000000\r\n", nil)
			body := bytes.Repeat([]byte("x"), 11<<20)
			chunked := fmt.Appendf(nil, "%x\r\n%s\r\n0\r\n\r\n", len(body), body)
			for range 5 {
				request(fmt.Sprintf("Content-Length: %d\r\n", len(body)), body)
				request("Transfer-Encoding: chunked\r\n", chunked)
			}
		})
	}
}

// Secret headers and the members named by --mask stay out of logs, traces and commands, wherever
// a template or a function copies them.
func TestSecretsStayInside(t *testing.T) {
	t.Parallel()
	a, addr := startWire(t, "--log-level", "debug", "--mask", "id,card")
	for _, path := range []string{"copy", "proxy"} {
		status, body := send(t, "POST", "http://"+addr+"/prod/"+path+"/IDLEAK", `{"card": {"n": "CARDLEAK"}}`, "Authorization", "Bearer AUTHLEAK",
			"Cookie", "s=COOKIELEAK", "X-Api-Key", "KEYLEAK", "Content-Type", "application/json", "Host", "localhost")
		if path == "copy" && (status != 200 || !strings.Contains(body, "AUTHLEAK")) {
			t.Errorf("the function's answer is changed: %d %s", status, body)
		}
	}
	a.AwaitText(t, "/***  ", 2)
	_, list := send(t, "GET", a.Trace+"api/traces", "", "Host", "localhost")
	var kept struct {
		Traces []struct {
			ID string `json:"trace_id"`
		} `json:"traces"`
	}
	if err := json.Unmarshal([]byte(list), &kept); err != nil || len(kept.Traces) != 2 {
		t.Fatalf("%v: %s", err, list)
	}
	all := list
	for _, tr := range kept.Traces {
		_, one := send(t, "GET", a.Trace+"api/traces/"+tr.ID, "", "Host", "localhost")
		_, tree := send(t, "GET", a.Trace+"api/traces/"+tr.ID+"/tree", "", "Host", "localhost")
		all += one + tree
	}
	all += a.String()
	for _, secret := range []string{"AUTHLEAK", "COOKIELEAK", "KEYLEAK", "IDLEAK", "CARDLEAK"} {
		if at := strings.Index(all, secret); at >= 0 {
			t.Errorf("%s is shown: …%s…", secret, all[max(0, at-200):min(len(all), at+100)])
		}
	}
}

// A body that is too large for Lambda is refused by the gateway, one that is too large for API
// Gateway by its edge (https://github.com/koki-develop/lgtm-generator/issues/10, of September
// 2021).
func TestBodiesThatAreTooLarge(t *testing.T) {
	t.Parallel()
	_, addr := startWire(t)
	for _, c := range []struct {
		bytes                        int
		contentType, errorType, body string
	}{
		{7 << 20, "application/json", "BadRequestException", `{"message": "Request Too Long"}`},
		{11 << 20, "text; charset=utf-8", "", "HTTP content length exceeded 10485760 bytes."},
	} {
		resp, err := http.Post("http://"+addr+"/prod/proxy/1", "text/plain", strings.NewReader(strings.Repeat("a", c.bytes)))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		h := resp.Header
		if err != nil || resp.StatusCode != 413 || string(body) != c.body || h.Get("Content-Type") != c.contentType || h.Get("X-Amzn-Errortype") != c.errorType ||
			(h.Get("X-Amzn-Requestid") != "") != (c.errorType != "") {
			t.Errorf("%d bytes: %d %v %s %v", c.bytes, resp.StatusCode, h, body, err)
		}
	}
}
