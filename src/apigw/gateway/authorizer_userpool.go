package gateway

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"example.com/guessing-game/src/apigw/gateway/userpool"
	"example.com/guessing-game/src/apigw/vtl/java"
)

// expiredToken is the message for a client whose user pool token has expired.
const expiredToken = "The incoming token has expired"

// askUserPool admits a request that has a token of one of the authorizer's user pools. Its claims
// become $context.authorizer.claims.
func (x *exchange) askUserPool(a *Authorizer, s *Step) *failure {
	source := a.sources[0]
	token := strings.TrimSpace(headerOf(x.r, source.name))
	if token == "" {
		return x.unauthorized(fmt.Errorf("the request has no %s, where the authorizer %s looks for a token%s", source.plain(), a.Name, x.ofPreflight()))
	}
	payload, claims, refusal := userpool.Verify(x.ctx, a.pools, token, x.route.Scopes, x.start)
	if refusal != nil {
		f := x.unauthorized(fmt.Errorf("the authorizer %s refuses the token: %w", a.Name, refusal))
		switch {
		case refusal.Expired:
			f.message = expiredToken
		case refusal.Scope: // GW-28
			f = &failure{kind: kindAccessDenied, message: denied, log: deniedLog, cause: f.cause}
		}
		return f
	}
	if a.validation != nil {
		if ok, err := a.validation.Matches(string(claims.Audience)); err != nil || !ok || claims.Audience == "" {
			return x.unauthorized(fmt.Errorf("the authorizer %s refuses the token: its aud is %q, which the identityValidationExpression %q does not match", a.Name, claims.Audience, a.validation))
		}
	}
	m, err := claimMap(payload)
	if err != nil {
		return x.unauthorized(fmt.Errorf("the authorizer %s refuses the token: %w", a.Name, err))
	}
	x.authorizer = java.NewOpaqueMap(1)
	x.authorizer.Put("claims", m)
	if s != nil {
		s.Output = "a token of " + claims.Issuer
	}
	return nil
}

// claimsOf reads the claims of a JWT without checking who signed it. They are strings, as in the
// service: lists become their elements, exp and iat dates.
func claimsOf(token string) (*java.Map, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil, errors.New("there is none")
	}
	data, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return nil, errors.New("it is not Base64")
	}
	return claimMap(data)
}

// claimMap reads claims, a JSON object.
func claimMap(data []byte) (*java.Map, error) {
	v, err := java.DecodeJSON(data)
	m, ok := v.(*java.Map)
	if err != nil || !ok {
		return nil, errors.New("its claims are not a JSON object")
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
