package gateway_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/guessing-game/src/apigw/gateway"
)

// guarded is a document with one authorizer, named a, and the methods GET /x and GET /y, which it
// guards.
func guarded(authorizer, more string) string {
	return fmt.Sprintf(`
openapi: 3.0.1
%s
components:
  securitySchemes:
    a: {type: apiKey, name: Token, in: header, x-amazon-apigateway-authorizer: {authorizerUri: &uri %s, %s}}
    key: {type: apiKey, name: x-api-key, in: header}
paths:
  /x: {get: &get {security: [{a: []}, {key: []}], responses: {'200': {}}, x-amazon-apigateway-integration: {type: aws, httpMethod: POST, uri: *uri, requestTemplates: {application/json:
    '"$context.authorizer.principalId $context.authorizer.claims.sub $context.authorizer.claims.get("cognito:groups") $context.authorizer.claims.exp $context.authorizer.n $context.identity.apiKey $context.identity.user"'},
    responses: {default: {statusCode: 200}}}}}
  /y: {get: *get}
`, more, goodURI, authorizer)
}

const allowAll = `{"principalId":"me","policyDocument":{"Statement":[{"Action":"*","Effect":"Allow","Resource":"*"}]}}`

func get(g *gateway.Gateway, path, token string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", path, nil)
	if token != "" {
		r.Header.Set("Token", token)
	}
	r.Header.Set("X-Api-Key", "k")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	g.ServeHTTP(w, r)
	return w
}

// The result of an authorizer applies to other requests of the same identity, including other
// methods, until it expires. Errors do not:
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
func TestAuthorizerCache(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		authorizer string
		want       string // how often it was asked, after each request; an error is not cached
	}{
		{"type: token", "11233455"},
		{"type: token, authorizerResultTtlInSeconds: 300", "11233455"},
		{"type: token, authorizerResultTtlInSeconds: '301'", "11223455"},
		{"type: token, authorizerResultTtlInSeconds: 0", "12345678"},
		{"type: request, identitySource: method.request.header.Token", "11233455"},
		{"type: request, authorizerResultTtlInSeconds: 0", "12345678"},
	} {
		t.Run(c.authorizer, func(t *testing.T) {
			t.Parallel()
			now := fixedTime
			stub := &stubInvoker{result: gateway.InvocationResult{Payload: []byte("1")}, authorizer: gateway.InvocationResult{
				Payload: []byte(`{"principalId":"me","policyDocument":{"Statement":{"Action":"*","Effect":"Allow","Resource":"*/x"}}}`)}}
			g, err := load(guarded(c.authorizer, ""), gateway.Options{Functions: stub, Now: func() time.Time { return now }})
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for i, r := range []struct {
				path, token string
				after       time.Duration
				status      int
			}{
				{"/prod/x", "one", 0, 200}, {"/prod/y", "one", 0, 403}, {"/prod/x", "two", 0, 200}, {"/prod/x", "one", 300 * time.Second, 200}, {"/prod/x", "one", 299 * time.Second, 200},
			} {
				now = now.Add(r.after)
				if w := get(g, r.path, r.token); w.Code != r.status {
					t.Errorf("request %d: %d %s, want %d", i, w.Code, w.Body, r.status)
				}
				got += fmt.Sprint(len(stub.asked))
			}
			stub.authorizer.FunctionError, stub.authorizer.Payload = "Unhandled", []byte(`{"errorMessage":"Unauthorized"}`)
			if w := get(g, "/prod/x", "three"); w.Code != 401 {
				t.Errorf("%d %s, want 401", w.Code, w.Body)
			}
			got += fmt.Sprint(len(stub.asked))
			stub.authorizer = gateway.InvocationResult{Payload: []byte(allowAll)}
			for range 2 {
				if w := get(g, "/prod/x", "three"); w.Code != 200 {
					t.Errorf("%d %s, want 200", w.Code, w.Body)
				}
				got += fmt.Sprint(len(stub.asked))
			}
			if got != c.want {
				t.Errorf("asked %s, want %s", got, c.want)
			}
		})
	}
}

