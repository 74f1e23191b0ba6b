//go:build unix && !linux

package invoke

import (
	"os"
	"syscall"
)

// endWithParent does nothing here: only Linux can tie a process to its parent's life. A
// runtime client ends by itself when the Runtime API's connection breaks.
func endWithParent(*syscall.SysProcAttr) {}

// awaitEnd returns at once: os.Process.Wait waits here.
func awaitEnd(*os.Process) {}

// peakMemoryMB is not available for a running process on this system.
func peakMemoryMB(int) int { return 0 }

// rusageMB is the peak resident memory in MB; the system counts it in bytes.
func rusageMB(usage *syscall.Rusage) int { return int((usage.Maxrss + 1<<20 - 1) >> 20) }
