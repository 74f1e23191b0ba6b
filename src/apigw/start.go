package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"example.com/guessing-game/src/apigw/door"
	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/gateway/headernames"
	"example.com/guessing-game/src/apigw/gateway/mask"
	"example.com/guessing-game/src/apigw/invoke"
	"example.com/guessing-game/src/apigw/trace"
	"example.com/guessing-game/src/apigw/upstream"
)

// Times of the servers. A REST request may wait 29 s for its function and then some for a slow client.
const (
	headerTimeout = 10 * time.Second
	readTimeout   = time.Minute
	writeTimeout  = 2 * time.Minute
	idleTimeout   = 2 * time.Minute
	// shutdownTime is what requests under way get to end: a little more than their functions do, so that all is over within a second.
	shutdownTime = 500 * time.Millisecond
	// maxHeader bounds what net/http reads of a request's head; API Gateway's own limit is 10,240 bytes, which the gateway answers.
	maxHeader = 64 << 10
)

// loopback is where everything listens unless another address is given.
const loopback = "127.0.0.1"

// starter is apigw start.
type starter struct {
	sys      *system
	source   source
	backend  backend
	services services

	host, lambdaHost, traceHost, xrayHost string
	port, lambdaPort, tracePort, xrayPort string
	level                                 string
	watch, showSecrets                    bool
	mask                                  []string
	masker                                *mask.Masker // of mask

	console *console
	log     *slog.Logger
	client  *http.Client
	tracer  *tracer // nil if nothing is traced
	sender  *upstream.Sender
	// out and err are standard output and standard error.
	out, err *lines

	mu      sync.RWMutex
	current *serving
}

func newStart(s *system) *cobra.Command {
	st := &starter{sys: s}
	cmd := &cobra.Command{
		Use:   "start",
		Short: "Serve the REST APIs and functions of a template or document",
		Long: `Serve the REST APIs of a SAM template (or of a stand-alone OpenAPI document) with the functions behind them.

  --port         the REST API, under /STAGE/… as in AWS
  --lambda-port  the Lambda Invoke API: aws lambda invoke --endpoint-url http://127.0.0.1:3001 --function-name NAME …
  --trace-port   a page that shows what happened
  --xray-port    UDP, where the X-Ray SDK of the functions sends its segments

A port of 0 takes a free one; off serves nothing there.

All of them listen on this machine only. --host opens the REST API to the network; the others ask for no credentials, and are opened by
flags of their own (--lambda-host, --trace-host, --xray-host). They refuse web pages of other sites, and a Host header that is neither
an IP address, localhost nor the name given to one of these flags.

Functions run as in Lambda: a process for each concurrent invocation, started on demand, one event at a time over the Runtime API, with
the environment, timeout and memory of the template. Variables that are set in the environment of apigw go over those of the template,
as with sam local. Only functions with a command (--function) or an endpoint (--lambda-endpoint) can be invoked.

With --watch, a saved template or document is served within a second without dropping a request (a broken one is reported, and the one
before stays), and a function whose program has changed is restarted.`,
		Example: `  apigw start --function HelloFunction=./bin/hello
  apigw start -t sam/template.yaml --function Orders='python3 bootstrap.py app.handler' --watch
  apigw start --openapi api.yaml --stage dev --stage-variables color=blue --lambda-endpoint http://127.0.0.1:3001
  apigw start --authorizer Users=claims.json --authorizer AWS_IAM=off
  apigw start --port 0 --lambda-port off --trace-port off --xray-port off --log-level warn`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return st.run(cmd.Context()) },
	}
	f := cmd.Flags()
	st.source.register(f)
	st.backend.register(f)
	st.services.register(f)
	f.StringVar(&st.host, "host", loopback, "`ADDRESS` of the REST API; 0.0.0.0 opens it to the network")
	f.StringVarP(&st.port, "port", "p", "3000", "`PORT` of the REST API")
	f.StringVar(&st.lambdaPort, "lambda-port", "3001", "`PORT` of the Lambda Invoke API, or off")
	f.StringVar(&st.tracePort, "trace-port", "3002", "`PORT` of the trace page, or off")
	f.StringVar(&st.xrayPort, "xray-port", "2000", "UDP `PORT` for X-Ray segments, or off")
	f.StringVar(&st.lambdaHost, "lambda-host", loopback, "`ADDRESS` of the Lambda Invoke API, which asks for no credentials")
	f.StringVar(&st.traceHost, "trace-host", loopback, "`ADDRESS` of the trace page, which shows and repeats requests")
	f.StringVar(&st.xrayHost, "xray-host", loopback, "`ADDRESS` for X-Ray segments")
	f.StringVar(&st.level, "log-level", "info", "off, error, warn, info (a line for each request) or debug (every mapping step)")
	f.StringSliceVar(&st.mask, "mask", nil, "`NAMES` of JSON members, parameters and headers whose values logs and traces show as ***")
	f.BoolVar(&st.backend.cpuShare, "cpu-share", false, "give each process the CPU share and memory limit of its MemorySize (Linux, with control groups)")
	f.BoolVar(&st.watch, "watch", false, "serve what is saved, restart functions whose program changes")
	f.BoolVar(&st.showSecrets, "show-secrets", false, "show the values of Authorization, Cookie and x-api-key headers in logs and traces")
	return cmd
}

