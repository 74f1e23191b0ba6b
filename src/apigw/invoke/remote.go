package invoke

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// Remote is a function behind an Invoke endpoint: Lambda in AWS, LocalStack,
// sam local start-lambda, or a [Server].
type Remote struct {
	// Endpoint is the endpoint's URL, such as http://127.0.0.1:3001 or
	// https://lambda.eu-central-1.amazonaws.com.
	Endpoint string
	// Function is the function's name, partial ARN or ARN.
	Function string
	// Region is the region to sign for.
	Region string
	// Credentials sign the calls (Signature Version 4). Without them calls go unsigned, which local
	// endpoints accept and AWS refuses.
	Credentials aws.CredentialsProvider
	// Client sends the calls; http.DefaultClient if nil.
	Client *http.Client
	// Now is the clock of the signature; time.Now if nil.
	Now func() time.Time

	// unqualified is set once the endpoint has refused a Qualifier as such.
	unqualified atomic.Bool
	// unstreamed is set once the endpoint has turned out not to have InvokeWithResponseStream.
	unstreamed atomic.Bool
}

var _ Function = (*Remote)(nil)

// Check returns what is wrong with the Endpoint or the Function before the first call would.
func (c *Remote) Check() error {
	u, err := url.Parse(c.Endpoint)
	switch {
	case err != nil:
		return fmt.Errorf("the Lambda endpoint is not a URL: %w", err)
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return fmt.Errorf("the Lambda endpoint %q is not an http or https URL", c.Endpoint)
	}
	if _, _, ok := parseName(c.Function); !ok {
		return fmt.Errorf("%q is not a function's name or ARN", c.Function)
	}
	return nil
}

// Invoke calls the endpoint. A refusal by the endpoint is an *Error.
//
// sam local start-lambda has no versions or aliases and refuses a Qualifier before it looks at the
// function; such an endpoint is called again without one, and gets none from then on.
func (c *Remote) Invoke(ctx context.Context, in Invocation) (Response, error) {
	if c.unqualified.Load() {
		in.Qualifier = ""
	}
	resp, err := c.invoke(ctx, in)
	var refused *Error
	if in.Qualifier == "" || !errors.As(err, &refused) || refused.Message != "Query Parameters are not supported" {
		return resp, err
	}
	c.unqualified.Store(true)
	in.Qualifier = ""
	return c.invoke(ctx, in)
}

func (c *Remote) invoke(ctx context.Context, in Invocation) (Response, error) {
	if in.Type == "" {
		in.Type = RequestResponse
	}
	if len(in.Payload) > in.Type.limit() {
		return Response{}, errTooLarge(len(in.Payload), in.Type.limit(), in.Type)
	}
	if c.unstreamed.Load() {
		in.Stream = nil
	}
	req, err := c.request(ctx, in)
	if err != nil {
		return Response{}, err
	}
	var client http.Client
	if c.Client != nil {
		client = *c.Client
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse } // nor do AWS's SDKs follow one
	answer, err := client.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return Response{}, ctx.Err()
		}
		return Response{}, fmt.Errorf("invoke %s at %s: %w", c.Function, c.Endpoint, errors.Unwrap(err))
	}
	defer answer.Body.Close()
	if in.Stream != nil && answer.StatusCode == http.StatusOK && strings.HasPrefix(answer.Header.Get("Content-Type"), streamType) {
		end, err := readStream(in.Stream, answer.Body)
		if err != nil {
			return Response{}, fmt.Errorf("invoke %s at %s: %w", c.Function, c.Endpoint, err)
		}
		resp := response(answer, []byte(end.ErrorDetails))
		resp.FunctionError, resp.LogResult = end.ErrorCode, end.LogResult
		return resp, nil
	}
	if in.Stream != nil && (answer.StatusCode == http.StatusNotFound || answer.StatusCode == http.StatusMethodNotAllowed) {
		c.unstreamed.Store(true) // sam local start-lambda returns only complete responses
		in.Stream = nil
		return c.invoke(ctx, in)
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, MaxResponseBytes+1))
	if err != nil {
		return Response{}, fmt.Errorf("invoke %s at %s: the response was cut off: %w", c.Function, c.Endpoint, err)
	}
	if len(body) > MaxResponseBytes {
		return Response{}, fmt.Errorf("invoke %s at %s: the response is larger than %d bytes", c.Function, c.Endpoint, MaxResponseBytes)
	}
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		return Response{}, refusal(answer, body)
	}
	return response(answer, body), nil
}

