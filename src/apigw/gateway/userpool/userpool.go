// Package userpool verifies the tokens of Amazon Cognito user pools as API Gateway does, and signs
// tokens of pools that exist on this machine only. The cryptography is go-jose's.
//
// A token is accepted if one of the pool's keys has signed it by RS256, the pool has issued it,
// it has not expired, it is meant for a client of the pool, and it is of the right use: an access
// token with one of the scopes that the method requires, or, if the method requires none, an ID
// token. See
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-enable-cognito-user-pool.html
// and
// https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html.
package userpool

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/go-jose/go-jose/v4"
)

// Pool describes a user pool's tokens.
type Pool struct {
	// Issuer is the claim iss of its tokens.
	Issuer string
	// Clients are the ids of its app clients; if there are none, tokens for any client are
	// accepted.
	Clients []string
	Keys    Keys
}

// Keys finds a public key by its id (kid). The error says why there is no such key.
type Keys interface {
	Key(ctx context.Context, id string) (*jose.JSONWebKey, error)
}

// Refusal says why a token is not accepted.
type Refusal struct {
	Reason  string // for the owner of the API
	Expired bool   // the token was valid until it expired, which the message for the client says
	Scope   bool   // the token is valid, but has none of the required scopes
}

func (r *Refusal) Error() string { return r.Reason }

func refusef(format string, args ...any) *Refusal {
	return &Refusal{Reason: fmt.Sprintf(format, args...)}
}

// The uses of tokens, their claim token_use.
const (
	IDToken     = "id"
	AccessToken = "access"
)

// algorithms are those that user pools sign with. No other is accepted, whatever a token's header
// says.
var algorithms = []jose.SignatureAlgorithm{jose.RS256}

// Claims are those that decide on a token.
type Claims struct {
	Issuer   string   `json:"iss"`
	Expires  seconds  `json:"exp"`
	Use      string   `json:"token_use"`
	Audience audience `json:"aud"`       // the client, of an ID token
	Client   string   `json:"client_id"` // the client, of an access token
	Scope    string   `json:"scope"`     // separated by spaces, of an access token
}

// seconds is a date in the form of JWT; fractions are ignored.
type seconds int64

func (s *seconds) UnmarshalJSON(b []byte) error {
	var f float64
	if err := json.Unmarshal(b, &f); err != nil {
		return err
	}
	if f != f || math.Abs(f) > 1<<53 {
		return errors.New("not a date")
	}
	*s = seconds(f)
	return nil
}

// audience is one string, or a list of one.
type audience string

func (a *audience) UnmarshalJSON(b []byte) error {
	var list []string
	if json.Unmarshal(b, &list) == nil && len(list) == 1 {
		*a = audience(list[0])
		return nil
	}
	return json.Unmarshal(b, (*string)(a))
}

// Verify verifies a token, with or without "Bearer " before it, against the pool that issued it. It
// returns the token's claims, a JSON object, and the parsed ones. The token must have one of
// scopes; without scopes it must be an ID token.
func Verify(ctx context.Context, pools []*Pool, token string, scopes []string, now time.Time) ([]byte, *Claims, *Refusal) {
	if scheme, rest, ok := strings.Cut(token, " "); ok && strings.EqualFold(scheme, "Bearer") {
		token = strings.TrimSpace(rest)
	}
	if strings.Count(token, ".") != 2 {
		return nil, nil, refusef("it is not a JWT")
	}
	jws, err := jose.ParseSignedCompact(token, algorithms)
	if err != nil {
		return nil, nil, refusef("it is not a JWT signed by RS256: %v", err)
	}
	// The issuer determines the pool, and thus the keys; the signature then proves that it is
	// genuine.
	var unverified Claims
	if err := json.Unmarshal(jws.UnsafePayloadWithoutVerification(), &unverified); err != nil {
		return nil, nil, refusef("its claims are malformed: %v", err)
	}
	i := slices.IndexFunc(pools, func(p *Pool) bool { return p.Issuer == unverified.Issuer })
	if i < 0 {
		return nil, nil, refusef("its issuer (iss) is %q, want %s", unverified.Issuer, issuers(pools))
	}
	pool := pools[i]
	id := jws.Signatures[0].Protected.KeyID
	if id == "" {
		return nil, nil, refusef("its header names no key (kid)")
	}
	key, err := pool.Keys.Key(ctx, id)
	if err != nil {
		return nil, nil, refusef("%v", err)
	}
	payload, err := jws.Verify(key)
	if err != nil {
		return nil, nil, refusef("its signature is not that of the key %q", id)
	}
	var claims Claims
	if err := json.Unmarshal(payload, &claims); err != nil {
		return nil, nil, refusef("its claims are malformed: %v", err)
	}
	if refusal := pool.check(&claims, scopes, now); refusal != nil {
		return nil, nil, refusal
	}
	return payload, &claims, nil
}

func issuers(pools []*Pool) string {
	var all []string
	for _, p := range pools {
		all = append(all, p.Issuer)
	}
	return strings.Join(all, " or ")
}

// check checks the claims of a token whose signature is valid.
func (p *Pool) check(c *Claims, scopes []string, now time.Time) *Refusal {
	client := string(c.Audience)
	switch {
	case c.Expires == 0:
		return refusef("it has no exp")
	case now.Unix() >= int64(c.Expires):
		r := refusef("it expired at %s", time.Unix(int64(c.Expires), 0).UTC().Format(time.RFC3339))
		r.Expired = true
		return r
	case len(scopes) == 0 && c.Use != IDToken:
		return refusef("its token_use is %q: the method has no authorization scopes, so it accepts only ID tokens (token_use id)", c.Use)
	case len(scopes) > 0 && c.Use != AccessToken:
		return refusef("its token_use is %q: the method has authorization scopes, so it accepts only access tokens (token_use access)", c.Use)
	case c.Use == AccessToken:
		client = c.Client
	}
	if client == "" {
		return refusef("it names no app client (aud of an ID token, client_id of an access token)")
	}
	if len(p.Clients) > 0 && !slices.Contains(p.Clients, client) {
		return refusef("its app client is %q, which the pool does not have; it has %s", client, strings.Join(p.Clients, ", "))
	}
	if len(scopes) == 0 {
		return nil
	}
	for _, has := range strings.Fields(c.Scope) {
		if slices.Contains(scopes, has) {
			return nil
		}
	}
	r := refusef("its scopes are %q; the method requires one of %s", c.Scope, strings.Join(scopes, ", "))
	r.Scope = true
	return r
}

// Issuer is the issuer of the pool that an ARN names.
func Issuer(poolARN string) (string, error) {
	a, err := arn.Parse(poolARN)
	pool, ok := strings.CutPrefix(a.Resource, "userpool/")
	if err != nil || a.Service != "cognito-idp" || a.Region == "" || !ok || pool == "" {
		return "", fmt.Errorf("%q is not the ARN of a user pool, such as arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_EXAMPLE", poolARN)
	}
	domain := "amazonaws.com"
	if a.Partition == "aws-cn" {
		domain += ".cn"
	}
	return fmt.Sprintf("https://cognito-idp.%s.%s/%s", a.Region, domain, pool), nil
}
