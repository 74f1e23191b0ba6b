//go:build e2e

package browser

import (
	"bufio"
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
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
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

// removePrograms is for the end of all tests.
func removePrograms() {
	if folder, _ := programs(); folder != "" {
		os.RemoveAll(folder)
	}
}

// gateway is a running apigw start, with a game function of its own that keeps its games in memory.
type gateway struct{ rest, lambda, trace string } // addresses, with the slash at their ends; rest is that of the page

// startGateway starts apigw with the game and ends it with the test. The one environment of the function holds all games.
func startGateway(t *testing.T) gateway {
	t.Helper()
	folder, err := programs()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(filepath.Join(folder, "apigw"), "start", "--openapi", "openapi/api.yaml",
		"--function", "GameFunction="+filepath.Join(folder, "function"), "--concurrency", "1",
		"--port", "0", "--lambda-port", "0", "--trace-port", "0", "--xray-port", "0")
	command.Dir = "../.."
	command.Env = append(os.Environ(), "NO_COLOR=1", "TABLE_NAME=")
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var errs bytes.Buffer
	command.Stderr = &errs
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		command.Process.Signal(syscall.SIGTERM)
		if err := command.Wait(); err != nil || t.Failed() {
			t.Logf("apigw start: %v\n%s", err, errs.String())
		}
	})
	found := make(chan gateway, 1)
	go func() {
		var g gateway
		line := regexp.MustCompile(`^\s*(REST|Lambda|Trace)\s+(http://\S+)`)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if match := line.FindStringSubmatch(lines.Text()); match != nil {
				*map[string]*string{"REST": &g.rest, "Lambda": &g.lambda, "Trace": &g.trace}[match[1]] = strings.TrimSuffix(match[2], "/") + "/"
			}
			if strings.HasPrefix(lines.Text(), "Ctrl-C") {
				found <- g
			}
		}
	}()
	select {
	case g := <-found:
		return g
	case <-time.After(patience):
		t.Fatalf("apigw start does not say that it has started\n%s", errs.String())
		panic("unreachable")
	}
}

// number asks the function itself, which knows no REST, for the number of a game.
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

// startAPI starts the game behind a wire of its own, with the page at a path: /prod is the stage's own URL; another base is what a
// custom domain maps to the stage. API Gateway then sees the path of the domain in $context.path, which the links are built from.
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
			if r.Context().Err() == nil { // else the page hung up
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
