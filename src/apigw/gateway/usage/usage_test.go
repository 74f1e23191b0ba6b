package usage_test

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/guessing-game/src/apigw/gateway/usage"
)

// Ten thousand requests at random times: exactly those pass that rate and burst allow, checked by
// counting whole tokens. The clock is that of synctest.
func TestTenThousandRequests(t *testing.T) {
	t.Parallel()
	for _, c := range []usage.Throttle{{Rate: 10, Burst: 5}, {Rate: 3, Burst: 1}, {Rate: 0.5, Burst: 20}, {Rate: 7.3, Burst: 100}, {Rate: 1000, Burst: 1}, {Rate: 0, Burst: 3}, {Rate: 5, Burst: 0}} {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(1, uint64(c.Burst)))
			var m usage.Meter
			r := &usage.Request{Stage: "api/prod", Route: "GET /a", Setting: &c}
			// The model: tokens in thousandths of nanoseconds' worth, added one request after the
			// other without floating point.
			perToken, rate := int64(time.Second)*1000, int64(c.Rate*1000+0.5)
			level, last, passed := c.Burst*perToken, time.Now(), 0
			for i := range 10_000 {
				switch random.IntN(3) {
				case 0:
					time.Sleep(time.Duration(random.Int64N(int64(time.Second) / 4)))
				case 1:
					time.Sleep(100 * time.Millisecond) // whole multiples, at which tokens become due to the nanosecond
				}
				now := time.Now()
				level, last = min(c.Burst*perToken, level+int64(now.Sub(last))*rate), now
				want := level >= perToken
				if want {
					level -= perToken
					passed++
				}
				if got, reason := m.Admit(r, now); (got == usage.Admitted) != want {
					t.Fatalf("%v: request %d: %v %s, want admitted %t", c, i, got, reason, want)
				}
			}
			if c.Burst > 0 && passed < int(c.Burst) || c.Burst == 0 && passed > 0 {
				t.Errorf("%v: %d passed", c, passed)
			}
		})
	}
}

// A token is available at the exact nanosecond, which floating point would miss.
func TestTokenIsDue(t *testing.T) {
	t.Parallel()
	var m usage.Meter
	now, r := time.Unix(1e9, 0), &usage.Request{Setting: &usage.Throttle{Rate: 10, Burst: 1}}
	for range 1000 {
		if o, _ := m.Admit(r, now); o != usage.Admitted {
			t.Fatal("a token is late")
		}
		if o, _ := m.Admit(r, now.Add(100*time.Millisecond-1)); o != usage.Throttled {
			t.Fatal("a token is early")
		}
		now = now.Add(100 * time.Millisecond)
	}
}

// Simultaneous requests never get more than the burst.
func TestConcurrent(t *testing.T) {
	t.Parallel()
	var m usage.Meter
	var admitted atomic.Int64
	now, r := time.Unix(1e9, 0), &usage.Request{Setting: &usage.Throttle{Rate: 1, Burst: 50}}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				if o, _ := m.Admit(r, now); o == usage.Admitted {
					admitted.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if admitted.Load() != 50 {
		t.Errorf("%d admitted, want 50", admitted.Load())
	}
}

// Which requests share a bucket: those of a key to all methods of its plan, those of one key to a
// method of the plan, those of all callers to a method of the stage. A request that one limit
// refuses takes nothing from the others.
func TestBuckets(t *testing.T) {
	t.Parallel()
	var m usage.Meter
	now := time.Unix(1e9, 0)
	plan := &usage.Plan{ID: "Gold", Throttle: &usage.Throttle{Rate: 1, Burst: 3}}
	once := &usage.Throttle{Rate: 1, Burst: 1}
	for i, c := range []struct {
		key, route      string
		method, setting *usage.Throttle
		want            usage.Outcome
	}{
		{"a", "GET /x", once, nil, usage.Admitted},
		{"a", "GET /x", once, nil, usage.Throttled}, // takes nothing from the plan's three
		{"a", "GET /x", once, nil, usage.Throttled},
		{"b", "GET /x", once, nil, usage.Admitted},
		{"a", "GET /y", nil, once, usage.Admitted},
		{"b", "GET /y", nil, once, usage.Throttled},
		{"a", "GET /z", nil, nil, usage.Admitted},
		{"a", "GET /z", nil, nil, usage.Throttled},
		{"b", "GET /z", nil, nil, usage.Admitted},
	} {
		r := &usage.Request{Stage: "api/prod", Route: c.route, Key: c.key, Plan: plan, Method: c.method, Setting: c.setting}
		if got, reason := m.Admit(r, now); got != c.want || (reason == "") != (c.want == usage.Admitted) {
			t.Errorf("%d: %v %q, want %v", i, got, reason, c.want)
		}
	}
}

func TestQuotas(t *testing.T) {
	t.Parallel()
	at := func(s string) time.Time {
		v, err := time.Parse("2006-01-02T15:04", s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, c := range []struct {
		quota           usage.Quota
		first, in, next string // two requests of one period, and one of the next
	}{
		{usage.Quota{Limit: 2, Period: usage.Day}, "2026-01-02T00:00", "2026-01-02T23:59", "2026-01-03T00:00"},
		{usage.Quota{Limit: 2, Period: usage.Week}, "2026-01-04T00:00", "2026-01-10T23:59", "2026-01-11T00:00"}, // Sunday to Saturday
		{usage.Quota{Limit: 2, Period: usage.Week, Offset: 2}, "2026-01-06T00:00", "2026-01-12T23:59", "2026-01-13T00:00"},
		{usage.Quota{Limit: 2, Period: usage.Month}, "2026-02-01T00:00", "2026-02-28T23:59", "2026-03-01T00:00"},
		{usage.Quota{Limit: 2, Period: usage.Month, Offset: 14}, "2025-12-15T00:00", "2026-01-14T23:59", "2026-01-15T00:00"},
	} {
		var m usage.Meter
		r := &usage.Request{Key: "k", Plan: &usage.Plan{ID: "p", Quota: &c.quota}}
		for i, s := range []struct {
			at   string
			want usage.Outcome
		}{{c.first, usage.Admitted}, {c.in, usage.Admitted}, {c.in, usage.OverQuota}, {c.next, usage.Admitted}} {
			if got, _ := m.Admit(r, at(s.at)); got != s.want {
				t.Errorf("%v: request %d at %s: %v, want %v", c.quota, i, s.at, got, s.want)
			}
		}
	}
}
