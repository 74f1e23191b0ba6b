package main

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-xray-sdk-go/v2/header"

	"example.com/guessing-game/src/game"
	"example.com/guessing-game/src/store"
)

// Tracer records what an invocation spends its time on, as X-Ray subsegments.
// No implementation ever fails or delays an invocation.
type Tracer interface {
	// Begin opens a subsegment of the one in ctx, or of the invocation's
	// segment, and returns a context with it.
	Begin(ctx context.Context, name string) (context.Context, Subsegment)
}

// Subsegment is an open subsegment. It is used by one goroutine and ended once.
type Subsegment interface {
	// Annotate adds an annotation by which X-Ray finds traces: a key of
	// letters, digits and underscores, a value that is a string or a bool.
	Annotate(key string, value any)
	// End closes the subsegment; a non-nil error marks it as [blame] says.
	End(err error)
	// EndCall closes the subsegment of a call of DynamoDB.
	EndCall(call store.Call)
}

// newTracer is X-Ray's, unless it is switched off as the SDK's documentation
// says to. newXRay is the SDK (xraysdk.go), or our own writer in a build with
// the tag xraydirect.
func newTracer(getenv func(string) string) (Tracer, error) {
	if strings.EqualFold(getenv("AWS_XRAY_SDK_DISABLED"), "true") {
		return noTracer{}, nil
	}
	return newXRay(getenv)
}

// noTracer records nothing.
type noTracer struct{}

func (noTracer) Begin(ctx context.Context, _ string) (context.Context, Subsegment) {
	return ctx, noSubsegment{}
}

type noSubsegment struct{}

func (noSubsegment) Annotate(string, any) {}
func (noSubsegment) End(error)            {}
func (noSubsegment) EndCall(store.Call)   {}

// blame tells X-Ray's kinds of failure apart: an error is the client's (as 4xx
// is), a fault is ours (as 5xx is).
func blame(err error) (isError, isFault bool) {
	var known *game.Error
	switch {
	case err == nil:
		return false, false
	case errors.As(err, &known) && known.Name != game.StoreUnavailable:
		return true, false
	}
	return false, true
}

// causeOf is an error as traces tell it: with its cause, which only whoever may
// read the log may read. No error of this program holds the number.
func causeOf(err error) (kind, message string) {
	message = err.Error()
	var known *game.Error
	if errors.As(err, &known) {
		if cause := known.Unwrap(); cause != nil {
			message += " (" + cause.Error() + ")"
		}
	}
	return outcomeOf(game.Result{}, err), message
}

// traceKey is under what both loops put the trace header into the context.
const traceKey = "x-amzn-trace-id"

// sampledTrace is the header of the invocation's trace, as
// the context has it. It is nil if nothing is to be recorded:
// the usual case, which costs next to nothing. The header may come from a
// client, so one that X-Ray would not take is none.
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
