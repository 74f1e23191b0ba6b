package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"example.com/guessing-game/src/apigw/cli"
	"example.com/guessing-game/src/apigw/console"
	"example.com/guessing-game/src/apigw/document"
	"example.com/guessing-game/src/apigw/door"
	"example.com/guessing-game/src/apigw/explain"
	"example.com/guessing-game/src/apigw/functions"
	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/gateway/headernames"
	"example.com/guessing-game/src/apigw/gateway/mask"
	"example.com/guessing-game/src/apigw/project"
	"example.com/guessing-game/src/apigw/standin"
	"example.com/guessing-game/src/apigw/trace"
	"example.com/guessing-game/src/apigw/tracing"
	"example.com/guessing-game/src/apigw/upstream"
	"example.com/guessing-game/src/apigw/visible"
)

// Server timeouts. A REST request may wait 29 s for its function, and then for a slow client.
const (
	headerTimeout = 10 * time.Second
	readTimeout   = time.Minute
	writeTimeout  = 2 * time.Minute
	idleTimeout   = 2 * time.Minute
	// shutdownTime is how long requests in progress may take to end: a little longer than their
	// functions, so that everything ends within a second.
	shutdownTime = 500 * time.Millisecond
	// maxHeader bounds what net/http reads of a request's head; the gateway itself enforces API
	// Gateway's limit of 10,240 bytes.
	maxHeader = 64 << 10
)

// flagGroups are the groups in which help lists flags.
var flagGroups = []cli.FlagGroup{
	{Title: "Template and values", Names: []string{"template", "openapi", "api", "stage", "stage-variables", "parameter-overrides", "import", "env-vars", "region", "account", "profile",
		"lenient", "allow-outside", "config-file", "config-env"}},
	{Title: "Functions", Names: []string{"function", "lambda-endpoint", "no-install", "concurrency", "throttle", "cpu-share", "debug-port", "debug-function", "watch"}},
	{Title: "Services", Names: []string{"endpoint", "aws", "create", "no-stand-in"}},
	{Title: "Access", Names: []string{"authorizer", "disable-authorizer", "iam-user", "api-key", "no-throttling", "cache-invalidation", "strict-paths"}},
	{Title: "Ports", Names: []string{"port", "host", "lambda-port", "lambda-host", "trace-port", "trace-host", "xray-port", "xray-host"}},
	{Title: "Log", Names: []string{"log-level", "log-file", "platform-logs", "mask", "show-secrets"}},
	{Title: "As in sam local", Names: []string{"warm-containers", "docker-network"}},
}

// loopback is where everything listens unless another address is given.
const loopback = "127.0.0.1"

// starter is apigw start.
type starter struct {
	sys      *cli.System
	source   project.Source
	backend  functions.Flags
	services services

	host, lambdaHost, traceHost, xrayHost string
	port, lambdaPort, tracePort, xrayPort string
	level                                 string
	watch, showSecrets, strictPaths       bool
	platform                              bool           // show Lambda's own lines
	late                                  sync.WaitGroup // lines still to be written
	logFile                               string
	logTo                                 *os.File // what --log-file names, nil without it
	notes                                 []string // for the greeting
	xrayAddress                           string   // to which functions send segments, empty if nothing listens
	mask                                  []string
	masker                                *mask.Masker // of mask

	console *console.Console
	log     *slog.Logger
	client  *http.Client
	tracer  *tracing.Tracer // nil if nothing is traced
	sender  *upstream.Sender
	aws     *standin.Server // nil if AWS or another endpoint is called
	forFunc []string        // variables of functions, overriding those of the shell
	// out and err are standard output and standard error.
	out, err *console.Lines

	mu      sync.RWMutex
	current *serving
}

