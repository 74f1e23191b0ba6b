package sam

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// JSON is parsed apart from YAML, of which it is nearly but not quite a subset: surrogate pairs (\ud83d\ude00) and tabs are errors in
// YAML.

type jsonError struct {
	line, column int
	message      string
}

func isJSON(data []byte) bool { return json.Valid(data) }

// parseJSON parses strict JSON into nodes with positions.
func parseJSON(data []byte) (*yaml.Node, *jsonError) {
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
		return nil, &jsonError{line, column, "not valid JSON: " + err.Error()}
	}
	n, err := p.value(0)
	if err != nil {
		line, column := p.place(int(p.dec.InputOffset()))
		return nil, &jsonError{line, column, err.Error()}
	}
	return n, nil
}

type jsonParser struct {
	data []byte
	dec  *json.Decoder
	// The place of the byte last looked at: places only go forward, so that counting lines stays linear.
	offset, line, lineStart int
}

func (p *jsonParser) place(offset int) (line, column int) {
	if offset < p.offset {
		p.offset, p.line, p.lineStart = 0, 0, 0
	}
	offset = min(offset, len(p.data))
	for i := p.offset; i < offset; i++ {
		if p.data[i] == '\n' {
			p.line++
			p.lineStart = i + 1
		}
	}
	p.offset = offset
	return p.line + 1, utf8.RuneCount(p.data[p.lineStart:offset]) + 1
}

// next answers where the next token begins.
func (p *jsonParser) next() (line, column int) {
	i := int(p.dec.InputOffset())
	for i < len(p.data) && strings.IndexByte(" \t\r\n,:", p.data[i]) >= 0 {
		i++
	}
	return p.place(i)
}

func (p *jsonParser) value(depth int) (*yaml.Node, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("nested more than %d deep", maxDepth)
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
