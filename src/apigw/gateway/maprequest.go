package gateway

import (
	"strings"

	"example.com/guessing-game/src/apigw/vtl/java"
)

// mapped is the request to the integration after parameter mappings and then overrides.
type mapped struct {
	path     []pathValue
	query    fields
	headers  fields
	rendered bool // the body is what a template rendered
}

// fate is how a header that a document sets in the integration request is treated.
type fate uint8

const (
	sent    fate = iota // replaces the gateway's or the client's own
	dropped             // silently
	refused             // the call fails
)

// The headers that cannot be set, by the type of integration (recorded on AWS). Other services are
// assumed to behave as Lambda, for which this was recorded.
var (
	awsFates = map[string]fate{
		"content-length": refused, "transfer-encoding": refused, "authorization": refused, "connection": refused, "expect": refused,
		"proxy-authenticate": refused, "te": refused,
	}
	httpFates = map[string]fate{
		"content-length": refused, "transfer-encoding": refused, "expect": dropped, "proxy-authenticate": dropped, "te": dropped, "via": dropped,
		"connection": dropped,
	}
)

func (in *Integration) fateOf(header string) fate {
	if in.Type == HTTP || in.Type == HTTPProxy {
		return httpFates[lowerASCII(header)]
	}
	return awsFates[lowerASCII(header)]
}

// mapRequest evaluates the mappings to integration.request. For a Lambda function, paths and query
// strings have no effect.
func (x *exchange) mapRequest(in *Integration) (out mapped, f *failure) {
	for i := range in.RequestParameters {
		m := &in.RequestParameters[i]
		switch {
		case m.in != "header":
			if !in.Leads() {
				continue
			}
		case in.fateOf(m.name) == refused:
			return out, refusedHeader(m.name + " cannot be mapped (" + m.Position.String() + ")")
		case in.fateOf(m.name) == dropped:
			continue
		}
		if m.source.kind == fromBody {
			x.request = payload{text: java.ValidText(x.body)}
		}
		if m.in == "querystring" && m.source.kind == fromQueryAll {
			for _, v := range x.query().all(m.source.name) {
				out.query = append(out.query, field{m.name, v})
			}
			continue
		}
		v, ok, err := x.resolve(m.source)
		if err != nil {
			return out, &failure{kind: kindBadRequestBody, message: invalidJSON, log: "Execution failed: " + err.Error(), cause: err}
		}
		if !ok {
			continue
		}
		switch m.in {
		case "header":
			out.headers.put(m.name, v)
		case "querystring":
			out.query = append(out.query, field{m.name, v})
		case "path":
			out.path = append(out.path, pathValue{m.name, v, m.source.kind == fromPath || m.source.kind == fromStatic})
		}
	}
	return out, nil
}

func refusedHeader(what string) *failure {
	return &failure{kind: kindConfiguration, log: "Execution failed due to configuration error: the header " + what}
}

// override applies $context.requestOverride.
func (m *mapped) override(x *exchange, in *Integration) *failure {
	if o := x.overrides("requestOverride", "header"); o != nil {
		for k, v := range o.All() {
			name := java.String(k)
			switch fate := in.fateOf(name); {
			case v == nil, in.Leads() && fate == dropped:
			case in.Leads() && fate == refused:
				return refusedHeader(name + " cannot be overridden")
			default:
				m.headers.put(name, java.String(v))
			}
		}
	}
	if !in.Leads() {
		return nil
	}
	if o := x.overrides("requestOverride", "querystring"); o != nil {
		for k, v := range o.All() {
			if name := java.String(k); v != nil {
				m.query = deleteNamed(m.query, name)
				for _, one := range valuesOf(v) {
					m.query = append(m.query, field{name, one})
				}
			}
		}
	}
	if o := x.overrides("requestOverride", "path"); o != nil {
		for k, v := range o.All() {
			if v != nil {
				m.path = append(m.path, pathValue{java.String(k), java.String(v), true})
			}
		}
	}
	return nil
}

// valuesOf are the values of an override: those of a list, or a single one.
func valuesOf(v java.Value) []string {
	l, ok := v.(*java.List)
	if !ok {
		return []string{java.String(v)}
	}
	var out []string
	for i := range l.Len() {
		out = append(out, java.String(l.At(i)))
	}
	return out
}

// deleteNamed returns fs without the parameters of a name, which is case-sensitive.
func deleteNamed(fs fields, name string) fields {
	out := fields{}
	for _, f := range fs {
		if f.name != name {
			out = append(out, f)
		}
	}
	return out
}

// contentTypeOf is the Content-Type of the request to the integration if nothing maps one (GW-29):
// the client's, or JSON for a body that a template rendered for a client that sent none.
func (x *exchange) contentTypeOf(body string, rendered bool) string {
	kind := headerOf(x.r, "Content-Type")
	switch {
	case body == "":
		return ""
	case kind == "" && rendered:
		return "application/json"
	}
	return strings.TrimSpace(kind)
}
