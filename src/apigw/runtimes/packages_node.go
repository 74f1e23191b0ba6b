package runtimes

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/evanw/esbuild/pkg/api"

	"example.com/guessing-game/src/apigw/sam"
)

// nodeManifest is the part of package.json about packages.
type nodeManifest struct {
	Dependencies         map[string]string `json:"dependencies,omitempty"`
	OptionalDependencies map[string]string `json:"optionalDependencies,omitempty"`
	DevDependencies      map[string]string `json:"devDependencies,omitempty"`
	PeerDependencies     map[string]string `json:"peerDependencies,omitempty"`
	Overrides            json.RawMessage   `json:"overrides,omitempty"`
	Workspaces           json.RawMessage   `json:"workspaces,omitempty"`
}

// nodePackages returns the packages that a function imports and that no folder of packages
// contains: those that package.json lists, and those that Lambda's runtime includes.
func (f *Finder) nodePackages(l *Launch, fn *sam.Function, p *place, i *interpreter, bundled bool) (listed, sdk *packageSet) {
	var missing []string
	imports, dynamic := f.nodeImports(fn, p.dir)
	if webServer(fn) || dynamic { // its files do not show all that it imports
		if m, err := readNodeManifest(manifestAbove(p.source, fn.Code.Dir)); err == nil {
			imports = slices.Compact(slices.Sorted(slices.Values(append(imports, slices.Collect(maps.Keys(m.Dependencies))...))))
		}
	}
	for _, name := range imports {
		l.SDK = l.SDK || name == "aws-sdk" || strings.HasPrefix(name, "@aws-sdk/") || strings.HasPrefix(name, "@aws-lambda-powertools/")
		if !f.importable(name, p.dir) {
			missing = append(missing, name)
		}
	}
	if len(missing) == 0 {
		return nil, nil
	}
	if !p.built {
		listed = npmListed(p.source, fn.Code.Dir, missing, i.version, bundled)
	}
	wanted := map[string]string{}
	for _, name := range missing {
		if version := publicNode(name, fn.Code.Layers); version != "" {
			wanted[name] = version
		} else if strings.HasPrefix(name, "@aws-sdk/") {
			wanted[name] = "3"
		} else if strings.HasPrefix(name, "@smithy/") {
			wanted[name] = "*"
		} else if name == "aws-sdk" && older(nodeMajor(fn.Runtime), "18") {
			wanted[name] = "2"
		}
	}
	if listed != nil {
		manifest, _ := readNodeManifest(listed.from[0])
		maps.DeleteFunc(wanted, func(name, _ string) bool { return manifest.version(name, bundled) != "" })
	}
	if len(wanted) == 0 {
		return listed, nil
	}
	names := slices.Sorted(maps.Keys(wanted))
	return listed, &packageSet{
		what: "Lambda's Node.js runtime (" + strings.Join(names, ", ") + ")", kind: "node" + i.version,
		key: fmt.Append(nil, "sdk ", names), fix: pasted(slices.Concat([]string{"npm", "install", "--no-save"}, names)...),
		run: func(ctx context.Context, dir string) error { return npm(ctx, dir, nodeManifest{Dependencies: wanted}) },
	}
}

// nodeMajor is the major version of a runtime: 8 for nodejs8.10.
func nodeMajor(name string) string {
	_, version := runtimeOf(name)
	major, _, _ := strings.Cut(version, ".")
	return major
}

// nodeLayer returns the packages of a layer that must be built: those in its package.json, if
// they are missing; nil if there are none.
func nodeLayer(dir, version string) *packageSet {
	if dir == "" {
		return nil
	}
	for _, at := range []string{filepath.Join(dir, "nodejs"), dir} {
		m, err := readNodeManifest(filepath.Join(at, "package.json"))
		if err != nil {
			continue
		}
		for name := range m.Dependencies {
			if !isDir(filepath.Join(at, "node_modules", filepath.FromSlash(name))) {
				return npmListed(at, at, []string{name}, version, false)
			}
		}
	}
	return nil
}

