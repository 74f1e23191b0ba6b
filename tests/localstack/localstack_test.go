//go:build e2e

package localstack

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"

	"example.com/guessing-game/tests/serve"
)

const region = "eu-west-1"

// startLocalStack installs LocalStack if needed, runs it on a free port until the test ends, and
// returns its address.
func startLocalStack(t *testing.T) string {
	t.Helper()
	install := exec.Command("./install.sh")
	install.Stderr = os.Stderr
	python, err := install.Output()
	if err != nil {
		t.Fatalf("LocalStack cannot be installed, see above: %v", err)
	}
	port, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := port.Addr().String()
	port.Close() // LocalStack accepts neither a listener nor port 0
	cmd := exec.Command(strings.TrimSpace(string(python)), "-m", "localstack.runtime.main")
	cmd.Env = append(os.Environ(), "GATEWAY_LISTEN="+address, "FILESYSTEM_ROOT="+t.TempDir(), "OVERRIDE_IN_DOCKER=0",
		"DNS_ADDRESS=0", "DISABLE_EVENTS=1", "SKIP_SSL_CERT_DOWNLOAD=1")
	out := &serve.Output{}
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ctx, ended := context.WithTimeoutCause(t.Context(), 2*time.Minute, fmt.Errorf("it takes longer than two minutes"))
	ctx, give := context.WithCancelCause(ctx)
	gone := make(chan struct{})
	go func() {
		give(fmt.Errorf("it has ended: %v", cmd.Wait()))
		close(gone)
	}()
	t.Cleanup(func() {
		ended()
		cmd.Process.Kill()
		<-gone
		if t.Failed() {
			t.Logf("LocalStack said:\n%s", out)
		}
	})
	if err := out.Await(ctx, func(text string) bool { return strings.Contains(text, "Ready.") }); err != nil {
		t.Fatalf("LocalStack does not start: %v", err)
	}
	return "http://" + address
}

// startBackend is the backend of /orders.
func startBackend(t *testing.T) (host string) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var order map[string]any
		if err := json.NewDecoder(r.Body).Decode(&order); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("X-Number", "7")
		w.Header().Set("Content-Type", "application/json")
		if order["item"] == "none" {
			w.WriteHeader(http.StatusNotFound)
		}
		json.NewEncoder(w).Encode(map[string]any{"number": 7, "item": order["item"], "for": r.Header.Get("X-For"), "url": r.URL.String(), "got": order})
	}))
	t.Cleanup(srv.Close)
	return strings.TrimPrefix(srv.URL, "http://")
}

// deploy imports the document and creates its queue; LocalStack runs TestInvokeMethod on what is
// deployed.
func deploy(t *testing.T, url, document string) (id string) {
	t.Helper()
	ctx := t.Context()
	c, err := config.LoadDefaultConfig(ctx, config.WithRegion(region), config.WithBaseEndpoint(url),
		config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider("test", "test", "")))
	if err != nil {
		t.Fatal(err)
	}
	queue, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/?Action=CreateQueue&QueueName=messages", nil)
	if err != nil {
		t.Fatal(err)
	}
	// The signature is not checked; it names the service and the region.
	queue.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=test/20200101/"+region+"/sqs/aws4_request, SignedHeaders=host, Signature=0")
	r, err := http.DefaultClient.Do(queue)
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if r.StatusCode != http.StatusOK {
		t.Fatalf("creating the queue: %s", r.Status)
	}
	client := apigateway.NewFromConfig(c)
	api, err := client.ImportRestApi(ctx, &apigateway.ImportRestApiInput{Body: []byte(document)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.CreateDeployment(ctx, &apigateway.CreateDeploymentInput{RestApiId: api.Id, StageName: aws.String("dev")}); err != nil {
		t.Fatal(err)
	}
	return *api.Id
}

// apigw runs a command of apigw against LocalStack in dir.
type apigw struct{ program, dir, url string }

func (a apigw) run(t *testing.T, args ...string) (code int, out string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), a.program, args...)
	cmd.Dir = a.dir
	cmd.Env = append(os.Environ(), "AWS_ENDPOINT_URL="+a.url, "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_REGION="+region, "COLUMNS=160")
	var text bytes.Buffer
	cmd.Stdout, cmd.Stderr = &text, &text
	if err := cmd.Run(); cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), text.String()
}

