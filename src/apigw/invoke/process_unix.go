//go:build unix

package invoke

import (
	"errors"
	"os/exec"
	"syscall"
)

// ownGroup puts the process into a process group of its own, so that whatever it starts
// ends with it, and keeps the terminal's Ctrl-C away from it.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	endWithParent(cmd.SysProcAttr)
}

// signalGroup sends a signal to the process and to all it has started.
func signalGroup(pid int, sig syscall.Signal) error {
	if pid <= 1 { // 0 and 1 would mean this program's own group and everything there is
		return errors.New("no such process group")
	}
	if err := syscall.Kill(-pid, sig); err != nil && !errors.Is(err, syscall.ESRCH) {
		return err
	}
	return nil
}

func readNonblocking(fd uintptr, b []byte) (int, error) { return syscall.Read(int(fd), b) }
