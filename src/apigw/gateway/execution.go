package gateway

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unsafe"

	"example.com/guessing-game/src/apigw/gateway/mask"
	"example.com/guessing-game/src/apigw/vtl"
	"example.com/guessing-game/src/apigw/vtl/java"
)

// Execution records what happened to one request. It is complete and immutable when Options.Observe
// gets it.
type Execution struct {
	RequestID   string
	ExtendedID  string // x-amz-apigw-id
	TraceHeader string // X-Amzn-Trace-Id as the function got it
	SegmentID   string // 16 hexadecimal digits for the gateway's own segment of the trace
	Method      string
	Path        string // as the client sees it, with the stage
	Target      string // Path with the query
	Resource    string // "/games/{id}", empty if no route matched
	MediaType   string // of the request, as templates are selected by it
	Route       *Route // nil if no route matched
	Status      int    // sent to the client, 0 if it has gone before
	// ResponseType is the type of the gateway response where the gateway itself refused or failed,
	// such as "BAD_REQUEST_BODY".
	ResponseType string
	Error        error       // the reason, if ResponseType is set
	Authorizer   *Authorizer // that was invoked, nil if there is none
	Function     string
	Call         *Call // what was sent to an AWS service or an HTTP backend, nil if nothing was
	// FunctionRequestID is the id of the function's invocation, empty if there was none.
	FunctionRequestID string
	FunctionError     string // "Handled" or "Unhandled"
	Start, End        time.Time
	Steps             []Step
	lines             []line // see Log
	cover             *mask.Cover
	sent              *clientResponse
	authorizer        string // $context.authorizer as JSON
	returned          fields // headers of a service's or backend's response
	// Body is the request's body as received, not masked, if BodyRead is true; if a request is
	// refused early, its body is not read.
	Body     string
	BodyRead bool
	// Request is the request that ServeHTTP got, with its context; its body has been read.
	Request *http.Request
}

// Step is one step in the processing of a request: "authorizer", "api key", "validation", "request
// mapping", "integration", "response mapping".
type Step struct {
	Name       string
	Start, End time.Time
	Template   *Template // that was rendered, nil if none
	Input      string    // what the step worked on: a body, a path and query
	Output     string    // the result
	Err        error     // a *vtl.Error if a template failed
	Variables  []Variable
	// Selected is the integration response that was chosen, and Value the text that its pattern was
	// compared with; of a response mapping.
	Selected *IntegrationResponse
	Value    string
}

// Variable is the value of a template's variable when the template failed.
type Variable struct {
	Name  string
	Value string // as JSON, cut if it is longer than a log line
}

// LogLine is a line of the execution log in API Gateway's own words.
type LogLine struct {
	Time time.Time
	Text string
}

// line is a LogLine whose text is built on demand, because it is rarely read: what, then text or
// list.
type line struct {
	after      time.Duration // since the execution's start
	what, text string
	list       fields
	listed     bool // list it is
}

func (l *line) String() string {
	if l.listed {
		return l.what + l.list.String()
	}
	return l.what + l.text
}

// Cover hides what the execution does not show in other strings of the request.
func (e *Execution) Cover() *mask.Cover { return e.cover }

// Log is the execution log.
func (e *Execution) Log() []LogLine {
	log := make([]LogLine, len(e.lines))
	for i := range e.lines {
		log[i] = LogLine{e.Start.Add(e.lines[i].after), e.lines[i].String()}
	}
	return log
}

// Bytes estimates the memory that the execution uses, rounded up, without Request and its errors.
func (e *Execution) Bytes() int {
	const fixed, perField = 1024, 32
	n := fixed + len(e.Target) + cap(e.Steps)*int(unsafe.Sizeof(Step{})) + cap(e.lines)*int(unsafe.Sizeof(line{})) + e.cover.Bytes()
	if e.Call != nil {
		n += len(e.Call.URL)
	}
	for i := range e.Steps {
		s := &e.Steps[i]
		n += len(s.Input) + len(s.Output) + len(s.Value)
	}
	if e.sent != nil {
		n += len(e.sent.body)
		for _, f := range e.sent.headers {
			n += perField + len(f.name) + len(f.value)
		}
	}
	n += len(e.authorizer)
	for _, f := range e.returned {
		n += perField + len(f.name) + len(f.value)
	}
	for i := range e.lines {
		n += len(e.lines[i].text)
		for _, f := range e.lines[i].list {
			n += perField + len(f.name) + len(f.value)
		}
	}
	return n
}

