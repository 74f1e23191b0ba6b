package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"example.com/guessing-game/src/apigw/cli"
	"example.com/guessing-game/src/apigw/console"
	"example.com/guessing-game/src/apigw/explain"
	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/mappingtest"
	"example.com/guessing-game/src/apigw/project"
	"example.com/guessing-game/src/apigw/visible"
)

func newTest(s *cli.System) *cobra.Command {
	var o project.Source
	var update, verbose, complete, coverage bool
	var pattern, junit, coverageLCOV, coverageHTML string
	var start newTestOptions
	cmd := &cobra.Command{
		Use:   "test FILE|DIR… | test --new NAME METHOD PATH",
		Short: "Run unit tests of mapping templates",
		Long: `Run unit tests of mapping templates. A directory stands for all *.txtar files in and below it.

With --new it starts a test: the file NAME.txtar with the request, the event that the templates make of it, a result and the response.
Without -d and -H the request is an example that fits the route's model; --result is what the function returns. Change the result in the
file, and --update writes the response that comes of it.

` + mappingtest.Format,
		Example: `  apigw test tests/mappings
  apigw test --run won --verbose tests/mappings
  apigw test --update tests/mappings/won.txtar
  apigw test --new tests/mappings/hint GET /games/1/hint --result '{"hint": "higher"}'
  apigw test --complete --junit report.xml tests/mappings
  apigw test --coverage --coverage-html coverage.html tests/mappings

  A test:

    A guess that is right wins the game.
    -- request --
    POST /games/1
    Content-Type: application/json

    {"guess": 7}
    -- event --
    {"kind": "guessSubmitted", "id": "1", "guess": 7}
    -- result --
    {"id": "1", "status": "won"}
    -- response --
    200
    Content-Type: application/json

    {"game": {"id": "1", "status": "won"}}`,
		Args: cli.Takes(1, cli.Many),
		RunE: func(cmd *cobra.Command, args []string) error {
			if start.name != "" {
				return start.write(cmd.Context(), s, &o, args)
			}
			match, err := regexp.Compile(pattern)
			if err != nil {
				return cli.Usagef("--run %q: %v", pattern, err)
			}
			files, err := testFiles(args)
			if err != nil {
				return err
			}
			files = slices.DeleteFunc(files, func(f string) bool { return !match.MatchString(filepath.ToSlash(f)) })
			if len(files) == 0 {
				return errors.New("there are no tests (*.txtar) to run")
			}
			p, err := o.Load(s)
			if err != nil {
				return err
			}
			a, err := p.One()
			if err != nil {
				return err
			}
			runner := &mappingtest.Runner{
				Document: a.Doc, Options: o.Options(a, gateway.Options{}).LetPast(),
				Explain: func(e *gateway.Execution) string { return explain.Failure(a.API, e) },
			}
			if coverage || coverageLCOV != "" || coverageHTML != "" {
				runner.Coverage = &mappingtest.Coverage{}
			}
			g, err := o.Gateway(a, runner.Options)
			if err != nil {
				return err
			}
			if err := p.CheckAuthorizers([]*gateway.API{g.API()}); err != nil {
				return err
			}
			begin, c := time.Now(), s.Console(s.Stdout)
			r := &testRun{s: s, console: c, verbose: verbose, update: update}
			if err := r.all(cmd.Context(), runner, files); err != nil {
				return err
			}
			for _, report := range []struct {
				file  string
				write func(io.Writer) error
			}{
				{junit, func(w io.Writer) error { return mappingtest.WriteJUnit(w, r.outcomes) }},
				{coverageLCOV, runner.Coverage.WriteLCOV},
				{coverageHTML, runner.Coverage.WriteHTML},
			} {
				if report.file != "" {
					if err := writeReport(report.file, report.write); err != nil {
						return err
					}
				}
			}
			if coverage {
				if err := runner.Coverage.WriteText(s.Stdout); err != nil {
					return err
				}
			}
			missing := mappingtest.Missing(g.Routes(), r.outcomes)
			if complete {
				for _, m := range missing {
					fmt.Fprintf(s.Stdout, "%s  no test covers %s\n", c.Paint(console.Red, "FAIL"), m)
				}
			}
			r.summary(time.Since(begin), covered(g.Routes(), missing))
			if r.failed > 0 || complete && len(missing) > 0 {
				return cli.ErrSilent
			}
			return nil
		},
	}
	f := cmd.Flags()
	o.Register(f)
	f.StringVar(&pattern, "run", "", "run only tests whose file matches this `REGEXP`")
	f.BoolVar(&update, "update", false, "update failing tests with the actual output, and complete new tests that have no expectations yet")
	start.register(f)
	f.BoolVar(&complete, "complete", false, "fail if no test covers a response of a route")
	f.BoolVarP(&verbose, "verbose", "v", false, "list tests that pass")
	f.StringVar(&junit, "junit", "", "write a JUnit report to this `FILE`")
	f.BoolVar(&coverage, "coverage", false, "print which lines and branches of the templates the tests have not reached")
	f.StringVar(&coverageLCOV, "coverage-lcov", "", "write the coverage in LCOV format to this `FILE`")
	f.StringVar(&coverageHTML, "coverage-html", "", "write a page with the templates' sources and their coverage to this `FILE`")
	return cmd
}

