//go:build e2e

package runtimes

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"example.com/guessing-game/src/apigw/invoke"
)

// nodeClient is AWS's own runtime interface client for Node.js, with which the bootstrap is
// compared, as that for Python is with the one in tests/sam/tools.
const nodeClient = "aws-lambda-ric@3.3.0"

var update = flag.Bool("update", false, "write what AWS's clients say into the archives")

// TestAsLambdaDoes runs handlers under the bootstraps and under AWS's own runtime interface
// clients. An archive of testdata holds the files of a function, its environment (including
// _HANDLER), events, and the outcome of each: the payload, then what was logged.
func TestAsLambdaDoes(t *testing.T) {
	t.Parallel()
	f, err := NewFinder(Options{Cache: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	tools := t.TempDir()
	for _, language := range []struct{ name, runtime string }{{"python", "python3.12"}, {"nodejs", "nodejs22.x"}} {
		t.Run(language.name, func(t *testing.T) {
			t.Parallel()
			ours, theirs := commands(t, f, tools, language.name)
			archives, err := filepath.Glob("testdata/" + language.name + "/*.txtar")
			if err != nil || len(archives) == 0 {
				t.Fatal("no archives", err)
			}
			for _, name := range archives {
				t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
					t.Parallel()
					c := readCase(t, name)
					if *update {
						c.want = c.run(t, theirs, language.runtime)
						c.write(t, name)
					}
					want := string(c.want)
					if got := string(c.run(t, ours, language.runtime)); got != want {
						t.Errorf("the bootstrap\n%s\nwant\n%s", got, want)
					}
					if got := string(c.run(t, theirs, language.runtime)); got != want && !*update {
						t.Errorf("AWS's client\n%s\nwant\n%s", got, want)
					}
				})
			}
		})
	}
}

