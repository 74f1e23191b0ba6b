package gateway

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"

	"example.com/guessing-game/src/apigw/vtl"
)

// StandIn takes the place of an authorizer, so that requests get past one that cannot run here: it asks nobody and lets everybody in.
type StandIn struct {
	// Authorizer is what $context.authorizer holds then, a JSON object: {"claims":{…}} of a user pool, the context and the principalId
	// of a Lambda authorizer; for AWS_IAM, members of $context.identity. Values are scalars. Empty: nothing.
	Authorizer []byte
	// Token takes the claims from the JWT that the client sends, without checking it; a request without one is answered 401. It is for
	// user pools.
	Token bool
}

// AllAuthorizers is the name in Options.Authorizers that stands for those not named there.
const AllAuthorizers = "*"

// LetPast is o with a stand-in for every authorizer that has none, for who plays a function and has no authorizer's to play.
func (o Options) LetPast() Options {
	all := map[string]StandIn{AllAuthorizers: {}}
	for name, s := range o.Authorizers {
		all[name] = s
	}
	o.Authorizers = all
	return o
}

// IdentityHeaders are the headers among the identity sources.
func (a *Authorizer) IdentityHeaders() []string {
	var names []string
	for _, s := range a.sources {
		if s.kind == fromHeader {
			names = append(names, s.name)
		}
	}
	return names
}

// authorize asks the authorizer of the method. What it says stays in x.authorizer and x.usageKey.
func (x *exchange) authorize() *failure {
	a := x.route.Authorizer
	if a == nil {
		return nil
	}
	s := x.begin("authorizer")
	if x.rec != nil {
		x.rec.Authorizer = a
	}
	var f *failure
	if a.standIn != nil {
		f = x.standIn(a)
	} else {
		f = x.askAuthorizer(a, s)
	}
	x.context = nil // which an identity source may have asked for before there was an authorizer in it
	if f != nil {
		x.end(s, f.asError())
		return f
	}
	x.end(s, nil)
	return nil
}

// askAuthorizer runs a Lambda authorizer, unless its answer to this identity is known still.
func (x *exchange) askAuthorizer(a *Authorizer, s *Step) *failure {
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
	x.authorizer, x.usageKey = result.contextMap(), result.usageKey
	arn := x.methodARN()
	switch result.policy.decide(arn) {
	case allow:
		return nil
	case explicitDeny:
		return &failure{kind: kindAccessDenied, message: deniedExplicitly, log: deniedLog,
			cause: fmt.Errorf("the policy of the authorizer %s denies %s", a.Name, arn)}
	}
	advice := ""
	if known {
		advice = "; it is that of an earlier request, which authorizerResultTtlInSeconds keeps: let it allow all methods that the client may call, or make the TTL 0"
	}
	return &failure{kind: kindAccessDenied, message: denied, log: deniedLog,
		cause: fmt.Errorf("the policy of the authorizer %s does not allow %s%s", a.Name, arn, advice)}
}

// What clients are told whom a policy does not let in.
const (
	denied           = "User is not authorized to access this resource"
	deniedExplicitly = denied + " with an explicit deny"
	deniedLog        = "The client is not authorized to perform this operation."
)

// identityOf collects the identity sources. One that is not there or empty answers 401 without asking the function.
func (x *exchange) identityOf(a *Authorizer) ([]string, *failure) {
	var values []string
	var shown fields
	for _, src := range a.sources {
		v, _, _ := x.resolve(src.source) // these sources cannot fail
		if src.kind == fromHeader {
			v = headerOf(x.r, src.name) // in any case of letters
		}
		if v == "" {
			return nil, x.unauthorized(fmt.Errorf("the request has no %s, which the authorizer %s asks for", src.expression, a.Name))
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
			return nil, x.unauthorized(fmt.Errorf("the token does not match the identityValidationExpression %q of the authorizer %s, as a whole", a.validation, a.Name))
		}
	}
	return values, nil
}

