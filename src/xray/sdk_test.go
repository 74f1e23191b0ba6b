//go:build !xraydirect

package xray

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/aws/aws-xray-sdk-go/v2/xray"

	"example.com/guessing-game/src/xray/xraytest"
)

// Our documents and the SDK's for the same events are the same except for ids and times and what
// the SDK writes twice.
func TestDocumentsAreThoseOfTheSDK(t *testing.T) {
	t.Parallel()
	normal := func(document map[string]any) string {
		var clean func(m map[string]any)
		clean = func(m map[string]any) {
			for _, key := range []string{"id", "start_time", "end_time", "Dummy"} {
				delete(m, key)
			}
			if cause, ok := m["cause"].(map[string]any); ok {
				delete(cause, "working_directory")
				delete(cause, "paths")
				for _, e := range cause["exceptions"].([]any) {
					// What the SDK leaves out is empty or false in ours.
					for _, key := range []string{"id", "remote", "stack"} {
						delete(e.(map[string]any), key)
					}
				}
			}
			children, _ := m["subsegments"].([]any)
			for _, child := range children {
				delete(child.(map[string]any), "trace_id")
				delete(child.(map[string]any), "parent_id")
				clean(child.(map[string]any))
			}
		}
		clean(document)
		b, err := json.Marshal(document)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	d := xraytest.NewDaemon(t)
	emitter, err := xray.NewDefaultEmitter(d.LocalAddr().(*net.UDPAddr))
	if err != nil {
		t.Fatal(err)
	}
	pure := newTracer(daemonAt(t, d), describeTest) // with the SDK's own emitter
	pure.(*sdkTracer).emitter = emitter
	tracers := []Tracer{pure, newTracer(daemonAt(t, d), describeTest), newDirect(daemonAt(t, d), describeTest)}
	for name, record := range map[string]func(ctx context.Context, tracer Tracer, s Subsegment){
		"annotations": func(_ context.Context, _ Tracer, s Subsegment) {
			s.Annotate("kind", "gameRequested")
			s.Annotate("coldStart", true)
			s.End(nil)
		},
		"subsegments": func(ctx context.Context, tracer Tracer, s Subsegment) {
			_, first := tracer.Begin(ctx, "first")
			first.End(nil)
			inside, second := tracer.Begin(ctx, "second")
			_, third := tracer.Begin(inside, "third")
			third.End(errors.New("the client's"))
			second.End(errFault)
			s.End(nil)
		},
		"an error": func(_ context.Context, _ Tracer, s Subsegment) { s.End(errors.New("not \"yours\"\u2028\n")) },
		"a fault":  func(_ context.Context, _ Tracer, s Subsegment) { s.End(errFault) },
		"a call": func(ctx context.Context, tracer Tracer, s Subsegment) {
			_, call := tracer.Begin(ctx, "DynamoDB")
			call.EndCall(Call{Operation: "GetItem", Table: "games", Region: "eu-north-1", RequestID: "R", Status: 200})
			s.End(nil)
		},
		"a throttled call": func(ctx context.Context, tracer Tracer, s Subsegment) {
			_, call := tracer.Begin(ctx, "DynamoDB")
			call.EndCall(Call{Operation: "GetItem", Table: "games", Region: "eu-north-1", Status: 400, Retries: 2, Throttled: true, Err: errFault})
			s.End(errFault)
		},
		"a call without a response": func(ctx context.Context, tracer Tracer, s Subsegment) {
			_, call := tracer.Begin(ctx, "DynamoDB")
			call.EndCall(Call{Operation: "GetItem", Table: "games", Region: "eu-north-1", Err: errFault})
			s.End(errFault)
		},
	} {
		var got []string
		for _, tracer := range tracers {
			ctx, segment := tracer.Begin(xraytest.Traced(t.Context(), xraytest.Sampled), "event")
			record(ctx, tracer, segment)
			document := d.Receive(t)
			if tracer != pure {
				xraytest.Check(t, document)
				// The SDK's own type accepts every member of ours.
				b, err := json.Marshal(document)
				if err != nil {
					t.Fatal(err)
				}
				decoder := json.NewDecoder(strings.NewReader(string(b)))
				decoder.DisallowUnknownFields()
				var s xray.Segment
				if err := decoder.Decode(&s); err != nil {
					t.Errorf("the SDK's type: %v", err)
				}
			}
			got = append(got, normal(document))
		}
		if got[1] != got[0] || got[2] != got[0] {
			t.Errorf("%s:\nthe SDK's emitter %s\nours              %s\nwithout the SDK   %s", name, got[0], got[1], got[2])
		}
	}
}
