package gateway

import (
	"errors"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"

	"example.com/guessing-game/src/apigw/document"
	"example.com/guessing-game/src/apigw/gateway/policy"
)

// ResourcePolicy is the name in Options.Authorizers for the resource policy of an API.
const ResourcePolicy = "RESOURCE_POLICY"

// knownKeys are the condition keys whose values are known here: for every request, and for one that
// a user has signed.
var knownKeys = map[string]bool{
	"aws:currenttime": true, "aws:epochtime": true, "aws:securetransport": true, "aws:sourceip": true, "aws:useragent": true, "aws:referer": true,
	"aws:principalarn": true, "aws:principalaccount": true, "aws:principaltype": true, "aws:username": true, "aws:userid": true,
}

// resourcePolicy reads x-amazon-apigateway-policy. A policy that refers to anything unknown here is
// refused rather than half applied.
func (l *loader) resourcePolicy(n *yaml.Node) {
	if n == nil || document.IsNull(n) {
		return
	}
	for _, name := range []string{ResourcePolicy, AllAuthorizers} {
		if _, off := l.o.Authorizers[name]; off {
			return
		}
	}
	if n.Kind == yaml.ScalarNode && text(n) == "" {
		return
	}
	data, err := document.JSON(n)
	var p *policy.Policy
	if n.Kind == yaml.ScalarNode {
		err = errors.New(text(n)) // why
	}
	if err == nil {
		p, err = policy.ParseResource(data, fmt.Sprintf("arn:aws:execute-api:%s:%s:%s", l.o.Region, l.o.AccountID, l.o.APIID))
	}
	const fix = "let requests past it with --authorizer " + ResourcePolicy + "=off"
	if err != nil {
		l.unsupported(l.doc.at(n), "", fmt.Sprintf("the resource policy cannot be applied: %v", err), "correct it, or "+fix)
		return
	}
	var unknown []string
	for _, key := range p.Keys() {
		if !knownKeys[key] {
			unknown = append(unknown, key)
		}
	}
	if len(unknown) > 0 {
		l.unsupported(l.doc.at(n), "", fmt.Sprintf("the resource policy refers to %s, which is not known here", strings.Join(unknown, " and ")), fix)
		return
	}
	if !p.Empty() {
		l.api.Policy = p
	}
}
