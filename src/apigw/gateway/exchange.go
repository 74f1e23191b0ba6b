package gateway

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"example.com/guessing-game/src/apigw/budget"
	"example.com/guessing-game/src/apigw/gateway/headernames"
	"example.com/guessing-game/src/apigw/gateway/mask"
	"example.com/guessing-game/src/apigw/gateway/policy"
	"example.com/guessing-game/src/apigw/gateway/sigv4"
	"example.com/guessing-game/src/apigw/vtl"
	"example.com/guessing-game/src/apigw/vtl/java"
)

// exchange is one request on its way through the steps: route, authorizer, api key, validation,
// request mapping, integration, response mapping.
type exchange struct {
	g         *Gateway
	w         http.ResponseWriter
	r         *http.Request
	ctx       context.Context
	budget    *budget.Budget // for everything that is interpreted for the request
	start     time.Time
	requestID string
	method    string
	path      string // raw, as the client sees it
	rest      string // raw, without the stage
	rawQuery  string
	names     headernames.Names // as the client wrote them
	trace     traceContext

	route      *Route
	pathParams fields
	authorizer *java.Map // $context.authorizer, nil if there is none
	usageKey   string    // the API key from the authorizer
	apiKey     *APIKey
	granted    *policy.Policy // that a Lambda authorizer returned
	caller     *sigv4.User    // the signer of the request, if the method uses IAM

	headerList fields
	queryList  fields
	queried    bool
	body       string // of the request, as received
	bodyRead   bool
	request    payload
	response   payload
	result     integrationResult

	mapped   mapped // to the integration request of a function
	broken   bool   // a streamed response broke off: the connection must end
	context  *java.Map
	paramMap *java.Map
	stageMap *java.Map
	// secretHeaders are the headers of the function's response that executions do not show.
	secretHeaders fields
	seed          [sha256.Size]byte
	refusal       *refusal // $context.error, nil unless the gateway itself responds
	rec           *Execution
}

// clientResponse is the response to the client.
type clientResponse struct {
	status  int
	headers fields
	body    string
	binary  bool          // the body is bytes rather than characters
	stream  io.ReadCloser // replaces body if the response is streamed
	// unread says that the request's body is too large and has been left unread. The response is
	// then the edge's, which knows no request IDs (recorded).
	unread bool
}

// failure is why the gateway itself refuses or fails a request; it becomes a gateway response.
type failure struct {
	kind    string // type of the gateway response
	message string // instead of the type's own, if not empty
	escaped bool   // the message is Lambda's, which API Gateway escapes as $util.escapeJavaScript does (recorded)
	edge    bool   // the edge responds, before the API is considered; only with kindTooLarge
	status  int    // instead of the type's own, if not 0
	// errorType is x-amzn-ErrorType instead of the type's own, if not empty.
	errorType string
	detail    string // $context.error.validationErrorString
	log       string // line of the execution log
	cause     error
}

func (f *failure) Error() string {
	if f.cause != nil {
		return f.cause.Error()
	}
	if f.log != "" {
		return f.log
	}
	return f.kind
}

func (f *failure) Unwrap() error { return f.cause }

var errClientGone = errors.New("the client has gone")

func newExchange(g *Gateway, w http.ResponseWriter, r *http.Request) *exchange {
	x := &exchange{g: g, w: w, r: r, ctx: r.Context(), budget: vtl.NewBudget(r.Context()), start: g.o.Now(), requestID: g.o.NewID(), method: r.Method}
	if override := headerOf(r, "X-Http-Method-Override"); override != "" {
		x.method = override
	}
	target := r.RequestURI
	if !strings.HasPrefix(target, "/") {
		target = r.URL.RequestURI()
		if u, err := url.Parse(r.RequestURI); err == nil && u.Host != "" {
			target = u.RequestURI()
		}
	}
	target, _, _ = strings.Cut(target, "#")
	x.path, x.rawQuery, _ = strings.Cut(target, "?")
	x.path = "/" + strings.TrimLeft(java.ValidText(x.path), "/") // slashes before the stage count once (recorded on AWS)
	x.names = headernames.Of(r)
	x.seed = sha256.Sum256([]byte(x.requestID))
	x.trace = completeTrace(headerOf(r, "X-Amzn-Trace-Id"), x.start, &x.seed)
	if g.o.Observe != nil {
		x.rec = &Execution{
			RequestID: x.requestID, ExtendedID: x.extendedID(), Method: x.method, Path: x.path, Start: x.start, SegmentID: x.trace.segment,
			Request: r, Steps: make([]Step, 0, usualSteps), lines: make([]line, 0, usualLines),
		}
	}
	return x
}

// extendedID is the value of x-amz-apigw-id, which identifies the request at the edge.
func (x *exchange) extendedID() string {
	return base64.URLEncoding.EncodeToString(x.seed[:11])
}

// serve takes the request through its steps. It returns nil if the client went away.
func (x *exchange) serve() *clientResponse {
	a, f := x.run()
	if f == nil {
		x.atEdge(a)
		return x.compressed(a)
	}
	if x.ctx.Err() != nil {
		if x.rec != nil {
			x.rec.Error = errClientGone
		}
		return nil
	}
	return x.gatewayError(f)
}

