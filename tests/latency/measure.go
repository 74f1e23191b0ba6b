package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"example.com/guessing-game/src/invoke"
)

// kinds are the events of a warm invocation, in the order in which they are sent.
var kinds = []string{"gameRequested", "guessSubmitted", "gameInfoRequested"}

// variant is a row of the report: a program and the circumstances under which it runs.
type variant struct {
	name    string
	program *program
	env     map[string]string
	// sampled says whether the invocations are traced.
	sampled bool
	// memoryMB is the memory size; share says whether the process gets the CPU share that such a function has.
	memoryMB int
	share    bool
	// warm is how many warm invocations a process serves.
	warm int

	samples samples
}

// samples are what was measured of a variant, over all its processes.
type samples struct {
	Init      []float64            `json:"init_ms"`      // exec to the first request for work
	First     []float64            `json:"first_ms"`     // the first invocation, after that
	FirstCPU  []float64            `json:"first_cpu_ms"` // CPU time until the first answer, init included
	Warm      map[string][]float64 `json:"warm_us"`      // by event kind
	WarmCPU   []float64            `json:"warm_cpu_us"`  // CPU time of a warm invocation, one mean a process
	PeakMB    []float64            `json:"peak_mb"`
	Faults    []float64            `json:"page_faults"` // minor and major page faults until the first answer
	Processes int                  `json:"processes"`
	Bytes     int64                `json:"executable_bytes"`
	// NoShare is why the CPU share could not be had.
	NoShare string `json:"no_share,omitempty"`
}

// measure starts one process of the variant, invokes it, and adds what it saw to the samples.
func (v *variant) measure(ctx context.Context, xray string) error {
	var refused strings.Builder
	host, err := invoke.NewHost(invoke.Config{
		Name: "Measured", Command: []string{v.program.path}, Env: v.env, Timeout: 20 * time.Second, MemorySizeMB: v.memoryMB, Concurrency: 1,
		XRayAddress: xray, CPUShare: v.share, Logs: io.Discard, Logger: slog.New(slog.NewTextHandler(&refused, nil)),
		Environ: []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=local", "AWS_SECRET_ACCESS_KEY=local"},
	})
	if err != nil {
		return err
	}
	defer host.Close()
	id := "4ce7c7b8-02bc-40a4-823b-6c7c02b028d3"
	send := func(kind string) (invoke.Report, error) {
		event := fmt.Sprintf(`{"kind":%q}`, kind)
		switch kind {
		case "guessSubmitted":
			event = fmt.Sprintf(`{"kind":%q,"id":%q,"guess":5}`, kind, id)
		case "gameInfoRequested":
			event = fmt.Sprintf(`{"kind":%q,"id":%q}`, kind, id)
		}
		in := invoke.Invocation{Payload: []byte(event)}
		if !v.sampled {
			in.TraceHeader = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0"
		}
		resp, err := host.Invoke(ctx, in)
		if err != nil {
			return invoke.Report{}, err
		}
		if resp.FunctionError != "" {
			return invoke.Report{}, fmt.Errorf("%s answered %s with %s", v.name, event, resp.Payload)
		}
		if v.program.game && kind == "gameRequested" {
			var game struct{ ID string }
			if err := json.Unmarshal(resp.Payload, &game); err != nil || game.ID == "" {
				return invoke.Report{}, fmt.Errorf("%s answered %s with %s", v.name, event, resp.Payload)
			}
			id = game.ID
		}
		return resp.Report, nil
	}

	first, err := send("gameRequested")
	if err != nil {
		return err
	}
	s := &v.samples
	if s.Warm == nil {
		s.Warm = map[string][]float64{}
	}
	begun, faults, err := usage(first.PID)
	if err != nil {
		return err
	}
	s.Init = append(s.Init, ms(first.InitDuration))
	s.First = append(s.First, ms(first.Duration))
	s.FirstCPU = append(s.FirstCPU, ms(begun))
	s.Faults = append(s.Faults, faults)
	for n := range v.warm {
		kind := kinds[n%len(kinds)]
		r, err := send(kind)
		if err != nil {
			return err
		}
		s.Warm[kind] = append(s.Warm[kind], float64(r.Duration.Nanoseconds())/1000)
	}
	if v.warm > 0 {
		ended, _, err := usage(first.PID)
		if err != nil {
			return err
		}
		s.WarmCPU = append(s.WarmCPU, float64((ended-begun).Nanoseconds())/1000/float64(v.warm))
	}
	s.PeakMB = append(s.PeakMB, peak(first.PID))
	s.Processes++
	s.Bytes = v.program.size()
	if v.share {
		s.NoShare = strings.TrimSpace(refused.String())
	}
	return nil
}

func ms(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 }

// usage is the CPU time that a process has used, of all its threads, and the page faults it has had.
func usage(pid int) (cpu time.Duration, faults float64, err error) {
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	if err != nil || len(files) == 0 {
		return 0, 0, fmt.Errorf("no /proc/%d/task/*/schedstat: measuring needs Linux", pid)
	}
	for _, file := range files {
		line, err := os.ReadFile(file)
		if err != nil {
			continue // the thread has ended since
		}
		if text, _, ok := strings.Cut(string(line), " "); ok {
			ns, _ := strconv.ParseInt(text, 10, 64)
			cpu += time.Duration(ns)
		}
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, 0, err
	}
	// The second field is the name, in parentheses; minor faults are the tenth, major ones the twelfth.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	minor, _ := strconv.ParseFloat(fields[10-3], 64)
	major, _ := strconv.ParseFloat(fields[12-3], 64)
	return cpu, minor + major, nil
}

// peak is the peak resident memory of a process, in MB.
func peak(pid int) float64 {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for line := range strings.Lines(string(status)) {
		if text, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, _ := strconv.ParseFloat(strings.Fields(text)[0], 64)
			return kb / 1024
		}
	}
	return 0
}
