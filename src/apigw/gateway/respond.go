package gateway

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"

	"example.com/guessing-game/src/apigw/vtl/java"
)

// selectResponse finds the integration response for a value: the first whose pattern matches all of
// it, else the default one. For a mock integration, a response whose own status is the value takes
// precedence over the others that match (GW-10).
func (x *exchange) selectResponse(value string) (*IntegrationResponse, *failure) {
	var first, fallback *IntegrationResponse
	for _, ir := range x.route.Integration.Responses {
		if ir.Default {
			fallback = ir
			continue
		}
		if ir.pattern == nil {
			continue
		}
		ok, err := ir.pattern.Matches(value)
		if err != nil {
			return nil, internalFailure(fmt.Errorf("selection pattern %q (%s): %w", ir.Pattern, ir.Position, err))
		}
		if ok && (x.route.Integration.Type != Mock || ir.Status == value) {
			return ir, nil
		}
		if ok && first == nil {
			first = ir
		}
	}
	if first != nil {
		return first, nil
	}
	if fallback == nil {
		return nil, &failure{kind: kindConfiguration, cause: errNoResponse, log: fmt.Sprintf("Execution failed due to configuration error: No match for output mapping and no default output mapping configured. Endpoint Response Status Code: %d", x.result.status)}
	}
	return fallback, nil
}

var errNoResponse = errors.New("no integration response matches and there is no default one")

func (r *Route) declares(status string) bool {
	for i := range r.Responses {
		if r.Responses[i].Status == status {
			return true
		}
	}
	return false
}

// integrationResponse is the response mapping: selection, response parameters, response template,
// overrides, names of headers.
func (x *exchange) integrationResponse(value string) (a *clientResponse, f *failure) {
	s := x.begin("response mapping")
	defer func() {
		if f != nil {
			x.end(s, f.asError())
			return
		}
		x.end(s, nil)
		x.logDone(a)
	}()
	ir, f := x.selectResponse(value)
	if f != nil {
		return nil, f
	}
	if s != nil {
		s.Selected, s.Value = ir, value
	}
	if !x.route.declares(ir.Status) {
		return nil, &failure{kind: kindConfiguration, log: "Execution failed due to configuration error: Output mapping refers to an invalid method response: " + ir.Status,
			cause: fmt.Errorf("%s: the status %s is not declared in the method's responses", ir.Position, ir.Status)}
	}
	a = &clientResponse{status: ir.status, headers: make(fields, 0, len(ir.ResponseParameters)+4)}
	for i := range ir.ResponseParameters {
		m := &ir.ResponseParameters[i]
		v, ok, err := x.resolve(m.source)
		if err != nil {
			return nil, internalFailure(fmt.Errorf("%s: %w", m.Position, err))
		}
		if ok {
			a.headers.put(m.name, v)
		}
	}
	body, f := x.responseBody(s, ir)
	if f != nil {
		return nil, f
	}
	a.body, a.binary = body, x.response.binary
	if status, ok := x.statusOverride(); ok {
		a.status = status
	}
	if o := x.overrides("responseOverride", "header"); o != nil {
		for k, v := range o.All() {
			if v != nil {
				a.headers.put(java.String(k), java.String(v))
			}
		}
	}
	if a.status < 200 { // GW-16: HTTP has no final response below 200
		return nil, internalFailure(fmt.Errorf("the status %d cannot end a response", a.status))
	}
	if len(a.body) > MaxPayload {
		return nil, internalFailure(fmt.Errorf("the response has %d bytes, at most %d can be sent", len(a.body), MaxPayload))
	}
	if x.route.Integration.Type != Mock {
		a.headers.put("X-Amzn-Trace-Id", x.trace.String())
	}
	a.headers.typed()
	return a, nil
}

// responseBody converts the integration's payload and renders the response template on it, if there
// is one.
func (x *exchange) responseBody(s *Step, ir *IntegrationResponse) (string, *failure) {
	if len(x.g.api.BinaryMediaTypes) > 0 || ir.ContentHandling != "" || x.route.Integration.Leads() {
		binary := x.route.Integration.Type != Mock && x.g.isBinary(x.responseType())
		var err error
		if x.response, err = convertResponse(x.response.text, binary, x.g.isBinary(x.acceptType()), ir.ContentHandling); err != nil {
			return "", notBase64(err)
		}
	}
	t := x.responseTemplate(ir)
	if t == nil {
		s.template(nil, java.ValidText(x.response.text), java.ValidText(x.response.text))
		return x.response.text, nil
	}
	return x.render(s, t, &x.response, true)
}

// headerNames is a set of names of headers, in lower case.
type headerNames map[string]bool

// longestFate is the longest name in a set of headerNames, in bytes.
const longestFate = len("proxy-authenticate")

// has reports whether a name, in any case, is in the set.
func (s headerNames) has(name string) bool {
	var low [longestFate]byte
	if len(name) > len(low) {
		return false
	}
	for i := range len(name) {
		low[i] = lower(name[i])
	}
	return s[string(low[:len(name)])]
}

