package mappingtest

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/diff"
	"golang.org/x/tools/txtar"

	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/recorder"
)

// Runner runs tests against one API.
type Runner struct {
	Document *gateway.Document
	// Options of the gateway: stage, stage variables, account, Region. Functions, Upstream,
	// Observe, Now and NewID are the runner's.
	Options gateway.Options
	// Explain returns what was wrong with a request that the gateway itself refused; it may be nil.
	Explain func(*gateway.Execution) string
	// Coverage, unless nil, adds up the parts of the templates that the tests reach.
	Coverage *Coverage
}

// Outcome is the outcome of a test.
type Outcome struct {
	Case     *Case
	Route    string // "GET /games/{id}", empty if no route matched
	Status   int
	Diff     string // empty if the test passed
	Explain  string // with Diff: the gateway's explanation
	Duration time.Duration

	archive *txtar.Archive // with the actual output in place of the expected one
}

// Passed reports whether the test passed.
func (o *Outcome) Passed() bool { return o.Diff == "" }

// Now is the time of every test.
func Now() time.Time { return time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC) }

// ID is the nth generated id of a test, from 1.
func ID(n int) string { return fmt.Sprintf("00000000-0000-0000-0000-%012d", n) }

// Run runs a test. An error means that it could not be run.
func (r *Runner) Run(ctx context.Context, c *Case) (*Outcome, error) {
	begin := time.Now()
	f := &recorder.Function{Payload: c.payload, Failed: c.functionError}
	service := &recorder.Service{Status: c.service.status, Header: http.Header{}}
	if c.service.body != nil {
		service.Body = []byte(*c.service.body)
	}
	for _, h := range c.service.header {
		service.Header.Add(h.name, h.value)
	}
	if len(service.Header) == 0 {
		service.Header = nil
	}
	var execution *gateway.Execution
	o := r.Options
	o.Coverage = r.Coverage != nil
	o.Upstream = service
	ids := 0
	o.Functions, o.Observe = f, func(e *gateway.Execution) { execution = e }
	o.Now = Now
	o.NewID = func() string {
		ids++
		return ID(ids)
	}
	g, err := gateway.New(r.Document, o)
	if err != nil {
		return nil, err
	}
	stage := o.Stage
	if stage == "" {
		stage = "prod"
	}
	req, err := recorder.Request(ctx, stage, c.method, c.path, c.header, c.body)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.File, err)
	}
	w := recorder.Send(g, req)
	out := &Outcome{Case: c, Status: w.Status, Duration: time.Since(begin)}
	if execution != nil && execution.Route != nil {
		out.Route = execution.Route.Name()
	}
	out.compare(f.Events, service.Requests, w)
	if r.Coverage != nil {
		r.Coverage.add(g.Routes())
	}
	if !out.Passed() && r.Explain != nil && execution != nil {
		out.Explain = r.Explain(execution)
	}
	return out, nil
}

// Compare compares the outcome of a test that ran elsewhere (the events that the function got, the
// requests that services got and the response) with what the test expects. It returns the
// difference, empty if there is none.
func (c *Case) Compare(events [][]byte, requests []*gateway.UpstreamRequest, r *recorder.Response) string {
	o := &Outcome{Case: c}
	o.compare(events, requests, r)
	return o.Diff
}

// compare fills Diff and archive.
func (o *Outcome) compare(events [][]byte, requests []*gateway.UpstreamRequest, w *recorder.Response) {
	c := o.Case
	o.archive = &txtar.Archive{Comment: c.archive.Comment, Files: slices.Clone(c.archive.Files)}
	if c.started() {
		o.start(events, requests, w)
		return
	}
	if c.wantEvent != nil {
		came := ""
		if len(events) > 0 {
			came = string(events[0])
			if came == "" {
				came = "{}" // Lambda's reading of an empty payload
			}
		}
		got, want := alike(came, *c.wantEvent)
		if len(events) > 0 && want == "" {
			want = "(no invocation)"
		} else if len(events) == 0 && want != "" {
			got = "(no invocation)"
		}
		if got != want {
			o.Diff += difference(event, want+"\n", got+"\n")
			o.set(event, lines(came))
		}
	}
	if c.wantCall != nil {
		var r *gateway.UpstreamRequest
		if len(requests) > 0 {
			r = requests[0]
		}
		got, want := c.wantCall.compare(r)
		if r == nil && want != "" {
			got = "(no request)\n"
		}
		if r != nil && want == "" {
			w := call{method: r.Method, url: r.URL.String(), body: &r.Body}
			got, want = w.String(), "(no request)\n"
		}
		if got != want {
			o.Diff += difference(serviceRequest, want, got)
			o.set(serviceRequest, got)
		}
	}
	if c.want != nil && c.want.status == 0 {
		o.Diff += "the response is empty; --update writes the actual one\n"
		o.set(response, whole(w))
	} else if c.want != nil {
		got, want := c.want.compare(w)
		if got != want {
			o.Diff += difference(response, want, got)
			came := message{status: w.Status}
			if c.want.body != nil {
				came.body = new(strings.TrimSuffix(w.Body.String(), "\n"))
			}
			for _, f := range c.want.header {
				came.header = append(came.header, field{f.name, strings.Join(w.Values(f.name), ", ")})
			}
			o.set(response, came.String())
		}
	}
}

