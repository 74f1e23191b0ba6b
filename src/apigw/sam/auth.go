package sam

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"example.com/guessing-game/src/apigw/document"
)

// SAM's Auth becomes security requirements of operations, so that the gateway decides for each
// whether it is supported.

// Names that SAM gives: to the scheme of API keys, to the authorization by IAM, and to the marks
// with which an event overrides its API's defaults.
const (
	apiKeyScheme = "api_key"
	iamScheme    = "AWS_IAM"
	noAuthorizer = "NONE"
	noAPIKey     = "api_key_false"
)

// eventAuth writes an event's authorization into its operation: the authorizer or the mark for
// none, the API key or the mark that it needs none. auth applies the defaults of the API later.
func (b *apiReader) eventAuth(e event, op *yaml.Node) {
	auth := b.eventValue(document.Get(e.node, "Properties", "Auth"))
	if auth == nil {
		return
	}
	security := document.Get(op, "security")
	if security == nil || security.Kind != yaml.SequenceNode || document.Get(auth, "OverrideApiAuth") != nil {
		security = document.Sequence(auth)
	}
	add := func(at *yaml.Node, scheme string, scopes ...*yaml.Node) {
		security.Content = append(security.Content, document.Mapping(at, scheme, document.Sequence(at, scopes...)))
	}
	for k, v := range document.Pairs(auth) {
		switch k.Value {
		case "Authorizer":
			switch {
			case v.Kind != yaml.ScalarNode:
				b.fail(v, "the Authorizer of the event %s of %s must be a string", e.key.Value, e.res.id)
				return
			case v.Value == iamScheme:
				b.scheme(v, iamScheme, nil)
			case v.Value != noAuthorizer && document.Get(b.res.properties, "Auth", "Authorizers", v.Value) == nil:
				b.fail(v, "the Authorizers of %s have no %q, which the event %s of %s names", b.res.id, v.Value, e.key.Value, e.res.id)
				return
			}
			if scopes := document.Get(auth, "AuthorizationScopes"); scopes != nil {
				add(v, v.Value, document.Items(scopes)...)
			} else {
				add(v, v.Value, b.scopes(v.Value)...)
			}
		case "ApiKeyRequired":
			if v.Value == "true" {
				b.scheme(v, apiKeyScheme, nil)
				add(v, apiKeyScheme)
			} else {
				add(v, noAPIKey)
			}
		case "AuthorizationScopes", "InvokeRole", "OverrideApiAuth", "ResourcePolicy":
		default:
			b.ignored(k, "Auth of an event")
		}
	}
	if len(security.Content) > 0 {
		document.Put(op, "security", security)
	}
}

// auth writes the Auth of the API into its operations: an API key for every operation, and the
// authorizer of those that name none.
func (b *apiReader) auth(n *yaml.Node) {
	authorizer, apiKey, onPreflight, keyOnPreflight := "", false, true, true
	for k, v := range document.Pairs(n) {
		switch k.Value {
		case "ApiKeyRequired":
			apiKey = v.Value == "true"
		case "DefaultAuthorizer":
			if v.Kind == yaml.ScalarNode && v.Value != noAuthorizer {
				authorizer = v.Value
			}
		case "Authorizers":
			for name, def := range document.Pairs(v) {
				b.scheme(name, name.Value, def)
			}
		case "AddDefaultAuthorizerToCorsPreflight":
			onPreflight = v.Value != "false"
		case "AddApiKeyRequiredToCorsPreflight":
			keyOnPreflight = v.Value != "false"
		case "InvokeRole", "UsagePlan", "ResourcePolicy":
		default:
			b.ignored(k, "Auth")
		}
	}
	switch {
	case authorizer == iamScheme:
		b.scheme(n, iamScheme, nil)
	case authorizer != "" && document.Get(n, "Authorizers", authorizer) == nil:
		b.fail(document.Get(n, "DefaultAuthorizer"), "the Authorizers of %s have no %q", b.res.id, authorizer)
	}
	if apiKey {
		b.scheme(n, apiKeyScheme, nil)
	}
	var uris []string
	for path, item := range document.Pairs(b.paths()) {
		for verb, op := range document.Pairs(item) {
			if op.Kind != yaml.MappingNode || !isMethod(verb.Value) {
				continue
			}
			uris = append(uris, policyURI(verb.Value, path.Value))
			options := strings.EqualFold(verb.Value, "options")
			byDefault := authorizer
			if options && !onPreflight {
				byDefault = ""
			}
			b.secure(op, n, byDefault, apiKey, options && !keyOnPreflight)
		}
	}
	b.addPolicy(document.Get(b.res.properties, "Auth", "ResourcePolicy"), uris)
}

