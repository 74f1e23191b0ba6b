package sam

import (
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
	"go.yaml.in/yaml/v4"

	"example.com/guessing-game/src/apigw/document"
)

// naming is a place of a template that names a parameter or a resource, by Ref, Fn::GetAtt, Fn::Sub
// or DependsOn.
type naming struct {
	name string // without the attribute
	at   *yaml.Node
}

// namings calls yield for each place below n that names something. skipIf leaves out what may not
// be deployed: the branches of Fn::If.
func namings(n *yaml.Node, skipIf bool, yield func(naming)) {
	if n == nil {
		return
	}
	if n.Kind == yaml.SequenceNode {
		for _, item := range n.Content {
			namings(item, skipIf, yield)
		}
		return
	}
	for k, v := range document.Pairs(n) {
		switch k.Value {
		case "Ref":
			if len(n.Content) == 2 && v.Kind == yaml.ScalarNode {
				yield(naming{v.Value, v})
				continue
			}
		case "Fn::GetAtt":
			target := v
			if v.Kind == yaml.SequenceNode && len(v.Content) > 0 {
				target = v.Content[0]
			}
			if target.Kind == yaml.ScalarNode {
				name, _, _ := strings.Cut(target.Value, ".")
				yield(naming{name, target})
			}
			continue
		case "Fn::Sub":
			text, own := v, (*yaml.Node)(nil)
			if v.Kind == yaml.SequenceNode && len(v.Content) == 2 {
				text, own = v.Content[0], v.Content[1]
			}
			if text.Kind == yaml.ScalarNode {
				for _, name := range substituted(text.Value) {
					if name, _, _ = strings.Cut(name, "."); document.Get(own, name) == nil {
						yield(naming{name, text})
					}
				}
			}
			namings(own, skipIf, yield)
			continue
		case "Fn::If":
			if skipIf {
				continue
			}
		}
		namings(v, skipIf, yield)
	}
}

// substituted lists the names in the placeholders of Fn::Sub.
func substituted(text string) (names []string) {
	for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
		if !strings.HasPrefix(m[1], "!") {
			names = append(names, strings.TrimSpace(m[1]))
		}
	}
	return names
}

// dependsOn calls yield for each name in a resource's DependsOn.
func dependsOn(res *yaml.Node, yield func(naming)) {
	n := document.Get(res, "DependsOn")
	if n == nil {
		return
	}
	if n.Kind == yaml.ScalarNode {
		yield(naming{n.Value, n})
	}
	for _, item := range document.Items(n) {
		if item.Kind == yaml.ScalarNode {
			yield(naming{item.Value, item})
		}
	}
}

// ownTransforms reports whether a template is transformed by nothing but what is known here, so
// that all its resources are.
func ownTransforms(root *yaml.Node) bool {
	n := document.Get(root, "Transform")
	if n == nil {
		return true
	}
	all := document.Items(n)
	if n.Kind == yaml.ScalarNode {
		all = []*yaml.Node{n}
	}
	return len(all) > 0 && !slices.ContainsFunc(all, func(t *yaml.Node) bool {
		return t.Value != "AWS::Serverless-2016-10-31" && t.Value != "AWS::LanguageExtensions"
	})
}

const (
	maxStray     = 100 // names that are reported
	farthestName = 2   // the edit distance of a name that is suggested
)

// strayNames finds names of parameters and resources that the template does not have. Names that
// SAM may generate are reported only if the template has a similar one.
func (r *resolver) strayNames(root *yaml.Node, order []*resource) {
	if r.open || !ownTransforms(root) {
		return
	}
	queues := map[string]bool{} // dead-letter queues of events, which SAM makes
	for _, res := range order {
		for _, event := range document.Pairs(document.Get(res.node, "Properties", "Events")) {
			if id := document.Get(event, "Properties", "DeadLetterConfig", "QueueLogicalId"); id != nil {
				queues[id.Value] = true
			}
		}
	}
	found := 0
	check := func(x naming) {
		if x.name == "" || strings.ContainsAny(x.name, ":${") || document.Get(r.parameters, x.name) != nil || r.resources[x.name] != nil || r.conditional[x.name] || found >= maxStray {
			return
		}
		if _, ok, _ := r.refGenerated(x.name); ok || queues[x.name] {
			return
		}
		like := r.similarName(x.name)
		if like == "" && r.maybeGenerated(x.name) {
			return
		}
		found++
		p := r.refuse(x.at, "the template has no parameter or resource %q", x.name)
		if like != "" {
			p.Fixed("is it %s?", like)
		}
	}
	for _, res := range order {
		namings(document.Get(res.node, "Properties"), false, check)
		dependsOn(res.node, check)
	}
	namings(r.outputs, false, check)
}

