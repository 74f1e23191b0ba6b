package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"example.com/guessing-game/src/apigw/bench"
	"example.com/guessing-game/src/apigw/cli"
	"example.com/guessing-game/src/apigw/trace"
	"example.com/guessing-game/src/apigw/tracing"
	"example.com/guessing-game/tests/serve"
)

const benchDocument = `openapi: 3.0.1
info: {title: x, version: '1'}
paths:
  /ok:
    post:
      responses: {'200': {description: ok}, '404': {description: not found}, '410': {description: gone}}
      requestBody: {content: {application/json: {schema: {type: object, required: [say], properties: {say: {type: string}, pin: {type: integer}}}}}}
      x-amazon-apigateway-integration:
        type: aws
        httpMethod: POST
        uri: {Fn::Sub: 'arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${F.Arn}/invocations'}
        requestTemplates:
          application/json: |
            #set($say = $input.path('$.say'))
            {"say": "$say", "fail": $input.json('$.fail')#foreach($x in $input.path('$.all')), "$x": 1#end}
        responses:
          default: {statusCode: '200', responseTemplates: {application/json: '{"was": $input.json("$.event")}'}}
          'gone .*': {statusCode: '410'}
          'no such .*': {statusCode: '404', responseTemplates: {application/json: '{"gone": true}'}}
  /token:
    post:
      responses: {'200': {}}
      x-amazon-apigateway-integration:
        type: aws
        httpMethod: POST
        uri: {Fn::Sub: 'arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${F.Arn}/invocations'}
        requestTemplates: {application/json: '{"token": "$util.base64Encode($input.params("Authorization"))", "pin": "$util.base64Encode($input.body)"}'}
        responses: {default: {statusCode: '200'}}
  /proxy:
    post:
      responses: {}
      x-amazon-apigateway-integration:
        type: aws_proxy
        httpMethod: POST
        uri: {Fn::Sub: 'arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${F.Arn}/invocations'}
`

// benched is an apigw start, and the trace page's requests to it.
type benched struct {
	*testing.T
	*serve.Apigw
	file string
}

func startBench(t *testing.T, args ...string) benched {
	t.Helper()
	file := filepath.Join(t.TempDir(), "api.yaml")
	if err := os.WriteFile(file, []byte(benchDocument), 0o600); err != nil {
		t.Fatal(err)
	}
	return benched{t, startDocument(t, file, args...), file}
}

// traces are the ids of all traces, newest first.
func (b benched) traces() (ids []string) {
	b.Helper()
	_, body := send(b.T, "GET", b.Trace+"api/traces", "")
	var list struct{ Traces []struct{ ID string } }
	if err := json.Unmarshal([]byte(body), &list); err != nil {
		b.Fatalf("%v %s", err, body)
	}
	for _, t := range list.Traces {
		ids = append(ids, t.ID)
	}
	return ids
}

// requestLines are the lines of requests on the console.
var requestLines = regexp.MustCompile(`(?m)^\d\d:\d\d:\d\d\.\d{3}  `)

// send posts a request and waits for its line, which is written after its trace is stored.
func (b benched) send(address, body string, header ...string) {
	b.Helper()
	lines := func(text string) int { return len(requestLines.FindAllString(text, -1)) }
	before := lines(b.String())
	send(b.T, "POST", address, body, header...)
	if err := b.Await(func(text string) bool { return lines(text) > before }); err != nil {
		b.Fatal(err)
	}
}

// benchRequest is a request of the trace page's, as JSON.
type benchRequest struct {
	TraceID string `json:"trace_id"`
	Method  string
	Failed  bool
	Error   string
	Run     *bench.Run
}

// last is the newest request.
func (b benched) last() benchRequest {
	b.Helper()
	ids := b.traces()
	if len(ids) == 0 {
		b.Fatal("there is no trace")
	}
	_, body := send(b.T, "GET", b.Trace+"api/traces/"+ids[0], "")
	var one struct{ Request benchRequest }
	if err := json.Unmarshal([]byte(body), &one); err != nil || one.Request.Run == nil {
		b.Fatalf("%v %s", err, body)
	}
	return one.Request
}

