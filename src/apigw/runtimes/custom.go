package runtimes

import (
	"cmp"
	"os"
	"path/filepath"

	"example.com/guessing-game/src/apigw/sam"
)

// custom runs a custom runtime, or a program in Go: its bootstrap, or the result of go build.
func (f *Finder) custom(fn *sam.Function, p *place, version string) (*Launch, error) {
	name := "bootstrap"
	if kind, _ := runtimeOf(fn.Runtime); kind == "go" {
		name = filepath.FromSlash(cmp.Or(fn.Handler, name))
		p = goPlace(p, name)
	}
	program := filepath.Join(p.dir, name)
	info, err := os.Stat(program)
	there := err == nil && info.Mode().IsRegular()
	method := fn.Code.BuildMethod
	goSource := (method == "" || method == "go1.x") && isDir(p.source) && holdsMain(p.source)
	switch {
	case p.build != nil: // that makes it
		return &Launch{Command: []string{program}, How: "bootstrap"}, nil
	case goSource && (!there || !runsHere(program) || !p.built && newest(p.source).After(info.ModTime())):
		return f.golang(fn, p)
	case !p.built && method == "rust-cargolambda" || !there && method == "" && isFile(filepath.Join(p.source, "Cargo.toml")) && !isDir(filepath.Join(p.source, "target", "lambda")):
		return f.rust(fn, p)
	case !there && isDir(filepath.Join(p.source, "target", "lambda")): // as cargo lambda leaves it
		if found, err := filepath.Glob(filepath.Join(p.source, "target", "lambda", "*", "bootstrap")); err == nil && len(found) == 1 {
			return &Launch{Command: found, Dir: filepath.Dir(found[0]), How: shown(found[0]), Watch: []string{filepath.Dir(found[0])}}, nil
		}
	}
	switch {
	case !there:
		return nil, missing("run sam build", "there is no %s in %s", name, shown(p.dir))
	case info.Mode()&0o111 == 0:
		return nil, missing("run "+pasted("chmod", "+x", shown(program)), "%s cannot be executed", shown(program))
	case !runsHere(program):
		return nil, missing(giveCommand(fn), "%s is a program for Linux", shown(program))
	}
	return &Launch{Command: []string{program}, How: shown(program)}, nil
}

// goPlace is the place of a function for go1.x, whose handler is a program: if its folder has no
// package main, that is looked up where programs' sources often are, next to the program
// (api/main.go for api/main) or by its name (hello/main.go for bin/hello).
func goPlace(p *place, handler string) *place {
	if p.built || !isDir(p.source) || holdsMain(p.source) || !filepath.IsLocal(handler) {
		return p
	}
	name := filepath.Base(handler)
	for _, folder := range []string{filepath.Dir(handler), handler, name, filepath.Join("cmd", name)} {
		if dir := filepath.Join(p.source, folder); holdsMain(dir) {
			found := *p
			found.source = dir
			return &found
		}
	}
	return p
}
