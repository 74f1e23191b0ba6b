package main

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"example.com/guessing-game/src/appendjson"
)

// newLogger returns lambdacontext's logger, which follows the function's LoggingConfig, with a
// cheaper way to write lines in JSON.
func newLogger(getenv func(string) string, stdout io.Writer) *slog.Logger {
	handler := lambdacontext.NewLogHandler()
	if getenv("AWS_LAMBDA_LOG_FORMAT") == "JSON" {
		handler = &jsonLog{Handler: handler, out: stdout}
	}
	return slog.New(handler)
}

// jsonLog writes the lines that lambdacontext's handler writes in JSON, at less cost: their form is
// known. It leaves a line with anything but strings and booleans to that handler.
type jsonLog struct {
	slog.Handler
	out io.Writer

	mu   sync.Mutex
	line []byte // the last one; its memory is reused
}

// Handle writes a line with one Write.
func (h *jsonLog) Handle(ctx context.Context, r slog.Record) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	b := append(h.line[:0], `{"timestamp":"`...)
	b = r.Time.AppendFormat(b, time.RFC3339Nano)
	b = append(append(append(b, `","level":"`...), r.Level.String()...), '"')
	b = appendjson.Member(b, "message", r.Message)
	simple := true
	r.Attrs(func(a slog.Attr) bool {
		switch a.Value.Kind() {
		case slog.KindString:
			b = appendjson.Member(b, a.Key, a.Value.String())
		case slog.KindBool:
			b = appendjson.Bool(b, a.Key, a.Value.Bool())
		default:
			simple = false
		}
		return simple
	})
	if !simple {
		return h.Handler.Handle(ctx, r)
	}
	if lc, ok := lambdacontext.FromContext(ctx); ok {
		b = appendjson.Member(b, "requestId", lc.AwsRequestID)
	}
	h.line = append(b, "}\n"...)
	_, err := h.out.Write(h.line)
	return err
}
