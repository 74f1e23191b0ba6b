package sam

import (
	"strings"

	"go.yaml.in/yaml/v4"

	"example.com/guessing-game/src/apigw/document"
)

const loopPrefix = "Fn::ForEach::"

// loops expands the loops of AWS::LanguageExtensions in a section of the template, and in what is
// in it: Fn::ForEach::NAME with an identifier, a collection, and a map of what to repeat, in whose
// keys and strings ${identifier} stands for the element.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html
func (r *resolver) loops(n *yaml.Node) (*yaml.Node, document.Problems) {
	if n == nil || !hasLoop(n) {
		return n, nil
	}
	var ps document.Problems
	out := r.expand(n, &ps, 0)
	return out, ps
}

func hasLoop(n *yaml.Node) bool {
	for k := range document.Pairs(n) {
		if strings.HasPrefix(k.Value, loopPrefix) {
			return true
		}
	}
	for _, c := range n.Content {
		if hasLoop(c) {
			return true
		}
	}
	return false
}

func (r *resolver) expand(n *yaml.Node, ps *document.Problems, depth int) *yaml.Node {
	if depth > document.MaxDepth || r.spent(n, r.budget.Make(nodeSize), ps) {
		return n
	}
	c := *n
	c.Content = nil
	if n.Kind != yaml.MappingNode {
		for _, e := range n.Content {
			c.Content = append(c.Content, r.expand(e, ps, depth+1))
		}
		return &c
	}
	for k, v := range document.Pairs(n) {
		if strings.HasPrefix(k.Value, loopPrefix) {
			c.Content = append(c.Content, r.loop(k, v, ps, depth)...)
			continue
		}
		c.Content = append(c.Content, k, r.expand(v, ps, depth+1))
	}
	return &c
}

// loop returns the keys and values of a loop.
func (r *resolver) loop(k, n *yaml.Node, ps *document.Problems, depth int) (members []*yaml.Node) {
	fail := func(at *yaml.Node, format string, args ...any) {
		*ps = append(*ps, r.files.errorf(at, format, args...))
	}
	if n.Kind != yaml.SequenceNode || len(n.Content) != 3 || n.Content[0].Kind != yaml.ScalarNode || n.Content[2].Kind != yaml.MappingNode {
		fail(k, "%s takes an identifier, a list and a map: [Name, [A, B], {${Name}Function: …}]", k.Value)
		return nil
	}
	list, problems := r.resolve(n.Content[1])
	if len(problems) > 0 {
		*ps = append(*ps, problems...)
		return nil
	}
	if list == nil || list.Kind != yaml.SequenceNode {
		fail(n.Content[1], "%s goes through a list", k.Value)
		return nil
	}
	for _, e := range list.Content {
		copied := r.replaced(n.Content[2], n.Content[0].Value, e, ps)
		if r.over != nil {
			return members
		}
		members = append(members, r.expand(copied, ps, depth+1).Content...)
	}
	return members
}

// replaced copies a tree with an element in place of an identifier: ${Name} and &{Name} in keys
// and strings, and Ref of the name.
func (r *resolver) replaced(n *yaml.Node, name string, e *yaml.Node, ps *document.Problems) *yaml.Node {
	if call, arg, ok := intrinsic(n); ok && call == "Ref" && arg.Value == name {
		return document.Scalar(n, e.Value)
	}
	c := *n
	if n.Kind == yaml.ScalarNode {
		// &{Name} is the element without its non-alphanumeric characters.
		plain := strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
				return r
			}
			return -1
		}, e.Value)
		size := len(n.Value) + (strings.Count(n.Value, "${"+name+"}")+strings.Count(n.Value, "&{"+name+"}"))*len(e.Value)
		if r.spent(n, r.budget.Make(size), ps) {
			return &c
		}
		c.Value = strings.NewReplacer("${"+name+"}", e.Value, "&{"+name+"}", plain).Replace(n.Value)
	}
	if r.spent(n, r.budget.Make(nodeSize*(1+len(n.Content))), ps) {
		return &c
	}
	c.Content = make([]*yaml.Node, len(n.Content))
	for i, child := range n.Content {
		c.Content[i] = r.replaced(child, name, e, ps)
	}
	return &c
}
