package check

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"example.com/guessing-game/src/apigw/document"
	"example.com/guessing-game/src/apigw/gateway"
)

// importRules check the document as the import does.
func (c *checker) importRules() {
	root := c.api.Document.Root()
	c.keys(root, 0)
	c.versions(root)
	c.references(root, "", 0)
	c.security(root)
	c.servers(root)
	c.models(root)
	c.paths(root)
	c.integrations(root)
	c.resource()
}

// integrationMembers are the members that an integration may have, and responseMembers those that
// one of its responses may have:
// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html.
var (
	integrationMembers = []string{
		"cacheKeyParameters", "cacheNamespace", "connectionId", "connectionType", "contentHandling", "credentials", "httpMethod", "integrationTarget", "passthroughBehavior",
		"requestParameters", "requestTemplates", "responseTransferMode", "responses", "timeoutInMillis", "tlsConfig", "type", "uri",
	}
	responseMembers = []string{"contentHandling", "responseParameters", "responseTemplates", "statusCode"}
)

// integrations looks for members that the import ignores.
func (c *checker) integrations(root *yaml.Node) {
	for path, item := range document.Pairs(document.Get(root, "paths")) {
		for method, op := range document.Pairs(item) {
			route := strings.ToUpper(strings.TrimSuffix(strings.TrimPrefix(method.Value, "x-amazon-apigateway-"), "-method")) + " " + path.Value
			in := document.Get(op, "x-amazon-apigateway-integration")
			c.known(route, "an integration", in, integrationMembers)
			for _, response := range document.Pairs(document.Get(in, "responses")) {
				c.known(route, "a response of an integration", response, responseMembers)
			}
		}
	}
}

func (c *checker) known(route, what string, n *yaml.Node, members []string) {
	for k := range document.Pairs(n) {
		if !slices.Contains(members, k.Value) && k.Value != "$ref" {
			c.add("integration-member", c.at(k), route, fmt.Sprintf("%s has no member %s, so it has no effect", what, k.Value), "remove it, or write one of "+strings.Join(members, ", "))
		}
	}
}

// maxWalk bounds how deep the walk of a document goes.
const maxWalk = 200

func (c *checker) keys(n *yaml.Node, depth int) {
	if depth > maxWalk {
		return
	}
	for k, v := range document.Pairs(n) {
		if tag := k.ShortTag(); tag != "!!str" {
			severity := Error
			if _, inline := c.api.Properties["DefinitionBody"]; c.api.Place(k.Line, k.Column).File != c.template.File || !inline && c.api.Properties["Body"] == (document.Position{}) {
				severity = Warning // API Gateway itself reads such a key
			}
			c.addAs(severity, "key-not-text", c.api.Place(k.Line, k.Column), "", fmt.Sprintf("the key %s is not a string; inline in a template it fails with \"map keys must be strings\"", k.Value), fmt.Sprintf("write '%s' in quotes", k.Value))
		}
		c.keys(v, depth+1)
	}
	if n != nil && n.Kind == yaml.SequenceNode {
		for _, e := range n.Content {
			c.keys(e, depth+1)
		}
	}
}

func (c *checker) versions(root *yaml.Node) {
	for _, path := range [][]string{{"openapi"}, {"swagger"}, {"info", "version"}} {
		if n := document.Get(root, path...); n != nil && n.Kind == yaml.ScalarNode && n.ShortTag() != "!!str" {
			c.add("version-not-text", c.at(n), "", fmt.Sprintf("%s is a number, %s", strings.Join(path, "."), n.Value), fmt.Sprintf("write '%s' in quotes", n.Value))
		}
	}
}

