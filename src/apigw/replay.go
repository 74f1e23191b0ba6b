package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"example.com/guessing-game/src/apigw/cli"
	"example.com/guessing-game/src/apigw/executionlog"
	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/gateway/mask"
	"example.com/guessing-game/src/apigw/project"
	"example.com/guessing-game/src/apigw/replay"
)

func newReplay(s *cli.System) *cobra.Command {
	var o project.Source
	var output string
	var hide []string
	var each int
	cmd := &cobra.Command{
		Use:   "replay LOG…",
		Short: "Replay the requests in a deployed API's execution logs through the local documents",
		Long: `Replay the requests in a deployed API's execution logs through the local documents, with the logged response of the function or service
in place of the integration, and report which mapping steps differ.

LOG is a file, a folder of files, or - for standard input: what "aws logs tail" prints (--format short or detailed), what "aws logs
filter-log-events", "get-log-events" or "get-query-results" returns, what Logs Insights exports (CSV or JSON), an export to S3, what a
subscription delivers through Firehose, the records of a log delivery, or the log of TestInvokeMethod; each also compressed by gzip.
The stage must log data: loggingLevel INFO and dataTraceEnabled.

Values that no log has (the time to the millisecond, generated ids, the account) are not compared, nor the host of a service or backend.
A body that the log has truncated is compared as far as it goes. Each difference is written as a mapping test (see apigw test) that
passes once the local templates do what the deployed ones did. The exit status is 1 if anything differs.`,
		Example: `  aws logs filter-log-events --log-group-name API-Gateway-Execution-Logs_abc123/prod > prod.json
  apigw replay prod.json
  aws logs tail API-Gateway-Execution-Logs_abc123/prod --since 1d | apigw replay --mask password -`,
		Args: cli.Takes(1, cli.Many),
		RunE: func(cmd *cobra.Command, args []string) error {
			a, err := o.LoadOne(s)
			if err != nil {
				return err
			}
			local := &replay.Local{Document: a.Doc, Options: o.Options(a, gateway.Options{}), KnownStage: true}
			if err := local.Open(); err != nil {
				return a.Placed(err)
			}
			run := &replaying{s: s, local: local, tests: testWriter{dir: output, each: each, mask: mask.New(hide)}}
			logs, err := filesIn(args, "")
			if err != nil {
				return err
			}
			run.progress = newProgress(s, logs)
			for _, name := range logs {
				if err := run.file(cmd.Context(), name); err != nil {
					run.progress.clear()
					return err
				}
			}
			run.progress.clear()
			fmt.Fprint(s.Stdout, run.summary.String())
			if run.incomplete > 0 {
				fmt.Fprintf(s.Stdout, "%d incomplete requests were skipped (beginning or end missing)\n", run.incomplete)
			}
			if run.requests == 0 {
				return errors.New("there is no request in the log. Is it an execution log, with loggingLevel INFO?")
			}
			fmt.Fprint(s.Stdout, run.tests.report())
			if run.summary.Differing() > 0 {
				return cli.ErrSilent
			}
			return nil
		},
	}
	f := cmd.Flags()
	o.Register(f)
	f.StringVarP(&output, "output", "o", "replayed", "write a mapping test for each difference into this `DIR`; \"\" writes none")
	f.IntVar(&each, "each", 10, "write at most `N` tests for each route and step")
	f.StringSliceVar(&hide, "mask", nil, "`NAMES` of JSON members, parameters and headers whose values are shown and written as ***")
	return cmd
}

// replaying is a run of apigw replay.
type replaying struct {
	s        *cli.System
	local    *replay.Local
	tests    testWriter
	progress *progress
	summary  replay.Summary

	requests, incomplete int
}

func (run *replaying) file(ctx context.Context, name string) error {
	in := run.s.Stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	}
	r, err := executionlog.NewReader(run.progress.reader(in))
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	for ctx.Err() == nil {
		e, err := r.Next()
		if err == io.EOF {
			run.incomplete += r.Incomplete
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		result, err := run.local.Run(ctx, e)
		if err != nil {
			return fmt.Errorf("%s: request %s: %w", name, e.RequestID, err)
		}
		run.requests++
		run.summary.Add(result)
		for _, d := range result.Differences {
			if err := run.tests.write(result, d, "Replayed from "+filepath.Base(name)); err != nil {
				return err
			}
		}
		run.progress.show(run.requests, run.summary.Differing())
	}
	return context.Cause(ctx)
}

// testWriter writes exchanges as mapping tests into a folder.
type testWriter struct {
	dir  string // "": none are written
	each int    // the most tests of a kind
	mask *mask.Masker

	kinds                  map[string]int
	written, left, refused int
	why                    error // why the last refused one cannot be written
}

var unsafeInName = regexp.MustCompile(`[^a-z0-9]+`)

// write writes the test of a difference.
func (w *testWriter) write(r *replay.Result, d replay.Difference, from string) error {
	comment := fmt.Sprintf("%s, request %s", from, r.Exchange.RequestID)
	if !r.Exchange.Time.IsZero() {
		comment += " at " + r.Exchange.Time.Format(time.RFC3339)
	}
	comment += fmt.Sprintf(".\nDiffers at the step %q: see the tests' format in apigw test --help.", d.Step)
	test, err := r.Test(comment, w.mask)
	return w.add(r.Route+" "+string(d.Step), test, err)
}

// add writes a test under a unique name made from its kind, or counts one that cannot be written.
func (w *testWriter) add(kind string, test []byte, err error) error {
	if w.dir == "" {
		return nil
	}
	if err != nil {
		w.refused++
		w.why = err
		return nil
	}
	if w.kinds == nil {
		w.kinds = map[string]int{}
		if err := os.MkdirAll(w.dir, 0o777); err != nil {
			return err
		}
	}
	if w.kinds[kind]++; w.kinds[kind] > w.each {
		w.left++
		return nil
	}
	name := strings.Trim(unsafeInName.ReplaceAllString(strings.ToLower(kind), "-"), "-")
	if n := w.kinds[kind]; n > 1 {
		name += fmt.Sprintf("-%d", n)
	}
	w.written++
	folder, err := os.OpenRoot(w.dir) // a link in it does not lead elsewhere
	if err != nil {
		return err
	}
	defer folder.Close()
	return folder.WriteFile(name+".txtar", test, 0o600)
}

// report returns a summary of what was written.
func (w *testWriter) report() string {
	refused := ""
	if w.refused > 0 {
		refused = fmt.Sprintf("%d cannot be made into tests: %v\n", w.refused, w.why)
	}
	if w.written == 0 {
		return refused
	}
	text := fmt.Sprintf("%d tests written to %s", w.written, w.dir)
	if w.left > 0 {
		text += fmt.Sprintf("; %d more of the same kinds were not (see --each)", w.left)
	}
	return text + fmt.Sprintf("; run them with: apigw test %s\n", w.dir) + refused
}
