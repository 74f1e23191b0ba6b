package gateway

import (
	"errors"
	"slices"
	"strings"

	"example.com/guessing-game/src/apigw/gateway/headernames"
	"example.com/guessing-game/src/apigw/gateway/mask"
	"example.com/guessing-game/src/apigw/vtl"
)

// cover hides the parts of a request that an execution may not show, wherever they occur in it:
// what Options.Mask names and, unless Options.ShowSecrets is set, the values of secret headers and
// of whatever identifies clients to an authorizer.
func (x *exchange) cover() *mask.Cover {
	c := &mask.Cover{Masker: x.g.masker, ShowSecrets: x.g.o.ShowSecrets}
	if x.route != nil && x.route.Authorizer != nil {
		c.Headers = x.route.Authorizer.IdentityHeaders()
	}
	for _, f := range slices.Concat(x.headers(), x.secretHeaders) {
		if c.SecretHeader(f.name) {
			c.AddHeader(f.name, f.value)
		}
	}
	for _, f := range x.query() {
		if x.secretQuery(f.name) {
			c.Add(f.value)
		}
	}
	c.Add(x.usageKey)
	if shown := x.shownRest(); shown != x.rest {
		c.Replace(x.rest, shown)
	}
	return c
}

// secretQuery reports whether a query parameter is an identity source of the authorizer, or part of
// a signature.
func (x *exchange) secretQuery(name string) bool {
	if x.g.o.ShowSecrets || x.route == nil || x.route.Authorizer == nil {
		return false
	}
	if x.route.Authorizer.Type == IAMAuthorization && (name == "X-Amz-Signature" || name == "X-Amz-Security-Token") {
		return true
	}
	return slices.ContainsFunc(x.route.Authorizer.sources, func(s identitySource) bool {
		return (s.kind == fromQuery || s.kind == fromQueryAll) && s.name == name
	})
}

// shownRest is the path without the stage as an execution may show it: with *** in place of hidden
// path parameters.
func (x *exchange) shownRest() string {
	if x.route == nil || !slices.ContainsFunc(x.pathParams, func(f field) bool { return x.g.masker.Hides(f.name) }) {
		return x.rest
	}
	parts := strings.Split(strings.TrimLeft(x.rest, "/"), "/")
	for i, s := range x.route.segments {
		if i >= len(parts) || !strings.HasPrefix(s, "{") {
			continue
		}
		name := strings.TrimSuffix(strings.Trim(s, "{}"), "+")
		switch {
		case !x.g.masker.Hides(name):
		case strings.HasSuffix(s, "+}"):
			parts = append(parts[:i], mask.Hidden)
		default:
			parts[i] = mask.Hidden
		}
	}
	slashes := len(x.rest) - len(strings.TrimLeft(x.rest, "/"))
	return x.rest[:slashes] + strings.Join(parts, "/")
}

// shownTarget is path and query as an execution may show them.
func (x *exchange) shownTarget(c *mask.Cover) string {
	target := c.Text(strings.TrimSuffix(x.path, x.rest) + x.shownRest())
	if x.rawQuery == "" {
		return target
	}
	parts := strings.Split(x.rawQuery, "&")
	for i, part := range parts {
		name, _, ok := strings.Cut(part, "=")
		switch decoded := formDecode(name); {
		case !ok:
		case x.g.masker.Hides(decoded):
			parts[i] = name + "=" + mask.Hidden
		case x.secretQuery(decoded):
			parts[i] = name + "=" + mask.Secret
		}
	}
	return target + "?" + c.Text(strings.Join(parts, "&"))
}

