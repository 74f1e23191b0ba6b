//go:build !race

// Large inputs to the whole program: make test runs this without the race detector.

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"example.com/guessing-game/src/apigw/cli"
	"example.com/guessing-game/src/apigw/trace"
	"example.com/guessing-game/tests/serve"
)

const keptDocument = `openapi: 3.0.1
info: {title: x, version: '1'}
x-amazon-apigateway-request-validators: {v: {validateRequestBody: true}}
paths:
  /echo:
    post:
      responses: {'200': {description: ok}}
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates: {application/json: '{"statusCode": 200}'}
        responses: {default: {statusCode: '200', responseTemplates: {application/json: '$input.params("Cookie")'}}}
  /no-json:
    post:
      responses: {'200': {description: ok}}
      x-amazon-apigateway-integration: &function
        type: aws
        httpMethod: POST
        uri: {Fn::Sub: 'arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${F.Arn}/invocations'}
        requestTemplates: {application/json: 'x$input.body'}
        responses: {default: {statusCode: '200'}}
  /failing:
    post:
      responses: {'200': {description: ok}}
      x-amazon-apigateway-integration:
        <<: *function
        requestTemplates: {application/json: '#set($x = $input.body)$input.path("$[")'}
  /message:
    post:
      responses: {'200': {description: ok}}
      x-amazon-apigateway-integration:
        <<: *function
        requestTemplates: {application/json: '{"fail": $input.body}'}
        responses: {default: {statusCode: '200', responseTemplates: {application/json: '{}'}}}
  /model:
    post:
      x-amazon-apigateway-request-validator: v
      requestBody: {content: {application/json: {schema: {type: object, additionalProperties: false}}}}
      responses: {'200': {description: ok}}
      x-amazon-apigateway-integration: *function
`

// Stored requests take no more memory than traces may, or little more, whatever they were.
func TestRequestsThatAreKeptAreBounded(t *testing.T) {
	// Not parallel: it measures the heap.
	file := filepath.Join(t.TempDir(), "api.yaml")
	if err := os.WriteFile(file, []byte(keptDocument), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	out, ended := &serve.Output{}, make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"start", "--port", "0", "--lambda-port", "off", "--trace-port", "0", "--xray-port", "off", "--log-level", "off",
			"--openapi", file, "--function", "F=testfn"}, &cli.System{Stdin: strings.NewReader(""), Stdout: out, Stderr: out, Environ: os.Environ()})
	}()
	defer func() {
		cancel()
		<-ended
	}()
	out.AwaitText(t, "Press Ctrl-C to stop", 1)
	address := func(name string) string {
		return regexp.MustCompile(name + ` +(http\S+)`).FindStringSubmatch(out.String())[1]
	}
	large := `"` + strings.Repeat("x", 512<<10) + `"`
	var cookies, members strings.Builder
	for i := range 200 {
		fmt.Fprintf(&cookies, "c%d=\\/%08d; ", i, i)
	}
	for i := range 2000 { // few and long, because they are sorted
		fmt.Fprintf(&members, `"%d-%0300d":1,`, i, i)
	}
	before := heap()
	for _, c := range []struct {
		name, path, body string
		requests, status int
		header           []string
	}{
		{"ordinary", "echo", `{}`, trace.DefaultMaxTraces, 200, nil},
		{"secrets", "echo", `{}`, 150, 200, []string{"Cookie", cookies.String()}},
		{"large bodies", "echo", large, 150, 200, nil},
		{"templates that render no JSON", "no-json", large, 150, 400, nil},
		{"templates that fail", "failing", large, 150, 500, nil},
		{"errors of functions", "message", large, 150, 200, nil},
		{"bodies that do not fit", "model", `{` + members.String() + `"y":1}`, 150, 400, nil},
	} {
		for range c.requests {
			if status, body := send(t, "POST", address("REST")+c.path, c.body, append([]string{"Content-Type", "application/json"}, c.header...)...); status != c.status {
				t.Fatalf("%s: status %d, want %d: %.200s", c.name, status, c.status, body)
			}
		}
		took := heap() - before
		t.Logf("%s: %d KB", c.name, took>>10)
		if took > trace.MaxTotalBytes*5/4 {
			t.Errorf("%s: %d MB, %d are allowed", c.name, took>>20, trace.MaxTotalBytes>>20)
		}
	}
}

// heap is what is in use after all garbage has been collected.
func heap() int {
	runtime.GC()
	runtime.GC() // the content of pools goes with the second one
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}
