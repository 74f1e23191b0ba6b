// Package usage limits requests as usage plans and the method settings of a stage do: by token
// buckets, and by quotas of a day, week or month.
//
// The buckets are exact: what passes never exceeds burst + rate × time, and a token that is due is
// available. Quotas count what has passed, in memory. API Gateway itself applies both "on a
// best-effort basis". See
// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html.
package usage

import (
	"fmt"
	"math"
	"sync"
	"time"
)

// Throttle is a rate of requests per second and how many may come at once.
type Throttle struct {
	Rate  float64 // to a thousandth
	Burst int64
}

func (t Throttle) String() string { return fmt.Sprintf("%g a second, burst %d", t.Rate, t.Burst) }

// Period is that of a quota.
type Period string

// The periods of quotas. They begin at 0:00 UTC: of each day, of a day of the week from Sunday on,
// of a day of the month from the first on.
const (
	Day   Period = "DAY"
	Week  Period = "WEEK"
	Month Period = "MONTH"
)

// Quota is how many requests are allowed in a period.
type Quota struct {
	Limit  int64
	Period Period
	Offset int // days by which the period begins later: 0 to 6 in a week, 0 to 27 in a month
}

func (q *Quota) String() string { return fmt.Sprintf("%d a %s", q.Limit, q.Period) }

// begin returns the beginning of the period that contains now.
func (q *Quota) begin(now time.Time) time.Time {
	now = now.UTC()
	day := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)
	switch q.Period {
	case Week:
		return day.AddDate(0, 0, -((int(day.Weekday()) - q.Offset + 7) % 7))
	case Month:
		begin := time.Date(now.Year(), now.Month(), 1+q.Offset, 0, 0, 0, 0, time.UTC)
		if begin.After(now) {
			begin = time.Date(now.Year(), now.Month()-1, 1+q.Offset, 0, 0, 0, 0, time.UTC)
		}
		return begin
	}
	return day
}

// Plan is a usage plan: limits for each key that it has. It must not be changed.
type Plan struct {
	ID       string
	Throttle *Throttle
	Quota    *Quota
}

// Request is what a Meter admits or refuses.
type Request struct {
	Stage string // API and stage, for the limits of methods
	Route string // method and path of the route

	Key    string    // id of the API key; empty if the method requires none
	Plan   *Plan     // of the key; nil if there is none
	Method *Throttle // of the plan for this method, for each key

	Setting *Throttle // of the stage for this method, whoever calls it
}

// Outcome is what becomes of a request.
type Outcome uint8

// The outcomes.
const (
	Admitted Outcome = iota
	Throttled
	OverQuota
)

// Meter counts requests. The zero Meter is ready to use. It is safe for concurrent use.
type Meter struct {
	mu      sync.Mutex
	buckets map[bucketKey]*bucket
	quotas  map[quotaKey]*count
}

// bucketKey identifies a bucket: that of a key, of a key and method, or of a method.
type bucketKey struct{ plan, key, stage, route string }

type quotaKey struct{ plan, key string }

type count struct {
	begin time.Time
	used  int64
}

// Admit takes a token of every bucket that the request draws on, or of none. reason says which
// limit refuses it.
func (m *Meter) Admit(r *Request, now time.Time) (o Outcome, reason string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var take []*bucket
	draw := func(key bucketKey, t *Throttle, what string) bool {
		if t == nil {
			return true
		}
		b := m.bucket(key, *t, now)
		take = append(take, b)
		if b.full(now) {
			return true
		}
		reason = fmt.Sprintf("%s: %v", what, *t)
		return false
	}
	var quota *count
	if p := r.Plan; p != nil {
		if !draw(bucketKey{p.ID, r.Key, r.Stage, r.Route}, r.Method, fmt.Sprintf("the usage plan %s limits %s for each key", p.ID, r.Route)) ||
			!draw(bucketKey{plan: p.ID, key: r.Key}, p.Throttle, fmt.Sprintf("the usage plan %s limits each key", p.ID)) {
			return Throttled, reason
		}
		if p.Quota != nil {
			quota = m.quota(quotaKey{p.ID, r.Key}, p.Quota, now)
		}
	}
	if !draw(bucketKey{stage: r.Stage, route: r.Route}, r.Setting, "the method settings of the stage limit "+r.Route) {
		return Throttled, reason
	}
	if quota != nil && quota.used >= r.Plan.Quota.Limit {
		return OverQuota, fmt.Sprintf("the quota of the usage plan %s for the key %s is used up: %v", r.Plan.ID, r.Key, r.Plan.Quota)
	}
	for _, b := range take {
		b.take()
	}
	if quota != nil {
		quota.used++
	}
	return Admitted, ""
}

func (m *Meter) bucket(key bucketKey, t Throttle, now time.Time) *bucket {
	b := m.buckets[key]
	if b == nil {
		if m.buckets == nil {
			m.buckets = map[bucketKey]*bucket{}
		}
		b = newBucket(t, now)
		m.buckets[key] = b
	}
	return b
}

func (m *Meter) quota(key quotaKey, q *Quota, now time.Time) *count {
	begin, c := q.begin(now), m.quotas[key]
	if c == nil || !c.begin.Equal(begin) {
		if m.quotas == nil {
			m.quotas = map[quotaKey]*count{}
		}
		c = &count{begin: begin}
		m.quotas[key] = c
	}
	return c
}

// bucket is a token bucket in whole numbers, so that no fraction of a token is lost: a nanosecond
// adds rate units, and a token is unit of them.
type bucket struct {
	level, capacity int64
	rate, unit      int64
	last            time.Time
}

// Limits of buckets, within which their whole numbers cannot overflow.
const (
	maxRate  = 1e6
	maxBurst = 5e6
	thousand = 1000
)

func newBucket(t Throttle, now time.Time) *bucket {
	b := &bucket{rate: int64(math.Round(max(0, min(t.Rate, maxRate)) * thousand)), unit: int64(time.Second) * thousand, last: now}
	b.capacity = max(0, min(t.Burst, maxBurst)) * b.unit
	b.level = b.capacity
	return b
}

// full adds the tokens due since the last call, and reports whether there is one.
func (b *bucket) full(now time.Time) bool {
	if elapsed := int64(now.Sub(b.last)); elapsed > 0 {
		b.last = now
		switch missing := b.capacity - b.level; {
		case b.rate == 0:
		case elapsed >= missing/b.rate+1:
			b.level = b.capacity
		default:
			b.level = min(b.capacity, b.level+elapsed*b.rate)
		}
	}
	return b.level >= b.unit
}

func (b *bucket) take() { b.level -= b.unit }
