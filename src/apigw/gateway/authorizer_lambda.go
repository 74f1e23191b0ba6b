package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"example.com/guessing-game/src/apigw/vtl/java"
)

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
		s.Input = string(event)
		x.logEndpoint(a.Function, x.apiARN()+"/authorizers/"+a.id, nil, s.Input)
	}
	call := Invocation{
		Function: a.Function.Name, Qualifier: a.Function.Qualifier, Payload: event, Authorizer: a.Name,
		TraceHeader: x.trace.forFunction(x.g.o.Tracing), RequestID: x.requestID,
	}
	if x.rec != nil {
		x.rec.TraceHeader = call.TraceHeader
	}
	x.await(a.Function)
	ctx, cancel := context.WithTimeout(x.ctx, authorizerTimeout)
	defer cancel()
	out, err := x.g.o.Functions.Invoke(ctx, call)
	if s != nil {
		s.Output = string(out.Payload)
	}
	switch {
	case x.ctx.Err() != nil:
		return nil, &failure{kind: kindAuthorizerFailure, cause: errClientGone, log: "Execution failed: the client has gone"}
	case ctx.Err() != nil:
		return nil, &failure{kind: kindAuthorizerFailure, log: "Execution failed due to a timeout error",
			cause: fmt.Errorf("the function %s of the authorizer %s did not respond within %v", a.Function.Name, a.Name, authorizerTimeout)}
	case err != nil:
		return misconfigured("Authorizer error", fmt.Errorf("the function %s cannot be invoked: %w", a.Function.Name, err))
	case out.StatusCode >= 300:
		return misconfigured("Authorizer error", fmt.Errorf("the function %s cannot be invoked: status %d: %s", a.Function.Name, out.StatusCode, out.Payload))
	case len(out.Payload) > maxAuthorization:
		return misconfigured("Authorizer error", fmt.Errorf("the function's result has %d bytes; at most %d are allowed", len(out.Payload), maxAuthorization))
	}
	if out.FunctionError != "" {
		var failed struct{ ErrorMessage string }
		if json.Unmarshal(out.Payload, &failed) == nil && failed.ErrorMessage == "Unauthorized" {
			return nil, x.unauthorized(fmt.Errorf("the authorizer %s said Unauthorized", a.Name))
		}
	}
	if x.rec != nil {
		x.logf("Authorizer result body before parsing: %s", string(out.Payload))
	}
	if out.FunctionError != "" {
		return misconfigured(`Invalid JSON in response: Unrecognized field "errorType" , not marked as ignorable`,
			fmt.Errorf("its function failed: %s; to return 401, make it fail with the message Unauthorized and nothing else", briefly(out.Payload)))
	}
	result, log, err := parseAuthorization(out.Payload)
	if err != nil {
		return misconfigured(log, err)
	}
	x.logf("Using valid authorizer policy for principal: %s", x.secret(result.principal))
	x.logf("Successfully completed authorizer execution")
	return result, nil
}

// briefly is a function's error without its stack trace, which the function's log has.
func briefly(payload []byte) string {
	var e struct{ ErrorType, ErrorMessage string }
	if json.Unmarshal(payload, &e) != nil || e.ErrorType == "" || e.ErrorMessage == "" {
		return string(payload)
	}
	return e.ErrorType + ": " + e.ErrorMessage
}

// methodARN is the ARN that authorizers' policies match: the method and path of the request, not of
// the route.
func (x *exchange) methodARN() string { return x.methodARNOf(x.g.o.AccountID) }

// sourceARN is what calls a function or service by its resource policy: the method of the API, not
// that of the request (recorded).
func (x *exchange) sourceARN() string {
	return x.apiARN() + "/" + x.g.o.Stage + "/" + x.route.Method + x.route.Path
}

// apiARN is the ARN of the API for executions.
func (x *exchange) apiARN() string {
	return "arn:aws:execute-api:" + x.g.o.Region + ":" + x.g.o.AccountID + ":" + x.g.o.APIID
}

func (x *exchange) methodARNOf(account string) string {
	return fmt.Sprintf("arn:aws:execute-api:%s:%s:%s/%s/%s/%s", x.g.o.Region, account, x.g.o.APIID, x.g.o.Stage, x.method, strings.TrimLeft(x.rest, "/"))
}

// authorizerEvent is what a Lambda authorizer gets, with its members in the service's order.
func (x *exchange) authorizerEvent(a *Authorizer, identity []string) []byte {
	b := make([]byte, 0, 2048)
	b = append(b, `{"type":"`+a.Type+`","methodArn":`...)
	b = java.AppendJSON(b, x.methodARN())
	if a.Type == TokenAuthorizer {
		b = append(b, `,"authorizationToken":`...)
		b = java.AppendJSON(b, identity[0])
		return append(b, '}')
	}
	b = x.appendRoute(append(b, ','))
	b = append(b, `,"headers":`...)
	b = java.AppendJSON(b, x.headers().toMap())
	b = append(b, `,"multiValueHeaders":`...)
	b = java.AppendJSON(b, x.headers().toMultiMap())
	b = append(b, `,"queryStringParameters":`...)
	b = java.AppendJSON(b, x.query().toMap())
	b = append(b, `,"multiValueQueryStringParameters":`...)
	b = java.AppendJSON(b, x.query().toMultiMap())
	b = append(b, `,"pathParameters":`...)
	b = java.AppendJSON(b, x.pathParams.toMap())
	b = append(b, `,"stageVariables":`...)
	b = java.AppendJSON(b, x.stageVariables())
	b = append(b, `,"requestContext":`...)
	context := withoutOverrides(x.newContext())
	if key := headerOf(x.r, "X-Api-Key"); key != "" && x.route.APIKeyRequired && x.g.api.APIKeyFrom == keyFromHeader { // not checked yet
		identity := x.identity()
		identity.Put("apiKey", key)
		if known := x.g.key(key); known != nil {
			identity.Put("apiKeyId", known.ID)
		}
		context.Put("identity", identity)
	}
	b = java.AppendJSON(b, context)
	return append(b, '}')
}
