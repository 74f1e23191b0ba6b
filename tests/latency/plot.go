package main

import (
	"fmt"
	"html"
	"math"
	"slices"
	"strings"
)

// series is a named list of values of a plot.
type series struct {
	name   string
	values []float64
}

// curve is a named line of a plot.
type curve struct {
	name string
	x, y []float64
}

// palette is distinguishable for the colour-blind (Okabe and Ito), on white and on black.
var palette = []string{"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#999999"}

const (
	plotWidth, plotLeft, plotTop, plotRight = 800, 180, 50, 30
	plotFloor                               = 260 // the height of a plot with a vertical axis
	legendRow                               = 18
)

// svg wraps the body of a plot. It has its own background, light or dark like the reader's system,
// so that it is legible on any page.
func svg(height int, title, body string) string {
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="system-ui, sans-serif" font-size="13" role="img" aria-label="%s">
<style>.ground{fill:#fff}text{fill:#1f2328}.grid{stroke:#8c959f;stroke-opacity:.35}@media(prefers-color-scheme:dark){.ground{fill:#0d1117}text{fill:#e6edf3}}</style>
<rect class="ground" width="%d" height="%d" rx="6"/>
<text x="16" y="26" font-size="16" font-weight="600">%s</text>
%s</svg>
`, plotWidth, height, html.EscapeString(title), plotWidth, height, html.EscapeString(title), body)
}

// scale maps values onto a stretch of the plot, logarithmically.
type scale struct{ low, high, from, to float64 }

// newScale makes a scale for the values that are greater than 0, with a little space around them.
func newScale(values []float64, from, to float64) scale {
	low, high := math.Inf(1), 0.0
	for _, v := range values {
		if v > 0 {
			low, high = min(low, v), max(high, v)
		}
	}
	if high == 0 {
		low, high = 1, 10
	}
	return scale{math.Log10(low) - 0.06, math.Log10(high) + 0.08, from, to}
}

func (s scale) at(v float64) float64 {
	return s.from + (math.Log10(v)-s.low)/(s.high-s.low)*(s.to-s.from)
}

// ticks are 1, 2 and 5 of each decade, or more if the scale contains no whole decade.
func (s scale) ticks() (ticks []float64) {
	steps := []float64{1, 2, 5}
	if s.high-s.low < 1 {
		steps = []float64{1, 1.5, 2, 3, 4, 5, 6, 8}
	}
	for decade := math.Floor(s.low); decade <= s.high; decade++ {
		for _, m := range steps {
			v := m * math.Pow(10, decade)
			if l := math.Log10(v); l >= s.low && l <= s.high {
				ticks = append(ticks, v)
			}
		}
	}
	return ticks
}

func line(b *strings.Builder, x1, y1, x2, y2 float64, attributes string) {
	fmt.Fprintf(b, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" %s/>`+"\n", x1, y1, x2, y2, attributes)
}

func text(b *strings.Builder, x, y float64, anchor, s string) {
	fmt.Fprintf(b, `<text x="%.1f" y="%.1f" text-anchor="%s" font-size="12">%s</text>`+"\n", x, y, anchor, html.EscapeString(s))
}

// horizontal draws the lines of a horizontal axis, and its unit.
func (s scale) horizontal(b *strings.Builder, top, bottom float64, unit string) {
	for _, v := range s.ticks() {
		line(b, s.at(v), top, s.at(v), bottom, `class="grid"`)
		text(b, s.at(v), bottom+15, "middle", short(v))
	}
	text(b, plotWidth-8, bottom+29, "end", unit)
}

// legend explains the colours, from a height downwards.
func legend(b *strings.Builder, top float64, names []string) {
	for i, name := range names {
		y := top + legendRow*float64(i)
		fmt.Fprintf(b, `<rect x="%d" y="%.1f" width="12" height="12" fill="%s"/>`+"\n", plotLeft, y-10, color(i))
		text(b, plotLeft+20, y, "start", name)
	}
}

func color(i int) string { return palette[i%len(palette)] }

// strips draws every value as a dot, with a row for each series, and the median as a bar: this
// shows what a bar of means would hide.
func strips(title, unit string, all []series) string {
	const row = 36
	var values []float64
	for _, one := range all {
		values = append(values, one.values...)
	}
	s := newScale(values, plotLeft, plotWidth-plotRight)
	bottom := float64(plotTop + row*len(all))
	var b strings.Builder
	s.horizontal(&b, plotTop-6, bottom, unit)
	for i, one := range all {
		y := float64(plotTop + row*i + row/2 + 4)
		text(&b, plotLeft-10, y+4, "end", one.name)
		for n, v := range one.values {
			if v > 0 {
				fmt.Fprintf(&b, `<circle cx="%.1f" cy="%.1f" r="2.5" fill="%s" fill-opacity=".5"/>`+"\n", s.at(v), y+float64(n%5-2)*2.5, color(i))
			}
		}
		if m := median(one.values); m > 0 {
			line(&b, s.at(m), y-10, s.at(m), y+10, `stroke-width="3" stroke="`+color(i)+`"`)
			text(&b, s.at(m), y-12, "middle", short(m))
		}
	}
	return svg(int(bottom)+36, title, b.String())
}

