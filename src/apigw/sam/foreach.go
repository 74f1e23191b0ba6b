package sam

import (
	"strings"

	"go.yaml.in/yaml/v4"

	"example.com/guessing-game/src/apigw/document"
)

// maxLoop is how many copies the loops of a template may make.
const maxLoop = 10_000

// forEach expands the loops of AWS::LanguageExtensions in a map of resources: Fn::ForEach::NAME with an identifier, a collection, and a
// map of what to repeat, in whose keys and texts ${identifier} stands for the element.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html
func (r *resolver) forEach(resources *yaml.Node, depth int) (*yaml.Node, document.Problems) {
	var ps document.Problems
	out := document.Mapping(resources)
	for k, n := range document.Pairs(resources) {
		if !strings.HasPrefix(k.Value, "Fn::ForEach::") {
			out.Content = append(out.Content, k, n)
			continue
		}
		if n.Kind != yaml.SequenceNode || len(n.Content) != 3 || n.Content[0].Kind != yaml.ScalarNode || n.Content[2].Kind != yaml.MappingNode {
			ps = append(ps, r.files.errorf(k, "%s takes an identifier, a list and a map: [Name, [A, B], {${Name}Function: …}]", k.Value))
			continue
		}
		list, problems := r.resolve(n.Content[1])
		if len(problems) > 0 {
			ps = append(ps, problems...)
			continue
		}
		if list == nil || list.Kind != yaml.SequenceNode {
			ps = append(ps, r.files.errorf(n.Content[1], "%s goes through a list", k.Value))
			continue
		}
		for _, e := range list.Content {
			if r.loops++; r.loops > maxLoop || depth > document.MaxDepth {
				return out, append(ps, r.files.errorf(k, "the loops of the template make more than %d copies", maxLoop))
			}
			expanded, problems := r.forEach(replaced(n.Content[2], n.Content[0].Value, e), depth+1)
			ps = append(ps, problems...)
			out.Content = append(out.Content, expanded.Content...)
		}
	}
	return out, ps
}

// replaced copies a tree with an element in the place of an identifier: ${Name} and &{Name} in keys and texts, and Ref of the name.
func replaced(n *yaml.Node, name string, e *yaml.Node) *yaml.Node {
	if call, arg, ok := intrinsic(n); ok && call == "Ref" && arg.Value == name {
		return document.Scalar(n, e.Value)
	}
	c := *n
	if n.Kind == yaml.ScalarNode {
		// &{Name} is the element without what is not alphanumeric.
		plain := strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
				return r
			}
			return -1
		}, e.Value)
		c.Value = strings.NewReplacer("${"+name+"}", e.Value, "&{"+name+"}", plain).Replace(n.Value)
	}
	c.Content = make([]*yaml.Node, len(n.Content))
	for i, child := range n.Content {
		c.Content[i] = replaced(child, name, e)
	}
	return &c
}
