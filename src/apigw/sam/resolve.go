package sam

import (
	"encoding/base64"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"example.com/guessing-game/src/apigw/budget"
	"example.com/guessing-game/src/apigw/document"
)

// resolver replaces the intrinsic functions of a tree with their values.
type resolver struct {
	o          Options
	files      *files
	parameters *yaml.Node
	conditions *yaml.Node
	mappings   *yaml.Node
	outputs    *yaml.Node
	resources  map[string]*resource
	children   map[string]*child // nested stacks by logical ID; nil while one is being read
	stacks     *int              // how many stacks have been read
	owners     map[string]string // paths of the stacks that have the logical IDs as names
	path       string            // of logical IDs that leads to this stack, each ended by a slash; empty for the first
	// conditional are the resources whose condition does not hold.
	conditional map[string]bool
	implicit    *resource // the API that SAM creates for events that name none; nil if there is none

	// open says that any name may be a function's: a stand-alone OpenAPI document does not list its
	// functions.
	open   bool
	opened []*Function // those named so far

	evaluating map[string]bool // conditions and names being resolved, to find cycles
	including  map[string]bool // files being included
	sources    map[string]*yaml.Node
	budget     *budget.Budget
	over       *document.Problem // that the budget is spent

	nested   []document.Position          // includes in included files
	named    map[string]document.Position // parameters named while it is not nil, and where first
	stood    []StandIn                    // stand-ins
	noted    *[]StandIn                   // where stand-ins are recorded; nil if they do not matter
	variable bool                         // the value of an environment variable is being resolved
	warnings document.Problems            // of what was left out
	refused  document.Problems            // refused by a deployment, but served
	lossy    document.Problems            // resources that the next deployment loses
	raw      bool                         // resolving a file that AWS imports unchanged
	rawCalls document.Problems            // intrinsic functions in such files
	problems document.Problems            // that lenient reading has tolerated
}

// limits bound a template once everything in it is resolved: several times what the largest known
// ones need.
var limits = budget.Limits{Steps: 1_000_000, Bytes: 64 << 20}

// nodeSize is roughly how many bytes a node takes.
const nodeSize = 200

// spent reports whether the budget is spent, and adds a problem the first time.
func (r *resolver) spent(at *yaml.Node, err error, ps *document.Problems) bool {
	if err == nil {
		return false
	}
	if r.over == nil {
		r.over = r.files.errorf(at, "the resolved template is larger than apigw allows: %v", err).Fixed("repeat less: loops, includes, long strings")
	}
	if !slices.Contains(*ps, r.over) { // a list would report it for each of its elements
		*ps = append(*ps, r.over)
	}
	return true
}

// noValue stands for AWS::NoValue: the property or element is removed.
var noValue = &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "AWS::NoValue"}

// resolve returns a copy of a tree without intrinsic functions. It collects every problem of the
// tree; the copy is complete only if there is none.
func (r *resolver) resolve(n *yaml.Node) (*yaml.Node, document.Problems) {
	var ps document.Problems
	v := r.value(n, &ps, 0)
	if len(ps) > 0 {
		return nil, ps
	}
	if v == noValue {
		return nil, nil
	}
	return v, nil
}

