package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// legal are the names of files that a licence requires to be distributed.
var legal = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|patents)([.-].*)?$`)

// noticesOf returns the licences and notices of the modules that packages link, and of Go itself.
func noticesOf(env []string, packages ...string) ([]byte, error) {
	listed, err := output(env, "go", append([]string{"list", "-deps", "-json=ImportPath,Dir,Module"}, packages...)...)
	if err != nil {
		return nil, err
	}
	dirs := map[string]string{}
	for dec := json.NewDecoder(strings.NewReader(listed)); dec.More(); {
		var p struct {
			ImportPath, Dir string
			Module          *struct {
				Path, Version, Dir string
				Main               bool
			}
		}
		if err := dec.Decode(&p); err != nil {
			return nil, err
		}
		switch m := p.Module; {
		case m == nil:
		case !m.Main:
			dirs[m.Path+" "+m.Version] = m.Dir
		default: // a package with third-party content has its licence in its folder
			if found, _ := filepath.Glob(filepath.Join(p.Dir, "LICENSE.*")); len(found) > 0 {
				dirs["In "+p.ImportPath] = p.Dir
			}
		}
	}
	root, err := output(env, "go", "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	dirs["The Go programming language and its standard library"] = root
	var b bytes.Buffer
	fmt.Fprintf(&b, "This program links the following software, under the licences below.\n")
	for _, name := range slices.Sorted(maps.Keys(dirs)) {
		entries, err := os.ReadDir(dirs[name])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		found := false
		for _, e := range entries {
			if !e.Type().IsRegular() || !legal.MatchString(e.Name()) {
				continue
			}
			text, err := os.ReadFile(filepath.Join(dirs[name], e.Name()))
			if err != nil {
				return nil, err
			}
			found = true
			fmt.Fprintf(&b, "\n%s\n%s: %s\n\n%s\n", strings.Repeat("=", 100), name, e.Name(), bytes.TrimSpace(text))
		}
		if !found {
			return nil, fmt.Errorf("%s has no licence in %s", name, dirs[name])
		}
	}
	return b.Bytes(), nil
}
