package invoke

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// testServer is a Server in front of one function.
func testServer(tb testing.TB, f Function) *httptest.Server {
	tb.Helper()
	s := httptest.NewServer(&Server{Functions: map[string]Function{"Test": f}, Region: "us-east-1", AccountID: "123456789012",
		Logger: slog.New(slog.DiscardHandler)})
	tb.Cleanup(s.Close)
	return s
}

// Every way to reach a function passes the same tests.
func TestEveryFunction(t *testing.T) {
	t.Parallel()
	for _, way := range []struct {
		name string
		open func(testing.TB, *Host) Function
	}{
		{"host", func(_ testing.TB, h *Host) Function { return h }},
		{"remote", func(tb testing.TB, h *Host) Function {
			return &Remote{Endpoint: testServer(tb, h).URL + "/", Function: "Test"}
		}},
		{"remote by ARN, signed", func(tb testing.TB, h *Host) Function {
			return &Remote{Endpoint: testServer(tb, h).URL, Function: h.ARN(), Region: "us-east-1",
				Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
					return aws.Credentials{AccessKeyID: "AKID", SecretAccessKey: "secret"}, nil
				})}
		}},
	} {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			h, logs := testHost(t, "ok", func(cfg *Config) { cfg.Concurrency, cfg.Patience = 2, time.Minute })
			f := way.open(t, h)
			hurried, _ := testHost(t, "ok", func(cfg *Config) { cfg.Timeout = time.Second })
			ctx := context.Background()

			for _, c := range []struct {
				name string
				in   Invocation
				// A response, or an error of the service.
				status                 int
				payload, functionError string
				code, message          string
			}{
				{"echo", Invocation{Payload: []byte(`{"a":1}`)}, 200, `{"a":1}`, "", "", ""},
				{"empty payload", Invocation{}, 200, `{}`, "", "", ""},
				{"function error", Invocation{Payload: []byte(`{"do":"error"}`)}, 200, `{"errorMessage":"no such thing","errorType":"errorString"}`, "Unhandled", "", ""},
				{"exit", Invocation{Payload: []byte(`{"do":"exit","n":1}`)}, 200, `exit status 1`, "Unhandled", "", ""},
				{"timeout", Invocation{Payload: []byte(`{"do":"sleep","ms":9000}`)}, 200, `Task timed out after 1.00 seconds`, "Unhandled", "", ""},
				{"qualifier", Invocation{Payload: []byte(`{"do":"context"}`), Qualifier: "live"}, 200, `"arn":"arn:aws:lambda:us-east-1:123456789012:function:Test:live"`, "", "", ""},
				{"client context", Invocation{Payload: []byte(`{"do":"context"}`), ClientContext: `{"custom":{"k":"v"}}`}, 200, `"client":{"k":"v"}`, "", "", ""},
				{"trace", Invocation{Payload: []byte(`{"do":"context"}`), TraceHeader: "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0"}, 200, `"trace":"Root=1-5759e988-bd862e3fe1be46a994272793;Parent=`, "", "", ""},
				{"the largest payload", Invocation{Payload: largest(MaxRequestBytes)}, 200, "aaa", "", "", ""},
				{"the largest answer", Invocation{Payload: fmt.Appendf(nil, `{"do":"large","n":%d}`, MaxResponseBytes)}, 200, "aaa", "", "", ""},
				{"event", Invocation{Type: Event, Payload: []byte(`{"do":"log"}`)}, 202, "", "", "", ""},
				{"dry run", Invocation{Type: DryRun}, 204, "", "", "", ""},
				{"not JSON", Invocation{Payload: []byte(`{"a":`)}, 400, "", "", "InvalidRequestContentException", "Could not parse request body into json: Could not parse payload into json: Unexpected end-of-input"},
				{"too large", Invocation{Payload: largest(MaxRequestBytes + 1)}, 413, "", "", "RequestEntityTooLargeException", "6291457 byte payload is too large for the RequestResponse invocation type (limit 6291456 bytes)"},
				{"too large for an event", Invocation{Type: Event, Payload: largest(MaxEventBytes + 1)}, 413, "", "", "RequestEntityTooLargeException", "limit 1048576 bytes"},
				{"an unknown type", Invocation{Type: "Later"}, 400, "", "", "InvalidParameterValueException", "Value 'Later' at 'invocationType'"},
			} {
				function := f
				if c.name == "timeout" {
					function = way.open(t, hurried)
				}
				resp, err := function.Invoke(ctx, c.in)
				if c.code != "" {
					var refused *Error
					if !errors.As(err, &refused) || refused.Status != c.status || refused.Code != c.code || !strings.Contains(refused.Message, c.message) {
						t.Errorf("%s: %+v %v, want %d %s %s", c.name, resp, err, c.status, c.code, c.message)
					}
					continue
				}
				if err != nil || resp.StatusCode != c.status || resp.FunctionError != c.functionError || !strings.Contains(string(resp.Payload), c.payload) || (c.payload == "") != (resp.Payload == nil) {
					t.Errorf("%s: %d %q %.200s %v, want %d %q %s", c.name, resp.StatusCode, resp.FunctionError, resp.Payload, err, c.status, c.functionError, c.payload)
				}
				if resp.RequestID == "" || c.status == 200 && resp.ExecutedVersion != "$LATEST" {
					t.Errorf("%s: request id %q, version %q", c.name, resp.RequestID, resp.ExecutedVersion)
				}
			}
			eventually(t, "the event is worked on", func() bool { return strings.Contains(logs.String(), "from stdout") })

			resp, err := f.Invoke(ctx, Invocation{Payload: []byte(`{"do":"log"}`), LogTail: true})
			tail, decodeErr := base64.StdEncoding.DecodeString(resp.LogResult)
			if err != nil || decodeErr != nil || !strings.Contains(string(tail), "from stderr") {
				t.Errorf("tail %q, %v, %v", tail, err, decodeErr)
			}
			if r := resp.Report; r.RequestID != resp.RequestID || r.Billed <= 0 || r.MemorySizeMB != 128 || r.TraceID == "" {
				t.Errorf("report %+v", r)
			}

			cancelled, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
			defer cancel()
			if _, err := f.Invoke(cancelled, Invocation{Payload: []byte(`{"do":"sleep","ms":600}`)}); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("a context that ends: %v", err)
			}
			if resp, err := f.Invoke(ctx, Invocation{}); err != nil || resp.FunctionError != "" {
				t.Errorf("after it: %+v %v", resp, err)
			}
		})
	}
}

