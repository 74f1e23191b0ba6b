package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"example.com/guessing-game/src/apigw/once"
	"example.com/guessing-game/src/gateway"
	"example.com/guessing-game/src/invoke"
	"example.com/guessing-game/src/trace"
)

// Bounds of what is kept of requests so that they can be shown and sent again.
const (
	maxKeptRequests = trace.DefaultMaxTraces
	maxKeptBody     = 64 << 10
)

// tracer tells the trace collector of requests and invocations: the gateway's segment and the function's, to which the function's own
// join over UDP.
type tracer struct {
	*trace.Collector
	showSecrets bool
	masker      *gateway.Masker
	now         func() time.Time

	mu    sync.Mutex
	kept  map[string]*keptRequest // by trace id
	order []string                // trace ids, oldest first
}

// keptRequest is a request as the client sent it.
type keptRequest struct {
	method, target, host string
	header               http.Header
	body                 []byte
	whole                bool // body is all of it
}

func newTracer(log *slog.Logger, showSecrets bool, masker *gateway.Masker) *tracer {
	return &tracer{
		Collector:   trace.NewCollector(trace.Config{Logger: log}),
		showSecrets: showSecrets, masker: masker, now: time.Now, kept: map[string]*keptRequest{},
	}
}

// keptKey is the key under which a request's context has its *keptRequest.
type keptKey struct{}

// keep notes what a client sends, while the gateway reads it.
func (t *tracer) keep(r *http.Request) *http.Request {
	k := &keptRequest{method: r.Method, target: r.RequestURI, host: r.Host, header: r.Header.Clone(), whole: true}
	if r.Body != nil && r.Body != http.NoBody {
		r.Body = &keeper{ReadCloser: r.Body, kept: k}
	}
	return r.WithContext(context.WithValue(r.Context(), keptKey{}, k))
}

type keeper struct {
	io.ReadCloser
	kept *keptRequest
}

func (k *keeper) Read(b []byte) (int, error) {
	n, err := k.ReadCloser.Read(b)
	if room := maxKeptBody - len(k.kept.body); n <= room {
		k.kept.body = append(k.kept.body, b[:n]...)
	} else {
		k.kept.body, k.kept.whole = append(k.kept.body, b[:room]...), false
	}
	return n, err
}

// curl is the request as a curl command.
func (k *keptRequest) curl(showSecrets bool) string {
	var b strings.Builder
	b.WriteString("curl -i")
	if k.method != http.MethodGet {
		b.WriteString(" -X " + quoted(k.method))
	}
	for _, name := range slices.Sorted(maps.Keys(k.header)) {
		switch name {
		case "Content-Length", "Accept-Encoding", "Connection", "User-Agent", "X-Amzn-Trace-Id":
			continue
		}
		for _, v := range k.header[name] {
			if secretHeader(name) && !showSecrets {
				v = "*****"
			}
			if name == "Accept" && v == "*/*" {
				continue
			}
			b.WriteString(" -H " + quoted(name+": "+v))
		}
	}
	if len(k.body) > 0 && k.whole {
		b.WriteString(" --data-binary " + quoted(string(k.body)))
	}
	b.WriteString(" " + quoted("http://"+k.host+k.target))
	return b.String()
}

func secretHeader(name string) bool {
	switch strings.ToLower(name) {
	case "authorization", "proxy-authorization", "x-api-key", "cookie", "set-cookie", "x-amz-security-token":
		return true
	}
	return false
}

// quoted is text as one word of a shell.
func quoted(text string) string {
	if text != "" && strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=@%+,") == "" {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// part takes a part out of an X-Amzn-Trace-Id.
func part(header, name string) string {
	for p := range strings.SplitSeq(header, ";") {
		if v, ok := strings.CutPrefix(strings.TrimSpace(p), name+"="); ok {
			return v
		}
	}
	return ""
}

// request records a REST request that has been answered. It answers the id of its trace, empty if there is none.
func (t *tracer) request(x *answered) string {
	a, e := x.api, x.execution
	kept, ok := x.request.Context().Value(keptKey{}).(*keptRequest)
	if !ok {
		return ""
	}
	id := part(e.TraceHeader, "Root")
	if id == "" {
		id = part(kept.header.Get("X-Amzn-Trace-Id"), "Root")
	}
	if id == "" {
		id = trace.NewTraceID(e.Start, rand.Reader)
	}
	route := e.Method + " " + e.Resource
	if e.Route == nil {
		route = "(no route)"
	}
	r := trace.Request{
		TraceID: id, ID: e.RequestID, Time: e.Start, Method: e.Method, Path: t.masker.Text(kept.target), Route: route, Status: e.Status,
		Duration: e.End.Sub(e.Start), Curl: t.masker.Text(kept.curl(t.showSecrets)),
	}
	for _, l := range e.Log() {
		r.Log = append(r.Log, l.Text)
	}
	if text := strings.TrimSpace(explain(a.API, e)); text != "" {
		r.Error, _, _ = strings.Cut(text, "\n")
		r.Log = append(r.Log, strings.Split(text, "\n")...)
	}
	if x.report.Billed > 0 {
		r.Invocation = figures(x.report)
	}
	segments := []trace.Segment{gatewaySegment(a, e, id, part(kept.header.Get("X-Amzn-Trace-Id"), "Parent"))}
	if f := x.serving.functions.find(e.Function); f != nil {
		segments = append(segments, functionSegments(f, x.report, stepID(segments[0], "integration"))...)
	}
	if e.Authorizer != nil {
		if f := x.serving.functions.find(e.Authorizer.Function.Name); f != nil {
			segments = append(segments, functionSegments(f, x.asked, stepID(segments[0], "authorizer"))...)
		}
	}
	t.Record(r)
	if err := t.Add(segments...); err != nil {
		return "" // the collector has logged why
	}
	t.remember(id, kept)
	return id
}

func figures(r invoke.Report) *trace.Invocation {
	return &trace.Invocation{
		RequestID: r.RequestID, Duration: r.Duration, Init: r.InitDuration, Billed: r.Billed, ColdStart: r.ColdStart,
		MemoryMB: r.MemorySizeMB, MaxMemoryMB: r.MaxMemoryMB,
	}
}

func (t *tracer) remember(id string, kept *keptRequest) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.kept[id] == nil {
		t.order = append(t.order, id)
	}
	t.kept[id] = kept
	if len(t.order) > maxKeptRequests {
		delete(t.kept, t.order[0])
		t.order = t.order[1:]
	}
}

