package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"example.com/guessing-game/tests/load"
)

var clientCounts = []int{1, 16}

// start starts a program and waits for its first response on a route.
func (b *bench) start(ctx context.Context, p program, r route) (s *load.Server, port string, first time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if port, err = load.FreePort(); err != nil {
		return nil, "", 0, err
	}
	if s, err = p.start(port); err != nil {
		return nil, "", 0, err
	}
	first, body, err := s.Await(ctx, func() (*http.Request, error) {
		req, err := http.NewRequest(r.method, "http://127.0.0.1:"+port+r.path, strings.NewReader(r.body))
		if err == nil && r.body != "" {
			req.Header.Set("Content-Type", "application/json")
		}
		return req, err
	})
	if err == nil && !strings.HasPrefix(body, `{"game":{"id":"7a1c","guesses":[`) {
		err = fmt.Errorf("the answer is %q", body)
	}
	if err != nil {
		s.Kill()
		return nil, "", 0, fmt.Errorf("%s: %w", p.name, err)
	}
	return s, port, first, nil
}

// key is a measurement: a program, a route and, under load, how many clients.
type key struct {
	program, route string
	clients        int
}

// measureStarts measures the times from exec to the first response, for a Lambda route including
// the function's cold start.
func (b *bench) measureStarts(ctx context.Context) (map[key][]time.Duration, error) {
	times := map[key][]time.Duration{}
	for i := range b.starts {
		for _, p := range b.programs() {
			for _, r := range p.routes {
				progress("start %d of %d: %s, %s", i+1, b.starts, p.name, r.name)
				s, _, first, err := b.start(ctx, p, r)
				if err != nil {
					return nil, err
				}
				stop(s)
				k := key{p.name, r.name, 0}
				times[k] = append(times[k], first)
			}
		}
	}
	return times, nil
}

// loads holds the figures of all rounds.
type loads struct {
	figures  map[key][]figures
	duration map[key][]int          // of the function as apigw reports it, p50 in microseconds
	memory   map[string]memoryUsage // by program
}

// memoryUsage is in KB.
type memoryUsage struct {
	idle, peak int // of the program
	functions  int // of all its children, at the end
	children   int
}

// measureLoads keeps all programs running throughout, idle while others are measured.
func (b *bench) measureLoads(ctx context.Context) (*loads, error) {
	l := &loads{map[key][]figures{}, map[key][]int{}, map[string]memoryUsage{}}
	programs := b.programs()
	servers, ports := map[string]*load.Server{}, map[string]string{}
	defer func() {
		for _, s := range servers {
			stop(s)
		}
	}()
	for _, p := range programs {
		s, port, _, err := b.start(ctx, p, p.routes[0])
		if err != nil {
			return nil, err
		}
		servers[p.name], ports[p.name] = s, port
	}
	for _, p := range programs {
		idle, err := load.Resident(servers[p.name].PID, "VmRSS")
		if err != nil {
			return nil, err
		}
		l.memory[p.name] = memoryUsage{idle: idle}
		for _, r := range p.routes { // so that just-in-time compilation is over before the measurement
			if _, err := b.wrk(ctx, ports[p.name], r, 16, min(b.seconds, 3)); err != nil {
				return nil, fmt.Errorf("%s, %s: %w", p.name, r.name, err)
			}
		}
	}
	for round := range b.rounds {
		for _, clients := range clientCounts {
			for _, p := range programs {
				for _, r := range p.routes {
					k := key{p.name, r.name, clients}
					progress("round %d of %d: %s, %s, %d clients", round+1, b.rounds, p.name, r.name, clients)
					from := size(servers[p.name].Log)
					f, err := b.wrk(ctx, ports[p.name], r, clients, b.seconds)
					if err != nil {
						return nil, fmt.Errorf("%s, %s: %w", p.name, r.name, err)
					}
					l.figures[k] = append(l.figures[k], f)
					if d, err := reported(servers[p.name].Log, from); err != nil {
						return nil, err
					} else if d > 0 {
						l.duration[k] = append(l.duration[k], d)
					}
				}
			}
		}
	}
	for _, p := range programs {
		m := l.memory[p.name]
		pid := servers[p.name].PID
		var err error
		if m.peak, err = load.Resident(pid, "VmHWM"); err != nil {
			return nil, err
		}
		for _, child := range load.Children(pid) {
			if kb, err := load.Resident(child, "VmHWM"); err == nil {
				m.functions += kb
				m.children++
			}
		}
		l.memory[p.name] = m
	}
	return l, nil
}

var durationField = regexp.MustCompile(`(?m)[^d] ?\bDuration: ([0-9.]+) ms`)

// reported returns the median Duration, in microseconds, of the invocations in a log beyond an
// offset; 0 if there is none.
func reported(log string, from int64) (int, error) {
	file, err := os.Open(log)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	if _, err := file.Seek(from, io.SeekStart); err != nil {
		return 0, err
	}
	text, err := io.ReadAll(file)
	if err != nil {
		return 0, err
	}
	var all []int
	for line := range strings.Lines(string(text)) {
		if !strings.Contains(line, "RequestId: ") {
			continue
		}
		if m := durationField.FindStringSubmatch(line); m != nil {
			ms, err := strconv.ParseFloat(m[1], 64)
			if err != nil {
				return 0, errors.New("no duration: " + line)
			}
			all = append(all, int(ms*1000+0.5))
		}
	}
	if len(all) == 0 {
		return 0, nil
	}
	return median(all), nil
}

func size(file string) int64 {
	info, err := os.Stat(file)
	if err != nil {
		return 0
	}
	return info.Size()
}

// stop ends a program as Ctrl-C does.
func stop(s *load.Server) {
	if _, err := s.Signal(syscall.SIGINT, 5*time.Second); err != nil && !errors.As(err, new(interface{ ExitCode() int })) {
		fmt.Fprintln(os.Stderr, "bench:", err)
	}
	s.Kill()
}

func median[T int | float64 | time.Duration](all []T) T {
	sorted := slices.Sorted(slices.Values(all))
	if len(sorted)%2 == 0 {
		return (sorted[len(sorted)/2-1] + sorted[len(sorted)/2]) / 2
	}
	return sorted[len(sorted)/2]
}

func progress(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }
