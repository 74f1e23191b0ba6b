package gateway

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"example.com/guessing-game/src/apigw/gateway/headernames"
	"example.com/guessing-game/src/apigw/vtl/java"
)

// proxy is the Lambda proxy integration: the function gets the HTTP request as an event of format
// 1.0 and returns a status, headers and a body.
func (x *exchange) proxy() (*clientResponse, *failure) {
	// Parameter mappings do not change the event, yet those that fail a request fail it here too
	// (recorded on AWS).
	var f *failure
	if x.mapped, f = x.mapRequest(x.route.Integration); f != nil {
		return nil, f
	}
	s := x.begin("integration")
	event := x.proxyEvent()
	if s != nil {
		s.Input = string(event)
		x.logCall(nil, s.Input)
	}
	if x.route.Integration.Stream {
		return x.streamedProxy(s, event)
	}
	f = x.invoke(event, "")
	if s != nil {
		s.Output = x.response.text
	}
	var a *clientResponse
	if f == nil {
		a, f = x.proxyResponse()
	}
	return x.endProxied(s, a, f)
}

// endProxied ends the step of a proxy integration, whose response reaches the client unmapped.
func (x *exchange) endProxied(s *Step, a *clientResponse, f *failure) (*clientResponse, *failure) {
	if f != nil {
		x.end(s, f.asError())
		return nil, f
	}
	x.end(s, nil)
	x.logDone(a)
	return a, nil
}

// appendRoute adds the members that identify the route and the request.
func (x *exchange) appendRoute(b []byte) []byte {
	b = append(b, `"resource":`...)
	b = java.AppendJSON(b, x.route.Path)
	b = append(b, `,"path":`...)
	b = java.AppendJSON(b, proxyPath(x.rest))
	b = append(b, `,"httpMethod":`...)
	return java.AppendJSON(b, x.method)
}

// proxyEvent is the event with its members in the service's order.
func (x *exchange) proxyEvent() []byte {
	b := make([]byte, 0, 2048+len(x.body))
	b = x.appendRoute(append(b, '{'))
	b = append(b, `,"headers":`...)
	b = appendSingle(b, x.headers())
	b = append(b, `,"multiValueHeaders":`...)
	b = appendMulti(b, x.headers())
	b = append(b, `,"queryStringParameters":`...)
	b = appendSingle(b, x.query())
	b = append(b, `,"multiValueQueryStringParameters":`...)
	b = appendMulti(b, x.query())
	b = append(b, `,"pathParameters":`...)
	b = appendSingle(b, x.pathParams)
	b = append(b, `,"stageVariables":`...)
	if len(x.g.o.StageVariables) == 0 {
		b = append(b, "null"...)
	} else {
		b = java.AppendJSON(b, x.stageVariables())
	}
	b = append(b, `,"requestContext":`...)
	b = java.AppendJSON(b, x.proxyContext())
	b = append(b, `,"body":`...)
	encoded := false
	switch {
	case x.body == "":
		b = append(b, "null"...)
	case x.g.isBinary(x.mediaType()):
		encoded = true
		b = java.AppendJSON(b, base64.StdEncoding.EncodeToString([]byte(x.body)))
	default:
		b = java.AppendJSON(b, java.ValidText(x.body))
	}
	return fmt.Appendf(b, `,"isBase64Encoded":%t}`, encoded)
}

// proxyPath is the path without the stage, as in the event: doubled slashes after the stage become
// one, others are unchanged (recorded on AWS).
func proxyPath(rest string) string { return "/" + strings.TrimLeft(rest, "/") }

// proxyContext is requestContext.
func (x *exchange) proxyContext() *java.Map { return withoutOverrides(x.contextMap()) }

// withoutOverrides returns $context without the members that templates write to.
func withoutOverrides(context *java.Map) *java.Map {
	m := java.NewMap(context.Len())
	for k, v := range context.All() {
		if k != "requestOverride" && k != "responseOverride" {
			m.Put(k, v)
		}
	}
	return m
}

func appendSingle(b []byte, fs fields) []byte {
	if len(fs) == 0 {
		return append(b, "null"...)
	}
	return java.AppendJSON(b, fs.toMap())
}

func appendMulti(b []byte, fs fields) []byte {
	if len(fs) == 0 {
		return append(b, "null"...)
	}
	return java.AppendJSON(b, fs.toMultiMap())
}

// malformed is the failure of a function whose result does not have the form that proxy integration
// requires.
func malformed(format string, args ...any) *failure {
	return &failure{kind: kindDefault5XX, status: http.StatusBadGateway, log: "Execution failed due to configuration error: Malformed Lambda proxy response",
		cause: fmt.Errorf("the function's result is not a proxy response: "+format, args...)}
}

// functionFailed returns the failure of a proxy integration's function, as access logs and
// gateway responses report it; the execution log already has its line.
func (x *exchange) functionFailed() *failure {
	return &failure{kind: kindIntegrationFailure, status: http.StatusBadGateway, cause: errors.New("the function failed: " + x.errorMessage())}
}

var proxyMembers = map[string]bool{
	"statusCode": true, "headers": true, "multiValueHeaders": true, "body": true, "isBase64Encoded": true, "base64Encoded": true,
}

