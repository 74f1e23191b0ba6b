//go:build e2e && unix

package invoke

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// command runs a program to its end and returns its output.
func command(t *testing.T, env []string, name string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// The AWS CLI accepts a Server as Lambda.
func TestAWSCLI(t *testing.T) {
	t.Parallel()
	h, _ := testHost(t, "ok", nil)
	url := testServer(t, h).URL
	file := filepath.Join(t.TempDir(), "out.json")
	invoke := func(args ...string) (string, error) {
		// Version 2 of the CLI takes a payload for base64 unless an option says otherwise.
		return command(t, []string{"AWS_CLI_BINARY_FORMAT=raw-in-base64-out", "AWS_PAGER="}, "aws", append([]string{"lambda", "invoke",
			"--endpoint-url", url, "--no-sign-request", "--region", "us-east-1"}, append(args, file)...)...)
	}
	for _, c := range []struct {
		name      string
		args      []string
		out, want string
	}{
		{"an event", []string{"--function-name", "Test", "--payload", `{"kind":"x"}`}, `"StatusCode": 200`, `{"kind":"x"}`},
		{"by ARN, with a qualifier", []string{"--function-name", h.ARN(), "--qualifier", "live", "--payload", `{"do":"context"}`}, `"ExecutedVersion": "$LATEST"`, `function:Test:live"`},
		{"no payload", []string{"--function-name", "Test"}, `"StatusCode": 200`, `{}`},
		{"a function error", []string{"--function-name", "Test", "--payload", `{"do":"error"}`}, `"FunctionError": "Unhandled"`, `{"errorMessage":"no such thing","errorType":"errorString"}`},
		{"the log", []string{"--function-name", "Test", "--payload", `{}`, "--log-type", "Tail"}, `"LogResult": "`, `{}`},
		{"asynchronous", []string{"--function-name", "Test", "--payload", `{}`, "--invocation-type", "Event"}, `"StatusCode": 202`, ``},
		{"dry run", []string{"--function-name", "Test", "--payload", `{}`, "--invocation-type", "DryRun"}, `"StatusCode": 204`, ``},
	} {
		out, err := invoke(c.args...)
		got, _ := os.ReadFile(file)
		if err != nil || !strings.Contains(out, c.out) || !strings.Contains(string(got), c.want) {
			t.Errorf("%s: %v\n%s\n%s\nwant %s and %s", c.name, err, out, got, c.out, c.want)
		}
	}
	for _, c := range []struct {
		name string
		args []string
		want string
	}{
		{"an unknown function", []string{"--function-name", "Other"}, "(ResourceNotFoundException) when calling the Invoke operation: Function not found: arn:aws:lambda:us-east-1:123456789012:function:Other"},
		{"not JSON", []string{"--function-name", "Test", "--payload", `'test'`}, "(InvalidRequestContentException) when calling the Invoke operation: Could not parse request body into json: Could not parse payload into json: Unexpected character (''' (code 39))"},
	} {
		if out, err := invoke(c.args...); err == nil || !strings.Contains(out, c.want) {
			t.Errorf("%s: %v\n%s\nwant %s", c.name, err, out, c.want)
		}
	}
}

// A function in another language runs with AWS's own runtime client.
func TestPythonRuntimeClient(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	bin, err := exec.Command("../../../tests/sam/tools.sh", "awslambdaric").Output()
	if err != nil {
		t.Fatal(err)
	}
	python := filepath.Join(strings.TrimSpace(string(bin)), "python3")
	const app = `
def handler(event, context):
    if event.get("fail"):
        raise ValueError("no such thing")
    print("working on", context.aws_request_id)
    return {"event": event, "arn": context.invoked_function_arn, "memory": context.memory_limit_in_mb}
`
	if err := os.WriteFile(filepath.Join(dir, "app.py"), []byte(app), 0o600); err != nil {
		t.Fatal(err)
	}
	h, logs := testHost(t, "", func(cfg *Config) {
		cfg.Command = []string{python, "-m", "awslambdaric", "app.handler"}
		cfg.Dir = dir
	})
	resp := mustInvoke(t, h, `{"ü":1}`)
	if want := `{"event": {"\u00fc": 1}, "arn": "arn:aws:lambda:us-east-1:123456789012:function:Test", "memory": "128"}`; string(resp.Payload) != want {
		t.Errorf("%s\nwant %s\n%s", resp.Payload, want, logs)
	}
	if !strings.Contains(logs.String(), "working on "+resp.RequestID) {
		t.Errorf("log\n%s", logs)
	}
	resp = mustInvoke(t, h, `{"fail":true}`)
	if resp.FunctionError != "Unhandled" || !strings.Contains(string(resp.Payload), `"errorMessage": "no such thing", "errorType": "ValueError"`) {
		t.Errorf("%q %s", resp.FunctionError, resp.Payload)
	}
	broken, _ := testHost(t, "", func(cfg *Config) {
		cfg.Command = []string{python, "-m", "awslambdaric", "absent.handler"}
		cfg.Dir = dir
	})
	resp = mustInvoke(t, broken, `{}`)
	if !strings.Contains(string(resp.Payload), `"errorType": "Runtime.ImportModuleError"`) {
		t.Errorf("a module that is not there: %s", resp.Payload)
	}
}
