//go:build e2e

package load

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

var (
	duration = flag.Duration("load", 20*time.Second, "how long the clients are at work")
	many     = flag.Int("clients", 200, "how many there are")
)

const (
	concurrency = 8 // processes of each function
	settleTime  = 30 * time.Second
	// How much more a server may have after the load than after a quarter of it.
	moreFiles    = 0
	moreHeap     = 4         // MB of live objects
	moreResident = 100 << 10 // KB
	// The most memory that it may have at any time, in KB: what the program tells Go's garbage
	// collector, and what collection itself takes.
	mostResident = 768 << 10
	// How many more goroutines it may have than an idle server: those that are ending or waiting
	// for a timer.
	moreGoroutines = 5
	// How long a server may take to end, on a machine that is busy with its clients.
	endTime = 2 * time.Second
)

// gateway is a running apigw start.
type gateway struct {
	*Server
	addr   string
	lambda string // of the Invoke API
}

func build(t *testing.T, dir, pkg string) string {
	t.Helper()
	program := filepath.Join(dir, filepath.Base(pkg))
	cmd := exec.Command("go", "build", "-o", program, pkg)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build %s: %v\n%s", pkg, err, out)
	}
	return program
}

// programs builds what the tests run and returns how to start a gateway.
func programs(t *testing.T) (start func(name string, flags ...string) *gateway) {
	t.Helper()
	dir := t.TempDir()
	apigw, stub, wild, document := build(t, dir, "../../src/apigw"), build(t, dir, "./stub"), build(t, dir, "./wild"), filepath.Join(dir, "openapi.yaml")
	if err := WriteDocument(".", document); err != nil {
		t.Fatal(err)
	}
	hostile, err := os.ReadFile("hostile.yaml")
	if err != nil {
		t.Fatal(err)
	}
	all, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(document, append(all, hostile...), 0o666); err != nil {
		t.Fatal(err)
	}
	return func(name string, flags ...string) *gateway {
		t.Helper()
		args := append([]string{apigw, "start", "--openapi", document, "--port", "0", "--lambda-port", "0", "--trace-port", "0", "--xray-port", "0",
			"--concurrency", fmt.Sprint(concurrency), "--function", "Game=" + stub, "--function", "Slow=env STUB_SLEEP=100ms " + stub, "--function", "Wild=" + wild}, flags...)
		log := filepath.Join(dir, name+".log")
		s, err := Start(dir, log, []string{"GODEBUG=gctrace=1"}, args...)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Kill)
		rest, lambda := greeted(t, s)
		return &gateway{s, rest, lambda}
	}
}

var addresses = regexp.MustCompile(`(?s) REST +http://([^/ ]+)/.* Lambda +http://([^/ ]+).*Press Ctrl-C to stop`)

// greeted waits for the greeting of a gateway and returns the addresses of its API and of the
// Invoke API.
func greeted(t *testing.T, s *Server) (rest, lambda string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), settleTime)
	defer cancel()
	for {
		out, err := os.ReadFile(s.Log)
		if err != nil {
			t.Fatal(err)
		}
		if m := addresses.FindSubmatch(out); m != nil {
			return string(m[1]), string(m[2])
		}
		select {
		case <-time.After(10 * time.Millisecond): // a file gives no notice that it has grown
		case <-s.Ended():
			t.Fatalf("the gateway has ended:\n%s", out)
		case <-ctx.Done():
			t.Fatalf("no greeting:\n%s", out)
		}
	}
}

// TestLoad runs hundreds of clients, many of them misbehaving. No well-behaved client sees an
// error, and afterwards the gateway has no more files, memory and goroutines than before.
func TestLoad(t *testing.T) {
	start := programs(t)
	g := start("loaded")
	var most atomic.Int64
	watching, stop := context.WithCancel(t.Context())
	defer stop()
	go func() {
		for watching.Err() == nil {
			n := int64(len(Children(g.PID)))
			most.Store(max(most.Load(), n))
			time.Sleep(20 * time.Millisecond)
		}
	}()

	// Each time all functions have all their processes, some of which the load has ended.
	g.clients(t, *duration/4)
	g.fill(t)
	before := g.settle(t, nil)
	t.Logf("after %v: %+v", *duration/4, before)
	g.clients(t, *duration)
	g.fill(t)
	after := g.settle(t, &before)
	t.Logf("after %v more: %+v, %d processes at most", *duration, after, most.Load())
	if after.files > before.files+moreFiles || after.heap > before.heap+moreHeap || after.resident > before.resident+moreResident {
		t.Errorf("%+v before the load, %+v after it", before, after)
	}
	if after.most > mostResident {
		t.Errorf("%d KB of memory at most, %d are allowed", after.most, mostResident)
	}
	if n := most.Load(); n > 3*concurrency || n < concurrency {
		t.Errorf("%d processes at most of three functions with a concurrency of %d", n, concurrency)
	}
	stop()

	// A server that has run as many processes, and done nothing else.
	g.fill(t)
	quiet := start("quiet")
	quiet.fill(t)
	if before, after := quiet.goroutines(t), g.goroutines(t); after > before+moreGoroutines {
		t.Errorf("%d goroutines without load, %d after it", before, after)
	}
	if out := g.output(t); strings.Contains(out, "panic") {
		t.Errorf("a panic:\n%s", tail(out))
	}
}

