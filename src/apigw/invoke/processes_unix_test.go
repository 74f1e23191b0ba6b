//go:build unix

package invoke

import (
	"syscall"
	"time"
)

// cpuTime is the CPU time that the process has taken.
func cpuTime() time.Duration {
	var r syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// running reports whether a process exists, zombies aside.
func running(pid int) bool { return syscall.Kill(pid, 0) == nil && !zombie(pid) }
