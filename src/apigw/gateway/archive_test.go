package gateway_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"example.com/guessing-game/src/apigw/gateway"
)

// Each archive in testdata holds a document and exchanges with it:
//
//	openapi.yaml      the document
//	options.json      {"StageVariables":{…}} and other Options, if any
//	NAME.request      a request: line, headers, blank line, body
//	NAME.function     what the function returns; or NAME.error, the payload of a function error
//	NAME.event        the event that the function must get
//	NAME.authorizer   what an authorizer's function returns; or NAME.authorizer-error
//	NAME.asked        the event that an authorizer's function must get
//	NAME.response     the expected response: status, headers that must be there (!Name: must not be), blank line, body
//	NAME.log          lines that the execution log must have, in this order (!Text: no line begins so)
//
// An exchange whose name begins with async is one whose function must be invoked asynchronously.
//
// One newline at the end of an event, body or payload belongs to the archive, not to the text.

// stubInvoker returns the same result for each invocation and records the last.
type stubInvoker struct {
	result gateway.InvocationResult
	err    error
	calls  int
	last   gateway.Invocation
	wait   bool

	authorizer gateway.InvocationResult
	asked      []gateway.Invocation
}

func (s *stubInvoker) Invoke(ctx context.Context, in gateway.Invocation) (gateway.InvocationResult, error) {
	if in.Authorizer != "" {
		s.asked = append(s.asked, in)
		return s.authorizer, nil
	}
	s.calls++
	s.last = in
	if s.wait {
		<-ctx.Done()
		return gateway.InvocationResult{}, ctx.Err()
	}
	if in.Async {
		return gateway.InvocationResult{StatusCode: 202}, s.err
	}
	return s.result, s.err
}

var fixedTime = time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC)

func testOptions() gateway.Options {
	return gateway.Options{
		Stage: "dev",
		Now:   func() time.Time { return fixedTime },
		NewID: func() string { return "11111111-2222-4333-8444-555555555555" },
	}
}

func TestArchives(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			runArchive(t, file)
		})
	}
}

func runArchive(t *testing.T, file string) {
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]string{}
	for _, f := range txtar.Parse(data).Files {
		if _, ok := parts[f.Name]; ok {
			t.Fatalf("%s twice", f.Name)
		}
		parts[f.Name] = string(f.Data)
	}
	doc, err := gateway.ParseDocument(file, []byte(parts["openapi.yaml"]))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for name := range parts {
		if n, ok := strings.CutSuffix(name, ".request"); ok {
			names = append(names, n)
			if _, ok := parts[n+".response"]; !ok {
				t.Errorf("%s has no response", n)
			}
		}
	}
	if len(names) == 0 {
		t.Fatal("no requests")
	}
	sort.Strings(names)
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			runExchange(t, doc, parts, name)
		})
	}
}

