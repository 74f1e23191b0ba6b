// Package runtimes decides how a function of a template runs on this machine, without Docker and
// without flags: with which program, in which folder and with which variables besides those that
// Lambda sets.
//
// A function runs from sam build's output, if that is not older than its source, else from its
// source: Python, Node.js and Ruby by an interpreter of this machine under this package's own
// bootstrap, Go and TypeScript after a build, Java with AWS's runtime interface client, a custom
// runtime by its bootstrap, an image by Docker. If something is missing, the error is a [*Missing],
// with the command that installs it.
//
// The bootstraps pass events to handlers as Lambda's own runtimes do, which are open source: they
// find handlers the same way, and errors, logs and context objects have the same shapes
// (https://github.com/aws/aws-lambda-python-runtime-interface-client, …-nodejs-…, …-ruby-…).
package runtimes

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"example.com/guessing-game/src/apigw/sam"
)

// Launch is how to run a function.
type Launch struct {
	// Command starts a client of the Runtime API.
	Command []string
	// Dir is where it runs: the folder of the function's files, LAMBDA_TASK_ROOT.
	Dir string
	// Env are variables of the runtime, overridden by those of the function: search paths, and
	// what the bootstrap needs.
	Env map[string]string
	// Handler and Runtime are the function's here, if they differ from the template's: those of
	// an image.
	Handler, Runtime string
	// How says in a few words how the function runs.
	How string
	// Notes are for its owner: another version of an interpreter, missing layers.
	Notes []string
	// Build builds what Command runs; nil if nothing needs building. Its error contains the build's
	// output.
	Build func(context.Context) error
	// Installs says that Build only installs packages, which it reports itself.
	Installs bool
	// Project is the folder that Build builds as a whole, for every function in it; empty if each
	// has its own build.
	Project string
	// Debug is the configuration by which an editor (VS Code, in its launch.json) attaches to the
	// function; empty without [Options.Debug].
	Debug string
	// Container says that Command runs a container, Remove is the command that removes it, both
	// as in [invoke.Config], and HostName is the name by which it reaches this machine; empty for
	// 127.0.0.1.
	Container bool
	Remove    []string
	HostName  string
	// Watch are the folders of what the function runs.
	Watch []string
	// Single says that there may be only one process of it.
	Single bool
	// SDK says that the source imports AWS's SDK.
	SDK bool
	// Manifests are the files that list its packages: if one changes, the function must be found
	// again.
	Manifests []string

	beside   []string // folders of packages, which go before those of layers
	included []string // folders of what Lambda's runtime includes, which come last

	golang   bool                     // Command is a Go program
	packages atomic.Pointer[[]string] // the sources of its last build
}

// Watched returns the folders and files whose change restarts the function: Watch, and the
// sources of the last build.
func (l *Launch) Watched() []string {
	if made := l.packages.Load(); made != nil {
		return slices.Concat(l.Watch, *made)
	}
	return l.Watch
}

// Missing says why a function cannot run here.
type Missing struct {
	What string // what is missing, a sentence without its full stop
	Fix  string // what to do about it: "run COMMAND", with the one command that installs it
}

func (m *Missing) Error() string {
	if m.Fix == "" {
		return m.What
	}
	return m.What + "; " + m.Fix
}

func missing(fix, format string, args ...any) error {
	return &Missing{fmt.Sprintf(format, args...), fix}
}

// command is a build by a program, in a folder and with variables besides those of this program.
func command(dir string, env []string, name string, args ...string) func(context.Context) error {
	return func(ctx context.Context) error {
		cmd := exec.Command(name, args...)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
		if out, err := combined(ctx, cmd); err != nil {
			return fmt.Errorf("%s in %s: %w\n%s", strings.Join(append([]string{filepath.Base(name)}, args...), " "), shown(dir), err, strings.TrimSpace(string(out)))
		}
		return nil
	}
}