// What authorizers may return. The known messages of the service are in the authorizers archive.
func TestAuthorizerResults(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		result string
		status int
		kind   string // of the gateway response
		event  string
		err    string // part of the error
	}{
		{result: allowAll, status: 200, event: "me     k "},
		{result: `{"policyDocument":{"Statement":{"Action":"execute-api:Invoke","Effect":"Allow","Resource":["arn:aws:execute-api:us-east-1:123456789012:local00000/prod/GET/x"]}}}`, status: 200, event: "     k "}, // GW-25
		{result: `{"principalId":7,"policyDocument":{"Statement":[{"Action":"*","Effect":"Allow","Resource":"*"}]},"context":{"n":null}}`, status: 200, event: "7     k "},
		{result: `{"principalId":"me","policyDocument":{"Statement":[{"Action":"*","Effect":"Allow","Resource":"*","Condition":{}}]},"context":{"n":true}}`, status: 200, event: "me    true k "},
		{result: `{"principalId":"me","policyDocument":{"Statement":[{"Action":"*","Effect":"Allow","Resource":"*","Condition":{"StringEquals":{"a":"b"}}}]}}`, status: 403, kind: "ACCESS_DENIED", err: "does not allow"}, // GW-25
		{result: `{"principalId":"me","policyDocument":{"Statement":[{"Action":"*","Effect":"Allow","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}}]}}`, status: 200, event: "me     k "},
		{result: `{"principalId":"me","policyDocument":{"Statement":[{"Action":"*","Effect":"Allow","Resource":"*","Condition":null}]}}`, status: 500, kind: "AUTHORIZER_CONFIGURATION_ERROR", err: "the Condition of a statement is null"},
		{result: `{"principalId":"me","policyDocument":{"Statement":[{"Action":"*","Effect":"Allow","Resource":"*","Condition":{"Equals":{"aws:SourceIp":"1"}}}]}}`, status: 500, kind: "AUTHORIZER_CONFIGURATION_ERROR", err: `no condition operator "Equals"`},
		{result: `{"principalId":"me","policyDocument":{"Statement":[{"Action":"*","Effect":"Allow","Resource":"*","Condition":{}},{"Action":"*","Effect":"Deny","Resource":[],"Condition":{}}]}}`, status: 200, event: "me     k "},
		{result: `{"principalId":"me","policyDocument":{"Statement":[]}}`, status: 403, kind: "ACCESS_DENIED", err: "does not allow arn:aws:execute-api:us-east-1:123456789012:local00000/prod/GET/x"},
		{result: `{"principalId":"me","policyDocument":{"Statement":[{"Action":"s3:*","Effect":"Allow","Resource":"*"}]}}`, status: 403, kind: "ACCESS_DENIED"},
		{result: `{"principalId":"me","policyDocument":{"Statement":[{"Action":"*","Effect":"allow","Resource":"*"}]}}`, status: 500, kind: "AUTHORIZER_CONFIGURATION_ERROR", err: `the Effect of a statement is "allow"`},
		{result: `{"principalId":"me","policyDocument":{"Statement":[{"Effect":"Allow","Resource":"*"}]}}`, status: 500, kind: "AUTHORIZER_CONFIGURATION_ERROR", err: "the Action of a statement is missing"},
		{result: `{"principalId":"me","policyDocument":{"Statement":[{"Action":"*","Effect":"Allow","Resource":[]}]}}`, status: 403, kind: "ACCESS_DENIED", err: "does not allow"},
		{result: `{"principalId":"me","policyDocument":{}}`, status: 500, kind: "AUTHORIZER_CONFIGURATION_ERROR", err: "no Statement"},
		{result: `{"principalId":"me","policyDocument":[]}`, status: 500, kind: "AUTHORIZER_CONFIGURATION_ERROR", err: "not an object"},
		{result: `{"principalId":"me"}`, status: 500, kind: "AUTHORIZER_CONFIGURATION_ERROR", err: "no policyDocument"},
		{result: `{"isAuthorized":true}`, status: 500, kind: "AUTHORIZER_CONFIGURATION_ERROR", err: `a member "isAuthorized"`},
		{result: `{"principalId":{"a":1},"policyDocument":{"Statement":[]}}`, status: 500, kind: "AUTHORIZER_CONFIGURATION_ERROR", err: "the principalId is"},
		{result: `{"principalId":"me","policyDocument":{"Statement":[]},"context":{"o":{"a":1}}}`, status: 500, kind: "AUTHORIZER_CONFIGURATION_ERROR", err: "o of the context is"},
		{result: `{"principalId":"me","policyDocument":{"Statement":[]},"context":[]}`, status: 500, kind: "AUTHORIZER_CONFIGURATION_ERROR", err: "context"},
		{result: `"Allow"`, status: 500, kind: "AUTHORIZER_CONFIGURATION_ERROR", err: "its function returned"},
		{result: `{"principalId":`, status: 500, kind: "AUTHORIZER_CONFIGURATION_ERROR", err: "is not JSON"},
		{result: `{"principalId":"` + strings.Repeat("x", 65<<10) + `"}`, status: 500, kind: "AUTHORIZER_CONFIGURATION_ERROR", err: "at most 65536"},
	} {
		t.Run(c.result[:min(len(c.result), 150)], func(t *testing.T) {
			t.Parallel()
			stub := &stubInvoker{result: gateway.InvocationResult{Payload: []byte("1")}, authorizer: gateway.InvocationResult{Payload: []byte(c.result)}}
			var e *gateway.Execution
			g, err := load(guarded("type: token", ""), gateway.Options{Functions: stub, Observe: func(x *gateway.Execution) { e = x }})
			if err != nil {
				t.Fatal(err)
			}
			w := get(g, "/prod/x", "secret")
			if w.Code != c.status || e.ResponseType != c.kind {
				t.Errorf("%d %s %s, want %d %s", w.Code, e.ResponseType, w.Body, c.status, c.kind)
			}
			if got := strings.Trim(string(stub.last.Payload), `"`); got != c.event {
				t.Errorf("event %q, want %q", got, c.event)
			}
			if c.err != "" && (e.Error == nil || !strings.Contains(e.Error.Error(), c.err)) {
				t.Errorf("error %v, want %s", e.Error, c.err)
			}
			if strings.Contains(e.Text(), "secret") {
				t.Errorf("the token is in the log:\n%s", e.Text())
			}
		})
	}
}

