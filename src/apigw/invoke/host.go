package invoke

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"regexp"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"example.com/guessing-game/src/apigw/local"
)

// What Lambda allows and assumes
// (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).
const (
	DefaultTimeout      = 3 * time.Second
	MaxTimeout          = 900 * time.Second
	DefaultMemorySizeMB = 128
	MaxMemorySizeMB     = 10240
	DefaultConcurrency  = 10
	// InitTimeout bounds the first try to start an environment. An environment that is
	// not ready by then, or that fails, is tried once more as part of the invocation,
	// within the function's timeout.
	InitTimeout = 10 * time.Second
	// debugTimeout is so long that it never expires.
	debugTimeout = 24 * time.Hour
	// MaxQueuedEvents bounds the asynchronous invocations that wait for an environment.
	MaxQueuedEvents = 1000

	latest = "$LATEST"
)

// How long the processes get when a Host closes: a running event may end, then SIGTERM, then
// SIGKILL, all well within a second.
const (
	drainTime = 350 * time.Millisecond
	termTime  = 200 * time.Millisecond
)

// Config describes a function to a [Host]. Name and Command are required, everything else has
// Lambda's default.
type Config struct {
	// Name is the function's name: 1 to 64 letters, digits, hyphens and underscores.
	Name string
	// Command starts the function: a program that is a client of the Runtime API, such as
	// a Go or Rust binary, or {"python3", "-m", "awslambdaric", "app.handler"}.
	Command []string
	// Container says that Command runs a container, with Docker: {name} in it becomes a name for
	// each environment, and the word {env} the options that pass on its variables. Remove, in
	// which {name} is replaced too, removes the container when its process has ended.
	Container bool
	Remove    []string
	// HostName is the name by which the process reaches the Runtime API; empty for 127.0.0.1.
	HostName string
	// Dir is where it runs; empty means the current directory.
	Dir string
	// RuntimeEnv are variables that the runtime sets, overridden by those of Env; search paths of
	// both are joined.
	RuntimeEnv map[string]string
	// Runtime is the managed runtime that the function is made for, such as python3.12; empty for
	// custom runtimes and images.
	Runtime string
	// Handler is the value of _HANDLER, for runtimes that read it.
	Handler string
	// Env are the function's own environment variables, those of the template.
	Env map[string]string
	// Timeout bounds an invocation; DefaultTimeout if zero.
	Timeout time.Duration
	// MemorySizeMB is the memory size that the function sees, and gets with CPUShare.
	MemorySizeMB int
	// PerTenant separates the environments of tenants: each has its own, by Invocation.TenantID.
	PerTenant bool
	// Concurrency is how many environments there may be; DefaultConcurrency if zero.
	Concurrency int
	// Patience is how long an invocation waits for one of them before it is throttled.
	// If zero, it is throttled at once, as in Lambda.
	Patience time.Duration
	// LogFormat ("Text" or "JSON"), LogLevel and LogGroup are what the function sees of its
	// LoggingConfig. Without them it sees only the group /aws/lambda/NAME. A format and level in
	// Environ override these.
	LogFormat, LogLevel, LogGroup string
	// Region and AccountID are for the ARN; those of package local if empty.
	Region    string
	AccountID string
	// XRayAddress is where the function sends its segments, "host:port"; empty leaves the
	// SDK's default.
	XRayAddress string
	// CPUShare limits each environment to the CPU share and the memory that MemorySizeMB gets in
	// Lambda (Linux, with writable cgroups). Where that is impossible, the Host logs why and
	// continues without.
	CPUShare bool

	// Debug is for a function that stops under a debugger: nothing times out, and there is one
	// environment.
	Debug bool

	// Environ is the environment of this program, of which a function inherits a part;
	// os.Environ() if nil.
	Environ []string
	// Logs receives what the function and the platform log, whole lines in each Write; io.Discard
	// if nil.
	Logs io.Writer
	// OwnLogs leaves the lines of the platform (START, END, REPORT) out of Logs and Invocation.Log.
	OwnLogs bool
	// Logger receives the Host's own messages; slog.Default() if nil.
	Logger *slog.Logger
	// Now is the clock of log lines and trace ids (durations are always real); time.Now if nil.
	Now func() time.Time
	// Random is the source of ids; crypto/rand if nil. It is read from many goroutines.
	Random io.Reader
}

