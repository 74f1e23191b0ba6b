package sam

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"example.com/guessing-game/src/apigw/document"
)

// Defaults of what a template does not say: Lambda's own.
const (
	defaultTimeout = 3   // seconds
	defaultMemory  = 128 // MB
	// openTimeout is a function's timeout where there is no template to say it: one second more than API Gateway waits.
	openTimeout = 30
)

// implicitAPI is the API that SAM makes of the Api events that name none.
const implicitAPI = "ServerlessRestApi"

// Options say what a template cannot know by itself. The zero value is what Read uses by default.
type Options struct {
	Parameters map[string]string // values of the template's parameters, over their defaults
	Imports    map[string]string // values of exports that Fn::ImportValue reads
	// Environment holds values of environment variables by function (logical ID or name), over those of the template. The values
	// under "Parameters" are for every function, as in the file that sam local takes by --env-vars.
	Environment map[string]map[string]string
	// Assume takes made-up values for parameters and exports that have none, for who looks at a template without running it.
	Assume bool
	// Lenient leaves out what has problems, and notes them in Template.Problems, as long as there is an API without.
	Lenient bool
	// Getenv looks up variables of this program's own environment, which go over those of the template if they are not empty, as with
	// sam local. Only what the template names is looked up.
	Getenv     func(name string) string
	Definition string // an OpenAPI file to take instead of the definition the template gives; for a template with one API

	Account   string // 123456789012
	Region    string // us-east-1
	Partition string // aws
	Stack     string // local

	ReadFile func(name string) ([]byte, error) // os.ReadFile
}

// Template is what was read.
type Template struct {
	File        string
	APIs        []*API            // in order of the template
	Functions   []*Function       // in order of the template
	Permissions []*Permission     // to invoke the functions; empty for a stand-alone OpenAPI document
	UserPools   []*UserPool       // in order of the template
	Standalone  bool              // it is an OpenAPI document, so that nothing is known of permissions and environments
	Warnings    document.Problems // what was left out: environment variables that name resources, permissions that cannot be resolved
	Problems    document.Problems // of what lenient reading has left out: APIs, operations, environment variables

	// What AWS::Include does not allow in the files it includes: short forms of intrinsic functions, aliases of YAML, and includes of
	// their own. For a stand-alone document, which is written to be included or imported, its own count too.
	ShortForms, Aliases, NestedIncludes []document.Position

	files *files
}

// Files are the files that were read, the template first.
func (t *Template) Files() []string { return slices.Clone(t.files.names) }

// API is a REST API.
type API struct {
	ID             string // logical ID
	RestAPIID      string // local stand-in for the ten letters that AWS gives
	Stage          string
	StageVariables map[string]string
	Tracing        bool
	// Document is the OpenAPI document, without intrinsic functions. A node's line is that of File; lines of other files, where the
	// document has parts included, are shifted: Place tells.
	Document *yaml.Node
	File     string
	Pos      document.Position

	Kind           string                       // type of the resource; empty for a stand-alone document
	Properties     map[string]document.Position // the resource's own properties and where they stand
	Included       bool                         // the definition is an AWS::Include
	ParameterNames map[string]document.Position // template parameters that the definition names, and where it does first

	files *files
}

// Place answers the place of a line and column of Document.
func (a *API) Place(line, column int) document.Position {
	if i := line/fileStride - 1; i >= 0 && i < len(a.files.names) {
		return document.Position{File: a.files.names[i], Line: line % fileStride, Column: column}
	}
	return document.Position{File: a.File, Line: line % fileStride, Column: column}
}

// setDocument makes a resolved tree the document of an API: the lines of the file it begins in become their own again, those of file
// i are shifted by (i+1)*fileStride.
func (r *resolver) setDocument(a *API, body *yaml.Node) {
	a.files, a.File = r.files, r.files.pos(body).File
	own := body.Line / fileStride
	var place func(*yaml.Node)
	place = func(n *yaml.Node) {
		if file := n.Line / fileStride; file == own {
			n.Line %= fileStride
		} else {
			n.Line += fileStride
		}
		for _, c := range n.Content {
			place(c)
		}
	}
	a.Document = document.Clone(body)
	place(a.Document)
}