func (r *resolver) value(n *yaml.Node, ps *document.Problems, depth int) *yaml.Node {
	if depth > document.MaxDepth {
		*ps = append(*ps, r.files.errorf(n, "what is resolved is nested more than %d deep", document.MaxDepth))
		return noValue
	}
	if r.spent(n, r.budget.Step(1), ps) {
		return noValue
	}
	if name, arg, ok := intrinsic(n); ok && name != "Condition" {
		if r.raw {
			r.raw = false
			r.rawCalls = append(r.rawCalls, r.files.errorf(n, "AWS imports this file unchanged, so %s fails in it", name).Fixed("write DefinitionBody: {Fn::Transform: {Name: AWS::Include, Parameters: {Location: FILE}}}"))
		}
		v := r.long(r.call(n, name, arg, ps, depth), ps)
		if v.Kind == yaml.ScalarNode && v.Tag == "!!str" && strings.Contains(v.Value, "{{resolve:") { // as Fn::Sub makes it
			return r.dynamic(v)
		}
		return v
	}
	if n.Kind == yaml.ScalarNode {
		if r.long(n, ps) == noValue {
			return noValue
		}
		if n.Tag == "!!str" && strings.Contains(n.Value, "{{resolve:") {
			return r.dynamic(n)
		}
		return n
	}
	c := *n
	c.Content = make([]*yaml.Node, 0, len(n.Content))
	if n.Kind == yaml.SequenceNode {
		for _, e := range n.Content {
			if v := r.value(e, ps, depth+1); v != noValue {
				c.Content = append(c.Content, v)
			}
		}
		return &c
	}
	for k, v := range document.Pairs(n) {
		if k.Value == "Fn::Transform" {
			// Included content is merged into the map alongside other keys; keys that are written
			// out take precedence.
			inc := r.transform(v, ps, depth)
			if inc == noValue {
				continue
			}
			if inc.Kind != yaml.MappingNode {
				*ps = append(*ps, r.files.errorf(v, "the included file holds a %s, not a map", document.KindName(inc)))
				continue
			}
			for ik, iv := range document.Pairs(inc) {
				if document.Get(n, ik.Value) == nil && document.Get(&c, ik.Value) == nil {
					c.Content = append(c.Content, ik, iv)
				}
			}
			continue
		}
		before := len(*ps)
		noted := r.noted
		if unused[k.Value] {
			r.noted = nil
		}
		of := v
		v := r.value(v, ps, depth+1)
		r.noted = noted
		if k.Value == policyKey && len(*ps) == before {
			if _, why := r.resolvePolicy(of); why != "" {
				v = document.Scalar(k, why)
			}
		}
		if len(*ps) > before {
			v = r.tolerate(n, k, v, ps, before)
		}
		if k.Value == "uri" && v.Kind == yaml.ScalarNode && !strings.HasPrefix(v.Value, "arn:") && !strings.Contains(v.Value, "://") && len(*ps) == before {
			v = r.uriStandIn(of, v)
		}
		if r.open && uriKeys[k.Value] {
			v = r.filled(v)
		}
		if v != noValue {
			c.Content = append(c.Content, k, v)
		}
	}
	return &c
}

// long accounts for the bytes of a long text, and of those in a list, at every place where it
// occurs: many places may share one text in memory until JSON is made from it. It returns noValue
// if the budget does not suffice.
func (r *resolver) long(n *yaml.Node, ps *document.Problems) *yaml.Node {
	size := 0
	for _, text := range append([]*yaml.Node{n}, n.Content...) {
		if len(text.Value) > nodeSize {
			size += len(text.Value)
		}
	}
	if size > 0 && r.spent(n, r.budget.Make(size), ps) {
		return noValue
	}
	return n
}

// unused are the keys of a document whose values have no effect here, so it does not matter if
// one of them cannot be resolved.
var unused = map[string]bool{
	"connectionId": true, "credentials": true, "host": true, "servers": true,
	"x-amazon-apigateway-authorizer": true, "x-amazon-apigateway-endpoint-configuration": true, "x-amazon-apigateway-policy": true,
}

// Unresolved is the only key of an operation whose values cannot all be resolved; its text says
// why. Only lenient reading leaves such operations.
const Unresolved = "x-apigw-unresolved"

// tolerate examines what could not be resolved in the value of a key of n, the problems after
// before. It removes those that do not matter and, if lenient, those of a single operation.
func (r *resolver) tolerate(n, k, v *yaml.Node, ps *document.Problems, before int) *yaml.Node {
	news := (*ps)[before:]
	switch {
	case unused[k.Value]:
		*ps = (*ps)[:before]
		if k.Value == "x-amazon-apigateway-authorizer" {
			return r.partly(k, document.Get(n, k.Value))
		}
		return document.Scalar(k, "known only once deployed")
	case r.o.Lenient && isMethod(k.Value) && document.Get(document.Get(n, k.Value), "x-amazon-apigateway-integration") != nil:
		op := r.leave(news, k)
		*ps = (*ps)[:before]
		return op
	}
	return v
}

