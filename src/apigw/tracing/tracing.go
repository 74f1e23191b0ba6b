// Package tracing hands requests and invocations to the trace collector: what a viewer needs to see
// them, and to send them again.
package tracing

import (
	"context"
	"crypto/rand"
	"log/slog"
	"maps"
	"math"
	"net/http"
	"slices"
	"strings"

	"example.com/guessing-game/src/apigw/bench"
	"example.com/guessing-game/src/apigw/explain"
	"example.com/guessing-game/src/apigw/functions"
	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/gateway/headernames"
	"example.com/guessing-game/src/apigw/gateway/mask"
	"example.com/guessing-game/src/apigw/invoke"
	"example.com/guessing-game/src/apigw/project"
	"example.com/guessing-game/src/apigw/shellword"
	"example.com/guessing-game/src/apigw/trace"
	"example.com/guessing-game/src/apigw/traceheader"
)

// maxKeptBody bounds the part of a request's body that is stored so that it can be sent again.
const maxKeptBody = 64 << 10

// Tracer reports requests and invocations to the trace collector: the gateway's segment and the
// function's, which those that the function sends over UDP join. What only a viewer needs is made
// when somebody looks.
type Tracer struct {
	*trace.Collector
	masker    *mask.Masker
	InvokeAPI InvokeAPI // no address if it is off
}

// Answered is a request that a gateway has responded to.
type Answered struct {
	Functions *functions.Set
	API       *project.API
	Request   *http.Request
	Execution *gateway.Execution
	Report    invoke.Report // of the function's invocation; zero if there was none
	Asked     invoke.Report // of the authorizer's invocation; zero if there was none
	Log       string        // the end of what the function wrote
	Unseen    []byte        // what functions wrote and the console has not shown, as it shows it
}

// keptRequest is a request as the client sent it.
type keptRequest struct {
	method, target, host string
	header               http.Header
	names                headernames.Names
	body                 []byte
	whole                bool // body is complete
	length               int  // of the body, as far as it was read
}

// New makes a tracer.
func New(log *slog.Logger, masker *mask.Masker) *Tracer {
	config := trace.Config{Logger: log}
	if masker != nil {
		config.Hide = masker.Members
	}
	return &Tracer{Collector: trace.NewCollector(config), masker: masker}
}

// keptKey is the key under which a request's context has its *keptRequest.
type keptKey struct{}

// Keep records what a client sends. The body is added when the gateway has read it.
func (t *Tracer) Keep(r *http.Request) *http.Request {
	k := &keptRequest{method: r.Method, target: r.RequestURI, host: r.Host, header: r.Header, names: headernames.Of(r)}
	return r.WithContext(context.WithValue(headernames.With(r.Context(), k.names), keptKey{}, k))
}

// curl is the request as a curl command that is safe to paste: values are hidden before they are
// quoted, a body is never taken for the name of a file, and brackets in the URL are not patterns.
func (k *keptRequest) curl(c *mask.Cover, target string) string {
	var b strings.Builder
	b.WriteString("curl -i --globoff")
	if k.method != http.MethodGet {
		b.WriteString(" -X " + shellword.Quoted(k.method))
	}
	for _, name := range slices.Sorted(maps.Keys(k.header)) {
		switch name {
		case "Content-Length", "Accept-Encoding", "Connection", "User-Agent", "X-Amzn-Trace-Id":
			continue
		}
		for i, v := range k.header[name] {
			if name == "Accept" && v == "*/*" {
				continue
			}
			b.WriteString(" -H " + shellword.Quoted(k.names.Written(name, i)+": "+c.Header(name, v)))
		}
	}
	switch body := c.Text(string(k.body)); {
	case len(k.body) == 0 || !k.whole:
	case !shellword.Pastable(body):
		return shellword.Printed(body) + " | " + b.String() + " --data-binary @- " + shellword.Quoted("http://"+k.host+target)
	default:
		b.WriteString(" --data-raw " + shellword.Quoted(body))
	}
	b.WriteString(" " + shellword.Quoted("http://"+k.host+target))
	return b.String()
}

