package lambdaloop

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambda/messages"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"example.com/guessing-game/src/lambdaloop/looptest"
)

// The contract of a Runtime API loop, which both ours and lambda.Start satisfy: every test here
// runs a process with each of them.

type testHandler func(ctx context.Context, payload []byte) ([]byte, error)

func (h testHandler) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	return h(ctx, payload)
}

type customError struct{ what string }

func (e *customError) Error() string { return e.what }

// testHandlers are the handlers of the contract's processes.
var testHandlers = map[string]lambda.Handler{
	"echo": testHandler(func(_ context.Context, payload []byte) ([]byte, error) {
		return bytes.Clone(payload), nil
	}),
	// returns as many bytes as the event says
	"bytes": testHandler(func(_ context.Context, payload []byte) ([]byte, error) {
		var n int
		if err := json.Unmarshal(payload, &n); err != nil {
			return nil, err
		}
		return bytes.Repeat([]byte("x"), n), nil
	}),
	"error": testHandler(func(_ context.Context, payload []byte) ([]byte, error) {
		switch string(payload) {
		case `"plain"`:
			return nil, errors.New("a plain \"error\"\nof two lines")
		case `"custom"`:
			return nil, &customError{"custom"}
		}
		return nil, messages.InvokeResponse_Error{Message: "Chosen: by the handler", Type: "Chosen"}
	}),
	"panic": testHandler(func(_ context.Context, payload []byte) ([]byte, error) {
		if string(payload) == `"custom"` {
			panic(&customError{"custom"})
		}
		panic("told to")
	}),
	"chosen exit": testHandler(func(context.Context, []byte) ([]byte, error) {
		return nil, messages.InvokeResponse_Error{Message: "gone", Type: "Gone", ShouldExit: true}
	}),
	"context": testHandler(func(ctx context.Context, _ []byte) ([]byte, error) {
		lc, _ := lambdacontext.FromContext(ctx)
		deadline, _ := ctx.Deadline()
		return json.Marshal(map[string]any{
			"lambda":   lc,
			"deadline": deadline.UnixMilli(),
			"trace":    ctx.Value("x-amzn-trace-id"),
			"env":      os.Getenv("_X_AMZN_TRACE_ID"),
		})
	}),
	"wait": testHandler(func(ctx context.Context, _ []byte) ([]byte, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}),
	"goroutines": testHandler(func(context.Context, []byte) ([]byte, error) {
		return []byte(strconv.Itoa(runtime.NumGoroutine())), nil
	}),
	"typed": lambda.NewHandler(func(_ context.Context, in struct{ A int }) (map[string]int, error) {
		return map[string]int{"b": in.A + 1}, nil
	}),
}

// asHandler in the environment makes the test binary be a function with one of testHandlers.
const asHandler = "LAMBDALOOP_TEST_HANDLER"

