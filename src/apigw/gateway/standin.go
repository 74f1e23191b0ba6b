package gateway

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

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

// claimsOf reads the claims of a JWT without checking who signed it. They are texts, as the service has them: of a list its elements,
// of exp and iat the date.
func claimsOf(token string) (*java.Map, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil, errors.New("there is none")
	}
	data, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return nil, errors.New("it is not Base64")
	}
	v, err := java.DecodeJSON(data)
	m, ok := v.(*java.Map)
	if err != nil || !ok {
		return nil, errors.New("its claims are no JSON object")
	}
	return claimTexts(m), nil
}

func claimTexts(m *java.Map) *java.Map {
	claims := java.NewOpaqueMap(m.Len())
	for k, v := range m.All() {
		switch v := v.(type) {
		case *java.List:
			var parts []string
			for i := range v.Len() {
				parts = append(parts, mappedText(v.At(i)))
			}
			claims.Put(k, strings.Join(parts, ","))
		case nil:
		default:
			text := mappedText(v)
			if seconds, err := strconv.ParseInt(text, 10, 64); err == nil && (k == "exp" || k == "iat") {
				text = time.Unix(seconds, 0).UTC().Format("Mon Jan 02 15:04:05 UTC 2006")
			}
			claims.Put(k, text)
		}
	}
	return claims
}

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
