package gateway

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	javaregexp "example.com/guessing-game/src/apigw/vtl/java/regexp"
)

// The values of x-amazon-apigateway-api-key-source.
const (
	keyFromHeader     = "HEADER"
	keyFromAuthorizer = "AUTHORIZER"
)

// How long results of authorizers are cached: the default and the maximum.
const (
	defaultAuthorizerTTL = 300 * time.Second
	maxAuthorizerTTL     = time.Hour
)

func (l *loader) securitySchemes(root *yaml.Node) {
	l.apiKeySchemes, l.authorizers = map[string]bool{}, map[string]*Authorizer{}
	l.api.APIKeyFrom = keyFromHeader
	if source := get(root, "x-amazon-apigateway-api-key-source"); source != nil {
		switch s := strings.ToUpper(text(source)); s {
		case keyFromHeader, keyFromAuthorizer:
			l.api.APIKeyFrom = s
		default:
			l.problem(l.doc.at(source), "", fmt.Sprintf("there is no source of API keys %q", text(source)), "write HEADER or AUTHORIZER")
		}
	}
	schemes := members(get(root, "securityDefinitions"))
	if !l.api.Swagger { // its import accepts the old place as well
		schemes = append(schemes, members(get(get(root, "components"), "securitySchemes"))...)
	}
	for _, m := range schemes {
		scheme, _ := l.doc.deref(m.value)
		authType := text(get(scheme, "x-amazon-apigateway-authtype"))
		authorizer, _ := l.doc.deref(get(scheme, "x-amazon-apigateway-authorizer"))
		switch {
		case authorizer != nil:
			l.addAuthorizer(m.key.Value, l.authorizer(m, scheme, authorizer))
		case strings.EqualFold(authType, "awsSigv4"):
			l.authorizers[m.key.Value] = l.iam(m.key)
		case authType != "":
			a := &Authorizer{Position: l.doc.at(m.key), Name: m.key.Value, Type: strings.ToUpper(authType)}
			l.refuse(a, m.key, fmt.Sprintf("authorization of type %q is not supported", authType))
			l.addAuthorizer(m.key.Value, a)
		case text(get(scheme, "type")) == "apiKey" && text(get(scheme, "in")) == "header" && strings.EqualFold(text(get(scheme, "name")), "x-api-key"):
			l.apiKeySchemes[m.key.Value] = true
		}
	}
}

func (l *loader) addAuthorizer(scheme string, a *Authorizer) {
	l.authorizers[scheme] = a
	l.api.Authorizers = append(l.api.Authorizers, a)
}

// iam is the authorization by IAM, at most one per API.
func (l *loader) iam(at *yaml.Node) *Authorizer {
	for _, a := range l.api.Authorizers {
		if a.Type == IAMAuthorization {
			return a
		}
	}
	a := &Authorizer{Position: l.doc.at(at), Name: IAMAuthorization, Type: IAMAuthorization}
	if l.o.IAMUser != nil {
		l.standIn(a, at)
		l.api.Authorizers = append(l.api.Authorizers, a)
		return a
	}
	l.refuse(a, at, fmt.Sprintf("authorization of type %q is not supported", IAMAuthorization))
	l.api.Authorizers = append(l.api.Authorizers, a)
	return a
}

// refuse reports that an authorizer cannot run here, unless it has a stand-in.
func (l *loader) refuse(a *Authorizer, at *yaml.Node, reason string) {
	if l.standIn(a, at) {
		return
	}
	a.problems = append(a.problems, Problem{Position: l.doc.at(at), Reason: reason, Unsupported: true,
		Fix: "let requests past it with --authorizer " + a.Name + "=off, or start leniently: the route then returns 501"})
}

// standIn applies the stand-in that the options have for an authorizer.
func (l *loader) standIn(a *Authorizer, at *yaml.Node) bool {
	s, ok := l.o.Authorizers[a.Name]
	if !ok {
		if s, ok = l.o.Authorizers[AllAuthorizers]; !ok {
			return false
		}
	}
	a.standIn = &s
	var err error
	if a.standInMap, err = standInMap(s.Authorizer); err != nil {
		a.problems = append(a.problems, Problem{Position: l.doc.at(at), Reason: fmt.Sprintf("the stand-in for the authorizer %s cannot be used: %v", a.Name, err),
			Fix: `pass a JSON object such as {"claims": {"sub": "me"}} for a user pool, {"principalId": "me"} for a Lambda authorizer`})
	}
	if s.Token && a.Type != CognitoUserPools {
		a.problems = append(a.problems, Problem{Position: l.doc.at(at), Reason: fmt.Sprintf("the authorizer %s is of type %q, which does not use the claims of a token", a.Name, a.Type),
			Fix: "write --authorizer " + a.Name + "=off, or name a file with what $context.authorizer holds"})
	}
	return true
}

