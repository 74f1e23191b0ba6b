package main

import (
	"math/rand/v2"
	"regexp"
	"strings"
)

// specials are the characters that mean something to Velocity.
var specials = []string{"$", "#", "{", "}", "[", "]", "(", ")", `"`, "'", `\`, ".", "!", ",", "|", "&", "=", "<", ">", "+", "-", "*", "/", "%", " ", "\n", "\t", "\r\n", ":", "#end", "#else", "#if(", "##", "#*", "*#", "#[[", "]]#", "..", "$!", "${", "é", "😀", "0", "a", "_", "@"}

// token splits a template roughly as Velocity's lexer does.
var token = regexp.MustCompile(`[A-Za-z_][A-Za-z0-9_-]*|[0-9]+|[ \t]+|\r\n|(?s:.)`)

// mutate breaks a template a little: a few characters or tokens go, come twice, change places or come in, or the end is cut off.
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