// levelOff is above all levels.
const levelOff = slog.Level(100)

func parseLevel(text string) (slog.Level, error) {
	if text == "off" {
		return levelOff, nil
	}
	var l slog.Level
	if err := l.UnmarshalText([]byte(text)); err != nil {
		return 0, usagef("--log-level %q: it must be off, error, warn, info or debug", text)
	}
	return l, nil
}

// leaveCPUs takes half of the CPUs: the functions need the others, which are processes, and so does whoever sends requests. With more
// threads than are busy Go's scheduler wakes one and puts it to sleep again several times a request, since a request is a few
// microseconds of work here and there: a third of the CPU time, and of the time that a single client waits. GOMAXPROCS in the environment goes
// over it.
func (st *starter) leaveCPUs() {
	if st.sys.getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(min(runtime.GOMAXPROCS(0), (runtime.NumCPU()+1)/2))
	}
}

func (st *starter) run(ctx context.Context) error {
	st.leaveCPUs()
	level, err := parseLevel(st.level)
	if err != nil {
		return err
	}
	for flag, port := range map[string]string{"port": st.port, "lambda-port": st.lambdaPort, "trace-port": st.tracePort, "xray-port": st.xrayPort} {
		if err := checkPort(flag, port); err != nil {
			return err
		}
	}
	if err := checkXRayHost(st.xrayHost); err != nil {
		return err
	}
	st.console, st.client = newConsole(st.sys), newClient()
	st.out, st.err = bothLines(st.sys.stdout, st.sys.stderr)
	defer st.out.flush()
	defer st.err.flush()
	st.masker = mask.New(st.mask)
	st.log = slog.New(slog.NewTextHandler(maskedLog{st.err, st.masker}, &slog.HandlerOptions{Level: level}))
	begin := time.Now()
	if st.sender, err = st.services.sender(ctx, st.sys, &st.backend); err != nil {
		return err
	}
	p, err := st.source.load(st.sys)
	if err != nil {
		return st.source.advised(err)
	}
	if st.tracePort != "off" || st.xrayPort != "off" {
		st.tracer = newTracer(st.log, st.masker)
	}
	ls, err := st.listen(ctx)
	if err != nil {
		// What is wrong with the document comes first: it stays wrong whatever the port.
		sv, wrong := st.prepare(p, &listeners{})
		if wrong != nil {
			return st.source.advised(wrong)
		}
		sv.functions.close()
		return err
	}
	defer ls.close()
	sv, err := st.prepare(p, ls)
	if err != nil {
		return st.source.advised(err)
	}
	st.current = sv
	if st.watch {
		defer newWatcher(st, ls, begin).close()
	}
	st.greet(sv, ls)
	return st.serve(ctx, ls)
}

