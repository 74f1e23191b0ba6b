package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Limits of what is read. API Gateway could not import a larger file either: it accepts 6 MB.
const (
	MaxFile  = 6 << 20
	MaxDepth = 200     // nesting of collections
	MaxNodes = 300_000 // nodes of one file, aliases expanded

	maxText = 64 << 20 // bytes of all its texts, aliases expanded
)

// Options of Parse.
type Options struct {
	// Twice is called for duplicate keys, the last of which counts. If it is nil they are an error.
	Twice func(*Problem)
	// Alias is called with the position of each alias.
	Alias func(Position)
	// Tag replaces a node with a custom tag, such as !Ref. If it is nil such tags are left alone.
	Tag func(*yaml.Node) (*yaml.Node, *Problem)
}

// Parse reads YAML or JSON. The error is a *Problem.
func Parse(file string, data []byte, o Options) (*yaml.Node, error) {
	root, p := parse(file, data)
	if p != nil {
		return nil, p
	}
	z := normaliser{file: file, o: o, data: data}
	n, p := z.node(root, 0)
	if p != nil {
		return nil, p
	}
	return n, nil
}

func parse(file string, data []byte) (*yaml.Node, *Problem) {
	whole := Position{File: file}
	if len(data) > MaxFile {
		return nil, &Problem{Position: whole, Reason: fmt.Sprintf("has %d bytes; at most %d are read", len(data), MaxFile), Fix: "move large templates or examples out of it"}
	}
	empty := &Problem{Position: whole, Reason: "the file is empty"}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if looksLikeJSON(file, data) {
		return parseJSON(file, data)
	}
	var root yaml.Node
	if err := yaml.Load(data, &root); err != nil {
		var le *yaml.LoadError
		if errors.As(err, &le) && le.Mark.Line > 0 {
			msg := le.Message
			if le.ContextMsg != "" {
				msg += ", " + le.ContextMsg
			}
			return nil, &Problem{Position: Position{file, le.Mark.Line, le.Mark.Column}, Reason: "not valid YAML: " + msg, Fix: yamlFix(msg)}
		}
		// Errors of the stream as a whole: "yaml: construct errors: <unknown position>: yaml: no
		// documents in stream".
		msg := err.Error()
		if i := strings.LastIndex(msg, "yaml: "); i >= 0 {
			msg = msg[i+len("yaml: "):]
		}
		if strings.HasPrefix(msg, "no documents") {
			return nil, empty
		}
		return nil, &Problem{Position: whole, Reason: "not valid YAML: " + msg}
	}
	if root.Kind == yaml.DocumentNode && len(root.Content) == 1 {
		root = *root.Content[0]
	}
	if root.Kind == 0 || root.Kind == yaml.DocumentNode {
		return nil, empty
	}
	return &root, nil
}

// yamlFixes are what usually helps, by a part of the parser's message.
var yamlFixes = []struct{ message, fix string }{
	{"tab character", "indent with spaces"},
	{"did not find expected key", "begin all keys of a map in the same column: compare the indentation of this line with the lines above"},
	{"mapping values are not allowed", "put the value in quotes if it contains a colon, or correct the indentation"},
	{"cannot start any token", "indent with spaces, not tabs, and put a value that begins with @, % or a backquote in quotes"},
	{"did not find expected '-' indicator", "begin all items of a list in the same column"},
}

func yamlFix(message string) string {
	for _, f := range yamlFixes {
		if strings.Contains(message, f.message) {
			return f.fix
		}
	}
	return ""
}

func looksLikeJSON(name string, data []byte) bool {
	if strings.EqualFold(filepath.Ext(name), ".json") {
		return true
	}
	data = bytes.TrimLeft(data, " \t\r\n")
	return len(data) > 0 && data[0] == '{' && json.Valid(data)
}

// normaliser copies a parsed tree: aliases and merge keys are expanded. Cyclic aliases and trees
// beyond the limits are problems.
type normaliser struct {
	file  string
	o     Options
	data  []byte
	lines [][]byte // of data, from the first block scalar on
	nodes int
	text  int
}

