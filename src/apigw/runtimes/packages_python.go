package runtimes

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"example.com/guessing-game/src/apigw/sam"

	"example.com/guessing-game/src/apigw/invoke"
)

// pythonModules are the modules of Python's standard library, in any version that Lambda has.
//
//go:embed python_modules.txt
var pythonModules string

var (
	pythonImport  = regexp.MustCompile(`^\s*(?:from\s+([A-Za-z_]\w*)[\w.]*\s+import\b|import\s+(.+))`)
	pythonPackage = regexp.MustCompile(`^[A-Za-z0-9][\w.-]*(?:\[[^\]]*\])?`)
)

// imports returns the modules, of neither Python nor the folder itself, that the files of a
// folder import. A folder is searched once, since it may belong to many functions.
func (f *Finder) imports(dir string) map[string]bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if found, known := f.imported[dir]; known {
		return found
	}
	found := map[string]bool{}
	f.imported[dir] = found
	own := func(name string) bool {
		return isDir(filepath.Join(dir, name)) || isFile(filepath.Join(dir, name+".py")) || strings.Contains(pythonModules, "\n"+name+"\n")
	}
	scan(dir, ".py", func(line string) {
		m := pythonImport.FindStringSubmatch(line)
		if m == nil {
			return
		}
		names := []string{m[1]}
		if m[2] != "" {
			names = strings.Split(m[2], ",")
		}
		for _, name := range names {
			name, _, _ = strings.Cut(strings.TrimSpace(name), " ")
			name, _, _ = strings.Cut(name, ".")
			if name != "" && !own(name) {
				found[name] = true
			}
		}
	})
	return found
}

// pythonBrings are the packages that Lambda's runtime includes.
var pythonBrings = []string{"boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six"}

// requirements returns what the requirements.txt of a function's folder lists; nil if that is
// nothing, or nothing that the folder imports. Without such a file it is what pyproject.toml lists,
// there or above, up to the template's folder; else what a requirements.txt above lists, if the
// function imports something that nothing else has.
func (f *Finder) requirements(fn *sam.Function, dir string, i *interpreter) *packageSet {
	file, top, runtime := filepath.Join(dir, "requirements.txt"), fn.Code.Dir, fn.Runtime
	_, names := requirementFile(file)
	for name := range f.imports(dir) {
		if !slices.Contains(pythonBrings, name) || slices.Contains(names, name) {
			if isFile(file) {
				return listed(file, i, runtime)
			}
			if project := pyproject(dir, top, i); project != nil {
				return project
			}
			if above := fileAbove(dir, top, "requirements.txt"); above != "" && f.lacks(fn, dir, i) {
				return listed(above, i, runtime)
			}
			return nil
		}
	}
	return nil
}

// lacks reports whether a function imports a module that neither Python nor a layer of the template
// nor the template's folder has.
func (f *Finder) lacks(fn *sam.Function, dir string, i *interpreter) bool {
	layers := []string{fn.Code.Dir}
	for _, layer := range fn.Code.Layers {
		if found := f.layer(fn, layer); found.build != nil {
			return false // what it will have is not known yet
		} else if found.dir != "" {
			layers = append(layers, found.dir, filepath.Join(found.dir, "python"))
		}
	}
	for name := range f.imports(dir) {
		there := slices.ContainsFunc(layers, func(layer string) bool {
			return isDir(filepath.Join(layer, name)) || isFile(filepath.Join(layer, name+".py"))
		})
		if !there && !slices.Contains(pythonBrings, name) && !f.hasModule(i, name) {
			return true
		}
	}
	return false
}

// fileAbove is the file of this name in the nearest folder above a folder, up to the folder top;
// empty if there is none.
func fileAbove(dir, top, name string) string {
	top, err := filepath.Abs(top)
	if err != nil {
		return ""
	}
	for {
		dir = filepath.Dir(dir)
		if rel, err := filepath.Rel(top, dir); err != nil || !filepath.IsLocal(rel) {
			return ""
		}
		if file := filepath.Join(dir, name); isFile(file) {
			return file
		}
	}
}

// layerRequirements is the list of the packages that a layer's folder is to be filled with: beside
// its folder python, or in it; empty if there is none, or if packages are there.
func layerRequirements(dir string) string {
	if dir == "" {
		return ""
	}
	for _, pattern := range []string{"*", "lib/python*/site-packages/*"} {
		if filled, err := filepath.Glob(filepath.Join(dir, "python", filepath.FromSlash(pattern)+".dist-info")); err != nil || len(filled) > 0 {
			return ""
		}
	}
	for _, at := range []string{dir, filepath.Join(dir, "python")} {
		if file := filepath.Join(at, "requirements.txt"); isFile(file) {
			return file
		}
	}
	return ""
}

