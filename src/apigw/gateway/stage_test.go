package gateway_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/gateway/usage"
)

// staged is a document with methods for testing the settings of a stage.
const staged = `
openapi: 3.0.1
components:
  securitySchemes:
    key: {type: apiKey, name: x-api-key, in: header}
    fn: {type: apiKey, name: Token, in: header, x-amazon-apigateway-authorizer: {type: token, authorizerResultTtlInSeconds: 0, authorizerUri: &uri ` + goodURI + `}}
x-amazon-apigateway-gateway-responses: {QUOTA_EXCEEDED: {responseParameters: {gatewayresponse.header.X-Quota: "'over'"}}}
paths:
  /x/{id}:
    get: &cached
      responses: {'200': {}}
      x-amazon-apigateway-integration: &in {type: aws, httpMethod: POST, uri: *uri, cacheKeyParameters: [method.request.querystring.q, integration.request.header.Id], requestParameters: {integration.request.header.Id: method.request.path.id},
        requestTemplates: {application/json: '"$stageVariables.color $context.isCanaryRequest"'}, responses: {default: {statusCode: 200}}}
    post: *cached
  /keyless: {get: {responses: {'200': {}}, x-amazon-apigateway-integration: {type: aws, httpMethod: POST, uri: *uri, responses: {default: {statusCode: 200}}}}}
  /fn: {get: {security: [{fn: []}], responses: {'200': {}}, x-amazon-apigateway-integration: *in}}
  /key: {get: &key {security: [{key: []}], responses: {'200': {}}, x-amazon-apigateway-integration: *in}}
  /other: {get: *key}
`

// clocked is a gateway of the document whose clock is now.
func clocked(t *testing.T, document string, o gateway.Options) (g *gateway.Gateway, stub *stubInvoker, now *time.Time) {
	t.Helper()
	at := fixedTime
	stub = &stubInvoker{result: gateway.InvocationResult{Payload: []byte("1")}}
	o.Functions, o.Now = stub, func() time.Time { return at }
	g, err := load(document, o)
	if err != nil {
		t.Fatal(err)
	}
	return g, stub, &at
}

func send(g *gateway.Gateway, method, path string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	g.ServeHTTP(w, r)
	return w
}

func pointer[T any](v T) *T { return &v }

