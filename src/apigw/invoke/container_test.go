//go:build unix

package invoke

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A container gets the function's variables and Lambda's by name, none of this machine's own, and
// is removed when its process has ended.
func TestContainer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	docker := filepath.Join(dir, "docker")
	// A stand-in for Docker, which records its arguments and runs the command after the image.
	const script = `#!/bin/sh
echo "$@" >> "$0.log"
[ "$1" = run ] || exit 0
while [ "$1" != image ]; do shift; done
shift
exec "$@"
`
	if err := os.WriteFile(docker, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	h, _ := testHost(t, "ok", func(cfg *Config) {
		program := cfg.Command
		cfg.Container, cfg.Remove = true, []string{docker, "rm", "--force", "{name}"}
		cfg.Command = slices.Concat([]string{docker, "run", "--rm", "--name", "{name}", "{env}", "image"}, program)
		cfg.Env["OWN"] = "secret value"
		cfg.Environ = append(cfg.Environ, "PATH="+os.Getenv("PATH"), "HOME="+dir, "AWS_ENDPOINT_URL=http://127.0.0.1:8000", "DOCKER_HOST=x")
	})
	if got := mustInvoke(t, h, `{"a":1}`); string(got.Payload) != `{"a":1}` {
		t.Errorf("got %s", got.Payload)
	}
	h.Close()
	data, err := os.ReadFile(docker + ".log")
	if err != nil {
		t.Fatal(err)
	}
	run, rest, _ := strings.Cut(string(data), "\n")
	words := strings.Fields(run)
	name := words[3]
	if !strings.HasPrefix(name, "apigw-test-") {
		t.Errorf("the container is called %s", name)
	}
	for _, variable := range []string{"OWN", "AWS_LAMBDA_RUNTIME_API", "AWS_REGION", "AWS_ENDPOINT_URL", "_HANDLER"} {
		if i := slices.Index(words, variable); i < 0 || words[i-1] != "--env" {
			t.Errorf("%s is not passed on: %s", variable, run)
		}
	}
	for _, variable := range []string{"PATH", "HOME", "DOCKER_HOST", "LAMBDA_TASK_ROOT", "secret"} {
		if slices.Contains(words, variable) {
			t.Errorf("%s is passed on: %s", variable, run)
		}
	}
	if want := "rm --force " + name + "\n"; rest != want {
		t.Errorf("got %q after the run, want %q", rest, want)
	}
}
