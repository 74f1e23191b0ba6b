package functions

import (
	iofs "io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Unwatched are folders that nobody edits by hand: those of package managers, builds and tools.
var Unwatched = []string{"node_modules", "venv", "__pycache__", "cdk.out", "obj", "target"}

// maxWatched bounds how many files of a folder are watched.
const maxWatched = 20_000

// Programs are the files that restart a function when they change: those of its command, and those
// in the folder of its code.
func (fs *Set) Programs() map[string][]*Function {
	all := map[string][]*Function{}
	add := func(name string, f *Function) {
		if abs, err := filepath.Abs(name); err == nil && !slices.Contains(all[abs], f) {
			all[abs] = append(all[abs], f)
		}
	}
	for _, f := range fs.List {
		var folders []string
		if f.command != nil && f.Code.URI != "" && !strings.Contains(f.Code.URI, "://") {
			folders = []string{filepath.Join(f.Code.Dir, f.Code.URI)}
		} else if f.Launch != nil {
			folders = f.Launch.Watched()
		}
		for _, folder := range folders {
			n := 0
			_ = filepath.WalkDir(folder, func(name string, d iofs.DirEntry, err error) error { // a missing folder has no files
				switch {
				case err != nil:
					return nil
				case d.IsDir() && name != folder && (strings.HasPrefix(d.Name(), ".") || slices.Contains(Unwatched, d.Name())):
					return iofs.SkipDir
				case d.IsDir() || strings.HasSuffix(name, "_test.go"):
					return nil
				}
				if n++; n > maxWatched {
					return iofs.SkipAll
				}
				add(name, f)
				return nil
			})
		}
		for i, word := range f.command {
			if i == 0 {
				if found, err := exec.LookPath(word); err == nil {
					word = found
				}
			}
			if info, err := os.Stat(word); err == nil && info.Mode().IsRegular() {
				add(word, f)
			}
		}
	}
	return all
}
