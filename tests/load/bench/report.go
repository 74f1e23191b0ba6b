package main

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
)

// report is the result of a run, as Markdown.
type report struct {
	bench   *bench
	machine string
	starts  map[key][]time.Duration
	loads   *loads
	sam     []time.Duration // to the first response of sam local start-api
	noSAM   string          // why that was not measured, if it was not
}

// machine describes the machine and how busy it is otherwise.
func machine() string {
	cpu := "unknown CPU"
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		if _, rest, ok := strings.Cut(string(text), "model name"); ok {
			cpu = strings.TrimSpace(strings.TrimLeft(firstLine(rest), " \t:"))
		}
	}
	busy := ""
	if text, err := os.ReadFile("/proc/loadavg"); err == nil {
		busy = fmt.Sprintf("; load average %s before the run", strings.Fields(string(text))[0])
	}
	node, err := command("", "node", "--version")
	if err != nil {
		node = "unknown"
	}
	return fmt.Sprintf("%d CPUs (%s), %s/%s, %s, Node %s%s", runtime.NumCPU(), cpu, runtime.GOOS, runtime.GOARCH, runtime.Version(), node, busy)
}

func (r *report) String() string {
	var b strings.Builder
	p := r.bench.programs()
	fmt.Fprintf(&b, `# apigw compared with serverless-offline

Written by

    make bench-gateway

on %s; clients, gateways and functions share these CPUs. One run, all programs in turns: %d rounds of %d seconds each with wrk
(keep-alive, one thread), medians of the rounds; %d starts each. Both programs have the same Lambda route with the same mapping
templates (tests/load/templates) before a function that responds at once with the same object. serverless-offline has no MOCK, and its http_proxy is
not measured.

`, r.machine, r.bench.rounds, r.bench.seconds, r.bench.starts)
	for _, p := range p {
		fmt.Fprintf(&b, "* %s: %s\n", p.name, p.what)
	}
	r.ratios(&b, p)
	r.proxies(&b, p)
	r.loadTable(&b, p)
	r.startTable(&b, p)
	r.memoryTable(&b, p)
	return b.String()
}

// ratios compares the ways to run apigw with the ways to run serverless-offline.
func (r *report) ratios(b *strings.Builder, p []program) {
	b.WriteString("\n## Ratios\n\nOf the Lambda route; of each round, then their median.\n\n")
	b.WriteString("| | requests/s, 1 client | requests/s, 16 clients | p50, 1 client | p99, 16 clients | first response | memory |\n|---|---|---|---|---|---|---|\n")
	for _, ours := range p[:2] {
		for _, theirs := range p[2:] {
			if theirs.name == reverseProxy {
				continue
			}
			pair := func(clients int, of func(figures) float64) float64 {
				return r.pair(ours, theirs, lambdaRoute, clients, of)
			}
			start := float64(median(r.starts[key{theirs.name, "Lambda", 0}])) / float64(median(r.starts[key{ours.name, "Lambda", 0}]))
			m, n := r.loads.memory[theirs.name], r.loads.memory[ours.name]
			fmt.Fprintf(b, "| %s / %s | %.1f | %.1f | 1/%.1f | 1/%.1f | 1/%.0f | 1/%.1f |\n", ours.name, theirs.name,
				pair(1, figures.rate), pair(16, figures.rate), 1/pair(1, p50), 1/pair(16, p99), start,
				float64(m.peak+m.functions)/float64(n.peak+n.functions))
		}
	}
}

func p50(f figures) float64 { return float64(f.P50) }
func p99(f figures) float64 { return float64(f.P99) }

// pair is the median of the rounds' ratios between two programs.
func (r *report) pair(ours, theirs program, route route, clients int, of func(figures) float64) float64 {
	a, c := r.loads.figures[key{ours.name, route.name, clients}], r.loads.figures[key{theirs.name, route.name, clients}]
	ratios := make([]float64, len(a))
	for i := range a {
		ratios[i] = of(a[i]) / of(c[i])
	}
	return median(ratios)
}