// secret is a value that is to stay out of logs.
func (x *exchange) secret(v string) string {
	if x.g.o.ShowSecrets || v == "" {
		return v
	}
	return masked
}

func (x *exchange) unauthorized(cause error) *failure {
	return &failure{kind: kindUnauthorized, log: "Unauthorized request: " + x.requestID, cause: cause}
}

// authorizerTimeout is how long a Lambda authorizer may take.
const authorizerTimeout = defaultTimeout

// invokeAuthorizer runs the authorizer's function.
func (x *exchange) invokeAuthorizer(a *Authorizer, identity []string, s *Step) (*authorization, *failure) {
	misconfigured := func(log string, err error) (*authorization, *failure) {
		x.logf("Execution failed due to configuration error: %s", log)
		return nil, &failure{kind: kindAuthorizerConfiguration, log: "Execution failed due to configuration error: Authorizer error",
			cause: fmt.Errorf("the authorizer %s: %w", a.Name, err)}
	}
	if a.uriErr != nil {
		return misconfigured("Authorizer error", a.uriErr)
	}
	if x.g.o.Functions == nil {
		return misconfigured("Authorizer error", errNoInvoker)
	}
	event := x.authorizerEvent(a, identity)
	if s != nil {
		s.Input = x.hideSecrets(string(event), identity)
		x.logEndpoint(a.Function, nil, s.Input)
	}
	call := Invocation{
		Function: a.Function.Name, Qualifier: a.Function.Qualifier, Payload: event, Authorizer: a.Name,
		TraceHeader: x.trace.forFunction(x.g.o.Tracing), RequestID: x.requestID,
	}
	if x.rec != nil {
		x.rec.TraceHeader = call.TraceHeader
	}
	ctx, cancel := context.WithTimeout(x.ctx, authorizerTimeout)
	defer cancel()
	out, err := x.g.o.Functions.Invoke(ctx, call)
	if s != nil {
		s.Output = x.hideSecrets(string(out.Payload), identity)
	}
	switch {
	case x.ctx.Err() != nil:
		return nil, &failure{kind: kindAuthorizerFailure, cause: errClientGone, log: "Execution failed: the client has gone"}
	case ctx.Err() != nil:
		return nil, &failure{kind: kindAuthorizerFailure, log: "Execution failed due to a timeout error",
			cause: fmt.Errorf("the function %s of the authorizer %s gave no answer within %v", a.Function.Name, a.Name, authorizerTimeout)}
	case err != nil:
		return misconfigured("Authorizer error", fmt.Errorf("the function %s cannot be invoked: %w", a.Function.Name, err))
	case out.StatusCode >= 300:
		return misconfigured("Authorizer error", fmt.Errorf("the function %s cannot be invoked: status %d: %s", a.Function.Name, out.StatusCode, out.Payload))
	case len(out.Payload) > maxAuthorization:
		return misconfigured("Authorizer error", fmt.Errorf("the function's answer has %d bytes, at most %d are taken", len(out.Payload), maxAuthorization))
	}
	if out.FunctionError != "" {
		var failed struct{ ErrorMessage string }
		if json.Unmarshal(out.Payload, &failed) == nil && failed.ErrorMessage == "Unauthorized" {
			return nil, x.unauthorized(fmt.Errorf("the authorizer %s said Unauthorized", a.Name))
		}
	}
	if x.rec != nil {
		x.logf("Authorizer result body before parsing: %s", x.hideSecrets(string(out.Payload), identity))
	}
	if out.FunctionError != "" {
		return misconfigured(`Invalid JSON in response: Unrecognized field "errorType" , not marked as ignorable`,
			fmt.Errorf("its function failed: %s; to answer 401, let it fail with the message Unauthorized and nothing else", x.hideSecrets(string(out.Payload), identity)))
	}
	result, log, err := parseAuthorization(out.Payload)
	if err != nil {
		return misconfigured(log, err)
	}
	x.logf("Using valid authorizer policy for principal: %s", x.secret(result.principal))
	x.logf("Successfully completed authorizer execution")
	return result, nil
}

