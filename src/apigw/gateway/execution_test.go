package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/vtl"
)

// observe sends a request and returns what was observed of it.
func observe(t *testing.T, doc string, o gateway.Options, method, target, body string, headers ...string) *gateway.Execution {
	t.Helper()
	var seen *gateway.Execution
	o.Observe = func(e *gateway.Execution) { seen = e }
	g, err := load(doc, o)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	g.ServeHTTP(httptest.NewRecorder(), r)
	if seen == nil {
		t.Fatal("nothing was observed")
	}
	return seen
}

// The steps of a request have names, templates, inputs and outputs.
func TestSteps(t *testing.T) {
	t.Parallel()
	o := testOptions()
	o.Functions = &stubInvoker{result: gateway.InvocationResult{StatusCode: 200, RequestID: "r1",
		Payload: []byte(`{"id":"7","guesses":[5],"status":"ongoing"}`)}}
	e := observe(t, benchDocument, o, "POST", "/dev/games/7", `{"guess":5}`)
	var got []string
	for _, s := range e.Steps {
		name := ""
		if s.Template != nil {
			name = fmt.Sprintf(" template %s at %d", s.Template.MediaType, s.Template.Line)
		}
		got = append(got, s.Name+name+" ["+strings.TrimSpace(s.Input)+"] → ["+strings.TrimSpace(s.Output)+"]")
	}
	want := []string{
		"validation [] → []",
		`request mapping template application/json at 23 [{"guess":5}] → [{"kind":"guessSubmitted","id":"7","guess":5}]`,
		`integration [{"kind":"guessSubmitted","id":"7","guess":5}` + "\n" + `] → [{"id":"7","guesses":[5],"status":"ongoing"}]`,
		`response mapping template application/json at 30 [{"id":"7","guesses":[5],"status":"ongoing"}] → [{"game":{"id":"7","guesses":[5],"status":"ongoing"},"links":{"status":{"method":"GET","link":"/dev/games/7"}}}]`,
	}
	want[2] = strings.Replace(want[2], "\n", "", 1)
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("\n got %s\nwant %s", strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
	if e.Status != 200 || e.Resource != "/games/{id}" || e.Path != "/dev/games/7" || e.Function != "Game" || e.FunctionRequestID != "r1" || e.ResponseType != "" {
		t.Errorf("%+v", e)
	}
}

// A template that fails reports where, and the values of its variables.
func TestFailedStep(t *testing.T) {
	t.Parallel()
	doc := method("responses: {'200': {}}", "x-amazon-apigateway-integration:", "  type: mock", "  requestTemplates:", "    application/json: |",
		"      #set($text = 'abc') #set($other = 'def')", "      {statusCode: 200,\té: $text.substring(9), y: $context.identity.accountId $context.stage}")
	e := observe(t, doc, gateway.Options{}, "POST", "/prod/x", "")
	s := e.Steps[len(e.Steps)-1]
	var err *vtl.Error
	if s.Name != "request mapping" || !errors.As(s.Err, &err) || err.Line != 2 || !strings.Contains(err.Source, "$text.substring(9)") {
		t.Fatalf("%s: %v", s.Name, s.Err)
	}
	if at := s.Template.At(err.Line, err.Column); at.Line != 12 || at.Column != 40 {
		t.Errorf("the error is at %v of the document, want line 12, column 40, of substring", at)
	}
	if want := []gateway.Variable{{Name: "text", Value: `"abc"`}, {Name: "context.stage", Value: `"prod"`}}; !slices.Equal(s.Variables, want) {
		t.Errorf("variables %v", s.Variables)
	}
	if e.Status != 500 || e.ResponseType != "DEFAULT_5XX" || e.Error == nil {
		t.Error(e.Status, e.ResponseType, e.Error)
	}
	if text := e.Text(); !strings.Contains(text, " : Execution failed due to configuration error: Unable to transform request\n") {
		t.Error(text)
	}
}

// An invocation that Lambda refuses is logged as in a published log of a throttled function.
func TestRefusedInvocation(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]string{429: "500 API_CONFIGURATION_ERROR", 413: "413 REQUEST_TOO_LARGE"} {
		refused := &gateway.RefusedError{Status: status, Message: "Rate Exceeded.", RequestID: "dcb2ab89", Err: errors.New("TooManyRequestsException: Rate Exceeded.")}
		for _, doc := range []string{echoDocument, strings.Replace(echoDocument, "type: aws,", "type: aws_proxy,", 1)} {
			e := observe(t, doc, gateway.Options{Functions: &stubInvoker{err: refused}}, "POST", "/prod/function", "")
			if got := fmt.Sprint(e.Status, " ", e.ResponseType); got != want || !errors.Is(e.Error, refused) {
				t.Errorf("%s, want %s: %v", got, want, e.Error)
			}
			text := regexp.MustCompile(`(?m)^.* : `).ReplaceAllString(e.Text(), "")
			if want := fmt.Sprintf("Lambda invocation failed with status: %d. Lambda request id: dcb2ab89\nExecution failed due to configuration error: Rate Exceeded.\n", status); !strings.Contains(text, want) {
				t.Errorf("log lacks %s: %s", want, text)
			}
		}
	}
}