// npmListed returns the packages of the nearest package.json, from a folder up to the template's,
// that lists one of the missing ones; nil if there is none.
func npmListed(dir, top string, missing []string, version string, bundled bool) *packageSet {
	var file string
	var m nodeManifest
	for _, modules := range nodeModules(dir, top) {
		at := filepath.Join(filepath.Dir(modules), "package.json")
		there, err := readNodeManifest(at)
		if err == nil && slices.ContainsFunc(missing, func(name string) bool { return there.version(name, bundled) != "" }) {
			file, m = at, there
			break
		}
	}
	if file == "" {
		return nil
	}
	project := filepath.Dir(file)
	install := []string{"npm", "install"}
	if there := shown(project); there != "." {
		install = append(install, "--prefix", there)
	}
	p := &packageSet{what: shown(file), kind: "node" + version, from: []string{file}, fix: pasted(install...)}
	p.key = fmt.Append(nil, version, bundled)
	files := map[string][]byte{}
	for _, name := range []string{"package.json", "package-lock.json", "npm-shrinkwrap.json"} {
		if data, err := readSource(filepath.Join(project, name), maxManifest); err == nil {
			files[name] = data
			p.key = append(append(p.key, '\n'), data...)
		}
	}
	local := m.absolute(project)
	if local {
		p.key = append(p.key, project...)
	}
	if !bundled || !slices.ContainsFunc(missing, func(name string) bool { return m.version(name, false) == "" && m.version(name, true) != "" }) {
		m.DevDependencies = nil
	}
	m.PeerDependencies = nil
	p.run = func(ctx context.Context, to string) error {
		if len(files) > 1 && !local && m.Workspaces == nil && m.DevDependencies == nil {
			// Exactly the locked versions, unless the lock does not fit.
			for name, data := range files {
				if err := os.WriteFile(filepath.Join(to, name), data, 0o600); err != nil {
					return err
				}
			}
			if err := runNPM(ctx, to, "ci"); err == nil || ctx.Err() != nil {
				return err
			}
			for name := range files {
				os.Remove(filepath.Join(to, name))
			}
		}
		m.Workspaces = nil
		return npm(ctx, to, m)
	}
	return p
}

// manifestAbove is the package.json of a folder, or of one above it up to the template's; empty
// if there is none.
func manifestAbove(dir, top string) string {
	for _, modules := range nodeModules(dir, top) {
		if file := filepath.Join(filepath.Dir(modules), "package.json"); isFile(file) {
			return file
		}
	}
	return ""
}

func readNodeManifest(file string) (m nodeManifest, err error) {
	data, err := readSource(file, maxManifest)
	if err == nil {
		err = json.Unmarshal(data, &m)
	}
	return m, err
}

// version returns the range that a manifest gives for a package; empty if it does not list it.
func (m *nodeManifest) version(name string, dev bool) string {
	for _, all := range []map[string]string{m.Dependencies, m.OptionalDependencies, m.PeerDependencies} {
		if v := all[name]; v != "" {
			return v
		}
	}
	if dev {
		return m.DevDependencies[name]
	}
	return ""
}

// absolute makes paths to packages next to a project absolute, and leaves out those of a
// workspace. It reports whether there are any.
func (m *nodeManifest) absolute(project string) (local bool) {
	for _, all := range []map[string]string{m.Dependencies, m.OptionalDependencies, m.DevDependencies} {
		for name, v := range all {
			kind, path, _ := strings.Cut(v, ":")
			switch {
			case kind == "file" || kind == "link":
				local, all[name] = true, "file:"+filepath.Join(project, filepath.FromSlash(path))
			case kind == "workspace":
				local = true
				delete(all, name)
			}
		}
	}
	return local
}

// npm installs the packages of a manifest into a folder.
func npm(ctx context.Context, dir string, m nodeManifest) error {
	data, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "package.json"), data, 0o600); err != nil {
		return err
	}
	if err := runNPM(ctx, dir, "install"); err != nil {
		return runNPM(ctx, dir, "install", "--legacy-peer-deps")
	}
	return nil
}

