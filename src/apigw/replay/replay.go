// Package replay sends a request that was logged elsewhere through the local documents, with the
// logged response of its endpoint in place of the integration, and finds the steps that differ.
//
// A log does not have everything that a template can see: the clock's milliseconds, generated ids,
// the account. The request therefore runs twice, with different values for all of these; wherever
// the two runs differ, the log may have anything.
package replay

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"example.com/guessing-game/src/apigw/executionlog"
	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/mappingtest"
	"example.com/guessing-game/src/apigw/recorder"
)

// Local is the API of the local documents.
type Local struct {
	Document *gateway.Document
	// Options of the gateway; Run sets what it needs itself.
	Options gateway.Options
	// KnownStage says that the log comes from the stage in Options. TestInvokeMethod has its own
	// stage.
	KnownStage bool

	first, second *gateway.Gateway
	play          *player
}

// player is the endpoint of the current exchange.
type player struct {
	function recorder.Function
	service  recorder.Service
	seen     *gateway.Execution
	ids      int // generated so far
}

// Step is a step at which an exchange can differ.
type Step string

// The steps, in the order in which they are compared.
const (
	Endpoint        Step = "endpoint" // whether it was called
	EndpointURI     Step = "endpoint request URI"
	EndpointHeaders Step = "endpoint request headers"
	EndpointRequest Step = "endpoint request"
	Status          Step = "status"
	Headers         Step = "response headers"
	Response        Step = "response"
)

// Difference is a step at which the log and the local run differ.
type Difference struct {
	Step      Step
	Want, Got string // in the log, and locally
}

// Result is the result of an exchange.
type Result struct {
	Exchange    *executionlog.Exchange
	Local       *executionlog.Exchange
	Route       string // "GET /games/{id}", empty if no route matched
	Differences []Difference
	// Skipped says why the exchange was not compared, or only in part; empty if all of it was.
	Skipped string

	second  *executionlog.Exchange // the local run with other values
	proxy   bool                   // the route's integration has no mapping
	method  string                 // of the integration's request
	service bool                   // the integration is with an AWS service
	mapped  map[string]bool        // headers of the integration's request that mappings set, lower case
}

// Open compiles the documents. Errors are those of gateway.New.
func (l *Local) Open() error {
	l.play = &player{}
	o := l.Options.LetPast()
	// The first run has a mapping test's clock and ids, so that what the log does not contain can
	// be written into a test.
	o.Now = mappingtest.Now
	o.NewID = func() string {
		l.play.ids++
		return mappingtest.ID(l.play.ids)
	}
	o.Functions, o.Upstream = &l.play.function, &l.play.service
	o.Observe = func(e *gateway.Execution) { l.play.seen = e }
	var err error
	if l.first, err = gateway.New(l.Document, o); err != nil {
		return err
	}
	o.AccountID, o.DeploymentID = "987654321098", "other1"
	if l.Options.APIID == "" {
		o.APIID = "other00000"
	}
	if !l.KnownStage {
		o.Stage = otherStage
	}
	o.Now = func() time.Time { return time.Date(2033, 11, 28, 23, 59, 58, 765_000_000, time.UTC) }
	o.NewID = func() string {
		l.play.ids++
		return fmt.Sprintf("ffffffff-ffff-4fff-bfff-%012x", 0xffffffffffff-l.play.ids)
	}
	l.second, err = gateway.New(l.Document, o)
	return err
}

const otherStage = "another-stage"

