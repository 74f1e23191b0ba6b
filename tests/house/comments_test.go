package house

import (
	"io/fs"
	"os"
	"strings"
	"testing"
	"unicode/utf8"
)

// commentWidth is the maximum width of a comment in columns, including its indentation by tabs of
// four columns.
const commentWidth = 100

// Comments are wrapped at one width. Indented examples and addresses may be longer.
func TestCommentsAreWrapped(t *testing.T) {
	root := os.DirFS("../..")
	seen := 0
	for _, folder := range []string{"src", "tests", "openapi"} {
		err := fs.WalkDir(root, folder, func(name string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(name, ".go") {
				return err
			}
			source, err := fs.ReadFile(root, name)
			n := 0
			for line := range strings.Lines(string(source)) {
				n++
				text := strings.TrimLeft(strings.TrimRight(line, "\r\n"), "\t")
				if !strings.HasPrefix(text, "//") {
					continue
				}
				seen++
				example := strings.HasPrefix(text, "//\t") || strings.Contains(text, "://")
				if width := 4*(len(line)-len(strings.TrimLeft(line, "\t"))) + utf8.RuneCountInString(text); width > commentWidth && !example {
					t.Errorf("%s:%d: the comment is %d columns wide; wrap it at %d", name, n, width, commentWidth)
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if seen < 1000 {
		t.Errorf("found %d lines of comments only", seen)
	}
}
