package sam

import (
	"cmp"
	"strings"

	"go.yaml.in/yaml/v4"

	"example.com/guessing-game/src/apigw/document"
)

// An API may have no document but a resource for every path and method, as the CDK writes it:
// AWS::ApiGateway::Resource, Method, Model and RequestValidator. They become a document here,
// each part at the position of its resource.

// methods makes the document of such an API. It returns nil if no method belongs to the API.
func (b *apiReader) methods() *yaml.Node {
	at := b.res.key
	paths := document.Mapping(at)
	schemes := document.Mapping(at, apiKeyScheme, document.Mapping(at, "type", "apiKey", "name", "x-api-key", "in", "header"))
	schemas := document.Mapping(at, "Empty", document.Mapping(at, "type", "object"), "Error", document.Mapping(at, "type", "object"))
	validators := document.Mapping(at)
	found := false
	for _, res := range b.order {
		if !strings.HasPrefix(res.kind, "AWS::ApiGateway::") || !b.belongs(res) {
			continue
		}
		of := &apiReader{resolver: b.resolver, res: res, order: b.order}
		switch res.kind {
		case "AWS::ApiGateway::Method":
			found = true
			path := of.path(of.resolved("ResourceId"), 0)
			method := of.resolved("HttpMethod")
			if path == "" || method == nil || method.Kind != yaml.ScalarNode {
				of.fail(res.key, "the method %s has no ResourceId or HttpMethod that can be resolved", res.id)
				break
			}
			item := document.Get(paths, path)
			if item == nil {
				item = document.Mapping(res.key)
				document.Put(paths, path, item)
			}
			verb := strings.ToLower(method.Value)
			if verb == "any" {
				verb = "x-amazon-apigateway-any-method"
			}
			before := len(of.problems)
			op := of.operation()
			if news := of.problems[before:]; len(news) > 0 && b.o.Lenient {
				op = b.leave(news, res.key)
				of.problems = of.problems[:before]
			}
			document.Put(item, verb, op)
		case "AWS::ApiGateway::Authorizer":
			document.Put(schemes, res.id, of.authorizerScheme())
		case "AWS::ApiGateway::Model":
			name, msg := b.name(res)
			if msg != "" {
				of.fail(res.key, "%s", msg)
				break
			}
			if schema := of.resolved("Schema"); schema != nil {
				schema = document.Clone(schema)
				inModel(schema, schema, "#/components/schemas/"+name)
				document.Put(schemas, name, schema)
			}
		case "AWS::ApiGateway::RequestValidator":
			v := document.Mapping(res.key)
			for property, key := range map[string]string{"ValidateRequestBody": "validateRequestBody", "ValidateRequestParameters": "validateRequestParameters"} {
				if n := of.resolved(property); n != nil {
					document.Put(v, key, n)
				}
			}
			document.Put(validators, res.id, v)
		}
		b.problems = append(b.problems, of.problems...)
	}
	if !found {
		return nil
	}
	return document.Mapping(at, "openapi", "3.0.1", "info", document.Mapping(at, "title", b.res.id, "version", "1.0"), "paths", paths,
		"components", document.Mapping(at, "schemas", schemas, "securitySchemes", schemes),
		"x-amazon-apigateway-request-validators", validators)
}

// inModel adapts a model's references to itself and to its own definitions: a model is a separate
// document, whose references start at its root.
func inModel(n, model *yaml.Node, at string) {
	for k, v := range document.Pairs(n) {
		inner, ok := strings.CutPrefix(v.Value, "#")
		if k.Value != "$ref" || !ok || inner != "" && !strings.HasPrefix(inner, "/") {
			continue
		}
		if inner == "" || document.Get(model, strings.Split(inner, "/")[1]) != nil {
			v.Value = at + inner
		}
	}
	for _, c := range n.Content {
		inModel(c, model, at)
	}
}

