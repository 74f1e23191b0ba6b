//go:build !race

package mask

import (
	"strings"
	"testing"
)

// TestLog masks values in lines, including those that continue in the next lines, whether
// in one Write or in several; a value that never ends hides no line that is not part of it.
func TestLog(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", maxLine)
	for _, c := range []struct {
		name string
		in   []string // the Writes
		want string
	}{
		{"a value that does not end", []string{"{\"pin\": [1, {\"a\": 2\nnext line\npin=3&a=4\n"}, "{\"pin\": \"***\"\nnext line\npin=***&a=4\n"},
		{"JSON for people", []string{"{\n", "  \"pin\": {\n", "    \"a\": 42,\n", "    \"b\": [\n      43\n    ]\n", "  },\n", "  \"c\": 7\n", "}\n"},
			"{\n  \"pin\": \"***\",\n  \"c\": 7\n}\n"},
		{"one Write", []string{"{\n  \"pin\": [\n    42\n  ],\n  \"c\": 7\n}\n"}, "{\n  \"pin\": \"***\",\n  \"c\": 7\n}\n"},
		{"the end of an invocation", []string{"pin: {\n", "  a: 42\n", "END RequestId: 1\n"}, "pin: ***\nEND RequestId: 1\n"},
		{"a name at the end of a piece", []string{long + " \"pin\":\n", "42, \"a\": 1\n"}, long + " \"pin\":\"***\", \"a\": 1\n"},
		{"a name cut in pieces", []string{long + " \"p\n", "in\": 42, \"a\": 1\n"}, long + " \"pin\": \"***\", \"a\": 1\n"},
		{"a name cut from its value", []string{long + " \"pin\"\n", " : 42, \"a\": 1\n"}, long + " \"pin\" : \"***\", \"a\": 1\n"},
		{"an escaped name cut in pieces", []string{long + " \"p\\u00\n", "69n\": 42, \"a\": 1\n"}, long + " \"p\\u0069n\": \"***\", \"a\": 1\n"},
		{"a piece that ends otherwise", []string{long + " \"pit\n", "next line\n"}, long + " \"pit\nnext line\n"},
		{"a value cut in pieces", []string{long + " \"pin\":\"4\n", "2\", \"a\": 1\n"}, long + " \"pin\":\"***\", \"a\": 1\n"},
		{"a number cut in pieces", []string{long + " \"pin\":4\n", "2, \"a\": 1\n"}, long + " \"pin\":\"***\", \"a\": 1\n"},
	} {
		var got strings.Builder
		w := New([]string{"pin"}).Log(&got)
		for _, text := range c.in {
			if n, err := w.Write([]byte(text)); n != len(text) || err != nil {
				t.Errorf("%s: %d, %v", c.name, n, err)
			}
		}
		if got.String() != c.want {
			t.Errorf("%s:\n got %q\nwant %q", c.name, cut(got.String()), cut(c.want))
		}
	}
}

// cut is the end of a long text.
func cut(text string) string { return text[max(0, len(text)-200):] }
