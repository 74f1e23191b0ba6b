package sam

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"example.com/guessing-game/src/apigw/document"
)

// TestRead runs the archives of testdata. An archive holds a template (or an OpenAPI document, if
// openapi.* is the first file), the files it includes, perhaps the options as lines "parameter
// A=b", "import A=b", "env FUNCTION A=b", "lenient yes" or "definition FILE", and in want what is
// read from it, one fact on each line, or the problems.
func TestRead(t *testing.T) {
	t.Parallel()
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) < 10 {
		t.Fatalf("found %d archives, %v", len(archives), err)
	}
	for _, name := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			t.Parallel()
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			files := map[string]string{}
			for _, f := range a.Files {
				files[f.Name] = string(f.Data)
			}
			got := summary(a.Files[0].Name, options(t, files))
			if want := files["want"]; got != want && os.Getenv("UPDATE_SCRIPTS") != "" {
				for i := range a.Files {
					if a.Files[i].Name == "want" {
						a.Files[i].Data = []byte(got)
					}
				}
				if err := os.WriteFile(name, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func options(t testing.TB, files map[string]string) Options {
	o := Options{Parameters: map[string]string{}, Imports: map[string]string{}, Environment: map[string]map[string]string{}}
	o.ReadFile = func(name string) ([]byte, error) {
		text, ok := files[filepath.ToSlash(name)]
		if !ok {
			return nil, &fs.PathError{Op: "open", Path: name, Err: errors.New("no such file or directory")}
		}
		return []byte(text), nil
	}
	shell := map[string]string{}
	o.LookupEnv = func(name string) (string, bool) { value, ok := shell[name]; return value, ok }
	for line := range strings.Lines(files["options"]) {
		f := strings.Fields(line)
		if len(f) < 2 {
			t.Fatalf("bad option %q", line)
		}
		k, v, _ := strings.Cut(f[len(f)-1], "=")
		switch f[0] {
		case "parameter":
			o.Parameters[k] = v
		case "import":
			o.Imports[k] = v
		case "getenv":
			shell[k] = v
		case "lenient":
			o.Lenient = true
		case "definition":
			o.Definition = k
		case "env":
			if o.Environment[f[1]] == nil {
				o.Environment[f[1]] = map[string]string{}
			}
			o.Environment[f[1]][k] = v
		}
	}
	return o
}

func summary(file string, o Options) string {
	read := Read
	if strings.HasPrefix(file, "openapi") {
		read = ReadOpenAPI
	}
	tpl, err := read(file, o)
	if err != nil {
		return err.Error() + "\n"
	}
	var b strings.Builder
	for _, a := range tpl.APIs {
		fmt.Fprintf(&b, "api %s stage %s", a.ID, a.Stage)
		for _, k := range sortedKeys(a.StageVariables) {
			fmt.Fprintf(&b, " %s=%s", k, a.StageVariables[k])
		}
		text, err := document.JSON(a.Document)
		if err != nil {
			text = []byte(err.Error())
		}
		fmt.Fprintf(&b, "\n%s: %s\n", a.File, text)
	}
	for _, f := range tpl.Functions {
		fmt.Fprintf(&b, "function %s name %s alias %q timeout %d memory %d", f.ID, f.Name, f.Alias, f.Timeout, f.Memory)
		if l := f.Logging; l != (Logging{}) {
			fmt.Fprintf(&b, " log %s %s %q", l.Format, l.Level, l.Group)
		}
		for _, v := range f.Environment {
			fmt.Fprintf(&b, " %s=%s", v.Name, v.Value)
		}
		if len(f.Without) > 0 {
			fmt.Fprintf(&b, " without %s", strings.Join(f.Without, " "))
		}
		b.WriteByte('\n')
	}
	for _, p := range tpl.Permissions {
		fmt.Fprintf(&b, "permission %s %s %s\n", p.Function, p.Principal, p.SourceARN)
	}
	for _, s := range tpl.StandIns {
		fmt.Fprintf(&b, "stand-in %v\n", s)
	}
	for _, f := range tpl.Functions {
		for _, v := range f.Environment {
			for _, s := range v.StandIns {
				fmt.Fprintf(&b, "stand-in in %s of %s: %v\n", v.Name, f.ID, s)
			}
		}
	}
	for _, p := range tpl.Problems {
		if fmt.Fprintf(&b, "problem %v\n", p); p.Unsupported {
			b.WriteString("  which AWS takes\n")
		}
	}
	for _, p := range slices.Concat(tpl.Twice, tpl.Lost, tpl.RawCalls, tpl.Refused) {
		fmt.Fprintf(&b, "finding %v\n", p)
	}
	for _, w := range tpl.Warnings {
		fmt.Fprintf(&b, "warning %v\n", w)
	}
	return b.String()
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// TestBroken reads files that are not templates.
func TestBroken(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("[", document.MaxDepth+2) + strings.Repeat("]", document.MaxDepth+2)
	bomb := "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'j'; c++ {
		bomb += fmt.Sprintf("%c: &%c [%s]\n", c, c, strings.TrimSuffix(strings.Repeat("*"+string(c-1)+",", 10), ","))
	}
	for _, c := range []struct{ name, file, text, want string }{
		{"empty", "template.yaml", "", "template.yaml: the file is empty"},
		{"comment only", "template.yaml", "# nothing\n", "template.yaml: the file is empty"},
		{"list", "template.yaml", "[1]", "template.yaml:1:1: the file holds a list where a map is expected"},
		{"yaml", "template.yaml", "a: b: c\n", "template.yaml:1:5: not valid YAML: mapping values are not allowed in this context (put the value in quotes if it contains a colon, or correct the indentation)"},
		{"tab", "template.yaml", "a:\n\tb: c\n", "template.yaml:2:1: not valid YAML: found character that cannot start any token, while scanning for the next token (indent with spaces, not tabs, and put a value that begins with @, % or a backquote in quotes)"},
		{"json", "template.json", "{\"a\": 1,\n \"b\": }", "template.json:2:7: not valid JSON: invalid character '}' looking for beginning of value"},
		{"half json", "template.json", "{\"a\": [1,\n", "template.json:2:1: not valid JSON: unexpected end of JSON input"},
		{"json and more", "template.json", "{} x", "template.json:1:4: not valid JSON: invalid character 'x' after top-level value"},
		{"unknown tag", "template.yaml", "a: !Subs x", "template.yaml:1:4: unknown tag !Subs: CloudFormation has no such intrinsic function"},
		{"two documents", "template.yaml", "a: 1\n---\nb: 1\n", "template.yaml: not valid YAML: expected single document, found multiple"},
		{"map as key", "template.yaml", "{a: 1}: 2", "template.yaml:1:1: a key must be a string, not a map"},
		{"nothing", "template.yaml", "a: 1", "template.yaml:1:1: the template has no Resources section"},
		{"document", "template.yaml", "openapi: 3.0.1", "template.yaml:1:1: this is an OpenAPI document, not a template (pass it with --openapi)"},
		{"template", "openapi.yaml", "Resources: {}", "openapi.yaml:1:1: this is a template, not an OpenAPI document (pass it with --template)"},
		{"no type", "template.yaml", "Resources:\n  A: {}", "template.yaml:2:3: the resource A has no Type"},
		{"deep", "template.yaml", "Resources: " + deep, fmt.Sprintf("template.yaml:1:%d: is nested more than 200 deep (does an alias contain itself?)", len("Resources: ")+document.MaxDepth+1)},
		{"bomb", "template.yaml", bomb, "the file has more than 300000 nodes once its aliases are expanded (use fewer aliases)"},
		{"absent", "gone.yaml", "", "gone.yaml: cannot be read: no such file or directory"},
		{"large", "template.yaml", strings.Repeat("#", document.MaxFile+1), "template.yaml: has 6291457 bytes; at most 6291456 are read (move large templates or examples out of it)"},
		{"large enough", "template.yaml", strings.Repeat("#", document.MaxFile), "template.yaml: the file is empty"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			files := map[string]string{c.file: c.text}
			if c.file == "gone.yaml" {
				files = nil
			}
			got := strings.TrimSuffix(summary(c.file, options(t, files)), "\n")
			if got != c.want && !(c.name == "bomb" && strings.HasSuffix(got, c.want)) {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// FuzzRead reads arbitrary templates: the result is a template or problems with positions, and the
// document of an API is JSON.
func FuzzRead(f *testing.F) {
	archives, _ := filepath.Glob("testdata/*.txtar")
	for _, name := range archives {
		a, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(a.Files[0].Data), strings.HasSuffix(a.Files[0].Name, ".json"), strings.HasPrefix(a.Files[0].Name, "openapi"))
	}
	f.Fuzz(func(t *testing.T, text string, json, openapi bool) {
		name, read := "template", Read
		if openapi {
			name, read = "openapi", ReadOpenAPI
		}
		name += map[bool]string{true: ".json", false: ".yaml"}[json]
		tpl, err := read(name, options(t, map[string]string{name: text, "inc.yaml": "a: 1"}))
		if err != nil {
			ps, ok := err.(document.Problems)
			if !ok || len(ps) == 0 {
				t.Fatalf("%T %v", err, err)
			}
			for _, p := range ps {
				if p.Reason == "" || p.File == "" {
					t.Fatalf("a problem without a place or message: %#v", p)
				}
			}
			return
		}
		for _, a := range tpl.APIs {
			if _, err := document.JSON(a.Document); err != nil && !strings.Contains(err.Error(), "line") {
				t.Fatal(err)
			}
		}
	})
}
