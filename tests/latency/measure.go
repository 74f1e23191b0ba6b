package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"strings"
	"time"

	"example.com/guessing-game/src/apigw/invoke"
)

// process starts a process of the variant, invokes it, and returns the measurements. Trace segments
// are sent to the address xray.
func (v *variant) process(ctx context.Context, xray string) (*samples, error) {
	var refused strings.Builder
	host, err := invoke.NewHost(invoke.Config{
		Name: "Measured", Command: []string{v.program.path}, Env: v.env, Timeout: 20 * time.Second, MemorySizeMB: v.memoryMB, Concurrency: 1,
		XRayAddress: xray, CPUShare: v.share, Logs: io.Discard, Logger: slog.New(slog.NewTextHandler(&refused, nil)),
		Environ: []string{"PATH=" + os.Getenv("PATH"), "AWS_LAMBDA_LOG_FORMAT=JSON"},
	})
	if err != nil {
		return nil, err
	}
	defer host.Close()
	p := player{game: v.program.game}
	pid := 0
	send := func(kind string) (invoke.Report, error) {
		in := invoke.Invocation{Payload: p.event(kind)}
		if !v.sampled {
			in.TraceHeader = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0"
		}
		resp, err := host.Invoke(ctx, in)
		if err != nil {
			return invoke.Report{}, err
		}
		if pid != 0 && resp.Report.PID != pid {
			return invoke.Report{}, fmt.Errorf("process %d has ended and %d took its place", pid, resp.Report.PID)
		}
		pid = resp.Report.PID
		return resp.Report, p.answer(in.Payload, resp.Payload, resp.FunctionError)
	}

	first, err := send(kinds[0])
	if err != nil {
		return nil, err
	}
	begun, err := usageOf(pid)
	if err != nil {
		return nil, err
	}
	s := &samples{
		init: []float64{ms(first.InitDuration)}, first: []float64{ms(first.Duration)}, coldBilled: []float64{ms(first.Billed)},
		firstCPU: []float64{ms(begun.cpu)}, faults: []float64{begun.faults}, warm: map[string][]float64{},
	}
	if v.share {
		s.noShare = strings.TrimSpace(refused.String())
	}
	for n := range v.paced {
		// At any time within a period, as events arrive.
		time.Sleep(cpuPeriod + rand.N(cpuPeriod))
		r, err := send(kinds[n%len(kinds)])
		if err != nil {
			return nil, err
		}
		s.paced = append(s.paced, us(r.Duration))
		s.pacedBill = append(s.pacedBill, ms(r.Billed))
	}
	before, err := usageOf(pid)
	if err != nil {
		return nil, err
	}
	for n := range v.warm {
		kind := kinds[n%len(kinds)]
		r, err := send(kind)
		if err != nil {
			return nil, err
		}
		s.warm[kind] = append(s.warm[kind], us(r.Duration))
		s.warmBilled = append(s.warmBilled, ms(r.Billed))
	}
	after, err := usageOf(pid)
	if err != nil {
		return nil, err
	}
	s.warmCPU = []float64{us(after.cpu-before.cpu) / float64(v.warm)}
	s.peakMB = []float64{after.peakMB}
	return s, nil
}

func ms(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 }
func us(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }

// player makes the events of a game and checks the results.
type player struct {
	game bool
	id   string // of the game it plays
}

// event returns an event. The first one must be gameRequested.
func (p *player) event(kind string) []byte {
	e := struct {
		Kind  string `json:"kind"`
		ID    string `json:"id,omitempty"`
		Guess *int   `json:"guess,omitempty"`
	}{Kind: kind}
	if kind != "gameRequested" {
		e.ID = p.id
	}
	if kind == "guessSubmitted" {
		guess := 5
		e.Guess = &guess
	}
	b, _ := json.Marshal(e) // always marshals
	return b
}

// answer rejects a result that is an error, which must not be measured, and keeps the id of a new
// game.
func (p *player) answer(event, payload []byte, functionError string) error {
	var game struct{ Kind, ID string }
	switch err := json.Unmarshal(payload, &game); {
	case functionError != "", err != nil, p.game && game.ID == "":
		return fmt.Errorf("the answer to %s is %s %s", event, functionError, payload)
	case game.Kind == "GameCreated":
		p.id = game.ID
	}
	return nil
}