// prepare makes a project ready to be served.
func (st *starter) prepare(p *project, ls *listeners) (*serving, error) {
	var old *functions
	if st.current != nil {
		old = st.current.functions
	}
	w := surroundings{sys: st.sys, source: &st.source, logs: io.Discard, masker: st.masker, log: st.log, client: st.client,
		say: func(text string) { fmt.Fprintln(st.err, text) }}
	if st.log.Enabled(context.Background(), slog.LevelInfo) {
		w.logs = st.err
	}
	if ls.xray != nil {
		w.xray = ls.xray.Addr()
	}
	fs, err := st.backend.newFunctions(p, old, w)
	if err != nil {
		return nil, err
	}
	base := gateway.Options{ShowSecrets: st.showSecrets, Mask: st.mask, Log: st.log, Tracing: st.tracer != nil, Upstream: st.sender}
	var observe func(*answered)
	if st.log.Enabled(context.Background(), slog.LevelError) || st.tracer != nil {
		observe = st.observe
	}
	sv, err := newServing(&st.source, p, fs, base, st.tracer, observe)
	if err != nil && old == nil {
		fs.close()
	} else if err != nil {
		fs.closeUnless(old)
	}
	return sv, err
}

func (st *starter) serve(ctx context.Context, ls *listeners) error {
	rest := st.server(http.HandlerFunc(st.serveREST))
	servers := map[*http.Server]net.Listener{rest: ls.rest}
	if ls.lambda != nil {
		invoke := st.server(door.Door{Names: st.names()}.Handler(http.HandlerFunc(st.serveLambda)))
		invoke.ReadTimeout, invoke.WriteTimeout = 0, 0 // a function may take 15 minutes
		servers[invoke] = ls.lambda
	}
	if ls.trace != nil {
		page := st.server(st.wellKnown(st.tracer.Handler(trace.HandlerConfig{Title: st.title(), Names: st.names(), Replay: st.tracer.replay(http.HandlerFunc(st.serveREST))})))
		page.ReadTimeout, page.WriteTimeout = 0, 0 // its stream of events does not end
		servers[page] = ls.trace
	}
	failed := make(chan error, len(servers))
	for s, l := range servers {
		if s == rest {
			l = headernames.Keep(s, l)
		}
		go func() {
			if err := s.Serve(l); err != nil && !errors.Is(err, http.ErrServerClosed) {
				failed <- err
			}
		}()
	}
	var err error
	select {
	case <-ctx.Done():
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
	current.functions.close()
	wg.Wait()
	return err
}

func (st *starter) server(h http.Handler) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: maxHeader, ErrorLog: slog.NewLogLogger(st.log.Handler(), slog.LevelDebug),
	}
}

// title is what the trace page is called.
func (st *starter) title() string {
	var names []string
	for _, a := range st.current.project.apis {
		names = append(names, a.ID)
	}
	return strings.Join(names, ", ")
}

// acquire takes the version that is served now, for the time of one request.
func (st *starter) acquire() *serving {
	st.mu.RLock()
	defer st.mu.RUnlock()
	st.current.active.Add(1)
	return st.current
}

func (st *starter) serveREST(w http.ResponseWriter, r *http.Request) {
	sv := st.acquire()
	defer sv.active.Done()
	// A client that has sent its request may close its side before the answer. That looks to net/http like one that has gone, of which
	// the next write will tell.
	r = r.WithContext(context.WithoutCancel(r.Context()))
	if st.tracer != nil {
		r = st.tracer.keep(r)
	}
	sv.ServeHTTP(w, r)
}

func (st *starter) serveLambda(w http.ResponseWriter, r *http.Request) {
	sv := st.acquire()
	defer sv.active.Done()
	sv.lambda.ServeHTTP(w, r)
}

// replace serves another version. The functions that only the one before has are ended when its requests are done.
func (st *starter) replace(next *serving) {
	st.mu.Lock()
	old := st.current
	st.current = next
	st.mu.Unlock()
	go func() {
		old.active.Wait()
		old.functions.closeUnless(next.functions)
		if st.tracer != nil {
			st.tracer.Settle() // nothing of old is kept for details of its requests
		}
	}()
}