// tenantID matches the ids that Lambda accepts; none can break out of its header.
var tenantID = regexp.MustCompile(`^[a-zA-Z0-9._:/=+\-@ ]{1,256}$`)

var functionName = regexp.MustCompile(`^[a-zA-Z0-9-_]{1,64}$`)

func (c *Config) complete() error {
	setDefault(&c.Timeout, DefaultTimeout)
	setDefault(&c.MemorySizeMB, DefaultMemorySizeMB)
	setDefault(&c.Concurrency, DefaultConcurrency)
	setDefault(&c.Region, local.Region)
	setDefault(&c.AccountID, local.AccountID)
	setDefault(&c.Handler, c.Name)
	if c.Environ == nil {
		c.Environ = os.Environ()
	}
	if c.Logs == nil {
		c.Logs = io.Discard
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}
	switch {
	case !functionName.MatchString(c.Name):
		return fmt.Errorf("function name %q: it needs 1 to 64 letters, digits, hyphens or underscores", c.Name)
	case len(c.Command) == 0 || c.Command[0] == "":
		return fmt.Errorf("function %s: no command to start it with", c.Name)
	case c.Timeout < time.Second || c.Timeout > MaxTimeout:
		return fmt.Errorf("function %s: a timeout of %v is not between 1 and 900 seconds", c.Name, c.Timeout)
	case c.MemorySizeMB < DefaultMemorySizeMB || c.MemorySizeMB > MaxMemorySizeMB:
		return fmt.Errorf("function %s: a memory size of %d MB is not between 128 and 10240", c.Name, c.MemorySizeMB)
	case c.Concurrency < 1:
		return fmt.Errorf("function %s: a concurrency of %d is not at least 1", c.Name, c.Concurrency)
	case c.Patience < 0:
		return fmt.Errorf("function %s: a patience of %v is negative", c.Name, c.Patience)
	}
	if err := checkEnv(c.Env); err != nil {
		return fmt.Errorf("function %s: %w", c.Name, err)
	}
	if c.Debug {
		c.Timeout, c.Patience, c.Concurrency = debugTimeout, debugTimeout, 1
	}
	return nil
}

func setDefault[T comparable](p *T, value T) {
	var zero T
	if *p == zero {
		*p = value
	}
}

// Host runs a function in its own execution environments: child processes, each with its own Lambda
// Runtime API. An environment is started when an invocation finds none free, kept for later ones,
// replaced when it crashes and killed when it takes longer than the timeout. A Host is safe for
// concurrent use and must be closed.
type Host struct {
	cfg         Config
	arn         string
	initTimeout time.Duration
	drainTime   time.Duration
	termTime    time.Duration
	names       []string // of the Runtime API, besides addresses and localhost
	logs        *lineWriter
	slots       chan struct{} // one for each busy environment
	queued      chan struct{} // one for each asynchronous invocation not yet done
	starts      chan func()
	shares      *cpuShares
	closing     chan struct{}

	mu     sync.Mutex
	closed bool
	serial int
	all    map[*environment]bool
	idle   []*environment // the last one used is the first one taken
	events sync.WaitGroup
}

var _ Function = (*Host)(nil)