// hideSecrets is text with the values of an identity, and of the headers that executions do not show, masked.
func (x *exchange) hideSecrets(text string, identity []string) string {
	if x.g.o.ShowSecrets {
		return text
	}
	for _, v := range identity {
		text = strings.ReplaceAll(text, string(vtl.AppendJSON(nil, v)), `"`+masked+`"`)
	}
	return x.shownEvent([]byte(text))
}

// methodARN is what the policies of authorizers speak of: the method and path of the request, not of the route.
func (x *exchange) methodARN() string {
	return fmt.Sprintf("arn:aws:execute-api:%s:%s:%s/%s/%s/%s", x.g.o.Region, x.g.o.AccountID, x.g.o.APIID, x.g.o.Stage, x.method, strings.TrimLeft(x.rest, "/"))
}

// authorizerEvent is what a Lambda authorizer gets, its members in the order that the service writes them.
func (x *exchange) authorizerEvent(a *Authorizer, identity []string) []byte {
	b := make([]byte, 0, 2048)
	b = append(b, `{"type":"`+a.Type+`","methodArn":`...)
	b = vtl.AppendJSON(b, x.methodARN())
	if a.Type == TokenAuthorizer {
		b = append(b, `,"authorizationToken":`...)
		b = vtl.AppendJSON(b, identity[0])
		return append(b, '}')
	}
	b = x.appendRoute(append(b, ','))
	b = append(b, `,"headers":`...)
	b = vtl.AppendJSON(b, x.headers().toMap())
	b = append(b, `,"multiValueHeaders":`...)
	b = vtl.AppendJSON(b, x.headers().toMultiMap())
	b = append(b, `,"queryStringParameters":`...)
	b = vtl.AppendJSON(b, x.query().toMap())
	b = append(b, `,"multiValueQueryStringParameters":`...)
	b = vtl.AppendJSON(b, x.query().toMultiMap())
	b = append(b, `,"pathParameters":`...)
	b = vtl.AppendJSON(b, x.pathParams.toMap())
	b = append(b, `,"stageVariables":`...)
	b = vtl.AppendJSON(b, x.stageVariables())
	b = append(b, `,"requestContext":`...)
	context := withoutOverrides(x.newContext())
	if key := headerOf(x.r, "X-Api-Key"); key != "" && x.route.APIKeyRequired && x.g.api.APIKeyFrom == keyFromHeader { // not checked yet
		identity := x.identity()
		identity.Put("apiKey", key)
		context.Put("identity", identity)
	}
	b = vtl.AppendJSON(b, context)
	return append(b, '}')
}

// authorization is what a Lambda authorizer answered. It does not change, and many requests may share it.
type authorization struct {
	principal string
	policy    *policy
	context   fields // values as text
	usageKey  string
	latency   time.Duration // of the invocation, 0 from the cache
}

// maxAuthorization is how large an authorizer's answer may be, in bytes.
const maxAuthorization = 64 << 10

// parseAuthorization reads the result of a Lambda authorizer. log is what API Gateway's log has to say of one that is wrong.
func parseAuthorization(data []byte) (a *authorization, log string, err error) {
	d := json.NewDecoder(bytes.NewReader(data))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, "Could not parse policy", fmt.Errorf("its function answered %s; an object with principalId and policyDocument is asked for", cut(data))
	}
	a = &authorization{}
	for d.More() {
		name, err := d.Token()
		var value json.RawMessage
		if err == nil {
			err = d.Decode(&value)
		}
		if err != nil {
			return nil, "Invalid JSON in response: " + err.Error(), fmt.Errorf("its function's answer is no JSON: %w", err)
		}
		switch name {
		case "principalId":
			a.principal, err = scalarText("the principalId", value)
		case "usageIdentifierKey":
			a.usageKey, err = scalarText("the usageIdentifierKey", value)
		case "policyDocument":
			if string(value) == "null" {
				continue
			}
			if a.policy, err = parsePolicy(value); err != nil {
				return nil, "Could not parse policy", err
			}
		case "context":
			a.context, err = contextFields(value)
		default:
			return nil, fmt.Sprintf("Invalid JSON in response: Unrecognized field %q , not marked as ignorable", name),
				fmt.Errorf("its answer has a member %q; only principalId, policyDocument, context and usageIdentifierKey are allowed", name)
		}
		if err != nil {
			return nil, "Invalid JSON in response: Can not deserialize instance of java.lang.String out of " + tokenOf(err) + " token", err
		}
	}
	if a.policy == nil {
		return nil, "Could not parse policy", errors.New("its answer has no policyDocument")
	}
	return a, "", nil
}

