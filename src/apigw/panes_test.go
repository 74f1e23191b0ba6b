package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/guessing-game/src/apigw/trace"
)

const panesDocument = `openapi: 3.0.1
info: {title: x, version: '1'}
paths:
  /ok:
    post:
      responses: {'200': {description: ok}, '404': {description: not found}}
      x-amazon-apigateway-integration:
        type: aws
        httpMethod: POST
        uri: {Fn::Sub: 'arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${F.Arn}/invocations'}
        requestTemplates: {application/json: '{"say": "a line", "fail": $input.json("$.fail")}'}
        responses:
          default: {statusCode: '200', responseTemplates: {application/json: '{"was": $input.json("$.event")}'}}
          'no such .*': {statusCode: '404', responseTemplates: {application/json: '{"gone": true}'}}
`

// The trace of a request shows its way from the request to the response, with the templates and the pattern that were used, and what
// the function wrote.
func TestPanes(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "api.yaml")
	if err := os.WriteFile(file, []byte(panesDocument), 0o600); err != nil {
		t.Fatal(err)
	}
	a := startDocument(t, file, "--mask", "pin")
	last := func() *trace.Request {
		t.Helper()
		_, body := send(t, "GET", a.Trace+"api/traces", "")
		var list struct{ Traces []struct{ ID string } }
		if err := json.Unmarshal([]byte(body), &list); err != nil || len(list.Traces) == 0 {
			t.Fatalf("%v %s", err, body)
		}
		_, body = send(t, "GET", a.Trace+"api/traces/"+list.Traces[0].ID, "")
		var one struct{ Request *trace.Request }
		if err := json.Unmarshal([]byte(body), &one); err != nil || one.Request == nil {
			t.Fatalf("%v %s", err, body)
		}
		return one.Request
	}
	check := func(r *trace.Request, want ...string) {
		t.Helper()
		var got []string
		for _, p := range r.Panes {
			failed := ""
			if p.Failed {
				failed = "!"
			}
			got = append(got, p.Title+failed+" | "+p.Note+" | "+p.Text)
		}
		for i, w := range want {
			if i >= len(got) || !strings.Contains(got[i], w) || len(got) != len(want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
				return
			}
		}
	}
	send(t, "POST", a.REST[0]+"ok", `{"fail": null, "pin": 1234}`, "Content-Type", "application/json")
	check(last(), `Request |  | {"fail": null, "pin": "***"}`, `Event | template application/json, `+file+`:11:46 | {"say": "a line", "fail": null}`, `Result |  | {"event":{`,
		`Response | default response → 200; template application/json, `+file+`:13:`, `Function log | F | a line`)
	send(t, "POST", a.REST[0]+"ok", `{"fail": "no such game"}`, "Content-Type", "application/json")
	check(last(), `Request |`, `Event |`, `Result! | the function failed | {"errorMessage":"no such game"`, `Response | pattern "no such .*" → 404 (matches "no such game"); `, `Function log |`)
	send(t, "POST", a.Lambda+invocations, `{"fail": "broken", "pin": 5}`)
	direct := last()
	check(direct, `Event |  | {"fail": "broken", "pin": "***"}`, `Result! |  | {"errorMessage":"broken"`, `Function log | F | `)
	if !direct.Failed || direct.Error != "the function failed: errorString: broken" {
		t.Errorf("%+v", direct)
	}
}
