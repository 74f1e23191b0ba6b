package gateway_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"example.com/guessing-game/src/apigw/gateway"
)

const goodURI = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:F/invocations"

// load returns the error of reading a document and making a gateway from it.
func load(doc string, o gateway.Options) (*gateway.Gateway, error) {
	d, err := gateway.ParseDocument("api.yaml", []byte(doc))
	if err != nil {
		return nil, err
	}
	return gateway.New(d, o)
}

// method is a document with one route, POST /x, of the given lines.
func method(lines ...string) string {
	return "openapi: 3.0.1\ninfo: {title: t, version: '1'}\npaths:\n  /x:\n    post:\n      " + strings.Join(lines, "\n      ") + "\n"
}

const good = `x-amazon-apigateway-integration: {type: mock, requestTemplates: {application/json: '{"statusCode":200}'}, responses: {default: {statusCode: 200}}}`

// Each row is a document and its complete problem: position, route, reason and what to do.
func TestProblems(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, doc, want string }{
		{"good", method(good), ""},
		{"empty", "", "api.yaml: the file is empty"},
		{"no object", "[1]", "api.yaml:1:1: the document is not an object (provide an OpenAPI 3.0 or Swagger 2.0 document)"},
		{"no version", "paths: {}", `api.yaml:1:1: the document has neither openapi: 3.0.x nor swagger: "2.0" (provide an OpenAPI 3.0 or Swagger 2.0 document)`},
		{"3.1", "openapi: 3.1.0\npaths: {}", "api.yaml:1:10: OpenAPI 3.1.0: API Gateway imports OpenAPI 3.0 and Swagger 2.0 only (write openapi: 3.0.1 and use only what that version has)"},
		{"no paths", "openapi: 3.0.1", "api.yaml:1:1: the document has no paths (define at least one path)"},
		{"twice", "openapi: 3.0.1\nopenapi: 3.0.1\npaths: {}", `api.yaml:2:1: the key "openapi" appears twice, first on line 1 (remove one of the two)`},
		{"no integration", method("responses: {}"), "api.yaml:5:5: POST /x: the method has no x-amazon-apigateway-integration, so API Gateway refuses to deploy it (add one: type aws with a Lambda uri, aws_proxy, or mock)"},
		{"http without method", method("x-amazon-apigateway-integration: {type: http, uri: http://x}"),
			`api.yaml:6:40: POST /x: Enumeration value for HttpMethod must be non-empty: httpMethod is "" (write the method of the request that goes to the backend, such as httpMethod: POST; ANY is that of the client)`},
		{"http without scheme", method("x-amazon-apigateway-integration: {type: http, httpMethod: GET, uri: x.example}"),
			`api.yaml:6:75: POST /x: Invalid HTTP endpoint specified for URI: "x.example" (write a URL that begins with http:// or https://)`},
		{"http without host", method("x-amazon-apigateway-integration: {type: http, httpMethod: GET, uri: 'http:///x'}"),
			`api.yaml:6:75: POST /x: Invalid endpoint address: "http:///x" (correct the uri; API Gateway returns 500)`},
		{"connection type", method("x-amazon-apigateway-integration: {type: http, httpMethod: GET, connectionType: TUNNEL, uri: 'http://x'}"),
			`api.yaml:6:86: POST /x: there is no connectionType "TUNNEL" (write INTERNET or VPC_LINK)`},
		{"link without id", method("x-amazon-apigateway-integration: {type: http, httpMethod: GET, connectionType: VPC_LINK, uri: 'http://x'}"),
			`api.yaml:6:86: POST /x: connectionType is VPC_LINK, but there is no connectionId (write connectionId: the id of the VPC link)`},
		{"target without link", method("x-amazon-apigateway-integration: {type: http, httpMethod: GET, integrationTarget: x, uri: 'http://x'}"),
			`api.yaml:6:89: POST /x: integrationTarget needs connectionType: VPC_LINK (write connectionType: VPC_LINK and the link's connectionId)`},
		{"neither path nor action", method("x-amazon-apigateway-integration: {type: aws, httpMethod: POST, uri: 'arn:aws:apigateway:us-east-1:sqs:x/1/q'}"),
			`api.yaml:6:75: POST /x: AWS ARN for integration must contain path or action: "arn:aws:apigateway:us-east-1:sqs:x/1/q" (write arn:aws:apigateway:REGION:SERVICE:action/ACTION or arn:aws:apigateway:REGION:SERVICE:path/PATH)`},
		{"blank in an action", method("x-amazon-apigateway-integration: {type: aws, httpMethod: POST, uri: 'arn:aws:apigateway:us-east-1:sqs:action/A b'}"),
			`api.yaml:6:75: POST /x: Illegal character in query at index 8: "Action=A b": URI/URL syntax error encountered in signing process (correct the uri; API Gateway returns 500)`},
		{"proxy to a service", method("x-amazon-apigateway-integration: {type: aws_proxy, httpMethod: POST, uri: 'arn:aws:apigateway:us-east-1:sqs:path/1/q'}"),
			`api.yaml:6:81: POST /x: Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations. (write type: aws, with a request template that makes the body of the service's request)`},
		{"streamed and not a proxy", method("x-amazon-apigateway-integration: {type: http, httpMethod: GET, responseTransferMode: STREAM, uri: 'http://x'}"),
			`api.yaml:6:92: POST /x: responseTransferMode: STREAM is for the types http_proxy and aws_proxy only (make it a proxy integration, or leave responseTransferMode out)`},
		{"streaming uri without the mode", method("x-amazon-apigateway-integration: {type: aws_proxy, httpMethod: POST, uri: 'arn:aws:apigateway:us-east-1:lambda:path/2021-11-15/functions/f/response-streaming-invocations'}"),
			`api.yaml:6:81: POST /x: the uri invokes the function with streaming, but responseTransferMode is not STREAM (write responseTransferMode: STREAM, or the path 2015-03-31/functions/FUNCTION_ARN/invocations)`},
		{"lambda by GET", method("x-amazon-apigateway-integration: {type: aws, httpMethod: GET, uri: '" + goodURI + "'}"),
			`api.yaml:6:64: POST /x: httpMethod is "GET", but a Lambda function is always invoked by POST (write httpMethod: POST; API Gateway returns 500 otherwise)`},
		{"bad template", method("x-amazon-apigateway-integration:", "  type: mock", "  requestTemplates:", "    application/json: |", "      {", "      #if($x", "      }"),
			""},
		{"bad pattern", method("x-amazon-apigateway-integration: {type: mock, responses: {'(': {statusCode: 200}}}"),
			`api.yaml:6:65: POST /x: the selection pattern "(" is not a Java regular expression: `},
		{"bad status", method("x-amazon-apigateway-integration: {type: mock, responses: {default: {statusCode: ok}}}"),
			`api.yaml:6:65: POST /x: the response "default" has the statusCode "ok" (write a statusCode from 100 to 599)`},
		{"GW-10 one status twice", method("x-amazon-apigateway-integration: {type: mock, responses: {a: {statusCode: 400}, b: {statusCode: '400'}}}"),
			`api.yaml:6:87: POST /x: the responses "a" and "b" both have the statusCode 400, but API Gateway keeps one response for each status (join the patterns with | or give one of them another status)`},
		{"bad target", method("x-amazon-apigateway-integration: {type: mock, requestParameters: {integration.request.body: \"'x'\"}}"),
			`api.yaml:6:73: POST /x: "integration.request.body" is not a target of a parameter mapping (write integration.request.(path|querystring|header).NAME)`},
		{"bad source", method("x-amazon-apigateway-integration: {type: mock, requestParameters: {integration.request.header.X: static}}"),
			`api.yaml:6:103: POST /x: integration.request.header.X: "static" is not a mapping expression (write a mapping expression such as method.request.header.X, or static text in single quotes)`},
		{"bad passthrough", method("x-amazon-apigateway-integration: {type: mock, passthroughBehavior: always}"),
			`api.yaml:6:74: POST /x: there is no passthroughBehavior "always" (write when_no_match, when_no_templates or never)`},
		{"bad timeout", method("x-amazon-apigateway-integration: {type: mock, timeoutInMillis: 49}"),
			`api.yaml:6:70: POST /x: timeoutInMillis is "49" (write a number of milliseconds from 50 to 29000)`},
		{"unknown validator", method("x-amazon-apigateway-request-validator: all", good),
			`api.yaml:6:46: POST /x: there is no request validator "all", so nothing is validated (define it in x-amazon-apigateway-request-validators)`},
		{"bad schema", method("requestBody: {content: {application/json: {schema: {type: strange}}}}", good),
			`api.yaml:6:65: POST /x: the schema of the body is not valid: type "strange" is not a type: there are array, boolean, integer, null, number, object, string (correct the schema; API Gateway uses JSON Schema draft 4)`},
		{"reference for properties", method("requestBody: {content: {application/json: {schema: {type: object, properties: {$ref: '#/x'}}}}}", good),
			`api.yaml:6:92: POST /x: properties cannot be a $ref, which is ignored (write a $ref in place of a schema, or list the properties)`},
		{"reference out", method("requestBody: {$ref: 'other.yaml#/x'}", good),
			`api.yaml:6:20: POST /x: the reference "other.yaml#/x" leads out of the document (correct the reference)`},
		{"reference nowhere", method("parameters: [{$ref: '#/components/parameters/p'}]", good),
			`api.yaml:6:20: POST /x: the reference "#/components/parameters/p" leads nowhere (correct the reference)`},
		{"parameter in two places", method("parameters: [{name: a, in: query}, {name: a, in: header}]", good),
			`api.yaml:6:42: POST /x: "a" is the name of a parameter in querystring and of one in header (parameter names must be unique across querystring, header and path)`},
		{"authorizer of a pool", "openapi: 3.0.1\ncomponents: {securitySchemes: {a: {type: apiKey, x-amazon-apigateway-authorizer: {type: cognito_user_pools}}}}\npaths:\n  /x:\n    get:\n      security: [{a: []}]\n      " + good,
			"api.yaml:2:89: GET /x: an authorizer of type \"cognito_user_pools\" is not supported (let requests past it with --authorizer a=off, or start leniently: the route then returns 501)"},
		{"authorizer of what", "openapi: 3.0.1\ncomponents: {securitySchemes: {a: {type: apiKey, x-amazon-apigateway-authtype: cognito_user_pools}}}\npaths:\n  /x:\n    get:\n      security: [{a: []}]\n      " + good,
			"api.yaml:2:32: GET /x: authorization of type \"cognito_user_pools\" is not supported (let requests past it with --authorizer a=off, or start leniently: the route then returns 501)"},
		{"authorizer without a type", "openapi: 3.0.1\ncomponents: {securitySchemes: {a: {type: apiKey, x-amazon-apigateway-authorizer: {authorizerResultTtlInSeconds: 1}}}}\npaths:\n  /x:\n    get:\n      security: [{a: []}]\n      " + good,
			"api.yaml:2:32: GET /x: the authorizer a has no type (write type: token, request or cognito_user_pools)"},
		{"authorizer without a uri", "openapi: 3.0.1\ncomponents: {securitySchemes: {a: {type: apiKey, name: A, x-amazon-apigateway-authorizer: {type: token}}}}\npaths:\n  /x:\n    get:\n      security: [{a: []}]\n      " + good,
			"api.yaml:2:98: GET /x: the authorizer a has no authorizerUri (write arn:aws:apigateway:REGION:lambda:path/2015-03-31/functions/FUNCTION_ARN/invocations)"},
		{"authorizer without identity", "openapi: 3.0.1\ncomponents: {securitySchemes: {a: {type: apiKey, x-amazon-apigateway-authorizer: {type: request, authorizerUri: " + goodURI + "}}}}\npaths:\n  /x:\n    get:\n      security: [{a: []}]\n      " + good,
			"api.yaml:2:89: GET /x: the authorizer a has no identitySource (write identitySource: method.request.header.Authorization, or of a request authorizer authorizerResultTtlInSeconds: 0)"},
		{"authorizer by path", "openapi: 3.0.1\ncomponents: {securitySchemes: {a: {type: apiKey, x-amazon-apigateway-authorizer: {type: request, identitySource: method.request.path.id, authorizerUri: " + goodURI + "}}}}\npaths:\n  /x:\n    get:\n      security: [{a: []}]\n      " + good,
			"api.yaml:2:114: GET /x: \"method.request.path.id\" is not an identity source of the authorizer a (write method.request.header.NAME; a request authorizer also accepts method.request.querystring.NAME, stageVariables.NAME and context.NAME too)"},
		{"authorizer with a wrong TTL", "openapi: 3.0.1\ncomponents: {securitySchemes: {a: {type: apiKey, name: A, x-amazon-apigateway-authorizer: {type: token, authorizerResultTtlInSeconds: 3601, authorizerUri: " + goodURI + "}}}}\npaths:\n  /x:\n    get:\n      security: [{a: []}]\n      " + good,
			"api.yaml:2:135: GET /x: authorizerResultTtlInSeconds of the authorizer a is \"3601\" (write a number of seconds from 0 to 3600)"},
		{"authorizer with a wrong expression", "openapi: 3.0.1\ncomponents: {securitySchemes: {a: {type: apiKey, name: A, x-amazon-apigateway-authorizer: {type: token, identityValidationExpression: '(', authorizerUri: " + goodURI + "}}}}\npaths:\n  /x:\n    get:\n      security: [{a: []}]\n      " + good,
			"api.yaml:2:"},
		{"authorizer elsewhere", "openapi: 3.0.1\ncomponents: {securitySchemes: {a: {type: apiKey, name: A, x-amazon-apigateway-authorizer: {type: token, authorizerUri: 'http://x'}}}}\npaths:\n  /x:\n    get:\n      security: [{a: []}]\n      " + good,
			"api.yaml:2:120: GET /x: the authorizer a: the uri \"http://x\" is not that of a Lambda function (write arn:aws:apigateway:REGION:lambda:path/2015-03-31/functions/FUNCTION_ARN/invocations)"},
		{"source of keys", "openapi: 3.0.1\nx-amazon-apigateway-api-key-source: QUERY\npaths: {}", `api.yaml:2:37: there is no source of API keys "QUERY" (write HEADER or AUTHORIZER)`},
		{"part of a segment", "openapi: 3.0.1\npaths: {'/a{b}': {}}", `api.yaml:2:9: /a{b}: "a{b}": a variable must be the whole of a segment (write a path such as /games/{id} or /files/{path+})`},
		{"below greedy", "openapi: 3.0.1\npaths: {'/{a+}/b': {}}", `api.yaml:2:9: /{a+}/b: nothing can follow the greedy variable {a+} (write a path such as /games/{id} or /files/{path+})`},
		{"two variables", "openapi: 3.0.1\npaths:\n  /a/{b}: {}\n  /a/{c}/d: {}", `api.yaml:4:3: /a/{c}/d: the variable {c} is where /a/{b} already has {b} (line 3) (use the same name in the same position of all paths)`},
		{"same resource", "openapi: 3.0.1\npaths:\n  /a: {}\n  /a/: {}", `api.yaml:4:3: /a/: the path is the same resource as /a (line 3) (join the two)`},
		{"unknown gateway response", "openapi: 3.0.1\nx-amazon-apigateway-gateway-responses: {NOPE: {}}\npaths: {}",
			`api.yaml:2:41: there is no gateway response "NOPE" (write one of API Gateway's types, such as DEFAULT_4XX or BAD_REQUEST_BODY)`},
		{"broken YAML", "openapi: 3.0.1\npaths: {", "api.yaml:"},
		{"all of them", "openapi: 3.0.1\npaths:\n  /a: {get: {}}\n  /b: {get: {}}",
			"api.yaml:3:8: GET /a: the method has no x-amazon-apigateway-integration, so API Gateway refuses to deploy it (add one: type aws with a Lambda uri, aws_proxy, or mock)\n" +
				"api.yaml:4:8: GET /b: the method has no x-amazon-apigateway-integration, so API Gateway refuses to deploy it (add one: type aws with a Lambda uri, aws_proxy, or mock)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := load(c.doc, gateway.Options{})
			got := ""
			if err != nil {
				got = err.Error()
			}
			switch {
			case c.name == "bad template":
				if !strings.HasPrefix(got, "api.yaml:1") || !strings.Contains(got, "POST /x: the template does not parse: ") {
					t.Error(got)
				}
			case strings.HasSuffix(c.want, ": ") || c.want == "api.yaml:" || c.want == "api.yaml:2:":
				if !strings.HasPrefix(got, c.want) {
					t.Errorf("\n got %s\nwant %s…", got, c.want)
				}
			case got != c.want:
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
		})
	}
}

