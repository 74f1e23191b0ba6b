package libraries

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"

	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/tests/oracle"
)

// OurTemplate renders a question's template as the gateway does: it loads a document with the
// template, serves a request with the body, and returns what reaches the function.
func OurTemplate(q Question) Answer {
	document, err := oracle.Encode(map[string]any{
		"openapi": "3.0.1", "info": map[string]any{"title": "t", "version": "1"},
		"paths": map[string]any{"/t/{id}": map[string]any{"post": map[string]any{
			"responses": map[string]any{"200": map[string]any{"description": "d"}},
			"x-amazon-apigateway-integration": map[string]any{
				"type": "aws", "httpMethod": "POST",
				"uri":              "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:F/invocations",
				"requestTemplates": map[string]any{"application/json": q.Template},
				"responses":        map[string]any{"default": map[string]any{"statusCode": "200"}},
			},
		}}},
	})
	if err != nil {
		return Answer{Status: "question", Error: err.Error()}
	}
	parsed, err := gateway.ParseDocument("template.json", document)
	if err != nil {
		return Answer{Status: "question", Error: err.Error()}
	}
	answer := Answer{Status: "error"}
	g, err := gateway.New(parsed, gateway.Options{
		Functions:      nothing{},
		StageVariables: map[string]string{"table": "games", "url": "example.com/a b"},
		ShowSecrets:    true,
		Lenient:        true,
		Observe: func(x *gateway.Execution) {
			for _, s := range x.Steps {
				switch {
				case s.Name != "request mapping":
				case s.Err != nil:
					answer.Error = s.Err.Error()
				default:
					answer = Answer{Status: "value", Printed: s.Output}
				}
			}
		},
	})
	if err != nil {
		return Answer{Status: "error", Error: err.Error()}
	}
	r := httptest.NewRequest(http.MethodPost, "/prod/t/g-1?q=a%20b%26c&page=2", strings.NewReader(*q.Body))
	r.Header = http.Header{"Content-Type": {"application/json"}, "X-Amzn-Trace-Id": {"Root=1-5759e988-bd862e3fe1be46a994272793"}, "X-Token": {`t'1"/`}}
	g.ServeHTTP(httptest.NewRecorder(), r)
	return answer
}

// nothing is a function that returns null.
type nothing struct{}

func (nothing) Invoke(context.Context, gateway.Invocation) (gateway.InvocationResult, error) {
	return gateway.InvocationResult{StatusCode: 200, Payload: []byte("null")}, nil
}
