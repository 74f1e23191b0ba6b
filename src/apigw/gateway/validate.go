package gateway

import (
	"cmp"
	"slices"
	"strings"

	"example.com/guessing-game/src/apigw/vtl/java"
)

// validate checks parameters and then, if they are valid, the body, as the method's validator
// specifies.
func (x *exchange) validate() *failure {
	v := x.route.Validator
	if v == nil || !v.Body && !v.Parameters {
		return nil
	}
	s := x.begin("validation")
	var f *failure
	if v.Parameters {
		f = x.validateParameters()
	}
	if f == nil && v.Body {
		f = x.validateBody()
	}
	if f != nil {
		x.end(s, f)
		return f
	}
	x.end(s, nil)
	return nil
}

// validateParameters checks that the required parameters are present. A blank value counts as
// missing.
func (x *exchange) validateParameters() *failure {
	var missing []Parameter
	required := 0
	for _, p := range x.route.Parameters {
		if !p.Required {
			continue
		}
		required++
		var v string
		switch p.In {
		case "path":
			v, _ = x.pathParams.last(p.Name)
		case "querystring":
			v, _ = x.query().last(p.Name)
		case "header":
			v, _ = x.header(p.Name)
		}
		if strings.TrimSpace(v) == "" {
			missing = append(missing, p)
		}
	}
	if missing == nil {
		return nil
	}
	// The service lists them in the order of a HashMap (recorded seven times).
	bucket := java.HashBuckets(required)
	slices.SortStableFunc(missing, func(a, b Parameter) int {
		return cmp.Or(cmp.Compare(bucket(a.Name), bucket(b.Name)), cmp.Compare(a.In, b.In), cmp.Compare(a.Name, b.Name))
	})
	names := make([]string, len(missing))
	for i, p := range missing {
		names[i] = p.Name
	}
	message := "Missing required request parameters: [" + strings.Join(names, ", ") + "]"
	return &failure{kind: kindBadRequestParameters, message: message, log: message}
}

// validateBody checks the body against the model of its media type. A body of a type without a
// model passes.
func (x *exchange) validateBody() *failure {
	media := x.mediaType()
	var model, fallback *Model
	for i := range x.route.Models {
		switch m := &x.route.Models[i]; m.MediaType {
		case media:
			model = m
		case "$default":
			fallback = m
		}
	}
	if model == nil {
		model = fallback
	}
	if model == nil {
		return nil
	}
	detail, err := model.validate(x.budget, x.body)
	if err != nil && x.ctx.Err() != nil {
		return &failure{cause: errClientGone}
	}
	if err != nil {
		detail = unreadableBody
	}
	if detail == "" {
		x.log("Request validation succeeded for content type ", media) // (documented)
		return nil
	}
	return &failure{kind: kindBadRequestBody, detail: detail, log: "Request body does not match model schema for content type " + media + ": " + detail, cause: err}
}