// API keys, and what usage plans and the stage admit: the statuses, texts and types are those of
// https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html.
func TestKeysAndLimits(t *testing.T) {
	t.Parallel()
	plan := &usage.Plan{ID: "Gold", Throttle: &usage.Throttle{Rate: 1, Burst: 2}, Quota: &usage.Quota{Limit: 4, Period: usage.Day}}
	var e *gateway.Execution
	g, _, now := clocked(t, staged, gateway.Options{
		Observe: func(x *gateway.Execution) { e = x },
		Meter:   &usage.Meter{},
		APIKeys: []gateway.APIKey{
			{ID: "k1", Value: "one", Plan: plan, Methods: map[string]usage.Throttle{"GET /other": {Rate: 1, Burst: 1}}},
			{ID: "k2", Value: "two", Plan: plan},
			{ID: "k3", Value: "three", Refused: "the API key k3 is not enabled: write Enabled: true"},
		},
		Settings: gateway.StageSettings{Methods: []gateway.MethodSetting{{Path: "/keyless", Method: "GET", Throttle: &usage.Throttle{Rate: 10, Burst: 1}}}},
	})
	const forbidden, throttled, over = `403 ForbiddenException {"message":"Forbidden"}`, `429 TooManyRequestsException {"message":"Too Many Requests"}`, `429 LimitExceededException {"message":"Limit Exceeded"}`
	for i, c := range []struct {
		path, key string
		after     time.Duration
		want      string // empty: 200
		reason    string
	}{
		{"/key", "", 0, forbidden, "the request has no header x-api-key"},
		{"/key", "zero", 0, forbidden, "no API key has the value"},
		{"/key", "three", 0, forbidden, "the API key k3 is not enabled"},
		{"/key", "one", 0, "", ""},
		{"/other", "one", 0, "", ""},
		{"/other", "one", 0, throttled, "the usage plan Gold limits GET /other for each key: 1 a second, burst 1"},
		{"/key", "one", 0, throttled, "the usage plan Gold limits each key: 1 a second, burst 2"},
		{"/key", "two", 0, "", ""},
		{"/key", "one", time.Second, "", ""},
		{"/key", "one", time.Minute, "", ""},
		{"/key", "one", 0, over, "the quota of the usage plan Gold for the key k1 is used up: 4 a DAY"},
		{"/keyless", "", 0, "", ""},
		{"/keyless", "", 0, throttled, "the method settings of the stage limit GET /keyless: 10 a second, burst 1"},
		{"/keyless", "", 100 * time.Millisecond, "", ""},
		{"/key", "one", 24 * time.Hour, "", ""},
	} {
		*now = now.Add(c.after)
		w := send(g, "GET", "/prod"+c.path, "X-Api-Key", c.key)
		got := ""
		if w.Code != 200 {
			got = fmt.Sprintf("%d %s %s", w.Code, errorType(w.Header()), w.Body)
		}
		if got != c.want || c.reason != "" && (e.Error == nil || !strings.Contains(e.Error.Error(), c.reason)) {
			t.Errorf("%d: %s with %q: %s, %v; want %s, %s", i, c.path, c.key, got, e.Error, c.want, c.reason)
		}
		// In the words of execution logs that users published.
		for line, wanted := range map[string]bool{
			"Key throttle limit exceeded for RestApi local00000, Stage prod, Resource ": c.path == "/keyless" && c.want == throttled,
			", HttpMethod GET. Limit: 10.00 Burst: 1\n":                                 c.path == "/keyless" && c.want == throttled,
			"API Key ***** not authorized because method 'GET /key' requires API Key and API Key is not associated with a Usage Plan for API Stage local00000/prod: No Usage Plan found for key and API Stage\n": c.key == "three",
			"Starting execution for request: ": c.want == "",
			" : API Key: *****\n":              c.want == "" && c.path != "/keyless",
			" : API Key ID: k1\n":              c.want == "" && c.key == "one",
		} {
			if strings.Contains(e.Text(), line) != wanted {
				t.Errorf("%d: the log has %q, want %t:\n%s", i, line, !wanted, e.Text())
			}
		}
		if quota := w.Header().Get("X-Quota"); (quota != "") != (c.want == over) {
			t.Errorf("%d: X-Quota is %q", i, quota)
		}
	}
}

// What is cached, for how long and by which keys:
// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html
func TestCaching(t *testing.T) {
	t.Parallel()
	all := gateway.MethodSetting{Path: "/*", Method: "*", Caching: pointer(true)}
	for name, c := range map[string]struct {
		settings gateway.StageSettings
		want     string // how often the function was called after each request
	}{
		"GET alone":        {gateway.StageSettings{Cache: true, Methods: []gateway.MethodSetting{all}}, "1112334455566"},
		"no cache":         {gateway.StageSettings{Methods: []gateway.MethodSetting{all}}, "1234567890123"},
		"not enabled":      {gateway.StageSettings{Cache: true}, "1234567890123"},
		"a TTL of 0":       {gateway.StageSettings{Cache: true, Methods: []gateway.MethodSetting{all, {Path: "/x/{id}", Method: "GET", TTL: pointer(time.Duration(0))}}}, "1234567890123"},
		"a method's own":   {gateway.StageSettings{Cache: true, Methods: []gateway.MethodSetting{{Path: "/x/{id}", Method: "POST", Caching: pointer(true)}}}, "1234566789012"},
		"switched off":     {gateway.StageSettings{Cache: true, Methods: []gateway.MethodSetting{{Path: "/x/{id}", Method: "GET", Caching: pointer(false)}, all}}, "1234567890123"},
		"a TTL of its own": {gateway.StageSettings{Cache: true, Methods: []gateway.MethodSetting{all, {Path: "/x/{id}", Method: "GET", TTL: pointer(time.Hour)}}}, "1112334455555"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, stub, now := clocked(t, staged, gateway.Options{Settings: c.settings})
			got := ""
			for _, r := range []struct {
				method, path string
				after        time.Duration
			}{
				{"GET", "/x/1", 0}, {"GET", "/x/1?other=1", 0}, {"GET", "/x/1", time.Second}, {"GET", "/x/2", 0}, {"POST", "/x/1", 0}, {"GET", "/x/1", 0},
				{"POST", "/x/1", 0}, {"GET", "/x/2", 0}, {"GET", "/x/1?q=1", 0}, {"GET", "/x/1?q=1", 0}, {"GET", "/x/1", 298 * time.Second},
				{"GET", "/x/1", time.Second}, {"GET", "/x/1", 299 * time.Second},
			} {
				*now = now.Add(r.after)
				if w := send(g, r.method, "/prod"+r.path); w.Code != 200 || w.Body.String() != "1" {
					t.Errorf("%s %s: %d %s", r.method, r.path, w.Code, w.Body)
				}
				got += fmt.Sprint(stub.calls % 10)
			}
			if got != c.want {
				t.Errorf("called %s, want %s", got, c.want)
			}
		})
	}
}

