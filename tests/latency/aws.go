package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"example.com/guessing-game/src/apigw/invoke"
)

// cloud is a deployed function and how it is measured: each round forces a cold start by changing
// a variable in the function's environment and invokes $LATEST, which no client of the stack
// uses. The environment is restored at the end.
type cloud struct {
	cli          []string // the AWS CLI, with leading arguments
	stack        string
	rounds, warm int           // cold starts, and warm invocations after each
	poll         time.Duration // X-Ray takes a few seconds to index traces: the pause between two queries
}

// roundVariable is the variable whose change makes Lambda start new environments.
const roundVariable = "LATENCY_ROUND"

// stackReport is its result.
type stackReport struct {
	*report
	v            *variant
	architecture string
	traces       []float64 // ms, the durations of the traces that X-Ray has
	faults       int       // traces with a fault or an error
}

// configuration is Lambda's description of a function.
type configuration struct {
	FunctionName  string
	MemorySize    int
	CodeSize      int64
	Architectures []string
	Environment   struct{ Variables map[string]string }
}

// measureStack measures the function GameFunction of a stack.
func measureStack(ctx context.Context, c cloud, p *progress) (r *stackReport, err error) {
	dir, err := os.MkdirTemp("", "latency")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	function, err := c.function(ctx)
	if err != nil {
		return nil, err
	}
	defer func() {
		// Whatever has happened, including an interrupt.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Minute)
		defer cancel()
		if restoreErr := c.setEnvironment(ctx, dir, function, function.Environment.Variables); restoreErr != nil {
			err = errors.Join(err, c.keepEnvironment(function, restoreErr))
		}
	}()

	v := &variant{name: c.stack, program: &program{name: c.stack, game: true, bytes: function.CodeSize}, memoryMB: function.MemorySize}
	r = &stackReport{report: newReport("make latency TARGET=aws STACK="+c.stack, commit(ctx), c.rounds), v: v, architecture: strings.Join(function.Architectures, ", ")}
	r.variants = []*variant{v}
	game := player{game: true}
	for round := range c.rounds {
		variables := maps.Clone(function.Environment.Variables)
		variables[roundVariable] = fmt.Sprint(r.when.UnixNano() + int64(round))
		if err := c.setEnvironment(ctx, dir, function, variables); err != nil {
			return nil, err
		}
		for n := range c.warm + 1 {
			p.show("measuring", round*(c.warm+1)+n, c.rounds*(c.warm+1), c.stack)
			kind := kinds[n%len(kinds)]
			report, err := c.invoke(ctx, dir, function, &game, kind)
			if err != nil {
				return nil, err
			}
			v.samples.add(reported(report, kind))
		}
	}
	p.show("X-Ray", 0, 1, "the traces need some seconds to be found")
	return r, c.readTraces(ctx, function, r)
}

// reported holds the samples of one invocation.
func reported(r invoke.Report, kind string) *samples {
	s := &samples{peakMB: []float64{float64(r.MaxMemoryMB)}}
	if r.ColdStart {
		s.init, s.first, s.coldBilled = []float64{ms(r.InitDuration)}, []float64{ms(r.Duration)}, []float64{ms(r.Billed)}
	} else {
		s.warm, s.warmBilled = map[string][]float64{kind: {us(r.Duration)}}, []float64{ms(r.Billed)}
	}
	return s
}

// call runs the AWS CLI and decodes what it prints, if result is not nil.
func (c cloud) call(ctx context.Context, result any, args ...string) error {
	args = append(append(c.cli[1:len(c.cli):len(c.cli)], args...), "--output", "json")
	cmd := exec.CommandContext(ctx, c.cli[0], args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	name := "aws " + strings.Join(args[len(c.cli)-1:][:2], " ")
	if errors.Is(err, exec.ErrNotFound) {
		return fmt.Errorf("%s: the AWS CLI is not installed: %w", name, err)
	}
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", name, err, strings.TrimSpace(stderr.String()))
	}
	if result == nil {
		return nil
	}
	if err := json.Unmarshal(out, result); err != nil {
		return fmt.Errorf("%s printed %.200q: %w", name, out, err)
	}
	return nil
}

