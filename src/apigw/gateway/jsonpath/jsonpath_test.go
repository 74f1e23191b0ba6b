package jsonpath_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"example.com/guessing-game/src/apigw/budget"
	"example.com/guessing-game/src/apigw/gateway/jsonpath"
	"example.com/guessing-game/src/apigw/gateway/jsonsmart"
	"example.com/guessing-game/src/apigw/vtl/java"
)

// cases reads testdata/jayway.txt, whose results are those of the real Jayway.
func cases(t testing.TB, visit func(doc, path, want string)) {
	data, err := os.ReadFile("testdata/jayway.txt")
	if err != nil {
		t.Fatal(err)
	}
	doc := ""
	for _, line := range strings.Split(strings.TrimSpace(string(data)), "\n") {
		if d, ok := strings.CutPrefix(line, "doc "); ok {
			doc = d
			continue
		}
		if path, want, ok := strings.Cut(line, "\t"); ok && !strings.HasPrefix(line, "#") {
			visit(doc, path, want)
		}
	}
}

func parse(t testing.TB, s string) java.Value {
	v, err := jsonsmart.Parse(nil, s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func find(doc java.Value, path string) string {
	p, err := jsonpath.Compile(path)
	if err != nil {
		return "invalid"
	}
	v, err := p.Find(nil, doc)
	switch {
	case errors.Is(err, jsonpath.ErrNotFound):
		return "not found"
	case err != nil:
		return "error"
	}
	return string(java.AppendJSON(nil, v))
}

func TestAsJayway(t *testing.T) {
	t.Parallel()
	n := 0
	cases(t, func(doc, path, want string) {
		n++
		if got := find(parse(t, doc), path); got != want {
			t.Errorf("%s\n got %s\nwant %s", path, got, want)
		}
	})
	if n < 140 {
		t.Errorf("only %d cases", n)
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	if _, err := jsonpath.Compile("$." + strings.Repeat("a", jsonpath.MaxLength-2)); err != nil {
		t.Error(err)
	}
	if _, err := jsonpath.Compile("$." + strings.Repeat("a", jsonpath.MaxLength-1)); err == nil {
		t.Error("one byte too long is accepted")
	}
	nested := func(n int) string {
		return "$[?(" + strings.Repeat("(", n) + "@.a" + strings.Repeat(")", n) + ")]"
	}
	if _, err := jsonpath.Compile(nested(jsonpath.MaxDepth - 4)); err != nil {
		t.Error(err)
	}
	if _, err := jsonpath.Compile(nested(jsonpath.MaxDepth)); err == nil {
		t.Error("one level too deep is accepted")
	}
}

func TestErrorsSayWhere(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"$.a b":           `JSONPath "$.a b", position 2: write ['my name'] for a name with spaces in it`,
		"$.l[?(@.a >)]":   `JSONPath "$.l[?(@.a >)]", position 11: found ")" where a value must be`,
		"$.l[?(@.a @)]":   `JSONPath "$.l[?(@.a @)]", position 10: found "@)" where an operator or ')' must be`,
		"":                `JSONPath "", position 0: the path is empty`,
		"$['a','b":        `JSONPath "$['a','b", position 1: a ']' must follow a name`,
		"$.l[x]":          `JSONPath "$.l[x]", position 3: a quoted name, an index, a slice, * or a filter ?(…) must be between '[' and ']'`,
		"$.l[?(@.a ~ 1)]": `JSONPath "$.l[?(@.a ~ 1)]", position 10: found "~ 1)" where an operator or ')' must be`,
	} {
		_, err := jsonpath.Compile(path)
		if err == nil || err.Error() != want {
			t.Errorf("%s:\n got %v\nwant %s", path, err, want)
		}
	}
}

func FuzzCompileAndFind(f *testing.F) {
	doc := ""
	cases(f, func(d, path, _ string) { f.Add(path); doc = d })
	parsed := parse(f, doc)
	deep := parse(f, strings.Repeat(`{"a":[`, 200)+"1"+strings.Repeat("]}", 200))
	f.Fuzz(func(t *testing.T, path string) {
		p, err := jsonpath.Compile(path)
		if err != nil {
			return
		}
		for _, doc := range []java.Value{parsed, deep} {
			b := budget.New(t.Context(), limits)
			if v, err := p.Find(b, doc); err == nil && b.Err() != nil {
				t.Fatalf("%s: %v, though the budget is spent: %v", path, v, b.Err())
			}
		}
	})
}

// limits are those of the fuzzing: whatever the path, finding ends within them.
var limits = budget.Limits{Steps: 200_000, Bytes: 4 << 20, Depth: 500}

// The budget stops results that multiply, and stays spent.
func TestRunawayPathsEnd(t *testing.T) {
	t.Parallel()
	doc := parse(t, strings.Repeat(`{"a":`, 990)+"1"+strings.Repeat("}", 990))
	for _, path := range []string{"$..a..a..a..a", "$..*..*..*", "$" + strings.Repeat("['a','a','a','a','a','a','a','a','a','a']", 9) + ".a", "$..[?(@..a..a)]", "$..a.concat($..a,$..a)"} {
		p, err := jsonpath.Compile(path)
		if err != nil {
			t.Fatal(err)
		}
		b := budget.New(t.Context(), limits)
		limit := (*budget.LimitError)(nil)
		if _, err := p.Find(b, doc); !errors.As(err, &limit) {
			t.Errorf("%s: %v", path, err)
		}
		if _, err := p.Find(b, parse(t, "{}")); !errors.As(err, &limit) {
			t.Errorf("%s, afterwards: %v", path, err)
		}
	}
}

func BenchmarkFind(b *testing.B) {
	doc := parse(b, `{"a":{"b":[{"c":1},{"c":2}]}}`)
	p, err := jsonpath.Compile("$.a.b[1].c")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Find(nil, doc); err != nil {
			b.Fatal(err)
		}
	}
}