func largest(n int) []byte { return []byte(`"` + strings.Repeat("a", n-2) + `"`) }

func TestServerAnswersTheInvokeAPI(t *testing.T) {
	t.Parallel()
	h, _ := testHost(t, "ok", nil)
	url := testServer(t, h).URL
	const path = "/2015-03-31/functions/Test/invocations"
	for _, c := range []struct {
		name, method, path string
		header             []string
		body               string
		status             int
		want               string
		errorType          string
	}{
		{"a name", "POST", path, nil, `1`, 200, `1`, ""},
		{"a partial ARN", "POST", "/2015-03-31/functions/123456789012:function:Test/invocations", nil, `1`, 200, `1`, ""},
		{"an ARN", "POST", "/2015-03-31/functions/arn:aws:lambda:eu-west-1:123456789012:function:Test/invocations", nil, `1`, 200, `1`, ""},
		{"an escaped ARN with a qualifier", "POST", "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3ATest%3Alive/invocations", nil, `{"do":"context"}`, 200, `function:Test:live"`, ""},
		{"a qualifier", "POST", path + "?Qualifier=7", nil, `{"do":"context"}`, 200, `function:Test:7"`, ""},
		{"an unknown function", "POST", "/2015-03-31/functions/Other/invocations", nil, `1`, 404,
			`{"Message":"Function not found: arn:aws:lambda:us-east-1:123456789012:function:Other","Type":"User"}`, "ResourceNotFoundException"},
		{"an unknown function with a qualifier", "POST", "/2015-03-31/functions/Other:live/invocations", nil, `1`, 404, `function:Other:live","Type":"User"}`, "ResourceNotFoundException"},
		{"two qualifiers", "POST", "/2015-03-31/functions/Test:live/invocations?Qualifier=7", nil, `1`, 400, `derived qualifier`, "InvalidParameterValueException"},
		{"not a qualifier", "POST", path + "?Qualifier=a%2Fb", nil, `1`, 400, `at 'qualifier'`, "InvalidParameterValueException"},
		{"not a name", "POST", "/2015-03-31/functions/a%20b/invocations", nil, `1`, 400, `Value 'a b' at 'functionName'`, "InvalidParameterValueException"},
		{"a name that is too long", "POST", "/2015-03-31/functions/" + strings.Repeat("a", 257) + "/invocations", nil, `1`, 400, `at 'functionName'`, "InvalidParameterValueException"},
		{"not JSON", "POST", path, nil, `{"kind":}`, 400, `"message":"Could not parse request body into json: Could not parse payload into json: Unexpected character ('}' (code 125))`, "InvalidRequestContentException"},
		{"a log type", "POST", path, []string{"X-Amz-Log-Type", "Head"}, `1`, 400, `at 'logType'`, "InvalidParameterValueException"},
		{"a client context that is not base64", "POST", path, []string{"X-Amz-Client-Context", "{}"}, `1`, 400, `Client context`, "InvalidRequestContentException"},
		{"a client context that is too long", "POST", path, []string{"X-Amz-Client-Context", strings.Repeat("a", MaxClientContextBytes+1)}, `1`, 400, `no longer than 3583`, "InvalidRequestContentException"},
		{"another operation", "GET", "/2015-03-31/functions/", nil, ``, 404, `knows Invoke`, "UnknownOperationException"},
		{"streaming by GET", "GET", "/2021-11-15/functions/Test/response-streaming-invocations", nil, `1`, 404, `knows Invoke`, "UnknownOperationException"},
		{"the wrong method", "PUT", path, nil, `1`, 404, `knows Invoke`, "UnknownOperationException"},
	} {
		req, err := http.NewRequest(c.method, url+c.path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(c.header); i += 2 {
			req.Header.Set(c.header[i], c.header[i+1])
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != c.status || !strings.Contains(string(body), c.want) || resp.Header.Get("X-Amzn-Errortype") != c.errorType ||
			resp.Header.Get("Content-Type") != "application/json" || resp.Header.Get("X-Amzn-Requestid") == "" {
			t.Errorf("%s: %d %s %v, want %d %s %s", c.name, resp.StatusCode, body, resp.Header, c.status, c.want, c.errorType)
		}
	}
}

// failing is a Function that cannot be reached.
type failing struct{ err error }

func (f failing) Invoke(context.Context, Invocation) (Response, error) { return Response{}, f.err }

func TestServerRelaysErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err    error
		status int
		body   string
	}{
		{errThrottled(), 429, `{"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}`},
		{errors.New("dial tcp 10.0.0.1: secret"), 500, `{"Message":"The function could not be reached; see the log of the endpoint.","Type":"Server"}`},
		{errClosed, 503, `{"Message":"The function is shutting down.","Type":"Server"}`},
	} {
		resp, err := http.Post(testServer(t, failing{c.err}).URL+"/2015-03-31/functions/Test/invocations", "", strings.NewReader("1"))
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != c.status || string(body) != c.body {
			t.Errorf("%v: %d %s", c.err, resp.StatusCode, body)
		}
	}
}

