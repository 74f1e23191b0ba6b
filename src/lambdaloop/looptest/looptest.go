// Package looptest emulates the Lambda Runtime API for a function that runs as a child Process, so
// that tests see what Lambda would see.
package looptest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// Invocation is one event sent through an API.
type Invocation struct {
	Payload string
	Header  http.Header   // more headers of the response to "next"
	Chunked bool          // send the payload without a Content-Length
	Timeout time.Duration // until its deadline, a minute if it is 0
}

// Outcome is what the function posted for an Invocation.
type Outcome struct {
	Path   string // "response", "error" or "init/error"
	Body   string
	Header http.Header
}

// API emulates the Lambda Runtime API for one function Process:
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
type API struct {
	*httptest.Server
	events   chan Invocation
	Outcomes chan Outcome
	// Status determines the HTTP status that a posted outcome gets; nil means 202.
	Status func(Outcome) int

	asked chan struct{} // receives for each "next"

	mu   sync.Mutex
	next int
	turn chan struct{} // closed when there is another "next"
}

// takeTurn makes a "next" the one that gets the next event.
func (api *API) takeTurn() (superseded <-chan struct{}) {
	api.mu.Lock()
	defer api.mu.Unlock()
	if api.turn != nil {
		close(api.turn)
	}
	api.turn = make(chan struct{})
	select {
	case <-api.asked:
	default:
	}
	api.asked <- struct{}{}
	return api.turn
}

// Waiting waits until the function asks for an event.
func (api *API) Waiting(tb testing.TB) {
	tb.Helper()
	select {
	case <-api.asked:
	case <-time.After(30 * time.Second):
		tb.Fatal("the function does not ask for an event")
	}
}

// New starts an API that ends with the test.
func New(tb testing.TB) *API {
	api := &API{events: make(chan Invocation), Outcomes: make(chan Outcome, 1), asked: make(chan struct{}, 1)}
	done := make(chan struct{})
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", func(w http.ResponseWriter, r *http.Request) {
		superseded := api.takeTurn()
		select {
		case <-superseded: // on a connection that is gone
		case e := <-api.events:
			select { // it has a response
			case <-api.asked:
			default:
			}
			api.write(w, e)
		case <-done:
			panic(http.ErrAbortHandler)
		case <-r.Context().Done():
		}
	})
	post := func(path string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return // the function went away
			}
			o := Outcome{path, string(body), r.Header.Clone()}
			status := http.StatusAccepted
			if api.Status != nil {
				status = api.Status(o)
			}
			w.WriteHeader(status)
			fmt.Fprintln(w, `{"status":"OK"}`)
			api.Outcomes <- o
		}
	}
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/response", post("response"))
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/error", post("error"))
	mux.HandleFunc("POST /2018-06-01/runtime/init/error", post("init/error"))
	api.Server = httptest.NewServer(mux)
	tb.Cleanup(func() {
		close(done)
		api.CloseClientConnections()
		api.Close()
	})
	return api
}

func (api *API) write(w http.ResponseWriter, e Invocation) {
	api.mu.Lock()
	api.next++
	id := fmt.Sprintf("8476a536-e9f4-11e8-9739-%012d", api.next)
	api.mu.Unlock()
	if e.Timeout == 0 {
		e.Timeout = time.Minute
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Lambda-Runtime-Aws-Request-Id", id)
	h.Set("Lambda-Runtime-Deadline-Ms", fmt.Sprint(time.Now().Add(e.Timeout).UnixMilli()))
	h.Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-north-1:123456789012:function:GameFunction")
	for name, values := range e.Header {
		h[name] = values
	}
	if !e.Chunked {
		h.Set("Content-Length", fmt.Sprint(len(e.Payload)))
		io.WriteString(w, e.Payload)
		return
	}
	for rest := e.Payload; len(rest) > 0; {
		n := min(len(rest), 1<<16)
		io.WriteString(w, rest[:n])
		w.(http.Flusher).Flush()
		rest = rest[n:]
	}
}

// Do sends an event and waits for its outcome.
func (api *API) Do(tb testing.TB, e Invocation) Outcome {
	tb.Helper()
	const patience = 30 * time.Second
	select {
	case api.events <- e:
	case o := <-api.Outcomes:
		tb.Fatalf("the function posted %s %s before it took the event", o.Path, o.Body)
	case <-time.After(patience):
		tb.Fatal("the function does not ask for an event")
	}
	select {
	case o := <-api.Outcomes:
		return o
	case <-time.After(patience):
		tb.Fatal("the function does not answer")
	}
	panic("unreachable")
}

// Answer sends an event that must succeed and returns the response.
func (api *API) Answer(tb testing.TB, payload string) string {
	tb.Helper()
	o := api.Do(tb, Invocation{Payload: payload})
	if o.Path != "response" {
		tb.Fatalf("%s: %s %s", payload, o.Path, o.Body)
	}
	return o.Body
}

// Process is the test binary as a child process of the test.
type Process struct {
	*exec.Cmd
	Stdout, Stderr bytes.Buffer  // complete after Stop or ExitCode
	exited         chan struct{} // closed after Wait
}

// Start runs the test binary against the API, with these variables and nothing else in its
// environment; its TestMain must make it be the function.
func Start(tb testing.TB, api *API, env ...string) *Process {
	tb.Helper()
	p := StartAt(tb, strings.TrimPrefix(api.URL, "http://"), env...)
	if os.Getenv(coverage) != "" {
		// Only a process that ends by itself writes its coverage.
		tb.Cleanup(func() {
			api.CloseClientConnections()
			api.Listener.Close()
			select {
			case <-p.exited:
			case <-time.After(time.Second): // its handler waits for something else
			}
		})
	}
	return p
}

// coverage is the variable that make cover sets: where programs write the coverage of tests.
const coverage = "GOCOVERDIR"

// StartAt is Start against any API's address, "" for none.
func StartAt(tb testing.TB, address string, env ...string) *Process {
	tb.Helper()
	self, err := os.Executable()
	if err != nil {
		tb.Fatal(err)
	}
	p := &Process{Cmd: exec.Command(self), exited: make(chan struct{})}
	p.Env = append([]string{}, env...)
	if dir := os.Getenv(coverage); dir != "" {
		p.Env = append(p.Env, coverage+"="+dir)
	}
	if address != "" {
		p.Env = append(p.Env, "AWS_LAMBDA_RUNTIME_API="+address)
	}
	p.Cmd.Stdout, p.Cmd.Stderr = &p.Stdout, &p.Stderr
	if err := p.Cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	go func() {
		p.Wait()
		close(p.exited)
	}()
	tb.Cleanup(p.Stop)
	return p
}

// Stop ends the process; its output is complete then.
func (p *Process) Stop() {
	p.Process.Kill()
	<-p.exited
}

// ExitCode waits for the process to end by itself.
func (p *Process) ExitCode(tb testing.TB) int {
	tb.Helper()
	select {
	case <-p.exited:
	case <-time.After(30 * time.Second):
		tb.Fatal("the function does not exit")
	}
	return p.ProcessState.ExitCode()
}

// LogLines are the JSON lines of the function's standard output.
func (p *Process) LogLines(tb testing.TB) []map[string]any {
	tb.Helper()
	var lines []map[string]any
	for line := range strings.Lines(p.Stdout.String()) {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			tb.Fatalf("log line %q: %v", line, err)
		}
		lines = append(lines, m)
	}
	return lines
}
