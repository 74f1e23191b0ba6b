//go:build unix

package runtimes

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A program ends with all that it has started, whatever keeps its output open, and only the end of
// its output is kept.
func TestOutputOfPrograms(t *testing.T) {
	t.Parallel()
	sh := func(script string) *exec.Cmd { return exec.Command("/bin/sh", "-c", script) }
	gone := func(out []byte) bool {
		pid, err := strconv.Atoi(strings.TrimSpace(string(out)))
		if err != nil {
			t.Errorf("it wrote %q", out)
			return true
		}
		for range 1000 {
			if stat, err := exec.Command("ps", "-o", "stat=", "-p", strconv.Itoa(pid)).Output(); err != nil || strings.HasPrefix(string(stat), "Z") {
				return true
			}
		}
		syscall.Kill(pid, syscall.SIGKILL)
		return false
	}
	begin := time.Now()
	if out, err := combined(t.Context(), sh("sleep 300 & echo $!")); err != nil || !gone(out) {
		t.Errorf("with a process left behind: %q %v", out, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, cancel)
	if out, err := combined(ctx, sh("sleep 300 & echo $!; wait")); !errors.Is(err, context.Canceled) || !gone(out) {
		t.Errorf("cancelled: %q %v", out, err)
	}
	if took := time.Since(begin); took > time.Minute {
		t.Errorf("both took %v", took)
	}
	if out, err := output(t.Context(), sh("echo said; echo complained >&2; exit 3")); string(out) != "said\n" || err == nil || err.Error() != "exit status 3" {
		t.Errorf("%q %v", out, err)
	}
	if out, err := combined(t.Context(), sh("yes wordy | head -c 20000000; echo; echo the end")); err != nil || len(out) > maxOutput || !bytes.HasSuffix(out, []byte("\nthe end\n")) {
		t.Errorf("%d bytes, %v", len(out), err)
	}
	if out, err := combined(t.Context(), sh("echo x > /dev/tty")); err == nil || !strings.Contains(string(out), "/dev/tty") {
		t.Errorf("it has a terminal: %q %v", out, err)
	}
}
