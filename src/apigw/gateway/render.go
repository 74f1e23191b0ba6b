package gateway

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"time"

	"example.com/guessing-game/src/apigw/vtl"
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

// requestTemplate selects by Content-Type. Without a template, passthroughBehavior decides whether
// the body passes.
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

// responseTemplate selects by Accept, else the one for JSON, else the first; nil if there are no
// templates.
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

// render runs a template on a payload. A failure of the engine is a configuration error of the API.
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
	if t.usesMethod {
		vars.Set("method", x.methodVariable())
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
		var failed *vtl.Error
		line := 0
		if errors.As(err, &failed) {
			line = failed.Line
		}
		s.Variables = variablesOf(t, vars, line)
	}
	if errors.Is(err, errPayload) && !inResponse {
		return "", &failure{kind: kindBadRequestBody, message: invalidJSON, log: "Execution failed: " + err.Error(), cause: err} // GW-9
	}
	return "", transformFailure(what, err)
}

// transformFailure is the failure of a template that does not render; what is "request" or
// "response". Its type is that of a published log.
func transformFailure(what string, err error) *failure {
	return &failure{kind: kindDefault5XX, status: http.StatusInternalServerError, log: "Execution failed due to configuration error: Unable to transform " + what, cause: err}
}

func internalFailure(err error) *failure {
	if v, ok := err.(*variableError); ok {
		return &failure{kind: kindConfiguration, log: "Execution failed due to configuration error: " + v.err.Error(), cause: err}
	}
	return &failure{kind: kindConfiguration, log: "Execution failed due to configuration error: " + err.Error(), cause: err}
}

// integrationRequest is the request mapping: template selection, parameter mapping, rendering,
// overrides. m is what is mapped to the integration request; for a function, the headers of the
// Invoke call.
func (x *exchange) integrationRequest() (body string, m mapped, f *failure) {
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
		return "", m, &failure{kind: kindUnsupportedMediaType}
	}
	if in.Type != Mock {
		if m, f = x.mapRequest(in); f != nil {
			return "", m, f
		}
	}
	var err error
	if x.request, err = convertRequest(x.body, x.g.isBinary(x.mediaType()), in.ContentHandling); err != nil {
		return "", m, notBase64(err)
	}
	if t == nil {
		s.template(nil, x.request.text, x.request.text)
		return x.request.text, m, nil
	}
	if body, f = x.render(s, t, &x.request, false); f != nil {
		return "", m, f
	}
	m.rendered = true
	if f = m.override(x, in); f != nil {
		return "", m, f
	}
	return body, m, nil
}

// asError returns the cause if there is one, so that a step shows the template's error itself.
func (f *failure) asError() error {
	if f.cause != nil {
		return f.cause
	}
	return f
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
