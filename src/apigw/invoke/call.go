package invoke

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// call takes one event through an environment: it finds one, hands the event over, waits for the
// response, and writes the lines of the platform. It occupies one of the host's slots throughout.
type call struct {
	host  *Host
	ev    *event
	env   *environment
	timer *time.Timer
	over  chan struct{} // closed when the call has ended

	received time.Time
	taken    <-chan struct{} // of a cold environment, until the process has the event
	cold     bool            // env was started for this call
	// secondInit is set when the first try to start an environment failed: the second is
	// part of the invocation, from retried on.
	secondInit bool
	retried    time.Time
}

func newCall(h *Host, in Invocation) *call {
	c := &call{host: h, over: make(chan struct{}), received: time.Now()}
	c.ev = &event{in: in, arn: h.arn, trace: functionTrace(in.TraceHeader, h.cfg.Now(), h.cfg.Random)}
	if in.Qualifier != "" {
		c.ev.arn += ":" + in.Qualifier
	}
	return c
}

// run runs the call to its end, or returns when ctx ends and lets it continue alone.
func (c *call) run(ctx context.Context) (Response, error) {
	if resp, err := c.place(); resp != nil || err != nil {
		return c.end(resp, err)
	}
	return c.wait(ctx)
}

// place passes the event to an environment. It returns a Response if none can be started.
func (c *call) place() (*Response, error) {
	// A new event each time: the Runtime API of an environment that is ending may still
	// hold the old one.
	c.ev = &event{in: c.ev.in, arn: c.ev.arn, trace: c.ev.trace, taken: make(chan struct{}), answered: make(chan outcome, 1)}
	if c.secondInit {
		c.ev.deadline = c.retried.Add(c.host.cfg.Timeout)
	}
	var err error
	c.env, c.cold, err = c.host.environment(c)
	var refused *Error
	switch {
	case errors.As(err, &refused):
		return nil, refused
	case err != nil:
		resp := c.failed("Runtime.InvalidEntrypoint", err.Error())
		return &resp, nil
	}
	limit := c.host.cfg.Timeout
	c.taken = nil
	if c.cold && !c.secondInit {
		limit, c.taken = c.host.initTimeout, c.ev.taken
	}
	if c.timer == nil {
		c.timer = time.NewTimer(limit)
	} else {
		c.timer.Reset(limit)
	}
	c.env.hand(c.ev)
	return nil, nil
}

// wait waits for whatever happens to the event.
func (c *call) wait(ctx context.Context) (Response, error) {
	for {
		var resp *Response
		var err error
		select {
		case <-ctx.Done():
			go c.wait(context.Background())
			return Response{}, ctx.Err()
		case <-c.taken:
			c.taken = nil
			c.timer.Reset(c.host.cfg.Timeout)
		case out := <-c.ev.answered:
			resp = c.answered(out)
		case out := <-c.env.initError:
			resp, err = c.initFailed("error", out)
		case <-c.env.exited:
			resp, err = c.exited()
		case <-c.timer.C:
			resp, err = c.timedOut()
		}
		if resp != nil || err != nil {
			return c.end(resp, err)
		}
	}
}

// end releases what the call holds. Until then nothing else uses the environment.
func (c *call) end(resp *Response, err error) (Response, error) {
	if c.timer != nil {
		c.timer.Stop()
	}
	if c.env != nil {
		c.host.release(c.env)
	}
	close(c.over)
	<-c.host.slots
	if err != nil {
		return Response{}, err
	}
	return *resp, nil
}

// drop removes the environment, which has ended or is about to.
func (c *call) drop() {
	c.env.kill()
	<-c.env.exited
	c.host.release(c.env)
	c.env = nil
}

func (c *call) answered(out outcome) *Response {
	report := c.report(out.at)
	functionError := ""
	if out.failed {
		functionError = "Unhandled"
	}
	if out.kind != "" { // Lambda's REPORT has a status for what the platform found, not for an error the function returned
		report.Status, report.ErrorType = "error", out.kind
	}
	resp := c.close(report, functionError, out.payload)
	return &resp
}

// exited handles the end of the process.
func (c *call) exited() (*Response, error) {
	select {
	case out := <-c.ev.answered: // it responded before
		return c.answered(out), nil
	default:
	}
	select {
	case <-c.ev.taken:
	default:
		if !c.cold { // it ended while it was free: it has not seen the event
			return c.again()
		}
		kind, text := "Runtime.ExitError", exitText(c.env.exit)
		select {
		case out := <-c.env.initError:
			return c.initFailed("error", out)
		default:
		}
		return c.initFailed("error", outcome{kind: kind, payload: errorPayload(kind, c.ev.in.RequestID, text)})
	}
	resp := c.failed("Runtime.ExitError", exitText(c.env.exit))
	return &resp, nil
}

// again places an event that no process has seen.
func (c *call) again() (*Response, error) {
	c.drop()
	return c.place()
}

