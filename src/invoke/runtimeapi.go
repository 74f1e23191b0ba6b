package invoke

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"strconv"
	"time"
)

// runtimeState is where a process stands in the Runtime API's cycle. The names are those
// AWS's emulator uses, since they stand in its error messages.
type runtimeState string

const (
	runtimeStarted  runtimeState = "" // has not asked for work yet
	runtimeReady    runtimeState = "RuntimeReady"
	runtimeRunning  runtimeState = "RuntimeRunning"
	runtimeAnswered runtimeState = "RuntimeResponseSent"
	runtimeInitDone runtimeState = "RuntimeInitError"
)

// maxDrainBytes bounds what is read of an oversized answer beyond the limit, so that the
// process reads the refusal instead of a broken connection.
const maxDrainBytes = 64 << 20

var discardLog = log.New(io.Discard, "", 0)

// runtimeAPI is the Runtime API of this environment,
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html.
func (e *environment) runtimeAPI() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/ping", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "pong") })
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", e.next)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/response", e.response)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/error", e.errorResponse)
	mux.HandleFunc("POST /2018-06-01/runtime/init/error", e.initErrorResponse)
	mux.HandleFunc("/2020-01-01/", e.unsupported("Extension.NotSupported", "Extensions are not supported by this host"))
	mux.HandleFunc("/2020-08-15/logs", e.unsupported("Logs.NotSupported", "Logs API is not supported"))
	mux.HandleFunc("/2022-07-01/telemetry", e.unsupported("Telemetry.NotSupported", "Telemetry API is not supported"))
	return mux
}

// nextHeaders are what every answer to a request for work has, in the order of their values in next.
var nextHeaders = [...]string{"Content-Type", "Content-Length", "Lambda-Runtime-Aws-Request-Id", "Lambda-Runtime-Deadline-Ms",
	"Lambda-Runtime-Invoked-Function-Arn", "Lambda-Runtime-Trace-Id"}

// next waits for an event and hands it over.
func (e *environment) next(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	if e.state == runtimeRunning || e.state == runtimeInitDone {
		from := e.state
		e.mu.Unlock()
		refuseTransition(w, from, runtimeReady)
		return
	}
	if e.state == runtimeStarted {
		e.readyAt = time.Now()
	}
	e.state = runtimeReady
	e.mu.Unlock()

	var ev *event
	select {
	case ev = <-e.events:
	case <-r.Context().Done():
		return
	}
	e.mu.Lock()
	e.state, e.current = runtimeRunning, ev
	e.mu.Unlock()
	e.logs.catchUp()
	e.logs.begin(ev.in.LogTail)
	if e.logs.heard() {
		e.logs.platform(ev.startLine())
	}

	ev.takenAt = time.Now()
	deadline := ev.deadline
	if deadline.IsZero() {
		deadline = ev.takenAt.Add(e.host.cfg.Timeout)
	}
	header := w.Header()
	// One piece of memory for the lists of one value, and names that are canonical already.
	values := []string{"application/json", strconv.Itoa(len(ev.in.Payload)), ev.in.RequestID, strconv.FormatInt(deadline.UnixMilli(), 10), ev.arn, ev.trace.header()}
	for i, name := range nextHeaders {
		header[name] = values[i : i+1 : i+1]
	}
	if ev.in.ClientContext != "" {
		header.Set("Lambda-Runtime-Client-Context", ev.in.ClientContext)
	}
	if ev.in.CognitoIdentity != "" {
		header.Set("Lambda-Runtime-Cognito-Identity", ev.in.CognitoIdentity)
	}
	close(ev.taken)
	w.Write(ev.in.Payload) // a process that does not read it is dealt with when it ends or times out
}

// running gives the event that a request speaks of, or answers why it cannot.
func (e *environment) running(w http.ResponseWriter, r *http.Request, to runtimeState) *event {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.current == nil || e.current.in.RequestID != r.PathValue("id"):
		answer(w, http.StatusBadRequest, "InvalidRequestID", "Invalid request ID")
		return nil
	case e.state != runtimeRunning:
		refuseTransition(w, e.state, to)
		return nil
	}
	return e.current
}

// answered passes an outcome on. It answers false to the second of two answers.
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
func (e *environment) finish(w http.ResponseWriter, ev *event, to runtimeState, out outcome) {
	if !e.answered(ev, out) {
		refuseTransition(w, runtimeAnswered, to)
		return
	}
	accept(w)
}