// Who may invalidate the cache by Cache-Control: max-age=0, and what others get.
func TestInvalidation(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		strategy gateway.Invalidation
		action   string // that the authorizer's policy allows
		header   string
		want     string // status, calls, whether there is a warning
	}{
		{gateway.InvalidationWarns, "execute-api:Invoke", "max-age=0", "200 1 true"},
		{gateway.InvalidationIgnore, "execute-api:Invoke", "max-age=0", "200 1 false"},
		{gateway.InvalidationFails, "execute-api:Invoke", "no-transform, Max-Age=0", "403 1 false"},
		{gateway.InvalidationFails, "execute-api:Invoke", "max-age=10", "200 1 false"},
		{gateway.InvalidationOpen, "execute-api:Invoke", "max-age=0", "200 2 false"},
		{gateway.InvalidationWarns, "execute-api:*", "max-age=0", "200 2 false"},
		{gateway.InvalidationFails, "*", "max-age=0", "200 2 false"},
	} {
		g, stub, _ := clocked(t, staged, gateway.Options{Settings: gateway.StageSettings{Cache: true, Invalidation: c.strategy, Methods: []gateway.MethodSetting{{Path: "/*", Method: "*", Caching: pointer(true)}}}})
		stub.authorizer.Payload = fmt.Appendf(nil, `{"principalId":"me","policyDocument":{"Statement":{"Action":%q,"Effect":"Allow","Resource":"*"}}}`, c.action)
		send(g, "GET", "/prod/fn", "Token", "t")
		w := send(g, "GET", "/prod/fn", "Token", "t", "Cache-Control", c.header)
		if got := fmt.Sprintf("%d %d %t", w.Code, stub.calls, w.Header().Get("Warning") != ""); got != c.want {
			t.Errorf("%q, allowed %s, %s: %s, want %s", c.strategy, c.action, c.header, got, c.want)
		}
	}
}

// The canary gets its share of the requests, with its own stage variables overriding those of the
// stage.
func TestCanary(t *testing.T) {
	t.Parallel()
	for percent, want := range map[float64]int{0: 0, 12.5: 125, 33.3: 333, 100: 1000} {
		g, stub, _ := clocked(t, staged, gateway.Options{StageVariables: map[string]string{"color": "blue"}, Settings: gateway.StageSettings{Canary: &gateway.Canary{Percent: percent, StageVariables: map[string]string{"color": "red"}}}})
		red := 0
		for range 1000 {
			send(g, "GET", "/prod/x/1")
			switch string(stub.last.Payload) {
			case `"red true"`:
				red++
			case `"blue false"`:
			default:
				t.Fatalf("event %s", stub.last.Payload)
			}
		}
		if red != want {
			t.Errorf("%g %%: %d of 1000, want %d", percent, red, want)
		}
	}
	g, stub, _ := clocked(t, staged, gateway.Options{StageVariables: map[string]string{"color": "blue"}})
	send(g, "GET", "/prod/x/1")
	if got := string(stub.last.Payload); got != `"blue $context.isCanaryRequest"` && got != `"blue "` {
		t.Errorf("without a canary: %s", got)
	}
}
