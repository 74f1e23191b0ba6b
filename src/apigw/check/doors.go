package check

import (
	"fmt"
	"slices"
	"strings"

	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/sam"
)

// doors checks who may call the methods: open methods among protected ones, keys that admit
// nobody, and scopes that no token grants.
func (c *checker) doors() {
	guarded := 0
	for _, r := range c.loaded.Routes {
		if r.Method != "OPTIONS" && r.Authorizer != nil {
			guarded++
		}
	}
	for _, r := range c.loaded.Routes {
		if r.Method != "OPTIONS" && guarded > 0 && r.Authorizer == nil && !r.APIKeyRequired && !r.Open {
			c.add("method-open", r.Position, r.Name(), fmt.Sprintf("anyone may call the method, while %d of the API's methods have an authorizer", guarded),
				"name the authorizer in security, or write security: [] (SAM: Authorizer: NONE) to say that this is intended")
		}
		c.scopes(r)
	}
	c.plans()
}

// standardScopes are those that access tokens of every user pool may have.
var standardScopes = []string{"openid", "email", "phone", "profile", "aws.cognito.signin.user.admin"}

// scopes looks for authorization scopes that no resource server of the authorizer's user pool
// defines.
func (c *checker) scopes(r *gateway.Route) {
	if r.Authorizer == nil || len(r.Scopes) == 0 {
		return
	}
	has := slices.Clone(standardScopes)
	for _, arn := range r.Authorizer.ProviderARNs {
		i := slices.IndexFunc(c.template.UserPools, func(p *sam.UserPool) bool { return p.ARN == arn })
		if i < 0 || c.template.UserPools[i].OpenScopes {
			return // a pool that the template does not fully describe
		}
		has = append(has, c.template.UserPools[i].Scopes...)
	}
	for _, s := range r.Scopes {
		if !slices.Contains(has, s) {
			c.add("scope-unknown", r.Position, r.Name(), fmt.Sprintf("no token of the user pool can have the scope %q: no AWS::Cognito::UserPoolResourceServer defines it", s),
				"define it, or write one of "+strings.Join(has, ", "))
		}
	}
}

// plans looks for a usage plan if methods require an API key in a header: without one every key
// gets 403.
func (c *checker) plans() {
	if c.template.Standalone || c.loaded.APIKeyFrom != "HEADER" {
		return
	}
	i := slices.IndexFunc(c.loaded.Routes, func(r *gateway.Route) bool { return r.APIKeyRequired })
	if i < 0 {
		return
	}
	is := func(s sam.APIStage) bool { return s.API == "" || s.API == c.api.RestAPIID }
	for _, p := range c.template.UsagePlans {
		if slices.ContainsFunc(p.Stages, func(s sam.PlanStage) bool { return is(s.APIStage) }) {
			return
		}
	}
	for _, k := range c.template.APIKeys {
		if slices.ContainsFunc(k.Stages, is) {
			return
		}
	}
	r := c.loaded.Routes[i]
	c.add("key-without-plan", r.Position, r.Name(), "the method asks for an API key, but no usage plan of the template has the API's stage, so that every key gets 403",
		"add an AWS::ApiGateway::UsagePlan with the stage in ApiStages and an AWS::ApiGateway::UsagePlanKey; of a SAM API, Auth: {UsagePlan: {CreateUsagePlan: PER_API}}")
}
