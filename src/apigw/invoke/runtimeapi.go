package invoke

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"example.com/guessing-game/src/apigw/bodies"
)

// runtimeState is the state of a process in the Runtime API's cycle. The names are those of AWS's
// emulator, whose error messages contain them.
type runtimeState string

const (
	runtimeStarted  runtimeState = "" // has not asked for work yet
	runtimeReady    runtimeState = "RuntimeReady"
	runtimeRunning  runtimeState = "RuntimeRunning"
	runtimeAnswered runtimeState = "RuntimeResponseSent"
	runtimeInitDone runtimeState = "RuntimeInitError"
)

// maxDrainBytes bounds what is read of an oversized response beyond the limit, so that the
// process reads the refusal instead of a broken connection.
const maxDrainBytes = 64 << 20

const runtimePath = "/2018-06-01/runtime/"

// handle serves a request to the Runtime API of this environment,
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html, except for the request for
// work, which it leaves open.
func (e *environment) handle(c *runtimeConn, r *http.Request) (answer reply, open bool) {
	method, handler := "", func(*http.Request) reply { return plainReply(http.StatusNotFound, "404 page not found\n") }
	path := r.URL.Path
	rest, runtime := strings.CutPrefix(path, runtimePath)
	id, verb, invocation := strings.Cut(strings.TrimPrefix(rest, "invocation/"), "/")
	switch {
	case rest == "invocation/next":
		if r.Method == http.MethodGet {
			return e.next(c)
		}
		method = http.MethodGet
	case runtime && rest == "init/error":
		method, handler = http.MethodPost, e.initErrorResponse
	case runtime && invocation && verb == "response":
		method, handler = http.MethodPost, func(r *http.Request) reply { return e.response(id, r) }
	case runtime && invocation && verb == "error":
		method, handler = http.MethodPost, func(r *http.Request) reply { return e.errorResponse(id, r) }
	case path == "/2018-06-01/ping":
		method, handler = http.MethodGet, func(*http.Request) reply { return plainReply(http.StatusOK, "pong") }
	case strings.HasPrefix(path, "/2020-01-01/"):
		return e.unsupported(r, http.StatusForbidden, "Extension.NotSupported", "Extensions are not supported by this host"), false
	case path == "/2020-08-15/logs":
		return e.unsupported(r, http.StatusAccepted, "Logs.NotSupported", "Logs API is not supported"), false
	case path == "/2022-07-01/telemetry":
		return e.unsupported(r, http.StatusAccepted, "Telemetry.NotSupported", "Telemetry API is not supported"), false
	}
	if method != "" && r.Method != method {
		return plainReply(http.StatusMethodNotAllowed, "Method Not Allowed\n"), false
	}
	return handler(r), false
}

// next takes a request for work: the response is sent when there is an event.
func (e *environment) next(c *runtimeConn) (answer reply, open bool) {
	e.mu.Lock()
	if e.state == runtimeRunning || e.state == runtimeInitDone {
		from := e.state
		e.mu.Unlock()
		return refuseTransition(from, runtimeReady), false
	}
	if e.state == runtimeStarted {
		e.readyAt = time.Now()
	}
	e.state = runtimeReady
	c.asked = true
	e.asking = append(e.asking, c)
	e.match()
	return reply{}, true
}

// hand queues an event for the environment's next request for work.
func (e *environment) hand(ev *event) {
	e.mu.Lock()
	e.event = ev
	e.match()
}

// match responds to a request for work, if there is one and an event. The caller holds e.mu, which
// match releases.
func (e *environment) match() {
	if e.event == nil || len(e.asking) == 0 || e.state != runtimeReady {
		e.mu.Unlock()
		return
	}
	ev, c := e.event, e.asking[0]
	e.event, e.asking = nil, append(e.asking[:0], e.asking[1:]...)
	e.state, e.current = runtimeRunning, ev
	// In this order: what waits for its turn on the connection must not write, or close it, before
	// the event.
	c.writing.Lock()
	c.give()
	e.mu.Unlock()
	e.logs.catchUp()
	e.logs.begin(&ev.in)
	if e.logs.heard() {
		e.logs.platform(ev.startLine())
	}
	ev.takenAt = time.Now()
	deadline := ev.deadline
	if deadline.IsZero() {
		deadline = ev.takenAt.Add(e.host.cfg.Timeout)
	}
	close(ev.taken)
	c.deliver(ev, deadline)
}

// leave removes a connection that has ended. The caller holds e.mu.
func (e *environment) leave(c *runtimeConn) {
	e.asking = slices.DeleteFunc(e.asking, func(other *runtimeConn) bool { return other == c })
	delete(e.conns, c)
}

// running returns the event that a request refers to, or refuses the request.
func (e *environment) running(id string, to runtimeState) (*event, reply) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.current == nil || e.current.in.RequestID != id:
		return nil, errorReply(http.StatusBadRequest, "InvalidRequestID", "Invalid request ID")
	case e.state != runtimeRunning:
		return nil, refuseTransition(e.state, to)
	}
	return e.current, reply{}
}

// answered passes an outcome on. It returns false for a second response to the same event.
func (e *environment) answered(ev *event, out outcome) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.state != runtimeRunning || e.current != ev {
		return false
	}
	e.state = runtimeAnswered
	out.at = time.Now()
	ev.answered <- out
	return true
}

// finish passes an outcome on and confirms it to the process.
func (e *environment) finish(ev *event, to runtimeState, out outcome) reply {
	if !e.answered(ev, out) {
		return refuseTransition(runtimeAnswered, to)
	}
	return accepted
}

