package check

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/gateway/userpool"
	"example.com/guessing-game/src/apigw/sam"
)

// TestRun checks the archives of testdata: a document openapi.yaml, or a template template.yaml
// with what it includes. Each line of want is a finding, "file:line rule"; where lines of the
// files end in "# rule rule …", they are the findings of that line, and want lists the others.
func TestRun(t *testing.T) {
	t.Parallel()
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	for _, name := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			t.Parallel()
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range run(t, a) {
				if f.Message == "" || f.Fix == "" || f.Line == 0 || f.Column == 0 {
					t.Errorf("incomplete: %+v", f)
				}
				got = append(got, fmt.Sprintf("%s:%d %s", f.File, f.Line, f.Rule))
			}
			want := expected(a)
			slices.Sort(got)
			slices.Sort(want)
			got, want = slices.Compact(got), slices.Compact(want)
			for _, w := range want {
				if !slices.Contains(got, w) {
					t.Errorf("not found: %s", w)
				}
			}
			for _, g := range got {
				if !slices.Contains(want, g) {
					t.Errorf("found: %s", g)
				}
			}
		})
	}
}

func run(t *testing.T, a *txtar.Archive) []Finding {
	t.Helper()
	read, file := sam.ReadOpenAPI, a.Files[0].Name
	if strings.HasPrefix(file, "template") {
		read = sam.Read
	}
	tpl, err := read(file, sam.Options{ReadFile: func(name string) ([]byte, error) {
		for _, f := range a.Files {
			if f.Name == name {
				return f.Data, nil
			}
		}
		return nil, fs.ErrNotExist
	}})
	if err != nil {
		t.Fatal(err)
	}
	pool := func(string, string) (*userpool.Pool, error) { return &userpool.Pool{}, nil }
	var apis []API
	for _, api := range tpl.APIs {
		doc, err := gateway.NewDocument(api.File, api.Document)
		if err != nil {
			t.Fatal(err)
		}
		apis = append(apis, API{api, doc, gateway.Options{Stage: api.Stage, StageVariables: api.StageVariables, AccountID: "123456789012", Region: "us-east-1", APIID: api.RestAPIID, UserPool: pool}})
	}
	findings, _ := Run(t.Context(), tpl, apis)
	return findings
}

func expected(a *txtar.Archive) []string {
	var want []string
	for _, f := range a.Files {
		for i, line := range strings.Split(string(f.Data), "\n") {
			if f.Name == "want" {
				if line != "" {
					want = append(want, line)
				}
				continue
			}
			if _, rules, ok := strings.Cut(line, " # "); ok {
				for _, r := range strings.Fields(rules) {
					want = append(want, fmt.Sprintf("%s:%d %s", f.Name, i+1, r))
				}
			}
		}
	}
	return want
}

// TestEveryRule checks that every rule finds something in some archive, and that only rules are
// expected.
func TestEveryRule(t *testing.T) {
	t.Parallel()
	archives, _ := filepath.Glob("testdata/*.txtar")
	seen := map[string]bool{}
	for _, name := range archives {
		a, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range expected(a) {
			_, rule, _ := strings.Cut(w, " ")
			seen[rule] = true
			if _, ok := rules[rule]; !ok {
				t.Errorf("%s: there is no rule %s", name, rule)
			}
		}
	}
	for _, r := range Rules() {
		if !seen[r.ID] && r.ID != "size" { // see TestSize
			t.Errorf("no archive for %s", r.ID)
		}
	}
}

