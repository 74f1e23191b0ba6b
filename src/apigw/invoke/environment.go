package invoke

import (
	"errors"
	"fmt"
	"net"
	"os/exec"
	"sync"
	"time"

	"example.com/guessing-game/src/apigw/traceheader"
)

// lingerTime is how long the Runtime API of a process that has ended continues to read what the
// process sent before.
const lingerTime = 100 * time.Millisecond

// environment is one execution environment: a process and its Runtime API, on a separate port, so
// that the port identifies the process.
type environment struct {
	host   *Host
	serial int
	tenant string // whose events it gets, with Config.PerTenant

	// Guarded by host.mu.
	call  *call // whose event it has, nil while free
	stale bool  // to end when free
	gone  bool

	pid         int
	logs        *logStream
	listener    net.Listener // of the Runtime API
	initStarted time.Time
	started     chan struct{} // closed when start has returned
	exited      chan struct{} // closed when the process is gone, or could not be started
	exit        error         // how the process ended, once exited is closed
	peakRSS     int           // MB, once exited is closed

	initError chan outcome
	stopOnce  sync.Once

	mu      sync.Mutex
	state   runtimeState
	readyAt time.Time             // first request for work
	event   *event                // for the next request for work
	asking  []*runtimeConn        // whose request for work is open
	current *event                // that the process has, or had last
	conns   map[*runtimeConn]bool // nil once the environment is over
	serving sync.WaitGroup        // one for each of conns

	memory     int // MB, as last looked up by the current call
	memoryRead time.Time
}

// event is an invocation in an environment.
type event struct {
	in       Invocation
	arn      string
	trace    traceheader.Header
	deadline time.Time     // zero for the function's timeout from when it is taken
	taken    chan struct{} // closed when the process has fetched it
	takenAt  time.Time     // set before taken is closed
	answered chan outcome  // holds one
}

// outcome is the result of an event.
type outcome struct {
	payload []byte
	failed  bool   // a function error
	kind    string // its type, if the platform found the error
	at      time.Time
}

func newEnvironment(h *Host, serial int, c *call) *environment {
	return &environment{
		host: h, serial: serial, call: c,
		initError: make(chan outcome, 1), conns: map[*runtimeConn]bool{},
		started: make(chan struct{}), exited: make(chan struct{}),
	}
}

// start starts the process. It is ready later, when it asks for work.
func (e *environment) start() (err error) {
	defer func() {
		if err != nil {
			close(e.exited)
		}
		close(e.started)
	}()
	cfg := &e.host.cfg
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("no port for the Runtime API: %w", err)
	}
	logs, output, err := newLogStream(e.host.logs)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer output.Close()
	if c := e.call; c != nil {
		logs.own = c.ev.in.Log
	}
	e.logs = logs

	address := listener.Addr().String()
	if _, port, err := net.SplitHostPort(address); err == nil && cfg.HostName != "" {
		address = net.JoinHostPort(cfg.HostName, port)
	}
	env := cfg.environ(address, e.streamName())
	command := cfg.Command
	if cfg.Container {
		command = cfg.containerCommand(e.containerName(), env)
	}
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir = cfg.Dir
	cmd.Env = env
	cmd.Stdout, cmd.Stderr = output, output
	ownGroup(cmd)

	started := make(chan error)
	e.host.starts <- func() {
		var err error
		e.initStarted, err = e.host.shares.start(cmd, e.serial)
		started <- err
	}
	if err := <-started; err != nil {
		return errors.Join(err, listener.Close(), logs.file.Close())
	}
	e.pid = cmd.Process.Pid
	groups.add(e.pid)
	e.listener = listener
	go e.accept(listener)
	go logs.follow()
	go e.wait(cmd)
	return nil
}

// wait waits for the process to end and then ends everything that belonged to it.
func (e *environment) wait(cmd *exec.Cmd) {
	awaitEnd(cmd.Process)
	err := cmd.Wait()
	leaveGroup(e.pid)
	groups.remove(e.pid)
	e.listener.Close()
	e.disconnect()
	e.logs.catchUp()
	e.logs.file.Close()
	<-e.logs.done
	e.removeContainer()
	e.host.shares.remove(e.serial)
	e.peakRSS = exitMemoryMB(cmd.ProcessState)
	e.exit = err
	e.host.forget(e)
	close(e.exited)
}

// stop ends the environment: a running event may end first, then SIGTERM, then SIGKILL. It
// returns when the process is gone.
func (e *environment) stop() {
	<-e.started
	e.stopOnce.Do(func() {
		e.host.mu.Lock()
		c := e.call
		e.host.mu.Unlock()
		if c != nil {
			select {
			case <-c.over:
			case <-e.exited:
			case <-time.After(e.host.drainTime):
			}
		}
		select {
		case <-e.exited:
			return
		default:
		}
		termGroup(e.pid)
		select {
		case <-e.exited:
			return
		case <-time.After(e.host.termTime):
		}
		e.kill()
	})
	<-e.exited
}

func (e *environment) kill() { killGroup(e.pid) }

// streamName is the log stream's name in Lambda's form.
func (e *environment) streamName() string {
	var id [16]byte
	mustRead(e.host.cfg.Random, id[:])
	return fmt.Sprintf("%s/[%s]%x", e.host.cfg.Now().UTC().Format("2006/01/02"), latest, id)
}

// memorySample is how old a figure of the peak memory may be: reading it costs more than the rest
// of what the host does for a warm invocation.
const memorySample = 250 * time.Millisecond

// peakMemory is the peak resident memory of the process in MB. Only the call that has the
// environment calls it.
func (e *environment) peakMemory() int {
	select {
	case <-e.exited:
		e.memory = max(e.memory, e.peakRSS)
		return e.memory
	default:
	}
	if now := time.Now(); now.Sub(e.memoryRead) >= memorySample {
		e.memory, e.memoryRead = max(e.memory, peakMemoryMB(e.pid)), now
	}
	return e.memory
}

// exitText describes the end of a process in Lambda's words.
func exitText(err error) string {
	if err == nil {
		return "Runtime exited without providing a reason"
	}
	return "Runtime exited with error: " + err.Error()
}