func newStart(s *cli.System) *cobra.Command {
	st := &starter{sys: s}
	cmd := &cobra.Command{
		Use:   "start [DIR]",
		Short: "Serve the REST APIs and functions of a template or document",
		Long: `Serve the REST APIs of a SAM template (or of a stand-alone OpenAPI document) with the functions behind them.

  --port         the REST API, under /STAGE/… as in AWS
  --lambda-port  the Lambda Invoke API: aws lambda invoke --endpoint-url URL --function-name NAME …
  --trace-port   the trace page, which shows every request
  --xray-port    UDP, where the X-Ray SDK of the functions sends its segments

0 picks a free port, off disables it.

All of them listen on this machine only. --host opens the REST API to the network; the others ask for no credentials, and are opened by
flags of their own (--lambda-host, --trace-host, --xray-host). They refuse web pages of other sites, and a Host header that is neither
an IP address, localhost nor the name given to one of these flags.

Every API has its own port; its paths are also served without the stage (--strict-paths returns 403 for them, as AWS does).

Functions run as in Lambda: a process for each concurrent invocation, started on demand, one event at a time over the Runtime API, with
the environment, timeout and memory of the template. Variables that are set in the environment of apigw override those of the template,
as with sam local. Each function runs by its runtime (python3, node, …), by a command or from a folder of Go (--function), or at an endpoint
(--lambda-endpoint).

What AWS would reject is reported, and nothing starts. What only apigw does not support returns 501, and the rest is served; values that
only a deployment knows have stand-ins. The greeting lists both.

With --watch, a saved template or document is served within a second without dropping a request (a broken one is reported, and the one
before stays), and a function whose code has changed is built again where it needs that, and restarted.

The flags of sam local start-api work under the same names, and so does samconfig.toml: [default.global.parameters],
[default.local_start_api.parameters] and, overriding them, [default.apigw.parameters].`,
		Example: `  apigw start --function HelloFunction=./bin/hello
  apigw start --function HelloFunction=./cmd/hello    # a folder of Go, built when you save
  apigw start -t sam/template.yaml --function Orders='python3 bootstrap.py app.handler' --watch
  apigw start --openapi api.yaml --stage dev --lambda-endpoint http://127.0.0.1:3001
  apigw start --authorizer Users=claims.json --authorizer AWS_IAM=off
  apigw start --port 0 --lambda-port off --trace-port off --xray-port off --log-level warn`,
		Args: cli.Takes(0, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				st.source.Dir = args[0]
			}
			notes, details, err := st.source.Configure(s, "local_start_api")
			if err != nil {
				return err
			}
			if st.level == "debug" {
				notes = append(notes, details...)
			}
			if !cmd.Flags().Changed("watch") {
				st.watch = console.IsTerminal(s.Stdout)
			}
			st.notes = notes
			return st.run(cmd.Context())
		},
	}
	f := cmd.Flags()
	st.source.Register(f)
	st.backend.Register(f)
	st.services.register(f)
	st.services.registerStandIn(f)
	st.services.registerCreate(f)
	f.StringVar(&st.host, "host", loopback, "`ADDRESS` of the REST API; 0.0.0.0 opens it to the network")
	f.StringVarP(&st.port, "port", "p", "3000", "`PORT` of the REST API; the other servers take those after it")
	f.StringVar(&st.lambdaPort, "lambda-port", "", "`PORT` of the Lambda Invoke API, or off (default: the REST API's + 1)")
	f.StringVar(&st.tracePort, "trace-port", "", "`PORT` of the trace page, or off (default: the REST API's + 2)")
	f.StringVar(&st.xrayPort, "xray-port", "", "UDP `PORT` for X-Ray segments, or off (default: 2000, or a free one)")
	f.StringVar(&st.lambdaHost, "lambda-host", loopback, "`ADDRESS` of the Lambda Invoke API, which asks for no credentials")
	f.StringVar(&st.traceHost, "trace-host", loopback, "`ADDRESS` of the trace page, which shows and repeats requests")
	f.StringVar(&st.xrayHost, "xray-host", loopback, "`ADDRESS` for X-Ray segments")
	f.BoolVar(&st.strictPaths, "strict-paths", false, "return 403 for paths without the stage, as AWS does")
	f.StringVar(&st.level, "log-level", "info", "log `LEVEL`: off, error, warn, info (a line for each request) or debug (every mapping step)")
	cli.OneOf(cmd, "log-level", levels...)
	f.StringVarP(&st.logFile, "log-file", "l", "", "`FILE` to which logs of functions and errors are appended")
	f.StringSliceVar(&st.mask, "mask", nil, "`NAMES` of JSON members, parameters and headers whose values logs and traces show as ***")
	f.BoolVar(&st.backend.CPUShare, "cpu-share", false, "limit each process to the CPU share and memory limit of its MemorySize (Linux, with control groups)")
	f.IntVarP(&st.backend.DebugPort, "debug-port", "d", 0, "start a function under a debugger that waits on this `PORT` until an editor attaches")
	f.StringVar(&st.backend.Debug, "debug-function", "", "`FUNCTION` to debug if there are several")
	f.BoolVar(&st.platform, "platform-logs", false, "show Lambda's own lines (START, END, REPORT) and metrics among those of functions")
	f.BoolVar(&st.watch, "watch", false, "reload saved documents, restart functions whose code changes (default: on in a terminal)")
	f.BoolVar(&st.showSecrets, "show-secrets", false, "show the values of Authorization, Cookie and x-api-key headers in logs and traces")
	st.source.RegisterSAM(f)
	return cmd
}