func (a apigw) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(a.dir, name), []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// The same document gives the same result for every request in both; a deliberately changed
// template is the only difference, at its step; and what is recorded there passes here, until the
// template is changed.
func TestLocalStackAgrees(t *testing.T) {
	dir := t.TempDir()
	program := filepath.Join(dir, "apigw")
	if out, err := exec.Command("go", "build", "-o", program, "../../src/apigw").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	document := strings.ReplaceAll(read(t, "testdata/api.yaml"), "BACKEND", startBackend(t))
	a := apigw{program: program, dir: dir, url: startLocalStack(t)}
	id := deploy(t, a.url, document)
	a.write(t, "requests.txtar", read(t, "testdata/requests.txtar"))
	a.write(t, "api.yaml", document)
	account := []string{"--openapi", "api.yaml", "--rest-api-id", id, "--stage", "dev", "--requests", "requests.txtar", "--yes"}

	code, out := a.run(t, append([]string{"compare"}, account...)...)
	if code != 0 || !strings.Contains(out, "6 same, 0 differ") {
		t.Fatalf("compare: exit status %d\n%s", code, out)
	}
	code, out = a.run(t, append([]string{"record", "-o", "recorded"}, account...)...)
	if code != 0 || !strings.Contains(out, "6 tests written") {
		t.Fatalf("record: exit status %d\n%s", code, out)
	}
	if code, out = a.run(t, "test", "--openapi", "api.yaml", "--complete", "recorded"); code != 0 || !strings.Contains(out, "6 passed, 0 failed") {
		t.Fatalf("the recorded tests: exit status %d\n%s", code, out)
	}

	for _, c := range []struct {
		name, old, new string
		step           string
		differ         []string // the requests
		failing        int      // of the recorded tests
	}{
		{"a template that selects", ") > 3)400", ") > 0)400", "status", []string{"greeting"}, 1},
		{"a response", `"Hello `, `"Hi `, "response", []string{"greeting"}, 1},
		{"a response header", "'once'", "'twice'", "response headers", []string{"greeting"}, 1},
		{"a request", `== '')1#else`, `== '')2#else`, "endpoint request", []string{"one", "missing"}, 2},
		{"the encoding of a request", "$util.urlEncode($input.body)", "$input.body", "endpoint request", []string{"message"}, 1},
		{"a header of the request", "X-For: method.request.header.X-Caller", "X-For: \"'nobody'\"", "endpoint request headers", []string{"order", "one", "missing"}, 3},
		{"the path of the request", "/orders/{place}", "/order/{place}", "endpoint request URI", []string{"order", "one", "missing"}, 3},
		{"the query of the request", "unit=piece", "unit=box", "endpoint request URI", []string{"order", "one", "missing"}, 3},
		{"a selection", `"4\\d\\d"`, `"5\\d\\d"`, "status", []string{"missing"}, 1},
		{"a loop", "[1..2]", "[1..3]", "response", []string{"order", "one"}, 2},
	} {
		changed := strings.Replace(document, c.old, c.new, 1)
		if changed == document {
			t.Fatalf("%s: nothing is changed", c.name)
		}
		a.write(t, "api.yaml", changed)
		code, out := a.run(t, append([]string{"compare"}, account...)...)
		var differ []string
		for _, m := range regexp.MustCompile(`(?m)^DIFFER +requests\.txtar (\S+) .*\n +(.*)$`).FindAllStringSubmatch(out, -1) {
			differ = append(differ, m[1])
			if m[2] != c.step {
				t.Errorf("%s: %s differs at %q, want %q", c.name, m[1], m[2], c.step)
			}
		}
		if code != 1 || strings.Join(differ, " ") != strings.Join(c.differ, " ") || !strings.Contains(out, fmt.Sprintf("%d same, %d differ", 6-len(c.differ), len(c.differ))) {
			t.Errorf("%s: exit status %d, differ: %v, want %v\n%s", c.name, code, differ, c.differ, out)
		}
		code, out = a.run(t, "test", "--openapi", "api.yaml", "recorded")
		if code != 1 || !strings.Contains(out, fmt.Sprintf("%d passed, %d failed", 6-c.failing, c.failing)) {
			t.Errorf("%s: the recorded tests: exit status %d, want %d failures\n%s", c.name, code, c.failing, out)
		}
	}
}
