//go:build !race

package main

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"example.com/guessing-game/tests/velocity"
)

// One goroutine and large inputs: the race detector has nothing to find here and takes ten times
// as long. make test runs these tests without it.

func TestGenerateUsesTheWholeLanguage(t *testing.T) {
	t.Parallel()
	var all strings.Builder
	for n := range uint64(2000) {
		template, _ := generate(1, n, nil)
		all.WriteString(template)
	}
	for _, want := range []string{"#set", "#if", "#elseif", "#else", "#{else}", "#foreach", "#macro", "#define", "#evaluate", "#stop", "#break", "#@m", "##", "#*", "#[[",
		`\$`, "$!", "${", "$!{", "&&", "||", "!", "%", "[1..3]", ".split(", ".replaceAll(", ".keySet()", "$foreach.hasNext", "$velocityCount", ".put(",
		"#parse(", "#include(", "$foreach.parent.count", ".entrySet()", "$context.status", ".split(\"=\"", "\r\n", "(?<=", "&&[", "$bodyContent", "#macro(m $p", "$r $!r.size()", "\\p{"} {
		if !strings.Contains(all.String(), want) {
			t.Errorf("2,000 templates and no %s", want)
		}
	}
}

func TestGenerateRepeatsUnderItsSeed(t *testing.T) {
	t.Parallel()
	topics, err := velocity.Load("../corpus")
	if err != nil {
		t.Fatal(err)
	}
	corpus := topics[0].Cases
	different := map[string]bool{}
	for n := range uint64(200) {
		template, context := generate(7, n, corpus)
		again, contextAgain := generate(7, n, corpus)
		if template != again || string(context) != string(contextAgain) {
			t.Fatalf("template %d of seed 7 came out as %q and %q", n, template, again)
		}
		if !json.Valid(context) {
			t.Errorf("the context of template %d is not JSON: %s", n, context)
		}
		if !utf8.ValidString(template) {
			t.Errorf("template %d is not UTF-8: %q", n, template)
		}
		different[template] = true
	}
	if len(different) < 190 {
		t.Errorf("200 templates, of which only %d are different", len(different))
	}
}
