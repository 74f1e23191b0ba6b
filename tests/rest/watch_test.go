package rest

import (
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"example.com/guessing-game/tests/serve"
)

// A saved file of a package that the function imports is built and served. If it does not
// compile, the error is shown and the previous version stays; a function that does not compile at
// the start is served as soon as it does.
func TestSavedGoIsServed(t *testing.T) {
	t.Parallel()
	try := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	for _, part := range []string{"openapi", "src/appendjson", "src/function", "src/game", "src/lambdaloop", "src/rawio", "src/store", "src/xray"} {
		try(os.CopyFS(filepath.Join(dir, part), os.DirFS(filepath.Join(Root, part))))
	}
	for _, part := range []string{"go.mod", "go.sum", "template.yaml"} {
		data, err := os.ReadFile(filepath.Join(Root, part))
		try(err)
		try(os.WriteFile(filepath.Join(dir, part), data, 0o666))
	}
	file := filepath.Join(dir, "src/game/game.go")
	data, err := os.ReadFile(file)
	try(err)
	code := string(data)
	save := func(code string) { try(os.WriteFile(file, []byte(code), 0o666)) }
	broken := strings.Replace(code, "no game has the id %q\", id", "no game has the id %q\", nothing", 1)
	save(broken)

	program, err := filepath.Abs(filepath.Join(programs, "apigw"))
	try(err)
	cache, err := exec.Command("go", "env", "GOCACHE").Output()
	try(err)
	env := []string{"TABLE_NAME=", "XDG_CACHE_HOME=" + t.TempDir(), "GOCACHE=" + strings.TrimSpace(string(cache))}
	a := serve.Start(t, program, dir, env, "--watch", "--function", "GameFunction=./src/function", "--concurrency", "1")
	answers := func(status int, text string) {
		t.Helper()
		resp, err := http.Get(a.REST[0] + "games/4ce7c7b8-02bc-40a4-823b-6c7c02b028d3")
		try(err)
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		try(err)
		if resp.StatusCode != status || !strings.Contains(string(body), text) {
			t.Fatalf("%d %s, want %d and %q in it", resp.StatusCode, body, status, text)
		}
	}
	const where = "src/game/game.go:"
	a.AwaitText(t, "GameFunction cannot be built: ", 1)
	a.AwaitText(t, where, 1)
	answers(500, "")

	save(code)
	a.AwaitText(t, "watch: restarted GameFunction", 1)
	answers(404, "no game has the id")

	save(strings.Replace(code, "no game has the id", "nobody plays the game", 1))
	a.AwaitText(t, "watch: restarted GameFunction", 2)
	answers(404, "nobody plays the game")

	seen := strings.Count(a.String(), where)
	save(broken)
	a.AwaitText(t, "watch: restart failed; still running the previous version", 1)
	a.AwaitText(t, where, seen+1)
	answers(404, "nobody plays the game")

	save(code)
	a.AwaitText(t, "watch: restarted GameFunction", 3)
	answers(404, "no game has the id")
	if n := strings.Count(a.String(), "watch: restarted"); n != 3 {
		t.Errorf("restarted %d times, for three changes", n)
	}
}
