package rest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
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

// Root is the folder of the project, seen from this one.
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
	// REST, Lambda and Trace are the addresses it serves; each ends in a slash.
	REST, Lambda, Trace string

	t      testing.TB
	output *buffer
}

// buffer is where a process writes to while a test reads.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

var address = regexp.MustCompile(`^ +(REST|Lambda|Trace) +(http://\S+)`)

// Start serves the game with the programs in dir on free ports until the test ends, and then holds apigw to a clean shutdown.
func Start(t testing.TB, dir string, args ...string) *Apigw {
	t.Helper()
	a := &Apigw{t: t, output: new(buffer)}
	function, err := filepath.Abs(filepath.Join(dir, "function"))
	if err != nil {
		t.Fatal(err)
	}
	args = append([]string{"start", "--port", "0", "--lambda-port", "0", "--trace-port", "0", "--xray-port", "0",
		"--function", "GameFunction=" + function, "--concurrency", "1"}, args...) // games are in the memory of one process
	cmd := exec.Command(filepath.Join(dir, "apigw"), args...)
	cmd.Dir, cmd.Stderr, cmd.Env = Root, a.output, append(os.Environ(), "TABLE_NAME=")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ready, ended := make(chan bool), make(chan bool)
	go func() {
		defer close(ended)
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			fmt.Fprintln(a.output, lines.Text())
			if m := address.FindStringSubmatch(lines.Text()); m != nil {
				url := strings.TrimSuffix(m[2], "/") + "/"
				switch m[1] {
				case "REST":
					a.REST = url
				case "Lambda":
					a.Lambda = url
				case "Trace":
					a.Trace = url
				}
			}
			if strings.HasPrefix(lines.Text(), "Ctrl-C") {
				close(ready)
			}
		}
		io.Copy(a.output, out)
	}()
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGINT)
		<-ended
		if err := cmd.Wait(); err != nil {
			t.Errorf("apigw start ended with %v\n%s", err, a.Output())
		}
		if t.Failed() {
			t.Logf("apigw start said:\n%s", a.Output())
		}
	})
	select {
	case <-ready:
	case <-ended:
		t.Fatalf("apigw start gave up:\n%s", a.Output())
	case <-time.After(30 * time.Second):
		t.Fatalf("apigw start serves nothing after 30 s:\n%s", a.Output())
	}
	return a
}

// Output is what apigw has written so far, on both streams.
func (a *Apigw) Output() string { return a.output.String() }

// Invoke invokes the function with an event, past the REST API, and answers the payload and the X-Amz-Function-Error header.
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

// Number looks the number of a game up.
func (a *Apigw) Number(id string) int {
	a.t.Helper()
	payload, _ := a.Invoke(fmt.Sprintf(`{"kind":"gameInfoRequested","id":%q}`, id))
	var result struct {
		RandomNumber int `json:"random_number"`
	}
	if err := json.Unmarshal([]byte(payload), &result); err != nil {
		a.t.Fatal(err)
	}
	return result.RandomNumber
}
