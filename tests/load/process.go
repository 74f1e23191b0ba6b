// Package load measures apigw under load: a test that many clients, including misbehaving ones,
// do no harm (make e2e), and in bench a benchmark against serverless-offline (make
// bench-gateway).
package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// WriteDocument writes the API of openapi.yaml, which is in dir, with the templates in place.
func WriteDocument(dir, to string) error {
	document, err := os.ReadFile(filepath.Join(dir, "openapi.yaml"))
	if err != nil {
		return err
	}
	var out strings.Builder
	for line := range strings.Lines(string(document)) {
		indent, name, ok := strings.Cut(strings.TrimRight(line, "\n"), "TEMPLATE ")
		if !ok || strings.TrimSpace(indent) != "" {
			out.WriteString(line)
			continue
		}
		template, err := os.ReadFile(filepath.Join(dir, "templates", name))
		if err != nil {
			return err
		}
		for line := range strings.Lines(string(template)) {
			out.WriteString(indent + line)
		}
	}
	return os.WriteFile(to, []byte(out.String()), 0o644)
}

// FreePort returns a port of the loopback address that is free now.
func FreePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}

// Server is a process that serves HTTP, with its children.
type Server struct {
	PID     int
	Started time.Time
	Log     string // the file that receives its output

	cmd   *exec.Cmd
	ended chan struct{} // closed when the process is gone
	err   error         // how it ended, once ended is closed
}

// Start starts a server in dir. It does not outlive this program on Linux.
func Start(dir, log string, env []string, argv ...string) (*Server, error) {
	output, err := os.Create(log)
	if err != nil {
		return nil, err
	}
	defer output.Close()
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = output, output
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	s := &Server{cmd: cmd, Log: log, Started: time.Now(), ended: make(chan struct{})}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s.PID = cmd.Process.Pid
	go func() {
		s.err = cmd.Wait()
		close(s.ended)
	}()
	return s, nil
}

// Signal sends the process, not its children, a signal, and waits for its end, limit at most;
// beyond that it is killed. It returns how long the process took.
func (s *Server) Signal(signal syscall.Signal, limit time.Duration) (time.Duration, error) {
	begin := time.Now()
	if err := syscall.Kill(s.PID, signal); err != nil {
		return 0, err
	}
	select {
	case <-s.ended:
		return time.Since(begin), s.err
	case <-time.After(limit):
		s.Kill()
		return limit, fmt.Errorf("still there %v after %v", limit, signal)
	}
}

// Kill ends the process and those of its children that are in its process group.
func (s *Server) Kill() {
	_ = syscall.Kill(-s.PID, syscall.SIGKILL) // an error means that none is left
	<-s.ended
}

// Ended is closed when the process is gone.
func (s *Server) Ended() <-chan struct{} { return s.ended }

// Await polls until the server returns the status 200, and returns how long that was after its
// start.
func (s *Server) Await(ctx context.Context, request func() (*http.Request, error)) (time.Duration, string, error) {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for {
		r, err := request()
		if err != nil {
			return 0, "", err
		}
		resp, err := client.Do(r.WithContext(ctx))
		if err == nil {
			body, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			if err == nil && resp.StatusCode != http.StatusOK {
				err = fmt.Errorf("%s %s: %s: %s", r.Method, r.URL, resp.Status, body)
			}
			return time.Since(s.Started), string(body), err
		}
		if !errors.Is(err, syscall.ECONNREFUSED) {
			return 0, "", err
		}
		select {
		case <-s.ended:
			return 0, "", fmt.Errorf("%s ended: %v, see %s", s.cmd.Path, s.err, s.Log)
		case <-ctx.Done():
			return 0, "", ctx.Err()
		case <-time.After(500 * time.Microsecond):
		}
	}
}

// Children returns the processes that a process has started and that still exist.
func Children(pid int) []int {
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	var pids []int
	for _, file := range tasks {
		text, _ := os.ReadFile(file) // a thread that has ended has none
		for word := range strings.FieldsSeq(string(text)) {
			if n, err := strconv.Atoi(word); err == nil {
				pids = append(pids, n)
			}
		}
	}
	return pids
}

// Resident returns the resident memory of a process in KB: the current value ("VmRSS") or the
// peak ("VmHWM").
func Resident(pid int, field string) (int, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, field+":"); ok {
			return strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "kB")))
		}
	}
	return 0, fmt.Errorf("process %d has no %s", pid, field)
}

// OpenFiles returns how many file descriptors a process has.
func OpenFiles(pid int) (int, error) {
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	return len(entries), err
}
