// Command page writes openapi/page/page.html, the page to play on, into openapi/api.yaml: the
// whole operation GET /, a mock integration whose response template is the page between #[[ and
// ]]#, which VTL prints verbatim, and whose security headers identify the page's own script and
// style by their hashes.
//
//	go run ./openapi/page           write it
//	go run ./openapi/page -check    only compare: exit code 1 where the document does not hold the page
//
// Everything outside that operation is unchanged, byte for byte.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

const (
	// maxPage is the maximum size of the page in bytes: every visit transfers all of it.
	maxPage = 60_000
	// maxTemplate is API Gateway's limit for a mapping template, in bytes ("Amazon API Gateway
	// important notes").
	maxTemplate = 300_000
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run is the command; it returns the exit code: 0 done, 1 failed or different, 2 wrong usage.
func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("page", flag.ContinueOnError)
	flags.SetOutput(stderr)
	check := flags.Bool("check", false, "compare only, and exit with 1 where the document does not hold the page")
	pageFile := flags.String("page", "openapi/page/page.html", "the page")
	apiFile := flags.String("api", "openapi/api.yaml", "the OpenAPI document")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil {
		return 2
	}
	if flags.NArg() > 0 {
		fmt.Fprintf(stderr, "page: unexpected argument %q\n", flags.Arg(0))
		return 2
	}
	page, err := os.ReadFile(*pageFile)
	if err != nil {
		fmt.Fprintf(stderr, "page: %v\n", err)
		return 1
	}
	get, err := operation(string(page))
	if err != nil {
		fmt.Fprintf(stderr, "page: %s: %v\n", *pageFile, err)
		return 1
	}
	before, err := os.ReadFile(*apiFile)
	if err != nil {
		fmt.Fprintf(stderr, "page: %v\n", err)
		return 1
	}
	after, err := replace(string(before), get)
	if err != nil {
		fmt.Fprintf(stderr, "page: %s: %v\n", *apiFile, err)
		return 1
	}
	switch {
	case bytes.Equal(before, []byte(after)):
		fmt.Fprintf(stdout, "%s holds the page.\n", *apiFile)
	case *check:
		fmt.Fprintf(stderr, "page: GET / in %s is not what %s says, first at line %d of the document. Run `make page`, and commit both.\n",
			*apiFile, *pageFile, firstDifference(string(before), after))
		return 1
	default:
		if err := write(*apiFile, []byte(after)); err != nil {
			fmt.Fprintf(stderr, "page: %v\n", err)
			return 1
		}
		fmt.Fprintf(stdout, "%s holds the new page, %d bytes.\n", *apiFile, len(page))
	}
	return 0
}

// header is one response header of the page.
type header struct{ name, value string }

// headers returns the headers that the page is sent with, given the hashes of its style and its
// script.
//
// The quotes inside the policy need no escape: API Gateway uses everything between the first and
// the last quote of a static value.
func headers(styleHash, scriptHash string) []header {
	policy := "default-src 'none'; script-src '" + scriptHash + "'; style-src '" + styleHash + "'; img-src data:; connect-src 'self'; " +
		"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
	return []header{
		{"Content-Type", "text/html; charset=utf-8"},
		{"Cache-Control", "public, max-age=300"},
		{"Content-Security-Policy", policy},
		{"Cross-Origin-Opener-Policy", "same-origin"},
		{"Cross-Origin-Resource-Policy", "same-origin"},
		{"Permissions-Policy", "accelerometer=(), camera=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), payment=(), usb=()"},
		{"Referrer-Policy", "no-referrer"},
		{"Strict-Transport-Security", "max-age=31536000"},
		{"X-Content-Type-Options", "nosniff"},
	}
}

// operation is the YAML of GET /, as written under `/:` in the document.
func operation(page string) (string, error) {
	style, script, err := inspect(page)
	if err != nil {
		return "", err
	}
	sent := headers(hash(style), hash(script))
	var b strings.Builder
	b.WriteString(`    # Written by ` + "`make page`" + ` from openapi/page: change the page there, its headers in openapi/page/main.go.
    get:
      summary: The page to play on
      operationId: page
      responses:
        "200":
          description: A web page
          headers:
`)
	for _, h := range sent {
		fmt.Fprintf(&b, "            %s: {schema: {type: string}}\n", h.name)
	}
	b.WriteString(`      x-amazon-apigateway-integration:
        type: mock
        passthroughBehavior: never
        requestTemplates:
          application/json: '{"statusCode":200}'
        responses:
          default:
            statusCode: "200"
            responseParameters:
`)
	for _, h := range sent {
		fmt.Fprintf(&b, "              method.response.header.%s: \"'%s'\"\n", h.name, h.value)
	}
	b.WriteString("            responseTemplates:\n              text/html: |-\n")
	for line := range strings.Lines(template(page)) {
		if line != "\n" {
			b.WriteString("                ")
		}
		b.WriteString(line)
	}
	b.WriteString("\n")
	return b.String(), nil
}

