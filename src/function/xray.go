package main

import (
	"context"

	"github.com/aws/aws-xray-sdk-go/v2/strategy/ctxmissing"
	"github.com/aws/aws-xray-sdk-go/v2/xray"
	"github.com/aws/aws-xray-sdk-go/v2/xraylog"

	"example.com/guessing-game/src/store"
)

// xrayTracer records through the X-Ray SDK.
type xrayTracer struct{}

func newXRay(func(string) string) Tracer {
	// The SDK's own log lines are plain text in the middle of ours, and a
	// missing trace header (any invocation outside of Lambda) is no error.
	xray.SetLogger(xraylog.NullLogger)
	xray.Configure(xray.Config{ContextMissingStrategy: ctxmissing.NewDefaultIgnoreErrorStrategy()})
	return xrayTracer{}
}

func (xrayTracer) Begin(ctx context.Context, name string) (context.Context, Subsegment) {
	ctx, segment := xray.BeginSubsegment(ctx, name)
	if segment == nil { // no trace header
		return ctx, noSubsegment{}
	}
	return ctx, xraySubsegment{segment}
}

type xraySubsegment struct{ *xray.Segment }

func (s xraySubsegment) Annotate(key string, value any) { s.AddAnnotation(key, value) }

func (s xraySubsegment) End(err error) {
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
func (s xraySubsegment) EndCall(call store.Call) {
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
	s.Error = call.Throttled || call.Status >= 400 && call.Status < 500
	err := call.Err
	if s.Error {
		err = nil
	}
	s.Unlock()
	s.Close(err)
}
