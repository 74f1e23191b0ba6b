package invoke

import (
	"os/exec"
	"runtime"
)

// Companion starts a program that is not a function, such as a server that functions use, and that
// ends with this one, however that ends. It returns a function that ends the program and waits
// until it is gone, and a channel that is closed when it has ended.
func Companion(cmd *exec.Cmd) (stop func(), ended <-chan struct{}, err error) {
	ownGroup(cmd)
	started, gone := make(chan error), make(chan struct{})
	go func() {
		runtime.LockOSThread() // with which the process would end: see endWithParent
		defer runtime.UnlockOSThread()
		_, err := (*cpuShares)(nil).start(cmd, 0)
		if err == nil {
			groups.add(cmd.Process.Pid)
		}
		started <- err
		if err != nil {
			return
		}
		cmd.Wait() // how it ended is in its log
		leaveGroup(cmd.Process.Pid)
		groups.remove(cmd.Process.Pid)
		close(gone)
	}()
	if err := <-started; err != nil {
		return nil, nil, err
	}
	return func() {
		killGroup(cmd.Process.Pid)
		<-gone
	}, gone, nil
}
