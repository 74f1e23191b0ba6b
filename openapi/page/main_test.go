package main

import (
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

const (
	pageFile = "page.html"
	apiFile  = "../api.yaml"
)

// get returns GET / as a reader of the document sees it.
type get struct {
	Responses map[string]struct {
		Headers map[string]any `yaml:"headers"`
	} `yaml:"responses"`
	Integration struct {
		Type      string `yaml:"type"`
		Responses map[string]struct {
			StatusCode         string            `yaml:"statusCode"`
			ResponseParameters map[string]string `yaml:"responseParameters"`
			ResponseTemplates  map[string]string `yaml:"responseTemplates"`
		} `yaml:"responses"`
	} `yaml:"x-amazon-apigateway-integration"`
}

func readDocument(t *testing.T) get {
	t.Helper()
	var document struct {
		Paths map[string]struct {
			Get get `yaml:"get"`
		} `yaml:"paths"`
	}
	if err := yaml.Unmarshal(readFile(t, apiFile), &document); err != nil {
		t.Fatal(err)
	}
	return document.Paths["/"].Get
}

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestDocumentHoldsThePage(t *testing.T) {
	t.Parallel()
	got := readDocument(t).Integration.Responses["default"].ResponseTemplates
	want := "#[[" + strings.TrimSuffix(string(readFile(t, pageFile)), "\n") + "]]#"
	if len(got) != 1 || got["text/html"] != want {
		t.Errorf("the template of GET / is not the page between #[[ and ]]#: run `make page`")
	}
	if size := len(want); size > maxTemplate {
		t.Errorf("the template has %d bytes, API Gateway takes %d", size, maxTemplate)
	}
}

// API Gateway refuses to import a mapping to a header that the method response does not declare.
func TestEveryMappedHeaderIsDeclared(t *testing.T) {
	t.Parallel()
	operation := readDocument(t)
	declared := slices.Sorted(maps.Keys(operation.Responses["200"].Headers))
	var mapped []string
	for name, value := range operation.Integration.Responses["default"].ResponseParameters {
		mapped = append(mapped, strings.TrimPrefix(name, "method.response.header."))
		if !strings.HasPrefix(value, "'") || !strings.HasSuffix(value, "'") {
			t.Errorf("%s: %s is not a static value, which stands between single quotes", name, value)
		}
	}
	slices.Sort(mapped)
	if !slices.Equal(declared, mapped) {
		t.Errorf("declared %q, mapped %q", declared, mapped)
	}
	if len(mapped) < 9 {
		t.Errorf("only %q are mapped", mapped)
	}
}

func TestPolicyAllowsTheScriptAndTheStyleByTheirHashes(t *testing.T) {
	t.Parallel()
	policy := readDocument(t).Integration.Responses["default"].ResponseParameters["method.response.header.Content-Security-Policy"]
	page := string(readFile(t, pageFile))
	for element, directive := range map[string]string{"script": "script-src", "style": "style-src"} {
		_, text, _ := strings.Cut(page, "<"+element+">")
		text, _, _ = strings.Cut(text, "</"+element+">")
		sum := sha256.Sum256([]byte(text))
		want := directive + " 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "';"
		if !strings.Contains(policy, want) {
			t.Errorf("the policy %s lacks %s", policy, want)
		}
	}
	for _, want := range []string{"default-src 'none';", "connect-src 'self';", "base-uri 'none';", "form-action 'none';", "frame-ancestors 'none';"} {
		if !strings.Contains(policy, want) {
			t.Errorf("the policy %s lacks %s", policy, want)
		}
	}
	if strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") {
		t.Errorf("the policy %s is not strict", policy)
	}
}

func TestPageAsksNoOtherHost(t *testing.T) {
	t.Parallel()
	page := readFile(t, pageFile)
	for _, address := range regexp.MustCompile(`(?i)\b[a-z]+://[^"'\s]+`).FindAllString(string(page), -1) {
		if address != "http://www.w3.org/2000/svg" { // a mere name, never requested
			t.Errorf("the page names the address %s", address)
		}
	}
}

// A page that is just small enough.
func pageOf(size int) string {
	const frame = "<style></style><script></script>\n"
	return strings.Repeat("x", size-len(frame)) + frame
}

func TestInspect(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, page, want string }{
		{"smallest", "<style>a</style><script>b</script>\n", ""},
		{"largest", pageOf(maxPage), ""},
		{"one byte too many", pageOf(maxPage + 1), "60001 bytes, and a page has at most 60000"},
		{"end of the verbatim block", "<p>\na[b[0]]#</p>", `line 2: "]]#"`},
		{"a tab", "a\tb", "only printable ASCII"},
		{"a carriage return", "a\r\nb", "only printable ASCII"},
		{"beyond ASCII", "a\u00e9", "only printable ASCII"},
		{"white space at the end of a line", "a \nb", "white space at the end of a line"},
		{"a script elsewhere", `<script src="https://example.com/a.js"></script>`, "another host"},
		{"a style elsewhere", `<link rel=stylesheet href=//example.com/a.css>`, "another host"},
		{"a font elsewhere", `<style>@font-face{src:url("https://example.com/a")}</style>`, "another host"},
		{"a style attribute", `<p class="a" style="color:red">`, "style attributes"},
		{"a handler attribute", `<p onclick="a()">`, "event handler attributes"},
		{"no style", "<script></script>", "exactly one <style>"},
		{"two styles", "<style></style><style></style><script></script>", "exactly one <style>"},
		{"no script", "<style></style>", "exactly one <script>"},
		{"a module", `<style></style><script></script><script type="module"></script>`, "exactly one <script>"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := inspect(test.page)
			switch {
			case test.want == "" && err != nil:
				t.Errorf("got error %v", err)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("got error %v, want one with %q", err, test.want)
			}
		})
	}
}

