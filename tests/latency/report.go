package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// report is the result of a run.
type report struct {
	command  string
	commit   string
	when     time.Time
	rounds   int
	programs []*program
	variants []*variant
	author   author
	noTable  string // why there was no DynamoDB
}

func newReport(command, commit string, rounds int) *report {
	return &report{command: command, commit: commit, when: time.Now(), rounds: rounds}
}

// short prints a number with at most three significant digits.
func short(v float64) string {
	switch {
	case math.IsNaN(v):
		return "–"
	case v >= 100 || v == math.Trunc(v):
		return strconv.FormatFloat(v, 'f', 0, 64)
	case v >= 10:
		return strconv.FormatFloat(v, 'f', 1, 64)
	case v >= 1:
		return strconv.FormatFloat(v, 'f', 2, 64)
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}

// table is a Markdown table that is also aligned for a terminal.
func table(head []string, rows [][]string) string {
	width := make([]int, len(head))
	for _, row := range append([][]string{head}, rows...) {
		for i, cell := range row {
			width[i] = max(width[i], len([]rune(cell)))
		}
	}
	var b strings.Builder
	line := func(row []string, fill string) {
		for i, cell := range row {
			b.WriteString("| " + cell + strings.Repeat(fill, width[i]-len([]rune(cell))) + " ")
		}
		b.WriteString("|\n")
	}
	line(head, " ")
	line(make([]string, len(head)), "-")
	for _, row := range rows {
		line(row, " ")
	}
	return b.String()
}

// mainTable has a row for each variant that passes the filter, with ratios to a base.
func (r *report) mainTable(base *samples, show func(*variant) bool) string {
	var rows [][]string
	for _, v := range r.variants {
		if !show(v) {
			continue
		}
		s := &v.samples
		all := s.all()
		rows = append(rows, []string{v.name, ratio(initMS(s), initMS(base)), short(initMS(s)), short(median(s.first)), short(median(s.firstCPU)),
			ratio(warmUS(s), warmUS(base)), short(quantile(all, .5)), short(quantile(all, .9)), short(quantile(all, .99)), short(quantile(all, .999)),
			ratio(warmCPU(s), warmCPU(base)), short(warmCPU(s)), short(median(s.peakMB)), short(median(s.faults)), short(float64(v.program.bytes) / 1e6)})
	}
	return table([]string{"variant", "init", "ms", "first ms", "CPU ms", "warm p50", "µs", "p90", "p99", "p99.9", "warm CPU", "µs", "peak MB", "faults", "binary MB"}, rows)
}

// kindTable shows the warm durations by kind of event.
func kindTable(variants []*variant) string {
	var rows [][]string
	for _, v := range variants {
		if v.share || !v.program.game {
			continue
		}
		row := []string{v.name}
		for _, kind := range kinds {
			values := v.samples.warm[kind]
			row = append(row, short(quantile(values, .5)), short(quantile(values, .99)), short(quantile(values, .999)))
		}
		rows = append(rows, row)
	}
	head := []string{"variant"}
	for _, kind := range kinds {
		head = append(head, kind+" p50 µs", "p99", "p99.9")
	}
	return table(head, rows)
}

// shareTable shows the variants with a CPU share.
func (r *report) shareTable() string {
	var rows [][]string
	for _, v := range r.variants {
		if !v.share {
			continue
		}
		s := &v.samples
		if s.noShare != "" {
			return "This machine has no CPU shares: " + s.noShare + "\n"
		}
		all := s.all()
		rows = append(rows, []string{fmt.Sprint(v.memoryMB), v.label(), short(median(s.init)), short(quantile(s.init, 1)), short(median(s.first)),
			short(quantile(s.paced, .5) / 1000), short(quantile(s.paced, 1) / 1000), short(mean(s.pacedBill)),
			short(quantile(all, .5) / 1000), short(quantile(all, 1) / 1000), short(mean(s.warmBilled))})
	}
	return table([]string{"memory MB", "program", "init ms", "max", "first ms", "calm p50 ms", "max", "billed, mean", "busy p50 ms", "max", "billed, mean"}, rows)
}

// breakdown shows the parts of a warm invocation in memory: the differences between variants.
func (r *report) breakdown() []part {
	var parts []part
	add := func(name, with, without string) {
		a, b := r.of(with), &samples{}
		wall, cpu := warmUS(a), warmCPU(a)
		if without != "" {
			b = r.of(without)
			wall, cpu = wall-warmUS(b), cpu-warmCPU(b)
		}
		parts = append(parts, part{name, wall, cpu})
	}
	add("Runtime API, decode, game, encode", "go-direct"+bare, "")
	add("log line and metric", "go-direct"+untraced, "go-direct"+bare)
	add("trace, written directly", "go-direct", "go-direct"+untraced)
	add("trace, through the SDK: more by", "go", "go-direct")
	add("lambda.Start in place of the own loop: more by", "go"+standardLoop, "go")
	return parts
}

// part is the cost of a part of an invocation, in µs.
type part struct {
	name      string
	wall, cpu float64
}

func breakdownTable(parts []part) string {
	var rows [][]string
	for _, p := range parts {
		rows = append(rows, []string{p.name, short(math.Round(p.wall*10) / 10), short(math.Round(p.cpu*10) / 10)})
	}
	return table([]string{"part", "µs", "µs of CPU"}, rows)
}

// The meaning of the rows, for the two tables of a run at full speed.
func isProgram(v *variant) bool { return v.compared() }
func isTried(v *variant) bool   { return !v.share && !v.compared() }

// markdown is the whole report.
func (r *report) markdown() string {
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format, args...) }
	p("# Latency report\n\nMade by `%s` on %s, commit %s, %s, %d CPUs (%s/%s), %s. %d processes of each variant, interleaved in random order.\n",
		r.command, r.when.Format(time.DateOnly), r.commit, processor(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version(), r.rounds)
	p("Milliseconds are this machine's; the ratios are what counts. [latency.md](../latency.md) says what they mean.\n\n## Programs\n\n")
	for _, program := range r.programs {
		p("* `%s`: %s\n", program.name, program.about)
	}
	p("\n`, DynamoDB` means that games are in DynamoDB Local. Every invocation is traced and logged as deployed, unless the name says otherwise.\n")
	if r.noTable != "" {
		p("\n%s\n", r.noTable)
	}
	p("\n## Budgets\n\n%s\n", r.budgetTable())
	p("## At full speed\n\n"+
		"init: from exec to the first request for work. first: the first invocation, after that. CPU: CPU time until its answer, from exec. warm: the\n"+
		"invocations after that, back to back. faults: page faults until the first answer. All are medians, but for the quantiles of warm. The\n"+
		"ratios, in the columns without a unit, are to `go-empty`.\n\n%s\n![init](init.svg)\n\n![warm](warm.svg)\n\n", r.mainTable(r.of("go-empty"), isProgram))
	p("## What each thing costs\n\nThe same program under other circumstances; ratios are to `go`.\n\n%s\n", r.mainTable(r.of("go"), isTried))
	p("A warm invocation, games in memory, from differences between medians:\n\n%s\n![parts](parts.svg)\n\n", breakdownTable(r.breakdown()))
	p("## By event\n\n%s\n", kindTable(r.variants))
	p("## At the CPU share of a memory size\n\n"+
		"A function of %d MB has one CPU, one of 128 MB 7 %% of it: 1.4 ms in each period of 20. Calm: a pause of 20 to 40 ms before each\n"+
		"invocation, so that the share is there again. Busy: back to back, so that sooner or later the process waits for its next period.\n"+
		"billed: in ms, each invocation rounded up.\n\n%s\n![shares](shares.svg)\n\n", fullCPU, r.shareTable())
	label := "go" + inTable
	if r.noTable != "" {
		label = "go"
	}
	p("## What a million plays cost\n\nIn US dollars with `%s`, for Lambda alone, at AWS's public prices (%s): a play is %.2f events on average. The durations\n"+
		"are those measured on %s at the CPU share; DynamoDB Local answers from this machine. arm64 is computed with the same durations.\n\n%s\n",
		label, pricesAsOf, eventsPerPlay, runtime.GOARCH, r.costTable(label))
	p("## What the versions cost their author\n\nLines are those of the program without tests, empty lines and comments. Dependencies are modules or crates, direct and all that are\nlinked in. Clean build: CPU time, with everything downloaded.\n\n%s\nThe image of the function: %s.\n\n",
		table([]string{"version", "lines", "direct", "all", "clean build", "binary MB"}, r.author.rows), r.author.image)
	p("## What is in the function's binary\n\n`go`, with symbols: the largest modules, and those whose initialisers take 20 µs or more.\n\n%s", r.author.partTable())
	return b.String()
}