// maxLogLine is how long a line of the execution log may be, in bytes, before it is cut.
const maxLogLine = 1024

const truncated = " [TRUNCATED]"

// Text is the whole log as the test console of API Gateway shows it, with lines of full length.
func (e *Execution) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Execution log for request %s\n", e.RequestID)
	for _, l := range e.Log() {
		b.WriteString(l.Time.UTC().Format("Mon Jan 02 15:04:05 UTC 2006"))
		b.WriteString(" : ")
		b.WriteString(l.Text)
		b.WriteByte('\n')
	}
	return b.String()
}

// CloudWatch returns a line in CloudWatch's form: after the request's ID, and truncated to the
// maximum length of a log event.
func (l LogLine) CloudWatch(requestID string) string {
	s := "(" + requestID + ") " + l.Text
	if len(s) > maxLogLine {
		return java.ValidText(s[:maxLogLine]) + truncated
	}
	return s
}

// The initial capacities of an execution, which a request to a function needs.
const (
	usualSteps = 4
	usualLines = 20
)

// logf adds a line to the log.
func (x *exchange) logf(format string, args ...any) {
	if x.rec != nil {
		x.log("", fmt.Sprintf(format, args...))
	}
}

// log adds a line that ends in an existing string.
func (x *exchange) log(what, text string) {
	if x.rec != nil {
		x.rec.lines = append(x.rec.lines, line{after: x.g.o.Now().Sub(x.start), what: what, text: text})
	}
}

// logFields adds a line that ends in headers or parameters, which must not change afterwards.
func (x *exchange) logFields(what string, fs fields) {
	if x.rec != nil {
		x.rec.lines = append(x.rec.lines, line{after: x.g.o.Now().Sub(x.start), what: what, list: fs, listed: true})
	}
}

// begin starts a step. It returns nil, which end accepts, if there is no observer.
func (x *exchange) begin(name string) *Step {
	if x.rec == nil {
		return nil
	}
	return &Step{Name: name, Start: x.g.o.Now()}
}

func (x *exchange) end(s *Step, err error) {
	if s == nil {
		return
	}
	s.End, s.Err = x.g.o.Now(), err
	x.rec.Steps = append(x.rec.Steps, *s)
}

func (s *Step) template(t *Template, in, out string) {
	if s != nil {
		s.Template, s.Input, s.Output = t, in, out
	}
}

// variablesOf returns the values that the variables named on a line of a template had when it
// failed there, in the order of the line; of $context and $stageVariables, only the members that
// the line names. If the line names none, or is 0, they are the variables of the whole template.
func variablesOf(t *Template, vars *vtl.Vars, line int) []Variable {
	refs := t.parsed.References()
	if on := slices.DeleteFunc(slices.Clone(refs), func(r vtl.Reference) bool { return r.Line != line }); len(on) > 0 {
		refs = on
	}
	var out []Variable
	seen := map[string]bool{}
	for _, ref := range refs {
		name, value := ref.Name, vars.Get(ref.Name)
		for _, member := range ref.Path {
			m, ok := value.(*java.Map)
			if !ok || ref.Name != "context" && ref.Name != "stageVariables" {
				break
			}
			if v, ok := m.Get(member); ok {
				name, value = name+"."+member, v
			}
		}
		if seen[name] {
			continue
		}
		seen[name] = true
		switch v := value.(type) {
		case nil, java.Object:
		default:
			value := java.JSONStart(v, maxLogLine)
			if len(value) > maxLogLine {
				value = java.ValidText(value[:maxLogLine]) + truncated
			}
			out = append(out, Variable{name, value})
		}
	}
	return out
}
