package gateway

import (
	"context"
	"io"
)

// Invoker reaches a Lambda function.
//
// An error means that the function could not be invoked: no such function, no permission,
// throttled. An error of the function itself is a result with FunctionError set. An Invoker returns
// when ctx is done. An error of the Invoke API is a [RefusedError].
type Invoker interface {
	Invoke(ctx context.Context, in Invocation) (InvocationResult, error)
}

// An Awaiter is an Invoker some of whose functions may still be built.
type Awaiter interface {
	// Await returns when a function can be invoked, or cannot, or when ctx is done. The time of an
	// integration or authorizer begins then.
	Await(ctx context.Context, function string)
}

// Invocation is a call of the Invoke API.
type Invocation struct {
	Function    string // name, without qualifier
	Qualifier   string // version or alias, may be empty
	Payload     []byte // the event, JSON
	Async       bool   // invocation type Event: the response is 202 without a payload
	TraceHeader string // X-Amzn-Trace-Id
	RequestID   string // $context.requestId of the REST request, for logs
	Authorizer  string // name of the authorizer that invokes; empty for an integration
	TenantID    string // X-Amz-Tenant-Id that a parameter mapping sets
	// Stream gets the response of a function that streams, as it arrives; the result then has no
	// payload unless the function failed. Nil for a buffered response.
	Stream io.Writer
}

// InvocationResult is the response of the Invoke API.
type InvocationResult struct {
	StatusCode      int    // 200; 202 if Async
	Payload         []byte // what the function returned, or its error as a JSON object
	FunctionError   string // "", "Handled" or "Unhandled"
	ExecutedVersion string
	RequestID       string // of the invocation
	TraceHeader     string // X-Amzn-Trace-Id of the response
}

// RefusedError is an error with which Lambda refuses an invocation.
type RefusedError struct {
	Status    int    // of the Invoke API's response
	Message   string // Lambda's message
	RequestID string // of the invocation
	Err       error
}

func (e *RefusedError) Error() string { return e.Err.Error() }

// Unwrap implements errors.Unwrap.
func (e *RefusedError) Unwrap() error { return e.Err }
