package main

import (
	"context"

	"github.com/aws/aws-xray-sdk-go/v2/strategy/ctxmissing"
	"github.com/aws/aws-xray-sdk-go/v2/xray"
	"github.com/aws/aws-xray-sdk-go/v2/xraylog"
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
