package gateway_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"testing"

	"example.com/guessing-game/src/apigw/gateway"
)

const benchDocument = `
openapi: 3.0.1
info: {title: bench, version: "1"}
paths:
  /mock/{id}:
    get:
      responses: {"200": {}}
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates: {application/json: '{"statusCode": 200}'}
        responses: {default: {statusCode: 200, responseTemplates: {application/json: '{"id":"$input.params("id")","path":"$context.path"}'}}}
  /games/{id}:
    post:
      x-amazon-apigateway-request-validator: all
      requestBody: {content: {application/json: {schema: {type: object, required: [guess], properties: {guess: {type: integer, minimum: 0, maximum: 10}}}}}}
      responses: {"200": {}, "404": {}}
      x-amazon-apigateway-integration:
        type: aws
        httpMethod: POST
        uri: arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:Game/invocations
        passthroughBehavior: never
        requestTemplates:
          application/json: |
            #set($guess = $input.path('$.guess'))
            {"kind":"guessSubmitted","id":"$util.escapeJavaScript($input.params('id'))","guess":$guess}
        responses:
          default:
            statusCode: 200
            responseTemplates:
              application/json: |
                #set($r = $input.path('$'))
                {"game":{"id":"$r.id","guesses":$input.json('$.guesses'),"status":"$r.status"},"links":{"status":{"method":"GET","link":"$context.path"}}}
          GameNotFound.*: {statusCode: 404}
x-amazon-apigateway-request-validators: {all: {validateRequestBody: true, validateRequestParameters: true}}
`

func benchGateway(b *testing.B, o gateway.Options) *gateway.Gateway {
	doc, err := gateway.ParseDocument("bench.yaml", []byte(benchDocument))
	if err != nil {
		b.Fatal(err)
	}
	stub := &stubInvoker{result: gateway.InvocationResult{StatusCode: 200,
		Payload: []byte(`{"kind":"GuessEvaluated","id":"7a1c","guesses":[5,null,null],"random_number":7,"status":"ongoing"}`)}}
	o.Functions = stub
	g, err := gateway.New(doc, o)
	if err != nil {
		b.Fatal(err)
	}
	return g
}

func benchmark(b *testing.B, o gateway.Options, method, target, body string) {
	g := benchGateway(b, o)
	r := httptest.NewRequest(method, target, nil)
	r.Header = http.Header{"Accept": {"*/*"}, "User-Agent": {"bench/1"}, "Accept-Encoding": {"gzip"}}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
		r.ContentLength = int64(len(body))
	}
	content := bytes.NewReader([]byte(body))
	b.ReportAllocs()
	for b.Loop() {
		if body != "" {
			content.Seek(0, 0)
			r.Body = readCloser{content}
		}
		w := httptest.NewRecorder()
		g.ServeHTTP(w, r)
		if w.Code != 200 {
			b.Fatal(w.Code, w.Body)
		}
	}
}

type readCloser struct{ *bytes.Reader }

func (readCloser) Close() error { return nil }

// BenchmarkMock measures a MOCK route with both templates.
func BenchmarkMock(b *testing.B) { benchmark(b, gateway.Options{}, "GET", "/prod/mock/7", "") }

// BenchmarkLambda measures the gateway's overhead for a Lambda route with validation, both
// templates and a function that returns at once.
func BenchmarkLambda(b *testing.B) {
	benchmark(b, gateway.Options{}, "POST", "/prod/games/7a1c", `{"guess":5}`)
}

// BenchmarkLambdaObserved measures the same with its steps and log recorded.
func BenchmarkLambdaObserved(b *testing.B) {
	benchmark(b, gateway.Options{Observe: func(*gateway.Execution) {}}, "POST", "/prod/games/7a1c", `{"guess":5}`)
}

// BenchmarkLoad measures reading a document and making a gateway of it.
func BenchmarkLoad(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		doc, err := gateway.ParseDocument("bench.yaml", []byte(benchDocument))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := gateway.New(doc, gateway.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
