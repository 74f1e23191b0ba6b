package gateway_test

import (
	"context"
	"fmt"
	"log"
	"net/http/httptest"
	"strings"

	"example.com/guessing-game/src/apigw/gateway"
)

// greeter stands for a Lambda function.
type greeter struct{}

func (greeter) Invoke(_ context.Context, in gateway.Invocation) (gateway.InvocationResult, error) {
	fmt.Printf("%s gets %s\n", in.Function, in.Payload)
	return gateway.InvocationResult{StatusCode: 200, Payload: []byte(`{"greeting":"Hello, Ada"}`)}, nil
}

const greeting = `
openapi: 3.0.1
info: {title: greeting, version: "1"}
paths:
  /greet/{name}:
    post:
      responses: {"200": {description: a greeting}}
      x-amazon-apigateway-integration:
        type: aws
        httpMethod: POST
        uri: arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:Greeter/invocations
        requestTemplates:
          application/json: |-
            {"name":"$util.escapeJavaScript($input.params('name'))","mood":$input.json('$.mood')}
        responses:
          default:
            statusCode: 200
            responseTemplates:
              application/json: $input.path('$.greeting')!
`

func Example() {
	doc, err := gateway.ParseDocument("greeting.yaml", []byte(greeting))
	if err != nil {
		log.Fatal(err)
	}
	g, err := gateway.New(doc, gateway.Options{Stage: "prod", Functions: greeter{}})
	if err != nil {
		log.Fatal(err) // every mistake in the document, each with its position and what to do
	}
	w := httptest.NewRecorder()
	g.ServeHTTP(w, httptest.NewRequest("POST", "/prod/greet/Ada", strings.NewReader(`{"mood":"good"}`)))
	fmt.Println(w.Code, w.Body)
	// Output:
	// Greeter gets {"name":"Ada","mood":"good"}
	// 200 Hello, Ada!
}
