package gateway

import (
	"errors"
	"maps"
	"slices"
	"time"

	"example.com/guessing-game/src/apigw/vtl"
	"example.com/guessing-game/src/apigw/vtl/java"
)

// The values of passthroughBehavior.
const (
	passWhenNoMatch     = "WHEN_NO_MATCH"
	passWhenNoTemplates = "WHEN_NO_TEMPLATES"
	passNever           = "NEVER"
)

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }

// mediaType is the media type of the request; without a Content-Type it is JSON.
func (x *exchange) mediaType() string {
	if m := mediaOf(headerOf(x.r, "Content-Type")); m != "" {
		return m
	}
	return "application/json"
}

// acceptType is the first media type that the client accepts, empty if it does not say.
func (x *exchange) acceptType() string {
	accept := headerOf(x.r, "Accept")
	for i := 0; i < len(accept); i++ {
		if accept[i] == ',' {
			accept = accept[:i]
		}
	}
	return mediaOf(accept)
}

// requestTemplate selects by Content-Type. Without a template the body may pass, which passthroughBehavior decides.
func (x *exchange) requestTemplate() (t *Template, pass bool) {
	in := x.route.Integration
	media := x.mediaType()
	for _, t := range in.RequestTemplates {
		if t.MediaType == media {
			return t, false
		}
	}
	for _, t := range in.RequestTemplates {
		if t.MediaType == "$default" {
			return t, false
		}
	}
	switch in.Passthrough {
	case passNever:
		return nil, false
	case passWhenNoTemplates:
		return nil, len(in.RequestTemplates) == 0
	}
	return nil, true
}

// responseTemplate selects by Accept, else the one for JSON, else the first; nil if there is none.
func (x *exchange) responseTemplate(ir *IntegrationResponse) *Template {
	if len(ir.ResponseTemplates) == 0 {
		return nil
	}
	accept := x.acceptType()
	fallback := ir.ResponseTemplates[0]
	for _, t := range ir.ResponseTemplates {
		if t.MediaType == accept {
			return t
		}
		if t.MediaType == "application/json" {
			fallback = t
		}
	}
	return fallback
}

var errBinaryTemplate = errors.New("a mapping template cannot read binary data; set contentHandling to CONVERT_TO_TEXT")

// render runs a template on a payload. A failure of the engine is one of the API's configuration.
func (x *exchange) render(s *Step, t *Template, p *payload, inResponse bool) (string, *failure) {
	what := "request"
	if inResponse {
		what = "response"
	}
	if p.binary {
		return "", transformFailure(what, errBinaryTemplate)
	}
	if t.Err != nil {
		s.template(t, p.text, "")
		return "", transformFailure(what, t.Err)
	}
	if !t.usesAny {
		s.template(t, p.text, t.Source)
		return t.Source, nil
	}
	vars := vtl.NewVars()
	vars.Set("util", util{})
	if t.usesInput {
		vars.Set("input", &input{x, p})
	}
	if t.usesContext {
		vars.Set("context", x.contextFor(t))
	}
	if len(x.g.o.StageVariables) > 0 {
		vars.Set("stageVariables", x.stageVariables())
	}
	x.budget.SetDeadline(time.Now().Add(x.route.Integration.Timeout))
	out, err := t.parsed.Render(x.budget, vars)
	s.template(t, p.text, out)
	if err == nil {
		return out, nil
	}
	if s != nil {
		s.Variables = variablesOf(t, vars)
	}
	if errors.Is(err, errPayload) && !inResponse {
		return "", &failure{kind: kindBadRequestBody, message: invalidJSON, log: "Execution failed: " + err.Error(), cause: err} // GW-9
	}
	return "", transformFailure(what, err)
}

// transformFailure is a template that does not render; what is "request" or "response".
func transformFailure(what string, err error) *failure {
	return &failure{kind: kindConfiguration, log: "Execution failed due to configuration error: Unable to transform " + what + ": " + err.Error(), cause: err}
}

func internalFailure(err error) *failure {
	return &failure{kind: kindConfiguration, log: "Execution failed due to configuration error: " + err.Error(), cause: err}
}

// integrationRequest is the request mapping: template selection, parameter mapping, rendering, overrides. headers are those of the
// integration request, for a function those of the Invoke call.
func (x *exchange) integrationRequest() (body string, headers fields, f *failure) {
	in := x.route.Integration
	s := x.begin("request mapping")
	defer func() {
		if f != nil {
			x.end(s, f.asError())
			return
		}
		x.end(s, nil)
	}()
	t, pass := x.requestTemplate()
	if t == nil && !pass {
		return "", nil, &failure{kind: kindUnsupportedMediaType}
	}
	if in.Type != Mock {
		if headers, f = x.mapRequest(in); f != nil {
			return "", nil, f
		}
	}
	var err error
	if x.request, err = convertRequest(x.body, x.g.isBinary(x.mediaType()), in.ContentHandling); err != nil {
		return "", nil, internalFailure(err)
	}
	if t == nil {
		s.template(nil, x.request.text, x.request.text)
		return x.request.text, headers, nil
	}
	if body, f = x.render(s, t, &x.request, false); f != nil {
		return "", nil, f
	}
	if o := x.overrides("requestOverride", "header"); o != nil {
		for k, v := range o.All() {
			if v != nil {
				headers.put(java.String(k), java.String(v))
			}
		}
	}
	return body, headers, nil
}

// asError is the cause where there is one, so that a step shows the template's error itself.
func (f *failure) asError() error {
	if f.cause != nil {
		return f.cause
	}
	return f
}

// refused are the headers that make a call fail when a parameter mapping sets them (recorded on AWS).
var refused = map[string]bool{
	"content-length": true, "transfer-encoding": true, "authorization": true, "connection": true, "expect": true, "proxy-authenticate": true, "te": true,
}

// mapRequest evaluates the mappings to integration.request.header. For a Lambda function paths and query strings lead nowhere.
func (x *exchange) mapRequest(in *Integration) (fields, *failure) {
	var headers fields
	for i := range in.RequestParameters {
		m := &in.RequestParameters[i]
		if m.in != "header" {
			continue
		}
		if refused[lowerASCII(m.name)] {
			return nil, &failure{kind: kindConfiguration, log: "Execution failed due to configuration error: the header " + m.name + " cannot be mapped (" + m.Position.String() + ")"}
		}
		if m.source.kind == fromBody {
			x.request = payload{text: validText(x.body)}
		}
		v, ok, err := x.resolve(m.source)
		if err != nil {
			return nil, &failure{kind: kindBadRequestBody, message: invalidJSON, log: "Execution failed: " + err.Error(), cause: err}
		}
		if ok {
			headers.put(m.name, v)
		}
	}
	return headers, nil
}

func lowerASCII(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] >= 'A' && s[i] <= 'Z' {
			b := []byte(s)
			for j := i; j < len(b); j++ {
				b[j] = lower(b[j])
			}
			return string(b)
		}
	}
	return s
}