// cut is text of a message, not too much of it.
func cut(b []byte) string {
	if len(b) > maxShown {
		return validText(string(b[:maxShown])) + "…"
	}
	return string(b)
}

const maxShown = 100

// notScalar says that a value is an object or list where a text is asked for.
type notScalar struct {
	what  string
	value json.RawMessage
}

func (e *notScalar) Error() string {
	return fmt.Sprintf("%s is %s; only texts, numbers and booleans are allowed", e.what, cut(e.value))
}

// tokenOf is what the service's parser calls the value that an error is about.
func tokenOf(err error) string {
	var e *notScalar
	if errors.As(err, &e) && e.value[0] == '[' {
		return "START_ARRAY"
	}
	return "START_OBJECT"
}

// scalarText is a JSON scalar as text: a number as it is written.
func scalarText(what string, raw json.RawMessage) (string, error) {
	switch {
	case raw[0] == '{' || raw[0] == '[':
		return "", &notScalar{what, raw}
	case raw[0] == '"':
		var s string
		err := json.Unmarshal(raw, &s)
		return s, err
	case string(raw) == "null":
		return "", nil
	}
	return string(raw), nil
}

// contextFields reads an authorizer's context: scalars, which become text. A null is left out.
func contextFields(raw json.RawMessage) (fields, error) {
	if string(raw) == "null" {
		return nil, nil
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, fmt.Errorf("the context is %s, no object", cut(raw))
	}
	var fs fields
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
		text, err := scalarText(fmt.Sprintf("%v of the context", name), value)
		if err != nil {
			return nil, err
		}
		if string(value) != "null" {
			fs = append(fs, field{name.(string), text})
		}
	}
	return fs, nil
}

// contextMap is $context.authorizer.
func (a *authorization) contextMap() *vtl.Map {
	m := vtl.NewOpaqueMap(len(a.context) + 2)
	for _, f := range a.context {
		m.Put(f.name, f.value)
	}
	m.Put("principalId", a.principal)
	m.Put("integrationLatency", a.latency.Milliseconds())
	return m
}

// standIn lets a request past.
func (x *exchange) standIn(a *Authorizer) *failure {
	x.usageKey = localKey
	if !a.standIn.Token {
		if a.standInMap != nil {
			x.authorizer = copyOpaque(a.standInMap)
		}
		return nil
	}
	token := strings.TrimSpace(headerOf(x.r, a.sources[0].name))
	if scheme, rest, ok := strings.Cut(token, " "); ok && strings.EqualFold(scheme, "Bearer") {
		token = rest
	}
	claims, err := claimsOf(token)
	if err != nil {
		return x.unauthorized(fmt.Errorf("the authorizer %s takes the claims of the JWT in %s: %w", a.Name, a.sources[0].expression, err))
	}
	x.authorizer = vtl.NewOpaqueMap(1)
	x.authorizer.Put("claims", claims)
	return nil
}

// localKey is the API key of who has none to show.
const localKey = "local"

// claimsOf reads the claims of a JWT without checking who signed it. They are texts, as the service has them: of a list its elements,
// of exp and iat the date.
func claimsOf(token string) (*vtl.Map, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil, errors.New("there is none")
	}
	data, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return nil, errors.New("it is not Base64")
	}
	v, err := vtl.DecodeJSON(data)
	m, ok := v.(*vtl.Map)
	if err != nil || !ok {
		return nil, errors.New("its claims are no JSON object")
	}
	return claimTexts(m), nil
}

