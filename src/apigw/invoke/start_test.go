package invoke

import (
	"testing"
	"time"
)

// An environment that is started in advance serves the first invocation, and an invocation that
// arrives before it asks for work waits for it.
func TestStart(t *testing.T) {
	t.Parallel()
	h, logs := testHost(t, "ok", func(cfg *Config) { cfg.Debug = true })
	if err := h.Start(); err != nil {
		t.Fatal(err)
	}
	if err := h.Start(); err != nil {
		t.Fatal(err)
	}
	if n := h.environments(); n != 1 {
		t.Errorf("got %d environments, want 1", n)
	}
	resp := mustInvoke(t, h, `{"a":1}`)
	if string(resp.Payload) != `{"a":1}` || resp.Report.ColdStart {
		t.Errorf("got %s, cold %v\n%s", resp.Payload, resp.Report.ColdStart, logs)
	}
	if h.cfg.Timeout < time.Hour || h.initTimeout < time.Hour || h.cfg.Concurrency != 1 {
		t.Errorf("under a debugger: timeouts of %v and %v, %d environments", h.cfg.Timeout, h.initTimeout, h.cfg.Concurrency)
	}
}

func TestWithoutReturns(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"plain\n":                 "plain\n",
		"windows\r\n":             "windows\r\n",
		"a\rb\n":                  "a\nb\n",
		"a\r\rb\r\n":              "a\n\nb\n",
		"[ERROR] x\r  File y\r\n": "[ERROR] x\n  File y\n",
		"\n":                      "\n",
	} {
		if got := string(withoutReturns([]byte(in))); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}