// distribution draws, for each series, the share of values up to a given size: from the middle
// outwards to the tail.
func distribution(title, unit string, all []series) string {
	var values []float64
	for _, one := range all {
		values = append(values, one.values...)
	}
	s := newScale(values, plotLeft, plotWidth-plotRight)
	const bottom, last = plotTop + plotFloor, 0.9995
	y := func(q float64) float64 { // each further nine is one step
		return bottom + math.Log10(1-q)/-math.Log10(1-last)*plotFloor
	}
	var b strings.Builder
	s.horizontal(&b, plotTop-6, bottom, unit)
	for _, q := range []float64{0, 0.5, 0.9, 0.99, 0.999} {
		line(&b, plotLeft, y(q), plotWidth-plotRight, y(q), `class="grid"`)
		text(&b, plotLeft-8, y(q)+4, "end", "p"+short(q*100))
	}
	var names []string
	for i, one := range all {
		names = append(names, one.name)
		sorted := slices.Sorted(slices.Values(one.values))
		var points []string
		for rest := 1.0; rest > 1-last && len(sorted) > 0; rest *= 0.97 {
			if v := sortedQuantile(sorted, 1-rest); v > 0 {
				points = append(points, fmt.Sprintf("%.1f,%.1f", s.at(v), y(1-rest)))
			}
		}
		fmt.Fprintf(&b, `<polyline fill="none" stroke="%s" stroke-width="2" points="%s"/>`+"\n", color(i), strings.Join(points, " "))
	}
	legend(&b, bottom+38, names)
	return svg(bottom+38+legendRow*len(all), title, b.String())
}

// curves draws lines on two logarithmic axes, with a mark at each of their points.
func curves(title, xUnit, yUnit string, all []curve) string {
	const bottom = plotTop + plotFloor
	var xs, ys []float64
	var names []string
	for _, c := range all {
		xs, ys, names = append(xs, c.x...), append(ys, c.y...), append(names, c.name)
	}
	sx, sy := newScale(xs, plotLeft, plotWidth-plotRight), newScale(ys, bottom, plotTop)
	slices.Sort(xs)
	var b strings.Builder
	for _, x := range slices.Compact(xs) {
		line(&b, sx.at(x), plotTop-6, sx.at(x), bottom, `class="grid"`)
		text(&b, sx.at(x), bottom+15, "middle", fmt.Sprintf("%g", x))
	}
	for _, y := range sy.ticks() {
		line(&b, plotLeft, sy.at(y), plotWidth-plotRight, sy.at(y), `class="grid"`)
		text(&b, plotLeft-8, sy.at(y)+4, "end", short(y)+" "+yUnit)
	}
	text(&b, plotWidth-6, bottom+15, "end", xUnit)
	for i, c := range all {
		var points []string
		for n, x := range c.x {
			if c.y[n] > 0 {
				points = append(points, fmt.Sprintf("%.1f,%.1f", sx.at(x), sy.at(c.y[n])))
				fmt.Fprintf(&b, `<circle cx="%.1f" cy="%.1f" r="3.5" fill="%s"/>`+"\n", sx.at(x), sy.at(c.y[n]), color(i))
			}
		}
		fmt.Fprintf(&b, `<polyline fill="none" stroke="%s" stroke-width="2" points="%s"/>`+"\n", color(i), strings.Join(points, " "))
	}
	legend(&b, bottom+38, names)
	return svg(bottom+38+legendRow*len(all), title, b.String())
}

// bars draws the CPU time of each part as a bar, one after the other, on a linear axis.
func bars(title, unit string, parts []part) string {
	const row = 30
	total := 0.0
	for _, p := range parts {
		total += max(p.cpu, 0)
	}
	const left = plotLeft + 150
	at := func(v float64) float64 { return left + v/max(total, 1)*(plotWidth-plotRight-left-60) }
	var b strings.Builder
	sum := 0.0
	for i, p := range parts {
		y := float64(plotTop + row*i)
		text(&b, left-10, y+14, "end", p.name)
		width := max(p.cpu, 0) // a difference may be noise; then there is nothing to draw
		fmt.Fprintf(&b, `<rect x="%.1f" y="%.1f" width="%.1f" height="20" fill="%s"/>`+"\n", at(sum), y, at(sum+width)-at(sum), color(i))
		sum += width
		text(&b, at(sum)+6, y+14, "start", short(math.Round(p.cpu*10)/10)+" "+unit)
	}
	return svg(plotTop+row*len(parts)+16, title, b.String())
}
