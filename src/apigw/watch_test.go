package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"example.com/guessing-game/tests/serve"
)

const watched = `openapi: 3.0.1
info: {title: x, version: '1'}
paths:
  /mock:
    get:
      responses: {'200': {description: ok}}
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates: {application/json: '{"statusCode": 200}'}
        responses: {default: {statusCode: '200', responseTemplates: {application/json: '{"version": %d}'}}}
  /function:
    get:
      responses: {'200': {description: ok}}
      x-amazon-apigateway-integration:
        type: aws
        httpMethod: POST
        uri: {Fn::Sub: 'arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${F.Arn}/invocations'}
        requestTemplates: {application/json: '{"sleep": 5}'}
        responses: {default: {statusCode: '200'}}
`

// TestReloadDropsNothing saves a document again and again while clients send requests, half of which are in a function when the
// document, and with it the function's environment, changes.
func TestReloadDropsNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	document, env := filepath.Join(dir, "api.yaml"), filepath.Join(dir, "env.json")
	save := func(version int) {
		for name, text := range map[string]string{env: fmt.Sprintf(`{"F": {"GREETING": "%d"}}`, version), document: fmt.Sprintf(watched, version)} {
			if err := os.WriteFile(name+".new", []byte(text), 0o666); err != nil {
				t.Error(err)
			}
			if err := os.Rename(name+".new", name); err != nil {
				t.Error(err)
			}
		}
	}
	save(0)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out := &serve.Output{}
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, []string{"start", "--watch", "--port", "0", "--lambda-port", "0", "--trace-port", "0", "--xray-port", "0",
			"--openapi", document, "--env-vars", env, "--function", "F=testfn", "--concurrency", "4"},
			&system{stdin: strings.NewReader(""), stdout: out, stderr: out, environ: os.Environ()})
	}()
	out.AwaitText(t, "Ctrl-C ends it", 1)
	base := regexp.MustCompile(`REST +(http\S+/)`).FindStringSubmatch(out.String())[1]
	var requests atomic.Int64
	var clients sync.WaitGroup
	end := make(chan struct{})
	for i := range 8 {
		clients.Go(func() {
			for {
				select {
				case <-end:
					return
				default:
				}
				path := []string{"mock", "function"}[i%2]
				resp, err := http.Get(base + path)
				if err != nil {
					t.Errorf("%s: %v", path, err)
					return
				}
				body, err := io.ReadAll(resp.Body)
				resp.Body.Close()
				want := map[string]string{"mock": `{"version": `, "function": `{"event":`}[path]
				if err != nil || resp.StatusCode != http.StatusOK || !strings.HasPrefix(string(body), want) {
					t.Errorf("%s: %d %s %v", path, resp.StatusCode, body, err)
					return
				}
				requests.Add(1)
			}
		})
	}
	const saves = 5
	for version := 1; version <= saves; version++ {
		save(version)
		out.AwaitText(t, "watch: reloaded", version)
	}
	resp, err := http.Get(base + "function")
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	if want := fmt.Sprintf(`"greeting":"%d"`, saves); !strings.Contains(string(body), want) {
		t.Errorf("got %s, want %s in it", body, want)
	}
	close(end)
	clients.Wait()
	cancel()
	if c := <-code; c != 0 {
		t.Errorf("exit status %d", c)
	}
	if requests.Load() < saves {
		t.Errorf("only %d requests", requests.Load())
	}
}
