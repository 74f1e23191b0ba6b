package gateway

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Document is a parsed OpenAPI 3.0 or Swagger 2.0 document that remembers where everything in it stands.
type Document struct {
	file string
	root *yaml.Node // a mapping
}

// Position is a place in a document. Line and Column are 1-based; both are 0 where only the file is known.
type Position struct {
	File         string
	Line, Column int
}

func (p Position) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// MaxDocument is the largest document that API Gateway imports, in bytes.
const MaxDocument = 6 << 20

// ParseDocument reads a document as YAML or JSON. file is what messages call it. The error is a Problems.
func ParseDocument(file string, data []byte) (*Document, error) {
	if len(data) > MaxDocument {
		return nil, Problems{{Position: Position{File: file}, Reason: fmt.Sprintf("the document has %d bytes, API Gateway imports at most %d", len(data), MaxDocument),
			Fix: "move large templates or examples out of it"}}
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if t := bytes.TrimSpace(data); len(t) > 0 && t[0] == '{' {
		root, err := parseJSON(data)
		if err == nil {
			return NewDocument(file, root)
		}
		if strings.HasSuffix(file, ".json") {
			return nil, Problems{{Position: Position{file, err.line, err.column}, Reason: "not valid JSON: " + err.msg, Fix: "correct the JSON"}}
		}
	}
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		p := Problem{Position: Position{File: file}, Reason: "not valid YAML: " + strings.TrimPrefix(err.Error(), "yaml: "), Fix: "correct the YAML"}
		var perr *yaml.LoadError
		if errors.As(err, &perr) {
			p.Line, p.Column = perr.Mark.Line, perr.Mark.Column
		}
		p.Line, p.Column = max(p.Line, 1), max(p.Column, 1)
		return nil, Problems{p}
	}
	return NewDocument(file, &root)
}

// NewDocument takes a document that is parsed already, such as the DefinitionBody of a SAM template with its intrinsic functions
// resolved. The error is a Problems.
func NewDocument(file string, root *yaml.Node) (*Document, error) {
	if root != nil && root.Kind == yaml.DocumentNode && len(root.Content) > 0 {
		root = root.Content[0]
	}
	if root == nil || root.Kind == 0 || root.Kind == yaml.DocumentNode {
		return nil, Problems{{Position: Position{file, 1, 1}, Reason: "the document is empty", Fix: "give an OpenAPI 3.0 or Swagger 2.0 document"}}
	}
	d := &Document{file: file, root: resolveAlias(root)}
	if d.root.Kind != yaml.MappingNode {
		return nil, Problems{{Position: d.at(d.root), Reason: "the document is not an object", Fix: "give an OpenAPI 3.0 or Swagger 2.0 document"}}
	}
	n := normaliser{doc: d, seen: map[*yaml.Node]bool{}}
	n.node(d.root, 0)
	if n.problems != nil {
		return nil, n.problems
	}
	return d, nil
}

// normaliser puts what merge keys (<<) stand for in their place and looks for keys that a mapping has twice.
type normaliser struct {
	doc      *Document
	seen     map[*yaml.Node]bool
	problems Problems
}

func (z *normaliser) node(n *yaml.Node, depth int) {
	n = resolveAlias(n)
	if n == nil || z.seen[n] {
		return
	}
	z.seen[n] = true
	if depth > maxDocumentDepth {
		z.problems = append(z.problems, Problem{Position: z.doc.at(n), Reason: fmt.Sprintf("more than %d arrays and objects inside each other", maxDocumentDepth), Fix: "nest less deeply"})
		return
	}
	if n.Kind == yaml.MappingNode {
		z.mapping(n, depth)
	}
	for _, child := range n.Content {
		z.node(child, depth+1)
	}
}

func (z *normaliser) mapping(n *yaml.Node, depth int) {
	own := map[string]*yaml.Node{}
	merges := false
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if key.Tag == "!!merge" {
			merges = true
			continue
		}
		if first := own[key.Value]; first != nil && first.Tag == key.Tag {
			z.problems = append(z.problems, Problem{Position: z.doc.at(key), Reason: fmt.Sprintf("the key %q is there twice, first in line %d", key.Value, first.Line), Fix: "remove one of the two"})
			continue
		}
		own[key.Value] = key
	}
	if !merges {
		return
	}
	var content []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], resolveAlias(n.Content[i+1])
		if key.Tag != "!!merge" {
			content = append(content, key, n.Content[i+1])
			continue
		}
		from := []*yaml.Node{value}
		if value.Kind == yaml.SequenceNode {
			from = value.Content
		}
		for _, m := range from {
			m = resolveAlias(m)
			z.node(m, depth+1)
			for j := 0; j+1 < len(m.Content) && m.Kind == yaml.MappingNode; j += 2 {
				if own[m.Content[j].Value] == nil {
					own[m.Content[j].Value] = m.Content[j]
					content = append(content, m.Content[j], m.Content[j+1])
				}
			}
		}
	}
	n.Content = content
}

// File is the name given to ParseDocument or NewDocument.
func (d *Document) File() string { return d.file }

// Root is the top mapping node of the document. It must not be changed.
func (d *Document) Root() *yaml.Node { return d.root }

