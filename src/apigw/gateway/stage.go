package gateway

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"example.com/guessing-game/src/apigw/gateway/cache"
	"example.com/guessing-game/src/apigw/gateway/policy"
	"example.com/guessing-game/src/apigw/gateway/usage"
)

// StageSettings are a stage's settings of its methods. The zero value throttles and caches nothing.
type StageSettings struct {
	Methods []MethodSetting
	// Cache says that the stage has a cache, which methods with Caching use.
	Cache bool
	// Invalidation decides on a request with Cache-Control: max-age=0 whose client may not
	// invalidate the cache.
	Invalidation Invalidation
	Canary       *Canary
}

// MethodSetting holds a stage's settings for a method, or for all: Path and Method are then "/*"
// and "*". A method's own setting overrides that of all methods, member by member.
type MethodSetting struct {
	Path, Method string
	Throttle     *usage.Throttle
	Caching      *bool
	TTL          *time.Duration // of a cached response, 0 to an hour
}

// Invalidation is a strategy for clients that ask to invalidate the cache but may not.
type Invalidation string

// The strategies. A client may invalidate the cache if it has signed the request for IAM, or if a
// policy of the authorizer or of the API allows it execute-api:InvalidateCache.
const (
	InvalidationWarns  Invalidation = ""    // respond from the cache, with a header Warning: the default
	InvalidationFails  Invalidation = "403" // refuse the request
	InvalidationIgnore Invalidation = "ignore"
	InvalidationOpen   Invalidation = "open" // anyone may
)

// Canary takes a share of the requests, with its own stage variables.
type Canary struct {
	Percent        float64
	StageVariables map[string]string // overriding those of the stage
	StageCache     bool              // use the stage's cache rather than its own
}

// Defaults of caches.
const (
	allPaths        = "/*"
	allMethods      = "*"
	defaultCacheTTL = 300 * time.Second
	maxCacheTTL     = time.Hour
	// warning is the header of a response from the cache whose client wanted a new one.
	warning = `199 apigw "Cache-Control is ignored: the client may not invalidate the cache"`
)

// routeSettings are the settings in effect for a route.
type routeSettings struct {
	throttle *usage.Throttle
	caching  bool
	ttl      time.Duration
}

// settings returns the settings in effect for a route. A setting for all methods caches only GET
// methods by default.
func (s *StageSettings) settings(r *Route) routeSettings {
	out := routeSettings{ttl: defaultCacheTTL}
	apply := func(m *MethodSetting) {
		if m.Throttle != nil {
			out.throttle = m.Throttle
		}
		if m.Caching != nil {
			out.caching = *m.Caching && (r.Method == http.MethodGet || m.Method != allMethods)
		}
		if m.TTL != nil {
			out.ttl = min(*m.TTL, maxCacheTTL)
		}
	}
	for _, exact := range []bool{false, true} {
		for i := range s.Methods {
			m := &s.Methods[i]
			all := m.Path == allPaths && m.Method == allMethods
			if all != exact && (all || (m.Path == r.Path || m.Path == allPaths) && (m.Method == allMethods || strings.EqualFold(m.Method, r.Method))) {
				apply(m)
			}
		}
	}
	out.caching = out.caching && s.Cache && out.ttl > 0
	return out
}

// throttle refuses requests beyond the limits of a usage plan or the stage.
func (x *exchange) throttle() *failure {
	if x.g.o.Meter == nil {
		return nil
	}
	r := &usage.Request{Stage: x.g.o.APIID + "/" + x.g.o.Stage, Route: x.route.Name(), Setting: x.g.settings[x.route].throttle}
	if k := x.apiKey; k != nil {
		r.Key, r.Plan = k.ID, k.Plan
		if t, ok := k.Methods[x.route.Name()]; ok {
			r.Method = &t
		}
	}
	switch outcome, reason := x.g.o.Meter.Admit(r, x.start); outcome {
	case usage.Throttled:
		f := &failure{kind: kindThrottled, cause: errors.New(reason)}
		if t := r.Setting; x.apiKey == nil && t != nil { // (recorded)
			f.log = fmt.Sprintf("Key throttle limit exceeded for RestApi %s, Stage %s, Resource %s, HttpMethod %s. Limit: %.2f Burst: %d",
				x.g.o.APIID, x.g.o.Stage, x.route.resourceID, x.route.Method, t.Rate, t.Burst)
		}
		return f
	case usage.OverQuota:
		return &failure{kind: kindQuotaExceeded, cause: errors.New(reason)}
	}
	return nil
}

