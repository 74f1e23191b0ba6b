package gateway

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"example.com/guessing-game/src/apigw/gateway/mask"
	"example.com/guessing-game/src/apigw/invoke/jackson"
	"example.com/guessing-game/src/apigw/vtl/java"
)

// integrationResult is what came back from an integration.
type integrationResult struct {
	status  int
	headers fields // those that integration.response.header reads
	errored bool   // the function failed
}

var errNoInvoker = errors.New("no function is connected: Options.Functions is not set")

// lambda is the custom Lambda integration: templates render the event and the response.
func (x *exchange) lambda() (*clientResponse, *failure) {
	body, m, f := x.integrationRequest()
	if f != nil {
		return nil, f
	}
	x.mapped = m
	kind, _ := m.headers.fold("X-Amz-Invocation-Type")
	x.logCall(m.headers, body)
	payload, f := x.lambdaPayload(body)
	if f != nil {
		return nil, f
	}
	s := x.begin("integration")
	f = x.invoke(payload, kind)
	if s != nil {
		s.Input, s.Output = string(payload), x.response.text
	}
	if f != nil {
		x.end(s, f.asError())
		return nil, f
	}
	x.end(s, nil)
	return x.integrationResponse(x.errorMessage())
}

// errorMessage is what selection patterns are matched against: the errorMessage of a failed
// function, or nothing after a success (GW-5).
func (x *exchange) errorMessage() string {
	if !x.result.errored {
		return ""
	}
	doc, err := x.response.document(x.budget)
	if err != nil {
		return ""
	}
	m, ok := doc.(*java.Map)
	if !ok {
		return ""
	}
	v, _ := m.Get("errorMessage")
	if v == nil {
		return ""
	}
	return mappedText(v)
}

// lambdaPayload checks the event, which Lambda parses. The function sees an empty one as an empty
// object.
func (x *exchange) lambdaPayload(body string) ([]byte, *failure) {
	if strings.TrimSpace(body) == "" {
		return []byte("{}"), nil
	}
	payload := []byte(body)
	if complaint := jackson.Complaint(payload); complaint != "" {
		cause := errors.New("the event is not JSON: " + complaint)
		if x.request.binary {
			cause = errors.New("the event is not JSON but binary data; set contentHandling to CONVERT_TO_TEXT and write a template that puts $input.body into quotes")
		}
		message := jackson.Prefix + complaint
		return nil, &failure{kind: kindBadRequestBody, message: message, escaped: true, log: "Execution failed: " + message, cause: cause}
	}
	return payload, nil
}

func (x *exchange) functionURL(f Function) string {
	return "https://lambda." + x.g.o.Region + ".amazonaws.com/2015-03-31/functions/" + f.ARN + "/invocations"
}

// logCall logs the call of the integration's function.
func (x *exchange) logCall(headers fields, body string) {
	if x.rec == nil {
		return
	}
	in := x.route.Integration
	source := ""
	if in.Credentials == "" {
		source = x.sourceARN()
	}
	x.logEndpoint(in.Function, source, headers, body)
}

// logEndpoint logs the call of a function by the owner of an ARN, or with credentials if source is
// empty.
func (x *exchange) logEndpoint(f Function, source string, headers fields, body string) {
	if x.rec == nil {
		return
	}
	sent := fields{
		{"x-amzn-lambda-integration-tag", x.requestID}, {"Authorization", mask.Secret},
		{"X-Amz-Date", x.start.UTC().Format("20060102T150405Z")}, {"x-amzn-apigateway-api-id", x.g.o.APIID},
		{"X-Amz-Source-Arn", source}, {"Accept", "application/json"}, {"User-Agent", x.userAgent()},
		{"X-Amzn-Trace-Id", x.trace.forFunction(x.g.o.Tracing)}, {"Content-Type", "application/json"},
	}
	if source == "" {
		sent.remove("X-Amz-Source-Arn")
	}
	for _, h := range x.shown(headers) {
		sent.put(h.name, h.value)
	}
	url := x.functionURL(f)
	x.log("Endpoint request URI: ", url)
	x.logFields("Endpoint request headers: ", sent)
	x.log("Endpoint request body after transformations: ", logged(body, x.request.binary))
	x.log("Sending request to ", url)
}

