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

	"example.com/guessing-game/src/apigw/cli"
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

// TestReloadDropsNothing saves a document again and again while clients send requests, half of
// which are in a function when the document, and with it the function's environment, changes.
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
			&cli.System{Stdin: strings.NewReader(""), Stdout: out, Stderr: out, Environ: os.Environ()})
	}()
	out.AwaitText(t, "Press Ctrl-C to stop", 1)
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
	// The two files may be noticed one after the other, each by a separate reload; the document
	// is written last.
	reloaded := regexp.MustCompile(`watch: reloaded .* ms: .*api\.yaml.* changed`)
	for version := 1; version <= saves; version++ {
		save(version)
		if err := out.Await(t.Context(), func(text string) bool { return len(reloaded.FindAllString(text, -1)) >= version }); err != nil {
			t.Fatal(err)
		}
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

// TestWatchSees changes files as editors, builds and version control do. Every change is served,
// and so is the one after it.
func TestWatchSees(t *testing.T) {
	t.Parallel()
	write := func(t *testing.T, file string, version int) {
		t.Helper()
		if err := os.WriteFile(file, fmt.Appendf(nil, watched, version), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	try := func(t *testing.T, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		name   string
		change func(t *testing.T, dir string, version int)
	}{
		{"a file written in place", func(t *testing.T, dir string, v int) { write(t, dir+"/app/api.yaml", v) }},
		{"a file that another is renamed to", func(t *testing.T, dir string, v int) {
			write(t, dir+"/app/new", v)
			try(t, os.Rename(dir+"/app/new", dir+"/app/api.yaml"))
		}},
		{"a directory removed and made again", func(t *testing.T, dir string, v int) {
			try(t, os.RemoveAll(dir+"/app"))
			try(t, os.Mkdir(dir+"/app", 0o777))
			write(t, dir+"/app/api.yaml", v)
		}},
		{"a directory renamed and made again", func(t *testing.T, dir string, v int) {
			try(t, os.Rename(dir+"/app", fmt.Sprintf("%s/app%d", dir, v)))
			try(t, os.Mkdir(dir+"/app", 0o777))
			write(t, dir+"/app/api.yaml", v)
		}},
		{"a directory that another is renamed to", func(t *testing.T, dir string, v int) {
			try(t, os.Mkdir(dir+"/next", 0o777))
			write(t, dir+"/next/api.yaml", v)
			try(t, os.RemoveAll(dir+"/app"))
			try(t, os.Rename(dir+"/next", dir+"/app"))
		}},
		{"the target of a link", func(t *testing.T, dir string, v int) {
			target := fmt.Sprintf("%s/shared%d.yaml", dir, v/2)
			write(t, target, v)
			os.Remove(dir + "/app/api.yaml")
			try(t, os.Symlink(target, dir+"/app/api.yaml"))
		}},
		{"the target of a linked directory", func(t *testing.T, dir string, v int) {
			target := fmt.Sprintf("%s/release%d", dir, v)
			try(t, os.Mkdir(target, 0o777))
			write(t, target+"/api.yaml", v)
			try(t, os.RemoveAll(dir+"/app"))
			try(t, os.Symlink(target, dir+"/app"))
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			try(t, os.Mkdir(dir+"/app", 0o777))
			write(t, dir+"/app/api.yaml", 0)
			a := startDocument(t, dir+"/app/api.yaml", "--watch")
			for v := 1; v <= 3; v++ {
				test.change(t, dir, v)
				a.AwaitText(t, "api.yaml changed", v)
				if _, body := send(t, "GET", a.REST[0]+"mock", ""); body != fmt.Sprintf(`{"version": %d}`, v) {
					t.Fatalf("version %d is not served: %s", v, body)
				}
			}
		})
	}
}

// What apigw itself writes into the folder of the code is not a change of the code: otherwise its
// log would restart a function forever.
func TestWatchPassesOverTheLog(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string, mode os.FileMode) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	program := "#!/bin/sh\nexport GREETING=%d\necho handled >&2\nexec testfn\n"
	write("run.sh", fmt.Sprintf(program, 1), 0o755)
	write("template.yaml", `{"Resources": {"F": {"Type": "AWS::Serverless::Function", "Properties": {"Runtime": "provided.al2023", "Handler": "x", "CodeUri": "."}}}}`, 0o666)
	a := startIn(t, dir, "--watch", "--log-file", "output", "--function", "F=./run.sh")
	invoke := func() string {
		_, body := send(t, "POST", a.Lambda+"2015-03-31/functions/F/invocations", `{"sleep": 50}`)
		return body
	}
	for range 10 { // in the time of several sweeps
		invoke()
	}
	write("run.sh", fmt.Sprintf(program, 2), 0o755)
	for !strings.Contains(invoke(), `"greeting":"2"`) {
	}
	log, err := os.ReadFile(filepath.Join(dir, "output"))
	if err != nil || !strings.Contains(string(log), "handled") || strings.Count(string(log), "restarted F") > 1 {
		t.Errorf("the log is %v\n%s", err, log)
	}
}
