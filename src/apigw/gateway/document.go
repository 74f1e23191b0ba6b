package gateway

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"example.com/guessing-game/src/apigw/document"
)

// Document is a parsed OpenAPI 3.0 or Swagger 2.0 document that records the position of
// everything in it.
type Document struct {
	file string
	root *yaml.Node // a mapping
}

// MaxDocument is the largest document that API Gateway imports, in bytes.
const MaxDocument = document.MaxFile

// ParseDocument reads a document as YAML or JSON. file is its name in messages. The error is a
// Problems.
func ParseDocument(file string, data []byte) (*Document, error) {
	root, err := document.Parse(file, data, document.Options{})
	if err != nil {
		return nil, asProblems(file, err)
	}
	return NewDocument(file, root)
}

func asProblems(file string, err error) Problems {
	if p := (*Problem)(nil); errors.As(err, &p) {
		return Problems{p}
	}
	return Problems{{Position: Position{File: file}, Reason: err.Error()}}
}

// NewDocument accepts a tree without aliases and merge keys, such as the DefinitionBody of a SAM
// template with its intrinsic functions resolved. The error is a Problems.
func NewDocument(file string, root *yaml.Node) (*Document, error) {
	d := &Document{file: file, root: root}
	if root == nil || root.Kind != yaml.MappingNode {
		return nil, Problems{{Position: d.at(root), Reason: "the document is not an object", Fix: "provide an OpenAPI 3.0 or Swagger 2.0 document"}}
	}
	return d, nil
}

// Root is the top mapping node of the document. It must not be changed.
func (d *Document) Root() *yaml.Node { return d.root }

func (d *Document) at(n *yaml.Node) Position {
	if n == nil {
		return Position{File: d.file}
	}
	return Position{File: d.file, Line: n.Line, Column: n.Column}
}

// maxRefs bounds a chain of references that lead to references.
const maxRefs = 32

// deref follows YAML aliases and $ref inside the document. It returns nil and a reason if a
// reference leads nowhere.
func (d *Document) deref(n *yaml.Node) (*yaml.Node, string) {
	for range maxRefs {
		ref := get(n, "$ref")
		if ref == nil || ref.Kind != yaml.ScalarNode {
			return n, ""
		}
		if !strings.HasPrefix(ref.Value, "#/") {
			return nil, fmt.Sprintf("the reference %q leads out of the document", ref.Value)
		}
		if n = d.pointer(ref.Value[1:]); n == nil {
			return nil, fmt.Sprintf("the reference %q leads nowhere", ref.Value)
		}
	}
	return nil, "the reference leads back to itself"
}

var unescapePointer = strings.NewReplacer("~1", "/", "~0", "~")

// pointer follows a JSON pointer from the root; nil if it leads nowhere.
func (d *Document) pointer(p string) *yaml.Node {
	n := d.root
	for _, part := range strings.Split(strings.TrimPrefix(p, "/"), "/") {
		if n != nil && n.Kind == yaml.SequenceNode {
			i, err := strconv.Atoi(part)
			if err != nil || i < 0 || i >= len(n.Content) {
				return nil
			}
			n = n.Content[i]
			continue
		}
		if n = get(n, unescapePointer.Replace(part)); n == nil {
			return nil
		}
	}
	return n
}

// get returns a member of a mapping; nil if n is not a mapping or has no such member.
func get(n *yaml.Node, key string) *yaml.Node { return document.Get(n, key) }

// member is a key of a mapping and its value.
type member struct {
	key   *yaml.Node
	value *yaml.Node
}

func members(n *yaml.Node) []member {
	var ms []member
	for k, v := range document.Pairs(n) {
		ms = append(ms, member{k, v})
	}
	return ms
}

func text(n *yaml.Node) string {
	if n == nil || n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		return ""
	}
	return n.Value
}

func isTrue(n *yaml.Node) bool {
	return strings.EqualFold(text(n), "true")
}
