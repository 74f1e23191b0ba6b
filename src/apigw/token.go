package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"example.com/guessing-game/src/apigw/cli"
	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/gateway/userpool"
	"example.com/guessing-game/src/apigw/project"
)

// tokener is apigw token.
type tokener struct {
	sys        *cli.System
	source     project.Source
	authorizer string
	claims     []string
	scopes     []string
	client     string
	expires    time.Duration
}

func newToken(s *cli.System) *cobra.Command {
	t := &tokener{sys: s}
	cmd := &cobra.Command{
		Use:   "token",
		Short: "Print a token that a local user pool accepts",
		Long: `Print a token that apigw start accepts for an authorizer of an Amazon Cognito user pool, whether it is running or starts later.

Each project has its own key, in the user's cache folder, which signs the tokens of all its pools. Without --scope it is an ID token,
which methods without authorization scopes accept; with --scope, an access token. --claim adds to or replaces the claims that
Cognito sets: a value is a string, unless it is a JSON array, an object, true or false; cognito:groups is always a list.`,
		Example: `  curl -H "Authorization: $(apigw token)" http://127.0.0.1:3000/Prod/orders
  apigw token --claim sub=ann --claim email=ann@example.com --claim cognito:groups=admins
  apigw token --authorizer Pool --scope orders/read --expires 5m`,
		Args: cli.Takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error { return t.run() },
	}
	f := cmd.Flags()
	t.source.RegisterDocument(f)
	f.StringVar(&t.authorizer, "authorizer", "", "`NAME` of the authorizer if there are several")
	f.StringArrayVar(&t.claims, "claim", nil, "a claim as `NAME=VALUE`; repeat for each, and for each element of a list")
	f.StringArrayVar(&t.scopes, "scope", nil, "`SCOPE` of an access token; repeat for each")
	f.StringVar(&t.client, "client", "", "`ID` of the app client (default: the first in the template)")
	f.DurationVar(&t.expires, "expires", time.Hour, "`TIME` until it expires; a negative one makes an expired token")
	return cmd
}

func (t *tokener) run() error {
	t.source.Tolerant, t.source.Lenient = true, true
	p, err := t.source.Load(t.sys)
	if err != nil {
		return err
	}
	name, arn, err := t.choose(p)
	if err != nil {
		return err
	}
	issuer, err := userpool.Issuer(arn)
	if err != nil {
		return err
	}
	now := time.Now()
	clients := p.Pools.Clients(arn)
	if t.client != "" && len(clients) > 0 && !slices.Contains(clients, t.client) {
		return cli.Usagef("--client %s: the user pool has no such app client; it has %s", t.client, strings.Join(clients, ", "))
	}
	client := t.client
	if client == "" && len(clients) > 0 {
		client = clients[0]
	}
	claims, err := t.make(issuer, cmp.Or(client, "local"), now)
	if err != nil {
		return err
	}
	local, err := p.Pools.Open()
	if err != nil {
		return err
	}
	token, err := local.Sign(claims)
	if err != nil {
		return err
	}
	if len(t.scopes) == 0 {
		if scopes := scopesOf(p, name); len(scopes) > 0 {
			fmt.Fprintf(t.sys.Stderr, "note: methods with authorization scopes accept only access tokens: --scope %s\n", scopes[0])
		}
	}
	fmt.Fprintln(t.sys.Stdout, token)
	return nil
}

// choose selects the authorizer that the token is for, and the ARN of its first pool.
func (t *tokener) choose(p *project.Project) (name, arn string, err error) {
	arns := map[string]string{}
	var names []string
	for _, a := range p.Served {
		api, _ := gateway.Load(a.Doc, t.source.Options(a, gateway.Options{})) // problems of routes do not matter
		for _, authorizer := range api.Authorizers {
			if len(authorizer.ProviderARNs) > 0 && arns[authorizer.Name] == "" {
				arns[authorizer.Name] = authorizer.ProviderARNs[0]
				names = append(names, authorizer.Name)
			}
		}
	}
	switch {
	case len(names) == 0:
		return "", "", errors.New(p.File + ": there is no authorizer with a user pool in it")
	case t.authorizer != "" && arns[t.authorizer] == "":
		return "", "", cli.Usagef("--authorizer %s: there is no such authorizer with a user pool; there is %s", t.authorizer, strings.Join(names, ", "))
	case t.authorizer == "" && len(names) > 1:
		return "", "", cli.Usagef("there are several authorizers with user pools: choose one with --authorizer, of %s", strings.Join(names, ", "))
	}
	name = cmp.Or(t.authorizer, names[0])
	return name, arns[name], nil
}

// scopesOf returns the scopes of the authorizer's first method that requires any.
func scopesOf(p *project.Project, authorizer string) []string {
	var scopes []string
	for _, a := range p.Served {
		api, _ := gateway.Load(a.Doc, gateway.Options{UserPool: p.Pools.Find}) // problems of routes do not matter
		for _, r := range api.Routes {
			if r.Authorizer != nil && r.Authorizer.Name == authorizer && len(scopes) == 0 {
				scopes = r.Scopes
			}
		}
	}
	return scopes
}

// make returns the claims of a token: those that Cognito sets, then those of --claim.
func (t *tokener) make(issuer, client string, now time.Time) (map[string]any, error) {
	claims := map[string]any{
		"sub": uuid.NewString(), "iss": issuer, "event_id": uuid.NewString(), "jti": uuid.NewString(), "origin_jti": uuid.NewString(),
		"auth_time": now.Unix(), "iat": now.Unix(), "exp": now.Add(t.expires).Unix(),
	}
	given := map[string][]any{}
	for _, c := range t.claims {
		name, text, ok := strings.Cut(c, "=")
		if !ok || name == "" {
			return nil, cli.Usagef("--claim %q is not of the form NAME=VALUE", c)
		}
		given[name] = append(given[name], claimValue(text))
	}
	for name, values := range given {
		claims[name] = values[0]
		if _, list := values[0].([]any); len(values) > 1 || name == "cognito:groups" && !list {
			claims[name] = values
		}
	}
	user := claims["sub"]
	defaults := map[string]any{"token_use": userpool.IDToken, "aud": client, "cognito:username": user, "email": "user@example.com", "email_verified": true}
	if len(t.scopes) > 0 || claims["token_use"] == userpool.AccessToken {
		defaults = map[string]any{"token_use": userpool.AccessToken, "client_id": client, "username": user, "version": 2, "scope": strings.Join(t.scopes, " ")}
	}
	for name, value := range defaults {
		if _, ok := claims[name]; !ok {
			claims[name] = value
		}
	}
	for _, name := range []string{"exp", "iat", "nbf", "auth_time"} {
		if text, ok := claims[name].(string); ok {
			claims[name] = json.Number(text)
		}
	}
	return claims, nil
}

// claimValue is the value of a claim: JSON if it is an array, an object or a boolean, otherwise a
// string.
func claimValue(text string) any {
	var v any
	if json.Unmarshal([]byte(text), &v) == nil {
		switch v.(type) {
		case []any, map[string]any, bool:
			return v
		}
	}
	return text
}
