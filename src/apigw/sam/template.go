package sam

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"go.yaml.in/yaml/v4"

	"example.com/guessing-game/src/apigw/budget"
	"example.com/guessing-game/src/apigw/document"
	"example.com/guessing-game/src/apigw/local"
)

// Defaults for what a template does not say: Lambda's own.
const (
	defaultTimeout = 3   // seconds
	defaultMemory  = 128 // MB
	// openTimeout is a function's timeout if there is no template to define it: one second more
	// than API Gateway waits.
	openTimeout = 30
)

// implicitAPI is the API that SAM creates for Api events that name none.
const implicitAPI = "ServerlessRestApi"

// Options are what a template does not contain. The zero value has Read's defaults.
type Options struct {
	Parameters map[string]string // values of the template's parameters, overriding their defaults
	Imports    map[string]string // values of exports that Fn::ImportValue reads
	// Environment holds values of environment variables by function (logical ID or name), over
	// those of the template. The values under "Parameters" are for every function, as in the file
	// that sam local takes by --env-vars.
	Environment map[string]map[string]string
	// Lenient leaves out what has problems, and records them in Template.Problems, as long as
	// there is an API without problems.
	Lenient bool
	// LookupEnv looks up variables of this program's own environment, which override those of the
	// template, as with sam local. Only what the template names is looked up.
	LookupEnv  func(name string) (string, bool)
	Definition string // an OpenAPI file to use instead of the definition in the template; for a template with one API

	// Creates are the types of resources that the caller can create: Creatables have their
	// properties.
	Creates []string

	Account   string // local.AccountID
	Region    string // local.Region
	Partition string // aws
	Queues    string // URL below which an account's queues are; AWS's own if empty
	Stack     string // local

	// AllowOutside lets the template include files that lie neither in its repository nor in the
	// folder that this program runs in.
	AllowOutside bool
	// ReadFile reads files in place of that, for tests.
	ReadFile func(name string) ([]byte, error)
}

// Template is the content of a template.
type Template struct {
	File        string
	APIs        []*API        // in order of the template
	Functions   []*Function   // in order of the template
	Permissions []*Permission // to invoke the functions; empty for a stand-alone OpenAPI document
	UserPools   []*UserPool   // in order of the template
	Creatables  []*Creatable  // in order of the template
	APIKeys     []*APIKey     // in order of the template, then those that SAM makes
	UsagePlans  []*UsagePlan
	Standalone  bool              // it is an OpenAPI document, so that permissions and environments are unknown
	StandIns    []StandIn         // that APIs and functions are made from, except for those in variables
	Warnings    document.Problems // what was left out: environment variables that name resources, permissions that cannot be resolved
	Problems    document.Problems // of what lenient reading has left out: APIs, operations, environment variables

	// Refused lists what a deployment refuses but is served nevertheless.
	Refused document.Problems
	// Twice are duplicate keys, of which the last counts, as with sam.
	Twice document.Problems
	// Lost are resources that add to an API that SAM creates.
	Lost document.Problems
	// RawCalls are intrinsic functions in files that AWS imports unchanged, one for each file.
	// They are resolved nevertheless, as by sam local.
	RawCalls document.Problems

	// What AWS::Include does not allow in the files it includes: short forms of intrinsic
	// functions, YAML aliases, and nested includes. For a stand-alone document, which is written
	// to be included or imported, its own count too.
	ShortForms, Aliases, NestedIncludes []document.Position

	exports map[string]string // of its outputs, by name
	files   []*files          // of the template and of its nested stacks
}

// Files are the files that were read, the template first.
func (t *Template) Files() []string {
	var all []string
	for _, fs := range t.files {
		all = append(all, fs.names...)
	}
	return all
}

