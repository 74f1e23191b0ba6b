package gateway

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"example.com/guessing-game/src/apigw/document"
	"example.com/guessing-game/src/apigw/vtl"
	javaregexp "example.com/guessing-game/src/apigw/vtl/java/regexp"
)

const (
	// MaxTemplate is the largest mapping template, in bytes.
	MaxTemplate = 300 << 10

	defaultTimeout = 29 * time.Second
	minTimeout     = 50 * time.Millisecond
	maxTimeout     = 15 * time.Minute // 29 s unless a quota was raised, which a document does not show
)

func (l *loader) integration(r *Route, n *yaml.Node) {
	name := r.Name()
	in := &Integration{
		Position:        l.doc.at(n),
		Type:            strings.ToUpper(text(get(n, "type"))),
		HTTPMethod:      strings.ToUpper(text(get(n, "httpMethod"))),
		Credentials:     l.substituted(get(n, "credentials")),
		Passthrough:     strings.ToUpper(text(get(n, "passthroughBehavior"))),
		ContentHandling: l.contentHandling(n, name),
		Timeout:         defaultTimeout,
	}
	r.Integration = in
	l.transferMode(r, in, n)
	switch in.Type {
	case AWS, AWSProxy:
		l.aws(r, in, n)
	case HTTP, HTTPProxy:
		l.http(r, in, n)
	case Mock:
	case "":
		l.problem(in.Position, name, "the integration has no type", "write type: aws, aws_proxy, http, http_proxy or mock")
	default:
		l.problem(l.doc.at(get(n, "type")), name, fmt.Sprintf("there is no integration type %q", text(get(n, "type"))), "write aws, aws_proxy, http, http_proxy or mock")
	}
	l.method(r, in, n)
	switch in.Passthrough {
	case "":
		in.Passthrough = passWhenNoMatch
	case passWhenNoMatch, passWhenNoTemplates, passNever:
	default:
		l.problem(l.doc.at(get(n, "passthroughBehavior")), name, fmt.Sprintf("there is no passthroughBehavior %q", text(get(n, "passthroughBehavior"))), "write when_no_match, when_no_templates or never")
	}
	if t := get(n, "timeoutInMillis"); t != nil {
		ms, err := strconv.Atoi(text(t))
		in.Timeout = time.Duration(ms) * time.Millisecond
		if err != nil || in.Timeout < minTimeout || in.Timeout > maxTimeout {
			l.problem(l.doc.at(t), name, fmt.Sprintf("timeoutInMillis is %q", text(t)), "write a number of milliseconds from 50 to 29000")
			in.Timeout = defaultTimeout
		}
	}
	in.RequestParameters = l.mappings(get(n, "requestParameters"), name, requestTarget, requestSources)
	in.RequestTemplates = l.templates(get(n, "requestTemplates"), name)
	l.cacheKeys(r, in, n)
	l.integrationResponses(r, in, get(n, "responses"))
}

// cacheKeys reads the keys of cached responses. A parameter of the integration stands for what is
// mapped to it.
func (l *loader) cacheKeys(r *Route, in *Integration, n *yaml.Node) {
	if in.cacheNamespace = text(get(n, "cacheNamespace")); in.cacheNamespace == "" {
		in.cacheNamespace = r.resourceID
	}
	for _, k := range items(get(n, "cacheKeyParameters")) {
		name := text(k)
		i := slices.IndexFunc(in.RequestParameters, func(m Mapping) bool { return m.Target == name })
		if i >= 0 {
			in.cacheKeys = append(in.cacheKeys, in.RequestParameters[i].source)
			continue
		}
		s, err := parseSource(name, clientSources)
		if err != nil || !strings.HasPrefix(name, "method.request.") {
			l.problem(l.doc.at(k), r.Name(), fmt.Sprintf("%q is not a cache key parameter", name), "write method.request.querystring.NAME, or a target of requestParameters")
			continue
		}
		in.cacheKeys = append(in.cacheKeys, s)
	}
}