// Run runs an exchange. An error means that its request cannot be sent at all.
func (l *Local) Run(ctx context.Context, e *executionlog.Exchange) (*Result, error) {
	r := &Result{Exchange: e}
	if !e.Logged() {
		r.Skipped = "the stage does not log data (data tracing is off)"
		return r, nil
	}
	l.play.function = recorder.Function{Payload: []byte("null"), Failed: e.FunctionError}
	l.play.service = recorder.Service{Status: e.EndpointStatus, Header: http.Header{}}
	for _, f := range e.EndpointResponseHeader {
		if !ownHeader(f.Name) {
			l.play.service.Header[f.Name] = append(l.play.service.Header[f.Name], f.Value)
		}
	}
	if e.EndpointResponse != nil {
		l.play.function.Payload = []byte(repaired(e.EndpointResponse))
		l.play.service.Body = l.play.function.Payload
	}
	var route *gateway.Route
	var err error
	stage := l.Options.Stage
	if r.Local, route, err = l.send(ctx, l.first, stage, e); err != nil {
		return nil, err
	}
	if !l.KnownStage {
		stage = otherStage
	}
	if r.second, _, err = l.send(ctx, l.second, stage, e); err != nil {
		return nil, err
	}
	if route == nil {
		r.Skipped = "no local route has " + e.Method + " " + pathOf(e)
		return r, nil
	}
	r.Route = route.Name()
	if in := route.Integration; in != nil {
		r.proxy = strings.HasSuffix(in.Type, "_PROXY")
		r.method = in.HTTPMethod
		r.service = in.Service != nil
		r.mapped = map[string]bool{}
		for _, m := range in.RequestParameters {
			if name, ok := strings.CutPrefix(m.Target, "integration.request.header."); ok {
				r.mapped[strings.ToLower(name)] = true
			}
		}
	}
	r.compare()
	return r, nil
}

// send runs the request once and returns the local log's exchange.
func (l *Local) send(ctx context.Context, g *gateway.Gateway, stage string, e *executionlog.Exchange) (*executionlog.Exchange, *gateway.Route, error) {
	req, err := recorder.Request(ctx, stage, e.Method, pathOf(e), headersOf(e), []byte(repaired(e.Body)))
	if err != nil {
		return nil, nil, err
	}
	l.play.seen, l.play.ids = nil, 0
	w := recorder.Send(g, req)
	local := &executionlog.Exchange{Status: w.Status}
	if l.play.seen == nil {
		return local, nil, nil
	}
	for _, line := range l.play.seen.Log() {
		local.Add(line.Text)
	}
	return local, l.play.seen.Route, nil
}

// pathOf is the exchange's path with its query string.
func pathOf(e *executionlog.Exchange) string {
	path := e.Resource
	for _, f := range e.Path {
		path = strings.NewReplacer("{"+f.Name+"}", inPath(f.Value), "{"+f.Name+"+}", strings.ReplaceAll(inPath(f.Value), "%2F", "/")).Replace(path)
	}
	if len(e.Query) > 0 {
		q := url.Values{}
		for _, f := range e.Query {
			q.Add(f.Name, f.Value)
		}
		path += "?" + q.Encode()
	}
	return path
}

// inPath escapes a path parameter, unless the log has it as in the URL.
func inPath(value string) string {
	if strings.Contains(value, "%") {
		if _, err := url.PathUnescape(value); err == nil {
			return strings.ReplaceAll(value, "/", "%2F")
		}
	}
	return url.PathEscape(value)
}

// headersOf returns the lines of the exchange's headers.
func headersOf(e *executionlog.Exchange) []string {
	var lines []string
	for _, f := range e.Header {
		lines = append(lines, f.Name+": "+f.Value)
	}
	return lines
}

// compare fills Differences.
func (r *Result) compare() {
	e, a, b := r.Exchange, r.Local, r.second
	differ := func(step Step, want, got string) {
		r.Differences = append(r.Differences, Difference{step, want, got})
	}
	inputCut := e.Body != nil && e.Body.Cut
	if inputCut {
		r.Skipped = "the request's body is cut"
	}
	called := func(x *executionlog.Exchange) string {
		if x.EndpointRequest != nil || x.EndpointStatus != 0 {
			return "called"
		}
		return "not called: " + x.Failure
	}
	if (called(e) == "called") != (called(a) == "called") {
		if !inputCut {
			differ(Endpoint, called(e), called(a))
		}
		return
	}
	if !inputCut {
		if want, got := r.differingDestination(); want != got {
			differ(EndpointURI, want, got)
		}
		if want, got := r.headers(sides{e.EndpointHeader, a.EndpointHeader, b.EndpointHeader, e.EndpointHeaderCut}, r.mappedHeader); want != got {
			differ(EndpointHeaders, want, got)
		}
	}
	if !inputCut && !r.proxy && e.EndpointRequest != nil && a.EndpointRequest != nil && !same(e.EndpointRequest, text(a.EndpointRequest), text(b.EndpointRequest)) {
		want, got := alike(e.EndpointRequest, text(a.EndpointRequest))
		differ(EndpointRequest, want, got)
	}
	if r.Differences != nil {
		return
	}
	if e.EndpointResponse != nil && e.EndpointResponse.Cut {
		r.Skipped = "the endpoint's response is cut"
		return
	}
	if e.Status != a.Status {
		differ(Status, fmt.Sprint(e.Status, " ", http.StatusText(e.Status), failure(e)), fmt.Sprint(a.Status, " ", http.StatusText(a.Status), failure(a)))
		return
	}
	compared := func(name string) bool { return !ownHeader(name) }
	if want, got := r.headers(sides{e.ResponseHeader, a.ResponseHeader, b.ResponseHeader, false}, compared); want != got {
		differ(Headers, want, got)
	}
	if e.Response != nil && a.Response != nil && !same(e.Response, text(a.Response), text(b.Response)) {
		want, got := alike(e.Response, text(a.Response))
		differ(Response, want, got)
	}
}

