// Package functions are the functions of a project as they run on this machine, or at an Invoke
// endpoint: found, built, connected, invoked and restarted; and what a person sees of their logs.
package functions

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/pflag"
	"mvdan.cc/sh/v3/shell"

	"example.com/guessing-game/src/apigw/account"
	"example.com/guessing-game/src/apigw/cli"
	"example.com/guessing-game/src/apigw/document"
	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/gateway/mask"
	"example.com/guessing-game/src/apigw/invoke"
	"example.com/guessing-game/src/apigw/project"
	"example.com/guessing-game/src/apigw/runtimes"
	"example.com/guessing-game/src/apigw/sam"
	"example.com/guessing-game/src/apigw/standin"
)

// Flags are the flags for how functions are reached.
type Flags struct {
	Endpoint  string // of an Invoke API
	CPUShare  bool
	DebugPort int
	Debug     string // logical ID of the function to debug

	commands    []string
	concurrency int
	throttle    bool
	noInstall   bool
}

// patience is how long an invocation waits for a process if all are busy. A laptop runs fewer
// processes than Lambda has environments, so invocations wait as long as API Gateway would.
const patience = 30 * time.Second

// Register adds the flags that all commands which run functions have.
func (b *Flags) Register(f *pflag.FlagSet) {
	f.StringArrayVarP(&b.commands, "function", "f", nil, "run a function as child processes, as `ID=COMMAND`, or ID=FOLDER of a program in Go, which is built; repeat for each function")
	f.StringVar(&b.Endpoint, "lambda-endpoint", "", "invoke functions without a command at this Invoke endpoint `URL` (sam local start-lambda, AWS)")
	f.IntVar(&b.concurrency, "concurrency", invoke.DefaultConcurrency, "maximum `NUMBER` of processes for each function; further invocations wait")
	f.BoolVar(&b.noInstall, "no-install", false, "install no packages: run functions with those that are beside them or on this machine")
	f.BoolVar(&b.throttle, "throttle", false, "refuse invocations beyond --concurrency at once (429), as Lambda does, instead of queueing them")
}

// Set are the functions of a project. It is the gateway's Invoker.
type Set struct {
	List    []*Function
	StandIn *standin.Server // of AWS, which functions may call; nil if there is none

	byName map[string]*Function
	// elsewhere connects to a function that is known only by an ARN, by its name; nil if there is
	// no endpoint.
	elsewhere func(name string) *Function
	others    sync.Map // string → *function, of elsewhere
	builds    []*build
	building  context.Context    // of builds
	stop      context.CancelFunc // ends it; nil if there are no builds
}

var (
	_ gateway.Awaiter = (*Set)(nil)
	_ gateway.Invoker = (*Set)(nil)
	_ invoke.Function = (*Function)(nil)
)

// Function is one function and how it is reached; nil if it cannot be.
type Function struct {
	*sam.Function
	command []string         // of --function
	folder  string           // of --function: that of a program in Go
	Launch  *runtimes.Launch // how it runs without a command
	missing error            // why it cannot
	built   atomic.Pointer[build]
	Config  invoke.Config
	Host    *invoke.Host
	Remote  invoke.Function
	shown   *Log // shows its log to a person; nil if nobody reads it
	masker  *mask.Masker
}

// Surroundings are what functions get from the program that runs them.
type Surroundings struct {
	System   *cli.System
	Region   string
	Account  string
	Logs     io.Writer    // what functions log
	Shown    *Log         // shows it to a person, without the name; nil if logs takes it unchanged
	Masker   *mask.Masker // of logs
	Log      *slog.Logger
	Platform bool              // Lambda's own lines are logged too
	XRay     string            // address that segments are sent to, empty if nothing listens
	Say      func(text string) // reports what takes a while
	Client   *http.Client
}

// NewClient makes a client for an Invoke endpoint that keeps as many connections as there may be
// invocations at a time.
func NewClient() *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConns, t.MaxIdleConnsPerHost = 1000, 1000
	return &http.Client{Transport: t}
}