// references checks every $ref: under is the key above it.
func (c *checker) references(n *yaml.Node, under string, depth int) {
	if n == nil || depth > maxWalk {
		return
	}
	if n.Kind == yaml.SequenceNode {
		for _, e := range n.Content {
			c.references(e, under, depth+1)
		}
		return
	}
	for k, v := range document.Pairs(n) {
		if k.Value != "$ref" || v.Kind != yaml.ScalarNode {
			next := k.Value
			if under == "responses" {
				next = "response"
			}
			c.references(v, next, depth+1)
			continue
		}
		switch {
		case under == "response":
			c.add("response-reference", c.at(v), "", fmt.Sprintf("the response is a reference, %s", v.Value), "write the response out where it is used")
		case strings.HasPrefix(v.Value, "#/components/schemas/"), strings.HasPrefix(v.Value, "#/definitions/"),
			strings.HasPrefix(v.Value, "https://apigateway.amazonaws.com/restapis/"):
		default:
			c.add("reference", c.at(v), "", fmt.Sprintf("the reference %s leads to something other than a schema", v.Value), "write it out where it is used")
		}
	}
}

func (c *checker) security(root *yaml.Node) {
	for k := range document.Pairs(root) {
		if k.Value == "security" {
			c.add("security-root", c.at(k), "", "security at the root is ignored by the import", "write security into each operation")
		}
	}
	for _, where := range [][]string{{"components", "securitySchemes"}, {"securityDefinitions"}} {
		for k, v := range document.Pairs(document.Get(root, where...)) {
			if t := document.Get(v, "type"); t != nil && t.Value != "apiKey" {
				c.add("security-scheme", c.at(k), "", fmt.Sprintf("the security scheme %s has the type %s", k.Value, t.Value), "API Gateway imports the type apiKey only, with its own extensions for authorizers")
			}
			if document.Get(v, "x-amazon-apigateway-authorizer") != nil && document.Get(v, "x-amazon-apigateway-authtype") == nil {
				c.add("authorizer-authtype", c.at(k), "", fmt.Sprintf("the authorizer %s has no x-amazon-apigateway-authtype: imports have been seen to leave such methods open to anyone", k.Value),
					"add x-amazon-apigateway-authtype: custom or cognito_user_pools")
			}
		}
	}
}

var serverPath = regexp.MustCompile(`^[a-z]+://[^/]+/([^/].*)$|^/([^/].*)$`)

func (c *checker) servers(root *yaml.Node) {
	if b := document.Get(root, "basePath"); b != nil && b.Value != "/" && b.Value != "" {
		c.add("servers-path", c.at(b), "", fmt.Sprintf("the basePath %s is ignored", b.Value), "leave it out; the stage is the first part of the path")
	}
	list := document.Get(root, "servers")
	if list == nil || list.Kind != yaml.SequenceNode {
		return
	}
	for _, s := range list.Content {
		u := document.Get(s, "url")
		if u != nil && serverPath.MatchString(u.Value) && !strings.Contains(u.Value, "{basePath}") {
			c.add("servers-path", c.at(u), "", fmt.Sprintf("the path in the server %s is ignored", u.Value), "leave it out; the stage is the first part of the path")
		}
	}
}

// schemaKeywords are the keywords of draft 4 that API Gateway accepts in models.
var schemaKeywords = map[string]bool{
	"$ref": true, "$schema": true, "additionalItems": true, "additionalProperties": true, "allOf": true, "anyOf": true, "definitions": true,
	"description": true, "enum": true, "format": true, "id": true, "items": true, "maxItems": true, "maxLength": true, "maxProperties": true, "maximum": true,
	"exclusiveMaximum": true, "minItems": true, "minLength": true, "minProperties": true, "minimum": true, "multipleOf": true, "not": true, "oneOf": true,
	"pattern": true, "properties": true, "required": true, "title": true, "type": true, "uniqueItems": true, "dependencies": true, "patternProperties": true,
}

var modelName = regexp.MustCompile(`^[A-Za-z0-9]+$`)

func (c *checker) models(root *yaml.Node) {
	for _, where := range [][]string{{"components", "schemas"}, {"definitions"}} {
		for k, v := range document.Pairs(document.Get(root, where...)) {
			if !modelName.MatchString(k.Value) {
				c.add("model-name", c.at(k), "", fmt.Sprintf("the model name %q is not alphanumeric", k.Value), "use letters and digits only")
			}
			c.schema(v, 0)
		}
	}
	for _, item := range document.Pairs(document.Get(root, "paths")) {
		for _, op := range document.Pairs(item) {
			for _, content := range document.Pairs(document.Get(op, "requestBody", "content")) {
				c.schema(document.Get(content, "schema"), 0)
			}
			for _, response := range document.Pairs(document.Get(op, "responses")) {
				for _, content := range document.Pairs(document.Get(response, "content")) {
					c.schema(document.Get(content, "schema"), 0)
				}
				c.schema(document.Get(response, "schema"), 0)
			}
			if params := document.Get(op, "parameters"); params != nil && params.Kind == yaml.SequenceNode {
				for _, p := range params.Content {
					if in := document.Get(p, "in"); in != nil && in.Value == "body" {
						c.schema(document.Get(p, "schema"), 0)
					}
				}
			}
		}
	}
}

