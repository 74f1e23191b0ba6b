package main

import (
	"fmt"
	iofs "io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"example.com/guessing-game/src/apigw/document"
	"example.com/guessing-game/src/apigw/functions"
	"example.com/guessing-game/src/apigw/standin"
)

// Limits of the search for addresses in sources.
const (
	maxSourceFiles = 2000
	maxSourceSize  = 1 << 20
	maxAddresses   = 4
)

// sourceEndings are the files that are searched: those of the languages that functions are usually
// written in.
var sourceEndings = []string{".py", ".js", ".mjs", ".cjs", ".ts", ".rb", ".go", ".java", ".kt", ".cs"}

// alsoAt makes the stand-in answer where functions look for DynamoDB Local or LocalStack on this
// machine, as many do if AWS_SAM_LOCAL is set, unless something else listens there.
func (st *starter) alsoAt(sv *serving) {
	if st.aws == nil || !st.aws.Installed() || !needsStandIn(sv) {
		return
	}
	where := map[string]string{} // what names a port first
	found := func(text, at string) {
		if port := standin.Named(text); port != "" && where[port] == "" {
			where[port] = at
		}
	}
	seen := map[string]bool{}
	for _, f := range sv.functions.List {
		for _, v := range f.Environment {
			found(v.Name+"="+v.Value, "the variable "+v.Name+" of "+f.ID)
		}
		if f.Launch == nil {
			continue
		}
		for _, folder := range f.Launch.Watched() {
			if !seen[folder] {
				seen[folder] = true
				searchSources(folder, found)
			}
		}
	}
	ports := slices.Sorted(maps.Keys(where))
	for _, port := range ports[:min(len(ports), maxAddresses)] {
		if st.aws.Also(port) {
			st.notes = append(st.notes, fmt.Sprintf("moto also answers at 127.0.0.1:%s, which %s names and where nothing else listens", port, where[port]))
		}
	}
}

// searchSources calls found with the lines of a folder's sources and their places, except comments,
// tests and packages.
func searchSources(folder string, found func(line, at string)) {
	n := 0
	_ = filepath.WalkDir(folder, func(name string, d iofs.DirEntry, err error) error { // a missing folder has no files
		switch {
		case err != nil:
			return nil
		case d.IsDir():
			if name != folder && (strings.HasPrefix(d.Name(), ".") || slices.Contains(functions.Unwatched, d.Name()) || d.Name() == "test" || d.Name() == "tests") {
				return iofs.SkipDir
			}
			return nil
		case !slices.Contains(sourceEndings, filepath.Ext(name)):
			return nil
		}
		if n++; n > maxSourceFiles {
			return iofs.SkipAll
		}
		data, err := document.ReadFileUpTo(name, maxSourceSize)
		if err != nil {
			return nil
		}
		line := 0
		for text := range strings.Lines(string(data)) {
			line++
			if text = strings.TrimSpace(text); strings.Contains(text, "://") && !strings.HasPrefix(text, "//") && !strings.HasPrefix(text, "#") {
				found(text, fmt.Sprintf("%s:%d", fromHere(name), line))
			}
		}
		return nil
	})
}

// fromHere is the path of a file for people: relative to the current folder, if it is in that.
func fromHere(name string) string {
	here, err := filepath.Abs(".")
	if err != nil {
		return name
	}
	if rel, err := filepath.Rel(here, name); err == nil && filepath.IsLocal(rel) {
		return rel
	}
	return name
}