func TestMain(m *testing.M) {
	name := os.Getenv(asHandler)
	if name == "" {
		os.Exit(m.Run())
	}
	start, err := FromEnv(os.Getenv)
	if err == nil {
		err = start(os.Getenv("AWS_LAMBDA_RUNTIME_API"), testHandlers[name])
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// bothLoops runs a part of the contract with either loop.
func bothLoops(t *testing.T, handler string, test func(t *testing.T, api *looptest.API, p *looptest.Process)) {
	t.Parallel()
	for _, loop := range []string{"", "standard"} {
		t.Run("LAMBDA_LOOP="+loop, func(t *testing.T) {
			t.Parallel()
			api := looptest.New(t)
			test(t, api, looptest.Start(t, api, asHandler+"="+handler, "LAMBDA_LOOP="+loop))
		})
	}
}

func TestLoopSuccess(t *testing.T) {
	bothLoops(t, "echo", func(t *testing.T, api *looptest.API, _ *looptest.Process) {
		for _, payload := range []string{`{"a":1}`, `null`, ``, `"é\u0000"`, `{"b":[2]}`} {
			if got := api.Answer(t, payload); got != payload {
				t.Errorf("%q: got %q", payload, got)
			}
		}
	})
}

func TestLoopTypedHandler(t *testing.T) {
	bothLoops(t, "typed", func(t *testing.T, api *looptest.API, _ *looptest.Process) {
		if got := api.Answer(t, `{"A":1}`); got != `{"b":2}` {
			t.Errorf("got %s", got)
		}
	})
}

func TestLoopFunctionErrors(t *testing.T) {
	bothLoops(t, "error", func(t *testing.T, api *looptest.API, _ *looptest.Process) {
		for _, c := range []struct{ payload, want, message, kind string }{
			{`"plain"`, `{"errorMessage":"a plain \"error\"\nof two lines","errorType":"errorString"}`, "a plain \"error\"\nof two lines", "errorString"},
			{`"custom"`, `{"errorMessage":"custom","errorType":"customError"}`, "custom", "customError"},
			{`"own"`, `{"errorMessage":"Chosen: by the handler","errorType":"Chosen"}`, "Chosen: by the handler", "Chosen"},
		} {
			o := api.Do(t, looptest.Invocation{Payload: c.payload})
			if o.Path != "error" || o.Body != c.want {
				t.Errorf("%s: got %s %s, want error %s", c.payload, o.Path, o.Body, c.want)
			}
			if got := o.Header.Get("Content-Type"); got != "application/json" {
				t.Errorf("%s: Content-Type %s", c.payload, got)
			}
			var cause struct {
				WorkingDirectory *string `json:"working_directory"`
				Exceptions       []struct {
					Type, Message string
					Stack         []any
				}
				Paths []string
			}
			if err := json.Unmarshal([]byte(o.Header.Get("Lambda-Runtime-Function-Xray-Error-Cause")), &cause); err != nil {
				t.Fatalf("%s: X-Ray cause: %v", c.payload, err)
			}
			if len(cause.Exceptions) != 1 || cause.Exceptions[0].Type != c.kind || cause.Exceptions[0].Message != c.message ||
				cause.Exceptions[0].Stack == nil || cause.Paths == nil || cause.WorkingDirectory == nil {
				t.Errorf("%s: X-Ray cause %+v", c.payload, cause)
			}
		}
	})
}

func TestLoopPanic(t *testing.T) {
	for payload, want := range map[string]struct{ message, kind string }{
		`"text"`:   {"told to", "string"},
		`"custom"`: {"custom", "customError"},
	} {
		t.Run(payload, func(t *testing.T) {
			bothLoops(t, "panic", func(t *testing.T, api *looptest.API, p *looptest.Process) {
				o := api.Do(t, looptest.Invocation{Payload: payload})
				var got messages.InvokeResponse_Error
				if err := json.Unmarshal([]byte(o.Body), &got); err != nil || o.Path != "error" {
					t.Fatalf("%s %s: %v", o.Path, o.Body, err)
				}
				if got.Message != want.message || got.Type != want.kind {
					t.Errorf("got %s", o.Body)
				}
				inHandler := func(f *messages.InvokeResponse_Error_StackFrame) bool {
					return strings.HasSuffix(f.Path, "loop_test.go") && f.Line > 0 && f.Label != ""
				}
				if !slices.ContainsFunc(got.StackTrace, inHandler) {
					t.Errorf("the stack does not show the handler: %s", o.Body)
				}
				if code := p.ExitCode(t); code != 1 {
					t.Errorf("exit code %d, want 1", code)
				}
			})
		})
	}
}

func TestLoopErrorThatEndsTheProcess(t *testing.T) {
	bothLoops(t, "chosen exit", func(t *testing.T, api *looptest.API, p *looptest.Process) {
		if o := api.Do(t, looptest.Invocation{Payload: `{}`}); o.Body != `{"errorMessage":"gone","errorType":"Gone"}` {
			t.Errorf("got %s", o.Body)
		}
		if code := p.ExitCode(t); code != 1 {
			t.Errorf("exit code %d, want 1", code)
		}
	})
}

func TestLoopContext(t *testing.T) {
	bothLoops(t, "context", func(t *testing.T, api *looptest.API, _ *looptest.Process) {
		const trace = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1"
		long := strings.Repeat("x", 8000) // longer than any buffer of ours
		deadline := time.Now().Add(time.Hour).UnixMilli()
		answer := api.Do(t, looptest.Invocation{Header: http.Header{
			"Lambda-Runtime-Trace-Id":             {trace},
			"Lambda-Runtime-Deadline-Ms":          {fmt.Sprint(deadline)},
			"Lambda-Runtime-Invoked-Function-Arn": {"arn:aws:lambda:eu-north-1:123456789012:function:F"},
			"Lambda-Runtime-Client-Context":       {`{"Client":{"app_title":"t"},"env":{"e":"1"},"custom":{"long":"` + long + `","n":5}}`},
			"Lambda-Runtime-Cognito-Identity":     {`{"cognitoIdentityId":"i","cognitoIdentityPoolId":"p"}`},
			"Lambda-Runtime-Aws-Tenant-Id":        {"tenant"},
		}})
		var got struct {
			Lambda   lambdacontext.LambdaContext
			Deadline int64
			Trace    string
			Env      string
		}
		if err := json.Unmarshal([]byte(answer.Body), &got); err != nil {
			t.Fatalf("%s: %v", answer.Body, err)
		}
		lc := got.Lambda
		if lc.AwsRequestID != "8476a536-e9f4-11e8-9739-000000000001" || lc.InvokedFunctionArn != "arn:aws:lambda:eu-north-1:123456789012:function:F" ||
			lc.TenantID != "tenant" || lc.Identity.CognitoIdentityID != "i" || lc.Identity.CognitoIdentityPoolID != "p" ||
			lc.ClientContext.Env["e"] != "1" || lc.ClientContext.Custom["long"] != long || lc.ClientContext.Custom["n"] != "5" || lc.ClientContext.Client.AppTitle != "t" {
			t.Errorf("context %+v", lc)
		}
		if got.Trace != trace || got.Env != trace {
			t.Errorf("trace header %q, in the environment %q", got.Trace, got.Env)
		}
		if got.Deadline != deadline {
			t.Errorf("deadline %d, want %d", got.Deadline, deadline)
		}
		// No trace of it remains for the next event.
		answer = api.Do(t, looptest.Invocation{})
		got.Lambda = lambdacontext.LambdaContext{}
		if err := json.Unmarshal([]byte(answer.Body), &got); err != nil {
			t.Fatal(err)
		}
		if got.Trace != "" || got.Env != "" || got.Lambda.TenantID != "" || got.Lambda.ClientContext.Env != nil {
			t.Errorf("the next event has %s", answer.Body)
		}
	})
}

func TestLoopBadContext(t *testing.T) {
	bothLoops(t, "echo", func(t *testing.T, api *looptest.API, _ *looptest.Process) {
		for _, header := range []http.Header{
			{"Lambda-Runtime-Deadline-Ms": {"soon"}},
			{"Lambda-Runtime-Client-Context": {"{"}},
			{"Lambda-Runtime-Cognito-Identity": {"{"}},
		} {
			if o := api.Do(t, looptest.Invocation{Header: header}); o.Path != "error" {
				t.Errorf("%v: %s %s", header, o.Path, o.Body)
			}
		}
		if got := api.Answer(t, `1`); got != `1` {
			t.Errorf("the next event gives %s", got)
		}
	})
}

func TestLoopDeadline(t *testing.T) {
	bothLoops(t, "wait", func(t *testing.T, api *looptest.API, _ *looptest.Process) {
		o := api.Do(t, looptest.Invocation{Timeout: 30 * time.Millisecond})
		if want := `{"errorMessage":"context deadline exceeded","errorType":"deadlineExceededError"}`; o.Body != want {
			t.Errorf("got %s, want %s", o.Body, want)
		}
	})
}

func TestLoopSizes(t *testing.T) {
	bothLoops(t, "echo", func(t *testing.T, api *looptest.API, _ *looptest.Process) {
		for _, size := range []int{0, 1, 4 << 10, 16<<10 - 2, 16 << 10, 1 << 20, 6 << 20} {
			for _, chunked := range []bool{false, true} {
				payload := `"` + strings.Repeat("x", size) + `"`
				o := api.Do(t, looptest.Invocation{Payload: payload, Chunked: chunked})
				if o.Path != "response" || o.Body != payload {
					t.Errorf("%d bytes, chunked %v: %s with %d bytes", len(payload), chunked, o.Path, len(o.Body))
				}
			}
		}
	})
}

// Lambda refuses a response of more than 6 MB; the process reports that and ends.
func TestLoopOversizedResponse(t *testing.T) {
	bothLoops(t, "bytes", func(t *testing.T, api *looptest.API, p *looptest.Process) {
		api.Status = func(o looptest.Outcome) int {
			if len(o.Body) > 6<<20 {
				return http.StatusRequestEntityTooLarge
			}
			return http.StatusAccepted
		}
		if got := api.Answer(t, `10`); got != "xxxxxxxxxx" {
			t.Errorf("got %s", got)
		}
		api.Do(t, looptest.Invocation{Payload: fmt.Sprint(6<<20 + 1)})
		if code := p.ExitCode(t); code != 1 || !strings.Contains(p.Stderr.String(), "413") {
			t.Errorf("exit code %d, %s", code, p.Stderr.String())
		}
	})
}

// A connection that is closed while idle is opened again.
func TestLoopClosedConnection(t *testing.T) {
	bothLoops(t, "echo", func(t *testing.T, api *looptest.API, _ *looptest.Process) {
		for i := range 5 {
			payload := fmt.Sprint(i)
			if got := api.Answer(t, payload); got != payload {
				t.Errorf("%s: %s", payload, got)
			}
			api.Waiting(t)
			api.CloseClientConnections()
			api.Waiting(t)
		}
	})
}

// A malformed event ends the process: Lambda starts another.
func TestLoopBrokenAPI(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]string{
		"no answer":         "",
		"no HTTP":           "hello\r\n\r\n",
		"half a header":     "HTTP/1.1 200 OK\r\nContent-Le",
		"half a payload":    "HTTP/1.1 200 OK\r\nContent-Length: 10\r\nLambda-Runtime-Aws-Request-Id: i\r\nLambda-Runtime-Deadline-Ms: 1\r\n\r\n123",
		"half a chunk":      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n123",
		"an error":          "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n",
		"a bad length":      "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
		"a negative length": "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
	} {
		for _, loop := range []string{"", "standard"} {
			t.Run(name+" LAMBDA_LOOP="+loop, func(t *testing.T) {
				t.Parallel()
				p := looptest.StartAt(t, rawAPI(t, answer), asHandler+"=echo", "LAMBDA_LOOP="+loop)
				if code := p.ExitCode(t); code != 1 {
					t.Errorf("exit code %d, want 1", code)
				}
				if text := p.Stderr.String(); text == "" || strings.Contains(text, "goroutine") {
					t.Errorf("it says %q", text)
				}
			})
		}
	}
}

// Our own loop does not switch goroutines.
func TestLoopIsOneGoroutine(t *testing.T) {
	t.Parallel()
	api := looptest.New(t)
	looptest.Start(t, api, asHandler+"=goroutines")
	for range 2 {
		if got := api.Answer(t, `{}`); got != "1" {
			t.Errorf("%s goroutines", got)
		}
	}
}

// Limits of our own loop, which lambda.Start does not have.
func TestLoopLimits(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", maxHeaderLine+8<<10)
	for name, answer := range map[string]string{
		"a long header":      "HTTP/1.1 200 OK\r\nX: " + long,
		"many headers":       "HTTP/1.1 200 OK\r\n" + strings.Repeat("X: y\r\n", maxHeaderLines+2),
		"a large payload":    fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", maxPayload+1),
		"large chunks":       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + fmt.Sprintf("%x\r\n", maxPayload+1) + strings.Repeat("x", maxPayload+1) + "\r\n0\r\n\r\n",
		"an endless payload": "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + long,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := looptest.StartAt(t, rawAPI(t, answer), asHandler+"=echo")
			if code := p.ExitCode(t); code != 1 {
				t.Errorf("exit code %d, want 1", code)
			}
		})
	}
}

