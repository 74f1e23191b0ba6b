package java_test

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"example.com/guessing-game/src/apigw/vtl/java"
)

// What DecodeJSON reads, AppendJSON writes so that it reads the same again.
func FuzzJSON(f *testing.F) {
	for _, s := range []string{`{"a":[1,2.5,"x",null,true],"b":{}}`, `"\ud83d\ude00\u00e9\n"`, `12345678901234567890`, `-0.0`, `1e400`, `[[[[]]]]`, `{"a":1,"a":2}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, err := java.DecodeJSON([]byte(text))
		if err != nil {
			return
		}
		if utf8.ValidString(text) && !json.Valid([]byte(text)) {
			t.Errorf("%q is not JSON, but decodes", text)
		}
		written := java.AppendJSON(nil, v)
		if !json.Valid(written) {
			t.Fatalf("%q is written as %q, which is not JSON", text, written)
		}
		again, err := java.DecodeJSON(written)
		if err != nil {
			t.Fatalf("%q is written as %q: %v", text, written, err)
		}
		if twice := java.AppendJSON(nil, again); string(twice) != string(written) {
			t.Errorf("%q is written as %q, and that as %q", text, written, twice)
		}
	})
}