func (l *loader) authorizer(m member, scheme, n *yaml.Node) *Authorizer {
	name := m.key.Value
	a := &Authorizer{Position: l.doc.at(m.key), Name: name, Type: strings.ToUpper(text(get(n, "type"))), Credentials: l.substituted(get(n, "authorizerCredentials")), TTL: defaultAuthorizerTTL, id: resourceID(name)}
	at := m.key
	if t := get(n, "type"); t != nil {
		at = t
	}
	problem := func(at *yaml.Node, reason, fix string) {
		a.problems = append(a.problems, Problem{Position: l.doc.at(at), Reason: reason, Fix: fix})
	}
	if t := get(n, "authorizerResultTtlInSeconds"); text(t) != "" {
		seconds, err := strconv.Atoi(text(t))
		a.TTL = time.Duration(seconds) * time.Second
		if err != nil || a.TTL < 0 || a.TTL > maxAuthorizerTTL {
			problem(t, fmt.Sprintf("authorizerResultTtlInSeconds of the authorizer %s is %q", name, text(t)), "write a number of seconds from 0 to 3600")
		}
	}
	l.identitySources(a, at, scheme, n, problem)
	a.ProviderARNs = texts(get(n, "providerARNs"))
	switch a.Type {
	case TokenAuthorizer, RequestAuthorizer:
	case CognitoUserPools:
		if l.o.UserPool != nil {
			if !l.standIn(a, at) {
				l.validation(a, n, problem)
				l.userPools(a, at, n)
			}
			return a
		}
		l.refuse(a, at, fmt.Sprintf("an authorizer of type %q is not supported", text(get(n, "type"))))
		return a
	case "":
		problem(at, fmt.Sprintf("the authorizer %s has no type", name), "write type: token, request or cognito_user_pools")
		return a
	default:
		l.refuse(a, at, fmt.Sprintf("an authorizer of type %q is not supported", text(get(n, "type"))))
		return a
	}
	if l.standIn(a, at) {
		return a
	}
	if a.Type == TokenAuthorizer {
		l.validation(a, n, problem)
	}
	l.authorizerFunction(a, at, n)
	return a
}

func (l *loader) validation(a *Authorizer, n *yaml.Node, problem func(*yaml.Node, string, string)) {
	e := get(n, "identityValidationExpression")
	if text(e) == "" {
		return
	}
	var err error
	if a.validation, err = javaregexp.Compile(text(e)); err != nil {
		problem(e, fmt.Sprintf("the identityValidationExpression %q is not a Java regular expression: %v", text(e), err), "correct the expression")
	}
}

// userPools finds the pools whose tokens an authorizer accepts.
func (l *loader) userPools(a *Authorizer, at, n *yaml.Node) {
	arns := get(n, "providerARNs")
	if len(a.ProviderARNs) == 0 {
		a.problems = append(a.problems, Problem{Position: l.doc.at(at), Reason: fmt.Sprintf("the authorizer %s has no providerARNs", a.Name),
			Fix: "list the ARNs of its user pools, such as arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_EXAMPLE"})
		return
	}
	for _, arn := range a.ProviderARNs {
		pool, err := l.o.UserPool(a.Name, arn)
		if err != nil {
			a.problems = append(a.problems, Problem{Position: l.doc.at(arns), Reason: fmt.Sprintf("the authorizer %s: %v", a.Name, err), Unsupported: true,
				Fix: "correct it, or let requests past it with --authorizer " + a.Name + "=off"})
			continue
		}
		a.pools = append(a.pools, pool)
	}
}

func (l *loader) authorizerFunction(a *Authorizer, at, n *yaml.Node) {
	u := get(n, "authorizerUri")
	if why := text(get(n, unresolved)); u == nil && why != "" {
		a.problems = append(a.problems, Problem{Position: l.doc.at(at), Reason: fmt.Sprintf("the authorizer %s: %s", a.Name, why), Unsupported: true,
			Fix: fmt.Sprintf("let requests past it with --authorizer %s=off", a.Name)})
		return
	}
	if u == nil {
		a.problems = append(a.problems, Problem{Position: l.doc.at(at), Reason: fmt.Sprintf("the authorizer %s has no authorizerUri", a.Name), Fix: lambdaURIFix})
		return
	}
	a.URI = l.substituted(u)
	uri, usesStage := l.stageVariablesIn(a.URI)
	a.Function, a.uriErr = parseLambdaURI(uri)
	a.uriErr = l.withoutVariables(a.URI, a.uriErr)
	if a.uriErr != nil && !usesStage {
		a.problems = append(a.problems, Problem{Position: l.doc.at(u), Reason: fmt.Sprintf("the authorizer %s: %v", a.Name, a.uriErr), Fix: lambdaURIFix, Unsupported: true})
	}
}

