package handlerreads_test

import (
	"encoding/json"
	"strings"
	"testing"

	"example.com/guessing-game/src/apigw/handlerreads"
)

// What is read from a request: the presumed body and the names in its query.
func TestOf(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ source, body, query string }{
		"nothing": {"def handler(event, context):\n    return {'statusCode': 200, 'body': 'hello'}", "null", ""},
		"a variable in Python": {"body = json.loads(event['body'])\nname = body['name']\nage = int(body.get('age', 0))\nfor item in body['items']: pass\nbody['made'] = 1",
			`{"name":"name","age":1,"items":[]}`, ""},
		"at once in Python":            {`prompt = json.loads(event["body"])["prompt"]`, `{"prompt":"prompt"}`, ""},
		"an alternative in Python":     {`data = json.loads(event.get('body') or '{}')` + "\nx = data['x']['y']", `{"x":{"y":"y"}}`, ""},
		"the text first":               {"message = event['body']\nparsed = json.loads(message)\nprint(parsed['to'])", `{"to":"to"}`, ""},
		"Powertools":                   {"todo: dict = app.current_event.json_body\nprint(todo['title'])", `{"title":"title"}`, ""},
		"read and not looked into":     {"json.loads(event['body'])", `{}`, ""},
		"another JSON":                 {"x = json.loads(response['Payload'])\nx['y']", "null", ""},
		"a variable in JavaScript":     {"const body = JSON.parse(event.body);\nsave(body.id, body.user.name, body.tags.map(f), Number(body.n), body.title.trim(), body?.last);", `{"id":"id","user":{"name":"name"},"tags":[],"n":1,"title":"title","last":"last"}`, ""},
		"a pattern in JavaScript":      {"const {\n  prompt,\n  top: t, n = 1\n} = JSON.parse(event.body ?? '{}')", `{"prompt":"prompt","top":"top","n":"n"}`, ""},
		"a pattern of a variable":      {"const data: Data = JSON.parse(event.body!);\nconst { a, b } = data;", `{"a":"a","b":"b"}`, ""},
		"a condition in JavaScript":    {"const data = event.body ? JSON.parse(event.body) : {};\ndata.x", `{"x":"x"}`, ""},
		"the body of an event's body":  {"const { body } = event;\nconst order = JSON.parse(body);\norder['sku']", `{"sku":"sku"}`, ""},
		"a variable of a member":       {"body = json.loads(event['body'])\npayload = body['payload']\ncart = payload['cart']\nprint(cart['id'], payload.get('token'))", `{"payload":{"cart":{"id":"id"},"token":"token"}}`, ""},
		"the query, with a default":    {"q = event.get('queryStringParameters', {})\nq.get('token', '')", "null", "token"},
		"the query in Python":          {"q = event['queryStringParameters']\nq['a']\nq.get('b')", "null", "a b"},
		"the query, or nothing":        {"q = event.get('queryStringParameters') or {}\nq.get('a')", "null", ""},
		"the query in JavaScript":      {"const a = event.queryStringParameters.a; const b = event.queryStringParameters?.b; const { c } = event.queryStringParameters", "null", "a c"},
		"the query at once in Python":  {`event["queryStringParameters"]["city"]`, "null", "city"},
		"the query and an alternative": {"const { c } = event.queryStringParameters || {}", "null", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := handlerreads.Of(c.source)
			body, err := json.Marshal(r.Body)
			if err != nil {
				t.Fatal(err)
			}
			if string(body) != c.body || strings.Join(r.Query, " ") != c.query {
				t.Errorf("got %s and %q, want %s and %q", body, r.Query, c.body, c.query)
			}
		})
	}
}

// However much a source reads, the request stays small.
func TestLimits(t *testing.T) {
	t.Parallel()
	var many strings.Builder
	many.WriteString("b = json.loads(event['body'])\n")
	for i := range 100 {
		many.WriteString("b['" + strings.Repeat("x", i%100+1) + "']" + strings.Repeat("['y']", 100) + "\n")
	}
	body, err := json.Marshal(handlerreads.Of(many.String()).Body)
	if err != nil || len(body) > 5000 || !strings.Contains(string(body), `{"y":{"y":{"y":"y"}}}`) {
		t.Errorf("%d bytes, %v", len(body), err)
	}
	if r := handlerreads.Of(many.String() + strings.Repeat(" ", handlerreads.MaxSource)); r.Body != nil {
		t.Error("a source that is too long is looked through")
	}
}
