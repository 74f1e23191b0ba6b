//go:build !race

// One goroutine and large inputs: make test runs these without the race detector.

package gateway_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"example.com/guessing-game/src/apigw/budget"
	"example.com/guessing-game/src/apigw/gateway"
)

// hostile has a method whose template evaluates a client's path, and methods with models that take
// forever.
const hostile = `
openapi: 3.0.1
x-amazon-apigateway-request-validators: {v: {validateRequestBody: true}}
components:
  schemas:
    All: {allOf: [{$ref: '#/components/schemas/Deeper'}, {$ref: '#/components/schemas/Deeper'}]}
    Deeper: {properties: {n: {$ref: '#/components/schemas/All'}}}
    Pattern: {type: array, items: {pattern: '^(?!x)(a+)+$'}}
    Numbers: {type: array, items: {type: number, minimum: 0, multipleOf: 0.01}}
paths:
  /path:
    post:
      responses: {"200": {}}
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates: {application/json: '{"statusCode":200,"r":$input.json($input.params("p"))}'}
        responses: {default: {statusCode: 200}}
`

func hostileDocument() string {
	var b strings.Builder
	b.WriteString(hostile)
	for _, model := range []string{"All", "Pattern", "Numbers"} {
		fmt.Fprintf(&b, `
  /%s:
    post:
      x-amazon-apigateway-request-validator: v
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/%[1]s'}}}}
      responses: {"200": {}}
      x-amazon-apigateway-integration: {type: mock, requestTemplates: {application/json: '{"statusCode":200}'}, responses: {default: {statusCode: 200}}}
`, model)
	}
	return b.String()
}

// A path or a body that costs more than a request may spend fails the request, and never panics.
func TestHostileRequestsEnd(t *testing.T) {
	t.Parallel()
	nested := func(n int) string { return strings.Repeat(`{"a":`, n) + "1" + strings.Repeat("}", n) }
	for name, c := range map[string]struct {
		target, body string
		status       int
		limited      bool
	}{
		"descents multiply":       {"/prod/path?p=$..a..a..a..a", nested(990), 500, true},
		"wildcards multiply":      {"/prod/path?p=$..*..*..*", nested(990), 500, true},
		"unions multiply":         {"/prod/path?p=$" + strings.Repeat("['a','a','a','a','a','a','a','a','a','a']", 9) + ".a", nested(12), 500, true},
		"an ordinary path":        {"/prod/path?p=$.a.a", nested(990), 200, false},
		"references multiply":     {"/prod/All", strings.Repeat(`{"n":`, 40) + "{}" + strings.Repeat("}", 40), 400, true},
		"patterns backtrack":      {"/prod/Pattern", `["` + strings.Repeat("a", 60) + `!"]`, 400, true},
		"absurd exponents":        {"/prod/Numbers", `[1e999999]`, 400, false},
		"one of them for a panic": {"/prod/Numbers", `[1e400000000]`, 400, false},
		"an ordinary body":        {"/prod/Numbers", `[1e10, 0.25]`, 200, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := observe(t, hostileDocument(), gateway.Options{}, "POST", c.target, c.body)
			if e.Status != c.status {
				t.Errorf("status %d, want %d; %v", e.Status, c.status, e.Error)
			}
			limited := false
			for _, s := range e.Steps {
				limit := (*budget.LimitError)(nil)
				limited = limited || errors.As(s.Err, &limit)
			}
			if limited != c.limited {
				t.Errorf("a limit was the cause: %v, want %v", limited, c.limited)
			}
		})
	}
}