// NewHost makes a Host. It starts no process yet.
func NewHost(cfg Config) (*Host, error) {
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	h := &Host{
		cfg:         cfg,
		arn:         functionARN(cfg.Region, cfg.AccountID, cfg.Name),
		initTimeout: InitTimeout,
		drainTime:   drainTime,
		termTime:    termTime,
		logs:        &lineWriter{w: cfg.Logs, platform: !cfg.OwnLogs},
		slots:       make(chan struct{}, cfg.Concurrency),
		queued:      make(chan struct{}, MaxQueuedEvents),
		starts:      make(chan func()),
		closing:     make(chan struct{}),
		all:         map[*environment]bool{},
	}
	if cfg.Debug {
		h.initTimeout = debugTimeout
	}
	if cfg.HostName != "" {
		h.names = []string{cfg.HostName}
	}
	if cfg.CPUShare {
		shares, err := newCPUShares(cfg.MemorySizeMB)
		if err != nil {
			cfg.Logger.Warn("the function runs without the CPU share and memory limit of its memory size",
				"function", cfg.Name, "memory_mb", cfg.MemorySizeMB, "reason", err)
		}
		h.shares = shares
	}
	go h.starter()
	return h, nil
}

// ARN is the function's ARN.
func (h *Host) ARN() string { return h.arn }

// starter starts all processes from one thread, since the kernel ends a process with the thread
// that started it (see endWithParent) and lets only that thread release a process it has stopped
// (see cpuShares).
func (h *Host) starter() {
	runtime.LockOSThread()
	for start := range h.starts {
		start()
	}
}

// Invoke runs one event through the function. If ctx ends first, Invoke returns its error; as in
// Lambda, the function still finishes the event, and its environment is free again afterwards.
func (h *Host) Invoke(ctx context.Context, in Invocation) (Response, error) {
	if err := in.check(); err != nil {
		return Response{}, err
	}
	switch {
	case h.cfg.PerTenant && in.TenantID == "":
		return Response{}, errInvalidParameter("The invoked function is enabled with tenancy configuration. Add a valid tenant ID in your request and try again.")
	case in.TenantID != "" && !tenantID.MatchString(in.TenantID):
		return Response{}, errInvalidParameter("1 validation error detected: Value at 'tenantId' failed to satisfy constraint: Member must satisfy regular expression pattern: %s", tenantID)
	case !h.cfg.PerTenant && in.TenantID != "":
		return Response{}, errInvalidParameter("The invoked function is not enabled with tenancy configuration. Remove the tenant ID from your request and try again.")
	}
	if in.RequestID == "" {
		in.RequestID = uuid.Must(uuid.NewRandomFromReader(h.cfg.Random)).String()
	}
	if in.Stream != nil {
		stream := &lent{to: in.Stream}
		defer stream.giveBack()
		in.Stream = stream
	}
	switch in.Type {
	case DryRun:
		return Response{StatusCode: http.StatusNoContent, ExecutedVersion: latest, RequestID: in.RequestID}, nil
	case Event:
		return h.queue(ctx, in)
	}
	c := newCall(h, in)
	if err := h.acquire(ctx, h.cfg.Patience); err != nil {
		return Response{}, err
	}
	return c.run(ctx)
}

var errClosed = &Error{Status: http.StatusServiceUnavailable, Code: "ServiceException", Message: "The function is shutting down."}