func (c *Remote) request(ctx context.Context, in Invocation) (*http.Request, error) {
	prefix, suffix := "/2015-03-31/functions/", "/invocations"
	if in.Stream != nil {
		prefix, suffix = streamPrefix, streamSuffix
	}
	target := strings.TrimSuffix(c.Endpoint, "/") + prefix + url.PathEscape(c.Function) + suffix
	if in.Qualifier != "" {
		target += "?Qualifier=" + url.QueryEscape(in.Qualifier)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(in.Payload))
	if err != nil {
		return nil, fmt.Errorf("invoke %s at %s: %w", c.Function, c.Endpoint, err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Amz-Invocation-Type", string(in.Type))
	if in.TenantID != "" {
		req.Header.Set("X-Amz-Tenant-Id", in.TenantID)
	}
	if in.LogTail {
		req.Header.Set("X-Amz-Log-Type", "Tail")
	}
	if in.ClientContext != "" {
		encoded := base64.StdEncoding.EncodeToString([]byte(in.ClientContext))
		if len(encoded) > MaxClientContextBytes {
			return nil, errInvalidParameter("Client context must be no longer than %d bytes", MaxClientContextBytes)
		}
		req.Header.Set("X-Amz-Client-Context", encoded)
	}
	if in.TraceHeader != "" {
		req.Header.Set("X-Amzn-Trace-Id", in.TraceHeader)
	}
	if c.Credentials == nil {
		return req, nil
	}
	credentials, err := c.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, fmt.Errorf("invoke %s at %s: no AWS credentials: %w", c.Function, c.Endpoint, err)
	}
	now := c.Now
	if now == nil {
		now = time.Now
	}
	sum := sha256.Sum256(in.Payload)
	if err := v4.NewSigner().SignHTTP(ctx, credentials, req, hex.EncodeToString(sum[:]), "lambda", c.Region, now()); err != nil {
		return nil, fmt.Errorf("invoke %s at %s: signing: %w", c.Function, c.Endpoint, err)
	}
	return req, nil
}

// response reads what the function returned.
func response(answer *http.Response, body []byte) Response {
	resp := Response{
		StatusCode: answer.StatusCode, FunctionError: answer.Header.Get("X-Amz-Function-Error"),
		ExecutedVersion: answer.Header.Get("X-Amz-Executed-Version"), RequestID: answer.Header.Get("X-Amzn-Requestid"),
		LogResult: answer.Header.Get("X-Amz-Log-Result"),
	}
	if resp.StatusCode == http.StatusOK {
		resp.Payload = body
	}
	if log, err := base64.StdEncoding.DecodeString(resp.LogResult); err == nil {
		resp.Report, _ = ParseReport(string(log))
	}
	return resp
}

// refusal reads an error of the service.
func refusal(answer *http.Response, body []byte) *Error {
	e := &Error{Status: answer.StatusCode}
	e.Code, _, _ = strings.Cut(answer.Header.Get("X-Amzn-Errortype"), ":")
	var text struct{ Message, Reason string } // the name matches "message" too
	if err := json.Unmarshal(body, &text); err == nil && text.Message != "" {
		e.Message, e.Reason = text.Message, text.Reason
	} else {
		e.Message = strings.TrimSpace(string(body[:min(len(body), 500)]))
	}
	if e.Code == "" {
		e.Code = "ServiceException"
	}
	if e.Message == "" {
		e.Message = answer.Status
	}
	return e
}
