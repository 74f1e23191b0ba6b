package runtimes

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"example.com/guessing-game/src/apigw/sam"
)

// dotnet runs a built executable that contains Amazon.Lambda.RuntimeSupport: its Handler is just
// the name of its assembly. Handlers in class libraries need a host that only Lambda has.
func (f *Finder) dotnet(fn *sam.Function, p *place, version string) (*Launch, error) {
	if strings.Contains(fn.Handler, "::") {
		return nil, missing("make it an executable with Amazon.Lambda.RuntimeSupport, or run it by sam local start-lambda --port 3011 and pass --lambda-endpoint http://127.0.0.1:3011",
			"its handler is in a class library, which only Lambda's own host loads")
	}
	dir := p.dir
	if !p.built {
		found, err := filepath.Glob(filepath.Join(p.source, "bin", "*", "*", "publish", fn.Handler+".dll"))
		if err != nil || len(found) == 0 {
			return nil, missing("run sam build", "there is no %s.dll in %s", fn.Handler, shown(p.dir))
		}
		dir = filepath.Dir(found[len(found)-1])
	}
	if program := filepath.Join(dir, "bootstrap"); isFile(program) && runsHere(program) { // compiled ahead of time
		return &Launch{Command: []string{program}, Dir: dir, How: shown(program)}, nil
	}
	assembly := filepath.Join(dir, fn.Handler+".dll")
	if _, err := os.Stat(assembly); err != nil {
		return nil, missing("run sam build", "there is no %s.dll in %s", fn.Handler, shown(dir))
	}
	program, err := exec.LookPath("dotnet")
	if err != nil {
		return nil, missing("", ".NET is not on the path")
	}
	return &Launch{Command: []string{program, assembly}, Dir: dir, How: "dotnet " + shown(assembly)}, nil
}
