package invoke

import (
	"bytes"
	"os"
	"strconv"
	"syscall"
)

// endWithParent makes the kernel end the process if this program dies without ceremony.
// The signal follows the death of the thread that started the process, so processes must
// be started from a thread that lives as long as they do: see starter.
func endWithParent(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGKILL }

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
