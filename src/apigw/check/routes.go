package check

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/gateway/policy"
	"example.com/guessing-game/src/apigw/sam"
	javaregexp "example.com/guessing-game/src/apigw/vtl/java/regexp"
)

// routeRules check a method, its integration and its responses.
func (c *checker) routeRules(r *gateway.Route) {
	c.validation(r)
	c.parameterNames(r)
	c.securedPreflight(r)
	if r.Integration == nil {
		return
	}
	if !strings.HasSuffix(r.Integration.Type, "_PROXY") {
		c.responses(r)
		c.contentTypes(r)
	}
	c.permission(r)
	c.service(r)
	if r.Integration.Function.Name != "" {
		c.timeout(r)
	}
}

func (c *checker) validation(r *gateway.Route) {
	var required []string
	for _, p := range r.Parameters {
		if p.Required && p.In != "path" {
			required = append(required, p.Name)
		}
	}
	if len(required) > 0 && (r.Validator == nil || !r.Validator.Parameters) {
		c.add("parameter-unvalidated", r.Position, r.Name(), fmt.Sprintf("the required parameters %s are not checked", strings.Join(required, ", ")),
			"name a validator with validateRequestParameters: true in x-amazon-apigateway-request-validator")
	}
	if len(r.Models) > 0 && (r.Validator == nil || !r.Validator.Body) {
		c.add("body-unvalidated", r.Models[0].Position, r.Name(), "the body is not checked against its schema",
			"name a validator with validateRequestBody: true in x-amazon-apigateway-request-validator")
	}
}

// infinite finds the constructs with which a regular expression matches more than a list of
// strings.
var infinite = regexp.MustCompile(`[*+]|\{\d+,\}`)
var statusPattern = regexp.MustCompile(`^[\^(]*[1-5](\d\d|\\d\{2\}|\\d\\d|\[\d-\d\]\{2\}|\.\.|xx|XX)[)$]*$`)

func (c *checker) responses(r *gateway.Route) {
	in, lambda := r.Integration, r.Integration.Type == gateway.AWS && r.Integration.Function.Name != ""
	hasDefault := false
	var before []*gateway.IntegrationResponse
	for _, ir := range in.Responses {
		c.declared(r, ir)
		if ir.Default {
			hasDefault = true
			continue
		}
		pattern, err := javaregexp.Compile(ir.Pattern)
		if err != nil {
			continue // a problem of the document
		}
		matches := func(p *javaregexp.Regexp, text string) bool {
			yes, err := p.Matches(text)
			return err == nil && yes
		}
		switch {
		case lambda && matches(pattern, ""):
			c.add("pattern-swallows-success", ir.Position, r.Name(), fmt.Sprintf("the pattern %q matches the empty string, so every success selects it instead of the default response", ir.Pattern),
				"write .+ instead of .* to match any error")
		case lambda && statusPattern.MatchString(ir.Pattern):
			c.add("pattern-status", ir.Position, r.Name(), fmt.Sprintf("the pattern %q looks for a status code, but for Lambda it is compared with errorMessage", ir.Pattern),
				fmt.Sprintf("begin errorMessage with the code and write %q, or match the error's name", ir.Pattern+".*"))
		case lambda && !infinite.MatchString(ir.Pattern):
			c.add("pattern-partial", ir.Position, r.Name(), fmt.Sprintf("the pattern %q must match the whole errorMessage, not a part of it", ir.Pattern),
				fmt.Sprintf("write %q if the message continues after it, %q if it appears anywhere in it", ir.Pattern+".*", "(?s).*"+ir.Pattern+".*"))
		}
		for _, b := range before {
			earlier, err := javaregexp.Compile(b.Pattern)
			if sample, ok := literal(ir.Pattern); ok && err == nil && matches(pattern, sample) && matches(earlier, sample) && matches(earlier, sample+": x") {
				c.add("pattern-hidden", ir.Position, r.Name(), fmt.Sprintf("%q is matched by the earlier pattern %q, which comes first", sample, b.Pattern), "put the narrower pattern first")
			}
		}
		before = append(before, ir)
	}
	if !hasDefault && lambda {
		c.add("default-response-missing", in.Position, r.Name(), "there is no default response, so every success of the function becomes a 500", "add a response with the key default")
	}
}

