package gateway

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v4"
)

// target is where an integration sends its requests: the parts of a URI, with {names} not yet
// replaced.
type target struct {
	scheme, authority string
	path, query       string
}

var (
	//lint:ignore ST1005 API Gateway's own words
	errNoAddress = errors.New("Invalid endpoint address")
	serviceURI   = regexp.MustCompile(`^arn:[\w-]+:apigateway:([^:]*):([^:]*):(path|action)/(.*)$`)
	serviceName  = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)
	// illegal are the characters that a URI cannot contain according to Java's URI class.
	illegal = regexp.MustCompile("[\\x00-\\x20\"<>\\\\^`|\\x7f]")
)

// parseService reads the URI of an integration with any AWS service:
// https://docs.aws.amazon.com/apigateway/latest/api/API_Integration.html#apigw-Type-Integration-uri.
func parseService(uri string) (*Service, target, error) {
	if !strings.HasPrefix(uri, "arn:") {
		//lint:ignore ST1005 API Gateway's own words
		return nil, target{}, fmt.Errorf("Invalid ARN specified in the request: %q", uri)
	}
	m := serviceURI.FindStringSubmatch(uri)
	if m == nil {
		return nil, target{}, fmt.Errorf("AWS ARN for integration must contain path or action: %q", uri)
	}
	s := &Service{Region: m[1], Name: m[2]}
	if i := strings.LastIndexByte(s.Name, '.'); i >= 0 {
		s.Subdomain, s.Name = s.Name[:i], s.Name[i+1:]
	}
	if !serviceName.MatchString(s.Name) {
		return nil, target{}, fmt.Errorf("the uri %q does not name a service", uri)
	}
	t := target{scheme: "https", path: "/"}
	if m[3] == "action" {
		s.Action, _, _ = strings.Cut(m[4], "&")
		t.query = "Action=" + m[4]
	} else {
		path, query, _ := strings.Cut(m[4], "?")
		t.path, t.query = "/"+strings.TrimLeft(path, "/"), query
	}
	t.authority = s.Host()
	return s, t, t.check()
}

// parseHTTP reads the URI of an HTTP integration.
func parseHTTP(uri string) (target, error) {
	scheme, rest, ok := strings.Cut(uri, "://")
	if scheme = strings.ToLower(scheme); !ok || scheme != "http" && scheme != "https" {
		//lint:ignore ST1005 API Gateway's own words
		return target{}, fmt.Errorf("Invalid HTTP endpoint specified for URI: %q", uri)
	}
	rest, _, _ = strings.Cut(rest, "#")
	rest, query, _ := strings.Cut(rest, "?")
	authority, path, _ := strings.Cut(rest, "/")
	return target{scheme: scheme, authority: authority, path: "/" + path, query: query}, nil
}

// check returns why API Gateway could not make a request from the target.
func (t *target) check() error {
	for what, text := range map[string]string{"path": t.path, "query": t.query} {
		if at := illegal.FindStringIndex(text); at != nil {
			//lint:ignore ST1005 API Gateway's own words
			return fmt.Errorf("Illegal character in %s at index %d: %q: URI/URL syntax error encountered in signing process", what, at[0], text)
		}
	}
	if host := (&url.URL{Host: t.authority}).Hostname(); host == "" || strings.ContainsAny(t.authority, "@ \\") {
		return errNoAddress
	}
	return nil
}

var placeholder = regexp.MustCompile(`\{([^{}]+)\}`)

// pathValue is a value for a {name} of a URI. A raw one comes from the client's path and keeps its
// escapes.
type pathValue struct {
	name, value string
	raw         bool
}

// fill replaces {names} with the values of parameters; a name without a value is left as it is.
func fill(text string, values []pathValue, escape func(string, bool) string) string {
	if !strings.Contains(text, "{") {
		return text
	}
	return placeholder.ReplaceAllStringFunc(text, func(m string) string {
		for i := len(values) - 1; i >= 0; i-- {
			if values[i].name == m[1:len(m)-1] {
				return escape(values[i].value, values[i].raw)
			}
		}
		return m
	})
}

// escapePath makes a value safe in a path, where slashes are allowed (GW-28).
func escapePath(value string, raw bool) string {
	return escaped(value, func(c byte) bool { return c == '/' || pathByte(c) || raw && c == '%' })
}

// escapeQuery makes a value safe in a query string.
func escapeQuery(value string, raw bool) string {
	return escaped(value, func(c byte) bool { return unreserved(c) || raw && c == '%' })
}

