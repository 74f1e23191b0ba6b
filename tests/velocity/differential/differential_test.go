package main

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"example.com/guessing-game/tests/velocity"
)

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
			t.Errorf("the context of template %d is no JSON: %s", n, context)
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

func TestGenerateUsesTheWholeLanguage(t *testing.T) {
	t.Parallel()
	var all strings.Builder
	for n := range uint64(2000) {
		template, _ := generate(1, n, nil)
		all.WriteString(template)
	}
	for _, want := range []string{"#set", "#if", "#elseif", "#else", "#{else}", "#foreach", "#macro", "#define", "#evaluate", "#stop", "#break", "#@m", "##", "#*", "#[[",
		`\$`, "$!", "${", "$!{", "&&", "||", "!", "%", "[1..3]", ".split(", ".replaceAll(", ".keySet()", "$foreach.hasNext", "$velocityCount", ".put(",
		"#parse(", "#include(", "$foreach.parent.count", ".entrySet()", "$context.status", ".split(\"=\"", "\r\n", "(?<=", "&&[", "$bodyContent", "#macro(m $p", "[$L..", "\\p{"} {
		if !strings.Contains(all.String(), want) {
			t.Errorf("2,000 templates and no %s", want)
		}
	}
}

func TestMutateChangesMostTemplates(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 1))
	const template = "#if($a)x#else y#end"
	changed := 0
	for range 100 {
		if mutate(r, template) != template {
			changed++
		}
	}
	if changed < 80 {
		t.Errorf("%d of 100 changed", changed)
	}
	if got := mutate(r, ""); got == "" {
		t.Error("an empty template stays empty")
	}
}

func TestShrinkFindsTheSmallestDifference(t *testing.T) {
	t.Parallel()
	c := velocity.Case{Template: "some text é $a.b then 😀 #set($x = 1) more", Context: json.RawMessage(`{"a":1,"b":2,"c":3}`)}
	small, err := shrink(c, func(cases []*velocity.Case) ([]bool, error) {
		found := make([]bool, len(cases))
		for i, k := range cases {
			found[i] = strings.Contains(k.Template, "😀") && strings.Contains(k.Template, "$a") && strings.Contains(string(k.Context), `"b"`)
		}
		return found, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if small.Template != "$a😀" || string(small.Context) != `{"b":2}` {
		t.Errorf("got %q with %s", small.Template, small.Context)
	}
}
