package sam

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"example.com/guessing-game/src/apigw/document"
)

// Permission is an entry of a function's resource policy.
type Permission struct {
	Function  string // name or ARN, with a qualifier if it is for an alias or version
	Principal string
	SourceARN string // pattern with * and ?; empty if any source may invoke
	Pos       document.Position
}

var pathParameter = regexp.MustCompile(`\{[^}]*\}`)

// permissions lists the permissions in the template, including those that SAM creates for Api
// events. A permission that cannot be resolved is a warning.
func (r *resolver) permissions(order []*resource) (all []*Permission) {
	noted := r.noted
	r.noted = nil
	defer func() { r.noted = noted }()
	if r.implicit != nil {
		order = append(slices.Clip(order), r.implicit)
	}
	for _, res := range order {
		for k, c := range document.Pairs(document.Get(res.node, "Connectors")) {
			all = append(all, r.connector(k, res, document.Get(c, "Properties"))...)
		}
		switch {
		case res.kind == "AWS::Serverless::Connector":
			all = append(all, r.connector(res.key, r.resources[r.plain(document.Get(res.properties, "Source", "Id"))], res.properties)...)
		case res.kind == "AWS::Lambda::Permission":
			p := &Permission{Pos: r.files.pos(res.key)}
			ok := true
			for property, target := range map[string]*string{"FunctionName": &p.Function, "Principal": &p.Principal, "SourceArn": &p.SourceARN} {
				text, msg := r.text(res, property)
				if msg != "" {
					r.warnings = append(r.warnings, r.files.errorf(res.key, "the permission %s cannot be resolved: %s", res.id, msg))
					ok = false
				}
				*target = text
			}
			if ok {
				all = append(all, p)
			}
		case res.kind == "AWS::Serverless::Api":
			for k, a := range document.Pairs(document.Get(res.properties, "Auth", "Authorizers")) {
				no := document.Get(a, "DisableFunctionDefaultPermissions")
				if function := r.plain(document.Get(a, "FunctionArn")); function != "" && (no == nil || no.Value != "true") {
					all = append(all, &Permission{function, "apigateway.amazonaws.com", r.arn("execute-api", r.apiID(res.id)+"/authorizers/*"), r.files.pos(k)})
				}
			}
		case res.kind == "AWS::Serverless::Function":
			name, msg := r.name(res)
			if msg != "" {
				continue // an error of the function itself
			}
			alias, _ := r.text(res, "AutoPublishAlias")
			for k, e := range document.Pairs(document.Get(res.properties, "Events")) {
				api, ok := r.eventAPI(e)
				if !ok {
					continue
				}
				path, method := r.plain(document.Get(e, "Properties", "Path")), strings.ToUpper(r.plain(document.Get(e, "Properties", "Method")))
				if path == "" || method == "" {
					continue // an error of the API
				}
				if method == "ANY" {
					method = "*"
				}
				if path != "/" {
					path = strings.TrimSuffix(path, "/")
				}
				arn := r.arn("execute-api", r.apiID(api)+"/*/"+method+pathParameter.ReplaceAllString(path, "*"))
				all = append(all, &Permission{r.functionARN(name, alias), "apigateway.amazonaws.com", arn, r.files.pos(k)})
			}
		}
	}
	return all
}

// connector lists the permissions of a connector from a REST API to functions
// (https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/reference-sam-connector.html).
func (r *resolver) connector(key *yaml.Node, from *resource, p *yaml.Node) (all []*Permission) {
	write := func(n *yaml.Node) bool { return r.plain(n) == "Write" }
	if from == nil || !isAPI(from.kind) || !slices.ContainsFunc(document.Items(document.Get(p, "Permissions")), write) {
		return nil
	}
	qualifier := cmp.Or(r.plain(document.Get(p, "Source", "Qualifier")), r.plain(document.Get(p, "SourceReference", "Qualifier")), "*")
	destinations := []*yaml.Node{document.Get(p, "Destination")}
	if n := destinations[0]; n != nil && n.Kind == yaml.SequenceNode {
		destinations = document.Items(n)
	}
	for _, d := range destinations {
		to := r.resources[r.plain(document.Get(d, "Id"))]
		if to == nil || !isFunction(to.kind) {
			continue
		}
		if name, msg := r.name(to); msg == "" {
			all = append(all, &Permission{r.functionARN(name, ""), "apigateway.amazonaws.com", r.arn("execute-api", r.apiID(from.id)+"/"+qualifier), r.files.pos(key)})
		}
	}
	return all
}

// plain is a string once resolved, empty if it is not a string.
func (r *resolver) plain(n *yaml.Node) string {
	if n == nil {
		return ""
	}
	v, ps := r.resolve(n)
	if len(ps) > 0 || v == nil || v.Kind != yaml.ScalarNode {
		return ""
	}
	return v.Value
}

// eventAPI returns the logical ID of the API that an event of a function belongs to. ok is false
// for events of other kinds.
func (r *resolver) eventAPI(e *yaml.Node) (id string, ok bool) {
	kind := document.Get(e, "Type")
	if kind == nil || kind.Value != "Api" {
		return "", false
	}
	ref := document.Get(e, "Properties", "RestApiId")
	if ref == nil {
		return implicitAPI, true
	}
	if name, arg, isCall := intrinsic(ref); isCall && name == "Ref" {
		return arg.Value, true
	}
	return ref.Value, true
}
