package sam

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"example.com/guessing-game/src/apigw/document"
)

// APIKey is an AWS::ApiGateway::ApiKey, or one that SAM creates for a UsagePlan of Auth.
type APIKey struct {
	ID      string // logical ID
	Value   string // empty if AWS generates one
	Enabled bool
	Plans   []string   // logical IDs of the usage plans it belongs to
	Stages  []APIStage // its own, from StageKeys
	Pos     document.Position
}

// APIStage is a stage of an API, by the API's RestAPIID.
type APIStage struct{ API, Stage string }

// UsagePlan is an AWS::ApiGateway::UsagePlan, or one that SAM creates.
type UsagePlan struct {
	ID       string
	Stages   []PlanStage
	Throttle *Throttle
	Quota    *Quota
	Pos      document.Position
}

// PlanStage is a stage that a usage plan lets keys into.
type PlanStage struct {
	APIStage
	Methods map[string]Throttle // limits of single methods, by "METHOD /path"
}

// Throttle is a rate per second and a burst.
type Throttle struct {
	Rate  float64
	Burst int64
}

// Quota is how many requests are allowed in a period: DAY, WEEK or MONTH.
type Quota struct {
	Limit  int64
	Offset int
	Period string
}

// usage reads the API keys and usage plans of the template, including those that SAM creates.
func (r *resolver) usage(order []*resource, apis []*API) (keys []*APIKey, plans []*UsagePlan, ps document.Problems) {
	for _, res := range order {
		b := &apiReader{resolver: r, res: res, order: order}
		switch res.kind {
		case "AWS::ApiGateway::ApiKey":
			k := &APIKey{ID: res.id, Pos: r.files.pos(res.key), Value: r.plain(document.Get(res.properties, "Value"))}
			k.Enabled = r.plain(document.Get(res.properties, "Enabled")) == "true"
			for _, s := range document.Items(document.Get(res.properties, "StageKeys")) {
				k.Stages = append(k.Stages, APIStage{r.plain(document.Get(s, "RestApiId")), r.plain(document.Get(s, "StageName"))})
			}
			keys = append(keys, k)
		case "AWS::ApiGateway::UsagePlan":
			p := &UsagePlan{ID: res.id, Pos: r.files.pos(res.key)}
			for _, s := range document.Items(document.Get(res.properties, "ApiStages")) {
				stage := PlanStage{APIStage: APIStage{r.plain(document.Get(s, "ApiId")), r.plain(document.Get(s, "Stage"))}, Methods: map[string]Throttle{}}
				for k, v := range document.Pairs(document.Get(s, "Throttle")) {
					if t := b.throttle(v, "RateLimit", "BurstLimit"); t != nil {
						stage.Methods[planMethod(k.Value)] = *t
					}
				}
				p.Stages = append(p.Stages, stage)
			}
			p.Throttle = b.throttle(document.Get(res.properties, "Throttle"), "RateLimit", "BurstLimit")
			p.Quota = b.quota(document.Get(res.properties, "Quota"))
			plans = append(plans, p)
		}
		ps = append(ps, b.problems...)
	}
	for _, res := range order {
		if res.kind != "AWS::ApiGateway::UsagePlanKey" {
			continue
		}
		key, plan := r.plain(document.Get(res.properties, "KeyId")), r.plain(document.Get(res.properties, "UsagePlanId"))
		for _, k := range keys {
			if k.ID == key {
				k.Plans = append(k.Plans, plan)
			}
		}
	}
	madeKeys, madePlans, more := r.samUsage(order, apis)
	return append(keys, madeKeys...), append(plans, madePlans...), append(ps, more...)
}

// The names of what SAM creates for all APIs whose UsagePlan is SHARED.
const (
	sharedPlan = "ServerlessUsagePlan"
	sharedKey  = "ServerlessApiKey"
)

