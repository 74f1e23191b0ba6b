package gateway

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"example.com/guessing-game/src/apigw/vtl"
	"example.com/guessing-game/src/apigw/vtl/java"
)

// Rehearsal describes a run of one request with a given integration response, and with some
// templates replaced.
type Rehearsal struct {
	Functions Invoker
	Upstream  Upstream
	// Now and NewID are as in Options.
	Now   func() time.Time
	NewID func() string
	// Authorizer means what it does in StandIn. Authorizers, API keys and limits are bypassed.
	Authorizer []byte
	Templates  []OtherTemplate
	// Watch, unless nil, is called with the value of each reference that a template evaluates, nil
	// for null.
	Watch func(t *Template, line, column int, value java.Value)
}

// OtherTemplate replaces a template of the document.
type OtherTemplate struct {
	Status    string // of the integration response; empty for a template of the request
	MediaType string
	Source    string
}

// Rehearse runs one request as ServeHTTP does, with the same API. It has no effect on anything
// else. An error means that a template to be replaced does not exist.
func (g *Gateway) Rehearse(w http.ResponseWriter, r *http.Request, h Rehearsal) (*Execution, error) {
	o := g.o
	o.Functions, o.Upstream, o.Now, o.NewID = h.Functions, h.Upstream, h.Now, h.NewID
	o.APIKeys, o.Meter = nil, nil
	var seen *Execution
	o.Observe = func(e *Execution) { seen = e }
	n := &Gateway{api: g.api, o: o, router: g.router, responses: g.responses, masker: g.masker, settings: map[*Route]routeSettings{}, cache: &responses{}}
	x := newExchange(g, w, r) // only to find the route
	if x.limits() == nil && x.match() == nil {
		route, err := x.route.rehearsed(h)
		if err != nil {
			return nil, err
		}
		n.router = router{}
		n.router.add(route)
	}
	n.ServeHTTP(w, r)
	return seen, nil
}

// rehearsed returns a copy of the route for a rehearsal.
func (r *Route) rehearsed(h Rehearsal) (*Route, error) {
	route := *r
	if r.Authorizer != nil && (r.Authorizer.standIn == nil || len(h.Authorizer) > 0) {
		values, err := standInMap(h.Authorizer)
		if err != nil {
			return nil, fmt.Errorf("the authorizer's context: %w", err)
		}
		a := *r.Authorizer
		a.standIn, a.standInMap = &StandIn{}, values
		route.Authorizer = &a
	}
	if r.Integration == nil {
		return &route, nil
	}
	in := *r.Integration
	route.Integration = &in
	used := 0
	others := func(ts []*Template, status string) []*Template {
		ts = slices.Clone(ts)
		for i, t := range ts {
			other := *t
			o := vtl.Options{}
			if h.Watch != nil {
				o.Watch = func(line, column int, v java.Value) { h.Watch(t, line, column, v) }
			}
			for _, c := range h.Templates {
				if c.Status == status && c.MediaType == t.MediaType {
					other.Source = c.Source
					used++
				}
			}
			other.parsed, other.Err = nil, nil
			other.parse(r.Name(), o)
			ts[i] = &other
		}
		return ts
	}
	in.RequestTemplates = others(in.RequestTemplates, "")
	in.Responses = slices.Clone(in.Responses)
	for i, ir := range in.Responses {
		other := *ir
		other.ResponseTemplates = others(ir.ResponseTemplates, ir.Status)
		in.Responses[i] = &other
	}
	if used < len(h.Templates) {
		return nil, fmt.Errorf("%s no longer has such a template; the document has changed", r.Name())
	}
	return &route, nil
}

// Pattern is a selection pattern of the integration's responses, and its outcome.
type Pattern struct {
	*IntegrationResponse
	State string // "matches", "does not match", "not tried" after one that matches
}

// Patterns returns the selection patterns in the order in which they are tried, the default
// response last.
func (s *Step) Patterns(r *Route) []Pattern {
	if s.Selected == nil || r == nil || r.Integration == nil {
		return nil
	}
	var all []Pattern
	state := "does not match"
	for _, ir := range r.Integration.Responses {
		switch {
		case ir.Default:
		case ir.Status == s.Selected.Status && ir.Pattern == s.Selected.Pattern:
			all = append(all, Pattern{ir, "matches"})
			state = "not tried"
		default:
			all = append(all, Pattern{ir, state})
		}
	}
	for _, ir := range r.Integration.Responses {
		if ir.Default && s.Selected.Default {
			all = append(all, Pattern{ir, "matches"})
		} else if ir.Default {
			all = append(all, Pattern{ir, "not tried"})
		}
	}
	return all
}

// Header is a header with its name as written.
type Header struct{ Name, Value string }

// Response returns what the client got, as it may be shown: nothing if it has disconnected.
func (e *Execution) Response() (headers []Header, body string) {
	if e.sent == nil {
		return nil, ""
	}
	return e.shown(e.sent.headers), e.cover.Text(e.sent.body)
}

// IntegrationHeaders returns the headers from an AWS service or a backend, as they may be shown.
func (e *Execution) IntegrationHeaders() []Header { return e.shown(e.returned) }

func (e *Execution) shown(fs fields) (headers []Header) {
	for _, f := range fs {
		headers = append(headers, Header{f.name, e.cover.Header(f.name, f.value)})
	}
	return headers
}

// AuthorizerContext returns $context.authorizer as JSON, as it may be shown; empty if there is
// none.
func (e *Execution) AuthorizerContext() string { return e.cover.Text(e.authorizer) }
