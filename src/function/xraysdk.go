//go:build !xraydirect

package main

import (
	"context"

	"github.com/aws/aws-xray-sdk-go/v2/strategy/exception"
	"github.com/aws/aws-xray-sdk-go/v2/xray"
	"github.com/aws/aws-xray-sdk-go/v2/xraylog"

	"example.com/guessing-game/src/store"
)

// sdkTracer records through the X-Ray SDK, which sends an event's subsegments
// in one datagram when the outermost one ends. Of the SDK only subsegments are
// used, as in any function: the sampling has been decided by whoever began the
// trace, so that the SDK asks the daemon for no rules and starts no goroutine.
//
// An AWS_XRAY_DAEMON_ADDRESS that is none makes the SDK panic before main runs;
// Lambda and apigw set one that is.
type sdkTracer struct{ config *xray.Config }

// The SDK's log is plain text in the middle of our JSON, and all that it tells
// is that a segment could not be sent. It asks for this to be set in an init.
func init() { xray.SetLogger(xraylog.NullLogger) }

func newXRay(func(string) string) (Tracer, error) {
	// It goes through contexts, not xray.Configure, which would look the
	// daemon's address up and open a socket before the first event.
	return sdkTracer{&xray.Config{ExceptionFormattingStrategy: &exceptions{}}}, nil
}

// exceptions words errors as the rest of the function does, without a stack.
type exceptions struct {
	exception.DefaultFormattingStrategy
}

func (*exceptions) ExceptionFromError(err error) exception.Exception {
	kind, message := causeOf(err)
	return exception.Exception{ID: xray.NewSegmentID(), Type: kind, Message: message}
}

// Begin opens a subsegment; see [Tracer].
func (t sdkTracer) Begin(ctx context.Context, name string) (context.Context, Subsegment) {
	if xray.GetSegment(ctx) == nil {
		if sampledTrace(ctx) == nil {
			return ctx, noSubsegment{}
		}
		ctx = context.WithValue(ctx, xray.RecorderContextKey{}, t.config)
	}
	ctx, segment := xray.BeginSubsegment(ctx, name)
	return ctx, sdkSubsegment{segment}
}

type sdkSubsegment struct{ *xray.Segment }

// Annotate adds an annotation; see [Subsegment].
func (s sdkSubsegment) Annotate(key string, value any) { s.AddAnnotation(key, value) }

// End closes the subsegment; see [Subsegment].
func (s sdkSubsegment) End(err error) {
	isError, isFault := blame(err)
	s.end(isError, isFault, err)
}

// EndCall adds what X-Ray shows of a call of an AWS service:
// https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html#api-segmentdocuments-aws
func (s sdkSubsegment) EndCall(call store.Call) {
	s.Lock()
	s.Namespace = "aws"
	data := s.GetAWS()
	data["operation"] = call.Operation
	data["table_name"] = call.Table
	data["region"] = call.Region
	data["retries"] = call.Retries
	if call.RequestID != "" {
		data["request_id"] = call.RequestID
	}
	if call.Status != 0 {
		s.GetHTTP().GetResponse().Status = call.Status
	}
	s.Throttle = call.Throttled
	s.Unlock()
	isError, isFault := call.Blame()
	s.end(isError, isFault, call.Err)
}

// end closes the subsegment. The SDK takes every error for a fault.
func (s sdkSubsegment) end(isError, isFault bool, err error) {
	if err != nil {
		s.AddError(err)
	}
	s.Lock()
	s.Error, s.Fault = isError, isFault
	s.Unlock()
	s.Close(nil)
}