// commands are those of our bootstrap and of AWS's client, for a handler in the current folder.
// They install the client.
func commands(t *testing.T, f *Finder, tools, language string) (ours, theirs []string) {
	t.Helper()
	do := func(name string, args ...string) {
		t.Helper()
		if out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput(); err != nil {
			t.Fatalf("%s %v: %v\n%s", name, args, err, out)
		}
	}
	if language == "python" {
		bin, err := exec.CommandContext(t.Context(), "../../../tests/sam/tools.sh", "awslambdaric").Output()
		if err != nil {
			t.Fatal(err)
		}
		python := filepath.Join(strings.TrimSpace(string(bin)), "python")
		return []string{python, "-u", filepath.Join(f.boot, "bootstrap.py"), here()}, []string{python, "-m", "awslambdaric"}
	}
	// The native part of AWS's client for Node.js, which speaks HTTP, is not built: a script stands
	// in for it.
	do("npm", "install", "--silent", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", tools, nodeClient)
	stand, err := filepath.Abs("testdata/rapid-client.cjs")
	if err != nil {
		t.Fatal(err)
	}
	run := filepath.Join(tools, "run.mjs")
	script := `import { run } from "./node_modules/aws-lambda-ric/dist/index.mjs"; await run(process.cwd(), process.env._HANDLER);`
	if err := os.WriteFile(run, []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	return []string{"node", filepath.Join(f.boot, "bootstrap.cjs"), here(), tools}, []string{"node", "-r", stand, run}
}

type ricCase struct {
	archive *txtar.Archive
	env     map[string]string
	files   []txtar.File
	events  []string
	want    []byte
}

func readCase(t *testing.T, name string) *ricCase {
	t.Helper()
	a, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	c := &ricCase{archive: a, env: map[string]string{}}
	for _, file := range a.Files {
		switch file.Name {
		case "env":
			for line := range strings.Lines(string(file.Data)) {
				if k, v, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
					c.env[k] = v
				}
			}
		case "events":
			c.events = strings.Split(strings.TrimSpace(string(file.Data)), "\n")
		case "want":
			c.want = file.Data
		default:
			c.files = append(c.files, file)
		}
	}
	return c
}

func (c *ricCase) write(t *testing.T, name string) {
	c.archive.Files = slices.DeleteFunc(c.archive.Files, func(f txtar.File) bool { return f.Name == "want" })
	c.archive.Files = append(c.archive.Files, txtar.File{Name: "want", Data: c.want})
	if err := os.WriteFile(name, txtar.Format(c.archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

// logs collects what is logged.
type logs struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logs) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *logs) take() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	text := l.b.String()
	l.b.Reset()
	return text
}

// run sends the events to a function and returns the outcomes.
func (c *ricCase) run(t *testing.T, command []string, runtime string) []byte {
	t.Helper()
	dir := t.TempDir()
	for _, file := range c.files {
		at := filepath.Join(dir, filepath.FromSlash(file.Name))
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, file.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	env := map[string]string{}
	for k, v := range c.env {
		if !strings.HasPrefix(k, "_") && !strings.HasPrefix(k, "AWS_") {
			env[k] = v
		}
	}
	handler := c.env["_HANDLER"]
	if len(command) > 2 && command[2] == "awslambdaric" {
		command = append(slices.Clip(command), handler)
	}
	if r := c.env["AWS_RUNTIME"]; r != "" {
		runtime = r
	}
	var log logs
	h, err := invoke.NewHost(invoke.Config{
		Name: "Test", Command: command, Dir: dir, Handler: handler, Runtime: runtime, Env: env, Timeout: 20 * time.Second, Logs: &log,
		LogFormat: c.env["AWS_LOG_FORMAT"], LogLevel: c.env["AWS_LOG_LEVEL"],
	})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	var out bytes.Buffer
	for _, event := range c.events {
		resp, err := h.Invoke(context.Background(), invoke.Invocation{
			Payload: []byte(event), RequestID: "11111111-2222-4333-8444-555555555555",
			ClientContext: `{"client":{"app_title":"t"},"custom":{"a":1}}`, CognitoIdentity: `{"cognitoIdentityId":"i","cognitoIdentityPoolId":"p"}`,
		})
		if err != nil {
			t.Fatal(err)
		}
		status := "ok"
		if resp.FunctionError != "" {
			status = "error"
		}
		out.WriteString(status + " " + plain(string(resp.Payload), dir) + "\n")
		out.WriteString(logged(log.take(), dir))
	}
	return out.Bytes()
}

var (
	stamps   = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z?`)
	platform = regexp.MustCompile(`(?m)^(START|END|REPORT|XRAY|INIT_REPORT|RequestId:) .*$`)
	inside   = regexp.MustCompile(`(?:,|\[)?"\s*at [^"]*(?:bootstrap\.cjs|aws-lambda-ric|rapid-client|node:internal|internal/|run\.mjs)[^"]*"|(?m)^\s*at .*(?:bootstrap\.cjs|aws-lambda-ric|rapid-client|node:internal|run\.mjs).*\n`)
	requires = regexp.MustCompile(`(\\n|\n|",")- [^"\\]*(?:bootstrap\.cjs|dist/index\.mjs)`)
	warning  = regexp.MustCompile(`(?m)^.*LAMBDA_WARNING: .*\n\n?|^.*LAMBDA_WARNING.*\n`)
	lineOf   = regexp.MustCompile(`(?m)^.*(AWS Lambda plans to remove).*\n`)
)

// plain replaces what differs from run to run and between the clients: times, folders, frames
// inside the runtime.
func plain(text, dir string) string {
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		text = strings.ReplaceAll(text, real, "/var/task")
	}
	text = strings.ReplaceAll(text, dir, "/var/task")
	text = stamps.ReplaceAllString(text, "TIME")
	text = requires.ReplaceAllString(text, "")
	text = inside.ReplaceAllString(text, "")
	text = strings.ReplaceAll(text, "\u00a0", " ")
	var frames struct {
		StackTrace []string `json:"stackTrace"`
	}
	if json.Unmarshal([]byte(text), &frames) == nil {
		for _, frame := range frames.StackTrace { // of importing
			if !strings.Contains(frame, "/var/task") {
				if b, err := json.Marshal(frame); err == nil {
					text = strings.ReplaceAll(text, string(b)+", ", "")
				}
			}
		}
	}
	return text
}

// logged is what a function logged, line by line.
func logged(text, dir string) string {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	text = warning.ReplaceAllString(text, "")
	text = lineOf.ReplaceAllString(text, "")
	text = platform.ReplaceAllString(text, "")
	var b strings.Builder
	for line := range strings.Lines(plain(text, dir)) {
		line = strings.TrimRight(line, "\n")
		if line == "" || strings.Contains(line, "importlib") || strings.HasPrefix(line, "Runtime.") {
			continue
		}
		b.WriteString("    " + line + "\n")
	}
	return b.String()
}
