// Package invoke reaches Lambda functions.
//
// There are two ways to a function, and both are a [Function]:
//
//   - [Host] runs a function's command as child processes and speaks the Lambda
//     Runtime API to them, as an execution environment in AWS does: one process per
//     concurrent invocation, one event at a time, timeouts, cold starts, REPORT lines.
//   - [Remote] calls an Invoke endpoint: AWS itself, LocalStack, sam local start-lambda,
//     or a [Server] of this package.
//
// [Server] is the other side of Remote: an http.Handler that speaks the Lambda Invoke
// API in front of any Functions, so that `aws lambda invoke --endpoint-url …` works.
//
// The behaviour follows https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html,
// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html and what
// aws-lambda-runtime-interface-emulator, AWS's own emulation of that API, does. Known differences:
// extensions, the telemetry API and SnapStart are refused, and an asynchronous invocation is tried
// once (AWS retries it twice).
package invoke

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"example.com/guessing-game/src/apigw/invoke/jackson"
)

// Limits of the Lambda service.
const (
	// MaxRequestBytes bounds the payload of a synchronous invocation.
	MaxRequestBytes = 6 << 20
	// MaxEventBytes bounds the payload of an asynchronous invocation.
	MaxEventBytes = 1 << 20
	// MaxResponseBytes bounds what a function may return; Lambda allows a hundred bytes more than
	// 6 MiB here.
	MaxResponseBytes = 6<<20 + 100
	// MaxStreamBytes bounds what a function may stream.
	MaxStreamBytes = 200 << 20
	// MaxClientContextBytes bounds the client context in its base64 form.
	MaxClientContextBytes = 3583
	// LogTailBytes is how much of an invocation's log a caller can request.
	LogTailBytes = 4 << 10
)

// Type says how a function is invoked.
type Type string

// The types of invocation. The empty Type means RequestResponse.
const (
	// RequestResponse waits for the function's response.
	RequestResponse Type = "RequestResponse"
	// Event queues the event; the response (202, no payload) does not wait for the function.
	Event Type = "Event"
	// DryRun checks the request and invokes nothing (204).
	DryRun Type = "DryRun"
)

// Invocation is one call of a function.
type Invocation struct {
	// Type is how to invoke; empty means RequestResponse.
	Type Type
	// Payload is the event, a JSON document. An empty one reaches the function as {}.
	Payload []byte
	// TraceHeader is an X-Amzn-Trace-Id, "Root=…;Parent=…;Sampled=1". Without one the
	// host begins a sampled trace.
	TraceHeader string
	// ClientContext is the client context as JSON (not in base64).
	ClientContext string
	// CognitoIdentity is {"cognitoIdentityId":…,"cognitoIdentityPoolId":…} as JSON.
	// Only a Host takes it: in AWS it follows from the caller's credentials.
	CognitoIdentity string
	// RequestID is the id of the invocation, a UUID; generated if empty. A Remote cannot choose it
	// and ignores it.
	RequestID string
	// Qualifier is a version or an alias; empty means $LATEST.
	Qualifier string
	// TenantID is the tenant for which a function with Config.PerTenant is invoked.
	TenantID string
	// LogTail requests the last 4 KB of the invocation's log.
	LogTail bool
	// Log receives, in place of Config.Logs, what is logged from when the event is handed over
	// until the response, whole lines in each Write, including the output of a process that is
	// started for it. It may get lines after Invoke has returned because its context ended. A
	// Remote ignores it.
	Log io.Writer
	// Stream gets the function's response piece by piece as it arrives; the Response then has a
	// payload only if the function failed, or the endpoint of a Remote does not stream. Nil gathers
	// the response. It gets nothing after Invoke has returned.
	Stream io.Writer
}

// Response is the outcome of an invocation that reached the function. An error of the function is a
// Response too, with FunctionError set and Lambda's error object as payload.
type Response struct {
	// StatusCode is 200 (RequestResponse), 202 (Event) or 204 (DryRun).
	StatusCode int
	// Payload is the function's response: nil for Event and DryRun.
	Payload []byte
	// FunctionError is empty on success and "Unhandled" for every error of a function,
	// as the current runtimes in AWS report it ("Handled" is from retired ones).
	FunctionError string
	// ExecutedVersion is the version that ran.
	ExecutedVersion string
	// RequestID is the invocation's id.
	RequestID string
	// LogResult is the end of the log in base64, if it was requested.
	LogResult string
	// Report holds the figures of the REPORT line. A Remote has them only with LogTail.
	Report Report
}

// Function is something that can be invoked. A refused invocation returns an *[Error], a context
// that ends its error; an error inside the function is part of the Response.
type Function interface {
	Invoke(ctx context.Context, in Invocation) (Response, error)
}

// Error is a refusal by the Lambda service (not by the function), for which the Invoke API
// returns a status of 4xx or 5xx.
type Error struct {
	// Status is the HTTP status.
	Status int
	// Code is the name of the exception, such as "ResourceNotFoundException".
	Code string
	// Message is Lambda's message.
	Message string
	// Reason is set only for TooManyRequestsException.
	Reason string
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

func errTooLarge(n, limit int, t Type) *Error {
	return &Error{Status: http.StatusRequestEntityTooLarge, Code: "RequestEntityTooLargeException",
		Message: fmt.Sprintf("%d byte payload is too large for the %s invocation type (limit %d bytes)", n, t, limit)}
}

func errThrottled() *Error {
	return &Error{Status: http.StatusTooManyRequests, Code: "TooManyRequestsException", Message: "Rate Exceeded.",
		Reason: "ReservedFunctionConcurrentInvocationLimitExceeded"}
}

func errInvalidParameter(format string, args ...any) *Error {
	return &Error{Status: http.StatusBadRequest, Code: "InvalidParameterValueException", Message: fmt.Sprintf(format, args...)}
}

// errNotFound is the error for a function that does not exist, named by its ARN.
func errNotFound(arn string) *Error {
	return &Error{Status: http.StatusNotFound, Code: "ResourceNotFoundException", Message: "Function not found: " + arn}
}

// limit is the largest payload for this type of invocation.
func (t Type) limit() int {
	if t == Event {
		return MaxEventBytes
	}
	return MaxRequestBytes
}

// check refuses what Lambda refuses before it assigns an environment, and fills in the default type
// and payload.
func (in *Invocation) check() error {
	switch in.Type {
	case "":
		in.Type = RequestResponse
	case RequestResponse, Event, DryRun:
	default:
		return errInvalidParameter("1 validation error detected: Value '%s' at 'invocationType' failed to satisfy constraint: "+
			"Member must satisfy enum value set: [Event, RequestResponse, DryRun]", in.Type)
	}
	if len(in.Payload) > in.Type.limit() {
		return errTooLarge(len(in.Payload), in.Type.limit(), in.Type)
	}
	if len(in.Payload) == 0 {
		in.Payload = []byte("{}")
		return nil
	}
	if complaint := jackson.Complaint(in.Payload); complaint != "" {
		return &Error{Status: http.StatusBadRequest, Code: "InvalidRequestContentException", Message: jackson.Prefix + complaint}
	}
	return nil
}