// API is a REST API.
type API struct {
	ID             string // logical ID
	RestAPIID      string // local stand-in for the ten letters that AWS gives
	Stage          string
	StageVariables map[string]string
	Tracing        bool
	MethodSettings []MethodSetting // of the stage
	CacheCluster   bool            // the stage has a cache
	Canary         *Canary         // nil if there is none
	// Document is the OpenAPI document, without intrinsic functions. A node's line is that of
	// File; lines of other files, for included parts of the document, are shifted: see Place.
	Document *yaml.Node
	File     string
	Pos      document.Position

	Kind           string                       // type of the resource; empty for a stand-alone document
	Properties     map[string]document.Position // the resource's own properties and their positions
	Included       bool                         // the definition is an AWS::Include
	ParameterNames map[string]document.Position // template parameters that the definition names, and where first

	files *files
}

// Place returns the position that a line and column of Document have in the user's files.
func (a *API) Place(line, column int) document.Position {
	if i := line/fileStride - 1; i >= 0 && i < len(a.files.names) {
		return document.Position{File: a.files.names[i], Line: line % fileStride, Column: column}
	}
	return document.Position{File: a.File, Line: line % fileStride, Column: column}
}

// At returns the position that one in Document has in the user's files.
func (a *API) At(p document.Position) document.Position { return a.Place(p.Line, p.Column) }

// Placed adds to problems of Document the files that they are in; other errors are unchanged.
func (a *API) Placed(err error) error {
	var ps document.Problems
	if !errors.As(err, &ps) {
		return err
	}
	out := make(document.Problems, len(ps))
	for i, p := range ps {
		q := *p
		q.Position = a.At(p.Position)
		out[i] = &q
	}
	return out
}

// setDocument makes a resolved tree the document of an API: the lines of the file that it begins
// in are restored, those of file i are shifted by (i+1)*fileStride.
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
	ID          string   // logical ID, or the name if another stack has a function of that ID
	Name        string   // FunctionName, or the logical ID, or that with its stack's
	Alias       string   // the alias that AutoPublishAlias or an AWS::Lambda::Alias gives it, if any
	Qualifiers  []string // all its aliases, and the versions that the template publishes or names
	Runtime     string
	Handler     string
	Code        Code
	Timeout     int // seconds
	Memory      int // MB
	Logging     Logging
	PerTenant   bool // TenancyConfig: separate environments for each tenant
	Environment []Variable
	Without     []string // logical IDs that its variables refer to in the template, but that are set to the empty string here
	Pos         document.Position

	logicalID string // if it is not ID
}

// LogicalID is the function's logical ID in its own template.
func (f *Function) LogicalID() string { return cmp.Or(f.logicalID, f.ID) }

// Logging is a function's LoggingConfig. What it does not specify is empty.
type Logging struct {
	Format string // "Text" or "JSON"
	Level  string // ApplicationLogLevel, only with JSON
	Group  string // the log group's name
}

// Variable is an environment variable.
type Variable struct {
	Name, Value string
	StandIns    []StandIn // that the value is made from
}

// Function returns the function of a logical ID, a name, or an ARN of either with or without
// qualifier. It is nil if there is none.
func (t *Template) Function(name string) *Function {
	if a, err := arn.Parse(name); err == nil {
		name, _, _ = strings.Cut(strings.TrimPrefix(a.Resource, "function:"), ":")
	}
	if f := t.function(name); f != nil {
		return f
	}
	for _, f := range t.Functions {
		if f.ID == name {
			return f
		}
	}
	return nil
}

func (t *Template) function(name string) *Function {
	for _, f := range t.Functions {
		if f.Name == name {
			return f
		}
	}
	return nil
}

