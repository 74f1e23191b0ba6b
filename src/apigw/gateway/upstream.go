package gateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"example.com/guessing-game/src/apigw/gateway/headernames"
	"example.com/guessing-game/src/apigw/gateway/mask"
	"example.com/guessing-game/src/apigw/vtl/java"
)

// Upstream sends the requests of integrations with AWS services and HTTP backends.
//
// An error that is a *ConfigurationError means that the request could not even be started: no such
// host, a certificate that is not trusted; API Gateway then returns 500. Any other error is a
// network error, 504. An Upstream returns when ctx is done.
type Upstream interface {
	Send(ctx context.Context, r *UpstreamRequest) (*UpstreamResponse, error)
}

// UpstreamRequest is a request as API Gateway would send it, except for the signature.
type UpstreamRequest struct {
	Method string
	URL    *url.URL
	// Header has names exactly as they will be sent; it does not include Host and Content-Length.
	Header http.Header
	Host   string // replaces the URL's, if a mapping sets it
	Body   string
	// Service is the AWS service, for which the request is signed; nil for an HTTP backend.
	Service  *Service
	VPCLink  *VPCLink // nil if the backend is reached over the internet
	Insecure bool     // certificates are not verified
}

// UpstreamResponse is the response. Its Body must be closed.
type UpstreamResponse struct {
	Status  int
	Header  http.Header
	Names   headernames.Names // of Header, as the backend wrote them, if that is known
	Body    io.ReadCloser
	Retries int // how often the request was sent again on another connection
}

// ConfigurationError means that a request could not be sent because of the API's configuration, not
// the network.
type ConfigurationError struct {
	Log string // as API Gateway's execution log words it
	Err error
}

func (e *ConfigurationError) Error() string { return e.Err.Error() }
func (e *ConfigurationError) Unwrap() error { return e.Err }

// NetworkError is an error of an Upstream with the text that API Gateway's execution log has for
// it.
type NetworkError struct {
	Log string // such as "Connection reset by peer"
	Err error
}

func (e *NetworkError) Error() string { return e.Err.Error() }
func (e *NetworkError) Unwrap() error { return e.Err }

// Call is the request that an integration sent, for traces.
type Call struct {
	Service   *Service // nil for an HTTP backend
	Method    string
	URL       string
	Host      string
	Status    int    // 0 if there was no response
	RequestID string // that the service gave the request
	Retries   int
}

var errNoUpstream = errors.New("no backend is connected: Options.Upstream is not set")

// networkMessage is the message for clients when the network failed.
const networkMessage = "Network error communicating with endpoint"

// backend is the custom integration with an AWS service or an HTTP backend: templates render the
// request's body and the response.
func (x *exchange) backend() (*clientResponse, *failure) {
	in := x.route.Integration
	body, m, f := x.integrationRequest()
	if f != nil {
		return nil, f
	}
	headers := x.sentHeaders(&m, body)
	s := x.begin("integration")
	r, f := x.exchangeWith(in, m.path, m.query, headers, body)
	if f == nil {
		f = x.readResponse(r)
	}
	if s != nil {
		s.Input, s.Output = body, x.response.text
	}
	if f != nil {
		x.end(s, f.asError())
		return nil, f
	}
	x.end(s, nil)
	return x.integrationResponse(strconv.Itoa(x.result.status))
}

// sentHeaders are those of the request to an AWS service or a custom HTTP integration: only the
// Content-Type of a body is passed on from the client.
func (x *exchange) sentHeaders(m *mapped, body string) fields {
	in := x.route.Integration
	hs := fields{
		{"x-amzn-apigateway-api-id", x.g.o.APIID}, {"Accept", "application/json"}, {"User-Agent", x.userAgent()},
		{"X-Amzn-Trace-Id", x.trace.forFunction(x.g.o.Tracing)},
	}
	kind := x.contentTypeOf(body, m.rendered)
	if s := in.Service; s != nil {
		if in.Credentials == "" {
			hs = append(hs, field{"X-Amz-Source-Arn", x.sourceARN()})
		}
		if p := jsonServices[s.Name]; s.TargetAdded() {
			hs = append(hs, field{"X-Amz-Target", p.target + "." + s.Action})
			kind = p.contentType
		}
	}
	if kind != "" {
		hs = append(hs, field{"Content-Type", kind})
	}
	for _, h := range m.headers {
		hs.put(h.name, h.value)
	}
	return hs
}

func (x *exchange) userAgent() string { return "AmazonAPIGateway_" + x.g.o.APIID }

// jsonServices are the services for whose actions API Gateway was seen to add the headers of their
// JSON protocol, so that a document need not map them; for all others it must (GW-30). Firehose is
// among them because AWS's own published applications map only the Content-Type: the solution "game
// analytics pipeline" and the workshop "Mythical Mysfits".
var jsonServices = map[string]struct{ target, contentType string }{
	"dynamodb": {"DynamoDB_20120810", "application/x-amz-json-1.0"},
	"firehose": {"Firehose_20150804", "application/x-amz-json-1.1"},
	"kinesis":  {"Kinesis_20131202", "application/x-amz-json-1.1"},
	"states":   {"AWSStepFunctions", "application/x-amz-json-1.0"},
}