// Secrets in headers are masked in what is observed, unless they are asked for.
func TestMasking(t *testing.T) {
	t.Parallel()
	for _, show := range []bool{false, true} {
		o := gateway.Options{Functions: &stubInvoker{}, ShowSecrets: show}
		for _, doc := range []string{echoDocument, strings.Replace(echoDocument, "type: aws,", "type: aws_proxy,", 1)} {
			e := observe(t, doc, o, "POST", "/prod/function", "", "Authorization", "s3cret", "X-Api-Key", "s3cret", "Cookie", "s3cret", "X-Other", "plain")
			all := e.Text() + fmt.Sprint(e.Steps)
			if got := strings.Count(all, "s3cret"); got > 0 != show {
				t.Errorf("secrets shown: %v, want %v\n%s", got, show, all)
			}
			if !strings.Contains(all, "X-Other=plain") {
				t.Error("other headers are gone")
			}
		}
	}
}

// The trace header: kept, completed, and with the gateway's segment as parent if it is part of the
// trace.
func TestTraceHeader(t *testing.T) {
	t.Parallel()
	const root, own = "Root=1-695735a5-fd75d2146826534e3f67cc49", "71950a2f22c893ea"
	given := "Root=1-5759e988-bd862e3fe1be46a994272793"
	for _, c := range []struct {
		name, in, want, seen string
		tracing              bool
	}{
		{"none", "", root + ";Parent=" + own + ";Sampled=1", root, false},
		{"root", given, given + ";Parent=" + own + ";Sampled=1", given, false},
		{"all", given + ";Parent=53995c3f42cd8ad8;Sampled=0", given + ";Parent=53995c3f42cd8ad8;Sampled=0", given + ";Parent=53995c3f42cd8ad8;Sampled=0", false},
		{"no root", "Sampled=0", root + ";Parent=" + own + ";Sampled=0", root + ";Sampled=0", false},
		{"nonsense", ";;=x;y", root + ";Parent=" + own + ";Sampled=1", root + ";;;=x;y", false},
		{"lineage", given + ";Lineage=a:0", given + ";Parent=" + own + ";Sampled=1;Lineage=a:0", given + ";Lineage=a:0", false},
		{"tracing", given + ";Parent=53995c3f42cd8ad8;Sampled=1", given + ";Parent=" + own + ";Sampled=1", given + ";Parent=53995c3f42cd8ad8;Sampled=1", true},
	} {
		stub := &stubInvoker{}
		o := testOptions()
		o.Functions, o.Tracing = stub, c.tracing
		doc := strings.Replace(echoDocument, `responses: {default: {statusCode: 200}}}`, `requestTemplates: {application/json: '"$input.params("X-Amzn-Trace-Id")"'}, responses: {default: {statusCode: 200}}}`, 1)
		var headers []string
		if c.in != "" {
			headers = []string{"X-Amzn-Trace-Id", c.in}
		}
		e := observe(t, doc, o, "POST", "/dev/function", "", headers...)
		if stub.last.TraceHeader != c.want || e.TraceHeader != c.want || e.SegmentID != own {
			t.Errorf("%s: %q, want %q", c.name, stub.last.TraceHeader, c.want)
		}
		if got := string(stub.last.Payload); got != `"`+c.seen+`"` {
			t.Errorf("%s: templates see %s, want %q", c.name, got, c.seen)
		}
	}
}

// Lines of the log are cut as CloudWatch's are.
func TestLogLineLength(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{1019: strings.Repeat("x", 1019), 1020: strings.Repeat("x", 1019) + " [TRUNCATED]"} {
		if got := (gateway.LogLine{Text: strings.Repeat("x", n)}).CloudWatch("id"); got != "(id) "+want {
			t.Errorf("%d: %d bytes", n, len(got))
		}
	}
}

// A rendering ends at the integration's timeout even if it has steps left.
func TestRenderingsEndWithTheIntegrationsTime(t *testing.T) {
	t.Parallel()
	loop := "#foreach($i in [1..1000])#foreach($j in [1..1000])#foreach($k in [1..1000])$!i#end#end#end"
	doc := strings.Replace(benchDocument, `type: mock`, `type: mock
        timeoutInMillis: 50`, 1)
	doc = strings.Replace(doc, `'{"statusCode": 200}'`, `'`+loop+`{"statusCode": 200}'`, 1)
	e := observe(t, doc, testOptions(), "GET", "/dev/mock/1", "")
	if !errors.Is(e.Error, context.DeadlineExceeded) || e.Status != 500 {
		t.Errorf("got %d, %v, want 500 and that the time is up", e.Status, e.Error)
	}
}
