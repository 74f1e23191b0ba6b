package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"
)

// lambdacontext's handler writes JSON as slog does, with other names for the time and the
// message, and the request's id at the end.
type lambdaLog struct{ slog.Handler }

func (h lambdaLog) Handle(ctx context.Context, r slog.Record) error {
	if lc, ok := lambdacontext.FromContext(ctx); ok {
		r.AddAttrs(slog.String("requestId", lc.AwsRequestID))
	}
	return h.Handler.Handle(ctx, r)
}

func TestJSONLog(t *testing.T) {
	t.Parallel()
	inLambda := lambdacontext.NewContext(t.Context(), &lambdacontext.LambdaContext{AwsRequestID: "8476a536-e9f4-11e8-9739-2dfe598c3fcd"})
	for _, c := range []struct {
		what   string
		ctx    context.Context
		level  slog.Level
		text   string
		attrs  []slog.Attr
		escape bool // characters are escaped differently; the JSON means the same
	}{
		{"an event", inLambda, slog.LevelInfo, "event handled", []slog.Attr{slog.String("kind", "gameRequested"), slog.Bool("coldStart", true), slog.Bool("x", false)}, false},
		{"nothing", inLambda, slog.LevelWarn, "", nil, false},
		{"outside of an event", t.Context(), slog.LevelError, "the function ends", []slog.Attr{slog.String("error", "a \"quoted\"\n\\ text")}, false},
		{"a level of its own", inLambda, slog.LevelError + 1, "x", nil, false},
		{"any text", inLambda, slog.LevelInfo, "é\u2028\x00\x7f\xff <&>", []slog.Attr{slog.String("<ö>", "'\t\x1b'")}, true},
		{"what it leaves to the other", inLambda, slog.LevelInfo, "x", []slog.Attr{slog.String("a", "b"), slog.Int("n", 5), slog.Any("error", errors.New("e"))}, false},
	} {
		r := slog.NewRecord(time.Date(2026, 11, 28, 14, 30, 0, 120_000_000, time.UTC), c.level, c.text, 0)
		r.AddAttrs(c.attrs...)
		var got, want bytes.Buffer
		reference := func(out *bytes.Buffer) slog.Handler {
			return lambdaLog{slog.NewJSONHandler(out, &slog.HandlerOptions{ReplaceAttr: lambdacontext.ReplaceAttr})}
		}
		h := &jsonLog{Handler: reference(&got), out: &got}
		if err := errors.Join(h.Handle(c.ctx, r), reference(&want).Handle(c.ctx, r)); err != nil {
			t.Errorf("%s: %v", c.what, err)
		}
		if got.String() != want.String() && !c.escape {
			t.Errorf("%s:\n got %s\nwant %s", c.what, &got, &want)
		}
		var gotMembers, wantMembers map[string]any
		if err := errors.Join(json.Unmarshal(got.Bytes(), &gotMembers), json.Unmarshal(want.Bytes(), &wantMembers)); err != nil {
			t.Errorf("%s: %v", c.what, err)
		}
		if !reflect.DeepEqual(gotMembers, wantMembers) || strings.Count(got.String(), "\n") != 1 {
			t.Errorf("%s:\n got %s\nwant %s", c.what, &got, &want)
		}
	}
}
