package project

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"example.com/guessing-game/src/apigw/cli"
	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/gateway/usage"
	"example.com/guessing-game/src/apigw/sam"
)

const apiKeyUsage = "the value of an API key, as `ID=VALUE`: of a key of the template by its logical ID, or of one more; repeat for each"

// usagePlans are the usage plans of a project, and the meter that counts for them.
type usagePlans struct {
	given map[string]string // values of API keys, by ID
	meter usage.Meter
	plans map[string]*usage.Plan
}

// plan returns a usage plan for the meter, the same one each time.
func (u *usagePlans) plan(p *sam.UsagePlan) *usage.Plan {
	if u.plans == nil {
		u.plans = map[string]*usage.Plan{}
	}
	if u.plans[p.ID] == nil {
		plan := &usage.Plan{ID: p.ID, Throttle: throttle(p.Throttle)}
		if q := p.Quota; q != nil {
			plan.Quota = &usage.Quota{Limit: q.Limit, Offset: q.Offset, Period: usage.Period(q.Period)}
		}
		u.plans[p.ID] = plan
	}
	return u.plans[p.ID]
}

func throttle(t *sam.Throttle) *usage.Throttle {
	if t == nil {
		return nil
	}
	return &usage.Throttle{Rate: t.Rate, Burst: t.Burst}
}

// Key is an API key for an API, and whether its value was generated.
type Key struct {
	gateway.APIKey
	Made bool
}

// headerSource is the default source of API keys; with any other, an authorizer supplies the key.
const headerSource = "HEADER"

// apiKeys returns the keys of an API. If the template has none for it, one is generated, unless the
// authorizer supplies the key. They are nil if any key will do, or no method requires one.
func (a *API) apiKeys(o gateway.Options) ([]Key, error) {
	if !mentions(a.Document, "x-api-key") {
		return nil, nil
	}
	loaded, _ := gateway.Load(a.Doc, o) // its problems are reported when it is served
	if !slices.ContainsFunc(loaded.Routes, func(r *gateway.Route) bool { return r.APIKeyRequired }) {
		return nil, nil
	}
	var keys []Key
	used := map[string]bool{}
	for _, k := range a.project.APIKeys {
		value, made := cmp.Or(a.project.usage.given[k.ID], k.Value), false
		if value == "" {
			local, err := a.project.Pools.Open()
			if err != nil {
				return nil, err
			}
			value, made = local.APIKey(k.ID), true
		}
		used[k.ID] = true
		keys = append(keys, Key{a.keyOf(k, value), made})
	}
	for id, value := range a.project.usage.given {
		if !used[id] {
			keys = append(keys, Key{gateway.APIKey{ID: id, Value: value}, false})
		}
	}
	if len(keys) > 0 || loaded.APIKeyFrom != headerSource {
		return keys, nil
	}
	local, err := a.project.Pools.Open()
	if err != nil {
		return nil, err
	}
	return []Key{{gateway.APIKey{ID: "local", Value: local.APIKey(a.ID)}, true}}, nil
}

// keyOf returns a key of the template as this API accepts it.
func (a *API) keyOf(k *sam.APIKey, value string) gateway.APIKey {
	key := gateway.APIKey{ID: k.ID, Value: value}
	is := func(s sam.APIStage) bool {
		return (s.API == "" || s.API == a.RestAPIID) && (s.Stage == "" || s.Stage == a.deployed)
	}
	if !k.Enabled {
		key.Refused = fmt.Sprintf("the API key %s is not enabled: write Enabled: true", k.ID)
		return key
	}
	for _, p := range a.project.UsagePlans {
		if !slices.Contains(k.Plans, p.ID) {
			continue
		}
		for _, s := range p.Stages {
			if is(s.APIStage) {
				key.Plan, key.Methods = a.project.usage.plan(p), map[string]usage.Throttle{}
				for method, t := range s.Methods {
					key.Methods[method] = *throttle(&t)
				}
				return key
			}
		}
	}
	if !slices.ContainsFunc(k.Stages, is) {
		key.Refused = fmt.Sprintf("the API key %s belongs to no usage plan that has the stage %s of %s: AWS::ApiGateway::UsagePlanKey joins a key to a plan, whose ApiStages name the stage", k.ID, a.deployed, a.ID)
	}
	return key
}

// mentions reports whether a tree contains a scalar with this value, whatever its case.
func mentions(n *yaml.Node, value string) bool {
	if n == nil {
		return false
	}
	return n.Kind == yaml.ScalarNode && strings.EqualFold(n.Value, value) || slices.ContainsFunc(n.Content, func(c *yaml.Node) bool { return mentions(c, value) })
}

// Limit gives an API's options its keys, limits and the settings of its stage. With
// --no-throttling, no rate limits a request; quotas still do.
func (o *Source) Limit(a *API, options *gateway.Options) ([]Key, error) {
	invalidation, err := parseInvalidation(o.invalidation)
	if err != nil {
		return nil, err
	}
	keys, err := a.apiKeys(*options)
	if err != nil {
		return nil, err
	}
	if o.noThrottling {
		for i := range keys {
			keys[i].Methods = nil
			if keys[i].Plan != nil {
				keys[i].Plan.Throttle = nil
			}
		}
	}
	for _, k := range keys {
		options.APIKeys = append(options.APIKeys, k.APIKey)
	}
	options.Meter = &a.project.usage.meter
	options.Settings = gateway.StageSettings{Cache: a.CacheCluster, Invalidation: invalidation}
	for _, s := range a.MethodSettings {
		m := gateway.MethodSetting{Path: s.Path, Method: s.Method, Throttle: throttle(s.Throttle), Caching: s.Caching}
		if o.noThrottling {
			m.Throttle = nil
		}
		if s.TTL != nil {
			ttl := time.Duration(*s.TTL) * time.Second
			m.TTL = &ttl
		}
		options.Settings.Methods = append(options.Settings.Methods, m)
	}
	if c := a.Canary; c != nil {
		options.Settings.Canary = &gateway.Canary{Percent: c.Percent, StageVariables: c.StageVariables, StageCache: c.StageCache}
	}
	return keys, nil
}

// parseInvalidation reads --cache-invalidation.
func parseInvalidation(text string) (gateway.Invalidation, error) {
	switch text {
	case "warn":
		return gateway.InvalidationWarns, nil
	case string(gateway.InvalidationFails), string(gateway.InvalidationIgnore), string(gateway.InvalidationOpen):
		return gateway.Invalidation(text), nil
	}
	return "", cli.Usagef("--cache-invalidation %q: it must be warn, 403, ignore or open", text)
}