// levelOff is above every level.
const levelOff = slog.Level(100)

// levels are the values of --log-level.
var levels = []string{"off", "error", "warn", "info", "debug"}

func parseLevel(text string) (slog.Level, error) {
	if text == "off" {
		return levelOff, nil
	}
	var l slog.Level
	if err := l.UnmarshalText([]byte(text)); err != nil {
		return 0, cli.Usagef("--log-level %q: it must be off, error, warn, info or debug", text)
	}
	return l, nil
}

// leaveCPUs uses half of the CPUs: functions, which are processes, and clients need the others.
// With more threads than are busy, Go's scheduler wakes one and puts it to sleep again several
// times a request, since a request consists of short bursts of work. That would cost a third of
// the CPU time, and of the time that a single client waits. GOMAXPROCS in the environment
// overrides it.
func (st *starter) leaveCPUs() {
	if st.sys.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(min(runtime.GOMAXPROCS(0), (runtime.NumCPU()+1)/2))
	}
}

func (st *starter) run(ctx context.Context) error {
	st.leaveCPUs()
	level, err := parseLevel(st.level)
	if err != nil {
		return err
	}
	if err := st.ports(); err != nil {
		return err
	}
	if err := checkXRayHost(st.xrayHost); err != nil {
		return err
	}
	st.console, st.client = st.sys.Console(st.sys.Stderr), functions.NewClient()
	st.out, st.err = console.Both(st.sys.Stdout, st.sys.Stderr)
	defer st.out.Flush()
	defer st.err.Flush()
	st.masker = mask.New(st.mask)
	if st.logFile != "" {
		f, err := os.OpenFile(st.logFile, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
		if err != nil {
			return fmt.Errorf("--log-file %s: %s", st.logFile, document.Reason(err))
		}
		defer f.Close()
		st.logTo, st.err = f, console.NewLines(f)
		defer st.err.Flush()
	}
	st.log = slog.New(slog.NewTextHandler(st.masker.Records(st.err), &slog.HandlerOptions{Level: level}))
	begin := time.Now()
	if st.aws, err = st.standIn(); err != nil {
		return err
	}
	sys := st.sys
	if st.aws != nil {
		defer st.aws.Close()
		st.source.StandIn = st.aws.URL()
		st.forFunc = []string{"AWS_ENDPOINT_URL=" + st.source.StandIn}
		if st.aws.Installed() { // otherwise the advice for each service says more
			sys = st.sys.With(st.forFunc...)
		}
	}
	if st.sender, err = st.services.sender(ctx, sys, &st.backend); err != nil {
		return err
	}
	p, err := st.source.Load(st.sys)
	if err != nil {
		return st.source.Advised(st.sys, err)
	}
	if st.tracePort != "off" || st.xrayPort != "off" {
		st.tracer = tracing.New(st.log, st.masker)
	}
	sv, err := st.prepare(p)
	if err != nil {
		return st.source.Advised(st.sys, err)
	}
	ls, err := st.listen(ctx, len(p.Served))
	if err != nil {
		return err
	}
	defer ls.close()
	if ls.xray != nil {
		st.xrayAddress = ls.xray.Addr()
	}
	if st.tracer != nil && ls.lambda != nil {
		st.tracer.InvokeAPI = tracing.InvokeAPI{Address: reachable(ls.lambda.Addr()), Region: st.source.Region}
	}
	if st.aws != nil && ls.lambda != nil { // functions call one another
		st.forFunc = append(st.forFunc, "AWS_ENDPOINT_URL_LAMBDA=http://"+reachable(ls.lambda.Addr()))
	}
	if err := st.backend.Connect(sv.functions, nil, st.surroundings()); err != nil {
		return err
	}
	st.alsoAt(sv)
	if st.aws != nil && st.aws.Installed() {
		st.aws.Region = st.source.Region
		st.aws.Prepare = func(ctx context.Context, endpoint string) { st.fill(ctx, p, endpoint) }
		if len(p.UserPools) > 0 {
			st.aws.Poolless = func(operation string) {
				fmt.Fprintf(st.err, "%s a function calls %s of Cognito, and moto does not have the template's user pool %s, whose id only AWS gives (--endpoint cognito-idp=URL names another stand-in; apigw token prints tokens for routes)\n",
					st.console.Paint(console.Yellow, "note:"), operation, p.UserPools[0].ID)
			}
		}
		if needsStandIn(sv) {
			st.aws.Begin()
		}
	}
	sv.functions.Build(functions.Quiet)
	st.current = sv
	if st.watch {
		defer newWatcher(st, begin).close()
	}
	st.greet(sv, ls)
	return st.serve(ctx, ls)
}

// surroundings returns what functions get from this program.
func (st *starter) surroundings() functions.Surroundings {
	w := functions.Surroundings{System: st.sys.With(st.forFunc...), Region: st.source.Region, Account: st.source.Account, Logs: io.Discard, Masker: st.masker, Log: st.log, Client: st.client, XRay: st.xrayAddress,
		Say: func(text string) { fmt.Fprintln(st.err, text) }}
	if st.log.Enabled(context.Background(), slog.LevelInfo) {
		w.Platform = st.platform || st.log.Enabled(context.Background(), slog.LevelDebug)
		w.Shown = functions.NewLog(st.err, st.console, w.Platform)
	}
	return w
}

// prepare makes a project ready to be served, except for its functions, which are connected
// later.
func (st *starter) prepare(p *project.Project) (*serving, error) {
	fs, err := st.backend.New(p, st.surroundings())
	if err != nil {
		return nil, err
	}
	base := gateway.Options{ShowSecrets: st.showSecrets, Mask: st.mask, Log: st.log, Tracing: st.tracer != nil, Upstream: st.sender, Root: !st.strictPaths}
	var observe func(*tracing.Answered)
	if st.log.Enabled(context.Background(), slog.LevelError) || st.tracer != nil {
		observe = st.observe
	}
	var invoked func(*tracing.Invocation)
	if observe != nil {
		invoked = st.invoked
	}
	fs.StandIn = st.aws
	sv, err := newServing(&st.source, p, fs, base, observe, invoked)
	if err == nil {
		sv.made = st.provision(p, sv.gateways)
	}
	return sv, err
}

func (st *starter) serve(ctx context.Context, ls *listeners) error {
	servers := map[*http.Server]net.Listener{}
	for i, l := range ls.rest {
		s := st.server(st.serveREST(i))
		servers[s] = headernames.Keep(s, l)
	}
	if ls.lambda != nil {
		invoke := st.server(door.Door{Names: st.names()}.Handler(http.HandlerFunc(st.serveLambda)))
		invoke.ReadTimeout, invoke.WriteTimeout = 0, 0 // a function may take 15 minutes
		servers[invoke] = ls.lambda
	}
	if ls.trace != nil {
		page := st.server(st.wellKnown(st.tracer.Handler(trace.HandlerConfig{
			Overview: func() trace.Overview { return st.overview(ls) }, Names: st.names(), Replay: st.tracer.Replay(st.serveREST(0)),
			Actions: st.bench(),
		})))
		page.ReadTimeout, page.WriteTimeout = 0, 0 // its stream of events does not end
		servers[page] = ls.trace
	}
	failed := make(chan error, len(servers))
	for s, l := range servers {
		go func() {
			if err := s.Serve(l); err != nil && !errors.Is(err, http.ErrServerClosed) {
				failed <- err
			}
		}()
	}
	var err error
	select {
	case <-ctx.Done():
		if console.IsTerminal(st.sys.Stdout) {
			_, _ = st.out.Write([]byte("\n")) // the terminal has written ^C
		}
	case err = <-failed:
	}
	end, cancel := context.WithTimeout(context.Background(), shutdownTime)
	defer cancel()
	var wg sync.WaitGroup
	for s := range servers {
		wg.Go(func() {
			if s.Shutdown(end) != nil {
				s.Close()
			}
		})
	}
	st.mu.RLock()
	current := st.current
	st.mu.RUnlock()
	current.functions.Close()
	wg.Wait()
	st.late.Wait()
	return err
}

func (st *starter) server(h http.Handler) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: maxHeader, ErrorLog: slog.NewLogLogger(st.log.Handler(), slog.LevelDebug),
	}
}

