package runtimes

import (
	"fmt"
	"path/filepath"

	"example.com/guessing-game/src/apigw/sam"
)

func (f *Finder) node(fn *sam.Function, p *place, version string) (*Launch, error) {
	if !p.built && needsBuild(fn) {
		return nil, missing("run sam build", "its BuildMethod is %s", fn.Code.BuildMethod)
	}
	l := &Launch{Env: map[string]string{"LAMBDA_RUNTIME_DIR": f.boot}}
	i := f.onPath(f.nodeAt, "node", "nodejs")
	if i == nil {
		return nil, missing("", "Node.js is not on the path")
	}
	l.How = fmt.Sprintf("node %s in %s", i.version, shown(p.dir))
	if i.version != version {
		l.Notes = append(l.Notes, fmt.Sprintf("Node.js %s runs it: %s is not here", i.version, fn.Runtime))
	}
	l.Command = []string{i.path, filepath.Join(f.boot, "bootstrap.cjs"), here()}
	return l, nil
}