// function gets the stack's function, and the function's configuration from Lambda.
func (c cloud) function(ctx context.Context) (f configuration, err error) {
	var resource struct {
		StackResourceDetail struct {
			PhysicalResourceID string `json:"PhysicalResourceId"`
		}
	}
	if err := c.call(ctx, &resource, "cloudformation", "describe-stack-resource", "--stack-name", c.stack, "--logical-resource-id", "GameFunction"); err != nil {
		return f, err
	}
	err = c.call(ctx, &f, "lambda", "get-function-configuration", "--function-name", resource.StackResourceDetail.PhysicalResourceID)
	if f.Environment.Variables == nil {
		f.Environment.Variables = map[string]string{}
	}
	delete(f.Environment.Variables, roundVariable) // of a killed run
	return f, err
}

// setEnvironment replaces the function's environment and waits until that has happened. The
// values are passed in a file of this user's: everybody can read the arguments of a process.
func (c cloud) setEnvironment(ctx context.Context, dir string, f configuration, variables map[string]string) error {
	file := filepath.Join(dir, "environment.json")
	if err := writeEnvironment(file, variables); err != nil {
		return err
	}
	if err := c.call(ctx, nil, "lambda", "update-function-configuration", "--function-name", f.FunctionName, "--environment", "file://"+file); err != nil {
		return err
	}
	return c.call(ctx, nil, "lambda", "wait", "function-updated", "--function-name", f.FunctionName)
}

func writeEnvironment(file string, variables map[string]string) error {
	text, err := json.Marshal(map[string]any{"Variables": variables})
	if err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o600)
}

// keepEnvironment says how to restore the environment by hand.
func (c cloud) keepEnvironment(f configuration, cause error) error {
	file := filepath.Join(os.TempDir(), "environment-of-"+f.FunctionName+".json")
	if err := writeEnvironment(file, f.Environment.Variables); err != nil {
		return errors.Join(cause, err)
	}
	return fmt.Errorf("the environment of %s could not be put back as it was: %w\nPut it back with: aws lambda update-function-configuration --function-name %s --environment file://%s",
		f.FunctionName, cause, f.FunctionName, file)
}

// invoke invokes the function once.
func (c cloud) invoke(ctx context.Context, dir string, f configuration, game *player, kind string) (report invoke.Report, err error) {
	payload := game.event(kind)
	in, out := filepath.Join(dir, "event.json"), filepath.Join(dir, "answer.json")
	if err := os.WriteFile(in, payload, 0o600); err != nil {
		return report, err
	}
	var answer struct{ LogResult, FunctionError string }
	// fileb:// sends the bytes unchanged with both versions of the CLI.
	if err := c.call(ctx, &answer, "lambda", "invoke", "--function-name", f.FunctionName, "--log-type", "Tail", "--payload", "fileb://"+in, out); err != nil {
		return report, err
	}
	result, err := os.ReadFile(out)
	if err != nil {
		return report, err
	}
	if err := game.answer(payload, result, answer.FunctionError); err != nil {
		return report, err
	}
	log, err := base64.StdEncoding.DecodeString(answer.LogResult)
	if err != nil {
		return report, fmt.Errorf("the log of an invocation is not in base64: %w", err)
	}
	report, ok := invoke.ParseReport(string(log))
	if !ok {
		report, ok = parsePlatformReport(string(log))
	}
	if !ok {
		return report, fmt.Errorf("the log of an invocation of %s has neither a REPORT line nor a platform.report:\n%s", f.FunctionName, log)
	}
	return report, nil
}

// parsePlatformReport finds the equivalent of the REPORT line if the function's log is in JSON:
// https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html#platform-report
func parsePlatformReport(log string) (r invoke.Report, found bool) {
	for line := range strings.Lines(log) {
		var event struct {
			Type   string
			Record struct {
				RequestID string
				Metrics   struct {
					DurationMS       float64
					BilledDurationMS float64
					InitDurationMS   float64
					MemorySizeMB     float64
					MaxMemoryUsedMB  float64
				}
			}
		}
		if json.Unmarshal([]byte(line), &event) != nil || event.Type != "platform.report" {
			continue
		}
		m := event.Record.Metrics
		d := func(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }
		r = invoke.Report{
			RequestID: event.Record.RequestID, Duration: d(m.DurationMS), Billed: d(m.BilledDurationMS), InitDuration: d(m.InitDurationMS),
			ColdStart: m.InitDurationMS > 0, MemorySizeMB: int(m.MemorySizeMB), MaxMemoryMB: int(m.MaxMemoryUsedMB),
		}
		found = true
	}
	return r, found
}

