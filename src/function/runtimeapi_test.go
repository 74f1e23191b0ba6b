package main

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

// asFunction in the environment makes the test binary be a function: the game,
// or one of testHandlers.
const asFunction = "FUNCTION_TEST_AS_FUNCTION"

func TestMain(m *testing.M) {
	switch name := os.Getenv(asFunction); name {
	case "":
		os.Exit(m.Run())
	case "game":
		main()
	default:
		start, err := chooseLoop(os.Getenv)
		if err == nil {
			err = start(os.Getenv("AWS_LAMBDA_RUNTIME_API"), testHandlers[name])
		}
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// invocation is one event on its way through a runtimeAPI.
type invocation struct {
	payload string
	header  http.Header // more headers of the answer to "next"
	chunked bool        // send the payload without a Content-Length
	timeout time.Duration
}

// outcome is what the function posted for an invocation.
type outcome struct {
	path   string // "response", "error" or "init/error"
	body   string
	header http.Header
}

// runtimeAPI plays the Lambda Runtime API for one function process:
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
type runtimeAPI struct {
	*httptest.Server
	events   chan invocation
	outcomes chan outcome
	// answer decides the status of the answer to a response; nil is 202.
	answer func(outcome) int

	asked chan struct{} // receives for each "next"

	mu   sync.Mutex
	next int
	turn chan struct{} // closed when there is another "next"
}

// takeTurn makes a "next" the one that gets the next event.
func (api *runtimeAPI) takeTurn() (superseded <-chan struct{}) {
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

// waiting waits until the function asks for an event.
func (api *runtimeAPI) waiting(tb testing.TB) {
	tb.Helper()
	select {
	case <-api.asked:
	case <-time.After(30 * time.Second):
		tb.Fatal("the function does not ask for an event")
	}
}

func newRuntimeAPI(tb testing.TB) *runtimeAPI {
	api := &runtimeAPI{events: make(chan invocation), outcomes: make(chan outcome, 1), asked: make(chan struct{}, 1)}
	done := make(chan struct{})
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", func(w http.ResponseWriter, r *http.Request) {
		superseded := api.takeTurn()
		select {
		case <-superseded: // on a connection that is gone
		case e := <-api.events:
			select { // it has been answered
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
			o := outcome{path, string(body), r.Header.Clone()}
			status := http.StatusAccepted
			if api.answer != nil {
				status = api.answer(o)
			}
			w.WriteHeader(status)
			fmt.Fprintln(w, `{"status":"OK"}`)
			api.outcomes <- o
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

func (api *runtimeAPI) write(w http.ResponseWriter, e invocation) {
	api.mu.Lock()
	api.next++
	id := fmt.Sprintf("8476a536-e9f4-11e8-9739-%012d", api.next)
	api.mu.Unlock()
	if e.timeout == 0 {
		e.timeout = time.Minute
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Lambda-Runtime-Aws-Request-Id", id)
	h.Set("Lambda-Runtime-Deadline-Ms", fmt.Sprint(time.Now().Add(e.timeout).UnixMilli()))
	h.Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-north-1:123456789012:function:GameFunction")
	for name, values := range e.header {
		h[name] = values
	}
	if !e.chunked {
		h.Set("Content-Length", fmt.Sprint(len(e.payload)))
		io.WriteString(w, e.payload)
		return
	}
	for rest := e.payload; len(rest) > 0; {
		n := min(len(rest), 1<<16)
		io.WriteString(w, rest[:n])
		w.(http.Flusher).Flush()
		rest = rest[n:]
	}
}

// do sends an event and waits for what comes of it.
func (api *runtimeAPI) do(tb testing.TB, e invocation) outcome {
	tb.Helper()
	const patience = 30 * time.Second
	select {
	case api.events <- e:
	case o := <-api.outcomes:
		tb.Fatalf("the function posted %s %s before it took the event", o.path, o.body)
	case <-time.After(patience):
		tb.Fatal("the function does not ask for an event")
	}
	select {
	case o := <-api.outcomes:
		return o
	case <-time.After(patience):
		tb.Fatal("the function does not answer")
	}
	panic("unreachable")
}

// answerTo sends an event that must succeed and gives the answer.
func (api *runtimeAPI) answerTo(tb testing.TB, payload string) string {
	tb.Helper()
	o := api.do(tb, invocation{payload: payload})
	if o.path != "response" {
		tb.Fatalf("%s: %s %s", payload, o.path, o.body)
	}
	return o.body
}

// process is the function as a child process of the test.
type process struct {
	*exec.Cmd
	stdout, stderr bytes.Buffer
	exited         chan struct{} // closed after Wait
}

// startFunction runs the game against the API, with these variables and
// nothing else in its environment.
func startFunction(tb testing.TB, api *runtimeAPI, env ...string) *process {
	tb.Helper()
	return startHandler(tb, api, "game", env...)
}

// startHandler runs the game or one of testHandlers.
func startHandler(tb testing.TB, api *runtimeAPI, handler string, env ...string) *process {
	tb.Helper()
	return startHandlerAt(tb, strings.TrimPrefix(api.URL, "http://"), handler, env...)
}

// startHandlerAt runs it against any API, "" for none.
func startHandlerAt(tb testing.TB, address, handler string, env ...string) *process {
	tb.Helper()
	self, err := os.Executable()
	if err != nil {
		tb.Fatal(err)
	}
	p := &process{Cmd: exec.Command(self), exited: make(chan struct{})}
	p.Env = append([]string{asFunction + "=" + handler}, env...)
	if address != "" {
		p.Env = append(p.Env, "AWS_LAMBDA_RUNTIME_API="+address)
	}
	p.Stdout, p.Stderr = &p.stdout, &p.stderr
	if err := p.Start(); err != nil {
		tb.Fatal(err)
	}
	go func() {
		p.Wait()
		close(p.exited)
	}()
	tb.Cleanup(p.stop)
	return p
}

// stop ends the process; its output is complete then.
func (p *process) stop() {
	p.Process.Kill()
	<-p.exited
}

// exitCode waits for the process to end by itself.
func (p *process) exitCode(tb testing.TB) int {
	tb.Helper()
	select {
	case <-p.exited:
	case <-time.After(30 * time.Second):
		tb.Fatal("the function does not exit")
	}
	return p.ProcessState.ExitCode()
}

// logLines are the JSON lines of the function's standard output.
func (p *process) logLines(tb testing.TB) []map[string]any {
	tb.Helper()
	var lines []map[string]any
	for line := range strings.Lines(p.stdout.String()) {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			tb.Fatalf("log line %q: %v", line, err)
		}
		lines = append(lines, m)
	}
	return lines
}