// literal is a string that a simple pattern matches: "GameNotFound" for "GameNotFound.*",
// "(?s)GameNotFound.+" or "^GameNotFound$".
func literal(pattern string) (string, bool) {
	for _, prefix := range []string{"(?s)", "^"} {
		pattern = strings.TrimPrefix(pattern, prefix)
	}
	for _, suffix := range []string{"$", ".*", ".+", `(\n|.)*`, `(.|\n)*`, `[\s\S]*`, `:`, `\b`} {
		pattern = strings.TrimSuffix(pattern, suffix)
	}
	return pattern, pattern != "" && regexp.QuoteMeta(pattern) == pattern
}

// declared checks that the method's responses declare the status and headers of an integration
// response.
func (c *checker) declared(r *gateway.Route, ir *gateway.IntegrationResponse) {
	i := slices.IndexFunc(r.Responses, func(m gateway.MethodResponse) bool { return m.Status == ir.Status })
	if i < 0 {
		c.add("status-undeclared", ir.Position, r.Name(), fmt.Sprintf("the response %s has the status %s, which the method does not declare; API Gateway returns 500", ir.Pattern, ir.Status),
			fmt.Sprintf("add '%s' to responses", ir.Status))
		return
	}
	for _, m := range ir.ResponseParameters {
		name, ok := strings.CutPrefix(m.Target, "method.response.header.")
		if ok && !slices.ContainsFunc(r.Responses[i].Headers, func(h string) bool { return strings.EqualFold(h, name) }) {
			c.add("header-undeclared", m.Position, r.Name(), fmt.Sprintf("the header %s is mapped, but not declared under the status %s", name, ir.Status),
				fmt.Sprintf("add %s to the headers of responses '%s'", name, ir.Status))
		}
	}
}

// contentTypes looks for responses that are not JSON but would be sent as JSON, and for CORS
// headers that only the preflight has.
func (c *checker) contentTypes(r *gateway.Route) {
	for _, ir := range r.Integration.Responses {
		mapped := slices.ContainsFunc(ir.ResponseParameters, func(m gateway.Mapping) bool {
			return strings.EqualFold(m.Target, "method.response.header.Content-Type")
		})
		for _, t := range ir.ResponseTemplates {
			if t.MediaType != "application/json" && t.MediaType != "$default" && !mapped && !strings.Contains(t.Source, "responseOverride.header") {
				c.add("content-type-unmapped", t.Position, r.Name(), fmt.Sprintf("the template is for %s, but the response is sent as application/json", t.MediaType),
					fmt.Sprintf("declare the header Content-Type and map method.response.header.Content-Type: \"'%s'\"", t.MediaType))
			}
		}
	}
	if r.Method != "OPTIONS" && r.Integration.Type == gateway.AWS && c.preflight(r.Path) {
		for _, ir := range r.Integration.Responses {
			if !allowsOrigin(ir) {
				c.add("cors-incomplete", ir.Position, r.Name(), fmt.Sprintf("OPTIONS %s allows other origins, but the response %q does not send Access-Control-Allow-Origin, so browsers hide it", r.Path, ir.Pattern),
					"map method.response.header.Access-Control-Allow-Origin here too")
			}
		}
	}
}

func allowsOrigin(ir *gateway.IntegrationResponse) bool {
	for _, m := range ir.ResponseParameters {
		if strings.EqualFold(m.Target, "method.response.header.Access-Control-Allow-Origin") {
			return true
		}
	}
	for _, t := range ir.ResponseTemplates {
		if strings.Contains(t.Source, "Access-Control-Allow-Origin") {
			return true
		}
	}
	return false
}

// preflight reports whether a path's MOCK integration serves OPTIONS with
// Access-Control-Allow-Origin.
func (c *checker) preflight(path string) bool {
	for _, r := range c.loaded.Routes {
		if r.Path == path && r.Method == "OPTIONS" && r.Integration != nil && r.Integration.Type == gateway.Mock {
			return slices.ContainsFunc(r.Integration.Responses, allowsOrigin)
		}
	}
	return false
}

