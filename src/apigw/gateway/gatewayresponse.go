package gateway

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"example.com/guessing-game/src/apigw/vtl/java"
)

// The types of gateway responses that this package returns.
const (
	kindAccessDenied            = "ACCESS_DENIED"
	kindAuthorizerConfiguration = "AUTHORIZER_CONFIGURATION_ERROR"
	kindAuthorizerFailure       = "AUTHORIZER_FAILURE"
	kindConfiguration           = "API_CONFIGURATION_ERROR"
	kindBadRequestBody          = "BAD_REQUEST_BODY"
	kindBadRequestParameters    = "BAD_REQUEST_PARAMETERS"
	kindDefault4XX              = "DEFAULT_4XX"
	kindDefault5XX              = "DEFAULT_5XX"
	kindInvalidSignature        = "INVALID_SIGNATURE"
	kindIntegrationFailure      = "INTEGRATION_FAILURE"
	kindIntegrationTimeout      = "INTEGRATION_TIMEOUT"
	kindInvalidAPIKey           = "INVALID_API_KEY"
	kindMissingToken            = "MISSING_AUTHENTICATION_TOKEN"
	kindQuotaExceeded           = "QUOTA_EXCEEDED"
	kindThrottled               = "THROTTLED"
	kindTooLarge                = "REQUEST_TOO_LARGE"
	kindUnauthorized            = "UNAUTHORIZED"
	kindUnsupportedMediaType    = "UNSUPPORTED_MEDIA_TYPE"

	kindForbidden = "" // an unknown stage, for which gateway responses cannot be customised
)

// gatewayKind is the built-in behaviour of a type of gateway response.
type gatewayKind struct {
	status    int
	message   string
	errorType string // x-amzn-ErrorType
}

var gatewayKinds = map[string]gatewayKind{
	kindAccessDenied:            {403, "", "AccessDeniedException"},
	kindConfiguration:           {500, "Internal server error", "InternalServerErrorException"}, // GW-6
	kindAuthorizerConfiguration: {500, "", "AuthorizerConfigurationException"},
	kindAuthorizerFailure:       {500, "", "AuthorizerConfigurationException"},
	kindBadRequestBody:          {400, "Invalid request body", "BadRequestException"},
	kindBadRequestParameters:    {400, "", "BadRequestException"},
	kindDefault4XX:              {0, "", "BadRequestException"},
	kindDefault5XX:              {0, "Internal server error", "InternalServerErrorException"},
	"EXPIRED_TOKEN":             {403, "The security token included in the request is expired", "ExpiredTokenException"},
	kindIntegrationFailure:      {504, "Internal server error", "InternalServerErrorException"},
	kindIntegrationTimeout:      {504, "Endpoint request timed out", "InternalServerErrorException"},
	kindInvalidAPIKey:           {403, "Forbidden", "ForbiddenException"},
	kindInvalidSignature:        {403, "", "InvalidSignatureException"},
	kindMissingToken:            {403, "Missing Authentication Token", "MissingAuthenticationTokenException"},
	kindQuotaExceeded:           {429, "Limit Exceeded", "LimitExceededException"},
	kindTooLarge:                {413, "Request Too Long", "BadRequestException"},
	"RESOURCE_NOT_FOUND":        {404, "", "NotFoundException"},
	kindThrottled:               {429, "Too Many Requests", "TooManyRequestsException"},
	kindUnauthorized:            {401, "Unauthorized", "UnauthorizedException"},
	kindUnsupportedMediaType:    {415, "Unsupported Media Type", "BadRequestException"},
	"WAF_FILTERED":              {403, "Forbidden", "ForbiddenException"},
	kindForbidden:               {403, "Forbidden", "ForbiddenException"},
}

// gatewayResponse is the configuration in effect for a type.
type gatewayResponse struct {
	status     int // 0: the type's own
	parameters []Mapping
	templates  []GatewayTemplate // empty: the built-in one
}