// partly returns an authorizer without what cannot be resolved. If its function cannot be, that
// is noted in it, and affects only the methods that it guards.
func (r *resolver) partly(at, n *yaml.Node) *yaml.Node {
	out := document.Mapping(at)
	for k, v := range document.Pairs(n) {
		if k.Value == "providerARNs" {
			document.Put(out, k.Value, r.poolARNs(v))
			continue
		}
		var ps document.Problems
		met := r.standIns(func() { v, ps = r.resolve(v) })
		switch {
		case len(met) > 0 && k.Value == "authorizerUri":
			document.Put(out, Unresolved, document.Scalar(k, met[0].String()))
		case len(ps) > 0 && k.Value == "authorizerUri":
			document.Put(out, Unresolved, document.Scalar(k, ps[0].Error()))
		case len(ps) > 0 && k.Value == "authorizerCredentials":
			document.Put(out, k.Value, document.Scalar(k, "known only once deployed"))
		case len(ps) == 0 && v != nil:
			document.Put(out, k.Value, v)
		}
	}
	if document.Get(out, "type") == nil {
		document.Put(out, "type", document.Scalar(at, "unknown"))
	}
	return out
}

// leave records the problems of an operation, and returns its replacement.
func (r *resolver) leave(ps document.Problems, at *yaml.Node) *yaml.Node {
	r.problems = append(r.problems, ps...)
	return document.Mapping(at, Unresolved, ps[0].Error())
}

// intrinsic reports whether a node is a call of an intrinsic function.
func intrinsic(n *yaml.Node) (name string, arg *yaml.Node, ok bool) {
	if n.Kind != yaml.MappingNode || len(n.Content) != 2 {
		return "", nil, false
	}
	name = n.Content[0].Value
	if name != "Ref" && name != "Condition" && !strings.HasPrefix(name, "Fn::") {
		return "", nil, false
	}
	arg = n.Content[1]
	if (name == "Ref" || name == "Condition") && arg.Kind != yaml.ScalarNode {
		return "", nil, false // a property that happens to have this name
	}
	return name, arg, true
}

