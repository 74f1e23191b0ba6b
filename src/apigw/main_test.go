package main

import (
	"fmt"
	"io"
	"net"
	"os/exec"
	"testing"
	"time"

	"example.com/guessing-game/src/apigw/console"
	"example.com/guessing-game/src/apigw/gateway"
)

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