// listed returns the packages of a list of requirements; nil if there are none.
func listed(file string, i *interpreter, runtime string) *packageSet {
	dir := filepath.Dir(file)
	key, names := requirementFile(file)
	if len(names) == 0 {
		return nil
	}
	p := &packageSet{
		what: shown(file), kind: "python" + i.version, from: []string{file},
		key: fmt.Appendf(nil, "%s\n%s\n%s", i.version, dir, key),
		fix: pasted(i.path, "-m", "pip", "install", "-r", shown(file)),
	}
	if !strings.Contains(key, "./") && !strings.Contains(key, "-e ") {
		p.key = fmt.Appendf(nil, "%s\n%s", i.version, key) // whatever folder it is in
	}
	p.run = func(ctx context.Context, to string) error {
		err := pip(ctx, dir, i, to, "-r", file)
		if err == nil || "python"+i.version == runtime || ctx.Err() != nil {
			return err
		}
		// A version pinned for another Python may have no build for this one.
		os.RemoveAll(to)
		if pip(ctx, dir, i, to, append([]string{"--only-binary=:all:"}, names...)...) != nil {
			return err
		}
		return nil
	}
	return p
}

// requirementFile returns the content of a list of requirements and of those that it includes,
// each once, and the packages that they name. All of them together have at most maxManifest bytes.
func requirementFile(file string) (string, []string) {
	var text strings.Builder
	var names []string
	read := map[string]bool{}
	var add func(file string, named bool)
	add = func(file string, named bool) {
		if read[file] || len(read) >= maxScanned {
			return
		}
		read[file] = true
		data, err := readSource(file, int64(maxManifest-text.Len()))
		if err != nil {
			return
		}
		for line := range strings.Lines(string(data)) {
			line, _, _ = strings.Cut(strings.TrimSpace(line), " #")
			if line == "" || strings.HasPrefix(line, "#") {
				continue
			}
			text.WriteString(line + "\n")
			for _, option := range []string{"-r", "--requirement", "-c", "--constraint"} {
				if other, ok := strings.CutPrefix(line, option); ok && strings.TrimLeft(other, " =") != other {
					lists := strings.HasSuffix(option, "r") || strings.HasSuffix(option, "requirement")
					add(filepath.Join(filepath.Dir(file), strings.TrimLeft(other, " =")), named && lists)
				}
			}
			switch name := pythonPackage.FindString(line); {
			case !named:
			case name != "":
				names = append(names, name)
			case !strings.HasPrefix(line, "-") || strings.HasPrefix(line, "-e"):
				names = append(names, line)
			}
		}
	}
	add(file, true)
	return text.String(), names
}

// asksForSDK reports whether the files of a folder import boto3, or something that usually does.
func (f *Finder) asksForSDK(dir string) bool {
	found := f.imports(dir)
	return found["boto3"] || found["botocore"] || found["aws_lambda_powertools"]
}

// sdkPython is boto3, which Lambda's runtime includes, for a Python that lacks it.
func (f *Finder) sdkPython(i *interpreter) *packageSet {
	if f.hasModule(i, "boto3") {
		return nil
	}
	return &packageSet{
		what: "Lambda's Python runtime (boto3)", kind: "python" + i.version, key: []byte("boto3"), fix: pasted(i.path, "-m", "pip", "install", "boto3"),
		run: func(ctx context.Context, to string) error { return pip(ctx, "", i, to, "boto3") },
	}
}

// hasModule reports whether a Python has a module.
func (f *Finder) hasModule(i *interpreter, module string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	key := i.path + " " + module
	has, known := f.modules[key]
	if !known {
		ctx, cancel := context.WithTimeout(context.Background(), askTime)
		defer cancel()
		has = invoke.Run(ctx, exec.Command(i.path, "-c", "import sys, importlib.util as u; sys.exit(u.find_spec('"+module+"') is None)")) == nil
		f.modules[key] = has
	}
	return has
}

// pip installs packages into a folder.
func pip(ctx context.Context, dir string, i *interpreter, to string, what ...string) error {
	args := []string{"-m", "pip", "install", "--target", to, "--disable-pip-version-check", "--no-input", "--prefer-binary", "--quiet", "--retries", "1"}
	return packageManager(ctx, dir, i.path, append(args, what...)...)
}