// New makes the functions of a project, and finds out how each one runs.
func (b *Flags) New(p *project.Project, w Surroundings) (*Set, error) {
	commands, err := cli.KeyValues("--function", b.commands)
	if err != nil {
		return nil, err
	}
	if b.Endpoint != "" {
		if err := (&invoke.Remote{Endpoint: b.Endpoint, Function: "any"}).Check(); err != nil {
			return nil, cli.Usagef("--lambda-endpoint: %v", err)
		}
	}
	if w.Say == nil {
		w.Say = func(text string) { fmt.Fprintln(w.System.Stderr, text) }
	}
	fs := &Set{byName: map[string]*Function{}}
	add := func(f *Function) {
		fs.List = append(fs.List, f)
		fs.byName[f.Name] = f
	}
	for _, f := range p.Functions {
		add(&Function{Function: f})
	}
	for _, id := range slices.Sorted(maps.Keys(commands)) {
		f := fs.Find(id)
		if f == nil && (p.Standalone || p.RefersTo(id)) {
			// It is named by its ARN, so its name need not be in the template: it may be of another
			// stack.
			f = &Function{Function: &sam.Function{ID: id, Name: id, Timeout: 30, Memory: 128}}
			add(f)
		}
		if f == nil {
			var ids []string
			for _, f := range fs.List {
				ids = append(ids, f.ID)
			}
			return nil, cli.Usagef("--function %s: %s has no such function; it has %s", id, p.File, strings.Join(ids, ", "))
		}
		words, err := shell.Fields(commands[id], w.System.Getenv)
		if err != nil {
			return nil, cli.Usagef("--function %s: %v", id, err)
		}
		if len(words) == 0 {
			return nil, cli.Usagef("--function %s: the command is empty", id)
		}
		if len(words) == 1 && isFolder(words[0]) {
			f.folder = words[0]
			continue
		}
		if _, err := exec.LookPath(words[0]); err != nil {
			return nil, fmt.Errorf("--function %s: the command %s cannot be started: %w", id, words[0], reason(err))
		}
		f.command = words
	}
	debug, err := b.debugged(fs)
	if err != nil {
		return nil, err
	}
	if err := b.findRuntimes(fs, w, debug); err != nil {
		return nil, err
	}
	if b.Endpoint != "" {
		fs.elsewhere = func(name string) *Function {
			return &Function{Function: &sam.Function{ID: name, Name: name}, Remote: b.remote(name, w)}
		}
	}
	return fs, nil
}

// Connect makes functions ready to be invoked. Functions of old that have not changed are taken
// over with their processes.
func (b *Flags) Connect(fs, old *Set, w Surroundings) error {
	for _, f := range fs.List {
		if err := b.connectOne(f, fs, old, w); err != nil {
			if old == nil {
				fs.Close()
			} else {
				fs.CloseUnless(old)
			}
			return err
		}
	}
	return nil
}

// remote reaches a function at the endpoint.
func (b *Flags) remote(name string, w Surroundings) *invoke.Remote {
	return &invoke.Remote{Endpoint: b.Endpoint, Function: name, Region: w.Region, Credentials: account.OfEnvironment(w.System.Getenv), Client: w.Client}
}

// debugged returns the function that --debug-port and --debug-function select; nil if none.
func (b *Flags) debugged(fs *Set) (*runtimes.Debug, error) {
	if b.DebugPort == 0 {
		if b.Debug != "" {
			return nil, cli.Usagef("--debug-function needs the port that a debugger attaches to: --debug-port PORT")
		}
		return nil, nil
	}
	var ids []string
	for _, f := range fs.List {
		ids = append(ids, f.ID)
	}
	id := b.Debug
	if id == "" && len(ids) == 1 {
		id = ids[0]
	}
	f := fs.Find(id)
	switch {
	case id == "":
		return nil, cli.Usagef("--debug-port needs --debug-function FUNCTION, one of %s", strings.Join(ids, ", "))
	case f == nil:
		return nil, cli.Usagef("--debug-function %s: there is no such function; there are %s", id, strings.Join(ids, ", "))
	case f.command != nil:
		return nil, cli.Usagef("--debug-function %s: its command comes from --function; let that command start the debugger", id)
	}
	return &runtimes.Debug{Function: f.ID, Port: b.DebugPort}, nil
}

