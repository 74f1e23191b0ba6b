package gateway

import (
	"errors"
	"fmt"
	"strings"

	"example.com/guessing-game/src/apigw/vtl/java"
)

// StandIn replaces an authorizer that cannot run here: it calls nothing and admits every request.
type StandIn struct {
	// Authorizer is the content of $context.authorizer, a JSON object: {"claims":{…}} for a user
	// pool, the context and the principalId for a Lambda authorizer; for AWS_IAM, members of
	// $context.identity. Values are scalars. Empty: nothing.
	Authorizer []byte
	// Token takes the claims from the JWT that the client sends, without verifying it; a request
	// without one gets 401. It is for user pools.
	Token bool
}

// AllAuthorizers is the name in Options.Authorizers for all authorizers not named there.
const AllAuthorizers = "*"

// LetPast returns o with a stand-in for every authorizer that has none, with any API key and
// without limits, for callers that provide a function's result but no authorizer's.
func (o Options) LetPast() Options {
	all := map[string]StandIn{AllAuthorizers: {}}
	for name, s := range o.Authorizers {
		all[name] = s
	}
	o.Authorizers, o.APIKeys, o.Meter, o.Settings = all, nil, nil, StageSettings{}
	return o
}

// StoodIn reports whether a stand-in replaces the authorizer.
func (a *Authorizer) StoodIn() bool { return a.standIn != nil }

// standIn admits a request.
func (x *exchange) standIn(a *Authorizer) *failure {
	x.usageKey = localKey
	if !a.standIn.Token {
		if a.standInMap != nil {
			x.authorizer = copyOpaque(a.standInMap)
		}
		return nil
	}
	token := strings.TrimSpace(headerOf(x.r, a.sources[0].name))
	if scheme, rest, ok := strings.Cut(token, " "); ok && strings.EqualFold(scheme, "Bearer") {
		token = rest
	}
	claims, err := claimsOf(token)
	if err != nil {
		return x.unauthorized(fmt.Errorf("the authorizer %s takes the claims of the JWT in %s: %w", a.Name, a.sources[0].expression, err))
	}
	x.authorizer = java.NewOpaqueMap(1)
	x.authorizer.Put("claims", claims)
	return nil
}

// localKey is the API key of a client that sends none.
const localKey = "local"

// standInMap reads what a stand-in provides for $context.authorizer.
func standInMap(data []byte) (*java.Map, error) {
	if len(data) == 0 {
		return nil, nil
	}
	if len(data) > maxAuthorization {
		return nil, fmt.Errorf("it has %d bytes; at most %d are accepted", len(data), maxAuthorization)
	}
	v, err := java.DecodeJSON(data)
	if err != nil {
		return nil, err
	}
	m, ok := v.(*java.Map)
	if !ok {
		return nil, errors.New("it is not an object")
	}
	out := java.NewOpaqueMap(m.Len())
	for k, v := range m.All() {
		switch v := v.(type) {
		case *java.Map:
			if k != "claims" {
				return nil, fmt.Errorf("%v is an object; only claims can be one", k)
			}
			out.Put(k, claimTexts(v))
		case *java.List:
			return nil, fmt.Errorf("%v is a list; only strings, numbers and booleans are allowed", k)
		case nil:
		default:
			out.Put(k, java.String(v))
		}
	}
	return out, nil
}

// copyOpaque copies a map that requests share, since templates may write to theirs.
func copyOpaque(m *java.Map) *java.Map {
	c := java.NewOpaqueMap(m.Len())
	for k, v := range m.All() {
		if inner, ok := v.(*java.Map); ok {
			v = copyOpaque(inner)
		}
		c.Put(k, v)
	}
	return c
}