func TestRemoteReadsWhatEndpointsAnswer(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name      string
		status    int
		errorType string
		body      string
		want      string
	}{
		{"Lambda, 404", 404, "ResourceNotFoundException", `{"Type":"User","Message":"Function not found: arn"}`, "ResourceNotFoundException: Function not found: arn"},
		{"a type with its namespace", 400, "InvalidRequestContentException:http://internal.amazon.com/", `{"message":"m"}`, "InvalidRequestContentException: m"},
		{"a proxy's page", 502, "", "<h1>Bad Gateway</h1>", "ServiceException: <h1>Bad Gateway</h1>"},
		{"nothing", 500, "", "", "ServiceException: 500 Internal Server Error"},
	} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if c.errorType != "" {
				w.Header().Set("x-amzn-ErrorType", c.errorType)
			}
			w.WriteHeader(c.status)
			io.WriteString(w, c.body)
		}))
		_, err := (&Remote{Endpoint: s.URL, Function: "F"}).Invoke(context.Background(), Invocation{})
		s.Close()
		var refused *Error
		if !errors.As(err, &refused) || err.Error() != c.want || refused.Status != c.status {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
	s := httptest.NewServer(nil)
	s.Close()
	_, err := (&Remote{Endpoint: s.URL, Function: "F"}).Invoke(context.Background(), Invocation{})
	if err == nil || !strings.Contains(err.Error(), "invoke F at "+s.URL) || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("an endpoint that is not there: %v", err)
	}
}

func TestRemoteSigns(t *testing.T) {
	t.Parallel()
	got := make(chan http.Header, 1)
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got <- r.Header }))
	defer s.Close()
	c := &Remote{Endpoint: s.URL, Function: "F", Region: "eu-central-1",
		Now: func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) },
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKID", SecretAccessKey: "secret", SessionToken: "token"}, nil
		})}
	if _, err := c.Invoke(context.Background(), Invocation{}); err != nil {
		t.Fatal(err)
	}
	h := <-got
	if auth := h.Get("Authorization"); !strings.HasPrefix(auth, "AWS4-HMAC-SHA256 Credential=AKID/20260102/eu-central-1/lambda/aws4_request, SignedHeaders=") ||
		h.Get("X-Amz-Date") != "20260102T030405Z" || h.Get("X-Amz-Security-Token") != "token" {
		t.Errorf("%v", h)
	}
}

func TestRemoteCheck(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ endpoint, function, want string }{
		{"http://127.0.0.1:3001", "F", ""},
		{"https://lambda.eu-central-1.amazonaws.com", "arn:aws:lambda:eu-central-1:123456789012:function:F:live", ""},
		{"127.0.0.1:3001", "F", "not a URL"},
		{"localhost", "F", "not an http or https URL"},
		{"ftp://localhost", "F", "not an http or https URL"},
		{"http://localhost", "a b", `"a b" is not a function's name or ARN`},
	} {
		err := (&Remote{Endpoint: c.endpoint, Function: c.function}).Check()
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s %s: %v, want %q", c.endpoint, c.function, err, c.want)
		}
	}
}