// template is the mapping template that prints the page: VTL leaves alone whatever is between #[[
// and ]]#.
func template(page string) string { return "#[[" + strings.TrimSuffix(page, "\n") + "]]#" }

// forbidden lists what a page must not contain, and why.
var forbidden = []struct {
	pattern *regexp.Regexp
	why     string
}{
	{regexp.MustCompile(`\]\]#`), "]]# ends the verbatim block of the mapping template"},
	{regexp.MustCompile(`[^\x20-\x7e\n]`), "only printable ASCII travels safely through YAML, CloudFormation and the import; write an entity or a \\u escape"},
	{regexp.MustCompile(` +\n`), "white space at the end of a line"},
	{regexp.MustCompile(`(?i)(?:src|href|action|srcset|poster)\s*=\s*["']?\s*(?:https?:)?//|url\(\s*["']?\s*(?:https?:)?//|@import`), "a request to another host"},
	{regexp.MustCompile(`(?i)<[a-z][^>]*\sstyle\s*=`), "the Content-Security-Policy forbids style attributes"},
	{regexp.MustCompile(`(?i)<[a-z][^>]*\son[a-z]+\s*=`), "the Content-Security-Policy forbids event handler attributes"},
}

var (
	styles  = regexp.MustCompile(`(?s)<style>(.*?)</style>`)
	scripts = regexp.MustCompile(`(?s)<script>(.*?)</script>`)
)

// inspect rejects a page that would not arrive in full or not work under its own policy, and
// returns its one style and its one script.
func inspect(page string) (style, script string, err error) {
	if len(page) > maxPage {
		return "", "", fmt.Errorf("%d bytes, and a page has at most %d", len(page), maxPage)
	}
	if size := len(template(page)); size > maxTemplate {
		return "", "", fmt.Errorf("%d bytes as a mapping template, and API Gateway accepts at most %d", size, maxTemplate)
	}
	for _, f := range forbidden {
		if at := f.pattern.FindStringIndex(page); at != nil {
			return "", "", fmt.Errorf("line %d: %q: %s", 1+strings.Count(page[:at[0]], "\n"), page[at[0]:at[1]], f.why)
		}
	}
	found := styles.FindAllStringSubmatch(page, -1)
	if len(found) != 1 || strings.Count(page, "<style") != 1 {
		return "", "", errors.New("a page has exactly one <style>, without attributes: the policy allows it by its hash")
	}
	style = found[0][1]
	found = scripts.FindAllStringSubmatch(page, -1)
	if len(found) != 1 || strings.Count(page, "<script") != 1 {
		return "", "", errors.New("a page has exactly one <script>, without attributes: the policy allows it by its hash")
	}
	return style, found[0][1], nil
}

// hash returns a hash source of the Content-Security-Policy, without its quotes.
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// place finds GET / in the document: from its comment or its `get:` up to the next line that is
// indented no deeper.
var place = regexp.MustCompile(`(?m)^  /:\n((?:    #[^\n]*\n)*    get:\n(?:(?:     [^\n]*)?\n)*)`)

// replace puts the operation where GET / is in the document.
func replace(document, get string) (string, error) {
	found := place.FindAllStringSubmatchIndex(document, -1)
	if len(found) != 1 {
		return "", fmt.Errorf("%d places look like GET /, and there must be one: the path `/:` indented by two spaces and `get:`, its first operation, by four", len(found))
	}
	return document[:found[0][2]] + get + document[found[0][3]:], nil
}

// firstDifference is the number of the first line in which two strings differ.
func firstDifference(a, b string) int {
	as, bs := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range as {
		if i >= len(bs) || as[i] != bs[i] {
			return i + 1
		}
	}
	return len(as)
}

// write replaces a file in one step, so that nobody reads half of it.
func write(name string, content []byte) error {
	temporary, err := os.CreateTemp(filepath.Dir(name), ".page-*")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name())
	if _, err := temporary.Write(content); err != nil {
		temporary.Close()
		return err
	}
	if err := temporary.Close(); err != nil {
		return err
	}
	if err := os.Chmod(temporary.Name(), 0o644); err != nil {
		return err
	}
	return os.Rename(temporary.Name(), name)
}
