// Differential renders random templates with package vtl and with the real Apache Velocity 1.7, in
// both settings, and compares.
//
//	go run ./tests/velocity/differential [-n 20000] [-seed 1]
//
// Each template on which the two differ is shrunk and printed as a line for the corpus, with the
// real engine's answers. The last line summarises the run: seed, count, differences. It exits 1 if
// there are any that package velocity's table of deliberate differences does not name. It needs
// what tests/velocity/install.sh installs.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"sort"
	"strings"
	"sync"
	"time"

	"example.com/guessing-game/src/apigw/vtl"
	"example.com/guessing-game/tests/velocity"
)

const (
	batchSize = 500 // templates between two updates of the progress
	barWidth  = 30
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("differential", flag.ContinueOnError)
	flags.SetOutput(stderr)
	n := flags.Int("n", 20_000, "how many `templates`")
	seed := flags.Uint64("seed", 1, "the `seed` they are made from")
	folder := flags.String("corpus", "tests/velocity/corpus", "the `folder` of the corpus")
	show := flags.Int("show", 20, "shrink and print at most so many `differences`")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	c, err := start(*seed, *folder)
	if err == nil {
		defer c.close()
		err = c.compare(*n, stderr)
	}
	if err == nil {
		err = c.report(stdout, *show)
	}
	if err != nil {
		fmt.Fprintln(stderr, "differential:", err)
		return 1
	}
	fmt.Fprintf(stdout, "seed %d: %d templates in both settings, %d outputs and %d errors, %d excused%s, %d differences\n",
		*seed, *n, c.outputs, c.errors, total(c.excused), byID(c.excused), len(c.differences))
	if len(c.differences) > 0 {
		return 1
	}
	return 0
}

var settings = []vtl.Setting{vtl.Velocity, vtl.APIGateway}

// A comparison is one run.
type comparison struct {
	seed    uint64
	corpus  []*velocity.Case
	oracles map[vtl.Setting]*velocity.Oracle

	outputs, errors int            // the real engine's outcomes
	excused         map[string]int // deliberate differences, by ID
	differences     []difference
}

// A difference is a template on which the engines differ in a setting.
type difference struct {
	setting vtl.Setting
	c       *velocity.Case
}

func start(seed uint64, folder string) (*comparison, error) {
	topics, err := velocity.Load(folder)
	if err != nil {
		return nil, err
	}
	c := &comparison{seed: seed, oracles: map[vtl.Setting]*velocity.Oracle{}, excused: map[string]int{}}
	for _, t := range topics {
		c.corpus = append(c.corpus, t.Cases...)
	}
	for _, s := range settings {
		oracle, err := velocity.StartOracle(s, false)
		if err != nil {
			c.close()
			return nil, err
		}
		c.oracles[s] = oracle
	}
	return c, nil
}

func (c *comparison) close() {
	for _, oracle := range c.oracles {
		oracle.Close()
	}
}

func (c *comparison) compare(n int, progress io.Writer) error {
	started := time.Now()
	for done := 0; done < n; {
		var cases []*velocity.Case
		for range min(batchSize, n-done) {
			template, context := generate(c.seed, uint64(done+len(cases)), c.corpus)
			cases = append(cases, &velocity.Case{ID: fmt.Sprintf("seed-%d-%d", c.seed, done+len(cases)), Template: template, Context: context})
		}
		if err := c.batch(cases); err != nil {
			return err
		}
		done += len(cases)
		filled := barWidth * done / n
		fmt.Fprintf(progress, "\r[%s%s] %d of %d, %.0f a second, %d differences ", strings.Repeat("=", filled), strings.Repeat(" ", barWidth-filled),
			done, n, float64(done)/time.Since(started).Seconds(), len(c.differences))
	}
	fmt.Fprintln(progress)
	return nil
}

// batch compares some templates, both settings at a time.
func (c *comparison) batch(cases []*velocity.Case) error {
	results := make([][]verdict, len(settings))
	failures := make([]error, len(settings))
	var wait sync.WaitGroup
	for i, s := range settings {
		wait.Go(func() { results[i], failures[i] = c.judge(s, cases) })
	}
	wait.Wait()
	for i, s := range settings {
		if failures[i] != nil {
			return failures[i]
		}
		for k, v := range results[i] {
			if v.real.Failed() {
				c.errors++
			} else {
				c.outputs++
			}
			switch {
			case v.excuse != "":
				c.excused[v.excuse]++
			case v.differs:
				c.differences = append(c.differences, difference{s, cases[k]})
			}
		}
	}
	return nil
}

// A verdict is the result of one template in one setting.
type verdict struct {
	ours, real velocity.Outcome
	differs    bool
	excuse     string // the ID of a deliberate difference
}

func (c *comparison) judge(s vtl.Setting, cases []*velocity.Case) ([]verdict, error) {
	verdicts := make([]verdict, len(cases))
	ours := make(chan struct{})
	go func() {
		defer close(ours)
		for i, k := range cases {
			verdicts[i].ours = velocity.Render(s, k.Template, k.Context)
		}
	}()
	real, err := c.oracles[s].Render(cases)
	<-ours
	if err != nil {
		return nil, err
	}
	for i := range verdicts {
		v := &verdicts[i]
		v.real = real[i]
		if !v.ours.Agrees(v.real) {
			var excused bool
			v.excuse, excused = velocity.Excuse(cases[i], v.ours, v.real)
			v.differs = !excused
		}
	}
	return verdicts, nil
}

// report shrinks and prints the differences; those that shrink to the same template only once.
func (c *comparison) report(w io.Writer, most int) error {
	seen := map[string]bool{}
	for _, d := range c.differences {
		if len(seen) == most {
			fmt.Fprintf(w, "… and more: -show prints them\n\n")
			return nil
		}
		small, err := shrink(*d.c, func(cases []*velocity.Case) ([]bool, error) {
			verdicts, err := c.judge(d.setting, cases)
			found := make([]bool, len(verdicts))
			for i, v := range verdicts {
				found[i] = v.differs
			}
			return found, err
		})
		if err != nil {
			return err
		}
		key := velocity.SettingName(d.setting) + small.Template
		if seen[key] {
			continue
		}
		seen[key] = true
		if err := c.print(w, d.setting, &small); err != nil {
			return err
		}
	}
	return nil
}

func (c *comparison) print(w io.Writer, s vtl.Setting, small *velocity.Case) error {
	outcomes := map[vtl.Setting]velocity.Outcome{}
	for _, s := range settings {
		v, err := c.judge(s, []*velocity.Case{small})
		if err != nil {
			return err
		}
		outcomes[s] = v[0].real
	}
	stock, gateway := outcomes[vtl.Velocity], outcomes[vtl.APIGateway]
	small.Velocity, small.APIGateway = &stock, &gateway
	line, err := small.Line()
	if err != nil {
		return err
	}
	ours := velocity.Render(s, small.Template, small.Context)
	fmt.Fprintf(w, "%s setting, %q\n  ours %v\n  real %v\n%s\n\n", velocity.SettingName(s), small.Template, ours, outcomes[s], line)
	return nil
}

func total(counts map[string]int) (n int) {
	for _, k := range counts {
		n += k
	}
	return n
}

func byID(counts map[string]int) string {
	var parts []string
	for id, n := range counts {
		parts = append(parts, fmt.Sprintf("%s %d", id, n))
	}
	sort.Strings(parts)
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}
