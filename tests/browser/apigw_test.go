//go:build e2e

package browser

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"example.com/guessing-game/tests/serve"
)

// programs builds the function and apigw once for all tests.
var programs = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "guessing-game-programs-*")
	if err != nil {
		return "", err
	}
	build := exec.Command("go", "build", "-o", folder+string(filepath.Separator), "./src/apigw", "./src/function")
	build.Dir = "../.."
	if out, err := build.CombinedOutput(); err != nil {
		return folder, fmt.Errorf("go build: %v\n%s", err, out)
	}
	return folder, nil
})

// removePrograms runs at the end of all tests.
func removePrograms() {
	if folder, _ := programs(); folder != "" {
		os.RemoveAll(folder)
	}
}

// gateway is a running apigw start with its own game function, which stores its games in memory.
type gateway struct{ rest, lambda, trace string } // addresses ending in a slash; rest is that of the page

// startGateway starts apigw with the game, and stops it when the test ends. The function's single
// environment holds all games.
func startGateway(t *testing.T) gateway {
	t.Helper()
	folder, err := programs()
	if err != nil {
		t.Fatal(err)
	}
	a := serve.Start(t, filepath.Join(folder, "apigw"), "../..", []string{"NO_COLOR=1", "TABLE_NAME="}, "--openapi", "openapi/api.yaml",
		"--function", "GameFunction="+filepath.Join(folder, "function"), "--concurrency", "1", "--mask", "random_number")
	return gateway{a.REST[0], a.Lambda, a.Trace}
}

// number gets the number of a game from the function itself, which knows no REST.
func (g gateway) number(t *testing.T, id string) int {
	t.Helper()
	event := strings.NewReader(`{"kind":"gameInfoRequested","id":` + quote(id) + `}`)
	response, err := http.Post(g.lambda+"2015-03-31/functions/GameFunction/invocations", "application/json", event)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(response.Body)
	var game struct {
		Kind         string
		RandomNumber int `json:"random_number"`
	}
	if err := json.Unmarshal(body, &game); err != nil || game.Kind != "GameInfoProvided" {
		t.Fatalf("the function answers %s", body)
	}
	return game.RandomNumber
}

// startAPI starts the game behind its own connection, with the page at a path: /prod is the
// stage's own URL; any other base is one that a custom domain maps to the stage. API Gateway then
// sees the path of the domain in $context.path, which the links are built from.
func startAPI(t *testing.T, base string) *api {
	t.Helper()
	g := startGateway(t)
	upstream, err := url.Parse(g.rest)
	if err != nil {
		t.Fatal(err)
	}
	stage := strings.TrimSuffix(upstream.Path, "/")
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: upstream.Scheme, Host: upstream.Host})
			r.Out.URL.Path = stage + strings.TrimPrefix(r.In.URL.Path, base)
			r.Out.URL.RawPath = stage + strings.TrimPrefix(r.In.URL.EscapedPath(), base)
		},
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			if r.Context().Err() == nil { // otherwise the page hung up
				t.Errorf("%s %s: %v", r.Method, r.URL, err)
			}
			w.WriteHeader(http.StatusBadGateway)
		},
		ModifyResponse: func(r *http.Response) error {
			if base == stage || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
				return nil
			}
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return err
			}
			body = bytes.ReplaceAll(body, []byte(`"`+stage+`/`), []byte(`"`+base+`/`))
			r.Body = io.NopCloser(bytes.NewReader(body))
			r.ContentLength = int64(len(body))
			r.Header.Set("Content-Length", fmt.Sprint(len(body)))
			return nil
		},
	}
	a := &api{number: g.number}
	a.behind(t, proxy, base+"/")
	return a
}
