//go:build e2e

package concurrency

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/guessing-game/src/apigw/invoke"
	"example.com/guessing-game/tests/dynamodb"
)

const table = "games"

var (
	local    *dynamodb.Local
	function string // the function's program
	apigw    string // the gateway's
)

func TestMain(m *testing.M) { os.Exit(testMain(m)) }

func testMain(m *testing.M) int {
	dir, err := os.MkdirTemp("", "concurrency")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	function, apigw = filepath.Join(dir, "function"), filepath.Join(dir, "apigw")
	build := exec.Command("go", "build", "-o", dir+string(filepath.Separator), "example.com/guessing-game/src/function", "example.com/guessing-game/src/apigw")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return 1
	}
	ctx := context.Background()
	if local, err = dynamodb.Start(ctx, 0, io.Discard); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer local.Stop()
	if err := local.CreateTable(ctx, table); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// fleet is a number of execution environments of the function, each a host
// with one process, so that a client can choose its environment.
type fleet struct {
	hosts []*invoke.Host
	pids  []string // files with the process ids
}

// startFleet creates n environments; env is the function's own environment.
func startFleet(t *testing.T, n int, env map[string]string) *fleet {
	t.Helper()
	f := &fleet{}
	for i := range n {
		pid := filepath.Join(t.TempDir(), "pid")
		host, err := invoke.NewHost(invoke.Config{
			Name: "GameFunction",
			// The shell's process becomes the function's, with the same id.
			Command:     []string{"/bin/sh", "-c", "echo $$ >" + pid + ".new && mv " + pid + ".new " + pid + " && exec " + function},
			Env:         env,
			Concurrency: 1,
			Patience:    time.Minute,
			Logger:      slog.New(slog.DiscardHandler),
		})
		if err != nil {
			t.Fatalf("environment %d: %v", i, err)
		}
		t.Cleanup(func() { host.Close() })
		f.hosts, f.pids = append(f.hosts, host), append(f.pids, pid)
	}
	return f
}

// pid returns the process id of an environment, 0 if it has none.
func (f *fleet) pid(i int) int {
	text, err := os.ReadFile(f.pids[i])
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0
	}
	// The process may be gone and its id reused by now.
	program, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
	if err != nil || program != function {
		return 0
	}
	return pid
}

// kill sends SIGKILL to an environment's process and reports whether there was one.
func (f *fleet) kill(i int) bool {
	pid := f.pid(i)
	return pid != 0 && syscall.Kill(pid, syscall.SIGKILL) == nil
}

// answer is the outcome of an event.
type answer struct {
	ID      string `json:"id"`
	Guesses []*int `json:"guesses"`
	Number  int    `json:"random_number"`
	// Error is the errorType; "" for a success.
	Error string `json:"errorType"`
}

// guesses are the guesses made.
func (a answer) guesses() []int {
	var made []int
	for _, g := range a.Guesses {
		if g != nil {
			made = append(made, *g)
		}
	}
	return made
}

// send has environment i handle an event. The error means that it is unknown whether the event
// was handled.
func (f *fleet) send(i int, event string) (answer, error) {
	response, err := f.hosts[i].Invoke(context.Background(), invoke.Invocation{Payload: []byte(event)})
	if err != nil {
		return answer{}, err
	}
	return read(response.Payload, response.FunctionError)
}

// sendToAny has one of the environments handle an event.
func (f *fleet) sendToAny(event string) (answer, error) { return f.send(rand.N(len(f.hosts)), event) }

// read reads what the function returned; functionError is "" for a success. Only an error of the
// game is an outcome: after any other it is unknown what happened.
func read(payload []byte, functionError string) (answer, error) {
	var a answer
	if err := json.Unmarshal(payload, &a); err != nil {
		return answer{}, fmt.Errorf("%s: %w", payload, err)
	}
	switch {
	case functionError == "", a.Error == "GameNotFound", a.Error == "GameAlreadyFinished":
		return a, nil
	}
	return answer{}, fmt.Errorf("%s", payload)
}
