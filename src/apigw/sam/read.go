package sam

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Limits of what is read. A file larger than maxFile could not be imported either; API Gateway takes 6 MB.
const (
	maxFile  = 6 << 20
	maxDepth = 200     // nesting of collections
	maxNodes = 300_000 // nodes of one file, aliases expanded
	maxFiles = 100     // files a template may include, itself among them
)

// fileStride separates the line numbers of the files of one template: line 3 of file number 2 is kept as 2*fileStride+3. It lets
// nodes of several files share one tree, as yaml.Node knows no file.
const fileStride = 10_000_000

// files are the files of one template, in the order they were read.
type files struct {
	names      []string
	readFile   func(string) ([]byte, error)
	template   string // the file in which short forms are allowed
	shortForms []Pos  // those in other files
	aliases    []Pos  // aliases of YAML in other files
	lenient    bool   // keys given twice are noted rather than refused
	twice      Problems
}

// pos answers where a node stands.
func (fs *files) pos(n *yaml.Node) Pos { return fs.place(n.Line, n.Column) }

func (fs *files) place(line, column int) Pos {
	i := line / fileStride
	if i < 0 || i >= len(fs.names) {
		i = 0
	}
	return Pos{fs.names[i], line % fileStride, column}
}

func (fs *files) errorf(n *yaml.Node, format string, args ...any) *Problem {
	return &Problem{fs.pos(n), fmt.Sprintf(format, args...)}
}

// read reads a file and parses it. Short forms of intrinsic functions come out in their long form, aliases expanded.
func (fs *files) read(name string) (*yaml.Node, error) {
	if len(fs.names) >= maxFiles {
		return nil, &Problem{Pos{File: name}, fmt.Sprintf("the template includes more than %d files", maxFiles-1)}
	}
	data, err := fs.readFile(name)
	if err != nil {
		return nil, &Problem{Pos{File: name}, "cannot be read: " + reason(err)}
	}
	return fs.parse(name, data)
}

// reason is an error without the operation and path that os puts before it.
func reason(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err.Error()
		}
		err = inner
	}
}

