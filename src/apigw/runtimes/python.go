package runtimes

import (
	"fmt"
	"os"
	"path/filepath"

	"example.com/guessing-game/src/apigw/sam"
)

func (f *Finder) python(fn *sam.Function, p *place, version string) (*Launch, error) {
	if !p.built && needsBuild(fn) {
		return nil, missing("run sam build", "its BuildMethod is %s", fn.Code.BuildMethod)
	}
	l := &Launch{Env: f.bootstrapEnv()}
	i, venv := f.virtualEnvironment(p.source, fn.Code.Dir)
	if i == nil {
		if i = f.onPath(f.pythonAt, "python"+version, "python3", "python"); i == nil {
			return nil, missing("", "Python %s is not on the path", version)
		}
	}
	l.How = fmt.Sprintf("python%s in %s", i.version, p)
	if venv != "" {
		l.How += " with " + shown(venv)
		l.Env["VIRTUAL_ENV"] = venv
	}
	if i.version != version {
		l.Notes = append(l.Notes, fmt.Sprintf("Python %s runs it: %s is not installed", i.version, fn.Runtime))
	}
	l.Command = []string{i.path, "-u", filepath.Join(f.boot, "bootstrap.py"), here()}
	l.SDK = f.asksForSDK(p.dir)
	if !p.built && venv == "" {
		set := f.requirements(fn, p.source, i)
		if dir := f.need(l, set); dir != "" {
			l.beside = append(l.beside, dir)
			l.How += " with " + filepath.Base(set.from[0])
		}
	}
	for _, layer := range fn.Code.Layers {
		set := f.publicPython(layer.ARN, i)
		if file := layerRequirements(f.layer(fn, layer).manifests()); file != "" {
			set = listed(file, i, fn.Runtime)
		}
		if dir := f.need(l, set); dir != "" {
			l.included = append(l.included, dir)
		}
	}
	if l.SDK {
		if dir := f.need(l, f.sdkPython(i)); dir != "" {
			l.included = append(l.included, dir)
		}
	}
	return l, nil
}

// virtualEnvironment is the Python of a virtual environment in a folder, or in one above it up to
// the template's; nil if there is none.
func (f *Finder) virtualEnvironment(dir, top string) (*interpreter, string) {
	top, err := filepath.Abs(top)
	if err != nil {
		return nil, ""
	}
	for {
		for _, name := range []string{".venv", "venv"} {
			venv := filepath.Join(dir, name)
			if _, err := os.Stat(filepath.Join(venv, "pyvenv.cfg")); err != nil {
				continue
			}
			program := filepath.Join(venv, "bin", "python")
			if i := f.pythonAt(program); i != nil {
				return &interpreter{program, i.version}, venv // by its own path, from which it derives its packages
			}
		}
		rel, err := filepath.Rel(top, dir)
		if err != nil || rel == "." || !filepath.IsLocal(rel) {
			return nil, ""
		}
		dir = filepath.Dir(dir)
	}
}
