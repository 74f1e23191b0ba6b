package recorded

import (
	"context"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"example.com/guessing-game/src/apigw/gateway"
)

// fixed is a function that always answers the same.
type fixed string

func (f fixed) Invoke(_ context.Context, in gateway.Invocation) (gateway.InvocationResult, error) {
	return gateway.InvocationResult{StatusCode: 200, Payload: []byte(f), RequestID: "20a0cc6d-ade0-417f-853d-04c72dbe23d6", TraceHeader: in.TraceHeader}, nil
}

// The execution log line for line, as far as it does not show credentials and times.
//
// Source: localstack/localstack, tests/aws/services/apigateway/test_apigateway_basic.snapshot.json, test_apigw_test_invoke_method_api,
// recorded on AWS in February 2024.
func TestExecutionLog(t *testing.T) {
	t.Parallel()
	doc, err := gateway.ParseDocument("api.yaml", []byte(`
openapi: 3.0.1
info: {title: log, version: "1"}
paths:
  /foo:
    get:
      responses: {"200": {}}
      x-amazon-apigateway-integration:
        type: aws
        httpMethod: POST
        uri: arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:111111111111:function:test-de2a8789/invocations
        responses: {default: {statusCode: 200}}
`))
	if err != nil {
		t.Fatal(err)
	}
	const (
		answer = `{"statusCode":200,"body":"\"response from localstack lambda: {}\"","isBase64Encoded":false,"headers":{}}`
		uri    = `https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/arn:aws:lambda:us-east-1:111111111111:function:test-de2a8789/invocations`
		trace  = `X-Amzn-Trace-Id=Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=[01]`
	)
	for _, c := range []struct{ body, headers string }{{"", "{}"}, {`{"test": "val123"}`, `{content-type=application/json}`}} {
		var seen *gateway.Execution
		g, err := gateway.New(doc, gateway.Options{
			AccountID: "111111111111", APIID: "96m844vit9", Functions: fixed(answer), Observe: func(e *gateway.Execution) { seen = e },
			NewID: func() string { return "d09d726b-32a3-42fc-87c7-42ac58bca845" },
		})
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest("GET", "/prod/foo", strings.NewReader(c.body))
		if c.body != "" {
			r.Header["content-type"] = []string{"application/json"}
		}
		g.ServeHTTP(httptest.NewRecorder(), r)
		want := []string{
			`Starting execution for request: d09d726b-32a3-42fc-87c7-42ac58bca845`,
			`HTTP Method: GET, Resource Path: /foo`,
			`Method request path: {}`,
			`Method request query string: {}`,
			`Method request headers: ` + c.headers,
			`Method request body before transformations: ` + c.body,
			`Endpoint request URI: ` + uri,
			`Endpoint request headers: {x-amzn-lambda-integration-tag=d09d726b-32a3-42fc-87c7-42ac58bca845, Authorization=*****, X-Amz-Date=<date>, x-amzn-apigateway-api-id=96m844vit9, Accept=application/json, User-Agent=AmazonAPIGateway_96m844vit9, <more>}`,
			`Endpoint request body after transformations: ` + c.body,
			`Sending request to ` + uri,
			`Received response. Status: 200, Integration latency: <n> ms`,
			`Endpoint response headers: {Date=<date>, Content-Type=application/json, Content-Length=104, Connection=keep-alive, x-amzn-RequestId=20a0cc6d-ade0-417f-853d-04c72dbe23d6, x-amzn-Remapped-Content-Length=0, X-Amz-Executed-Version=$LATEST, <trace>}`,
			`Endpoint response body before transformations: ` + answer,
			`Method response body after transformations: ` + answer,
			`Method response headers: {<trace>, Content-Type=application/json}`,
			`Successfully completed execution`,
			`Method completed with status: 200`,
		}
		replace := strings.NewReplacer(regexp.QuoteMeta("<date>"), `[^,]+(, \d\d [^,]+)?`, regexp.QuoteMeta("<more>"), `[^}]*`, regexp.QuoteMeta("<n>"), `\d+`, regexp.QuoteMeta("<trace>"), trace)
		var got []string
		for _, l := range seen.Log() {
			got = append(got, l.Text)
		}
		if len(got) != len(want) {
			t.Fatalf("%d lines, want %d:\n%s", len(got), len(want), strings.Join(got, "\n"))
		}
		for i := range want {
			if i == 4 { // our listener adds headers of its own
				var headers []string
				for _, h := range strings.Split(strings.Trim(strings.TrimPrefix(got[i], "Method request headers: "), "{}"), ", ") {
					if name, _, _ := strings.Cut(h, "="); name != "Host" && !strings.HasPrefix(name, "X-") {
						headers = append(headers, h)
					}
				}
				got[i] = "Method request headers: {" + strings.Join(headers, ", ") + "}"
			}
			if !regexp.MustCompile("^" + replace.Replace(regexp.QuoteMeta(want[i])) + "$").MatchString(got[i]) {
				t.Errorf("line %d\n got %s\nwant %s", i+1, got[i], want[i])
			}
		}
		first, _, _ := strings.Cut(seen.Text(), "\n")
		if first != "Execution log for request d09d726b-32a3-42fc-87c7-42ac58bca845" {
			t.Errorf("the log begins with %q", first)
		}
	}
}