// ask sends a request of the page and reads the response into out, or expects an error that
// contains want.
func (b benched) ask(path string, body, out any, want string) {
	b.Helper()
	text, ok := body.(string)
	if !ok {
		encoded, err := json.Marshal(body)
		if err != nil {
			b.Fatal(err)
		}
		text = string(encoded)
	}
	status, got := send(b.T, "POST", b.Trace+"api/bench/"+path, text, "Content-Type", "application/json")
	switch {
	case want == "" && status == 200:
		if err := json.Unmarshal([]byte(got), out); err != nil {
			b.Fatalf("%v: %s", err, got)
		}
	case want == "":
		b.Errorf("%s %s: %d %s", path, text, status, got)
	case status/100 != 4 || !strings.Contains(got, want):
		b.Errorf("%s %s: %d %.300s, want %s", path, text, status, got, want)
	}
}

// attempt is what was tried with a request.
func attempt(r *bench.Run) bench.Attempt {
	return bench.Attempt{API: r.API, Request: r.Request, Result: r.Result, Context: r.Context}
}

var inJSON = []string{"Content-Type", "application/json"}

// A request of the trace page is taken apart, with its templates, the patterns, what the function
// wrote.
func TestRequestTakenApart(t *testing.T) {
	t.Parallel()
	b := startBench(t, "--mask", "pin")
	b.send(b.REST[0]+"ok?x=1", `{"say": "a line", "fail": null, "pin": 1234}`, append(inJSON, "Authorization", "Bearer hidden-token")...)
	r := b.last().Run
	got := fmt.Sprint(r.API, " ", r.Route, " ", r.Type, " ", r.Target, "\n", r.Request.Method, " ", r.Request.Path, " ", r.Request.Text, " ", r.Request.Headers, "\n",
		r.Event.Text, " ", r.Event.Template.MediaType, " ", r.Event.Template.Place, "\n", r.Result.Text, " ", r.Result.Failed, "\n",
		r.Response.Status, " ", r.Response.Text, " ", r.Response.Headers, " ", r.Response.Template.Place, "\n", r.Wrote)
	for _, want := range []string{
		"api POST /ok AWS F\n", `POST /prod/ok?x=1 {"say": "a line", "fail": null, "pin": "***"} [`, "{Authorization *****}", "{Content-Type application/json}",
		"\n" + `{"say": "a line", "fail": null}` + "\n application/json " + b.file + ":13:29\n", `{"event":{"fail":null,"say":"a line"},"name":"F"} false`,
		`200 {"was": {"fail":null,"say":"a line"}} [{X-Amzn-Trace-Id `, " {Content-Type application/json}] " + b.file + ":17:", "\na line",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%s\nis not in\n%s", want, got)
		}
	}
	if want := []bench.Pattern{
		{Pattern: "gone .*", Status: "410", Place: b.file + ":18:11", State: "does not match"}, {Pattern: "no such .*", Status: "404", Place: b.file + ":19:11", State: "does not match"},
		{Pattern: "default", Status: "200", Place: b.file + ":17:11", State: "matches"},
	}; !slices.Equal(r.Response.Patterns, want) {
		t.Errorf("%+v", r.Response.Patterns)
	}

	b.send(b.REST[0]+"ok", `{"fail": "no such game"}`, inJSON...)
	r = b.last().Run
	if p := r.Response.Patterns; !r.Result.Failed || r.Result.Error != "errorString: no such game" || r.Response.Matched != "no such game" || len(p) != 3 ||
		p[0].State != "does not match" || p[1].State != "matches" || p[2].State != "not tried" {
		t.Errorf("%+v %+v", r.Result, r.Response)
	}

	b.send(b.REST[0]+"ok", `{"fail": `, inJSON...)
	r = b.last().Run
	if r.Result != nil || r.Response.Status != 400 || r.Response.Kind != "BAD_REQUEST_BODY" || r.Problem == nil {
		t.Errorf("%+v %+v", r.Response, r.Problem)
	}

	b.send(b.REST[0]+"proxy", "\xff\xfe")
	if r = b.last().Run; !r.Request.Base64 || r.Request.Text != "//4=" || !strings.Contains(r.Event.Text, `"httpMethod":"POST"`) || r.Event.Template != nil {
		t.Errorf("%+v %+v", r.Request, r.Event)
	}

	b.send(b.Lambda+invocations, `{"fail": "broken", "pin": 5}`)
	direct := b.last()
	r = direct.Run
	if r.Type != "INVOKE" || r.Event.Text != `{"fail": "broken", "pin": "***"}` || !r.Result.Failed || r.Result.Error != "errorString: broken" || r.Wrote == "" {
		t.Errorf("%+v %+v %q", r.Event, r.Result, r.Wrote)
	}
	if !direct.Failed || direct.Error != "the function failed: errorString: broken" {
		t.Errorf("%+v", direct)
	}
}