// TargetAdded reports whether requests get the X-Amz-Target and the Content-Type of the service's
// JSON protocol without a mapping.
func (s *Service) TargetAdded() bool {
	_, ok := jsonServices[s.Name]
	return ok && s.Action != ""
}

// exchangeWith sends a request and returns the response, whose body is still to be read. Closing
// the body stops the integration's timer.
func (x *exchange) exchangeWith(in *Integration, path []pathValue, query, headers fields, body string) (*UpstreamResponse, *failure) {
	if in.uriErr != nil {
		return nil, internalFailure(in.uriErr)
	}
	if x.g.o.Upstream == nil {
		return nil, internalFailure(errNoUpstream)
	}
	r := &UpstreamRequest{
		Method: in.HTTPMethod, URL: in.target.url(path, query), Header: make(http.Header, len(headers)), Body: body,
		Service: in.Service, VPCLink: in.VPCLink, Insecure: in.InsecureTLS,
	}
	if r.Method == anyMethod {
		r.Method = x.method
	}
	for _, h := range headers {
		if lowerASCII(h.name) == "host" {
			r.Host = h.value
			continue
		}
		r.Header[h.name] = append(r.Header[h.name], h.value)
	}
	call := &Call{Service: in.Service, Method: r.Method, URL: r.URL.String(), Host: r.URL.Host}
	if x.rec != nil {
		x.rec.Call, x.rec.TraceHeader = call, x.trace.forFunction(x.g.o.Tracing)
		shown := headers
		if _, mapped := headers.fold("Host"); !mapped && in.Service == nil { // (published)
			shown = append(slices.Clip(headers), field{"Host", r.URL.Host})
		}
		if in.Service != nil {
			shown = append(fields{{"Authorization", mask.Secret}, {"X-Amz-Date", x.start.UTC().Format("20060102T150405Z")}}, headers...)
		}
		call.URL = strings.ReplaceAll(in.target.url(x.passedPath(path), x.passed(query)).String(), escapeQuery(mask.Hidden, false), mask.Hidden)
		x.log("Endpoint request URI: ", call.URL)
		x.logFields("Endpoint request headers: ", x.passed(x.shown(shown)))
		x.log("Endpoint request body after transformations: ", logged(body, x.request.binary || in.Type == HTTPProxy && x.g.isBinary(x.mediaType())))
		x.log("Sending request to ", call.URL)
	}
	ctx, cancel := context.WithTimeout(x.ctx, in.Timeout)
	before := x.g.o.Now()
	out, err := x.g.o.Upstream.Send(ctx, r)
	if err != nil {
		defer cancel()
		return nil, x.sendFailure(ctx, call.URL, err)
	}
	call.Status, call.Retries, call.RequestID = out.Status, out.Retries, requestIDOf(out.Header)
	out.Body = &timedBody{out.Body, x, ctx, cancel}
	x.result = integrationResult{status: out.Status, headers: headerFields(out.Header, out.Names)}
	if x.rec != nil {
		x.logf("Received response. Status: %d, Integration latency: %d ms", out.Status, x.g.o.Now().Sub(before).Milliseconds())
		x.logFields("Endpoint response headers: ", x.shown(x.result.headers))
	}
	return out, nil
}

// timedBody is the body of a backend's response, bounded by the integration's timeout.
type timedBody struct {
	io.ReadCloser
	x      *exchange
	ctx    context.Context
	cancel context.CancelFunc
}

func (b *timedBody) Close() error {
	defer b.cancel()
	return b.ReadCloser.Close()
}

// sendFailure is the failure of a request without a response, or with one that broke off.
func (x *exchange) sendFailure(ctx context.Context, url string, err error) *failure {
	var configuration *ConfigurationError
	var network *NetworkError
	switch {
	case x.ctx.Err() != nil:
		return &failure{kind: kindIntegrationFailure, cause: errClientGone, log: "Execution failed: the client has gone"}
	case ctx.Err() != nil:
		return &failure{kind: kindIntegrationTimeout, log: "Execution failed due to a timeout error", cause: fmt.Errorf("%s did not respond within %v", url, x.route.Integration.Timeout)}
	case errors.As(err, &configuration):
		return &failure{kind: kindConfiguration, log: "Execution failed due to configuration error: " + configuration.Log, cause: err}
	}
	f := &failure{kind: kindIntegrationFailure, message: networkMessage, log: "Execution failed due to a network error communicating with endpoint", cause: err}
	if errors.As(err, &network) && network.Log != "" {
		f.log += ": " + network.Log
	}
	return f
}

// requestIDOf is the id that an AWS service gave a request.
func requestIDOf(h http.Header) string {
	for _, name := range []string{"X-Amzn-Requestid", "X-Amz-Request-Id"} {
		if v := h.Get(name); v != "" {
			return v
		}
	}
	return ""
}

