package invoke

import (
	"context"
	"os/exec"
	"runtime"
	"time"
)

// Companion starts a program that is not a function, such as a server that functions use, and that
// ends with this one, however that ends. It returns a function that ends the program and waits
// until it is gone, and a channel that is closed when it has ended.
func Companion(cmd *exec.Cmd) (stop func(), ended <-chan struct{}, err error) {
	ownGroup(cmd)
	return companion(cmd)
}

// outputTime is how long the output of a program that has ended is still read: a process that it
// has left behind may keep it open.
const outputTime = time.Second

// Run runs a program that is not a function until it ends, such as a build. Whatever it has started
// ends with it, with ctx, and with this program. It has no terminal, so that nothing it runs waits
// there for a password.
func Run(ctx context.Context, cmd *exec.Cmd) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	ownSession(cmd)
	cmd.WaitDelay = outputTime
	stop, ended, err := companion(cmd)
	if err != nil {
		return err
	}
	select {
	case <-ended:
	case <-ctx.Done():
		stop()
		return ctx.Err()
	}
	if !cmd.ProcessState.Success() {
		return &exec.ExitError{ProcessState: cmd.ProcessState}
	}
	return nil
}

// companion starts a program in the group of its own that it has been given.
func companion(cmd *exec.Cmd) (stop func(), ended <-chan struct{}, err error) {
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