// responses are the responses in a stage's cache. They never change.
type responses = cache.Cache[*clientResponse]

// cached responds from the stage's cache, or else through next, whose response it then caches.
func (x *exchange) cached(next func() (*clientResponse, *failure)) (*clientResponse, *failure) {
	s := x.g.settings[x.route]
	if !s.caching {
		return next()
	}
	key := x.cacheKey()
	fresh, f := x.invalidates()
	if f != nil {
		return nil, f
	}
	if !fresh {
		if a, ok := x.g.cache.Get(key, x.start); ok {
			step := x.begin("cache")
			if step != nil {
				step.Output = "as before, from the cache"
			}
			x.end(step, nil)
			kept := *a
			kept.headers = slices.Clone(a.headers)
			if x.asksFresh() && x.g.o.Settings.Invalidation == InvalidationWarns {
				kept.headers.put("Warning", warning)
			}
			return &kept, nil
		}
	}
	a, f := next()
	if f != nil || a.stream != nil {
		return a, f
	}
	kept := *a
	kept.headers = slices.Clone(a.headers)
	x.g.cache.Put(key, &kept, len(a.body), x.start.Add(s.ttl))
	return a, nil
}

// cacheKey identifies the method and the values of its cache key parameters.
func (x *exchange) cacheKey() string {
	in := x.route.Integration
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", x.method, in.cacheNamespace)
	for _, s := range in.cacheKeys {
		v, ok, _ := x.resolve(s) // of these sources only a body could fail
		fmt.Fprintf(&b, " %t%d:%s", ok, len(v), v)
	}
	return b.String()
}

// asksFresh reports whether the client asks for a response that is not from the cache.
func (x *exchange) asksFresh() bool {
	for directive := range strings.SplitSeq(headerOf(x.r, "Cache-Control"), ",") {
		if strings.EqualFold(strings.TrimSpace(directive), "max-age=0") {
			return true
		}
	}
	return false
}

// invalidates reports whether the request replaces the cached response.
func (x *exchange) invalidates() (bool, *failure) {
	if !x.asksFresh() {
		return false, nil
	}
	strategy := x.g.o.Settings.Invalidation
	if strategy == InvalidationOpen || x.mayInvalidate() {
		return true, nil
	}
	if strategy == InvalidationFails {
		return false, &failure{kind: kindAccessDenied, message: denied, log: deniedLog,
			cause: errors.New("the client asks to invalidate the cache (Cache-Control: max-age=0), and no policy allows it execute-api:InvalidateCache")}
	}
	return false, nil
}

// mayInvalidate reports whether a policy allows the client to invalidate the cache.
func (x *exchange) mayInvalidate() bool {
	r := x.policyRequest()
	r.Action = policy.InvalidateCache
	decisions := []policy.Decision{policy.ImplicitDeny}
	if x.caller != nil {
		decisions = append(decisions, policy.Allow) // a user's own policies allow everything: GW-43
	}
	if x.granted != nil {
		decisions = append(decisions, x.granted.Decide(r))
	}
	if p := x.g.api.Policy; p != nil {
		decisions = append(decisions, p.Decide(r))
	}
	return slices.Contains(decisions, policy.Allow) && !slices.Contains(decisions, policy.ExplicitDeny)
}

// newCanary makes the gateway that takes the canary's share: the same API with other stage
// variables.
func (g *Gateway) newCanary(doc *Document) error {
	c := g.o.Settings.Canary
	if c == nil {
		return nil
	}
	o := g.o
	o.StageVariables = maps.Clone(o.StageVariables)
	if o.StageVariables == nil {
		o.StageVariables = map[string]string{}
	}
	maps.Copy(o.StageVariables, c.StageVariables)
	o.Settings.Canary = nil
	canary, err := New(doc, o)
	if err != nil {
		return err
	}
	g.canary, canary.release, g.release = canary, canaryRelease, stableRelease
	if c.StageCache {
		canary.cache = g.cache
	}
	return nil
}

// release names the side of a canary deployment.
type release uint8

const (
	onlyRelease release = iota // there is no canary
	stableRelease
	canaryRelease
)

// forRequest returns the gateway for the next request: the canary gets its share of every
// hundred, evenly spread.
func (g *Gateway) forRequest() *Gateway {
	if g.canary == nil {
		return g
	}
	const parts = 1_000_000
	share := uint64(math.Round(g.o.Settings.Canary.Percent * parts / 100))
	n := g.requests.Add(1)
	if n*share/parts > (n-1)*share/parts {
		return g.canary
	}
	return g
}
