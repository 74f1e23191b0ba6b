//go:build !xraydirect

package xray

import (
	"context"
	"encoding/json"
	"net"
	"strconv"

	"github.com/aws/aws-xray-sdk-go/v2/strategy/exception"
	"github.com/aws/aws-xray-sdk-go/v2/xray"
	"github.com/aws/aws-xray-sdk-go/v2/xraylog"

	"example.com/guessing-game/src/appendjson"
)

// sdkTracer records through the X-Ray SDK. Only subsegments of the SDK are used, as in any
// function: sampling was decided where the trace began, so the SDK asks the daemon for no rules and
// starts no goroutine.
//
// What the SDK has recorded for an event is sent in one datagram, which is written here: the
// SDK's own emitter encodes each level of the tree with encoding/json, which then checks the
// levels below it again; that took a third of the CPU time of a whole event (docs/latency.md).
//
// A malformed AWS_XRAY_DAEMON_ADDRESS makes the SDK panic before main runs; Lambda and apigw set a
// valid one.
type sdkTracer struct {
	daemon   *daemon
	describe func(error) Failure
	emitter  xray.Emitter // in place of ours, if not nil: tests compare the two
}

// The SDK's log is plain text in the middle of our JSON, and only reports that a segment could not
// be sent. The SDK requires this to be set in an init.
func init() { xray.SetLogger(xraylog.NullLogger) }

func newTracer(d *daemon, describe func(error) Failure) Tracer {
	return &sdkTracer{daemon: d, describe: describe}
}

// exceptions shows errors as describe does, without a stack.
type exceptions struct {
	exception.DefaultFormattingStrategy
	describe func(error) Failure
}

func (e *exceptions) ExceptionFromError(err error) exception.Exception {
	f := e.describe(err)
	return exception.Exception{ID: xray.NewSegmentID(), Type: f.Type, Message: f.Message}
}

// Begin opens a subsegment; see [Tracer].
func (t *sdkTracer) Begin(ctx context.Context, name string) (context.Context, Subsegment) {
	s := &sdkSubsegment{tracer: t}
	inside := ctx
	if parent, nested := ctx.Value(sdkSubsegmentKey{}).(*sdkSubsegment); nested {
		parent.children = append(parent.children, s)
	} else {
		if sampledTrace(ctx) == nil {
			return ctx, unsampled{}
		}
		// It goes through contexts, not xray.Configure, which would look the
		// daemon's address up and open a socket before the first event.
		config := &xray.Config{ExceptionFormattingStrategy: &exceptions{describe: t.describe}, Emitter: s}
		if t.emitter != nil {
			config.Emitter = t.emitter
		}
		ctx = context.WithValue(ctx, xray.RecorderContextKey{}, config)
	}
	_, s.Segment = xray.BeginSubsegment(ctx, name)
	return sdkContext{inside, s}, s
}

// sdkContext is the context inside a subsegment: for us, and for the SDK.
type sdkContext struct {
	context.Context
	subsegment *sdkSubsegment
}

type sdkSubsegmentKey struct{}

func (c sdkContext) Value(key any) any {
	switch key {
	case sdkSubsegmentKey{}:
		return c.subsegment
	case xray.ContextKey:
		return c.subsegment.Segment
	case traceKey:
		return nil // the subsegment has it; the SDK would read it again for each one inside
	}
	return c.Context.Value(key)
}

// sdkSubsegment is a subsegment of the SDK with those inside it, which the SDK does not export. The
// outermost one is the emitter of its tree.
type sdkSubsegment struct {
	*xray.Segment
	tracer   *sdkTracer
	children []*sdkSubsegment
}

// Annotate adds an annotation; see [Subsegment].
func (s *sdkSubsegment) Annotate(key string, value any) { s.AddAnnotation(key, value) }

// End closes the subsegment; see [Subsegment].
func (s *sdkSubsegment) End(err error) {
	fault := err != nil && s.tracer.describe(err).Fault
	s.end(err != nil && !fault, fault, err)
}

// EndCall adds what X-Ray shows of a call of an AWS service:
// https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html#api-segmentdocuments-aws
func (s *sdkSubsegment) EndCall(call Call) {
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
	isError, isFault := call.blame()
	s.end(isError, isFault, call.Err)
}

// end closes the subsegment. The SDK treats every error as a fault.
func (s *sdkSubsegment) end(isError, isFault bool, err error) {
	if err != nil {
		s.AddError(err)
	}
	s.Lock()
	s.Error, s.Fault = isError, isFault
	s.Unlock()
	s.Close(nil)
}

// Emit sends the tree when the SDK finds it complete; see [xray.Emitter].
func (s *sdkSubsegment) Emit(*xray.Segment) { s.tracer.daemon.send(s.appendDocument) }

// RefreshEmitterWithAddress is for programs that change the daemon's address as
// they run; see [xray.Emitter].
func (s *sdkSubsegment) RefreshEmitterWithAddress(*net.UDPAddr) {}

// appendDocument appends the tree as X-Ray's document.
func (s *sdkSubsegment) appendDocument(b []byte) []byte {
	b = appendjson.String(append(b, `{"name":`...), s.Name)
	b = appendjson.Member(b, "id", s.ID)
	b = strconv.AppendFloat(append(b, `,"start_time":`...), s.StartTime, 'f', -1, 64)
	b = strconv.AppendFloat(append(b, `,"end_time":`...), s.EndTime, 'f', -1, 64)
	if s.Type != "" { // the outermost one; the others stay in place
		b = appendjson.Member(b, "type", s.Type)
		b = appendjson.Member(b, "trace_id", s.TraceID)
		b = appendjson.Member(b, "parent_id", s.ParentID)
	}
	if s.Namespace != "" {
		b = appendjson.Member(b, "namespace", s.Namespace)
	}
	for _, m := range []struct {
		key  string
		flag bool
	}{{"error", s.Error}, {"throttle", s.Throttle}, {"fault", s.Fault}} {
		if m.flag {
			b = appendjson.Bool(b, m.key, true)
		}
	}
	if len(s.Annotations) > 0 {
		b = appendObject(b, "annotations", s.Annotations)
	}
	if len(s.AWS) > 0 {
		b = appendObject(b, "aws", s.AWS)
	}
	if s.HTTP != nil {
		b = appendValue(b, "http", s.HTTP)
	}
	if s.Cause != nil {
		b = appendValue(b, "cause", s.Cause)
	}
	return append(appendSubsegments(b, s.children), '}')
}

// appendObject appends an object as a member.
func appendObject(b []byte, key string, members map[string]any) []byte {
	b = append(appendjson.String(append(b, ','), key), ':')
	start := len(b)
	for key, value := range members {
		b = appendValue(b, key, value)
	}
	b[start] = '{' // in place of the first comma
	return append(b, '}')
}

// appendValue appends a member of any kind. A value that JSON cannot represent is left out.
func appendValue(b []byte, key string, value any) []byte {
	switch value := value.(type) {
	case string:
		return appendjson.Member(b, key, value)
	case bool:
		return appendjson.Bool(b, key, value)
	case int:
		return strconv.AppendInt(append(appendjson.String(append(b, ','), key), ':'), int64(value), 10)
	}
	text, err := json.Marshal(value)
	if err != nil {
		return b
	}
	b = appendjson.String(append(b, ','), key)
	return append(append(b, ':'), text...)
}