func (d *Document) at(n *yaml.Node) Position {
	if n == nil {
		return Position{File: d.file}
	}
	return Position{d.file, n.Line, n.Column}
}

func resolveAlias(n *yaml.Node) *yaml.Node {
	for n != nil && n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// maxRefs bounds a chain of references that lead to references.
const maxRefs = 32

// deref follows YAML aliases and $ref inside the document. It answers nil and a reason where a reference leads nowhere.
func (d *Document) deref(n *yaml.Node) (*yaml.Node, string) {
	for range maxRefs {
		n = resolveAlias(n)
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

// pointer follows a JSON pointer from the root, nil if it leads nowhere.
func (d *Document) pointer(p string) *yaml.Node {
	n := d.root
	for _, part := range strings.Split(strings.TrimPrefix(p, "/"), "/") {
		if n = get(n, unescapePointer.Replace(part)); n == nil {
			return nil
		}
	}
	return n
}

// get answers a member of a mapping, nil if n is no mapping or has no such member.
func get(n *yaml.Node, key string) *yaml.Node {
	n = resolveAlias(n)
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return resolveAlias(n.Content[i+1])
		}
	}
	return nil
}

// member is a key of a mapping and its value.
type member struct {
	key   *yaml.Node
	value *yaml.Node
}

func members(n *yaml.Node) []member {
	n = resolveAlias(n)
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	ms := make([]member, 0, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		ms = append(ms, member{n.Content[i], resolveAlias(n.Content[i+1])})
	}
	return ms
}

func text(n *yaml.Node) string {
	if n = resolveAlias(n); n == nil || n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		return ""
	}
	return n.Value
}

func isTrue(n *yaml.Node) bool {
	return strings.EqualFold(text(n), "true")
}

// jsonError is a mistake in JSON text with its place.
type jsonError struct {
	line, column int
	msg          string
}

// parseJSON reads JSON into the nodes that the YAML reader would make, since YAML does not cover all of JSON (tabs, \u escapes in
// pairs).
func parseJSON(data []byte) (*yaml.Node, *jsonError) {
	p := jsonReader{data: data, dec: json.NewDecoder(bytes.NewReader(data))}
	p.dec.UseNumber()
	n, err := p.value(0)
	if err == nil {
		if _, err = p.dec.Token(); err == io.EOF {
			return n, nil
		} else if err == nil {
			err = errors.New("text after the end of the document")
		}
	}
	offset := p.dec.InputOffset()
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		offset = syntax.Offset // of the byte at fault, or of the one after it, as the decoder pleases
		if before := offset - 1; before >= 0 && before < int64(len(data)) && strings.HasPrefix(syntax.Error(), fmt.Sprintf("invalid character %q", data[before])) {
			offset = before
		}
	}
	line, column := p.place(max(0, min(int(offset), len(data))))
	return nil, &jsonError{line, column, err.Error()}
}

type jsonReader struct {
	data []byte
	dec  *json.Decoder
	// where the last place was asked for, so that finding all of them takes one pass
	offset, line, lineStart int
}

func (p *jsonReader) place(offset int) (line, column int) {
	if offset < p.offset {
		p.offset, p.line, p.lineStart = 0, 0, 0
	}
	for ; p.offset < offset; p.offset++ {
		if p.data[p.offset] == '\n' {
			p.line++
			p.lineStart = p.offset + 1
		}
	}
	return p.line + 1, offset - p.lineStart + 1
}

const maxDocumentDepth = 500

func (p *jsonReader) value(depth int) (*yaml.Node, error) {
	if depth > maxDocumentDepth {
		return nil, fmt.Errorf("more than %d arrays and objects inside each other", maxDocumentDepth)
	}
	from := int(p.dec.InputOffset())
	for from < len(p.data) && strings.IndexByte(" \t\r\n,:", p.data[from]) >= 0 {
		from++
	}
	t, err := p.dec.Token()
	if err != nil {
		return nil, err
	}
	n := &yaml.Node{}
	n.Line, n.Column = p.place(from)
	switch t := t.(type) {
	case json.Delim:
		n.Kind, n.Style = yaml.SequenceNode, yaml.FlowStyle
		if t == '{' {
			n.Kind = yaml.MappingNode
		}
		for p.dec.More() {
			child, err := p.value(depth + 1)
			if err != nil {
				return nil, err
			}
			n.Content = append(n.Content, child)
		}
		if _, err := p.dec.Token(); err != nil {
			return nil, err
		}
	case string:
		n.Kind, n.Tag, n.Value, n.Style = yaml.ScalarNode, "!!str", t, yaml.DoubleQuotedStyle
	case json.Number:
		n.Kind, n.Tag, n.Value = yaml.ScalarNode, "!!float", t.String()
		if !strings.ContainsAny(n.Value, ".eE") {
			n.Tag = "!!int"
		}
	case bool:
		n.Kind, n.Tag, n.Value = yaml.ScalarNode, "!!bool", fmt.Sprint(t)
	case nil:
		n.Kind, n.Tag, n.Value = yaml.ScalarNode, "!!null", "null"
	}
	return n, nil
}
