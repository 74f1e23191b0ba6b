package recorded

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// echo is a function that returns the event it got as the body of a proxy response.
func echo(event []byte) ([]byte, bool) {
	body, err := json.Marshal(map[string]string{"body": string(event)})
	return body, err != nil
}

const proxyDocument = `
openapi: 3.0.1
info: {title: proxy, version: "1"}
x-proxy: &proxy
  responses: {"200": {}}
  x-amazon-apigateway-integration:
    type: aws_proxy
    httpMethod: POST
    uri: arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:111111111111:function:Echo/invocations
paths:
  /fixed:
    x-amazon-apigateway-any-method: *proxy
  /mapped/{pathVariable}:
    post:
      responses: {"200": {}}
      x-amazon-apigateway-integration:
        type: aws_proxy
        httpMethod: POST
        uri: arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:111111111111:function:Echo/invocations
        requestParameters:
          integration.request.header.headerVar: method.request.header.foobar
          integration.request.querystring.added: "'1'"
          integration.request.path.pathVariable: "'other'"
  /{proxy+}:
    x-amazon-apigateway-any-method: *proxy
`

// hiddenHeaders are request headers of which functions see only visibleHeaders; see
// headers.txtar.
const hiddenHeaders = "Accept-Charset: UTF-8\nAge: 1\nContent-Encoding: deflate\nContent-MD5: x\nDate: d\nMax-Forwards: 3\nPragma: cache\nProxy-Authenticate: Basic\n" +
	"Range: bytes=500-999\nReferer: https://example.com/\nServer: s\nTE: deflate\nVia: v\nWarn: 299 x\nWWW-Authenticate: Basic"

var visibleHeaders = object{
	"Accept-Charset": "UTF-8", "Age": "1", "Content-Encoding": "deflate", "Date": "d", "Pragma": "cache", "Range": "bytes=500-999",
	"Referer": "https://example.com/", "Via": "v", "Warn": "299 x",
}

// object is a JSON object.
type object = map[string]any

// multi returns the multi-value view of an object of single values.
func multi(single object) object {
	if single == nil {
		return nil
	}
	m := object{}
	for k, v := range single {
		m[k] = []any{v}
	}
	return m
}