// A mistake in JSON is reported at its position too.
func TestProblemInJSON(t *testing.T) {
	t.Parallel()
	_, err := gateway.ParseDocument("api.json", []byte("{\n  \"swagger\": \"2.0\",\n  \"paths\": {,}\n}"))
	if err == nil || !strings.HasPrefix(err.Error(), "api.json:3:13: not valid JSON: ") {
		t.Error(err)
	}
	doc, err := gateway.ParseDocument("api.json", []byte("{\n\t\"swagger\": \"2.0\",\n\t\"paths\": {\"/a\": {\n\"get\": {}}}}"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err = gateway.New(doc, gateway.Options{}); err == nil || !strings.HasPrefix(err.Error(), "api.json:4:1: GET /a: ") {
		t.Error(err)
	}
}

// Quotas of stage variables, at the limit and one past it.
func TestStageVariableQuotas(t *testing.T) {
	t.Parallel()
	many := func(n int) map[string]string {
		m := map[string]string{}
		for i := range n {
			m[fmt.Sprint("v", i)] = ""
		}
		return m
	}
	for _, c := range []struct {
		variables map[string]string
		want      string
	}{
		{many(gateway.MaxStageVariables), ""},
		{many(gateway.MaxStageVariables + 1), "stage prod: there are 101 stage variables (a stage has at most 100)"},
		{map[string]string{strings.Repeat("n", gateway.MaxStageVariableName): ""}, ""},
		{map[string]string{strings.Repeat("n", gateway.MaxStageVariableName+1): ""}, `stage prod: "` + strings.Repeat("n", 65) + `" is not a valid name for a stage variable (use up to 64 letters, digits and _)`},
		{map[string]string{"a-b": ""}, `stage prod: "a-b" is not a valid name for a stage variable (use up to 64 letters, digits and _)`},
		{map[string]string{"v": strings.Repeat("é", gateway.MaxStageVariableValue)}, ""},
		{map[string]string{"v": strings.Repeat("é", gateway.MaxStageVariableValue+1)}, "stage prod: the stage variable v has 513 characters (a value has at most 512)"},
	} {
		_, err := load(method(good), gateway.Options{StageVariables: c.variables})
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("\n got %s\nwant %s", got, c.want)
		}
	}
}

// With Lenient the rest starts; a route that cannot be served returns 501 with the reason, one with
// a broken template 500 as on AWS.
func TestLenient(t *testing.T) {
	t.Parallel()
	g, err := load(`
openapi: 3.0.1
paths:
  /http: {get: {x-amazon-apigateway-integration: {type: http, httpMethod: GET, uri: "x"}}}
  /good: {get: {responses: {"200": {}}, `+good+`}}
  /method: {post: {responses: {"200": {}}, x-amazon-apigateway-integration: {type: aws, httpMethod: GET, uri: "`+goodURI+`", responses: {default: {statusCode: 200}}}}}
  /template: {get: {responses: {"200": {}}, x-amazon-apigateway-integration: {type: mock, requestTemplates: {application/json: "#if($x"}, responses: {default: {statusCode: 200}}}}}
`, gateway.Options{Lenient: true})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"/prod/good":     "200 ",
		"/prod/method":   `500 {"message": "Internal server error"}`,
		"/prod/template": `500 {"message": "Internal server error"}`,
		"/prod/http":     `501 {"message":"api.yaml:4:85: GET /http: Invalid HTTP endpoint specified for URI: \"x\" (write a URL that begins with http:// or https://)"}`,
	} {
		w := httptest.NewRecorder()
		method := "GET"
		if path == "/prod/method" {
			method = "POST"
		}
		g.ServeHTTP(w, httptest.NewRequest(method, path, nil))
		if got := fmt.Sprint(w.Code, " ", w.Body); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	var problems []string
	for _, r := range g.Routes() {
		if r.Problem != nil {
			problems = append(problems, r.Name())
		}
	}
	if fmt.Sprint(problems) != "[GET /http]" {
		t.Error(problems)
	}
}

// What an import drops with a warning: an undefined validator, and a $ref in place of properties.
// The rest of the route is imported as written. Documents of AWS's own workshops contain both,
// and can be deployed.
func TestDropped(t *testing.T) {
	t.Parallel()
	g, err := load(`
openapi: 3.0.1
x-amazon-apigateway-request-validators: {body: {validateRequestBody: true}}
paths:
  /none: {post: {x-amazon-apigateway-request-validator: Body, requestBody: &body {content: {application/json: {schema: {type: object, required: [a], properties: {$ref: "#/paths"}}}}},
    responses: {"200": {}}, `+good+`}}
  /some: {post: {x-amazon-apigateway-request-validator: body, requestBody: *body, responses: {"200": {}}, `+good+`}}
`, gateway.Options{Lenient: true})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{"/prod/none": 200, "/prod/some": 400} {
		w := httptest.NewRecorder()
		g.ServeHTTP(w, httptest.NewRequest("POST", path, strings.NewReader(`{"b": 1}`)))
		if w.Code != want {
			t.Errorf("%s: %d %s, want %d", path, w.Code, w.Body, want)
		}
	}
	for _, p := range g.API().Problems {
		if !p.Served {
			t.Errorf("%v keeps it from being served", p)
		}
	}
	if n := len(g.API().Problems); n != 3 { // the model is compiled for either route
		t.Error(g.API().Problems)
	}
}

// Forms of the uri and the function each names.
func TestFunctionOfURI(t *testing.T) {
	t.Parallel()
	path := "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/"
	for uri, want := range map[string]string{
		path + "arn:aws:lambda:eu-west-1:123456789012:function:Game/invocations":                         "Game ",
		path + "arn:aws:lambda:eu-west-1:123456789012:function:Game:live/invocations":                    "Game live",
		path + "arn:aws:lambda:eu-west-1:123456789012:function:${stageVariables.fn}/invocations":         "FromStage ",
		path + "arn:aws:lambda:eu-west-1:123456789012:function:Game:${stageVariables.alias}/invocations": "Game blue",
		path + "123456789012:function:Game/invocations":                                                  "Game ",
		path + "Game/invocations": "Game ",
		"arn:aws-cn:apigateway:cn-north-1:lambda:path//2015-03-31/functions/Game/invocations":                                                                        "Game ",
		"arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:Game/invocations": "Game ",
	} {
		g, err := load(method("x-amazon-apigateway-integration: {type: aws, httpMethod: POST, uri: '"+uri+"'}"),
			gateway.Options{StageVariables: map[string]string{"fn": "FromStage", "alias": "blue"}})
		if err != nil {
			t.Errorf("%s: %v", uri, err)
			continue
		}
		f := g.Routes()[0].Integration.Function
		if got := f.Name + " " + f.Qualifier; got != want {
			t.Errorf("%s: %q, want %q", uri, got, want)
		}
	}
}

// A uri whose ARN ends before the name of the function is a problem like any other.
func TestFunctionOfURIWithoutName(t *testing.T) {
	t.Parallel()
	path := "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/"
	for _, name := range []string{"arn:aws:lambda:eu-west-1:123456789012:function", "arn:aws:lambda:eu-west-1:123456789012:function:", ":", ""} {
		_, err := load(method("x-amazon-apigateway-integration: {type: aws, httpMethod: POST, uri: '"+path+name+"/invocations'}"), gateway.Options{})
		if want := fmt.Sprintf("the uri names no function: %q", name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", name, err, want)
		}
	}
}

// A uri that stage variables make invalid fails the call, not the document (recorded on AWS for a
// function).
func TestURIMadeInvalidByStageVariables(t *testing.T) {
	t.Parallel()
	for integration, cause := range map[string]string{
		"type: aws, httpMethod: POST, uri: '" + strings.Replace(goodURI, ":F/", ":${stageVariables.none}/", 1) + "'": "names no function",
		"type: aws, httpMethod: POST, uri: 'arn:aws:apigateway:eu-west-1:${stageVariables.none}:action/X'":           "does not name a service",
		"type: http, httpMethod: GET, uri: '${stageVariables.none}/x'":                                               "Invalid HTTP endpoint",
		"type: http, httpMethod: GET, uri: 'http://${stageVariables.none}/x'":                                        "Invalid endpoint address",
	} {
		var logged bytes.Buffer
		g, err := load(method("responses: {'200': {}}", "x-amazon-apigateway-integration: {"+integration+", responses: {default: {statusCode: 200}}}"),
			gateway.Options{Functions: &stubInvoker{}, Observe: func(e *gateway.Execution) { fmt.Fprintf(&logged, "%s\n%v\n", e.Text(), e.Error) }})
		if err != nil {
			t.Error(err)
			continue
		}
		w := httptest.NewRecorder()
		g.ServeHTTP(w, httptest.NewRequestWithContext(context.Background(), "POST", "/prod/x", nil))
		if w.Code != 500 || w.Body.String() != `{"message": "Internal server error"}` {
			t.Errorf("%s: %d %s", integration, w.Code, w.Body)
		}
		for _, want := range []string{cause, "because the stage has no variable none; pass --stage-variables none=VALUE"} {
			if !strings.Contains(logged.String(), want) {
				t.Errorf("%s: %q is neither in the log nor the error\n%s", integration, want, &logged)
			}
		}
	}
}
