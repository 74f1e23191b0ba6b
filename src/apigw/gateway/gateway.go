package gateway

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"path"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"

	"example.com/guessing-game/src/apigw/bodies"
	"example.com/guessing-game/src/apigw/gateway/mask"
)

// Quotas of API Gateway for requests.
const (
	MaxPayload = 10 << 20 // bytes of a request's or a response's body
	MaxHeaders = 10240    // bytes of the request line and all headers
	MaxURL     = 10240    // bytes of a URL, of a regional endpoint
)

// Gateway is a REST API at a stage. It is safe for concurrent use.
type Gateway struct {
	api       *API
	o         Options
	router    router
	responses map[string]*gatewayResponse
	masker    *mask.Masker
	paths     sync.Map // string → *jsonpath.Path
	pathCount atomic.Int64

	authorizations authorizations
	settings       map[*Route]routeSettings
	cache          *responses
	release        release
	canary         *Gateway // nil if there is none
	requests       atomic.Uint64
}

// New makes a gateway from a document. The error is a Problems that lists everything wrong; with
// Options.Lenient only problems of the document as a whole are errors; routes that cannot be
// served return 501 with the reason, and mistakes whose effect on AWS is known (a template that
// does not parse, a Lambda function by GET, one status twice) have that effect.
func New(doc *Document, o Options) (*Gateway, error) {
	api, err := Load(doc, o)
	if problems, ok := err.(Problems); ok {
		fatal := problems
		if o.Lenient {
			fatal = nil
			for _, p := range problems {
				if p.Route == "" && !p.Unsupported {
					fatal = append(fatal, p)
				}
			}
		}
		if len(fatal) > 0 {
			return nil, fatal
		}
	}
	g := &Gateway{api: api, o: o.withDefaults(), masker: mask.New(o.Mask)}
	for _, r := range api.Routes {
		g.router.add(r)
	}
	g.responses = resolveGatewayResponses(api.GatewayResponses)
	g.cache, g.settings = &responses{}, map[*Route]routeSettings{}
	for _, r := range api.Routes {
		g.settings[r] = o.Settings.settings(r)
	}
	return g, g.newCanary(doc)
}

// API is what the gateway serves. It must not be changed.
func (g *Gateway) API() *API { return g.api }

// Routes lists the routes in the order of the document. They must not be modified.
func (g *Gateway) Routes() []*Route { return g.api.Routes }

// ServeHTTP handles a request as API Gateway would. Paths are as on AWS: /{stage}/…, and with
// Options.Root also without the stage. If the request's context ends before there is a response,
// it panics with http.ErrAbortHandler, so that the server does not report success. Its own panics
// are logged and fail only the request.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g = g.forRequest()
	x := newExchange(g, w, r)
	a := x.respond()
	if a != nil {
		x.send(w, a)
	}
	if x.rec != nil {
		if f, ok := w.(http.Flusher); ok && a != nil { // the client need not wait for the observer
			f.Flush()
		}
		x.observe(a)
	}
	switch {
	case a == nil, x.broken: // x.broken: net/http's way to end a connection in the middle of a response
		panic(http.ErrAbortHandler)
	case a.unread:
		bodies.Drain(w, r)
	}
}

// respond returns what serve does, and 500 if it panics.
func (x *exchange) respond() (a *clientResponse) {
	defer func() {
		if p := x.panicked(recover()); p != nil {
			a = x.gatewayError(internalFailure(p))
		}
	}()
	return x.serve()
}

// send writes a response. If that panics, the connection ends.
func (x *exchange) send(w http.ResponseWriter, a *clientResponse) {
	defer func() {
		if p := x.panicked(recover()); p != nil {
			x.breakOff(p)
			if a.stream != nil {
				a.stream.Close()
			}
		}
	}()
	x.write(w, a)
}

// observe reports the request. A panic there does not affect the client, who already has the
// response.
func (x *exchange) observe(a *clientResponse) {
	defer func() { x.panicked(recover()) }()
	x.g.o.Observe(x.finish(a))
}

// panicked logs what a deferred function has recovered, and returns it as an error; nil if it is
// nil.
func (x *exchange) panicked(p any) error {
	switch {
	case p == nil:
		return nil
	case p == http.ErrAbortHandler:
		panic(p)
	}
	err := &panicError{p, panicPlace()}
	x.g.o.Log.Error("a request made apigw panic", "request", x.requestID, "panic", p, "at", err.place, "stack", string(debug.Stack()))
	return err
}

// panicError is a mistake of this program that a request ran into.
type panicError struct {
	value any
	place string
}

func (e *panicError) Error() string {
	return fmt.Sprintf("this is a mistake in apigw, at %s: %v; its log has the stack", e.place, e.value)
}

// panicPlace is the place in the source where the panic that is being recovered began.
func panicPlace() string {
	pcs := make([]uintptr, 32)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs)])
	for began := false; ; {
		frame, more := frames.Next()
		inRuntime := strings.HasPrefix(frame.Function, "runtime.")
		if began && !inRuntime {
			return fmt.Sprintf("%s/%s:%d", path.Base(path.Dir(frame.File)), path.Base(frame.File), frame.Line)
		}
		if began = began || inRuntime; !more {
			return "an unknown place"
		}
	}
}

// smallBody is the announced length up to which memory is allocated for a body before it has
// arrived.
const smallBody = 64 << 10

// readBody reads a request's body up to the limit; ok is false beyond it.
func readBody(r *http.Request) (body string, ok bool, err error) {
	if r.Body == nil || r.Body == http.NoBody || r.ContentLength == 0 {
		return "", true, nil
	}
	if r.ContentLength > 0 && r.ContentLength <= smallBody {
		b := make([]byte, r.ContentLength)
		if _, err := io.ReadFull(r.Body, b); err != nil {
			return "", true, err
		}
		return string(b), true, nil
	}
	b, err := bodies.Read(r, MaxPayload)
	if errors.Is(err, bodies.ErrTooLarge) {
		return "", false, nil
	}
	return string(b), true, err
}
