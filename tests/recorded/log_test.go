package recorded

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// The execution log of apigw start at its debug level, line for line, except for credentials,
// times and ids, which it does not show.
//
// Source: localstack/localstack, tests/aws/services/apigateway:
// test_apigateway_basic.snapshot.json, test_apigw_test_invoke_method_api;
// test_apigateway_api.snapshot.json, test_invoke_test_method and test_failed_invoke_test_method;
// recorded on AWS in August and September 2025. For proxy integrations, whose method response has
// only what the function or backend returned, under its own names, and for the ARN of the method: a
// log of February 2020 in nuest/aws-lambda-kvp-minimal-java, the messages of 2017 and 2019 with
// which parsers of such logs are tested, and for a backend one of June 2020 in notes on private
// APIs in front of each other.
func TestExecutionLog(t *testing.T) {
	t.Parallel()
	const (
		document = `
openapi: 3.0.1
info: {title: log, version: "1"}
x-ok: &ok {"200": {}}
paths:
  /foo:
    get:
      responses: *ok
      x-amazon-apigateway-integration:
        type: aws
        httpMethod: POST
        uri: &uri arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:111111111111:function:test-de2a8789/invocations
        credentials: arn:aws:iam::111111111111:role/test
        responses: {default: {statusCode: 200}}
  /nowhere:
    get:
      responses: *ok
      x-amazon-apigateway-integration: {type: http_proxy, httpMethod: GET, uri: 'http://${stageVariables.nothing}'}
  /backend:
    get:
      responses: *ok
      x-amazon-apigateway-integration: {type: http_proxy, httpMethod: GET, uri: 'http://${stageVariables.backend}/dev/webpage'}
  /proxy/{resource+}:
    x-amazon-apigateway-any-method:
      responses: *ok
      x-amazon-apigateway-integration: {type: aws_proxy, httpMethod: POST, uri: *uri}
  /pets:
    get:
      responses: *ok
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates: {application/json: '{"statusCode": 200}'}
        responses: {default: {statusCode: 200, responseTemplates: {application/json: '{"pets": "all the pets"}'}}}
  /pets/{petId}:
    x-amazon-apigateway-any-method:
      responses: *ok
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates: {application/json: '{"statusCode": 200}'}
        responses: {default: {statusCode: 200, responseTemplates: {application/json: '{"petId": "$input.params("petId")"}'}}}
`
		payload = `{"statusCode":200,"body":"\"response from localstack lambda: {}\"","isBase64Encoded":false,"headers":{}}`
		uri     = `https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/arn:aws:lambda:us-east-1:111111111111:function:test-de2a8789/invocations`
	)
	patterns := strings.NewReplacer("<date>", `[^,]+(, \d\d [^,]+)?`, "<more>", `[^}]*`, "<n>", `\d+`, "<event>", `.*`, "<host>", `127\.0\.0\.1:\d+`, "<id>", `[0-9a-f-]{36}`, "<api>", `[a-z0-9]{10}`,
		"<trace>", `X-Amzn-Trace-Id=Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=[01]`)
	backend := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusForbidden)
		io.WriteString(w, `{"message":"Forbidden"}`)
	})
	a := startApigw(t, document, func([]byte) ([]byte, bool) { return []byte(payload), false }, backend, "--account", "111111111111", "--log-level", "debug")
	function := func(body string) []string {
		return []string{
			`Endpoint request URI: ` + uri,
			`Endpoint request headers: {x-amzn-lambda-integration-tag=<id>, Authorization=*****, X-Amz-Date=<date>, x-amzn-apigateway-api-id=<api>, Accept=application/json, User-Agent=AmazonAPIGateway_<api>, <more>}`,
			`Endpoint request body after transformations: ` + body,
			`Sending request to ` + uri,
			`Received response. Status: 200, Integration latency: <n> ms`,
			`Endpoint response headers: {Date=<date>, Content-Type=application/json, Content-Length=104, Connection=keep-alive, x-amzn-RequestId=<id>, x-amzn-Remapped-Content-Length=0, X-Amz-Executed-Version=$LATEST, <trace>}`,
			`Endpoint response body before transformations: ` + payload,
			`Method response body after transformations: ` + payload,
			`Method response headers: {<trace>, Content-Type=application/json}`,
		}
	}
	proxy := []string{
		`Endpoint request URI: ` + uri,
		`Endpoint request headers: {x-amzn-lambda-integration-tag=<id>, Authorization=*****, X-Amz-Date=<date>, x-amzn-apigateway-api-id=<api>, X-Amz-Source-Arn=arn:aws:execute-api:us-east-1:111111111111:<api>/prod/ANY/proxy/{resource+}, Accept=application/json, User-Agent=AmazonAPIGateway_<api>, <more>}`,
		`Endpoint request body after transformations: {"resource":"/proxy/{resource+}","path":"/proxy/all_state",<event>}`,
		`Sending request to ` + uri,
		`Received response. Status: 200, Integration latency: <n> ms`,
		`Endpoint response headers: {Date=<date>, Content-Type=application/json, Content-Length=104, Connection=keep-alive, x-amzn-RequestId=<id>, x-amzn-Remapped-Content-Length=0, X-Amz-Executed-Version=$LATEST, <trace>}`,
		`Endpoint response body before transformations: ` + payload,
		`Method response body after transformations: "response from localstack lambda: {}"`,
		`Method response headers: {<trace>}`,
	}
	mock := func(body string) []string {
		return []string{`Method response body after transformations: ` + body, `Method response headers: {Content-Type=application/json}`}
	}
	for _, c := range []struct {
		request                             string
		method, path, params, query, header string // as the log shows them
		body                                string
		rest                                []string
	}{
		{"GET /prod/foo", "GET", "/foo", "{}", "{}", "{}", "", function("")},
		{"GET /prod/foo?queryTest=value\ncontent-type: application/json\n\n" + `{"test": "val123"}`,
			"GET", "/foo", "{}", "{queryTest=value}", "{content-type=application/json}", `{"test": "val123"}`, function(`{"test": "val123"}`)},
		{"GET /prod/pets", "GET", "/pets", "{}", "{}", "{}", "", mock(`{"pets": "all the pets"}`)},
		{"GET /prod/pets/123", "GET", "/pets/123", "{petId=123}", "{}", "{}", "", mock(`{"petId": "123"}`)},
		{"GET /prod/pets/{petId}", "GET", "/pets/{petId}", "{petId={petId}}", "{}", "{}", "", mock(`{"petId": "{petId}"}`)},
		{"GET /prod/pets/123?foo=bar", "GET", "/pets/123", "{petId=123}", "{foo=bar}", "{}", "", mock(`{"petId": "123"}`)},
		{"GET /prod/proxy/all_state", "GET", "/proxy/all_state", "{resource=all_state}", "{}", "{}", "", proxy},
		{"GET /prod/backend", "GET", "/backend", "{}", "{}", "{}", "", []string{
			`Endpoint request URI: http://<host>/dev/webpage`,
			`Endpoint request headers: {<more>x-amzn-apigateway-api-id=<api>, <trace>, User-Agent=AmazonAPIGateway_<api>, Host=<host>}`,
			`Endpoint request body after transformations: `,
			`Sending request to http://<host>/dev/webpage`,
			`Received response. Status: 403, Integration latency: <n> ms`,
			`Endpoint response headers: {Content-Length=23, Content-Type=application/json, Date=<date>}`,
			`Endpoint response body before transformations: {"message":"Forbidden"}`,
			`Method response body after transformations: {"message":"Forbidden"}`,
			`Method response headers: {Content-Length=23, Content-Type=application/json, Date=<date>}`,
		}},
		{"GET /prod/nowhere", "GET", "/nowhere", "{}", "{}", "{}", "", []string{`Execution failed due to configuration error: Invalid endpoint address`}},
		{"POST /prod/pets/123\n\n" + `{"foo": "bar"}`, "POST", "/pets/123", "{petId=123}", "{}", "{}", `{"foo": "bar"}`, mock(`{"petId": "123"}`)},
	} {
		line, header, _ := send(t, address(a), "localhost", c.request)
		id := strings.Join(header[requestIDHeader], "")
		end := []string{`Successfully completed execution`, `Method completed with status: 200`}
		switch status := strings.Fields(line)[1]; status {
		case "403":
			end[1] = `Method completed with status: 403`
		case "500":
			end = []string{`Method completed with status: 500`}
		}
		want := append([]string{
			`Starting execution for request: ` + id,
			`HTTP Method: ` + c.method + `, Resource Path: ` + c.path,
			`Method request path: ` + c.params,
			`Method request query string: ` + c.query,
			`Method request headers: ` + c.header,
			`Method request body before transformations: ` + c.body,
		}, append(c.rest, end...)...)
		heading := "Execution log for request " + id + "\n"
		a.AwaitText(t, heading, 1)
		a.AwaitText(t, "Method completed with status: ", strings.Count(a.String(), "Execution log for request "))
		_, log, _ := strings.Cut(a.String(), heading)
		lines := strings.Split(log, "\n")
		if len(lines) < len(want) {
			t.Fatalf("%s: %d lines, want %d:\n%s", c.request, len(lines), len(want), log)
		}
		for i, text := range want {
			_, got, _ := strings.Cut(lines[i], " : ")
			if i == 4 {
				got = withoutOurs(got)
			}
			if !regexp.MustCompile("^" + patterns.Replace(regexp.QuoteMeta(text)) + "$").MatchString(got) {
				t.Errorf("%s, line %d\n got %s\nwant %s", c.request, i+1, got, text)
			}
		}
	}
}

// withoutOurs returns the line of the headers without those that a listener adds, which
// TestInvokeMethod did not have in the recording.
func withoutOurs(line string) string {
	var headers []string
	for _, h := range strings.Split(strings.Trim(strings.TrimPrefix(line, "Method request headers: "), "{}"), ", ") {
		if name, _, _ := strings.Cut(h, "="); name != "Host" && !strings.HasPrefix(name, "X-") {
			headers = append(headers, h)
		}
	}
	return "Method request headers: {" + strings.Join(headers, ", ") + "}"
}
