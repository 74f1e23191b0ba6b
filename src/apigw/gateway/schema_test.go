package gateway_test

import (
	"fmt"
	"strings"
	"testing"

	"example.com/guessing-game/src/apigw/gateway"
)

// The messages of the log for each keyword of draft 4, from the message bundle of fge's
// json-schema-validator 2.2.14. An empty want is a body that passes.
func TestValidationDetail(t *testing.T) {
	t.Parallel()
	const unreadable = "Unknown error parsing request body"
	for _, c := range []struct{ schema, body, want string }{
		{`{type: object, required: [b, a]}`, `{}`, `object has missing required properties (["a","b"])`},
		{`{type: [string, "null"]}`, `1`, `instance type (integer) does not match any allowed primitive type (allowed: ["null","string"])`},
		{`{type: number}`, `"1"`, `instance type (string) does not match any allowed primitive type (allowed: ["integer","number"])`},
		{`{type: integer}`, `1.5`, `instance type (number) does not match any allowed primitive type (allowed: ["integer"])`},
		{`{enum: [a, 1]}`, `"b"`, `instance value ("b") not found in enum (possible values: ["a",1])`},
		{`{additionalProperties: false, properties: {a: {}}}`, `{"c":1,"b":1}`, `object instance has properties which are not allowed by the schema: ["b","c"]`},
		{`{minLength: 2}`, `"é"`, `string "é" is too short (length: 1, required minimum: 2)`},
		{`{maxLength: 2}`, `"abc"`, `string "abc" is too long (length: 3, maximum allowed: 2)`},
		{`{pattern: "^a"}`, `"b"`, `ECMA 262 regex "^a" does not match input string "b"`},
		{`{pattern: "^(?!x)a"}`, `"xa"`, `ECMA 262 regex "^(?!x)a" does not match input string "xa"`},
		{`{minimum: 2}`, `1`, `numeric instance is lower than the required minimum (minimum: 2, found: 1)`},
		{`{minimum: 2, exclusiveMinimum: true}`, `2`, `numeric instance is not strictly greater than the required minimum 2`},
		{`{maximum: 2.5}`, `3`, `numeric instance is greater than the required maximum (maximum: 2.5, found: 3)`},
		{`{maximum: 2, exclusiveMaximum: true}`, `2`, `numeric instance is not strictly lower than the required maximum 2`},
		{`{multipleOf: 2}`, `3`, `remainder of division is not zero (3 / 2)`},
		{`{minItems: 2}`, `[1]`, `array is too short: must have at least 2 elements but instance has 1 elements`},
		{`{maxItems: 1}`, `[1,2]`, `array is too long: must have at most 1 elements but instance has 2 elements`},
		{`{uniqueItems: true}`, `[1,1]`, `array must not contain duplicate elements`},
		{`{minProperties: 1}`, `{}`, `object has too few properties (found 0 but schema requires at least 1)`},
		{`{maxProperties: 1}`, `{"a":1,"b":1}`, `object has too many properties (found 2 but schema requires at most 1)`},
		{`{anyOf: [{type: string}, {type: integer}]}`, `[]`, `instance failed to match at least one required schema among 2`},
		{`{oneOf: [{type: integer}, {minimum: 1}, {type: string}]}`, `2`, `instance failed to match exactly one schema (matched 2 out of 3)`},
		{`{allOf: [{type: integer}, {minimum: 3}]}`, `2`, `instance failed to match all required schemas (matched only 1 out of 2)`},
		{`{not: {type: integer}}`, `2`, `instance matched a schema which it should not have`},
		{`{format: email}`, `"x"`, `string "x" is not a valid email address`},
		{`{format: uuid}`, `"x"`, `input string "x" is not a valid UUID`},
		{`{format: date-time}`, `"x"`, `string "x" is invalid against requested date format(s) [yyyy-MM-dd'T'HH:mm:ssZ, yyyy-MM-dd'T'HH:mm:ss.[0-9]{1,12}Z]`},
		{`{format: date}`, `"x"`, ``},
		{`{format: int32}`, `99999999999`, ``},
		{`{type: integer}`, `1.0`, `instance type (number) does not match any allowed primitive type (allowed: ["integer"])`},
		{`{}`, ``, unreadable},
		{`{}`, `{`, unreadable},
		{`{type: number, multipleOf: 0.01}`, `1e400000000`, unreadable},
		{`{type: string, example: 1, nullable: true, default: 2}`, `"x"`, ``},
		{`{properties: {id: {type: string}, $ref: {type: string}}}`, `{"id":1}`, `instance type (integer) does not match any allowed primitive type (allowed: ["string"])`},
		{`{$schema: "http://json-schema.org/draft-04/schema#", title: Empty Schema, type: object}`, `{}`, ``},
	} {
		doc := `{openapi: 3.0.1, x-amazon-apigateway-request-validators: {v: {validateRequestBody: true}}, paths: {/x: {post: {
			x-amazon-apigateway-request-validator: v, responses: {"200": {}}, requestBody: {content: {application/json: {schema: ` + c.schema + `}}},
			x-amazon-apigateway-integration: {type: mock, requestTemplates: {application/json: "{statusCode: 200}"}, responses: {default: {statusCode: 200}}}}}}}`
		e := observe(t, strings.ReplaceAll(doc, "\t", " "), gateway.Options{}, "POST", "/prod/x", c.body)
		got := ""
		for _, l := range e.Log() {
			if rest, ok := strings.CutPrefix(l.Text, "Request body does not match model schema for content type application/json: ["); ok {
				got = strings.TrimSuffix(rest, "]")
			}
		}
		if got != c.want || (e.Status == 200) != (c.want == "") {
			t.Errorf("%s %s: %d\n got %s\nwant %s", c.schema, c.body, e.Status, got, c.want)
		}
		if c.want == unreadable { // the message tells its reader nothing
			cause := "the body is not JSON: "
			if c.body == "" {
				cause = "the request has no body"
			}
			if !strings.HasPrefix(fmt.Sprint(e.Error), cause) {
				t.Errorf("%s %s: the cause is %v, want %s…", c.schema, c.body, e.Error, cause)
			}
		}
	}
}