// hide applies the request's cover to its record. What was sent is unchanged.
func (x *exchange) hide() {
	e, c := x.rec, x.cover()
	e.cover = c
	e.Target = x.shownTarget(c)
	e.Path, _, _ = strings.Cut(e.Target, "?")
	if e.Call != nil {
		e.Call.URL = c.Text(e.Call.URL)
	}
	e.Error = shownError(c, e.Error)
	for i := range e.lines {
		l := &e.lines[i]
		if l.listed {
			l.list = l.list.covered(c.Masker)
		}
		*l = line{after: l.after, text: c.Text(l.String())}
	}
	for i := range e.Steps {
		s := &e.Steps[i]
		s.Input, s.Output, s.Err = c.Text(s.Input), c.Text(s.Output), shownError(c, s.Err)
		// A template that reads the member may store it in any variable.
		all := s.Template != nil && c.Masker.Names(s.Template.Source)
		for j := range s.Variables {
			v := &s.Variables[j]
			if all || c.Masker.Names(v.Name) {
				v.Value = mask.Hidden
			} else {
				v.Value = c.Text(v.Value)
			}
		}
	}
}

// covered returns fs with *** for the values that m hides by their names.
func (fs fields) covered(m *mask.Masker) fields {
	hides := func(f field) bool { return m.Hides(f.name) }
	if !slices.ContainsFunc(fs, hides) {
		return fs
	}
	out := slices.Clone(fs)
	for i := range out {
		if hides(out[i]) {
			out[i].value = mask.Hidden
		}
	}
	return out
}

// shown returns the headers fs as an execution may show them.
func (x *exchange) shown(fs fields) fields {
	if x.rec == nil || x.g.o.ShowSecrets {
		return fs
	}
	secret := func(f field) bool {
		return headernames.Secret(f.name) || x.route != nil && x.route.Authorizer != nil &&
			slices.ContainsFunc(x.route.Authorizer.sources, func(s identitySource) bool { return s.kind == fromHeader && strings.EqualFold(s.name, f.name) })
	}
	if !slices.ContainsFunc(fs, secret) {
		return fs
	}
	out := slices.Clone(fs)
	for i := range out {
		if secret(out[i]) {
			out[i].value = mask.Secret
		}
	}
	return out
}

// passed returns parameters of a backend's request as an execution may show them.
func (x *exchange) passed(fs fields) fields {
	if !slices.ContainsFunc(fs, x.passesHidden) {
		return fs
	}
	out := slices.Clone(fs)
	for i := range out {
		if x.passesHidden(out[i]) {
			out[i].value = mask.Hidden
		}
	}
	return out
}

// passedPath is passed for values in the path.
func (x *exchange) passedPath(values []pathValue) []pathValue {
	out := slices.Clone(values)
	for i, v := range out {
		if x.passesHidden(field{v.name, v.value}) {
			out[i] = pathValue{name: v.name, value: mask.Hidden}
		}
	}
	return out
}

// passesHidden reports whether a parameter of a backend's request is hidden by its own name, or by
// that of the client's parameter whose value it has.
func (x *exchange) passesHidden(f field) bool {
	m := x.g.masker
	if m == nil || f.value == "" {
		return false
	}
	return m.Hides(f.name) || slices.ContainsFunc(slices.Concat(x.pathParams, x.query(), x.headers()), func(from field) bool {
		return from.value == f.value && m.Hides(from.name)
	})
}

// shownQuery is the query as an execution may show it.
func (x *exchange) shownQuery() fields {
	if !slices.ContainsFunc(x.query(), func(f field) bool { return x.secretQuery(f.name) }) {
		return x.query()
	}
	out := slices.Clone(x.query())
	for i := range out {
		if x.secretQuery(out[i].name) {
			out[i].value = mask.Secret
		}
	}
	return out
}

// shownError is err with its text as an execution may show it.
func shownError(c *mask.Cover, err error) error {
	if err == nil {
		return nil
	}
	var failed *vtl.Error
	if errors.As(err, &failed) {
		shown := *failed
		shown.Message, shown.Source = c.Text(failed.Message), c.Text(failed.Source)
		if c.Masker != nil {
			shown.Vars = nil
		}
		return &shown
	}
	if text := c.Text(err.Error()); text != err.Error() {
		return &coveredError{text, err}
	}
	return err
}

// coveredError is an error of which only a part of the text may be shown.
type coveredError struct {
	text  string
	cause error
}

func (e *coveredError) Error() string        { return e.text }
func (e *coveredError) Is(target error) bool { return errors.Is(e.cause, target) }