func escaped(value string, keep func(byte) bool) string {
	var b strings.Builder
	for i := 0; i < len(value); i++ {
		if c := value[i]; keep(c) {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

func unreserved(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.' || c == '~'
}

// pathByte reports whether a byte may appear unescaped in a segment of a path.
func pathByte(c byte) bool { return unreserved(c) || strings.IndexByte("!$&'()*+,;=:@", c) >= 0 }

// url returns the URL of a request. extra are query parameters to append to those of the URI.
func (t *target) url(path []pathValue, extra fields) *url.URL {
	u := &url.URL{Scheme: t.scheme, Host: fill(t.authority, path, escapeQuery)}
	u.RawPath = escaped(fill(t.path, path, escapePath), func(c byte) bool { return pathByte(c) || c == '/' || c == '%' })
	var err error
	if u.Path, err = url.PathUnescape(u.RawPath); err != nil { // a malformed escape: the percent sign is literal
		u.RawPath = strings.ReplaceAll(u.RawPath, "%", "%25")
		u.Path, _ = url.PathUnescape(u.RawPath)
	}
	var q strings.Builder
	q.WriteString(strings.NewReplacer("{", "%7B", "}", "%7D").Replace(fill(t.query, path, escapeQuery)))
	for _, f := range extra {
		if q.Len() > 0 {
			q.WriteByte('&')
		}
		q.WriteString(escapeQuery(f.name, false) + "=" + escapeQuery(f.value, false))
	}
	u.RawQuery = q.String()
	return u
}

// service reads the uri of an integration of type aws or aws_proxy that does not lead to a Lambda
// function.
func (l *loader) service(r *Route, in *Integration, u *yaml.Node, uri string, usesStage bool) {
	name := r.Name()
	in.URIPosition = l.doc.at(u)
	if in.Type == AWSProxy {
		l.unsupported(l.doc.at(u), name, "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations.",
			"write type: aws, with a request template that makes the body of the service's request")
		return
	}
	s, t, err := parseService(uri)
	if in.Service, in.target = s, t; err == nil {
		return
	}
	in.uriErr = l.withoutVariables(in.URI, err)
	switch {
	case usesStage: // missing stage variables: requests get 500
		if s == nil {
			in.Service = &Service{}
		}
	case s != nil: // API Gateway accepts it and then returns 500
		l.problem(l.doc.at(u), name, err.Error(), "correct the uri; API Gateway returns 500")
		l.problems[len(l.problems)-1].Served = true
	default:
		l.problem(l.doc.at(u), name, err.Error(), serviceURIFix)
	}
}

const serviceURIFix = "write arn:aws:apigateway:REGION:SERVICE:action/ACTION or arn:aws:apigateway:REGION:SERVICE:path/PATH"

// http reads what is specific to an integration of type http or http_proxy.
func (l *loader) http(r *Route, in *Integration, n *yaml.Node) {
	name := r.Name()
	if c := get(n, "connectionType"); c != nil {
		switch kind := strings.ToUpper(text(c)); kind {
		case "INTERNET", "":
		case "VPC_LINK":
			in.VPCLink = &VPCLink{}
			in.VPCLink.ID, _ = l.stageVariablesIn(l.substituted(getOr(n, "connectionId")))
			in.VPCLink.Target, _ = l.stageVariablesIn(l.substituted(getOr(n, "integrationTarget")))
			if get(n, "connectionId") == nil {
				l.problem(l.doc.at(c), name, "connectionType is VPC_LINK, but there is no connectionId", "write connectionId: the id of the VPC link")
				l.problems[len(l.problems)-1].Served = true
			}
		default:
			l.problem(l.doc.at(c), name, fmt.Sprintf("there is no connectionType %q", text(c)), "write INTERNET or VPC_LINK")
		}
	}
	if t := get(n, "integrationTarget"); t != nil && in.VPCLink == nil {
		l.problem(l.doc.at(t), name, "integrationTarget needs connectionType: VPC_LINK", "write connectionType: VPC_LINK and the link's connectionId")
	}
	in.InsecureTLS = isTrue(get(get(n, "tlsConfig"), "insecureSkipVerification"))
	u := get(n, "uri")
	if u == nil {
		l.problem(in.Position, name, "the integration has no uri", "write the URL of the backend")
		return
	}
	if in.URI = l.substituted(u); in.URI == "" {
		l.unsupported(l.doc.at(u), name, "the uri is not a string", "write the URL of the backend")
		return
	}
	uri, usesStage := l.stageVariablesIn(in.URI)
	var err error
	if in.target, err = parseHTTP(uri); err != nil && usesStage { // missing stage variables: requests get 500
		in.uriErr = l.withoutVariables(in.URI, err)
		return
	} else if err != nil {
		l.problem(l.doc.at(u), name, err.Error(), "write a URL that begins with http:// or https://")
		return
	}
	if in.uriErr = l.withoutVariables(in.URI, in.target.check()); in.uriErr != nil && !usesStage {
		l.problem(l.doc.at(u), name, fmt.Sprintf("%v: %q", in.uriErr, uri), "correct the uri; API Gateway returns 500")
		l.problems[len(l.problems)-1].Served = true
	}
}

var noNode = &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str"}

// getOr is get, with an empty string if the member is missing.
func getOr(n *yaml.Node, key string) *yaml.Node {
	if v := get(n, key); v != nil {
		return v
	}
	return noNode
}
