package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	iofs "io/fs"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/uuid"
	"github.com/spf13/pflag"
	"mvdan.cc/sh/v3/shell"

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

// backend are the flags for how functions are reached.
type backend struct {
	commands    []string
	endpoint    string
	concurrency int
	throttle    bool
	cpuShare    bool
	debugPort   int
	debug       string // logical ID of the function to debug
	noInstall   bool
}

// patience is how long an invocation waits for a process if all are busy. A laptop runs fewer
// processes than Lambda has environments, so invocations wait as long as API Gateway would.
const patience = 30 * time.Second

func (b *backend) register(f *pflag.FlagSet) {
	f.StringArrayVarP(&b.commands, "function", "f", nil, "run a function as child processes, as `ID=COMMAND`, or ID=FOLDER of a program in Go, which is built; repeat for each function")
	f.StringVar(&b.endpoint, "lambda-endpoint", "", "invoke functions without a command at this Invoke endpoint `URL` (sam local start-lambda, AWS)")
	f.IntVar(&b.concurrency, "concurrency", invoke.DefaultConcurrency, "maximum `NUMBER` of processes for each function; further invocations wait")
	f.BoolVar(&b.noInstall, "no-install", false, "install no packages: run functions with those that are beside them or on this machine")
	f.BoolVar(&b.throttle, "throttle", false, "refuse invocations beyond --concurrency at once (429), as Lambda does, instead of queueing them")
}

// functions are the functions of a project. It is the gateway's Invoker.
type functions struct {
	byName map[string]*function
	list   []*function
	// elsewhere connects to a function that is known only by an ARN, by its name; nil if there is
	// no endpoint.
	elsewhere func(name string) *function
	others    sync.Map // string → *function, of elsewhere
	builds    []*build
	stop      context.CancelFunc // ends builds; nil if there are none
	aws       *standin.Server    // which functions may call; nil if there is none
}

// build builds the program of a function, or the programs of several functions whose project is
// built as a whole.
type build struct {
	of    []*function
	begin sync.Once
	run   func() error
	done  chan struct{}
	err   error // when done is closed
}

// start starts the build, unless it has started.
func (b *build) start() {
	b.begin.Do(func() {
		go func() {
			b.err = b.run()
			close(b.done)
		}()
	})
}

// reportKey is the key under which a request's context has the *reports to fill in, for the console
// and the traces.
type reportKey struct{}

// reports are the reports of a request's invocations: that of the authorizer and that of the
// integration, zero if there was none.
type reports struct {
	authorizer, integration invoke.Report
	log                     string // the end of what the integration's function wrote
	unseen                  []byte // what both wrote and the console has not shown, as it shows it
}

// function is one function and how it is reached; nil if it cannot be.
type function struct {
	*sam.Function
	command []string         // of --function
	folder  string           // of --function: that of a program in Go
	launch  *runtimes.Launch // how it runs without a command
	missing error            // why it cannot
	built   atomic.Pointer[build]
	config  invoke.Config
	host    *invoke.Host
	remote  invoke.Function
	shown   *functionLog // shows its log to a person; nil if nobody reads it
	masker  *mask.Masker
}

// surroundings are what functions get from the program that runs them.
type surroundings struct {
	sys      *cli.System
	source   *project.Source
	logs     io.Writer    // what functions log
	shown    *functionLog // shows it to a person, without the name; nil if logs takes it unchanged
	masker   *mask.Masker // of logs
	log      *slog.Logger
	platform bool              // Lambda's own lines are logged too
	xray     string            // address that segments are sent to, empty if nothing listens
	say      func(text string) // reports what takes a while
	client   *http.Client
}

// newClient makes a client for an Invoke endpoint that keeps as many connections as there may be
// invocations at a time.
func newClient() *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConns, t.MaxIdleConnsPerHost = 1000, 1000
	return &http.Client{Transport: t}
}

// credentials are those of the environment; nil if there are none, so that calls go unsigned.
func credentials(s *cli.System) aws.CredentialsProvider {
	key := s.Getenv("AWS_ACCESS_KEY_ID")
	if key == "" {
		return nil
	}
	c := aws.Credentials{AccessKeyID: key, SecretAccessKey: s.Getenv("AWS_SECRET_ACCESS_KEY"), SessionToken: s.Getenv("AWS_SESSION_TOKEN")}
	return aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return c, nil })
}

