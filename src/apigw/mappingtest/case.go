// Package mappingtest runs unit tests of mapping templates: each is a txtar archive with a request,
// what the function returns, and what is expected. The gateway is the real one; there is no server
// and no function.
package mappingtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/txtar"

	"example.com/guessing-game/src/apigw/document"
	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/recorder"
)

// Format describes the archives for people.
const Format = `A test is a txtar archive: text files in one, each after a line "-- name --". The text before the first is a comment.

  -- request --      the request: "METHOD PATH" without the stage, headers, an empty line, the body
  -- result --       what the function returns, JSON; or
  -- error --        the function's error, JSON: {"errorMessage": "…", "errorType": "…"}
  -- event --        the event that the function should get; empty if it should not be invoked
  -- response --     what the client should get: the status, headers, an empty line, the body

Instead of a function, an AWS service or an HTTP backend has

  -- service response --   what it returns: the status, headers, an empty line, the body
  -- service request --    the request that it should get: "METHOD URL" (or only its path and
                           query), headers, an empty line, the body; empty if it should not
                           be called

request is needed, and at least one of event, service request and response; --update writes them where all are missing, and a
response that is empty. A function without result and error returns null, a service
without a response returns 200 {}.

JSON is compared as JSON: member for member, in any order, ignoring white space; everything else byte for byte, except for one final line end. Of the
headers only those listed are compared; one listed without a value must not be there. Without an empty line after them the body is
not compared. The clock stands at 2020-01-01T00:00:00Z and
request ids count up from 00000000-0000-0000-0000-000000000001, so that a template may use them.`

// file names of an archive.
const (
	request  = "request"
	result   = "result"
	failure  = "error"
	event    = "event"
	response = "response"

	serviceRequest  = "service request"
	serviceResponse = "service response"
)

// Case is one test.
type Case struct {
	File    string
	archive *txtar.Archive

	method, path string
	header       []string // lines "Name: value"
	body         []byte

	payload       []byte // what the function returns
	functionError bool
	wantEvent     *string // nil: not compared
	service       message // what the service returns
	wantCall      *call   // nil: not compared
	want          *message
}

// call is a request to a service in an archive; the zero call is none.
type call struct {
	method, url string
	header      []field
	body        *string // nil: not compared
}

// message is a response in an archive.
type message struct {
	status int
	header []field
	body   *string // nil: not compared
}

type field struct{ name, value string }

// Read reads a test from a file.
func Read(file string) (*Case, error) {
	data, err := document.ReadGiven(file)
	if err != nil {
		return nil, err
	}
	return Parse(file, data)
}

// Parse reads a test. An error names the line of the file.
func Parse(file string, data []byte) (*Case, error) {
	c := &Case{File: file, archive: txtar.Parse(data), payload: []byte("null"), service: message{status: 200, body: new("{}")}}
	lines := bytes.Split(data, []byte("\n"))
	lineOf := func(name string) int {
		for i, l := range lines {
			if string(bytes.TrimSpace(l)) == "-- "+name+" --" {
				return i + 1
			}
		}
		return 1
	}
	fail := func(name, format string, args ...any) error {
		return fmt.Errorf("%s:%d:1: %s", file, lineOf(name), fmt.Sprintf(format, args...))
	}
	seen := map[string]bool{}
	for _, f := range c.archive.Files {
		if seen[f.Name] {
			return nil, fail(f.Name, "the archive has two files %q", f.Name)
		}
		seen[f.Name] = true
		switch f.Name {
		case request:
			head, body, _ := split(f.Data)
			words := strings.Fields(head[0])
			if len(words) != 2 || !strings.HasPrefix(words[1], "/") {
				return nil, fail(request, "the first line of a request is METHOD /PATH, not %q", head[0])
			}
			c.method, c.path, c.header, c.body = words[0], words[1], head[1:], body
			for _, h := range c.header {
				if name, _, ok := strings.Cut(h, ":"); !ok || name == "" {
					return nil, fail(request, "%q is not a header: write Name: value", h)
				}
			}
		case result, failure:
			if !json.Valid(f.Data) {
				return nil, fail(f.Name, "the function's result must be JSON")
			}
			c.payload, c.functionError = bytes.TrimSpace(f.Data), f.Name == failure
		case event:
			text := strings.TrimSuffix(string(f.Data), "\n")
			c.wantEvent = &text
		case serviceRequest:
			w, err := parseCall(f.Data)
			if err != nil {
				return nil, fail(serviceRequest, "%v", err)
			}
			c.wantCall = w
		case serviceResponse:
			m, err := parseResponse(f.Data)
			if err != nil {
				return nil, fail(serviceResponse, "%v", err)
			}
			c.service = *m
		case response:
			if len(bytes.TrimSpace(f.Data)) == 0 {
				c.want = &message{} // to be written
				continue
			}
			m, err := parseResponse(f.Data)
			if err != nil {
				return nil, fail(response, "%v", err)
			}
			c.want = m
		default:
			return nil, fail(f.Name, "there is no file %q in a test: it has %s, %s or %s, %s, %s, %s and %s", f.Name, request, result, failure, event, serviceResponse, serviceRequest, response)
		}
	}
	switch {
	case !seen[request]:
		return nil, fail(request, "there is no request in the test")
	case seen[result] && seen[failure]:
		return nil, fail(failure, "a function returns a result or fails with an error, not both")
	}
	return c, nil
}

// Request is the test's request in the form that Format describes, with the stage before its path.
func (c *Case) Request(stage string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s /%s%s\n", c.method, stage, c.path)
	for _, h := range c.header {
		b.WriteString(h + "\n")
	}
	return b.String() + "\n" + string(c.body)
}

