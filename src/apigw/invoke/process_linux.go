package invoke

import (
	"bytes"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// endWithParent makes the kernel end the process if this program is killed. The signal follows the
// death of the thread that started the process, so processes must be started from a thread that
// lives as long as they do: see starter.
func endWithParent(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGKILL }

// awaitEnd returns when a process has ended, or at once if the kernel is too old to report that
// (before 5.3). It waits as for a socket: os.Process.Wait blocks in a system call, and holds its
// share of GOMAXPROCS until Go's scheduler intervenes, for up to 10 ms at the start of a process.
func awaitEnd(p *os.Process) {
	var file *os.File
	err := p.WithHandle(func(pidfd uintptr) {
		fd, err := unix.FcntlInt(pidfd, unix.F_DUPFD_CLOEXEC, 0)
		if err == nil && unix.SetNonblock(fd, true) == nil {
			file = os.NewFile(uintptr(fd), "pidfd")
		}
	})
	if err != nil || file == nil {
		return
	}
	defer file.Close()
	conn, err := file.SyscallConn()
	if err != nil {
		return
	}
	conn.Read(ended)
	conn.Control(func(pidfd uintptr) { unix.SetNonblock(int(pidfd), false) }) // Wait fails likewise, without waiting
}

// ended reports whether the process of a file descriptor has ended: it is then readable
// (pidfd_open(2)).
func ended(pidfd uintptr) bool {
	n, err := unix.Poll([]unix.PollFd{{Fd: int32(pidfd), Events: unix.POLLIN}}, 0)
	return n > 0 || err != nil && err != unix.EINTR
}

// peakMemoryMB is the largest resident memory the process has had, rounded up to MB.
func peakMemoryMB(pid int) int {
	status, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return 0
	}
	_, rest, ok := bytes.Cut(status, []byte("VmHWM:"))
	if !ok {
		return 0
	}
	number, _, _ := bytes.Cut(bytes.TrimLeft(rest, " \t"), []byte(" "))
	kb, err := strconv.Atoi(string(number))
	if err != nil {
		return 0
	}
	return (kb + 1023) / 1024
}

// rusageMB is the peak resident memory in MB.
func rusageMB(usage *syscall.Rusage) int { return int((usage.Maxrss + 1023) / 1024) }
