package runtimes

import (
	"fmt"
	"path/filepath"

	"example.com/guessing-game/src/apigw/sam"
)

func (f *Finder) ruby(fn *sam.Function, p *place, version string) (*Launch, error) {
	if !p.built && needsBuild(fn) {
		return nil, missing("run sam build", "its BuildMethod is %s", fn.Code.BuildMethod)
	}
	i := f.onPath(f.rubyAt, "ruby"+version, "ruby")
	if i == nil {
		return nil, missing("", "Ruby %s is not on the path", version)
	}
	l := &Launch{
		Command: []string{i.path, filepath.Join(f.boot, "bootstrap.rb"), here()},
		Env:     map[string]string{"LAMBDA_RUNTIME_DIR": f.boot},
		How:     fmt.Sprintf("ruby%s in %s", i.version, p),
	}
	// The gems that bundle install --path vendor/bundle, and sam build, put next to the code.
	if gems := filepath.Join(p.dir, "vendor", "bundle", "ruby"); isDir(gems) {
		found, err := filepath.Glob(filepath.Join(gems, "*"))
		if err != nil {
			return nil, err
		}
		l.Env["GEM_PATH"] = join(append(found, f.o.Getenv("GEM_PATH"))...)
	}
	if i.version != version {
		l.Notes = append(l.Notes, fmt.Sprintf("Ruby %s runs it: %s is not installed", i.version, fn.Runtime))
	}
	return l, nil
}

// rubyAt is the Ruby of a path; nil if there is none that runs.
func (f *Finder) rubyAt(program string) *interpreter {
	return f.ask(program, "--disable-gems", "-rrbconfig", "-e", `puts RbConfig.ruby, RUBY_VERSION[/\d+\.\d+/]`)
}