// A proxied request comes to the same event again: host and port are those that it was sent to.
func TestTryOfAProxy(t *testing.T) {
	t.Parallel()
	b := startBench(t)
	b.send(b.REST[0]+"proxy", "{}", inJSON...)
	proxied := b.last().Run
	var again *bench.Run
	if b.ask("try", attempt(proxied), &again, ""); again.Event.Text != proxied.Event.Text {
		t.Errorf("the same request, proxied, comes to\n%s\nnot\n%s", again.Event.Text, proxied.Event.Text)
	}

	failing := attempt(proxied)
	failing.Result = &bench.Result{Body: bench.Body{Text: `{"errorType":"NoOrder","errorMessage":"7"}`}, Failed: true}
	if b.ask("try", failing, &again, ""); again.Result.Error != "NoOrder: 7" {
		t.Errorf("the error is %q", again.Result.Error)
	}
}

// An attempt goes through the gateway's own engine, and calls nothing.
func TestTry(t *testing.T) {
	t.Parallel()
	b := startBench(t, "--mask", "pin")
	b.send(b.REST[0]+"ok", `{"say": "a line", "fail": null, "all": ["a", "b", "c", "d"], "pin": 1}`, inJSON...)
	served := b.last().Run
	before := attempt(served)
	var run *bench.Run
	b.ask("try", before, &run, "")
	if run.Event.Text != served.Event.Text || run.Response.Text != served.Response.Text || run.Response.Status != 200 || run.Context != served.Context {
		t.Errorf("the same request comes to\n%+v\n%+v\nnot\n%+v\n%+v", run.Event, run.Response, served.Event, served.Response)
	}
	if run.Wrote != "" {
		t.Errorf("the function wrote %q", run.Wrote)
	}
	var values []string
	for _, r := range run.Event.Template.References {
		values = append(values, fmt.Sprintf("%d:%d %s %d %s", r.Line, r.Column, r.Source, r.Times, r.Values))
	}
	if want := []string{
		`1:13 $input.path('$.say') 1 ["a line"]`, `2:10 $say 1 ["a line"]`, `2:25 $input.json('$.fail') 1 ["null"]`,
		`2:61 $input.path('$.all') 1 [["a","b","c","d"]]`, `2:85 $x 4 ["a" "b" "c"]`,
	}; !slices.Equal(values, want) {
		t.Errorf("values\n%s\nwant\n%s", strings.Join(values, "\n"), strings.Join(want, "\n"))
	}

	edit := func(change func(*bench.Attempt)) *bench.Run {
		t.Helper()
		var run *bench.Run
		a := before
		change(&a)
		b.ask("try", a, &run, "")
		return run
	}
	if run := edit(func(a *bench.Attempt) { a.Request.Text = `{"say": "other"}` }); !strings.Contains(run.Event.Text, `"say": "other"`) || run.Response.Text != served.Response.Text {
		t.Errorf("another body: %+v %+v", run.Event, run.Response)
	}
	if run := edit(func(a *bench.Attempt) { a.Result = &bench.Result{Body: bench.Body{Text: `{"event": {"a": 1}}`}} }); run.Response.Text != `{"was": {"a":1}}` {
		t.Errorf("another result: %+v", run.Response)
	}
	if run := edit(func(a *bench.Attempt) {
		a.Result = &bench.Result{Body: bench.Body{Text: `{"errorMessage": "no such thing", "pin": 77}`}, Failed: true}
	}); run.Response.Status != 404 || run.Response.Patterns[1].State != "matches" || run.Result.Text != `{"errorMessage": "no such thing", "pin": "***"}` {
		t.Errorf("a failure: %+v %+v", run.Response, run.Result)
	}
	other := func(status, source string) func(*bench.Attempt) {
		return func(a *bench.Attempt) {
			a.Templates = []bench.Template{{Key: bench.Key{Status: status, MediaType: "application/json"}, Source: source}}
		}
	}
	if run := edit(other("", `{"new": $input.json('$.say')}`)); run.Event.Text != `{"new": "a line"}` || run.Event.Template.Source != `{"new": $input.json('$.say')}` {
		t.Errorf("another template of the request: %+v", run.Event)
	}
	if run := edit(other("200", `{"name": "$input.path('$.name')"}`)); run.Response.Text != `{"name": "F"}` {
		t.Errorf("another template of the response: %+v", run.Response)
	}
	if p := edit(other("", "{\n\t\"a\": #if($x}\n}")).Problem; p == nil || p.Template == nil || p.Template.Status != "" || p.Line != 2 || p.Column != 20 || !strings.Contains(p.Text, "^") {
		t.Errorf("a template that does not parse: %+v", p)
	}
	if p := edit(other("200", `{"a": "$input.path('$[')"}`)).Problem; p == nil || p.Template == nil || p.Template.Status != "200" || p.Line != 1 {
		t.Errorf("a template that fails: %+v", p)
	}
	// A template cannot reveal what the mask hides: it never gets it.
	if run := edit(other("", `{"p": $input.json('$.pin')}`)); run.Event.Text != `{"p": "***"}` {
		t.Errorf("the hidden value: %+v", run.Event)
	}
	if n := len(b.traces()); n != 1 {
		t.Errorf("%d traces, want 1: something was sent", n)
	}

	for _, test := range []struct {
		what string
		body any
		want string
	}{
		{"no JSON", "{", "the body of the request is invalid"},
		{"another member", `{"x": 1}`, "unknown field"},
		{"no request", `{}`, "does not begin with /"},
		{"no such API", `{"api": "X"}`, "there is no API"},
		{"no header", `{"request": {"method": "GET", "path": "/ok", "headers": [{"name": "", "value": "x"}]}}`, "is not a header"},
		{"no status", `{"request": {"method": "POST", "path": "/ok"}, "result": {"text": "", "status": 7}}`, "7 is not a status"},
		{"no Base64", `{"request": {"method": "POST", "path": "/ok", "text": "?", "base64": true}}`, "illegal base64"},
		{"half a body", `{"request": {"method": "POST", "path": "/ok", "text": "?", "left": 1}}`, "only its first 64 KB are stored"},
		{"no such template", `{"request": {"method": "POST", "path": "/ok"}, "templates": [{"media_type": "text/x", "source": ""}]}`, "no longer has such a template"},
		{"a long template", `{"request": {"method": "POST", "path": "/ok"}, "templates": [{"media_type": "application/json", "source": "` + strings.Repeat("x", 300<<10+1) + `"}]}`, "accepts at most"},
		{"too much", `{"request": {"text": "` + strings.Repeat("x", trace.MaxAction) + `"}}`, "more than 1048576 bytes"},
	} {
		t.Run(test.what, func(t *testing.T) {
			b := b
			b.T = t
			b.ask("try", test.body, nil, test.want)
		})
	}
	// A template that would run forever is ended as at the gateway.
	endless := edit(other("", `#foreach($a in [1..1000])#foreach($b in [1..1000])#foreach($c in [1..1000])#set($z = "$z$z$a")#end#end#end`))
	if endless.Response.Status != 500 || endless.Problem == nil {
		t.Errorf("%+v", endless.Response)
	}
	if status, body := send(t, "POST", b.Trace+"api/bench/try", "{}", "Origin", "http://evil.example"); status != 403 {
		t.Errorf("another site's page: %d %s", status, body)
	}
}