// proxies compares http_proxy with a plain reverse proxy.
func (r *report) proxies(b *strings.Builder, all []program) {
	theirs := all[len(all)-1]
	b.WriteString("\n## An http_proxy route\n\nCompared with a plain reverse proxy, in front of the same backend, which responds at once; of each round, then their median.\n\n")
	b.WriteString("| | p50, 1 client | p50, 16 clients | requests/s, 16 clients |\n|---|---|---|---|\n")
	for _, ours := range all[:2] {
		fmt.Fprintf(b, "| %s / %s | %.2f | %.2f | %.2f |\n", ours.name, theirs.name, r.pair(ours, theirs, proxyRoute, 1, p50),
			r.pair(ours, theirs, proxyRoute, 16, p50), r.pair(ours, theirs, proxyRoute, 16, figures.rate))
	}
	b.WriteString("\nA streamed response (`responseTransferMode: STREAM`) is not buffered: one of a gigabyte passes in less than 64 MB of memory, which\n" +
		"TestStreamedGigabyte in src/apigw/upstream holds.\n")
}

func (r *report) loadTable(b *strings.Builder, p []program) {
	b.WriteString("\n## Under load\n\nTimes in microseconds. *Function* is the median Duration that the program reports for the function; *added* is p50 without it.\n\n")
	b.WriteString("| | route | clients | requests/s | p50 | p99 | function | added |\n|---|---|---|---|---|---|---|---|\n")
	for _, clients := range clientCounts {
		for _, p := range p {
			for _, route := range p.routes {
				k := key{p.name, route.name, clients}
				var rates []float64
				var p50, p99 []int
				for _, f := range r.loads.figures[k] {
					rates, p50, p99 = append(rates, f.rate()), append(p50, f.P50), append(p99, f.P99)
				}
				function, added := "", ""
				if d := r.loads.duration[k]; len(d) > 0 {
					function = fmt.Sprint(median(d))
					if clients == 1 { // with more, waiting for a process is included in p50
						added = fmt.Sprint(median(p50) - median(d))
					}
				}
				fmt.Fprintf(b, "| %s | %s | %d | %.0f | %d | %d | %s | %s |\n", p.name, route.name, clients, median(rates), median(p50), median(p99), function, added)
			}
		}
	}
}

func (r *report) startTable(b *strings.Builder, p []program) {
	b.WriteString("\n## From exec to the first response\n\nMilliseconds, median and slowest. A Lambda route's first response includes the function's cold start.\n\n")
	b.WriteString("| | route | median | slowest |\n|---|---|---|---|\n")
	for _, p := range p {
		for _, route := range p.routes {
			times := r.starts[key{p.name, route.name, 0}]
			slowest := time.Duration(0)
			for _, t := range times {
				slowest = max(slowest, t)
			}
			fmt.Fprintf(b, "| %s | %s | %.1f | %.1f |\n", p.name, route.name, ms(median(times)), ms(slowest))
		}
	}
	if len(r.sam) == 0 {
		fmt.Fprintf(b, "\n`sam local start-api` is not in the table: it could not be measured here (%s).\n", r.noSAM)
		return
	}
	fmt.Fprintf(b, "| sam local start-api | Lambda, as a proxy | %.1f | %.1f |\n", ms(median(r.sam)), ms(slices.Max(r.sam)))
	fmt.Fprintf(b, "\n`sam local start-api` knows no mapping templates: its route is a proxy, before the same function in a container image that is there\n"+
		"already, with Lambda's emulator in it; %d starts. Its first response takes %.0f times as long as that of apigw with the mapping templates,\n"+
		"and %.0f times as long as the start of apigw, which the MOCK route shows.\n",
		len(r.sam), float64(median(r.sam))/float64(median(r.starts[key{p[0].name, lambdaRoute.name, 0}])),
		float64(median(r.sam))/float64(median(r.starts[key{p[0].name, mockRoute.name, 0}])))
}

func (r *report) memoryTable(b *strings.Builder, p []program) {
	b.WriteString("\n## Memory\n\nResident, MB: of the program after its first response and at most, and of the functions' processes together at most.\n\n")
	b.WriteString("| | after the first response | at most | functions |\n|---|---|---|---|\n")
	for _, p := range p {
		m := r.loads.memory[p.name]
		functions := "in the program"
		if m.children > 0 {
			functions = fmt.Sprintf("%.0f in %d processes", float64(m.functions)/1024, m.children)
		}
		fmt.Fprintf(b, "| %s | %.0f | %.0f | %s |\n", p.name, float64(m.idle)/1024, float64(m.peak)/1024, functions)
	}
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

func lastLine(s string) string {
	s = strings.TrimRight(s, "\n")
	return s[strings.LastIndexByte(s, '\n')+1:]
}
