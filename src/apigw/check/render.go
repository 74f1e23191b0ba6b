package check

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/recorder"
	"example.com/guessing-game/src/apigw/schemaexample"
	"example.com/guessing-game/src/apigw/vtl"
	javaregexp "example.com/guessing-game/src/apigw/vtl/java/regexp"
)

// Strings tried wherever a client can send any: an ordinary one, one that ends a JSON string unless
// it is escaped, one with an apostrophe.
const (
	plainText  = "text"
	hostile    = `a"b\c`
	apostrophe = "it's"
)

// trial is one request of an example.
type trial struct {
	query, header, body string // values of the declared parameters and of the strings in the body
}

// render sends example requests through the routes and checks what their templates render.
func (c *checker) render(ctx context.Context) {
	o := c.api.Options.LetPast()
	o.Lenient = true
	var execution *gateway.Execution
	function := &recorder.Function{}
	o.Upstream = &recorder.Service{Body: []byte("{}")}
	o.Functions, o.Observe = function, func(e *gateway.Execution) { execution = e }
	g, err := gateway.New(c.api.Document, o)
	if err != nil {
		return // problems of the document
	}
	send := func(r *gateway.Route, t trial, mediaType string) *gateway.Execution {
		execution, function.Events = nil, nil
		req, err := c.request(ctx, r, t, mediaType)
		if err != nil {
			return nil
		}
		recorder.Send(g, req)
		if execution == nil || execution.Route == nil || execution.Route.Name() != r.Name() {
			return nil
		}
		return execution
	}
	for _, r := range c.loaded.Routes {
		if r.Integration == nil || r.Problem != nil {
			continue
		}
		function.Payload, function.Failed = []byte("{}"), false
		switch r.Integration.Type {
		case gateway.AWS:
			for _, t := range r.Integration.RequestTemplates {
				if t.Err == nil && speaksJSON(r.Integration) {
					c.renderRequest(r, t, send)
				}
			}
			if r.Integration.Service == nil {
				c.renderErrors(r, function, send)
			}
		case gateway.Mock:
			c.renderMock(r, send)
		}
	}
}

type sender func(*gateway.Route, trial, string) *gateway.Execution

// stepOf returns the step in which a template was rendered.
func stepOf(e *gateway.Execution, t *gateway.Template) *gateway.Step {
	if e == nil {
		return nil
	}
	for i, s := range e.Steps {
		if s.Template != nil && s.Template.Position == t.Position {
			return &e.Steps[i]
		}
	}
	return nil
}

func isJSON(text string) bool { return text == "" || json.Valid([]byte(text)) }

func (c *checker) renderRequest(r *gateway.Route, t *gateway.Template, send sender) {
	plain := trial{plainText, plainText, plainText}
	s := stepOf(send(r, plain, t.MediaType), t)
	if s == nil {
		return
	}
	if c.fails(r, t, s) {
		return
	}
	if !isJSON(s.Output) {
		rule, fix := "template-not-json", "correct the template; apigw invoke shows every step"
		number := trial{"1", "1", plainText}
		if with := stepOf(send(r, number, t.MediaType), t); with != nil && with.Err == nil && isJSON(with.Output) {
			c.add("template-not-json-body", t.Position, r.Name(), fmt.Sprintf("with the parameter `%s` the template renders %s, which is not JSON; so does any value that is not a number, and API Gateway returns 400", plainText, shorten(s.Output)),
				"put quotes around the parameter in the template")
			return
		}
		if r.Validator == nil || !r.Validator.Body {
			rule, fix = "template-not-json-body", "check the body with a model and a request validator, or make the template work without it"
		}
		c.add(rule, t.Position, r.Name(), fmt.Sprintf("for the body %s the template renders %s, which is not JSON; API Gateway returns 400", shorten(s.Input), shorten(s.Output)), fix)
		return
	}
	for _, part := range []struct {
		name string
		set  func(*trial, string)
	}{
		{"query parameters", func(t *trial, text string) { t.query = text }},
		{"headers", func(t *trial, text string) { t.header = text }},
		{"strings of the body", func(t *trial, text string) { t.body = text }},
	} {
		for _, text := range []string{hostile, apostrophe} {
			try := plain
			part.set(&try, text)
			s := stepOf(send(r, try, t.MediaType), t)
			if s == nil || s.Err != nil || isJSON(s.Output) {
				continue
			}
			if text == apostrophe {
				if c.has("escape-apostrophe", r, t) {
					continue // a rule has already found this in its source
				}
				c.add("escape-apostrophe", t.Position, r.Name(), fmt.Sprintf("with `%s` in the %s the template renders %s, which is not JSON", text, part.name, shorten(s.Output)),
					`add .replaceAll("\\'", "'") after $util.escapeJavaScript(…)`)
			} else {
				c.add("template-unescaped", t.Position, r.Name(), fmt.Sprintf("with `%s` in the %s the template renders %s: a client can change the shape of the event", text, part.name, shorten(s.Output)),
					`write $input.json('$.x') without quotes around it, or "$util.escapeJavaScript($input.params('x')).replaceAll("\\'", "'")"`)
				break
			}
		}
	}
}