// identitySources reads what identifies clients. The default is the parameter that the scheme
// itself names, unless that is "Unused".
func (l *loader) identitySources(a *Authorizer, at, scheme, n *yaml.Node, problem func(*yaml.Node, string, string)) {
	var expressions []string
	given := get(n, "identitySource")
	for _, e := range strings.Split(text(given), ",") {
		if e = strings.TrimSpace(e); e != "" {
			expressions = append(expressions, e)
		}
	}
	name, in := text(get(scheme, "name")), text(get(scheme, "in"))
	switch {
	case a.Type == TokenAuthorizer && len(expressions) > 1:
		problem(given, fmt.Sprintf("the authorizer %s of type token has %d identity sources", a.Name, len(expressions)), "name one header")
	case a.Type == RequestAuthorizer && len(expressions) == 0 && a.TTL == 0: // it sees the whole request, and is asked each time
		return
	case len(expressions) == 0 && name != "" && name != "Unused":
		kind := "header"
		if in == "query" {
			kind = "querystring"
		}
		expressions = []string{"method.request." + kind + "." + name}
	case len(expressions) == 0 && a.Type == CognitoUserPools:
		expressions = []string{"method.request.header.Authorization"}
	case len(expressions) == 0 && (a.Type == RequestAuthorizer || a.Type == TokenAuthorizer):
		problem(at, fmt.Sprintf("the authorizer %s has no identitySource", a.Name), "write identitySource: method.request.header.Authorization, or of a request authorizer authorizerResultTtlInSeconds: 0")
	}
	for _, e := range expressions {
		src, err := parseSource(e, identityPrefixes)
		switch {
		case err != nil, src.kind == fromStatic, a.Type == TokenAuthorizer && src.kind != fromHeader:
			problem(or(given, at), fmt.Sprintf("%q is not an identity source of the authorizer %s", e, a.Name), "write method.request.header.NAME; a request authorizer also accepts method.request.querystring.NAME, stageVariables.NAME and context.NAME too")
			continue
		}
		a.IdentitySources = append(a.IdentitySources, e)
		a.sources = append(a.sources, identitySource{src, e})
	}
}

func or(a, b *yaml.Node) *yaml.Node {
	if a != nil {
		return a
	}
	return b
}

// identityPrefixes are the mapping expressions of identity sources.
var identityPrefixes = sourcePrefixes{
	{"method.request.header.", fromHeader},
	{"method.request.querystring.", fromQuery},
	{"stageVariables.", fromStageVariable},
	{"context.", fromContext},
}

// security reads what a method requires of callers: an API key and at most one authorizer.
func (l *loader) security(r *Route, op *yaml.Node) {
	auth := get(op, "x-amazon-apigateway-auth")
	kind := strings.ToUpper(text(get(auth, "type")))
	switch kind {
	case "", "NONE", "CUSTOM", CognitoUserPools: // security names the authorizer
	case IAMAuthorization:
		r.Authorizer = l.iam(auth)
	default:
		l.unsupported(l.doc.at(auth), r.Name(), fmt.Sprintf("authorization of type %q is not supported", text(get(auth, "type"))), "remove it for local runs, or start leniently: the route then returns 501")
	}
	if security := get(op, "security"); security != nil {
		r.Open = len(items(security)) == 0
	}
	for _, requirement := range items(get(op, "security")) {
		for _, m := range members(requirement) {
			if l.apiKeySchemes[m.key.Value] {
				r.APIKeyRequired = true
			} else if a := l.authorizers[m.key.Value]; a != nil && r.Authorizer == nil && kind != "NONE" {
				r.Authorizer = a
				if a.Type == CognitoUserPools {
					r.Scopes = texts(m.value)
				}
			}
		}
	}
	if r.Authorizer == nil {
		if kind == "CUSTOM" || kind == CognitoUserPools {
			l.unsupported(l.doc.at(auth), r.Name(), fmt.Sprintf("the authorization is of type %q, but security names no authorizer", text(get(auth, "type"))), "name it in security, or write type: NONE")
		}
		return
	}
	for _, p := range r.Authorizer.problems {
		p.Route = r.Name()
		l.problems = append(l.problems, &p)
	}
}