// invoke invokes the function and stores its result in x.response and x.result. kind is the
// invocation type, empty for RequestResponse.
func (x *exchange) invoke(event []byte, kind string) *failure {
	in := x.route.Integration
	if in.uriErr != nil {
		return internalFailure(in.uriErr)
	}
	if x.g.o.Functions == nil {
		return internalFailure(errNoInvoker)
	}
	call := x.invocation(event)
	call.Async = strings.EqualFold(kind, "Event")
	x.await(in.Function)
	ctx, cancel := context.WithTimeout(x.ctx, in.Timeout)
	defer cancel()
	before := x.g.o.Now()
	var out InvocationResult
	var err error
	if strings.EqualFold(kind, "DryRun") {
		out.StatusCode = http.StatusNoContent
	} else {
		out, err = x.g.o.Functions.Invoke(ctx, call)
	}
	if f := x.invokeFailure(ctx, &out, err); f != nil {
		return f
	}
	if out.StatusCode == 0 {
		out.StatusCode = http.StatusOK
		if call.Async {
			out.StatusCode = http.StatusAccepted
		}
	}
	if len(out.Payload) > MaxPayload {
		return internalFailure(fmt.Errorf("the function's result has %d bytes; at most %d can be sent", len(out.Payload), MaxPayload))
	}
	x.response = payload{text: string(out.Payload)}
	x.result = integrationResult{status: out.StatusCode, errored: out.FunctionError != ""}
	if x.rec != nil || in.readsHeaders() {
		x.result.headers = lambdaHeaders(x, &out)
	}
	if x.rec != nil {
		x.rec.FunctionRequestID, x.rec.FunctionError = out.RequestID, out.FunctionError
		x.logf("Received response. Status: %d, Integration latency: %d ms", out.StatusCode, x.g.o.Now().Sub(before).Milliseconds())
		x.logFields("Endpoint response headers: ", x.shown(x.result.headers))
		x.log("Endpoint response body before transformations: ", x.response.text)
		if x.result.errored {
			x.logFunctionError(out.RequestID)
		}
	}
	return nil
}

func (x *exchange) logFunctionError(requestID string) {
	x.logf("Lambda execution failed with status 200 due to customer function error: %s. Lambda request id: %s", x.errorMessage(), requestID)
}

// await waits for a function that is still being built.
func (x *exchange) await(f Function) {
	a, ok := x.g.o.Functions.(Awaiter)
	if !ok {
		return
	}
	begin := time.Now()
	a.Await(x.ctx, f.Name)
	if time.Since(begin) > time.Second {
		extend(x.w, max(defaultTimeout, x.route.Integration.Timeout))
	}
}

// invocation is the invocation of the integration's function, which it records.
func (x *exchange) invocation(event []byte) Invocation {
	f := x.route.Integration.Function
	call := Invocation{Function: f.Name, Qualifier: f.Qualifier, Payload: event, TraceHeader: x.trace.forFunction(x.g.o.Tracing), RequestID: x.requestID}
	call.TenantID, _ = x.mapped.headers.fold("X-Amz-Tenant-Id")
	if x.rec != nil {
		x.rec.Function, x.rec.TraceHeader = call.Function, call.TraceHeader
	}
	return call
}

// invokeFailure returns why an invocation yielded no response; nil if it did.
func (x *exchange) invokeFailure(ctx context.Context, out *InvocationResult, err error) *failure {
	in := x.route.Integration
	var refused *RefusedError
	switch {
	case x.ctx.Err() != nil:
		return &failure{kind: kindIntegrationFailure, cause: errClientGone, log: "Execution failed: the client has gone"}
	case ctx.Err() != nil:
		return &failure{kind: kindIntegrationTimeout, log: "Execution failed due to a timeout error", cause: fmt.Errorf("the function %s did not respond within %v", in.Function.Name, in.Timeout)}
	case errors.As(err, &refused): // recorded
		x.logf("Lambda invocation failed with status: %d. Lambda request id: %s", refused.Status, refused.RequestID)
		f := internalFailure(fmt.Errorf("the function %s cannot be invoked: %w", in.Function.Name, err))
		f.log = "Execution failed due to configuration error: " + refused.Message
		if refused.Status == http.StatusRequestEntityTooLarge { // which clients see (recorded)
			f.kind = kindTooLarge
		}
		return f
	case err != nil:
		return internalFailure(fmt.Errorf("the function %s cannot be invoked: %w", in.Function.Name, err))
	case out.StatusCode >= 300:
		return internalFailure(fmt.Errorf("the function %s cannot be invoked: status %d: %s", in.Function.Name, out.StatusCode, out.Payload))
	}
	return nil
}

// readsHeaders reports whether a response maps headers of the integration's response.
func (in *Integration) readsHeaders() bool {
	for _, ir := range in.Responses {
		for i := range ir.ResponseParameters {
			if k := ir.ResponseParameters[i].source.kind; k == fromResponseHeader || k == fromResponseHeaderAll {
				return true
			}
		}
	}
	return false
}

// lambdaHeaders are the headers of the Invoke API's response.
func lambdaHeaders(x *exchange, out *InvocationResult) fields {
	version := out.ExecutedVersion
	if version == "" {
		version = "$LATEST"
	}
	trace := out.TraceHeader
	if trace == "" {
		trace = x.trace.String()
	}
	fs := fields{
		{"Date", x.start.UTC().Format(http.TimeFormat)}, {"Content-Type", "application/json"}, {"Content-Length", strconv.Itoa(len(out.Payload))},
		{"Connection", "keep-alive"}, {"x-amzn-RequestId", out.RequestID}, {"x-amzn-Remapped-Content-Length", "0"},
		{"X-Amz-Executed-Version", version}, {"X-Amzn-Trace-Id", trace},
	}
	if out.FunctionError != "" {
		fs = append(fs, field{"X-Amz-Function-Error", out.FunctionError})
	}
	return fs
}
