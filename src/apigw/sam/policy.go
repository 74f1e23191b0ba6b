package sam

import (
	"regexp"
	"strings"

	"go.yaml.in/yaml/v4"

	"example.com/guessing-game/src/apigw/document"
)

// policyKey is the member of a document that holds the resource policy of its API.
const policyKey = "x-amazon-apigateway-policy"

// resourcePolicy writes the Policy of an AWS::ApiGateway::RestApi, or what SAM makes of a
// ResourcePolicy, into the document.
func (b *apiReader) resourcePolicy(n *yaml.Node) {
	if n == nil {
		return
	}
	v, why := b.resolvePolicy(n)
	switch {
	case why != "":
		document.Put(b.body, policyKey, document.Scalar(n, why))
	case v != nil:
		document.Put(b.body, policyKey, v)
	}
}

// resolvePolicy resolves a policy. A policy with a value that is known only once deployed is left
// out, and why gives the reason.
func (r *resolver) resolvePolicy(n *yaml.Node) (v *yaml.Node, why string) {
	var ps document.Problems
	met := r.standIns(func() { v, ps = r.resolve(n) })
	switch {
	case len(ps) > 0:
		return nil, ps[0].Reason
	case len(met) > 0:
		return nil, met[0].Of + " " + met[0].Why
	}
	return v, ""
}

var samVariable = regexp.MustCompile(`\{[^{}]*\}`)

// policyURI is a method as SAM writes it in a resource policy, with * for each path parameter,
// but for all stages: --stage renames it.
func policyURI(method, path string) string {
	method = strings.ToUpper(method)
	if method == "ANY" || strings.EqualFold(method, "x-amazon-apigateway-any-method") {
		method = "*"
	}
	return "execute-api:/*/" + method + samVariable.ReplaceAllString(path, "*")
}

// addPolicy adds to the resource policy what SAM makes of a ResourcePolicy property for methods, as
// add_resource_policy of its translator does.
func (b *apiReader) addPolicy(n *yaml.Node, uris []string) {
	if n == nil || len(uris) == 0 {
		return
	}
	v, why := b.resolvePolicy(n)
	if why != "" {
		document.Put(b.body, policyKey, document.Scalar(n, why))
		return
	}
	policy := document.Get(b.body, policyKey)
	if policy == nil || policy.Kind != yaml.MappingNode {
		if policy != nil {
			return // it has a value that cannot be resolved, and is rejected for that
		}
		policy = document.Mapping(n, "Version", "2012-10-17", "Statement", document.Sequence(n))
		document.Put(b.body, policyKey, policy)
	}
	statements := document.Get(policy, "Statement")
	resources := document.Sequence(n)
	for _, uri := range uris {
		resources.Content = append(resources.Content, document.Scalar(n, uri))
	}
	add := func(effect string, principal, condition any) {
		s := document.Mapping(n, "Effect", effect, "Action", "execute-api:Invoke", "Resource", resources, "Principal", principal)
		if condition != nil {
			document.Put(s, "Condition", condition.(*yaml.Node))
		}
		statements.Content = append(statements.Content, s)
	}
	list := func(names ...string) *yaml.Node {
		all := document.Sequence(n)
		for _, name := range names {
			if v := document.Get(v, name); v != nil && v.Kind == yaml.ScalarNode {
				all.Content = append(all.Content, v)
			} else {
				all.Content = append(all.Content, document.Items(v)...)
			}
		}
		if len(all.Content) == 0 {
			return nil
		}
		return all
	}
	open := func(operator string, keys ...any) {
		add("Allow", "*", nil)
		add("Deny", "*", document.Mapping(n, operator, document.Mapping(n, keys...)))
	}
	if custom := document.Get(v, "CustomStatements"); custom != nil {
		if custom.Kind == yaml.SequenceNode {
			statements.Content = append(statements.Content, custom.Content...)
		} else {
			statements.Content = append(statements.Content, custom)
		}
	}
	if accounts := list("AwsAccountWhitelist"); accounts != nil {
		add("Allow", document.Mapping(n, "AWS", accounts), nil)
	}
	if accounts := list("AwsAccountBlacklist"); accounts != nil {
		add("Deny", document.Mapping(n, "AWS", accounts), nil)
	}
	if ranges := list("IpRangeWhitelist"); ranges != nil {
		open("NotIpAddress", "aws:SourceIp", ranges)
	}
	if ranges := list("IpRangeBlacklist"); ranges != nil {
		open("IpAddress", "aws:SourceIp", ranges)
	}
	for operator, names := range map[string][2][]string{
		"StringNotEquals": {{"IntrinsicVpcWhitelist"}, {"IntrinsicVpceWhitelist"}},
		"StringEquals":    {{"IntrinsicVpcBlacklist"}, {"IntrinsicVpceBlacklist"}},
	} {
		kind := strings.TrimSuffix(strings.TrimPrefix(names[0][0], "IntrinsicVpc"), "list")
		vpcs, endpoints := list(names[0]...), list(names[1]...)
		for _, source := range document.Items(list("SourceVpc" + kind + "list")) { // ids of both kinds
			target := &vpcs
			if strings.HasPrefix(source.Value, "vpce-") {
				target = &endpoints
			}
			if *target == nil {
				*target = document.Sequence(n)
			}
			(*target).Content = append((*target).Content, source)
		}
		var keys []any
		if vpcs != nil {
			keys = append(keys, "aws:SourceVpc", vpcs)
		}
		if endpoints != nil {
			keys = append(keys, "aws:SourceVpce", endpoints)
		}
		if keys != nil {
			open(operator, keys...)
		}
	}
}
