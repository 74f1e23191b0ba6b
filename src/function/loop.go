package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambda/messages"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

// serve takes events from the Runtime API at an address and has the handler
// answer them, one at a time, as lambda.Start does; loop_test.go holds both to
// one contract. It returns when the API is gone or the handler must not be used
// again, and never nil.
//
// It exists because it costs less than lambda.Start, which goes through
// net/http and its goroutines twice an event; docs/latency.md has the figures.
// It speaks https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html.
func serve(api string, h lambda.Handler) error {
	c := &runtimeClient{address: api}
	defer c.close()
	for {
		e, err := c.next()
		if err != nil {
			return fmt.Errorf("asking the Runtime API for the next event: %w", err)
		}
		if err := handle(c, h, e); err != nil {
			return err
		}
	}
}

// The headers of an event, in canonical form.
const (
	headerRequestID     = "Lambda-Runtime-Aws-Request-Id"
	headerDeadline      = "Lambda-Runtime-Deadline-Ms"
	headerTrace         = "Lambda-Runtime-Trace-Id"
	headerFunctionARN   = "Lambda-Runtime-Invoked-Function-Arn"
	headerClientContext = "Lambda-Runtime-Client-Context"
	headerIdentity      = "Lambda-Runtime-Cognito-Identity"
	headerTenant        = "Lambda-Runtime-Aws-Tenant-Id"
	headerXRayCause     = "Lambda-Runtime-Function-Xray-Error-Cause"
)

// handle has one event answered.
func handle(c *runtimeClient, h lambda.Handler, e *event) error {
	ctx, cancel, err := eventContext(e)
	if err != nil {
		return c.fail(e, failure(err))
	}
	defer cancel()
	answer, failed := call(ctx, h, e.payload)
	if failed == nil {
		return c.answer(e, answer)
	}
	if err := c.fail(e, failed); err != nil {
		return err
	}
	if failed.ShouldExit {
		return errors.New("the handler panicked; the process ends, to start anew")
	}
	return nil
}

// eventContext gives what aws-lambda-go gives: the deadline, lambdacontext's
// values, and the trace header where the X-Ray SDK looks for it.
func eventContext(e *event) (context.Context, context.CancelFunc, error) {
	deadline, err := strconv.ParseInt(e.deadline, 10, 64)
	if err != nil {
		return nil, nil, fmt.Errorf("the Runtime API gave no deadline: %w", err)
	}
	lc := &lambdacontext.LambdaContext{
		AwsRequestID:       e.id,
		InvokedFunctionArn: e.functionARN,
		TenantID:           e.tenant,
	}
	if e.clientContext != "" {
		if err := json.Unmarshal([]byte(e.clientContext), &lc.ClientContext); err != nil {
			return nil, nil, fmt.Errorf("the client context is not as it should be: %w", err)
		}
	}
	if e.identity != "" {
		if err := json.Unmarshal([]byte(e.identity), &lc.Identity); err != nil {
			return nil, nil, fmt.Errorf("the Cognito identity is not as it should be: %w", err)
		}
	}
	os.Setenv("_X_AMZN_TRACE_ID", e.trace)
	ctx, cancel := context.WithDeadline(context.Background(), time.UnixMilli(deadline))
	ctx = lambdacontext.NewContext(ctx, lc)
	//lint:ignore SA1029 aws-lambda-go and the X-Ray SDK agree on a plain string
	ctx = context.WithValue(ctx, traceKey, e.trace)
	return ctx, cancel, nil
}

// call calls the handler and turns its error or panic into Lambda's form.
func call(ctx context.Context, h lambda.Handler, payload []byte) (answer []byte, failed *messages.InvokeResponse_Error) {
	defer func() {
		if v := recover(); v != nil {
			answer, failed = nil, panicked(v)
		}
	}()
	answer, err := h.Invoke(ctx, payload)
	if err != nil {
		return nil, failure(err)
	}
	return answer, nil
}

// failure is an error as Lambda tells it: with the name of its Go type, unless
// the handler has chosen it all itself.
func failure(err error) *messages.InvokeResponse_Error {
	if own, ok := err.(messages.InvokeResponse_Error); ok {
		return &own
	}
	return &messages.InvokeResponse_Error{Message: err.Error(), Type: typeName(err)}
}

func panicked(v any) *messages.InvokeResponse_Error {
	if own, ok := v.(messages.InvokeResponse_Error); ok {
		return &own
	}
	return &messages.InvokeResponse_Error{
		Message:    fmt.Sprint(v),
		Type:       typeName(v),
		StackTrace: stack(),
		ShouldExit: true,
	}
}

func typeName(v any) string {
	t := reflect.TypeOf(v)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.Name()
}

// stack is the stack of a recovered panic, the panicking function first.
func stack() []*messages.InvokeResponse_Error_StackFrame {
	pcs := make([]uintptr, 32)
	// Above runtime.Callers are stack, its caller, the deferred function that
	// recovers and the runtime's panic.
	frames := runtime.CallersFrames(pcs[:runtime.Callers(5, pcs)])
	var trace []*messages.InvokeResponse_Error_StackFrame
	for {
		f, more := frames.Next()
		if f.Function != "" {
			trace = append(trace, &messages.InvokeResponse_Error_StackFrame{
				Path:  f.File,
				Line:  int32(f.Line),
				Label: f.Function[strings.LastIndexByte(f.Function, '/')+1:],
			})
		}
		if !more {
			return trace
		}
	}
}

// xrayCause is an error in the form in which Lambda hands it to X-Ray.
func xrayCause(e *messages.InvokeResponse_Error) ([]byte, error) {
	type exception struct {
		Type    string                                      `json:"type"`
		Message string                                      `json:"message"`
		Stack   []*messages.InvokeResponse_Error_StackFrame `json:"stack"`
	}
	cause := struct {
		WorkingDirectory string      `json:"working_directory"`
		Exceptions       []exception `json:"exceptions"`
		Paths            []string    `json:"paths"`
	}{Paths: []string{}}
	cause.WorkingDirectory, _ = os.Getwd()
	stack := e.StackTrace
	if stack == nil {
		stack = []*messages.InvokeResponse_Error_StackFrame{}
	}
	cause.Exceptions = []exception{{e.Type, e.Message, stack}}
	seen := map[string]bool{}
	for _, f := range stack {
		if !seen[f.Path] {
			seen[f.Path] = true
			cause.Paths = append(cause.Paths, f.Path)
		}
	}
	return json.Marshal(cause)
}
