// Package moto runs moto's server, which emulates AWS's services, for the tests. It needs Python 3
// and what the script install.sh, next to this file, installs.
// https://docs.getmoto.org/en/latest/docs/server_mode.html
package moto

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"time"
)

// Server is a running server; its state is in memory.
type Server struct {
	URL   string
	cmd   *exec.Cmd
	ended chan struct{}
}

var listening = regexp.MustCompile(`Running on (http://127\.0\.0\.1:\d+)`)

const startTimeout = time.Minute

// Start installs the server if necessary and starts it on a free port. Its log goes to log.
func Start(ctx context.Context, log io.Writer) (*Server, error) {
	_, file, _, _ := runtime.Caller(0)
	install := exec.CommandContext(ctx, filepath.Join(filepath.Dir(file), "install.sh"))
	install.Stderr = log
	out, err := install.Output()
	if err != nil {
		return nil, fmt.Errorf("installing moto: %w", err)
	}
	cmd := exec.Command(strings.TrimSpace(string(out)), "-H", "127.0.0.1", "-p", "0")
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting moto: %w", err)
	}
	s := &Server{cmd: cmd, ended: make(chan struct{})}
	address := make(chan string, 1)
	go func() {
		defer close(s.ended)
		for lines := bufio.NewScanner(stderr); lines.Scan(); {
			fmt.Fprintln(log, lines.Text())
			if m := listening.FindStringSubmatch(lines.Text()); m != nil {
				select {
				case address <- m[1]:
				default:
				}
			}
		}
		cmd.Wait()
	}()
	select {
	case s.URL = <-address:
		return s, nil
	case <-s.ended:
		return nil, errors.New("moto has ended; its log says why")
	case <-time.After(startTimeout):
		s.Stop()
		return nil, errors.New("moto does not respond")
	}
}

// Stop ends the process; its state is lost.
func (s *Server) Stop() {
	s.cmd.Process.Kill()
	<-s.ended
}
