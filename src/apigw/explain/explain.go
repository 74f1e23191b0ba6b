// Package explain says what went wrong with a request, where, and what to change.
package explain

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"

	"example.com/guessing-game/src/apigw/console"
	"example.com/guessing-game/src/apigw/document"
	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/sam"
	"example.com/guessing-game/src/apigw/visible"
	"example.com/guessing-game/src/apigw/vtl"
)

// Finding is a note on a request: what went wrong, or what its author may not expect.
type Finding struct {
	Failed bool // a failure rather than a remark
	Text   string
}

// Labelled is the text after its kind, for a console.
func (f Finding) Labelled(c *console.Console) string {
	if f.Failed {
		return c.Paint(console.Red, "error: ") + f.Text
	}
	return c.Paint(console.Yellow, "note: ") + f.Text
}

// Findings returns the notes on a request.
func Findings(a *sam.API, e *gateway.Execution) (all []Finding) {
	if text := passed(e); text != "" && e.ResponseType != "BAD_REQUEST_BODY" {
		all = append(all, Finding{false, text})
	}
	if e.ResponseType == "" && e.Error != nil && e.Status != 0 { // a streamed response broke off
		all = append(all, Finding{e.FunctionError != "", visible.Short(e.Error.Error())})
	} else if text := FunctionFailure(e); text != "" {
		chosen, matched := choice(e)
		all = append(all, Finding{!matched || e.Status >= 500, text + chosen})
	} else if e.Call != nil && e.Call.Status >= 400 {
		name := e.Call.Host
		if e.Call.Service != nil {
			name = e.Call.Service.Name
		}
		chosen, matched := choice(e)
		all = append(all, Finding{!matched || e.Status >= 500, fmt.Sprintf("%s returned %d%s%s", name, e.Call.Status, saidWhy(e), chosen)})
		if text := standInFailed(e); text != "" {
			all = append(all, Finding{false, text})
		}
	}
	switch {
	case e.Status == http.StatusNotImplemented && e.Route != nil && e.Route.Problem != nil:
		all = append(all, Finding{Failed: true, Text: "This route is not served: " + a.Placed(document.Problems{e.Route.Problem}).Error()})
	case e.Status == http.StatusForbidden && e.Route == nil && e.ResponseType == "":
		all = append(all, Finding{false, fmt.Sprintf("The path does not begin with the stage: try /%s%s, or leave out --strict-paths.", a.Stage, visible.Short(e.Path))})
	case e.ResponseType == "" || e.Error == nil:
	case FunctionFailure(e) != "" && e.Route.Integration.Type == gateway.AWSProxy: // reported above
	case e.Status >= 500 || notJSON(e) != nil:
		all = append(all, Finding{true, strings.TrimSpace(Failure(a, e))})
	default:
		if text := refusal(a, e); text != "" {
			all = append(all, Finding{false, text})
		}
	}
	return all
}

// The type and the message of an error of an AWS service, in JSON or XML.
var (
	errorKind    = regexp.MustCompile(`"__type"\s*:\s*"(?:[^"#]*#)?([^"]+)"|<Code>([^<]+)</Code>`)
	errorMessage = regexp.MustCompile(`"[mM]essage"\s*:\s*"((?:[^"\\]|\\.)+)"|<Message>([^<]+)</Message>`)
)

