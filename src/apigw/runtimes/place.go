package runtimes

import (
	"archive/zip"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"example.com/guessing-game/src/apigw/document"
	"example.com/guessing-game/src/apigw/sam"
)

// place is where a function's files are.
type place struct {
	dir    string // absolute
	source string // the folder of its source; the same as dir unless the files are built, unpacked or written out
	built  bool   // by sam build, or as it would
	name   string // the name that people know it by, if not dir
	notes  []string
	watch  []string

	how   string                      // the build that makes dir; empty if there is none
	build func(context.Context) error // nil if there is none
}

// place finds a function's files: what sam build made, if it is not older than the source, else the
// source.
func (f *Finder) place(fn *sam.Function) (*place, error) {
	c := fn.Code
	if c.Inline != "" {
		return f.inline(fn)
	}
	source, err := f.source(fn)
	b := f.samBuild(c.Dir)
	if made := b.folder(fn.ID); made != "" {
		switch {
		case err == nil && b.olderThan(source):
			if !needsBuild(fn) {
				return &place{dir: source, source: source, watch: []string{source},
					notes: []string{fmt.Sprintf("%s is older than %s, which runs instead; sam build renews it", shown(made), shown(source))}}, nil
			}
			return &place{dir: made, source: source, built: true, watch: []string{made},
				notes: []string{fmt.Sprintf("%s is older than %s; sam build renews it", shown(made), shown(source))}}, nil
		default:
			return &place{dir: made, source: source, built: true, watch: []string{made}}, nil
		}
	}
	if err != nil {
		return nil, err
	}
	if c.BuildMethod == "makefile" {
		return f.makefile(fn, source)
	}
	if isDir(source) {
		return &place{dir: source, source: source, watch: []string{source}}, nil
	}
	folder := filepath.Dir(source)
	p := &place{dir: folder, source: folder, watch: []string{folder}}
	switch strings.ToLower(filepath.Ext(source)) {
	case ".zip":
		if p.dir, err = f.unpack(source); err != nil {
			return nil, missing("", "%s cannot be unpacked: %v", shown(source), err)
		}
	case ".jar":
		p.dir = source
	}
	return p, nil
}

// needsBuild reports whether a function's source must be built before it runs.
func needsBuild(fn *sam.Function) bool {
	kind, _ := runtimeOf(fn.Runtime)
	switch kind {
	case "python", "nodejs", "ruby":
		return fn.Code.BuildMethod != "" && !strings.HasPrefix(fn.Code.BuildMethod, kind)
	}
	return true
}

// source is the folder or file of a function's CodeUri.
func (f *Finder) source(fn *sam.Function) (string, error) {
	uri := fn.Code.URI
	switch {
	case uri == "":
		return "", missing(giveCommand(fn), "the template does not say where its code is")
	case strings.Contains(uri, "://"):
		return "", missing(giveCommand(fn), "its code is at %s, not on this machine", uri)
	}
	source := uri
	if !filepath.IsAbs(uri) {
		source = filepath.Join(fn.Code.Dir, uri)
	}
	source, err := filepath.Abs(source)
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(source); err != nil {
		if project := javaProject(fn, source); project != "" {
			return project, nil
		}
		if _, project := uncompiled(fn); project != "" {
			return project, nil
		}
		return "", missing("build it first, or correct its CodeUri", "its code, %s, does not exist", shown(source))
	}
	return source, nil
}

// HandlerFile is the source file of a function's handler in Python or Node.js; empty if it is not
// on this machine, or in another language.
func HandlerFile(fn *sam.Function) string {
	if fn.Code.Image != nil {
		if fn = unpackImage(fn); fn == nil {
			return ""
		}
	}
	dir := fn.Code.URI
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(fn.Code.Dir, dir)
	}
	kind, _ := runtimeOf(fn.Runtime)
	switch kind {
	case "nodejs":
		if source, project := uncompiled(fn); source != nil {
			fn, dir = source, project
		}
		entries := texts(fn.Code.BuildProperties["EntryPoints"])
		if file := handlerFile(dir, fn.Handler, ".ts", ".mts", ".cts", ".tsx", ".js", ".mjs", ".cjs"); file != "" {
			return filepath.Join(dir, file)
		} else if len(entries) == 1 {
			return filepath.Join(dir, filepath.FromSlash(entries[0]))
		}
	case "python":
		module, _ := beforeLast(fn.Handler, ".")
		if file := filepath.Join(dir, filepath.FromSlash(strings.ReplaceAll(module, ".", "/"))+".py"); isFile(file) {
			return file
		}
	}
	return ""
}

// inline writes inline code to a file called index, as Lambda does.
func (f *Finder) inline(fn *sam.Function) (*place, error) {
	kind, _ := runtimeOf(fn.Runtime)
	extension := map[string]string{"python": ".py", "nodejs": ".js"}[kind]
	if extension == "" {
		return nil, missing(giveCommand(fn), "the runtime %s does not support inline code", fn.Runtime)
	}
	dir, err := f.keep("inline", digest(fn.Code.Inline), map[string][]byte{"index" + extension: []byte(fn.Code.Inline)})
	return &place{dir: dir, source: dir, name: "its inline code"}, err
}

// String returns the name that people know the files by.
func (p *place) String() string { return cmp.Or(p.name, shown(p.dir)) }

// Limits of an unpacked archive
// (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).
const (
	maxUnpackedBytes = 250 << 20
	maxUnpackedFiles = 100_000
	maxUnpackedName  = 4096 // bytes of a path: no more than Linux opens
)

