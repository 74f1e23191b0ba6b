// Package bench takes a request apart into request, event, result and response, with the templates
// between them, and shows what would change if one of them were different. It uses the gateway's
// own engine and sends nothing.
package bench

import (
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"example.com/guessing-game/src/apigw/explain"
	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/sam"
	"example.com/guessing-game/src/apigw/vtl"
)

// MaxBody bounds a body of a Run; the rest is left out.
const MaxBody = 64 << 10

// Run is a request taken apart. Masked values are *** in it.
type Run struct {
	API   string `json:"api"`
	Route string `json:"route,omitempty"` // "POST /games/{id}"; empty: none matched
	// Type is the type of the integration, Target its function, or the service and action.
	Type     string    `json:"type,omitempty"`
	Target   string    `json:"target,omitempty"`
	Context  Context   `json:"context"`
	Request  Request   `json:"request"`
	Event    *Event    `json:"event,omitempty"`  // nil: the request was refused earlier
	Result   *Result   `json:"result,omitempty"` // nil: nothing was called
	Response *Response `json:"response,omitempty"`
	Problem  *Problem  `json:"problem,omitempty"`
	// Wrote is the end of what the function wrote.
	Wrote string `json:"wrote,omitempty"`
}

// Context is the rest of what a template can see of a request.
type Context struct {
	RequestID  string    `json:"request_id,omitempty"`
	Time       time.Time `json:"time,omitzero"`
	Host       string    `json:"host,omitempty"`       // that it was sent to, with the port
	Authorizer string    `json:"authorizer,omitempty"` // $context.authorizer as JSON
}

// Body is the body of a message.
type Body struct {
	Text   string `json:"text"`
	Base64 bool   `json:"base64,omitempty"` // Text is the Base64 of a body that is not text
	Left   int    `json:"left,omitempty"`   // bytes that are left out
}

// Header is a header as written.
type Header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Request is what a client sends.
type Request struct {
	Method  string   `json:"method"`
	Path    string   `json:"path"` // with the query
	Headers []Header `json:"headers,omitempty"`
	Body
}

// Event is what the function, service or backend gets.
type Event struct {
	Body
	Sent     string    `json:"sent,omitempty"`     // "POST https://…": of a service or backend
	Template *Template `json:"template,omitempty"` // nil: the body was passed through unchanged
	Failed   bool      `json:"failed,omitempty"`
}

// Result is what the function, service or backend returns.
type Result struct {
	Body
	Status  int      `json:"status,omitempty"` // of a service or backend
	Headers []Header `json:"headers,omitempty"`
	// Failed says that the function failed, Error its type and message.
	Failed bool   `json:"failed,omitempty"`
	Error  string `json:"error,omitempty"`
}

// Response is what the client gets.
type Response struct {
	Status  int      `json:"status"`
	Headers []Header `json:"headers,omitempty"`
	Body
	// Kind is the type of a gateway response, "BAD_REQUEST_BODY": the gateway itself refused or
	// failed the request.
	Kind     string    `json:"kind,omitempty"`
	Template *Template `json:"template,omitempty"`
	Patterns []Pattern `json:"patterns,omitempty"`
	Matched  string    `json:"matched,omitempty"` // the text that the patterns are compared with
	Failed   bool      `json:"failed,omitempty"`
}

// Template is a mapping template with the values of its references.
type Template struct {
	Key
	Place      string      `json:"place"` // file:line:column
	Source     string      `json:"source"`
	References []Reference `json:"references,omitempty"` // only of a try
}

// Key identifies a template of a route: Status is that of its integration response, empty for a
// template of the request.
type Key struct {
	Status    string `json:"status,omitempty"`
	MediaType string `json:"media_type"`
}

// Reference is a reference in a template with the values that it had.
type Reference struct {
	Line   int      `json:"line"`
	Column int      `json:"column"` // as Velocity counts: UTF-16 units, a tab goes to the next multiple of 8
	Source string   `json:"source"`
	Values []string `json:"values,omitempty"` // the first of them, as JSON; none: the template did not reach it
	Times  int      `json:"times,omitempty"`
}

// Pattern is a selection pattern.
type Pattern struct {
	Pattern string `json:"pattern"`
	Status  string `json:"status"`
	Place   string `json:"place"`
	State   string `json:"state"` // "matches", "does not match", "not tried"
}

// Problem is what went wrong in the gateway.
type Problem struct {
	Text string `json:"text"` // sentences, with the source and a caret
	// Template is set if it is one that failed, at Line and Column.
	Template *Key   `json:"template,omitempty"`
	Line     int    `json:"line,omitempty"`
	Column   int    `json:"column,omitempty"`
	Message  string `json:"message,omitempty"`
}