// proxyResponse turns the function's result into a response.
func (x *exchange) proxyResponse() (*clientResponse, *failure) {
	if x.result.errored {
		return nil, x.functionFailed()
	}
	v, err := java.DecodeJSON([]byte(x.response.text))
	if err != nil {
		return nil, malformed("%v", err)
	}
	m, ok := v.(*java.Map)
	switch {
	case v == nil:
		return nil, malformed("it is null: the handler returned nothing, or ended before something that it should have awaited")
	case !ok:
		return nil, malformed("it is not an object")
	}
	for k := range m.All() {
		if !proxyMembers[k.(string)] {
			return nil, malformed("it has a member %q; only statusCode, headers, multiValueHeaders, body, isBase64Encoded and base64Encoded are allowed", k)
		}
	}
	a := &clientResponse{}
	status, _ := m.Get("statusCode")
	if a.status, ok = proxyStatus(status); !ok {
		return nil, malformed("its statusCode is %s", java.AppendJSON(nil, status))
	}
	f := proxyHeaders(m, a)
	if f != nil {
		return nil, f
	}
	x.keepSecrets(a.headers)
	if a.body, f = x.proxyBody(m); f != nil {
		return nil, f
	}
	encoded, _ := m.Get("isBase64Encoded")
	if v, ok := m.Get("base64Encoded"); ok { // found by AWS's SAM CLI: REST APIs also accept this name, which takes precedence
		encoded = v
	}
	if encoded == true || encoded == "true" {
		if x.g.isBinary(x.acceptType()) {
			raw, err := base64.StdEncoding.DecodeString(a.body)
			if err != nil {
				return nil, notBase64(errProxyNotBase64)
			}
			a.body, a.binary = string(raw), true
		}
	} else if encoded != nil && encoded != false && encoded != "false" {
		return nil, malformed("its isBase64Encoded is %s", java.AppendJSON(nil, encoded))
	}
	a.headers.put("X-Amzn-Trace-Id", x.trace.String())
	return a, nil
}

// proxyBody is the body of a proxy response: text, or a number or boolean as written (GW-50).
func (x *exchange) proxyBody(m *java.Map) (string, *failure) {
	body, _ := m.Get("body")
	switch b := body.(type) {
	case nil:
		return "", nil
	case string:
		return b, nil
	case *java.Map, *java.List:
		return "", malformed("its body is an object or a list rather than a string; use JSON.stringify or the like")
	}
	var written struct{ Body json.RawMessage }
	if err := json.Unmarshal([]byte(x.response.text), &written); err != nil {
		return "", malformed("%v", err)
	}
	return string(written.Body), nil
}

// proxyStatus accepts a whole number or a string of one; without it the status is 200.
func proxyStatus(v java.Value) (int, bool) {
	n := 0
	switch v := v.(type) {
	case nil:
		return http.StatusOK, true
	case int32:
		n = int(v)
	case float64:
		if v != math.Trunc(v) {
			return 0, false
		}
		n = int(v)
	case string:
		var err error
		if n, err = strconv.Atoi(v); err != nil {
			return 0, false
		}
	}
	return n, n >= 200 && n <= 599
}

// proxyHeaders joins multiValueHeaders and headers (recorded on AWS): for a name in both, in any
// case, the values of the former come first, under its name, and a value in both appears once.
// Names in one of them that differ only in case are all sent; programs set several cookies that
// way.
func proxyHeaders(m *java.Map, a *clientResponse) *failure {
	multi, f := headerMap(m, "multiValueHeaders")
	if f != nil {
		return f
	}
	single, f := headerMap(m, "headers")
	if f != nil {
		return f
	}
	for name, value := range multi.All() {
		if value == nil {
			continue
		}
		list, ok := value.(*java.List)
		if !ok {
			return malformed("the header %q of multiValueHeaders is not a list", name)
		}
		for i := range list.Len() {
			a.headers = append(a.headers, field{name.(string), java.String(list.At(i))})
		}
	}
	severals := slices.Clone(a.headers)
	for name, value := range single.All() {
		switch value.(type) {
		case nil:
			continue
		case *java.List, *java.Map:
			return malformed("the header %q of headers is a list or an object", name)
		}
		name, value := name.(string), java.String(value)
		first := slices.IndexFunc(severals, func(f field) bool { return strings.EqualFold(f.name, name) })
		if first < 0 {
			a.headers = append(a.headers, field{name, value})
		} else if name = severals[first].name; !slices.Contains(severals.all(name), value) {
			a.headers = append(a.headers, field{name, value})
		}
	}
	return nil
}

// keepSecrets records the secret headers of the function's response, which the execution shows as
// received.
func (x *exchange) keepSecrets(fs fields) {
	if x.rec == nil {
		return
	}
	for _, f := range fs {
		if headernames.Secret(f.name) {
			x.secretHeaders = append(x.secretHeaders, f)
		}
	}
}

// headerMap returns a member of a proxy response that holds headers; an empty map if there is no
// such member.
func headerMap(m *java.Map, member string) (*java.Map, *failure) {
	v, _ := m.Get(member)
	if v == nil {
		return java.NewMap(0), nil
	}
	headers, ok := v.(*java.Map)
	if !ok {
		return nil, malformed("its %s is not an object", member)
	}
	return headers, nil
}
