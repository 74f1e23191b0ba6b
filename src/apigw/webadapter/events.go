package webadapter

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

// maxBody bounds what is read of a response: Lambda accepts 6 MB, and reports a larger one itself.
const maxBody = 7 << 20

// origin is the source of an event, which determines the form of the result.
type origin int

const (
	other   origin = iota // any other: the event itself goes to a separate path
	rest                  // a REST API's proxy integration
	httpAPI               // an HTTP API, or a function's URL
	loadBalancer
)

// event has the members of the events from all origins.
type event struct {
	origin  origin
	context json.RawMessage
	method  string
	path    string
	query   string
	header  http.Header
	body    []byte
}

// parse reads an event.
func parse(payload []byte) (*event, error) {
	var e struct {
		HTTPMethod      string              `json:"httpMethod"`
		Path            *string             `json:"path"`
		RawPath         string              `json:"rawPath"`
		RawQuery        string              `json:"rawQueryString"`
		Cookies         []string            `json:"cookies"`
		Headers         map[string]string   `json:"headers"`
		MultiHeaders    map[string][]string `json:"multiValueHeaders"`
		Query           map[string]string   `json:"queryStringParameters"`
		MultiQuery      map[string][]string `json:"multiValueQueryStringParameters"`
		Body            string              `json:"body"`
		IsBase64Encoded bool                `json:"isBase64Encoded"`
		Context         json.RawMessage     `json:"requestContext"`
	}
	var c struct {
		HTTP *struct {
			Method string `json:"method"`
		} `json:"http"`
		ELB   json.RawMessage `json:"elb"`
		Stage *string         `json:"stage"`
	}
	if json.Unmarshal(payload, &e) != nil || json.Unmarshal(e.Context, &c) != nil || c.HTTP == nil && (e.HTTPMethod == "" || e.Path == nil) {
		return &event{origin: other, context: json.RawMessage("null"), method: http.MethodPost, header: http.Header{"Content-Type": {"application/json"}}, body: payload}, nil
	}
	p := &event{origin: rest, context: e.Context, method: e.HTTPMethod, header: http.Header{}, body: []byte(e.Body)}
	switch {
	case c.HTTP != nil:
		p.origin, p.method, p.path, p.query = httpAPI, c.HTTP.Method, e.RawPath, e.RawQuery
	case c.ELB != nil:
		p.origin, p.path = loadBalancer, *e.Path
		p.query = query(e.MultiQuery, e.Query, false)
	default:
		p.path = *e.Path
		p.query = query(e.MultiQuery, e.Query, true)
	}
	for name, values := range e.MultiHeaders {
		for _, v := range values {
			p.header.Add(name, v)
		}
	}
	for name, v := range e.Headers {
		if len(e.MultiHeaders[name]) == 0 {
			p.header.Set(name, v)
		}
	}
	if len(e.Cookies) > 0 {
		p.header.Set("Cookie", strings.Join(e.Cookies, "; "))
	}
	if e.IsBase64Encoded {
		body, err := base64.StdEncoding.DecodeString(e.Body)
		if err != nil {
			return nil, fmt.Errorf("the event has isBase64Encoded, but its body is not base64: %w", err)
		}
		p.body = body
	}
	return p, nil
}

// query returns the query string for parameters. Those of a load balancer are as the client wrote
// them.
func query(multi map[string][]string, single map[string]string, decoded bool) string {
	if len(multi) == 0 {
		multi = map[string][]string{}
		for name, v := range single {
			multi[name] = []string{v}
		}
	}
	escape := func(text string) string { return text }
	if decoded {
		escape = url.QueryEscape
	}
	var all []string
	for _, name := range slices.Sorted(maps.Keys(multi)) {
		for _, v := range multi[name] {
			all = append(all, escape(name)+"="+escape(v))
		}
	}
	return strings.Join(all, "&")
}

