package jsonschema_test

import (
	"errors"
	"strings"
	"testing"

	"example.com/guessing-game/src/apigw/budget"
	"example.com/guessing-game/src/apigw/gateway/jsonschema"
)

// tests/libraries compares verdicts and messages with the real validator; these tests cover
// errors, limits and order.

func parse(t testing.TB, text string) *jsonschema.Value {
	v, err := jsonschema.Parse(nil, text)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestSchemaErrorsSayWhere(t *testing.T) {
	t.Parallel()
	for schema, want := range map[string]string{
		`{"properties":{"a/b":{"type":"strange"}}}`:                                `#/properties/a~1b/type: type "strange" is not a type: there are array, boolean, integer, null, number, object, string`,
		`{"items":[{},{"minLength":1.5}]}`:                                         `#/items/1/minLength: minLength must be an integer, found a number`,
		`{"$ref":"other.json"}`:                                                    `#/$ref: other.json leads out of the document`,
		`{"$ref":"#/definitions/none"}`:                                            `#/$ref: #/definitions/none leads nowhere`,
		`{"properties":{"a":{"$ref":"#/items"}},"items":[{}]}`:                     `#/properties/a/$ref: #/items leads to an array, which is not a schema`,
		`{"allOf":[{"$ref":"#"}]}`:                                                 `#: the schema refers to itself for the same value: validating it would never end`,
		`{"definitions":{"a":{"pattern":"("}},"items":{"$ref":"#/definitions/a"}}`: `#/definitions/a/pattern: pattern "(" is not a valid regular expression of ECMA 262: a '(' is not closed at position 1`,
		`{"exclusiveMinimum":true}`:                                                `#/exclusiveMinimum: exclusiveMinimum must appear together with minimum`,
		`{"required":["a","a"]}`:                                                   `#/required: required has "a" twice`,
		`{"additionalProperties":"no"}`:                                            `#/additionalProperties: additionalProperties must be a boolean or an object, found a string`,
	} {
		_, err := jsonschema.NewDocument(parse(t, schema)).Compile("")
		if err == nil || err.Error() != want {
			t.Errorf("%s:\n got %v\nwant %s", schema, err, want)
		}
	}
}

// A reference may lead into the model's own definitions if the document has none of that name.
func TestReferencesIntoTheModel(t *testing.T) {
	t.Parallel()
	d := jsonschema.NewDocument(parse(t, `{"models":{"m":{"definitions":{"T":{"type":"string"}},"properties":{"a":{"$ref":"#/definitions/T"}}}}}`))
	s, err := d.Compile("/models/m")
	if err != nil {
		t.Fatal(err)
	}
	messages, err := s.Validate(nil, parse(t, `{"a":1}`))
	if len(messages) != 1 || err != nil {
		t.Errorf("%q, %v", messages, err)
	}
}

func TestParseErrorsSayWhere(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		``:                        `unexpected end at position 0`,
		`{"a":01}`:                `unexpected character '1' at position 6`,
		`[1] x`:                   `text after the end at position 4`,
		`["a` + "\n" + `"]`:       `unexpected character '\n' at position 3`,
		`[1e9999]`:                `a number with an exponent beyond ±1000: 1e9999 at position 1`,
		strings.Repeat("[", 1002): `more than 1000 nested arrays and objects at position 1001`,
	} {
		_, err := jsonschema.Parse(nil, text)
		if err == nil || err.Error() != want {
			t.Errorf("%.20s:\n got %v\nwant %s", text, err, want)
		}
	}
}

func TestUnordered(t *testing.T) {
	t.Parallel()
	got := strings.Join(jsonschema.Unordered([]string{"b", "a", "b", "Aa", "BB", "z"}), " ")
	if got != "Aa BB a b z" { // Aa and BB have one hash and stay in their order
		t.Error(got)
	}
}

// limits are those of the fuzzing: whatever the schema and the body, reading and validating end
// within them.
var limits = budget.Limits{Steps: 500_000, Bytes: 16 << 20, Depth: 500}

func TestValidationEnds(t *testing.T) {
	t.Parallel()
	exponential := `{"definitions":{"all":{"allOf":[{"$ref":"#/definitions/in"},{"$ref":"#/definitions/in"}]},"in":{"properties":{"n":{"$ref":"#/definitions/all"}}}},"$ref":"#/definitions/all"}`
	s, err := jsonschema.NewDocument(parse(t, exponential)).Compile("")
	if err != nil {
		t.Fatal(err)
	}
	b := budget.New(t.Context(), limits)
	limit := (*budget.LimitError)(nil)
	if _, err := s.Validate(b, parse(t, strings.Repeat(`{"n":`, 40)+"1"+strings.Repeat("}", 40))); !errors.As(err, &limit) {
		t.Error(err)
	}
	if _, err := s.Validate(b, parse(t, "1")); !errors.As(err, &limit) {
		t.Errorf("afterwards: %v", err)
	}
}

func FuzzValidate(f *testing.F) {
	for _, s := range []string{
		`{"type":"object","properties":{"a":{"enum":[1,"x"]}},"required":["b"]}`, `{"items":[{"pattern":"^(a+)+$"}],"additionalItems":false,"uniqueItems":true}`,
		`{"allOf":[{"$ref":"#/definitions/a"}],"definitions":{"a":{"not":{"minimum":1e2}}}}`, `{"dependencies":{"a":["b"]},"format":"uri"}`, `{"multipleOf":0.01}`, `{"format":"email"}`,
	} {
		f.Add(s, `{"a":[1,"aaaaaaaaaaaaaaaaaaaaa!",1e400],"b":"Joe <joe@x.org>"}`)
	}
	f.Fuzz(func(t *testing.T, schema, body string) {
		b := budget.New(t.Context(), limits)
		root, err := jsonschema.Parse(b, schema)
		if err != nil {
			return
		}
		s, err := jsonschema.NewDocument(root).Compile("")
		if err != nil {
			return
		}
		v, err := jsonschema.Parse(b, body)
		if err != nil {
			return
		}
		messages, err := s.Validate(b, v)
		if err == nil && len(jsonschema.Unordered(messages)) > len(messages) {
			t.Fatalf("%q", messages)
		}
	})
}
