package main

import (
	"context"
	"errors"
	"strings"

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
// says to. The error is for a daemon address that is none.
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