// samUsage creates the plans and keys of Auth.UsagePlan: one for each API (PER_API), or one for
// all that share it (SHARED).
func (r *resolver) samUsage(order []*resource, apis []*API) (keys []*APIKey, plans []*UsagePlan, ps document.Problems) {
	if r.implicit != nil {
		order = append(order[:len(order):len(order)], r.implicit)
	}
	var shared *UsagePlan
	for _, res := range order {
		n := document.Get(res.properties, "Auth", "UsagePlan")
		if res.kind != "AWS::Serverless::Api" || n == nil {
			continue
		}
		b := &apiReader{resolver: r, res: res, order: order}
		stage := APIStage{API: idHash(res.id)}
		for _, a := range apis {
			if a.ID == res.id {
				stage.Stage = a.Stage
			}
		}
		var p *UsagePlan
		key := res.id + "ApiKey"
		switch create := r.plain(document.Get(n, "CreateUsagePlan")); create {
		case "NONE":
			continue
		case "SHARED":
			if shared == nil {
				shared = &UsagePlan{ID: sharedPlan, Pos: r.files.pos(n)}
				plans = append(plans, shared)
				keys = append(keys, &APIKey{ID: sharedKey, Enabled: true, Plans: []string{sharedPlan}, Pos: r.files.pos(n)})
			}
			p, key = shared, ""
		case "PER_API":
			p = &UsagePlan{ID: res.id + "UsagePlan", Pos: r.files.pos(n)}
			plans = append(plans, p)
		default:
			b.fail(n, "CreateUsagePlan of the UsagePlan of %s is %q; it must be PER_API, SHARED or NONE", res.id, create)
		}
		if p != nil {
			p.Stages = append(p.Stages, PlanStage{APIStage: stage})
			p.Throttle = cmp.Or(b.throttle(document.Get(n, "Throttle"), "RateLimit", "BurstLimit"), p.Throttle)
			p.Quota = cmp.Or(b.quota(document.Get(n, "Quota")), p.Quota)
			if key != "" {
				keys = append(keys, &APIKey{ID: key, Enabled: true, Plans: []string{p.ID}, Pos: r.files.pos(n)})
			}
		}
		ps = append(ps, b.problems...)
	}
	return keys, plans, ps
}

// planMethod converts a method from the form of usage plans, /path/METHOD.
func planMethod(key string) string {
	i := strings.LastIndexByte(key, '/')
	if i < 0 {
		return key
	}
	path := "/" + strings.Trim(key[:i], "/")
	return strings.ToUpper(key[i+1:]) + " " + path
}

// throttle reads a rate and a burst; nil if neither is there, or if -1 removes a limit.
func (b *apiReader) throttle(n *yaml.Node, rateKey, burstKey string) *Throttle {
	if n == nil {
		return nil
	}
	rate, hasRate := b.number(document.Get(n, rateKey))
	burst, hasBurst := b.number(document.Get(n, burstKey))
	switch {
	case !hasRate && !hasBurst, rate < 0, burst < 0:
		return nil
	case !hasRate:
		rate = accountRate
	case !hasBurst:
		burst = accountBurst
	}
	return &Throttle{rate, int64(burst)}
}

// The limits of an account, for a throttle that names only one of the two.
const (
	accountRate  = 10_000
	accountBurst = 5_000
)

// quota reads the quota of a usage plan; nil if there is none.
func (b *apiReader) quota(n *yaml.Node) *Quota {
	limit, ok := b.number(document.Get(n, "Limit"))
	if n == nil || !ok {
		return nil
	}
	q := &Quota{Limit: int64(limit), Period: strings.ToUpper(b.plain(document.Get(n, "Period")))}
	offset, _ := b.number(document.Get(n, "Offset"))
	q.Offset = int(offset)
	most, known := map[string]int{"DAY": 0, "WEEK": 6, "MONTH": 27}[q.Period]
	switch {
	case !known:
		b.fail(n, "the Period of a quota of %s is %q; it must be DAY, WEEK or MONTH", b.res.id, q.Period)
	case q.Offset < 0 || q.Offset > most:
		b.fail(n, "the Offset of a quota of %s is %d; in a %s it must be from 0 to %d", b.res.id, q.Offset, q.Period, most)
	}
	return q
}