const remapPrefix = "x-amzn-Remapped-"

// edge says how the edge, through which responses leave, treats names of headers. The execution
// log shows headers before that (recorded).
type edge struct{ renamed, dropped headerNames }

var (
	// edgeMapped is for headers that a document or a function sets (recorded on AWS).
	edgeMapped = edge{
		renamed: headerNames{
			"authorization": true, "connection": true, "content-length": true, "content-md5": true, "date": true, "expect": true, "host": true,
			"max-forwards": true, "proxy-authenticate": true, "server": true, "trailer": true, "upgrade": true, "user-agent": true, "www-authenticate": true,
		},
		dropped: headerNames{"transfer-encoding": true},
	}
	// edgePassed is for the headers of the backend of an http_proxy integration (recorded on AWS,
	// the rest documented).
	edgePassed = edge{
		renamed: headerNames{
			"connection": true, "content-length": true, "date": true, "server": true, "x-amzn-requestid": true,
			"authorization": true, "content-md5": true, "max-forwards": true, "user-agent": true, "www-authenticate": true,
		},
		dropped: headerNames{
			"expect": true, "host": true, "proxy-authenticate": true, "te": true, "trailer": true, "upgrade": true, "transfer-encoding": true, "via": true,
		},
	}
	// edgeFraming is for the headers of gateway responses (GW-51): they keep their own names,
	// except for those that would change where a message ends or what happens to the connection.
	edgeFraming = edge{
		renamed: headerNames{"connection": true, "content-length": true, "trailer": true, "upgrade": true},
		dropped: headerNames{"transfer-encoding": true},
	}
)

// apply returns headers as they leave; fs itself is unchanged.
func (e edge) apply(fs fields) fields {
	if !slices.ContainsFunc(fs, func(f field) bool { return e.renamed.has(f.name) || e.dropped.has(f.name) }) {
		return fs
	}
	out := make(fields, 0, len(fs)+1)
	for _, f := range fs {
		switch {
		case e.dropped.has(f.name):
			continue
		case e.renamed.has(f.name):
			f.name = remapPrefix + f.name
		}
		out = append(out, f)
	}
	return out
}

// atEdge gives the response of an integration the headers with which it leaves.
func (x *exchange) atEdge(a *clientResponse) {
	if in := x.route.Integration; in == nil || in.Type != HTTPProxy {
		a.headers = edgeMapped.apply(a.headers)
		a.headers.typed()
		return
	}
	length, known := a.headers.fold("Content-Length")
	if a.headers = edgePassed.apply(a.headers); known && a.stream != nil {
		a.headers = append(a.headers, field{"Content-Length", length})
	}
}

// typed adds the Content-Type that a response has if nothing sets one.
func (fs *fields) typed() {
	if _, ok := fs.fold("Content-Type"); !ok {
		*fs = append(*fs, field{"Content-Type", "application/json"})
	}
}

func (x *exchange) logDone(a *clientResponse) {
	if x.rec == nil {
		return
	}
	x.log("Method response body after transformations: ", logged(a.body, a.binary))
	x.logFields("Method response headers: ", x.shown(a.headers))
	x.log("Successfully completed execution", "")
	x.log("Method completed with status: ", strconv.Itoa(a.status))
}

// keepAlive is the Connection header, which AWS writes out for HTTP/1.1 too (recorded). net/http
// replaces it where a connection closes.
var keepAlive = []string{"keep-alive"}

// write sends the response with the headers that every response has. Names are sent unchanged;
// net/http would otherwise change their case.
func (x *exchange) write(w http.ResponseWriter, a *clientResponse) {
	h := w.Header()
	values := make([]string, 0, len(a.headers)+4) // one allocation for all lists of one value
	list := func(v string) []string {
		values = append(values, v)
		return values[len(values)-1 : len(values) : len(values)]
	}
	if !a.unread {
		h["x-amzn-RequestId"] = list(x.requestID)
		h["x-amz-apigw-id"] = list(x.extendedID())
	}
	h["Content-Type"] = nil // keeps net/http from guessing it
	h["Connection"] = keepAlive
	for _, f := range a.headers {
		if others := h[f.name]; len(others) > 0 {
			h[f.name] = append(others, f.value)
		} else {
			h[f.name] = list(f.value)
		}
	}
	if a.stream != nil {
		x.writeStreamed(w, a)
		return
	}
	if a.unread {
		h["Connection"] = list("close")
	}
	bodyless := a.status == http.StatusNoContent || a.status == http.StatusNotModified
	if !bodyless {
		h["Content-Length"] = list(strconv.Itoa(len(a.body)))
	}
	w.WriteHeader(a.status)
	if a.body != "" && !bodyless {
		_, _ = io.WriteString(w, a.body) // an error means that the client has disconnected
	}
}