// The event of a proxy integration, member for member. Headers that CloudFront adds at an
// edge-optimised endpoint are removed from the recording, since nothing adds them locally.
//
// Source: localstack/localstack,
// tests/aws/services/apigateway/test_apigateway_lambda.snapshot.json,
// test_lambda_aws_proxy_integration and test_lambda_aws_proxy_integration_request_data_mapping,
// recorded on AWS in July and August 2024; for the four from the cookie on, aws/aws-lambda-dotnet,
// Tools/LambdaTestTool-v2/tests/Amazon.Lambda.TestTool.UnitTests:
// Extensions/HttpContextTestCases.cs and its snapshots, recorded on AWS in April 2025.
func TestProxyEvents(t *testing.T) {
	t.Parallel()
	addr := start(t, proxyDocument, echo, nil, "--stage", "stage", "--account", "111111111111")
	for _, c := range []struct {
		name, request             string
		resource, path, stagePath string
		pathParameters            object
		query                     object
		multiQuery                object // nil: that of query
		headers                   object
		body                      any
		bare                      bool // the client sends neither Accept nor User-Agent
	}{
		{name: "without a slash at the end", request: "GET /stage/proxy-value", path: "/proxy-value", stagePath: "/stage/proxy-value", pathParameters: object{"proxy": "proxy-value"}},
		{name: "with a slash at the end", request: "GET /stage/proxy-value/", path: "/proxy-value/", stagePath: "/stage/proxy-value/", pathParameters: object{"proxy": "proxy-value"}},
		{name: "doubled slash inside", request: "GET /stage/proxy-value//double-slash", path: "/proxy-value//double-slash", stagePath: "/stage/proxy-value//double-slash", pathParameters: object{"proxy": "proxy-value//double-slash"}},
		{name: "doubled slash before the stage", request: "GET //stage/proxy-value", path: "/proxy-value", stagePath: "/stage/proxy-value", pathParameters: object{"proxy": "proxy-value"}},
		{name: "doubled slash after the stage", request: "GET /stage//proxy-value", path: "/proxy-value", stagePath: "/stage//proxy-value", pathParameters: object{"proxy": "proxy-value"}},
		{name: "doubled slash before a literal", request: "GET /stage//fixed", resource: "/fixed", path: "/fixed", stagePath: "/stage//fixed"},
		{name: "query", request: "GET /stage/proxy-value?urlparam=test", path: "/proxy-value", stagePath: "/stage/proxy-value", pathParameters: object{"proxy": "proxy-value"}, query: object{"urlparam": "test"}},
		{name: "query after a slash", request: "GET /stage/proxy-value/?urlparam=test", path: "/proxy-value/", stagePath: "/stage/proxy-value/", pathParameters: object{"proxy": "proxy-value"}, query: object{"urlparam": "test"}},
		{name: "escapes in the path", request: "GET /stage/proxy-value/api/user/test%2Balias@gmail.com/plus/test+alias@gmail.com",
			path: "/proxy-value/api/user/test%2Balias@gmail.com/plus/test+alias@gmail.com", stagePath: "/stage/proxy-value/api/user/test%2Balias@gmail.com/plus/test+alias@gmail.com",
			pathParameters: object{"proxy": "proxy-value/api/user/test%2Balias@gmail.com/plus/test+alias@gmail.com"}},
		{name: "escapes in the query", request: "GET /stage/proxy-value/api?dateTimeOffset=2023-06-12T18:05:10.123456+00:00&email=test%2Balias@gmail.com&plus=test+alias@gmail.com&url=https://www.google.com/&whitespace=foo%20bar&zhash=abort/",
			path: "/proxy-value/api", stagePath: "/stage/proxy-value/api", pathParameters: object{"proxy": "proxy-value/api"},
			query: object{"dateTimeOffset": "2023-06-12T18:05:10.123456 00:00", "email": "test+alias@gmail.com", "plus": "test alias@gmail.com", "url": "https://www.google.com/", "whitespace": "foo bar", "zhash": "abort/"}},
		{name: "repeated query", request: "POST /stage/proxy-value?category=electronics&category=books&price=10&price=20&price=30\nContent-Type: application/json;charset=utf-8\nAuthorization: Bearer token123;API key456\n\n" + `{"message": "hello world"}`,
			path: "/proxy-value", stagePath: "/stage/proxy-value", pathParameters: object{"proxy": "proxy-value"},
			query:      object{"category": "books", "price": "30"},
			multiQuery: object{"category": []any{"electronics", "books"}, "price": []any{"10", "20", "30"}},
			headers:    object{"Content-Type": "application/json;charset=utf-8", "Authorization": "Bearer token123;API key456"}, body: `{"message": "hello world"}`},
		{name: "mappings leave the event alone", request: "POST /stage/mapped/foobar?testQueryString=foo&testVar=bar\nfoobar: mapped-value\nheaderVar: request-value\nContent-Type: application/json\n\n" + `{"message": "hello world"}`,
			resource: "/mapped/{pathVariable}", path: "/mapped/foobar", stagePath: "/stage/mapped/foobar", pathParameters: object{"pathVariable": "foobar"},
			query:   object{"testQueryString": "foo", "testVar": "bar"},
			headers: object{"foobar": "mapped-value", "headerVar": "request-value", "Content-Type": "application/json"}, body: `{"message": "hello world"}`},
		{name: "two names are written anew", request: "GET /stage/proxy-value\nauthorization: random-value\nuser-Agent: python-requests/testing", path: "/proxy-value", stagePath: "/stage/proxy-value",
			pathParameters: object{"proxy": "proxy-value"}, headers: object{"Authorization": "random-value"}},
		{name: "a cookie, and no body", request: "POST /stage/mapped/123?status=pending&tag=important&tag=urgent\nContent-Type: text/plain; charset=utf-8\nCookie: session=abc123; theme=dark\nX-Custom-Header: value1",
			resource: "/mapped/{pathVariable}", path: "/mapped/123", stagePath: "/stage/mapped/123", pathParameters: object{"pathVariable": "123"},
			query: object{"status": "pending", "tag": "urgent"}, multiQuery: object{"status": []any{"pending"}, "tag": []any{"important", "urgent"}},
			headers: object{"Content-Type": "text/plain; charset=utf-8", "Cookie": "session=abc123; theme=dark", "X-Custom-Header": "value1"}},
		{name: "an escaped #", request: "POST /stage/proxy-value?q=Hello%20World&tag=C%23%20Programming&tag=.NET%20Core", bare: true,
			path: "/proxy-value", stagePath: "/stage/proxy-value", pathParameters: object{"proxy": "proxy-value"},
			query: object{"q": "Hello World", "tag": ".NET Core"}, multiQuery: object{"q": []any{"Hello World"}, "tag": []any{"C# Programming", ".NET Core"}}},
		{name: "asterisks and spaces in the path", request: "POST /stage/mapped/****%20Doe", bare: true,
			resource: "/mapped/{pathVariable}", path: "/mapped/****%20Doe", stagePath: "/stage/mapped/****%20Doe", pathParameters: object{"pathVariable": "****%20Doe"}},
		{name: "emoji in the path", request: "POST /stage/mapped/%F0%9F%98%8A%20Happy", bare: true,
			resource: "/mapped/{pathVariable}", path: "/mapped/%F0%9F%98%8A%20Happy", stagePath: "/stage/mapped/%F0%9F%98%8A%20Happy", pathParameters: object{"pathVariable": "%F0%9F%98%8A%20Happy"}},
		{name: "hidden headers", request: "GET /stage/proxy-value\n" + hiddenHeaders, path: "/proxy-value", stagePath: "/stage/proxy-value", pathParameters: object{"proxy": "proxy-value"}, headers: visibleHeaders},
	} {
		head, content, _ := strings.Cut(c.request, "\n\n")
		var agent any
		if !c.bare {
			agent = "python-requests/testing"
			head += "\nAccept: */*\nAccept-Encoding: gzip, deflate\ntEsT-HEADeR: aValUE"
			if !strings.Contains(head, "user-Agent") {
				head += "\nUser-Agent: python-requests/testing"
			}
		}
		if content != "" {
			content = "\n\n" + content
		}
		_, _, body := send(t, addr, "abcdef.example.com", head+content)
		var event object
		if err := json.Unmarshal([]byte(body), &event); err != nil {
			t.Errorf("%s: %v: %s", c.name, err, body)
			continue
		}
		headers := object{"Host": "abcdef.example.com", "X-Forwarded-For": "127.0.0.1", "X-Forwarded-Port": "80", "X-Forwarded-Proto": "http"}
		if !c.bare {
			maps.Copy(headers, object{"Accept": "*/*", "Accept-Encoding": "gzip, deflate", "User-Agent": agent, "tEsT-HEADeR": "aValUE"})
		}
		for k, v := range c.headers {
			headers[k] = v
		}
		if trace, _ := at(event, "headers", "X-Amzn-Trace-Id").(string); strings.HasPrefix(trace, "Root=1-") {
			headers["X-Amzn-Trace-Id"] = trace
		}
		resource := c.resource
		if resource == "" {
			resource = "/{proxy+}"
		}
		method, _, _ := strings.Cut(c.request, " ")
		multiQuery := c.multiQuery
		if multiQuery == nil {
			multiQuery = multi(c.query)
		}
		want := object{
			"body": c.body, "headers": headers, "multiValueHeaders": multi(headers), "httpMethod": method, "isBase64Encoded": false,
			"queryStringParameters": c.query, "multiValueQueryStringParameters": multiQuery, "path": c.path, "pathParameters": c.pathParameters,
			"resource": resource, "stageVariables": nil,
			"requestContext": object{
				"accountId": "111111111111", "apiId": at(event, "requestContext", "apiId"), "deploymentId": at(event, "requestContext", "deploymentId"), "domainName": "abcdef.example.com",
				"domainPrefix": "abcdef", "extendedRequestId": at(event, "requestContext", "extendedRequestId"), "httpMethod": method,
				"identity": object{
					"accessKey": nil, "accountId": nil, "caller": nil, "cognitoAuthenticationProvider": nil, "cognitoAuthenticationType": nil,
					"cognitoIdentityId": nil, "cognitoIdentityPoolId": nil, "principalOrgId": nil, "sourceIp": "127.0.0.1", "user": nil,
					"userAgent": agent, "userArn": nil,
				},
				"path": c.stagePath, "protocol": "HTTP/1.1", "requestId": at(event, "requestContext", "requestId"),
				"requestTime": at(event, "requestContext", "requestTime"), "requestTimeEpoch": at(event, "requestContext", "requestTimeEpoch"),
				"resourceId": at(event, "requestContext", "resourceId"), "resourcePath": resource, "stage": "stage",
			},
		}
		for _, name := range []string{"apiId", "deploymentId", "extendedRequestId", "requestId", "requestTime", "resourceId"} {
			if s, _ := at(event, "requestContext", name).(string); s == "" {
				t.Errorf("%s: requestContext.%s is missing", c.name, name)
			}
		}
		if _, ok := at(event, "requestContext", "requestTimeEpoch").(float64); !ok {
			t.Errorf("%s: requestContext.requestTimeEpoch is not a number", c.name)
		}
		if d := differences("", event, decoded(t, want)); len(d) > 0 {
			t.Errorf("%s:\n%s", c.name, strings.Join(d, "\n"))
		}
	}
}

// at returns a member of a member.
func at(o object, outer, inner string) any {
	m, _ := o[outer].(object)
	return m[inner]
}

// decoded returns v as decoded from its JSON.
func decoded(t *testing.T, v any) any {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// differences lists the places where two JSON values differ.
func differences(place string, got, want any) []string {
	g, ok1 := got.(object)
	w, ok2 := want.(object)
	if !ok1 || !ok2 {
		a, _ := json.Marshal(got)
		b, _ := json.Marshal(want)
		if string(a) != string(b) {
			return []string{fmt.Sprintf("%s: got %s, want %s", place, a, b)}
		}
		return nil
	}
	var out []string
	for k := range g {
		if _, ok := w[k]; !ok {
			out = append(out, fmt.Sprintf("%s.%s: got %v, want no such member", place, k, g[k]))
		}
	}
	for k := range w {
		if _, ok := g[k]; !ok {
			out = append(out, fmt.Sprintf("%s.%s: missing", place, k))
			continue
		}
		out = append(out, differences(place+"."+k, g[k], w[k])...)
	}
	slices.Sort(out)
	return out
}
