package sam

import (
	"iter"

	"go.yaml.in/yaml/v4"
)

// pairs iterates the keys and values of a map; of anything else there are none.
func pairs(n *yaml.Node) iter.Seq2[*yaml.Node, *yaml.Node] {
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

// get answers the value of a key of a map, nil if n is no map or has no such key.
func get(n *yaml.Node, path ...string) *yaml.Node {
	for _, key := range path {
		var found *yaml.Node
		for k, v := range pairs(n) {
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

// put sets a key of a map, in place if it is there.
func put(m *yaml.Node, key string, v *yaml.Node) {
	for i := 0; i+1 < len(m.Content); i += 2 {
		if m.Content[i].Value == key {
			m.Content[i+1] = v
			return
		}
	}
	m.Content = append(m.Content, scalar(v, key), v)
}

// scalar makes a text that stands where at stands.
func scalar(at *yaml.Node, text string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text, Line: at.Line, Column: at.Column}
}

// mapping makes a map that stands where at stands, of keys and values in turn. A value is a string or a *yaml.Node.
func mapping(at *yaml.Node, keysAndValues ...any) *yaml.Node {
	m := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: at.Line, Column: at.Column}
	for _, x := range keysAndValues {
		switch x := x.(type) {
		case string:
			m.Content = append(m.Content, scalar(at, x))
		case *yaml.Node:
			m.Content = append(m.Content, x)
		}
	}
	return m
}

func sequence(at *yaml.Node, items ...*yaml.Node) *yaml.Node {
	return &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Content: items, Line: at.Line, Column: at.Column}
}

// clone copies a tree.
func clone(n *yaml.Node) *yaml.Node {
	c := *n
	c.Content = make([]*yaml.Node, len(n.Content))
	for i, e := range n.Content {
		c.Content[i] = clone(e)
	}
	return &c
}

func isNull(n *yaml.Node) bool { return n == nil || n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

func kindName(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "map"
	case n.Kind == yaml.SequenceNode:
		return "list"
	case isNull(n):
		return "null"
	case n.Tag == "!!int" || n.Tag == "!!float":
		return "number"
	case n.Tag == "!!bool":
		return "boolean"
	}
	return "text"
}
