package main

import (
	"os"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func cpuTime(t *testing.T, who int) time.Duration {
	t.Helper()
	var u unix.Rusage
	if err := unix.Getrusage(who, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// The CPU time of a process is what getrusage reports, and includes the time of a thread that has
// ended.
func TestUsageOf(t *testing.T) {
	const threads = 3 // one may be the process's first thread, which does not end
	ended := make(chan time.Duration)
	for range threads {
		go func() {
			runtime.LockOSThread() // never unlocked, so the thread ends with the goroutine
			used := time.Duration(0)
			for used < 50*time.Millisecond {
				used = cpuTime(t, unix.RUSAGE_THREAD)
			}
			ended <- used
		}()
	}
	used := time.Duration(0)
	for range threads {
		used += <-ended
	}
	before := cpuTime(t, unix.RUSAGE_SELF)
	u, err := usageOf(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	after := cpuTime(t, unix.RUSAGE_SELF)
	const tick = 10 * time.Millisecond // getrusage may split user and system time by ticks
	if u.cpu < before-tick || u.cpu > after+tick || u.cpu < used {
		t.Errorf("CPU time %v; getrusage says %v to %v, and threads that have ended used %v", u.cpu, before, after, used)
	}
	if u.faults < 1 || u.peakMB < 1 {
		t.Errorf("%v page faults, peak memory %v MB", u.faults, u.peakMB)
	}
	if _, err := usageOf(1 << 30); err == nil {
		t.Error("no error for a process that does not exist")
	}
}

func TestPageFaults(t *testing.T) {
	t.Parallel()
	const stat = "4711 (a) program (x) S 1 4711 4711 0 -1 4194304 431 12 7 3 5 2 0 0 20 0 5 0 8415 1262997504 1664"
	if got, err := pageFaults(stat); err != nil || got != 431+7 {
		t.Errorf("%v page faults, %v; want 438", got, err)
	}
	for _, bad := range []string{"", "4711 (p) S 1", "4711 (p) S 1 2 3 4 5 6 x 8 9 10"} {
		if got, err := pageFaults(bad); err == nil {
			t.Errorf("pageFaults(%q) is %v without an error", bad, got)
		}
	}
}

func TestPeakMB(t *testing.T) {
	t.Parallel()
	if got, err := peakMB("Name:\tfunction\nVmPeak:\t 1233396 kB\nVmHWM:\t   10752 kB\nVmRSS:\t    9000 kB\n"); err != nil || got != 10.5 {
		t.Errorf("%v MB, %v; want 10.5", got, err)
	}
	if _, err := peakMB("Name:\tfunction\n"); err == nil {
		t.Error("no error without VmHWM")
	}
}
