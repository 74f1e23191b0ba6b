// Package xray records what an invocation of a Lambda function spends its time on, as X-Ray
// subsegments: through AWS's SDK, or, in a build with the tag xraydirect, by this package's own
// writer, which sends the same documents at half the cost.
//
// An invocation that Lambda does not sample costs next to nothing. No tracer ever fails or delays
// an invocation.
package xray

import (
	"context"
	"strings"

	"github.com/aws/aws-xray-sdk-go/v2/header"
)

// Tracer opens subsegments. It is safe for concurrent use.
type Tracer interface {
	// Begin opens a subsegment of the one in ctx, or of the invocation's segment, and returns a
	// context with it.
	Begin(ctx context.Context, name string) (context.Context, Subsegment)
}

// Subsegment is an open subsegment. It is used by one goroutine and ended once.
type Subsegment interface {
	// Annotate adds an annotation by which X-Ray finds traces: a key of letters, digits and
	// underscores, a value that is a string or a bool.
	Annotate(key string, value any)
	// End closes the subsegment; a non-nil error marks it as a [Failure].
	End(err error)
	// EndCall closes the subsegment of a call of DynamoDB.
	EndCall(call Call)
}

// Call is a finished call of DynamoDB, with its retries.
type Call struct {
	Operation string // "UpdateItem"
	Table     string
	Region    string
	RequestID string // of the last response, "" without one
	Status    int    // HTTP status of the last response, 0 without one
	Retries   int    // attempts after the first
	Throttled bool   // the last response asked for fewer requests
	Err       error  // nil if the call succeeded or its condition was refused
}

// blame distinguishes X-Ray's kinds of failure: an error is a response of 4xx (a refused condition
// too), a fault is any other failure.
func (c Call) blame() (isError, isFault bool) {
	isError = c.Status >= 400 && c.Status < 500
	return isError, c.Err != nil && !isError
}

// Failure is an error as X-Ray shows it to readers of the traces.
type Failure struct {
	Type, Message string
	Fault         bool // the service's own, as 5xx is; otherwise the client's, as 4xx is
}

// New returns the tracer that the environment asks for: X-Ray's, or one that records nothing if
// AWS_XRAY_SDK_DISABLED is TRUE. describe determines how an error is shown; it is not called with
// nil. The error is for a malformed AWS_XRAY_DAEMON_ADDRESS.
func New(getenv func(string) string, describe func(error) Failure) (Tracer, error) {
	if strings.EqualFold(getenv("AWS_XRAY_SDK_DISABLED"), "true") {
		return off{}, nil
	}
	d, err := newDaemon(getenv)
	if err != nil {
		return nil, err
	}
	return newTracer(d, describe), nil
}

// off records nothing.
type off struct{}

func (off) Begin(ctx context.Context, _ string) (context.Context, Subsegment) {
	return ctx, unsampled{}
}

// unsampled is a subsegment that is not recorded.
type unsampled struct{}

func (unsampled) Annotate(string, any) {}
func (unsampled) End(error)            {}
func (unsampled) EndCall(Call)         {}

// traceKey is the key under which aws-lambda-go, the X-Ray SDK and package lambdaloop store the
// trace header in the context.
const traceKey = "x-amzn-trace-id"

// sampledTrace returns the header of the invocation's trace from the context, nil if nothing is
// to be recorded, which is the usual case. The header may come from a client, so a malformed one
// is treated as missing.
func sampledTrace(ctx context.Context) *header.Header {
	text, _ := ctx.Value(traceKey).(string)
	if !strings.Contains(text, string(header.Sampled)) {
		return nil
	}
	h := header.FromString(text)
	id := h.TraceID // 1-5759e988-bd862e3fe1be46a994272793
	if h.SamplingDecision != header.Sampled || len(h.ParentID) != 16 || !isHex(h.ParentID) ||
		len(id) != 35 || id[:2] != "1-" || id[10] != '-' || !isHex(id[2:10]) || !isHex(id[11:]) {
		return nil
	}
	return h
}

func isHex(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return (r < '0' || r > '9') && (r < 'a' || r > 'f') })
}