// path is the path of a resolved ResourceId or ParentId; empty if it leads nowhere.
func (b *apiReader) path(id *yaml.Node, depth int) string {
	if id == nil || depth > document.MaxDepth {
		return ""
	}
	for _, res := range b.order {
		if isAPI(res.kind) && id.Value == b.apiID(res.id+"/") {
			return "/"
		}
		if res.kind == "AWS::ApiGateway::Resource" && id.Value == res.id {
			of := &apiReader{resolver: b.resolver, res: res, order: b.order}
			part, parent := of.resolved("PathPart"), of.path(of.resolved("ParentId"), depth+1)
			if part == nil || parent == "" {
				return ""
			}
			return strings.TrimSuffix(parent, "/") + "/" + part.Value
		}
	}
	return ""
}

// operation makes the operation of an AWS::ApiGateway::Method.
func (b *apiReader) operation() *yaml.Node {
	at := b.res.key
	op := document.Mapping(at)
	security := document.Sequence(at)
	require := func(at *yaml.Node, scheme string, scopes ...*yaml.Node) {
		security.Content = append(security.Content, document.Mapping(at, scheme, document.Sequence(at, scopes...)))
	}
	if auth := b.resolved("AuthorizationType"); auth != nil && auth.Value != "NONE" {
		document.Put(op, "x-amazon-apigateway-auth", document.Mapping(auth, "type", auth))
		if id := b.resolved("AuthorizerId"); id != nil && auth.Value != "AWS_IAM" {
			require(id, id.Value, document.Items(b.resolved("AuthorizationScopes"))...)
		}
	}
	if key := b.resolved("ApiKeyRequired"); key != nil && key.Value == "true" {
		require(key, apiKeyScheme)
	}
	if len(security.Content) > 0 {
		document.Put(op, "security", security)
	}
	if name := b.resolved("OperationName"); name != nil {
		document.Put(op, "operationId", name)
	}
	if v := b.resolved("RequestValidatorId"); v != nil {
		document.Put(op, "x-amazon-apigateway-request-validator", v)
	}
	parameters := document.Sequence(at)
	for k, required := range document.Pairs(b.resolved("RequestParameters")) {
		where, name, ok := strings.Cut(strings.TrimPrefix(k.Value, "method.request."), ".")
		in := map[string]string{"path": "path", "querystring": "query", "header": "header"}[where]
		if !ok || in == "" {
			b.fail(k, "%s names no parameter of a request", k.Value)
			continue
		}
		parameters.Content = append(parameters.Content, document.Mapping(k, "name", name, "in", in, "required", required, "schema", document.Mapping(k, "type", "string")))
	}
	if len(parameters.Content) > 0 {
		document.Put(op, "parameters", parameters)
	}
	if models := b.resolved("RequestModels"); models != nil {
		content := document.Mapping(models)
		for k, v := range document.Pairs(models) {
			document.Put(content, k.Value, document.Mapping(v, "schema", document.Mapping(v, "$ref", "#/components/schemas/"+v.Value)))
		}
		document.Put(op, "requestBody", document.Mapping(models, "content", content))
	}
	responses := document.Mapping(at)
	for _, r := range document.Items(b.resolved("MethodResponses")) {
		status := document.Get(r, "StatusCode")
		if status == nil {
			b.fail(r, "a method response needs a StatusCode")
			continue
		}
		headers := document.Mapping(r)
		for k := range document.Pairs(document.Get(r, "ResponseParameters")) {
			document.Put(headers, strings.TrimPrefix(k.Value, "method.response.header."), document.Mapping(k, "schema", document.Mapping(k, "type", "string")))
		}
		document.Put(responses, status.Value, document.Mapping(r, "description", "Status "+status.Value, "headers", headers))
	}
	document.Put(op, "responses", responses)
	if in := b.resolved("Integration"); in != nil {
		if uri := document.Get(in, "Uri"); uri != nil && uri.Kind == yaml.ScalarNode && !strings.HasPrefix(uri.Value, "arn:") && !strings.Contains(uri.Value, "://") {
			document.Put(in, "Uri", b.uriStandIn(document.Get(b.res.properties, "Integration", "Uri"), uri))
		}
		document.Put(op, "x-amazon-apigateway-integration", b.integration(in))
	}
	return op
}