// annotations are keywords that check nothing. API Gateway's documentation says that they are not
// supported, but its own samples have some of them.
var annotations = map[string]bool{
	"example": true, "examples": true, "default": true, "deprecated": true, "readOnly": true, "writeOnly": true, "externalDocs": true, "xml": true, "discriminator": true,
}

// schema checks the keywords of a schema and of the schemas in it.
func (c *checker) schema(n *yaml.Node, depth int) {
	if n == nil || n.Kind != yaml.MappingNode || depth > maxWalk {
		return
	}
	for k, v := range document.Pairs(n) {
		switch {
		case strings.HasPrefix(k.Value, "x-"):
		case annotations[k.Value]:
			c.addAs(Warning, "schema-keyword", c.api.Place(k.Line, k.Column), "", fmt.Sprintf("the keyword %s is not supported in models, and may be refused", k.Value), "leave it out")
		case k.Value == "nullable": // an import leaves it out of the model, as users report
			c.addAs(Warning, "schema-keyword", c.api.Place(k.Line, k.Column), "", "the keyword nullable has no effect in models, so null is refused", "allow null in the type: [string, 'null']")
		case !schemaKeywords[k.Value]:
			c.add("schema-keyword", c.at(k), "", fmt.Sprintf("the keyword %s is not supported in models", k.Value), "leave it out; API Gateway uses JSON Schema draft 4")
		case k.Value == "minItems", k.Value == "maxItems":
			c.add("schema-ignored", c.at(k), "", fmt.Sprintf("%s is not part of API Gateway's basic validation", k.Value), "check the length in the function as well")
		case k.Value == "format" && (v.Value == "int32" || v.Value == "int64" || v.Value == "decimal"):
			c.add("schema-ignored", c.at(v), "", fmt.Sprintf("the format %s is not supported", v.Value), "set minimum and maximum instead")
		}
		switch k.Value {
		case "properties", "definitions", "patternProperties":
			for _, s := range document.Pairs(v) {
				c.schema(s, depth+1)
			}
		case "items", "not", "additionalProperties", "additionalItems":
			if v.Kind == yaml.SequenceNode {
				for _, s := range v.Content {
					c.schema(s, depth+1)
				}
			}
			c.schema(v, depth+1)
		case "allOf", "anyOf", "oneOf":
			for _, s := range v.Content {
				c.schema(s, depth+1)
			}
		}
	}
}

var pathSegment = regexp.MustCompile(`^(\{[A-Za-z0-9_.:,-]+\+?\}|[A-Za-z0-9_.:,~%-]+)$`)

func (c *checker) paths(root *yaml.Node) {
	for k, item := range document.Pairs(document.Get(root, "paths")) {
		if !strings.HasPrefix(k.Value, "/") {
			continue // an extension, or reported as a separate problem
		}
		for segment := range strings.SplitSeq(strings.Trim(k.Value, "/"), "/") {
			if segment != "" && !pathSegment.MatchString(segment) {
				c.add("path-characters", c.at(k), k.Value, fmt.Sprintf("the part %q of the path is not accepted by API Gateway", segment), "use letters, digits and _ - . , : in each part; a variable is a whole part")
			}
		}
		if k.Value == "/ping" || k.Value == "/sping" {
			c.add("path-reserved", c.at(k), k.Value, fmt.Sprintf("%s is not reachable under a custom domain name", k.Value), "rename the path, such as /health")
		}
		c.parameters(document.Get(item, "parameters"), k.Value)
		for verb, op := range document.Pairs(item) {
			c.parameters(document.Get(op, "parameters"), strings.ToUpper(verb.Value)+" "+k.Value)
		}
	}
}