func (r *resolver) call(n *yaml.Node, name string, arg *yaml.Node, ps *document.Problems, depth int) *yaml.Node {
	fail := func(at *yaml.Node, format string, args ...any) *yaml.Node {
		*ps = append(*ps, r.files.errorf(at, format, args...))
		return noValue
	}
	texts := func(at *yaml.Node, what string, min, max int) ([]*yaml.Node, bool) {
		if at.Kind != yaml.SequenceNode || len(at.Content) < min || len(at.Content) > max {
			fail(at, "%s", what)
			return nil, false
		}
		return at.Content, true
	}
	before := len(*ps)
	eval := func(x *yaml.Node) (*yaml.Node, bool) {
		v := r.value(x, ps, depth+1)
		return v, len(*ps) == before
	}
	evalText := func(x *yaml.Node, what string) (string, bool) {
		v, ok := eval(x)
		if !ok {
			return "", false
		}
		if v == noValue || v.Kind != yaml.ScalarNode {
			fail(x, "%s must be a string, not a %s", what, document.KindName(v))
			return "", false
		}
		return v.Value, true
	}
	switch name {
	case "Ref":
		v, msg := r.ref(arg.Value, arg)
		if msg != "" {
			return fail(arg, "%s", msg)
		}
		return v
	case "Fn::GetAtt":
		id, attr, ok := strings.Cut(arg.Value, ".")
		if arg.Kind == yaml.SequenceNode && len(arg.Content) == 2 {
			var a, b string
			if a, ok = evalText(arg.Content[0], "the resource of Fn::GetAtt"); !ok {
				return noValue
			}
			if b, ok = evalText(arg.Content[1], "the attribute of Fn::GetAtt"); !ok {
				return noValue
			}
			id, attr = a, b
		}
		if !ok {
			return fail(arg, "Fn::GetAtt takes a resource and an attribute, as in GameFunction.Arn")
		}
		text, msg := r.attribute(id, attr, arg)
		if msg != "" {
			return fail(arg, "%s", msg)
		}
		return document.Scalar(n, text)
	case "Fn::Sub":
		return r.sub(arg, ps, depth)
	case "Fn::Join":
		args, ok := texts(arg, "Fn::Join takes a delimiter and a list: [\",\", [a, b]]", 2, 2)
		if !ok {
			return noValue
		}
		delimiter, ok := evalText(args[0], "the delimiter of Fn::Join")
		if !ok {
			return noValue
		}
		list, ok := eval(args[1])
		if !ok {
			return noValue
		}
		if list.Kind != yaml.SequenceNode {
			return fail(args[1], "Fn::Join joins a list, not a %s", document.KindName(list))
		}
		var parts []string
		for _, e := range list.Content {
			if e.Kind != yaml.ScalarNode {
				return fail(e, "Fn::Join joins strings, not a %s", document.KindName(e))
			}
			parts = append(parts, e.Value)
		}
		size := len(delimiter) * len(parts)
		for _, p := range parts {
			size += len(p)
		}
		if r.spent(n, r.budget.Make(size), ps) {
			return noValue
		}
		return document.Scalar(n, strings.Join(parts, delimiter))
	case "Fn::Split":
		args, ok := texts(arg, "Fn::Split takes a delimiter and a string: [\",\", \"a,b\"]", 2, 2)
		if !ok {
			return noValue
		}
		delimiter, ok := evalText(args[0], "the delimiter of Fn::Split")
		if !ok {
			return noValue
		}
		text, ok := evalText(args[1], "what Fn::Split splits")
		if !ok {
			return noValue
		}
		if delimiter == "" {
			return fail(args[0], "the delimiter of Fn::Split is empty")
		}
		if r.spent(n, r.budget.Make(len(text)+nodeSize*(1+strings.Count(text, delimiter))), ps) {
			return noValue
		}
		return list(n, strings.Split(text, delimiter))
	case "Fn::Select":
		args, ok := texts(arg, "Fn::Select takes an index and a list: [0, [a, b]]", 2, 2)
		if !ok {
			return noValue
		}
		index, ok := evalText(args[0], "the index of Fn::Select")
		if !ok {
			return noValue
		}
		var from *yaml.Node
		stands := r.depends(func() { from, ok = eval(args[1]) })
		if !ok {
			return noValue
		}
		i, err := strconv.Atoi(index)
		if stands && from.Kind == yaml.ScalarNode {
			return from // one string stands in for a list that is known only once deployed
		}
		if stands && from.Kind == yaml.SequenceNode && len(from.Content) > 0 && i >= len(from.Content) {
			return from.Content[len(from.Content)-1] // a stand-in has fewer parts than the right value
		}
		if err != nil || from.Kind != yaml.SequenceNode || i < 0 || i >= len(from.Content) {
			return fail(args[0], "Fn::Select finds no element %s in a %s of %d", strconv.Quote(index), document.KindName(from), len(from.Content))
		}
		return from.Content[i]
	case "Fn::If":
		args, ok := texts(arg, "Fn::If takes the name of a condition and two values: [IsProd, a, b]", 3, 3)
		if !ok {
			return noValue
		}
		yes, p := r.condition(args[0].Value, args[0])
		if p != nil {
			*ps = append(*ps, p)
			return noValue
		}
		if yes {
			return r.value(args[1], ps, depth+1)
		}
		return r.value(args[2], ps, depth+1)
	case "Fn::FindInMap":
		args, ok := texts(arg, "Fn::FindInMap takes a map and two keys: [Map, first, second]", 3, 4)
		if !ok {
			return noValue
		}
		var keys [3]string
		stands := r.depends(func() {
			for i := range keys {
				if keys[i], ok = evalText(args[i], "a key of Fn::FindInMap"); !ok {
					return
				}
			}
		})
		if !ok {
			return noValue
		}
		v := document.Get(r.mappings, keys[:]...)
		if v == nil && len(args) == 4 {
			if d := document.Get(args[3], "DefaultValue"); d != nil {
				return r.value(d, ps, depth+1)
			}
		}
		if regional := keys[1] == r.o.Region; v == nil && (stands || regional) {
			first := document.Get(r.mappings, keys[0])
			for key, entry := range document.Pairs(first) { // any will do
				if v = document.Get(entry, keys[2]); v == nil {
					continue
				}
				if regional {
					r.stand(arg, "the map "+keys[0], "has nothing for the Region "+keys[1], v.Value, "choose another Region with --region, such as "+key.Value)
				}
				break
			}
		}
		if v == nil {
			return fail(arg, "Mappings has no %s.%s.%s", keys[0], keys[1], keys[2])
		}
		return v
	case "Fn::ImportValue":
		export, ok := evalText(arg, "the name of Fn::ImportValue")
		if !ok {
			return noValue
		}
		v, ok := r.o.Imports[export]
		if !ok {
			v = r.stand(arg, "the export "+export, "is known only once deployed", export, "pass --import "+export+"=VALUE")
		}
		return document.Scalar(n, v)
	case "Fn::Base64":
		text, ok := evalText(arg, "what Fn::Base64 encodes")
		if !ok {
			return noValue
		}
		if r.spent(n, r.budget.Make(base64.StdEncoding.EncodedLen(len(text))), ps) {
			return noValue
		}
		return document.Scalar(n, base64.StdEncoding.EncodeToString([]byte(text)))
	case "Fn::Length":
		v, ok := eval(arg)
		if !ok {
			return noValue
		}
		if v.Kind != yaml.SequenceNode {
			return fail(arg, "Fn::Length counts a list, not a %s", document.KindName(v))
		}
		c := document.Scalar(n, strconv.Itoa(len(v.Content)))
		c.Tag = "!!int"
		return c
	case "Fn::ToJsonString":
		v, ok := eval(arg)
		if !ok {
			return noValue
		}
		text, err := document.JSON(v)
		if err != nil {
			return fail(arg, "Fn::ToJsonString: %v", err)
		}
		if r.spent(n, r.budget.Make(len(text)), ps) {
			return noValue
		}
		return document.Scalar(n, string(text))
	case "Fn::GetAZs":
		return list(n, []string{r.o.Region + "a", r.o.Region + "b", r.o.Region + "c"})
	case "Fn::Transform":
		return r.transform(arg, ps, depth)
	}
	*ps = append(*ps, r.files.errorf(n, "the intrinsic function %s is not supported", name).NotSupported())
	return noValue
}

