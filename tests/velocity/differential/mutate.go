package main

import (
	"encoding/json"
	"math/rand/v2"
	"regexp"
	"strings"

	"example.com/guessing-game/tests/velocity"
)

// specials are the characters that mean something to Velocity.
var specials = []string{"$", "#", "{", "}", "[", "]", "(", ")", `"`, "'", `\`, ".", "!", ",", "|", "&", "=", "<", ">", "+", "-", "*", "/", "%", " ", "\n", "\t", "\r\n", ":", "#end", "#else", "#if(", "##", "#*", "*#", "#[[", "]]#", "..", "$!", "${", "é", "😀", "0", "a", "_", "@"}

// token splits a template roughly as Velocity's lexer does.
var token = regexp.MustCompile(`[A-Za-z_][A-Za-z0-9_-]*|[0-9]+|[ \t]+|\r\n|(?s:.)`)

// mutate slightly breaks a template: a few characters or tokens are removed, doubled, swapped or
// inserted, or the end is cut off.
func mutate(r *rand.Rand, template string) string {
	for range 1 + r.IntN(3) {
		parts := token.FindAllString(template, -1)
		if r.IntN(2) == 0 {
			parts = strings.Split(template, "") // characters
		}
		if len(parts) < 2 {
			return template + specials[r.IntN(len(specials))]
		}
		i, j := r.IntN(len(parts)), r.IntN(len(parts))
		switch r.IntN(6) {
		case 0:
			parts[i] = ""
		case 1:
			parts[i] += parts[i]
		case 2:
			parts[i], parts[j] = parts[j], parts[i]
		case 3:
			parts[i] += specials[r.IntN(len(specials))]
		case 4:
			parts[i] = specials[r.IntN(len(specials))]
		case 5:
			parts = parts[:i+1]
		}
		template = strings.Join(parts, "")
	}
	return template
}

// splice combines a template from two or three cases of the corpus: one after the other, or one
// inside another. The context has the variables of all of them, and those of base that they lack.
func splice(r *rand.Rand, corpus []*velocity.Case, base json.RawMessage) (template string, context json.RawMessage) {
	variables := map[string]json.RawMessage{}
	json.Unmarshal(base, &variables) // an object, like every context in the corpus: Load and the engines ensure that
	for range 2 + r.IntN(2) {
		c := corpus[r.IntN(len(corpus))]
		if len(c.Context) > 0 {
			json.Unmarshal(c.Context, &variables)
		}
		parts := token.FindAllString(template, -1)
		at := len(parts)
		if r.IntN(2) == 0 {
			at = r.IntN(len(parts) + 1)
		}
		template = strings.Join(parts[:at], "") + c.Template + strings.Join(parts[at:], "")
	}
	if r.IntN(2) == 0 {
		template = mutate(r, template)
	}
	context, err := json.Marshal(variables)
	if err != nil {
		return template, base
	}
	return template, context
}