// headerFields returns headers under their names as originally written, sorted by name.
func headerFields(h http.Header, names headernames.Names) fields {
	fs := make(fields, 0, len(h))
	for name, values := range h {
		for i, v := range values {
			fs = append(fs, field{names.Written(name, i), java.ValidText(v)})
		}
	}
	slices.SortStableFunc(fs, func(a, b field) int { return compareFold(a.name, b.name) })
	return fs
}

// readResponse reads a complete response into x.response.
func (x *exchange) readResponse(r *UpstreamResponse) *failure {
	body := r.Body.(*timedBody)
	defer body.Close()
	data, err := io.ReadAll(io.LimitReader(body, MaxPayload+1))
	switch {
	case err != nil:
		return x.sendFailure(body.ctx, x.route.Integration.URI, &NetworkError{"Connection is closed", fmt.Errorf("the response broke off: %w", err)})
	case len(data) > MaxPayload:
		length := "more than " + strconv.Itoa(MaxPayload)
		if n := r.Header.Get("Content-Length"); n != "" {
			length = n
		}
		//lint:ignore ST1005 API Gateway's own words
		return internalFailure(fmt.Errorf("Integration response of reported length %s is larger than allowed maximum of %d bytes.", length, MaxPayload))
	}
	x.response = payload{text: string(data)}
	if x.rec != nil {
		x.log("Endpoint response body before transformations: ", logged(x.response.text, x.g.isBinary(x.responseType())))
	}
	return nil
}

// responseType is the media type of the integration's response; the default is JSON, as for a
// function's.
func (x *exchange) responseType() string {
	if kind, ok := x.result.headers.fold("Content-Type"); ok && x.route.Integration.Leads() {
		return mediaOf(kind)
	}
	return "application/json"
}

// notPassed are the client's headers that do not reach the backend of an http_proxy integration, in
// addition to those that nothing sees (recorded on AWS):
// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html.
var notPassed = map[string]bool{"content-encoding": true, "via": true, "host": true, "x-amzn-trace-id": true}

// httpProxy is the HTTP proxy integration: the backend gets the client's request and the client the
// backend's response.
func (x *exchange) httpProxy() (*clientResponse, *failure) {
	in := x.route.Integration
	m, f := x.mapRequest(in)
	if f != nil {
		return nil, f
	}
	body := x.body
	if !x.g.isBinary(x.mediaType()) {
		body = java.ValidText(body)
	}
	s := x.begin("integration")
	r, f := x.exchangeWith(in, m.path, append(slices.Clip(x.query()), m.query...), x.passedHeaders(&m), body)
	if f == nil && in.Stream {
		a := &clientResponse{status: x.result.status, headers: x.result.headers, stream: r.Body}
		if s != nil {
			s.Input = java.ValidText(body)
		}
		x.end(s, nil)
		x.logFields("Method response headers: ", x.shown(a.headers))
		return a, nil
	}
	var a *clientResponse
	if f == nil {
		if f = x.readResponse(r); f == nil {
			a, f = x.proxiedResponse()
		}
	}
	if s != nil {
		s.Input, s.Output = java.ValidText(body), java.ValidText(x.response.text)
	}
	return x.endProxied(s, a, f)
}

// passedHeaders are those of the request to the backend of an http_proxy integration.
func (x *exchange) passedHeaders(m *mapped) fields {
	hs := make(fields, 0, len(x.headers())+3)
	agent := false
	for _, h := range x.headers() {
		name := lowerASCII(h.name)
		if notPassed[name] || name == "authorization" && x.signedByClient(h.value) {
			continue
		}
		agent = agent || name == "user-agent"
		hs = append(hs, h)
	}
	hs = append(hs, field{"x-amzn-apigateway-api-id", x.g.o.APIID}, field{"X-Amzn-Trace-Id", x.trace.forFunction(x.g.o.Tracing)})
	if !agent {
		hs = append(hs, field{"User-Agent", x.userAgent()})
	}
	for _, h := range m.headers {
		hs.put(h.name, h.value)
	}
	return hs
}

// signedByClient reports whether an Authorization header is for API Gateway itself, not for the
// backend.
func (x *exchange) signedByClient(value string) bool {
	return strings.HasPrefix(value, "AWS4-") || x.route.Authorizer != nil && x.route.Authorizer.Type == IAMAuthorization
}

// proxiedResponse is the backend's response as the client gets it. Bytes stay bytes only if both
// the response's type and the first one that the client accepts are binary.
func (x *exchange) proxiedResponse() (*clientResponse, *failure) {
	a := &clientResponse{status: x.result.status, headers: x.result.headers, body: x.response.text}
	binary := x.g.isBinary(x.responseType())
	p, err := convertResponse(a.body, binary, binary && x.g.isBinary(x.acceptType()), "")
	if err != nil {
		return nil, notBase64(err)
	}
	a.body, a.binary = p.text, p.binary
	return a, nil
}
