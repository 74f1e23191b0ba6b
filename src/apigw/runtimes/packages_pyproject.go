package runtimes

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// pyproject returns the packages that the pyproject.toml of a folder, or of one above it up to
// top, lists. It is for projects without a requirements.txt, which they generate before a build.
// It is nil if there is none.
func pyproject(dir, top string, i *interpreter) *packageSet {
	top, err := filepath.Abs(top)
	if err != nil {
		return nil
	}
	for ; ; dir = filepath.Dir(dir) {
		file := filepath.Join(dir, "pyproject.toml")
		if isFile(file) {
			data, err := readSource(file, maxManifest)
			if err != nil {
				return nil
			}
			specs := pyprojectSpecs(string(data))
			if len(specs) == 0 {
				return nil
			}
			return &packageSet{
				what: shown(file), kind: "python" + i.version, from: []string{file}, key: fmt.Append(nil, i.version, " ", specs),
				fix: pasted(slices.Concat([]string{i.path, "-m", "pip", "install"}, specs)...),
				run: func(ctx context.Context, to string) error { return pip(ctx, dir, i, to, specs...) },
			}
		}
		if rel, err := filepath.Rel(top, dir); err != nil || rel == "." || !filepath.IsLocal(rel) {
			return nil
		}
	}
}

// pyprojectSpecs returns the dependencies of a project in pip's notation
// (https://packaging.python.org/en/latest/specifications/pyproject-toml/,
// https://python-poetry.org/docs/dependency-specification/).
func pyprojectSpecs(text string) []string {
	var project struct {
		Project struct{ Dependencies []string }
		Tool    struct {
			Poetry struct{ Dependencies map[string]any }
		}
	}
	if _, err := toml.Decode(text, &project); err != nil {
		return nil
	}
	specs := project.Project.Dependencies
	poetry := project.Tool.Poetry.Dependencies
	for _, name := range slices.Sorted(maps.Keys(poetry)) {
		if name == "python" {
			continue
		}
		version, _ := poetry[name].(string)
		if table, ok := poetry[name].(map[string]any); ok {
			if optional, _ := table["optional"].(bool); optional {
				continue
			}
			if version, ok = table["version"].(string); !ok {
				continue // a path or a repository
			}
			if extras := texts(table["extras"]); len(extras) > 0 {
				name += "[" + strings.Join(extras, ",") + "]"
			}
		}
		specs = append(specs, name+pipVersion(version))
	}
	// Anything else pip would take for one of its options, or for a file.
	return slices.DeleteFunc(specs, func(spec string) bool { return pythonPackage.FindString(spec) == "" })
}

// pipVersion returns a version of Poetry's in pip's notation. The upper bounds of ^ and ~ are
// left open.
func pipVersion(version string) string {
	switch version = strings.ReplaceAll(version, " ", ""); {
	case version == "" || version == "*":
		return ""
	case version[0] == '^' || version[0] == '~' && !strings.HasPrefix(version, "~="):
		return ">=" + version[1:]
	case version[0] >= '0' && version[0] <= '9':
		return "==" + version
	}
	return version
}
