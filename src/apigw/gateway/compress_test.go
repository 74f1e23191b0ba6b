package gateway_test

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"fmt"
	"io"
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
