package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"context"

	"example.com/guessing-game/src/apigw/gateway"
)

// echo is a function that returns its event.
type echo struct{}

func (echo) Invoke(_ context.Context, in gateway.Invocation) (gateway.InvocationResult, error) {
	return gateway.InvocationResult{StatusCode: http.StatusOK, Payload: in.Payload}, nil
}

// send serves a document with one route POST / and sends it a body.
func send(integration map[string]any, body string) (int, string, error) {
	document, err := json.Marshal(map[string]any{
		"openapi": "3.0.1", "info": map[string]any{"title": "t", "version": "1"},
		"paths": map[string]any{"/": map[string]any{"post": map[string]any{
			"responses": map[string]any{"200": map[string]any{}}, "x-amazon-apigateway-integration": integration,
		}}},
	})
	if err != nil {
		return 0, "", err
	}
	doc, err := gateway.ParseDocument("t.json", document)
	if err != nil {
		return 0, "", err
	}
	g, err := gateway.New(doc, gateway.Options{Lenient: true, Functions: echo{}})
	if err != nil {
		return 0, "", err
	}
	r := httptest.NewRequest(http.MethodPost, "/prod", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	g.ServeHTTP(w, r)
	return w.Code, w.Body.String(), nil
}

// row is a row of the table: template, header, payload, status and result.
var row = regexp.MustCompile("^`(.*)`\\|`(.*)`\\|`(.*)`\\|`(\\d+)`\\|`(.*)`$")

// replayTable renders the rows of a table that was recorded with an echoing function. A result of
// 400 has a different text today.
func replayTable(folder string) (n int, wrong []string, err error) {
	data, err := os.ReadFile(filepath.Join(folder, "test", "_.md"))
	if err != nil {
		return 0, nil, err
	}
	for line := range strings.Lines(string(data)) {
		m := row.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
		if m == nil || m[2] != "None" {
			continue
		}
		status, body, err := send(map[string]any{
			"type": "aws", "httpMethod": "POST", "requestTemplates": map[string]any{"application/json": m[1]},
			"uri":       "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:F/invocations",
			"responses": map[string]any{"default": map[string]any{"statusCode": 200}},
		}, m[3])
		if err != nil {
			return n, wrong, err
		}
		n++
		if fmt.Sprint(status) != m[4] || status == http.StatusOK && !same(compact(body), compact(m[5])) {
			wrong = append(wrong, fmt.Sprintf("%s with %s: %d %s, recorded is %s %s", m[1], m[3], status, body, m[4], m[5]))
		}
	}
	return n, wrong, nil
}

// compact returns JSON without white space, which the function of the recording left out; other
// text is unchanged.
func compact(text string) string {
	var b bytes.Buffer
	if json.Compact(&b, []byte(text)) != nil {
		return text
	}
	return b.String()
}

// calls is a Python program that prints what the tests of airspeed render, one JSON object on
// each line: only Python reads its string literals reliably. A call whose arguments are not
// literals is left out.
const calls = `
import ast, json, sys
for cls in ast.walk(ast.parse(open(sys.argv[1]).read())):
    if not isinstance(cls, ast.ClassDef):
        continue
    for fn in cls.body:
        if not isinstance(fn, ast.FunctionDef):
            continue
        names = {}
        n = 0
        for node in sorted((x for x in ast.walk(fn) if isinstance(x, (ast.Assign, ast.Call))), key=lambda x: (x.lineno, x.col_offset)):
            if isinstance(node, ast.Assign):
                try:
                    names[node.targets[0].id] = ast.literal_eval(node.value)
                except Exception:
                    pass
                continue
            if getattr(node.func, 'id', '') != 'test_render':
                continue
            n += 1
            def value(x):
                return names[x.id] if isinstance(x, ast.Name) else ast.literal_eval(x)
            try:
                args = [value(a) for a in node.args]
                kw = {k.arg: value(k.value) for k in node.keywords}
                template = args[0] if args else kw['template']
                context = (args[1] if len(args) > 1 else kw.get('context')) or {}
                print(json.dumps({'test': cls.name + '::' + fn.name, 'n': n, 'template': template, 'context': context, 'blanks': bool(kw.get('ignore_whitespaces'))}))
            except Exception:
                pass
`

// replayAirspeed renders the templates of airspeed's tests as response templates of mocks, as its
// snapshot was recorded.
func replayAirspeed(folder string) (n int, wrong []string, err error) {
	out, err := exec.Command("python3", "-c", calls, filepath.Join(folder, "tests", "test_templating.py")).Output()
	if err != nil {
		return 0, nil, fmt.Errorf("reading its tests takes python3: %w", err)
	}
	data, err := os.ReadFile(filepath.Join(folder, "tests", "test_templating.snapshot.json"))
	if err != nil {
		return 0, nil, err
	}
	var snapshot map[string]struct {
		Content map[string]any `json:"recorded-content"`
	}
	if err := json.Unmarshal(data, &snapshot); err != nil {
		return 0, nil, err
	}
	for line := range strings.Lines(string(out)) {
		var call struct {
			Test, Template string
			N              int
			Context        map[string]any
			Blanks         bool
		}
		if err := json.Unmarshal([]byte(line), &call); err != nil {
			return n, wrong, err
		}
		recorded, ok := snapshot["tests/test_templating.py::"+call.Test].Content[fmt.Sprint("render-result-", call.N)].(string)
		if !ok {
			continue
		}
		var sets []string
		for _, name := range slices.Sorted(maps.Keys(call.Context)) {
			sets = append(sets, "#set($"+name+" = $bodyJSON."+name+")")
		}
		body, err := json.Marshal(call.Context)
		if err != nil {
			return n, wrong, err
		}
		template := "#set($body = $context.requestOverride.path.body)\n#set($bodyJSON = $util.parseJson($body)) " + strings.Join(sets, " ") + "\n" + call.Template
		_, got, err := send(map[string]any{
			"type":             "mock",
			"requestTemplates": map[string]any{"application/json": "#set($context.requestOverride.path.body = $input.body)\n{\n  \"statusCode\": 200,\n}\n"},
			"responses":        map[string]any{"default": map[string]any{"statusCode": 200, "responseTemplates": map[string]any{"application/json": template}}},
		}, string(body))
		if err != nil {
			return n, wrong, err
		}
		if call.Blanks {
			got = strings.Join(strings.Fields(got), " ")
		}
		if n++; got != recorded {
			wrong = append(wrong, fmt.Sprintf("%s, result %d: %q, recorded is %q", call.Test, call.N, got, recorded))
		}
	}
	return n, wrong, nil
}
