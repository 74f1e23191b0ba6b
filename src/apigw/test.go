package main

import (
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

	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/mappingtest"
)

func newTest(s *system) *cobra.Command {
	var o source
	var update, verbose, complete, coverage bool
	var pattern, junit, coverageLCOV, coverageHTML string
	cmd := &cobra.Command{
		Use:   "test FILE|DIR…",
		Short: "Run unit tests of mapping templates",
		Long: `Run unit tests of mapping templates. A directory stands for all *.txtar files in and below it.

` + mappingtest.Format,
		Example: `  apigw test tests/mappings
  apigw test --run won --verbose tests/mappings
  apigw test --update tests/mappings/won.txtar
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
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			match, err := regexp.Compile(pattern)
			if err != nil {
				return usagef("--run %q: %v", pattern, err)
			}
			files, err := testFiles(args)
			if err != nil {
				return err
			}
			files = slices.DeleteFunc(files, func(f string) bool { return !match.MatchString(filepath.ToSlash(f)) })
			if len(files) == 0 {
				return errors.New("there are no tests (*.txtar) to run")
			}
			p, err := o.load(s)
			if err != nil {
				return err
			}
			a, err := p.one()
			if err != nil {
				return err
			}
			runner := &mappingtest.Runner{
				Document: a.doc, Options: o.options(a, gateway.Options{}).LetPast(),
				Explain: func(e *gateway.Execution) string { return explain(a.API, e) },
			}
			if coverage || coverageLCOV != "" || coverageHTML != "" {
				runner.Coverage = &mappingtest.Coverage{}
			}
			g, err := o.gateway(a, runner.Options)
			if err != nil {
				return err
			}
			if err := checkAuthorizers(p, []*gateway.API{g.API()}); err != nil {
				return err
			}
			begin := time.Now()
			var outcomes []*mappingtest.Outcome
			failed, updated := 0, 0
			for _, f := range files {
				c, err := mappingtest.Read(f)
				if err != nil {
					return err
				}
				out, err := runner.Run(cmd.Context(), c)
				if err != nil {
					return err
				}
				outcomes = append(outcomes, out)
				switch {
				case out.Passed():
					if verbose {
						fmt.Fprintf(s.stdout, "ok    %s  %s %d\n", f, out.Route, out.Status)
					}
				case update:
					if err := out.Update(); err != nil {
						return err
					}
					updated++
					fmt.Fprintf(s.stdout, "wrote %s\n", f)
				default:
					failed++
					fmt.Fprintf(s.stdout, "FAIL  %s  %s %d\n%s", f, out.Route, out.Status, indent(colored(s, out.Diff)+out.Explain))
				}
			}
			for _, report := range []struct {
				file  string
				write func(io.Writer) error
			}{
				{junit, func(w io.Writer) error { return mappingtest.WriteJUnit(w, outcomes) }},
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
				if err := runner.Coverage.WriteText(s.stdout); err != nil {
					return err
				}
			}
			missing := mappingtest.Missing(g.Routes(), outcomes)
			if complete {
				for _, m := range missing {
					fmt.Fprintf(s.stdout, "FAIL  no test covers %s\n", m)
				}
			}
			fmt.Fprintf(s.stdout, "%d passed, %d failed", len(outcomes)-failed-updated, failed)
			if updated > 0 {
				fmt.Fprintf(s.stdout, ", %d written", updated)
			}
			fmt.Fprintf(s.stdout, " in %.0f ms; %d responses of the document have no test\n", float64(time.Since(begin))/float64(time.Millisecond), len(missing))
			if failed > 0 || complete && len(missing) > 0 {
				return errSilent
			}
			return nil
		},
	}
	f := cmd.Flags()
	o.register(f)
	f.StringVar(&pattern, "run", "", "run only tests whose file matches this `REGEXP`")
	f.BoolVar(&update, "update", false, "update failing tests with the actual output")
	f.BoolVar(&complete, "complete", false, "fail if a response of a route is not tested")
	f.BoolVarP(&verbose, "verbose", "v", false, "list tests that pass")
	f.StringVar(&junit, "junit", "", "write a JUnit report to this `FILE`")
	f.BoolVar(&coverage, "coverage", false, "print which lines and branches of the templates the tests have not reached")
	f.StringVar(&coverageLCOV, "coverage-lcov", "", "write the coverage in LCOV format to this `FILE`")
	f.StringVar(&coverageHTML, "coverage-html", "", "write a page with the templates' sources and their coverage to this `FILE`")
	return cmd
}

// testFiles lists the files given, and those in the directories given.
func testFiles(args []string) ([]string, error) {
	var files []string
	for _, arg := range args {
		info, err := os.Stat(arg)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			files = append(files, arg)
			continue
		}
		err = filepath.WalkDir(arg, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && strings.HasSuffix(path, ".txtar") {
				files = append(files, path)
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

// colored colours a diff if standard output is a terminal.
func colored(s *system, text string) string {
	c := newConsole(s, s.stdout)
	var b strings.Builder
	for line := range strings.Lines(text) {
		body, end := strings.TrimSuffix(line, "\n"), line[len(strings.TrimSuffix(line, "\n")):]
		switch line[0] {
		case '+':
			body = c.paint(green, body)
		case '-':
			body = c.paint(red, body)
		}
		b.WriteString(body + end)
	}
	return b.String()
}
