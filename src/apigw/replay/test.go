package replay

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"

	"golang.org/x/tools/txtar"

	"example.com/guessing-game/src/apigw/executionlog"
	"example.com/guessing-game/src/apigw/gateway/headernames"
	"example.com/guessing-game/src/apigw/gateway/mask"
	"example.com/guessing-game/src/apigw/mappingtest"
)

// Test returns the exchange as a mapping test, in the form that package mappingtest documents: what
// the log has is what the test expects, except for values that no log has, which are those of a
// test's fixed clock and ids. comment is its first line; m hides what the test must not hold.
func (r *Result) Test(comment string, m *mask.Masker) []byte {
	e, a, b := r.Exchange, r.Local, r.second
	shown := func(s string) string { return m.Text(s) }
	archive := &txtar.Archive{Comment: []byte(comment + "\n")}
	add := func(name, text string) {
		if text != "" && !strings.HasSuffix(text, "\n") {
			text += "\n"
		}
		archive.Files = append(archive.Files, txtar.File{Name: name, Data: []byte(text)})
	}

	var request strings.Builder
	fmt.Fprintf(&request, "%s %s\n", e.Method, shown(pathOf(e)))
	for _, f := range e.Header {
		if !hopHeader(f.Name) {
			fmt.Fprintf(&request, "%s: %s\n", f.Name, header(m, f))
		}
	}
	if body := text(e.Body); body != "" {
		request.WriteString("\n" + shown(body))
	}
	add("request", request.String())

	event := r.known(e.EndpointRequest, a.EndpointRequest, b.EndpointRequest)
	cut := e.EndpointRequest != nil && e.EndpointRequest.Cut
	switch {
	case e.EndpointURI != "" && !strings.Contains(e.EndpointURI, lambdaPath):
		if e.EndpointResponse != nil {
			answer := fmt.Sprintln(e.EndpointStatus)
			for _, f := range e.EndpointResponseHeader {
				if !ownHeader(strings.ToLower(f.Name)) {
					answer += f.Name + ": " + header(m, f) + "\n"
				}
			}
			add("service response", answer+"\n"+shown(text(e.EndpointResponse)))
		}
		if !r.proxy && !cut {
			add("service request", cmp.Or(r.method, http.MethodPost)+" "+shown(e.EndpointURI)+"\n\n"+shown(event))
		}
	default:
		if e.EndpointResponse != nil {
			name := "result"
			if e.FunctionError {
				name = "error"
			}
			add(name, shown(text(e.EndpointResponse)))
		}
		if !r.proxy && !cut {
			add("event", shown(event))
		}
	}
	var response strings.Builder
	fmt.Fprintln(&response, e.Status)
	for _, f := range e.ResponseHeader {
		if !ownHeader(strings.ToLower(f.Name)) && !strings.HasPrefix(strings.ToLower(f.Name), "x-amzn-") {
			fmt.Fprintf(&response, "%s: %s\n", f.Name, header(m, f))
		}
	}
	if e.Response != nil && !e.Response.Cut {
		if e.Status != a.Status { // made by another template
			a, b = &executionlog.Exchange{}, &executionlog.Exchange{}
		}
		response.WriteString("\n" + shown(r.known(e.Response, a.Response, b.Response)))
	}
	add("response", response.String())
	return txtar.Format(archive)
}

// lambdaPath is in the URI of every invocation of a function.
const lambdaPath = "/2015-03-31/functions/"

// known is a logged body with a test's values for what only the log knows.
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

// header is a header's value, hidden where its name says that it is secret.
func header(m *mask.Masker, f executionlog.Field) string {
	if headernames.Secret(f.Name) {
		return "***"
	}
	_, value, _ := strings.Cut(m.Text(f.Name+": "+f.Value), ": ")
	return value
}

// hopHeader reports whether a request header is of the way to API Gateway rather than of the client.
func hopHeader(name string) bool {
	name = http.CanonicalHeaderKey(name)
	switch name {
	case "Host", "Via", "X-Amzn-Trace-Id", "X-Forwarded-For", "X-Forwarded-Port", "X-Forwarded-Proto", "Content-Length", "Connection", "Cloudfront-Forwarded-Proto":
		return true
	}
	return strings.HasPrefix(name, "Cloudfront-") || strings.HasPrefix(name, "X-Amz-Cf-")
}