func (l *loader) contentHandling(n *yaml.Node, route string) string {
	c := get(n, "contentHandling")
	switch s := strings.ToUpper(text(c)); s {
	case "", toText, toBinary:
		return s
	}
	l.problem(l.doc.at(c), route, fmt.Sprintf("there is no contentHandling %q", text(c)), "write CONVERT_TO_TEXT or CONVERT_TO_BINARY, or leave it out")
	return ""
}

// aws reads the uri of an integration with a Lambda function or another AWS service.
func (l *loader) aws(r *Route, in *Integration, n *yaml.Node) {
	name := r.Name()
	u := get(n, "uri")
	if u == nil {
		l.problem(in.Position, name, "the integration has no uri", lambdaURIFix)
		return
	}
	in.URI = l.substituted(u)
	if in.URI == "" {
		l.unsupported(l.doc.at(u), name, "the uri is not a string", lambdaURIFix)
		return
	}
	uri, usesStage := l.stageVariablesIn(in.URI)
	if !lambdaInvocation.MatchString(uri) && (serviceURI.MatchString(uri) || !strings.Contains(uri, ":lambda:")) {
		l.service(r, in, u, uri, usesStage)
		return
	}
	var err error
	if in.Function, err = parseLambdaURI(uri); err != nil {
		if in.uriErr = l.withoutVariables(in.URI, err); !usesStage {
			l.unsupported(l.doc.at(u), name, err.Error(), lambdaURIFix+"; start leniently and the route returns 501")
		}
		return
	}
	switch {
	case in.Function.streamed && in.Stream, !in.Function.streamed && !in.Stream:
	case in.Stream:
		l.problem(l.doc.at(u), name, "responseTransferMode is STREAM, but the uri invokes the function without streaming",
			"write arn:aws:apigateway:REGION:lambda:path/2021-11-15/functions/FUNCTION_ARN/response-streaming-invocations")
	default:
		l.problem(l.doc.at(u), name, "the uri invokes the function with streaming, but responseTransferMode is not STREAM",
			"write responseTransferMode: STREAM, or the path 2015-03-31/functions/FUNCTION_ARN/invocations")
	}
	if in.HTTPMethod != "POST" {
		l.problem(l.placeOfMethod(in, n), name, fmt.Sprintf("httpMethod is %q, but a Lambda function is always invoked by POST", in.HTTPMethod), "write httpMethod: POST; API Gateway returns 500 otherwise")
		l.problems[len(l.problems)-1].Served = true
		in.uriErr = fmt.Errorf("httpMethod is %q, but a Lambda function is always invoked by POST", in.HTTPMethod)
	}
}

func (l *loader) placeOfMethod(in *Integration, n *yaml.Node) Position {
	if m := get(n, "httpMethod"); m != nil {
		return l.doc.at(m)
	}
	return in.Position
}

var integrationMethods = []string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", anyMethod}

// method requires the httpMethod that an integration other than mock needs.
func (l *loader) method(r *Route, in *Integration, n *yaml.Node) {
	if in.Leads() && !slices.Contains(integrationMethods, in.HTTPMethod) {
		l.problem(l.placeOfMethod(in, n), r.Name(), fmt.Sprintf("Enumeration value for HttpMethod must be non-empty: httpMethod is %q", in.HTTPMethod),
			"write the method of the request that goes to the backend, such as httpMethod: POST; ANY is that of the client")
	}
}

const lambdaURIFix = "write arn:aws:apigateway:REGION:lambda:path/2015-03-31/functions/FUNCTION_ARN/invocations"

var lambdaURI = regexp.MustCompile(`^arn:[\w-]+:apigateway:[^:]*:lambda:path/+(?:2015-03-31/functions/(.*)/invocations|2021-11-15/functions/(.*)/(response-streaming-invocations))/?$`)