// Function is a Lambda function.
type Function struct {
	ID          string // logical ID
	Name        string // FunctionName, or the logical ID
	Alias       string // the alias that AutoPublishAlias or an AWS::Lambda::Alias gives it, if any
	Runtime     string
	Handler     string
	Code        Code
	Timeout     int // seconds
	Memory      int // MB
	Logging     Logging
	Environment []Variable
	Pos         document.Position
}

// Logging is a function's LoggingConfig. What it does not say is empty.
type Logging struct {
	Format string // "Text" or "JSON"
	Level  string // ApplicationLogLevel, with JSON alone
	Group  string // the log group's name
}

// Variable is an environment variable.
type Variable struct{ Name, Value string }

// Function answers the function of a logical ID, a name, or an ARN of either with or without qualifier. It is nil if there is none.
func (t *Template) Function(name string) *Function {
	if rest, ok := strings.CutPrefix(name, "arn:"); ok {
		parts := strings.Split(rest, ":")
		if len(parts) < 6 {
			return nil
		}
		name = parts[5]
	}
	for _, f := range t.Functions {
		if f.Name == name {
			return f
		}
	}
	for _, f := range t.Functions {
		if f.ID == name {
			return f
		}
	}
	return nil
}

// Read reads a SAM or CloudFormation template. The error is document.Problems.
func Read(file string, o Options) (*Template, error) {
	r, root, err := open(file, file, o)
	if err != nil {
		return nil, document.Problems{err}
	}
	if document.Get(root, "openapi") != nil || document.Get(root, "swagger") != nil {
		return nil, document.Problems{r.files.errorf(root, "this is an OpenAPI document, not a template: give it with --openapi")}
	}
	resources := document.Get(root, "Resources")
	if resources == nil || resources.Kind != yaml.MappingNode {
		return nil, document.Problems{r.files.errorf(root, "a template has a map of Resources; this has none")}
	}
	r.parameters, r.conditions, r.mappings = document.Get(root, "Parameters"), document.Get(root, "Conditions"), document.Get(root, "Mappings")
	t := &Template{File: file, files: r.files}
	var ps document.Problems
	for name := range r.o.Parameters {
		if document.Get(r.parameters, name) == nil {
			ps = append(ps, &document.Problem{Position: document.Position{File: file}, Reason: fmt.Sprintf("--parameter-overrides gives %s, but the template has no such parameter", name)})
		}
	}
	slices.SortFunc(ps, func(a, b *document.Problem) int { return strings.Compare(a.Reason, b.Reason) })
	resources, problems := r.forEach(resources, 0)
	ps = append(ps, problems...)
	var order []*resource
	for k, n := range document.Pairs(resources) {
		if strings.HasPrefix(k.Value, "Fn::") {
			ps = append(ps, r.files.errorf(k, "%s in Resources is not supported; run the template through its transform first", k.Value))
			continue
		}
		kind := document.Get(n, "Type")
		if kind == nil || kind.Kind != yaml.ScalarNode {
			ps = append(ps, r.files.errorf(k, "the resource %s has no Type", k.Value))
			continue
		}
		if c := document.Get(n, "Condition"); c != nil {
			yes, p := r.condition(c.Value, c)
			if p != nil {
				ps = append(ps, p)
				continue
			}
			if !yes {
				r.conditional[k.Value] = true
				continue
			}
		}
		res := &resource{id: k.Value, kind: kind.Value, key: k, node: n, properties: document.Get(n, "Properties")}
		if res.properties == nil {
			res.properties = document.Mapping(n)
		}
		if section, ok := strings.CutPrefix(res.kind, "AWS::Serverless::"); ok {
			res.properties = merge(document.Get(root, "Globals", section), res.properties)
		}
		r.resources[res.id] = res
		order = append(order, res)
	}
	for _, res := range order {
		if isFunction(res.kind) {
			f, p := r.function(res)
			t.Functions = append(t.Functions, f)
			ps = append(ps, p...)
		}
	}
	r.aliases(t, order)
	apis, p := r.apis(order, root)
	t.APIs = apis
	ps = append(ps, p...)
	t.Permissions = r.permissions(order)
	t.UserPools = r.userPools(order)
	t.Warnings = r.warnings
	t.ShortForms, t.Aliases, t.NestedIncludes = r.files.shortForms, r.files.aliases, r.nested
	t.APIs = slices.DeleteFunc(t.APIs, func(a *API) bool { return a.Document == nil })
	if len(ps) > 0 && (!o.Lenient || len(t.APIs) == 0) {
		return nil, ps
	}
	t.Problems = slices.Concat(ps, r.problems, r.files.twice)
	return t, nil
}