// rawAPI responds to every request with a string and closes the connection.
func rawAPI(t *testing.T, answer string) (address string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				if _, err := http.ReadRequest(bufio.NewReader(conn)); err != nil {
					return
				}
				io.WriteString(conn, answer)
			}()
		}
	}()
	return l.Addr().String()
}

// The trace cause must not turn an error's text into a second header.
func TestErrorTextStaysInItsHeader(t *testing.T) {
	t.Parallel()
	cause, err := xrayCause(&messages.InvokeResponse_Error{Message: "a\r\nX-Evil: 1", Type: "T"})
	if err != nil || bytes.ContainsAny(cause, "\r\n") {
		t.Errorf("%q, %v", cause, err)
	}
}

// FuzzRuntimeAnswer feeds the client whatever an API may send: it must end without a panic and
// within its limits.
func FuzzRuntimeAnswer(f *testing.F) {
	f.Add([]byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nLambda-Runtime-Aws-Request-Id: i\r\n\r\n{}"))
	f.Add([]byte("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nTrailer: x\r\n\r\n"))
	f.Add([]byte("HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\n\r\n"))
	f.Add([]byte("HTTP/1.1 2"))
	f.Add([]byte("\r\n"))
	f.Fuzz(func(t *testing.T, answer []byte) {
		c := &client{in: bufio.NewReaderSize(bytes.NewReader(answer), 4<<10)}
		var inv invocation
		head, err := c.read(&inv)
		if err != nil {
			return
		}
		if len(inv.payload) > maxPayload || head.length >= 0 && len(inv.payload) != head.length {
			t.Errorf("header %+v, payload of %d bytes", head, len(inv.payload))
		}
		want, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(answer)), nil)
		if err != nil {
			return // net/http is stricter: it rejects what we need not read
		}
		body, err := io.ReadAll(want.Body)
		if err != nil || want.StatusCode != 200 {
			return // a response that is not an event
		}
		if !bytes.Equal(body, inv.payload) && head.length != -2 {
			t.Errorf("payload %q, net/http reads %q", inv.payload, body)
		}
		if id := want.Header.Get(headerRequestID); id != inv.id && len(want.Header.Values(headerRequestID)) == 1 {
			t.Errorf("id %q, net/http reads %q", inv.id, id)
		}
	})
}
