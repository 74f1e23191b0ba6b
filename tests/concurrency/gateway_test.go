//go:build e2e

package concurrency

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"example.com/guessing-game/tests/serve"
)

// gateway is an apigw start that serves the game on DynamoDB Local and is killed and started again.
type gateway struct {
	mu      sync.RWMutex // held while there is no process
	process *serve.Apigw
}

// start starts the process, which must not be running.
func (g *gateway) start() error {
	cmd := exec.Command(apigw, "start", "--function", "GameFunction="+function, "--concurrency", "8",
		"--port", "0", "--lambda-port", "0", "--trace-port", "off", "--xray-port", "off")
	cmd.Dir = "../.." // template.yaml sets the function's TABLE_NAME
	cmd.Env = append(append(os.Environ(), "TABLE_NAME="+table), local.Env()...)
	process, err := serve.Run(cmd)
	if err == nil {
		g.process = process
	}
	return err
}

// restart sends the process SIGKILL, whatever it is doing, and starts the next one.
func (g *gateway) restart() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.process.Kill()
	return g.start()
}

// send has an event handled through the Invoke API of the running process or, after a kill, of
// the next one. The error means that it is unknown whether the event was handled.
func (g *gateway) send(event string) (answer, error) {
	g.mu.RLock()
	url := g.process.Lambda
	g.mu.RUnlock()
	resp, err := http.Post(url+"2015-03-31/functions/GameFunction/invocations", "application/json", strings.NewReader(event))
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return answer{}, err
	}
	if resp.StatusCode != http.StatusOK {
		return answer{}, fmt.Errorf("%s: %s", resp.Status, body)
	}
	return read(body, resp.Header.Get("X-Amz-Function-Error"))
}

// What players were told remains true when apigw and its functions are killed under load: it stores
// nothing that a game needs.
func TestHistoriesAreLinearizableWhenApigwIsKilled(t *testing.T) {
	const clients, rounds = 64, 15
	g := &gateway{}
	if err := g.start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.process.Kill() })
	stop := make(chan struct{})
	kills := 0
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(rand.N(500 * time.Millisecond)):
			}
			if err := g.restart(); err != nil {
				t.Error(err)
				return
			}
			kills++
		}
	})
	history, numbers := play(t, g.send, clients, rounds, func() {
		close(stop)
		wg.Wait()
	})
	t.Logf("apigw was killed %d times", kills)
	if kills == 0 {
		t.Error("nothing was broken")
	}
	if verdict := check(t, history, numbers); verdict != porcupine.Ok {
		t.Errorf("the checker says %s", verdict)
	}
	acknowledged(t, history, len(numbers))
}
