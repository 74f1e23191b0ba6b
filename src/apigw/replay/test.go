package replay

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"example.com/guessing-game/src/apigw/executionlog"
	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/gateway/headernames"
	"example.com/guessing-game/src/apigw/gateway/mask"
	"example.com/guessing-game/src/apigw/mappingtest"
)

// Test returns the exchange as a mapping test, in the form that package mappingtest documents: what
// the log has is what the test expects, except for values that no log has, which are those of a
// test's fixed clock and ids. comment is its first line; m hides what the test must not hold. The
// error says why there is no such test.
func (r *Result) Test(comment string, m *mask.Masker) ([]byte, error) {
	e, a, b := r.Exchange, r.Local, r.second
	shown := func(s string) string { return m.Text(s) }
	draft := mappingtest.NewDraft(comment)
	headers := func(all []executionlog.Field, but func(name string) bool) (left []gateway.Header) {
		for _, f := range all {
			if !but(f.Name) {
				left = append(left, gateway.Header{Name: f.Name, Value: header(m, f)})
			}
		}
		return left
	}
	draft.Request(e.Method, shown(pathOf(e)), headers(e.Header, hopHeader), shown(text(e.Body)))
	event := r.known(e.EndpointRequest, a.EndpointRequest, b.EndpointRequest)
	cut := e.EndpointRequest != nil && e.EndpointRequest.Cut
	switch {
	case e.EndpointURI != "" && !strings.Contains(e.EndpointURI, lambdaPath):
		if e.EndpointResponse != nil {
			draft.ServiceResponse(e.EndpointStatus, headers(e.EndpointResponseHeader, ownHeader), shown(text(e.EndpointResponse)))
		}
		if !cut {
			body := new(shown(event))
			if r.proxy {
				body = nil
			}
			sent := headers(r.sentHeaders(), func(name string) bool { return !r.mappedHeader(name) })
			draft.ServiceRequest(cmp.Or(r.method, http.MethodPost)+" "+shown(r.sentTo()), sent, body)
		}
	default:
		if text(e.EndpointResponse) != "" { // an asynchronous invocation has no result
			draft.Returned(shown(text(e.EndpointResponse)), e.FunctionError)
		}
		if !r.proxy && !cut {
			draft.Event(shown(event))
		}
	}
	var body *string
	if e.Response != nil && !e.Response.Cut {
		if e.Status != a.Status { // rendered by another template
			a, b = &executionlog.Exchange{}, &executionlog.Exchange{}
		}
		body = new(shown(r.known(e.Response, a.Response, b.Response)))
	}
	draft.Response(e.Status, headers(e.ResponseHeader, func(name string) bool { return ownHeader(name) || mappingtest.Varies(name) }), body)
	return draft.Bytes()
}

// sentTo returns the URI of the request to a service or a backend. It is the local one unless they
// differ: its host and account are those of the local documents.
func (r *Result) sentTo() string {
	if want, got := r.differingDestination(); want == got && r.Local.EndpointURI != "" {
		return r.Local.EndpointURI
	}
	return r.Exchange.EndpointURI
}

// sentHeaders returns the logged headers of the request to a service or a backend, with a test's
// values for what only the log knows.
func (r *Result) sentHeaders() []executionlog.Field {
	var all []executionlog.Field
	value := func(fields []executionlog.Field, name string) *executionlog.Text {
		i := slices.IndexFunc(fields, func(f executionlog.Field) bool { return strings.EqualFold(f.Name, name) })
		if i < 0 {
			return nil
		}
		return &executionlog.Text{S: fields[i].Value}
	}
	for _, f := range r.Exchange.EndpointHeader {
		f.Value = r.known(&executionlog.Text{S: f.Value}, value(r.Local.EndpointHeader, f.Name), value(r.second.EndpointHeader, f.Name))
		all = append(all, f)
	}
	return all
}

// lambdaPath is part of the URI of every invocation of a function.
const lambdaPath = "/2015-03-31/functions/"

// known returns a logged body with a test's values for what only the log knows.
func (r *Result) known(logged, a, b *executionlog.Text) string {
	s := text(logged)
	if a != nil && b != nil {
		s = known(s, a.S, b.S)
	}
	if r.Exchange.RequestID != "" {
		s = strings.ReplaceAll(s, r.Exchange.RequestID, mappingtest.ID(1))
	}
	return s
}

// header returns a header's value, hidden if its name says that it is secret.
func header(m *mask.Masker, f executionlog.Field) string {
	if headernames.Secret(f.Name) {
		return "***"
	}
	_, value, _ := strings.Cut(m.Text(f.Name+": "+f.Value), ": ")
	return value
}

// hopHeader reports whether a request header was added on the way to API Gateway rather than by the
// client.
func hopHeader(name string) bool {
	name = http.CanonicalHeaderKey(name)
	switch name {
	case "Host", "Via", "X-Amzn-Trace-Id", "X-Forwarded-For", "X-Forwarded-Port", "X-Forwarded-Proto", "Content-Length", "Connection", "Cloudfront-Forwarded-Proto":
		return true
	}
	return strings.HasPrefix(name, "Cloudfront-") || strings.HasPrefix(name, "X-Amz-Cf-")
}