func isFolder(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

// reason is the cause at the bottom of an error of os/exec or os.
func reason(err error) error {
	var e *exec.Error
	if errors.As(err, &e) {
		return e.Err
	}
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

func (b *Flags) connectOne(f *Function, fs, old *Set, w Surroundings) error {
	if f.command == nil && (f.Launch == nil || f.missing != nil) {
		if b.Endpoint == "" || f.folder != "" {
			return nil
		}
		f.Remote = b.remote(f.Name, w)
		return nil
	}
	env := map[string]string{}
	for _, v := range f.Environment {
		env[v.Name] = onThisMachine.Replace(v.Value)
	}
	f.Config = invoke.Config{
		Name: f.Name, Command: f.command, Runtime: f.Runtime, Handler: f.Handler, Env: env,
		Timeout: time.Duration(f.Timeout) * time.Second, MemorySizeMB: f.Memory, CPUShare: b.CPUShare, Concurrency: b.concurrency, PerTenant: f.PerTenant,
		LogFormat: f.Logging.Format, LogLevel: f.Logging.Level, LogGroup: f.Logging.Group,
		Region: w.Region, AccountID: w.Account, XRayAddress: w.XRay,
		Environ: w.System.Environ, Logs: w.Logs, OwnLogs: !w.Platform, Logger: w.Log,
	}
	if f.command == nil {
		f.Config.Handler, f.Config.Runtime = cmp.Or(f.Launch.Handler, f.Handler), cmp.Or(f.Launch.Runtime, f.Runtime)
	}
	f.masker = w.Masker
	if w.Shown != nil {
		shown := *w.Shown
		if len(fs.List) > 1 {
			shown.name = f.ID
		}
		f.shown, f.Config.Logs = &shown, &shown
	}
	f.Config.Logs = masked(f.Config.Logs, w.Masker)
	if strings.HasPrefix(f.Config.Runtime, "provided") {
		f.Config.Runtime = ""
	}
	if f.command == nil {
		if f.Config.Debug = f.Launch.Debug != ""; f.Config.Debug {
			f.Config.Timeout = invoke.MaxTimeout
		}
		if f.Launch.Single {
			f.Config.Concurrency = 1
		}
		f.Config.Command, f.Config.Dir, f.Config.RuntimeEnv = f.Launch.Command, f.Launch.Dir, f.Launch.Env
		f.Config.Container, f.Config.Remove, f.Config.HostName = f.Launch.Container, f.Launch.Remove, f.Launch.HostName
	}
	if !b.throttle {
		f.Config.Patience = patience
	}
	if old != nil {
		if o := old.byName[f.Name]; o != nil && o.Host != nil && sameConfig(o.Config, f.Config) {
			f.Host = o.Host
			return nil
		}
	}
	host, err := invoke.NewHost(f.Config)
	if err != nil {
		return fmt.Errorf("%s: %w", f.Pos, err)
	}
	f.Host = host
	if f.Config.Debug { // so that a debugger can attach to it
		if err := f.await(context.Background()); err != nil {
			return err
		}
		return host.Start()
	}
	return nil
}

// onThisMachine makes the name under which containers reach this machine a name that resolves here.
var onThisMachine = strings.NewReplacer("://host.docker.internal", "://127.0.0.1")

// masked returns w with values hidden in the lines that one function logs; w itself if there is
// nothing to hide.
func masked(w io.Writer, m *mask.Masker) io.Writer {
	if m == nil || w == io.Discard {
		return w
	}
	return m.Log(w)
}

// sameConfig compares what a template or command line can change.
func sameConfig(a, b invoke.Config) bool {
	a.Logs, a.Logger, b.Logs, b.Logger = nil, nil, nil, nil
	return reflect.DeepEqual(a, b)
}

// Find returns a function by logical ID or name. One that neither the template nor a command names,
// such as that of a literal ARN, is looked up at the endpoint, if there is one.
func (fs *Set) Find(name string) *Function {
	if f := fs.byName[name]; f != nil {
		return f
	}
	for _, f := range fs.List {
		if f.ID == name {
			return f
		}
	}
	if fs.elsewhere == nil {
		return nil
	}
	f, ok := fs.others.Load(name)
	if !ok {
		f, _ = fs.others.LoadOrStore(name, fs.elsewhere(name))
	}
	return f.(*Function)
}

// Named returns the function that the arguments name, or the only one.
func (fs *Set) Named(args []string, file string) (*Function, error) {
	var ids []string
	for _, f := range fs.List {
		ids = append(ids, f.ID)
	}
	switch {
	case len(args) == 1 && fs.Find(args[0]) != nil:
		return fs.Find(args[0]), nil
	case len(args) == 1:
		return nil, cli.Usagef("%s: %s has no such function; it has %s", args[0], file, cmp.Or(strings.Join(ids, ", "), "none"))
	case len(ids) == 1:
		return fs.List[0], nil
	}
	return nil, cli.Usagef("which function? %s has %s", file, cmp.Or(strings.Join(ids, ", "), "none"))
}

// Qualified reports whether a function has a version or an alias: one of the template's, as after
// the first deployment. A function outside the template has them all.
func (fs *Set) Qualified(name, qualifier string) bool {
	f := fs.Find(name)
	return f == nil || f.Pos == (document.Position{}) || qualifier == "$LATEST" || slices.Contains(f.Qualifiers, qualifier)
}

// Reached describes where the function runs.
func (f *Function) Reached(endpoint string) string {
	switch {
	case f.Host != nil && f.command == nil:
		return f.Launch.How
	case f.Host != nil:
		return strings.Join(f.command, " ")
	case f.Remote != nil:
		return "at " + endpoint
	}
	return ""
}

// CloseUnless closes the hosts that next has not taken over.
func (fs *Set) CloseUnless(next *Set) {
	if fs.stop != nil {
		fs.stop()
	}
	for _, f := range fs.List {
		if f.Host != nil && !next.takes(f.Host) {
			f.Host.Close()
		}
	}
}

func (fs *Set) takes(h *invoke.Host) bool {
	return slices.ContainsFunc(fs.List, func(f *Function) bool { return f.Host == h })
}

// Close ends all builds and processes, within a second.
func (fs *Set) Close() {
	var wg sync.WaitGroup
	wg.Go(fs.endBuilds)
	for _, f := range fs.List {
		if f.Host != nil {
			wg.Go(func() { f.Host.Close() })
		}
	}
	wg.Wait()
}
