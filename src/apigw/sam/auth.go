package sam

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// SAM's Auth becomes security requirements of operations, so that the gateway judges each of them by what it supports.

// Names that SAM gives: of the scheme of API keys, of the authorization by IAM, and of the marks that an event sets against what its
// API has by default.
const (
	apiKeyScheme = "api_key"
	iamScheme    = "AWS_IAM"
	noAuthorizer = "NONE"
	noAPIKey     = "api_key_false"
)

// eventAuth writes what an event says of authorization into its operation: the authorizer or the mark that there is none, the API key
// or the mark that it needs none. auth applies the defaults of the API later.
func (b *apiReader) eventAuth(e event, op *yaml.Node) {
	auth := b.eventValue(get(e.node, "Properties", "Auth"))
	if auth == nil {
		return
	}
	security := get(op, "security")
	if security == nil || security.Kind != yaml.SequenceNode || get(auth, "OverrideApiAuth") != nil {
		security = sequence(auth)
	}
	add := func(at *yaml.Node, scheme string) {
		security.Content = append(security.Content, mapping(at, scheme, sequence(at)))
	}
	for k, v := range pairs(auth) {
		switch k.Value {
		case "Authorizer":
			switch {
			case v.Kind != yaml.ScalarNode:
				b.fail(v, "the Authorizer of the event %s of %s must be a text", e.key.Value, e.res.id)
				return
			case v.Value == iamScheme:
				b.scheme(v, iamScheme, nil)
			case v.Value != noAuthorizer && get(b.res.properties, "Auth", "Authorizers", v.Value) == nil:
				b.fail(v, "the Authorizers of %s have no %q, which the event %s of %s asks for", b.res.id, v.Value, e.key.Value, e.res.id)
				return
			}
			add(v, v.Value)
		case "ApiKeyRequired":
			if v.Value == "true" {
				b.scheme(v, apiKeyScheme, nil)
				add(v, apiKeyScheme)
			} else {
				add(v, noAPIKey)
			}
		case "ResourcePolicy":
			b.policyNote(k)
		case "AuthorizationScopes", "InvokeRole", "OverrideApiAuth":
		default:
			b.fail(k, "Auth.%s of an event is not supported", k.Value)
		}
	}
	if len(security.Content) > 0 {
		put(op, "security", security)
	}
}

// auth writes the Auth of the API into its operations: an API key for every operation, and the authorizer of those that name none.
func (b *apiReader) auth(n *yaml.Node) {
	authorizer, apiKey, onPreflight, keyOnPreflight := "", false, true, true
	for k, v := range pairs(n) {
		switch k.Value {
		case "ApiKeyRequired":
			apiKey = v.Value == "true"
		case "DefaultAuthorizer":
			if v.Kind == yaml.ScalarNode && v.Value != noAuthorizer {
				authorizer = v.Value
			}
		case "Authorizers":
			for name, def := range pairs(v) {
				b.scheme(name, name.Value, def)
			}
		case "AddDefaultAuthorizerToCorsPreflight":
			onPreflight = v.Value != "false"
		case "AddApiKeyRequiredToCorsPreflight":
			keyOnPreflight = v.Value != "false"
		case "ResourcePolicy":
			b.policyNote(k)
		case "InvokeRole", "UsagePlan":
		default:
			b.fail(k, "Auth has no property %s", k.Value)
		}
	}
	switch {
	case authorizer == iamScheme:
		b.scheme(n, iamScheme, nil)
	case authorizer != "" && get(n, "Authorizers", authorizer) == nil:
		b.fail(get(n, "DefaultAuthorizer"), "the Authorizers of %s have no %q", b.res.id, authorizer)
	}
	if apiKey {
		b.scheme(n, apiKeyScheme, nil)
	}
	for _, item := range pairs(b.paths()) {
		for verb, op := range pairs(item) {
			if op.Kind != yaml.MappingNode || !isMethod(verb.Value) {
				continue
			}
			options := strings.EqualFold(verb.Value, "options")
			byDefault := authorizer
			if options && !onPreflight {
				byDefault = ""
			}
			b.secure(op, n, byDefault, apiKey, options && !keyOnPreflight)
		}
	}
}

// secure gives an operation the security it has by default where it does not have its own, and takes the marks away.
func (b *apiReader) secure(op, at *yaml.Node, authorizer string, apiKey, keyless bool) {
	own := items(get(op, "security"))
	has := func(names ...string) bool {
		return slices.ContainsFunc(own, func(s *yaml.Node) bool {
			return slices.ContainsFunc(names, func(name string) bool { return get(s, name) != nil })
		})
	}
	names := []string{iamScheme, noAuthorizer}
	for k := range pairs(get(b.res.properties, "Auth", "Authorizers")) {
		names = append(names, k.Value)
	}
	var security []*yaml.Node
	for _, s := range own {
		mark := get(s, noAuthorizer) != nil || get(s, noAPIKey) != nil || keyless && get(s, apiKeyScheme) != nil
		if !mark {
			security = append(security, s)
		}
	}
	if authorizer != "" && !has(names...) {
		security = append(security, mapping(at, authorizer, sequence(at)))
	}
	if apiKey && !keyless && !has(apiKeyScheme, noAPIKey) {
		security = append(security, mapping(at, apiKeyScheme, sequence(at)))
	}
	if len(security) > 0 || len(own) > 0 {
		put(op, "security", sequence(op, security...))
	}
}