// serve is the Lambda handler.
func (a *adapter) serve(ctx context.Context, payload json.RawMessage) (any, error) {
	select {
	case <-a.ready:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	e, err := parse(payload)
	if err != nil {
		return nil, err
	}
	r, err := a.request(ctx, e)
	if err != nil {
		return nil, err
	}
	resp, err := a.transport.RoundTrip(r)
	if err != nil {
		select { // if it has ended, so does this process, which reports more
		case <-a.over:
			<-ctx.Done()
		case <-time.After(endTime):
		}
		return nil, fmt.Errorf("the web server does not respond: %w", err)
	}
	if resp.StatusCode == http.StatusSwitchingProtocols { // the connection, which nobody has a use for
		resp.Body.Close()
		resp.Body = http.NoBody
	}
	if a.failing.has(resp.StatusCode) {
		resp.Body.Close()
		return nil, fmt.Errorf("the web server returned %d, which AWS_LWA_ERROR_STATUS_CODES makes an error", resp.StatusCode)
	}
	if a.streams {
		return stream(resp), nil
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err != nil {
		return nil, fmt.Errorf("the web server broke off its response: %w", err)
	}
	if len(body) > maxBody {
		return nil, errTooLarge
	}
	return answer(e.origin, resp, body), nil
}

// request makes the request that an event describes.
func (a *adapter) request(ctx context.Context, e *event) (r *http.Request, err error) {
	path := e.path
	if e.origin == other {
		path = cmp.Or(a.getenv("AWS_LWA_PASS_THROUGH_PATH"), "/events")
	} else if base := strings.TrimSuffix(first(a.getenv, "AWS_LWA_REMOVE_BASE_PATH", "REMOVE_BASE_PATH"), "/"); base != "" {
		if rest, ok := strings.CutPrefix(path, base); ok && (rest == "" || rest[0] == '/') {
			path = rest
		}
	}
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	u := &url.URL{Scheme: "http", Host: net.JoinHostPort(a.host, a.port), RawPath: escaped(path), RawQuery: e.query}
	if u.Path, err = url.PathUnescape(u.RawPath); err != nil {
		u.Path, u.RawPath = path, ""
	}
	r, err = http.NewRequestWithContext(ctx, e.method, u.String(), bytes.NewReader(e.body))
	if err != nil {
		return nil, fmt.Errorf("the event cannot be made into a request: %w", err)
	}
	r.Header = e.header
	r.Host = r.Header.Get("Host")
	for _, name := range []string{"Host", "Content-Length", "Transfer-Encoding"} { // of another connection
		r.Header.Del(name)
	}
	if r.Header.Get("User-Agent") == "" {
		r.Header.Set("User-Agent", "") // not that of Go
	}
	if trace, ok := ctx.Value("x-amzn-trace-id").(string); ok { // set by aws-lambda-go
		r.Header.Set("X-Amzn-Trace-Id", trace)
	}
	r.Header.Set("X-Amzn-Request-Context", compact(e.context))
	r.Header.Set("X-Amzn-Lambda-Context", invocation(ctx))
	if v := r.Header.Get(a.authorization); a.authorization != "" && v != "" {
		r.Header.Del(a.authorization)
		r.Header.Set("Authorization", v)
	}
	return r, nil
}

// escaped returns a path in which characters that a request line cannot contain are escaped;
// existing escapes are kept.
func escaped(path string) string {
	var b strings.Builder
	for i := range len(path) {
		if c := path[i]; c <= ' ' || c >= 0x7f || strings.IndexByte("\"<>?#`{}", c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

func compact(text json.RawMessage) string {
	var b bytes.Buffer
	if json.Compact(&b, text) != nil {
		return "null"
	}
	return b.String()
}

// invocation is what a web server gets about the invocation.
func invocation(ctx context.Context) string {
	c, ok := lambdacontext.FromContext(ctx)
	if !ok {
		c = &lambdacontext.LambdaContext{}
	}
	var deadline int64
	if at, ok := ctx.Deadline(); ok {
		deadline = at.UnixMilli()
	}
	trace, _ := ctx.Value("x-amzn-trace-id").(string)
	text, err := json.Marshal(map[string]any{
		"request_id": c.AwsRequestID, "deadline": deadline, "invoked_function_arn": c.InvokedFunctionArn, "xray_trace_id": trace,
		"client_context": nil, "identity": nil,
		"env_config": map[string]any{
			"function_name": lambdacontext.FunctionName, "memory": lambdacontext.MemoryLimitInMB, "version": lambdacontext.FunctionVersion,
			"log_stream": lambdacontext.LogStreamName, "log_group": os.Getenv("AWS_LAMBDA_LOG_GROUP_NAME"),
		},
	})
	if err != nil {
		return "null"
	}
	return string(text)
}

// answer is a response in the form that an origin expects.
func answer(o origin, resp *http.Response, body []byte) any {
	text, binary := textOf(resp.Header, body)
	if o == other {
		var value any
		if binary || json.Unmarshal([]byte(text), &value) != nil {
			return nil
		}
		return json.RawMessage(text)
	}
	header := map[string][]string{}
	for name, values := range resp.Header {
		header[strings.ToLower(name)] = values
	}
	joined := map[string]string{}
	for name, values := range header {
		joined[name] = strings.Join(values, ", ")
	}
	switch o {
	case httpAPI:
		cookies := header["set-cookie"]
		delete(joined, "set-cookie")
		return events.APIGatewayV2HTTPResponse{StatusCode: resp.StatusCode, Headers: joined, Body: text, IsBase64Encoded: binary, Cookies: cookies}
	case loadBalancer:
		return events.ALBTargetGroupResponse{StatusCode: resp.StatusCode, StatusDescription: fmt.Sprintf("%d %s", resp.StatusCode, http.StatusText(resp.StatusCode)),
			Headers: joined, MultiValueHeaders: header, Body: text, IsBase64Encoded: binary}
	}
	return events.APIGatewayProxyResponse{StatusCode: resp.StatusCode, MultiValueHeaders: header, Body: text, IsBase64Encoded: binary}
}

// textTypes are prefixes and textSuffixes suffixes of media types of text.
var (
	textTypes    = []string{"text", "application/json", "application/javascript", "application/xml", "application/yaml"}
	textSuffixes = []string{"+xml", "+yaml", "+json"}
)

// textOf returns a body for an event: as text if its type says so, or else as base64.
func textOf(h http.Header, body []byte) (text string, binary bool) {
	kind := h.Get("Content-Type")
	essence, _, _ := strings.Cut(strings.TrimSpace(kind), ";")
	switch {
	case len(body) == 0:
		return "", false
	case h.Get("Content-Encoding") != "":
	case kind == "", slices.ContainsFunc(textTypes, func(t string) bool { return strings.HasPrefix(kind, t) }),
		slices.ContainsFunc(textSuffixes, func(s string) bool { return strings.HasSuffix(essence, s) }):
		return decoded(kind, body), false
	}
	return base64.StdEncoding.EncodeToString(body), true
}

// decoded returns text from the encoding that its type names: UTF-8, in which what is invalid is
// replaced, or Latin-1.
func decoded(kind string, body []byte) string {
	if _, params, err := mime.ParseMediaType(kind); err == nil && slices.Contains([]string{"iso-8859-1", "latin1"}, strings.ToLower(params["charset"])) {
		runes := make([]rune, len(body))
		for i, b := range body {
			runes[i] = rune(b)
		}
		return string(runes)
	}
	return strings.ToValidUTF8(string(body), "\uFFFD")
}

// stream is a response that is passed on while the web server writes it.
func stream(resp *http.Response) *events.LambdaFunctionURLStreamingResponse {
	header := map[string]string{}
	for name, values := range resp.Header {
		if name != "Set-Cookie" {
			header[strings.ToLower(name)] = strings.Join(values, ", ")
		}
	}
	return &events.LambdaFunctionURLStreamingResponse{StatusCode: resp.StatusCode, Headers: header, Cookies: resp.Header["Set-Cookie"], Body: resp.Body}
}