// permission looks for a resource policy that lets API Gateway invoke the function, and one for the
// authorizer's function.
func (c *checker) permission(r *gateway.Route) {
	in := r.Integration
	if c.template.Standalone {
		return
	}
	if a := r.Authorizer; a != nil && a.Credentials == "" && a.Function.Name != "" {
		o := c.api.Options
		source := fmt.Sprintf("arn:aws:execute-api:%s:%s:%s/authorizers/%s", o.Region, o.AccountID, o.APIID, a.Name)
		if name := c.notPermitted(a.Function, source); name != "" {
			c.add("permission-missing", a.Position, "", fmt.Sprintf("no AWS::Lambda::Permission lets API Gateway invoke %s as the authorizer %s; it would return 500", name, a.Name),
				"add one with the same function or alias, Principal apigateway.amazonaws.com and a SourceArn that ends in /authorizers/*")
		}
	}
	if in.Function.Name == "" || in.Credentials != "" {
		return
	}
	for _, method := range methods(r.Method) {
		source := c.executeARN(method, r.Path)
		if name := c.notPermitted(in.Function, source); name != "" {
			c.add("permission-missing", in.Position, r.Name(), fmt.Sprintf("no AWS::Lambda::Permission lets API Gateway invoke %s for %s; it would return 500", name, source),
				"add one with the same function or alias, Principal apigateway.amazonaws.com and a SourceArn that ends in /"+c.api.Stage+"/"+method+strings.ReplaceAll(source[strings.LastIndex(source, "/"+method+"/")+len(method)+1:], "value", "*"))
			return
		}
	}
}

// pathVariable is a variable of a path, which a source ARN has in place of a value.
var pathVariable = regexp.MustCompile(`\{[^{}]*\}`)

// notPermitted returns the name of a function of the template that no permission lets API Gateway
// invoke for a source; empty if one does, or if the function is not in the template.
func (c *checker) notPermitted(fn gateway.Function, source string) string {
	f := c.template.Function(fn.Name)
	if f == nil {
		return ""
	}
	for _, p := range c.template.Permissions {
		name, qualifier := nameOf(p.Function)
		if c.template.Function(name) == f && qualifier == fn.Qualifier && strings.HasPrefix(p.Principal, "apigateway.amazonaws.com") &&
			(p.SourceARN == "" || policy.Like(pathVariable.ReplaceAllString(p.SourceARN, "*"), source)) {
			return ""
		}
	}
	if fn.Qualifier != "" {
		return f.ID + " (" + fn.Qualifier + ")"
	}
	return f.ID
}