// Options configure a [Finder].
type Options struct {
	// Cache is the user's own folder for bootstraps, inline code and builds; apigw in the user's
	// cache folder if empty.
	Cache string
	// Getenv looks up variables of this program's environment; os.Getenv if nil.
	Getenv func(string) string
	// Debug is the function to start under a debugger; nil for none.
	Debug *Debug
	// Adapter is the command that runs the web server whose command follows it as a function.
	Adapter []string
	// Containers are names that are this machine's for functions in Python and Node.js, unless they
	// resolve.
	Containers []string
	// NoInstall means that no packages are installed.
	NoInstall bool
	// Say reports a task that takes a while; it may be nil.
	Say func(text string)
}

// Finder finds ways to run functions. It remembers what it learns about the machine.
type Finder struct {
	o        Options
	cache    string
	boot     string // folder of the bootstraps
	mu       sync.Mutex
	asked    map[string]*interpreter
	builds   map[string]*samBuild
	installs map[string]*sync.Once      // of packages, by their folder
	modules  map[string]bool            // whether a Python has one
	imported map[string]map[string]bool // by a folder of Python
	made     made
}

//go:embed bootstrap
var bootstraps embed.FS

// cacheDir is the folder for apigw's files: apigw in the user's cache folder.
func cacheDir() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("a folder for bootstraps of runtimes: %w", err)
	}
	return filepath.Join(dir, "apigw"), nil
}

// NewFinder writes the bootstraps into the cache, unless they are already there.
func NewFinder(o Options) (*Finder, error) {
	if o.Getenv == nil {
		o.Getenv = os.Getenv
	}
	if o.Say == nil {
		o.Say = func(string) {}
	}
	f := &Finder{o: o, cache: o.Cache, asked: map[string]*interpreter{}, builds: map[string]*samBuild{},
		installs: map[string]*sync.Once{}, modules: map[string]bool{}, imported: map[string]map[string]bool{}}
	if f.cache == "" {
		dir, err := cacheDir()
		if err != nil {
			return nil, err
		}
		f.cache = dir
	}
	entries, err := bootstraps.ReadDir("bootstrap")
	if err != nil {
		return nil, err
	}
	files, all := map[string][]byte{}, sha256.New()
	for _, e := range entries {
		data, err := bootstraps.ReadFile("bootstrap/" + e.Name())
		if err != nil {
			return nil, err
		}
		files[e.Name()] = data
		all.Write(data)
	}
	f.boot, err = f.keep("bootstrap", hex.EncodeToString(all.Sum(nil)[:8]), files)
	return f, err
}

// keep puts files into a cache folder that is named after their content.
func (f *Finder) keep(kind, name string, files map[string][]byte) (dir string, err error) {
	dir = filepath.Join(f.cache, kind, name)
	for file, data := range files {
		at := filepath.Join(dir, file)
		if old, err := os.ReadFile(at); err == nil && string(old) == string(data) {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(at), 0o700); err != nil {
			return "", err
		}
		if err := replace(at, data); err != nil {
			return "", err
		}
	}
	return dir, nil
}

// digest names the cache entry for a string.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}

// replace writes a file as a whole, so that nobody reads half of it.
func replace(name string, data []byte) error {
	temp, err := os.CreateTemp(filepath.Dir(name), ".new-*")
	if err != nil {
		return err
	}
	_, err = temp.Write(data)
	if err = errors.Join(err, temp.Close()); err == nil {
		err = os.Rename(temp.Name(), name)
	}
	if err != nil {
		os.Remove(temp.Name())
	}
	return err
}

// Find finds the way to run a function. The error is a *[Missing], except for unexpected failures.
func (f *Finder) Find(fn *sam.Function) (*Launch, error) {
	if fn.Code.Image != nil {
		return f.image(fn)
	}
	return f.find(fn, nil)
}

