//go:build e2e

// Package apps runs the SAM applications beside it with apigw, their functions in Python over the Lambda Runtime API.
package apps

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
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
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// output is what apigw start writes.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// start runs an application and answers the URLs of its APIs, in the order of the template.
func start(t *testing.T, app string, args ...string) []string {
	t.Helper()
	cmd := exec.Command(apigw, append([]string{"start", "--port", "0", "--lambda-port", "off", "--trace-port", "off", "--xray-port", "off"}, args...)...)
	out := &output{}
	cmd.Dir, cmd.Stdout, cmd.Stderr = app, out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		cmd.Process.Signal(os.Interrupt)
		if err := <-ended; err != nil {
			t.Errorf("apigw start: %v\n%s", err, out)
		}
		if t.Failed() {
			t.Logf("%s", out)
		}
	})
	for range 500 {
		if strings.Contains(out.String(), "Ctrl-C ends it") {
			var urls []string
			for _, m := range regexp.MustCompile(`REST +(http\S+)/`).FindAllStringSubmatch(out.String(), -1) {
				urls = append(urls, m[1])
			}
			return urls
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("apigw start says nothing:\n%s", out)
	return nil
}

// call is a request and what should come of it.
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
		{"DELETE", "/orders/ann-17", "", "", 403, `{"message": "Missing Authentication Token"}`, ""},
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
		{"GET", "/health", "", "", 403, `{"message": "Missing Authentication Token"}`, ""},
	})
}

// TestCheck says that the applications are as they should be.
func TestCheck(t *testing.T) {
	t.Parallel()
	for _, app := range []string{"orders", "petstore", "mixed"} {
		cmd := exec.Command(apigw, "check")
		cmd.Dir = app
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", app, err, out)
		}
	}
}
