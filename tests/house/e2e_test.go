package house

import (
	"bytes"
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"
)

// make e2e names the packages it tests, since each needs its own flags. No package with such
// tests is left out.
func TestEveryEndToEndTestRuns(t *testing.T) {
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	_, recipe, _ := strings.Cut(string(makefile), "\ne2e:")
	recipe, _, _ = strings.Cut(recipe, "\n\n")
	run := strings.Fields(recipe)
	found := map[string]bool{}
	root := os.DirFS("../..")
	for _, wing := range []string{"src", "tests"} {
		err := fs.WalkDir(root, wing, func(name string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(name, "_test.go") {
				return err
			}
			text, err := fs.ReadFile(root, name)
			if bytes.HasPrefix(text, []byte("//go:build e2e")) {
				found["./"+path.Dir(name)] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(found) < 10 {
		t.Errorf("found end-to-end tests in %d packages only", len(found))
	}
	for name := range found {
		if !strings.Contains(" "+strings.Join(run, " ")+" ", " "+name+" ") {
			t.Errorf("make e2e does not test %s", name)
		}
	}
}
