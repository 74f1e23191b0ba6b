package schemaexample

import (
	"encoding/json"
	"testing"

	"go.yaml.in/yaml/v4"

	"example.com/guessing-game/src/apigw/document"
)

func TestJSON(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, schema, want string }{
		{"guess", "{type: object, required: [guess], properties: {guess: {type: integer, minimum: 0, maximum: 10}}}", `{"guess":1}`},
		{"minimum", "{type: integer, minimum: 5}", `5`},
		{"exclusive", "{type: integer, minimum: 5, exclusiveMinimum: true}", `6`},
		{"maximum", "{type: number, maximum: -2.5}", `-2.5`},
		{"multiple", "{type: integer, minimum: 5, multipleOf: 4}", `8`},
		{"text", "{type: string}", `"text"`},
		{"short", "{type: string, maxLength: 2}", `"te"`},
		{"long", "{type: string, minLength: 6}", `"textte"`},
		{"uuid", "{type: string, format: uuid}", `"00000000-0000-4000-8000-000000000000"`},
		{"enum", "{type: string, enum: [b, a]}", `"b"`},
		{"example", "{type: object, example: {a: [1, x]}}", `{"a":[1,"x"]}`},
		{"array", "{type: array, minItems: 2, items: {type: boolean}}", `[true,true]`},
		{"no items", "{type: array, maxItems: 0, items: {type: boolean}}", `[]`},
		{"no type", "{properties: {b: {items: {}}, a: {minimum: 3}}}", `{"b":["text"],"a":3}`},
		{"required alone", "{type: object, required: [x]}", `{"x":"text"}`},
		{"all of", "{allOf: [{properties: {a: {type: integer}}}, {$ref: '#/d/B'}]}", `{"a":1,"b":null}`},
		{"one of", "{oneOf: [{type: 'null'}, {type: string}]}", `null`},
		{"nullable type", "{type: [string, 'null']}", `"text"`},
		{"nowhere", "{$ref: '#/d/Nowhere'}", `null`},
		{"outside", "{$ref: 'http://x/y'}", `null`},
		{"empty", "{}", `"text"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var doc yaml.Node
			if err := yaml.Load([]byte("{s: "+c.schema+", d: {B: {properties: {b: {type: 'null'}}}, R: {properties: {r: {$ref: '#/d/R'}}}}}"), &doc); err != nil {
				t.Fatal(err)
			}
			root := doc.Content[0]
			if got := string(JSON(document.Get(root, "s"), root, Options{})); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
			if got := JSON(document.Get(root, "d", "R"), root, Options{}); !json.Valid(got) {
				t.Errorf("a schema that contains itself gives %s", got)
			}
		})
	}
}
