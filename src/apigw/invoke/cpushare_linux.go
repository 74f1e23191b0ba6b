package invoke

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	// cpuPeriod is the period of the CPU quota. Lambda's is 20 ms: a function that has used its
	// share of one is paused until the next.
	cpuPeriod = 20 * time.Millisecond
	// fullCPU is the memory size, in MB, that comes with one whole CPU
	// (https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html).
	fullCPU = 1769
)

// cpuShares puts each process into its own control groups, with the CPU quota and the
// memory limit of a memory size. The nil *cpuShares starts processes without.
type cpuShares struct {
	dirs  []string // where the groups are made: one for v2, one for each controller of v1
	v2    bool
	name  string
	quota time.Duration
	limit int64 // in bytes
}

var shareSerial atomic.Int64

// newCPUShares finds the groups in which this program may create groups. It creates one, so that
// a lack of permission is noticed at once.
func newCPUShares(memoryMB int) (*cpuShares, error) {
	s := &cpuShares{
		name:  fmt.Sprintf("lambda-%d-%d", os.Getpid(), shareSerial.Add(1)),
		quota: quota(memoryMB),
		limit: int64(memoryMB) << 20,
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	own, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return nil, err
	}
	if s.dirs, s.v2, err = controlGroups(string(mounts), string(own)); err != nil {
		return nil, err
	}
	if s.v2 {
		if s.dirs, err = delegated(s.dirs[0]); err != nil {
			return nil, err
		}
	}
	for _, dir := range s.dirs {
		removeLeftovers(dir)
	}
	if err := s.make(0); err != nil {
		s.remove(0)
		return nil, err
	}
	s.remove(0)
	return s, nil
}

// removeLeftovers removes the groups of earlier programs like this one that were killed: their
// processes are gone, but the groups are not.
func removeLeftovers(dir string) {
	groups, _ := filepath.Glob(filepath.Join(dir, "lambda-*-*-*"))
	for _, group := range groups {
		pid, err := strconv.Atoi(strings.Split(filepath.Base(group), "-")[1])
		if err == nil && syscall.Kill(pid, 0) == syscall.ESRCH {
			os.Remove(group) // what cannot be removed is in use and not ours
		}
	}
}

// controlGroups finds this process's groups of the cpu and the memory controller, from
// the contents of /proc/self/mountinfo and /proc/self/cgroup.
func controlGroups(mounts, own string) (dirs []string, v2 bool, err error) {
	paths := map[string]string{} // controller, or "" for v2 → path of the own group
	for line := range strings.Lines(own) {
		if f := strings.SplitN(strings.TrimSpace(line), ":", 3); len(f) == 3 {
			for _, controller := range strings.Split(f[1], ",") {
				paths[controller] = f[2]
			}
		}
	}
	find := func(kind, controller string) string {
		for line := range strings.Lines(mounts) {
			before, after, ok := strings.Cut(strings.TrimSpace(line), " - ")
			f, g := strings.Fields(before), strings.Fields(after)
			if !ok || len(f) < 5 || len(g) < 3 || g[0] != kind {
				continue
			}
			if kind == "cgroup" && !slices.Contains(strings.Split(g[2], ","), controller) {
				continue
			}
			// The mount may show only part of the hierarchy, the one below f[3].
			path := strings.TrimPrefix(paths[controller], strings.TrimSuffix(f[3], "/"))
			return filepath.Join(f[4], path)
		}
		return ""
	}
	cpu, memory := find("cgroup", "cpu"), find("cgroup", "memory")
	switch unified := find("cgroup2", ""); {
	case cpu != "" && memory != "":
		if cpu == memory {
			return []string{cpu}, false, nil
		}
		return []string{cpu, memory}, false, nil
	case unified != "":
		return []string{unified}, true, nil
	}
	return nil, false, errors.New("no control groups with the cpu and the memory controller are mounted")
}

// delegated finds, from the own v2 group upwards, one whose children have both
// controllers. A group that has processes cannot delegate them to its children.
func delegated(own string) ([]string, error) {
	var problem error
	for _, dir := range []string{own, filepath.Dir(own)} {
		if err := os.WriteFile(filepath.Join(dir, "cgroup.subtree_control"), []byte("+cpu +memory"), 0); err == nil {
			return []string{dir}, nil
		} else if problem == nil {
			problem = err
		}
	}
	return nil, fmt.Errorf("%w (run it in its own group:  systemd-run --user --scope -p Delegate=yes COMMAND)", problem)
}

// quota is the CPU time that a memory size has in each period.
func quota(memoryMB int) time.Duration { return cpuPeriod * time.Duration(memoryMB) / fullCPU }

func (s *cpuShares) group(dir string, serial int) string {
	return filepath.Join(dir, s.name+"-"+strconv.Itoa(serial))
}

// make creates the groups of one process and sets their limits.
func (s *cpuShares) make(serial int) error {
	micros := func(d time.Duration) string { return strconv.FormatInt(d.Microseconds(), 10) }
	for i, dir := range s.dirs {
		group := s.group(dir, serial)
		if err := os.Mkdir(group, 0o755); err != nil {
			return err
		}
		set := func(file, value string) error {
			return os.WriteFile(filepath.Join(group, file), []byte(value), 0)
		}
		var err error
		switch {
		case s.v2:
			err = errors.Join(set("cpu.max", micros(s.quota)+" "+micros(cpuPeriod)), set("memory.max", strconv.FormatInt(s.limit, 10)))
		case i == 0:
			err = errors.Join(set("cpu.cfs_period_us", micros(cpuPeriod)), set("cpu.cfs_quota_us", micros(s.quota)))
			if len(s.dirs) == 1 {
				err = errors.Join(err, set("memory.limit_in_bytes", strconv.FormatInt(s.limit, 10)))
			}
		default:
			err = set("memory.limit_in_bytes", strconv.FormatInt(s.limit, 10))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// start starts a process inside its groups. It runs on the host's starter thread: the process is
// stopped at its first instruction, as by a debugger, and continues once it is in the groups, so
// that its whole start counts and nothing else does; begun is when it continues. Moving the
// process took the kernel up to 80 ms on a busy machine.
func (s *cpuShares) start(cmd *exec.Cmd, serial int) (begun time.Time, err error) {
	if s == nil {
		return time.Now(), cmd.Start()
	}
	if err := s.make(serial); err != nil {
		s.remove(serial)
		return time.Now(), err
	}
	cmd.SysProcAttr.Ptrace = true
	if err := cmd.Start(); err != nil {
		s.remove(serial)
		return time.Now(), err
	}
	pid := cmd.Process.Pid
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(pid, &status, 0, nil); err != nil {
		return time.Now(), errors.Join(err, cmd.Process.Kill())
	}
	for _, dir := range s.dirs {
		if err := os.WriteFile(filepath.Join(s.group(dir, serial), "cgroup.procs"), []byte(strconv.Itoa(pid)), 0); err != nil {
			return time.Now(), errors.Join(err, cmd.Process.Kill(), syscall.PtraceDetach(pid), cmd.Wait())
		}
	}
	return time.Now(), syscall.PtraceDetach(pid)
}

// remove removes the groups of a process that has ended. The kernel may need a moment.
func (s *cpuShares) remove(serial int) {
	if s == nil {
		return
	}
	for _, dir := range s.dirs {
		group := s.group(dir, serial)
		for range 20 {
			if err := os.Remove(group); err == nil || errors.Is(err, os.ErrNotExist) {
				break
			}
			time.Sleep(5 * time.Millisecond)
		}
	}
}