const (
	head = "# A document\npaths:\n  /:\n"
	tail = "    options:\n      summary:   odd   spacing stays\n  /games:\n    get:\n      x: 1\n"
)

func TestWriteTouchesNothingElse(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	page, api := filepath.Join(folder, "page.html"), filepath.Join(folder, "api.yaml")
	put(t, page, "<!doctype html>\n<style>p{}</style>\n\n<script>$a; ##b</script>\n")
	put(t, api, head+"    get:\n      old: 1\n\n      older: |-\n        a\n"+tail)

	status, out, errs := command("-page", page, "-api", api, "-check")
	if status != 1 || !strings.Contains(errs, "first at line 4 of the document") || !strings.Contains(errs, "make page") {
		t.Errorf("-check of a document without the page: exit code %d, %q, %q", status, out, errs)
	}
	if status, out, errs = command("-page", page, "-api", api); status != 0 {
		t.Fatalf("exit code %d, %q, %q", status, out, errs)
	}
	got := string(readFile(t, api))
	if !strings.HasPrefix(got, head) || !strings.HasSuffix(got, tail) || strings.Contains(got, "old") {
		t.Errorf("got\n%s", got)
	}
	if status, out, errs = command("-page", page, "-api", api, "-check"); status != 0 {
		t.Errorf("-check after writing: exit code %d, %q, %q", status, out, errs)
	}
	// Writing again changes nothing: comments do not accumulate.
	put(t, page, "<!doctype html>\n<style>p{}</style>\n\n<script>$a; ##c</script>\n")
	command("-page", page, "-api", api)
	put(t, page, "<!doctype html>\n<style>p{}</style>\n\n<script>$a; ##b</script>\n")
	command("-page", page, "-api", api)
	if again := string(readFile(t, api)); again != got {
		t.Errorf("got\n%s\nwant\n%s", again, got)
	}
}

func TestRunSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	good, bad, api := filepath.Join(folder, "good.html"), filepath.Join(folder, "bad.html"), filepath.Join(folder, "api.yaml")
	put(t, good, "<style></style><script></script>\n")
	put(t, bad, "<style></style>\n")
	put(t, api, "paths: {}\n")
	for _, test := range []struct {
		name   string
		args   []string
		status int
		want   string
	}{
		{"a flag that is none", []string{"-x"}, 2, "flag provided but not defined: -x"},
		{"an argument", []string{"x"}, 2, `unexpected argument "x"`},
		{"help", []string{"-h"}, 0, "compare only"},
		{"no page", []string{"-page", filepath.Join(folder, "none")}, 1, "no such file"},
		{"a bad page", []string{"-page", bad, "-api", api}, 1, "bad.html: a page has exactly one <script>"},
		{"no document", []string{"-page", good, "-api", filepath.Join(folder, "none")}, 1, "no such file"},
		{"no place for it", []string{"-page", good, "-api", api}, 1, "0 places look like GET /"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			status, _, errs := command(test.args...)
			if status != test.status || !strings.Contains(errs, test.want) {
				t.Errorf("exit code %d, %q, want %d and %q", status, errs, test.status, test.want)
			}
		})
	}
}

func command(args ...string) (status int, out, errs string) {
	var stdout, stderr strings.Builder
	status = run(args, &stdout, &stderr)
	return status, stdout.String(), stderr.String()
}

func put(t *testing.T, name, content string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Any page that is not rejected comes out of the document as it went in, with nothing around it
// changed.
func FuzzPage(f *testing.F) {
	f.Add("$x ${y} #end #[[ # ## #*\n\n  ---\n...\n\n\n")
	f.Add(": |- # \\ \" ' & * ! % @ `\n- a: b\n  ? c\n")
	f.Add("]]\n#")
	f.Fuzz(func(t *testing.T, body string) {
		page := "<style></style>" + strings.Map(printable, body) + "<script></script>"
		get, err := operation(page)
		if err != nil {
			return // refused
		}
		after, err := replace(head+"    get:\n      old: 1\n"+tail, get)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(after, head) || !strings.HasSuffix(after, tail) {
			t.Fatalf("what stands around the page has changed:\n%s", after)
		}
		var document struct {
			Paths map[string]struct {
				Get struct {
					Integration struct {
						Responses map[string]struct {
							ResponseTemplates map[string]string `yaml:"responseTemplates"`
						} `yaml:"responses"`
					} `yaml:"x-amazon-apigateway-integration"`
				} `yaml:"get"`
			} `yaml:"paths"`
		}
		if err := yaml.Unmarshal([]byte(after), &document); err != nil {
			t.Fatalf("%v\n%s", err, after)
		}
		got := document.Paths["/"].Get.Integration.Responses["default"].ResponseTemplates["text/html"]
		if want := "#[[" + strings.TrimSuffix(page, "\n") + "]]#"; got != want {
			t.Errorf("the template is\n%q\nwant\n%q", got, want)
		}
		if again, err := replace(after, get); err != nil || again != after {
			t.Errorf("writing again changes the document: %v", err)
		}
	})
}

// printable turns a character into one that a page may contain.
func printable(r rune) rune {
	if r == '\n' {
		return r
	}
	return ' ' + r%('~'-' '+1)
}
