package trace

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"
)

func TestDistributionsAgainstSortedValues(t *testing.T) {
	t.Parallel()
	c := NewCollector(quiet())
	var values []float64
	for i := range 10000 {
		// From 10 µs to about 22 s, more of the short ones.
		d := time.Duration(math.Exp(float64(i)/10000*14.6)*10) * time.Microsecond
		values = append(values, milliseconds(d))
		c.Record(Request{TraceID: tid(i), Route: fmt.Sprint("GET /", i%2), Status: 200, Duration: d})
	}
	slices.Sort(values)
	all := c.Distributions()
	if len(all) != 3 || all[0].Route != "" || all[1].Route != "GET /0" || all[2].Request.Count != 5000 {
		t.Fatalf("%+v", all)
	}
	q := all[0].Request
	for _, p := range []struct {
		name string
		got  float64
		at   float64
	}{{"p50", q.P50, .5}, {"p90", q.P90, .9}, {"p99", q.P99, .99}, {"p99.9", q.P999, .999}} {
		want := values[int(p.at*10000)-1]
		if math.Abs(p.got-want) > want/100 {
			t.Errorf("%s %v, want %v within a percent", p.name, p.got, want)
		}
	}
	if q.Max != values[len(values)-1] || q.Count != 10000 {
		t.Errorf("max %v of %d, want %v", q.Max, q.Count, values[len(values)-1])
	}
	var n int64
	for i, b := range q.Bars {
		n += b.Count
		if i > 0 && math.Abs(b.FromMS-q.Bars[i-1].ToMS) > 1e-9*b.FromMS {
			t.Errorf("a gap between %+v and %+v", q.Bars[i-1], b)
		}
	}
	if n != q.Count || len(q.Bars) > 8*plotSteps {
		t.Errorf("%d in %d bars", n, len(q.Bars))
	}
}

func TestDistributionCounts(t *testing.T) {
	t.Parallel()
	c := NewCollector(quiet())
	for i, r := range []Request{
		{Status: 200, Duration: 5 * time.Millisecond, Invocation: &Invocation{Duration: 2 * time.Millisecond, Billed: 40 * time.Millisecond, ColdStart: true}},
		{Status: 503, Duration: 3 * time.Millisecond, Invocation: &Invocation{Duration: time.Millisecond, Billed: time.Millisecond}},
		{Status: 404, Duration: 2 * time.Hour},
		{Status: 200},
	} {
		r.TraceID, r.Route = tid(i), "GET /"
		c.Record(r)
		c.Record(r) // the same request again does not count twice
	}
	for _, d := range c.Distributions() {
		if d.Errors != 1 || d.Invocations != 2 || d.ColdStarts != 1 || d.BilledMS != 41 || d.Request.Count != 4 || d.Invocation.Count != 2 {
			t.Errorf("%+v", d)
		}
		if d.Request.Max != 7_200_000 || d.Request.P50 > 3.01 || d.Invocation.Max != 2 {
			t.Errorf("%+v", d)
		}
	}
	empty := NewCollector(quiet()).Distributions()
	if len(empty) != 1 || empty[0].Request.Count != 0 || empty[0].Request.Bars == nil {
		t.Errorf("%+v", empty)
	}
}

func TestDistributionRoutesAreBounded(t *testing.T) {
	t.Parallel()
	c := NewCollector(quiet())
	for i := range MaxRoutes + 2 {
		c.Record(Request{TraceID: tid(i), Route: fmt.Sprintf("GET /%03d", i)})
	}
	all := c.Distributions()
	if len(all) != MaxRoutes+2 || all[1].Route != OtherRoutes || all[1].Request.Count != 2 {
		t.Errorf("%d distributions, the first %s with %d", len(all), all[1].Route, all[1].Request.Count)
	}
}