// With the key source AUTHORIZER the key is the authorizer's:
// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-key-source.html
func TestUsageIdentifierKey(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		source, key string
		status      int
		event       string
	}{
		{"", "theirs", 200, "k"}, {"HEADER", "theirs", 200, "k"}, {"AUTHORIZER", "theirs", 200, "theirs"}, {"authorizer", "others", 403, ""}, {"AUTHORIZER", "", 403, ""},
	} {
		stub := &stubInvoker{result: gateway.InvocationResult{Payload: []byte("1")}, authorizer: gateway.InvocationResult{
			Payload: []byte(strings.TrimSuffix(allowAll, "}") + `,"usageIdentifierKey":"` + c.key + `"}`)}}
		more := ""
		if c.source != "" {
			more = "x-amazon-apigateway-api-key-source: " + c.source
		}
		g, err := load(guarded("type: token", more), gateway.Options{Functions: stub, APIKeys: []gateway.APIKey{{ID: "1", Value: "theirs"}, {ID: "2", Value: "k"}}})
		if err != nil {
			t.Fatal(err)
		}
		w := get(g, "/prod/x", "t")
		event := strings.Fields(strings.Trim(string(stub.last.Payload), `"`))
		if w.Code != c.status || c.status == 200 && !slices.Equal(event, []string{"me", c.event}) {
			t.Errorf("%+v: %d %s, event %q", c, w.Code, w.Body, event)
		}
	}
}

