package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/aws/aws-lambda-go/lambda/messages"

	"example.com/guessing-game/src/game"
	"example.com/guessing-game/src/store"
	"example.com/guessing-game/src/xray"
)

// recorder is a Tracer that records the subsegments as lines of text, in the order of their ends:
// "event/decode", "event kind=… error".
type recorder struct{ lines *[]string }

type recorded struct {
	r    recorder
	path string
	text string
}

type recordedKey struct{}

func (r recorder) Begin(ctx context.Context, name string) (context.Context, xray.Subsegment) {
	path := name
	if parent, ok := ctx.Value(recordedKey{}).(string); ok {
		path = parent + "/" + name
	}
	return context.WithValue(ctx, recordedKey{}, path), &recorded{r: r, path: path}
}

func (s *recorded) Annotate(key string, value any) { s.text += fmt.Sprintf(" %s=%v", key, value) }

func (s *recorded) End(err error) {
	switch {
	case err == nil:
	case describe(err).Fault:
		s.text += " fault"
	default:
		s.text += " error"
	}
	*s.r.lines = append(*s.r.lines, s.path+s.text)
}

func (s *recorded) EndCall(call xray.Call) {
	s.text += fmt.Sprintf(" operation=%s table=%s retries=%d", call.Operation, call.Table, call.Retries)
	s.End(call.Err)
}

// broken is a store that returns an error, or panics with it.
type broken struct {
	err    error
	panics bool
}

func (b broken) fail() (game.Game, error) {
	if b.panics {
		panic(b.err)
	}
	return game.Game{}, b.err
}
func (b broken) Create(context.Context, game.Game) (game.Game, error) { return b.fail() }
func (b broken) Get(context.Context, game.ID) (game.Game, error)      { return b.fail() }
func (b broken) Guess(context.Context, game.ID, game.Guess, game.Key) (game.Game, error) {
	return b.fail()
}

// newTestHandler is a handler whose traces and log can be read.
func newTestHandler(games store.Store) (h *handler, traces *[]string, log *bytes.Buffer) {
	traces, log = new([]string), new(bytes.Buffer)
	return &handler{
		games:  games,
		random: rand.Reader,
		tracer: recorder{traces},
		log:    slog.New(slog.NewJSONHandler(log, nil)),
	}, traces, log
}

func TestSubsegments(t *testing.T) {
	t.Parallel()
	h, traces, _ := newTestHandler(store.NewMemory(time.Now))
	h.Invoke(t.Context(), []byte(`{"kind":"gameRequested"}`))
	h.Invoke(t.Context(), []byte(`{"kind":"gameInfoRequested","id":"00000000-0000-0000-0000-000000000000"}`))
	h.Invoke(t.Context(), []byte(`{}`))
	h.games = broken{err: game.Unavailable(errors.New("down"))}
	h.Invoke(t.Context(), []byte(`{"kind":"gameRequested"}`))
	want := []string{
		"event/decode", "event/store", "event/encode", "event kind=gameRequested outcome=GameCreated coldStart=true",
		"event/decode", "event/store error", "event kind=gameInfoRequested outcome=GameNotFound coldStart=false error",
		"event/decode error", "event kind=invalid outcome=InvalidEvent coldStart=false error",
		"event/decode", "event/store fault", "event kind=gameRequested outcome=StoreUnavailable coldStart=false fault",
	}
	if got := strings.Join(*traces, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

// Internal errors are not disclosed; the log has them.
func TestCausesStayInTheLog(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		store broken
		want  messages.InvokeResponse_Error
	}{
		{"the store is down", broken{err: game.Unavailable(errors.New("dial tcp: secret host"))},
			messages.InvokeResponse_Error{Type: "StoreUnavailable", Message: "StoreUnavailable: the games cannot be reached at the moment; try again in a few seconds"}},
		{"a damaged record", broken{err: errors.New("secret host")},
			messages.InvokeResponse_Error{Type: "InternalError", Message: "InternalError: the event could not be handled; the function's log says why"}},
		{"a panic", broken{err: errors.New("secret host"), panics: true},
			messages.InvokeResponse_Error{Type: "InternalError", Message: "InternalError: the event could not be handled; the function's log says why", ShouldExit: true}},
	} {
		h, _, log := newTestHandler(c.store)
		answer, err := h.Invoke(t.Context(), []byte(`{"kind":"gameRequested"}`))
		got, ok := err.(messages.InvokeResponse_Error)
		if !ok || got.Type != c.want.Type || got.Message != c.want.Message || got.StackTrace != nil || got.ShouldExit != c.want.ShouldExit || answer != nil {
			t.Errorf("%s: %q, %+v", c.name, answer, err)
		}
		if !strings.Contains(log.String(), "secret host") || !strings.Contains(log.String(), `"level":"ERROR"`) {
			t.Errorf("%s: the log says %s", c.name, log)
		}
		// The stack shows where, but no arguments: the game, with its number, is one.
		if text := log.String(); c.store.panics != strings.Contains(text, "broken.fail") || strings.Contains(text, "0x") {
			t.Errorf("%s: the log says %s", c.name, text)
		}
	}
}

func TestRandomSourceFails(t *testing.T) {
	t.Parallel()
	h, _, log := newTestHandler(store.NewMemory(time.Now))
	h.random = iotest.ErrReader(errors.New("no entropy"))
	_, err := h.Invoke(t.Context(), []byte(`{"kind":"gameRequested"}`))
	if got, ok := err.(messages.InvokeResponse_Error); !ok || got.Type != "InternalError" {
		t.Errorf("%+v", err)
	}
	if !strings.Contains(log.String(), "no entropy") {
		t.Errorf("the log says %s", log)
	}
}

func BenchmarkInvoke(b *testing.B) {
	h, _, log := newTestHandler(store.NewMemory(time.Now))
	h.tracer, _ = xray.New(func(string) string { return "true" }, describe) // AWS_XRAY_SDK_DISABLED
	b.ReportAllocs()
	for b.Loop() {
		log.Reset()
		if _, err := h.Invoke(b.Context(), []byte(`{"kind":"gameRequested"}`)); err != nil {
			b.Fatal(err)
		}
	}
}
