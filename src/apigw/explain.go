package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/sam"
	"example.com/guessing-game/src/apigw/vtl"
)

// explain says, of a request that the gateway itself refused or failed, what was wrong, where, and what to change. It is empty for a
// request that went through.
func explain(a *sam.API, e *gateway.Execution) string {
	if e.ResponseType == "" || e.Error == nil {
		return ""
	}
	var b strings.Builder
	if s := notJSON(e); s != nil {
		fmt.Fprintf(&b, "%s: the template %s rendered what is not JSON (%v):\n    %s\n"+
			"Write $input.json('$.x') without quotes around it, and escape parameters: \"$util.escapeJavaScript($input.params('x')).replaceAll(\"\\\\'\", \"'\")\".\n",
			place(a, s.Template.Position), s.Template.MediaType, e.Error, strings.ReplaceAll(strings.TrimSpace(s.Output), "\n", "\n    "))
		return b.String()
	}
	for _, s := range e.Steps {
		var err *vtl.Error
		if s.Template == nil || !errors.As(s.Err, &err) {
			continue
		}
		at := place(a, s.Template.At(err.Line, err.Column))
		fmt.Fprintf(&b, "%s: the template %s fails in line %d, column %d: %s\n", at, s.Template.MediaType, err.Line, err.Column, err.Message)
		if err.Source != "" {
			fmt.Fprintf(&b, "    %s\n    %s\n", err.Source, caret(err.Source, err.Column))
		}
		for _, v := range s.Variables {
			fmt.Fprintf(&b, "    $%s = %s\n", v.Name, v.Value)
		}
	}
	if b.Len() > 0 {
		b.WriteString("Change the template at this place; apigw invoke shows every step of a request again.\n")
		return b.String()
	}
	if e.Route != nil {
		fmt.Fprintf(&b, "%s: %s: ", place(a, e.Route.Position), e.Route.Name())
	} else {
		fmt.Fprintf(&b, "%s %s: ", e.Method, printable(e.Path))
	}
	fmt.Fprintf(&b, "%v\n", e.Error)
	if advice := advice(a, e); advice != "" {
		fmt.Fprintf(&b, "%s\n", advice)
	}
	return b.String()
}

// notJSON is the step whose output Lambda refused as invalid JSON, nil if there is none.
func notJSON(e *gateway.Execution) *gateway.Step {
	if e.ResponseType != "BAD_REQUEST_BODY" {
		return nil
	}
	for i, s := range e.Steps {
		if s.Name == "request mapping" && s.Template != nil && s.Err == nil {
			return &e.Steps[i]
		}
	}
	return nil
}

// advice says what to change, by the type of the gateway response.
func advice(a *sam.API, e *gateway.Execution) string {
	switch e.ResponseType {
	case "MISSING_AUTHENTICATION_TOKEN":
		if rest, ok := strings.CutPrefix(e.Path, "/"+a.Stage+"/"+a.Stage+"/"); ok {
			return "The stage, " + a.Stage + ", is in the path twice; leave it out: /" + printable(rest)
		}
		return "No such path, or no such method on it; API Gateway returns 403 for both."
	case "UNAUTHORIZED":
		return "The authorizer denied the request: API Gateway returns 401 without calling it if an identity source is missing or empty; to bypass it here, pass --authorizer " + e.Route.Authorizer.Name + "=off."
	case "ACCESS_DENIED":
		return "The authorizer returned a policy that denies the client; its Resource must match the method's ARN."
	case "AUTHORIZER_CONFIGURATION_ERROR":
		if a := e.Route.Authorizer; a.Function.Name != "" {
			return "The authorizer's function must return {\"principalId\": …, \"policyDocument\": {…}}; apigw invoke shows what it got and returned. To bypass it here, pass --authorizer " + a.Name + "=off."
		}
	case "UNSUPPORTED_MEDIA_TYPE":
		return "There is no request template for this Content-Type and passthroughBehavior forbids passing the body through: add a template, or send one of the types that have one."
	case "BAD_REQUEST_BODY":
		if e.Route != nil && (e.Route.Validator == nil || len(e.Route.Models) == 0) {
			return "No request template was found for the Content-Type of the request, so passthrough sent the body as it is. Send Content-Type: application/json, add a template for this type, or set passthroughBehavior: never."
		}
		return "The body does not fit the model that the request validator checks it against."
	case "BAD_REQUEST_PARAMETERS":
		return "The request validator asks for the parameters that the document marks as required; one that is empty counts as missing."
	case "API_CONFIGURATION_ERROR":
		if e.Function != "" && e.FunctionRequestID == "" {
			return "" // the function could not be invoked; the error says why
		}
		if e.Route != nil && e.Route.Integration != nil && !strings.HasSuffix(e.Route.Integration.Type, "_PROXY") && !slices.ContainsFunc(e.Route.Integration.Responses, func(r *gateway.IntegrationResponse) bool { return r.Default }) {
			return "Add a response with the key default to the integration."
		}
	case "INTEGRATION_TIMEOUT":
		return "The integration took longer than the integration's timeoutInMillis (29 s by default)."
	}
	return ""
}
