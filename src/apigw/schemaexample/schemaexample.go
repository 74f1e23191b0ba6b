// Package schemaexample makes an example of a JSON Schema: a small JSON value that fits it, for
// example requests and for trying out templates.
//
// It follows type, enum, default, example, properties, items, the bounds of numbers and lengths,
// the common formats, allOf, and the first of oneOf or anyOf; $ref is resolved inside the document.
// A pattern is ignored: a string with one may not match it.
package schemaexample

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"example.com/guessing-game/src/apigw/document"
)

// maxDepth ends schemas that contain themselves: deeper values that are not required are left out,
// required ones are null.
const maxDepth = 8

// Options of JSON.
type Options struct {
	// Text is the value of strings without a format, pattern or enum; "text" if empty. It is
	// repeated to reach a minLength.
	Text string
}

// JSON makes an example of the schema. root is the document that references refer to.
func JSON(schema, root *yaml.Node, o Options) []byte {
	if o.Text == "" {
		o.Text = "text"
	}
	m := maker{root, o.Text}
	return m.value(nil, schema, 0)
}

type maker struct {
	root *yaml.Node
	text string
}

// deref follows references inside the document; nil if one has no target.
func (m *maker) deref(n *yaml.Node) *yaml.Node {
	for range maxDepth {
		ref := document.Get(n, "$ref")
		if ref == nil {
			return n
		}
		path, ok := strings.CutPrefix(ref.Value, "#/")
		if !ok {
			return nil
		}
		n = m.root
		for part := range strings.SplitSeq(path, "/") {
			n = document.Get(n, strings.NewReplacer("~1", "/", "~0", "~").Replace(part))
		}
	}
	return nil
}

// plain returns a value of the document as JSON.
func plain(dst []byte, n *yaml.Node) []byte {
	var v any
	if err := n.Decode(&v); err == nil {
		if text, err := json.Marshal(v); err == nil {
			return append(dst, text...)
		}
	}
	return append(dst, "null"...)
}

func (m *maker) value(dst []byte, schema *yaml.Node, depth int) []byte {
	schema = m.deref(schema)
	if schema == nil || depth > maxDepth {
		return append(dst, "null"...)
	}
	for _, key := range []string{"example", "default"} {
		if v := document.Get(schema, key); v != nil {
			return plain(dst, v)
		}
	}
	if enum := document.Get(schema, "enum"); enum != nil && len(enum.Content) > 0 {
		return plain(dst, enum.Content[0])
	}
	for _, key := range []string{"oneOf", "anyOf"} {
		if of := document.Get(schema, key); of != nil && len(of.Content) > 0 && document.Get(schema, "properties") == nil {
			return m.value(dst, of.Content[0], depth+1)
		}
	}
	switch m.kind(schema) {
	case "object":
		return m.object(dst, schema, depth)
	case "array":
		n := int(number(schema, "minItems", 1))
		if high := number(schema, "maxItems", 1); high < 1 {
			n = 0
		}
		dst = append(dst, '[')
		for i := range min(n, 20) {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = m.value(dst, document.Get(schema, "items"), depth+1)
		}
		return append(dst, ']')
	case "integer":
		return strconv.AppendInt(dst, int64(math.Ceil(inBounds(schema))), 10)
	case "number":
		return strconv.AppendFloat(dst, inBounds(schema), 'g', -1, 64)
	case "boolean":
		return append(dst, "true"...)
	case "null":
		return append(dst, "null"...)
	}
	text, _ := json.Marshal(m.string(schema)) // a string always encodes
	return append(dst, text...)
}

// kind is the schema's type, or the one that its keywords imply. The first of several counts.
func (m *maker) kind(schema *yaml.Node) string {
	if t := document.Get(schema, "type"); t != nil {
		if t.Kind == yaml.SequenceNode && len(t.Content) > 0 {
			return t.Content[0].Value
		}
		return t.Value
	}
	switch {
	case document.Get(schema, "properties") != nil, document.Get(schema, "required") != nil, document.Get(schema, "allOf") != nil:
		return "object"
	case document.Get(schema, "items") != nil:
		return "array"
	case document.Get(schema, "minimum") != nil, document.Get(schema, "maximum") != nil:
		return "number"
	}
	return "string"
}