// TestSize finds APIs that are close to the quotas.
func TestSize(t *testing.T) {
	t.Parallel()
	document := func(paths, template int) *txtar.Archive {
		var b strings.Builder
		b.WriteString("openapi: 3.0.1\ninfo: {title: x, version: '1'}\npaths:\n")
		for i := range paths {
			text := "x"
			if i == 0 {
				text = strings.Repeat("x", template)
			}
			fmt.Fprintf(&b, "  /p%d: {get: {responses: {'200': {description: ok}}, x-amazon-apigateway-integration: {type: mock, requestTemplates: "+
				"{application/json: '{\"statusCode\": 200}'}, responses: {default: {statusCode: '200', responseTemplates: {text/plain: %s}}}}}}\n", i, text)
		}
		return &txtar.Archive{Files: []txtar.File{{Name: "openapi.yaml", Data: []byte(b.String())}}}
	}
	for _, c := range []struct{ paths, template, want int }{
		{maxResources*8/10 - 1, 1, 0}, // the root is a resource too
		{maxResources * 8 / 10, 1, 1},
		{1, gateway.MaxTemplate * 8 / 10, 0},
		{1, gateway.MaxTemplate*8/10 + 1, 1},
	} {
		n := 0
		for _, f := range run(t, document(c.paths, c.template)) {
			if f.Rule == "size" {
				n++
			}
		}
		if n != c.want {
			t.Errorf("%d paths and a template of %d bytes: %d findings, want %d", c.paths, c.template, n, c.want)
		}
	}
}

func TestReports(t *testing.T) {
	t.Parallel()
	findings := []Finding{
		{"pattern-partial", Warning, "a/api.yaml", 3, 5, "GET /a", "wrong <here>", "do that"},
		{"document", Error, "t.yaml", 0, 0, "", "cannot be read", ""},
	}
	var text, js, sarif bytes.Buffer
	if err := WriteText(&text, findings, func(_ Severity, s string) string { return s }, func(f Finding) string {
		return strings.Repeat("    source\n", min(f.Line, 1))
	}); err != nil {
		t.Fatal(err)
	}
	if want := "a/api.yaml:3:5: warning: GET /a: wrong <here> [pattern-partial]\n    source\n    fix: do that\nt.yaml: error: cannot be read [document]\n"; text.String() != want {
		t.Errorf("got %s", &text)
	}
	if err := WriteJSON(&js, findings); err != nil {
		t.Fatal(err)
	}
	var report struct {
		Findings         []Finding
		Errors, Warnings int
	}
	if err := json.Unmarshal(js.Bytes(), &report); err != nil || report.Errors != 1 || report.Warnings != 1 || !slices.Equal(report.Findings, findings) {
		t.Errorf("%v %s", err, &js)
	}
	if err := WriteSARIF(&sarif, findings); err != nil {
		t.Fatal(err)
	}
	var log sarifLog
	if err := json.Unmarshal(sarif.Bytes(), &log); err != nil {
		t.Fatal(err)
	}
	r := log.Runs[0]
	if log.Version != "2.1.0" || len(r.Results) != 2 || r.Results[0].Level != Warning || *r.Results[0].Locations[0].Physical.Region != (sarifRegion{3, 5}) ||
		r.Results[1].Locations[0].Physical.Region != nil || r.Tool.Driver.Rules[r.Results[0].RuleIndex].ID != "pattern-partial" {
		t.Errorf("%s", &sarif)
	}
}

// TestSchemaKeywords checks which keywords of a model stop a deployment: an import drops nullable,
// and AWS's own samples have keywords that check nothing.
func TestSchemaKeywords(t *testing.T) {
	t.Parallel()
	for keyword, want := range map[string]Severity{
		"nullable": Warning, "discriminator": Warning, "example": Warning, "default": Warning, "readOnly": Warning,
		"const": Error, "if": Error, "dependentRequired": Error,
		"not": "", "uniqueItems": "", "x-mine": "",
	} {
		a := txtar.Parse([]byte("-- openapi.yaml --\nopenapi: 3.0.1\ninfo: {title: t, version: '1'}\npaths: {}\ncomponents: {schemas: {M: {" + keyword + ": {}}}}\n"))
		got := Severity("")
		for _, f := range run(t, a) {
			if f.Rule == "schema-keyword" {
				got = f.Severity
			}
		}
		if got != want {
			t.Errorf("%s: %q, want %q", keyword, got, want)
		}
	}
}
