//go:build unix

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/guessing-game/tests/serve"
)

// However apigw ends, nothing that its functions have started outlives it, even if the command is a
// shell that starts the function.
func TestNothingOutlivesApigw(t *testing.T) {
	t.Parallel()
	// A signal that is ignored here, like SIGHUP under nohup, would be ignored by started
	// processes too; one that is caught is not.
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, syscall.SIGHUP)
	t.Cleanup(func() { signal.Stop(caught) })
	for _, test := range []struct {
		name    string
		signals []syscall.Signal
	}{
		{"SIGTERM", []syscall.Signal{syscall.SIGTERM}},
		{"SIGHUP", []syscall.Signal{syscall.SIGHUP}},
		{"twice SIGINT", []syscall.Signal{syscall.SIGINT, syscall.SIGINT}},
		{"SIGKILL", []syscall.Signal{syscall.SIGKILL}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := os.WriteFile(dir+"/template.yaml", []byte(doorsTemplate), 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := startCommand("--function", `F=sh -c 'testfn; true'`)
			cmd.Dir = dir
			a, err := serve.Run(cmd)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(a.Kill)
			status, body := send(t, "POST", a.Lambda+invocations, `{"pid": true}`)
			var pid int
			if _, err := fmt.Sscanf(body, `{"pid":%d}`, &pid); err != nil || status != 200 {
				t.Fatalf("%d %s", status, body)
			}
			if pid == cmd.Process.Pid || errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
				t.Fatalf("the function is process %d", pid)
			}
			for _, s := range test.signals {
				if err := cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
					t.Fatal(err)
				}
			}
			eventually(t, "the function's process is gone", func() bool { return !alive(pid) })
		})
	}
}

// However apigw ends, no build outlives it, nor does anything that a build has started.
func TestNoBuildOutlivesApigw(t *testing.T) {
	t.Parallel()
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for name, text := range map[string]string{
				"template.yaml": strings.Replace(doorsTemplate, "  F:\n", "  F:\n    Metadata: {BuildMethod: makefile}\n", 1),
				"Makefile":      "",
				"make":          "#!/bin/sh\nsleep 300 &\necho $! > " + dir + "/new && mv " + dir + "/new " + dir + "/pid\nwait\n",
			} {
				if err := os.WriteFile(dir+"/"+name, []byte(text), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			cmd := startCommand()
			cmd.Dir = dir
			cmd.Env = append(cmd.Env, "PATH="+dir+":"+os.Getenv("PATH"), "XDG_CACHE_HOME="+dir)
			a, err := serve.Run(cmd)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(a.Kill)
			pid := left(t, "a build has begun", dir)
			if err := cmd.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			eventually(t, "what the build has started is gone", func() bool { return !alive(pid) })
		})
	}
}

// A signal ends apigw while it reads a template, too, and with it what it has started for that.
func TestSignalWhileReading(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"template.yaml": strings.Replace(doorsTemplate, "provided.al2023, Handler: x", "python3.12, Handler: x.y", 1),
		"x.py":          "",
		"python3.12":    "#!/bin/sh\nsleep 300 &\necho $! > " + dir + "/new && mv " + dir + "/new " + dir + "/pid\nwait\n", // which is asked for its version
	} {
		if err := os.WriteFile(dir+"/"+name, []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	cmd := startCommand()
	cmd.Dir = dir
	cmd.Env = append(cmd.Env, "PATH="+dir+":"+os.Getenv("PATH"), "XDG_CACHE_HOME="+dir)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		cmd.Wait()
		close(ended)
	}()
	t.Cleanup(func() { cmd.Process.Kill() })
	pid := left(t, "Python has been asked for its version", dir)
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case <-ended:
	case <-time.After(18 * time.Second): // less than Python may take
		t.Fatal("it goes on")
	}
	eventually(t, "what it has started is gone", func() bool { return !alive(pid) })
}

// eventually waits for what other processes do, which nobody reports.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not in 20 s: %s", what)
		}
	}
}

// left is the process whose number a script has written to the file pid of a folder.
func left(t *testing.T, what, dir string) (pid int) {
	t.Helper()
	eventually(t, what, func() bool {
		if text, err := os.ReadFile(dir + "/pid"); err == nil {
			fmt.Sscan(string(text), &pid)
		}
		return pid != 0
	})
	t.Cleanup(func() { syscall.Kill(pid, syscall.SIGKILL) })
	return pid
}

// alive reports whether a process runs; one that only waits for its parent to notice its end does
// not.
func alive(pid int) bool {
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return false
	}
	state, err := exec.Command("ps", "-o", "stat=", "-p", fmt.Sprint(pid)).Output()
	return err == nil && !strings.HasPrefix(string(state), "Z")
}