func list(at *yaml.Node, items []string) *yaml.Node {
	s := document.Sequence(at)
	for _, item := range items {
		s.Content = append(s.Content, document.Scalar(at, item))
	}
	return s
}

// sub evaluates Fn::Sub: ${Name}, ${Resource.Attribute}, ${!Literal}, and its own variables if a
// map of them is given.
func (r *resolver) sub(arg *yaml.Node, ps *document.Problems, depth int) *yaml.Node {
	text, vars := arg, (*yaml.Node)(nil)
	if arg.Kind == yaml.SequenceNode && len(arg.Content) == 2 && arg.Content[1].Kind == yaml.MappingNode {
		text, vars = arg.Content[0], arg.Content[1]
	}
	if text.Kind != yaml.ScalarNode {
		*ps = append(*ps, r.files.errorf(arg, "Fn::Sub takes a string, or a list of a string and a map of variables"))
		return noValue
	}
	var b strings.Builder
	rest := text.Value
	for {
		if b.Len() > document.MaxFile {
			*ps = append(*ps, r.files.errorf(text, "Fn::Sub makes more than %d bytes", document.MaxFile))
			return noValue
		}
		before, after, ok := strings.Cut(rest, "${")
		b.WriteString(before)
		if !ok {
			break
		}
		name, tail, ok := strings.Cut(after, "}")
		if !ok {
			b.WriteString("${" + after)
			break
		}
		rest = tail
		if literal, ok := strings.CutPrefix(name, "!"); ok {
			b.WriteString("${" + literal + "}")
			continue
		}
		name = strings.TrimSpace(name)
		if v := document.Get(vars, name); v != nil {
			before := len(*ps)
			v = r.value(v, ps, depth+1)
			if len(*ps) > before {
				return noValue
			}
			if v.Kind != yaml.ScalarNode {
				*ps = append(*ps, r.files.errorf(v, "the variable %s of Fn::Sub must be a string, not a %s", name, document.KindName(v)))
				return noValue
			}
			b.WriteString(v.Value)
			continue
		}
		var value, msg string
		if id, attr, ok := strings.Cut(name, "."); ok {
			value, msg = r.attribute(id, attr, text)
		} else {
			v, m := r.refIn(name, text, strings.Contains(text.Value, ":lambda:path/"))
			msg = m
			switch {
			case m != "":
			case v == noValue:
				msg = "AWS::NoValue cannot be part of a string"
			case v.Kind == yaml.SequenceNode:
				msg = name + "is a list and cannot be part of a string"
			default:
				value = v.Value
			}
		}
		if msg != "" {
			*ps = append(*ps, r.files.errorf(text, "${%s}: %s", name, msg))
			return noValue
		}
		b.WriteString(value)
	}
	if r.spent(text, r.budget.Make(b.Len()), ps) {
		return noValue
	}
	c := document.Scalar(text, b.String())
	c.Style = text.Style
	c.Line, c.Column = text.Line, text.Column
	return c
}