func (x *exchange) run() (*clientResponse, *failure) {
	if f := x.limits(); f != nil {
		return nil, f
	}
	if f := x.match(); f != nil {
		return nil, f
	}
	if x.rec != nil {
		x.rec.Route, x.rec.Resource, x.rec.MediaType = x.route, x.route.Path, x.mediaType()
	}
	if in := x.route.Integration; in != nil && in.Timeout > defaultTimeout {
		extend(x.w, in.Timeout)
	}
	if x.route.Problem == nil {
		if f := x.authorize(); f != nil {
			return nil, f
		}
	}
	if x.route.Problem != nil {
		x.logStart()
		return x.notImplemented(), nil
	}
	if f := x.checkKey(); f != nil {
		return nil, f
	}
	if f := x.throttle(); f != nil {
		return nil, f
	}
	x.logStart() // after that of usage plans (recorded)
	if f := x.readBody(); f != nil {
		return nil, f
	}
	if coding := headerOf(x.r, "Content-Encoding"); coding != "" && x.g.api.MinimumCompressionSize != noCompression {
		body, ok, err := decompress(x.body, coding)
		if err != nil {
			return nil, &failure{kind: kindUnsupportedMediaType, cause: err}
		} else if !ok {
			return nil, &failure{kind: kindTooLarge}
		}
		x.body = body
	}
	if x.rec != nil {
		x.logFields("Method request path: ", x.pathParams)
		x.logFields("Method request query string: ", x.shownQuery().lasts())
		x.logFields("Method request headers: ", x.shown(x.headers()))
		x.log("Method request body before transformations: ", logged(x.body, x.g.isBinary(x.mediaType())))
	}
	if f := x.validate(); f != nil {
		return nil, f
	}
	return x.cached(x.integrate)
}

func (x *exchange) logStart() {
	if x.rec != nil {
		x.log("Starting execution for request: ", x.requestID)
		x.log("HTTP Method: ", x.method+", Resource Path: "+proxyPath(x.rest)) // the path of the request (recorded on AWS)
		if x.apiKey != nil {                                                   // (published)
			x.log("API Key: ", x.secret(x.apiKey.Value))
			x.log("API Key ID: ", x.apiKey.ID)
		}
	}
}

// integrate takes the request through the integration and back.
func (x *exchange) integrate() (*clientResponse, *failure) {
	switch in := x.route.Integration; {
	case in.Type == Mock:
		return x.mock()
	case in.Type == HTTPProxy:
		return x.httpProxy()
	case in.Leads():
		return x.backend()
	case in.Type == AWSProxy:
		return x.proxy()
	}
	return x.lambda()
}

// readBody reads the request's body into x.body, unless it has been read before.
func (x *exchange) readBody() *failure {
	if x.bodyRead {
		return nil
	}
	body, ok, err := readBody(x.r)
	switch {
	case err != nil:
		return &failure{kind: kindBadRequestBody, message: "Bad Request", cause: fmt.Errorf("the body is incomplete: %w", err)}
	case !ok:
		return &failure{kind: kindTooLarge, edge: true}
	}
	x.body, x.bodyRead = body, true
	if x.rec != nil {
		x.rec.Body, x.rec.BodyRead = body, true
	}
	return nil
}

// limits refuses what AWS refuses before it considers the API.
func (x *exchange) limits() *failure {
	if len(x.path)+1+len(x.rawQuery) > MaxURL {
		return &failure{kind: kindDefault4XX, status: http.StatusRequestURITooLong, message: "Request URI Too Long"}
	}
	size := len(x.r.Method) + len(x.path) + 1 + len(x.rawQuery) + len(x.r.Proto) + 4
	for name, values := range x.r.Header {
		for _, v := range values {
			size += len(name) + len(v) + 4
		}
	}
	if size > MaxHeaders {
		return &failure{kind: kindDefault4XX, status: http.StatusRequestHeaderFieldsTooLarge, message: "Request Header Fields Too Large"}
	}
	if x.r.ContentLength > MaxPayload {
		return &failure{kind: kindTooLarge, edge: true}
	}
	return nil
}

