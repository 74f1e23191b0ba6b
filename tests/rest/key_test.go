package rest

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"example.com/guessing-game/src/game"
)

// The document's schema for the header Idempotency-Key allows what the function accepts, and
// nothing else.
func TestTheDocumentSaysWhatAKeyIs(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(Root + "/openapi/api.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		Paths map[string]map[string]struct {
			Parameters []struct {
				Name   string
				Schema struct {
					Type      string
					Pattern   string
					MaxLength int `yaml:"maxLength"`
				}
			}
		}
	}
	if err := yaml.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	keys := []string{"", strings.Repeat("k", 255), strings.Repeat("k", 256)}
	for r := range rune(0x300) {
		keys = append(keys, string(r), "a"+string(r)+"b")
	}
	found := 0
	for path, methods := range document.Paths {
		for method, operation := range methods {
			for _, p := range operation.Parameters {
				if p.Name != "Idempotency-Key" {
					continue
				}
				found++
				pattern := regexp.MustCompile(p.Schema.Pattern)
				for _, key := range keys {
					_, err := game.ParseKey(key)
					allowed := p.Schema.Type == "string" && pattern.MatchString(key) && utf8.RuneCountInString(key) <= p.Schema.MaxLength
					if allowed != (err == nil) {
						t.Errorf("%s %s: the document allows %q: %t; the function: %v", method, path, key, allowed, err)
					}
				}
			}
		}
	}
	if found != 2 {
		t.Errorf("%d operations have an Idempotency-Key, want 2", found)
	}
}
