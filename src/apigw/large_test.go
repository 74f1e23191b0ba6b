//go:build !race

package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"example.com/guessing-game/src/apigw/gateway/mask"
	"example.com/guessing-game/src/apigw/vtl"
)

// TestRenderLongLine skips a line that is too long and continues.
func TestRenderLongLine(t *testing.T) {
	t.Parallel()
	const head, tail = `{"id":1,"template":"$a.length()","context":{"a":"`, "\"}}\n"
	room := maxRenderLine - len(head+tail)
	fits := head + strings.Repeat(" ", room) + tail
	long := head + strings.Repeat(" ", room+1) + tail
	var out bytes.Buffer
	if err := renderLines(t.Context(), strings.NewReader(fits+long+`{"id":3,"template":"x"}`), &out, vtl.APIGateway); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(out.String(), "\n")
	if len(lines) != 4 || lines[0] != fmt.Sprintf(`{"id":1,"output":"%d"}`, room) || lines[1] != fmt.Sprintf(`{"id":null,"error":"line 2 of the input is longer than %d bytes"}`, maxRenderLine) || lines[2] != `{"id":3,"output":"x"}` {
		for _, l := range lines {
			t.Logf("%.100s", l)
		}
		t.Errorf("%d lines", len(lines))
	}
}

// TestMaskedLines masks values in lines, including those that continue in the next lines, whether
// in one Write or in several; a value that never ends hides no line that is not part of it.
func TestMaskedLines(t *testing.T) {
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
		w := masked(&got, mask.New([]string{"pin"}))
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