// TestShutdown ends gateways with requests of every kind in progress.
func TestShutdown(t *testing.T) {
	start := programs(t)
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		g := start(signal.String())
		g.fill(t)
		ctx, cancel := context.WithCancel(t.Context())
		crowd := g.crowd(ctx)
		crowd.await(t, 2)
		children := Children(g.PID)
		if len(children) < concurrency {
			t.Errorf("%v: just %d processes are at work", signal, len(children))
		}
		took, err := g.Signal(signal, endTime)
		t.Logf("%v: gone after %v", signal, took)
		if err != nil {
			t.Errorf("%v: %v\n%s", signal, err, tail(g.output(t)))
		}
		for _, pid := range children {
			if syscall.Kill(pid, 0) == nil {
				t.Errorf("%v: the function's process %d is still there", signal, pid)
			}
		}
		cancel()
		crowd.wait() // what clients see when a server ends does not matter
	}
}

// TestShutdownAnswers checks that requests in progress get their responses when the gateway ends.
func TestShutdownAnswers(t *testing.T) {
	g := programs(t)("answers", "--log-level", "debug")
	g.fill(t)
	begun := func() int { return strings.Count(g.output(t), "START RequestId: ") }
	before := begun()
	answers := make(chan error, concurrency)
	for range concurrency {
		go func() { answers <- g.post("/prod/slow", `{}`) }()
	}
	for end := time.Now().Add(settleTime); begun() < before+concurrency; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d invocations have begun of %d", begun()-before, concurrency)
		}
	}
	if _, err := g.Signal(syscall.SIGTERM, endTime); err != nil {
		t.Error(err)
	}
	for range concurrency {
		if err := <-answers; err != nil {
			t.Error(err)
		}
	}
}

// holdings are what a gateway holds: file descriptors, MB of objects in use, KB of memory, and
// its peak in KB.
type holdings struct{ files, heap, resident, most int }

// settle waits until the gateway holds no more than before, or stops shrinking, and returns what
// it then holds.
func (g *gateway) settle(t *testing.T, before *holdings) (h holdings) {
	t.Helper()
	last, since := -1, time.Now()
	for end := time.Now().Add(settleTime); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		var err error
		if h.files, err = OpenFiles(g.PID); err != nil {
			t.Fatalf("the gateway is gone: %v\n%s", err, tail(g.output(t)))
		}
		if h.files != last {
			last, since = h.files, time.Now()
		}
		// The gateway waits 10 s for incomplete heads.
		if before != nil && h.files <= before.files+moreFiles || before == nil && time.Since(since) > 12*time.Second {
			break
		}
	}
	// The same traces are stored before and after, and garbage is collected several times in
	// between: the content of pools goes with the second.
	var collections [][]string
	for begin := len(g.collections(t)); len(collections) < begin+3; collections = g.collections(t) {
		for range 3000 {
			if err := g.want(g.send("GET", "/prod/mock/1", nil), 200, "{"); err != nil {
				t.Fatal(err)
			}
		}
	}
	client.CloseIdleConnections()
	var err error
	for end := time.Now().Add(settleTime); ; time.Sleep(100 * time.Millisecond) {
		if h.resident, err = Resident(g.PID, "VmRSS"); err != nil {
			t.Fatal(err)
		}
		// Go returns memory late.
		if before == nil || h.resident <= before.resident+moreResident || time.Now().After(end) {
			break
		}
	}
	if h.most, err = Resident(g.PID, "VmHWM"); err != nil {
		t.Fatal(err)
	}
	h.heap, _ = strconv.Atoi(collections[len(collections)-1][1])
	return h
}

func (g *gateway) collections(t *testing.T) [][]string {
	return collected.FindAllStringSubmatch(g.output(t), -1)
}

// collected matches a line of GODEBUG=gctrace=1; its third size is what was found in use.
var collected = regexp.MustCompile(`(?m)^gc \d+ @.* \d+->\d+->(\d+) MB, `)

var goroutine = regexp.MustCompile(`(?m)^goroutine \d+ .*\[.*\]:$`)

// goroutines ends the gateway with SIGQUIT, on which Go lists all of them.
func (g *gateway) goroutines(t *testing.T) int {
	t.Helper()
	if _, err := g.Signal(syscall.SIGQUIT, endTime); err == nil {
		t.Fatal("the gateway ended without an error")
	}
	n := len(goroutine.FindAllString(g.output(t), -1))
	if n == 0 {
		t.Fatal("no goroutines are listed")
	}
	t.Logf("%d goroutines", n)
	return n
}

func (g *gateway) output(t *testing.T) string {
	t.Helper()
	out, err := os.ReadFile(g.Log)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func tail(out string) string { return out[max(0, len(out)-4000):] }
