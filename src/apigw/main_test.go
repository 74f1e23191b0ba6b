package main

import (
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/guessing-game/src/apigw/bench"
	"example.com/guessing-game/src/apigw/console"
	"example.com/guessing-game/src/apigw/functions"
	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/gateway/mask"
	"example.com/guessing-game/src/apigw/invoke"
	"example.com/guessing-game/src/apigw/sam"
	"example.com/guessing-game/src/apigw/shellword"
)

func TestCurl(t *testing.T) {
	t.Parallel()
	k := &keptRequest{method: "POST", target: "/prod/a?b=c&d=e'f", host: "127.0.0.1:3000", body: []byte(`{"x": "it's"}`), whole: true, header: http.Header{
		"Content-Type": {"application/json"}, "Authorization": {"secret"}, "User-Agent": {"curl"}, "Accept": {"*/*"}, "Content-Length": {"12"},
	}}
	want := `curl -i --globoff -X POST -H 'Authorization: *****' -H 'Content-Type: application/json' --data-raw '{"x": "it'\''s"}' 'http://127.0.0.1:3000/prod/a?b=c&d=e'\''f'`
	if got := k.curl(&mask.Cover{}, k.target); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := k.curl(&mask.Cover{Headers: []string{"content-TYPE"}}, k.target); !strings.Contains(got, "'Content-Type: *****'") {
		t.Errorf("got %s", got)
	}
	if got := k.curl(&mask.Cover{ShowSecrets: true}, k.target); !strings.Contains(got, "'Authorization: secret'") {
		t.Errorf("got %s", got)
	}
	// A value hidden by its name leaves the command intact; a body that looks like a file name is
	// not taken for one.
	k.header["X-Secret"], k.body = []string{"it's, a=b"}, []byte("@/etc/hostname")
	want = `curl -i --globoff -X POST -H 'Authorization: *****' -H 'Content-Type: application/json' -H 'X-Secret: ***' --data-raw @/etc/hostname http://127.0.0.1:3000/x`
	if got := k.curl(&mask.Cover{Masker: mask.New([]string{"x-secret"})}, "/x"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	// A body that is not text is given as Base64; hidden parts of it stay hidden.
	k.header, k.body = nil, []byte("{\"pin\": 7}\x00\xff")
	want = `printf %s eyJwaW4iOiAiKioqIn0A/w== | base64 -d | curl -i --globoff -X POST --data-binary @- http://127.0.0.1:3000/x`
	if got := k.curl(&mask.Cover{Masker: mask.New([]string{"pin"})}, "/x"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// The command that invokes again passes the payload to the AWS CLI unchanged, whatever its
// characters mean to a shell or a terminal.
func TestInvokeCommand(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	// The stand-in for the AWS CLI writes its arguments, and below them the content of
	// fileb:///dev/stdin.
	if err := os.WriteFile(filepath.Join(dir, "aws"), []byte("#!/bin/sh\necho \"$*\"\ncat\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	api := invokeAPI{"127.0.0.1:3001", "eu-west-1"}
	const call = "lambda invoke --endpoint-url http://127.0.0.1:3001 --no-sign-request --region eu-west-1 --function-name F"
	for _, payload := range []string{
		`{"kind":"gameRequested"}`, `{"text": "it's $(id) \"x\" \\ %s !!"}`, "{\n\t\"a\": 1\n}", "{\"a\": \"\x1b[201~\rid\r\"}", "\"\u202e\"", "\xff\x00", "@file", "",
	} {
		command := directDetails{invoke: api, function: &functions.Function{Function: &sam.Function{Name: "F"}}, run: &bench.Run{Event: &bench.Event{Body: bench.NewBody(payload)}}}.command()
		if !shellword.Pastable(command) {
			t.Errorf("%q: %q is not for pasting", payload, command)
		}
		sh := exec.Command("sh", "-c", command)
		sh.Env = []string{"PATH=" + dir + ":" + os.Getenv("PATH")}
		got, err := sh.Output()
		want := call + " --payload fileb:///dev/stdin /dev/stdout\n" + payload
		if payload == "" {
			want = call + " /dev/stdout\n"
		}
		if err != nil || string(got) != want {
			t.Errorf("%s\n got %q, %v\nwant %q", command, got, err, want)
		}
	}
	tr := newTracer(slog.New(slog.DiscardHandler), mask.New([]string{"pin"}))
	options := tr.options(&invoke.Invocation{Type: invoke.Event, Qualifier: "live", ClientContext: `{"pin":7}`, TenantID: "it's"})
	large := directDetails{invoke: api, options: options, function: &functions.Function{Function: &sam.Function{Name: "F"}}, run: &bench.Run{Event: &bench.Event{Body: bench.Body{Text: "{", Left: 9}}}}
	want := "aws " + call + ` --invocation-type Event --qualifier live --client-context ` + base64.StdEncoding.EncodeToString([]byte(`{"pin":"***"}`)) + ` --tenant-id 'it'\''s' --payload fileb://EVENT.json /dev/stdout`
	if got := large.command(); got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	if large.invoke.address = ""; large.command() != "" {
		t.Error("there is a command although nothing listens")
	}
}

// BenchmarkStart measures the time from exec to the response to a first REST request on a MOCK
// route.
func BenchmarkStart(b *testing.B) {
	program, err := exec.LookPath("apigw")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		addr := l.Addr().String()
		l.Close()
		_, port, _ := net.SplitHostPort(addr)
		cmd := exec.Command(program, "start", "--template", "../../template.yaml", "--port", port, "--lambda-port", "0", "--trace-port", "0", "--xray-port", "0")
		if err := cmd.Start(); err != nil {
			b.Fatal(err)
		}
		for {
			conn, err := net.Dial("tcp", addr)
			if err != nil {
				time.Sleep(100 * time.Microsecond)
				continue
			}
			fmt.Fprintf(conn, "OPTIONS /prod/games HTTP/1.1\r\nHost: x\r\n\r\n")
			var first [12]byte
			if _, err := io.ReadFull(conn, first[:]); err != nil || string(first[:]) != "HTTP/1.1 204" {
				b.Fatalf("%q %v", first, err)
			}
			conn.Close()
			break
		}
		b.StopTimer()
		cmd.Process.Kill()
		cmd.Wait()
		b.StartTimer()
	}
}

// The request that a greeting proposes has what the route requires, and no body that its model
// refuses.
func TestCurlOfARoute(t *testing.T) {
	t.Parallel()
	for schema, body := range map[string]string{
		`{type: object, required: [n], properties: {n: {type: string, pattern: "^[A-Z]{3}$"}}}`: `@BODY.json`,
		`{type: object, required: [n], properties: {n: {type: integer}}}`:                       `'{"n":1}'`,
	} {
		doc, err := gateway.ParseDocument("api.yaml", []byte(`
openapi: 3.0.1
info: {title: x, version: "1"}
paths:
  /a/{id}:
    post:
      parameters:
      - {name: X-Token, in: header, required: true, schema: {type: string}}
      - {name: page, in: query, required: true, schema: {type: string}}
      - {name: other, in: query, schema: {type: string}}
      requestBody: {content: {application/json: {schema: `+schema+`}}}
      responses: {"200": {}}
      x-amazon-apigateway-integration: {type: mock, requestTemplates: {application/json: '{"statusCode": 200}'}, responses: {default: {statusCode: 200}}}
`))
		if err != nil {
			t.Fatal(err)
		}
		g, err := gateway.New(doc, gateway.Options{})
		if err != nil {
			t.Fatal(err)
		}
		want := `curl -i -X POST 'http://x/prod/a/id?page=page' -H 'X-Token: X-Token' -H 'Content-Type: application/json' -d ` + body
		if got := curl(doc, "http://x/prod/", g.Routes()[0], newFirstRequests(nil), 0); got != want {
			t.Errorf("%s\n got %s\nwant %s", schema, got, want)
		}
	}
}

// Recorded tests contain client input, too: no part of a difference controls the terminal.
func TestColored(t *testing.T) {
	t.Parallel()
	got := colored(&console.Console{}, "-a\x1b[2J\n+b\u009b31m\n")
	if want := "-a�[2J\n+b�31m\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
