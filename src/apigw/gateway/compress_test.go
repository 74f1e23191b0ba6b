package gateway_test

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"fmt"
	"io"
	"net/http/httptest"
	"strings"
	"testing"

	"example.com/guessing-game/src/apigw/gateway"
)

const compressing = `
openapi: 3.0.1
x-amazon-apigateway-minimum-compression-size: %s
paths:
  /x:
    post:
      responses: {"200": {}}
      x-amazon-apigateway-integration: {type: aws, httpMethod: POST, uri: arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:Echo/invocations, responses: {default: {statusCode: 200}}}
  /coded:
    post:
      responses: {"200": {headers: {Content-Encoding: {schema: {type: string}}}}}
      x-amazon-apigateway-integration: {type: aws, httpMethod: POST, uri: arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:Echo/invocations, responses: {default: {statusCode: 200, responseParameters: {method.response.header.Content-Encoding: "'br'"}}}}
`

// echoInvoker returns its input.
type echoInvoker struct{}

func (echoInvoker) Invoke(_ context.Context, in gateway.Invocation) (gateway.InvocationResult, error) {
	return gateway.InvocationResult{StatusCode: 200, Payload: in.Payload}, nil
}

func coded(t *testing.T, coding, text string) string {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser = gzip.NewWriter(&b)
	if coding == "deflate" {
		w = zlib.NewWriter(&b)
	}
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Bodies are compressed and decompressed as the developer guide says (payload compression for REST APIs).
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

func TestCompressionSize(t *testing.T) {
	t.Parallel()
	for size, ok := range map[string]bool{"0": true, "10485760": true, "10485761": false, "-1": false, "x": false, "null": true} {
		doc, err := gateway.ParseDocument("api.yaml", fmt.Appendf(nil, compressing, size))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := gateway.New(doc, gateway.Options{Functions: echoInvoker{}}); (err == nil) != ok {
			t.Errorf("%s: got %v", size, err)
		}
	}
}