func claimTexts(m *vtl.Map) *vtl.Map {
	claims := vtl.NewOpaqueMap(m.Len())
	for k, v := range m.All() {
		switch v := v.(type) {
		case *vtl.List:
			var parts []string
			for i := range v.Len() {
				parts = append(parts, mappedText(v.At(i)))
			}
			claims.Put(k, strings.Join(parts, ","))
		case nil:
		default:
			text := mappedText(v)
			if seconds, err := strconv.ParseInt(text, 10, 64); err == nil && (k == "exp" || k == "iat") {
				text = time.Unix(seconds, 0).UTC().Format("Mon Jan 02 15:04:05 UTC 2006")
			}
			claims.Put(k, text)
		}
	}
	return claims
}

// standInMap reads what a stand-in says of $context.authorizer.
func standInMap(data []byte) (*vtl.Map, error) {
	if len(data) == 0 {
		return nil, nil
	}
	if len(data) > maxAuthorization {
		return nil, fmt.Errorf("it has %d bytes, at most %d are taken", len(data), maxAuthorization)
	}
	v, err := vtl.DecodeJSON(data)
	if err != nil {
		return nil, err
	}
	m, ok := v.(*vtl.Map)
	if !ok {
		return nil, errors.New("it is no object")
	}
	out := vtl.NewOpaqueMap(m.Len())
	for k, v := range m.All() {
		switch v := v.(type) {
		case *vtl.Map:
			if k != "claims" {
				return nil, fmt.Errorf("%v is an object; only claims can be one", k)
			}
			out.Put(k, claimTexts(v))
		case *vtl.List:
			return nil, fmt.Errorf("%v is a list; only texts, numbers and booleans are allowed", k)
		case nil:
		default:
			out.Put(k, vtl.String(v))
		}
	}
	return out, nil
}

// copyOpaque copies a map that requests share, since templates may write to theirs.
func copyOpaque(m *vtl.Map) *vtl.Map {
	c := vtl.NewOpaqueMap(m.Len())
	for k, v := range m.All() {
		if inner, ok := v.(*vtl.Map); ok {
			v = copyOpaque(inner)
		}
		c.Put(k, v)
	}
	return c
}

// authorizations are the answers of authorizers that are kept, by authorizer and identity.
type authorizations struct {
	mu sync.Mutex
	m  map[authorizationKey]keptAuthorization
}

type authorizationKey [sha256.Size]byte

type keptAuthorization struct {
	result *authorization
	until  time.Time
}

// maxAuthorizations bounds how many answers of authorizers are kept.
const maxAuthorizations = 1000

// cacheKey stands for an identity, of which nothing is kept but this.
func (a *Authorizer) cacheKey(identity []string) authorizationKey {
	h := sha256.New()
	for _, v := range append([]string{a.Name}, identity...) {
		fmt.Fprintf(h, "%d:", len(v))
		_, _ = io.WriteString(h, v) // a hash takes everything
	}
	return authorizationKey(h.Sum(nil))
}

func (c *authorizations) get(key authorizationKey, now time.Time) (*authorization, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k, ok := c.m[key]
	if !ok || !now.Before(k.until) {
		return nil, false
	}
	kept := *k.result
	kept.latency = 0
	return &kept, true
}

func (c *authorizations) put(key authorizationKey, a *authorization, now, until time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.m == nil {
		c.m = map[authorizationKey]keptAuthorization{}
	}
	if len(c.m) >= maxAuthorizations {
		for k, v := range c.m {
			if !now.Before(v.until) {
				delete(c.m, k)
			}
		}
	}
	for k := range c.m {
		if len(c.m) < maxAuthorizations {
			break
		}
		delete(c.m, k) // any; its client will be asked for again
	}
	c.m[key] = keptAuthorization{a, until}
}
