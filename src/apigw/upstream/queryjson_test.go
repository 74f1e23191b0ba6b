package upstream_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/upstream"
)

// A stand-in such as moto's server, which determines the protocol from the type of a body and has
// no query protocol for JSON services, is reached nevertheless, and templates see what AWS
// returns (GW-36).
func TestStandInReadsParametersOfTheQuery(t *testing.T) {
	t.Parallel()
	var got []string
	standIn := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		got = append(got, r.URL.RequestURI()+" "+r.Header.Get("Content-Type")+" "+string(body))
		switch {
		case r.URL.Query().Get("Action") == "GetParameter":
			w.Header().Set("Content-Type", "application/x-amz-json-1.1")
			w.Header().Set("X-Amzn-RequestId", "r-1")
			io.WriteString(w, `{"Parameter": {"Value": "<hello>"}}`)
		case strings.Contains(string(body), "Action=Publish"):
			w.Header().Set("Content-Type", "text/xml")
			io.WriteString(w, "<PublishResponse><PublishResult><MessageId>m-1</MessageId></PublishResult><ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></PublishResponse>")
		default:
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.WriteHeader(http.StatusInternalServerError)
			io.WriteString(w, "<!doctype html>")
		}
	}))
	defer standIn.Close()
	const integration = "{x-amazon-apigateway-integration: {type: aws, httpMethod: POST, uri: 'arn:aws:apigateway:us-east-1:%s', " +
		"credentials: 'arn:aws:iam::123456789012:role/x', requestParameters: {%s}, responses: {default: {statusCode: 200}}}, responses: {'200': {}}}"
	doc, err := gateway.ParseDocument("api.yaml", []byte("openapi: 3.0.1\ninfo: {title: x, version: '1'}\npaths:\n"+
		"  /publish: {post: "+fmt.Sprintf(integration, "sns:action/Publish", "integration.request.querystring.Message: method.request.body")+"}\n"+
		"  /lacks: {post: "+fmt.Sprintf(integration, "sns:action/Subscribe", "integration.request.querystring.Protocol: \"'sqs'\"")+"}\n"+
		"  /json: {post: "+fmt.Sprintf(integration, "events:action/PutEvents", "integration.request.header.X-Amz-Target: \"'AWSEvents.PutEvents'\"")+"}\n"+
		"  /parameter: {post: "+fmt.Sprintf(integration, "ssm:action/GetParameter", "integration.request.querystring.Name: \"'n'\"")+"}\n"))
	if err != nil {
		t.Fatal(err)
	}
	e, err := upstream.ParseEndpoints(nil, func(name string) string { return map[string]string{"AWS_ENDPOINT_URL": standIn.URL}[name] })
	if err != nil {
		t.Fatal(err)
	}
	g, err := gateway.New(doc, gateway.Options{Upstream: upstream.New(e, nil, false)})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path, want string
		sent       []string
	}{
		{"publish", `{"PublishResponse":{"PublishResult":{"MessageId":"m-1","SequenceNumber":null},"ResponseMetadata":{"RequestId":"r-1"}}}`, []string{
			`/?Action=Publish&Message=%7B%22a%22%3A%22b%20%26%20c%22%7D application/json {"a":"b & c"}`,
			`/ application/x-www-form-urlencoded Action=Publish&Message=%7B%22a%22%3A%22b%20%26%20c%22%7D`}},
		{"lacks", "<!doctype html>", []string{
			`/?Action=Subscribe&Protocol=sqs application/json {"a":"b & c"}`, `/ application/x-www-form-urlencoded Action=Subscribe&Protocol=sqs`}},
		{"json", "<!doctype html>", []string{`/?Action=PutEvents application/json {"a":"b & c"}`}},
		{"parameter", `{"GetParameterResponse":{"GetParameterResult":{"Parameter":{"Value":"<hello>"}},"ResponseMetadata":{"RequestId":"r-1"}}}`,
			[]string{`/?Action=GetParameter&Name=n application/json {"a":"b & c"}`}},
	} {
		got = nil
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/prod/"+c.path, strings.NewReader(`{"a":"b & c"}`))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		g.ServeHTTP(w, r)
		if w.Body.String() != c.want {
			t.Errorf("%s: the client gets %s, want %s", c.path, w.Body, c.want)
		}
		if strings.Join(got, "\n") != strings.Join(c.sent, "\n") {
			t.Errorf("%s: the stand-in got\n%s\nwant\n%s", c.path, strings.Join(got, "\n"), strings.Join(c.sent, "\n"))
		}
	}
}
