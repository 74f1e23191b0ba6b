package sam

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"example.com/guessing-game/src/apigw/document"
)

// An assembly is what cdk synth writes: a manifest, a template for each stack, and the files that
// they name as assets. https://docs.aws.amazon.com/cdk/v2/guide/deploy.html#deploy-how-synth-app

// manifest is manifest.json of an assembly, as far as it matters here.
type manifest struct {
	Artifacts map[string]struct {
		Type       string
		Properties struct {
			TemplateFile  string // of a stack
			StackName     string
			DirectoryName string // of an assembly within this one
		}
	}
}

// stack is a stack of an assembly.
type stack struct{ name, file string }

// maxAssemblies bounds how deep assemblies may be nested.
const maxAssemblies = 10

// stacks lists the stacks of an assembly and of those within it, in the order of their names.
func stacks(dir string, depth int) ([]stack, error) {
	name := filepath.Join(dir, "manifest.json")
	data, err := document.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %s", name, document.Reason(err))
	}
	var m manifest
	if err := json.Unmarshal(data, &m); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var ids []string
	for id := range m.Artifacts {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	var all []stack
	for _, id := range ids {
		a := m.Artifacts[id]
		switch {
		case a.Type == "aws:cloudformation:stack" && filepath.IsLocal(a.Properties.TemplateFile):
			if a.Properties.StackName != "" {
				id = a.Properties.StackName
			}
			all = append(all, stack{id, filepath.Join(dir, a.Properties.TemplateFile)})
		case a.Type == "cdk:cloud-assembly" && filepath.IsLocal(a.Properties.DirectoryName) && depth < maxAssemblies:
			inner, err := stacks(filepath.Join(dir, a.Properties.DirectoryName), depth+1)
			if err != nil {
				return nil, err
			}
			all = append(all, inner...)
		}
	}
	return all, nil
}

// ReadAssembly reads what cdk synth wrote into a folder: all stacks, each with the exports of the
// others. The error may be document.Problems.
func ReadAssembly(dir string, o Options) (*Template, error) {
	all, err := stacks(dir, 0)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s has no stacks", filepath.Join(dir, "manifest.json"))
	}
	o.Lenient = true
	imports := map[string]string{}
	for name, value := range o.Imports {
		imports[name] = value
	}
	read := func() (templates []*Template, problems document.Problems) {
		for _, s := range all {
			own := o
			own.Stack, own.Imports = s.name, imports
			t, err := Read(s.file, own)
			if ps, ok := err.(document.Problems); ok {
				problems = append(problems, ps...)
				continue
			}
			templates = append(templates, t)
		}
		return templates, problems
	}
	templates, problems := read()
	if len(templates) > 1 {
		known := len(imports)
		for _, t := range templates {
			for name, value := range t.exports {
				if _, given := imports[name]; !given {
					imports[name] = value
				}
			}
		}
		if len(imports) > known {
			templates, problems = read()
		}
	}
	whole := &Template{File: dir}
	for _, t := range templates {
		name, _, _ := strings.Cut(filepath.Base(t.File), ".")
		whole.take(t, name)
	}
	whole.Problems = append(whole.Problems, problems...)
	if len(whole.APIs)+len(whole.Functions) == 0 && len(problems) > 0 {
		return nil, problems
	}
	return whole, nil
}

// IsAssembly reports whether a folder is an output of cdk synth.
func IsAssembly(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "manifest.json"))
	return err == nil
}

// exports are the outputs that other stacks can import, by the names of their exports.
func (r *resolver) exports() map[string]string {
	noted := r.noted
	r.noted = nil
	defer func() { r.noted = noted }()
	all := map[string]string{}
	for _, output := range document.Pairs(r.outputs) {
		if name := r.plain(document.Get(output, "Export", "Name")); name != "" {
			if value := r.plain(document.Get(output, "Value")); value != "" {
				all[name] = value
			}
		}
	}
	return all
}
