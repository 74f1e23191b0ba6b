//go:build !xraydirect

package main

import (
	"encoding/json"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-xray-sdk-go/v2/xray"

	"example.com/guessing-game/src/game"
	"example.com/guessing-game/src/store"
)

func init() { tracers["SDK"] = sdkTo }

// sdkTo is the tracer on the SDK with d as its daemon.
func sdkTo(tb testing.TB, d daemon) Tracer {
	tb.Helper()
	tracer, err := newXRay(func(name string) string {
		return map[string]string{"AWS_XRAY_DAEMON_ADDRESS": d.LocalAddr().String()}[name]
	})
	if err != nil {
		tb.Fatal(err)
	}
	return tracer
}

// purelySDKTo is the same with the SDK's own emitter.
func purelySDKTo(tb testing.TB, d daemon) Tracer {
	tb.Helper()
	emitter, err := xray.NewDefaultEmitter(d.LocalAddr().(*net.UDPAddr))
	if err != nil {
		tb.Fatal(err)
	}
	tracer := sdkTo(tb, d)
	tracer.(*sdkTracer).emitter = emitter
	return tracer
}

// Our documents and the SDK's, of the same events, are the same but for ids and
// times and for what the SDK says twice.
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
					// What the SDK leaves out is empty or false with us.
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
	d := newDaemon(t)
	sdk := purelySDKTo(t, d)
	tracers := []Tracer{sdk, sdkTo(t, d), directTo(t, d)}
	down := broken{err: game.Unavailable(errors.New("nobody there"))}
	for _, c := range []struct {
		games store.Store
		event string
	}{
		{store.NewMemory(time.Now), `{"kind":"gameRequested"}`},
		{store.NewMemory(time.Now), `{}`},
		{store.NewMemory(time.Now), `{"kind":"gameInfoRequested","id":"00000000-0000-0000-0000-000000000000"}`},
		{down, `{"kind":"gameRequested"}`},
	} {
		var got []string
		for _, tracer := range tracers {
			h, _, _ := newTestHandler(c.games)
			h.tracer = tracer
			h.Invoke(traced(t.Context(), sampledHeader), []byte(c.event))
			document := d.receive(t)
			if tracer != sdk {
				// The SDK's own type takes every member of ours.
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
			t.Errorf("%s:\nthe SDK's emitter %s\nours              %s\nwithout the SDK   %s", c.event, got[0], got[1], got[2])
		}
	}
}
