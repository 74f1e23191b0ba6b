package gateway_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"example.com/guessing-game/src/apigw/gateway"
)

// streamer is a function that streams pieces, waiting for go on after the first.
type streamer struct {
	pieces []string
	failed string
	goOn   chan struct{}
}

func (s streamer) Invoke(ctx context.Context, in gateway.Invocation) (gateway.InvocationResult, error) {
	for i, p := range s.pieces {
		if i == 1 && s.goOn != nil {
			select {
			case <-s.goOn:
			case <-ctx.Done():
				return gateway.InvocationResult{}, ctx.Err()
			}
		}
		if _, err := io.WriteString(in.Stream, p); err != nil {
			return gateway.InvocationResult{}, err
		}
	}
	if s.failed != "" {
		return gateway.InvocationResult{Payload: []byte(s.failed), FunctionError: "Unhandled"}, nil
	}
	return gateway.InvocationResult{}, nil
}

const streamed = `
openapi: 3.0.1
info: {title: x, version: "1"}
paths:
  /s:
    get:
      x-amazon-apigateway-integration:
        type: aws_proxy
        httpMethod: POST
        uri: arn:aws:apigateway:us-east-1:lambda:path/2021-11-15/functions/arn:aws:lambda:us-east-1:123456789012:function:F/response-streaming-invocations
        responseTransferMode: STREAM
        timeoutInMillis: 900000
`

func streamServer(t *testing.T, f gateway.Invoker) string {
	doc, err := gateway.ParseDocument("api.yaml", []byte(streamed))
	if err != nil {
		t.Fatal(err)
	}
	g, err := gateway.New(doc, gateway.Options{Functions: f, Observe: func(*gateway.Execution) {}})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(g)
	t.Cleanup(s.Close)
	return s.URL + "/prod/s"
}

const prelude = `{"statusCode":201,"headers":{"X-A":"1","x-b":"0"},"multiValueHeaders":{"X-B":["2","3"]},"cookies":["a=b","c=d"]}`

// Each piece reaches the client before the function writes the next.
func TestStreamedProxy(t *testing.T) {
	t.Parallel()
	goOn := make(chan struct{})
	resp, err := http.Get(streamServer(t, streamer{pieces: []string{prelude + nul + "one\n", "two\x00\x00\x00\x00\x00\x00\x00\x00\n"}, goOn: goOn}))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body := bufio.NewReader(resp.Body)
	first, err := body.ReadString('\n')
	if err != nil || first != "one\n" {
		t.Fatalf("the first piece is %q, %v", first, err)
	}
	close(goOn)
	rest, err := io.ReadAll(body)
	if err != nil || string(rest) != "two"+nul+"\n" {
		t.Errorf("the rest is %q, %v", rest, err)
	}
	h := resp.Header
	if resp.StatusCode != 201 || h.Get("X-A") != "1" || strings.Join(h["X-B"], ",") != "2,3" || strings.Join(h["Set-Cookie"], ",") != "a=b,c=d" || resp.ContentLength != -1 {
		t.Errorf("%d %v", resp.StatusCode, h)
	}
}

const nul = "\x00\x00\x00\x00\x00\x00\x00\x00"

func TestStreamedProxyFailures(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		f      streamer
		status int
		body   string
		broken bool
	}{
		"cut inside the delimiter": {streamer{pieces: []string{`{"statusCode":200}` + nul[:3], nul[3:], "x"}}, 200, "x", false},
		"empty body":               {streamer{pieces: []string{`{}` + nul}}, 200, "", false},
		"no delimiter":             {streamer{pieces: []string{`{"statusCode":200}`}}, 500, `{"message": "Internal server error"}`, false},
		"delimiter too late":       {streamer{pieces: []string{`{"headers":{"x":"` + strings.Repeat("x", 20000) + `"}}` + nul}}, 500, `{"message": "Internal server error"}`, false},
		"not JSON":                 {streamer{pieces: []string{`<html>` + nul + "x"}}, 500, `{"message": "Internal server error"}`, false},
		"another member":           {streamer{pieces: []string{`{"body":"x"}` + nul}}, 500, `{"message": "Internal server error"}`, false},
		"failed before":            {streamer{failed: `{"errorMessage":"x"}`}, 502, `{"message": "Internal server error"}`, false},
		"failed in the middle":     {streamer{pieces: []string{`{}` + nul + "x"}, failed: `{"errorMessage":"x"}`}, 200, "x", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resp, err := http.Get(streamServer(t, c.f))
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			if broken := errors.Is(err, io.ErrUnexpectedEOF); resp.StatusCode != c.status || string(body) != c.body || broken != c.broken {
				t.Errorf("%d %q %v, want %d %q, broken off %v", resp.StatusCode, body, err, c.status, c.body, c.broken)
			}
		})
	}
}
