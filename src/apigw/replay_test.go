package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"example.com/guessing-game/src/apigw/cli"
	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/recorder"
)

// notes is a document with everything that can differ: times and ids in an event, a selection by
// the error, mapped headers, a body that is passed through, a proxy.
const notes = `openapi: 3.0.1
info: {title: notes, version: "1"}
paths:
  /notes:
    post:
      responses: {"201": {headers: {Location: {}}}, "400": {}}
      x-amazon-apigateway-integration:
        type: aws
        httpMethod: POST
        uri: arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:F/invocations
        requestTemplates:
          application/json: |
            {"text": $input.json('$.text'), "at": $context.requestTimeEpoch, "when": "$context.requestTime", "id": "$context.requestId",
             "agent": "$input.params('User-Agent')", "q": "$input.params('q')"}
        responses:
          default: {statusCode: 201, responseParameters: {method.response.header.Location: "'/notes'"}, responseTemplates: {application/json: '{"made": $input.json("$.id"), "by": "$context.requestId"}'}}
          "Bad.*": {statusCode: 400, responseTemplates: {application/json: '{"error": "$input.path("$.errorMessage")"}'}}
  /notes/{id}:
    get:
      responses: {"200": {}}
      x-amazon-apigateway-integration:
        type: aws
        httpMethod: POST
        uri: arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:F/invocations
        requestTemplates: {application/json: '{"id": "$input.params("id")"}'}
        responses: {default: {statusCode: 200}}
  /items:
    get:
      responses: {"200": {}, "409": {}}
      x-amazon-apigateway-integration:
        type: aws
        httpMethod: POST
        uri: arn:aws:apigateway:us-east-1:dynamodb:action/GetItem
        credentials: arn:aws:iam::123456789012:role/r
        requestTemplates: {application/json: '{"TableName": "t", "Key": {"id": {"S": "$input.params("k")"}}}'}
        responses:
          "200": {statusCode: 200, responseTemplates: {application/json: '{"id": "$input.path("$.Item.id.S")"}'}}
          "4..": {statusCode: 409, responseTemplates: {application/json: '{"why": $input.json("$.message")}'}}
  /stock/{id}:
    get:
      parameters: [{name: id, in: path, required: true}, {name: size, in: query}, {name: User-Agent, in: header}]
      responses: {"200": {}}
      x-amazon-apigateway-integration:
        type: http
        httpMethod: GET
        uri: https://stock.internal/items/{item}?unit=piece
        requestParameters:
          integration.request.path.item: method.request.path.id
          integration.request.querystring.of: method.request.querystring.size
          integration.request.header.X-For: method.request.header.User-Agent
          integration.request.header.X-Request: context.requestId
        responses: {default: {statusCode: 200}}
  /any/{proxy+}:
    x-amazon-apigateway-any-method:
      x-amazon-apigateway-integration:
        type: aws_proxy
        httpMethod: POST
        uri: arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:F/invocations
`

// production emulates the deployed API: a gateway that logs.
type production struct {
	gateway *gateway.Gateway
	play    recorder.Function
	service recorder.Service
	seen    *gateway.Execution
}

