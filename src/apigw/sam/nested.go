package sam

import (
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"example.com/guessing-game/src/apigw/document"
)

// A template may have other templates as resources: AWS::Serverless::Application and
// AWS::CloudFormation::Stack. One that is on this machine is read with the parameters from its
// resource, and its content is served with the rest.

// maxStacks bounds how many nested stacks are read.
const maxStacks = 50

// child is a nested stack.
type child struct {
	*resolver
	template *Template
	problems document.Problems
}

func isNested(kind string) bool {
	return kind == "AWS::Serverless::Application" || kind == "AWS::CloudFormation::Stack"
}

// nestedFile is the file of a nested stack's template, empty if it is not on this machine.
func (r *resolver) nestedFile(res *resource) string {
	location := document.Get(res.properties, "Location")
	if res.kind == "AWS::CloudFormation::Stack" {
		location = document.Get(res.properties, "TemplateURL")
		if asset := document.Get(res.node, "Metadata", "aws:asset:path"); asset != nil { // as the CDK writes it
			location = asset
		}
	}
	if location == nil {
		return ""
	}
	var v *yaml.Node
	var ps document.Problems
	r.standIns(func() { v, ps = r.resolve(location) })
	if len(ps) > 0 || v == nil || v.Kind != yaml.ScalarNode || v.Value == "" {
		return ""
	}
	if strings.Contains(v.Value, "://") {
		return r.beside(v)
	}
	if filepath.IsAbs(v.Value) {
		return v.Value
	}
	return filepath.Join(filepath.Dir(r.files.pos(v).File), slashed(v.Value))
}

// child reads a nested stack, once. It is nil if there is nothing to read, or if the stack is
// already being read.
func (r *resolver) child(res *resource) *child {
	if c, known := r.children[res.id]; known {
		return c
	}
	r.children[res.id] = nil
	file := r.nestedFile(res)
	if file == "" || *r.stacks >= maxStacks || r.including[filepath.Clean(file)] {
		return nil
	}
	*r.stacks++
	o := r.o
	o.Parameters, o.Definition, o.Stack = map[string]string{}, "", r.o.Stack+"-"+res.id
	for k, n := range document.Pairs(document.Get(res.properties, "Parameters")) {
		v, ps := r.resolve(n)
		switch {
		case len(ps) > 0 || v == nil:
		case v.Kind == yaml.ScalarNode:
			o.Parameters[k.Value] = v.Value
		default:
			var parts []string
			for _, e := range document.Items(v) {
				parts = append(parts, e.Value)
			}
			o.Parameters[k.Value] = strings.Join(parts, ",")
		}
	}
	c := &child{}
	inner, root, p := open(file, file, o)
	if p != nil {
		if p.Line == 0 {
			p = r.files.errorf(res.key, "the template of the nested stack %s, %s, %s", res.id, file, p.Reason).Fixed("%s", p.Fix)
		}
		c.problems = document.Problems{p}
		r.children[res.id] = c
		return c
	}
	inner.path, inner.owners, inner.stacks, inner.budget = r.path+res.id+"/", r.owners, r.stacks, r.budget
	for name := range r.including {
		inner.including[name] = true
	}
	c.resolver = inner
	c.template, c.problems = inner.read(root)
	r.children[res.id] = c
	if inner.over != nil && r.over == nil {
		r.over = inner.over
	}
	return c
}

// output is an output of a nested stack.
func (r *resolver) output(res *resource, name string) (text string, ok bool) {
	c := r.child(res)
	if c == nil || c.resolver == nil {
		return "", false
	}
	n := document.Get(c.outputs, name, "Value")
	if n == nil {
		return "", false
	}
	variable, noted := c.variable, c.noted
	c.variable, c.noted = r.variable, r.noted // a stand-in in that template is one here too
	defer func() { c.variable, c.noted = variable, noted }()
	v, ps := c.resolve(n)
	if len(ps) > 0 || v == nil || v.Kind != yaml.ScalarNode {
		return "", false
	}
	return v.Value, true
}

// nest adds the content of a nested stack to a template.
func (r *resolver) nest(t *Template, res *resource) {
	c := r.child(res)
	if c == nil {
		r.warnings = append(r.warnings, r.files.errorf(res.key, "the template of the nested stack %s is not on this machine, so nothing of it is served", res.id))
		return
	}
	for _, p := range c.problems {
		q := *p
		q.Unsupported = true // the rest can be served without it
		t.Problems = append(t.Problems, &q)
	}
	if c.template != nil {
		t.take(c.template, res.id)
	}
}

// take adds the content of another stack of the application. name distinguishes its APIs from
// others of the same name.
func (t *Template) take(in *Template, name string) {
	for _, f := range in.Functions {
		if other := t.function(f.Name); other != nil {
			t.Problems = append(t.Problems, (&document.Problem{Position: f.Pos, Reason: "another stack has a function " + f.Name + " as well"}).Fixed("use different FunctionNames").NotSupported())
			continue
		}
		if slices.ContainsFunc(t.Functions, func(other *Function) bool { return other.ID == f.ID }) {
			f.logicalID, f.ID = f.LogicalID(), f.Name
		}
		t.Functions = append(t.Functions, f)
	}
	for _, a := range in.APIs {
		if slices.ContainsFunc(t.APIs, func(other *API) bool { return other.ID == a.ID }) {
			a.ID = name + a.ID
		}
		t.APIs = append(t.APIs, a)
	}
	t.Permissions = append(t.Permissions, in.Permissions...)
	t.UserPools, t.APIKeys, t.UsagePlans = append(t.UserPools, in.UserPools...), append(t.APIKeys, in.APIKeys...), append(t.UsagePlans, in.UsagePlans...)
	t.Warnings, t.StandIns, t.Problems = append(t.Warnings, in.Warnings...), append(t.StandIns, in.StandIns...), append(t.Problems, in.Problems...)
	t.ShortForms, t.Aliases, t.NestedIncludes = append(t.ShortForms, in.ShortForms...), append(t.Aliases, in.Aliases...), append(t.NestedIncludes, in.NestedIncludes...)
	t.Twice, t.Lost, t.RawCalls, t.Refused = append(t.Twice, in.Twice...), append(t.Lost, in.Lost...), append(t.RawCalls, in.RawCalls...), append(t.Refused, in.Refused...)
	t.Creatables, t.files = append(t.Creatables, in.Creatables...), append(t.files, in.files...)
}