// Request records a REST request after its response. It returns the id of its trace, empty if there
// is none.
func (t *Tracer) Request(x *Answered) string {
	e := x.Execution
	kept, ok := x.Request.Context().Value(keptKey{}).(*keptRequest)
	if !ok {
		return ""
	}
	header := traceheader.Parse(kept.header.Get("X-Amzn-Trace-Id"))
	id := traceheader.Parse(e.TraceHeader).Root
	if id == "" {
		id = header.Root
	}
	if id == "" {
		id = traceheader.NewTraceID(e.Start, rand.Reader)
	}
	route := "(no route)"
	if e.Route != nil {
		route = e.Method + " " + e.Resource
	}
	if kept.whole = e.BodyRead && len(e.Body) <= maxKeptBody || x.Request.ContentLength == 0; kept.whole {
		kept.body = []byte(e.Body)
	}
	kept.length, e.Body = len(e.Body), ""
	d := &details{keptRequest: kept, tracer: t, answered: x, traceID: id, parent: header.Parent}
	r := trace.Request{
		TraceID: id, ID: e.RequestID, Time: e.Start, Method: e.Method, Path: e.Target, Route: route, Status: e.Status,
		Duration: e.End.Sub(e.Start), Details: d,
	}
	r.Error, _, _ = strings.Cut(strings.TrimSpace(explain.Failure(x.API.API, e)), "\n")
	if x.Report.Billed > 0 {
		r.Invocation = figures(x.Report)
	}
	x.Request, e.Request = nil, nil // they hold the connection
	t.Record(r)
	head := gatewayHead(x.API, e, id, d.parent)
	if head.Check() != nil { // ids from the client that X-Ray would reject
		t.Trace(id) // the viewer and the log show why
		return ""
	}
	return id
}

// details are what a viewer needs to know about a request.
type details struct {
	*keptRequest
	tracer          *Tracer
	answered        *Answered // nil once everything is made
	traceID, parent string
	shown           bench.Request // as the page shows it, once made
}

// Make makes the log, the curl command and the segments.
func (d *details) Make() trace.Made {
	x := d.answered
	d.answered = nil
	var log []string
	for _, l := range x.Execution.Log() {
		log = append(log, l.Text)
	}
	if text := strings.TrimSpace(explain.Failure(x.API.API, x.Execution)); text != "" {
		log = append(log, strings.Split(text, "\n")...)
	}
	segments := []trace.Segment{gatewaySegment(x.API, x.Execution, d.traceID, d.parent)}
	invoked := func(name string, r invoke.Report, step string) {
		if f := x.Functions.Find(name); f != nil {
			segments = append(segments, functionSegments(f, r, stepID(segments[0], step))...)
		}
	}
	invoked(x.Execution.Function, x.Report, "integration")
	if a := x.Execution.Authorizer; a != nil {
		invoked(a.Function.Name, x.Asked, "authorizer")
	}
	return trace.Made{Log: log, Curl: d.curl(x.Execution.Cover(), x.Execution.Target), Run: d.run(x), Segments: segments}
}

// run returns the request's steps, for the trace page.
func (d *details) run(x *Answered) *bench.Run {
	e, k := x.Execution, d.keptRequest
	c := e.Cover()
	request := bench.Request{Method: k.method, Path: e.Target, Body: bench.NewBody(c.Text(string(k.body)))}
	if !k.whole {
		request.Body = bench.Body{Left: max(1, k.length)}
	}
	for _, name := range slices.Sorted(maps.Keys(k.header)) {
		for i, v := range k.header[name] {
			request.Headers = append(request.Headers, bench.Header{Name: k.names.Written(name, i), Value: c.Header(name, v)})
		}
	}
	d.shown = request
	r := bench.Of(e, x.API.API, request)
	r.Context.Host = k.host
	r.Wrote = c.Text(x.Log) // in which the masker has already hidden values
	return r
}

// Bytes is the memory that the request takes: as received and, until Make, its execution.
func (d *details) Bytes() int {
	const fixed, perHeader = 1 << 10, 64
	n := fixed + len(d.target) + len(d.names) + len(d.body)
	for name, values := range d.header {
		for _, v := range values {
			n += perHeader + len(name) + len(v)
		}
	}
	if d.answered == nil {
		return n
	}
	if d.answered.Execution.Error != nil {
		return math.MaxInt // an error may contain anything, such as the variables of its template
	}
	return n + len(d.answered.Log) + d.answered.Execution.Bytes()
}
