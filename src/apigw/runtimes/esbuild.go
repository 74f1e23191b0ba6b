package runtimes

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
	"github.com/evanw/esbuild/pkg/cli"

	"example.com/guessing-game/src/apigw/sam"
)

// esbuild bundles a function as sam build does if its BuildMethod is esbuild, with esbuild's own
// library: it needs no node_modules; packages are folders of packages elsewhere. It returns the
// folder of the bundle, and the build.
//
// https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-using-build-typescript.html
func (f *Finder) esbuild(fn *sam.Function, source string, packages []string) (dir string, build func(context.Context) error, err error) {
	dir = filepath.Join(f.cache, "esbuild", digest(source), fn.ID)
	flags := esbuildFlags(fn.Code.BuildProperties)
	options, err := cli.ParseBuildOptions(append([]string{"--bundle", "--platform=node"}, flags...))
	if err != nil {
		return "", nil, missing("correct the BuildProperties in its Metadata", "esbuild rejects them: %v", err)
	}
	entries := texts(fn.Code.BuildProperties["EntryPoints"])
	if len(entries) == 0 {
		entry := handlerFile(source, fn.Handler, ".ts", ".mts", ".cts", ".tsx", ".js", ".mjs", ".cjs", ".jsx")
		if entry == "" {
			return "", nil, missing(giveCommand(fn), "its handler %s is not a file in %s", fn.Handler, shown(source))
		}
		entries = []string{entry}
		options.Outbase = source
	}
	options.EntryPoints, options.AbsWorkingDir, options.Outdir, options.Write = nil, source, dir, true
	handler := strings.TrimSuffix(fn.Handler, filepath.Ext(fn.Handler))
	for _, e := range entries {
		e = filepath.ToSlash(filepath.Clean(e))
		if above, ok := strings.CutSuffix("/"+strings.TrimSuffix(e, filepath.Ext(e)), "/"+handler); ok {
			options.Outbase = filepath.Join(source, above) // where the handler is looked up; sam build leaves the folder out of both
		}
		options.EntryPoints = append(options.EntryPoints, "./"+e)
	}
	if options.Target == api.DefaultTarget && len(options.Engines) == 0 {
		options.Target = api.ES2020
	}
	options.LogLevel, options.AllowOverwrite = api.LogLevelSilent, true
	options.Plugins = []api.Plugin{lenientPackages}
	options.NodePaths = append(options.NodePaths, packages...)
	return dir, func(context.Context) error {
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
		result := api.Build(options)
		if len(result.Errors) == 0 {
			return nil
		}
		formatted := api.FormatMessages(result.Errors, api.FormatMessagesOptions{Kind: api.ErrorMessage})
		return errors.New("esbuild: " + strings.TrimSpace(strings.Join(formatted, "")))
	}, nil
}

// lenientPackages leaves missing packages out of the bundle: those that Lambda's runtime includes,
// and those that the function may never load; and version 2 of AWS's SDK even if it is found. If
// the function loads one, the error names it.
var lenientPackages = api.Plugin{
	Name: "packages",
	Setup: func(build api.PluginBuild) {
		type asked struct{}
		build.OnResolve(api.OnResolveOptions{Filter: `^[^./]`}, func(a api.OnResolveArgs) (api.OnResolveResult, error) {
			if _, again := a.PluginData.(asked); again || a.Kind == api.ResolveEntryPoint {
				return api.OnResolveResult{}, nil
			}
			if a.Path == "aws-sdk" || strings.HasPrefix(a.Path, "aws-sdk/") { // which our bootstrap directs to endpoints when it is loaded
				return api.OnResolveResult{Path: a.Path, External: true}, nil
			}
			r := build.Resolve(a.Path, api.ResolveOptions{Importer: a.Importer, Namespace: a.Namespace, ResolveDir: a.ResolveDir, Kind: a.Kind, PluginData: asked{}})
			if len(r.Errors) > 0 {
				return api.OnResolveResult{Path: a.Path, External: true}, nil
			}
			return api.OnResolveResult{}, nil
		})
	},
}

// esbuildFlags are BuildProperties as flags of esbuild: MainFields: main,module is
// --main-fields=main,module.
func esbuildFlags(properties map[string]any) (flags []string) {
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		value := properties[name]
		if name == "EntryPoints" {
			continue
		}
		flag := "--"
		for i, r := range name {
			if r >= 'A' && r <= 'Z' {
				if i > 0 {
					flag += "-"
				}
				r += 'a' - 'A'
			}
			flag += string(r)
		}
		switch v := value.(type) {
		case bool:
			switch {
			case v:
				flags = append(flags, flag)
			case name == "SourcesContent":
				flags = append(flags, flag+"=false")
			}
		case []any:
			for _, item := range texts(v) {
				switch name {
				case "MainFields":
				default: // External, Loader, OutExtension: one flag for each item
					flags = append(flags, flag+":"+item)
				}
			}
			if name == "MainFields" {
				flags = append(flags, flag+"="+strings.Join(texts(v), ","))
			}
		case map[string]any:
			for _, key := range slices.Sorted(maps.Keys(v)) {
				flags = append(flags, fmt.Sprintf("%s:%s=%v", flag, key, v[key]))
			}
		default:
			flags = append(flags, fmt.Sprintf("%s=%v", flag, v))
		}
	}
	return flags
}

// texts returns the items of a list as strings.
func texts(list any) (all []string) {
	items, _ := list.([]any)
	for _, item := range items {
		all = append(all, fmt.Sprint(item))
	}
	return all
}

// handlerFile is the file, relative to a folder, that contains a Node.js handler, with one of the
// given endings; empty if there is none.
func handlerFile(dir, handler string, endings ...string) string {
	base := filepath.Base(handler)
	module, _, _ := strings.Cut(base, ".")
	name := filepath.Join(filepath.Dir(handler), module)
	for _, ending := range endings {
		if isFile(filepath.Join(dir, name+ending)) {
			return name + ending
		}
	}
	return ""
}
