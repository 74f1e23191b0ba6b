package runtimes

import (
	"crypto/sha256"
	"encoding/hex"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"example.com/guessing-game/src/apigw/sam"
)

// golang runs a program in Go: go build of the folder that holds package main.
func (f *Finder) golang(fn *sam.Function, p *place) (*Launch, error) {
	compiler, err := exec.LookPath("go")
	if err != nil {
		return nil, missing("", "Go is not on the path")
	}
	sum := sha256.Sum256([]byte(p.source))
	program := filepath.Join(f.cache, "go", hex.EncodeToString(sum[:8]), fn.ID)
	args := []string{"build", "-o", program}
	if f.o.Debug != nil && f.o.Debug.Function == fn.ID {
		args = append(args, "-gcflags=all=-N -l") // every variable and line is there
	}
	return &Launch{
		Command: []string{program}, Dir: p.source, How: "go build of " + shown(p.source), Watch: []string{p.source}, golang: true,
		Build: command(p.source, []string{"CGO_ENABLED=0"}, compiler, append(args, ".")...),
	}, nil
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
		if parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.PackageClauseOnly); err == nil && parsed.Name.Name == "main" {
			return true
		}
	}
	return false
}

// runsHere reports whether a program is one for this system, rather than for Lambda's Linux on
// another one.
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
