package tracing

import (
	"crypto/rand"
	"net/http"
	"time"

	"example.com/guessing-game/src/apigw/functions"
	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/invoke"
	"example.com/guessing-game/src/apigw/project"
	"example.com/guessing-game/src/apigw/trace"
	"example.com/guessing-game/src/apigw/traceheader"
)

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
