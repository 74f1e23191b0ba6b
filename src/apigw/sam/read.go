package sam

import (
	"errors"
	"fmt"

	"go.yaml.in/yaml/v4"

	"example.com/guessing-game/src/apigw/document"
)

// maxFiles is how many files a template may include, counting itself.
const maxFiles = 100

// fileStride separates the line numbers of the files of one template: line 3 of file number 2 is
// stored as 2*fileStride+3. This lets nodes of several files share one tree, since yaml.Node has
// no file.
const fileStride = 10_000_000

// files are the files of one template, in the order they were read.
type files struct {
	names      []string
	readFile   func(string) ([]byte, error)
	template   string              // the file in which short forms are allowed
	shortForms []document.Position // those in other files
	aliases    []document.Position // YAML aliases in other files
	twice      document.Problems   // duplicate keys, of which the last counts
}

// pos returns the position of a node.
func (fs *files) pos(n *yaml.Node) document.Position { return fs.place(n.Line, n.Column) }

func (fs *files) place(line, column int) document.Position {
	i := line / fileStride
	if i < 0 || i >= len(fs.names) {
		i = 0
	}
	return document.Position{File: fs.names[i], Line: line % fileStride, Column: column}
}

func (fs *files) errorf(n *yaml.Node, format string, args ...any) *document.Problem {
	return &document.Problem{Position: fs.pos(n), Reason: fmt.Sprintf(format, args...)}
}

// read reads a file and parses it. Short forms of intrinsic functions become long forms, and
// aliases are expanded.
func (fs *files) read(name string) (*yaml.Node, error) {
	if len(fs.names) >= maxFiles {
		return nil, &document.Problem{Position: document.Position{File: name}, Reason: fmt.Sprintf("the template includes more than %d files", maxFiles-1)}
	}
	data, err := fs.readFile(name)
	if err != nil {
		p := &document.Problem{Position: document.Position{File: name}, Reason: "cannot be read: " + document.Reason(err)}
		if errors.Is(err, errOutside) {
			p.Reason, p.Fix = err.Error(), "--allow-outside reads it all the same"
		}
		return nil, p
	}
	return fs.parse(name, data)
}

func (fs *files) parse(name string, data []byte) (*yaml.Node, error) {
	base := len(fs.names) * fileStride
	fs.names = append(fs.names, name)
	o := document.Options{Tag: func(n *yaml.Node) (*yaml.Node, *document.Problem) { return fs.longForm(name, n) }}
	o.Twice = func(p *document.Problem) { fs.twice = append(fs.twice, p) }
	if name != fs.template {
		o.Alias = func(p document.Position) { fs.aliases = append(fs.aliases, p) }
	}
	root, err := document.Parse(name, data, o)
	if err != nil {
		return nil, err
	}
	shift(root, base)
	return root, nil
}

// shift adds to the lines of a tree.
func shift(n *yaml.Node, lines int) {
	n.Line += lines
	for _, c := range n.Content {
		shift(c, lines)
	}
}

// shortForms are the YAML tags of CloudFormation's intrinsic functions and their long names.
var shortForms = map[string]string{
	"!Ref": "Ref", "!Condition": "Condition",
	"!And": "Fn::And", "!Base64": "Fn::Base64", "!Cidr": "Fn::Cidr", "!Equals": "Fn::Equals", "!FindInMap": "Fn::FindInMap",
	"!ForEach": "Fn::ForEach", "!GetAtt": "Fn::GetAtt", "!GetAZs": "Fn::GetAZs", "!If": "Fn::If", "!ImportValue": "Fn::ImportValue",
	"!Join": "Fn::Join", "!Length": "Fn::Length", "!Not": "Fn::Not", "!Or": "Fn::Or", "!Select": "Fn::Select", "!Split": "Fn::Split",
	"!Sub": "Fn::Sub", "!ToJsonString": "Fn::ToJsonString", "!Transform": "Fn::Transform",
}

// longForm turns the short form of an intrinsic function, such as !Ref, into a map.
func (fs *files) longForm(file string, n *yaml.Node) (*yaml.Node, *document.Problem) {
	at := document.Position{File: file, Line: n.Line, Column: n.Column}
	name, ok := shortForms[n.Tag]
	if !ok {
		return nil, &document.Problem{Position: at, Reason: "unknown tag " + n.Tag + ": CloudFormation has no such intrinsic function"}
	}
	if file != fs.template {
		fs.shortForms = append(fs.shortForms, at)
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