// runNPM runs npm without the packages' scripts.
func runNPM(ctx context.Context, dir, command string, more ...string) error {
	program, err := exec.LookPath("npm")
	if err != nil {
		return fmt.Errorf("npm is not on the path")
	}
	args := []string{command, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"}
	if command == "ci" {
		args = append(args, "--omit=dev")
	}
	return packageManager(ctx, dir, program, append(args, more...)...)
}

// maxDynamic bounds a file that is searched for dynamicImport.
const maxDynamic = 256 << 10

// dynamicImport matches an import of something that only the running program knows.
var dynamicImport = regexp.MustCompile(`\b(?:require|import)\(\s*[A-Za-z_$][\w$.]*\s*[,)+(]|\b(?:require|import)\(\s*` + "`" + `\$`)

// nodeImports returns the packages that a function imports, as far as its own files show. dynamic
// reports whether there may be more.
func (f *Finder) nodeImports(fn *sam.Function, dir string) (packages []string, dynamic bool) {
	entry := handlerFile(dir, fn.Handler, ".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".tsx", ".jsx")
	entries := texts(fn.Code.BuildProperties["EntryPoints"])
	if entry != "" {
		entries = []string{entry}
	}
	if len(entries) == 0 {
		return nil, false
	}
	found := map[string]bool{}
	options := api.BuildOptions{
		AbsWorkingDir: dir, Bundle: true, Platform: api.PlatformNode, Write: false, Outdir: dir, LogLevel: api.LogLevelSilent, Format: api.FormatESModule,
		Loader: map[string]api.Loader{".node": api.LoaderEmpty, ".html": api.LoaderText, ".graphql": api.LoaderText, ".sql": api.LoaderText},
		Plugins: []api.Plugin{{Name: "imports", Setup: func(build api.PluginBuild) {
			build.OnLoad(api.OnLoadOptions{Filter: `\.[cm]?[jt]sx?$`}, func(a api.OnLoadArgs) (api.OnLoadResult, error) {
				if data, err := readSource(a.Path, maxDynamic); err == nil && dynamicImport.Match(data) {
					f.mu.Lock()
					dynamic = true
					f.mu.Unlock()
				}
				return api.OnLoadResult{}, nil
			})
			type asked struct{}
			build.OnResolve(api.OnResolveOptions{Filter: `^[^./]`}, func(a api.OnResolveArgs) (api.OnResolveResult, error) {
				if _, again := a.PluginData.(asked); again || a.Kind == api.ResolveEntryPoint {
					return api.OnResolveResult{}, nil
				}
				r := build.Resolve(a.Path, api.ResolveOptions{Importer: a.Importer, ResolveDir: a.ResolveDir, Kind: a.Kind, PluginData: asked{}})
				if r.Path != "" && !r.External && !slices.Contains(strings.Split(filepath.ToSlash(r.Path), "/"), "node_modules") {
					return api.OnResolveResult{Path: r.Path}, nil // a file of the project, through the paths of its tsconfig.json
				}
				if name := packageName(a.Path); name != "" {
					f.mu.Lock()
					found[name] = true
					f.mu.Unlock()
				}
				return api.OnResolveResult{Path: a.Path, External: true}, nil
			})
		}}},
	}
	for _, e := range entries {
		options.EntryPoints = append(options.EntryPoints, "./"+filepath.ToSlash(filepath.Clean(e)))
	}
	api.Build(options) // Node.js will report what it cannot read
	return slices.Sorted(maps.Keys(found)), dynamic
}

// packageName is the package of an import: @aws-sdk/client-s3 for @aws-sdk/client-s3/dist; empty
// for a part of Node.js or anything else.
func packageName(path string) string {
	if strings.HasPrefix(path, "node:") || strings.ContainsAny(path, ":\\") {
		return ""
	}
	parts := strings.SplitN(path, "/", 3)
	if strings.HasPrefix(path, "@") {
		if len(parts) < 2 {
			return ""
		}
		return parts[0] + "/" + parts[1]
	}
	return parts[0]
}

// importable reports whether a package is in some node_modules from a folder up.
func (f *Finder) importable(name, dir string) bool {
	for at := dir; ; at = filepath.Dir(at) {
		if isDir(filepath.Join(at, "node_modules", filepath.FromSlash(name))) {
			return true
		}
		if at == filepath.Dir(at) {
			break
		}
	}
	for _, path := range filepath.SplitList(f.o.Getenv("NODE_PATH")) {
		if isDir(filepath.Join(path, filepath.FromSlash(name))) {
			return true
		}
	}
	return false
}
