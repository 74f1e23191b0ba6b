package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"example.com/guessing-game/src/invoke"
)

// measureAWS measures the deployed function of a stack: it forces cold starts by changing a variable of the function's environment,
// invokes $LATEST with the AWS CLI, reads the REPORT line of each invocation, and X-Ray's summaries of the traces. It prints the same
// table. The AWS CLI and its credentials are the caller's; a test plays it with recorded answers.
func measureAWS(ctx context.Context, stack string, rounds, warm int) error {
	aws := func(result any, args ...string) error {
		cmd := exec.CommandContext(ctx, "aws", append(args, "--output", "json")...)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			return fmt.Errorf("aws %s: %w\n%s", strings.Join(args, " "), err, stderr.String())
		}
		if result == nil || len(out) == 0 {
			return nil
		}
		return json.Unmarshal(out, result)
	}
	var resource struct {
		StackResourceDetail struct{ PhysicalResourceId string }
	}
	if err := aws(&resource, "cloudformation", "describe-stack-resource", "--stack-name", stack, "--logical-resource-id", "GameFunction"); err != nil {
		return err
	}
	function := resource.StackResourceDetail.PhysicalResourceId
	var config struct {
		MemorySize    int
		Environment   struct{ Variables map[string]string }
		Architectures []string
		CodeSize      int64
	}
	if err := aws(&config, "lambda", "get-function-configuration", "--function-name", function); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "latency")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)

	// The environment is put back as it was, whatever happens.
	original, _ := json.Marshal(map[string]any{"Variables": config.Environment.Variables})
	setEnvironment := func(environment []byte) error {
		if err := aws(nil, "lambda", "update-function-configuration", "--function-name", function, "--environment", string(environment)); err != nil {
			return err
		}
		return aws(nil, "lambda", "wait", "function-updated", "--function-name", function)
	}
	defer func() {
		if err := setEnvironment(original); err != nil {
			fmt.Fprintf(os.Stderr, "latency: the function's environment could not be put back: %v\nPut it back with: aws lambda update-function-configuration --function-name %s --environment '%s'\n", err, function, original)
		}
	}()

	v := &variant{name: fmt.Sprintf("%s, %d MB, %s", stack, config.MemorySize, strings.Join(config.Architectures, "")), program: &program{game: true}}
	s := &v.samples
	s.Warm, s.Bytes = map[string][]float64{}, config.CodeSize
	id := ""
	started := time.Now()
	send := func(kind string) (invoke.Report, error) {
		event := map[string]any{"kind": kind}
		if kind != "gameRequested" {
			event["id"] = id
		}
		if kind == "guessSubmitted" {
			event["guess"] = 5
		}
		payload, _ := json.Marshal(event)
		in, out := filepath.Join(dir, "event.json"), filepath.Join(dir, "out.json")
		if err := os.WriteFile(in, payload, 0o600); err != nil {
			return invoke.Report{}, err
		}
		var answer struct{ LogResult, FunctionError string }
		// fileb:// sends the bytes as they are with both versions of the CLI.
		if err := aws(&answer, "lambda", "invoke", "--function-name", function, "--log-type", "Tail", "--payload", "fileb://"+in, out); err != nil {
			return invoke.Report{}, err
		}
		result, err := os.ReadFile(out)
		if err != nil {
			return invoke.Report{}, err
		}
		if answer.FunctionError != "" {
			return invoke.Report{}, fmt.Errorf("%s answered %s with %s", function, payload, result)
		}
		if kind == "gameRequested" {
			var game struct{ ID string }
			if err := json.Unmarshal(result, &game); err != nil {
				return invoke.Report{}, err
			}
			id = game.ID
		}
		log, err := base64.StdEncoding.DecodeString(answer.LogResult)
		if err != nil {
			return invoke.Report{}, err
		}
		report, ok := invoke.ParseReport(string(log))
		if !ok {
			return invoke.Report{}, fmt.Errorf("the log of an invocation of %s holds no REPORT line:\n%s", function, log)
		}
		return report, nil
	}
	for round := range rounds {
		variables := map[string]string{"LATENCY_ROUND": fmt.Sprint(time.Now().UnixNano())}
		for k, value := range config.Environment.Variables {
			variables[k] = value
		}
		environment, _ := json.Marshal(map[string]any{"Variables": variables})
		if err := setEnvironment(environment); err != nil {
			return err
		}
		for n := range warm + 1 {
			progress("measuring", round*(warm+1)+n, rounds*(warm+1), v.name)
			kind := kinds[n%len(kinds)]
			report, err := send(kind)
			if err != nil {
				return err
			}
			if report.ColdStart || report.InitDuration > 0 {
				s.Init = append(s.Init, ms(report.InitDuration))
				s.First = append(s.First, ms(report.Duration))
			} else {
				s.Warm[kind] = append(s.Warm[kind], ms(report.Duration)*1000)
			}
			s.PeakMB = append(s.PeakMB, float64(report.MaxMemoryMB))
		}
		s.Processes++
	}
	r := &run{variants: []*variant{v}, rounds: rounds}
	fmt.Printf("%s\n%s\n", r.mainTable(), r.kindTable())

	var traces struct {
		TraceSummaries []struct {
			Id                     string
			Duration, ResponseTime float64
			HasFault, HasError     bool
		}
	}
	if err := aws(&traces, "xray", "get-trace-summaries", "--start-time", fmt.Sprint(started.Unix()), "--end-time", fmt.Sprint(time.Now().Unix()),
		"--filter-expression", fmt.Sprintf(`service("%s")`, function)); err != nil {
		return err
	}
	var durations []float64
	for _, t := range traces.TraceSummaries {
		durations = append(durations, t.Duration*1000)
	}
	fmt.Printf("X-Ray has %d traces of it: p50 %s ms, p99 %s ms.\n", len(durations), short(quantile(durations, .5)), short(quantile(durations, .99)))
	return nil
}
