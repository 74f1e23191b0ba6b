package xray

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"example.com/guessing-game/src/appendjson"
)

// directTracer writes X-Ray's segment documents to the daemon itself:
// https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
// https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-daemon
//
// It is what a build with the tag xraydirect uses in place of the X-Ray SDK, which writes the same:
// the SDK's one package links grpc, protobuf and fasthttp, which doubles the program and adds half
// to the time until its first event (docs/latency.md). Every build compiles it, so that the tests
// can compare the documents of the two; the linker drops the unused one.
//
// An event's subsegments are sent as one document with the outermost one. Nothing is sent, or even
// built, for an event that is not sampled.
type directTracer struct {
	daemon   *daemon
	describe func(error) Failure
}

func newDirect(d *daemon, describe func(error) Failure) Tracer {
	return &directTracer{daemon: d, describe: describe}
}

// directKey is where a context keeps its *directSubsegment.
type directKey struct{}

// Begin opens a subsegment; see [Tracer].
func (t *directTracer) Begin(ctx context.Context, name string) (context.Context, Subsegment) {
	parent, nested := ctx.Value(directKey{}).(*directSubsegment)
	var traceID, parentID string
	if !nested {
		h := sampledTrace(ctx)
		if h == nil {
			return ctx, unsampled{}
		}
		traceID, parentID = h.TraceID, h.ParentID
	}
	s := &directSubsegment{tracer: t, traceID: traceID, parentID: parentID, name: name, id: rand.Uint64(), start: time.Now()}
	if nested {
		parent.children = append(parent.children, s)
	}
	return context.WithValue(ctx, directKey{}, s), s
}

// directSubsegment is a subsegment under construction.
type directSubsegment struct {
	tracer            *directTracer
	traceID, parentID string // of the outermost one, otherwise empty
	name              string
	id                uint64
	start, ended      time.Time
	annotations       []byte // `"key":value,…`
	members           []byte // `,"member":value…`
	children          []*directSubsegment
}

// Annotate adds an annotation; see [Subsegment].
func (s *directSubsegment) Annotate(key string, value any) {
	b := separate(s.annotations)
	b = append(append(append(b, '"'), key...), `":`...)
	switch v := value.(type) {
	case bool:
		b = strconv.AppendBool(b, v)
	case string:
		b = appendjson.String(b, v)
	default:
		b = appendjson.String(b, fmt.Sprint(v))
	}
	s.annotations = b
}

// End closes the subsegment; see [Subsegment].
func (s *directSubsegment) End(err error) {
	if err != nil {
		failure := s.tracer.describe(err)
		s.mark(!failure.Fault, failure.Fault, false)
		s.cause(failure)
	}
	s.end()
}

// EndCall closes the subsegment of a call of DynamoDB; see [Subsegment].
func (s *directSubsegment) EndCall(call Call) {
	b := append(s.members, `,"namespace":"aws","aws":{"operation":`...)
	b = appendjson.String(b, call.Operation)
	b = appendjson.String(append(b, `,"table_name":`...), call.Table)
	b = appendjson.String(append(b, `,"region":`...), call.Region)
	if call.RequestID != "" {
		b = appendjson.String(append(b, `,"request_id":`...), call.RequestID)
	}
	b = strconv.AppendInt(append(b, `,"retries":`...), int64(call.Retries), 10)
	b = append(b, '}')
	if call.Status != 0 {
		b = strconv.AppendInt(append(b, `,"http":{"response":{"status":`...), int64(call.Status), 10)
		b = append(b, `}}`...)
	}
	s.members = b
	isError, isFault := call.blame()
	s.mark(isError, isFault, call.Throttled)
	if call.Err != nil {
		s.cause(s.tracer.describe(call.Err))
	}
	s.end()
}

// mark sets the kind of failure.
func (s *directSubsegment) mark(isError, isFault, throttled bool) {
	if isError {
		s.members = append(s.members, `,"error":true`...)
	}
	if throttled {
		s.members = append(s.members, `,"throttle":true`...)
	}
	if isFault {
		s.members = append(s.members, `,"fault":true`...)
	}
}

// cause records the error.
func (s *directSubsegment) cause(f Failure) {
	b := append(s.members, `,"cause":{"working_directory":"","paths":[],"exceptions":[{"id":"`...)
	b = appendHex(b, rand.Uint64())
	b = appendjson.String(append(b, `","type":`...), f.Type)
	b = appendjson.String(append(b, `,"message":`...), f.Message)
	s.members = append(b, `,"remote":false,"stack":[]}]}`...)
}

// end ends the subsegment; the outermost one is sent, with those inside it.
func (s *directSubsegment) end() {
	s.ended = time.Now()
	if s.traceID != "" {
		s.tracer.daemon.send(s.appendDocument)
	}
}

func (s *directSubsegment) appendDocument(b []byte) []byte {
	b = appendjson.String(append(b, `{"name":`...), s.name)
	b = appendHex(append(b, `,"id":"`...), s.id)
	b = appendTime(append(b, `","start_time":`...), s.start)
	b = appendTime(append(b, `,"end_time":`...), s.ended)
	if s.traceID != "" {
		b = append(append(b, `,"type":"subsegment","trace_id":"`...), s.traceID...)
		b = append(append(append(b, `","parent_id":"`...), s.parentID...), '"')
	}
	b = append(b, s.members...)
	if len(s.annotations) > 0 {
		b = append(append(append(b, `,"annotations":{`...), s.annotations...), '}')
	}
	return append(appendSubsegments(b, s.children), '}')
}

// appendSubsegments appends the subsegments inside one, if there are any.
func appendSubsegments[S interface{ appendDocument(b []byte) []byte }](b []byte, children []S) []byte {
	for i, child := range children {
		separator := ","
		if i == 0 {
			separator = `,"subsegments":[`
		}
		b = child.appendDocument(append(b, separator...))
	}
	if len(children) > 0 {
		b = append(b, ']')
	}
	return b
}

// separate appends a comma after existing members.
func separate(b []byte) []byte {
	if len(b) > 0 {
		b = append(b, ',')
	}
	return b
}

// appendHex appends an id, 16 hexadecimal digits.
func appendHex(b []byte, id uint64) []byte {
	const digits = "0123456789abcdef"
	for shift := 60; shift >= 0; shift -= 4 {
		b = append(b, digits[id>>shift&15])
	}
	return b
}

// appendTime appends seconds since 1970, to the microsecond.
func appendTime(b []byte, t time.Time) []byte {
	micros := t.UnixMicro()
	b = append(strconv.AppendInt(b, micros/1e6, 10), '.')
	for digit := int64(1e5); digit > 0; digit /= 10 {
		b = append(b, byte('0'+micros/digit%10))
	}
	return b
}
