package check

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/vtl"
)

// templates lists all mapping templates of a route.
func templates(r *gateway.Route) []*gateway.Template {
	all := slices.Clone(r.Integration.RequestTemplates)
	for _, ir := range r.Integration.Responses {
		all = append(all, ir.ResponseTemplates...)
	}
	return all
}

// templateRules check the source of a route's templates.
func (c *checker) templateRules(r *gateway.Route) {
	if r.Integration == nil {
		return
	}
	c.mockPassthrough(r)
	for _, m := range uriVariable.FindAllStringSubmatch(r.Integration.URI, -1) {
		if _, ok := c.api.StageVariables[m[1]]; !ok {
			c.add("undefined-stage-variable", r.Integration.Position, r.Name(), fmt.Sprintf("the uri needs the variable %s, which the stage %s does not have", m[1], c.api.Stage), "add it to the stage, or pass it with --stage-variables")
		}
	}
	for _, t := range templates(r) {
		if strings.Contains(t.MediaType, ";") {
			c.add("template-type", t.Position, r.Name(), fmt.Sprintf("no request selects the template for %s: API Gateway compares media types without their parameters", t.MediaType),
				"write the media type without parameters")
		}
		if t.Err != nil {
			at, message := t.Position, t.Err.Error()
			var e *vtl.Error
			if errors.As(t.Err, &e) {
				at, message = t.At(e.Line, e.Column), e.Message
			}
			c.add("template-parse", at, r.Name(), fmt.Sprintf("the template %s does not parse: %s", t.MediaType, message), "correct it; API Gateway would return 500")
			continue
		}
		request := slices.Contains(r.Integration.RequestTemplates, t)
		c.variables(r, t)
		c.directives(r, t)
		if (request && speaksJSON(r.Integration) || !request && t.MediaType == "application/json" || request && r.Integration.Type == gateway.HTTP && t.MediaType == "application/json") && !markup.MatchString(t.Source) {
			c.apostrophes(r, t)
		}
	}
}

var uriVariable = regexp.MustCompile(`\$\{stageVariables\.(\w+)\}`)

// What API Gateway passes to templates.
var (
	roots         = []string{"input", "util", "context", "stageVariables", "method", "foreach", "velocityCount", "velocityHasNext", "null"}
	utilFunctions = gateway.UtilFunctions()
	inputMembers  = gateway.InputMembers()
	// contextElsewhere are documented keys of $context that exist in access logs, in gateway
	// responses, or only in AWS.
	contextElsewhere = []string{"awsEndpointRequestId", "customDomain", "endpointType", "error", "integration", "wafResponseCode", "webaclArn", "xrayTraceId"}
	// mapMethods are the methods of any map in a template.
	mapMethods = []string{"get", "put", "keySet", "entrySet", "values", "containsKey", "containsValue", "size", "isEmpty", "remove", "putAll", "toString", "equals", "hashCode", "class", "clone", "clear"}
)

func (c *checker) variables(r *gateway.Route, t *gateway.Template) {
	references := t.Parsed().References()
	set := map[string]bool{}
	for _, ref := range references {
		if ref.Assigned {
			set[ref.Name] = true
		}
	}
	for _, ref := range references {
		at, first := t.At(ref.Line, ref.Column), ""
		if len(ref.Path) > 0 {
			first = ref.Path[0]
		}
		switch {
		case ref.Assigned && len(ref.Path) == 0:
		case !slices.Contains(roots, ref.Name) && !set[ref.Name]:
			c.add("undefined-variable", at, r.Name(), fmt.Sprintf("the variable of %s is never set, so it prints nothing", ref.Source), "set it before, or correct its name")
		case first == "" || set[ref.Name]:
		case ref.Name == "util" && !slices.Contains(utilFunctions, first):
			c.add("unknown-function", at, r.Name(), fmt.Sprintf("API Gateway has no $util.%s", first), "available: "+strings.Join(utilFunctions, ", ")+"; others are of AppSync")
		case ref.Name == "input" && !slices.Contains(inputMembers, first):
			c.add("unknown-function", at, r.Name(), fmt.Sprintf("API Gateway has no $input.%s", first), "available: "+strings.Join(inputMembers, ", "))
		case ref.Name == "context" && !gateway.IsContextKey(first) && !slices.Contains(contextElsewhere, first) && !slices.Contains(mapMethods, first):
			c.add("unknown-context", at, r.Name(), fmt.Sprintf("$context has no %s", first), "see \"Variables for data transformations\" in the developer guide of API Gateway")
		case ref.Name == "stageVariables" && !slices.Contains(mapMethods, first):
			if _, ok := c.api.StageVariables[first]; !ok {
				c.add("undefined-stage-variable", at, r.Name(), fmt.Sprintf("the stage %s has no variable %s", c.api.Stage, first), "add it to the stage, or pass it with --stage-variables")
			}
		}
	}
}