// ignoredConstraints are the keywords that an import drops from a parameter's schema.
var ignoredConstraints = []string{"pattern", "enum", "minimum", "maximum", "minLength", "maxLength", "format", "multipleOf"}

func (c *checker) parameters(list *yaml.Node, route string) {
	if list == nil || list.Kind != yaml.SequenceNode {
		return
	}
	for _, p := range list.Content {
		in := document.Get(p, "in")
		if in == nil || in.Value == "body" {
			continue
		}
		schema := document.Get(p, "schema")
		if schema == nil {
			schema = p
		}
		var dropped []string
		for k := range document.Pairs(schema) {
			if slices.Contains(ignoredConstraints, k.Value) {
				dropped = append(dropped, k.Value)
			}
		}
		name := ""
		if n := document.Get(p, "name"); n != nil {
			name = n.Value
		}
		if len(dropped) > 0 {
			c.add("parameter-ignored", c.at(p), route, fmt.Sprintf("%s of the parameter %s is not imported, so API Gateway does not check it", strings.Join(dropped, ", "), name), "check it in the mapping template or the function")
		}
	}
}

// Quotas of an import.
const (
	maxResources = 300
	nearly       = 0.8
)

// resource checks the API's resource in its template.
func (c *checker) resource() {
	a := c.api
	if a.ID == "ServerlessRestApi" {
		return // created by SAM from the events of functions
	}
	if a.Kind == "AWS::Serverless::Api" {
		if _, ok := a.Properties["OpenApiVersion"]; !ok {
			c.once("extra-stage", a.Pos, fmt.Sprintf("%s has no OpenApiVersion, so SAM adds a stage named Stage", a.ID), "add OpenApiVersion: '3.0.1' (or '2.0') to its properties or to Globals")
		}
	}
	if slices.ContainsFunc([]string{"DefinitionBody", "DefinitionUri", "Body", "BodyS3Location"}, func(p string) bool { _, ok := a.Properties[p]; return ok }) {
		if _, ok := a.Properties["FailOnWarnings"]; !ok {
			c.once("warnings-dropped", a.Pos, fmt.Sprintf("%s has no FailOnWarnings, so warnings of its import are lost silently", a.ID), "add FailOnWarnings: true to its properties")
		}
	}
	for name, at := range a.ParameterNames {
		c.addAt("parameter-not-in-deployment", at, "", fmt.Sprintf("the definition names the parameter %s: changing only its value leaves the stage on the previous deployment", name), "pass it as a stage variable, or set AlwaysDeploy: true")
	}
	resources := map[string]bool{}
	for _, r := range c.loaded.Routes {
		for i := range strings.Split(r.Path, "/") {
			resources[strings.Join(strings.Split(r.Path, "/")[:i+1], "/")] = true
		}
		if r.Integration == nil {
			continue
		}
		for _, t := range templates(r) {
			if n := len(t.Source); float64(n) > nearly*gateway.MaxTemplate && n <= gateway.MaxTemplate {
				c.add("size", t.Position, r.Name(), fmt.Sprintf("the template has %d of at most %d bytes", n, gateway.MaxTemplate), "shorten it")
			}
		}
	}
	if n := len(resources); float64(n) > nearly*maxResources {
		c.add("size", c.at(c.api.Document.Root()), "", fmt.Sprintf("the API has %d resources of at most %d", n, maxResources), "split the API, or ask for a higher quota")
	}
}

// templateFileRules check the files rather than an API.
func (c *checker) templateFileRules() {
	for _, at := range c.template.ShortForms {
		c.addAt("include-short-form", at, "", "short forms such as !Sub and !GetAtt are not read in this file", "write the long form: Fn::Sub, Fn::GetAtt, Ref")
	}
	if !c.template.Standalone { // an import resolves them
		for _, at := range c.template.Aliases {
			c.addAt("include-alias", at, "", "CloudFormation reads no aliases of YAML in an included file", "write out what the alias stands for")
		}
	}
	for _, at := range c.template.NestedIncludes {
		c.addAt("include-nested", at, "", "an included file cannot include another", "include it from the template, or write it out")
	}
}
