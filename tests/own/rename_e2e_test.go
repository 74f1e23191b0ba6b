//go:build e2e

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"example.com/guessing-game/tests/serve"
)

// copyOf is a copy of the repository, committed, in a separate folder with an apigw on the path.
type copyOf struct {
	t   *testing.T
	dir string
	bin string // that contains apigw
}

func newCopy(t *testing.T) *copyOf {
	t.Helper()
	c := &copyOf{t: t, dir: t.TempDir(), bin: t.TempDir()}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	list := c.in(root, "git", "ls-files", "-co", "--exclude-standard", "-z")
	for _, file := range strings.Split(strings.TrimSuffix(list, "\x00"), "\x00") {
		info, err := os.Stat(filepath.Join(root, file))
		if err != nil {
			continue // removed but not committed
		}
		data, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Dir(filepath.Join(c.dir, file)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(c.dir, file), data, info.Mode()); err != nil {
			t.Fatal(err)
		}
	}
	c.in(root, "go", "build", "-o", filepath.Join(c.bin, "apigw"), "./src/apigw")
	c.run("git", "init", "-q")
	c.run("git", "add", "-A")
	c.run("git", "-c", "user.name=test", "-c", "user.email=test@example.com", "commit", "-q", "-m", "as it is")
	return c
}