// number reads a number that may be written as a string; ok is false if there is none.
func (b *apiReader) number(n *yaml.Node) (v float64, ok bool) {
	if n == nil {
		return 0, false
	}
	text := b.plain(n)
	if text == "" {
		return 0, false
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		b.fail(n, "%s: %q is not a number", b.res.id, text)
		return 0, false
	}
	return v, true
}

// MethodSetting is an entry of a stage's MethodSettings.
type MethodSetting struct {
	Path, Method string // "/*" and "*" for all
	Throttle     *Throttle
	Caching      *bool
	TTL          *int // seconds
}

// Canary is a stage's canary.
type Canary struct {
	Percent        float64
	StageVariables map[string]string
	StageCache     bool
}

// stageSettings reads what a stage, or the SAM API that creates it, says about its methods.
// canary is the property with the canary.
func (b *apiReader) stageSettings(a *API, properties *yaml.Node, canary string) {
	a.CacheCluster = b.plain(document.Get(properties, "CacheClusterEnabled")) == "true"
	settings, ps := b.resolve(orEmpty(document.Get(properties, "MethodSettings"), b.res.key))
	b.problems = append(b.problems, ps...)
	for _, n := range document.Items(settings) {
		s := MethodSetting{Path: settingPath(b.plain(document.Get(n, "ResourcePath"))), Method: cmp.Or(b.plain(document.Get(n, "HttpMethod")), "*")}
		s.Throttle = b.throttle(n, "ThrottlingRateLimit", "ThrottlingBurstLimit")
		if v := b.plain(document.Get(n, "CachingEnabled")); v != "" {
			on := v == "true"
			s.Caching = &on
		}
		if ttl, ok := b.number(document.Get(n, "CacheTtlInSeconds")); ok {
			seconds := int(ttl)
			s.TTL = &seconds
			if seconds < 0 || seconds > 3600 {
				b.fail(n, "CacheTtlInSeconds of %s is %d; it must be from 0 to 3600", b.res.id, seconds)
			}
		}
		a.MethodSettings = append(a.MethodSettings, s)
	}
	c := document.Get(properties, canary)
	if c == nil {
		return
	}
	a.Canary = &Canary{StageCache: b.plain(document.Get(c, "UseStageCache")) == "true", StageVariables: map[string]string{}}
	a.Canary.Percent, _ = b.number(document.Get(c, "PercentTraffic"))
	if a.Canary.Percent < 0 || a.Canary.Percent > 100 {
		b.fail(c, "PercentTraffic of the canary of %s is %g; it must be from 0 to 100", b.res.id, a.Canary.Percent)
	}
	for k, v := range document.Pairs(document.Get(c, "StageVariableOverrides")) {
		a.Canary.StageVariables[k.Value] = b.plain(v)
	}
}

// settingPath is the path of a method setting, in which every slash but the first is written ~1.
func settingPath(text string) string {
	switch text {
	case "", "/*":
		return "/*"
	}
	path := strings.ReplaceAll(strings.TrimPrefix(text, "/"), "~1", "/")
	return "/" + strings.Trim(path, "/")
}

// String describes the plan's limits to people.
func (p *UsagePlan) String() string {
	var limits []string
	if p.Throttle != nil {
		limits = append(limits, fmt.Sprintf("%g a second, burst %d", p.Throttle.Rate, p.Throttle.Burst))
	}
	if p.Quota != nil {
		limits = append(limits, fmt.Sprintf("%d a %s", p.Quota.Limit, strings.ToLower(p.Quota.Period)))
	}
	return strings.Join(limits, ", ")
}
