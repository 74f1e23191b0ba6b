package runtimes

import (
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"example.com/guessing-game/src/apigw/sam"
)

// maxTSConfig bounds what is read of a tsconfig.json.
const maxTSConfig = 1 << 20

var tsOption = regexp.MustCompile(`"(outDir|rootDir)"\s*:\s*"([^"\\]+)"`)

// uncompiled returns a function whose handler is the output of tsc or a bundler that has not been
// run: its CodeUri or Handler leads into the outDir of a tsconfig.json or to dist (CodeUri: dist,
// or Handler: dist/app.handler). It is the same function with its TypeScript module as an entry
// point of esbuild, and the folder of the project. It is nil if the function is not of this kind.
//
// https://www.typescriptlang.org/tsconfig/#outDir
func uncompiled(fn *sam.Function) (source *sam.Function, project string) {
	kind, _ := runtimeOf(fn.Runtime)
	if kind != "nodejs" || fn.Code.BuildMethod != "" || fn.Code.URI == "" || strings.Contains(fn.Code.URI, "://") {
		return nil, ""
	}
	top, err := filepath.Abs(fn.Code.Dir)
	if err != nil {
		return nil, ""
	}
	code := filepath.Join(top, filepath.FromSlash(fn.Code.URI))
	if handlerFile(code, fn.Handler, ".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".tsx") != "" {
		return nil, ""
	}
	for project = code; ; project = filepath.Dir(project) {
		if rel, err := filepath.Rel(top, project); err != nil || !filepath.IsLocal(rel) {
			return nil, ""
		}
		made := filepath.Join(code, filepath.FromSlash(fn.Handler))
		root, handler := compiledFrom(project, made)
		if handler == "" {
			root, handler = bundledFrom(project, made)
		}
		if handler != "" {
			out := *fn
			out.Handler = handler
			entry := filepath.Join(root, handlerFile(filepath.Join(project, root), handler, ".ts", ".mts", ".cts", ".tsx"))
			out.Code.BuildProperties = map[string]any{"EntryPoints": []any{filepath.ToSlash(entry)}, "Outbase": filepath.ToSlash(root)}
			return &out, project
		}
	}
}

// compiledFrom finds the root of the TypeScript modules that the tsconfig.json of a project
// compiles, and the handler in it that becomes the given one; empty if it does not compile it.
func compiledFrom(project, handler string) (root, source string) {
	data, err := readSource(filepath.Join(project, "tsconfig.json"), maxTSConfig)
	if err != nil {
		return "", ""
	}
	options := map[string]string{}
	for _, m := range tsOption.FindAllStringSubmatch(string(data), -1) {
		options[m[1]] = filepath.FromSlash(m[2])
	}
	if options["outDir"] == "" {
		return "", ""
	}
	source, err = filepath.Rel(filepath.Join(project, options["outDir"]), handler)
	if err != nil || !filepath.IsLocal(source) {
		return "", ""
	}
	roots := []string{options["rootDir"]}
	if roots[0] == "" {
		roots = []string{commonRoot(project, filepath.Join(project, options["outDir"])), "src", "."}
	}
	for _, root := range roots {
		if filepath.IsLocal(root) && handlerFile(filepath.Join(project, root), source, ".ts", ".mts", ".cts", ".tsx") != "" {
			return root, filepath.ToSlash(source)
		}
	}
	return "", ""
}

// bundledFrom finds the root of the TypeScript module from which a bundler with its own
// configuration builds the given handler: the same name in src, or in the project itself, in
// place of dist; empty if there is none.
func bundledFrom(project, handler string) (root, source string) {
	rel, err := filepath.Rel(project, handler)
	if err != nil {
		return "", ""
	}
	out, source, _ := strings.Cut(filepath.ToSlash(rel), "/")
	if !slices.Contains([]string{"dist", "build", "built", "out", "lib"}, out) {
		return "", ""
	}
	for _, root := range []string{"src", "."} {
		if handlerFile(filepath.Join(project, root), source, ".ts", ".mts", ".cts", ".tsx") != "" {
			return root, source
		}
	}
	return "", ""
}

// commonRoot is the folder that all TypeScript modules of a project have in common, which tsc
// takes for the root if there is no rootDir.
func commonRoot(project, out string) string {
	root, seen := "", 0
	filepath.WalkDir(project, func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return nil
		case e.IsDir():
			if path != project && (path == out || strings.HasPrefix(e.Name(), ".") || slices.Contains(generated, e.Name())) {
				return fs.SkipDir
			}
			return nil
		case !strings.HasSuffix(path, ".ts") && !strings.HasSuffix(path, ".tsx") || strings.HasSuffix(path, ".d.ts"):
			return nil
		}
		if seen++; seen > maxScanned {
			return fs.SkipAll
		}
		if root == "" {
			root = filepath.Dir(path)
		}
		for {
			if rel, err := filepath.Rel(root, path); err == nil && filepath.IsLocal(rel) || root == project {
				return nil
			}
			root = filepath.Dir(root)
		}
	})
	if rel, err := filepath.Rel(project, root); root != "" && err == nil {
		return rel
	}
	return "."
}