// looks is how often X-Ray is queried before a lack of traces is believed.
const looks = 12

// readTraces gets the summaries of the run's traces from X-Ray.
func (c cloud) readTraces(ctx context.Context, f configuration, r *stackReport) error {
	for look := range looks {
		if look > 0 {
			select {
			case <-time.After(c.poll):
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		var answer struct {
			TraceSummaries []struct {
				Duration           float64 // in seconds
				HasFault, HasError bool
			}
		}
		if err := c.call(ctx, &answer, "xray", "get-trace-summaries", "--start-time", fmt.Sprint(r.when.Unix()), "--end-time", fmt.Sprint(time.Now().Unix()+1),
			"--filter-expression", fmt.Sprintf("service(%q)", f.FunctionName)); err != nil {
			return err
		}
		for _, t := range answer.TraceSummaries {
			r.traces = append(r.traces, t.Duration*1000)
			if t.HasFault || t.HasError {
				r.faults++
			}
		}
		if len(r.traces) > 0 {
			return nil
		}
	}
	return nil
}

// tables are the parts that a deployed function's report and summary share.
func (r *stackReport) tables() string {
	s := &r.v.samples
	all := s.all()
	calm, cold := mean(s.warmBilled), mean(s.coldBilled)
	price := perGBSecondX86
	if r.architecture == "arm64" {
		price = perGBSecondArm
	}
	rows := [][]string{
		{"cold starts", fmt.Sprint(len(s.init))},
		{"init, ms: p50", short(median(s.init))}, {"max", short(quantile(s.init, 1))},
		{"first invocation, ms: p50", short(median(s.first))}, {"max", short(quantile(s.first, 1))},
		{"cold start, billed ms: mean", short(cold)},
		{"warm invocations", fmt.Sprint(len(all))},
		{"warm, ms: p50", short(quantile(all, .5) / 1000)}, {"p90", short(quantile(all, .9) / 1000)}, {"p99", short(quantile(all, .99) / 1000)},
		{"p99.9", short(quantile(all, .999) / 1000)}, {"max", short(quantile(all, 1) / 1000)},
		{"warm, billed ms: mean", short(calm)},
		{"memory at its peak, MB", short(quantile(s.peakMB, 1))},
		{"a million plays, warm", fmt.Sprintf("$%.2f", millionPlays(calm, r.v.memoryMB, price))},
		{"traces in X-Ray", fmt.Sprint(len(r.traces))},
		{"traces with a fault or an error", fmt.Sprint(r.faults)},
		{"traces, ms: p50", short(median(r.traces))}, {"p99", short(quantile(r.traces, .99))},
	}
	return table([]string{"what", ""}, rows) + "\n" + kindTable(r.variants)
}

func (r *stackReport) summary() string { return r.tables() }

func (r *stackReport) markdown() string {
	return fmt.Sprintf("# Latency of the stack %s\n\nMade by `%s` on %s, from commit %s: %d cold starts of a function with %d MB on %s, at the prices of %s.\n\n%s\n![init](init.svg)\n\n![warm](warm.svg)\n\n![traces](traces.svg)\n",
		r.v.name, r.command, r.when.Format(time.DateOnly), r.commit, r.rounds, r.v.memoryMB, r.architecture, pricesAsOf, r.tables())
}

func (r *stackReport) plots() map[string]string {
	s := &r.v.samples
	var warm []series
	for _, kind := range kinds {
		warm = append(warm, series{kind, s.warm[kind]})
	}
	return map[string]string{
		"init.svg":   strips("Cold starts", "ms", []series{{"init", s.init}, {"first invocation", s.first}, {"billed", s.coldBilled}}),
		"warm.svg":   distribution("Warm invocations, from the middle to the tail", "µs", warm),
		"traces.svg": distribution("Traces in X-Ray, from the middle to the tail", "ms", []series{{"traces", r.traces}}),
	}
}
