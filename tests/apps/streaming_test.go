//go:build e2e

package apps

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"testing"

	"example.com/guessing-game/tests/serve"
)

// TestStreaming runs a function that streams its response, behind the SAM event property for that.
func TestStreaming(t *testing.T) {
	t.Parallel()
	a := serve.Start(t, apigw, "streaming", nil)
	for _, c := range []struct {
		name, path string
		status     int
		body       string
		broken     bool
		console    string
	}{
		{"whole", "told?do=tell", 201, "once\nupon a time\n", false, ""},
		{"fails before it writes", "told?do=refuse", 502, `{"message": "Internal server error"}`, false, "the function failed: before"},
		{"a prelude with a body", "told?do=prelude", 500, `{"message": "Internal server error"}`, false, `before the eight NUL bytes has a member "body"`},
		{"throws in the middle", "told?do=throw", 201, "once\n", true, "the response broke off after 5 bytes: the function failed: in the middle"},
		{"dies in the middle", "told?do=die", 201, "once\n", true, "the function failed: RequestId: "},
		{"hangs in the middle", "told?do=hang", 201, "once\n", true, "Task timed out after 4.00 seconds"},
		{"says nothing within timeoutInMillis", "soon?do=silent", 504, `{"message": "Endpoint request timed out"}`, false, "did not respond within 500ms"},
		{"whole again", "told?do=tell", 201, "once\nupon a time\n", false, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			resp, err := http.Get(a.REST[0] + c.path)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			if broken := errors.Is(err, io.ErrUnexpectedEOF); resp.StatusCode != c.status || string(body) != c.body || broken != c.broken {
				t.Errorf("%d %q %v, want %d %q, broken off %t", resp.StatusCode, body, err, c.status, c.body, c.broken)
			}
			if resp.StatusCode == http.StatusCreated && (resp.Header.Get("X-Kind") != "story" || strings.Join(resp.Header["Set-Cookie"], "; ") != "seen=1; page=2" || resp.ContentLength != -1) {
				t.Errorf("headers %v", resp.Header)
			}
			a.AwaitText(t, c.console, 1)
		})
	}

	// A client that leaves does not stop the function: its invocation ends as in Lambda.
	resp, err := http.Get(a.REST[0] + "told?do=on&then=the-function-has-ended")
	if err != nil {
		t.Fatal(err)
	}
	if first, err := bufio.NewReader(resp.Body).ReadString('\n'); err != nil || first != "once\n" {
		t.Errorf("the first piece is %q, %v", first, err)
	}
	resp.Body.Close()
	a.AwaitText(t, "the client has gone", 1)
	a.AwaitText(t, "the-function-has-ended", 1)
}

// TestInvokeWithResponseStream checks the framing of events with AWS's own client.
func TestInvokeWithResponseStream(t *testing.T) {
	t.Parallel()
	a := serve.Start(t, apigw, "streaming", nil)
	server, err := exec.Command("../moto/install.sh").Output()
	if err != nil {
		t.Fatal(err)
	}
	python := strings.TrimSuffix(strings.TrimSpace(string(server)), "moto_server") + "python" // boto3 comes with moto
	out, err := exec.Command(python, "streaming/invoke.py", strings.TrimSuffix(a.Lambda, "/"), `{"do": "tell"}`, `{"do": "throw"}`, `{"do": "refuse"}`).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	const (
		kind = "200 application/vnd.amazon.eventstream "
		head = `"{\"statusCode\":201,\"headers\":{\"Content-Type\":\"text/plain\",\"X-Kind\":\"story\"},\"cookies\":[\"seen=1\",\"page=2\"]}\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000`
	)
	want := kind + head + `once\nupon a time\n" - -` + "\n" + kind + head + `once\n" Unhandled in the middle` + "\n" + kind + `"" Unhandled before` + "\n"
	if string(out) != want {
		t.Errorf("got\n%swant\n%s", out, want)
	}
}
