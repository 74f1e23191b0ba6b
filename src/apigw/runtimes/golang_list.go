package runtimes

import (
	"bytes"
	"context"
	"encoding/json"
	"os/exec"

	"example.com/guessing-game/src/apigw/invoke"
)

// goPackage is what go list says of a package.
type goPackage struct {
	Dir, Name string
	Imports   []string
	Module    *struct {
		Path, Dir, GoMod string
		Main             bool
		Replace          *struct{ Version string }
	}
}

// goPackages lists packages of a module and all that they import. It returns nil where go list
// fails: go build says why.
func goPackages(ctx context.Context, compiler, root string, patterns ...string) (all []goPackage) {
	cmd := exec.Command(compiler, append([]string{"list", "-e", "-deps", "-json=Dir,Name,Imports,Module"}, patterns...)...)
	var out bytes.Buffer
	cmd.Dir, cmd.Stdout = root, &out
	if invoke.Run(ctx, cmd) != nil {
		return nil
	}
	for listed := json.NewDecoder(&out); listed.More(); {
		var p goPackage
		if listed.Decode(&p) != nil {
			return nil
		}
		all = append(all, p)
	}
	return all
}

// localSources are the sources of a Go program on this machine: the folders of its packages, except
// those of downloaded modules, which never change, and the go.mod files next to them.
func localSources(all []goPackage) (paths []string) {
	for _, p := range all {
		if m := p.Module; m != nil && (m.Main || m.Replace != nil && m.Replace.Version == "") {
			paths = append(paths, p.Dir, m.GoMod)
		}
	}
	return paths
}
