package main

import (
	"testing"
	"time"

	"example.com/guessing-game/src/store"
)

// directTo is our own writer with d as its daemon.
func directTo(tb testing.TB, d daemon) Tracer {
	tb.Helper()
	t, err := newXRayTracer(func(name string) string {
		return map[string]string{"AWS_XRAY_DAEMON_ADDRESS": d.LocalAddr().String()}[name]
	})
	if err != nil {
		tb.Fatal(err)
	}
	return t
}

func TestDaemonAddress(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                       "127.0.0.1:2000",
		"169.254.79.129:2000":    "169.254.79.129:2000",
		"[::1]:2000":             "[::1]:2000",
		"localhost:1":            "localhost:1",
		"tcp:a:1 udp:b:2":        "b:2",
		"udp:b:2 tcp:a:1":        "b:2",
		"tcp:a:1 tcp:b:2":        "",
		"127.0.0.1":              "",
		"127.0.0.1:":             "",
		"127.0.0.1:0":            "",
		"127.0.0.1:65536":        "",
		":2000":                  "",
		"a:1 b:2 c:3":            "",
		"http://127.0.0.1:2000/": "",
	} {
		got, err := daemonAddress(in)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
}

// A daemon whose name is not known is nobody's fault.
func TestUnknownDaemon(t *testing.T) {
	t.Parallel()
	h, _, _ := newTestHandler(store.NewMemory(time.Now))
	h.tracer = &xrayTracer{daemon: &xrayDaemon{address: "no-such-host.invalid:2000"}, now: time.Now}
	if _, err := h.Invoke(traced(t.Context(), sampledHeader), []byte(`{"kind":"gameRequested"}`)); err != nil {
		t.Error(err)
	}
}

// Whatever trace header comes in, what goes out is a document of X-Ray or
// nothing.
func FuzzTraceHeader(f *testing.F) {
	f.Add(sampledHeader)
	f.Add(`Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=",";Sampled=1`)
	f.Add("Sampled=1;;=;Root;Self=x")
	d := newDaemon(f)
	tracer := directTo(f, d)
	f.Fuzz(func(t *testing.T, text string) {
		_, segment := tracer.Begin(traced(t.Context(), text), "event")
		if _, unsampled := segment.(noSubsegment); unsampled {
			return
		}
		segment.End(nil)
		checkSubsegment(t, d.receive(t))
	})
}
