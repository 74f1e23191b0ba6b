//go:build unix

package invoke

import (
	"os"
	"os/exec"
	"syscall"
)

// ownGroup puts the process into its own process group, so that whatever it starts
// ends with it, and keeps the terminal's Ctrl-C away from it.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	endWithParent(cmd.SysProcAttr)
}

// ownSession is ownGroup for a process that has no terminal either.
func ownSession(cmd *exec.Cmd) {
	ownGroup(cmd)
	cmd.SysProcAttr.Setpgid, cmd.SysProcAttr.Setsid = false, true // a session begins with a group
}

// termGroup asks the process and all it has started to end.
func termGroup(pid int) { signalGroup(pid, syscall.SIGTERM) }

// killGroup ends the process and all it has started.
func killGroup(pid int) { signalGroup(pid, syscall.SIGKILL) }

// leaveGroup ends what a process that has ended has left behind.
func leaveGroup(pid int) { killGroup(pid) }

// signalGroup sends a signal to a group, if there is one.
func signalGroup(pid int, sig syscall.Signal) {
	if pid > 1 { // 0 and 1 would mean this program's own group and everything there is
		syscall.Kill(-pid, sig)
	}
}

// exitMemoryMB is the peak resident memory of a process that has ended.
func exitMemoryMB(state *os.ProcessState) int {
	if usage, ok := state.SysUsage().(*syscall.Rusage); ok {
		return rusageMB(usage)
	}
	return 0
}

// logPipe is the end of the pipe from which a function's output is read.
type logPipe struct{ conn syscall.RawConn }

func newLogPipe(file *os.File) (logPipe, error) {
	conn, err := file.SyscallConn()
	return logPipe{conn}, err
}

// follow calls take whenever there is output, until take reports its end.
func (p logPipe) follow(take func(read readFunc) (ended bool)) {
	p.conn.Read(func(fd uintptr) bool { return take(reading(fd)) })
}

// catchUp calls take at once.
func (p logPipe) catchUp(take func(read readFunc) (ended bool)) {
	p.conn.Control(func(fd uintptr) { take(reading(fd)) })
}

func reading(fd uintptr) readFunc {
	return func(b []byte) (int, error) {
		for {
			n, err := syscall.Read(int(fd), b)
			switch err {
			case syscall.EINTR:
			case syscall.EAGAIN:
				return 0, errNothing
			default:
				return n, err
			}
		}
	}
}
