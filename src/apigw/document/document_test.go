package document

import (
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// Positions in YAML and JSON count characters, and a merge key is expanded.
func TestPlaces(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ file, text, path, want string }{
		{"a.json", `{"é": "🎲", "b": 1}`, "b", "a.json:1:17 1"},
		{"a.yaml", "é: '🎲'\nb: {ü: x, c: 1}", "b c", "a.yaml:2:14 1"},
		{"a.json", "{\"a\":\n\t{\"b\": null}}", "a b", "a.json:2:8 null"},
		{"a.yaml", "x: &x {a: 1, b: 2}\ny: {<<: *x, b: 3}", "y a", "a.yaml:1:11 1"},
		{"a.yaml", "x: &x {a: 1, b: 2}\ny: {<<: *x, b: 3}", "y b", "a.yaml:2:16 3"},
		{"a.yaml", "\xef\xbb\xbfa: True", "a", "a.yaml:1:4 true"},
	} {
		root, err := Parse(c.file, []byte(c.text), Options{})
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		n := Get(root, strings.Fields(c.path)...)
		if n == nil {
			t.Errorf("%s: nothing at %s", c.text, c.path)
			continue
		}
		if got := (Position{c.file, n.Line, n.Column}).String() + " " + n.Value; got != c.want {
			t.Errorf("%s: got %s, want %s", c.text, got, c.want)
		}
	}
}

// The text of a block scalar starts where its lines do, whatever the indentation indicator says;
// other text has no indentation.
func TestIndentation(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		want int
	}{
		{"a:\n  b: |\n    x\n      y", 4},
		{"a:\n  b: |\n\n\n      x", 6},
		{"a:\r\n  b: |-\r\n    x\r\n", 4},
		{"a:\n  b: |2\n      x", 4},
		{"a:\n  b: &n |\n   \tx", 3},
		{"\xef\xbb\xbfa:\n  b: |\n    x", 4},
		{"a:\n  b: 'x'", 0},
		{"a:\n  b: >\n    x", 0},
		{"a:\n  b: |\n", 0},
		{`{"a": {"b": "x"}}`, 0},
	} {
		root, err := Parse("a.yaml", []byte(c.text), Options{})
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
		} else if got := Indentation(Get(root, "a", "b")); got != c.want {
			t.Errorf("%q: got %d, want %d", c.text, got, c.want)
		}
	}
}

// The callbacks for duplicate keys, aliases and tags are called for each of them.
func TestOptions(t *testing.T) {
	t.Parallel()
	var twice, aliases, tags []string
	root, err := Parse("a.yaml", []byte("a: &a 1\nb: *a\na: !X 2"), Options{
		Twice: func(p *Problem) { twice = append(twice, p.Error()) },
		Alias: func(p Position) { aliases = append(aliases, p.String()) },
		Tag: func(n *yaml.Node) (*yaml.Node, *Problem) {
			tags = append(tags, n.Tag)
			return Scalar(n, "tagged"), nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	text, err := JSON(root)
	got := strings.Join([]string{string(text), strings.Join(twice, ","), strings.Join(aliases, ","), strings.Join(tags, ",")}, "\n")
	want := "{\"a\":\"tagged\",\"b\":1}\na.yaml:3:1: the key \"a\" appears twice, first on line 1 (remove one of the two)\na.yaml:2:4\n!X"
	if err != nil || got != want {
		t.Errorf("got %s\nwant %s\n%v", got, want, err)
	}
}

// FuzzParse parses arbitrary text: whatever it is, the result is a finite tree or a problem with a
// position; and JSON written from it reads the same again.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{`{"a": [1, -2.5e3, true, null, "\ud83d\ude00"]}`, "a: &a [*a]", "a: {<<: *b}", "x: &x {a: 1}\ny: {<<: [*x, *x]}", "- !Sub x\n- 0x1F\n- .nan"} {
		f.Add(seed, true)
		f.Add(seed, false)
	}
	f.Fuzz(func(t *testing.T, text string, json bool) {
		name := map[bool]string{true: "a.json", false: "a.yaml"}[json]
		root, err := Parse(name, []byte(text), Options{})
		if err != nil {
			if p, ok := err.(*Problem); !ok || p.Reason == "" || p.File != name {
				t.Fatalf("%#v", err)
			}
			return
		}
		first, err := JSON(root)
		if err != nil {
			return
		}
		again, err := Parse("again.json", first, Options{})
		if err != nil {
			if strings.Contains(err.Error(), "twice") { // a key and its equivalent in another form, such as null and "null"
				return
			}
			t.Fatalf("%s: %v", first, err)
		}
		if second, err := JSON(again); err != nil || string(second) != string(first) {
			t.Errorf("%s became %s, %v", first, second, err)
		}
	})
}
