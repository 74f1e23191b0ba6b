package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// usage is what a process has used so far.
type usage struct {
	cpu    time.Duration // of all its threads, including those that have ended
	faults float64       // page faults, minor and major
	peakMB float64       // peak resident memory
}

// usageOf gets it from the kernel.
func usageOf(pid int) (u usage, err error) {
	// The CPU clock of another process, with an id made as clock_getcpuclockid(3) makes it: it is
	// exact to the nanosecond, whereas /proc/PID/stat counts ticks of 10 ms and
	// /proc/PID/task/*/schedstat forgets threads that have ended.
	const schedulerClock = 2
	var t unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|schedulerClock), &t); err != nil {
		return u, fmt.Errorf("the CPU clock of process %d: %w", pid, err)
	}
	u.cpu = time.Duration(t.Nano())
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return u, err
	}
	if u.faults, err = pageFaults(string(stat)); err != nil {
		return u, err
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return u, err
	}
	u.peakMB, err = peakMB(string(status))
	return u, err
}

// pageFaults reads the minor and the major ones, fields 10 and 12 of /proc/PID/stat
// (proc_pid_stat(5)).
func pageFaults(stat string) (float64, error) {
	// The second field is the name, in parentheses, and may contain anything.
	fields := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	const first = 3 // the meaning of fields[0]
	if len(fields) <= 12-first {
		return 0, fmt.Errorf("/proc/PID/stat is %q, which has too few fields", stat)
	}
	minor, err := strconv.ParseFloat(fields[10-first], 64)
	if err != nil {
		return 0, err
	}
	major, err := strconv.ParseFloat(fields[12-first], 64)
	return minor + major, err
}

// peakMB reads the peak resident memory from /proc/PID/status.
func peakMB(status string) (float64, error) {
	for line := range strings.Lines(status) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "VmHWM:" {
			kB, err := strconv.ParseFloat(fields[1], 64)
			return kB / 1024, err
		}
	}
	return 0, fmt.Errorf("/proc/PID/status has no VmHWM")
}
