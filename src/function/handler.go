package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-lambda-go/lambda/messages"

	"example.com/guessing-game/src/game"
	"example.com/guessing-game/src/lambdaloop"
	"example.com/guessing-game/src/store"
	"example.com/guessing-game/src/xray"
)

// internalError is the errorType of an error that should not happen: a bug or a damaged record. It
// is not one of package game's names because no caller can act on it.
const internalError = "InternalError"

// outcomeOf names the outcome of an event, for logs, traces and metrics: the kind of the event out,
// or the name of the error.
func outcomeOf(result game.Result, err error) string {
	var known *game.Error
	switch {
	case err == nil:
		return string(result.Kind)
	case errors.As(err, &known):
		return string(known.Name)
	}
	return internalError
}

// describe formats an error for traces: with its cause, since only operators read them. No error of
// this program contains the number.
func describe(err error) xray.Failure {
	failure := xray.Failure{Type: outcomeOf(game.Result{}, err), Message: err.Error(), Fault: true}
	var known *game.Error
	if errors.As(err, &known) {
		failure.Fault = known.Name == game.StoreUnavailable
		if cause := known.Unwrap(); cause != nil {
			failure.Message += " (" + cause.Error() + ")"
		}
	}
	return failure
}

// handler handles events. It implements lambda.Handler.
type handler struct {
	games   store.Store
	random  io.Reader // for ids and numbers
	tracer  xray.Tracer
	log     *slog.Logger
	metrics *metrics    // nil if not enabled
	warm    atomic.Bool // there was an event before
}

// Invoke takes one event and returns the event out as JSON, or an error of type
// messages.InvokeResponse_Error, which reaches the caller as
//
//	{"errorMessage":"GameNotFound: …","errorType":"GameNotFound"}
//
// and nothing else. A panic is logged with its stack, returned as InternalError without it, and
// ends the process, as it does in any Go function.
func (h *handler) Invoke(ctx context.Context, payload []byte) (answer []byte, err error) {
	cold := !h.warm.Swap(true)
	ctx, segment := h.tracer.Begin(ctx, "event")
	var event game.Event
	var result game.Result
	defer func() {
		panicked := recover()
		if panicked != nil {
			answer, err = nil, fmt.Errorf("panic: %v", panicked)
			h.log.ErrorContext(ctx, "the function panicked", "panic", fmt.Sprint(panicked), "stack", panicStack())
		}
		outcome := outcomeOf(result, err)
		segment.Annotate("kind", kindOf(event))
		segment.Annotate("outcome", outcome)
		segment.Annotate("coldStart", cold)
		segment.End(err)
		h.logEvent(ctx, event, outcome, cold, err)
		h.metrics.count(event, result, err)
		err = response(err, panicked != nil)
	}()

	if event, err = h.decode(ctx, payload); err != nil {
		return nil, err
	}
	if result, err = h.play(ctx, event); err != nil {
		return nil, err
	}
	return h.encode(ctx, result), nil
}

// panicStack is the stack of a recovered panic as text, without the arguments
// that [debug.Stack] shows: a game, with its number, may be among them.
func panicStack() string {
	var b strings.Builder
	for _, f := range lambdaloop.Stack() {
		fmt.Fprintf(&b, "%s\n\t%s:%d\n", f.Label, f.Path, f.Line)
	}
	return b.String()
}

func (h *handler) decode(ctx context.Context, payload []byte) (game.Event, error) {
	_, segment := h.tracer.Begin(ctx, "decode")
	event, err := game.Decode(payload)
	segment.End(err)
	return event, err
}

// play carries out the event; the store does the work.
func (h *handler) play(ctx context.Context, event game.Event) (result game.Result, err error) {
	ctx, segment := h.tracer.Begin(ctx, "store")
	defer func() { segment.End(err) }()
	var g game.Game
	switch event.Kind {
	case game.GameRequested:
		if g, err = h.draw(event.Key); err != nil {
			return result, err
		}
		if g, err = h.games.Create(ctx, g); err != nil {
			return result, err
		}
		return game.Created(g), nil
	case game.GuessSubmitted:
		if g, err = h.games.Guess(ctx, event.ID, event.Guess, event.Key); err != nil {
			return result, err
		}
		return game.Evaluated(g), nil
	default: // game.GameInfoRequested; Decode knows no other
		if g, err = h.games.Get(ctx, event.ID); err != nil {
			return result, err
		}
		return game.Info(g), nil
	}
}

// draw makes a new game. With a key its id is derived from the key, so that the second attempt
// finds the first one's game.
func (h *handler) draw(key game.Key) (game.Game, error) {
	number, err := game.Draw(h.random)
	if err != nil {
		return game.Game{}, err
	}
	id := game.IDFromKey(key)
	if key == (game.Key{}) {
		if id, err = game.NewID(h.random); err != nil {
			return game.Game{}, err
		}
	}
	return game.New(id, number), nil
}

func (h *handler) encode(ctx context.Context, result game.Result) []byte {
	_, segment := h.tracer.Begin(ctx, "encode")
	defer segment.End(nil)
	return result.AppendJSON(make([]byte, 0, 160))
}

// kindOf returns the event's kind, "invalid" if the event could not be read.
func kindOf(event game.Event) string {
	if event.Kind == "" {
		return "invalid"
	}
	return string(event.Kind)
}

// logEvent writes the one line of an event: never the payload, the guesses or the number.
// lambdacontext's handler adds Lambda's request id.
func (h *handler) logEvent(ctx context.Context, event game.Event, outcome string, cold bool, err error) {
	level, message := slog.LevelInfo, "event handled"
	var known *game.Error
	switch {
	case err == nil:
	case errors.As(err, &known) && known.Name != game.StoreUnavailable:
		level, message = slog.LevelWarn, "event refused"
	default:
		level, message = slog.LevelError, "event failed"
	}
	if !h.log.Enabled(ctx, level) {
		return
	}
	r := slog.NewRecord(time.Now(), level, message, 0) // no source line, which Logger's methods would look up
	r.AddAttrs(slog.String("kind", kindOf(event)), slog.String("outcome", outcome), slog.Bool("coldStart", cold))
	if event.ID != (game.ID{}) {
		r.AddAttrs(slog.String("gameId", event.ID.String()))
	}
	if event.RequestID != "" {
		r.AddAttrs(slog.String("apiRequestId", event.RequestID))
	}
	if event.ExtendedRequestID != "" {
		r.AddAttrs(slog.String("apiExtendedRequestId", event.ExtendedRequestID))
	}
	if err != nil {
		r.AddAttrs(slog.String("error", err.Error()))
		if cause := errors.Unwrap(err); cause != nil {
			r.AddAttrs(slog.String("cause", cause.Error()))
		}
	}
	h.log.Handler().Handle(ctx, r) // failure to write a line does not fail an event
}

// response turns an error into what the caller gets.
func response(err error, exit bool) error {
	var known *game.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known):
		return messages.InvokeResponse_Error{Message: known.Error(), Type: string(known.Name)}
	}
	return messages.InvokeResponse_Error{
		Message:    internalError + ": the event could not be handled; the function's log says why",
		Type:       internalError,
		ShouldExit: exit,
	}
}
