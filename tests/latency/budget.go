package main

import (
	"fmt"
	"math"
	"strconv"
)

// budget is a limit for the ratio of two variants within one run.
type budget struct {
	what       string
	of, beside string // names of variants
	value      func(*samples) float64
	limit      float64
}

func initMS(s *samples) float64  { return median(s.init) }
func warmUS(s *samples) float64  { return median(s.all()) }
func warmCPU(s *samples) float64 { return median(s.warmCPU) }

// budgets are those of the function as deployed and of the one without the X-Ray SDK. Each warm
// reading is compared with the Rust version that does the same: sampled and logged, logged alone,
// neither.
func budgets() (list []budget) {
	for _, name := range []string{"go", "go-direct"} {
		list = append(list,
			budget{"init, with store, log and tracing, to Rust with the same", name + inTable, "rust-dynamodb-observed" + inTable, initMS, 0.75},
			budget{"init, to an empty lambda.Start", name, "go-empty", initMS, 1.3},
			budget{"warm invocation, wall time, to Rust: sampled and logged", name, "rust-observed", warmUS, 1},
			budget{"the same, logged", name + untraced, "rust-observed" + untraced, warmUS, 1},
			budget{"the same, neither", name + bare, "rust", warmUS, 1},
			budget{"warm invocation, CPU time, to Rust: sampled and logged", name, "rust-observed", warmCPU, 1},
			budget{"the same, logged", name + untraced, "rust-observed" + untraced, warmCPU, 1},
			budget{"the same, neither", name + bare, "rust", warmCPU, 1},
			budget{"warm invocation, CPU time, to lambda.Start", name, name + standardLoop, warmCPU, 0.5},
		)
	}
	return list
}

// peakBudgetMB limits the function's peak memory.
const peakBudgetMB = 20

// budgetTable shows which budgets this run met.
func (r *report) budgetTable() string {
	var rows [][]string
	row := func(what, of string, measured, limit float64) {
		switch text := strconv.FormatFloat(measured, 'f', 2, 64); {
		case math.IsNaN(measured):
			rows = append(rows, []string{what, of, "–", short(limit), "not measured"})
		case measured <= limit:
			rows = append(rows, []string{what, of, text, short(limit), "kept"})
		default:
			rows = append(rows, []string{what, of, text, short(limit), "**not kept**"})
		}
	}
	for _, b := range budgets() {
		row(b.what, b.of+" / "+b.beside, b.value(r.of(b.of))/b.value(r.of(b.beside)), b.limit)
	}
	for _, name := range []string{"go", "go-direct"} {
		row("peak memory, MB", name, median(r.of(name).peakMB), peakBudgetMB)
		row("peak memory, MB", name+inTable, median(r.of(name+inTable).peakMB), peakBudgetMB)
	}
	return table([]string{"budget", "of", "measured", "limit", "verdict"}, rows)
}

// of returns the samples of a variant; without it they are empty, and anything computed from them
// is NaN.
func (r *report) of(name string) *samples {
	for _, v := range r.variants {
		if v.name == name {
			return &v.samples
		}
	}
	return &samples{}
}

// ratio prints a ratio.
func ratio(a, b float64) string {
	if math.IsNaN(a / b) {
		return "–"
	}
	return fmt.Sprintf("%.2f", a/b)
}
