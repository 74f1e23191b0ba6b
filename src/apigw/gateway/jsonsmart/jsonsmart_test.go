package jsonsmart_test

import (
	"errors"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"example.com/guessing-game/src/apigw/budget"
	"example.com/guessing-game/src/apigw/gateway/jsonsmart"
	"example.com/guessing-game/src/apigw/vtl/java"
)

// cases reads testdata/jsonsmart.txt, whose results are those of the real json-smart.
func cases(t testing.TB, visit func(text, want string)) {
	data, err := os.ReadFile("testdata/jsonsmart.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(strings.TrimSpace(string(data)), "\n") {
		if text, want, ok := strings.Cut(line, "\t"); ok && !strings.HasPrefix(line, "#") {
			visit(text, want)
		}
	}
}

func TestAsJSONSmart(t *testing.T) {
	t.Parallel()
	n := 0
	cases(t, func(text, want string) {
		n++
		got := "error"
		if v, err := jsonsmart.Parse(nil, text); err == nil {
			got = string(java.AppendJSON(nil, v))
		}
		if got != want {
			t.Errorf("%s\n got %s\nwant %s", text, got, want)
		}
	})
	if n < 60 {
		t.Errorf("only %d cases", n)
	}
}

// What the lines of jsonsmart.txt cannot hold: line breaks and control characters, which are kept
// in a string without an escape and dropped from one with an escape (json-smart 2.3).
func TestStrings(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"\"a\nb\"":               "a\nb",
		"\"a\n\\tb\"":            "a\tb",
		`"\u00fc\ud83d\ude00"`:   "ü😀",
		`"\ud83d"`:               "\xed\xa0\xbd", // half of a pair, as in package java
		`"\ud83d\u0041"`:         "\xed\xa0\xbdA",
		`"\"\\\/\b\f\n\r\t\x41"`: "\"\\/\b\f\n\r\tA",
		`'it"s'`:                 `it"s`,
		"  \"x\"":                "x",
	} {
		v, err := jsonsmart.Parse(nil, text)
		if err != nil || v != want {
			t.Errorf("%q: %q, %v, want %q", text, v, err, want)
		}
	}
}

func TestNumbersTakeTheNarrowestJavaType(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]java.Value{
		"1": int32(1), "2147483648": int64(2147483648), "-2147483648": int32(-2147483648), "1.0": 1.0, "1e2": 100.0,
	} {
		if v, err := jsonsmart.Parse(nil, "["+text+"]"); err != nil || v.(*java.List).At(0) != want {
			t.Errorf("%s: %#v, %v, want %#v", text, v, err, want)
		}
	}
}

func TestDepth(t *testing.T) {
	t.Parallel()
	nested := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	if _, err := jsonsmart.Parse(nil, nested(jsonsmart.MaxDepth)); err != nil {
		t.Error(err)
	}
	var syntax *jsonsmart.SyntaxError
	if _, err := jsonsmart.Parse(nil, nested(jsonsmart.MaxDepth+1)); !errors.As(err, &syntax) || syntax.Offset != jsonsmart.MaxDepth {
		t.Errorf("one too deep: %v", err)
	}
}

func TestDigits(t *testing.T) {
	t.Parallel()
	if _, err := jsonsmart.Parse(nil, "["+strings.Repeat("1", jsonsmart.MaxDigits)+"]"); err != nil {
		t.Error(err)
	}
	if _, err := jsonsmart.Parse(nil, "["+strings.Repeat("1", jsonsmart.MaxDigits+1)+"]"); err == nil {
		t.Error("one digit too many is accepted")
	}
}

func TestErrorsSayWhere(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"{a":       "unexpected end of the text at position 2",
		"[1}":      "unexpected end of the text at position 3",
		`{"a" 1}`:  `unexpected character '1' at position 5`,
		`{"a":"b`:  "unexpected end of the text inside a string at position 7",
		`{"a":ü:}`: "",
	} {
		_, err := jsonsmart.Parse(nil, text)
		if got := ""; want == "" && err != nil || want != "" && (err == nil || err.Error() != want) {
			t.Errorf("%s: %v%s, want %q", text, err, got, want)
		}
	}
}

// Reading a text costs what the result takes of memory: an empty object of two bytes becomes a
// map.
func TestMapsCostWhatTheyTake(t *testing.T) {
	t.Parallel()
	const n = 10_000
	b := budget.New(t.Context(), budget.Limits{Bytes: n * 200})
	_, err := jsonsmart.Parse(b, "["+strings.Repeat("{},", n)+"{}]")
	if limit := (*budget.LimitError)(nil); !errors.As(err, &limit) || limit.Limit != "Bytes" {
		t.Errorf("%d maps cost less than 200 bytes each: %v", n, err)
	}
}

func FuzzParse(f *testing.F) {
	cases(f, func(text, _ string) { f.Add(text) })
	f.Add("44111111111111.111")
	f.Fuzz(func(t *testing.T, text string) {
		b := budget.New(t.Context(), budget.Limits{Steps: 100_000, Bytes: 1 << 20})
		v, err := jsonsmart.Parse(b, text)
		if err != nil {
			return
		}
		if b.Err() != nil {
			t.Fatalf("%q is read, though the budget is spent: %v", text, b.Err())
		}
		if !utf8.ValidString(text) || strings.Contains(text, "\x7f") || strings.Contains(text, "7f") || strings.Contains(text, "7F") {
			return // DEL is kept in a string without an escape and dropped from one with an escape
		}
		out := java.AppendJSON(nil, v)
		again := func(text string) string {
			v, err := jsonsmart.Parse(nil, text)
			if err != nil {
				t.Fatalf("what comes of %q, %q, does not parse: %v", out, text, err)
			}
			return string(java.AppendJSON(nil, v))
		}
		// A number of up to 18 characters is a Double, which may print as more; longer ones are
		// BigDecimals, which may print as fewer: 4.411111111111111E13 and 44111111111111.11.
		second := again(string(out))
		if third := again(second); third != second && third != string(out) {
			t.Fatalf("%q gives %q, then %q, then %q", text, out, second, third)
		}
	})
}
