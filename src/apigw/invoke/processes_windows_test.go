package invoke

import (
	"os"
	"syscall"
	"time"
)

// cpuTime is the CPU time that the process has taken.
func cpuTime() time.Duration {
	var created, exited, kernel, user syscall.Filetime
	self, err := syscall.GetCurrentProcess()
	if err != nil {
		return 0
	}
	if err := syscall.GetProcessTimes(self, &created, &exited, &kernel, &user); err != nil {
		return 0
	}
	const tick = 100 // ns of a Filetime
	of := func(f syscall.Filetime) time.Duration {
		return time.Duration(int64(f.HighDateTime)<<32|int64(f.LowDateTime)) * tick
	}
	return of(kernel) + of(user)
}

// running reports whether a process exists.
func running(pid int) bool {
	_, err := os.FindProcess(pid)
	return err == nil
}
