package sam

import (
	"strings"

	"go.yaml.in/yaml/v4"

	"example.com/guessing-game/src/apigw/document"
)

// Resources of Amazon Cognito that this package knows.
const (
	userPool        = "AWS::Cognito::UserPool"
	userPoolClient  = "AWS::Cognito::UserPoolClient"
	userPoolServer  = "AWS::Cognito::UserPoolResourceServer"
	poolIDLetters   = 9
	clientIDLetters = 26
)

// UserPool is an AWS::Cognito::UserPool of the template, with ids that this package generates.
type UserPool struct {
	ID      string   // logical ID
	ARN     string   // as returned by Fn::GetAtt
	Clients []string // ids of its app clients
	// Scopes are those that its resource servers define. OpenScopes says that there may be others.
	Scopes     []string
	OpenScopes bool
	Pos        document.Position
}

// userPools lists the user pools, each with its clients and the scopes of its resource servers.
func (r *resolver) userPools(order []*resource) (all []*UserPool) {
	for _, res := range order {
		if res.kind != userPool {
			continue
		}
		id, _ := r.name(res)
		p := &UserPool{ID: res.id, ARN: r.arn("cognito-idp", "userpool/"+id), Pos: r.files.pos(res.key)}
		for _, other := range order {
			if r.plain(document.Get(other.properties, "UserPoolId")) != id {
				continue
			}
			switch other.kind {
			case userPoolClient:
				p.Clients = append(p.Clients, clientID(other.id))
			case userPoolServer:
				r.serverScopes(p, other)
			}
		}
		all = append(all, p)
	}
	return all
}

// serverScopes adds the scopes of an AWS::Cognito::UserPoolResourceServer, which tokens have after
// its identifier.
func (r *resolver) serverScopes(p *UserPool, server *resource) {
	identifier := r.plain(document.Get(server.properties, "Identifier"))
	scopes, ps := r.resolve(orEmpty(document.Get(server.properties, "Scopes"), server.key))
	if identifier == "" || len(ps) > 0 {
		p.OpenScopes = true
		return
	}
	for _, s := range document.Items(scopes) {
		if name := document.Get(s, "ScopeName"); name != nil {
			p.Scopes = append(p.Scopes, identifier+"/"+name.Value)
		}
	}
}

func orEmpty(n, at *yaml.Node) *yaml.Node {
	if n == nil {
		return document.Sequence(at)
	}
	return n
}

// poolID is the id of a pool of the template: the Region and nine letters and digits, as in AWS.
func (r *resolver) poolID(id string) string {
	return r.o.Region + "_" + idHash(id)[:poolIDLetters]
}

// poolProvider is the name of a pool as an identity provider.
func (r *resolver) poolProvider(id string) string {
	return "cognito-idp." + r.o.Region + ".amazonaws.com/" + id
}

// clientID is the id of an app client of the template.
func clientID(id string) string {
	return (idHash(id) + idHash(id+" ") + idHash(id+"  "))[:clientIDLetters]
}

// poolARNs are the ARNs of user pools that an authorizer names, one or a list. One that only a
// deployment knows is that of a pool that this package invents for its place, so that tokens of a
// local pool can be used with the authorizer.
func (r *resolver) poolARNs(n *yaml.Node) *yaml.Node {
	list := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		list = n.Content
	} else if v, ps := r.resolve(n); len(ps) == 0 && v != nil && v.Kind == yaml.SequenceNode {
		list = v.Content
	}
	out := document.Sequence(n)
	for _, item := range list {
		arn := ""
		if met := r.standIns(func() { arn = r.plain(item) }); len(met) > 0 {
			arn = "" // only a deployment knows which pool it is
		}
		if !strings.HasPrefix(arn, "arn:") {
			arn = r.arn("cognito-idp", "userpool/"+r.poolID("unknown pool "+arn))
		}
		out.Content = append(out.Content, document.Scalar(item, arn))
	}
	return out
}