// started says that the test is new: it has a request, and Update writes what it expects.
func (c *Case) started() bool {
	return c.wantEvent == nil && c.wantCall == nil && (c.want == nil || c.want.status == 0)
}

// Returned is what the test's function returns; failed says that it is the function's error.
func (c *Case) Returned() (payload []byte, failed bool) { return c.payload, c.functionError }

// Headers returns the names of the headers that the test expects.
func (c *Case) Headers() []string {
	var names []string
	if c.want != nil {
		for _, f := range c.want.header {
			if f.value != "" {
				names = append(names, f.name)
			}
		}
	}
	return names
}

// split splits a message into the lines of its head and its body. The line break that the archive
// puts after a body is not part of it.
func split(data []byte) (head []string, body []byte, hasBody bool) {
	text := strings.ReplaceAll(string(data), "\r\n", "\n")
	h, b, hasBody := strings.Cut(text, "\n\n")
	return strings.Split(strings.TrimRight(h, "\n"), "\n"), []byte(strings.TrimSuffix(b, "\n")), hasBody
}

func parseResponse(data []byte) (*message, error) {
	head, body, hasBody := split(data)
	status, err := strconv.Atoi(strings.TrimSpace(head[0]))
	if err != nil || status < 100 || status > 599 {
		return nil, fmt.Errorf("the first line of a response is its status, not %q", head[0])
	}
	m := &message{status: status}
	if hasBody {
		m.body = new(string(body))
	}
	for _, h := range head[1:] {
		name, value, ok := strings.Cut(h, ":")
		if !ok || name == "" {
			return nil, fmt.Errorf("%q is not a header: write Name: value", h)
		}
		m.header = append(m.header, field{name, strings.TrimSpace(value)})
	}
	return m, nil
}

// Answer writes the service response of the test, for tests that run elsewhere.
func (c *Case) Answer(w http.ResponseWriter) {
	for _, f := range c.service.header {
		w.Header().Add(f.name, f.value)
	}
	w.WriteHeader(c.service.status)
	if c.service.body != nil {
		_, _ = io.WriteString(w, *c.service.body) // an error is the client's, who has gone
	}
}

func parseCall(data []byte) (*call, error) {
	if len(bytes.TrimSpace(data)) == 0 {
		return &call{}, nil
	}
	head, body, hasBody := split(data)
	words := strings.Fields(head[0])
	if len(words) != 2 {
		return nil, fmt.Errorf("the first line of a request to a service is METHOD URL, not %q", head[0])
	}
	w := &call{method: words[0], url: words[1]}
	if hasBody {
		w.body = new(string(body))
	}
	for _, h := range head[1:] {
		name, value, ok := strings.Cut(h, ":")
		if !ok || name == "" {
			return nil, fmt.Errorf("%q is not a header: write Name: value", h)
		}
		w.header = append(w.header, field{name, strings.TrimSpace(value)})
	}
	return w, nil
}

func (w *call) String() string {
	if w.method == "" {
		return ""
	}
	m := message{header: w.header, body: w.body}
	_, rest, _ := strings.Cut(m.String(), "\n")
	return w.method + " " + w.url + "\n" + rest
}

// compare returns the actual request in the form that is compared with want, both normalised as
// messages are.
func (w *call) compare(r *gateway.UpstreamRequest) (got, want string) {
	came, wanted := &call{}, *w
	if r != nil {
		came.method, came.url = r.Method, r.URL.String()
		if strings.HasPrefix(w.url, "/") {
			came.url = r.URL.RequestURI()
		}
		for _, f := range w.header {
			came.header = append(came.header, field{f.name, strings.Join(valuesOf(r.Header, f.name), ", ")})
		}
		if w.body != nil {
			g, b := alike(strings.TrimSuffix(r.Body, "\n"), *w.body)
			came.body, wanted.body = &g, &b
		}
	}
	return came.String(), wanted.String()
}

// valuesOf returns the values of a header, whatever its case.
func valuesOf(h http.Header, name string) []string {
	var all []string
	for k, values := range h {
		if strings.EqualFold(k, name) {
			all = append(all, values...)
		}
	}
	slices.Sort(all)
	return all
}

func (m *message) String() string {
	var b strings.Builder
	fmt.Fprintln(&b, m.status)
	for _, f := range m.header {
		b.WriteString(strings.TrimSpace(f.name+": "+f.value) + "\n")
	}
	if m.body != nil {
		b.WriteString("\n" + *m.body)
		if *m.body != "" {
			b.WriteString("\n")
		}
	}
	return b.String()
}

// compare returns the actual response in the form that is compared with want, both normalised: only
// the headers that want lists, in its order, and JSON indented in one order if both are JSON.
func (m *message) compare(r *recorder.Response) (got, want string) {
	came := &message{status: r.Status}
	wanted := *m
	for _, f := range m.header {
		came.header = append(came.header, field{f.name, strings.Join(r.Values(f.name), ", ")})
	}
	if m.body != nil {
		g, w := alike(strings.TrimSuffix(r.Body.String(), "\n"), *m.body)
		came.body, wanted.body = &g, &w
	}
	return came.String(), wanted.String()
}

// alike normalises two JSON values: indented, with members in the order of want if it has them.
// Anything else is unchanged.
func alike(got, want string) (string, string) {
	g, ok1 := Indented(got)
	w, ok2 := Indented(want)
	if !ok1 || !ok2 {
		return got, want
	}
	return g, w
}

// Indented writes JSON in one form: two spaces per level, members in alphabetical order. ok is
// false if the text is not JSON.
func Indented(text string) (form string, ok bool) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil || d.More() {
		return "", false
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil { // members in alphabetical order
		return "", false
	}
	return strings.TrimSuffix(b.String(), "\n"), true
}