// Read reads a SAM or CloudFormation template with the nested stacks that are on this machine. The
// error is document.Problems.
func Read(file string, o Options) (*Template, error) {
	r, root, err := open(file, file, o)
	if err != nil {
		return nil, document.Problems{err}
	}
	for _, name := range slices.Sorted(maps.Keys(r.o.Parameters)) {
		id, _, _ := strings.Cut(name, ".")
		if document.Get(root, "Parameters", name) == nil && document.Get(root, "Resources", id) == nil {
			r.warnings = append(r.warnings, &document.Problem{Position: document.Position{File: file}, Reason: fmt.Sprintf("--parameter-overrides gives %s, but the template has no such parameter or resource", name)})
		}
	}
	t, ps := r.read(root)
	if r.over != nil {
		return nil, document.Problems{r.over}
	}
	if t == nil || len(ps) > 0 && (!o.Lenient || len(t.APIs)+len(t.Functions) == 0) {
		return nil, ps
	}
	t.Problems = slices.Concat(ps, t.Problems)
	for _, key := range slices.Sorted(maps.Keys(o.Environment)) {
		if key != "Parameters" && t.Function(key) == nil && len(t.Functions) > 0 {
			var have []string
			for _, f := range t.Functions {
				have = append(have, f.ID)
			}
			t.Warnings = append(t.Warnings, &document.Problem{Position: document.Position{File: file}, Reason: fmt.Sprintf("--env-vars gives variables to %s, but the template has no such function; it has %s", key, strings.Join(have, ", "))})
		}
	}
	return t, nil
}

var logicalID = regexp.MustCompile(`^[A-Za-z0-9]+$`)