func newProduction(t *testing.T, document string) *production {
	t.Helper()
	doc, err := gateway.ParseDocument("api.yaml", []byte(document))
	if err != nil {
		t.Fatal(err)
	}
	p := &production{}
	p.gateway, err = gateway.New(doc, gateway.Options{
		AccountID: "555555555555", APIID: "abc123", Functions: &p.play, Upstream: &p.service, Observe: func(e *gateway.Execution) { p.seen = e },
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// send sends a request for which the function returns payload, and returns the execution.
func (p *production) send(t *testing.T, method, path, body, payload string, failed bool) (*gateway.Execution, *recorder.Response) {
	t.Helper()
	p.play = recorder.Function{Payload: []byte(payload), Failed: failed}
	p.service = recorder.Service{Status: 200, Body: []byte(payload)}
	if failed {
		p.service.Status = 400
	}
	headers := []string{"Content-Type: application/json", "User-Agent: tests/1.0 (x; y)", "Authorization: Bearer SECRET-TOKEN"}
	req, err := recorder.Request(t.Context(), "prod", method, path, headers, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	w := recorder.Send(p.gateway, req)
	return p.seen, w
}

// traffic sends one request of each kind and returns their log in CloudWatch's form.
func (p *production) traffic(t *testing.T) string {
	t.Helper()
	long := strings.Repeat("lorem ipsum ", 120)
	var events []map[string]any
	for _, r := range []struct {
		method, path, body, payload string
		failed                      bool
	}{
		{"POST", "/notes?q=a%20b&q=c", `{"text": "hello, x=y"}`, `{"id": 1, "password": "SECRET-PASSWORD"}`, false},
		{"POST", "/notes", `{"text": "two\nlines"}`, `{"errorMessage": "Bad text", "errorType": "Bad"}`, true},
		{"GET", "/notes/a%20b%2Fc", ``, `{"id": "a b"}`, false},
		{"GET", "/any/deep/path", ``, `{"statusCode": 202, "headers": {"X-Kind": "proxy"}, "body": "ok"}`, false},
		{"POST", "/notes", `{"text": "` + long + `"}`, `{"id": 2}`, false},
		{"GET", "/items?k=1", ``, `{"Item": {"id": {"S": "1"}}}`, false},
		{"GET", "/items?k=2", ``, `{"message": "no"}`, true},
		{"GET", "/stock/7?size=a%20%26%20b", ``, `{"left": 3}`, false},
		{"GET", "/notes/long", ``, `{"id": "` + long + `"}`, false},
	} {
		e, _ := p.send(t, r.method, r.path, r.body, r.payload, r.failed)
		for _, line := range e.Log() {
			events = append(events, map[string]any{"timestamp": line.Time.UnixMilli(), "message": line.CloudWatch(e.RequestID)})
		}
	}
	text, err := json.Marshal(map[string]any{"events": events})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// apigwIn runs a command in a folder with files, and returns what it wrote.
func apigwIn(t *testing.T, environ []string, files map[string]string, args ...string) (dir string, code int, stdout, stderr string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], "DIR", dir)
	}
	var out, errs bytes.Buffer
	code = run(t.Context(), args, &cli.System{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs, Environ: environ})
	return dir, code, out.String(), errs.String()
}

// Deliberately changed templates: each change is found where it is, and nothing else.
func TestReplayFindsEachChange(t *testing.T) {
	t.Parallel()
	log := newProduction(t, notes).traffic(t)
	for _, c := range []struct{ name, old, new, want string }{
		{"nothing", "", "", "ANY /any/{proxy+} 1 1 0 | GET /items 2 2 0 | GET /notes/{id} 2 2 0 | GET /stock/{id} 1 1 0 | POST /notes 3 3 0"},
		{"a member of the event", `"text": $input`, `"txt": $input`, "ANY /any/{proxy+} 1 1 0 | GET /items 2 2 0 | GET /notes/{id} 2 2 0 | GET /stock/{id} 1 1 0 | POST /notes 3 1 2 endpoint request 2"},
		{"white space of the event", `"text": $input`, `"text":    $input`, "ANY /any/{proxy+} 1 1 0 | GET /items 2 2 0 | GET /notes/{id} 2 2 0 | GET /stock/{id} 1 1 0 | POST /notes 3 3 0"},
		{"a parameter", `params("id")`, `params("idd")`, "ANY /any/{proxy+} 1 1 0 | GET /items 2 2 0 | GET /notes/{id} 2 0 2 endpoint request 2 | GET /stock/{id} 1 1 0 | POST /notes 3 3 0"},
		{"the agent", `"$input.params('User-Agent')"`, `"$input.params('Agent')"`, "ANY /any/{proxy+} 1 1 0 | GET /items 2 2 0 | GET /notes/{id} 2 2 0 | GET /stock/{id} 1 1 0 | POST /notes 3 1 2 endpoint request 2"},
		{"the selection", `"Bad.*"`, `"Worse.*"`, "ANY /any/{proxy+} 1 1 0 | GET /items 2 2 0 | GET /notes/{id} 2 2 0 | GET /stock/{id} 1 1 0 | POST /notes 3 2 1 status 1"},
		{"the response", `"made":`, `"created":`, "ANY /any/{proxy+} 1 1 0 | GET /items 2 2 0 | GET /notes/{id} 2 2 0 | GET /stock/{id} 1 1 0 | POST /notes 3 1 2 response 2"},
		{"the error", `"error":`, `"problem":`, "ANY /any/{proxy+} 1 1 0 | GET /items 2 2 0 | GET /notes/{id} 2 2 0 | GET /stock/{id} 1 1 0 | POST /notes 3 2 1 response 1"},
		{"a header", `"'/notes'"`, `"'/note'"`, "ANY /any/{proxy+} 1 1 0 | GET /items 2 2 0 | GET /notes/{id} 2 2 0 | GET /stock/{id} 1 1 0 | POST /notes 3 1 2 response headers 2"},
		{"a service's request", `"TableName": "t"`, `"TableName": "u"`, "ANY /any/{proxy+} 1 1 0 | GET /items 2 0 2 endpoint request 2 | GET /notes/{id} 2 2 0 | GET /stock/{id} 1 1 0 | POST /notes 3 3 0"},
		{"a service's response", `"4.."`, `"5.."`, "ANY /any/{proxy+} 1 1 0 | GET /items 2 1 1 status 1 | GET /notes/{id} 2 2 0 | GET /stock/{id} 1 1 0 | POST /notes 3 3 0"},
		{"a path parameter of the backend", "path.item: method.request.path.id", "path.item: method.request.querystring.size", "ANY /any/{proxy+} 1 1 0 | GET /items 2 2 0 | GET /notes/{id} 2 2 0 | GET /stock/{id} 1 0 1 endpoint request URI 1 | POST /notes 3 3 0"},
		{"a query parameter of the backend", "querystring.of:", "querystring.for:", "ANY /any/{proxy+} 1 1 0 | GET /items 2 2 0 | GET /notes/{id} 2 2 0 | GET /stock/{id} 1 0 1 endpoint request URI 1 | POST /notes 3 3 0"},
		{"a header of the backend", "header.X-For: method.request.header.User-Agent", "header.X-For: method.request.querystring.size", "ANY /any/{proxy+} 1 1 0 | GET /items 2 2 0 | GET /notes/{id} 2 2 0 | GET /stock/{id} 1 0 1 endpoint request headers 1 | POST /notes 3 3 0"},
		{"no header of the backend", "          integration.request.header.X-For: method.request.header.User-Agent\n", "", "ANY /any/{proxy+} 1 1 0 | GET /items 2 2 0 | GET /notes/{id} 2 2 0 | GET /stock/{id} 1 0 1 endpoint request headers 1 | POST /notes 3 3 0"},
		{"a host", "stock.internal", "stock.test", "ANY /any/{proxy+} 1 1 0 | GET /items 2 2 0 | GET /notes/{id} 2 2 0 | GET /stock/{id} 1 1 0 | POST /notes 3 3 0"},
		{"the integration", "type: aws_proxy", "type: mock", "ANY /any/{proxy+} 1 0 1 endpoint 1 | GET /items 2 2 0 | GET /notes/{id} 2 2 0 | GET /stock/{id} 1 1 0 | POST /notes 3 3 0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			changed := notes
			if c.old != "" {
				if changed = strings.Replace(notes, c.old, c.new, 1); changed == notes {
					t.Fatal("nothing is changed")
				}
			}
			dir, code, stdout, stderr := apigwIn(t, nil, map[string]string{"api.yaml": changed, "log.json": log},
				"replay", "--openapi", "DIR/api.yaml", "--mask", "password", "-o", "DIR/out", "DIR/log.json")
			var rows []string
			for line := range strings.Lines(stdout) {
				if regexp.MustCompile(`^[A-Z]+ /`).MatchString(line) {
					rows = append(rows, strings.Join(strings.Fields(line), " "))
				}
			}
			if got := strings.Join(rows, " | "); got != c.want {
				t.Errorf("got  %s\nwant %s\n%s%s", got, c.want, stdout, stderr)
			}
			wantCode := 0
			if c.old != "" && !strings.HasPrefix(c.name, "white space") && c.name != "a host" {
				wantCode = 1
			}
			if code != wantCode {
				t.Errorf("exit status %d, want %d: %s", code, wantCode, stderr)
			}
			// The tests that were written record what production did: they pass there and fail
			// here.
			written, _ := filepath.Glob(filepath.Join(dir, "out", "*.txtar"))
			if (len(written) > 0) != (wantCode == 1) {
				t.Fatalf("wrote %v", written)
			}
			for _, name := range written {
				text, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				if bytes.Contains(text, []byte("SECRET")) {
					t.Errorf("a secret is written:\n%s", text)
				}
				if strings.Contains(string(text), "lorem") { // its bodies are cut in the log
					continue
				}
				for document, want := range map[string]int{notes: 0, changed: 1} {
					_, code, stdout, stderr := apigwIn(t, nil, map[string]string{"api.yaml": document}, "test", "--openapi", "DIR/api.yaml", name)
					if code != want {
						t.Errorf("%s: exit status %d, want %d\n%s\n%s%s", filepath.Base(name), code, want, text, stdout, stderr)
					}
				}
			}
		})
	}
}

// A folder, such as a copied export to S3, stands for all of its files.
func TestReplayOfAFolder(t *testing.T) {
	t.Parallel()
	logs := t.TempDir()
	for name, production := range map[string]*production{"a/000000.log": newProduction(t, notes), "b/000000.log": newProduction(t, notes)} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(logs, name)), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(logs, name), []byte(production.traffic(t)), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	_, code, stdout, stderr := apigwIn(t, nil, map[string]string{"api.yaml": notes}, "replay", "--openapi", "DIR/api.yaml", "-o", "", logs)
	if code != 0 || !strings.Contains(strings.Join(strings.Fields(stdout), " "), " POST /notes 6 6 0 ") {
		t.Errorf("exit status %d\n%s%s", code, stdout, stderr)
	}
}

