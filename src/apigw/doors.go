package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"example.com/guessing-game/src/apigw/door"
	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/project"
	"example.com/guessing-game/src/apigw/shellword"
)

// doorLine is a line of the greeting on how to pass an authorizer or a key check.
type doorLine struct{ name, how string }

// doors lists what clients need to get in: the commands, tokens and keys for the APIs' authorizers
// and key checks.
func doors(sv *serving) (lines []doorLine) {
	for _, name := range sv.project.Pools.LocalNames() {
		command, header := tokenOf(sv, name)
		lines = append(lines, doorLine{name, fmt.Sprintf("is a local user pool: %s prints a token for the header %s", command, header)})
	}
	for i, keys := range sv.keys {
		for _, k := range keys {
			line := doorLine{k.ID, fmt.Sprintf("is an API key of %s", sv.project.Served[i].ID)}
			switch {
			case k.Refused != "":
				line.how = "admits nobody: " + k.Refused
			case k.Made:
				line.how += ": -H 'x-api-key: " + k.Value + "'"
			default:
				line.how += ", whose value the template or --api-key gives"
			}
			if k.Plan != nil {
				for _, p := range sv.project.UsagePlans {
					if p.ID == k.Plan.ID && p.String() != "" {
						line.how += " (" + p.String() + ")"
					}
				}
			}
			lines = append(lines, line)
		}
	}
	for i, g := range sv.gateways {
		signed := slices.ContainsFunc(g.Routes(), func(r *gateway.Route) bool {
			return r.Authorizer != nil && r.Authorizer.Type == gateway.IAMAuthorization && !r.Authorizer.StoodIn()
		})
		if signed {
			who := "the credentials of this machine"
			if given := sv.project.IAM.Given; len(given) > 0 {
				who = "the keys of --iam-user"
			}
			lines = append(lines, doorLine{gateway.IAMAuthorization, fmt.Sprintf("takes requests to %s that are signed with %s: curl --aws-sigv4 aws:amz:%s:execute-api --user \"$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY\"",
				sv.project.Served[i].ID, who, sv.region)})
		}
	}
	return lines
}

// authorizersOf returns the authorizers of all APIs. tokenOf returns the command that prints a
// token of a local user pool, and the header for it.
func tokenOf(sv *serving, name string) (command, header string) {
	command, header = "apigw token", "Authorization"
	switch {
	case sv.project.Standalone:
		command += " --openapi " + shellword.Quoted(sv.project.File)
	case !slices.Contains(project.DefaultTemplates, sv.project.File):
		command += " -t " + shellword.Quoted(sv.project.File)
	}
	if len(sv.project.Pools.LocalNames()) > 1 {
		command += " --authorizer " + shellword.Quoted(name)
	}
	for _, a := range authorizersOf(sv) {
		if h := a.IdentityHeaders(); a.Name == name && len(h) > 0 {
			header = h[0]
		}
	}
	if scopes := scopesOf(sv.project, name); len(scopes) > 0 {
		command += " --scope " + shellword.Quoted(scopes[0])
	}
	return command, header
}

func authorizersOf(sv *serving) (all []*gateway.Authorizer) {
	for _, g := range sv.gateways {
		all = append(all, g.API().Authorizers...)
	}
	return all
}

// wellKnown serves the keys of the local user pools where a pool publishes them, under any issuer's
// path. next serves everything else.
func (st *starter) wellKnown(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, project.JWKSPath) || r.Method != http.MethodGet {
			next.ServeHTTP(w, r)
			return
		}
		if err := (door.Door{Names: st.names()}).Check(r); err != nil {
			door.Refuse(w, err)
			return
		}
		sv := st.acquire()
		defer sv.active.Done()
		sv.project.Pools.ServeJWKS(w)
	})
}
