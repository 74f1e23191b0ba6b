//go:build e2e

// Package apps runs the SAM applications next to it with apigw, their functions in Python over
// the Lambda Runtime API.
package apps

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"example.com/guessing-game/tests/serve"
)

var apigw string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "apps")
	if err != nil {
		panic(err)
	}
	apigw = filepath.Join(dir, "apigw")
	if out, err := exec.Command("go", "build", "-o", apigw, "../../src/apigw").CombinedOutput(); err != nil {
		panic(fmt.Sprintf("%v\n%s", err, out))
	}
	withoutAccount()
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// withoutAccount removes the credentials and endpoints of whoever runs the tests, which the
// applications would use.
func withoutAccount() {
	for _, kv := range os.Environ() {
		if name, _, _ := strings.Cut(kv, "="); strings.HasPrefix(name, "AWS_") {
			os.Unsetenv(name)
		}
	}
	os.Setenv("AWS_SHARED_CREDENTIALS_FILE", os.DevNull+".none")
	os.Setenv("AWS_CONFIG_FILE", os.DevNull+".none")
}

// start runs an application and returns the URLs of its APIs, in the order of the template, without
// a slash at the end.
func start(t *testing.T, app string, args ...string) []string {
	t.Helper()
	var urls []string
	for _, url := range serve.Start(t, apigw, app, nil, args...).REST {
		urls = append(urls, strings.TrimSuffix(url, "/"))
	}
	return urls
}

// call is a request and its expected outcome.
type call struct {
	method, path, header, body string
	status                     int
	want                       string // body
	wantHeader                 string // "Name: value"
}

func try(t *testing.T, base string, calls []call) {
	t.Helper()
	for _, c := range calls {
		t.Run(c.method+" "+c.path, func(t *testing.T) {
			req, err := http.NewRequest(c.method, base+c.path, strings.NewReader(c.body))
			if err != nil {
				t.Fatal(err)
			}
			for _, h := range strings.Split(c.header, "\n") {
				if name, value, ok := strings.Cut(h, ": "); ok {
					req.Header.Set(name, value)
				}
			}
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.TrimSpace(string(body)); resp.StatusCode != c.status || got != c.want {
				t.Errorf("got  %d %s\nwant %d %s", resp.StatusCode, got, c.status, c.want)
			}
			if name, value, ok := strings.Cut(c.wantHeader, ": "); ok && resp.Header.Get(name) != value {
				t.Errorf("%s: got %q, want %q", name, resp.Header.Get(name), value)
			}
		})
	}
}

const json = "Content-Type: application/json"

func TestOrders(t *testing.T) {
	t.Parallel()
	function := "OrdersFunction=python3 ../bootstrap.py app.handler"
	base := start(t, "orders", "--function", function)[0]
	try(t, base, []call{
		{"POST", "/orders", json + "\nX-Customer: ann", `{"items":[{"sku":"tea","count":2},{"sku":"cup","count":1}]}`, 201,
			`{"order": "ann-17", "total": "17 €", "links": {"self": "/v1\/orders\/ann-17"}}`, "Location: /orders/ann-17"},
		{"POST", "/orders", json + "\nX-Customer: o'hara \"x\"", `{"items":[{"sku":"tea","count":1}]}`, 201,
			`{"order": "o'hara \"x\"-4", "total": "4 €", "links": {"self": "/v1\/orders\/o'hara \"x\"-4"}}`, ""},
		{"POST", "/orders", json + "\nX-Customer: ann", `{"items":[{"sku":"gold","count":1}]}`, 409, `{"error": "OutOfStock: there is no more gold"}`, ""},
		{"POST", "/orders", json, `{"items":[]}`, 400, `{"message": "Missing required request parameters: [X-Customer]"}`, "x-amzn-ErrorType: BadRequestException"},
		{"POST", "/orders", json + "\nX-Customer: ann", `{"items":[{"sku":"tea","count":0}]}`, 422,
			`{"error":"Invalid request body","detail":"[numeric instance is lower than the required minimum (minimum: 1, found: 0)]"}`, ""},
		{"POST", "/orders", "Content-Type: text/plain\nX-Customer: ann", `tea`, 415, `{"message": "Unsupported Media Type"}`, ""},
		{"GET", "/orders/ann-17", "", "", 200, `{"id": "ann-17", "currency": "EUR"}`, ""},
		{"GET", "/orders/ann-17?verbose=true", "", "", 200, `{"id": "ann-17", "currency": "EUR", "function": "OrdersFunction", "memory": "256"}`, ""},
		{"GET", "/orders/bob", "", "", 404, `{"error": "NotFound: bob", "type": "NotFound"}`, ""},
		{"GET", "/orders/broken", "", "", 500, `{"error": "internal"}`, ""},
		{"GET", "/orders/crash", "", "", 500, `{"error": "internal"}`, ""},
		{"GET", "/orders/slow", "", "", 504, `{"error": "too slow"}`, ""},
		{"GET", "/orders/ann-17", "", "", 200, `{"id": "ann-17", "currency": "EUR"}`, ""},
		{"DELETE", "/orders/ann-17", "", "", 403, `{"message":"Missing Authentication Token"}`, ""},
	})
	dollars := start(t, "orders", "--function", function, "--parameter-overrides", "Currency=USD StageName=v2")[0]
	if !strings.HasSuffix(dollars, "/v2") {
		t.Errorf("the stage of %s is not v2", dollars)
	}
	try(t, dollars, []call{
		{"POST", "/orders", json + "\nX-Customer: ann", `{"items":[{"sku":"tea","count":1}]}`, 201, `{"order": "ann-4", "total": "4 $", "links": {"self": "/v2\/orders\/ann-4"}}`, ""},
	})
}

