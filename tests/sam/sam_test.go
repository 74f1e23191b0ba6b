//go:build e2e

package sam

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

const root = "../.."

// tool returns the command that runs a tool of one of the sets in tools/.
func tool(t testing.TB, set, name string) string {
	t.Helper()
	toolsOnce.Lock()
	defer toolsOnce.Unlock()
	bin, known := toolsAt[set]
	if !known {
		out, err := exec.Command("./tools.sh", set).Output()
		if err != nil {
			t.Fatalf("tools.sh %s: %v\n%s", set, err, stderrOf(err))
		}
		bin = strings.TrimSpace(string(out))
		toolsAt[set] = bin
	}
	return filepath.Join(bin, name)
}

var (
	toolsOnce sync.Mutex
	toolsAt   = map[string]string{}
)

// engine returns the variable that names the Docker engine, which it starts if needed.
var engine = sync.OnceValues(func() (string, error) {
	out, err := exec.Command("./docker.sh", "up").Output()
	if err != nil {
		return "", fmt.Errorf("docker.sh up: %v\n%s", err, stderrOf(err))
	}
	return "DOCKER_HOST=" + strings.TrimSpace(string(out)), nil
})

// scratch is a folder for what tests share; "" until the first test needs it.
var scratch string

func TestMain(m *testing.M) {
	code := m.Run()
	if scratch != "" {
		os.RemoveAll(scratch)
	}
	if out, err := exec.Command("./docker.sh", "down").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "docker.sh down: %v\n%s", err, out)
		code = max(code, 1)
	}
	os.Exit(code)
}

func stderrOf(err error) []byte {
	if e, ok := err.(*exec.ExitError); ok {
		return e.Stderr
	}
	return nil
}

// environment returns this process's environment, without variables that would lead a tool to
// somebody's AWS account or to the network.
func environment(more ...string) []string {
	var env []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "AWS_") && !strings.HasPrefix(v, "DOCKER_HOST=") && !strings.HasPrefix(v, "TABLE_NAME=") {
			env = append(env, v)
		}
	}
	return append(append(env, "SAM_CLI_TELEMETRY=0", "AWS_EC2_METADATA_DISABLED=true", "AWS_CONFIG_FILE=/nonexistent",
		"AWS_SHARED_CREDENTIALS_FILE=/nonexistent", "AWS_DEFAULT_REGION=eu-north-1"), more...)
}

// docker runs a Docker command and returns what it prints.
func docker(t testing.TB, args ...string) string {
	t.Helper()
	host, err := engine()
	if err != nil {
		t.Fatal(err)
	}
	return run(t, root, []string{host}, "docker", args...)
}

// run runs a command to its end and returns its standard output; if the command fails, so does
// the test.
func run(t testing.TB, dir string, env []string, name string, args ...string) string {
	t.Helper()
	stdout, stderr, err := attempt(t, dir, env, name, args...)
	if err != nil {
		t.Fatalf("%s %s: %v\n%s%s", filepath.Base(name), strings.Join(args, " "), err, stdout, stderr)
	}
	return stdout
}

// attempt runs a command that may fail.
func attempt(t testing.TB, dir string, env []string, name string, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = dir, environment(env...)
	var o, e bytes.Buffer
	cmd.Stdout, cmd.Stderr = &o, &e
	err = cmd.Run()
	return o.String(), e.String(), err
}

// clone copies what a clone of the working tree would contain into an empty folder, so that a
// test sees what a new user sees, and may write to it.
func clone(t testing.TB, dir string) {
	t.Helper()
	standIns := standIns(t)
	files := run(t, root, nil, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	for _, name := range strings.Split(strings.Trim(files, "\x00"), "\x00") {
		data, err := os.ReadFile(filepath.Join(root, name))
		if os.IsNotExist(err) { // deleted but not committed yet
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		if standIns && filepath.Base(name) == "Dockerfile" {
			data = digest.ReplaceAll(data, nil)
		}
		to := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, data, info.Mode()); err != nil {
			t.Fatal(err)
		}
	}
}

// digest is that of a base image.
var digest = regexp.MustCompile(`(?m)@sha256:[0-9a-f]{64}$`)

// standIns reports whether the engine has stand-ins for the base images: see docker.sh.
func standIns(t testing.TB) bool {
	t.Helper()
	_, rest, _ := strings.Cut(readIn(t, root, "src/function/Dockerfile"), "\nARG BASE_IMAGE=")
	image, _, _ := strings.Cut(rest, "@")
	host, err := engine()
	if err != nil {
		t.Fatal(err)
	}
	label, _, err := attempt(t, root, []string{host}, "docker", "image", "inspect", "--format", "{{.Config.Labels.standin}}", image)
	return err == nil && strings.TrimSpace(label) != "" && strings.TrimSpace(label) != "<no value>"
}

func parseJSON(t testing.TB, text string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), into); err != nil {
		t.Fatalf("no JSON: %v\n%s", err, text)
	}
}