// mockPassthrough finds mocks to which a request's body, which has no statusCode, may be passed
// through.
func (c *checker) mockPassthrough(r *gateway.Route) {
	in := r.Integration
	if in.Type != gateway.Mock || r.Position == in.Position { // OPTIONS: written by SAM for its Cors property
		return
	}
	anyType := slices.ContainsFunc(in.RequestTemplates, func(t *gateway.Template) bool { return t.MediaType == "$default" })
	if anyType || in.Passthrough == "NEVER" || in.Passthrough == "WHEN_NO_TEMPLATES" && len(in.RequestTemplates) > 0 {
		return
	}
	c.add("mock-passthrough", in.Position, r.Name(), "a request of a media type without a template passes its body to the mock, which then has no statusCode and returns 500",
		"add passthroughBehavior: never, which returns 415")
}

// markup reports whether a template renders XML or HTML, whatever its media type says.
var markup = regexp.MustCompile(`</[A-Za-z]|<\?xml|<!DOCTYPE`)

var macroDefinition = regexp.MustCompile(`#\{?macro\}?\s*\(\s*([\w-]+)`)

func (c *checker) directives(r *gateway.Route, t *gateway.Template) {
	macros := map[string]bool{}
	for _, m := range macroDefinition.FindAllStringSubmatch(t.Source, -1) {
		macros[m[1]] = true
	}
	for _, d := range t.Parsed().Directives() {
		at, what := t.At(d.Line, d.Column), ""
		switch {
		case d.Name == "macro":
			what = "macros are off in API Gateway: the definition prints nothing and its calls are printed as text"
		case macros[d.Name] || d.Name == "evaluate" || d.Name == "return":
			what = fmt.Sprintf("API Gateway does not run #%s and prints it as text", d.Name)
		case d.Name == "include" || d.Name == "parse":
			what = fmt.Sprintf("#%s finds nothing to load in API Gateway, and the template fails", d.Name)
		default:
			continue
		}
		c.add("directive-off", at, r.Name(), what, "write it out, or use #define")
	}
}

func (c *checker) apostrophes(r *gateway.Route, t *gateway.Template) {
	repaired := strings.Contains(t.Source, ".replaceAll(")
	for _, ref := range t.Parsed().References() {
		if ref.Name != "util" || len(ref.Path) == 0 || ref.Path[0] != "escapeJavaScript" || slices.Contains(ref.Path[1:], "replaceAll") {
			continue
		}
		if ref.Assigned || repaired {
			continue // may be corrected later, through a variable
		}
		c.add("escape-apostrophe", t.At(ref.Line, ref.Column), r.Name(), fmt.Sprintf("%s turns ' into \\', which is not JSON: a client that sends an apostrophe gets an error", ref.Source),
			`add .replaceAll("\\'", "'") after it`)
	}
}

// vtlInGatewayResponse finds VTL that gateway responses do not run: directives, $input and $util.
var vtlInGatewayResponse = regexp.MustCompile(`#\{?(set|if|else|elseif|end|foreach|define)\b|\$!?\{?(input|util)\b`)

func (c *checker) gatewayResponses() {
	for _, g := range c.loaded.GatewayResponses {
		for _, t := range g.ResponseTemplates {
			if m := vtlInGatewayResponse.FindString(t.Source); m != "" {
				c.add("gateway-response-vtl", t.Position, "", fmt.Sprintf("the template of %s uses %s, but gateway responses only replace $context, $stageVariables and $method.request", g.Type, m), "use only these")
			}
		}
	}
}
