package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"example.com/guessing-game/src/apigw/budget"
	"example.com/guessing-game/src/apigw/document"
	"example.com/guessing-game/src/apigw/gateway/jsonschema"
)

// schemas compiles the models of a document. API Gateway uses JSON Schema draft 4.
type schemas struct {
	doc      *Document
	models   string // where named models are: "/components/schemas/"
	compiled *jsonschema.Document
	pointers map[*yaml.Node]string            // where each node first occurs
	values   map[*yaml.Node]*jsonschema.Value // the results of value, which aliases share
	err      error
}

func newSchemas(doc *Document, swagger bool) *schemas {
	s := &schemas{doc: doc, models: "/components/schemas/"}
	if swagger {
		s.models = "/definitions/"
	}
	return s
}

// prepare converts the document for the compiler, when the first model is found.
func (s *schemas) prepare() {
	s.pointers, s.values = map[*yaml.Node]string{}, map[*yaml.Node]*jsonschema.Value{}
	root, err := s.value(s.doc.root, "", 0)
	if err != nil {
		s.err = err
		return
	}
	s.compiled = jsonschema.NewDocument(root)
}

// compile compiles the schema at a node of the document; errors have positions.
func (s *schemas) compile(n *yaml.Node) (*jsonschema.Schema, Position, error) {
	if s.pointers == nil {
		s.prepare()
	}
	if s.err != nil {
		return nil, s.doc.at(n), s.err
	}
	pointer, ok := s.pointers[n]
	if !ok {
		return nil, s.doc.at(n), errors.New("the schema is not part of the document")
	}
	schema, err := s.compiled.Compile(pointer)
	var wrong *jsonschema.SchemaError
	if errors.As(err, &wrong) {
		if at := s.doc.pointer(wrong.Pointer); at != nil {
			return nil, s.doc.at(at), errors.New(wrong.Message)
		}
	}
	return schema, s.doc.at(n), err
}

// dropped returns the nodes that the schemas compiled last have left out, each once.
func (s *schemas) dropped() (at []Position) {
	if s.compiled == nil {
		return nil
	}
	for _, pointer := range s.compiled.Dropped {
		if n := s.doc.pointer(pointer); n != nil {
			at = append(at, s.doc.at(n))
		}
	}
	s.compiled.Dropped = nil
	return at
}

var escapePointer = strings.NewReplacer("~", "~0", "/", "~1")

// value converts nodes to JSON. References to models by their API Gateway address become references
// inside the document; $schema goes, since the draft is fixed.
func (s *schemas) value(n *yaml.Node, pointer string, depth int) (*jsonschema.Value, error) {
	if v, ok := s.values[n]; ok {
		return v, nil
	}
	v, err := s.convert(n, pointer, depth)
	if err == nil {
		s.values[n] = v
	}
	return v, err
}

func (s *schemas) convert(n *yaml.Node, pointer string, depth int) (*jsonschema.Value, error) {
	if depth > document.MaxDepth {
		return nil, fmt.Errorf("line %d: more than %d nested arrays and objects", n.Line, document.MaxDepth)
	}
	s.pointers[n] = pointer
	switch n.Kind {
	case yaml.MappingNode:
		out := jsonschema.NewObject()
		for _, m := range members(n) {
			key := m.key.Value
			if m.value.Kind == yaml.ScalarNode && m.value.Tag == "!!str" {
				if key == "$schema" {
					continue
				}
				if key == "$ref" && strings.HasPrefix(m.value.Value, "https://apigateway.") {
					if i := strings.Index(m.value.Value, "/models/"); i >= 0 {
						out.Set(key, jsonschema.NewString("#"+s.models+m.value.Value[i+len("/models/"):]))
						continue
					}
				}
			}
			v, err := s.value(m.value, pointer+"/"+escapePointer.Replace(key), depth+1)
			if err != nil {
				return nil, err
			}
			out.Set(key, v)
		}
		return out, nil
	case yaml.SequenceNode:
		out := make([]*jsonschema.Value, 0, len(n.Content))
		for i, item := range n.Content {
			v, err := s.value(item, pointer+"/"+strconv.Itoa(i), depth+1)
			if err != nil {
				return nil, err
			}
			out = append(out, v)
		}
		return jsonschema.NewArray(out), nil
	}
	switch n.Tag {
	case "!!int", "!!float":
		if v, ok := number(n); ok {
			return v, nil
		}
	case "!!bool":
		return jsonschema.NewBoolean(isTrue(n)), nil
	case "!!null":
		return jsonschema.NewNull(), nil
	}
	return jsonschema.NewString(n.Value), nil
}

// number converts a YAML number to JSON: 0x10 is 16, and .inf is not a number.
func number(n *yaml.Node) (*jsonschema.Value, bool) {
	text := n.Value
	if !json.Valid([]byte(text)) {
		var v any
		if n.Decode(&v) != nil {
			return nil, false
		}
		b, err := json.Marshal(v)
		if err != nil {
			return nil, false
		}
		text = string(b)
	}
	v, err := jsonschema.ParseNumber(text)
	return v, err == nil
}

// Fits reports whether a body fits the model.
func (m *Model) Fits(ctx context.Context, body string) bool {
	detail, err := m.validate(budget.New(ctx, budget.Limits{}), body)
	return detail == "" && err == nil
}

var errNoBody = errors.New("the request has no body, and the method's validator requires one that fits its model")

// unreadableBody is the service's message for a body that is empty or not JSON.
const unreadableBody = "[Unknown error parsing request body]"

// validate checks a body and returns the problems as worded in API Gateway's log, empty if the body
// is valid. The error is the cause of an unreadable body, or reports that the budget is exhausted.
func (m *Model) validate(b *budget.Budget, body string) (detail string, err error) {
	if m.schema == nil {
		return "", nil
	}
	v, err := jsonschema.Parse(b, body)
	switch {
	case err == nil:
	case b.Err() != nil:
		return unreadableBody, err
	case strings.TrimSpace(body) == "":
		return unreadableBody, errNoBody
	default:
		return unreadableBody, fmt.Errorf("the body is not JSON: %w", err)
	}
	messages, err := m.schema.Validate(b, v)
	if err != nil || len(messages) == 0 {
		return "", err
	}
	return "[" + strings.Join(jsonschema.Unordered(messages), ", ") + "]", nil
}