// gatewaySegment is the gateway's part of a trace: a subsegment for each of its steps.
func gatewaySegment(a *api, e *gateway.Execution, traceID, parent string) trace.Segment {
	s := trace.Segment{
		TraceID: traceID, ID: e.SegmentID, ParentID: parent, Name: a.ID + "/" + a.Stage, Origin: "AWS::ApiGateway::Stage",
		StartTime: trace.Seconds(e.Start), EndTime: trace.Seconds(e.End), Error: e.Status >= 400 && e.Status < 500, Fault: e.Status >= 500, Throttle: e.Status == 429,
		HTTP: map[string]any{"request": map[string]any{"method": e.Method, "url": e.Path}, "response": map[string]any{"status": e.Status}},
	}
	if e.ResponseType != "" {
		s.Annotations = map[string]any{"gateway_response": e.ResponseType}
	}
	s.Subsegments = make([]trace.Segment, 0, len(e.Steps))
	for _, step := range e.Steps {
		sub := trace.Segment{ID: trace.NewSegmentID(rand.Reader), Name: step.Name, StartTime: trace.Seconds(step.Start), EndTime: trace.Seconds(step.End)}
		if step.Err != nil { // the client's mistake, or ours
			sub.Error, sub.Fault = s.Error, !s.Error
		}
		if step.Template != nil {
			sub.Metadata = map[string]any{"template": map[string]any{"place": place(a.API, step.Template.Position).String(), "type": step.Template.MediaType}}
		}
		s.Subsegments = append(s.Subsegments, sub)
	}
	return s
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

// functionSegments are the segment of an invocation, which the function's own segments have as their parent, with the parts that X-Ray
// shows of an invocation: https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html. Before the first of them it waited for a process.
func functionSegments(f *function, r invoke.Report, parent string) []trace.Segment {
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
			ID: trace.NewSegmentID(rand.Reader), Name: name, StartTime: trace.Seconds(start), EndTime: trace.Seconds(end),
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

// direct is a function as the Invoke API reaches it: its invocations are traced too.
type direct struct {
	*function
	tracer *tracer
}

func (d direct) Invoke(ctx context.Context, in invoke.Invocation) (invoke.Response, error) {
	begin := d.tracer.now()
	resp, err := d.function.Invoke(ctx, in)
	r := trace.Request{
		TraceID: resp.Report.TraceID, ID: resp.RequestID, Time: begin, Method: "INVOKE", Path: d.Name, Route: "INVOKE " + d.Name,
		Status: resp.StatusCode, Duration: d.tracer.now().Sub(begin),
	}
	switch {
	case err != nil:
		var refused *invoke.Error
		r.Status, r.Error = http.StatusInternalServerError, err.Error()
		if errors.As(err, &refused) {
			r.Status = refused.Status
		}
	case resp.FunctionError != "":
		r.Error = "the function failed: " + resp.FunctionError
	}
	if r.TraceID == "" {
		r.TraceID = trace.NewTraceID(begin, rand.Reader)
	}
	if resp.Report.Billed > 0 {
		r.Invocation = figures(resp.Report)
	}
	r.Error = d.tracer.masker.Text(r.Error)
	d.tracer.Record(r)
	if segments := functionSegments(d.function, resp.Report, part(in.TraceHeader, "Parent")); len(segments) > 0 {
		_ = d.tracer.Add(segments...) // the collector logs what it refuses
	}
	return resp, err
}

// replay sends a request again, through h, under a new trace.
func (t *tracer) replay(h http.Handler) func(context.Context, trace.Request) (string, error) {
	return func(ctx context.Context, r trace.Request) (string, error) {
		t.mu.Lock()
		k := t.kept[r.TraceID]
		t.mu.Unlock()
		if k == nil || !k.whole {
			return "", fmt.Errorf("%w: it is not kept, or its body was larger than %d bytes", trace.ErrReplay, maxKeptBody)
		}
		req, err := http.NewRequestWithContext(ctx, k.method, "http://"+k.host+k.target, bytes.NewReader(k.body))
		if err != nil {
			return "", fmt.Errorf("%w: %w", trace.ErrReplay, err)
		}
		id := trace.NewTraceID(t.now(), rand.Reader)
		req.Header = k.header.Clone()
		req.Header.Set("X-Amzn-Trace-Id", "Root="+id+";Sampled=1")
		req.RequestURI, req.Host, req.RemoteAddr = k.target, k.host, "127.0.0.1:0"
		once.Send(h, req)
		return id, nil
	}
}