func (e *environment) response(w http.ResponseWriter, r *http.Request) {
	const to = "RuntimeInvocationResponse"
	ev := e.running(w, r, to)
	if ev == nil {
		return
	}
	id := ev.in.RequestID
	switch mode := r.Header.Get("Lambda-Runtime-Function-Response-Mode"); mode {
	case "", "streaming": // a streamed answer to an Invoke is gathered, as Lambda does
	default:
		e.answered(ev, outcome{failed: true, kind: "Runtime.InvalidResponseModeHeader",
			payload: errorPayload("Runtime.InvalidResponseModeHeader", id, fmt.Sprintf("Invalid response mode %q", mode))})
		answer(w, http.StatusBadRequest, "InvalidFunctionResponseMode", "Invalid function response mode")
		return
	}
	body, err := readBody(r)
	if e.refuseBody(w, ev, err) {
		return
	}
	out := outcome{payload: body}
	if kind := r.Trailer.Get("Lambda-Runtime-Function-Error-Type"); kind != "" { // a stream that broke off
		out.failed, out.kind = true, kind
		if out.payload, err = base64.StdEncoding.DecodeString(r.Trailer.Get("Lambda-Runtime-Function-Error-Body")); err != nil || len(out.payload) == 0 {
			out.payload = errorPayload(kind, id, "the response stream broke off")
		}
	}
	e.finish(w, ev, to, out)
}

func (e *environment) errorResponse(w http.ResponseWriter, r *http.Request) {
	const to = "RuntimeInvocationErrorResponse"
	ev := e.running(w, r, to)
	if ev == nil {
		return
	}
	body, err := readBody(r)
	if e.refuseBody(w, ev, err) {
		return
	}
	e.finish(w, ev, to, outcome{failed: true, payload: errorBody(body, r, ev.in.RequestID)})
}

// refuseBody deals with a body that is too large or breaks off.
func (e *environment) refuseBody(w http.ResponseWriter, ev *event, err error) bool {
	switch {
	case errors.Is(err, errBodyTooLarge):
		const kind = "Function.ResponseSizeTooLarge"
		e.answered(ev, outcome{failed: true, kind: kind, payload: fmt.Appendf(nil,
			`{"errorMessage":"Response payload size exceeded maximum allowed payload size (%d bytes).","errorType":"%s"}`, MaxResponseBytes, kind)})
		answer(w, http.StatusRequestEntityTooLarge, "RequestEntityTooLarge",
			fmt.Sprintf("Exceeded maximum allowed payload size (%d bytes).", MaxResponseBytes))
		return true
	case err != nil: // the process is ending, or tries again, or runs into its timeout
		answer(w, http.StatusBadRequest, "TruncatedHTTPRequest", "HTTP request detected as truncated")
		return true
	}
	return false
}

func (e *environment) initErrorResponse(w http.ResponseWriter, r *http.Request) {
	body, err := readBody(r)
	if err != nil {
		answer(w, http.StatusBadRequest, "TruncatedHTTPRequest", "HTTP request detected as truncated")
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.state != runtimeStarted {
		refuseTransition(w, e.state, runtimeInitDone)
		return
	}
	e.state = runtimeInitDone
	kind := r.Header.Get("Lambda-Runtime-Function-Error-Type")
	if kind == "" {
		kind = "Runtime.Unknown"
	}
	e.initError <- outcome{kind: kind, payload: errorBody(body, r, "")}
	accept(w)
}

// errorBody is an error as the runtime words it or, without a body, as its header does.
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

var errBodyTooLarge = errors.New("body too large")

// readBody reads a body of at most MaxResponseBytes.
func readBody(r *http.Request) ([]byte, error) {
	var b bytes.Buffer
	if n := r.ContentLength; n > 0 && n <= MaxResponseBytes {
		b.Grow(int(n) + bytes.MinRead)
	}
	n, err := b.ReadFrom(io.LimitReader(r.Body, MaxResponseBytes+1))
	if err != nil {
		return nil, err
	}
	if n > MaxResponseBytes {
		io.Copy(io.Discard, io.LimitReader(r.Body, maxDrainBytes))
		return nil, errBodyTooLarge
	}
	return b.Bytes(), nil
}

// unsupported refuses an API that AWS has and this host does not, as AWS's emulator does.
func (e *environment) unsupported(kind, message string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		e.host.cfg.Logger.Warn("the function asks for an API that this host does not have",
			"function", e.host.cfg.Name, "method", r.Method, "path", r.URL.Path)
		status := http.StatusAccepted
		if kind == "Extension.NotSupported" {
			status = http.StatusForbidden
		}
		answer(w, status, kind, message)
	}
}

func refuseTransition(w http.ResponseWriter, from, to runtimeState) {
	if from == runtimeStarted {
		from = "RuntimeStarted"
	}
	answer(w, http.StatusForbidden, "InvalidStateTransition",
		fmt.Sprintf("Transition from %s to %s failed for runtime. Error: State transition is not allowed", from, to))
}

func answer(w http.ResponseWriter, status int, kind, message string) {
	body, _ := json.Marshal(struct {
		ErrorMessage string `json:"errorMessage"`
		ErrorType    string `json:"errorType"`
	}{message, kind})
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(append(body, '\n'))
}

func accept(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusAccepted)
	io.WriteString(w, "{\"status\":\"OK\"}\n")
}
