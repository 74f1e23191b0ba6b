package functions

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/invoke"
)

// reportKey is the key under which a request's context has the *reports to fill in, for the console
// and the traces.
type reportKey struct{}

// Reports are the reports of a request's invocations: that of the authorizer and that of the
// integration, zero if there was none.
type Reports struct {
	Authorizer, Integration invoke.Report
	Log                     string // the end of what the integration's function wrote
	Unseen                  []byte // what both wrote and the console has not shown, as it shows it
}

// WithReports is a context in which invocations are reported.
func WithReports(ctx context.Context) context.Context {
	return context.WithValue(ctx, reportKey{}, &Reports{})
}

// ReportsOf are the reports of a request; nil if its invocations are not reported.
func ReportsOf(ctx context.Context) *Reports {
	r, _ := ctx.Value(reportKey{}).(*Reports)
	return r
}

// Invoke implements gateway.Invoker.
func (fs *Set) Invoke(ctx context.Context, in gateway.Invocation) (gateway.InvocationResult, error) {
	f := fs.Find(in.Function)
	if f == nil {
		return gateway.InvocationResult{}, fmt.Errorf("there is no function %s here: if it belongs to another stack, pass --function %s=COMMAND", in.Function, in.Function)
	}
	call := invoke.Invocation{Payload: in.Payload, TraceHeader: in.TraceHeader, Qualifier: in.Qualifier, Stream: in.Stream, TenantID: in.TenantID}
	if in.Async {
		call.Type = invoke.Event
	}
	resp, err := f.reported(ctx, call, in.Authorizer != "")
	var refused *invoke.Error
	if errors.As(err, &refused) {
		err = &gateway.RefusedError{Status: refused.Status, Message: refused.Message, RequestID: uuid.NewString(), Err: err}
	}
	if err != nil {
		return gateway.InvocationResult{}, err
	}
	return gateway.InvocationResult{
		StatusCode: resp.StatusCode, Payload: resp.Payload, FunctionError: resp.FunctionError, ExecutedVersion: resp.ExecutedVersion,
		RequestID: resp.RequestID, TraceHeader: in.TraceHeader,
	}, nil
}

// reported invokes the function and fills in the reports of the request, if it has any.
func (f *Function) reported(ctx context.Context, in invoke.Invocation, authorizes bool) (invoke.Response, error) {
	r := ReportsOf(ctx)
	if r == nil {
		return f.Invoke(ctx, in)
	}
	resp, log, unseen, err := f.InvokeHeld(ctx, in, !authorizes)
	r.Unseen = append(r.Unseen, unseen...)
	if !authorizes {
		r.Log = log
	}
	switch {
	case err != nil:
	case authorizes:
		r.Authorizer = resp.Report
	default:
		r.Integration = resp.Report
	}
	return resp, err
}

// InvokeHeld invokes the function and holds what it writes meanwhile, if it runs here and is
// waited for: log is the end of what it wrote, unseen the part that the console has not shown, in
// its form. told says that the request's line reports the failure, if the function fails.
func (f *Function) InvokeHeld(ctx context.Context, in invoke.Invocation, told bool) (resp invoke.Response, log string, unseen []byte, err error) {
	if f.Host == nil || in.Type != "" && in.Type != invoke.RequestResponse {
		resp, err = f.Invoke(ctx, in)
		return resp, "", nil, err
	}
	held := f.hold()
	in.Log = held
	resp, err = f.Invoke(ctx, in)
	log, unseen = held.end()
	if f.shown == nil {
		return resp, log, nil, err
	}
	if told && resp.FunctionError != "" && !f.shown.metrics {
		unseen = withoutError(unseen, f.masker.Text(gateway.FunctionError(resp.Payload)))
	}
	return resp, log, f.shown.append(nil, unseen), err
}

// hold is a log for an invocation of the function.
func (f *Function) hold() *heldLog {
	if f.shown == nil {
		return hold(nil, f.masker)
	}
	early := *f.shown
	early.early = true
	return hold(&early, f.masker)
}

// Invoke invokes the function however it is reached.
func (f *Function) Invoke(ctx context.Context, in invoke.Invocation) (invoke.Response, error) {
	missing := f.missing
	if missing == nil {
		missing = f.await(ctx)
	}
	switch {
	case missing != nil && f.Remote == nil:
		return invoke.Response{}, fmt.Errorf("it does not run here: %w", missing)
	case f.Host != nil:
		return f.Host.Invoke(ctx, in)
	case f.Remote != nil:
		return f.Remote.Invoke(ctx, in)
	}
	return invoke.Response{}, fmt.Errorf("the function %s has no command; set one with --function %s=COMMAND, or pass --lambda-endpoint URL", f.ID, f.ID)
}