// testRun is a run of tests, and what came of it.
type testRun struct {
	s               *cli.System
	console         *console.Console
	verbose, update bool

	outcomes        []*mappingtest.Outcome
	failed, updated int
}

// all runs the tests of files and prints how each went.
func (r *testRun) all(ctx context.Context, runner *mappingtest.Runner, files []string) error {
	for _, f := range files {
		test, err := mappingtest.Read(f)
		if err != nil {
			r.failed++
			r.outcomes = append(r.outcomes, mappingtest.Unreadable(f, err))
			fmt.Fprintf(r.s.Stdout, "%s  %s\n%s", r.console.Paint(console.Red, "FAIL"), f, indent(cli.Message(err)+"\n"))
			continue
		}
		out, err := runner.Run(ctx, test)
		if err != nil {
			return err
		}
		r.outcomes = append(r.outcomes, out)
		switch {
		case out.Passed():
			if r.verbose {
				fmt.Fprintf(r.s.Stdout, "%s    %s  %s %d\n", r.console.Paint(console.Green, "ok"), f, out.Route, out.Status)
			}
		case r.update:
			if err := out.Update(); err != nil {
				return err
			}
			r.updated++
			fmt.Fprintf(r.s.Stdout, "%s %s\n", r.console.Paint(console.Yellow, "wrote"), f)
		default:
			r.failed++
			fmt.Fprintf(r.s.Stdout, "%s  %s  %s %d\n%s", r.console.Paint(console.Red, "FAIL"), f, out.Route, out.Status, indent(colored(r.console, out.Diff)+out.Explain))
		}
	}
	return nil
}

// summary prints how many tests passed and failed, and how much they cover.
func (r *testRun) summary(took time.Duration, coverage string) {
	passed := fmt.Sprintf("%d passed", len(r.outcomes)-r.failed-r.updated)
	fell := fmt.Sprintf("%d failed", r.failed)
	if r.failed > 0 {
		fell = r.console.Paint(console.Red, fell)
	} else {
		passed = r.console.Paint(console.Green, passed)
	}
	fmt.Fprint(r.s.Stdout, passed, ", ", fell)
	if r.updated > 0 {
		fmt.Fprintf(r.s.Stdout, ", %d written", r.updated)
	}
	fmt.Fprintf(r.s.Stdout, " in %.0f ms; %s\n", float64(took)/float64(time.Millisecond), coverage)
}

// testFiles lists the given files, and those in the given directories.
func testFiles(args []string) ([]string, error) { return filesIn(args, ".txtar") }

// filesIn lists the files that arguments name, and those with an extension in the folders that they
// name; "-" is kept.
func filesIn(args []string, extension string) ([]string, error) {
	var files []string
	for _, arg := range args {
		if arg == "-" {
			files = append(files, arg)
			continue
		}
		info, err := os.Stat(arg)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			files = append(files, arg)
			continue
		}
		err = filepath.WalkDir(arg, func(path string, d fs.DirEntry, err error) error {
			if err == nil && strings.HasSuffix(path, extension) {
				if info, err := os.Stat(path); err != nil || info.Mode().IsRegular() { // a pipe is read only where the user names it
					files = append(files, path)
				}
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return files, nil
}

func writeReport(name string, write func(io.Writer) error) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}

func indent(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString("      " + line)
	}
	return b.String()
}

// covered returns how many of the routes' responses the tests have reached.
func covered(routes []*gateway.Route, missing []string) string {
	all := len(mappingtest.Missing(routes, nil))
	if len(missing) == 0 {
		return fmt.Sprintf("every response of %s has a test", console.Plural(len(routes), "route"))
	}
	return fmt.Sprintf("%d of the %s of %s have no test (--complete names them)", len(missing), console.Plural(all, "response"), console.Plural(len(routes), "route"))
}

// colored adds colours to a diff.
func colored(c *console.Console, text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		body, end := strings.TrimSuffix(line, "\n"), line[len(strings.TrimSuffix(line, "\n")):]
		body = visible.Text(body)
		switch line[0] {
		case '+':
			body = c.Paint(console.Green, body)
		case '-':
			body = c.Paint(console.Red, body)
		}
		b.WriteString(body + end)
	}
	return b.String()
}