// A changed request is sent as the client sent it, except for the changes.
func TestSend(t *testing.T) {
	t.Parallel()
	b := startBench(t, "--mask", "pin")
	b.send(b.REST[0]+"token?pin=5", `{"pin": 1, "say": "x"}`, append(inJSON, "Authorization", "Bearer hidden-token")...)
	like, r := b.traces()[0], b.last().Run
	var out struct {
		ID string `json:"trace_id"`
	}
	post := func(change func(*tracing.Sent)) *bench.Run {
		t.Helper()
		s := tracing.Sent{Like: like, Request: r.Request}
		change(&s)
		b.ask("send", s, &out, "")
		if ids := b.traces(); len(ids) == 0 || ids[0] != out.ID {
			t.Fatalf("%s is not among %s", out.ID, ids)
		}
		return b.last().Run
	}
	token := base64.StdEncoding.EncodeToString([]byte("Bearer hidden-token"))
	again := post(func(s *tracing.Sent) {
		s.Request.Headers = append(s.Request.Headers, bench.Header{Name: "X-New", Value: "yes"})
	})
	if again.Event.Text != r.Event.Text || !strings.Contains(again.Event.Text, token) || !slices.Contains(again.Request.Headers, bench.Header{Name: "X-New", Value: "yes"}) {
		t.Errorf("%+v %+v, not %+v", again.Request, again.Event, r.Event)
	}
	if changed := post(func(s *tracing.Sent) { s.Request.Text = `{"say": "y"}` }); changed.Request.Text != `{"say": "y"}` || !strings.Contains(changed.Event.Text, token) {
		t.Errorf("%+v %+v", changed.Request, changed.Event)
	}
	// An attempt gets what the page shows, and nothing more.
	var tried *bench.Run
	b.ask("try", attempt(r), &tried, "")
	if want := base64.StdEncoding.EncodeToString([]byte("*****")); strings.Contains(tried.Event.Text, token) || !strings.Contains(tried.Event.Text, want) {
		t.Errorf("%+v", tried.Event)
	}
	hidden := tracing.Sent{Like: like, Request: r.Request}
	hidden.Request.Text = strings.Replace(hidden.Request.Text, `"x"`, `"z"`, 1)
	b.ask("send", hidden, nil, "the body has *** in place of a hidden value")
	hidden = tracing.Sent{Request: r.Request}
	hidden.Request.Text = ""
	b.ask("send", hidden, nil, "the header Authorization has ***** in place of a hidden value")

	b.ask("send", tracing.Sent{Function: "F", Event: bench.Body{Text: `{"say": "hello"}`}}, &out, "")
	if direct := b.last(); direct.TraceID != out.ID || direct.Method != "INVOKE" || direct.Run.Event.Text != `{"say": "hello"}` || !strings.Contains(direct.Run.Wrote, "hello") {
		t.Errorf("%+v %+v", direct, direct.Run)
	}
	b.ask("send", tracing.Sent{Function: "G"}, nil, "there is no function")
	b.ask("send", tracing.Sent{Function: "F", Event: bench.Body{Text: "{"}}, nil, "the event is not JSON")
}