// acquire takes a slot, waiting at most for patience.
func (h *Host) acquire(ctx context.Context, patience time.Duration) error {
	select {
	case <-h.closing:
		return errClosed
	default:
	}
	select {
	case h.slots <- struct{}{}:
		return nil
	default:
	}
	if patience == 0 {
		return errThrottled()
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-timer.C:
		return errThrottled()
	case <-h.closing:
		return errClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

// queue accepts an asynchronous invocation.
func (h *Host) queue(ctx context.Context, in Invocation) (Response, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return Response{}, errClosed
	}
	select {
	case h.queued <- struct{}{}:
	default:
		return Response{}, errThrottled()
	}
	c := newCall(h, in)
	h.events.Go(func() {
		defer func() { <-h.queued }()
		ctx := context.WithoutCancel(ctx)
		if err := h.acquire(ctx, MaxTimeout); err != nil {
			h.cfg.Logger.Warn("an asynchronous invocation was dropped", "function", h.cfg.Name, "request_id", in.RequestID, "reason", err)
			return
		}
		resp, err := c.run(ctx)
		if err != nil || resp.FunctionError != "" {
			h.cfg.Logger.Warn("an asynchronous invocation failed; Lambda would try it twice more",
				"function", h.cfg.Name, "request_id", in.RequestID, "payload", string(resp.Payload), "error", err)
		}
	})
	return Response{StatusCode: http.StatusAccepted, RequestID: in.RequestID}, nil
}

// environment returns the most recently used free environment, or a new one. The caller holds a
// slot, so there are never more than Concurrency of them.
func (h *Host) environment(c *call) (e *environment, cold bool, err error) {
	h.mu.Lock()
	if h.closed {
		h.mu.Unlock()
		return nil, false, errClosed
	}
	for i, free := range slices.Backward(h.idle) {
		if free.tenant == c.ev.in.TenantID {
			h.idle = slices.Delete(h.idle, i, i+1)
			free.call = c
			h.mu.Unlock()
			return free, false, nil
		}
	}
	if len(h.idle) > 0 && len(h.all) >= h.cfg.Concurrency { // the free ones belong to other tenants
		other := h.idle[0]
		h.idle = slices.Delete(h.idle, 0, 1)
		other.stale = true
		go other.stop()
	}
	h.serial++
	e = newEnvironment(h, h.serial, c)
	e.tenant = c.ev.in.TenantID
	h.all[e] = true
	h.mu.Unlock()
	if err := e.start(); err != nil {
		h.forget(e)
		return nil, true, err
	}
	return e, true, nil
}

// Start starts an environment before the first invocation needs it, as provisioned concurrency
// does.
func (h *Host) Start() error {
	h.mu.Lock()
	if h.closed || len(h.all) > 0 {
		h.mu.Unlock()
		return nil
	}
	h.serial++
	e := newEnvironment(h, h.serial, nil)
	h.all[e] = true
	h.mu.Unlock()
	if err := e.start(); err != nil {
		h.forget(e)
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if !e.gone && !e.stale && !h.closed {
		h.idle = append(h.idle, e)
	}
	return nil
}

// release ends a call's use of an environment.
func (h *Host) release(e *environment) {
	h.mu.Lock()
	e.call = nil
	stop := e.stale && !e.gone
	if !e.stale && !e.gone && !h.closed {
		h.idle = append(h.idle, e)
	}
	h.mu.Unlock()
	if stop {
		go e.stop()
	}
}

// forget removes an environment that has ended.
func (h *Host) forget(e *environment) {
	h.mu.Lock()
	defer h.mu.Unlock()
	e.gone = true
	delete(h.all, e)
	h.idle = slices.DeleteFunc(h.idle, func(other *environment) bool { return other == e })
}

// Reload replaces the environments, for a command whose program has changed: free ones end now,
// busy ones when they are done, and the next invocations start new ones. It does not wait.
func (h *Host) Reload() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for e := range h.all {
		e.stale = true
	}
	for _, e := range h.idle {
		go e.stop()
	}
	h.idle = nil
}

// Close ends all environments and waits for them to end, for a second at most: a running event
// gets half of it, then the process group receives SIGTERM, then SIGKILL. An event that is still
// running then gets Runtime.ExitError. Closing twice does nothing.
func (h *Host) Close() error {
	h.mu.Lock()
	if h.closed {
		h.mu.Unlock()
		return nil
	}
	h.closed = true
	close(h.closing)
	var ends sync.WaitGroup
	for e := range h.all {
		ends.Go(e.stop)
	}
	h.mu.Unlock()
	ends.Wait()
	h.events.Wait()
	close(h.starts)
	return nil
}

// functionARN makes the unqualified ARN of a function.
func functionARN(region, account, name string) string {
	return fmt.Sprintf("arn:aws:lambda:%s:%s:function:%s", region, account, name)
}

// mustRead fills b. If the random source fails, nothing sensible can be done.
func mustRead(random io.Reader, b []byte) {
	if _, err := io.ReadFull(random, b); err != nil {
		panic(errors.Join(errors.New("invoke: the random source of the Config failed"), err))
	}
}
