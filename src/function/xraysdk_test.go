//go:build !xraydirect

package main

import (
	"encoding/json"
	"os"

	"strings"
	"testing"
	"time"

	"github.com/aws/aws-xray-sdk-go/v2/xray"

	"example.com/guessing-game/src/store"
)

// Our documents and the SDK's, of the same events, are the same but for ids,
// times and the SDK's stack traces.
func TestDocumentsAreThoseOfTheSDK(t *testing.T) {
	d := newDaemon(t)
	t.Setenv("AWS_XRAY_DAEMON_ADDRESS", d.LocalAddr().String())
	if err := xray.Configure(xray.Config{DaemonAddr: d.LocalAddr().String()}); err != nil {
		t.Fatal(err)
	}
	sdk, err := newXRay(os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	normal := func(document map[string]any) string {
		var clean func(m map[string]any)
		clean = func(m map[string]any) {
			for _, key := range []string{"id", "start_time", "end_time", "cause", "Dummy"} {
				delete(m, key)
			}
			children, _ := m["subsegments"].([]any)
			for _, child := range children {
				// The SDK repeats in a child what is the parent's.
				for _, key := range []string{"trace_id", "parent_id", "type"} {
					delete(child.(map[string]any), key)
				}
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
	for _, event := range []string{`{"kind":"gameRequested"}`, `{}`, `{"kind":"gameInfoRequested","id":"00000000-0000-0000-0000-000000000000"}`} {
		var got []string
		for _, tracer := range []Tracer{tracerTo(t, d), sdk} {
			h, _, _ := newTestHandler(store.NewMemory(time.Now))
			h.tracer = tracer
			h.Invoke(traced(t.Context(), sampledHeader), []byte(event))
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
		if got[0] != got[1] {
			t.Errorf("%s:\nours %s\nSDK  %s", event, got[0], got[1])
		}
	}
}