// The values of references, and of variables where a template fails, are shown in part if they
// are long, and cost no more than that part.
func TestTryOfHostileTemplates(t *testing.T) {
	t.Parallel()
	b := startBench(t)
	const doubled = `#set($l = ["x"])#foreach($i in [1..40])#set($l = [$l, $l])#end`
	for name, source := range map[string]string{
		"references": doubled + strings.Repeat("#set($x = $l)", 5000) + "{}",
		"variables": doubled + func() (sets string) {
			for i := range 2000 {
				sets += fmt.Sprintf("#set($x%d = $l)", i)
			}
			return sets
		}() + "$l.get(7)", // and there it fails
	} {
		var run *bench.Run
		b.ask("try", bench.Attempt{
			Request:   bench.Request{Method: "POST", Path: "/prod/ok", Headers: []bench.Header{{Name: "Content-Type", Value: "application/json"}}, Body: bench.Body{Text: `{"say": "x"}`}},
			Templates: []bench.Template{{Key: bench.Key{MediaType: "application/json"}, Source: source}},
		}, &run, "")
		if run.Event == nil || run.Event.Failed != (name == "variables") || run.Event.Template == nil || len(run.Event.Template.References) == 0 {
			t.Fatalf("%s: %+v", name, run)
		}
		for _, r := range run.Event.Template.References {
			for _, v := range r.Values {
				if len(v) > 600 {
					t.Errorf("%s: the value of %s has %d bytes", name, r.Source, len(v))
				}
			}
		}
	}
}