// start fills archive with the outcome of a test that expects nothing yet.
func (o *Outcome) start(events [][]byte, requests []*gateway.UpstreamRequest, w *recorder.Response) {
	o.Diff = "the test expects nothing: add an event, a service request or a response, or let --update write the actual ones\n"
	switch {
	case len(requests) > 0:
		r := requests[0]
		o.add(serviceRequest, (&call{method: r.Method, url: r.URL.String(), body: &r.Body}).String(), request)
	case len(events) > 0:
		o.add(event, lines(string(events[0])), request)
	default:
		o.add(event, "", request)
	}
	o.add(response, whole(w), "")
}

// whole returns a response for an archive, without the parts that vary each time.
func whole(r *recorder.Response) string {
	m := message{status: r.Status}
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		if !Varies(name) {
			m.header = append(m.header, field{name, strings.Join(r.Values(name), ", ")})
		}
	}
	m.body = new(strings.TrimSuffix(r.Body.String(), "\n"))
	return m.String()
}

// add sets a file if it exists, or else inserts it after the file called after; at the end if that
// is empty.
func (o *Outcome) add(name, text, after string) {
	named := func(name string) func(txtar.File) bool { return func(f txtar.File) bool { return f.Name == name } }
	if slices.ContainsFunc(o.archive.Files, named(name)) {
		o.set(name, text)
		return
	}
	at := len(o.archive.Files)
	if i := slices.IndexFunc(o.archive.Files, named(after)); after != "" && i >= 0 {
		at = i + 1
	}
	o.archive.Files = slices.Insert(o.archive.Files, at, txtar.File{Name: name, Data: []byte(text)})
}

func difference(name, want, got string) string {
	text := string(diff.Diff("expected "+name, []byte(want), "actual "+name, []byte(got)))
	_, text, _ = strings.Cut(text, "\n") // the line of a diff command
	return text
}

func lines(s string) string {
	if s == "" {
		return ""
	}
	return strings.TrimSuffix(s, "\n") + "\n"
}

func (o *Outcome) set(name, text string) {
	for i, f := range o.archive.Files {
		if f.Name == name {
			o.archive.Files[i].Data = []byte(text)
		}
	}
}

// Unreadable is the outcome of a file that is not a test.
func Unreadable(file string, err error) *Outcome {
	return &Outcome{Case: &Case{File: file}, Diff: strings.TrimPrefix(err.Error(), "open ") + "\n"}
}

// Update writes the actual output into the test's file, in place of the expected one.
func (o *Outcome) Update() error {
	text, err := format(o.archive)
	if err != nil {
		return fmt.Errorf("%s: %w", o.Case.File, err)
	}
	return os.WriteFile(o.Case.File, text, 0o666)
}

// Missing lists the responses that the document declares and no test has reached: "GET /games/{id}
// 404", in the order of the document.
func Missing(routes []*gateway.Route, outcomes []*Outcome) []string {
	seen := map[string]bool{}
	for _, o := range outcomes {
		seen[fmt.Sprint(o.Route, " ", o.Status)] = true
	}
	var missing []string
	for _, r := range routes {
		statuses := map[string]bool{}
		if r.Integration != nil {
			for _, ir := range r.Integration.Responses {
				statuses[ir.Status] = true
			}
		}
		for _, status := range slices.Sorted(maps.Keys(statuses)) {
			if key := r.Name() + " " + status; !seen[key] {
				missing = append(missing, key)
			}
		}
	}
	return missing
}