func failure(e *executionlog.Exchange) string {
	if e.Failure == "" {
		return ""
	}
	return "\n" + e.Failure
}

func text(t *executionlog.Text) string {
	if t == nil {
		return ""
	}
	return t.S
}

// sides are the headers of one message: as logged, and from the two local runs.
type sides struct {
	logged, first, second []executionlog.Field
	cut                   bool // the log has only their beginning
}

// headers returns the headers that differ, on both sides, among those that compared selects.
func (r *Result) headers(s sides, compared func(name string) bool) (want, got string) {
	if s.logged == nil || s.first == nil {
		return "", ""
	}
	if s.cut { // possibly in the middle of the last
		s.logged = s.logged[:len(s.logged)-1]
	}
	value := func(fields []executionlog.Field, name string) (string, bool) {
		var values []string
		for _, f := range fields {
			if strings.EqualFold(f.Name, name) {
				values = append(values, f.Value)
			}
		}
		return strings.Join(values, ", "), values != nil
	}
	var names []string
	seen := map[string]bool{}
	for _, f := range append(append([]executionlog.Field(nil), s.logged...), s.first...) {
		if key := strings.ToLower(f.Name); !seen[key] && compared(key) {
			seen[key] = true
			names = append(names, f.Name)
		}
	}
	for _, name := range names {
		w, inLog := value(s.logged, name)
		g, inLocal := value(s.first, name)
		other, _ := value(s.second, name)
		if inLog && inLocal && same(&executionlog.Text{S: w}, g, other) || s.cut && !inLog {
			continue
		}
		if inLog {
			want += name + ": " + w + "\n"
		}
		if inLocal {
			got += name + ": " + g + "\n"
		}
	}
	return want, got
}

// ownHeader reports whether API Gateway itself sets a header.
func ownHeader(name string) bool {
	name = strings.ToLower(name)
	switch name {
	case "date", "connection", "content-length", "x-amzn-requestid", "x-amz-apigw-id", "x-amzn-trace-id", "via", "server":
		return true
	}
	return strings.HasPrefix(name, "x-amz-cf-")
}

// repaired returns a body; JSON that was cut is completed where it was cut.
func repaired(t *executionlog.Text) string {
	if t == nil {
		return ""
	}
	if !t.Cut {
		return t.S
	}
	var open []byte
	inString, escaped := false, false
	for i := range len(t.S) {
		switch c := t.S[i]; {
		case escaped:
			escaped = false
		case inString && c == '\\':
			escaped = true
		case c == '"':
			inString = !inString
		case inString:
		case c == '{':
			open = append(open, '}')
		case c == '[':
			open = append(open, ']')
		case (c == '}' || c == ']') && len(open) > 0:
			open = open[:len(open)-1]
		}
	}
	s := t.S
	if escaped {
		s = s[:len(s)-1]
	}
	if inString {
		s += `"`
	}
	for _, try := range []string{"", "null", ":null"} {
		fixed := strings.TrimRight(s, ", \t\r\n") + try
		for i := len(open) - 1; i >= 0; i-- {
			fixed += string(open[i])
		}
		if json.Valid([]byte(fixed)) {
			return fixed
		}
	}
	return t.S
}