// read reads the template whose root is given. It returns nil if the file is not a template.
func (r *resolver) read(root *yaml.Node) (*Template, document.Problems) {
	if document.Get(root, "openapi") != nil || document.Get(root, "swagger") != nil {
		return nil, document.Problems{r.files.errorf(root, "this is an OpenAPI document, not a template").Fixed("pass it with --openapi")}
	}
	resources := document.Get(root, "Resources")
	if resources == nil || resources.Kind != yaml.MappingNode {
		return nil, document.Problems{r.files.errorf(root, "the template has no Resources section")}
	}
	r.parameters, r.conditions, r.mappings, r.outputs = document.Get(root, "Parameters"), document.Get(root, "Conditions"), document.Get(root, "Mappings"), document.Get(root, "Outputs")
	t := &Template{File: r.files.template, files: []*files{r.files}}
	var ps document.Problems
	resources = r.included(resources, &ps)
	for _, section := range []**yaml.Node{&r.conditions, &resources, &r.outputs} {
		expanded, problems := r.loops(*section)
		*section = expanded
		ps = append(ps, problems...)
	}
	var order []*resource
	for k, n := range document.Pairs(resources) {
		if strings.HasPrefix(k.Value, "Fn::") {
			ps = append(ps, r.files.errorf(k, "%s in Resources is not supported", k.Value).Fixed("run the template through its transform first").NotSupported())
			continue
		}
		if !logicalID.MatchString(k.Value) { // folders are named after it
			ps = append(ps, r.files.errorf(k, "the logical ID %q is not alphanumeric, which CloudFormation refuses", k.Value).Fixed("use letters and digits only"))
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
		if _, taken := r.owners[res.id]; !taken {
			r.owners[res.id] = r.path
		}
		order = append(order, res)
	}
	for _, res := range order {
		if isFunction(res.kind) {
			f, p := r.function(res)
			t.Functions = append(t.Functions, f)
			ps = append(ps, p...)
		}
	}
	ps = append(ps, r.namesakes(t.Functions)...)
	r.qualifiers(t, order)
	apis, p := r.apis(order, root)
	t.APIs = apis
	ps = append(ps, p...)
	r.refusals(document.Get(root, "Globals"), order)
	r.strayNames(root, order)
	r.circles(root, order)
	t.Permissions = r.permissions(order)
	t.UserPools = r.userPools(order)
	keys, plans, problems := r.usage(order, apis)
	t.APIKeys, t.UsagePlans = append(t.APIKeys, keys...), append(t.UsagePlans, plans...)
	ps = append(ps, problems...)
	for _, res := range order {
		if isNested(res.kind) {
			r.nest(t, res)
		}
	}
	t.Creatables = append(t.Creatables, r.creatables(order)...)
	t.exports = r.exports()
	t.Warnings, t.StandIns = append(t.Warnings, r.warnings...), once(append(t.StandIns, r.stood...))
	t.ShortForms, t.Aliases, t.NestedIncludes = append(t.ShortForms, r.files.shortForms...), append(t.Aliases, r.files.aliases...), append(t.NestedIncludes, r.nested...)
	t.APIs = slices.DeleteFunc(t.APIs, func(a *API) bool { return a.Document == nil })
	t.Problems, t.Twice = append(t.Problems, r.problems...), append(t.Twice, r.files.twice...)
	t.Lost, t.RawCalls, t.Refused = append(t.Lost, r.lossy...), append(t.RawCalls, r.rawCalls...), append(t.Refused, r.refused...)
	return t, ps
}

// included returns a section with the content of its AWS::Include merged in, as CloudFormation
// merges it before it reads anything.
func (r *resolver) included(section *yaml.Node, ps *document.Problems) *yaml.Node {
	location := document.Get(section, "Fn::Transform", "Parameters", "Location")
	name := document.Get(section, "Fn::Transform", "Name")
	if location == nil || name == nil || name.Value != "AWS::Include" {
		return section
	}
	loc, problems := r.resolve(location)
	*ps = append(*ps, problems...)
	if loc == nil || len(problems) > 0 {
		return section
	}
	_, src := r.source(loc, ps)
	merged := document.Mapping(section)
	for k, v := range document.Pairs(section) {
		if k.Value != "Fn::Transform" {
			merged.Content = append(merged.Content, k, v)
		}
	}
	for k, v := range document.Pairs(src) {
		if document.Get(merged, k.Value) == nil {
			merged.Content = append(merged.Content, k, v)
		}
	}
	return merged
}

// ReadOpenAPI reads an OpenAPI document, whose URIs may name functions by logical ID as ${Name.Arn}
// does. The error is document.Problems.
func ReadOpenAPI(file string, o Options) (*Template, error) {
	r, root, err := open(file, "", o)
	if err != nil {
		return nil, document.Problems{err}
	}
	if document.Get(root, "Resources") != nil && document.Get(root, "paths") == nil {
		return nil, document.Problems{r.files.errorf(root, "this is a template, not an OpenAPI document").Fixed("pass it with --template")}
	}
	r.open = true
	a := &API{ID: strings.TrimSuffix(filepath.Base(file), filepath.Ext(file)), Stage: "prod", Pos: r.files.pos(root)}
	a.RestAPIID = idHash(a.ID)
	body, ps := r.resolve(root)
	if r.over != nil {
		return nil, document.Problems{r.over}
	}
	if len(ps) > 0 {
		return nil, append(ps, r.problems...)
	}
	r.setDocument(a, body)
	fs := r.opened
	for _, f := range fs {
		f.Environment = r.overridden(f, nil)
	}
	return &Template{File: file, APIs: []*API{a}, Functions: fs, Standalone: true, files: []*files{r.files}, StandIns: once(r.stood), Problems: r.problems, Twice: r.files.twice,
		ShortForms: r.files.shortForms, Aliases: r.files.aliases, NestedIncludes: r.nested}, nil
}

// open reads the first file. template is the file in which short forms of intrinsic functions are
// allowed.
func open(file, template string, o Options) (*resolver, *yaml.Node, *document.Problem) {
	for value, standard := range map[*string]string{&o.Account: local.AccountID, &o.Region: local.Region, &o.Partition: "aws", &o.Stack: "local"} {
		if *value == "" {
			*value = standard
		}
	}
	switch {
	case o.ReadFile != nil:
	case o.AllowOutside:
		o.ReadFile = document.ReadFile
	default:
		o.ReadFile = within(file, o.Definition)
	}
	r := &resolver{
		o: o, files: &files{readFile: o.ReadFile, template: template}, resources: map[string]*resource{}, conditional: map[string]bool{},
		children: map[string]*child{}, stacks: new(int), owners: map[string]string{}, evaluating: map[string]bool{}, including: map[string]bool{}, sources: map[string]*yaml.Node{},
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
	r.noted, r.budget = &r.stood, budget.New(context.Background(), limits)
	return r, root, nil
}

// merge lays a resource's own properties over the Globals, as SAM does: maps key by key, lists
// one after the other, everything else replaced.
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