// newFunctions makes the functions of a project, and finds out how each one runs.
func (b *backend) newFunctions(p *project.Project, w surroundings) (*functions, error) {
	commands, err := cli.KeyValues("--function", b.commands)
	if err != nil {
		return nil, err
	}
	if b.endpoint != "" {
		if err := (&invoke.Remote{Endpoint: b.endpoint, Function: "any"}).Check(); err != nil {
			return nil, cli.Usagef("--lambda-endpoint: %v", err)
		}
	}
	if w.say == nil {
		w.say = func(text string) { fmt.Fprintln(w.sys.Stderr, text) }
	}
	fs := &functions{byName: map[string]*function{}}
	add := func(f *function) {
		fs.list = append(fs.list, f)
		fs.byName[f.Name] = f
	}
	for _, f := range p.Functions {
		add(&function{Function: f})
	}
	for _, id := range slices.Sorted(maps.Keys(commands)) {
		f := fs.find(id)
		if f == nil && (p.Standalone || p.RefersTo(id)) {
			// It is named by its ARN, so its name need not be in the template: it may be of another
			// stack.
			f = &function{Function: &sam.Function{ID: id, Name: id, Timeout: 30, Memory: 128}}
			add(f)
		}
		if f == nil {
			var ids []string
			for _, f := range fs.list {
				ids = append(ids, f.ID)
			}
			return nil, cli.Usagef("--function %s: %s has no such function; it has %s", id, p.File, strings.Join(ids, ", "))
		}
		words, err := shell.Fields(commands[id], w.sys.Getenv)
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
	if b.endpoint != "" {
		fs.elsewhere = func(name string) *function {
			return &function{Function: &sam.Function{ID: name, Name: name}, remote: b.remote(name, w)}
		}
	}
	return fs, nil
}

// connect makes functions ready to be invoked. Functions of old that have not changed are taken
// over with their processes.
func (b *backend) connect(fs, old *functions, w surroundings) error {
	for _, f := range fs.list {
		if err := b.connectOne(f, fs, old, w); err != nil {
			if old == nil {
				fs.close()
			} else {
				fs.closeUnless(old)
			}
			return err
		}
	}
	return nil
}

// remote reaches a function at the endpoint.
func (b *backend) remote(name string, w surroundings) *invoke.Remote {
	return &invoke.Remote{Endpoint: b.endpoint, Function: name, Region: w.source.Region, Credentials: credentials(w.sys), Client: w.client}
}

// debugged returns the function that --debug-port and --debug-function select; nil if none.
func (b *backend) debugged(fs *functions) (*runtimes.Debug, error) {
	if b.debugPort == 0 {
		if b.debug != "" {
			return nil, cli.Usagef("--debug-function needs the port that a debugger attaches to: --debug-port PORT")
		}
		return nil, nil
	}
	var ids []string
	for _, f := range fs.list {
		ids = append(ids, f.ID)
	}
	id := b.debug
	if id == "" && len(ids) == 1 {
		id = ids[0]
	}
	f := fs.find(id)
	switch {
	case id == "":
		return nil, cli.Usagef("--debug-port needs --debug-function FUNCTION, one of %s", strings.Join(ids, ", "))
	case f == nil:
		return nil, cli.Usagef("--debug-function %s: there is no such function; there are %s", id, strings.Join(ids, ", "))
	case f.command != nil:
		return nil, cli.Usagef("--debug-function %s: its command comes from --function; let that command start the debugger", id)
	}
	return &runtimes.Debug{Function: f.ID, Port: b.debugPort}, nil
}

// findRuntimes finds out how to run the functions that have no command, unless the endpoint runs
// them, and starts the builds they need.
func (b *backend) findRuntimes(fs *functions, w surroundings, debug *runtimes.Debug) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	finder, err := runtimes.NewFinder(runtimes.Options{Getenv: w.sys.Getenv, Say: w.say, Debug: debug, NoInstall: b.noInstall, Adapter: []string{self, adapterName}, Containers: standin.Containers})
	if err != nil {
		return err
	}
	built := map[string]*build{} // by project or function
	places := make(chan struct{}, runtime.NumCPU())
	ctx, stop := context.WithCancel(context.Background())
	fs.stop = stop
	for _, f := range fs.list {
		switch {
		case f.folder != "":
			f.launch, f.missing = finder.Go(f.Function, f.folder)
		case f.command == nil && b.endpoint == "":
			f.launch, f.missing = finder.Find(f.Function)
		}
		if f.missing == nil && f.launch != nil && f.launch.Build != nil {
			of := cmp.Or(f.launch.Project, f.ID)
			b := built[of]
			if b == nil {
				b = &build{done: make(chan struct{})}
				b.run = func() error {
					places <- struct{}{}
					defer func() { <-places }()
					err := b.of[0].build(ctx, w.say, b.of)
					if err != nil && ctx.Err() == nil {
						w.say(fmt.Sprintf("error: %s cannot be built: %v", idsOf(b.of), err))
					}
					return err
				}
				built[of] = b
				fs.builds = append(fs.builds, b)
			}
			b.of = append(b.of, f)
			f.built.Store(b)
		}
	}
	return nil
}

