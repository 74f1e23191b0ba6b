package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"example.com/guessing-game/tests/serve"
)

// startWith runs apigw start with additional environment variables, until the test ends.
func startWith(t *testing.T, env []string, args ...string) *serve.Apigw {
	t.Helper()
	cmd := startCommand(args...)
	cmd.Env = append(cmd.Env, env...)
	a, err := serve.Run(cmd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Kill)
	return a
}

// written writes a file into a new directory and returns its name.
func written(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

const servicesDocument = `openapi: 3.0.1
info: {title: x, version: '1'}
paths:
  /notes:
    get:
      responses: {'200': {description: ok}, '404': {description: no}}
      x-amazon-apigateway-integration:
        type: aws
        httpMethod: POST
        uri: arn:aws:apigateway:eu-west-1:dynamodb:action/GetItem
        credentials: arn:aws:iam::123456789012:role/r
        requestTemplates: {application/json: '{"TableName": "notes"}'}
        responses: {default: {statusCode: '200'}, '4\d\d': {statusCode: '404'}}
  /files:
    get:
      responses: {'200': {description: ok}}
      x-amazon-apigateway-integration:
        type: aws
        httpMethod: GET
        uri: arn:aws:apigateway:us-east-1:s3:path/bucket/key
        credentials: arn:aws:iam::123456789012:role/r
        responses: {default: {statusCode: '200'}}
`

// called finds the subsegment of a call to a service in the JSON of a trace.
func called(v any) map[string]any {
	switch v := v.(type) {
	case map[string]any:
		if v["namespace"] == "aws" {
			return v
		}
		for _, m := range v {
			if found := called(m); found != nil {
				return found
			}
		}
	case []any:
		for _, m := range v {
			if found := called(m); found != nil {
				return found
			}
		}
	}
	return nil
}

// A call of a service is a subsegment as X-Ray's SDKs write it: with the operation, the request's
// id and the number of retries.
func TestTracesOfServices(t *testing.T) {
	t.Parallel()
	var files atomic.Int32
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/bucket") {
			if files.Add(1) == 2 { // on the connection that the first left
				panic(http.ErrAbortHandler)
			}
			io.WriteString(w, "text")
			return
		}
		w.Header().Set("X-Amzn-RequestId", "REQUEST-1")
		w.WriteHeader(http.StatusBadRequest)
		io.WriteString(w, `{"__type": "ResourceNotFoundException"}`)
	}))
	defer service.Close()
	a := startWith(t, []string{"AWS_ENDPOINT_URL=" + service.URL}, "--openapi", written(t, "api.yaml", servicesDocument))
	for i, c := range []struct {
		path   string
		status int
		want   string // name, error, fault, response and aws
	}{
		{"notes", 404, `dynamodb true <nil> map[status:400] map[operation:GetItem region:eu-west-1 request_id:REQUEST-1 retries:0]`},
		{"files", 200, `s3 <nil> <nil> map[status:200] map[region:us-east-1 retries:0]`},
		{"files", 200, `s3 <nil> <nil> map[status:200] map[region:us-east-1 retries:1]`},
	} {
		id := fmt.Sprintf("1-5759e988-bd862e3fe1be46a99427279%d", i)
		if status, body := send(t, "GET", a.REST[0]+c.path, "", "X-Amzn-Trace-Id", "Root="+id); status != c.status {
			t.Errorf("%s: %d %s", c.path, status, body)
		}
		// A request is stored when its line is written, which is after its response.
		if err := a.Await(func(said string) bool { return len(requestLines.FindAllString(said, -1)) > i }); err != nil {
			t.Fatal(err)
		}
		_, text := send(t, "GET", a.Trace+"api/traces/"+id, "")
		var trace any
		if err := json.Unmarshal([]byte(text), &trace); err != nil {
			t.Fatal(err)
		}
		s := called(trace)
		if s == nil {
			t.Fatalf("no call of a service in %s", text)
		}
		if got := fmt.Sprintf("%v %v %v %v %v", s["name"], s["error"], s["fault"], s["http"].(map[string]any)["response"], s["aws"]); got != c.want {
			t.Errorf("%s: got  %s\nwant %s", c.path, got, c.want)
		}
	}
}

// A saved template is served with the same stand-ins.
func TestWatchKeepsEndpoints(t *testing.T) {
	t.Parallel()
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(w, r.Body) // an error: the test has failed
	}))
	defer service.Close()
	file := written(t, "api.yaml", servicesDocument)
	a := startWith(t, nil, "--openapi", file, "--watch", "--endpoint", "dynamodb="+service.URL)
	for version, table := range []string{"notes", "letters"} {
		if version > 0 {
			if err := os.WriteFile(file, []byte(strings.ReplaceAll(servicesDocument, `"notes"`, `"letters"`)), 0o600); err != nil {
				t.Fatal(err)
			}
			a.AwaitText(t, "watch: reloaded", version)
		}
		if status, body := send(t, "GET", a.REST[0]+"notes", ""); status != http.StatusOK || body != `{"TableName": "`+table+`"}` {
			t.Errorf("%d %s, want the table %s", status, body, table)
		}
	}
}