func TestPetStore(t *testing.T) {
	t.Parallel()
	base := start(t, "petstore", "--parameter-overrides", "Prefix=my", "--function", "PetsFunction=python3 ../bootstrap.py pets.handler")[0]
	try(t, base, []call{
		{"GET", "/pets?type=cat", "", "", 200, `[{"id":2,"type":"cat","price":124.99}]`, "X-Count: 1"},
		{"GET", "/pets", "", "", 200, `[{"id":1,"type":"dog","price":249.99},{"id":2,"type":"cat","price":124.99},{"id":3,"type":"fish","price":0.99}]`, "Access-Control-Allow-Origin: *"},
		{"GET", "/pets?type=o'cat", "", "", 200, `[]`, "X-Count: 0"},
		{"POST", "/pets", json, `{"type":"gecko","price":1.5}`, 200, `{"pet": {"type": "gecko", "price": 1.5}, "message": "success", "by": "my-pets"}`, ""},
		{"POST", "/pets", json, `{"type":"gecko","price":0}`, 400, `{"field": "price", "reason": "no pet is free"}`, ""},
		{"POST", "/pets", json, `{"type":"whale","price":1}`, 400, `{"message": "Invalid request body"}`, ""},
		{"GET", "/pets/1", "", "", 200, `{"id": 1, "type": "dog", "price": 249.99}`, ""},
		{"GET", "/pets/9", "", "", 404, `{"message": "no pet 9"}`, ""},
		{"GET", "/cats", "", "", 404, `{"message": "there is no such page", "stage": "test"}`, "Access-Control-Allow-Origin: *"},
		{"OPTIONS", "/pets", "", "", 200, `{}`, "Access-Control-Allow-Methods: GET,POST,OPTIONS"},
	})
}

func TestMixed(t *testing.T) {
	t.Parallel()
	urls := start(t, "mixed", "--function", "Sums=python3 ../bootstrap.py app.sums", "--function", "Echo=python3 ../bootstrap.py app.echo")
	if len(urls) != 2 {
		t.Fatalf("got %v, want two APIs", urls)
	}
	try(t, urls[0], []call{
		{"GET", "/health", "", "", 200, `{"status": "up", "stage": "dev"}`, "Cache-Control: no-store"},
		{"GET", "/sum?n=1,2,39", "", "", 200, `{"sum": 42}`, ""},
		{"GET", "/sum?n=1,two", "", "", 400, `{"error": "give numbers"}`, ""},
		{"GET", "/sum?n=it's", "", "", 400, `{"error": "give numbers"}`, ""},
		{"POST", "/later", json, `{"numbers":["1"]}`, 202, ``, ""},
		{"PUT", "/echo/a//b?q=1&q=2", "", "x", 200,
			`{"method": "PUT", "resource": "/echo/{rest+}", "path": "/echo/a//b", "parameters": {"rest": "a//b"}, "query": {"q": "2"}, "body": "x", "level": "debug"}`, "X-Level: debug"},
		{"GET", "/page", "", "", 200, `{"method": "GET", "resource": "/page", "path": "/page", "parameters": null, "query": null, "body": null, "level": "debug"}`, ""},
		{"GET", "/echo/png", "Accept: image/png", "", 200, "\x89PNG", "Content-Type: image/png"},
	})
	try(t, urls[1], []call{
		{"GET", "/alone/x", "", "", 200, `{"method": "GET", "resource": "/alone/{name}", "path": "/alone/x", "parameters": {"name": "x"}, "query": null, "body": null, "level": "debug"}`, ""},
		{"GET", "/health", "", "", 403, `{"message":"Missing Authentication Token"}`, ""},
	})
}

