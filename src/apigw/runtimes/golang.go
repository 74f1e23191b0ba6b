package runtimes

import (
	"context"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"example.com/guessing-game/src/apigw/sam"
)

// Go finds out how to run a function whose Go program is in a folder, whatever code the template
// names.
func (f *Finder) Go(fn *sam.Function, dir string) (*Launch, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if !holdsMain(dir) {
		return nil, missing("", "%s does not hold package main of a program in Go", shown(dir))
	}
	l, err := f.golang(fn, &place{source: dir})
	if err != nil {
		return nil, err
	}
	return l, f.o.Debug.attach(fn, l, "go")
}

// golang runs a Go program: go build of the folder that holds package main.
func (f *Finder) golang(fn *sam.Function, p *place) (*Launch, error) {
	compiler, err := exec.LookPath("go")
	if err != nil {
		return nil, missing("", "Go is not on the path")
	}
	program := filepath.Join(f.cache, "go", digest(p.source), fn.ID)
	args := []string{"build", "-o", program}
	if f.o.Debug != nil && f.o.Debug.Function == fn.ID {
		args = append(args, "-gcflags=all=-N -l") // keeps every variable and line
	}
	root := moduleOf(p.source)
	rel, err := filepath.Rel(root, p.source)
	if err != nil {
		return nil, err
	}
	pkg := "./" + filepath.ToSlash(rel)
	l := &Launch{Command: []string{program}, Dir: p.source, How: "go build of " + shown(p.source), Watch: []string{p.source}, golang: true}
	l.Build = func(ctx context.Context) error {
		// Before the build, so that a package that does not compile is watched too.
		all := goPackages(ctx, compiler, root, pkg)
		if made := localSources(all); made != nil {
			l.packages.Store(&made)
		}
		args := slices.Clone(args)
		if overlay := f.leadGoSDK(all); overlay != "" {
			args = append(args, "-overlay", overlay)
		}
		return command(root, []string{"CGO_ENABLED=0"}, compiler, append(args, pkg)...)(ctx)
	}
	return l, nil
}

// moduleOf is the folder of the module that a folder belongs to, where go build has to run; the
// folder itself if there is none.
func moduleOf(dir string) string {
	for root := dir; ; root = filepath.Dir(root) {
		if isFile(filepath.Join(root, "go.mod")) {
			return root
		}
		if filepath.Dir(root) == root {
			return dir
		}
	}
}

// holdsMain reports whether a folder holds package main of a Go program.
func holdsMain(dir string) bool {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return false
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := readSource(file, maxScannedSize)
		if err != nil {
			continue
		}
		if parsed, err := parser.ParseFile(token.NewFileSet(), file, text, parser.PackageClauseOnly); err == nil && parsed.Name.Name == "main" {
			return true
		}
	}
	return false
}

// runsHere reports whether a program is built for this system, rather than for Lambda's Linux.
func runsHere(program string) bool {
	if runtime.GOOS == "linux" || isScript(program) {
		return true
	}
	file, err := os.Open(program)
	if err != nil {
		return false
	}
	defer file.Close()
	var magic [4]byte
	file.Read(magic[:])
	return string(magic[:]) != "\x7fELF"
}
