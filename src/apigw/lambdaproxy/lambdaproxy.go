// Package lambdaproxy serves an http.Handler as an AWS Lambda function behind
// a proxy integration of an API Gateway REST API (aws_proxy, or sam local
// start-api): proxy event in, request, handler, response, proxy result out.
//
// It follows
// https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
// and is independent of the handler. HTTP APIs (payload 2.0) and load balancers send other events,
// which are refused.
package lambdaproxy

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"example.com/guessing-game/src/apigw/gateway/headernames"
	"example.com/guessing-game/src/apigw/recorder"
)

// Start serves proxy events with h until the execution environment ends. It
// does not return.
func Start(h http.Handler) { lambda.Start(Handler(h)) }

// Handler returns a Lambda handler that serves proxy events with h. It returns an error for an
// event that cannot be made into a request; API Gateway then returns 502.
func Handler(h http.Handler) func(context.Context, events.APIGatewayProxyRequest) (events.APIGatewayProxyResponse, error) {
	return func(ctx context.Context, event events.APIGatewayProxyRequest) (events.APIGatewayProxyResponse, error) {
		r, err := Request(ctx, event)
		if err != nil {
			return events.APIGatewayProxyResponse{}, err
		}
		w := recorder.Send(h, r)
		if w.Status == 0 {
			return events.APIGatewayProxyResponse{}, http.ErrAbortHandler
		}
		return result(w), nil
	}
}

// Request makes from a proxy event the request that API Gateway got, as a server sees it:
// RequestURI, Host and RemoteAddr are set, the last without a port.
//
// The event's path is used unchanged: a percent sign that API Gateway left in it remains an escape,
// and characters that a request line cannot contain are escaped. The stage is not part of it. If
// ctx or the event has an X-Ray trace header, so does the request.
func Request(ctx context.Context, event events.APIGatewayProxyRequest) (*http.Request, error) {
	if event.HTTPMethod == "" || event.Path == "" {
		return nil, errors.New("no event of a REST API's proxy integration: httpMethod or path is missing")
	}
	var body io.Reader = strings.NewReader(event.Body)
	length := int64(len(event.Body))
	if event.IsBase64Encoded {
		decoded, err := base64.StdEncoding.DecodeString(event.Body)
		if err != nil {
			return nil, fmt.Errorf("the event has isBase64Encoded, but its body is not base64: %w", err)
		}
		body, length = strings.NewReader(string(decoded)), int64(len(decoded))
	}
	u := requestURL(event)
	header, names := headers(event)
	r, err := http.NewRequestWithContext(headernames.With(ctx, names), event.HTTPMethod, "/", body)
	if err != nil {
		return nil, fmt.Errorf("the event cannot be made into a request: %w", err)
	}
	r.URL, r.RequestURI = u, u.RequestURI()
	r.ContentLength = length
	r.Header = header
	r.Host = r.Header.Get("Host")
	if r.Host == "" {
		r.Host = event.RequestContext.DomainName
	}
	r.Header.Del("Host") // a server stores it separately
	if ip := event.RequestContext.Identity.SourceIP; ip != "" {
		r.RemoteAddr = net.JoinHostPort(ip, "0")
	}
	// aws-lambda-go puts the header of the invocation's trace there.
	if trace, ok := ctx.Value("x-amzn-trace-id").(string); ok && r.Header.Get("X-Amzn-Trace-Id") == "" {
		r.Header.Set("X-Amzn-Trace-Id", trace)
	}
	return r, nil
}

// requestURL returns the path and query of an event.
func requestURL(event events.APIGatewayProxyRequest) *url.URL {
	u := &url.URL{Path: event.Path}
	if decoded, err := url.PathUnescape(event.Path); err == nil && decoded != event.Path {
		// RawPath is used only if it is a valid encoding of Path.
		u.Path, u.RawPath = decoded, event.Path
	}
	query := url.Values(event.MultiValueQueryStringParameters)
	if len(query) == 0 {
		query = url.Values{}
		for name, value := range event.QueryStringParameters {
			query.Set(name, value)
		}
	}
	u.RawQuery = query.Encode()
	return u
}

// headers returns the headers of an event and their names as written there: all values of each if
// the event has them, as those of REST APIs do, or else the one value.
func headers(event events.APIGatewayProxyRequest) (http.Header, headernames.Names) {
	h := http.Header{}
	names := []string{"Host"}
	add := func(name, value string) {
		h.Add(name, value)
		names = append(names, name)
	}
	for _, name := range slices.Sorted(maps.Keys(event.MultiValueHeaders)) {
		for _, v := range event.MultiValueHeaders[name] {
			add(name, v)
		}
	}
	if len(h) == 0 {
		for _, name := range slices.Sorted(maps.Keys(event.Headers)) {
			add(name, event.Headers[name])
		}
	}
	return h, headernames.Join(names)
}

// result is the proxy result of a response. A binary body is encoded as base64, which API Gateway
// decodes where the API lists its media type as binary.
func result(w *recorder.Response) events.APIGatewayProxyResponse {
	body := w.Body.String()
	if w.Header.Get("Content-Type") == "" && body != "" {
		w.Header.Set("Content-Type", http.DetectContentType(w.Body.Bytes()))
	}
	a := events.APIGatewayProxyResponse{StatusCode: w.Status, MultiValueHeaders: w.Header, Body: body}
	if !utf8.ValidString(body) || w.Header.Get("Content-Encoding") != "" {
		a.Body, a.IsBase64Encoded = base64.StdEncoding.EncodeToString(w.Body.Bytes()), true
	}
	return a
}