// A kept attempt is a mapping test that passes.
func TestKeep(t *testing.T) {
	t.Parallel()
	b := startBench(t, "--mask", "pin")
	keep := func(change func(*bench.Attempt)) bench.Kept {
		t.Helper()
		a := attempt(b.last().Run)
		if change != nil {
			change(&a)
		}
		var k bench.Kept
		b.ask("keep", a, &k, "")
		return k
	}
	b.send(b.REST[0]+"ok?q=1", `{"say": "a line", "fail": null, "pin": 1}`, append(inJSON, "Authorization", "Bearer hidden-token")...)
	kept := []bench.Kept{keep(nil), keep(func(a *bench.Attempt) {
		a.Result = &bench.Result{Body: bench.Body{Text: `{"errorMessage": "no such thing"}`}, Failed: true}
	})}
	b.send(b.REST[0]+"proxy", `{"say": "a line"}`)
	kept = append(kept, keep(nil))
	b.send(b.REST[0]+"ok", `{"say": `, inJSON...)
	kept = append(kept, keep(nil))
	b.send(b.REST[0]+"proxy", "{}\n-- result --\n{}")
	b.ask("keep", attempt(b.last().Run), nil, `cannot hold the line \"-- result --\" in its request`)
	dir := t.TempDir()
	for i, k := range kept {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprint(i, k.Name)), []byte(k.Text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if names := fmt.Sprint(kept[0].Name, kept[1].Name); names != "post-ok-200.txtarpost-ok-404.txtar" {
		t.Error(names)
	}
	if !kept[0].Masked || strings.Contains(kept[0].Text, "hidden-token") || !strings.Contains(kept[0].Text, `"pin": "***"`) {
		t.Errorf("%+v", kept[0])
	}
	var out, errs strings.Builder
	if code := run(t.Context(), []string{"test", "--openapi", b.file, dir}, &cli.System{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs, Environ: os.Environ()}); code != 0 {
		t.Errorf("%d\n%s%s\n%s", code, out.String(), errs.String(), kept[0].Text)
	}
}

// The routes are listed, with a body that fits the model.
func TestBenchRoutes(t *testing.T) {
	t.Parallel()
	b := startBench(t)
	_, body := send(t, "GET", b.Trace+"api/bench", "")
	var out struct {
		Routes    []benchRoute
		Functions []string
	}
	if err := json.Unmarshal([]byte(body), &out); err != nil || len(out.Routes) != 3 || !slices.Equal(out.Functions, []string{"F"}) {
		t.Fatalf("%v %s", err, body)
	}
	r := out.Routes[0]
	if r.Route != "POST /ok" || r.Request.Text != `{"say":"text","pin":1}` || r.Request.Path != "/prod/ok" || len(r.Templates) != 3 || r.Templates[0].Place != b.file+":13:29" {
		t.Errorf("%+v", r)
	}
	var run *bench.Run
	b.ask("try", bench.Attempt{API: r.API, Request: r.Request}, &run, "")
	if run.Response.Status != 200 || !strings.Contains(run.Event.Text, `"say": "text"`) {
		t.Errorf("%+v %+v", run.Event, run.Response)
	}
}