// TestNotes runs an application without any definition: SAM creates its API from the events of
// the functions.
func TestNotes(t *testing.T) {
	t.Parallel()
	function := `python3 ../bootstrap.py src.app.notes`
	urls := start(t, "notes", "--function", "Notes="+function, "--function", "Files="+function, "--api-key", "tests=k")
	if len(urls) != 2 || !strings.HasSuffix(urls[0], "/local-notes") || !strings.HasSuffix(urls[1], "/Prod") {
		t.Fatalf("got %v, want the stages local-notes and Prod", urls)
	}
	const key = "x-api-key: k"
	try(t, urls[1], []call{
		{"GET", "/notes?page=1", key, "", 200, `{"function": "Notes", "route": "GET /notes", "path": "/Prod/notes", "parameters": null}`, ""},
		{"GET", "/notes", key, "", 200, `{"function": "Notes", "route": "GET /notes", "path": "/Prod/notes", "parameters": null}`, ""}, // no validator
		{"GET", "/notes?page=1", "", "", 403, `{"message":"Forbidden"}`, "x-amzn-ErrorType: ForbiddenException"},
		{"PATCH", "/notes/7", key, "", 200, `{"function": "Notes", "route": "PATCH /notes/{id}", "path": "/Prod/notes/7", "parameters": {"id": "7"}}`, ""},
		{"GET", "/", "", "", 200, `{"function": "Notes", "route": "GET /", "path": "/Prod/", "parameters": null}`, ""},
		{"PUT", "/files/a/b.txt", key, "", 200, `{"function": "Files", "route": "PUT /files/{path+}", "path": "/Prod/files/a/b.txt", "parameters": {"path": "a/b.txt"}}`, ""},
		{"OPTIONS", "/notes", "", "", 200, `{}`, "Access-Control-Allow-Methods: GET,OPTIONS"},
		{"OPTIONS", "/files/x", "", "", 200, `{}`, "Access-Control-Allow-Methods: DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT"},
		{"OPTIONS", "/", "", "", 200, `{}`, "Access-Control-Max-Age: 600"},
		{"DELETE", "/notes", key, "", 403, `{"message":"Missing Authentication Token"}`, ""},
	})
	try(t, urls[0], []call{
		{"POST", "/upload", json + "\nX-Kind: image", `{"name":"a"}`, 200, `{"function": "Files", "route": "POST /upload", "path": "/local-notes/upload", "parameters": null}`, ""},
		{"POST", "/upload", json + "\nX-Kind: image", `{"name":1}`, 422, `{"error": "Invalid request body"}`, "X-Reason: body"},
		{"POST", "/upload", json, `{"name":"a"}`, 400, `{"message": "Missing required request parameters: [X-Kind]"}`, ""},
		{"OPTIONS", "/upload", "", "", 200, `{}`, "Access-Control-Allow-Origin: https://notes.example"},
	})
}

// TestGuarded runs Lambda authorizers.
func TestGuarded(t *testing.T) {
	t.Parallel()
	var functions []string
	for _, f := range []string{"Doors", "Token", "Request"} {
		functions = append(functions, "--function", f+"=python3 ../bootstrap.py app."+strings.ToLower(f))
	}
	base := start(t, "guarded", functions...)[0]
	const ann = "X-Token: ann doors/a"
	try(t, base, []call{
		{"GET", "/health", "", "", 200, `{"path": "/health", "authorizer": {}}`, ""},
		{"OPTIONS", "/doors/a", "", "", 200, `{}`, "Access-Control-Allow-Methods: DELETE,GET,OPTIONS"},
		{"GET", "/doors/a", "", "", 401, `{"error":"who are you?"}`, "Www-Authenticate: Token"},
		{"GET", "/doors/a", "X-Token: Ann", "", 401, `{"error":"who are you?"}`, ""},
		{"GET", "/doors/a", "X-Token: nobody x", "", 401, `{"error":"who are you?"}`, ""},
		{"GET", "/doors/a", "X-Token: broken x", "", 500, `{"message":null}`, "X-Amzn-Errortype: AuthorizerConfigurationException"},
		{"GET", "/doors/a", ann, "", 200, `{"path": "/doors/a", "authorizer": {"why": "no such door for you", "asked": "3", "admin": "false", "principalId": "ann"}}`, ""},
		{"DELETE", "/doors/a", ann, "", 200, `{"path": "/doors/a", "authorizer": {"why": "no such door for you", "asked": "3", "admin": "false", "principalId": "ann"}}`, ""},
		{"GET", "/doors/b", ann, "", 403, `{"error":"not for ann","why":"no such door for you"}`, "X-Amzn-Errortype: AccessDeniedException"},
		{"GET", "/doors/b", "X-Token: root doors", "", 200, `{"path": "/doors/b", "authorizer": {"why": "no such door for you", "asked": "4", "admin": "true", "principalId": "root"}}`, ""},
		{"GET", "/look", "", "", 401, `{"error":"who are you?"}`, ""},
		{"GET", "/look?as=bob", "", "", 200, `{"path": "/look", "authorizer": {"why": "thieves stay out", "seen": "127.0.0.1", "principalId": "bob"}}`, ""},
		{"GET", "/look?as=thief", "", "", 403, `{"error":"not for thief","why":"thieves stay out"}`, ""},
	})
	open := start(t, "guarded", append(functions, "--authorizer", "*=off")...)[0]
	try(t, open, []call{{"GET", "/doors/a", "", "", 200, `{"path": "/doors/a", "authorizer": {}}`, ""}})
}