func (e *environment) response(id string, r *http.Request) reply {
	const to = "RuntimeInvocationResponse"
	ev, refused := e.running(id, to)
	if ev == nil {
		return refused
	}
	switch mode := r.Header.Get("Lambda-Runtime-Function-Response-Mode"); mode {
	case "", "streaming": // a streamed response to an Invoke is buffered, as in Lambda
	default:
		e.answered(ev, outcome{failed: true, kind: "Runtime.InvalidResponseModeHeader",
			payload: errorPayload("Runtime.InvalidResponseModeHeader", id, fmt.Sprintf("Invalid response mode %q", mode))})
		return errorReply(http.StatusBadRequest, "InvalidFunctionResponseMode", "Invalid function response mode")
	}
	body, err := []byte(nil), error(nil)
	if ev.in.Stream != nil {
		err = stream(ev.in.Stream, r.Body)
	} else {
		body, err = readBody(r)
	}
	if err != nil {
		return e.refuseBody(ev, err)
	}
	out := outcome{payload: body}
	if kind := r.Trailer.Get("Lambda-Runtime-Function-Error-Type"); kind != "" { // a stream that broke off
		out.failed, out.kind = true, kind
		if out.payload, err = base64.StdEncoding.DecodeString(r.Trailer.Get("Lambda-Runtime-Function-Error-Body")); err != nil || len(out.payload) == 0 {
			out.payload = errorPayload(kind, id, "the response stream broke off")
		}
	}
	return e.finish(ev, to, out)
}

func (e *environment) errorResponse(id string, r *http.Request) reply {
	const to = "RuntimeInvocationErrorResponse"
	ev, refused := e.running(id, to)
	if ev == nil {
		return refused
	}
	body, err := readBody(r)
	if err != nil {
		return e.refuseBody(ev, err)
	}
	return e.finish(ev, to, outcome{failed: true, payload: errorBody(body, r, id)})
}

// refuseBody deals with a body that is too large or breaks off.
func (e *environment) refuseBody(ev *event, err error) reply {
	if errors.Is(err, bodies.ErrTooLarge) {
		const kind = "Function.ResponseSizeTooLarge"
		e.answered(ev, outcome{failed: true, kind: kind, payload: fmt.Appendf(nil,
			`{"errorMessage":"Response payload size exceeded maximum allowed payload size (%d bytes).","errorType":"%s"}`, MaxResponseBytes, kind)})
		return errorReply(http.StatusRequestEntityTooLarge, "RequestEntityTooLarge",
			fmt.Sprintf("Exceeded maximum allowed payload size (%d bytes).", MaxResponseBytes))
	}
	return truncated // the process ends, or tries again, or runs into its timeout
}

func (e *environment) initErrorResponse(r *http.Request) reply {
	body, err := readBody(r)
	if err != nil {
		return truncated
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.state != runtimeStarted {
		return refuseTransition(e.state, runtimeInitDone)
	}
	e.state = runtimeInitDone
	kind := r.Header.Get("Lambda-Runtime-Function-Error-Type")
	if kind == "" {
		kind = "Runtime.Unknown"
	}
	e.initError <- outcome{kind: kind, payload: errorBody(body, r, "")}
	return accepted
}

// errorBody is an error in the runtime's words or, without a body, in those of its header.
func errorBody(body []byte, r *http.Request, requestID string) []byte {
	if len(body) > 0 {
		return body
	}
	kind := r.Header.Get("Lambda-Runtime-Function-Error-Type")
	if kind == "" {
		kind = "Runtime.Unknown"
	}
	return errorPayload(kind, requestID, "the runtime gave no details")
}

// readBody reads a body of at most MaxResponseBytes.
func readBody(r *http.Request) ([]byte, error) {
	if n := r.ContentLength; n >= 0 && n <= MaxResponseBytes {
		body := make([]byte, n)
		_, err := io.ReadFull(r.Body, body)
		return body, err
	}
	return bodies.Read(r, MaxResponseBytes)
}

// stream passes on what a function streams. If the client has disconnected it is discarded, so that
// the function can end.
func stream(to io.Writer, from io.Reader) error {
	piece := make([]byte, 32<<10)
	for total := 0; ; {
		n, err := from.Read(piece)
		if total += n; total > MaxStreamBytes {
			return bodies.ErrTooLarge
		}
		if n > 0 && to != nil {
			if _, gone := to.Write(piece[:n]); gone != nil {
				to = nil
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// unsupported refuses an API that AWS has but this host does not, as AWS's emulator does.
func (e *environment) unsupported(r *http.Request, status int, kind, message string) reply {
	e.host.cfg.Logger.Warn("the function asks for an API that this host does not have",
		"function", e.host.cfg.Name, "method", r.Method, "path", r.URL.Path)
	return errorReply(status, kind, message)
}

func refuseTransition(from, to runtimeState) reply {
	if from == runtimeStarted {
		from = "RuntimeStarted"
	}
	return errorReply(http.StatusForbidden, "InvalidStateTransition",
		fmt.Sprintf("Transition from %s to %s failed for runtime. Error: State transition is not allowed", from, to))
}

var (
	accepted  = jsonReply(http.StatusAccepted, "{\"status\":\"OK\"}\n")
	truncated = errorReply(http.StatusBadRequest, "TruncatedHTTPRequest", "HTTP request detected as truncated")
)

func errorReply(status int, kind, message string) reply {
	body, _ := json.Marshal(struct {
		ErrorMessage string `json:"errorMessage"`
		ErrorType    string `json:"errorType"`
	}{message, kind})
	return jsonReply(status, string(body)+"\n")
}
