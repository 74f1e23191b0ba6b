package executionlog

import (
	"strconv"
	"strings"
	"time"
)

// Text is a body in a log.
type Text struct {
	S   string
	Cut bool // the log event was too long, or holds no bytes; S is its beginning
}

// Field is a header or a parameter; a name that has several values comes several times.
type Field struct{ Name, Value string }

// Exchange is one request with its steps. A nil body was not logged, because an earlier step failed
// or because the stage does not log data.
type Exchange struct {
	RequestID string
	Time      time.Time // of the first line; zero if the log has no times
	Method    string
	Resource  string // "/games/{id}", or the path itself

	Path, Query, Header []Field
	Body                *Text // before transformations

	EndpointURI       string
	EndpointHeader    []Field
	EndpointHeaderCut bool  // the log event was too long; EndpointHeader is its beginning
	EndpointRequest   *Text // after transformations

	EndpointStatus         int // 0 if the endpoint did not respond, or the log has an old form without it
	EndpointResponseHeader []Field
	EndpointResponse       *Text // before transformations
	FunctionError          bool  // the endpoint is a function, and it failed

	Response       *Text // after transformations
	ResponseHeader []Field
	Status         int    // sent to the client
	Failure        string // why the gateway itself failed: "Execution failed due to configuration error: …"
}

// Complete reports whether the exchange has been logged from its beginning to its end.
func (e *Exchange) Complete() bool { return e.Method != "" && e.Status != 0 }

// Logged reports whether the stage logs data: requests and responses with their bodies.
func (e *Exchange) Logged() bool { return e.Body != nil }

// Cut returns how many of the exchange's bodies are cut.
func (e *Exchange) Cut() (n int) {
	for _, t := range []*Text{e.Body, e.EndpointRequest, e.EndpointResponse, e.Response} {
		if t != nil && t.Cut {
			n++
		}
	}
	return n
}

// Truncated ends a log event that was too long.
const Truncated = " [TRUNCATED]"

// binaryData is what a log contains in place of bytes.
const binaryData = "[Binary Data]"

func body(s string) *Text {
	if s == binaryData {
		return &Text{Cut: true}
	}
	s, cut := strings.CutSuffix(s, Truncated)
	return &Text{s, cut}
}

// Add takes a line of the exchange's log, without its time and request id. A line of no interest,
// or of an unknown form, changes nothing.
func (e *Exchange) Add(line string) {
	for _, p := range phrases {
		if rest, ok := strings.CutPrefix(line, p.begins); ok {
			p.add(e, rest)
			return
		}
	}
}

// phrases are the lines about an exchange, by their beginning.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-execution-logging.html
var phrases = []struct {
	begins string
	add    func(e *Exchange, rest string)
}{
	{"HTTP Method: ", func(e *Exchange, rest string) {
		e.Method, e.Resource, _ = strings.Cut(rest, ", Resource Path: ")
	}},
	{"Method request path: ", func(e *Exchange, rest string) { e.Path = ParseFields(rest) }},
	{"Method request query string: ", func(e *Exchange, rest string) { e.Query = ParseFields(rest) }},
	{"Method request headers: ", func(e *Exchange, rest string) { e.Header = ParseFields(rest) }},
	{"Method request body before transformations: ", func(e *Exchange, rest string) { e.Body = body(rest) }},
	{"Successfully completed authorizer execution", func(e *Exchange, _ string) {
		// What came before was the authorizer's own endpoint.
		e.EndpointURI, e.EndpointHeader, e.EndpointHeaderCut, e.EndpointRequest = "", nil, false, nil
		e.EndpointStatus, e.EndpointResponseHeader, e.EndpointResponse, e.FunctionError = 0, nil, nil, false
	}},
	{"Endpoint request URI: ", func(e *Exchange, rest string) { e.EndpointURI = rest }},
	{"Endpoint request headers: ", func(e *Exchange, rest string) {
		e.EndpointHeader, e.EndpointHeaderCut = ParseFields(rest), strings.HasSuffix(rest, Truncated)
	}},
	{"Endpoint request body after transformations: ", func(e *Exchange, rest string) { e.EndpointRequest = body(rest) }},
	{"Received response. Status: ", func(e *Exchange, rest string) {
		status, _, _ := strings.Cut(rest, ",")
		e.EndpointStatus, _ = strconv.Atoi(status)
	}},
	{"Endpoint response headers: ", func(e *Exchange, rest string) {
		e.EndpointResponseHeader = ParseFields(rest)
		for _, f := range e.EndpointResponseHeader {
			if strings.EqualFold(f.Name, "X-Amz-Function-Error") {
				e.FunctionError = true
			}
		}
	}},
	{"Endpoint response body before transformations: ", func(e *Exchange, rest string) { e.EndpointResponse = body(rest) }},
	{"Lambda execution failed with status 200 due to customer function error", func(e *Exchange, _ string) { e.FunctionError = true }},
	{"Execution failed", func(e *Exchange, rest string) { e.Failure = "Execution failed" + rest }},
	{"Method response body after transformations: ", func(e *Exchange, rest string) { e.Response = body(rest) }},
	{"Method response headers: ", func(e *Exchange, rest string) { e.ResponseHeader = ParseFields(rest) }},
	{"Method completed with status: ", func(e *Exchange, rest string) {
		rest, _, _ = strings.Cut(rest, "\n") // what follows the log in the output of a command
		e.Status, _ = strconv.Atoi(strings.TrimSpace(rest))
	}},
}

// known reports whether a line begins like a line of an execution log.
func known(text string) bool {
	if strings.HasPrefix(text, starting) {
		return true
	}
	for _, p := range phrases {
		if strings.HasPrefix(text, p.begins) {
			return true
		}
	}
	return false
}

const starting = "Starting execution for request: "

// ParseFields reads a map as Java prints it: {a=1, b=[2, 3]}. The form is ambiguous where a value
// holds ", name="; such a value is split.
func ParseFields(s string) []Field {
	s = strings.TrimSuffix(s, Truncated)
	s = strings.TrimSuffix(strings.TrimPrefix(s, "{"), "}")
	var fields []Field
	for s != "" {
		name, rest, ok := strings.Cut(s, "=")
		if !ok {
			break
		}
		value := rest
		s = ""
		for i := 0; ; {
			n := strings.Index(rest[i:], ", ")
			if n < 0 {
				break
			}
			if i += n; beginsField(rest[i+2:]) {
				value, s = rest[:i], rest[i+2:]
				break
			}
			i += 2
		}
		if inner, ok := strings.CutPrefix(value, "["); ok && strings.HasSuffix(inner, "]") {
			for v := range strings.SplitSeq(strings.TrimSuffix(inner, "]"), ", ") {
				fields = append(fields, Field{name, v})
			}
			continue
		}
		fields = append(fields, Field{name, value})
	}
	return fields
}

// beginsField reports whether a line begins with a name and an equals sign.
func beginsField(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c == '=':
			return i > 0
		case c <= ' ' || c >= 0x7f || strings.IndexByte(`"(),/:;<>?@[]{}\`, c) >= 0:
			return false
		}
	}
	return false
}
