package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"example.com/guessing-game/src/apigw/bench"
	"example.com/guessing-game/src/apigw/explain"
	"example.com/guessing-game/src/apigw/functions"
	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/gateway/headernames"
	"example.com/guessing-game/src/apigw/gateway/mask"
	"example.com/guessing-game/src/apigw/invoke"
	"example.com/guessing-game/src/apigw/project"
	"example.com/guessing-game/src/apigw/recorder"
	"example.com/guessing-game/src/apigw/shellword"
	"example.com/guessing-game/src/apigw/trace"
	"example.com/guessing-game/src/apigw/traceheader"
)

// maxKeptBody bounds the part of a request's body that is stored so that it can be sent again.
const maxKeptBody = 64 << 10

// tracer reports requests and invocations to the trace collector: the gateway's segment and the
// function's, which those that the function sends over UDP join. What only a viewer needs is made
// when somebody looks.
type tracer struct {
	*trace.Collector
	masker *mask.Masker
	now    func() time.Time
	invoke invokeAPI // no address if it is off
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

// invokeAPI is where functions are invoked.
type invokeAPI struct{ address, region string }

// command is a command of the AWS CLI that invokes a function and writes its result to a file. The
// payload may be empty.
func (a invokeAPI) command(function, payload, file string, more ...string) string {
	words := []string{"aws", "lambda", "invoke", "--endpoint-url", "http://" + a.address, "--no-sign-request", "--region", shellword.Quoted(a.region), "--function-name", shellword.Quoted(function)}
	words = append(words, more...)
	if payload != "" {
		words = append(words, "--payload", payload)
	}
	return strings.Join(append(words, file), " ")
}

func newTracer(log *slog.Logger, masker *mask.Masker) *tracer {
	config := trace.Config{Logger: log}
	if masker != nil {
		config.Hide = masker.Members
	}
	return &tracer{Collector: trace.NewCollector(config), masker: masker, now: time.Now}
}

// keptKey is the key under which a request's context has its *keptRequest.
type keptKey struct{}

// keep records what a client sends. The body is added when the gateway has read it.
func (t *tracer) keep(r *http.Request) *http.Request {
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

// request records a REST request after its response. It returns the id of its trace, empty if there
// is none.
func (t *tracer) request(x *answered) string {
	e := x.execution
	kept, ok := x.request.Context().Value(keptKey{}).(*keptRequest)
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
	if kept.whole = e.BodyRead && len(e.Body) <= maxKeptBody || x.request.ContentLength == 0; kept.whole {
		kept.body = []byte(e.Body)
	}
	kept.length, e.Body = len(e.Body), ""
	d := &details{keptRequest: kept, tracer: t, answered: x, traceID: id, parent: header.Parent}
	r := trace.Request{
		TraceID: id, ID: e.RequestID, Time: e.Start, Method: e.Method, Path: e.Target, Route: route, Status: e.Status,
		Duration: e.End.Sub(e.Start), Details: d,
	}
	r.Error, _, _ = strings.Cut(strings.TrimSpace(explain.Failure(x.api.API, e)), "\n")
	if x.report.Billed > 0 {
		r.Invocation = figures(x.report)
	}
	x.request, e.Request = nil, nil // they hold the connection
	t.Record(r)
	head := gatewayHead(x.api, e, id, d.parent)
	if head.Check() != nil { // ids from the client that X-Ray would reject
		t.Trace(id) // the viewer and the log show why
		return ""
	}
	return id
}

// details are what a viewer needs to know about a request.
type details struct {
	*keptRequest
	tracer          *tracer
	answered        *answered // nil once everything is made
	traceID, parent string
	shown           bench.Request // as the page shows it, once made
}

// Make makes the log, the curl command and the segments.
func (d *details) Make() trace.Made {
	x := d.answered
	d.answered = nil
	var log []string
	for _, l := range x.execution.Log() {
		log = append(log, l.Text)
	}
	if text := strings.TrimSpace(explain.Failure(x.api.API, x.execution)); text != "" {
		log = append(log, strings.Split(text, "\n")...)
	}
	segments := []trace.Segment{gatewaySegment(x.api, x.execution, d.traceID, d.parent)}
	invoked := func(name string, r invoke.Report, step string) {
		if f := x.serving.functions.Find(name); f != nil {
			segments = append(segments, functionSegments(f, r, stepID(segments[0], step))...)
		}
	}
	invoked(x.execution.Function, x.report, "integration")
	if a := x.execution.Authorizer; a != nil {
		invoked(a.Function.Name, x.asked, "authorizer")
	}
	return trace.Made{Log: log, Curl: d.curl(x.execution.Cover(), x.execution.Target), Run: d.run(x), Segments: segments}
}

// run returns the request's steps, for the trace page.
func (d *details) run(x *answered) *bench.Run {
	e, k := x.execution, d.keptRequest
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
	r := bench.Of(e, benchSetting(x.api), request)
	r.Wrote = c.Text(x.log) // in which the masker has already hidden values
	return r
}

// benchSetting describes an API: where its templates are, and what was wrong with a request.
func benchSetting(a *project.API) bench.Setting {
	return bench.Setting{
		API: a.ID, Place: a.At,
		Explain: func(e *gateway.Execution) string { return explain.Failure(a.API, e) },
	}
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
	if d.answered.execution.Error != nil {
		return math.MaxInt // an error may contain anything, such as the variables of its template
	}
	return n + len(d.answered.log) + d.answered.execution.Bytes()
}

func figures(r invoke.Report) *trace.Invocation {
	return &trace.Invocation{
		RequestID: r.RequestID, Duration: r.Duration, Init: r.InitDuration, Billed: r.Billed, ColdStart: r.ColdStart,
		MemoryMB: r.MemorySizeMB, MaxMemoryMB: r.MaxMemoryMB,
	}
}

// gatewayHead is the gateway's segment as far as it depends on what the client sent.
func gatewayHead(a *project.API, e *gateway.Execution, traceID, parent string) trace.Segment {
	return trace.Segment{
		TraceID: traceID, ID: e.SegmentID, ParentID: parent, Name: a.ID + "/" + a.Stage, StartTime: trace.Seconds(e.Start), EndTime: trace.Seconds(e.End),
	}
}

// gatewaySegment is the gateway's part of a trace: a subsegment for each of its steps.
func gatewaySegment(a *project.API, e *gateway.Execution, traceID, parent string) trace.Segment {
	s := gatewayHead(a, e, traceID, parent)
	s.Origin, s.Error, s.Fault, s.Throttle = "AWS::ApiGateway::Stage", e.Status >= 400 && e.Status < 500, e.Status >= 500, e.Status == 429
	s.HTTP = map[string]any{"request": map[string]any{"method": e.Method, "url": e.Path}, "response": map[string]any{"status": e.Status}}
	if e.ResponseType != "" {
		s.Annotations = map[string]any{"gateway_response": e.ResponseType}
	}
	s.Subsegments = make([]trace.Segment, 0, len(e.Steps))
	for _, step := range e.Steps {
		sub := trace.Segment{ID: traceheader.NewSegmentID(rand.Reader), Name: step.Name, StartTime: trace.Seconds(step.Start), EndTime: trace.Seconds(step.End)}
		if e.Call != nil && step.Name == "integration" {
			callSegment(&sub, e.Call)
		}
		if step.Err != nil { // the client's mistake, or ours
			sub.Error, sub.Fault = s.Error, !s.Error
		}
		if step.Template != nil {
			sub.Metadata = map[string]any{"template": map[string]any{"place": a.At(step.Template.Position).String(), "type": step.Template.MediaType}}
		}
		s.Subsegments = append(s.Subsegments, sub)
	}
	return s
}

// callSegment turns the integration's subsegment into that of a call to an AWS service or an HTTP
// backend, as X-Ray's SDKs write them.
func callSegment(s *trace.Segment, c *gateway.Call) {
	s.Namespace, s.Name = "remote", c.Host
	response := map[string]any{}
	if c.Status != 0 {
		response["status"] = c.Status
	}
	s.HTTP = map[string]any{"request": map[string]any{"method": c.Method, "url": c.URL}, "response": response}
	if c.Service != nil {
		s.Namespace, s.Name = "aws", c.Service.Name
		s.AWS = map[string]any{"region": c.Service.Region, "retries": c.Retries}
		if c.Service.Action != "" {
			s.AWS["operation"] = c.Service.Action
		}
		if c.RequestID != "" {
			s.AWS["request_id"] = c.RequestID
		}
	}
	s.Error, s.Fault, s.Throttle = c.Status >= 400 && c.Status < 500, c.Status >= 500, c.Status == http.StatusTooManyRequests
}

// stepID is the id of the subsegment of a step, in which the gateway waited for a function.
func stepID(gateway trace.Segment, step string) string {
	for _, s := range gateway.Subsegments {
		if s.Name == step {
			return s.ID
		}
	}
	return gateway.ID
}

// functionSegments returns the segment of an invocation, the parent of the function's own
// segments, with the parts of an invocation that X-Ray shows:
// https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html. The time before the first part
// was spent waiting for a process.
func functionSegments(f *functions.Function, r invoke.Report, parent string) []trace.Segment {
	if r.TraceID == "" || r.SegmentID == "" || r.Started.IsZero() {
		return nil
	}
	s := trace.Segment{
		TraceID: r.TraceID, ID: r.SegmentID, ParentID: parent, Name: f.Name, Origin: "AWS::Lambda::Function",
		StartTime: trace.Seconds(r.Received), EndTime: trace.Seconds(r.Ended), Fault: r.Status != "",
		Annotations: map[string]any{"billed_ms": r.Billed.Milliseconds(), "cold_start": r.ColdStart},
		AWS:         map[string]any{"request_id": r.RequestID},
	}
	add := func(name string, start, end time.Time) {
		s.Subsegments = append(s.Subsegments, trace.Segment{
			ID: traceheader.NewSegmentID(rand.Reader), Name: name, StartTime: trace.Seconds(start), EndTime: trace.Seconds(end),
		})
	}
	if r.InitDuration > 0 {
		add("Initialization", r.InitStarted, r.InitStarted.Add(r.InitDuration))
	}
	answered := r.Started.Add(r.Duration)
	add("Invocation", r.Started, answered)
	add("Overhead", answered, r.Ended)
	return []trace.Segment{s}
}

// invocation is an invocation over the Invoke API that has ended.
type invocation struct {
	function *functions.Function
	in       invoke.Invocation
	response invoke.Response
	err      error
	begin    time.Time
	took     time.Duration
	log      string // the end of what the function wrote
	unseen   []byte // the part that the console has not shown, in its form
}

// direct is a function for the Invoke API: its invocations are reported.
type direct struct {
	*functions.Function
	invoked func(*invocation)
}

func (d direct) Invoke(ctx context.Context, in invoke.Invocation) (invoke.Response, error) {
	x := &invocation{function: d.Function, in: in, begin: time.Now()}
	x.response, x.log, x.unseen, x.err = d.InvokeHeld(ctx, in, true)
	x.took = time.Since(x.begin)
	d.invoked(x)
	return x.response, x.err
}

// status is the status of the Invoke API's response.
func (x *invocation) status() int {
	var refused *invoke.Error
	switch {
	case errors.As(x.err, &refused):
		return refused.Status
	case x.err != nil:
		return http.StatusInternalServerError
	}
	return x.response.StatusCode
}

// invocation records an invocation over the Invoke API.
func (t *tracer) invocation(x *invocation) {
	report := x.response.Report
	r := trace.Request{
		TraceID: report.TraceID, ID: x.response.RequestID, Time: x.begin, Method: "INVOKE", Path: x.function.Name, Route: "INVOKE " + x.function.Name,
		Status: x.status(), Duration: x.took,
	}
	switch {
	case x.err != nil:
		r.Error = x.err.Error()
	case x.response.FunctionError != "":
		r.Error, r.Failed = "the function failed: "+gateway.FunctionError(x.response.Payload), true
	}
	if r.TraceID == "" {
		r.TraceID = traceheader.NewTraceID(x.begin, rand.Reader)
	}
	if report.Billed > 0 {
		r.Invocation = figures(report)
	}
	hide := t.masker.Text
	r.Error = hide(r.Error)
	run := &bench.Run{
		Type: "INVOKE", Target: x.function.Name, Event: &bench.Event{Body: bench.NewBody(hide(string(x.in.Payload)))},
		Result: &bench.Result{Body: bench.NewBody(hide(string(x.response.Payload))), Failed: r.Failed}, Wrote: x.log,
	}
	switch {
	case x.err != nil:
		run.Result.Failed, run.Result.Error = true, r.Error
	case r.Failed:
		run.Result.Error = hide(gateway.FunctionError(x.response.Payload))
	}
	r.Details = directDetails{t.invoke, t.options(&x.in), x.function, report, traceheader.Parse(x.in.TraceHeader).Parent, run}
	t.Record(r)
}

// directDetails are what a viewer needs to know about an invocation over the Invoke API.
type directDetails struct {
	invoke   invokeAPI
	options  []string
	function *functions.Function
	report   invoke.Report
	parent   string
	run      *bench.Run
}

// Make makes the command and the segments; there is no log, and no request to send again.
func (d directDetails) Make() trace.Made {
	return trace.Made{AWS: d.command(), Run: d.run, Segments: functionSegments(d.function, d.report, d.parent)}
}

// command returns a command of the AWS CLI that invokes the function again and is safe to paste.
// The payload comes through a pipe: version 2 takes an argument for Base64, and version 1 does
// not have the option that prevents it. A payload that is no longer stored is left to the reader.
func (d directDetails) command() string {
	if d.invoke.address == "" {
		return ""
	}
	payload, pipe := "fileb:///dev/stdin", ""
	switch body := d.run.Event.Body; {
	case body.Left > 0:
		payload = "fileb://EVENT.json"
	case body.Base64:
		pipe = "printf %s " + body.Text + " | base64 -d | "
	case body.Text == "":
		payload = ""
	default:
		pipe = shellword.Printed(body.Text) + " | "
	}
	return pipe + d.invoke.command(d.function.Name, payload, "/dev/stdout", d.options...)
}

// options returns the AWS CLI's options for what an invocation has besides the payload, with values
// hidden.
func (t *tracer) options(in *invoke.Invocation) (words []string) {
	if in.Type != "" && in.Type != invoke.RequestResponse {
		words = append(words, "--invocation-type", string(in.Type))
	}
	if in.Qualifier != "" {
		words = append(words, "--qualifier", shellword.Quoted(in.Qualifier))
	}
	if in.ClientContext != "" {
		words = append(words, "--client-context", base64.StdEncoding.EncodeToString([]byte(t.masker.Text(in.ClientContext))))
	}
	if in.TenantID != "" {
		words = append(words, "--tenant-id", shellword.Quoted(in.TenantID))
	}
	return words
}

// Bytes is the size of the run; the rest is small.
func (d directDetails) Bytes() int { return d.run.Size() }

// replay sends a request again through h, with a new trace.
func (t *tracer) replay(h http.Handler) func(context.Context, trace.Request) (string, error) {
	return func(ctx context.Context, r trace.Request) (string, error) {
		k, ok := r.Details.(*details)
		if !ok || !k.whole {
			return "", fmt.Errorf("%w: it came over the Invoke API, its body was larger than %d bytes, or it was refused before its body was read", trace.ErrReplay, maxKeptBody)
		}
		req, err := http.NewRequestWithContext(headernames.With(ctx, k.names), k.method, "http://"+k.host+k.target, bytes.NewReader(k.body))
		if err != nil {
			return "", fmt.Errorf("%w: %w", trace.ErrReplay, err)
		}
		id := traceheader.NewTraceID(t.now(), rand.Reader)
		req.Header = k.header.Clone()
		req.Header.Set("X-Amzn-Trace-Id", traceheader.Header{Root: id, Sampled: "1"}.String())
		req.RequestURI, req.Host, req.RemoteAddr = k.target, k.host, "127.0.0.1:0"
		recorder.Send(h, req)
		return id, nil
	}
}
