package gateway

import (
	"fmt"
	"net/http"

	"example.com/guessing-game/src/apigw/gateway/mask"
	"example.com/guessing-game/src/apigw/gateway/policy"
)

// plain names the source in a sentence.
func (s identitySource) plain() string {
	if s.kind == fromHeader {
		return "header " + s.name
	}
	return s.expression
}

// IdentityHeaders are the headers among the identity sources.
func (a *Authorizer) IdentityHeaders() []string { return a.identity(fromHeader) }

// IdentityQuery are the query parameters among the identity sources.
func (a *Authorizer) IdentityQuery() []string { return a.identity(fromQuery) }

func (a *Authorizer) identity(kind sourceKind) []string {
	var names []string
	for _, s := range a.sources {
		if s.kind == kind {
			names = append(names, s.name)
		}
	}
	return names
}

// authorize asks the authorizer of the method and stores its result in x.authorizer and x.usageKey.
func (x *exchange) authorize() *failure {
	a := x.route.Authorizer
	if a == nil && x.g.api.Policy == nil {
		return nil
	}
	s := x.begin("authorizer")
	if x.rec != nil {
		x.rec.Authorizer = a
	}
	f := x.ask(a, s)
	x.context = nil // which an identity source may have read before it had an authorizer
	if f != nil {
		x.end(s, f.asError())
		return f
	}
	x.end(s, nil)
	return nil
}

// ask has the authorizer of the method, if there is one, and the resource policy of the API decide,
// in the order of
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html.
func (x *exchange) ask(a *Authorizer, s *Step) *failure {
	switch {
	case a == nil:
		return x.obey(x.resourcePolicy(), true)
	case a.standIn != nil:
		if f := x.standIn(a); f != nil {
			return f
		}
		return x.obey(x.resourcePolicy(), false)
	case a.Type == CognitoUserPools:
		if f := x.askUserPool(a, s); f != nil {
			return f
		}
		return x.obey(x.resourcePolicy(), true)
	case a.Type == IAMAuthorization:
		if f := x.askIAM(s); f != nil {
			return f
		}
		return x.obey(x.resourcePolicy(), false) // the user's own policies are not known here: GW-43
	}
	resource := x.resourcePolicy()
	if f := x.obey(resource, false); f != nil {
		return f
	}
	return x.askAuthorizer(a, resource, s)
}

// askAuthorizer runs a Lambda authorizer, unless its result for this identity is still cached. The
// resource policy decides whatever the authorizer leaves open.
func (x *exchange) askAuthorizer(a *Authorizer, resource policy.Decision, s *Step) *failure {
	x.logf("Starting authorizer: %s for request: %s", a.id, x.requestID)
	identity, f := x.identityOf(a)
	if f != nil {
		return f
	}
	now := x.g.o.Now()
	key := a.cacheKey(identity)
	result, known := x.g.authorizations.get(key, now)
	if a.TTL == 0 || !known {
		if result, f = x.invokeAuthorizer(a, identity, s); f != nil {
			return f
		}
		result.latency = x.g.o.Now().Sub(now)
		if a.TTL > 0 {
			x.g.authorizations.put(key, result, now, now.Add(a.TTL))
		}
	} else if s != nil {
		s.Output = "as before, from the cache"
	}
	x.authorizer, x.usageKey, x.granted = result.contextMap(), result.usageKey, result.policy
	arn := x.methodARN()
	request := policy.Request{Action: policy.Invoke, Resource: arn, Keys: x.conditionKeys()}
	switch result.policy.Decide(request) {
	case policy.Allow:
		return nil
	case policy.ExplicitDeny:
		return &failure{kind: kindAccessDenied, message: denied + deniedByIdentity, log: deniedLog,
			cause: fmt.Errorf("the policy of the authorizer %s denies %s", a.Name, arn)}
	}
	if x.g.api.Policy != nil && resource == policy.Allow {
		return nil
	}
	advice := ""
	if known {
		advice = "; it is that of an earlier request, cached for authorizerResultTtlInSeconds: make it allow all methods that the client may call, or set the TTL to 0"
	}
	return &failure{kind: kindAccessDenied, message: denied + noIdentityAllows, log: deniedLog,
		cause: fmt.Errorf("the policy of the authorizer %s does not allow %s%s", a.Name, arn, advice)}
}

// The parts of the messages for clients that a policy denies. An authorizer's policy counts as
// one of the identity.
const (
	denied           = "User is not authorized to access this resource"
	deniedByIdentity = " with an explicit deny in an identity-based policy"
	noIdentityAllows = " because no identity-based policy allows the " + policy.Invoke + " action"
	deniedByResource = " with an explicit deny in a resource-based policy"
	noResourceAllows = " because no resource-based policy allows the " + policy.Invoke + " action"
	deniedLog        = "The client is not authorized to perform this operation."
)

// ofPreflight is a remark for browsers' preflight requests, which never have credentials.
func (x *exchange) ofPreflight() string {
	if x.r.Method != http.MethodOptions || x.r.Header.Get("Access-Control-Request-Method") == "" {
		return ""
	}
	return "; browsers send none with a preflight: take authorizers and API keys off OPTIONS"
}

// identityOf collects the identity sources. If one is missing or empty, the response is 401 and the
// function is not called.
func (x *exchange) identityOf(a *Authorizer) ([]string, *failure) {
	var values []string
	var shown fields
	for _, src := range a.sources {
		v, _, _ := x.resolve(src.source) // these sources cannot fail
		if src.kind == fromHeader {
			v = headerOf(x.r, src.name) // in any case
		}
		if v == "" {
			return nil, x.unauthorized(fmt.Errorf("the request has no %s, which the authorizer %s requires%s", src.plain(), a.Name, x.ofPreflight()))
		}
		values = append(values, v)
		shown = append(shown, field{src.expression, x.secret(v)})
	}
	if x.rec != nil && len(shown) > 0 {
		if a.Type == TokenAuthorizer {
			x.logf("Incoming identity: %s", shown[0].value)
		} else {
			x.logf("Incoming identity: %s", shown)
		}
	}
	if a.validation != nil {
		if ok, err := a.validation.Matches(values[0]); err != nil || !ok {
			return nil, x.unauthorized(fmt.Errorf("the token as a whole does not match the identityValidationExpression %q of the authorizer %s", a.validation, a.Name))
		}
	}
	return values, nil
}

// secret is a value that must not appear in logs.
func (x *exchange) secret(v string) string {
	if x.g.o.ShowSecrets || v == "" {
		return v
	}
	return mask.Secret
}

func (x *exchange) unauthorized(cause error) *failure {
	return &failure{kind: kindUnauthorized, log: "Unauthorized request: " + x.requestID, cause: cause}
}