// initFailed handles an environment that never asked for work.
func (c *call) initFailed(status string, out outcome) (*Response, error) {
	phase := "init"
	if c.secondInit {
		phase = "invoke"
	}
	env, kind := c.env, out.kind
	env.kill()
	<-env.exited
	line := fmt.Sprintf("INIT_REPORT Init Duration: %s ms\tPhase: %s\tStatus: %s", milliseconds(time.Since(env.initStarted)), phase, status)
	if status == "error" {
		line += "\tError Type: " + kind
	}
	env.logs.platform(line)
	if !c.secondInit {
		c.secondInit, c.retried = true, time.Now()
		return c.again()
	}
	env.logs.begin(&c.ev.in)
	env.logs.platform(c.ev.startLine())
	report := c.report(time.Now())
	report.Status, report.ErrorType = status, kind
	if status == "timeout" {
		report.ErrorType = ""
	}
	resp := c.close(report, "Unhandled", out.payload)
	return &resp, nil
}

// timedOut kills an environment that takes too long. It returns nothing if there is time left.
func (c *call) timedOut() (*Response, error) {
	select {
	case out := <-c.ev.answered: // at the last moment
		return c.answered(out), nil
	default:
	}
	select {
	case <-c.ev.taken:
	default:
		switch {
		case !c.cold: // it responded to the previous event and never asked for another
			return c.again()
		case !c.secondInit:
			return c.initFailed("timeout", outcome{})
		}
		text := fmt.Sprintf("Task timed out after %.2f seconds", c.host.cfg.Timeout.Seconds())
		return c.initFailed("timeout", outcome{payload: errorPayload("Sandbox.Timedout", c.ev.in.RequestID, text)})
	}
	// The timer was set when the event was given to the environment, a little before the process
	// took it: to reset it then would wake this goroutine for every event.
	if left := time.Until(c.ev.takenAt.Add(c.host.cfg.Timeout)); left > 0 && !c.secondInit {
		c.timer.Reset(left)
		return nil, nil
	}
	report := c.report(time.Now())
	report.Duration = c.host.cfg.Timeout
	report.Status = "timeout"
	c.env.kill()
	<-c.env.exited
	text := fmt.Sprintf("Task timed out after %.2f seconds", c.host.cfg.Timeout.Seconds())
	c.env.logs.platform(fmt.Sprintf("%s %s %s", c.host.cfg.Now().UTC().Format("2006-01-02T15:04:05.000Z"), c.ev.in.RequestID, text))
	resp := c.close(report, "Unhandled", errorPayload("Sandbox.Timedout", c.ev.in.RequestID, text))
	return &resp, nil
}

// failed returns the Response for an environment that failed during the event.
func (c *call) failed(kind, text string) Response {
	report := c.report(time.Now())
	report.Status, report.ErrorType = "error", kind
	line := fmt.Sprintf("RequestId: %s Error: %s\n%s", c.ev.in.RequestID, text, kind)
	if c.env == nil { // it never existed: its log is the host's
		c.logWithout(c.ev.startLine() + "\n" + line + "\n")
	} else {
		c.env.logs.platform(line)
	}
	return c.close(report, "Unhandled", errorPayload(kind, c.ev.in.RequestID, text))
}

// report gathers the figures of the invocation, which ended at the time given.
func (c *call) report(end time.Time) Report {
	r := Report{
		RequestID: c.ev.in.RequestID, MemorySizeMB: c.host.cfg.MemorySizeMB, ColdStart: c.cold,
		TraceID: c.ev.trace.Root, SegmentID: c.ev.trace.Parent, Sampled: c.ev.trace.Sampled == "1",
		Received: c.received,
	}
	select {
	case <-c.ev.taken:
		r.Started = c.ev.takenAt
	default:
		r.Started = end
	}
	if c.env != nil {
		r.PID = c.env.pid
		if c.cold {
			r.InitStarted = c.env.initStarted
		}
	}
	switch {
	case c.secondInit: // Lambda counts the second try as part of the invocation
		r.Started = c.retried
	case c.cold && c.env != nil:
		c.env.mu.Lock()
		r.InitDuration = c.env.readyAt.Sub(c.env.initStarted)
		c.env.mu.Unlock()
	}
	r.Duration = end.Sub(r.Started)
	return r
}

// close writes the last lines of the invocation and makes the Response.
func (c *call) close(report Report, functionError string, payload []byte) Response {
	resp := Response{
		StatusCode: http.StatusOK, Payload: payload, FunctionError: functionError,
		ExecutedVersion: latest, RequestID: c.ev.in.RequestID,
	}
	report.Billed = billed(report.Duration + report.InitDuration)
	if c.env == nil {
		c.logWithout("END RequestId: " + c.ev.in.RequestID + "\n" + report.String() + "\n")
	} else {
		report.MaxMemoryMB = c.env.peakMemory()
		c.env.logs.catchUp()
		if c.env.logs.heard() {
			c.env.logs.platform("END RequestId: " + c.ev.in.RequestID + "\n" + report.String())
		}
		resp.LogResult = c.env.logs.result()
	}
	report.Ended = time.Now()
	resp.Report = report
	return resp
}

// logWithout writes lines of the platform if there was no environment.
func (c *call) logWithout(lines string) {
	if c.host.logs.platform {
		c.host.logs.writeLine(c.ev.in.Log, []byte(lines))
	}
}

func (ev *event) startLine() string {
	return "START RequestId: " + ev.in.RequestID + " Version: " + latest
}

// errorPayload is the error object that Lambda makes when the platform, not the function,
// found the error.
func errorPayload(kind, requestID, text string) []byte {
	payload, _ := json.Marshal(struct {
		ErrorType    string `json:"errorType"`
		ErrorMessage string `json:"errorMessage"`
	}{kind, "RequestId: " + requestID + " Error: " + text})
	return payload
}
