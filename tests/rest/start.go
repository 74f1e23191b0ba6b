package rest

import (
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"example.com/guessing-game/tests/serve"
)

// Root is the folder of the project, relative to this one.
const Root = "../.."

// Build builds the function and the gateway into dir, as `make build` does.
func Build(dir string) error {
	for _, name := range []string{"function", "apigw"} {
		cmd := exec.Command("go", "build", "-trimpath", "-tags", "lambda.norpc", "-o", filepath.Join(dir, name), "./src/"+name)
		cmd.Dir = Root
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("go build ./src/%s: %w\n%s", name, err, out)
		}
	}
	return nil
}

// Apigw is a running `apigw start` of the game.
type Apigw struct {
	*serve.Apigw
	// REST is the address of the game's API; it ends in a slash.
	REST string

	t testing.TB
}

// Start serves the game with the programs in dir on free ports until the test ends, and then
// checks that apigw shuts down cleanly.
func Start(t testing.TB, dir string, args ...string) *Apigw {
	t.Helper()
	function, err := filepath.Abs(filepath.Join(dir, "function"))
	if err != nil {
		t.Fatal(err)
	}
	// Games are in the memory of one process; tests create more of them in a second than the
	// stage allows.
	args = append([]string{"--function", "GameFunction=" + function, "--concurrency", "1", "--no-throttling"}, args...)
	a := serve.Start(t, filepath.Join(dir, "apigw"), Root, []string{"TABLE_NAME="}, args...)
	return &Apigw{Apigw: a, REST: a.REST[0], t: t}
}

// Invoke invokes the function with an event, bypassing the REST API, and returns the payload and
// the X-Amz-Function-Error header.
func (a *Apigw) Invoke(event string) (payload, functionError string) {
	a.t.Helper()
	resp, err := http.Post(a.Lambda+"2015-03-31/functions/GameFunction/invocations", "application/json", strings.NewReader(event))
	if err != nil {
		a.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		a.t.Fatalf("invoking with %s: %d %v %s", event, resp.StatusCode, err, body)
	}
	return string(body), resp.Header.Get("X-Amz-Function-Error")
}