// observe writes a request's line, and what was wrong with it.
func (st *starter) observe(x *answered) {
	e, ctx := x.execution, context.Background()
	traceID := ""
	if st.tracer != nil {
		traceID = st.tracer.request(x)
	}
	if st.log.Enabled(ctx, slog.LevelDebug) {
		io.WriteString(st.err, e.Text())
		if traceID != "" {
			time.AfterFunc(treeDelay, func() { st.writeTree(traceID) })
		}
	}
	if e.Status >= 500 || st.log.Enabled(ctx, slog.LevelDebug) {
		if text := explain(x.api.API, e); text != "" && st.log.Enabled(ctx, slog.LevelError) {
			io.WriteString(st.err, st.console.paint(red, "error: ")+text)
		}
	}
	if st.log.Enabled(ctx, slog.LevelInfo) {
		st.out.Write(requestLine(st.console, e, x.report))
	}
}

// treeDelay is the time that a function's segments get to arrive before a trace is drawn.
const treeDelay = 100 * time.Millisecond

// writeTree draws a trace, if it is still there.
func (st *starter) writeTree(id string) {
	t, ok := st.tracer.Trace(id)
	if !ok {
		return
	}
	var b strings.Builder
	trace.WriteTree(&b, t) // a Builder takes everything
	io.WriteString(st.err, b.String())
}

// listeners are what start listens on; nil where a port is off.
type listeners struct {
	rest, lambda, trace net.Listener
	xray                *trace.Receiver
}

func (ls *listeners) close() {
	for _, l := range []net.Listener{ls.rest, ls.lambda, ls.trace} {
		if l != nil {
			l.Close()
		}
	}
	if ls.xray != nil {
		ls.xray.Close()
	}
}

func (st *starter) listen(ctx context.Context) (*listeners, error) {
	ls := &listeners{}
	var config net.ListenConfig
	tcp := func(flag, host, port string) (net.Listener, error) {
		if port == "off" {
			return nil, nil
		}
		l, err := config.Listen(ctx, "tcp", net.JoinHostPort(host, port))
		if err != nil {
			return nil, listenError(flag, host, port, err)
		}
		return l, nil
	}
	var err error
	if ls.rest, err = tcp("", st.host, st.port); err == nil {
		if ls.lambda, err = tcp("lambda-", st.lambdaHost, st.lambdaPort); err == nil {
			ls.trace, err = tcp("trace-", st.traceHost, st.tracePort)
		}
	}
	if err == nil && st.xrayPort != "off" {
		if ls.xray, err = trace.Listen(net.JoinHostPort(st.xrayHost, st.xrayPort), st.tracer.Collector, st.names()...); err != nil {
			err = listenError("xray-", st.xrayHost, st.xrayPort, err)
		}
	}
	if err != nil {
		ls.close()
		return nil, err
	}
	return ls, nil
}

// listenError words why a port cannot be opened. Its flags are prefix with host and port.
func listenError(prefix, host, port string, err error) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("port %s is in use: choose another with --%sport PORT, or a free one with --%sport 0", port, prefix, prefix)
	}
	var op *net.OpError
	if errors.As(err, &op) {
		err = op.Err
	}
	return fmt.Errorf("--%shost %s --%sport %s: %w", prefix, host, prefix, port, err)
}

// names are the host names by which the servers may be named, beside localhost and IP addresses.
func (st *starter) names() []string {
	return []string{st.host, st.lambdaHost, st.traceHost, st.xrayHost}
}

// checkXRayHost refuses an address that functions cannot use.
func checkXRayHost(host string) error {
	if ip := net.ParseIP(host); ip != nil && ip.To4() == nil && !ip.IsUnspecified() {
		return usagef("--xray-host %s: the X-Ray SDKs take no IPv6 addresses; give an IPv4 address, or :: for all addresses", host)
	}
	return nil
}

func checkPort(flag, text string) error {
	if text == "off" {
		if flag == "port" {
			return usagef("--port off: the REST API is what start serves; to invoke functions alone, take another port")
		}
		return nil
	}
	if n, err := strconv.Atoi(text); err != nil || n < 0 || n > 65535 {
		return usagef("--%s %q: it must be a number from 0 (a free port) to 65535, or off", flag, text)
	}
	return nil
}

var _ gateway.Invoker = (*functions)(nil)
var _ invoke.Function = (*function)(nil)
