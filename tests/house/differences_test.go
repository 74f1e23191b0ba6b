package house

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// Every difference from the real thing that a package's documentation lists is in
// docs/differences.md too, in the same words.
func TestDifferencesAreListed(t *testing.T) {
	page, err := os.ReadFile("../../docs/differences.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := regexp.MustCompile("[`\\s]+").ReplaceAllString(string(page), " ")
	for file, prefix := range map[string]string{"../../src/apigw/gateway/doc.go": "GW-", "../../src/apigw/vtl/doc.go": "VTL-"} {
		differences := differencesOf(t, file, prefix)
		if len(differences) < 5 {
			t.Errorf("%s lists %d differences; the test must have lost them", file, len(differences))
		}
		for id, text := range differences {
			if !strings.Contains(listed, "**"+id+"** "+text) {
				t.Errorf("docs/differences.md does not say: **%s** %s", id, text)
			}
		}
	}
}

// differencesOf reads the list in a package comment: an ID begins an item, and indented lines
// continue it.
func differencesOf(t *testing.T, file, prefix string) map[string]string {
	t.Helper()
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	item := regexp.MustCompile(`^//\s+(?:- )?(` + prefix + `[A-Z0-9]+):?\s+(.*)$`)
	found, id := map[string]string{}, ""
	for line := range strings.Lines(string(source)) {
		line = strings.TrimSpace(line)
		if m := item.FindStringSubmatch(line); m != nil {
			id = m[1]
			found[id] = m[2]
			continue
		}
		rest := strings.TrimSpace(strings.TrimPrefix(line, "//"))
		if id == "" || rest == "" || !strings.HasPrefix(line, "//") {
			id = ""
			continue
		}
		found[id] += " " + rest
	}
	return found
}
