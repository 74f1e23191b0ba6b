// Package serve runs apigw start as a process, for tests.
package serve

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience is how long a program may take to do what a test waits for, on a busy machine.
const patience = time.Minute

// Output is what a program has written. A test can wait for more.
type Output struct {
	mu      sync.Mutex
	text    bytes.Buffer
	changed chan struct{} // closed by the next Write, nil if nobody waits for it
}

func (o *Output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.changed != nil {
		close(o.changed)
		o.changed = nil
	}
	return o.text.Write(b)
}

func (o *Output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// Await waits until done is true of everything written so far. It returns an error when the
// context ends.
func (o *Output) Await(ctx context.Context, done func(text string) bool) error {
	for {
		o.mu.Lock()
		if o.changed == nil {
			o.changed = make(chan struct{})
		}
		text, changed := o.text.String(), o.changed
		o.mu.Unlock()
		if done(text) {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("waiting for more: %w; written is\n%s", context.Cause(ctx), text)
		}
	}
}

// AwaitText waits until a string has been written the given number of times, for a minute at
// most.
func (o *Output) AwaitText(t testing.TB, text string, times int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := o.Await(ctx, func(all string) bool { return strings.Count(all, text) >= times }); err != nil {
		t.Fatalf("%q, %d times: %v", text, times, err)
	}
}

// Apigw is a running apigw start.
type Apigw struct {
	// Output is what it has written on both streams.
	Output
	// REST are the addresses of its APIs, Lambda and Trace those of the other servers, empty if
	// they are off. Each ends in a slash.
	REST          []string
	Lambda, Trace string

	cmd   *exec.Cmd
	ended chan struct{} // closed when the process is gone
}

// ready matches the last line of the greeting.
const ready = "Press Ctrl-C to stop."

var address = regexp.MustCompile(`(?m)^ +(REST|Lambda|Trace) +(http://\S+)`)

// errEnded is why a wait was in vain.
var errEnded = errors.New("apigw start has ended")

// Run starts a command that is an apigw start and waits until it serves.
func Run(cmd *exec.Cmd) (*Apigw, error) {
	a := &Apigw{cmd: cmd, ended: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = &a.Output, &a.Output
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = cmd.Wait() // ProcessState shows how it ended
		close(a.ended)
	}()
	if err := a.Await(func(text string) bool { return strings.Contains(text, ready) }); err != nil {
		a.Kill()
		return nil, err
	}
	for _, m := range address.FindAllStringSubmatch(a.String(), -1) {
		url := strings.TrimSuffix(m[2], "/") + "/"
		switch m[1] {
		case "REST":
			a.REST = append(a.REST, url)
		case "Lambda":
			a.Lambda = url
		case "Trace":
			a.Trace = url
		}
	}
	return a, nil
}

// Await waits until done is true of everything written so far, for a minute at most. It returns
// early when the process has ended.
func (a *Apigw) Await(done func(text string) bool) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	ctx, give := context.WithCancelCause(ctx)
	defer give(nil)
	go func() {
		select {
		case <-a.ended:
			give(errEnded)
		case <-ctx.Done():
		}
	}()
	err := a.Output.Await(ctx, done)
	if err != nil && done(a.String()) { // at its end
		return nil
	}
	return err
}

// Stop ends it as Ctrl-C does. It is an error if it does not end, or ends with a status other
// than 0.
func (a *Apigw) Stop() error {
	_ = a.cmd.Process.Signal(os.Interrupt) // an error means that it has ended
	select {
	case <-a.ended:
	case <-time.After(patience):
		a.Kill()
		return fmt.Errorf("apigw start does not end:\n%s", a.String())
	}
	if code := a.cmd.ProcessState.ExitCode(); code != 0 {
		return fmt.Errorf("apigw start exits with %d:\n%s", code, a.String())
	}
	return nil
}

// Kill ends it, if it has not ended.
func (a *Apigw) Kill() {
	_ = a.cmd.Process.Kill() // an error means that it has ended
	<-a.ended
}

// Start serves what the arguments specify on free ports, in a folder and with additional
// variables in its environment, until the test ends, and then checks that it ends cleanly.
func Start(t testing.TB, program, dir string, env []string, args ...string) *Apigw {
	t.Helper()
	cmd := exec.Command(program, append([]string{"start", "--port", "0", "--lambda-port", "0", "--trace-port", "0", "--xray-port", "0"}, args...)...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	a, err := Run(cmd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Stop(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("apigw start said:\n%s", a.String())
		}
	})
	return a
}