// try runs a command in a folder.
func (c *copyOf) try(dir, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(c.t.Context(), name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+c.bin+string(os.PathListSeparator)+os.Getenv("PATH"), "MAKEFLAGS=")
	if dir == c.dir { // whose name would differ each time: go caches builds only under the same path
		cmd.Env = append(cmd.Env, "GOFLAGS=-trimpath")
	}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (c *copyOf) in(dir, name string, args ...string) string {
	c.t.Helper()
	out, err := c.try(dir, name, args...)
	if err != nil {
		c.t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return out
}

func (c *copyOf) run(name string, args ...string) string {
	c.t.Helper()
	return c.in(c.dir, name, args...)
}

// refuses runs make rename, which must fail with these words.
func (c *copyOf) refuses(want string, args ...string) {
	c.t.Helper()
	out, err := c.try(c.dir, "make", append([]string{"rename"}, args...)...)
	if err == nil || !strings.Contains(out, want) {
		c.t.Errorf("make rename %s: %v, want %q in\n%s", strings.Join(args, " "), err, want, out)
	}
}

// serves checks that the template, the function and the API fit together, as make start starts
// them.
func (c *copyOf) serves() {
	c.t.Helper()
	line := c.run("make", "-n", "start", "ARGS=")
	if want := "apigw start --function OrdersFunction=./src/function --concurrency 1 --mask random_number"; !strings.Contains(line, want) {
		c.t.Errorf("make start runs\n%s, want %s", line, want)
	}
	a := serve.Start(c.t, filepath.Join(c.bin, "apigw"), c.dir, []string{"TABLE_NAME=", "GOFLAGS=-trimpath", "XDG_CACHE_HOME=" + c.t.TempDir(),
		"GOCACHE=" + strings.TrimSpace(c.run("go", "env", "GOCACHE"))}, "--function", "OrdersFunction=./src/function", "--concurrency", "1")
	status := c.run("curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "-X", "POST", a.REST[0]+"games")
	if status != "201" {
		c.t.Errorf("POST games: %s", status)
	}
}

// A service without the tool's sources builds, passes its tests, and can be served.
func TestRenameWithoutTheTool(t *testing.T) {
	t.Parallel()
	c := newCopy(t)
	names := []string{"NAME=orders", "MODULE=github.com/me/orders", "TOOL=drop"}
	c.refuses("give lower case letters", "NAME=My Orders", "MODULE=github.com/me/orders")
	c.refuses("give a Go module path", "NAME=orders", "MODULE=https://github.com/me/orders")
	c.refuses("TOOL is keep or drop", "NAME=orders", "MODULE=github.com/me/orders", "TOOL=no")
	note := filepath.Join(c.dir, "note.txt")
	if err := os.WriteFile(note, []byte("mine"), 0o666); err != nil {
		t.Fatal(err)
	}
	c.refuses("?? note.txt", names...)
	if err := os.Remove(note); err != nil {
		t.Fatal(err)
	}

	said := c.run("make", append([]string{"rename"}, names...)...)
	for _, want := range []string{"guessing-game is now orders", "OrdersFunction, image ordersfunction", "make test mappings"} {
		if !strings.Contains(said, want) {
			t.Errorf("make rename does not say %q:\n%s", want, said)
		}
	}
	c.refuses("No rule to make target 'rename'", names...)
	c.run("go", "build", "./...")
	c.run("go", "vet", "./...")
	c.run("go", "vet", "-tags", "e2e", "./src/store")
	c.run("go", "test", "./src/game", "./src/function", "./openapi/...")
	c.run("make", "mappings")
	c.run(filepath.Join(c.bin, "apigw"), "check", "--strict", "--ignore", "parameter-ignored")
	c.serves()
	c.addsRoute()
}

// addsRoute adds GET /games/{id}/hint by the eight steps of docs/own-service.md: the function's
// part is a patch; the path is a copy of GET /games/{id}, and apigw writes the tests.
func (c *copyOf) addsRoute() {
	c.t.Helper()
	patch, err := filepath.Abs("testdata/hint.patch")
	if err != nil {
		c.t.Fatal(err)
	}
	c.run("git", "apply", patch)
	file := filepath.Join(c.dir, "openapi/api.yaml")
	data, err := os.ReadFile(file)
	if err != nil {
		c.t.Fatal(err)
	}
	cut := func(text, from, to string) (before, part, after string) {
		c.t.Helper()
		before, rest, found := strings.Cut(text, from)
		end := regexp.MustCompile(to).FindStringIndex(rest)
		if !found || end == nil {
			c.t.Fatalf("openapi/api.yaml has no %q up to %q", from, to)
		}
		return before, from + rest[:end[0]+1], rest[end[0]+1:]
	}
	before, path, after := cut(string(data), "  /games/{id}:\n", `\n(  )?\S`)
	_, get, _ := cut(path, "    get:\n", `\n    post:`)
	_, options, _ := strings.Cut(path, "    options:\n")
	start, answer, end := cut(get, "                #set($path", `\n          "`)
	if !strings.Contains(answer, `"links"`) {
		c.t.Fatalf("the answer of GET /games/{id} is %s", answer)
	}
	get = start + "                {\"hint\":$input.json('$.hint')}\n" + end
	get = strings.NewReplacer("getGame", "getHint", "gameInfoRequested", "hintRequested", "schemas/GameAndLinks", "schemas/Hint").Replace(get)
	options = strings.NewReplacer("'GET,POST,OPTIONS'", "'GET,OPTIONS'").Replace("    options:\n" + options)
	schema := "    Hint:\n      type: object\n      properties: {hint: {type: string, enum: [guess first, higher, lower, found]}}\n    Problem:\n"
	text := before + path + "  /games/{id}/hint:\n" + get + options + strings.Replace(after, "    Problem:\n", schema, 1)
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		c.t.Fatal(err)
	}
	apigw := filepath.Join(c.bin, "apigw")
	c.run(apigw, "check", "--strict", "--ignore", "parameter-ignored")
	c.run(apigw, "test", "--new", "tests/mappings/hint", "GET", "/games/1/hint", "--result", `{"hint":"higher"}`)
	for _, name := range []string{"GameNotFound", "StoreUnavailable", "Any"} {
		c.run(apigw, "test", "--new", "tests/mappings/hint-"+name, "GET", "/games/1/hint", "--function-error",
			`{"errorMessage":"`+name+`: no","errorType":"`+name+`"}`)
	}
	c.run(apigw, "test", "--new", "tests/mappings/hint-preflight", "OPTIONS", "/games/1/hint")
	test, err := os.ReadFile(filepath.Join(c.dir, "tests/mappings/hint.txtar"))
	if want := `{"kind":"hintRequested","id":"1"}`; err != nil || !strings.Contains(string(test), want) {
		c.t.Errorf("%v; the test that apigw writes has no %s:\n%s", err, want, test)
	}
	c.run("make", "mappings")
	c.run("go", "test", "./src/game", "./src/function")
}

// With the tool everything builds, and the game's tests pass; the tool's own tests are the same
// as before.
func TestRenameWithTheTool(t *testing.T) {
	t.Parallel()
	c := newCopy(t)
	c.run("make", "rename", "NAME=orders", "MODULE=github.com/me/orders")
	c.run("go", "build", "./...")
	c.run("go", "vet", "./...")
	c.run("go", "test", "./src/game", "./src/function", "./src/store", "./openapi/...", "./tests/house", "./tests/mappings", "./tests/rest")
	c.run("make", "mappings")
}
