//go:build !race

// One goroutine and large inputs: make test runs these without the race detector.

package main

import (
	"bytes"
	"go/format"
	"path"
	"regexp"
	"strings"
	"testing"
)

var (
	module  = regexp.MustCompile(`example\.com/guessing-game`)
	anyName = regexp.MustCompile(`example\.com/guessing-game|guessing-game|GuessingGame|Guessing game|GameFunction|gamefunction|GameTable`)
)

// The old names are gone; in apigw's own examples only that of the module is. Without the tool
// nothing refers to what was removed. make e2e renames a copy and works with it.
func TestPlan(t *testing.T) {
	t.Chdir("../..")
	if _, err := git("rev-parse"); err != nil {
		t.Fatalf("make rename works on a repository; clone it with git: %v", err)
	}
	for _, drop := range []bool{false, true} {
		r := renaming{name: "my-orders", module: "github.com/me/orders", drop: drop}
		if err := r.plan(); err != nil {
			t.Fatal(err)
		}
		if removed := len(r.removed); drop != (removed > 500) || len(r.files) < 100 {
			t.Errorf("drop %v: %d files stay, %d are removed", drop, len(r.files), removed)
		}
		for file, text := range r.files {
			line := func(at int) int { return 1 + strings.Count(text[:at], "\n") }
			old := anyName
			if strings.HasPrefix(file, "src/apigw/") {
				old = module
			}
			if at := old.FindStringIndex(text); at != nil && file != "LICENSE" {
				t.Errorf("drop %v: %s:%d: %s is left", drop, file, line(at[0]), text[at[0]:at[1]])
			}
			if source, err := format.Source([]byte(text)); path.Ext(file) == ".go" && text != r.was[file] && (err != nil || !bytes.Equal(source, []byte(text))) {
				t.Errorf("drop %v: %s is not formatted: %v", drop, file, err)
			}
			for _, m := range place.FindAllStringSubmatchIndex(text, -1) {
				if p := text[m[2]:m[3]]; drop && !r.has(p) && !strings.HasSuffix(text[:m[2]], "the template's ") && !strings.Contains(p, "hint") {
					t.Errorf("%s:%d: there is no %s", file, line(m[2]), p)
				}
			}
		}
	}
}
