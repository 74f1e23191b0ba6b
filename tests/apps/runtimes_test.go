//go:build e2e

package apps

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"example.com/guessing-game/tests/serve"
)

// TestRuntimes starts an application of each runtime and builder in a fresh copy, with no flag.
// An archive holds its files, then the requests: a line "METHOD PATH STATUS BODY" for each, with
// * for any body. apigw start prints the lines of "said".
func TestRuntimes(t *testing.T) {
	t.Parallel()
	archives, err := filepath.Glob("runtimes/*.txtar")
	if err != nil || len(archives) < 10 {
		t.Fatalf("got %d archives, %v", len(archives), err)
	}
	for _, archive := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(archive), ".txtar"), func(t *testing.T) {
			t.Parallel()
			a, err := txtar.ParseFile(archive)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			var requests, said string
			for _, file := range a.Files {
				switch file.Name {
				case "requests":
					requests = string(file.Data)
					continue
				case "said":
					said = string(file.Data)
					continue
				}
				name := filepath.Join(dir, filepath.FromSlash(file.Name))
				if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
					t.Fatal(err)
				}
				mode := os.FileMode(0o644)
				if strings.HasPrefix(string(file.Data), "#!") {
					mode = 0o755
				}
				if err := os.WriteFile(name, file.Data, mode); err != nil {
					t.Fatal(err)
				}
			}
			app := serve.Start(t, apigw, dir, nil)
			client := &http.Client{Timeout: time.Minute}
			for line := range strings.Lines(requests) {
				var method, path string
				var status int
				if _, err := fmt.Sscan(line, &method, &path, &status); err != nil {
					t.Fatalf("%q: %v", line, err)
				}
				fields := strings.SplitN(strings.TrimSpace(line), " ", 4)
				want := ""
				if len(fields) == 4 {
					want = fields[3]
				}
				req, err := http.NewRequest(method, strings.TrimSuffix(app.REST[0], "/")+path, nil)
				if err != nil {
					t.Fatal(err)
				}
				resp, err := client.Do(req)
				if err != nil {
					t.Fatal(err)
				}
				body, err := io.ReadAll(resp.Body)
				resp.Body.Close()
				if err != nil {
					t.Fatal(err)
				}
				if got := strings.TrimSpace(string(body)); resp.StatusCode != status || got != want && want != "*" {
					t.Errorf("%s %s: got %d %s, want %d %s", method, path, resp.StatusCode, got, status, want)
				}
			}
			for line := range strings.Lines(said) {
				line = strings.TrimSpace(line)
				if err := app.Await(func(text string) bool { return strings.Contains(text, line) }); err != nil {
					t.Errorf("apigw start does not say %q: %v", line, err)
				}
			}
		})
	}
}
