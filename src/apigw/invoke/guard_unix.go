//go:build unix

package invoke

import (
	"os"
	"os/exec"
	"strconv"
	"syscall"
)

// guard is a process that ends the groups of functions if this program is killed (kill -9). Linux
// then ends a function's first process, but not what that has started: with sh -c 'python3 app.py;
// true', the function itself. The guard reads the current groups, one line for each change, until
// its input ends.
type guard struct{ w *os.File }

// guardScript detaches the guard, so that it is not a child of this program.
const guardScript = `exec 3<&0
{ trap "" HUP INT TERM
while read -r line; do groups=$line; done
for g in $groups; do kill -s KILL -- "-$g"; done
} <&3 2>/dev/null &`

// newGuard starts the guard; nil if there is no shell.
func newGuard() *guard {
	r, w, err := os.Pipe()
	if err != nil {
		return nil
	}
	defer r.Close()
	cmd := exec.Command("/bin/sh", "-c", guardScript)
	cmd.Stdin = r
	cmd.Dir = "/"
	cmd.Env = []string{}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if cmd.Run() != nil {
		w.Close()
		return nil
	}
	return &guard{w}
}

func (g *guard) tell(groups []int) {
	var b []byte
	for _, id := range groups {
		b = append(strconv.AppendInt(b, int64(id), 10), ' ')
	}
	g.w.Write(append(b, '\n')) // a guard that has been killed guards nothing
}