// maybeGenerated reports whether SAM may make a resource of that name.
func (r *resolver) maybeGenerated(name string) bool {
	if strings.HasPrefix(name, "Serverless") {
		return true
	}
	for id, res := range r.resources {
		if strings.HasPrefix(name, id) && (strings.HasPrefix(res.kind, "AWS::Serverless::") || strings.HasSuffix(res.kind, "::MODULE")) {
			return true
		}
	}
	return false
}

// similarName is the parameter or resource whose name is most like one, empty if none is.
func (r *resolver) similarName(name string) (like string) {
	least := min(farthestName, len(name)/3) + 1
	try := func(known string) {
		if far := levenshtein.ComputeDistance(name, known); far < least || far == least && like != "" && known < like {
			like, least = known, far
		}
	}
	for k := range document.Pairs(r.parameters) {
		try(k.Value)
	}
	for id := range r.resources {
		try(id)
	}
	return like
}

// whole are SAM's resources that become one resource of CloudFormation, to which all their
// properties belong except those of elsewhere: these become resources of their own, which depend on
// it rather than it on them, or are not passed on.
const (
	whole     = "AWS::Serverless::Api AWS::Serverless::Function AWS::Serverless::LayerVersion AWS::Serverless::SimpleTable AWS::Serverless::StateMachine"
	elsewhere = "AccessLogSetting CanarySetting DeploymentPreference Domain EndpointConfiguration EventInvokeConfig Events FunctionUrlConfig MethodSettings ProvisionedConcurrencyConfig Variables"
)

// circles finds resources that depend on each other in a circle, once for each circle.
func (r *resolver) circles(root *yaml.Node, order []*resource) {
	if r.open || !ownTransforms(root) {
		return
	}
	needs := map[string][]naming{}
	for _, res := range order {
		add := func(x naming) {
			if r.resources[x.name] != nil {
				needs[res.id] = append(needs[res.id], x)
			}
		}
		for k, v := range document.Pairs(document.Get(res.node, "Properties")) {
			if !strings.HasPrefix(res.kind, "AWS::Serverless::") || among(whole, res.kind) && !among(elsewhere, k.Value) {
				namings(v, true, add)
			}
		}
		dependsOn(res.node, add)
		if res.kind != "AWS::Serverless::Function" {
			continue
		}
		for _, event := range document.Pairs(document.Get(res.node, "Properties", "Events")) {
			at := document.Get(event, "Properties", "RestApiId", "Ref")
			if at == nil {
				continue
			}
			api := r.resources[at.Value]
			if api == nil {
				continue
			}
			if p := document.Get(api.node, "Properties"); document.Get(p, "DefinitionBody") == nil && document.Get(p, "DefinitionUri") == nil {
				needs[api.id] = append(needs[api.id], naming{res.id, at}) // the definition that SAM generates names the function
			}
		}
	}
	const visiting, done = 1, 2
	state := map[string]int{}
	var path []string
	var visit func(id string)
	visit = func(id string) {
		state[id] = visiting
		path = append(path, id)
		for _, x := range needs[id] {
			switch state[x.name] {
			case visiting:
				circle := append(slices.Clone(path[slices.Index(path, x.name):]), x.name)
				r.refuse(x.at, "%s: each of these needs the next, in a circle", strings.Join(circle, " → ")).Fixed("leave one of these references out, or write the value by hand")
			case 0:
				visit(x.name)
			}
		}
		path = path[:len(path)-1]
		state[id] = done
	}
	for _, res := range order {
		if state[res.id] == 0 {
			visit(res.id)
		}
	}
}
