package recorded

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"example.com/guessing-game/tests/serve"
)

// program is the apigw that is compared with the recordings.
var program string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "recorded")
		if err == nil {
			defer os.RemoveAll(dir)
			program = filepath.Join(dir, "apigw")
			build := exec.Command("go", "build", "-o", program, "./src/apigw")
			build.Dir, build.Stdout, build.Stderr = "../..", os.Stderr, os.Stderr
			err = build.Run()
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return m.Run()
	}())
}

// invoked is what a function receives and returns; failed says that it returns an error.
type invoked func(event []byte) (payload []byte, failed bool)

// start calls startApigw and returns its address.
func start(t *testing.T, document string, function invoked, services http.Handler, args ...string) string {
	t.Helper()
	return address(startApigw(t, document, function, services, args...))
}

// address returns where an apigw start serves its API.
func address(a *serve.Apigw) string { return strings.Split(a.REST[0], "/")[2] }

// startApigw serves a document with apigw start until the test ends, with one function behind all
// its routes. Requests to AWS services go to services, which may be nil;
// ${stageVariables.backend} is its address.
func startApigw(t *testing.T, document string, function invoked, services http.Handler, args ...string) *serve.Apigw {
	t.Helper()
	backend := httptest.NewServer(services)
	t.Cleanup(backend.Close)
	lambda := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		event, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		payload, failed := function(event)
		if r.Header.Get("X-Amz-Invocation-Type") == "Event" {
			w.WriteHeader(http.StatusAccepted)
			return
		}
		w.Header().Set("X-Amz-Executed-Version", "$LATEST")
		w.Header().Set("X-Amzn-RequestId", "20a0cc6d-ade0-417f-853d-04c72dbe23d6")
		if failed {
			w.Header().Set("X-Amz-Function-Error", "Unhandled")
		}
		w.Write(payload)
	}))
	t.Cleanup(lambda.Close)
	file := filepath.Join(t.TempDir(), "api.yaml")
	if err := os.WriteFile(file, []byte(document), 0o666); err != nil {
		t.Fatal(err)
	}
	if services != nil {
		args = append([]string{"--stage-variables", "backend=" + backend.Listener.Addr().String()}, args...)
	}
	return serve.Start(t, program, "", []string{"AWS_ACCESS_KEY_ID=", "AWS_REGION=us-east-1", "AWS_ENDPOINT_URL=" + backend.URL},
		append([]string{"--openapi", file, "--lambda-endpoint", lambda.URL}, args...)...)
}

// send sends a request as written, except for line ends and the length of the body, and reads the
// response; names of headers are as received.
func send(t *testing.T, addr, host, request string) (status string, headers http.Header, body string) {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	head, content, _ := strings.Cut(request, "\n\n")
	line, fields, _ := strings.Cut(strings.TrimRight(head, "\n"), "\n")
	if fields != "" {
		fields += "\n"
	}
	raw := line + " HTTP/1.1\nHost: " + host + "\n" + fields
	if content != "" {
		raw += fmt.Sprintf("Content-Length: %d\n", len(content))
	}
	if _, err := io.WriteString(c, strings.ReplaceAll(raw, "\n", "\r\n")+"\r\n"+content); err != nil {
		t.Fatal(err)
	}
	headers = http.Header{}
	r := bufio.NewReader(c)
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			t.Fatalf("after %q %v: %v", status, headers, err)
		}
		line = strings.TrimSuffix(line, "\r\n")
		if line == "" {
			break
		}
		if status == "" {
			status = line
			continue
		}
		name, value, _ := strings.Cut(line, ": ")
		headers[name] = append(headers[name], value)
	}
	if length := headers["Content-Length"]; len(length) == 1 {
		n, err := strconv.Atoi(length[0])
		if err != nil {
			t.Fatal(err)
		}
		content := make([]byte, n)
		if _, err := io.ReadFull(r, content); err != nil {
			t.Fatalf("after %q %v: %v", status, headers, err)
		}
		body = string(content)
	}
	return status, headers, body
}