// build starts all builds, and waits for them for at most the given time.
func (fs *functions) build(wait time.Duration) {
	for _, b := range fs.builds {
		b.start()
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for _, b := range fs.builds {
		select {
		case <-b.done:
		case <-timer.C:
			return
		}
	}
}

// Await implements gateway.Awaiter.
func (fs *functions) Await(ctx context.Context, name string) {
	if f := fs.find(name); f != nil {
		_ = f.await(ctx) // Invoke says why it cannot be invoked
	}
	if fs.aws != nil {
		fs.aws.Await(ctx)
	}
}

// await waits until the function's program has been built. The error says why it has not.
func (f *function) await(ctx context.Context) error {
	b := f.built.Load()
	if b == nil {
		return nil
	}
	b.start()
	select {
	case <-b.done:
		return b.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// state reports whether the function's program is still being built, and why it does not run, as
// far as is known now.
func (f *function) state() (building bool, missing error) {
	b := f.built.Load()
	if b == nil || f.missing != nil {
		return false, f.missing
	}
	select {
	case <-b.done:
		return false, b.err
	default:
		return true, nil
	}
}

// build builds a program for all functions that run it.
func (f *function) build(ctx context.Context, say func(string), all []*function) error {
	names, begin := idsOf(all), time.Now()
	if f.launch.Installs {
		return f.launch.Build(ctx)
	}
	done := time.AfterFunc(quiet, func() { say(fmt.Sprintf("building %s: %s …", names, f.launch.How)) })
	defer done.Stop()
	if err := f.launch.Build(ctx); err != nil {
		return err
	}
	if took := time.Since(begin); took > quiet {
		say(fmt.Sprintf("%s ready, built in %.1f s", names, took.Seconds()))
	}
	return nil
}

func idsOf(all []*function) string {
	var ids []string
	for _, f := range all {
		ids = append(ids, f.ID)
	}
	return strings.Join(ids, ", ")
}

// quiet is how long a build may take before a line announces it.
const quiet = 300 * time.Millisecond

// restart replaces the processes of a function whose program has changed, after a build if one is
// needed.
func (f *function) restart(say func(string)) error {
	if f.launch != nil && f.launch.Build != nil {
		if err := f.build(context.Background(), say, []*function{f}); err != nil {
			return err
		}
		f.built.Store(nil) // whether or not the last build succeeded
	}
	f.host.Reload()
	return nil
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

func (b *backend) connectOne(f *function, fs, old *functions, w surroundings) error {
	if f.command == nil && (f.launch == nil || f.missing != nil) {
		if b.endpoint == "" || f.folder != "" {
			return nil
		}
		f.remote = b.remote(f.Name, w)
		return nil
	}
	env := map[string]string{}
	for _, v := range f.Environment {
		env[v.Name] = onThisMachine.Replace(v.Value)
	}
	f.config = invoke.Config{
		Name: f.Name, Command: f.command, Runtime: f.Runtime, Handler: f.Handler, Env: env,
		Timeout: time.Duration(f.Timeout) * time.Second, MemorySizeMB: f.Memory, CPUShare: b.cpuShare, Concurrency: b.concurrency, PerTenant: f.PerTenant,
		LogFormat: f.Logging.Format, LogLevel: f.Logging.Level, LogGroup: f.Logging.Group,
		Region: w.source.Region, AccountID: w.source.Account, XRayAddress: w.xray,
		Environ: w.sys.Environ, Logs: w.logs, OwnLogs: !w.platform, Logger: w.log,
	}
	if f.command == nil {
		f.config.Handler, f.config.Runtime = cmp.Or(f.launch.Handler, f.Handler), cmp.Or(f.launch.Runtime, f.Runtime)
	}
	f.masker = w.masker
	if w.shown != nil {
		shown := *w.shown
		if len(fs.list) > 1 {
			shown.name = f.ID
		}
		f.shown, f.config.Logs = &shown, &shown
	}
	f.config.Logs = masked(f.config.Logs, w.masker)
	if strings.HasPrefix(f.config.Runtime, "provided") {
		f.config.Runtime = ""
	}
	if f.command == nil {
		if f.config.Debug = f.launch.Debug != ""; f.config.Debug {
			f.config.Timeout = invoke.MaxTimeout
		}
		if f.launch.Single {
			f.config.Concurrency = 1
		}
		f.config.Command, f.config.Dir, f.config.RuntimeEnv = f.launch.Command, f.launch.Dir, f.launch.Env
		f.config.Container, f.config.Remove, f.config.HostName = f.launch.Container, f.launch.Remove, f.launch.HostName
	}
	if !b.throttle {
		f.config.Patience = patience
	}
	if old != nil {
		if o := old.byName[f.Name]; o != nil && o.host != nil && sameConfig(o.config, f.config) {
			f.host = o.host
			return nil
		}
	}
	host, err := invoke.NewHost(f.config)
	if err != nil {
		return fmt.Errorf("%s: %w", f.Pos, err)
	}
	f.host = host
	if f.config.Debug { // so that a debugger can attach to it
		if err := f.await(context.Background()); err != nil {
			return err
		}
		return host.Start()
	}
	return nil
}

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

// find returns a function by logical ID or name. One that neither the template nor a command names,
// such as that of a literal ARN, is looked up at the endpoint, if there is one.
func (fs *functions) find(name string) *function {
	if f := fs.byName[name]; f != nil {
		return f
	}
	for _, f := range fs.list {
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
	return f.(*function)
}

// qualified reports whether a function has a version or an alias: one of the template's, as after
// the first deployment. A function outside the template has them all.
func (fs *functions) qualified(name, qualifier string) bool {
	f := fs.find(name)
	return f == nil || f.Pos == (document.Position{}) || qualifier == "$LATEST" || slices.Contains(f.Qualifiers, qualifier)
}

// Invoke implements gateway.Invoker.
func (fs *functions) Invoke(ctx context.Context, in gateway.Invocation) (gateway.InvocationResult, error) {
	f := fs.find(in.Function)
	if f == nil {
		return gateway.InvocationResult{}, fmt.Errorf("there is no function %s here: if it belongs to another stack, pass --function %s=COMMAND", in.Function, in.Function)
	}
	call := invoke.Invocation{Payload: in.Payload, TraceHeader: in.TraceHeader, Qualifier: in.Qualifier, Stream: in.Stream, TenantID: in.TenantID}
	if in.Async {
		call.Type = invoke.Event
	}
	resp, err := f.reported(ctx, call, in.Authorizer != "")
	var refused *invoke.Error
	if errors.As(err, &refused) {
		err = &gateway.RefusedError{Status: refused.Status, Message: refused.Message, RequestID: uuid.NewString(), Err: err}
	}
	if err != nil {
		return gateway.InvocationResult{}, err
	}
	return gateway.InvocationResult{
		StatusCode: resp.StatusCode, Payload: resp.Payload, FunctionError: resp.FunctionError, ExecutedVersion: resp.ExecutedVersion,
		RequestID: resp.RequestID, TraceHeader: in.TraceHeader,
	}, nil
}

// reported invokes the function and fills in the reports of the request, if it has any.
func (f *function) reported(ctx context.Context, in invoke.Invocation, authorizes bool) (invoke.Response, error) {
	r, ok := ctx.Value(reportKey{}).(*reports)
	if !ok {
		return f.Invoke(ctx, in)
	}
	resp, log, unseen, err := f.invokeHeld(ctx, in, !authorizes)
	r.unseen = append(r.unseen, unseen...)
	if !authorizes {
		r.log = log
	}
	switch {
	case err != nil:
	case authorizes:
		r.authorizer = resp.Report
	default:
		r.integration = resp.Report
	}
	return resp, err
}

// invokeHeld invokes the function and holds what it writes meanwhile, if it runs here and is
// waited for: log is the end of what it wrote, unseen the part that the console has not shown, in
// its form. told says that the request's line reports the failure, if the function fails.
func (f *function) invokeHeld(ctx context.Context, in invoke.Invocation, told bool) (resp invoke.Response, log string, unseen []byte, err error) {
	if f.host == nil || in.Type != "" && in.Type != invoke.RequestResponse {
		resp, err = f.Invoke(ctx, in)
		return resp, "", nil, err
	}
	held := f.hold()
	in.Log = held
	resp, err = f.Invoke(ctx, in)
	log, unseen = held.end()
	if f.shown == nil {
		return resp, log, nil, err
	}
	if told && resp.FunctionError != "" && !f.shown.metrics {
		unseen = withoutError(unseen, f.masker.Text(gateway.FunctionError(resp.Payload)))
	}
	return resp, log, f.shown.append(nil, unseen), err
}

// hold is a log for an invocation of the function.
func (f *function) hold() *heldLog {
	if f.shown == nil {
		return hold(nil, f.masker)
	}
	early := *f.shown
	early.early = true
	return hold(&early, f.masker)
}

// Invoke invokes the function however it is reached.
func (f *function) Invoke(ctx context.Context, in invoke.Invocation) (invoke.Response, error) {
	missing := f.missing
	if missing == nil {
		missing = f.await(ctx)
	}
	switch {
	case missing != nil && f.remote == nil:
		return invoke.Response{}, fmt.Errorf("it does not run here: %w", missing)
	case f.host != nil:
		return f.host.Invoke(ctx, in)
	case f.remote != nil:
		return f.remote.Invoke(ctx, in)
	}
	return invoke.Response{}, fmt.Errorf("the function %s has no command; set one with --function %s=COMMAND, or pass --lambda-endpoint URL", f.ID, f.ID)
}

// reached describes where the function runs.
func (f *function) reached(endpoint string) string {
	switch {
	case f.host != nil && f.command == nil:
		return f.launch.How
	case f.host != nil:
		return strings.Join(f.command, " ")
	case f.remote != nil:
		return "at " + endpoint
	}
	return ""
}

// unwatched are folders that nobody edits by hand: those of package managers, builds and tools.
var unwatched = []string{"node_modules", "venv", "__pycache__", "cdk.out", "obj", "target"}

// maxWatched bounds how many files of a folder are watched.
const maxWatched = 20_000

// programs are the files that restart a function when they change: those of its command, and those
// in the folder of its code.
func (fs *functions) programs() map[string][]*function {
	all := map[string][]*function{}
	add := func(name string, f *function) {
		if abs, err := filepath.Abs(name); err == nil && !slices.Contains(all[abs], f) {
			all[abs] = append(all[abs], f)
		}
	}
	for _, f := range fs.list {
		var folders []string
		if f.command != nil && f.Code.URI != "" && !strings.Contains(f.Code.URI, "://") {
			folders = []string{filepath.Join(f.Code.Dir, f.Code.URI)}
		} else if f.launch != nil {
			folders = f.launch.Watched()
		}
		for _, folder := range folders {
			n := 0
			_ = filepath.WalkDir(folder, func(name string, d iofs.DirEntry, err error) error { // a missing folder has no files
				switch {
				case err != nil:
					return nil
				case d.IsDir() && name != folder && (strings.HasPrefix(d.Name(), ".") || slices.Contains(unwatched, d.Name())):
					return iofs.SkipDir
				case d.IsDir() || strings.HasSuffix(name, "_test.go"):
					return nil
				}
				if n++; n > maxWatched {
					return iofs.SkipAll
				}
				add(name, f)
				return nil
			})
		}
		for i, word := range f.command {
			if i == 0 {
				if found, err := exec.LookPath(word); err == nil {
					word = found
				}
			}
			if info, err := os.Stat(word); err == nil && info.Mode().IsRegular() {
				add(word, f)
			}
		}
	}
	return all
}

// closeUnless closes the hosts that next has not taken over.
func (fs *functions) closeUnless(next *functions) {
	if fs.stop != nil {
		fs.stop()
	}
	for _, f := range fs.list {
		if f.host != nil && !next.takes(f.host) {
			f.host.Close()
		}
	}
}

func (fs *functions) takes(h *invoke.Host) bool {
	return slices.ContainsFunc(fs.list, func(f *function) bool { return f.host == h })
}

// close ends all builds and processes, within a second.
func (fs *functions) close() {
	if fs.stop != nil {
		fs.stop()
	}
	var wg sync.WaitGroup
	for _, f := range fs.list {
		if f.host != nil {
			wg.Go(func() { f.host.Close() })
		}
	}
	wg.Wait()
}