// lambdaInvocation distinguishes the uris of Lambda integrations from those of the service's other
// actions.
var lambdaInvocation = regexp.MustCompile(`^arn:[\w-]+:apigateway:[^:]*:lambda:path/.*/functions/`)
var functionName = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// parseLambdaURI extracts the function from an integration's uri. A name may be an ARN,
// "account:function:name" or just the name, each with or without a qualifier.
func parseLambdaURI(uri string) (Function, error) {
	m := lambdaURI.FindStringSubmatch(uri)
	if m == nil {
		return Function{}, fmt.Errorf("the uri %q is not that of a Lambda function", uri)
	}
	m[1] += m[2] // one of the two is empty
	parts := strings.Split(m[1], ":")
	if i := slices.Index(parts[:len(parts)-1], "function"); i >= 0 {
		parts = parts[i+1:]
	}
	f := Function{Name: parts[0], ARN: m[1], streamed: m[3] != ""}
	if len(parts) == 2 {
		f.Qualifier = parts[1]
	}
	if len(parts) > 2 || !functionName.MatchString(f.Name) || strings.HasSuffix(m[1], ":") || f.Qualifier != "" && f.Qualifier != "$LATEST" && !functionName.MatchString(f.Qualifier) {
		return Function{}, fmt.Errorf("the uri names no function: %q", m[1])
	}
	return f, nil
}

var stageVariable = regexp.MustCompile(`\$\{stageVariables\.([A-Za-z0-9_]+)\}`)

// stageVariablesIn puts the stage's variables into a uri; a missing one is empty.
func (l *loader) stageVariablesIn(uri string) (string, bool) {
	out := stageVariable.ReplaceAllStringFunc(uri, func(m string) string {
		return l.o.StageVariables[stageVariable.FindStringSubmatch(m)[1]]
	})
	return out, out != uri
}

// withoutVariables adds the missing stage variables to the reason why a uri is wrong.
func (l *loader) withoutVariables(uri string, err error) error {
	var missing []string
	for _, m := range stageVariable.FindAllStringSubmatch(uri, -1) {
		if l.o.StageVariables[m[1]] == "" && !slices.Contains(missing, m[1]) {
			missing = append(missing, m[1])
		}
	}
	if err == nil || missing == nil {
		return err
	}
	return &variableError{err, missing}
}

// variableError is an error caused by missing stage variables.
type variableError struct {
	err     error // as in the execution log
	missing []string
}

func (e *variableError) Error() string {
	return fmt.Sprintf("%v, because the stage has no variable %s; pass --stage-variables %s=VALUE", e.err, strings.Join(e.missing, ", "), e.missing[0])
}

func (e *variableError) Unwrap() error { return e.err }

var awsVariable = regexp.MustCompile(`\$\{AWS::(Region|AccountId|Partition)\}`)

// substituted is a text of the document with the variables that API Gateway itself replaces when it
// imports one, in a mapping template as well as in a uri; it is empty if it is not a string
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/import-api-aws-variables.html).
func (l *loader) substituted(n *yaml.Node) string {
	return awsVariable.ReplaceAllStringFunc(text(n), func(m string) string {
		switch m {
		case "${AWS::Region}":
			return l.o.Region
		case "${AWS::AccountId}":
			return l.o.AccountID
		}
		return "aws"
	})
}

