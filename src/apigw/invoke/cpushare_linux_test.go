package invoke

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestControlGroups(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, mounts, own string
		dirs              []string
		v2                bool
	}{
		{"v1, each controller on its own",
			"30 24 0:26 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n31 24 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n32 24 0:28 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",
			"4:memory:/user/me\n3:cpu:/\n0::/\n", []string{"/sys/fs/cgroup/cpu", "/sys/fs/cgroup/memory/user/me"}, false},
		{"v1, joint controllers, as systemd mounts them",
			"33 25 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:14 - cgroup cgroup rw,cpu,cpuacct\n34 25 0:30 / /sys/fs/cgroup/memory rw shared:15 - cgroup cgroup rw,memory\n",
			"11:cpu,cpuacct:/user.slice\n7:memory:/user.slice\n", []string{"/sys/fs/cgroup/cpu,cpuacct/user.slice", "/sys/fs/cgroup/memory/user.slice"}, false},
		{"v1 in a container, where the mount shows the own group",
			"900 899 0:29 /docker/abc /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu\n901 899 0:30 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n",
			"4:cpu:/docker/abc\n5:memory:/docker/abc\n", []string{"/sys/fs/cgroup/cpu", "/sys/fs/cgroup/memory"}, false},
		{"v2", "35 24 0:31 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate\n",
			"0::/user.slice/user-1000.slice/session-2.scope\n", []string{"/sys/fs/cgroup/user.slice/user-1000.slice/session-2.scope"}, true},
	} {
		dirs, v2, err := controlGroups(c.mounts, c.own)
		if err != nil || !slices.Equal(dirs, c.dirs) || v2 != c.v2 {
			t.Errorf("%s: %v %v %v, want %v %v", c.name, dirs, v2, err, c.dirs, c.v2)
		}
	}
	if dirs, _, err := controlGroups("24 1 0:1 / / rw - ext4 /dev/vda rw\n", "0::/\n"); err == nil {
		t.Errorf("groups out of nothing: %v", dirs)
	}
}

func TestQuotaFollowsMemorySize(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		memoryMB int
		want     time.Duration
	}{{128, 1447 * time.Microsecond}, {1769, 20 * time.Millisecond}, {10240, 115771 * time.Microsecond}} {
		if got := quota(c.memoryMB).Truncate(time.Microsecond); got != c.want {
			t.Errorf("%d MB: %v, want %v", c.memoryMB, got, c.want)
		}
	}
}

// If this machine permits control groups the limits must hold; if not, the host must say so and
// run the function nevertheless.
func TestCPUShare(t *testing.T) {
	t.Parallel()
	logger, said := testLogger()
	h, logs := testHost(t, "ok", func(cfg *Config) { cfg.CPUShare, cfg.Logger = true, logger })
	if h.shares == nil {
		if !strings.Contains(said.String(), "without the CPU share") {
			t.Errorf("nothing is said of it: %s", said)
		}
		if resp := mustInvoke(t, h, `1`); resp.FunctionError != "" {
			t.Errorf("%+v", resp)
		}
		return
	}
	resp := mustInvoke(t, h, `{"do":"burn","ms":400}`)
	used, err := strconv.Atoi(string(resp.Payload))
	if err != nil {
		t.Fatalf("%v: %s\n%s", err, resp.Payload, logs)
	}
	// 128 MB are 7.2 % of a CPU; a quarter leaves room for coarse accounting.
	if total := resp.Report.Duration + resp.Report.InitDuration; time.Duration(used)*time.Microsecond > total/4 {
		t.Errorf("%d µs of CPU in %v", used, total)
	}
	for _, dir := range h.shares.dirs {
		group := h.shares.group(dir, 1)
		if _, err := os.Stat(group); err != nil {
			t.Error(err)
		}
		defer func() {
			if left, _ := filepath.Glob(filepath.Join(dir, h.shares.name+"*")); len(left) > 0 {
				t.Errorf("groups are left behind: %v", left)
			}
		}()
	}
	// Half a gigabyte does not fit into 128 MB.
	resp = mustInvoke(t, h, `{"do":"hog","n":512}`)
	if resp.FunctionError == "" || !strings.Contains(string(resp.Payload), "signal: killed") {
		t.Errorf("a function of 128 MB took 512: %s", resp.Payload)
	}
	h.Close()
}

// The init begins when the process is released, not before the kernel has moved it. Plain folders
// stand in for the control groups, enough of them that by any clock the last one is written later
// than anything before the start.
func TestInitBeginsInTheGroups(t *testing.T) {
	t.Parallel()
	s := &cpuShares{name: "lambda", quota: cpuPeriod, limit: 1 << 30}
	base := t.TempDir()
	for i := range 200 {
		dir := filepath.Join(base, strconv.Itoa(i))
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		s.dirs = append(s.dirs, dir)
	}
	runtime.LockOSThread() // as the host's starter does
	defer runtime.UnlockOSThread()
	cmd := exec.Command("true")
	cmd.SysProcAttr = &syscall.SysProcAttr{}
	begun, err := s.start(cmd, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	info, err := os.Stat(filepath.Join(s.group(s.dirs[len(s.dirs)-1], 1), "cgroup.procs"))
	if err != nil {
		t.Fatal(err)
	}
	if moved := info.ModTime(); begun.Before(moved) {
		t.Errorf("the init begins %v before the process is in its groups", moved.Sub(begun))
	}
}

func TestRemoveLeftovers(t *testing.T) {
	t.Parallel()
	gone := exec.Command("true")
	if err := gone.Run(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	dead, alive := fmt.Sprintf("lambda-%d-1-7", gone.Process.Pid), fmt.Sprintf("lambda-%d-1-7", os.Getpid())
	for _, name := range []string{dead, alive, "lambda-x-1-7", "system.slice"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	removeLeftovers(dir)
	var left []string
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		left = append(left, e.Name())
	}
	if want := []string{alive, "lambda-x-1-7", "system.slice"}; !slices.Equal(left, want) {
		t.Errorf("left are %v, want %v", left, want)
	}
}
