package gateway

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"example.com/guessing-game/src/apigw/vtl/java"
)

// A function that streams its response writes a JSON object of statusCode, headers,
// multiValueHeaders and cookies, eight NUL bytes, and then the body:
// https://docs.aws.amazon.com/apigateway/latest/developerguide/response-streaming-lambda-configure.html.

const (
	maxPrelude = 16 << 10 // bytes within which the delimiter must come
	delimiter  = "\x00\x00\x00\x00\x00\x00\x00\x00"
)

var preludeMembers = map[string]bool{"statusCode": true, "headers": true, "multiValueHeaders": true, "cookies": true}

var errNoDelimiter = fmt.Errorf("the function's response has no eight NUL bytes within its first %d bytes: a streaming handler writes a JSON object with the statusCode and headers, eight NUL bytes, and the body", maxPrelude)

// functionStream is the response of a function as it arrives. The outcome of the invocation is
// known when done is closed.
type functionStream struct {
	*bufio.Reader
	pipe   *io.PipeReader
	cancel context.CancelFunc

	done chan struct{}
	out  InvocationResult
	err  error
}

// Close ends the stream, if it has not ended, and waits for the invocation to end.
func (s *functionStream) Close() error {
	s.pipe.CloseWithError(errClientGone)
	s.cancel()
	<-s.done
	return nil
}

// sink counts what a function has streamed.
type sink struct {
	to    *io.PipeWriter
	wrote bool
}

func (s *sink) Write(p []byte) (int, error) {
	s.wrote = s.wrote || len(p) > 0
	return s.to.Write(p)
}

var errFunctionFailed = errors.New("the function failed")

// invokeStream invokes the integration's function and returns its response as it arrives. An
// Invoker that does not stream delivers it in one piece.
func (x *exchange) invokeStream(ctx context.Context, cancel context.CancelFunc, event []byte) *functionStream {
	r, w := io.Pipe()
	s := &functionStream{Reader: bufio.NewReaderSize(r, pieceSize), pipe: r, cancel: cancel, done: make(chan struct{})}
	to := &sink{to: w}
	call := x.invocation(event)
	call.Stream = to
	go func() {
		defer close(s.done)
		defer func() {
			if s.err == nil {
				s.err = x.panicked(recover())
				w.CloseWithError(s.err) // has no effect after the Close below
			}
		}()
		s.out, s.err = x.g.o.Functions.Invoke(ctx, call)
		switch {
		case s.err != nil:
			w.CloseWithError(s.err)
		case s.out.FunctionError != "":
			w.CloseWithError(errFunctionFailed)
		default:
			if !to.wrote && len(s.out.Payload) > 0 {
				_, _ = w.Write(s.out.Payload) // an error means that the reader is gone
			}
			w.Close()
		}
	}()
	return s
}

// streamedProxy is the Lambda proxy integration whose response reaches the client as the function
// writes it.
func (x *exchange) streamedProxy(step *Step, event []byte) (*clientResponse, *failure) {
	in := x.route.Integration
	fail := func(f *failure) (*clientResponse, *failure) {
		x.end(step, f.asError())
		return nil, f
	}
	switch {
	case in.uriErr != nil:
		return fail(internalFailure(in.uriErr))
	case x.g.o.Functions == nil:
		return fail(internalFailure(errNoInvoker))
	}
	before := x.g.o.Now()
	x.await(in.Function)
	ctx, cancel := context.WithTimeout(x.ctx, in.Timeout)
	s := x.invokeStream(ctx, cancel, event)
	prelude, err := readPrelude(s.Reader)
	if err != nil && err != errNoDelimiter { // the invocation has ended, or its time has
		<-s.done
		f := x.invokeFailure(ctx, &s.out, s.err)
		switch {
		case f != nil:
		case err == io.EOF:
			f = internalFailure(errNoDelimiter)
		default:
			x.response, x.result.errored = payload{text: string(s.out.Payload)}, true
			if x.rec != nil {
				x.rec.FunctionRequestID, x.rec.FunctionError = s.out.RequestID, s.out.FunctionError
				x.logFunctionError(s.out.RequestID)
			}
			f = x.functionFailed()
		}
		cancel()
		return fail(f)
	}
	var a *clientResponse
	f := internalFailure(errNoDelimiter)
	if err == nil {
		a, f = preludeResponse(prelude)
	}
	if f != nil {
		s.Close()
		return fail(f)
	}
	x.result.status = a.status
	a.headers.put("X-Amzn-Trace-Id", x.trace.String())
	a.stream = s
	if step != nil {
		step.Output = string(prelude)
		x.logf("Received response. Status: 200, Integration latency: %d ms", x.g.o.Now().Sub(before).Milliseconds())
		x.logFields("Method response headers: ", x.shown(a.headers))
	}
	x.end(step, nil)
	return a, nil
}

// readPrelude reads up to the delimiter, however the pieces are cut. errNoDelimiter says that it
// was not found within the limit; any other error is the stream's.
func readPrelude(r *bufio.Reader) ([]byte, error) {
	var b []byte
	for len(b) < maxPrelude {
		c, err := r.ReadByte()
		if err != nil {
			return nil, err
		}
		if b = append(b, c); c == 0 && bytes.HasSuffix(b, []byte(delimiter)) {
			return b[:len(b)-len(delimiter)], nil
		}
	}
	return nil, errNoDelimiter
}

// preludeResponse makes status and headers from what precedes the delimiter. multiValueHeaders
// override headers of the same name, and each cookie is a Set-Cookie.
func preludeResponse(prelude []byte) (*clientResponse, *failure) {
	v, err := java.DecodeJSON(prelude)
	m, ok := v.(*java.Map)
	if err != nil || !ok {
		return nil, internalFailure(fmt.Errorf("what the function wrote before the eight NUL bytes is not a JSON object: %.100q", prelude))
	}
	for k := range m.All() {
		if name, _ := k.(string); !preludeMembers[name] {
			return nil, internalFailure(fmt.Errorf("what the function wrote before the eight NUL bytes has a member %q; only statusCode, headers, multiValueHeaders and cookies are allowed", k))
		}
	}
	a := &clientResponse{}
	status, _ := m.Get("statusCode")
	if a.status, ok = proxyStatus(status); !ok {
		return nil, internalFailure(fmt.Errorf("the function's statusCode is %s", java.AppendJSON(nil, status)))
	}
	single, f := headerMap(m, "headers")
	if f != nil {
		return nil, f
	}
	multi, f := headerMap(m, "multiValueHeaders")
	if f != nil {
		return nil, f
	}
	for name, value := range single.All() {
		if value != nil {
			a.headers.put(name.(string), java.String(value))
		}
	}
	for name, value := range multi.All() {
		list, ok := value.(*java.List)
		if !ok {
			continue
		}
		a.headers.remove(name.(string))
		for i := range list.Len() {
			a.headers = append(a.headers, field{name.(string), java.String(list.At(i))})
		}
	}
	cookies, _ := m.Get("cookies")
	if list, ok := cookies.(*java.List); ok {
		for i := range list.Len() {
			a.headers = append(a.headers, field{"Set-Cookie", java.String(list.At(i))})
		}
	}
	return a, nil
}
