package tracing

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"time"

	"example.com/guessing-game/src/apigw/bench"
	"example.com/guessing-game/src/apigw/functions"
	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/invoke"
	"example.com/guessing-game/src/apigw/shellword"
	"example.com/guessing-game/src/apigw/trace"
	"example.com/guessing-game/src/apigw/traceheader"
)

// InvokeAPI is where functions are invoked.
type InvokeAPI struct{ Address, Region string }

// Command is a command of the AWS CLI that invokes a function and writes its result to a file. The
// payload may be empty.
func (a InvokeAPI) Command(function, payload, file string, more ...string) string {
	words := []string{"aws", "lambda", "invoke", "--endpoint-url", "http://" + a.Address, "--no-sign-request", "--region", shellword.Quoted(a.Region), "--function-name", shellword.Quoted(function)}
	words = append(words, more...)
	if payload != "" {
		words = append(words, "--payload", payload)
	}
	return strings.Join(append(words, file), " ")
}

// Invocation is an invocation over the Invoke API that has ended.
type Invocation struct {
	Function *functions.Function
	in       invoke.Invocation
	Response invoke.Response
	Err      error
	Begin    time.Time
	Took     time.Duration
	Log      string // the end of what the function wrote
	Unseen   []byte // the part that the console has not shown, in its form
}

// Reporting is a function for the Invoke API: its invocations are reported.
func Reporting(f *functions.Function, invoked func(*Invocation)) invoke.Function {
	return direct{f, invoked}
}

type direct struct {
	*functions.Function
	invoked func(*Invocation)
}

func (d direct) Invoke(ctx context.Context, in invoke.Invocation) (invoke.Response, error) {
	x := &Invocation{Function: d.Function, in: in, Begin: time.Now()}
	x.Response, x.Log, x.Unseen, x.Err = d.InvokeHeld(ctx, in, true)
	x.Took = time.Since(x.Begin)
	d.invoked(x)
	return x.Response, x.Err
}

// Status is the status of the Invoke API's response.
func (x *Invocation) Status() int {
	var refused *invoke.Error
	switch {
	case errors.As(x.Err, &refused):
		return refused.Status
	case x.Err != nil:
		return http.StatusInternalServerError
	}
	return x.Response.StatusCode
}

// Invocation records an invocation over the Invoke API.
func (t *Tracer) Invocation(x *Invocation) {
	report := x.Response.Report
	r := trace.Request{
		TraceID: report.TraceID, ID: x.Response.RequestID, Time: x.Begin, Method: "INVOKE", Path: x.Function.Name, Route: "INVOKE " + x.Function.Name,
		Status: x.Status(), Duration: x.Took,
	}
	switch {
	case x.Err != nil:
		r.Error = x.Err.Error()
	case x.Response.FunctionError != "":
		r.Error, r.Failed = "the function failed: "+gateway.FunctionError(x.Response.Payload), true
	}
	if r.TraceID == "" {
		r.TraceID = traceheader.NewTraceID(x.Begin, rand.Reader)
	}
	if report.Billed > 0 {
		r.Invocation = figures(report)
	}
	hide := t.masker.Text
	r.Error = hide(r.Error)
	run := &bench.Run{
		Type: "INVOKE", Target: x.Function.Name, Event: &bench.Event{Body: bench.NewBody(hide(string(x.in.Payload)))},
		Result: &bench.Result{Body: bench.NewBody(hide(string(x.Response.Payload))), Failed: r.Failed}, Wrote: x.Log,
	}
	switch {
	case x.Err != nil:
		run.Result.Failed, run.Result.Error = true, r.Error
	case r.Failed:
		run.Result.Error = hide(gateway.FunctionError(x.Response.Payload))
	}
	r.Details = directDetails{t.InvokeAPI, t.options(&x.in), x.Function, report, traceheader.Parse(x.in.TraceHeader).Parent, run}
	t.Record(r)
}

// directDetails are what a viewer needs to know about an invocation over the Invoke API.
type directDetails struct {
	invoke   InvokeAPI
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
	if d.invoke.Address == "" {
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
	return pipe + d.invoke.Command(d.function.Name, payload, "/dev/stdout", d.options...)
}

// options returns the AWS CLI's options for what an invocation has besides the payload, with values
// hidden.
func (t *Tracer) options(in *invoke.Invocation) (words []string) {
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