func (m *maker) object(dst []byte, schema *yaml.Node, depth int) []byte {
	dst = append(dst, '{')
	first, seen := true, map[string]bool{}
	var add func(s *yaml.Node, level int)
	add = func(s *yaml.Node, level int) {
		s = m.deref(s)
		if s == nil || level > maxDepth {
			return
		}
		required := map[string]bool{}
		if r := document.Get(s, "required"); r != nil && r.Kind == yaml.SequenceNode {
			for _, n := range r.Content {
				required[n.Value] = true
			}
		}
		member := func(name string, value *yaml.Node) {
			if seen[name] || depth >= maxDepth && !required[name] {
				return
			}
			seen[name] = true
			if !first {
				dst = append(dst, ',')
			}
			first = false
			key, _ := json.Marshal(name) // a string always encodes
			dst = append(append(dst, key...), ':')
			dst = m.value(dst, value, depth+1)
		}
		if p := document.Get(s, "properties"); p != nil && p.Kind == yaml.MappingNode {
			for i := 0; i+1 < len(p.Content); i += 2 {
				member(p.Content[i].Value, p.Content[i+1])
			}
		}
		if r := document.Get(s, "required"); r != nil && r.Kind == yaml.SequenceNode {
			for _, n := range r.Content {
				member(n.Value, &yaml.Node{Kind: yaml.MappingNode})
			}
		}
		if all := document.Get(s, "allOf"); all != nil {
			for _, part := range all.Content {
				add(part, level+1)
			}
		}
	}
	add(schema, 0)
	return append(dst, '}')
}

var formats = map[string]string{
	"uuid": "00000000-0000-4000-8000-000000000000", "date-time": "2020-01-01T00:00:00Z", "date": "2020-01-01", "time": "00:00:00Z",
	"email": "someone@example.com", "uri": "https://example.com/", "hostname": "example.com", "ipv4": "192.0.2.1", "ipv6": "2001:db8::1",
	"byte": "AA==",
}

func (m *maker) string(schema *yaml.Node) string {
	if f := document.Get(schema, "format"); f != nil && formats[f.Value] != "" {
		return formats[f.Value]
	}
	text := m.text
	if document.Get(schema, "pattern") != nil {
		text = "text"
	}
	low, high := int(number(schema, "minLength", 0)), int(number(schema, "maxLength", math.MaxInt32))
	if n := len([]rune(text)); n < low && low <= 10_000 {
		text = strings.Repeat(text, low/n+1)
		high = min(high, max(low, 1))
	}
	if r := []rune(text); len(r) > high && high >= 0 {
		text = string(r[:high])
	}
	return text
}

func number(schema *yaml.Node, key string, otherwise float64) float64 {
	n := document.Get(schema, key)
	if n == nil {
		return otherwise
	}
	f, err := strconv.ParseFloat(n.Value, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return otherwise
	}
	return f
}

// inBounds returns a number that the schema allows: 1, or else the nearest.
func inBounds(schema *yaml.Node) float64 {
	f := 1.0
	if low := number(schema, "minimum", math.Inf(-1)); f < low || f == low && exclusive(schema, "exclusiveMinimum") {
		f = low
		if exclusive(schema, "exclusiveMinimum") {
			f++
		}
	}
	if high := number(schema, "maximum", math.Inf(1)); f > high || f == high && exclusive(schema, "exclusiveMaximum") {
		f = high
		if exclusive(schema, "exclusiveMaximum") {
			f--
		}
	}
	if m := number(schema, "multipleOf", 0); m > 0 {
		f = math.Ceil(f/m) * m
	}
	return f
}

// exclusive reads draft 4's boolean form.
func exclusive(schema *yaml.Node, key string) bool {
	n := document.Get(schema, key)
	return n != nil && n.Value == "true"
}
