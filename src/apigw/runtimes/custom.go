package runtimes

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"example.com/guessing-game/src/apigw/sam"
)

// custom runs the bootstrap of a custom runtime.
func (f *Finder) custom(fn *sam.Function, p *place, version string) (*Launch, error) {
	program := filepath.Join(p.dir, "bootstrap")
	info, err := os.Stat(program)
	switch {
	case err != nil || !info.Mode().IsRegular():
		return nil, missing("run sam build", "there is no bootstrap in %s", shown(p.dir))
	case info.Mode()&0o111 == 0:
		return nil, missing(fmt.Sprintf("run chmod +x %s", shown(program)), "%s cannot be executed", shown(program))
	case runtime.GOOS != "linux" && !isScript(program):
		return nil, missing(giveCommand(fn), "%s is a program for Linux", shown(program))
	}
	return &Launch{Command: []string{program}, How: shown(program)}, nil
}
