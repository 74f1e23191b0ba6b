package runtimes

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"example.com/guessing-game/src/apigw/sam"
)

// layers puts the layers of a function on the paths that its runtime searches, as if they were at
// /opt (https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html). The last layer takes
// precedence.
func (f *Finder) layers(fn *sam.Function, l *Launch, kind, version string) {
	var dirs, builtDirs []string
	for _, layer := range fn.Code.Layers {
		if layer.ID == "" && publicLayer(layer.ARN, kind) >= 0 && !f.o.NoInstall {
			continue // packages take its place
		}
		if adapterLayer(layer.ARN) && webServer(fn) {
			continue // our own adapter does
		}
		found := f.layer(fn, layer)
		if found.note != "" {
			l.Notes = append(l.Notes, found.note)
		}
		if found.dir != "" {
			dirs = append(dirs, found.dir)
			l.Watch = append(l.Watch, found.source)
		}
		if found.build != nil {
			builtDirs = append(builtDirs, found.dir)
			next := l.Build
			l.Build, l.Installs = func(ctx context.Context) error {
				if err := f.made.layer(ctx, found.dir, found.source, found.build); err != nil {
					return fmt.Errorf("the layer %s: %w", layer.ID, err)
				}
				if next == nil {
					return nil
				}
				return next(ctx)
			}, false
		}
	}
	if len(dirs) == 0 {
		return
	}
	slices.Reverse(dirs)
	// in returns those of the folders that exist in some layer, or may exist once it is built.
	in := func(folders ...string) (found []string) {
		for _, dir := range dirs {
			for _, folder := range folders {
				if path := filepath.Join(dir, filepath.FromSlash(folder)); slices.Contains(builtDirs, dir) || isDir(path) {
					found = append(found, path)
				}
			}
		}
		return found
	}
	add := func(variable string, paths []string) {
		if len(paths) > 0 {
			l.Env[variable] = join(append(paths, l.Env[variable], f.o.Getenv(variable))...)
		}
	}
	add("PATH", in("bin"))
	add("LD_LIBRARY_PATH", in("lib"))
	switch kind {
	case "python":
		paths := in("python/lib/python"+version+"/site-packages", "python")
		for _, dir := range dirs { // one that must be built has its modules next to requirements.txt
			if !slices.Contains(builtDirs, dir) && !isDir(filepath.Join(dir, "python")) {
				paths = append(paths, dir)
			}
		}
		add("PYTHONPATH", paths)
	case "nodejs":
		paths := in("nodejs/node"+version+"/node_modules", "nodejs/node_modules", "nodejs", "node_modules")
		add("NODE_PATH", paths)
		for _, path := range paths { // ES modules do not read NODE_PATH
			if filepath.Base(path) == "node_modules" {
				l.Command[nodePackagesArg] = join(l.Command[nodePackagesArg], path)
			}
		}
		l.Command = append(l.Command, dirs...) // for what is imported from /opt
	case "java":
		for _, lib := range in("java/lib") {
			l.Env["CLASSPATH"] = join(l.Env["CLASSPATH"], filepath.Join(lib, "*"))
		}
	case "ruby":
		add("GEM_PATH", in("ruby/gems/"+version+".0"))
		add("RUBYLIB", in("ruby/lib"))
	}
	for _, dir := range dirs {
		if ext := filepath.Join(dir, "extensions"); isDir(ext) {
			l.Notes = append(l.Notes, fmt.Sprintf("the Lambda extensions in %s are not run", shown(ext)))
			break
		}
	}
}

// foundLayer is where a layer is on this machine.
type foundLayer struct {
	dir    string // empty if it is not
	source string // what dir is made of
	note   string // why it is not on this machine
	build  func(context.Context) error
}

// manifests is the folder with the lists of the packages that a layer needs and no build of its own
// installs; empty if there is none.
func (l foundLayer) manifests() string {
	if l.build != nil {
		return ""
	}
	return l.dir
}

// layer finds the folder of a layer, or says why there is none.
func (f *Finder) layer(fn *sam.Function, layer sam.Layer) foundLayer {
	at := func(dir string) foundLayer { return foundLayer{dir: dir, source: dir} }
	none := func(format string, args ...any) foundLayer { return foundLayer{note: fmt.Sprintf(format, args...)} }
	if layer.ID == "" {
		name := layer.ARN
		if a, err := arn.Parse(layer.ARN); err == nil {
			name = strings.TrimPrefix(a.Resource, "layer:")
		}
		return none("the layer %s is not on this machine", name)
	}
	source := filepath.Join(fn.Code.Dir, layer.URI)
	if filepath.IsAbs(layer.URI) {
		source = layer.URI
	}
	b := f.samBuild(fn.Code.Dir)
	if made := b.folder(layer.ID); made != "" && !(layer.URI != "" && isDir(source) && b.olderThan(source)) {
		return at(made)
	}
	source, err := filepath.Abs(source)
	switch {
	case layer.URI == "" || strings.Contains(layer.URI, "://") || err != nil:
		return none("the layer %s is not on this machine", layer.ID)
	case isFile(source):
		dir, err := f.unpack(source)
		if err != nil {
			return none("the layer %s cannot be unpacked from %s: %v", layer.ID, shown(source), err)
		}
		return at(dir)
	case !isDir(source):
		return none("the layer %s is missing: %s does not exist", layer.ID, shown(source))
	}
	if layer.BuildMethod == "makefile" {
		dir, build := f.make(source, layer.ID)
		if build == nil {
			return none("the layer %s is not built: its BuildMethod is makefile; run sam build", layer.ID)
		}
		return foundLayer{dir: dir, source: source, build: build}
	}
	return at(source)
}