func (z *normaliser) problem(n *yaml.Node, fix, format string, args ...any) *Problem {
	return &Problem{Position: Position{z.file, n.Line, n.Column}, Reason: fmt.Sprintf(format, args...), Fix: fix}
}

func (z *normaliser) node(n *yaml.Node, depth int) (*yaml.Node, *Problem) {
	z.nodes++
	z.text += len(n.Value)
	c := &yaml.Node{Kind: n.Kind, Tag: n.ShortTag(), Value: n.Value, Style: n.Style, Line: n.Line, Column: n.Column}
	switch {
	case depth > MaxDepth:
		return nil, z.problem(c, "does an alias contain itself?", "is nested more than %d deep", MaxDepth)
	case z.nodes > MaxNodes:
		return nil, z.problem(c, "use fewer aliases", "the file has more than %d nodes once its aliases are expanded", MaxNodes)
	case z.text > maxText:
		return nil, z.problem(c, "use fewer aliases", "the file has more than %d MB of text once its aliases are expanded", maxText>>20)
	}
	if c.Kind == yaml.ScalarNode && c.Tag == "!!bool" {
		c.Value = strings.ToLower(c.Value) // CloudFormation reads True and TRUE as true
	}
	switch n.Kind {
	case yaml.ScalarNode:
		if n.Style&yaml.LiteralStyle != 0 {
			z.indentation(c)
		}
	case yaml.AliasNode:
		if z.o.Alias != nil {
			z.o.Alias(Position{z.file, n.Line, n.Column})
		}
		return z.node(n.Alias, depth+1)
	case yaml.MappingNode:
		if p := z.mapping(c, n, depth); p != nil {
			return nil, p
		}
	case yaml.SequenceNode:
		for _, e := range n.Content {
			v, p := z.node(e, depth+1)
			if p != nil {
				return nil, p
			}
			c.Content = append(c.Content, v)
		}
	}
	if z.o.Tag != nil && strings.HasPrefix(c.Tag, "!") && !strings.HasPrefix(c.Tag, "!!") {
		return z.o.Tag(c)
	}
	return c, nil
}

// indentation records how far the text of a block scalar is indented, as the column of a node
// inside it: Indentation returns it.
func (z *normaliser) indentation(n *yaml.Node) {
	if z.lines == nil {
		z.lines = bytes.Split(z.data, []byte("\n"))
	}
	at := n.Line // the line below that of the indicator, counted from 0
	for text := range strings.Lines(n.Value) {
		text = strings.TrimRight(text, "\r\n")
		if text != "" {
			if at < len(z.lines) {
				if before, ok := bytes.CutSuffix(bytes.TrimRight(z.lines[at], "\r"), []byte(text)); ok {
					n.Content = []*yaml.Node{{Kind: yaml.ScalarNode, Tag: "!!null", Line: at + 1, Column: 1 + len(before)}}
				}
			}
			return
		}
		at++
	}
}

func (z *normaliser) mapping(c, n *yaml.Node, depth int) *Problem {
	seen := make(map[string]int, len(n.Content)/2) // key → index in c.Content
	var merged []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, p := z.node(n.Content[i], depth+1)
		if p != nil {
			return p
		}
		v, p := z.node(n.Content[i+1], depth+1)
		if p != nil {
			return p
		}
		if k.Kind != yaml.ScalarNode {
			return z.problem(k, "", "a key must be a string, not a %s", KindName(k))
		}
		if k.Tag == "!!merge" {
			merged = append(merged, v)
			continue
		}
		if at, twice := seen[k.Value]; twice {
			p := z.problem(k, "remove one of the two", "the key %q appears twice, first on line %d", k.Value, c.Content[at].Line)
			if z.o.Twice == nil {
				return p
			}
			z.o.Twice(p)
			c.Content[at], c.Content[at+1] = k, v // the last one counts, as in CloudFormation and API Gateway
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
				return z.problem(m, "", "<< must be given a map or a list of maps")
			}
			for k, v := range Pairs(s) {
				if _, own := seen[k.Value]; !own {
					seen[k.Value] = len(c.Content)
					c.Content = append(c.Content, k, v)
				}
			}
		}
	}
	return nil
}
