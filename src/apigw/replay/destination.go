package replay

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"example.com/guessing-game/src/apigw/executionlog"
	"example.com/guessing-game/src/apigw/gateway/headernames"
)

// account matches an account's id in a URI: in the path of a queue, in an ARN.
var account = regexp.MustCompile(`([/:=])\d{12}([/:]|$)`)

// destination returns where a request to a service or a backend went in a comparable form: its path
// and its query parameters, each on a line. The host is left out, since the local documents may
// name another, and so is the account of a service. ok is false if the log does not have it in
// full. LocalStack logs the integration's ARN instead.
func (r *Result) destination(uri string) (text string, ok bool) {
	u, err := url.Parse(uri)
	if err != nil || u.Host == "" || strings.HasSuffix(uri, executionlog.Truncated) || strings.Contains(uri, lambdaPath) {
		return "", false
	}
	lines := []string{u.Path}
	if lines[0] == "" {
		lines[0] = "/"
	}
	first := len(lines)
	for pair := range strings.SplitSeq(u.RawQuery, "&") {
		if pair == "" {
			continue
		}
		if decoded, err := url.QueryUnescape(pair); err == nil {
			pair = decoded
		}
		lines = append(lines, pair)
	}
	slices.Sort(lines[first:])
	if r.service {
		for i, line := range lines {
			lines[i] = account.ReplaceAllString(line, "${1}000000000000$2")
		}
	}
	return strings.Join(lines, "\n") + "\n", true
}

// differingDestination compares where the request to a service or a backend went.
func (r *Result) differingDestination() (want, got string) {
	want, ok1 := r.destination(r.Exchange.EndpointURI)
	got, ok2 := r.destination(r.Local.EndpointURI)
	other, ok3 := r.destination(r.second.EndpointURI)
	if !ok1 || !ok2 || !ok3 || same(&executionlog.Text{S: want}, got, other) {
		return "", ""
	}
	return want, got
}

// mappedHeader reports whether a header of the request to the endpoint is set by the documents'
// mappings, or may have been where the log was written. API Gateway's own headers are not, nor
// those that a proxy passes on from the client.
func (r *Result) mappedHeader(name string) bool {
	name = strings.ToLower(name)
	if headernames.Secret(name) {
		return false
	}
	if r.mapped[name] {
		return true
	}
	switch name {
	case "accept", "user-agent", "host", "content-type", "x-amzn-apigateway-api-id", "x-amzn-lambda-integration-tag",
		"x-amz-date", "x-amz-source-arn", "x-amz-content-sha256", "x-amz-security-token",
		"signedheaders", "signature": // of an Authorization that is logged in full
		return false
	}
	return !r.proxy && !ownHeader(name) && !strings.HasPrefix(name, "x-localstack-")
}