// The gateway response of a denial can use the authorizer's context.
func TestDenialWithContext(t *testing.T) {
	t.Parallel()
	stub := &stubInvoker{authorizer: gateway.InvocationResult{Payload: []byte(`{"principalId":"me","policyDocument":{"Statement":{"Action":"*","Effect":"Deny","Resource":"*"}},"context":{"why":"late"}}`)}}
	g, err := load(guarded("type: token", `x-amazon-apigateway-gateway-responses: {ACCESS_DENIED: {statusCode: 404, responseTemplates: {application/json: '{"why":"$context.authorizer.why","said":$context.error.messageString}'}}}`), gateway.Options{Functions: stub})
	if err != nil {
		t.Fatal(err)
	}
	if w := get(g, "/prod/x", "t"); w.Code != 404 || w.Body.String() != `{"why":"late","said":"User is not authorized to access this resource with an explicit deny in an identity-based policy"}` {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// GW-22: an identity source's header is found in any case, and required even if nothing is
// cached.
func TestGW22(t *testing.T) {
	t.Parallel()
	stub := &stubInvoker{result: gateway.InvocationResult{Payload: []byte("1")}, authorizer: gateway.InvocationResult{Payload: []byte(allowAll)}}
	g, err := load(guarded("type: request, identitySource: method.request.header.tOKEN, authorizerResultTtlInSeconds: 0", ""), gateway.Options{Functions: stub})
	if err != nil {
		t.Fatal(err)
	}
	if w := get(g, "/prod/x", "t"); w.Code != 200 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := get(g, "/prod/x", ""); w.Code != 401 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// GW-26: the response if an authorizer cannot be called.
func TestGW26(t *testing.T) {
	t.Parallel()
	var e *gateway.Execution
	g, err := load(guarded("type: token", ""), gateway.Options{Observe: func(x *gateway.Execution) { e = x }})
	if err != nil {
		t.Fatal(err)
	}
	if w := get(g, "/prod/x", "t"); w.Code != 500 || w.Body.String() != `{"message":null}` || e.ResponseType != "AUTHORIZER_CONFIGURATION_ERROR" {
		t.Errorf("%d %s %s", w.Code, w.Body, e.ResponseType)
	}
}

func jwt(claims string) string {
	return "e30." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".c2ln"
}

// Stand-ins replace authorizers that cannot run here. The claims have the form that the service was
// seen to return.
func TestStandIns(t *testing.T) {
	t.Parallel()
	const claims = `{"sub":"me","cognito:groups":["a","b"],"exp":1494139638,"n":null}`
	const pool = "type: cognito_user_pools, providerARNs: [x]"
	iam := strings.Replace(guarded("type: token", ""), "security: [{a: []}, {key: []}]", "x-amazon-apigateway-auth: {type: aws_iam}", 1)
	for _, c := range []struct {
		name, document string
		standIns       map[string]gateway.StandIn
		token          string
		status         int
		event          string
		problem        string
	}{
		{name: "off", document: guarded(pool, ""), standIns: map[string]gateway.StandIn{"a": {}}, status: 200, event: "     k "},
		{name: "all", document: guarded(pool, ""), standIns: map[string]gateway.StandIn{"*": {}}, status: 200, event: "     k "},
		{name: "claims", document: guarded(pool, ""), standIns: map[string]gateway.StandIn{"a": {Authorizer: []byte(`{"claims":` + claims + `,"n":1}`)}}, status: 200, event: " me a,b Sun May 07 06:47:18 UTC 2017 1 k "},
		{name: "token", document: guarded(pool, ""), standIns: map[string]gateway.StandIn{"a": {Token: true}}, token: "Bearer " + jwt(claims), status: 200, event: " me a,b Sun May 07 06:47:18 UTC 2017  k "},
		{name: "no token", document: guarded(pool, ""), standIns: map[string]gateway.StandIn{"a": {Token: true}}, status: 401},
		{name: "no JWT", document: guarded(pool, ""), standIns: map[string]gateway.StandIn{"a": {Token: true}}, token: "e30.%.x", status: 401},
		{name: "no claims", document: guarded(pool, ""), standIns: map[string]gateway.StandIn{"a": {Token: true}}, token: jwt("[]"), status: 401},
		{name: "a Lambda authorizer is not asked", document: guarded("type: token", ""), standIns: map[string]gateway.StandIn{"a": {Authorizer: []byte(`{"principalId":"you","n":2.5}`)}}, status: 200, event: "you    2.5 k "},
		{name: "the key of an authorizer", document: guarded("type: token", "x-amazon-apigateway-api-key-source: AUTHORIZER"), standIns: map[string]gateway.StandIn{"*": {}}, status: 200, event: "     local "},
		{name: "IAM", document: iam, standIns: map[string]gateway.StandIn{"AWS_IAM": {Authorizer: []byte(`{"user":"AIDA"}`)}}, status: 200, event: "      AIDA"},
		{name: "IAM is not supported", document: iam, problem: `authorization of type "AWS_IAM" is not supported (let requests past it with --authorizer AWS_IAM=off, or start leniently: the route then returns 501)`},
		{name: "a pool is not supported", document: guarded(pool, ""), standIns: map[string]gateway.StandIn{"b": {}}, problem: `an authorizer of type "cognito_user_pools" is not supported (let requests past it with --authorizer a=off, or start leniently: the route then returns 501)`},
		{name: "not an object", document: guarded(pool, ""), standIns: map[string]gateway.StandIn{"a": {Authorizer: []byte(`[]`)}}, problem: "the stand-in for the authorizer a cannot be used: it is not an object"},
		{name: "a list", document: guarded(pool, ""), standIns: map[string]gateway.StandIn{"a": {Authorizer: []byte(`{"l":[]}`)}}, problem: "l is a list"},
		{name: "an object", document: guarded(pool, ""), standIns: map[string]gateway.StandIn{"a": {Authorizer: []byte(`{"l":{}}`)}}, problem: "l is an object"},
		{name: "too large", document: guarded(pool, ""), standIns: map[string]gateway.StandIn{"a": {Authorizer: make([]byte, 65<<10)}}, problem: "at most 65536"},
		{name: "token of no pool", document: guarded("type: token", ""), standIns: map[string]gateway.StandIn{"a": {Token: true}}, problem: "does not use the claims of a token"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			stub := &stubInvoker{result: gateway.InvocationResult{Payload: []byte("1")}}
			g, err := load(c.document, gateway.Options{Functions: stub, Authorizers: c.standIns})
			if c.problem != "" {
				if err == nil || !strings.Contains(err.Error(), c.problem) {
					t.Errorf("error %v, want %s", err, c.problem)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			w := get(g, "/prod/x", c.token)
			if got := strings.Trim(string(stub.last.Payload), `"`); w.Code != c.status || got != c.event {
				t.Errorf("%d %s, event %q, want %d %q", w.Code, w.Body, got, c.status, c.event)
			}
			if len(stub.asked) > 0 {
				t.Error("the authorizer was asked")
			}
		})
	}
}

// allowing is an authorizer and a function, for many at once.
type allowing struct{}

func (allowing) Invoke(context.Context, gateway.Invocation) (gateway.InvocationResult, error) {
	return gateway.InvocationResult{Payload: []byte(allowAll)}, nil
}

// Many clients at once share what is cached.
func TestAuthorizerRace(t *testing.T) {
	t.Parallel()
	g, err := load(guarded("type: token", ""), gateway.Options{Functions: allowing{}})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan int)
	for i := range 8 {
		go func() {
			status := http.StatusOK
			for j := range 300 {
				if w := get(g, "/prod/x", fmt.Sprint((i+j)%200)); w.Code != 200 {
					status = w.Code
				}
			}
			done <- status
		}()
	}
	for range 8 {
		if status := <-done; status != 200 {
			t.Error(status)
		}
	}
}