// transform evaluates Fn::Transform, of which only AWS::Include is supported.
func (r *resolver) transform(arg *yaml.Node, ps *document.Problems, depth int) *yaml.Node {
	fail := func(at *yaml.Node, format string, args ...any) *yaml.Node {
		*ps = append(*ps, r.files.errorf(at, format, args...))
		return noValue
	}
	name := document.Get(arg, "Name")
	if name == nil || name.Value != "AWS::Include" {
		*ps = append(*ps, r.files.errorf(arg, "the only transform that can be run locally is AWS::Include").NotSupported())
		return noValue
	}
	at := document.Get(arg, "Parameters", "Location")
	if at == nil {
		return fail(arg, "AWS::Include needs Parameters.Location")
	}
	if where := r.files.pos(arg); where.File != r.files.template {
		r.nested = append(r.nested, where)
	}
	before := len(*ps)
	loc := r.value(at, ps, depth+1)
	if len(*ps) > before {
		return noValue
	}
	return r.include(loc, ps, depth)
}

// include reads the file that a resolved location names and resolves it in turn.
func (r *resolver) include(loc *yaml.Node, ps *document.Problems, depth int) *yaml.Node {
	name, src := r.source(loc, ps)
	if src == noValue {
		return noValue
	}
	r.including[name] = true
	defer delete(r.including, name)
	return r.value(src, ps, depth+1)
}

// source reads, once, the file that a resolved location names.
func (r *resolver) source(loc *yaml.Node, ps *document.Problems) (name string, src *yaml.Node) {
	fail := func(format string, args ...any) (string, *yaml.Node) {
		*ps = append(*ps, r.files.errorf(loc, format, args...))
		return "", noValue
	}
	if loc.Kind != yaml.ScalarNode || loc.Tag != "!!str" {
		return fail("the location of a file must be a string, not a %s", document.KindName(loc))
	}
	name = loc.Value
	if strings.Contains(name, "://") {
		if name = r.beside(loc); name == "" {
			*ps = append(*ps, r.files.errorf(loc, "%s is not on this machine", loc.Value).Fixed("use the template from before packaging, or pass the API's definition with --openapi FILE").NotSupported())
			return "", noValue
		}
	} else if !filepath.IsAbs(name) {
		name = filepath.Join(filepath.Dir(r.files.pos(loc).File), slashed(name))
	}
	if r.including[name] {
		return fail("%s includes itself", name)
	}
	src, ok := r.sources[name]
	if !ok {
		var err error
		if src, err = r.files.read(name); err != nil {
			if p, ok := err.(*document.Problem); ok && p.Line == 0 {
				*ps = append(*ps, r.files.errorf(loc, "%s %s", name, p.Reason).Fixed("%s", p.Fix))
				return "", noValue
			} else if ok {
				*ps = append(*ps, p)
				return "", noValue
			}
			return fail("%s: %v", name, err)
		}
		r.sources[name] = src
	}
	return name, src
}

