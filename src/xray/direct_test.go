package xray

import (
	"errors"
	"testing"

	"example.com/guessing-game/src/xray/xraytest"
)

// errFault is a fault to describeTest; every other error is the client's.
var errFault = errors.New("our fault")

func describeTest(err error) Failure {
	return Failure{Type: "TestError", Message: err.Error(), Fault: errors.Is(err, errFault)}
}

// daemonAt is the sending side of d.
func daemonAt(tb testing.TB, d xraytest.Daemon) *daemon {
	tb.Helper()
	sender, err := newDaemon(d.Env)
	if err != nil {
		tb.Fatal(err)
	}
	return sender
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

// A daemon whose name cannot be resolved does no harm.
func TestUnknownDaemon(t *testing.T) {
	t.Parallel()
	tracer := newDirect(&daemon{address: "no-such-host.invalid:2000"}, describeTest)
	_, segment := tracer.Begin(xraytest.Traced(t.Context(), xraytest.Sampled), "event")
	segment.End(nil)
}

// Whatever the trace header, the output is a document of X-Ray or nothing.
func FuzzTraceHeader(f *testing.F) {
	f.Add(xraytest.Sampled)
	f.Add(`Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=",";Sampled=1`)
	f.Add("Sampled=1;;=;Root;Self=x")
	d := xraytest.NewDaemon(f)
	tracer := newDirect(daemonAt(f, d), describeTest)
	f.Fuzz(func(t *testing.T, text string) {
		_, segment := tracer.Begin(xraytest.Traced(t.Context(), text), "event")
		if _, none := segment.(unsampled); none {
			return
		}
		segment.End(nil)
		xraytest.Check(t, d.Receive(t))
	})
}