// Of takes a request to an API apart. request is the request with masked values.
func Of(e *gateway.Execution, a *sam.API, request Request) *Run {
	r := &Run{API: a.ID, Request: request, Context: Context{RequestID: e.RequestID, Time: e.Start, Authorizer: e.AuthorizerContext()}}
	if e.Route != nil {
		r.Route = e.Route.Name()
	}
	if e.Route != nil && e.Route.Integration != nil {
		r.Type, r.Target = e.Route.Integration.Type, e.Function
		if service := e.Route.Integration.Service; service != nil {
			r.Target = strings.TrimSpace(service.Name + " " + service.Action)
		}
	}
	headers, body := e.Response()
	r.Response = &Response{Status: e.Status, Kind: e.ResponseType, Body: NewBody(body)}
	for _, h := range headers {
		r.Response.Headers = append(r.Response.Headers, Header{h.Name, h.Value})
	}
	for i := range e.Steps {
		step := &e.Steps[i]
		switch step.Name {
		case "request mapping":
			r.Event = &Event{Body: NewBody(step.Output), Template: template(step, "", a), Failed: step.Err != nil}
		case "integration":
			if r.Event == nil {
				r.Event = &Event{}
			}
			r.Event.Body = NewBody(step.Input)
			r.Result = result(step, e)
			if e.Call != nil {
				r.Event.Sent = e.Call.Method + " " + e.Call.URL
			}
		case "response mapping":
			r.Response.Matched, r.Response.Failed = message(step.Value), step.Err != nil
			if step.Selected != nil {
				r.Response.Template = template(step, step.Selected.Status, a)
			}
			for _, p := range step.Patterns(e.Route) {
				r.Response.Patterns = append(r.Response.Patterns, Pattern{p.Pattern, p.Status, a.At(p.Position).String(), p.State})
			}
		}
	}
	r.Problem = problem(e, a)
	return r
}

// NewBody makes a body of text or bytes.
func NewBody(text string) Body {
	b := Body{Text: text}
	if len(text) > MaxBody {
		b.Left, b.Text = len(text)-MaxBody, strings.Clone(text[:MaxBody]) // so that the rest can be freed
	}
	if !utf8.ValidString(b.Text) {
		if cut := strings.ToValidUTF8(b.Text, ""); b.Left > 0 && len(b.Text)-len(cut) < utf8.UTFMax {
			b.Left += len(b.Text) - len(cut)
			b.Text = cut
		} else {
			b.Text, b.Base64 = base64.StdEncoding.EncodeToString([]byte(b.Text)), true
		}
	}
	return b
}

// maxMessage bounds the strings of a run that are for people: errors, and the texts that patterns
// are matched against.
const maxMessage = 8 << 10

// message is a string cut to maxMessage.
func message(text string) string {
	if len(text) <= maxMessage {
		return strings.Clone(text) // it may be a part of a large one
	}
	return strings.ToValidUTF8(text[:maxMessage], "") + "…"
}

// Bytes is the body itself.
func (b Body) Bytes() ([]byte, error) {
	switch {
	case b.Left > 0:
		return nil, errors.New("the body is incomplete: only its first 64 KB are stored")
	case b.Base64:
		return base64.StdEncoding.DecodeString(b.Text)
	}
	return []byte(b.Text), nil
}

func template(step *gateway.Step, status string, a *sam.API) *Template {
	t := step.Template
	if t == nil {
		return nil
	}
	return &Template{Key: Key{status, t.MediaType}, Place: a.At(t.Position).String(), Source: t.Source}
}

func result(step *gateway.Step, e *gateway.Execution) *Result {
	r := &Result{Body: NewBody(step.Output), Failed: e.FunctionError != "" || step.Err != nil}
	if e.Call != nil {
		r.Status = e.Call.Status
	}
	for _, h := range e.IntegrationHeaders() {
		r.Headers = append(r.Headers, Header{h.Name, h.Value})
	}
	failure := explain.FunctionFailure(e)
	switch {
	case failure != "":
		r.Error = message(failure)
	case step.Err != nil:
		r.Error = message(step.Err.Error())
	case r.Failed:
		r.Error = message(gateway.FunctionError([]byte(step.Output)))
	}
	return r
}

func problem(e *gateway.Execution, a *sam.API) *Problem {
	text := strings.TrimSpace(explain.Failure(a, e))
	if text == "" {
		return nil
	}
	p := &Problem{Text: message(text)}
	for i := range e.Steps {
		step := &e.Steps[i]
		var failed *vtl.Error
		if step.Template == nil || !errors.As(step.Err, &failed) {
			continue
		}
		p.Template = &Key{MediaType: step.Template.MediaType}
		if step.Selected != nil {
			p.Template.Status = step.Selected.Status
		}
		p.Line, p.Column, p.Message = failed.Line, failed.Column, message(failed.Message)
	}
	return p
}

// Size is roughly the memory that the run takes.
func (r *Run) Size() int {
	const perHeader, perPattern = 64, 256
	n := 2<<10 + len(r.Wrote) + len(r.Context.Authorizer) + len(r.Request.Path) + len(r.Request.Text)
	headers := slices.Clone(r.Request.Headers)
	if r.Event != nil {
		n += len(r.Event.Text) + len(r.Event.Sent)
	}
	if r.Result != nil {
		n += len(r.Result.Text) + len(r.Result.Error)
		headers = append(headers, r.Result.Headers...)
	}
	if r.Response != nil {
		n += len(r.Response.Text) + len(r.Response.Matched) + perPattern*len(r.Response.Patterns)
		headers = append(headers, r.Response.Headers...)
	}
	if r.Problem != nil {
		n += len(r.Problem.Text) + len(r.Problem.Message)
	}
	for _, h := range headers {
		n += perHeader + len(h.Name) + len(h.Value)
	}
	return n
}