// ran reports what was built and ran, but not how fast: a single run is not a measurement.
func (r *report) ran() string {
	var b strings.Builder
	fmt.Fprintf(&b, "built %d programs:\n", len(r.programs))
	for _, p := range r.programs {
		fmt.Fprintf(&b, "  %-22s %5.1f MB\n", p.name, float64(p.bytes)/1e6)
	}
	fmt.Fprintf(&b, "ran %d variants of them, each in two processes:\n", len(r.variants))
	for _, v := range r.variants {
		note := ""
		if v.samples.noShare != "" {
			note = "  without a CPU share: " + v.samples.noShare
		}
		fmt.Fprintf(&b, "  %-44s %d invocations%s\n", v.name, len(v.samples.first)+len(v.samples.all()), note)
	}
	if r.noTable != "" {
		fmt.Fprintln(&b, r.noTable)
	}
	b.WriteString("make latency measures.\n")
	return b.String()
}

// summary is printed at the end of a run.
func (r *report) summary() string {
	return r.budgetTable() + "\n" + r.mainTable(r.of("go-empty"), isProgram) + "\n" + r.shareTable()
}

// plots returns the report's pictures by file name.
func (r *report) plots() map[string]string {
	var init, warm []series
	byLabel := map[string]*curve{}
	var shares []curve
	var order []string
	for _, v := range r.variants {
		switch {
		case v.share && v.samples.noShare == "":
			c := byLabel[v.label()]
			if c == nil {
				c = &curve{name: v.label()}
				byLabel[v.label()] = c
				order = append(order, v.label())
			}
			c.x, c.y = append(c.x, float64(v.memoryMB)), append(c.y, median(v.samples.init))
		case v.compared():
			init = append(init, series{v.name, v.samples.init})
			warm = append(warm, series{v.name, v.samples.all()})
		}
	}
	for _, label := range order {
		shares = append(shares, *byLabel[label])
	}
	return map[string]string{
		"init.svg":   strips("From exec to the first request for work", "ms", init),
		"warm.svg":   distribution("Warm invocations, from the middle to the tail", "µs", warm),
		"parts.svg":  bars("What a warm invocation is made of: CPU time", "µs", r.breakdown()),
		"shares.svg": curves("From exec to the first request for work, by memory size", "MB", "ms", shares),
	}
}

// result is what a run produces: a report in Markdown, its plots by file name, and what is
// printed at the end.
type result interface {
	markdown() string
	plots() map[string]string
	summary() string
}

// write writes a report and its plots into a folder.
func write(r result, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	files := r.plots()
	files["report.md"] = r.markdown()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// processor returns the name of the machine's processor, as far as /proc/cpuinfo tells.
func processor() string {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "unknown processor"
	}
	for line := range strings.Lines(string(info)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown processor"
}
