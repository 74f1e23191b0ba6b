package velocity

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestOutcomeKeepsItsShapeInJSON(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{"output":""}`,
		`{"output":"<a>&\"é"}`,
		`{"error":"Encountered \"<EOF>\"","line":1,"column":7,"class":"ParseErrorException"}`,
		`{"error":"null","line":0,"column":0,"class":"NullPointerException"}`,
	} {
		var o Outcome
		if err := json.Unmarshal([]byte(text), &o); err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got, err := o.MarshalJSON(); err != nil || string(got) != text {
			t.Errorf("%s came back as %s, %v", text, got, err)
		}
	}
}

func TestAgrees(t *testing.T) {
	t.Parallel()
	output := func(s string) Outcome { return Outcome{Output: s} }
	fails := func(line, column int) Outcome { return Outcome{Class: failed, Line: line, Column: column} }
	real := func(line, column int) Outcome {
		return Outcome{Class: "ParseErrorException", Error: "other words", Line: line, Column: column}
	}
	for _, c := range []struct {
		name       string
		ours, real Outcome
		want       bool
	}{
		{"same output", output("x"), output("x"), true},
		{"other output", output("x"), output("y"), false},
		{"same place", fails(2, 3), real(2, 3), true},
		{"other line", fails(1, 3), real(2, 3), false},
		{"other column", fails(2, 4), real(2, 3), false},
		{"no place asked for", fails(2, 4), real(0, 0), true},
		{"an output for an error", output(""), real(0, 0), false},
		{"an error for an output", fails(0, 0), output(""), false},
		{"a panic for an error", Outcome{Class: panicked}, real(0, 0), false},
		{"no end for an error", Outcome{Class: timedOut, Line: 1, Column: 1}, real(1, 2), false},
	} {
		if got := c.ours.Agrees(c.real); got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

func TestTopicKeepsCommentsWhenSaved(t *testing.T) {
	t.Parallel()
	const text = "// heading\n" + `{"id":"1","template":"$a","velocity":{"output":"$a"},"apigateway":{"output":""}}` + "\n\n// more\n" +
		`{"id":"2","context":{"b":1,"a":[2]},"template":"<$a>"}` + "\n"
	folder := t.TempDir()
	path := filepath.Join(folder, "topic.jsonl")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	topics, err := Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	if err := topics[0].Save(); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != text {
		t.Errorf("got %s, %v\nwant %s", got, err, text)
	}
}

func TestLoadNamesTheLineOfAMistake(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"not JSON":      "// x\n{",
		"unknown field": "// x\n" + `{"id":"1","templat":""}`,
		"no id":         "// x\n" + `{"template":""}`,
		"id used twice": `{"id":"1","template":""}` + "\n" + `{"id":"1","template":"x"}`,
	} {
		folder := t.TempDir()
		if err := os.WriteFile(filepath.Join(folder, "topic.jsonl"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(folder); err == nil || !strings.Contains(err.Error(), "topic.jsonl:2: ") {
			t.Errorf("%s: got %v, want an error that names topic.jsonl:2", name, err)
		}
	}
}

func TestExcuse(t *testing.T) {
	t.Parallel()
	output := func(s string) Outcome { return Outcome{Output: s} }
	for _, c := range []struct {
		name, template string
		ours, real     Outcome
		want           string
	}{
		{"array", "<$x>", output("<[a, b]>"), output("<[Ljava.lang.String;@1b2c3d>"), "VTL-HASH"},
		{"array of chars", "$x", output("[H, i]"), output("[C@6d06d69c"), "VTL-HASH"},
		{"array, and something else", "<$x>y", output("<[a, b]>z"), output("<[Ljava.lang.String;@1b2c3d>y"), ""},
		{"hash code of a block", "#define($x)#end$x.hashCode()", output("7"), output("1951242"), "VTL-HASH"},
		{"hash code of a string", "$s.hashCode()", output("7"), output("1951242"), ""},
		{"an address in the text", "a@b.c", output("x"), output("a@b.c"), ""},
		{"reflection", "$s.class.forName('x')", output(""), output("class x"), "VTL-REFLECTION"},
		{"float", "$i.floatValue().equals(5.0)", output("true"), output("false"), "VTL-FLOAT"},
		{"a stream of longs", "$s.chars().asLongStream().count()", output("$s.chars().asLongStream().count()"), output("5"), "VTL-STREAM"},
		{"a list that Java keeps from changes", "$l.stream().toList().add(1)", output("true"), Outcome{Error: "class java.util.ImmutableCollections$ListN", Class: failed}, "VTL-STREAM"},
		{"a character's name", "$c.getName(65)", output("$c.getName(65)"), output("LATIN CAPITAL LETTER A"), "VTL-CHARACTER"},
		{"a static method of an interface", "$l.of(1)", output("$l.of(1)"), output("[1]"), "VTL-STATIC"},
		{"a limit", "$x", Outcome{Class: limited}, output("x"), "VTL-LIMITS"},
		{"a grapheme", `$s.replaceAll('\X', 'x')`, Outcome{Class: failed}, output("x"), "VTL-REGEX"},
		{"half a character", "#set($s = '😀')$s.replaceAll('|', '>')", output(">😀>"), output(">?>?>"), "VTL-REGEX"},
		{"half a character, counted", "#set($s = '😀')$s.split('').size()", output("1"), output("2"), "VTL-REGEX"},
		{"a whole character", "#set($s = '😀')$s.split('b').size()", output("1"), output("2"), ""},
		{"a grapheme's end", `$s.split('\b{g}')`, Outcome{Class: failed}, output("x"), "VTL-REGEX"},
		{"a class without a last member", `$s.split('[a-cx&&&b]')`, Outcome{Class: failed}, output("x"), "VTL-REGEX"},
		{"a group given up", `$s.replaceAll('(?!(a))b', '[$1]')`, output("[]"), output("[a]"), "VTL-REGEX"},
		{"a group given up that nothing reads", `$s.replaceAll('(?!(a))b', '-')`, output("a"), output("-"), ""},
		{"length of an address", "#set($x = \"$s.toCharArray()\")$x.length()", output("11"), output("10"), "VTL-HASH"},
		{"length of a text", "$x.length()", output("11"), output("10"), ""},
		{"any other", "$x", output("1"), output("2"), ""},
	} {
		if got, _ := Excuse(&Case{Template: c.template}, c.ours, c.real); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// The documentation of package vtl lists the same differences as the table.
func TestDifferencesAreThoseOfTheDocumentation(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("../../src/apigw/vtl/doc.go")
	if err != nil {
		t.Fatal(err)
	}
	var listed, table []string
	for _, m := range regexp.MustCompile(`(?m)^//   - (VTL-[A-Z]+):`).FindAllStringSubmatch(string(doc), -1) {
		listed = append(listed, m[1])
	}
	for _, d := range Differences {
		table = append(table, d.ID)
	}
	slices.Sort(listed)
	slices.Sort(table)
	if !slices.Equal(listed, table) {
		t.Errorf("the documentation lists %v, the table %v", listed, table)
	}
}
