//go:build !race

package main

import (
	"regexp"
	"strings"
	"testing"

	"example.com/guessing-game/tests/libraries"
)

// One goroutine and large inputs: the race detector finds nothing here and takes ten times as
// long. make test runs these tests without it.

// A seed generates the same questions again, and nearly all of them differ.
func TestGenerateRepeatsUnderItsSeed(t *testing.T) {
	t.Parallel()
	for _, l := range libraries.Libraries {
		different := map[string]bool{}
		for i := range uint64(300) {
			line, err := generate(l.Name, 7, i).Line()
			if err != nil {
				t.Fatal(err)
			}
			if again, _ := generate(l.Name, 7, i).Line(); again != line {
				t.Fatalf("question %d of seed 7 came out as %s and %s", i, line, again)
			}
			different[line] = true
		}
		if len(different) < 200 {
			t.Errorf("%s: of 300 questions only %d are different", l.Name, len(different))
		}
	}
}

// The generators use the whole language, and most of what they generate leads to a result.
func TestGenerateUsesTheWholeLanguage(t *testing.T) {
	t.Parallel()
	wants := map[string][]string{
		"path": {`\.\.`, `\[\d+:`, `\[\?\(`, `=~`, `&&`, `\|\|`, ` in `, ` nin `, ` contains `, ` subsetof `, ` empty `, ` size `, `!\(`, `\.length\(\)`, `\.concat\(`, `\.append\(`, `\['.*','`, `\.\*`,
			`\[\?\(.*\[\?\(`, `\[-?\d+:-?\d+\]`, `\.\.\[`, "\t", `\\u`, `!!`, `=~ ?/`},
		"schema": {`"type"`, `"enum"`, `"pattern"`, `"format"`, `"required"`, `"properties"`, `"patternProperties"`, `"additionalProperties"`, `"additionalItems"`, `"items":\[`, `"items":\{`, `"uniqueItems"`, `"dependencies"`,
			`"allOf"`, `"anyOf"`, `"oneOf"`, `"not"`, `"minimum"`, `"maximum"`, `"multipleOf"`, `"minLength"`, `"maxItems"`, `"minProperties"`, `"\$ref"`, `"exclusiveMaximum"`},
		"template": {`\$input\.path\('`, `\$input\.json\('`, `\$util\.escapeJavaScript\(`, `\$util\.parseJson\(`, `\$util\.base64Decode\(\$util`, `\$input\.params\('q'\)`, `#foreach`, `#if`, `#set`, `#define`, `\$stageVariables`, `"\$\.items\[\$i\]"`},
		"document": {`NaN`, `'`, `,,`, `\\u`, `1e`, `-`, `\{`, `\[`, `//c`, "\x00", `\[{20}`, "\u00a0", `\\x`},
	}
	for _, l := range libraries.Libraries {
		var all strings.Builder
		statuses := map[string]int{}
		for i := range uint64(3000) {
			q := generate(l.Name, 3, i)
			switch {
			case q.Template != "":
				all.WriteString(q.Template + "\n")
			case q.Path != nil:
				all.WriteString(*q.Path + "\n")
			case q.Body != nil:
				all.WriteString(q.Schema + "\n")
			default:
				all.WriteString(q.Document + "\n")
			}
			if i < 600 {
				statuses[l.Ours(q).Status]++
			}
		}
		for _, want := range wants[l.Name] {
			if !regexp.MustCompile(want).MatchString(all.String()) {
				t.Errorf("%s: no question has %s", l.Name, want)
			}
		}
		if good := statuses["value"] + statuses["valid"] + statuses["invalid"]; good < 200 || statuses["panic"] > 0 {
			t.Errorf("%s: the answers to 600 questions are %v", l.Name, statuses)
		}
	}
}
