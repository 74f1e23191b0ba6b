package project

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"example.com/guessing-game/src/apigw/cli"
	"example.com/guessing-game/src/apigw/document"
	"example.com/guessing-game/src/apigw/gateway"
)

// Values of --authorizer that are not the name of a file.
const (
	authorizerOff   = "off"
	authorizerToken = "token"
	authorizerJWKS  = "jwks:"
)

const authorizerUsage = "how an authorizer decides, as `NAME=HOW`; NAME is *, AWS_IAM, RESOURCE_POLICY or that of an authorizer, HOW is jwks:SOURCE (the keys of its user pool, a " +
	"file or URL; SOURCE,iss=ISSUER where the tokens have another issuer), off, token (take the claims of the JWT that the client sends, " +
	"unchecked) or a JSON file with what $context.authorizer holds; repeat for each"

// readAuthorizers reads the values of --authorizer: what replaces authorizers, and the keys of user
// pools.
func readAuthorizers(args []string) (map[string]gateway.StandIn, map[string]poolKeys, error) {
	given, err := cli.KeyValues("--authorizer", args)
	if err != nil {
		return nil, nil, err
	}
	all, keys := map[string]gateway.StandIn{}, map[string]poolKeys{}
	for name, how := range given {
		source, isKeys := strings.CutPrefix(how, authorizerJWKS)
		switch {
		case isKeys:
			keys[name] = parsePoolKeys(source)
			if err := keys[name].remote.Check(context.Background()); err != nil {
				return nil, nil, fmt.Errorf("--authorizer %s: %w", name, err)
			}
		case how == authorizerOff:
			all[name] = gateway.StandIn{}
		case how == authorizerToken:
			all[name] = gateway.StandIn{Token: true}
		default:
			data, err := document.ReadGiven(how)
			if err != nil {
				return nil, nil, fmt.Errorf("--authorizer %s: %w; HOW is jwks:SOURCE, off, token or a JSON file", name, err)
			}
			all[name] = gateway.StandIn{Authorizer: data}
		}
	}
	return all, keys, nil
}

// CheckAuthorizers rejects names of authorizers that no API has.
func (p *Project) CheckAuthorizers(apis []*gateway.API) error {
	var names []string
	for _, a := range apis {
		for _, authorizer := range a.Authorizers {
			names = append(names, authorizer.Name)
			if _, ok := p.Pools.given[authorizer.Name]; ok && authorizer.Type != gateway.CognitoUserPools {
				return cli.Usagef("--authorizer %s=jwks:…: the authorizer is of type %s, which has no user pool", authorizer.Name, authorizer.Type)
			}
		}
	}
	given := slices.AppendSeq(slices.Collect(maps.Keys(p.authorizers)), maps.Keys(p.Pools.given))
	slices.Sort(given)
	for _, name := range given {
		if name == gateway.AllAuthorizers || name == gateway.ResourcePolicy || slices.Contains(names, name) {
			continue
		}
		if len(names) == 0 {
			return cli.Usagef("--authorizer %s: there is no authorizer", name)
		}
		slices.Sort(names)
		return cli.Usagef("--authorizer %s: there is no such authorizer; there is %s", name, strings.Join(slices.Compact(names), ", "))
	}
	return nil
}
