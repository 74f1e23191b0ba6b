//go:build !xraydirect

package main

import (
	"context"

	"github.com/aws/aws-xray-sdk-go/v2/strategy/ctxmissing"
	"github.com/aws/aws-xray-sdk-go/v2/xray"
	"github.com/aws/aws-xray-sdk-go/v2/xraylog"

	"example.com/guessing-game/src/store"
)

// sdkTracer records through the X-Ray SDK. A build with the tag xraydirect has
// xrayTracer in its place.
type sdkTracer struct{}

func newXRay(func(string) string) (Tracer, error) {
	// The SDK's own log lines are plain text in the middle of ours, and a
	// missing trace header (any invocation outside of Lambda) is no error.
	xray.SetLogger(xraylog.NullLogger)
	xray.Configure(xray.Config{ContextMissingStrategy: ctxmissing.NewDefaultIgnoreErrorStrategy()})
	return sdkTracer{}, nil
}

func (sdkTracer) Begin(ctx context.Context, name string) (context.Context, Subsegment) {
	ctx, segment := xray.BeginSubsegment(ctx, name)
	if segment == nil { // no trace header
		return ctx, noSubsegment{}
	}
	return ctx, sdkSubsegment{segment}
}

type sdkSubsegment struct{ *xray.Segment }

func (s sdkSubsegment) Annotate(key string, value any) { s.AddAnnotation(key, value) }

func (s sdkSubsegment) End(err error) {
	isError, _ := blame(err)
	if isError { // Close would call it a fault
		s.Lock()
		s.Error = true
		s.Unlock()
		err = nil
	}
	s.Close(err)
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
	isError, isFault := call.Blame()
	s.Error = isError
	s.Unlock()
	if isFault {
		s.Close(call.Err)
	} else {
		s.Close(nil)
	}
}