// ReadOpenAPI reads an OpenAPI document, whose URIs may name functions by logical ID as ${Name.Arn} does. The error is document.Problems.
func ReadOpenAPI(file string, o Options) (*Template, error) {
	r, root, err := open(file, "", o)
	if err != nil {
		return nil, document.Problems{err}
	}
	if document.Get(root, "Resources") != nil && document.Get(root, "paths") == nil {
		return nil, document.Problems{r.files.errorf(root, "this is a template, not an OpenAPI document: give it with --template")}
	}
	r.open = true
	a := &API{ID: strings.TrimSuffix(filepath.Base(file), filepath.Ext(file)), Stage: "prod", Pos: r.files.pos(root)}
	a.RestAPIID = idHash(a.ID)
	body, ps := r.resolve(root)
	if len(ps) > 0 {
		return nil, append(ps, r.problems...)
	}
	r.setDocument(a, body)
	fs := r.opened
	for _, f := range fs {
		f.Environment = r.overridden(f, nil)
	}
	return &Template{File: file, APIs: []*API{a}, Functions: fs, Standalone: true, files: r.files, Problems: slices.Concat(r.problems, r.files.twice),
		ShortForms: r.files.shortForms, Aliases: r.files.aliases, NestedIncludes: r.nested}, nil
}

// open reads the first file. template is the file in which short forms of intrinsic functions are allowed.
func open(file, template string, o Options) (*resolver, *yaml.Node, *document.Problem) {
	for value, standard := range map[*string]string{&o.Account: "123456789012", &o.Region: "us-east-1", &o.Partition: "aws", &o.Stack: "local"} {
		if *value == "" {
			*value = standard
		}
	}
	if o.ReadFile == nil {
		o.ReadFile = os.ReadFile
	}
	r := &resolver{
		o: o, files: &files{readFile: o.ReadFile, template: template, lenient: o.Lenient}, resources: map[string]*resource{}, conditional: map[string]bool{},
		evaluating: map[string]bool{}, including: map[string]bool{}, sources: map[string]*yaml.Node{},
	}
	root, err := r.files.read(file)
	if err != nil {
		if p, ok := err.(*document.Problem); ok {
			return nil, nil, p
		}
		return nil, nil, &document.Problem{Position: document.Position{File: file}, Reason: err.Error()}
	}
	if root.Kind != yaml.MappingNode {
		return nil, nil, r.files.errorf(root, "the file holds a %s where a map is expected", document.KindName(root))
	}
	r.including[filepath.Clean(file)] = true
	return r, root, nil
}

// merge lays a resource's own properties over the Globals, as SAM does: maps key by key, lists one after the other, all else replaced.
func merge(global, own *yaml.Node) *yaml.Node {
	switch {
	case global == nil:
		return own
	case own == nil:
		return global
	}
	_, _, gi := intrinsic(global)
	_, _, oi := intrinsic(own)
	switch {
	case gi || oi:
		return own
	case global.Kind == yaml.SequenceNode && own.Kind == yaml.SequenceNode:
		return document.Sequence(own, slices.Concat(global.Content, own.Content)...)
	case global.Kind != yaml.MappingNode || own.Kind != yaml.MappingNode:
		return own
	}
	m := document.Mapping(own)
	for k, v := range document.Pairs(global) {
		m.Content = append(m.Content, k, merge(v, document.Get(own, k.Value)))
	}
	for k, v := range document.Pairs(own) {
		if document.Get(global, k.Value) == nil {
			m.Content = append(m.Content, k, v)
		}
	}
	return m
}
