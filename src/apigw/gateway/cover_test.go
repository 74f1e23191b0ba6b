package gateway_test

import (
	"errors"
	"strings"
	"testing"

	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/vtl"
)

// An execution hides the members in its log, its steps, its variables and its errors; the function,
// the template and the client get them.
func TestMask(t *testing.T) {
	t.Parallel()
	doc := method("responses: {'200': {}}", "x-amazon-apigateway-integration:", "  type: aws", "  httpMethod: POST",
		"  uri: arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:F/invocations",
		"  requestTemplates:", "    application/json: |", `      {"pin":$input.json('$.pin'),"all":"$util.escapeJavaScript($input.body)"}`,
		"  responses:", "    default:", "      statusCode: 200", "      responseTemplates:", "        application/json: |",
		"          #set($n = $input.path('$.pin'))", "          #set($all = $input.path('$'))", "          $all|$n|$input.params('fail').substring(9)")
	f := &stubInvoker{result: gateway.InvocationResult{StatusCode: 200, Payload: []byte(`{"pin":5301,"a":1}`)}}
	o := testOptions()
	o.Functions, o.Mask = f, []string{"pin"}
	for target, status := range map[string]int{"/dev/x?pin=5301&fail=0123456789ab": 200, "/dev/x?fail=0": 500} {
		e := observe(t, doc, o, "POST", target, `{"pin":5301}`, "Pin", "5301")
		if e.Status != status {
			t.Errorf("status %d, want %d: %v", e.Status, status, e.Error)
		}
		var all strings.Builder
		all.WriteString(e.Text() + e.Path)
		for _, s := range e.Steps {
			all.WriteString(s.Input + "\n" + s.Output + "\n")
			for _, v := range s.Variables {
				all.WriteString(v.Name + " is " + v.Value + "\n")
			}
			if s.Err != nil {
				var err *vtl.Error
				if !errors.As(s.Err, &err) || err.Line != 3 {
					t.Errorf("the template's error is lost: %v", s.Err)
				}
			}
		}
		shown := strings.ReplaceAll(all.String(), "{pin=***, a=1}|5301|9ab", "") // a value under no name
		if strings.Contains(shown, "5301") || !strings.Contains(shown, `{"pin":"***","a":1}`) || !strings.Contains(shown, `"all":"{\"pin\":\"***\"}"`) {
			t.Errorf("shown:\n%s", shown)
		}
		if status == 500 && !strings.Contains(shown, "n is ***") {
			t.Errorf("variables:\n%s", shown)
		}
	}
	if got, want := strings.TrimSpace(string(f.last.Payload)), `{"pin":5301,"all":"{\"pin\":5301}"}`; got != want {
		t.Errorf("the function got %s, want %s", got, want)
	}
}

// Secret headers that a function's proxy response sets do not show in its raw result.
func TestSecretsOfAProxyResponse(t *testing.T) {
	t.Parallel()
	doc := method("responses: {'200': {}}", "x-amazon-apigateway-integration:", "  type: aws_proxy", "  httpMethod: POST",
		"  uri: arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:F/invocations")
	for _, payload := range []string{
		`{"statusCode":200,"headers":{"Set-Cookie":"s=COOKIELEAK"},"body":"x"}`,
		`{"statusCode":200,"multiValueHeaders":{"set-cookie":["a=b","s=COOKIELEAK"],"X-Api-Key":["KEYLEAK"]},"body":"x"}`,
	} {
		o := testOptions()
		o.Functions = &stubInvoker{result: gateway.InvocationResult{StatusCode: 200, Payload: []byte(payload)}}
		e := observe(t, doc, o, "POST", "/dev/x", `{}`)
		all := e.Text()
		for _, s := range e.Steps {
			all += s.Input + "\n" + s.Output + "\n"
		}
		if e.Status != 200 || strings.Contains(all, "LEAK") {
			t.Errorf("%s: status %d, shown:\n%s", payload, e.Status, all)
		}
	}
}