// resolveGatewayResponses applies the inheritance that GetGatewayResponses shows: a type without
// its own entry inherits all of DEFAULT_4XX or DEFAULT_5XX, depending on its status; one with an
// entry inherits nothing.
func resolveGatewayResponses(given []*GatewayResponse) map[string]*gatewayResponse {
	own := map[string]*gatewayResponse{}
	for _, r := range given {
		own[r.Type] = &gatewayResponse{r.Status, r.ResponseParameters, r.ResponseTemplates}
	}
	out := map[string]*gatewayResponse{}
	for kind, builtin := range gatewayKinds {
		if kind == kindForbidden {
			continue
		}
		class := kindDefault4XX
		if builtin.status >= 500 {
			class = kindDefault5XX
		}
		switch {
		case own[kind] != nil:
			out[kind] = own[kind]
		case own[class] != nil:
			out[kind] = own[class]
		}
	}
	return out
}

// gatewayError makes a gateway response from a failure.
func (x *exchange) gatewayError(f *failure) *clientResponse {
	if f.edge {
		if x.rec != nil {
			x.rec.ResponseType, x.rec.Error = f.kind, f.asError()
		}
		return &clientResponse{status: gatewayKinds[f.kind].status, unread: true, // (recorded)
			headers: fields{{"Content-Type", "text; charset=utf-8"}}, body: fmt.Sprintf("HTTP content length exceeded %d bytes.", MaxPayload)}
	}
	builtin := gatewayKinds[f.kind]
	a := &clientResponse{status: builtin.status, headers: fields{{"x-amzn-ErrorType", builtin.errorType}}}
	message := builtin.message
	if f.message != "" {
		message = f.message
	}
	if f.status != 0 {
		a.status = f.status
	}
	if f.errorType != "" {
		a.headers = fields{{"x-amzn-ErrorType", f.errorType}}
	}
	x.refusal = &refusal{message: message, escaped: f.escaped, kind: f.kind, detail: f.detail}
	custom := x.g.responses[f.kind]
	if custom != nil && custom.status != 0 {
		a.status = custom.status
	}
	if a.body = x.gatewayBody(custom); custom != nil {
		for i := range custom.parameters {
			if v, ok, err := x.resolve(custom.parameters[i].source); ok && err == nil {
				a.headers.put(custom.parameters[i].name, v)
			}
		}
		a.headers = edgeFraming.apply(a.headers)
	}
	a.headers.typed()
	if x.g.o.Traced {
		a.headers.put("X-Amzn-Trace-Id", "Root="+x.trace.Root)
	}
	if x.rec != nil {
		x.rec.ResponseType, x.rec.Error = f.kind, f.asError()
		if x.route != nil {
			if f.log != "" {
				x.log("", f.log)
			}
			if custom != nil { // (recorded: a response that is not customised has no such lines)
				x.logf("Gateway response type: %s with status code: %d", f.kind, a.status)
				x.log("Gateway response body: ", a.body)
				x.logFields("Gateway response headers: ", x.shown(a.headers))
			}
			x.logf("Method completed with status: %d", a.status)
		}
	}
	return a
}

// gatewayBody selects the template by Accept, else the one for JSON, else the first.
func (x *exchange) gatewayBody(custom *gatewayResponse) string {
	switch e := x.refusal; {
	case e.kind == kindForbidden:
		return e.standard()
	case custom != nil && len(custom.templates) > 0:
		break
	case e.kind == kindAccessDenied:
		return `{"Message":` + e.messageString() + `}` // with a capital, unlike the template that the API shows
	default:
		return e.standard()
	}
	accept := x.acceptType()
	t := &custom.templates[0]
	for i := range custom.templates {
		switch custom.templates[i].MediaType {
		case accept:
			return x.substitute(custom.templates[i].Source)
		case "application/json":
			t = &custom.templates[i]
		}
	}
	return x.substitute(t.Source)
}

// refusal is why the gateway itself responds, as gateway responses can refer to it.
type refusal struct {
	message, kind, detail string
	escaped               bool // as in failure
}

// standard is the body of a type that is not customised. The form with a space, unlike the
// template that the API shows, is that of responses produced while a method executes (recorded).
func (e *refusal) standard() string {
	switch e.kind {
	case kindBadRequestBody, kindBadRequestParameters, kindConfiguration, kindDefault5XX, kindIntegrationFailure, kindIntegrationTimeout, kindTooLarge, kindUnsupportedMediaType:
		return `{"message": ` + e.messageString() + `}`
	}
	return `{"message":` + e.messageString() + `}`
}