// secure sets the default security of operations without their own, and removes the marks.
func (b *apiReader) secure(op, at *yaml.Node, authorizer string, apiKey, keyless bool) {
	own := document.Items(document.Get(op, "security"))
	has := func(names ...string) bool {
		return slices.ContainsFunc(own, func(s *yaml.Node) bool {
			return slices.ContainsFunc(names, func(name string) bool { return document.Get(s, name) != nil })
		})
	}
	names := []string{iamScheme, noAuthorizer}
	for k := range document.Pairs(document.Get(b.res.properties, "Auth", "Authorizers")) {
		names = append(names, k.Value)
	}
	var security []*yaml.Node
	for _, s := range own {
		mark := document.Get(s, noAuthorizer) != nil || document.Get(s, noAPIKey) != nil || keyless && document.Get(s, apiKeyScheme) != nil
		if !mark {
			security = append(security, s)
		}
	}
	if authorizer != "" && !has(names...) {
		security = append(security, document.Mapping(at, authorizer, document.Sequence(at, b.scopes(authorizer)...)))
	}
	if apiKey && !keyless && !has(apiKeyScheme, noAPIKey) {
		security = append(security, document.Mapping(at, apiKeyScheme, document.Sequence(at)))
	}
	if len(security) > 0 || len(own) > 0 {
		document.Put(op, "security", document.Sequence(op, security...))
	}
}

// scheme adds a security scheme to the document if it is missing. def is that of an authorizer in
// Auth.
func (b *apiReader) scheme(at *yaml.Node, name string, def *yaml.Node) {
	schemes := b.section(at, []string{"securityDefinitions"}, []string{"components", "securitySchemes"})
	if schemes == nil {
		return
	}
	if len(schemes.Content) > 0 && !b.schemed && document.Get(b.body, "openapi") != nil {
		b.warnings = append(b.warnings, b.files.errorf(schemes.Content[0], "SAM replaces the securitySchemes of the definition of %s with those that Auth creates", b.res.id))
		schemes.Content = nil
	}
	b.schemed = true
	if document.Get(schemes, name) != nil {
		return
	}
	scheme := document.Mapping(at, "type", "apiKey", "name", "Authorization", "in", "header")
	switch name {
	case apiKeyScheme:
		scheme = document.Mapping(at, "type", "apiKey", "name", "x-api-key", "in", "header")
	case iamScheme:
		document.Put(scheme, "x-amazon-apigateway-authtype", document.Scalar(at, "awsSigv4"))
	default:
		b.authorizer(scheme, at, def)
	}
	document.Put(schemes, name, scheme)
}

// scopes returns the AuthorizationScopes of an authorizer of Auth, which apply to the methods
// that have none of their own.
func (b *apiReader) scopes(authorizer string) []*yaml.Node {
	n := document.Get(b.res.properties, "Auth", "Authorizers", authorizer, "AuthorizationScopes")
	if n == nil {
		return nil
	}
	v, ps := b.resolve(n)
	b.problems = append(b.problems, ps...)
	return document.Items(v)
}

// identityKinds are the members of an authorizer's Identity, in the order in which SAM reads
// them, with their mapping expressions.
var identityKinds = [][2]string{
	{"Headers", "method.request.header."}, {"QueryStrings", "method.request.querystring."}, {"StageVariables", "stageVariables."}, {"Context", "context."},
}