// templates reads a map of media type to template. A null or empty template counts as absent.
func (l *loader) templates(n *yaml.Node, route string) []*Template {
	var ts []*Template
	for _, m := range members(n) {
		if m.value == nil || m.value.Kind != yaml.ScalarNode {
			l.problem(l.doc.at(m.key), route, "a mapping template must be a string", "write it as a block: \"application/json: |\" and the template below")
			continue
		}
		if strings.HasPrefix(m.value.Tag, "!") && !strings.HasPrefix(m.value.Tag, "!!") {
			l.unsupported(l.doc.at(m.value), route, fmt.Sprintf("the function %s in a mapping template is not resolved", m.value.Tag), "write the template as plain text, or start from the SAM template, where functions are resolved")
			continue
		}
		source := l.substituted(m.value)
		if source == "" {
			continue
		}
		t := &Template{Position: l.doc.at(m.value), MediaType: strings.ToLower(strings.TrimSpace(m.key.Value)), Source: source}
		if t.block = m.value.Style&yaml.LiteralStyle != 0; t.block {
			t.indentation, t.lines = document.Indentation(m.value), strings.Split(source, "\n")
		}
		if len(source) > MaxTemplate {
			l.problem(t.Position, route, fmt.Sprintf("the template has %d bytes, API Gateway accepts at most %d", len(source), MaxTemplate), "shorten it")
		}
		t.parse(route, vtl.Options{Coverage: l.o.Coverage})
		if t.Err != nil {
			at := t.Position
			var verr *vtl.Error
			if errors.As(t.Err, &verr) {
				at = t.At(verr.Line, verr.Column)
			}
			l.problem(at, route, "the template does not parse: "+t.Err.Error(), "correct the template; API Gateway returns 500 where it is used")
			l.problems[len(l.problems)-1].Served = true
		}
		ts = append(ts, t)
	}
	return ts
}

// parse parses the template's source.
func (t *Template) parse(route string, o vtl.Options) {
	parsed, err := vtl.Parse(route+" "+t.MediaType, t.Source, o)
	if t.usesAny = o.Coverage || strings.ContainsAny(t.Source, "$#\\"); err != nil {
		t.Err = err
		return
	}
	t.parsed, t.contextKeys = parsed, readContextKeys(parsed)
	for _, ref := range parsed.References() {
		t.usesInput = t.usesInput || ref.Name == "input"
		t.usesContext = t.usesContext || ref.Name == "context"
		t.usesMethod = t.usesMethod || ref.Name == "method"
	}
}

var statusCode = regexp.MustCompile(`^[1-5]\d\d$`)

func (l *loader) integrationResponses(r *Route, in *Integration, n *yaml.Node) {
	name := r.Name()
	byStatus := map[string]*IntegrationResponse{}
	for _, m := range members(n) {
		ir := &IntegrationResponse{
			Position:        l.doc.at(m.key),
			Pattern:         m.key.Value,
			Default:         m.key.Value == "default" || m.key.Value == "",
			Status:          text(get(m.value, "statusCode")),
			ContentHandling: l.contentHandling(m.value, name),
		}
		if !statusCode.MatchString(ir.Status) {
			l.problem(ir.Position, name, fmt.Sprintf("the response %q has the statusCode %q", ir.Pattern, ir.Status), "write a statusCode from 100 to 599")
		}
		ir.status, _ = strconv.Atoi(ir.Status)
		if !ir.Default {
			var err error
			if ir.pattern, err = javaregexp.Compile(ir.Pattern); err != nil {
				l.problem(ir.Position, name, fmt.Sprintf("the selection pattern %q is not a Java regular expression: %v", ir.Pattern, err), "correct the pattern")
			}
		}
		ir.ResponseParameters = l.mappings(get(m.value, "responseParameters"), name, responseTarget, responseSources)
		ir.ResponseTemplates = l.templates(get(m.value, "responseTemplates"), name)
		if other, ok := byStatus[ir.Status]; ok && in.Type != AWSProxy {
			l.problem(ir.Position, name, fmt.Sprintf("the responses %q and %q both have the statusCode %s, but API Gateway keeps one response for each status", other.Pattern, ir.Pattern, ir.Status),
				"join the patterns with | or give one of them another status")
			l.problems[len(l.problems)-1].Served = true
			in.Responses = slices.DeleteFunc(in.Responses, func(r *IntegrationResponse) bool { return r == other })
		}
		byStatus[ir.Status] = ir
		in.Responses = append(in.Responses, ir)
	}
}

// mediaOf is a media type without its parameters, in lower case except for $default.
func mediaOf(s string) string {
	if i := strings.IndexByte(s, ';'); i >= 0 {
		s = s[:i]
	}
	return strings.ToLower(strings.TrimSpace(s))
}