// acquire returns the version being served, held for the duration of one request.
func (st *starter) acquire() *serving {
	st.mu.RLock()
	defer st.mu.RUnlock()
	st.current.active.Add(1)
	return st.current
}

// serveREST serves the REST APIs on the port of one of them: the first port serves all, every other
// one its own.
func (st *starter) serveREST(port int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sv := st.acquire()
		defer sv.active.Done()
		r = halfClosable(r)
		if st.tracer != nil {
			r = st.tracer.Keep(r)
		}
		sv.serve(w, r, port)
	})
}

func (st *starter) serveLambda(w http.ResponseWriter, r *http.Request) {
	sv := st.acquire()
	defer sv.active.Done()
	sv.lambda.ServeHTTP(w, halfClosable(r))
}

// halfClosable is a request whose client may close its side before the response, once it has sent
// the request. To net/http that looks like a client that has gone, which the next write would show.
func halfClosable(r *http.Request) *http.Request {
	return r.WithContext(context.WithoutCancel(r.Context()))
}

// replace serves another version. Functions that only the previous one has are ended once its
// requests are done.
func (st *starter) replace(next *serving) {
	st.mu.Lock()
	old := st.current
	st.current = next
	st.mu.Unlock()
	if st.tracer != nil {
		st.tracer.Refresh() // the page shows the routes
	}
	go func() {
		old.active.Wait()
		old.functions.CloseUnless(next.functions)
		if st.tracer != nil {
			st.tracer.Settle() // the details of old requests must not keep the previous version alive
		}
	}()
}