func methods(method string) []string {
	if method == "ANY" {
		return []string{"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}
	}
	return []string{method}
}

var variable = regexp.MustCompile(`\{[^}]*\}`)

// executeARN is the source ARN of a request.
func (c *checker) executeARN(method, path string) string {
	o := c.api.Options
	return fmt.Sprintf("arn:aws:execute-api:%s:%s:%s/%s/%s%s", o.Region, o.AccountID, o.APIID, c.api.Stage, method, variable.ReplaceAllString(path, "value"))
}

// nameOf splits a function's name or ARN from its qualifier.
func nameOf(function string) (name, qualifier string) {
	if a, err := arn.Parse(function); err == nil {
		function = strings.TrimPrefix(a.Resource, "function:")
	}
	name, qualifier, _ = strings.Cut(function, ":")
	return name, qualifier
}

func (c *checker) timeout(r *gateway.Route) {
	f := c.template.Function(r.Integration.Function.Name)
	if c.template.Standalone || f == nil || r.Integration.Timeout <= 0 {
		return
	}
	for _, m := range r.Integration.RequestParameters {
		if strings.EqualFold(m.Target, "integration.request.header.X-Amz-Invocation-Type") {
			return // the client does not wait
		}
	}
	if limit := int(r.Integration.Timeout.Seconds()); f.Timeout > limit {
		k := slowKey{f, limit}
		c.slow[k] = append(c.slow[k], r.Name())
	}
}

// slowKey is a function that may run longer than some of its routes wait, in seconds.
type slowKey struct {
	f     *sam.Function
	limit int
}

// timeouts reports each of these once.
func (c *checker) timeouts() {
	for k, routes := range c.slow {
		of := strings.Join(routes[:min(len(routes), 2)], ", ")
		if more := len(routes) - 2; more > 0 {
			of += fmt.Sprintf(" and %d more", more)
		}
		c.addAt("timeout", k.f.Pos, "", fmt.Sprintf("%s may run for %d s, but API Gateway returns 504 after %d s while the function keeps running: %s", k.f.ID, k.f.Timeout, k.limit, of),
			"set a shorter Timeout on the function, or invoke it asynchronously")
	}
}

var parameterName = regexp.MustCompile(`^[a-zA-Z0-9:._$-]+$`)

// parameterNames checks the names of a route's parameters, and looks for mappings of parameters
// that it does not have.
func (c *checker) parameterNames(r *gateway.Route) {
	declared := map[string]bool{}
	for _, p := range r.Parameters {
		if !parameterName.MatchString(p.Name) {
			c.add("parameter-name", r.Position, r.Name(), fmt.Sprintf("the parameter name %q has characters other than letters, digits and :._$-", p.Name), "rename the parameter")
		}
		declared[p.In+"."+p.Name] = true
	}
	if r.Integration == nil {
		return
	}
	for _, m := range r.Integration.RequestParameters {
		where, name, ok := strings.Cut(strings.TrimPrefix(m.Source, "method.request."), ".")
		if !ok || !strings.HasPrefix(m.Source, "method.request.") || where != "path" && where != "querystring" && where != "header" {
			continue
		}
		if !declared[where+"."+name] && !(where == "path" && (strings.Contains(r.Path, "{"+name+"}") || strings.Contains(r.Path, "{"+name+"+}"))) {
			c.add("mapping-undeclared", m.Position, r.Name(), fmt.Sprintf("%s is mapped, but the method does not declare it: Invalid mapping expression parameter specified", m.Source),
				fmt.Sprintf("declare the %s parameter %s in the method", where, name))
		}
	}
}

// securedPreflight finds preflights that require credentials, which browsers do not send with them.
func (c *checker) securedPreflight(r *gateway.Route) {
	if r.Method != "OPTIONS" || r.Integration == nil || !slices.ContainsFunc(r.Integration.Responses, allowsOrigin) {
		return
	}
	switch {
	case r.Authorizer != nil:
		c.add("preflight-secured", r.Position, r.Name(), "the preflight is behind the authorizer "+r.Authorizer.Name+", so browsers get 401", "set AddDefaultAuthorizerToCorsPreflight: false, or take security off OPTIONS")
	case r.APIKeyRequired:
		c.add("preflight-secured", r.Position, r.Name(), "the preflight asks for an API key, so browsers get 403", "set AddApiKeyRequiredToCorsPreflight: false, or take security off OPTIONS")
	}
}

// shadows finds methods some of whose requests go to another route.
func (c *checker) shadows() {
	routes := c.loaded.Routes
	for _, r := range routes {
		if r.Method == "ANY" {
			n := 0
			for _, o := range routes {
				if o.Path == r.Path && o.Method != "ANY" {
					n++
				}
			}
			if n == 7 {
				c.add("route-shadowed", r.Position, r.Name(), "all seven methods are defined in addition to ANY, which is never reached", "remove it")
			}
			continue
		}
		for _, o := range routes {
			if o == r || o.Method != r.Method || o.Path == r.Path || !covers(o.Path, r.Path) {
				continue
			}
			c.add("route-shadowed", r.PathPosition, r.Name(), fmt.Sprintf("requests to %s never reach %s, which would match them", r.Path, o.Name()),
				"none needed if this is intended; otherwise give the path a name that no variable can take")
		}
	}
}

// covers reports whether a path template with variables matches what a literal path in the same
// position does: /games/{id} covers /games/new. A greedy one is an intended fallback, and does not
// count.
func covers(general, special string) bool {
	g, s := strings.Split(general, "/"), strings.Split(special, "/")
	if len(g) != len(s) {
		return false
	}
	differs := false
	for i := range g {
		switch {
		case strings.HasSuffix(g[i], "+}") || strings.HasSuffix(s[i], "+}"):
			return false
		case s[i] == "" && i > 0: // the root has no segment that a variable could match
			return false
		case strings.HasPrefix(g[i], "{") && !strings.HasPrefix(s[i], "{"):
			differs = true
		case g[i] != s[i] && !(strings.HasPrefix(g[i], "{") && strings.HasPrefix(s[i], "{")):
			return false
		}
	}
	return differs
}
