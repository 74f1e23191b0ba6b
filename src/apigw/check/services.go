package check

import (
	"fmt"
	"slices"
	"strings"

	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/operations"
)

// header returns the value mapped to a header of the integration request, or set by an override. ok
// is false if there is none.
func header(in *gateway.Integration, name string) (source string, ok bool) {
	for _, m := range in.RequestParameters {
		if strings.EqualFold(m.Target, "integration.request.header."+name) {
			return m.Source, true
		}
	}
	for _, t := range in.RequestTemplates {
		if strings.Contains(strings.ToLower(t.Source), "requestoverride.header."+strings.ToLower(name)) || strings.Contains(t.Source, `requestOverride.header["`+name) {
			return "", true
		}
	}
	return "", false
}

// speaksJSON reports whether an integration's request templates must render JSON: those for a
// Lambda function, and for a service whose action takes JSON.
func speaksJSON(in *gateway.Integration) bool {
	switch kind, mapped := header(in, "Content-Type"); {
	case in.Type != gateway.AWS:
		return false
	case in.Service == nil:
		return true
	case mapped:
		return strings.Contains(kind, "json")
	default:
		return in.Service.TargetAdded()
	}
}

// service checks an integration with an AWS service.
func (c *checker) service(r *gateway.Route) {
	in := r.Integration
	if in.Stream && (len(in.RequestTemplates) > 0 || len(in.Responses) > 0 || in.ContentHandling != "") {
		c.add("stream-ignored", in.Position, r.Name(), "templates, responses and contentHandling have no effect with responseTransferMode: STREAM", "remove them, or leave responseTransferMode out")
	}
	if in.Stream && c.loaded.MinimumCompressionSize >= 0 {
		c.add("stream-ignored", in.Position, r.Name(), "API Gateway does not compress a streamed response", "let the backend compress it")
	}
	s := in.Service
	if s == nil || s.Name == "" {
		return
	}
	c.action(r, s)
	if in.Credentials == "" {
		c.add("service-credentials", in.Position, r.Name(), fmt.Sprintf("the integration with %s has no credentials, so the service's own resource policy must let API Gateway in; most services have none", s.Name),
			"write credentials: the ARN of a role that apigateway.amazonaws.com may assume and that may do this")
	}
	form := slices.ContainsFunc(in.RequestTemplates, func(t *gateway.Template) bool { return strings.HasPrefix(strings.TrimSpace(t.Source), "Action=") })
	if kind, mapped := header(in, "Content-Type"); form && (!mapped || !strings.Contains(kind, "x-www-form-urlencoded") && kind != "") {
		c.add("service-header", in.Position, r.Name(), fmt.Sprintf("the template renders a form, but the request to %s is not sent as one", s.Name),
			"map integration.request.header.Content-Type: \"'application/x-www-form-urlencoded'\"")
	}
	for _, t := range in.RequestTemplates {
		if strings.HasPrefix(t.Source, "\n") && strings.HasPrefix(strings.TrimSpace(t.Source), "Action=") {
			c.add("service-header", t.Position, r.Name(), "a blank line before Action= is sent too, and the service then sees no action", "begin the template with Action=")
		}
	}
	_, target := header(in, "X-Amz-Target")
	json := slices.ContainsFunc(in.RequestTemplates, func(t *gateway.Template) bool { return strings.HasPrefix(strings.TrimSpace(t.Source), "{") })
	if json && !target && s.Action != "" && !s.TargetAdded() {
		c.add("service-header", in.Position, r.Name(), fmt.Sprintf("the template renders JSON, but %s does not know its action without X-Amz-Target", s.Name),
			"map integration.request.header.X-Amz-Target and Content-Type, as in the service's JSON protocol, such as AWSEvents.PutEvents and application/x-amz-json-1.1")
	}
}

// action checks that the service has the action that the uri names.
func (c *checker) action(r *gateway.Route, s *gateway.Service) {
	service := s.Name
	if s.Subdomain != "" {
		service = s.Subdomain + "." + s.Name
	}
	like, unknown := operations.Unknown(service, s.Action)
	if s.Action == "" || !unknown {
		return
	}
	fix := "write the name of an operation from the service's API reference"
	if like != "" {
		fix = "write " + like
	}
	c.add("service-action", r.Integration.URIPosition, r.Name(), fmt.Sprintf("%s has no action %s", service, s.Action), fix)
}