func TestReplaySaysWhatItIsNotGiven(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ log, want string }{
		"no log":  {"hello\n", "there is no request in the log"},
		"no data": {"(12345678) HTTP Method: GET, Resource Path: /notes/1\n(12345678) Method completed with status: 200\n", "data tracing is off"},
		"another API": {"(12345678) HTTP Method: GET, Resource Path: /other\n(12345678) Method request body before transformations: \n" +
			"(12345678) Method completed with status: 200\n", "no local route has GET /other"},
	} {
		_, _, stdout, stderr := apigwIn(t, nil, map[string]string{"api.yaml": notes, "log": c.log}, "replay", "--openapi", "DIR/api.yaml", "-o", "", "DIR/log")
		if !strings.Contains(stdout+stderr, c.want) {
			t.Errorf("%s: got %s%s, want %q", name, stdout, stderr, c.want)
		}
	}
}

// A template with only functions has nothing to replay, and says so.
func TestReplayWithoutAnAPI(t *testing.T) {
	t.Parallel()
	const template = "Resources: {F: {Type: AWS::Serverless::Function, Properties: {Runtime: provided.al2023, Handler: h, CodeUri: .}}}\n"
	_, code, stdout, stderr := apigwIn(t, nil, map[string]string{"template.yaml": template, "log": "hello\n"}, "replay", "-t", "DIR/template.yaml", "DIR/log")
	if code != 1 || !strings.Contains(stderr, "no REST API") {
		t.Errorf("exit status %d, %s%s", code, stdout, stderr)
	}
}