// slashed returns a path of a template for this machine: templates written on Windows contain
// backslashes.
func slashed(path string) string {
	return filepath.FromSlash(strings.ReplaceAll(path, `\`, "/"))
}

// beside finds a file that was uploaded to S3 next to the file that refers to it there, by the
// last part of its key, as for a sample or an assembly of the CDK. It is empty if there is none.
func (r *resolver) beside(loc *yaml.Node) string {
	base := loc.Value[strings.LastIndexByte(loc.Value, '/')+1:]
	if base == "" || base == "." || base == ".." {
		return ""
	}
	for _, name := range []string{base, "asset." + base} {
		name = filepath.Join(filepath.Dir(r.files.pos(loc).File), name)
		if _, err := r.files.readFile(name); err == nil {
			r.warnings = append(r.warnings, r.files.errorf(loc, "%s is taken to be %s", loc.Value, name))
			return name
		}
	}
	return ""
}

// condition evaluates a condition of the template.
func (r *resolver) condition(name string, at *yaml.Node) (bool, *document.Problem) {
	n := document.Get(r.conditions, name)
	if n == nil {
		return false, r.files.errorf(at, "Conditions has no %q", name)
	}
	key := "condition " + name
	if r.evaluating[key] {
		return false, r.files.errorf(at, "the condition %s refers to itself", name)
	}
	r.evaluating[key] = true
	defer delete(r.evaluating, key)
	return r.test(n, 0)
}

func (r *resolver) test(n *yaml.Node, depth int) (bool, *document.Problem) {
	name, arg, ok := intrinsic(n)
	if !ok || depth > document.MaxDepth {
		return false, r.files.errorf(n, "a condition is one of Fn::Equals, Fn::And, Fn::Or, Fn::Not and Condition")
	}
	if name == "Condition" {
		return r.condition(arg.Value, arg)
	}
	if arg.Kind != yaml.SequenceNode || len(arg.Content) == 0 {
		return false, r.files.errorf(arg, "%s takes a list", name)
	}
	switch name {
	case "Fn::Equals":
		if len(arg.Content) != 2 {
			return false, r.files.errorf(arg, "Fn::Equals compares two values")
		}
		var texts [2]string
		for i := range texts {
			v, ps := r.resolve(arg.Content[i])
			if len(ps) > 0 {
				return false, ps[0]
			}
			if v == nil {
				v = noValue
			}
			text, err := document.JSON(v)
			if err != nil {
				return false, r.files.errorf(arg.Content[i], "%v", err)
			}
			texts[i] = strings.Trim(string(text), `"`)
		}
		return texts[0] == texts[1], nil
	case "Fn::Not":
		if len(arg.Content) != 1 {
			return false, r.files.errorf(arg, "Fn::Not takes one condition")
		}
		yes, p := r.test(arg.Content[0], depth+1)
		return !yes, p
	case "Fn::And", "Fn::Or":
		for _, c := range arg.Content {
			yes, p := r.test(c, depth+1)
			if p != nil || yes == (name == "Fn::Or") {
				return yes, p
			}
		}
		return name == "Fn::And", nil
	}
	return false, r.files.errorf(n, "a condition is one of Fn::Equals, Fn::And, Fn::Or, Fn::Not and Condition, not %s", name)
}
