// Bench renders the templates of its folder with package vtl and with the real Apache Velocity
// 1.7 on a warmed-up JVM, alternately in the same run, on one thread and on all cores, and prints
// how many templates each renders per second.
//
//	go run ./tests/velocity/bench [-warmup 3s] [-time 400ms] [-markdown FILE]
//
// Both parse a template once and then render it with new variables each time, into a string; both
// must give the same output. Each is measured several times, alternately, and the best rate
// counts, since other work on the machine can only reduce it. It needs what
// tests/velocity/install.sh installs.
package main

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path"
	"runtime"
	"strings"
	"sync"
	"time"

	"example.com/guessing-game/src/apigw/vtl"
	"example.com/guessing-game/src/apigw/vtl/java"
	"example.com/guessing-game/tests/oracle"
	"example.com/guessing-game/tests/velocity"
)

// The templates, NAME.vtl, and their variables, NAME.json. Those called NAME.velocity.vtl follow
// stock Velocity, the others API Gateway.
//
//go:embed templates
var files embed.FS

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	warmup := flags.Duration("warmup", 3*time.Second, "how long the JVM renders a template before it is measured")
	length := flags.Duration("time", 400*time.Millisecond, "how long a measurement takes, of which there are several")
	markdown := flags.String("markdown", "", "write the table to this `file`, too")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	rows, jvm, err := measure(stderr, *warmup, *length)
	if err == nil {
		err = write(stdout, *markdown, jvm, rows)
	}
	if err != nil {
		fmt.Fprintln(stderr, "bench:", err)
		return 1
	}
	return 0
}

// A job is a template to measure, and in JSON the input of Bench.java.
type job struct {
	name    string
	setting vtl.Setting

	APIGateway bool            `json:"apiGateway"`
	Template   string          `json:"template"`
	Context    json.RawMessage `json:"context"`
	Threads    int             `json:"threads"`
	Warmup     float64         `json:"warmup"`
	Time       float64         `json:"time"`
}

// A row is the measurement of one template: on one thread, and on all cores.
type row struct {
	name     string
	one, all rates
}

// rates are templates per second, the best of all rounds, and what one rendering of ours
// allocates.
type rates struct {
	ours, theirs       float64
	allocations, bytes float64
}

const rounds = 5

func jobs() ([]job, error) {
	names, err := files.ReadDir("templates")
	if err != nil {
		return nil, err
	}
	var all []job
	for _, file := range names {
		name, isTemplate := strings.CutSuffix(file.Name(), ".vtl")
		if !isTemplate {
			continue
		}
		template, err := files.ReadFile(path.Join("templates", file.Name()))
		if err != nil {
			return nil, err
		}
		variables, err := files.ReadFile(path.Join("templates", name+".json"))
		if err != nil {
			return nil, err
		}
		j := job{name: name, setting: vtl.APIGateway, Template: string(template), Context: variables}
		if stock, ok := strings.CutSuffix(name, ".velocity"); ok {
			j.name, j.setting = stock, vtl.Velocity
		}
		j.APIGateway = j.setting == vtl.APIGateway
		all = append(all, j)
	}
	return all, nil
}

func measure(progress io.Writer, warmup, length time.Duration) (rows []row, jvm string, err error) {
	all, err := jobs()
	if err != nil {
		return nil, "", err
	}
	running, err := startJava()
	if err != nil {
		return nil, "", err
	}
	defer running.Close()
	for _, j := range all {
		fmt.Fprintf(progress, "%s\n", j.name)
		j.Warmup, j.Time = warmup.Seconds(), length.Seconds()
		r := row{name: j.name}
		j.Threads = 1
		if r.one, err = running.compare(j, length); err != nil {
			return nil, "", err
		}
		j.Threads = runtime.NumCPU()
		if r.all, err = running.compare(j, length); err != nil {
			return nil, "", err
		}
		rows = append(rows, r)
	}
	return rows, running.jvm, nil
}

// compare measures both engines alternately.
func (v *jvm) compare(j job, length time.Duration) (r rates, err error) {
	for range rounds {
		theirs, err := v.measure(j)
		if err != nil {
			return r, err
		}
		j.Warmup = 0
		ours, err := measureOurs(j, length)
		if err != nil {
			return r, fmt.Errorf("%s: %w", j.name, err)
		}
		if ours.output != theirs.Output {
			return r, fmt.Errorf("%s: the outputs differ:\nours %q\nreal %q", j.name, ours.output, theirs.Output)
		}
		r = rates{max(r.ours, ours.rate), max(r.theirs, theirs.Rate), ours.allocations, ours.bytes}
	}
	return r, nil
}