// find finds out how to run a function that is not an image; command starts its web server, if it
// is one and its handler does not.
func (f *Finder) find(fn *sam.Function, command []string) (*Launch, error) {
	kind, version := runtimeOf(fn.Runtime)
	start := starts[kind]
	switch {
	case fn.Runtime == "":
		return nil, missing(giveCommand(fn), "the template does not say how to run it")
	case start == nil:
		return nil, missing(giveCommand(fn), "the runtime %s is not supported", fn.Runtime)
	}
	p, err := f.place(fn)
	if err != nil {
		return nil, err
	}
	l, err := start(f, fn, p, version)
	if err != nil {
		return nil, err
	}
	if p.build != nil {
		l.Build, l.How = p.build, l.How+" after "+p.how
	}
	l.Notes = append(p.notes, l.Notes...)
	l.Watch = append(l.Watch, p.watch...)
	if l.Dir == "" {
		l.Dir = p.dir
	}
	f.layers(fn, l, kind, version)
	if variable := map[string]string{"python": "PYTHONPATH", "nodejs": "NODE_PATH"}[kind]; variable != "" {
		f.search(l, variable, l.beside, l.included)
	}
	if webServer(fn) {
		if f.o.Debug != nil && f.o.Debug.Function == fn.ID {
			return nil, missing("let "+fn.Handler+" start the debugger", "it is a web server of its own")
		}
		return l, f.serveWeb(fn, p, l, kind, command)
	}
	if wrapper := variable(fn, "AWS_LAMBDA_EXEC_WRAPPER"); wrapper != "" {
		l.Notes = append(l.Notes, "it runs without "+wrapper+", which AWS_LAMBDA_EXEC_WRAPPER names")
	}
	if l.How == "" {
		l.How = filepath.Base(l.Command[0]) + " in " + p.String()
	}
	return l, f.o.Debug.attach(fn, l, kind)
}

// starts holds a way to run a function for each kind of runtime.
var starts = map[string]func(f *Finder, fn *sam.Function, p *place, version string) (*Launch, error){
	"python":     (*Finder).python,
	"nodejs":     (*Finder).node,
	"provided":   (*Finder).custom,
	"go":         (*Finder).custom,
	"ruby":       (*Finder).ruby,
	"java":       (*Finder).java,
	"dotnet":     (*Finder).dotnet,
	"dotnetcore": (*Finder).dotnet,
}

// runtimeOf splits a runtime into kind and version: python3.12, nodejs20.x, java21,
// provided.al2023.
func runtimeOf(name string) (kind, version string) {
	i := strings.IndexAny(name, "0123456789.")
	if i < 0 {
		return name, ""
	}
	return name[:i], strings.TrimSuffix(name[i:], ".x")
}

// giveCommand is the advice that always works.
func giveCommand(fn *sam.Function) string {
	return fmt.Sprintf("pass --function %s=COMMAND", fn.ID)
}

// shown is the path of a folder or file for people: relative to the current folder, if it is in
// that.
func shown(name string) string {
	abs, err := filepath.Abs(name)
	if err != nil {
		return name
	}
	if rel, err := filepath.Rel(here(), abs); err == nil && filepath.IsLocal(rel) {
		return rel
	}
	return abs
}

// bootstrapEnv is the environment of the bootstraps for Python and Node.js.
func (f *Finder) bootstrapEnv() map[string]string {
	env := map[string]string{"LAMBDA_RUNTIME_DIR": f.boot}
	if len(f.o.Containers) > 0 {
		env["APIGW_CONTAINERS"] = strings.Join(f.o.Containers, ",")
	}
	return env
}

// here is the current folder; empty if it is gone.
func here() string {
	dir, err := os.Getwd()
	if err != nil {
		return ""
	}
	return dir
}

func isDir(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

func isFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}

// join makes a search path of the folders that are not empty.
func join(paths ...string) string {
	var all []string
	for _, p := range paths {
		if p != "" {
			all = append(all, p)
		}
	}
	return strings.Join(all, string(os.PathListSeparator))
}
