package main

import (
	"fmt"
	"html"
	"math"
	"os"
	"slices"
	"strings"
)

// series is a named list of values of a plot.
type series struct {
	name   string
	values []float64
}

// palette is readable on white and on black, and apart for the colour-blind (Okabe and Ito).
var palette = []string{"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"}

const (
	plotWidth, plotLeft, plotTop = 760, 150, 44
	plotRight                    = 30
)

// svg wraps the body of a plot. Text takes the colour of the page's scheme.
func svg(height int, title string, body string) string {
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="system-ui, sans-serif" font-size="13" role="img" aria-label="%s">
<style>text{fill:#1f2328}.grid{stroke:#8c959f;stroke-opacity:.35}@media(prefers-color-scheme:dark){text{fill:#e6edf3}}</style>
<text x="16" y="24" font-size="16" font-weight="600">%s</text>
%s</svg>
`, plotWidth, height, html.EscapeString(title), html.EscapeString(title), body)
}

// scale maps values onto the width of a plot, logarithmically.
type scale struct{ low, high float64 }

func newScale(all []series) scale {
	low, high := math.Inf(1), 0.0
	for _, s := range all {
		for _, v := range s.values {
			if v > 0 {
				low, high = min(low, v), max(high, v)
			}
		}
	}
	if high == 0 {
		low, high = 1, 10
	}
	return scale{math.Log10(low) - 0.05, math.Log10(high) + 0.08}
}

func (s scale) x(v float64) float64 {
	return plotLeft + (math.Log10(v)-s.low)/(s.high-s.low)*(plotWidth-plotLeft-plotRight)
}

// grid draws the lines at 1, 2 and 5 of each decade.
func (s scale) grid(b *strings.Builder, top, bottom float64, unit string) {
	for decade := math.Floor(s.low); decade <= s.high; decade++ {
		for _, m := range []float64{1, 2, 5} {
			v := m * math.Pow(10, decade)
			if l := math.Log10(v); l < s.low || l > s.high {
				continue
			}
			fmt.Fprintf(b, `<line class="grid" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/><text x="%.1f" y="%.1f" text-anchor="middle" font-size="11">%s</text>`+"\n",
				s.x(v), top, s.x(v), bottom, s.x(v), bottom+15, short(v))
		}
	}
	fmt.Fprintf(b, `<text x="%d" y="%.1f" text-anchor="end" font-size="11">%s</text>`+"\n", plotWidth-4, bottom+30, unit)
}

// strips draws every value as a dot, a row a series, and the median as a bar: what a bar of means would hide shows.
func strips(title, unit string, all []series) string {
	const row = 34
	height := plotTop + row*len(all) + 40
	s := newScale(all)
	var b strings.Builder
	s.grid(&b, plotTop-6, float64(plotTop+row*len(all)), unit)
	for i, one := range all {
		y := float64(plotTop + row*i + row/2)
		color := palette[i%len(palette)]
		fmt.Fprintf(&b, `<text x="%d" y="%.1f" text-anchor="end">%s</text>`+"\n", plotLeft-10, y+4, html.EscapeString(one.name))
		for n, v := range one.values {
			if v > 0 {
				fmt.Fprintf(&b, `<circle cx="%.1f" cy="%.1f" r="2.5" fill="%s" fill-opacity=".45"/>`+"\n", s.x(v), y+float64(n%5-2)*2.5, color)
			}
		}
		if m := median(one.values); m > 0 {
			fmt.Fprintf(&b, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s" stroke-width="3"/><text x="%.1f" y="%.1f" text-anchor="middle" font-size="11" font-weight="600">%s</text>`+"\n",
				s.x(m), y-11, s.x(m), y+11, color, s.x(m), y-12, short(m))
		}
	}
	return svg(height, title, b.String())
}

// distribution draws, for each series, which part of the values is at most so large: from the middle outwards to the tail.
func distribution(title, unit string, all []series) string {
	const body = 260
	height := plotTop + body + 40 + 18*len(all)
	s := newScale(all)
	var b strings.Builder
	s.grid(&b, plotTop-6, plotTop+body, unit)
	levels := []float64{0, 0.5, 0.9, 0.99, 0.999}
	y := func(q float64) float64 { // a nine more is a step more
		return plotTop + body - (-math.Log10(1-min(q, 0.9995)))/3.31*body
	}
	for _, q := range levels {
		fmt.Fprintf(&b, `<line class="grid" x1="%d" y1="%.1f" x2="%d" y2="%.1f"/><text x="%d" y="%.1f" text-anchor="end" font-size="11">p%s</text>`+"\n",
			plotLeft, y(q), plotWidth-plotRight, y(q), plotLeft-8, y(q)+4, short(q*100))
	}
	for i, one := range all {
		color := palette[i%len(palette)]
		sorted := slices.Sorted(slices.Values(one.values))
		var points []string
		for q := 0.0; q < 0.9995 && len(sorted) > 0; q = 1 - (1-q)*0.97 {
			points = append(points, fmt.Sprintf("%.1f,%.1f", s.x(sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]), y(q)))
		}
		fmt.Fprintf(&b, `<polyline fill="none" stroke="%s" stroke-width="2" points="%s"/>`+"\n", color, strings.Join(points, " "))
		ly := float64(plotTop + body + 44 + 18*i)
		fmt.Fprintf(&b, `<rect x="%d" y="%.1f" width="12" height="12" fill="%s"/><text x="%d" y="%.1f">%s</text>`+"\n", plotLeft, ly-11, color, plotLeft+20, ly, html.EscapeString(one.name))
	}
	return svg(height, title, b.String())
}

// writePlots writes the plots of a report into dir and answers their names.
func writePlots(dir string, plots map[string]string) error {
	for name, text := range plots {
		if err := os.WriteFile(dir+"/"+name, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}
