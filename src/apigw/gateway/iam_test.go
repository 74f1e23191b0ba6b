package gateway_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/gateway/sigv4"
)

// policed is a document with a resource policy and methods behind each kind of authorizer: /open,
// /iam and /lambda.
func policed(statements string) string {
	return fmt.Sprintf(`
openapi: 3.0.1
x-amazon-apigateway-policy: {Version: 2012-10-17, Statement: [%s]}
x-amazon-apigateway-gateway-responses: {INVALID_SIGNATURE: {responseParameters: {gatewayresponse.header.X-Kind: "'signature'"}}}
components:
  securitySchemes:
    sig: {type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authtype: awsSigv4}
    fn: {type: apiKey, name: Token, in: header, x-amazon-apigateway-authorizer: {type: token, authorizerResultTtlInSeconds: 0, authorizerUri: &uri %s}}
x-integration: &in {type: aws, httpMethod: POST, uri: *uri, requestTemplates: {application/json: '"$context.identity.userArn $context.identity.accessKey $context.identity.accountId $context.identity.user $context.identity.caller"'}, responses: {default: {statusCode: 200}}}
paths:
  /open: {get: {responses: {'200': {}}, x-amazon-apigateway-integration: *in}}
  /iam: {post: {security: [{sig: []}], responses: {'200': {}}, x-amazon-apigateway-integration: *in}}
  /lambda: {get: {security: [{fn: []}], responses: {'200': {}}, x-amazon-apigateway-integration: *in}}
`, statements, goodURI)
}

func ann(id string) *sigv4.User {
	if id != "AKID" {
		return nil
	}
	return &sigv4.User{Name: "ann", AccessKeyID: id, Secret: "secret"}
}

