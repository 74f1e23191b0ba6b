package main

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"example.com/guessing-game/src/apigw/gateway"
)

// What --authorizer may say of an authorizer, instead of naming a file.
const (
	authorizerOff   = "off"
	authorizerToken = "token"
)

const authorizerUsage = "let requests past an authorizer, as `NAME=HOW`; NAME is *, AWS_IAM or an authorizer's, HOW is off, token (take the claims of the JWT " +
	"that the client sends, unchecked) or a JSON file with what $context.authorizer holds; repeat for each"

// readAuthorizers reads what --authorizer says.
func readAuthorizers(args []string) (map[string]gateway.StandIn, error) {
	given, err := keyValues("--authorizer", args)
	if err != nil {
		return nil, err
	}
	all := map[string]gateway.StandIn{}
	for name, how := range given {
		switch how {
		case authorizerOff:
			all[name] = gateway.StandIn{}
		case authorizerToken:
			all[name] = gateway.StandIn{Token: true}
		default:
			data, err := os.ReadFile(how)
			if err != nil {
				return nil, fmt.Errorf("--authorizer %s: %w; HOW is off, token or a JSON file", name, err)
			}
			all[name] = gateway.StandIn{Authorizer: data}
		}
	}
	return all, nil
}

// checkAuthorizers refuses names that no API has.
func checkAuthorizers(given map[string]gateway.StandIn, apis []*gateway.API) error {
	var names []string
	for _, a := range apis {
		for _, authorizer := range a.Authorizers {
			names = append(names, authorizer.Name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if name == gateway.AllAuthorizers || slices.Contains(names, name) {
			continue
		}
		if len(names) == 0 {
			return usagef("--authorizer %s: there is no authorizer", name)
		}
		slices.Sort(names)
		return usagef("--authorizer %s: there is no such authorizer; there is %s", name, strings.Join(slices.Compact(names), ", "))
	}
	return nil
}
