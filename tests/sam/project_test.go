//go:build e2e

package sam

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A project is a fresh clone in which `sam build` has run, without flags and without any
// preparation.
type project struct {
	dir    string
	engine string // DOCKER_HOST=…
}

var (
	projectOnce sync.Mutex
	projectMade *project
)

// built returns the project, which all tests share and none changes: `sam build` gives its image
// the same name wherever it runs.
func built(t testing.TB) *project {
	t.Helper()
	projectOnce.Lock()
	defer projectOnce.Unlock()
	if projectMade == nil {
		host, err := engine()
		if err != nil {
			t.Fatal(err)
		}
		if scratch, err = os.MkdirTemp("", "guessing-game"); err != nil {
			t.Fatal(err)
		}
		p := &project{filepath.Join(scratch, "clone"), host}
		clone(t, p.dir)
		_, stderr, err := attempt(t, p.dir, []string{host}, tool(t, "sam", "sam"), "build")
		if err != nil {
			t.Fatalf("sam build: %v\n%s", err, stderr)
		}
		projectMade = p
	}
	return projectMade
}

// sam runs a SAM command in the project.
func (p *project) sam(t testing.TB, args ...string) (stdout, stderr string) {
	t.Helper()
	stdout, stderr, err := attempt(t, p.dir, []string{p.engine}, tool(t, "sam", "sam"), args...)
	if err != nil {
		t.Fatalf("sam %s: %v\n%s%s", strings.Join(args, " "), err, stdout, stderr)
	}
	return stdout, stderr
}

// serve starts a command that serves HTTP, with "PORT" in its arguments for a free port, and waits
// until url responds. It ends with the test, on SIGINT as by Ctrl-C.
func serve(t testing.TB, dir string, env []string, url, name string, args ...string) (root string, logs *output) {
	t.Helper()
	port := freePort(t)
	for i, a := range args {
		args[i] = strings.ReplaceAll(a, "PORT", port)
	}
	url = strings.ReplaceAll(url, "PORT", port)
	logs = &output{}
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, environment(env...), logs, logs
	cmd.WaitDelay = 10 * time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGINT)
		select {
		case <-ended:
		case <-time.After(30 * time.Second):
			cmd.Process.Kill()
			<-ended
			t.Errorf("%s did not end on SIGINT\n%s", filepath.Base(name), logs)
		}
		if t.Failed() {
			t.Logf("%s %s:\n%s", filepath.Base(name), strings.Join(args, " "), logs)
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		resp, err := http.Get(url)
		if err == nil {
			resp.Body.Close()
			return url, logs
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("%s ended: %v\n%s", filepath.Base(name), err, logs)
		case <-ctx.Done():
			t.Fatalf("%s does not respond at %s\n%s", filepath.Base(name), url, logs)
		case <-tick.C:
		}
	}
}

func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return fmt.Sprint(l.Addr().(*net.TCPAddr).Port)
}

// output is what a running command has printed so far.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// apigw builds the gateway's command.
func (p *project) apigw(t testing.TB) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "apigw")
	run(t, p.dir, nil, "go", "build", "-o", bin, "./src/apigw")
	return bin
}
