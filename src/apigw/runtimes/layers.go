package runtimes

import (
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
	var dirs []string
	for _, layer := range fn.Code.Layers {
		if layer.ID == "" && publicLayer(layer.ARN, kind) >= 0 && !f.o.NoInstall {
			continue // packages take its place
		}
		if adapterLayer(layer.ARN) && webServer(fn) {
			continue // our own adapter does
		}
		dir, note := f.layer(fn, layer)
		if note != "" {
			l.Notes = append(l.Notes, note)
		}
		if dir != "" {
			dirs = append(dirs, dir)
			l.Watch = append(l.Watch, dir)
		}
	}
	if len(dirs) == 0 {
		return
	}
	slices.Reverse(dirs)
	// in returns those of the folders that exist in some layer.
	in := func(folders ...string) (found []string) {
		for _, dir := range dirs {
			for _, folder := range folders {
				if path := filepath.Join(dir, filepath.FromSlash(folder)); isDir(path) {
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
			if !isDir(filepath.Join(dir, "python")) {
				paths = append(paths, dir)
			}
		}
		add("PYTHONPATH", paths)
	case "nodejs":
		add("NODE_PATH", in("nodejs/node"+version+"/node_modules", "nodejs/node_modules", "nodejs", "node_modules"))
		l.Command = append(l.Command, dirs...) // for what is imported from /opt
	case "ruby":
		add("GEM_PATH", in("ruby/gems/"+version+".0"))
		add("RUBYLIB", in("ruby/lib"))
	}
	if ext := in("extensions"); len(ext) > 0 {
		l.Notes = append(l.Notes, fmt.Sprintf("the Lambda extensions in %s are not run", shown(ext[0])))
	}
}

// layer finds the folder of a layer, or says why there is none.
func (f *Finder) layer(fn *sam.Function, layer sam.Layer) (dir, note string) {
	if layer.ID == "" {
		name := layer.ARN
		if a, err := arn.Parse(layer.ARN); err == nil {
			name = strings.TrimPrefix(a.Resource, "layer:")
		}
		return "", fmt.Sprintf("the layer %s is not on this machine", name)
	}
	source := filepath.Join(fn.Code.Dir, layer.URI)
	if filepath.IsAbs(layer.URI) {
		source = layer.URI
	}
	b := f.samBuild(fn.Code.Dir)
	if made := b.folder(layer.ID); made != "" && !(layer.URI != "" && isDir(source) && b.olderThan(source)) {
		return made, ""
	}
	source, err := filepath.Abs(source)
	switch {
	case layer.URI == "" || strings.Contains(layer.URI, "://") || err != nil:
		return "", fmt.Sprintf("the layer %s is not on this machine", layer.ID)
	case isFile(source):
		dir, err := f.unpack(source)
		if err != nil {
			return "", fmt.Sprintf("the layer %s cannot be unpacked from %s: %v", layer.ID, shown(source), err)
		}
		return dir, ""
	case !isDir(source):
		return "", fmt.Sprintf("the layer %s is missing: %s does not exist", layer.ID, shown(source))
	}
	return source, ""
}
