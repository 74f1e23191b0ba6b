package document

import (
	"iter"

	"go.yaml.in/yaml/v4"
)

// Pairs iterates over the keys and values of a map; anything else has none.
func Pairs(n *yaml.Node) iter.Seq2[*yaml.Node, *yaml.Node] {
	return func(yield func(k, v *yaml.Node) bool) {
		if n == nil || n.Kind != yaml.MappingNode {
			return
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			if !yield(n.Content[i], n.Content[i+1]) {
				return
			}
		}
	}
}

// Get returns the value at a path of keys, nil if there is none.
func Get(n *yaml.Node, path ...string) *yaml.Node {
	for _, key := range path {
		var found *yaml.Node
		for k, v := range Pairs(n) {
			if k.Value == key {
				found = v
				break
			}
		}
		if found == nil {
			return nil
		}
		n = found
	}
	return n
}

// Put sets a key of a map; an existing key keeps its place.
func Put(m *yaml.Node, key string, v *yaml.Node) {
	for i := 0; i+1 < len(m.Content); i += 2 {
		if m.Content[i].Value == key {
			m.Content[i+1] = v
			return
		}
	}
	m.Content = append(m.Content, Scalar(v, key), v)
}

// Scalar makes a string at the position of at.
func Scalar(at *yaml.Node, text string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text, Line: at.Line, Column: at.Column}
}

// Mapping makes a map at the position of at from alternating keys and values. A value is a string
// or a *yaml.Node.
func Mapping(at *yaml.Node, keysAndValues ...any) *yaml.Node {
	m := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: at.Line, Column: at.Column}
	for _, x := range keysAndValues {
		switch x := x.(type) {
		case string:
			m.Content = append(m.Content, Scalar(at, x))
		case *yaml.Node:
			m.Content = append(m.Content, x)
		}
	}
	return m
}

// Sequence makes a list at the position of at.
func Sequence(at *yaml.Node, items ...*yaml.Node) *yaml.Node {
	return &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Content: items, Line: at.Line, Column: at.Column}
}

// Clone copies a tree.
func Clone(n *yaml.Node) *yaml.Node {
	c := *n
	c.Content = make([]*yaml.Node, len(n.Content))
	for i, e := range n.Content {
		c.Content[i] = Clone(e)
	}
	return &c
}

// Indentation is how many spaces precede each line of a block scalar in the file; 0 for anything
// else.
func Indentation(n *yaml.Node) int {
	if n == nil || n.Kind != yaml.ScalarNode || len(n.Content) == 0 {
		return 0
	}
	return n.Content[0].Column - 1
}

// IsNull reports whether a node is absent or null.
func IsNull(n *yaml.Node) bool { return n == nil || n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

// KindName names the kind of a node for people.
func KindName(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "map"
	case n.Kind == yaml.SequenceNode:
		return "list"
	case IsNull(n):
		return "null"
	case n.Tag == "!!int" || n.Tag == "!!float":
		return "number"
	case n.Tag == "!!bool":
		return "boolean"
	}
	return "string"
}

// Items returns the elements of a list, nil for anything else.
func Items(n *yaml.Node) []*yaml.Node {
	if n == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	return n.Content
}