// authorizer writes an authorizer of Auth into its security scheme.
func (b *apiReader) authorizer(scheme, at, def *yaml.Node) {
	identity := document.Get(def, "Identity")
	if header := document.Get(identity, "Header"); header != nil {
		document.Put(scheme, "name", header)
	}
	a := document.Mapping(at)
	set := func(key string, v *yaml.Node) {
		if v != nil && v.Kind == yaml.ScalarNode {
			document.Put(a, key, v)
		}
	}
	authType := "custom"
	if document.Get(def, "UserPoolArn") != nil {
		authType = "cognito_user_pools"
	}
	document.Put(scheme, "x-amazon-apigateway-authtype", document.Scalar(at, authType))
	document.Put(scheme, "x-amazon-apigateway-authorizer", a)
	if document.Get(def, "UserPoolArn") != nil {
		set("type", document.Scalar(at, "cognito_user_pools"))
		document.Put(a, "providerARNs", document.Get(def, "UserPoolArn"))
		set("identityValidationExpression", document.Get(identity, "ValidationExpression"))
		return
	}
	kind := "token"
	if t := document.Get(def, "FunctionPayloadType"); t != nil {
		kind = strings.ToLower(t.Value)
	}
	set("type", document.Scalar(at, kind))
	function := document.Get(def, "FunctionArn")
	switch {
	case function == nil && document.Get(def, Unresolved) == nil:
		b.fail(at, "the authorizer %s of %s has neither FunctionArn nor UserPoolArn", at.Value, b.res.id)
	case function != nil && function.Kind == yaml.ScalarNode:
		uri := document.Scalar(function, fmt.Sprintf("arn:%s:apigateway:%s:lambda:path/2015-03-31/functions/%s/invocations", b.o.Partition, b.o.Region, function.Value))
		set("authorizerUri", uri)
	}
	set(Unresolved, document.Get(def, Unresolved))
	set("authorizerResultTtlInSeconds", document.Get(identity, "ReauthorizeEvery"))
	if kind != "request" {
		set("identityValidationExpression", document.Get(identity, "ValidationExpression"))
		return
	}
	document.Put(scheme, "name", document.Scalar(at, "Unused"))
	var sources []string
	for _, kind := range identityKinds {
		for _, name := range document.Items(document.Get(identity, kind[0])) {
			sources = append(sources, kind[1]+name.Value)
		}
	}
	if len(sources) > 0 {
		set("identitySource", document.Scalar(at, strings.Join(sources, ", ")))
	}
}

// authProperty is the Auth of the API, resolved as far as it counts here: pools, roles, resource
// policies and usage plans need not be; if a function cannot be, only the methods that it guards
// cannot be served.
func (b *apiReader) authProperty() *yaml.Node {
	n := document.Get(b.res.properties, "Auth")
	if n == nil || n.Kind != yaml.MappingNode {
		return b.resolved("Auth")
	}
	if _, _, ok := intrinsic(n); ok {
		return b.resolved("Auth")
	}
	out := document.Mapping(n)
	for k, v := range document.Pairs(n) {
		switch k.Value {
		case "ResourcePolicy", "InvokeRole", "UsagePlan":
			out.Content = append(out.Content, k, document.Mapping(v))
		case "Authorizers":
			if _, _, ok := intrinsic(v); !ok && v.Kind == yaml.MappingNode {
				all := document.Mapping(v)
				for name, def := range document.Pairs(v) {
					all.Content = append(all.Content, name, b.authorizerProperty(def))
				}
				out.Content = append(out.Content, k, all)
				continue
			}
			out.Content = append(out.Content, k, b.resolved("Auth", k.Value))
		default:
			if v := b.resolved("Auth", k.Value); v != nil {
				out.Content = append(out.Content, k, v)
			}
		}
	}
	return out
}

func (b *apiReader) authorizerProperty(n *yaml.Node) *yaml.Node {
	out := document.Mapping(n)
	for k, v := range document.Pairs(n) {
		switch k.Value {
		case "FunctionInvokeRole":
			out.Content = append(out.Content, k, document.Scalar(v, "known only once deployed"))
			continue
		case "UserPoolArn":
			out.Content = append(out.Content, k, b.poolARNs(v))
			continue
		}
		var r *yaml.Node
		var ps document.Problems
		met := b.standIns(func() { r, ps = b.resolve(v) })
		switch {
		case len(met) > 0 && k.Value == "FunctionArn":
			document.Put(out, Unresolved, document.Scalar(v, met[0].String()))
		case len(ps) > 0 && k.Value == "FunctionArn":
			document.Put(out, Unresolved, document.Scalar(v, ps[0].Error()))
		case len(ps) > 0:
			b.problems = append(b.problems, ps...)
		case r != nil:
			out.Content = append(out.Content, k, r)
		}
	}
	return out
}

// ignored reports that SAM ignores a property of Auth.
func (b *apiReader) ignored(at *yaml.Node, of string) {
	b.warnings = append(b.warnings, b.files.errorf(at, "%s has no property %s, so SAM ignores it", of, at.Value).Fixed("write ApiKeyRequired, Authorizer or another property that SAM knows"))
}