type jvm struct {
	*oracle.Oracle
	jvm string // its name and version
}

type javaResult struct {
	Output string
	Rate   float64
	JVM    string
}

func startJava() (*jvm, error) {
	o, err := velocity.StartJava("Bench.java")
	return &jvm{Oracle: o}, err
}

func (v *jvm) measure(j job) (javaResult, error) {
	results, err := oracle.Ask[job, javaResult](v.Oracle, []job{j})
	if err != nil {
		return javaResult{}, fmt.Errorf("%s: %w", j.name, err)
	}
	v.jvm = results[0].JVM
	return results[0], nil
}

type ourResult struct {
	output             string
	rate               float64
	allocations, bytes float64
}

// renderer prepares to render a job with package vtl: the function it returns makes the variables
// and a string.
func renderer(j job) (func() (string, error), error) {
	t, err := vtl.Parse("T", j.Template, vtl.Options{Setting: j.setting})
	if err != nil {
		return nil, err
	}
	v, err := java.DecodeJSON(j.Context)
	if err != nil {
		return nil, err
	}
	variables, ok := v.(*java.Map)
	if !ok {
		return nil, errors.New("the variables are no JSON object")
	}
	return func() (string, error) {
		vars := vtl.NewVars()
		for name, value := range variables.All() {
			vars.Set(name.(string), value)
		}
		return t.Render(vtl.NewBudget(context.Background()), vars)
	}, nil
}

// measureOurs renders for the given time, after a tenth of it to warm up.
func measureOurs(j job, length time.Duration) (r ourResult, err error) {
	render, err := renderer(j)
	if err != nil {
		return r, err
	}
	if r.output, err = render(); err != nil {
		return r, err
	}
	loop(j.Threads, length/10, render)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	count, rate := loop(j.Threads, length, render)
	runtime.ReadMemStats(&after)
	r.rate = rate
	r.allocations = float64(after.Mallocs-before.Mallocs) / float64(count)
	r.bytes = float64(after.TotalAlloc-before.TotalAlloc) / float64(count)
	return r, nil
}

// loop renders on the given number of threads for the given time, and returns how many times, and
// how many times per second.
func loop(threads int, length time.Duration, render func() (string, error)) (count int, rate float64) {
	counts := make([]int, threads)
	rates := make([]float64, threads)
	var wait sync.WaitGroup
	for i := range threads {
		wait.Go(func() {
			start, n := time.Now(), 0
			for time.Since(start) < length {
				if _, err := render(); err != nil {
					panic(err) // it rendered without an error before
				}
				n++
			}
			counts[i], rates[i] = n, float64(n)/time.Since(start).Seconds()
		})
	}
	wait.Wait()
	for i := range threads {
		count, rate = count+counts[i], rate+rates[i]
	}
	return count, rate
}

// write prints the table, and writes it to a Markdown file if there is a name for one.
func write(w io.Writer, markdown, jvm string, rows []row) error {
	const head = "| template | ours, 1 thread | Velocity 1.7, 1 thread | ratio | ours, %d threads | Velocity 1.7, %d threads | ratio | allocs/op | B/op |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|\n"
	table := fmt.Sprintf(head, runtime.NumCPU(), runtime.NumCPU())
	for _, r := range rows {
		table += fmt.Sprintf("| %-11s | %8.0f | %8.0f | %5.2f | %8.0f | %8.0f | %5.2f | %5.0f | %7.0f |\n",
			r.name, r.one.ours, r.one.theirs, r.one.ours/r.one.theirs, r.all.ours, r.all.theirs, r.all.ours/r.all.theirs, r.one.allocations, r.one.bytes)
	}
	fmt.Fprint(w, table)
	if markdown == "" {
		return nil
	}
	page := "# Templates a second\n\n" +
		"Package `vtl` and Apache Velocity 1.7 render the templates in `tests/velocity/bench/templates`, in the same run and in turns, the JVM\n" +
		"warmed up, and the best of several rounds counts. Both parse a template once and render it with new variables each time.\n`make bench-vtl` made this table on " +
		fmt.Sprintf("%d cores (%s/%s) with %s and\n%s.\n\n", runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version(), jvm)
	return os.WriteFile(markdown, []byte(page+table), 0o644)
}
