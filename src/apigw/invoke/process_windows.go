package invoke

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// Windows has neither a signal that asks a process to end (a function is ended at once), nor a
// process that is tied to the thread of its parent. A job object takes the place of the process
// group: what a function starts belongs to its job, and ends with it.

// jobs are the job objects of the running processes, by process id.
var jobs sync.Map

// ownGroup keeps the console's Ctrl-C away from the process. It starts suspended, so that nothing
// it starts escapes its job.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: windows.CREATE_NEW_PROCESS_GROUP | windows.CREATE_SUSPENDED, HideWindow: true}
}

// ownSession is ownGroup: what has no window has no console either.
func ownSession(cmd *exec.Cmd) { ownGroup(cmd) }

// startGroup starts a process in its own job. Windows ends the job's processes when its last handle
// is closed, which it does for this program however that ends.
func startGroup(cmd *exec.Cmd) error {
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return fmt.Errorf("no job object for the function: %w", err)
	}
	limits := windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION{}
	limits.BasicLimitInformation.LimitFlags = windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
	if _, err := windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation, uintptr(unsafe.Pointer(&limits)), uint32(unsafe.Sizeof(limits))); err != nil {
		windows.CloseHandle(job)
		return fmt.Errorf("no job object for the function: %w", err)
	}
	if err := cmd.Start(); err != nil {
		windows.CloseHandle(job)
		return err
	}
	pid := cmd.Process.Pid
	if err := joinAndResume(uint32(pid), job); err != nil {
		cmd.Process.Kill()
		cmd.Wait()
		windows.CloseHandle(job)
		return fmt.Errorf("the function's process cannot join its job object: %w", err)
	}
	jobs.Store(pid, job)
	return nil
}

// joinAndResume puts a suspended process into a job and lets it run.
func joinAndResume(pid uint32, job windows.Handle) error {
	process, err := windows.OpenProcess(windows.PROCESS_SET_QUOTA|windows.PROCESS_TERMINATE, false, pid)
	if err != nil {
		return err
	}
	defer windows.CloseHandle(process)
	if err := windows.AssignProcessToJobObject(job, process); err != nil {
		return err
	}
	threads, err := windows.CreateToolhelp32Snapshot(windows.TH32CS_SNAPTHREAD, 0)
	if err != nil {
		return err
	}
	defer windows.CloseHandle(threads)
	entry := windows.ThreadEntry32{Size: uint32(unsafe.Sizeof(windows.ThreadEntry32{}))}
	for err = windows.Thread32First(threads, &entry); err == nil; err = windows.Thread32Next(threads, &entry) {
		if entry.OwnerProcessID != pid {
			continue
		}
		thread, err := windows.OpenThread(windows.THREAD_SUSPEND_RESUME, false, entry.ThreadID)
		if err != nil {
			return err
		}
		_, err = windows.ResumeThread(thread)
		windows.CloseHandle(thread)
		return err
	}
	return fmt.Errorf("the process %d has no thread: %w", pid, err)
}

// termGroup does nothing: no signal of Windows asks a process to end.
func termGroup(int) {}

// killGroup ends the process and all it has started.
func killGroup(pid int) {
	if job, ok := jobs.Load(pid); ok {
		windows.TerminateJobObject(job.(windows.Handle), 1)
	}
}

// leaveGroup forgets the job of a process that has ended, whose other processes end with it.
func leaveGroup(pid int) {
	if job, ok := jobs.LoadAndDelete(pid); ok {
		windows.TerminateJobObject(job.(windows.Handle), 1)
		windows.CloseHandle(job.(windows.Handle))
	}
}

// awaitEnd returns at once: os.Process.Wait waits here.
func awaitEnd(*os.Process) {}

// peakMemoryMB is the largest working set that the process has had, rounded up to MB.
func peakMemoryMB(pid int) int {
	process, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, uint32(pid))
	if err != nil {
		return 0
	}
	defer windows.CloseHandle(process)
	counters := struct { // PROCESS_MEMORY_COUNTERS
		size, pageFaults                                                      uint32
		peakWorkingSet, workingSet, quota1, quota2, quota3, quota4, page, top uintptr
	}{}
	counters.size = uint32(unsafe.Sizeof(counters))
	if ok, _, _ := getProcessMemoryInfo.Call(uintptr(process), uintptr(unsafe.Pointer(&counters)), uintptr(counters.size)); ok == 0 {
		return 0
	}
	return int((counters.peakWorkingSet + 1<<20 - 1) >> 20)
}

var getProcessMemoryInfo = windows.NewLazySystemDLL("kernel32.dll").NewProc("K32GetProcessMemoryInfo")

// exitMemoryMB is unknown: Windows has no figure for a process that has ended, so the last one of
// peakMemoryMB stands.
func exitMemoryMB(*os.ProcessState) int { return 0 }

// pipePause is the interval at which a function's output is polled. A blocking read would keep
// others from peeking into the pipe.
const pipePause = 5 * time.Millisecond

// logPipe is the end of the pipe from which a function's output is read.
type logPipe struct{ file *os.File }

func newLogPipe(file *os.File) (logPipe, error) { return logPipe{file}, nil }

// follow calls take whenever there may be output, until take reports its end.
func (p logPipe) follow(take func(read readFunc) (ended bool)) {
	for !take(p.read) {
		time.Sleep(pipePause)
	}
}

// catchUp calls take at once.
func (p logPipe) catchUp(take func(read readFunc) (ended bool)) { take(p.read) }

func (p logPipe) read(b []byte) (int, error) {
	conn, err := p.file.SyscallConn()
	if err != nil {
		return 0, err
	}
	var available uint32
	var failed error
	if err := conn.Control(func(handle uintptr) {
		if ok, _, e := peekNamedPipe.Call(handle, 0, 0, 0, uintptr(unsafe.Pointer(&available)), 0); ok == 0 {
			failed = e
		}
	}); err != nil || failed != nil {
		return 0, errors.Join(err, failed)
	}
	if available == 0 {
		return 0, errNothing
	}
	return p.file.Read(b[:min(len(b), int(available))])
}

var peekNamedPipe = windows.NewLazySystemDLL("kernel32.dll").NewProc("PeekNamedPipe")