// unpack unpacks a zip archive into the cache. A file that has not changed is unpacked once.
func (f *Finder) unpack(name string) (string, error) {
	info, err := os.Stat(name)
	if err != nil {
		return "", err
	}
	dir := filepath.Join(f.cache, "zip", digest(fmt.Sprint(name, info.ModTime().UnixNano(), info.Size())))
	if isDir(dir) {
		return dir, nil
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return "", err
	}
	temp, err := os.MkdirTemp(filepath.Dir(dir), ".new-*")
	if err != nil {
		return "", err
	}
	if err := unzip(name, temp); err != nil {
		return "", errors.Join(err, os.RemoveAll(temp))
	}
	if err := os.Rename(temp, dir); err != nil && !isDir(dir) {
		return "", err
	}
	return dir, nil
}

func unzip(name, dir string) error {
	r, err := zip.OpenReader(name)
	if err != nil {
		return err
	}
	defer r.Close()
	if len(r.File) > maxUnpackedFiles {
		return fmt.Errorf("it holds more than %d files", maxUnpackedFiles)
	}
	root, err := os.OpenRoot(dir) // keeps names such as ../x inside
	if err != nil {
		return err
	}
	defer root.Close()
	left := int64(maxUnpackedBytes)
	for _, file := range r.File {
		if len(file.Name) > maxUnpackedName {
			return fmt.Errorf("it holds a path of more than %d bytes", maxUnpackedName)
		}
		if strings.HasSuffix(file.Name, "/") {
			if err := root.MkdirAll(filepath.FromSlash(strings.TrimSuffix(file.Name, "/")), 0o755); err != nil {
				return err
			}
			continue
		}
		if !file.Mode().IsRegular() {
			continue
		}
		n, err := extract(root, file, left)
		if err != nil {
			return err
		}
		if left -= n; left <= 0 {
			return fmt.Errorf("it holds more than %d MB", maxUnpackedBytes>>20)
		}
	}
	return nil
}

func extract(root *os.Root, file *zip.File, limit int64) (n int64, err error) {
	name := filepath.FromSlash(file.Name)
	if err := root.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return 0, err
	}
	in, err := file.Open()
	if err != nil {
		return 0, err
	}
	defer in.Close()
	out, err := root.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, file.Mode().Perm()|0o600)
	if err != nil {
		return 0, err
	}
	n, err = io.Copy(out, io.LimitReader(in, limit))
	return n, errors.Join(err, out.Close())
}

// samBuild is the output of sam build for a template.
type samBuild struct {
	dir       string
	made      time.Time
	resources *yaml.Node
}

// samBuild reads .aws-sam/build: in the current folder, where sam build puts it, or next to the
// template.
func (f *Finder) samBuild(dir string) *samBuild {
	f.mu.Lock()
	defer f.mu.Unlock()
	if b, ok := f.builds[dir]; ok {
		return b
	}
	var b *samBuild
	for _, base := range []string{".", dir} {
		build := filepath.Join(base, ".aws-sam", "build")
		file := filepath.Join(build, "template.yaml")
		info, err := os.Stat(file)
		if err != nil {
			continue
		}
		data, err := document.ReadFile(file)
		if err != nil {
			continue
		}
		root, err := document.Parse(file, data, document.Options{Tag: func(n *yaml.Node) (*yaml.Node, *document.Problem) { return n, nil }})
		if err != nil {
			continue // one that cannot be read counts as none
		}
		if abs, err := filepath.Abs(build); err == nil {
			b = &samBuild{abs, info.ModTime(), document.Get(root, "Resources")}
			break
		}
	}
	f.builds[dir] = b
	return b
}

// property is a string among the properties of a resource in the built template.
func (b *samBuild) property(id, name string) string {
	if b == nil {
		return ""
	}
	if n := document.Get(b.resources, id, "Properties", name); n != nil && n.Kind == yaml.ScalarNode {
		return n.Value
	}
	return ""
}

// folder is sam build's output for a function or layer; empty if there is none. Functions with the
// same source share one.
func (b *samBuild) folder(id string) string {
	for _, property := range []string{"CodeUri", "ContentUri", "Code", "Content"} {
		if uri := b.property(id, property); uri != "" && !strings.Contains(uri, "://") {
			if dir := filepath.Join(b.dir, uri); isDir(dir) && dir != b.dir && !strings.HasPrefix(filepath.Clean(uri), "..") {
				return dir
			}
		}
	}
	return ""
}

// olderThan reports whether a file of the source was changed after the build.
func (b *samBuild) olderThan(source string) bool { return newest(source).After(b.made) }

// Generated lists the folders with generated or downloaded files rather than sources.
var generated = []string{"node_modules", "__pycache__", "venv", "target", "cdk.out", "coverage"}

// maxSources bounds how many files are examined to find the newest one.
const maxSources = 20_000

// newest is when a file in a folder was last changed, not counting hidden folders and Generated
// ones.
func newest(dir string) (last time.Time) {
	seen := 0
	filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return nil
		}
		if e.IsDir() {
			if path != dir && (strings.HasPrefix(e.Name(), ".") || slices.Contains(generated, e.Name())) {
				return fs.SkipDir
			}
			return nil
		}
		if seen++; seen > maxSources {
			return fs.SkipAll
		}
		if info, err := e.Info(); err == nil && info.ModTime().After(last) {
			last = info.ModTime()
		}
		return nil
	})
	return last
}