// escapeQuotes escapes text for use between the quotes of a template, as
// $context.error.validationErrorString is (recorded).
var escapeQuotes = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// messageString is the message in JSON, null if there is no message.
func (e *refusal) messageString() string {
	if e.message == "" {
		return "null"
	}
	if e.escaped {
		return `"` + escapeJavaScript(e.message) + `"`
	}
	return string(java.AppendJSON(nil, e.message))
}

// value is a member of $context.error, nil if it has no value.
func (e *refusal) value(member string) java.Value {
	if e == nil {
		return nil
	}
	text := ""
	switch member {
	case "message":
		text = e.message
	case "messageString":
		text = e.messageString()
	case "responseType":
		text = e.kind
	case "validationErrorString":
		text = escapeQuotes.Replace(e.detail)
	}
	if text == "" {
		return nil
	}
	return text
}

// substitute replaces the references in a gateway response's template. It is not VTL: text that is
// not a reference is unchanged, and a reference without a value becomes empty.
func (x *exchange) substitute(source string) string {
	var b strings.Builder
	for {
		i := strings.IndexByte(source, '$')
		if i < 0 {
			b.WriteString(source)
			return b.String()
		}
		b.WriteString(source[:i])
		source = source[i:]
		name, rest := reference(source)
		value, ok := x.referenced(name)
		if !ok {
			b.WriteByte('$')
			source = source[1:]
			continue
		}
		b.WriteString(value)
		source = rest
	}
}

// reference reads $a.b.c or ${a.b.c} from the start of s.
func reference(s string) (name, rest string) {
	braced := strings.HasPrefix(s, "${")
	from := 1
	if braced {
		from = 2
	}
	end := from
	for end < len(s) && (isNameByte(s[end]) || s[end] == '.' && end+1 < len(s) && isNameByte(s[end+1])) {
		end++
	}
	name = s[from:end]
	if braced {
		if end == len(s) || s[end] != '}' {
			return "", s
		}
		end++
	}
	return name, s[end:]
}

func isNameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-'
}

// referenced resolves a reference; ok is false if gateway responses do not know its root.
func (x *exchange) referenced(name string) (string, bool) {
	if n, ok := strings.CutPrefix(name, "context."); ok {
		switch v := x.contextValue(n).(type) {
		case nil, *java.Map:
			return "", true
		default:
			return java.String(v), true
		}
	}
	if n, ok := strings.CutPrefix(name, "stageVariables."); ok {
		return x.g.o.StageVariables[n], true
	}
	if strings.HasPrefix(name, "method.request.") {
		if s, err := parseSource(name, clientSources); err == nil {
			v, _, _ := x.resolve(s)
			return v, true
		}
	}
	return "", false
}

// gatewayResponses reads x-amazon-apigateway-gateway-responses.
func (l *loader) gatewayResponses(n *yaml.Node) {
	for _, m := range members(n) {
		kind := strings.ToUpper(m.key.Value) // AWS's own examples have DEFAULT_4xx
		at := l.doc.at(m.key)
		if _, ok := gatewayKinds[kind]; !ok || kind == "" {
			l.problem(at, "", fmt.Sprintf("there is no gateway response %q", kind), "write one of API Gateway's types, such as DEFAULT_4XX or BAD_REQUEST_BODY")
			continue
		}
		r := &GatewayResponse{Position: at, Type: kind}
		if s := get(m.value, "statusCode"); text(s) != "" {
			var err error
			if r.Status, err = strconv.Atoi(text(s)); err != nil || r.Status < http.StatusOK || r.Status > 599 {
				l.problem(l.doc.at(s), "", fmt.Sprintf("the gateway response %s has the statusCode %q", kind, text(s)), "write a status from 200 to 599")
				r.Status = 0
			}
		}
		r.ResponseParameters = slices.DeleteFunc(l.mappings(get(m.value, "responseParameters"), "", gatewayTarget, clientSources), func(mp Mapping) bool {
			return mp.in != "header" // GW-82
		})
		for _, t := range members(get(m.value, "responseTemplates")) {
			if text(t.value) == "" {
				continue
			}
			r.ResponseTemplates = append(r.ResponseTemplates, GatewayTemplate{l.doc.at(t.value), mediaOf(t.key.Value), text(t.value)})
		}
		l.api.GatewayResponses = append(l.api.GatewayResponses, r)
	}
}
