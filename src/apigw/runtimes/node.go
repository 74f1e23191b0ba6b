package runtimes

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"example.com/guessing-game/src/apigw/sam"
)

func (f *Finder) node(fn *sam.Function, p *place, version string) (*Launch, error) {
	i := f.onPath(f.nodeAt, "node", "nodejs")
	if i == nil {
		return nil, missing("", "Node.js is not on the path")
	}
	l := &Launch{Env: f.bootstrapEnv(), Dir: p.dir, How: fmt.Sprintf("node %s in %s", i.version, p)}
	method := fn.Code.BuildMethod
	typeScript := method == "" && handlerFile(p.dir, fn.Handler, ".js", ".mjs", ".cjs") == "" && handlerFile(p.dir, fn.Handler, ".ts", ".mts", ".cts", ".tsx") != ""
	bundled := !p.built && (method == "esbuild" || typeScript)
	if source, project := uncompiled(fn); source != nil && !p.built {
		in := *p
		in.dir, in.source = project, project
		fn, p, bundled, l.Handler = source, &in, true, source.Handler
	}
	listed, sdk := f.nodePackages(l, fn, p, i, bundled)
	sets := []*packageSet{listed, sdk}
	for _, layer := range fn.Code.Layers {
		sets = append(sets, nodeLayer(f.layer(fn, layer).manifests(), i.version))
	}
	for _, set := range sets {
		if dir := f.need(l, set); dir != "" {
			l.included = append(l.included, filepath.Join(dir, "node_modules"))
		}
	}
	install := l.Build
	if bundled {
		dir, build, err := f.esbuild(fn, p.source, l.included)
		if err != nil {
			return nil, err
		}
		l.Build = func(ctx context.Context) error {
			if install != nil {
				if err := install(ctx); err != nil {
					return err
				}
			}
			return build(ctx)
		}
		l.Dir, l.How = dir, fmt.Sprintf("node %s, bundled from %s", i.version, shown(p.source))
		l.Env["NODE_PATH"] = join(append(nodeModules(p.source, fn.Code.Dir), f.o.Getenv("NODE_PATH"))...)
		if sourceMaps, ok := fn.Code.BuildProperties["Sourcemap"].(bool); ok && sourceMaps {
			l.Env["NODE_OPTIONS"] = "--enable-source-maps"
		}
	} else if !p.built && needsBuild(fn) {
		return nil, missing("run sam build", "its BuildMethod is %s", method)
	}
	if i.version != version {
		l.Notes = append(l.Notes, fmt.Sprintf("Node.js %s runs it: %s is not installed", i.version, fn.Runtime))
	}
	l.Command = []string{i.path, filepath.Join(f.boot, "bootstrap.cjs"), here(), p.source, join(l.included...)}
	return l, nil
}

// nodePackagesArg is the index of the argument of the bootstrap for Node.js that lists the folders
// of packages where ES modules look.
const nodePackagesArg = 4

// nodeModules are the folders of packages that a folder's modules see, up to the template's.
func nodeModules(dir, top string) (all []string) {
	top, err := filepath.Abs(top)
	if err != nil {
		return nil
	}
	for {
		all = append(all, filepath.Join(dir, "node_modules"))
		if rel, err := filepath.Rel(top, dir); err != nil || rel == "." || strings.HasPrefix(rel, "..") {
			return all
		}
		dir = filepath.Dir(dir)
	}
}