// TestResources runs an API that is written as a resource for every path and method. Requests to a
// host that exists only once deployed fail.
func TestResources(t *testing.T) {
	t.Parallel()
	base := start(t, "resources", "--template", "template.json", "--function", "Greeter=python3 ../bootstrap.py app.greet")[0]
	try(t, base, []call{
		{"POST", "/greet/7?lang=en", json, `{"name":"it's"}`, 200, `{"body": {"name": "it's"}, "query": {"lang": "en"}, "path": {"id": "7"}, "stage": {"tone": "kind"}}`, ""},
		{"POST", "/greet/7?lang=en", json, `{"name":""}`, 400, `{"why": "[400] a name is needed, isn't it?"}`, ""},
		{"POST", "/greet/7?lang=en", json, `{"name":"nobody"}`, 502, "{}", "X-Error: LookupError"},
		{"POST", "/greet/7", json, `{"name":"a"}`, 400, `{"message": "Missing required request parameters: [lang]"}`, "Access-Control-Allow-Origin: *"},
		{"POST", "/greet/7?lang=en", json, `{}`, 400, `{"message": "Invalid request body"}`, ""},
		{"POST", "/greet/7?lang=en", "Content-Type: text/plain", `x`, 415, `{"message": "Unsupported Media Type"}`, ""},
		{"OPTIONS", "/greet/7", "", "", 204, "", "Access-Control-Allow-Methods: OPTIONS,POST"},
		{"GET", "/greet", "", "", 403, `{"message":"Missing Authentication Token"}`, ""},
		{"GET", "/private", "", "", 401, `{"message":"Unauthorized"}`, ""},
		{"DELETE", "/private", "", "", 500, `{"message": "Internal server error"}`, ""},
	})
}

// TestExported runs a stand-alone document, as API Gateway exports it.
func TestExported(t *testing.T) {
	t.Parallel()
	base := start(t, "exported", "--openapi", "api.yaml", "--stage", "dev", "--stage-variables", "alias=live", "--api-key", "tests=k",
		"--function", "parcels=python3 ../bootstrap.py app.parcels", "--function", "rest=python3 ../bootstrap.py app.rest")[0]
	if !strings.HasSuffix(base, "/dev") {
		t.Errorf("the stage of %s is not dev", base)
	}
	try(t, base, []call{
		{"GET", "/parcels/7?a=b", "x-api-key: k", "", 200, `{"body-json": {}, "params": {"path": {"id": "7"}, "querystring": {"a": "b"}}, "stage-variables": {"alias": "live"}, ` +
			`"context": {"http-method": "GET", "stage": "dev", "resource-path": "/parcels/{id}"}, "arn": "live"}`, ""},
		{"GET", "/parcels/9", "x-api-key: k", "", 404, "{\n  \"message\" : \"'[NotFound] 9'\"\n}", ""},
		{"GET", "/parcels/7", "", "", 401, `{"message":"no key for /parcels/{id}"}`, ""},
		{"POST", "/any/thing", "", "", 200, `{"proxy": "any/thing"}`, ""},
		{"OPTIONS", "/parcels/7", "", "", 200, "", "Access-Control-Allow-Origin: *"},
		{"DELETE", "/", "", "", 403, `{"message":"Missing Authentication Token"}`, ""},
	})
}

// TestCheck says that the applications are as they should be.
func TestCheck(t *testing.T) {
	t.Parallel()
	for app, args := range map[string][]string{
		"orders": nil, "petstore": {"--ignore", "raw-intrinsic"}, // its DefinitionUri is an Fn::Join, as published
		"mixed": nil, "notes": nil, "guarded": nil, "resources": {"--template", "template.json"}, "exported": {"--openapi", "api.yaml"},
	} {
		cmd := exec.Command(apigw, append([]string{"check"}, args...)...)
		cmd.Dir = app
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", app, err, out)
		}
	}
}
