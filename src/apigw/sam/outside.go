package sam

import (
	"errors"
	"os"
	"path/filepath"

	"example.com/guessing-game/src/apigw/document"
)

// errOutside is the error for a file outside the repository.
var errOutside = errors.New("is outside the template's repository")

// within reads only the given files and files in the repository of the first one or in the folder
// that apigw runs in. Otherwise a template could have any file of the machine served as a
// response.
func within(given ...string) func(string) ([]byte, error) {
	var roots []string
	for _, name := range given {
		if name != "" {
			roots = append(roots, repository(name))
		}
	}
	if here, err := os.Getwd(); err == nil {
		roots = append(roots, real(here))
	}
	return func(name string) ([]byte, error) {
		at := real(name)
		for i, root := range roots {
			if i < len(given) && at == real(given[i]) {
				return document.ReadFile(name)
			}
			if rel, err := filepath.Rel(root, at); err == nil && filepath.IsLocal(rel) {
				return document.ReadFile(name)
			}
		}
		return nil, errOutside
	}
}

// repository is the folder of the repository that contains a file, or the file's own folder if
// there is none.
func repository(file string) string {
	own := filepath.Dir(real(file))
	for dir := own; ; dir = filepath.Dir(dir) {
		if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			return own
		}
	}
}

// real is the absolute path of a file with its links followed, as far as the path exists.
func real(name string) string {
	abs, err := filepath.Abs(name)
	if err != nil {
		return name
	}
	if followed, err := filepath.EvalSymlinks(abs); err == nil {
		return followed
	}
	return abs
}
