package invoke

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

func zombie(pid int) bool {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	return err == nil && strings.Contains(string(status), "State:\tZ")
}

func TestAwaitEnd(t *testing.T) {
	cmd := exec.Command("cat")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	returned := make(chan bool)
	go func() {
		awaitEnd(cmd.Process)
		returned <- zombie(cmd.Process.Pid)
	}()
	select {
	case <-returned:
		t.Fatal("it returns while the process runs")
	default:
	}
	stdin.Close()
	if !<-returned {
		t.Error("it returned before the process had ended, or took its end away")
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}
