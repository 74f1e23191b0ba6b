package gateway

import (
	"errors"
	"fmt"
	"strings"

	"example.com/guessing-game/src/apigw/vtl/java"
)

// StandIn takes the place of an authorizer, so that requests get past one that cannot run here: it asks nobody and lets everybody in.
type StandIn struct {
	// Authorizer is what $context.authorizer holds then, a JSON object: {"claims":{…}} of a user pool, the context and the principalId
	// of a Lambda authorizer; for AWS_IAM, members of $context.identity. Values are scalars. Empty: nothing.
	Authorizer []byte
	// Token takes the claims from the JWT that the client sends, without checking it; a request without one is answered 401. It is for
	// user pools.
	Token bool
}

// AllAuthorizers is the name in Options.Authorizers that stands for those not named there.
const AllAuthorizers = "*"

// LetPast is o with a stand-in for every authorizer that has none, for who plays a function and has no authorizer's to play.
func (o Options) LetPast() Options {
	all := map[string]StandIn{AllAuthorizers: {}}
	for name, s := range o.Authorizers {
		all[name] = s
	}
	o.Authorizers = all
	return o
}

// StoodIn says whether a stand-in takes the authorizer's place.
func (a *Authorizer) StoodIn() bool { return a.standIn != nil }

// standIn lets a request past.
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

// localKey is the API key of who has none to show.
const localKey = "local"

// standInMap reads what a stand-in says of $context.authorizer.
func standInMap(data []byte) (*java.Map, error) {
	if len(data) == 0 {
		return nil, nil
	}
	if len(data) > maxAuthorization {
		return nil, fmt.Errorf("it has %d bytes, at most %d are taken", len(data), maxAuthorization)
	}
	v, err := java.DecodeJSON(data)
	if err != nil {
		return nil, err
	}
	m, ok := v.(*java.Map)
	if !ok {
		return nil, errors.New("it is no object")
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
			return nil, fmt.Errorf("%v is a list; only texts, numbers and booleans are allowed", k)
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