// has reports whether a rule has already found something in a template.
func (c *checker) has(rule string, r *gateway.Route, t *gateway.Template) bool {
	from := c.api.Place(t.Line, t.Column)
	to := c.api.Place(t.Line+1+strings.Count(t.Source, "\n"), 0)
	return slices.ContainsFunc(c.findings, func(f Finding) bool {
		return f.Rule == rule && f.Route == r.Name() && f.File == from.File && f.Line >= from.Line && f.Line <= to.Line
	})
}

// fails adds the finding that a template failed.
func (c *checker) fails(r *gateway.Route, t *gateway.Template, s *gateway.Step) bool {
	if s.Err == nil {
		return false
	}
	at, message := t.Position, s.Err.Error()
	var e *vtl.Error
	if errors.As(s.Err, &e) {
		at, message = t.At(e.Line, e.Column), e.Message
	}
	c.add("template-fails", at, r.Name(), fmt.Sprintf("for the body %s the template fails: %s", shorten(s.Input), message), "correct the template; API Gateway returns 500")
	return true
}

// renderErrors makes the function fail with a message for each pattern, and checks the response's
// templates.
func (c *checker) renderErrors(r *gateway.Route, function *recorder.Function, send sender) {
	for _, ir := range r.Integration.Responses {
		if ir.Default {
			continue
		}
		pattern, err := javaregexp.Compile(ir.Pattern)
		text, ok := literal(ir.Pattern)
		if err != nil || !ok {
			continue
		}
		message := text + ": " + apostrophe + " " + hostile
		if yes, err := pattern.Matches(message); err != nil || !yes {
			message = text
		}
		quoted, err := json.Marshal(map[string]string{"errorMessage": message, "errorType": "Example"})
		if err != nil {
			continue
		}
		function.Payload, function.Failed = quoted, true
		e := send(r, trial{plainText, plainText, plainText}, "application/json")
		for _, t := range ir.ResponseTemplates {
			s := stepOf(e, t)
			if s == nil || c.fails(r, t, s) || t.MediaType != "application/json" || isJSON(s.Output) {
				continue
			}
			c.add("template-unescaped", t.Position, r.Name(), fmt.Sprintf("for the errorMessage %s the template renders %s, which is not JSON", message, shorten(s.Output)),
				"write $input.json('$.errorMessage') without quotes around it")
		}
	}
}

func (c *checker) renderMock(r *gateway.Route, send sender) {
	e := send(r, trial{plainText, plainText, plainText}, "application/json")
	if e == nil {
		return
	}
	for _, t := range templates(r) {
		if s := stepOf(e, t); s != nil && t.Err == nil && c.fails(r, t, s) {
			return
		}
	}
	if e.ResponseType != "" && e.Status >= 500 {
		reason := "no status"
		if e.Error != nil {
			reason = e.Error.Error()
		}
		c.add("mock-fails", r.Integration.Position, r.Name(), fmt.Sprintf("an example request gets a 500: %s", reason), `let the request template render {"statusCode": 200} with a number`)
	}
}

// paramCall finds the names of $input.params('name').
var paramCall = regexp.MustCompile(`params\(\s*(["'])([^"'$]+)["']\s*\)`)

// request makes an example request.
func (c *checker) request(ctx context.Context, r *gateway.Route, t trial, mediaType string) (*http.Request, error) {
	path := variable.ReplaceAllString(r.Path, "1")
	query, headers := url.Values{}, []string{}
	for _, p := range r.Parameters {
		switch p.In {
		case "querystring":
			query.Set(p.Name, t.query)
		case "header":
			if !strings.EqualFold(p.Name, "Content-Type") {
				headers = append(headers, p.Name+": "+t.header)
			}
		}
	}
	// Parameters that templates read count even if they are not declared.
	for _, tpl := range r.Integration.RequestTemplates {
		for _, m := range paramCall.FindAllStringSubmatch(tpl.Source, -1) {
			name := m[2]
			if !slices.ContainsFunc(r.Parameters, func(p gateway.Parameter) bool { return p.Name == name }) && !strings.Contains(r.Path, "{"+name) {
				query.Set(name, t.query)
			}
		}
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	var body []byte
	if mediaType == "$default" {
		mediaType = "application/json"
	}
	for _, m := range r.Models {
		if m.MediaType == mediaType {
			body = schemaexample.JSON(m.Node, c.api.Document.Root(), schemaexample.Options{Text: t.body})
		}
	}
	method := r.Method
	if method == "ANY" {
		method = "POST"
	}
	if body == nil && mediaType == "application/json" && method != "GET" {
		body = []byte("{}")
	}
	if r.APIKeyRequired {
		headers = append(headers, "x-api-key: example")
	}
	headers = append(headers, "Content-Type: "+mediaType)
	return recorder.Request(ctx, c.api.Stage, method, path, headers, body)
}

// shorten prepares text for a message: on one line and not too long.
func shorten(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > 160 {
		text = string(r[:160]) + "…"
	}
	if text == "" {
		return "(nothing)"
	}
	return text
}
