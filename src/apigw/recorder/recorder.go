// Package recorder sends single requests through a gateway in this process, without a server or
// function, and with the same response every time.
package recorder

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/gateway/headernames"
)

// Request makes a request as a server would pass it to a gateway. path is without the stage, with
// its query string; headers are lines "Name: value".
func Request(ctx context.Context, stage, method, path string, headers []string, body []byte) (*http.Request, error) {
	if !strings.HasPrefix(path, "/") {
		return nil, fmt.Errorf("the path %q does not begin with /", path)
	}
	target := "/" + stage + path
	u, err := url.ParseRequestURI(target)
	if err != nil {
		return nil, fmt.Errorf("the path %q is not the path of a URL", path)
	}
	req := (&http.Request{
		Method: strings.ToUpper(method), URL: u, RequestURI: target, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{},
		Host: "localhost", RemoteAddr: "127.0.0.1:0", Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
	})
	names := []string{"Host"}
	for _, h := range headers {
		name, value, ok := strings.Cut(h, ":")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if !ok || name == "" {
			return nil, fmt.Errorf("%q is not a header of the form Name: value", h)
		}
		if strings.EqualFold(name, "Host") {
			req.Host = value
			continue
		}
		req.Header.Add(name, value)
		names = append(names, name)
	}
	return req.WithContext(headernames.With(ctx, headernames.Join(names))), nil
}

// Response is the response to a request.
type Response struct {
	Status int
	Header http.Header
	Body   bytes.Buffer
}

// Values returns the values of a header, whatever its case: net/http would write the names of API
// Gateway's own headers differently.
func (r *Response) Values(name string) []string {
	var all []string
	for k, values := range r.Header {
		if strings.EqualFold(k, name) {
			all = append(all, values...)
		}
	}
	slices.Sort(all)
	return all
}

// Send passes a request to a handler and records the response as a server would send it. Its Status
// is 0 if the handler aborted the request.
func Send(h http.Handler, r *http.Request) *Response {
	w := &writer{header: http.Header{}}
	w.serve(h, r)
	return &w.r
}

func (w *writer) serve(h http.Handler, r *http.Request) {
	defer func() {
		if p := recover(); p != nil && p != http.ErrAbortHandler {
			panic(p)
		}
	}()
	h.ServeHTTP(w, r)
	w.WriteHeader(http.StatusOK)
}

// writer is a ResponseWriter that records the response.
type writer struct {
	header http.Header
	r      Response
}

func (w *writer) Header() http.Header { return w.header }

func (w *writer) WriteHeader(status int) {
	if w.r.Status == 0 && status >= 200 { // informational responses are not recorded
		w.r.Status, w.r.Header = status, w.header.Clone()
	}
}

func (w *writer) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.r.Body.Write(b)
}

// Function mocks every function of an API. It always returns the same response and records its
// events.
type Function struct {
	Payload []byte // what it returns, or the error it fails with
	Failed  bool
	Events  [][]byte
}

// Invoke returns Payload, or 202 without a payload for an asynchronous invocation, as Lambda
// does.
func (f *Function) Invoke(_ context.Context, in gateway.Invocation) (gateway.InvocationResult, error) {
	f.Events = append(f.Events, in.Payload)
	r := gateway.InvocationResult{StatusCode: http.StatusOK, Payload: f.Payload, ExecutedVersion: "$LATEST", RequestID: "00000000-0000-0000-0000-000000000000", TraceHeader: in.TraceHeader}
	switch {
	case in.Async:
		r.StatusCode, r.Payload = http.StatusAccepted, nil
	case f.Failed:
		r.FunctionError = "Unhandled"
	}
	return r, nil
}

// Service mocks every AWS service and HTTP backend of an API. It always returns the same response
// and records its requests.
type Service struct {
	Status   int // 200 if zero
	Header   http.Header
	Body     []byte
	Requests []*gateway.UpstreamRequest
}

// Send returns Status, Header and Body.
func (s *Service) Send(_ context.Context, r *gateway.UpstreamRequest) (*gateway.UpstreamResponse, error) {
	s.Requests = append(s.Requests, r)
	h := s.Header.Clone()
	if h == nil {
		h = http.Header{"Content-Type": {"application/json"}}
	}
	return &gateway.UpstreamResponse{Status: cmp.Or(s.Status, http.StatusOK), Header: h, Body: io.NopCloser(bytes.NewReader(s.Body))}, nil
}
