package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// JSON has its own parser, since it is not quite a subset of YAML: surrogate pairs (\ud83d\ude00)
// and tabs are errors in YAML.

// parseJSON parses strict JSON into nodes with positions.
func parseJSON(file string, data []byte) (*yaml.Node, *Problem) {
	p := &jsonParser{data: data, dec: json.NewDecoder(bytes.NewReader(data))}
	p.dec.UseNumber()
	var whole json.RawMessage
	if err := json.Unmarshal(data, &whole); err != nil {
		offset := len(data)
		var se *json.SyntaxError
		if errors.As(err, &se) && !strings.HasPrefix(se.Error(), "unexpected end") {
			offset = max(int(se.Offset)-1, 0)
		}
		line, column := p.place(offset)
		return nil, &Problem{Position: Position{file, line, column}, Reason: "not valid JSON: " + err.Error()}
	}
	n, err := p.value(0)
	if err != nil {
		line, column := p.place(int(p.dec.InputOffset()))
		return nil, &Problem{Position: Position{file, line, column}, Reason: err.Error()}
	}
	return n, nil
}

type jsonParser struct {
	data []byte
	dec  *json.Decoder
	// The position of the last byte: positions only go forward, so that counting lines and columns
	// takes linear time.
	offset, line, column int
}

func (p *jsonParser) place(offset int) (line, column int) {
	if offset < p.offset {
		p.offset, p.line, p.column = 0, 0, 0
	}
	for offset = min(offset, len(p.data)); p.offset < offset; p.offset++ {
		switch c := p.data[p.offset]; {
		case c == '\n':
			p.line++
			p.column = 0
		case utf8.RuneStart(c):
			p.column++
		}
	}
	return p.line + 1, p.column + 1
}

// next returns where the next token begins.
func (p *jsonParser) next() (line, column int) {
	i := int(p.dec.InputOffset())
	for i < len(p.data) && strings.IndexByte(" \t\r\n,:", p.data[i]) >= 0 {
		i++
	}
	return p.place(i)
}

func (p *jsonParser) value(depth int) (*yaml.Node, error) {
	if depth > MaxDepth {
		return nil, fmt.Errorf("nested more than %d deep", MaxDepth)
	}
	line, column := p.next()
	tok, err := p.dec.Token()
	if err != nil {
		return nil, err
	}
	n := &yaml.Node{Kind: yaml.ScalarNode, Line: line, Column: column}
	switch t := tok.(type) {
	case json.Delim:
		n.Kind, n.Tag = yaml.MappingNode, "!!map"
		if t == '[' {
			n.Kind, n.Tag = yaml.SequenceNode, "!!seq"
		}
		for p.dec.More() {
			v, err := p.value(depth + 1)
			if err != nil {
				return nil, err
			}
			n.Content = append(n.Content, v)
		}
		if _, err := p.dec.Token(); err != nil {
			return nil, err
		}
	case string:
		n.Tag, n.Value, n.Style = "!!str", t, yaml.DoubleQuotedStyle
	case json.Number:
		n.Tag, n.Value = "!!int", t.String()
		if strings.ContainsAny(n.Value, ".eE") {
			n.Tag = "!!float"
		}
	case bool:
		n.Tag, n.Value = "!!bool", fmt.Sprint(t)
	case nil:
		n.Tag, n.Value = "!!null", "null"
	}
	return n, nil
}

// JSON writes a tree as compact JSON, keys in order. It fails for numbers that JSON does not have
// and for nesting beyond MaxDepth.
func JSON(n *yaml.Node) ([]byte, error) { return appendJSON(nil, n, 0) }

func appendJSON(dst []byte, n *yaml.Node, depth int) ([]byte, error) {
	if depth > MaxDepth {
		return nil, fmt.Errorf("nested more than %d deep", MaxDepth)
	}
	var err error
	switch n.Kind {
	case yaml.MappingNode:
		dst = append(dst, '{')
		for i := 0; i+1 < len(n.Content); i += 2 {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendText(dst, n.Content[i].Value)
			dst = append(dst, ':')
			if dst, err = appendJSON(dst, n.Content[i+1], depth+1); err != nil {
				return nil, err
			}
		}
		return append(dst, '}'), nil
	case yaml.SequenceNode:
		dst = append(dst, '[')
		for i, e := range n.Content {
			if i > 0 {
				dst = append(dst, ',')
			}
			if dst, err = appendJSON(dst, e, depth+1); err != nil {
				return nil, err
			}
		}
		return append(dst, ']'), nil
	}
	switch n.Tag {
	case "!!null":
		return append(dst, "null"...), nil
	case "!!bool", "!!int", "!!float":
		if json.Valid([]byte(n.Value)) {
			return append(dst, n.Value...), nil
		}
		var v any
		if err := n.Decode(&v); err != nil {
			return nil, fmt.Errorf("line %d: %q is not a %s", n.Line, n.Value, KindName(n))
		}
		text, err := json.Marshal(v)
		if err != nil {
			return nil, fmt.Errorf("line %d: %q cannot be written as JSON", n.Line, n.Value)
		}
		return append(dst, text...), nil
	}
	return appendText(dst, n.Value), nil
}

func appendText(dst []byte, s string) []byte {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string always encodes
	return append(dst, strings.TrimSuffix(b.String(), "\n")...)
}