// match removes the stage from the path and finds the route. /{stage} is the root resource, as
// /{stage}/ is (recorded on AWS).
func (x *exchange) match() *failure {
	stage, rest, _ := strings.Cut(strings.TrimPrefix(x.path, "/"), "/")
	if stage == x.g.o.Stage {
		x.rest = "/" + rest
		x.route, x.pathParams = x.g.router.find(x.method, x.rest)
	}
	if x.route == nil && x.g.o.Root && stage != x.g.o.Stage {
		x.rest = x.path
		x.route, x.pathParams = x.g.router.find(x.method, x.rest)
	}
	if x.route != nil {
		return nil
	}
	if stage != x.g.o.Stage && !x.g.o.Root {
		return &failure{kind: kindForbidden}
	}
	if c := sigv4.Complaint(headerOf(x.r, "Authorization"), headerOf(x.r, "X-Amz-Date") != "" || headerOf(x.r, "Date") != ""); c != nil {
		return &failure{kind: kindDefault4XX, status: http.StatusForbidden, message: c.Message, errorType: c.Code,
			cause: fmt.Errorf("no route serves %s %s; the client sent an Authorization header, whose form AWS then reports as wrong", x.method, x.path)}
	}
	f := &failure{kind: kindMissingToken}
	if x.rec != nil {
		path := x.path
		if stage == x.g.o.Stage {
			path = "/" + rest
		}
		again, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/") // a stage that is in the path twice is the likelier mistake
		if methods := x.g.router.methods(path); len(methods) > 0 && again != x.g.o.Stage {
			f.cause = fmt.Errorf("%s has no %s: it has %s; API Gateway returns 403 for a method that a path does not have", path, x.method, strings.Join(methods, ", "))
		}
	}
	return f
}

// checkKey requires an API key if the method does.
func (x *exchange) checkKey() *failure {
	if !x.route.APIKeyRequired {
		return nil
	}
	s := x.begin("api key")
	key := headerOf(x.r, "X-Api-Key")
	if x.g.api.APIKeyFrom == keyFromAuthorizer {
		key = x.usageKey
	}
	k := x.g.key(key)
	if k == nil || k.Refused != "" {
		f := &failure{kind: kindInvalidAPIKey}
		switch {
		case k != nil:
			f.cause = errors.New(k.Refused)
			f.log = fmt.Sprintf("API Key %s not authorized because method '%s' requires API Key and API Key is not associated with a Usage Plan for API Stage %s/%s: "+
				"No Usage Plan found for key and API Stage", mask.Secret, x.route.Name(), x.g.o.APIID, x.g.o.Stage) // (published)
		case x.g.api.APIKeyFrom == keyFromAuthorizer:
			f.cause = errors.New("x-amazon-apigateway-api-key-source is AUTHORIZER, so the API key is the usageIdentifierKey that the authorizer returns; it is missing or unknown")
		case key == "":
			f.cause = errors.New("the request has no header x-api-key, which the method requires" + x.ofPreflight())
		default:
			f.cause = errors.New("no API key has the value of the header x-api-key")
		}
		x.end(s, f)
		return f
	}
	x.apiKey = k
	x.end(s, nil)
	return nil
}

// key returns the API key with a value, nil if there is none.
func (g *Gateway) key(value string) *APIKey {
	if value == "" {
		return nil
	}
	for i := range g.o.APIKeys {
		if g.o.APIKeys[i].Value == value {
			return &g.o.APIKeys[i]
		}
	}
	if g.o.APIKeys == nil {
		return &APIKey{ID: "local", Value: value}
	}
	return nil
}

func (x *exchange) headers() fields {
	if x.headerList == nil {
		x.headerList = requestFields(x.r, x.names, x.trace.seen)
	}
	return x.headerList
}

// header returns a header by its name as the client wrote it. If the case of names was not
// preserved, it is ignored.
func (x *exchange) header(name string) (string, bool) {
	if v, ok := x.headers().last(name); ok || x.names != "" {
		return v, ok
	}
	return x.headers().fold(name)
}

func (x *exchange) headerAll(name string) []string {
	if vs := x.headers().all(name); vs != nil || x.names != "" {
		return vs
	}
	var vs []string
	for _, f := range x.headers() {
		if strings.EqualFold(f.name, name) {
			vs = append(vs, f.value)
		}
	}
	return vs
}

func (x *exchange) query() fields {
	if !x.queried {
		x.queried, x.queryList = true, queryFields(x.rawQuery)
	}
	return x.queryList
}

func (x *exchange) stageVariables() *java.Map {
	if x.stageMap == nil {
		x.stageMap = java.NewMap(len(x.g.o.StageVariables))
		for _, name := range sortedKeys(x.g.o.StageVariables) {
			x.stageMap.Put(name, x.g.o.StageVariables[name])
		}
	}
	return x.stageMap
}

// notImplemented is the response of a route that only a lenient gateway has. AWS has no such
// response.
func (x *exchange) notImplemented() *clientResponse {
	p := x.route.Problem
	x.logf("Not served here: %s", p.Error())
	return &clientResponse{status: http.StatusNotImplemented, headers: fields{{"Content-Type", "application/json"}}, body: `{"message":` + string(java.AppendJSON(nil, p.Error())) + "}"}
}

// finish closes the record of the request; a is nil if the client has gone.
func (x *exchange) finish(a *clientResponse) *Execution {
	if a != nil {
		x.rec.Status = a.status
	}
	x.rec.End, x.rec.sent = x.g.o.Now(), a
	if x.route != nil && x.route.Integration != nil && x.route.Integration.Leads() {
		x.rec.returned = x.result.headers
	}
	if x.authorizer != nil {
		x.rec.authorizer = string(java.AppendJSON(nil, x.authorizer))
	}
	x.hide()
	return x.rec
}