// saidWhy is the error that a service returned, in parentheses; empty if there is none.
func saidWhy(e *gateway.Execution) string {
	s := step(e, "integration")
	if s == nil || e.Call.Service == nil {
		return ""
	}
	output := s.Output[:min(len(s.Output), maxRendered)]
	var parts []string
	for _, what := range []*regexp.Regexp{errorKind, errorMessage} {
		if m := what.FindStringSubmatch(output); m != nil {
			parts = append(parts, m[1]+m[2])
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + visible.Short(strings.Join(parts, ": ")) + ")"
}

// standInFailed reports that the stand-in failed, rather than the service it stands in for:
// services return no HTML pages.
func standInFailed(e *gateway.Execution) string {
	s := step(e, "integration")
	if e.Call.Service == nil || s == nil {
		return ""
	}
	page := strings.ToLower(strings.TrimSpace(s.Output[:min(len(s.Output), 100)]))
	if e.Call.Status != http.StatusNotImplemented && !strings.HasPrefix(page, "<!doctype html") && !strings.HasPrefix(page, "<html") {
		return ""
	}
	return fmt.Sprintf("This response is not from %s but from its stand-in, which lacks %s or failed on this request; the stand-in's own log says why.",
		e.Call.Service.Name, cmp.Or(e.Call.Service.Action, "what it was asked for"))
}

// passed notes that a body was passed through although there are templates, for other content
// types; empty if none was.
func passed(e *gateway.Execution) string {
	s := step(e, "request mapping")
	if s == nil || s.Template != nil || s.Err != nil || s.Input == "" || e.Route == nil || e.Route.Integration == nil || len(e.Route.Integration.RequestTemplates) == 0 {
		return ""
	}
	which := ""
	if e.ResponseType == "BAD_REQUEST_BODY" {
		which = ", which is not JSON"
	}
	return fmt.Sprintf("No request template for %s: passthrough sent the body as it is%s. Send Content-Type: %s, add a template, or set passthroughBehavior: never.",
		visible.Text(e.MediaType), which, e.Route.Integration.RequestTemplates[0].MediaType)
}

// step returns a step of a request, nil if it was not reached.
func step(e *gateway.Execution, name string) *gateway.Step {
	for i := range e.Steps {
		if e.Steps[i].Name == name {
			return &e.Steps[i]
		}
	}
	return nil
}

// FunctionFailure is the error that the integration's function returned, with advice; empty if it
// returned none.
func FunctionFailure(e *gateway.Execution) string {
	s := step(e, "integration")
	if e.FunctionError == "" || s == nil || s.Output == "" { // the gateway's own error reports that of a streamed response
		return ""
	}
	return gateway.FunctionError([]byte(s.Output))
}

// choice names the integration response that was selected for a failure. matched is false if no
// selection pattern matched.
func choice(e *gateway.Execution) (text string, matched bool) {
	s := step(e, "response mapping")
	switch {
	case s == nil || s.Selected == nil:
		return "", true
	case s.Selected.Default:
		return fmt.Sprintf("; no selection pattern matched, so the default response was sent: %s", s.Selected.Status), false
	}
	return fmt.Sprintf("; the selection pattern %s matched: %s", s.Selected.Pattern, s.Selected.Status), true
}

// refusal returns, in one line, why the gateway refused a request, or what to change.
func refusal(a *sam.API, e *gateway.Execution) string {
	reason, _, _ := strings.Cut(e.Error.Error(), "\n")
	if reason == e.ResponseType || passed(e) != "" {
		return advice(a, e)
	}
	return visible.Short(reason)
}

// Failure returns, for a request that the gateway itself refused or failed, what was wrong, where,
// and what to change. It is empty for any other request.
func Failure(a *sam.API, e *gateway.Execution) string {
	if e.ResponseType == "" || e.Error == nil {
		return ""
	}
	if s := notJSON(e); s != nil {
		return explainNotJSON(a, s, e.Error.Error())
	}
	var b strings.Builder
	for _, s := range e.Steps {
		var err *vtl.Error
		if s.Template == nil || !errors.As(s.Err, &err) {
			continue
		}
		at := a.At(s.Template.At(err.Line, err.Column))
		fmt.Fprintf(&b, "%s: the template %s fails in line %d, column %d: %s\n", at, s.Template.MediaType, err.Line, err.Column, err.Message)
		if err.Source != "" {
			fmt.Fprintf(&b, "    %s\n    %s\n", err.Source, err.Caret())
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
		fmt.Fprintf(&b, "%s: %s: ", a.At(e.Route.Position), e.Route.Name())
	} else {
		fmt.Fprintf(&b, "%s %s: ", e.Method, visible.Short(e.Path))
	}
	cause := e.Error.Error()
	if failure := FunctionFailure(e); failure != "" && e.Route.Integration.Type == gateway.AWSProxy && e.ResponseType == "INTEGRATION_FAILURE" {
		cause = "the function failed: " + failure
	}
	fmt.Fprintf(&b, "%s\n", cause)
	if advice := advice(a, e); advice != "" {
		fmt.Fprintf(&b, "%s\n", advice)
	}
	return b.String()
}

// maxRendered bounds the part of a template's output that an explanation shows.
const maxRendered = 4 << 10

// beginning is the part of a template's output that an explanation shows.
func beginning(output string) string {
	if len(output) <= maxRendered {
		return output
	}
	return strings.ToValidUTF8(output[:maxRendered], "") + fmt.Sprintf("… %d bytes more", len(output)-maxRendered)
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

// farthestPath is the greatest edit distance of a path that is suggested.
const farthestPath = 3

// similarPath is the path of an API, below its stage, that is most like one that it does not have;
// empty if none is.
func similarPath(a *sam.API, path string) (like string) {
	segments := func(path string) []string { return strings.Split(strings.Trim(path, "/"), "/") }
	asked := segments(path)
	if asked[0] == a.Stage {
		asked = asked[1:]
	}
	least := farthestPath + 1
	for k := range document.Pairs(document.Get(a.Document, "paths")) {
		known := segments(k.Value)
		if len(known) != len(asked) || strings.HasPrefix(known[0], "{") {
			continue
		}
		far := 0
		for i, s := range known {
			if !strings.HasPrefix(s, "{") {
				far += levenshtein.ComputeDistance(strings.ToLower(s), strings.ToLower(asked[i]))
			}
		}
		if far < least && far < len(k.Value)/2 {
			like, least = "/"+a.Stage+k.Value, far
		}
	}
	return like
}

// advice returns what to change, by the type of the gateway response.
func advice(a *sam.API, e *gateway.Execution) string {
	switch e.ResponseType {
	case "MISSING_AUTHENTICATION_TOKEN":
		if rest, ok := strings.CutPrefix(e.Path, "/"+a.Stage+"/"+a.Stage); ok && (rest == "" || rest[0] == '/') {
			return "The stage, " + a.Stage + ", is in the path twice; leave it out: " + cmp.Or(visible.Short(rest), "/")
		}
		if e.Path == "/" || e.Path == "/"+a.Stage || e.Path == "/"+a.Stage+"/" {
			return "The API has no route at its root; API Gateway returns 403 for paths that it does not know."
		}
		if e.Error.Error() != e.ResponseType {
			return "" // it lists the methods of the path
		}
		text := "No such path; API Gateway returns 403 for it."
		if like := similarPath(a, e.Path); like != "" {
			text += " Is it " + like + "?"
		} else if _, rest, ok := strings.Cut(strings.TrimPrefix(e.Path, "/"), "/"); ok && !strings.HasPrefix(e.Path, "/"+a.Stage+"/") && similarPath(a, "/"+a.Stage+"/"+rest) != "" {
			text += " The stage is " + a.Stage + ": is it " + visible.Short("/"+a.Stage+"/"+rest) + "?"
		}
		return text
	case "UNAUTHORIZED":
		return "The authorizer denied the request: API Gateway returns 401 without calling it if an identity source is missing or empty; to bypass it here, pass --authorizer " + e.Route.Authorizer.Name + "=off."
	case "ACCESS_DENIED":
		return "The authorizer returned a policy that denies the client; its Resource must match the method's ARN."
	case "AUTHORIZER_CONFIGURATION_ERROR":
		if a := e.Route.Authorizer; a.Function.Name != "" {
			return "The authorizer's function must return {\"principalId\": …, \"policyDocument\": {…}}; apigw invoke shows what it got and returned. To bypass it here, pass --authorizer " + a.Name + "=off."
		}
	case "UNSUPPORTED_MEDIA_TYPE":
		var types []string
		for _, t := range e.Route.Integration.RequestTemplates {
			types = append(types, t.MediaType)
		}
		return fmt.Sprintf("There is no request template for %s, and passthroughBehavior forbids passing the body through: send %s, or add a template.", visible.Text(e.MediaType), strings.Join(types, " or "))
	case "BAD_REQUEST_BODY":
		return passed(e)
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
