package invoke

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// A streamed response passes unchanged through a host, through InvokeWithResponseStream and through
// a Remote that asks for it.
func TestStream(t *testing.T) {
	t.Parallel()
	h, _ := testHost(t, "ok", nil)
	server := httptest.NewServer(&Server{Functions: map[string]Function{"Test": h}, Region: "us-east-1", AccountID: "123456789012"})
	t.Cleanup(server.Close)
	for name, f := range map[string]Function{"host": h, "remote": &Remote{Endpoint: server.URL, Function: "Test", Region: "us-east-1"}} {
		for _, c := range []struct{ event, streamed, functionError, payload string }{
			{`{"do":"stream"}`, "one two", "", ""},
			{`{"do":"streamfail"}`, "one ", "Unhandled", "stream broke"},
			{`{"do":"error"}`, "", "Unhandled", "errorMessage"},
		} {
			var got strings.Builder
			resp, err := f.Invoke(context.Background(), Invocation{Payload: []byte(c.event), Stream: &got})
			if err != nil || got.String() != c.streamed || resp.FunctionError != c.functionError || !strings.Contains(string(resp.Payload), c.payload) {
				t.Errorf("%s %s: streamed %q, %q %s %v", name, c.event, got.String(), resp.FunctionError, resp.Payload, err)
			}
		}
		var got strings.Builder
		resp, err := f.Invoke(context.Background(), Invocation{Payload: []byte(`1`), Stream: &got})
		if whole := got.String() + string(resp.Payload); err != nil || whole != "1" {
			t.Errorf("%s: a whole answer is %q, want 1: %v", name, whole, err)
		}
	}
}

// borrowed accepts what is streamed until over is set.
type borrowed struct {
	t     *testing.T
	first chan struct{} // closed at the first write
	over  atomic.Bool
}

func (b *borrowed) Write(p []byte) (int, error) {
	if b.over.Load() {
		b.t.Errorf("%q is written after the invocation has returned", p)
	}
	select {
	case <-b.first:
	default:
		close(b.first)
	}
	return len(p), nil
}

// A function that continues after its caller has left, or that nobody waits for, streams to
// nobody: net/http panics if a handler's response is written after the handler has returned.
func TestStreamEndsWithTheInvocation(t *testing.T) {
	t.Parallel()
	h, _ := testHost(t, "ok", func(cfg *Config) { cfg.Concurrency, cfg.Patience = 1, time.Minute })
	for _, kind := range []Type{RequestResponse, Event} {
		gate := filepath.Join(t.TempDir(), "gate")
		b := &borrowed{t: t, first: make(chan struct{})}
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			select {
			case <-b.first:
				cancel()
			case <-ctx.Done():
			}
		}()
		_, err := h.Invoke(ctx, Invocation{Type: kind, Payload: fmt.Appendf(nil, `{"do":"streamon","path":%q}`, gate), Stream: b})
		b.over.Store(true)
		cancel()
		if kind == RequestResponse && !errors.Is(err, context.Canceled) || kind == Event && err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		if err := os.WriteFile(gate, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Invoke(t.Context(), Invocation{Payload: []byte(`{}`)}); err != nil { // after the function is done
			t.Error(err)
		}
	}
}