// post sends a request to /iam, signed by a secret unless that is empty.
func post(t *testing.T, g *gateway.Gateway, secret, body, sent string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest("POST", "http://api.example.com/prod/iam?a=b", strings.NewReader(sent))
	r.RemoteAddr = "192.0.2.7:4711"
	if secret != "" {
		sum := sha256.Sum256([]byte(body))
		out, err := http.NewRequest("POST", "http://api.example.com/prod/iam?a=b", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if err := v4.NewSigner().SignHTTP(t.Context(), aws.Credentials{AccessKeyID: "AKID", SecretAccessKey: secret}, out, hex.EncodeToString(sum[:]), "execute-api", "us-east-1", fixedTime); err != nil {
			t.Fatal(err)
		}
		r.Header = out.Header
	}
	w := httptest.NewRecorder()
	g.ServeHTTP(w, r)
	return w
}

func TestIAM(t *testing.T) {
	t.Parallel()
	stub := &stubInvoker{result: gateway.InvocationResult{Payload: []byte("1")}}
	var e *gateway.Execution
	o := testOptions()
	o.Stage, o.Functions, o.IAMUser, o.Observe = "prod", stub, ann, func(x *gateway.Execution) { e = x }
	g, err := load(policed(""), o)
	if err != nil {
		t.Fatal(err)
	}
	if w := post(t, g, "secret", "{}", "{}"); w.Code != 200 {
		t.Errorf("signed: %d %s", w.Code, w.Body)
	}
	if got := string(stub.last.Payload); !strings.HasPrefix(got, `"arn:aws:iam::123456789012:user/ann AKID 123456789012 AIDA`) || strings.Contains(got, "  ") {
		t.Errorf("identity %s", got)
	}
	for _, c := range []struct {
		secret, body, errorType, kind, message string
	}{
		{"", "{}", "MissingAuthenticationTokenException", "MISSING_AUTHENTICATION_TOKEN", `"Missing Authentication Token"`},
		{"wrong", "{}", "InvalidSignatureException", "INVALID_SIGNATURE", `"The request signature we calculated does not match the signature you provided. `},
		{"secret", "{ }", "InvalidSignatureException", "INVALID_SIGNATURE", `\n\nThe Canonical String for this request should have been\n'POST\n/prod/iam\na=b\n`},
	} {
		w := post(t, g, c.secret, c.body, "{}")
		if w.Code != 403 || errorType(w.Header()) != c.errorType || e.ResponseType != c.kind || !strings.Contains(w.Body.String(), c.message) {
			t.Errorf("%q %q: %d %v %s %s", c.secret, c.body, w.Code, errorType(w.Header()), e.ResponseType, w.Body)
		}
		if strings.Contains(e.Text(), "Signature=") {
			t.Errorf("the log has the signature: %s", e.Text())
		}
	}
}

// What a resource policy decides in combination with each kind of authorizer, as in the tables of
// the developer guide:
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
func TestResourcePolicy(t *testing.T) {
	t.Parallel()
	const (
		allowAll  = `{Effect: Allow, Principal: "*", Action: "execute-api:Invoke", Resource: "execute-api:/*"}`
		allowElse = `{Effect: Allow, Principal: "*", Action: "execute-api:Invoke", Resource: "execute-api:/prod/GET/elsewhere"}`
		denyHere  = `{Effect: Deny, Principal: "*", Action: "execute-api:Invoke", Resource: "execute-api:/prod/*", Condition: {IpAddress: {"aws:SourceIp": 192.0.2.0/24}}}`
		denyThere = `{Effect: Deny, Principal: "*", Action: "execute-api:Invoke", Resource: "execute-api:/*", Condition: {NotIpAddress: {"aws:SourceIp": [192.0.2.0/24]}}}`
		allowAnn  = `{Effect: Allow, Principal: {AWS: "arn:aws:iam::123456789012:user/ann"}, Action: "execute-api:Invoke", Resource: "*"}`
		denyAnn   = `{Effect: Deny, Principal: {AWS: "123456789012"}, Action: "execute-api:Invoke", Resource: "*"}`
	)
	// The authorizer's policies: allow, nothing, deny.
	const open, iam, yes, none, no = "open", "iam", `[{"Effect":"Allow","Action":"*","Resource":"*"}]`, `[]`, `[{"Effect":"Deny","Action":"*","Resource":"*"}]`
	const anonymous, masked = "User: anonymous is not authorized to perform: execute-api:Invoke on resource: ", "arn:aws:execute-api:us-east-1:********9012:local00000/prod/GET/"
	for _, c := range []struct {
		policy, door string
		want         string // empty: let in; else the message
	}{
		{allowAll, open, ""}, {allowElse, open, anonymous + masked + "open because no resource-based policy allows the execute-api:Invoke action"}, {allowAll + "," + denyHere, open, anonymous + masked + "open with an explicit deny in a resource-based policy"}, {allowAll + "," + denyThere, open, ""},
		{allowAnn, open, anonymous + masked + "open because no resource-based policy allows the execute-api:Invoke action"},
		{allowElse, iam, ""}, {allowAnn, iam, ""},
		{denyAnn, iam, "User: arn:aws:iam::123456789012:user/ann is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:us-east-1:********9012:local00000/prod/POST/iam with an explicit deny in a resource-based policy"},
		{allowAll, yes, ""}, {allowElse, yes, ""}, {denyHere, yes, anonymous + masked + "lambda with an explicit deny in a resource-based policy"},
		{allowAll, none, ""}, {allowElse, none, "User is not authorized to access this resource because no identity-based policy allows the execute-api:Invoke action"},
		{allowAll, no, "User is not authorized to access this resource with an explicit deny in an identity-based policy"},
	} {
		stub := &stubInvoker{result: gateway.InvocationResult{Payload: []byte("1")}, authorizer: gateway.InvocationResult{Payload: []byte(`{"principalId":"me","policyDocument":{"Statement":` + c.door + `}}`)}}
		o := testOptions()
		o.Stage, o.Functions, o.IAMUser = "prod", stub, ann
		g, err := load(policed(c.policy), o)
		if err != nil {
			t.Fatal(err)
		}
		var w *httptest.ResponseRecorder
		if c.door == iam {
			w = post(t, g, "secret", "{}", "{}")
		} else {
			path := "/prod/lambda"
			if c.door == open {
				path = "/prod/open"
			}
			r := httptest.NewRequest("GET", path, nil)
			r.RemoteAddr = "192.0.2.7:4711"
			r.Header.Set("Token", "t")
			w = httptest.NewRecorder()
			g.ServeHTTP(w, r)
		}
		if want := `{"Message":"` + c.want + `"}`; c.want == "" && w.Code != 200 || c.want != "" && (w.Code != 403 || w.Body.String() != want) {
			t.Errorf("%s behind %s: %d %s, want %s", c.door, c.policy, w.Code, w.Body, c.want)
		}
		if strings.HasPrefix(c.want, anonymous) && len(stub.asked) > 0 {
			t.Errorf("%s behind %s: the authorizer was asked", c.door, c.policy)
		}
	}
	empty, err := load(regexp.MustCompile(`x-amazon-apigateway-policy: .*`).ReplaceAllString(policed(""), `x-amazon-apigateway-policy: ""`), gateway.Options{IAMUser: ann})
	if err != nil || empty.API().Policy != nil {
		t.Errorf("an empty policy: %v", err)
	}
	for statements, want := range map[string]string{
		`{Effect: Allow, Principal: "*", Action: "*", Resource: "*", Condition: {StringEquals: {"aws:SourceVpce": vpce-1, "aws:PrincipalOrgID": o-1}}}`: "refers to aws:principalorgid and aws:sourcevpce, which is not known here",
		`{Effect: Allow, Principal: "*", Action: "*", Resource: "*", Condition: {StringSimilar: {"aws:SourceIp": x}}}`:                                  "no condition operator",
		`{Effect: Allow, Action: "*", Resource: "*"}`: "the Principal of a statement is missing",
	} {
		if _, err := load(policed(statements), gateway.Options{IAMUser: ann}); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "--authorizer RESOURCE_POLICY=off") {
			t.Errorf("%s: %v, want %s", statements, err, want)
		}
		if _, err := load(policed(statements), gateway.Options{IAMUser: ann, Authorizers: map[string]gateway.StandIn{gateway.ResourcePolicy: {}}}); err != nil {
			t.Errorf("%s, switched off: %v", statements, err)
		}
		if _, err := load(policed(statements), gateway.Options{IAMUser: ann, Lenient: true}); err != nil {
			t.Errorf("%s, leniently: %v", statements, err)
		}
	}
}

// errorType is the header x-amzn-ErrorType, whose name is not in net/http's canonical form.
func errorType(h http.Header) string {
	name := "x-amzn-ErrorType"
	return strings.Join(h[name], ", ")
}