// scheme adds a security scheme to the document if it is not there. def is that of an authorizer in Auth.
func (b *apiReader) scheme(at *yaml.Node, name string, def *yaml.Node) {
	schemes := b.section(at, []string{"securityDefinitions"}, []string{"components", "securitySchemes"})
	if schemes == nil {
		return
	}
	if len(schemes.Content) > 0 && !b.schemed && get(b.body, "openapi") != nil {
		b.warnings = append(b.warnings, b.files.errorf(schemes.Content[0], "SAM replaces the securitySchemes of the definition of %s by those that Auth makes", b.res.id))
		schemes.Content = nil
	}
	b.schemed = true
	if get(schemes, name) != nil {
		return
	}
	scheme := mapping(at, "type", "apiKey", "name", "Authorization", "in", "header")
	switch name {
	case apiKeyScheme:
		scheme = mapping(at, "type", "apiKey", "name", "x-api-key", "in", "header")
	case iamScheme:
		put(scheme, "x-amazon-apigateway-authtype", scalar(at, "awsSigv4"))
	default:
		b.authorizer(scheme, at, def)
	}
	put(schemes, name, scheme)
}

// identityKinds are the members of an authorizer's Identity, in the order that SAM reads them, and what they are mapping expressions of.
var identityKinds = [][2]string{
	{"Headers", "method.request.header."}, {"QueryStrings", "method.request.querystring."}, {"StageVariables", "stageVariables."}, {"Context", "context."},
}

// authorizer writes an authorizer of Auth into its security scheme.
func (b *apiReader) authorizer(scheme, at, def *yaml.Node) {
	identity := get(def, "Identity")
	if header := get(identity, "Header"); header != nil {
		put(scheme, "name", header)
	}
	a := mapping(at)
	set := func(key string, v *yaml.Node) {
		if v != nil && v.Kind == yaml.ScalarNode {
			put(a, key, v)
		}
	}
	authType := "custom"
	if get(def, "UserPoolArn") != nil {
		authType = "cognito_user_pools"
	}
	put(scheme, "x-amazon-apigateway-authtype", scalar(at, authType))
	put(scheme, "x-amazon-apigateway-authorizer", a)
	if get(def, "UserPoolArn") != nil {
		set("type", scalar(at, "cognito_user_pools"))
		set("identityValidationExpression", get(identity, "ValidationExpression"))
		return
	}
	kind := "token"
	if t := get(def, "FunctionPayloadType"); t != nil {
		kind = strings.ToLower(t.Value)
	}
	set("type", scalar(at, kind))
	function := get(def, "FunctionArn")
	switch {
	case function == nil && get(def, Unresolved) == nil:
		b.fail(at, "the authorizer %s of %s has neither FunctionArn nor UserPoolArn", at.Value, b.res.id)
	case function != nil && function.Kind == yaml.ScalarNode:
		uri := scalar(function, fmt.Sprintf("arn:%s:apigateway:%s:lambda:path/2015-03-31/functions/%s/invocations", b.o.Partition, b.o.Region, function.Value))
		set("authorizerUri", uri)
	}
	set(Unresolved, get(def, Unresolved))
	set("authorizerResultTtlInSeconds", get(identity, "ReauthorizeEvery"))
	if kind != "request" {
		set("identityValidationExpression", get(identity, "ValidationExpression"))
		return
	}
	put(scheme, "name", scalar(at, "Unused"))
	var sources []string
	for _, kind := range identityKinds {
		for _, name := range items(get(identity, kind[0])) {
			sources = append(sources, kind[1]+name.Value)
		}
	}
	if len(sources) > 0 {
		set("identitySource", scalar(at, strings.Join(sources, ", ")))
	}
}

// authProperty is the Auth of the API, resolved as far as it counts here: pools, roles, resource policies and usage plans need not be,
// and where a function cannot be, only the methods that it guards cannot be served.
func (b *apiReader) authProperty() *yaml.Node {
	n := get(b.res.properties, "Auth")
	if n == nil || n.Kind != yaml.MappingNode {
		return b.resolved("Auth")
	}
	if _, _, ok := intrinsic(n); ok {
		return b.resolved("Auth")
	}
	out := mapping(n)
	for k, v := range pairs(n) {
		switch k.Value {
		case "ResourcePolicy", "InvokeRole", "UsagePlan":
			out.Content = append(out.Content, k, mapping(v))
		case "Authorizers":
			if _, _, ok := intrinsic(v); !ok && v.Kind == yaml.MappingNode {
				all := mapping(v)
				for name, def := range pairs(v) {
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
	out := mapping(n)
	for k, v := range pairs(n) {
		switch k.Value {
		case "UserPoolArn", "FunctionInvokeRole":
			out.Content = append(out.Content, k, scalar(v, "known only to a deployment"))
			continue
		}
		r, ps := b.resolve(v)
		switch {
		case len(ps) > 0 && k.Value == "FunctionArn":
			put(out, Unresolved, scalar(v, ps[0].Message))
		case len(ps) > 0:
			b.problems = append(b.problems, ps...)
		case r != nil:
			out.Content = append(out.Content, k, r)
		}
	}
	return out
}

// policyNote says that a resource policy is not applied.
func (b *apiReader) policyNote(at *yaml.Node) {
	b.warnings = append(b.warnings, b.files.errorf(at, "the resource policy of %s is not applied here: requests from everywhere are let in", b.res.id))
}