// newAccount emulates the API Gateway of an AWS account that has one API.
func newAccount(t *testing.T, document string, payload string) (environ []string, invoked *[]string) {
	t.Helper()
	p := newProduction(t, document)
	invoked = &[]string{}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /restapis/abc123/resources", func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=AKID/") {
			t.Errorf("the request is not signed: %v", r.Header)
		}
		integration := func(kind string) string { return `{"methodIntegration":{"type":"` + kind + `"}}` }
		fmt.Fprintf(w, `{"item":[{"id":"r0","path":"/"},{"id":"r1","path":"/notes","resourceMethods":{"POST":%s}},`+
			`{"id":"r2","path":"/notes/{id}","resourceMethods":{"GET":%s}},{"id":"r3","path":"/any/{proxy+}","resourceMethods":{"ANY":%s}}]}`,
			integration("AWS"), integration("AWS"), integration("AWS_PROXY"))
	})
	mux.HandleFunc("GET /restapis/abc123/stages/prod", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"stageName":"prod","variables":{"v":"1"}}`)
	})
	mux.HandleFunc("POST /restapis/abc123/resources/{resource}/methods/{method}", func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Body, PathWithQueryString string
			StageVariables            map[string]string
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			t.Error(err)
		}
		*invoked = append(*invoked, fmt.Sprint(r.PathValue("method"), " ", r.PathValue("resource"), " ", in.PathWithQueryString, " ", in.StageVariables["v"]))
		e, resp := p.send(t, r.PathValue("method"), in.PathWithQueryString, in.Body, payload, false)
		json.NewEncoder(w).Encode(map[string]any{"status": resp.Status, "body": resp.Body.String(), "multiValueHeaders": resp.Header, "log": e.Text(), "latency": 5})
	})
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	none := filepath.Join(t.TempDir(), "none")
	return []string{
		"AWS_ACCESS_KEY_ID=AKID", "AWS_SECRET_ACCESS_KEY=s", "AWS_REGION=eu-west-1", "AWS_ENDPOINT_URL_API_GATEWAY=" + srv.URL,
		"AWS_PROFILE=", "AWS_CONFIG_FILE=" + none, "AWS_SHARED_CREDENTIALS_FILE=" + none,
	}, invoked
}

const getTest = "-- request --\nGET /notes/1\n-- response --\n200\n"
const postTest = "-- request --\nPOST /notes\nContent-Type: application/json\nUser-Agent: tests/1.0 (x; y)\n\n{\"text\": \"x\"}\n-- response --\n201\n"

func TestCompare(t *testing.T) {
	environ, invoked := newAccount(t, notes, `{"id": 7}`)
	for _, kv := range environ { // the SDK reads the process's environment
		name, value, _ := strings.Cut(kv, "=")
		t.Setenv(name, value)
	}
	files := map[string]string{"api.yaml": notes, "get.txtar": getTest, "post.txtar": postTest, "requests.txtar": "-- deep --\nPUT /any/deep/path?a=b\n\nx\n-- unknown --\nGET /other\n"}
	compare := func(args ...string) (int, string, string) {
		t.Helper()
		*invoked = nil
		_, code, stdout, stderr := apigwIn(t, environ, files, append([]string{"compare", "--openapi", "DIR/api.yaml", "--rest-api-id", "abc123"}, args...)...)
		return code, stdout, stderr
	}

	code, stdout, stderr := compare("DIR/get.txtar")
	if code != 0 || !strings.Contains(stdout, "GET /notes/{id} 200\n1 same, 0 differ") || fmt.Sprint(*invoked) != "[GET r2 /notes/1 ]" {
		t.Errorf("the same: exit status %d, %v\n%s%s", code, *invoked, stdout, stderr)
	}
	// Requests that may write are listed and need --yes.
	code, stdout, stderr = compare("DIR/post.txtar", "--requests", "DIR/requests.txtar")
	if code != 1 || len(*invoked) > 0 || !strings.Contains(stderr, "  POST /notes  (") || !strings.Contains(stderr, "  PUT /any/deep/path?a=b  (") ||
		!strings.Contains(stderr, "pass --yes") || !strings.Contains(stderr, "has no GET /other") {
		t.Errorf("without --yes: exit status %d, %v\n%s%s", code, *invoked, stdout, stderr)
	}
	code, stdout, stderr = compare("DIR/post.txtar", "--stage", "prod", "--yes")
	if code != 0 || fmt.Sprint(*invoked) != "[POST r1 /notes 1]" {
		t.Errorf("with --yes: exit status %d, %v\n%s%s", code, *invoked, stdout, stderr)
	}
	files["api.yaml"] = strings.Replace(notes, `"made":`, `"created":`, 1)
	code, stdout, stderr = compare("DIR/post.txtar", "DIR/get.txtar", "--yes", "--junit", filepath.Join(t.TempDir(), "report.xml"))
	if code != 1 || !strings.Contains(stdout, "1 same, 1 differ") || !regexp.MustCompile(`(?m)^ +response\n +AWS +here\n`).MatchString(stdout) ||
		!regexp.MustCompile(`(?m)"made": 7 +\| +"created": 7$|"made": 7 +\| `).MatchString(stdout) {
		t.Errorf("changed: exit status %d\n%s%s", code, stdout, stderr)
	}

	// record makes a test of the same exchange that passes.
	files["api.yaml"] = notes
	dir, code, stdout, stderr := apigwIn(t, environ, map[string]string{"api.yaml": notes, "requests.txtar": "-- a --\nPOST /notes\nContent-Type: application/json\nUser-Agent: tests/1.0 (x; y)\n\n{\"text\": \"x\"}\n"},
		"record", "--openapi", "DIR/api.yaml", "--rest-api-id", "abc123", "--requests", "DIR/requests.txtar", "--yes", "-o", "DIR/out")
	if code != 0 || !strings.Contains(stdout, "1 tests written") {
		t.Fatalf("record: exit status %d\n%s%s", code, stdout, stderr)
	}
	if _, code, stdout, _ := apigwIn(t, nil, map[string]string{"api.yaml": notes}, "test", "--openapi", "DIR/api.yaml", filepath.Join(dir, "out")); code != 0 {
		text, _ := os.ReadFile(filepath.Join(dir, "out", "post-notes-201.txtar"))
		t.Errorf("the recorded test fails:\n%s\n%s", stdout, text)
	}
}

// An asynchronous invocation returns nothing, and a test need not specify it.
func TestRecordOfAnAsynchronousInvocation(t *testing.T) {
	document := strings.Replace(notes, "        requestTemplates:\n", "        requestParameters: {integration.request.header.X-Amz-Invocation-Type: \"'Event'\"}\n        requestTemplates:\n", 1)
	environ, _ := newAccount(t, document, `{"id": 7}`)
	for _, kv := range environ { // the SDK reads the process's environment
		name, value, _ := strings.Cut(kv, "=")
		t.Setenv(name, value)
	}
	dir, code, stdout, stderr := apigwIn(t, environ, map[string]string{"api.yaml": document, "requests.txtar": "-- a --\nPOST /notes\nContent-Type: application/json\nUser-Agent: tests/1.0 (x; y)\n\n{\"text\": \"x\"}\n"},
		"record", "--openapi", "DIR/api.yaml", "--rest-api-id", "abc123", "--requests", "DIR/requests.txtar", "--yes", "-o", "DIR/out")
	if code != 0 || !strings.Contains(stdout, "1 tests written") {
		t.Fatalf("record: exit status %d\n%s%s", code, stdout, stderr)
	}
	if _, code, stdout, stderr := apigwIn(t, nil, map[string]string{"api.yaml": document}, "test", "--openapi", "DIR/api.yaml", filepath.Join(dir, "out")); code != 0 || !strings.Contains(stdout, "1 passed, 0 failed") {
		t.Errorf("the recorded test: exit status %d\n%s%s", code, stdout, stderr)
	}
}

// A link in the folder of the tests, as a stranger's repository may have one, leads to no file
// elsewhere.
func TestTestsAreWrittenIntoTheirFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	outside, folder := filepath.Join(dir, "outside"), filepath.Join(dir, "replayed")
	if err := errors.Join(os.WriteFile(outside, []byte("kept"), 0o600), os.Mkdir(folder, 0o700), os.Symlink(outside, filepath.Join(folder, "get-x.txtar"))); err != nil {
		t.Fatal(err)
	}
	w := testWriter{dir: folder, each: 1}
	if err := w.add("GET /x", []byte("a test"), nil); err == nil {
		t.Error("a test is written through a link")
	}
	if data, err := os.ReadFile(outside); err != nil || string(data) != "kept" {
		t.Errorf("the file elsewhere has %q, %v", data, err)
	}
	if err := w.add("GET /y", []byte("a test"), nil); err != nil {
		t.Error(err)
	}
	if data, err := os.ReadFile(filepath.Join(folder, "get-y.txtar")); err != nil || string(data) != "a test" {
		t.Errorf("%q, %v", data, err)
	}
}