func runExchange(t *testing.T, doc *gateway.Document, parts map[string]string, name string) {
	o := testOptions()
	if s, ok := parts["options.json"]; ok {
		if err := json.Unmarshal([]byte(s), &o); err != nil {
			t.Fatal(err)
		}
	}
	stub := &stubInvoker{result: gateway.InvocationResult{StatusCode: 200, Payload: []byte(body(parts[name+".function"])), RequestID: "fn-1"}}
	if s, ok := parts[name+".error"]; ok {
		stub.result.Payload, stub.result.FunctionError = []byte(body(s)), "Unhandled"
	}
	stub.authorizer.Payload = []byte(body(parts[name+".authorizer"]))
	if s, ok := parts[name+".authorizer-error"]; ok {
		stub.authorizer.Payload, stub.authorizer.FunctionError = []byte(body(s)), "Unhandled"
	}
	if s, ok := parts[name+".invoker"]; ok {
		switch body(s) {
		case "fails":
			stub.err = errors.New("ResourceNotFoundException")
		case "waits":
			stub.wait = true
		default:
			t.Fatalf("unknown invoker %q", s)
		}
	}
	var seen *gateway.Execution
	o.Functions, o.Observe = stub, func(e *gateway.Execution) { seen = e }
	g, err := gateway.New(doc, o)
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	g.ServeHTTP(w, request(t, parts[name+".request"]))

	wantHead, wantBody, _ := strings.Cut(parts[name+".response"], "\n\n")
	lines := strings.Split(strings.TrimRight(wantHead, "\n"), "\n")
	if got := w.Result().Status[:3]; got != lines[0] {
		t.Errorf("status %s, want %s; body %s", got, lines[0], w.Body)
	}
	for _, line := range lines[1:] {
		key, value, _ := strings.Cut(line, ": ")
		if absent, ok := strings.CutPrefix(key, "!"); ok {
			if v, there := w.Header()[absent]; there {
				t.Errorf("header %s: %q, want none", absent, v)
			}
		} else if got := strings.Join(w.Header()[key], "|"); got != value {
			t.Errorf("header %s: %q, want %q; all: %v", key, got, value, w.Header())
		}
	}
	if got, want := w.Body.String(), body(wantBody); got != want {
		t.Errorf("body\n got %s\nwant %s", got, want)
	}
	if async := strings.HasPrefix(name, "async"); stub.calls > 0 && stub.last.Async != async {
		t.Errorf("asynchronous invocation: %v, want %v", stub.last.Async, async)
	}
	if want, ok := parts[name+".event"]; ok {
		if stub.calls != 1 {
			t.Errorf("%d invocations, want 1", stub.calls)
		} else if got := string(stub.last.Payload); got != body(want) {
			t.Errorf("event\n got %s\nwant %s", got, body(want))
		}
	} else if _, ok := parts[name+".function"]; !ok && stub.calls != 0 && parts[name+".error"] == "" && parts[name+".invoker"] == "" {
		t.Errorf("the function was invoked with %s", stub.last.Payload)
	}
	if want, ok := parts[name+".asked"]; ok {
		if len(stub.asked) != 1 {
			t.Errorf("the authorizer was asked %d times, want 1", len(stub.asked))
		} else if got := string(stub.asked[0].Payload); got != body(want) {
			t.Errorf("the authorizer's event\n got %s\nwant %s", got, body(want))
		}
	} else if parts[name+".authorizer"]+parts[name+".authorizer-error"] == "" && len(stub.asked) > 0 {
		t.Errorf("the authorizer was asked")
	}
	if want, ok := parts[name+".log"]; ok {
		checkLog(t, seen, want)
	}
}

func checkLog(t *testing.T, e *gateway.Execution, want string) {
	t.Helper()
	i, log := 0, e.Log()
	for _, line := range strings.Split(strings.TrimRight(want, "\n"), "\n") {
		if absent, ok := strings.CutPrefix(line, "!"); ok {
			if slices.ContainsFunc(log, func(l gateway.LogLine) bool { return strings.HasPrefix(l.Text, absent) }) {
				t.Errorf("the log has a line %q:\n%s", absent, e.Text())
			}
			continue
		}
		for i < len(log) && log[i].Text != line {
			i++
		}
		if i == len(log) {
			t.Errorf("the log has not, or not there, %q; it is\n%s", line, e.Text())
			return
		}
	}
}

func body(s string) string { return strings.TrimSuffix(s, "\n") }

// request reads a request as a server would, but keeps the names of headers as written.
func request(t *testing.T, s string) *http.Request {
	t.Helper()
	head, content, _ := strings.Cut(s, "\n\n")
	content = body(content)
	lines := strings.Split(strings.TrimRight(head, "\n"), "\n")
	raw := lines[0] + " HTTP/1.1\r\nHost: api.example.com\r\n"
	if content != "" {
		raw += "Content-Length: " + itoa(len(content)) + "\r\n"
	}
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(raw + "\r\n" + content)))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ":")
		r.Header[name] = append(r.Header[name], strings.TrimSpace(value))
	}
	r.RemoteAddr = "203.0.113.7:4711"
	return r
}

func itoa(n int) string { b, _ := json.Marshal(n); return string(b) }
