package trace

import (
	"maps"
	"math"
	"slices"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

const (
	// MaxRoutes bounds the routes with their own distribution; the others share one, named
	// OtherRoutes.
	MaxRoutes = 200
	// OtherRoutes is the name of the distribution that the routes beyond MaxRoutes share.
	OtherRoutes = "(other routes)"

	// The histograms range from a microsecond to an hour with an error below one percent, in
	// about 25 KB each.
	lowestMicros  = 1
	highestMicros = 3_600_000_000
	significant   = 2

	// plotSteps is how many bars of a plot cover a factor of ten.
	plotSteps = 12
)

// Distribution describes how long requests took. The quantiles have an error below one percent, the
// maximum none.
type Distribution struct {
	// Route is empty for all requests.
	Route string `json:"route"`
	// Errors counts the responses of 500 and above and the functions that failed, ColdStarts the
	// invocations that started an environment, Invocations all invocations with known figures.
	Errors      int64 `json:"errors"`
	Invocations int64 `json:"invocations"`
	ColdStarts  int64 `json:"cold_starts"`
	// BilledMS is what is billed for all invocations together, in milliseconds.
	BilledMS int64 `json:"billed_ms"`
	// Request is the time of whole requests, Invocation that of the function alone.
	Request    Quantiles `json:"request"`
	Invocation Quantiles `json:"invocation"`
}

// Quantiles of a number of durations, in milliseconds.
type Quantiles struct {
	Count int64   `json:"count"`
	P50   float64 `json:"p50_ms"`
	P90   float64 `json:"p90_ms"`
	P99   float64 `json:"p99_ms"`
	P999  float64 `json:"p99_9_ms"`
	Max   float64 `json:"max_ms"`
	// Bars plot them on a logarithmic axis.
	Bars []Bar `json:"bars"`
}

// Bar counts the durations from FromMS up to ToMS.
type Bar struct {
	FromMS float64 `json:"from_ms"`
	ToMS   float64 `json:"to_ms"`
	Count  int64   `json:"count"`
}

// latency counts for all requests and for each route.
type latency struct {
	all    *counts
	routes map[string]*counts
}

type counts struct {
	errors, invocations, coldStarts int64
	billed                          time.Duration
	request, invocation             durations
}

type durations struct {
	histogram *hdrhistogram.Histogram
	max       time.Duration
}

func newLatency() *latency { return &latency{all: &counts{}, routes: map[string]*counts{}} }

// of returns the counts of a route.
func (l *latency) of(route string) *counts {
	c := l.routes[route]
	if c == nil && len(l.routes) >= MaxRoutes {
		route = OtherRoutes
		c = l.routes[route]
	}
	if c == nil {
		c = &counts{}
		l.routes[route] = c
	}
	return c
}

func (l *latency) record(r *Request) {
	for _, c := range []*counts{l.all, l.of(r.Route)} {
		c.request.record(r.Duration)
		if r.Status >= 500 || r.Failed {
			c.errors++
		}
		if i := r.Invocation; i != nil {
			c.invocations++
			c.invocation.record(i.Duration)
			c.billed += i.Billed
			if i.ColdStart {
				c.coldStarts++
			}
		}
	}
}

// add adds the counts of another.
func (l *latency) add(o *latency) {
	l.all.add(o.all)
	for route, c := range o.routes {
		l.of(route).add(c)
	}
}

func (c *counts) add(o *counts) {
	c.errors += o.errors
	c.invocations += o.invocations
	c.coldStarts += o.coldStarts
	c.billed += o.billed
	c.request.add(&o.request)
	c.invocation.add(&o.invocation)
}

func (d *durations) add(o *durations) {
	switch {
	case o.histogram == nil:
	case d.histogram == nil:
		*d = *o
	default:
		d.histogram.Merge(o.histogram)
		d.max = max(d.max, o.max)
	}
}

func (d *durations) record(t time.Duration) {
	if d.histogram == nil {
		d.histogram = hdrhistogram.New(lowestMicros, highestMicros, significant)
	}
	d.max = max(d.max, t)
	// The value is within the range, so that there is no error.
	d.histogram.RecordValue(min(max(t.Microseconds(), lowestMicros), highestMicros))
}

func (d *durations) quantiles() Quantiles {
	q := Quantiles{Max: milliseconds(d.max), Bars: []Bar{}}
	h := d.histogram
	if h == nil {
		return q
	}
	at := func(percent float64) float64 {
		return min(float64(h.ValueAtPercentile(percent))/1000, q.Max)
	}
	q.Count, q.P50, q.P90, q.P99, q.P999 = h.TotalCount(), at(50), at(90), at(99), at(99.9)
	// Bars of equal width on a logarithmic axis, without gaps between the first and the last.
	edge := func(i int) float64 { return math.Pow(10, float64(i)/plotSteps) / 1000 }
	for _, b := range h.Distribution() {
		if b.Count == 0 {
			continue
		}
		i := int(math.Floor(math.Log10(float64(b.To)) * plotSteps))
		if len(q.Bars) == 0 {
			q.Bars = append(q.Bars, Bar{FromMS: edge(i), ToMS: edge(i + 1)})
		}
		for last := &q.Bars[len(q.Bars)-1]; last.ToMS <= edge(i)*1.0001; last = &q.Bars[len(q.Bars)-1] {
			next := int(math.Round(math.Log10(last.ToMS*1000) * plotSteps))
			q.Bars = append(q.Bars, Bar{FromMS: edge(next), ToMS: edge(next + 1)})
		}
		q.Bars[len(q.Bars)-1].Count += b.Count
	}
	return q
}

func (c *counts) distribution(route string) Distribution {
	return Distribution{
		Route: route, Errors: c.errors, Invocations: c.invocations, ColdStarts: c.coldStarts, BilledMS: c.billed.Milliseconds(),
		Request: c.request.quantiles(), Invocation: c.invocation.quantiles(),
	}
}

// Distributions returns the distribution of all requests, and then that of each route in the
// order of their names.
func (c *Collector) Distributions() []Distribution {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := []Distribution{c.latency.all.distribution("")}
	for _, route := range slices.Sorted(maps.Keys(c.latency.routes)) {
		all = append(all, c.latency.routes[route].distribution(route))
	}
	return all
}