// observe writes a request's line, and below it what its functions wrote and the notes on it.
func (st *starter) observe(x *tracing.Answered) {
	e, ctx := x.Execution, context.Background()
	if e.Status == 0 { // the client has disconnected
		st.write(nil, x.Unseen)
		return
	}
	var found []explain.Finding
	if st.log.Enabled(ctx, slog.LevelError) {
		found = explain.Findings(x.API.API, e)
		if f := x.Functions.Find(e.Function); f != nil && e.FunctionError != "" {
			found = f.Advised(found, explain.FunctionFailure(e), x.Log)
		}
	}
	traceID := ""
	if st.tracer != nil {
		traceID = st.tracer.Request(x)
	}
	var line []byte
	if st.log.Enabled(ctx, slog.LevelInfo) {
		line = (&outcome{e.Start, e.End, e.Method, e.Path, e.Status, false, e.ResponseType, x.Report}).line(st.console)
	}
	if st.log.Enabled(ctx, slog.LevelDebug) {
		line = append([]byte{'\n'}, line...)
	}
	below := st.below(line != nil, x.Unseen, found)
	if st.log.Enabled(ctx, slog.LevelDebug) {
		log, id := executionLog(st.console, e), traceID
		st.late.Go(func() { // the segments of its functions are still on their way
			if id != "" {
				time.Sleep(treeDelay)
			}
			st.write(line, append(append(below, log...), st.tree(id)...))
		})
		return
	}
	st.write(line, below)
}

// write writes the line of a request and what belongs below it, in one piece if both have the same
// destination.
func (st *starter) write(line, below []byte) {
	if st.out == st.err || len(below) == 0 {
		line, below = append(line, below...), nil
	}
	if len(line) > 0 {
		st.out.Write(line)
	}
	if len(below) > 0 {
		st.err.Write(below)
	}
}

// treeDelay is how long a function's segments may take to arrive before a trace is drawn.
const treeDelay = 100 * time.Millisecond

// tree draws a trace, if it is still stored.
func (st *starter) tree(id string) string {
	if id == "" {
		return ""
	}
	t, ok := st.tracer.Trace(id)
	if !ok {
		return ""
	}
	var b strings.Builder
	trace.WriteTree(&b, t) // writing to a Builder cannot fail
	return b.String()
}

// below returns the lines below that of a request. If the line itself is not shown, only failures
// are.
func (st *starter) below(line bool, unseen []byte, found []explain.Finding) []byte {
	b, indented := unseen, ""
	if line {
		indented = console.Indentation
	}
	for _, f := range found {
		if !f.Failed && !line {
			continue
		}
		f.Text = strings.Join(visible.Lines(f.Text), "\n")
		if st.console.Terminal {
			f.Text = console.Wrapped(f.Text, max(st.console.Width-len(indented)-len("error: "), narrowPath))
		}
		f.Text = strings.ReplaceAll(f.Text, "\n", "\n"+indented)
		b = append(append(append(b, indented...), f.Labelled(st.console)...), '\n')
	}
	return b
}

// invoked reports an invocation over the Invoke API.
func (st *starter) invoked(x *tracing.Invocation) {
	if st.tracer != nil {
		st.tracer.Invocation(x)
	}
	if !st.log.Enabled(context.Background(), slog.LevelInfo) {
		return
	}
	failed := x.Err != nil || x.Response.FunctionError != ""
	var found []explain.Finding
	switch {
	case x.Err != nil:
		found = []explain.Finding{{Failed: true, Text: x.Err.Error()}}
	case failed:
		failure := st.masker.Text(gateway.FunctionError(x.Response.Payload))
		found = x.Function.Advised([]explain.Finding{{Failed: true, Text: failure}}, failure, x.Log)
	}
	line := (&outcome{x.Begin, x.Begin.Add(x.Took), "INVOKE", x.Function.Name, x.Status(), failed, "", x.Response.Report}).line(st.console)
	st.write(line, st.below(true, x.Unseen, found))
}