// authorizerKeys are the properties of an AWS::ApiGateway::Authorizer that a security scheme has,
// and their names there.
var authorizerKeys = [][2]string{
	{"Type", "type"}, {"ProviderARNs", "providerARNs"}, {"AuthorizerUri", "authorizerUri"}, {"AuthorizerCredentials", "authorizerCredentials"}, {"IdentitySource", "identitySource"},
	{"IdentityValidationExpression", "identityValidationExpression"}, {"AuthorizerResultTtlInSeconds", "authorizerResultTtlInSeconds"},
}

// authorizerScheme makes the security scheme of an AWS::ApiGateway::Authorizer.
func (b *apiReader) authorizerScheme() *yaml.Node {
	at := b.res.key
	authorizer := document.Mapping(at)
	for _, k := range authorizerKeys {
		if n := document.Get(b.res.properties, k[0]); n != nil {
			document.Put(authorizer, k[1], n)
		}
	}
	return document.Mapping(at, "type", "apiKey", "name", "Unused", "in", "header", "x-amazon-apigateway-authtype", "custom", "x-amazon-apigateway-authorizer", b.partly(at, authorizer))
}

// integrationKeys are the properties of an Integration, and of an IntegrationResponse, and their
// names in a document.
var integrationKeys = map[string]string{
	"Type": "type", "Uri": "uri", "IntegrationHttpMethod": "httpMethod", "Credentials": "credentials", "PassthroughBehavior": "passthroughBehavior",
	"ConnectionId": "connectionId", "ConnectionType": "connectionType", "ContentHandling": "contentHandling", "TimeoutInMillis": "timeoutInMillis", "RequestParameters": "requestParameters",
	"IntegrationTarget": "integrationTarget", "TlsConfig": "tlsConfig", "InsecureSkipVerification": "insecureSkipVerification",
	"ResponseTransferMode": "responseTransferMode",
	"CacheKeyParameters":   "cacheKeyParameters", "CacheNamespace": "cacheNamespace",
	"RequestTemplates": "requestTemplates", "StatusCode": "statusCode", "ResponseParameters": "responseParameters", "ResponseTemplates": "responseTemplates",
}

func (b *apiReader) integration(in *yaml.Node) *yaml.Node {
	out, responses := document.Mapping(in), document.Mapping(in)
	for k, v := range document.Pairs(in) {
		switch name, ok := integrationKeys[k.Value]; {
		case k.Value == "TlsConfig":
			config := document.Mapping(v)
			for k, v := range document.Pairs(v) {
				document.Put(config, cmp.Or(integrationKeys[k.Value], k.Value), v)
			}
			document.Put(out, name, config)
		case ok:
			document.Put(out, name, v)
		case k.Value == "IntegrationResponses":
			for _, r := range document.Items(v) {
				pattern := "default"
				response := document.Mapping(r)
				for k, v := range document.Pairs(r) {
					switch name, ok := integrationKeys[k.Value]; {
					case ok:
						document.Put(response, name, v)
					case k.Value == "SelectionPattern" && v.Value != "":
						pattern = v.Value
					case k.Value != "SelectionPattern":
						b.fail(k, "an integration response has no property %s", k.Value)
					}
				}
				if document.Get(responses, pattern) == nil { // of several with one pattern the first counts (GW-10)
					document.Put(responses, pattern, response)
				}
			}
		default:
			b.fail(k, "the property %s of an integration is not supported", k.Value).NotSupported()
		}
	}
	document.Put(out, "responses", responses)
	return out
}
