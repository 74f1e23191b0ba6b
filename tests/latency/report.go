package main

import (
	"fmt"
	"math"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// short prints a number with three significant digits at the most.
func short(v float64) string {
	switch {
	case math.IsNaN(v):
		return "–"
	case v >= 100 || v == math.Trunc(v):
		return strconv.FormatFloat(v, 'f', 0, 64)
	case v >= 10:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}

// table is a table in Markdown, aligned for a terminal as well.
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

// budget is a ratio that one run has to keep.
type budget struct {
	what       string
	of, beside string // names of variants
	value      func(*samples) float64
	limit      float64
}

func initMS(s *samples) float64  { return median(s.Init) }
func warmUS(s *samples) float64  { return median(s.all()) }
func warmCPU(s *samples) float64 { return median(s.WarmCPU) }

var budgets = []budget{
	{"first request for work, beside Rust with aws-sdk-dynamodb", "go-direct", "rust-dynamodb", initMS, 0.75},
	{"first request for work, beside an empty lambda.Start", "go-direct", "go-empty", initMS, 1.3},
	{"the same with the X-Ray SDK", "go", "go-empty", initMS, 1.5},
	{"warm invocation, wall time, beside Rust", "go-direct", "rust", warmUS, 1},
	{"warm invocation, CPU time, beside Rust", "go-direct", "rust", warmCPU, 1},
	{"warm invocation, CPU time, beside lambda.Start", "go-direct", "go-standard", warmCPU, 0.5},
}

// peakBudgetMB is what the function may occupy at its peak.
const peakBudgetMB = 20

func (r *run) find(name string) *samples {
	for _, v := range r.variants {
		if v.name == name {
			return &v.samples
		}
	}
	return &samples{}
}

// budgetTable says which budgets this run kept.
func (r *run) budgetTable() string {
	var rows [][]string
	verdict := func(kept bool) string {
		if kept {
			return "kept"
		}
		return "**not kept**"
	}
	for _, b := range budgets {
		ratio := b.value(r.find(b.of)) / b.value(r.find(b.beside))
		if math.IsNaN(ratio) {
			rows = append(rows, []string{b.what, b.of + " / " + b.beside, "–", short(b.limit), "not measured"})
			continue
		}
		rows = append(rows, []string{b.what, b.of + " / " + b.beside, strconv.FormatFloat(ratio, 'f', 2, 64), short(b.limit), verdict(ratio <= b.limit)})
	}
	for _, name := range []string{"go", "go-direct"} {
		if peak := median(r.find(name).PeakMB); !math.IsNaN(peak) {
			rows = append(rows, []string{"peak memory, MB", name, short(peak), fmt.Sprint(peakBudgetMB), verdict(peak <= peakBudgetMB)})
		}
	}
	return table([]string{"budget", "ratio of", "measured", "limit", ""}, rows)
}

// mainTable has a row for each variant, but for those with a CPU share.
func (r *run) mainTable() string {
	var rows [][]string
	base := r.find("go-empty")
	for _, v := range r.variants {
		if v.share {
			continue
		}
		s := &v.samples
		all := s.all()
		ratio := func(value func(*samples) float64) string {
			return strconv.FormatFloat(value(s)/value(base), 'f', 2, 64)
		}
		rows = append(rows, []string{v.name, short(median(s.Init)), ratio(initMS), short(median(s.First)), short(median(s.FirstCPU)),
			short(quantile(all, .5)), ratio(warmUS), short(quantile(all, .99)), short(quantile(all, .999)), short(median(s.WarmCPU)), ratio(warmCPU),
			short(median(s.PeakMB)), short(median(s.Faults)), short(float64(s.Bytes) / 1e6)})
	}
	return table([]string{"variant", "init ms", "ratio", "first ms", "CPU to 1st answer ms", "warm p50 µs", "ratio", "p99", "p99.9", "CPU warm µs", "ratio", "peak MB", "page faults", "size MB"}, rows)
}

// kindTable has the warm durations by kind of event.
func (r *run) kindTable() string {
	var rows [][]string
	for _, v := range r.variants {
		if v.share || !v.program.game {
			continue
		}
		row := []string{v.name}
		for _, kind := range kinds {
			row = append(row, short(quantile(v.samples.Warm[kind], .5)), short(quantile(v.samples.Warm[kind], .99)))
		}
		rows = append(rows, row)
	}
	head := []string{"variant"}
	for _, kind := range kinds {
		head = append(head, kind+" p50 µs", "p99")
	}
	return table(head, rows)
}

// shareTable has the variants with a CPU share.
func (r *run) shareTable() string {
	var rows [][]string
	for _, v := range r.variants {
		if !v.share {
			continue
		}
		s := &v.samples
		if s.NoShare != "" {
			return "The CPU share could not be had on this machine: " + s.NoShare + "\n"
		}
		all := s.all()
		rows = append(rows, []string{fmt.Sprint(v.memoryMB), v.program.name, short(median(s.Init)), short(median(s.First)),
			short(quantile(all, .5) / 1000), short(quantile(all, .99) / 1000), short(quantile(all, 1) / 1000), short(s.billed())})
	}
	return table([]string{"memory MB", "program", "init ms", "first ms", "warm p50 ms", "p99", "max", "billed ms, mean"}, rows)
}

// markdown is the whole report.
func (r *run) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Latency report\n\nMade by `%s` on %s, commit %s, %d CPUs (%s/%s), %s. %d processes of each variant, interleaved. Milliseconds are this machine's; the ratios are what counts.\n\n",
		r.command, r.when.Format(time.DateOnly), r.commit, runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version(), r.rounds)
	b.WriteString("## Programs\n\n")
	for _, p := range r.programs {
		fmt.Fprintf(&b, "* `%s`: %s\n", p.name, p.about)
	}
	fmt.Fprintf(&b, "\n## Budgets\n\n%s\n## At full speed\n\nRatios are to `go-empty`, an empty `lambda.Start`. init: exec to the first request for work.\n\n%s\n![init](init.svg)\n\n![warm](warm.svg)\n\n## By event\n\n%s\n",
		r.budgetTable(), r.mainTable(), r.kindTable())
	fmt.Fprintf(&b, "## At the CPU share of a memory size\n\nA function with 1,769 MB has one CPU; with 128 MB it has 7 %% of one, in slices.\n\n%s\n![shares](shares.svg)\n", r.shareTable())
	return b.String()
}

// plots are the report's pictures by file name.
func (r *run) plots() map[string]string {
	var init, warm, shares []series
	for _, v := range r.variants {
		if v.share {
			if v.memoryMB == 128 {
				shares = append(shares, series{v.program.name, v.samples.Init})
			}
			continue
		}
		init = append(init, series{v.name, v.samples.Init})
		if len(warm) < len(palette) {
			warm = append(warm, series{v.name, v.samples.all()})
		}
	}
	return map[string]string{
		"init.svg":   strips("From exec to the first request for work", "ms", init),
		"warm.svg":   distribution("A warm invocation", "µs", warm),
		"shares.svg": strips("From exec to the first request for work, with the CPU share of 128 MB", "ms", shares),
	}
}
