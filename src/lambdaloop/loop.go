// Package lambdaloop takes a Go function's invocations from the Lambda Runtime API and passes
// them to a [lambda.Handler], one at a time, as lambda.Start does; one contract test runs both.
//
// It exists because it costs less than lambda.Start, which goes through net/http and its goroutines
// twice for each invocation; docs/latency.md has the figures. It speaks
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html.
package lambdaloop

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
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

// A Loop serves invocations from the Runtime API at an address (host:port) until the API is gone or
// the handler must not be used any more. It returns the reason, never nil.
type Loop func(api string, h lambda.Handler) error

// ErrGone is why a loop ends if its Runtime API goes away between two invocations: the emulation of
// Lambda has ended, as sam local invoke does after one event.
var ErrGone = errors.New("the Runtime API has gone")

// FromEnv returns the loop that the environment asks for: this package's own, or lambda.Start where
// LAMBDA_LOOP is "standard", or where Lambda wants several invocations at once in one process
// (Lambda Managed Instances), which this package's loop does not do. The error is for any other
// LAMBDA_LOOP.
func FromEnv(getenv func(string) string) (Loop, error) {
	switch loop := getenv("LAMBDA_LOOP"); {
	case loop != "" && loop != "standard":
		return nil, fmt.Errorf("LAMBDA_LOOP is %q; it must be \"standard\" or not set", loop)
	case loop == "standard", lambdacontext.MaxConcurrency() > 1:
		return func(_ string, h lambda.Handler) error {
			lambda.Start(h)
			return errors.New("lambda.Start has returned, which it never does")
		}, nil
	}
	if getenv("GOMAXPROCS") == "" {
		// One invocation at a time needs one thread; a second one only costs the wake-ups between
		// them, a quarter of an invocation's CPU time.
		runtime.GOMAXPROCS(1)
	}
	return serve, nil
}

// FailInit reports to Lambda why the function cannot start. The error is that of the report itself.
func FailInit(api, errorType, message string) error {
	c := &client{address: api}
	defer c.close()
	return c.failInit(&messages.InvokeResponse_Error{Type: errorType, Message: message})
}

// serve is this package's own Loop.
func serve(api string, h lambda.Handler) error {
	c := &client{address: api}
	defer c.close()
	for served := false; ; served = true {
		inv, err := c.next()
		if err != nil {
			err = fmt.Errorf("asking the Runtime API for the next invocation: %w", err)
			var refused *net.OpError
			if served && (errors.Is(err, errNoResponse) || errors.As(err, &refused)) {
				return fmt.Errorf("%w: %w", ErrGone, err)
			}
			return err
		}
		if err := handle(c, h, inv); err != nil {
			return err
		}
	}
}

// The headers of an invocation, in canonical form.
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

// handle has one invocation handled and posts the outcome.
func handle(c *client, h lambda.Handler, inv *invocation) error {
	ctx, cancel, err := contextOf(inv)
	if err != nil {
		return c.fail(inv, failure(err))
	}
	defer cancel()
	response, failed := call(ctx, h, inv.payload)
	if failed == nil {
		return c.respond(inv, response)
	}
	if err := c.fail(inv, failed); err != nil {
		return err
	}
	if failed.ShouldExit {
		return errors.New("the handler panicked; the process ends, to start anew")
	}
	return nil
}

// contextOf returns the same context as aws-lambda-go: with the deadline, lambdacontext's values,
// and the trace header where the X-Ray SDK looks for it.
func contextOf(inv *invocation) (context.Context, context.CancelFunc, error) {
	deadline, err := strconv.ParseInt(inv.deadline, 10, 64)
	if err != nil {
		return nil, nil, fmt.Errorf("the Runtime API gave no deadline: %w", err)
	}
	lc := &lambdacontext.LambdaContext{
		AwsRequestID:       inv.id,
		InvokedFunctionArn: inv.functionARN,
		TenantID:           inv.tenant,
	}
	if inv.clientContext != "" {
		if err := json.Unmarshal([]byte(inv.clientContext), &lc.ClientContext); err != nil {
			return nil, nil, fmt.Errorf("the client context is malformed: %w", err)
		}
	}
	if inv.identity != "" {
		if err := json.Unmarshal([]byte(inv.identity), &lc.Identity); err != nil {
			return nil, nil, fmt.Errorf("the Cognito identity is malformed: %w", err)
		}
	}
	os.Setenv("_X_AMZN_TRACE_ID", inv.trace)
	ctx, cancel := context.WithDeadline(context.Background(), time.UnixMilli(deadline))
	ctx = lambdacontext.NewContext(ctx, lc)
	//lint:ignore SA1029 aws-lambda-go and the X-Ray SDK agree on a plain string
	ctx = context.WithValue(ctx, "x-amzn-trace-id", inv.trace)
	return ctx, cancel, nil
}

// call calls the handler and turns its error or panic into Lambda's form.
func call(ctx context.Context, h lambda.Handler, payload []byte) (response []byte, failed *messages.InvokeResponse_Error) {
	defer func() {
		if v := recover(); v != nil {
			response, failed = nil, panicked(v)
		}
	}()
	response, err := h.Invoke(ctx, payload)
	if err != nil {
		return nil, failure(err)
	}
	return response, nil
}

// failure is an error in Lambda's form: with the name of its Go type, unless the handler has chosen
// the form itself.
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
		StackTrace: Stack(),
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

// Stack returns the stack of a recovered panic, the panicking function first. Call it in a
// function that the deferred function calls.
func Stack() []*messages.InvokeResponse_Error_StackFrame {
	pcs := make([]uintptr, 32)
	// Above runtime.Callers are Stack, its caller, the deferred function that recovers and the
	// runtime's panic.
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

// xrayCause is an error in the form in which Lambda passes it to X-Ray.
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