func (fs *files) parse(name string, data []byte) (*yaml.Node, error) {
	base := len(fs.names) * fileStride
	fs.names = append(fs.names, name)
	at := func(line, column int, format string, args ...any) error {
		return &Problem{Pos{name, line, column}, fmt.Sprintf(format, args...)}
	}
	if len(data) > maxFile {
		return nil, at(0, 0, "has %d bytes; at most %d are read", len(data), maxFile)
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	var root *yaml.Node
	if looksLikeJSON(name, data) {
		n, err := parseJSON(data)
		if err != nil {
			return nil, at(err.line, err.column, "%s", err.message)
		}
		root = n
	} else {
		var n yaml.Node
		if err := yaml.Load(data, &n); err != nil {
			var le *yaml.LoadError
			if errors.As(err, &le) && le.Mark.Line > 0 {
				msg := le.Message
				if le.ContextMsg != "" {
					msg += ", " + le.ContextMsg
				}
				return nil, at(le.Mark.Line, le.Mark.Column, "not valid YAML: %s", msg)
			}
			// Errors of the stream as a whole: "yaml: construct errors: <unknown position>: yaml: no documents in stream".
			msg := err.Error()
			if i := strings.LastIndex(msg, "yaml: "); i >= 0 {
				msg = msg[i+len("yaml: "):]
			}
			if strings.HasPrefix(msg, "no documents") {
				return nil, at(0, 0, "the file is empty")
			}
			return nil, at(0, 0, "not valid YAML: %s", msg)
		}
		root = &n
	}
	if root.Kind == yaml.DocumentNode {
		if len(root.Content) != 1 {
			return nil, at(0, 0, "the file is empty")
		}
		root = root.Content[0]
	}
	if root.Kind == 0 {
		return nil, at(0, 0, "the file is empty")
	}
	n := normaliser{fs: fs, base: base}
	return n.node(root, 0)
}

func looksLikeJSON(name string, data []byte) bool {
	if strings.EqualFold(filepath.Ext(name), ".json") {
		return true
	}
	data = bytes.TrimLeft(data, " \t\r\n")
	return len(data) > 0 && data[0] == '{' && isJSON(data)
}

// normaliser copies a parsed tree: short forms of intrinsic functions become long ones, aliases and merge keys are expanded, lines
// carry the number of the file. Cyclic aliases and trees beyond the limits are errors, as are keys given twice
// unless it is lenient.
type normaliser struct {
	fs    *files
	base  int
	nodes int
}

func (z *normaliser) node(n *yaml.Node, depth int) (*yaml.Node, error) {
	z.nodes++
	c := &yaml.Node{Kind: n.Kind, Tag: n.ShortTag(), Value: n.Value, Style: n.Style, Line: n.Line + z.base, Column: n.Column}
	switch {
	case depth > maxDepth:
		return nil, z.fs.errorf(c, "is nested more than %d deep (does an alias contain itself?)", maxDepth)
	case z.nodes > maxNodes:
		return nil, z.fs.errorf(c, "the file has more than %d nodes once its aliases are expanded", maxNodes)
	}
	if c.Kind == yaml.ScalarNode && c.Tag == "!!bool" {
		c.Value = strings.ToLower(c.Value) // True and TRUE are true, as CloudFormation takes them
	}
	switch n.Kind {
	case yaml.AliasNode:
		if at := z.fs.pos(c); at.File != z.fs.template {
			z.fs.aliases = append(z.fs.aliases, at)
		}
		return z.node(n.Alias, depth+1)
	case yaml.MappingNode:
		if err := z.mapping(c, n, depth); err != nil {
			return nil, err
		}
	case yaml.SequenceNode:
		for _, e := range n.Content {
			v, err := z.node(e, depth+1)
			if err != nil {
				return nil, err
			}
			c.Content = append(c.Content, v)
		}
	}
	return z.longForm(c)
}

func (z *normaliser) mapping(c, n *yaml.Node, depth int) error {
	seen := make(map[string]int, len(n.Content)/2) // key → where in c.Content
	var merged []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, err := z.node(n.Content[i], depth+1)
		if err != nil {
			return err
		}
		v, err := z.node(n.Content[i+1], depth+1)
		if err != nil {
			return err
		}
		if k.Kind != yaml.ScalarNode {
			return z.fs.errorf(k, "a key must be a text, not a %s", kindName(k))
		}
		if k.Tag == "!!merge" {
			merged = append(merged, v)
			continue
		}
		if at, twice := seen[k.Value]; twice {
			p := z.fs.errorf(k, "the key %q is given twice", k.Value)
			if !z.fs.lenient {
				return p
			}
			z.fs.twice = append(z.fs.twice, p)
			c.Content[at], c.Content[at+1] = k, v // the last counts, as for CloudFormation and API Gateway
			continue
		}
		seen[k.Value] = len(c.Content)
		c.Content = append(c.Content, k, v)
	}
	for _, m := range merged {
		sources := []*yaml.Node{m}
		if m.Kind == yaml.SequenceNode {
			sources = m.Content
		}
		for _, s := range sources {
			if s.Kind != yaml.MappingNode {
				return z.fs.errorf(m, "<< must be given a map or a list of maps")
			}
			for k, v := range pairs(s) {
				if _, own := seen[k.Value]; !own {
					seen[k.Value] = len(c.Content)
					c.Content = append(c.Content, k, v)
				}
			}
		}
	}
	return nil
}

// shortForms are the YAML tags of CloudFormation's intrinsic functions and their long names.
var shortForms = map[string]string{
	"!Ref": "Ref", "!Condition": "Condition",
	"!And": "Fn::And", "!Base64": "Fn::Base64", "!Cidr": "Fn::Cidr", "!Equals": "Fn::Equals", "!FindInMap": "Fn::FindInMap",
	"!ForEach": "Fn::ForEach", "!GetAtt": "Fn::GetAtt", "!GetAZs": "Fn::GetAZs", "!If": "Fn::If", "!ImportValue": "Fn::ImportValue",
	"!Join": "Fn::Join", "!Length": "Fn::Length", "!Not": "Fn::Not", "!Or": "Fn::Or", "!Select": "Fn::Select", "!Split": "Fn::Split",
	"!Sub": "Fn::Sub", "!ToJsonString": "Fn::ToJsonString", "!Transform": "Fn::Transform",
}

func (z *normaliser) longForm(n *yaml.Node) (*yaml.Node, error) {
	if !strings.HasPrefix(n.Tag, "!") || strings.HasPrefix(n.Tag, "!!") {
		return n, nil
	}
	name, ok := shortForms[n.Tag]
	if !ok {
		return nil, z.fs.errorf(n, "unknown tag %s: CloudFormation has no such intrinsic function", n.Tag)
	}
	if at := z.fs.pos(n); at.File != z.fs.template {
		z.fs.shortForms = append(z.fs.shortForms, at)
	}
	n.Tag = ""
	n.Style &^= yaml.TaggedStyle
	n.Tag = n.ShortTag()
	if n.Kind == yaml.ScalarNode {
		n.Tag = "!!str"
	}
	key := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: name, Line: n.Line, Column: n.Column}
	return &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: []*yaml.Node{key, n}, Line: n.Line, Column: n.Column}, nil
}
