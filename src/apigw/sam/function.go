package sam

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"example.com/guessing-game/src/apigw/document"
	"example.com/guessing-game/src/apigw/reserved"
)

// function reads the parts of a function that a local run needs.
func (r *resolver) function(res *resource) (*Function, document.Problems) {
	f := &Function{ID: res.id, Timeout: defaultTimeout, Memory: defaultMemory, Pos: r.files.pos(res.key)}
	var ps document.Problems
	text := func(property string) string {
		s, p := r.property(res, document.Get(res.properties, property), property)
		ps = append(ps, p...)
		return s
	}
	number := func(property string, target *int, low, high int) {
		var s string
		if stood := r.standIns(func() { s = text(property) }); s == "" || len(stood) > 0 {
			return // a parameter's stand-in is not a number to use
		}
		i, err := strconv.Atoi(s)
		if err != nil || i < low || i > high {
			ps = append(ps, r.files.errorf(document.Get(res.properties, property), "the %s of %s is %q; it must be a number from %d to %d", property, res.id, s, low, high))
			return
		}
		*target = i
	}
	f.Name = cmp.Or(text("FunctionName"), r.ownName(res))
	f.Runtime = text("Runtime")
	f.Handler = text("Handler")
	if f.Alias = text("AutoPublishAlias"); f.Alias != "" {
		f.Qualifiers = []string{f.Alias, published}
	}
	number("Timeout", &f.Timeout, 1, 900)
	number("MemorySize", &f.Memory, 128, 10240)
	logging, p := r.logging(res)
	f.Logging, ps = logging, append(ps, p...)
	f.Code = r.code(res)
	f.PerTenant = r.plain(document.Get(res.properties, "TenancyConfig", "TenantIsolationMode")) == "PER_TENANT"
	f.Environment = r.overridden(f, nil)
	given := map[string]string{}
	for _, v := range f.Environment {
		given[v.Name] = v.Value
	}
	variables := document.Get(res.properties, "Environment", "Variables")
	if variables == nil {
		return f, ps
	}
	if _, _, ok := intrinsic(variables); ok {
		v, p := r.resolve(variables)
		ps = append(ps, p...)
		variables = v
	}
	var own []Variable
	for k, n := range document.Pairs(variables) {
		if reserved.Variable(k.Value) {
			r.refuse(k, "%s sets the variable %s of Lambda's own", res.id, k.Value).Fixed("use another name")
			continue
		}
		value, set := given[k.Value]
		if !set && r.o.LookupEnv != nil {
			if value, set = r.o.LookupEnv(k.Value); set {
				own = append(own, Variable{Name: k.Value, Value: value})
			}
		}
		if set {
			if name, arg, ok := intrinsic(n); ok && name == "Ref" && value == "" {
				f.Without = append(f.Without, arg.Value)
			}
			continue
		}
		var v *yaml.Node
		var p document.Problems
		r.variable = true
		stood := r.standIns(func() { v, p = r.resolve(n) })
		r.variable = false
		switch {
		case len(p) > 0:
			for _, q := range p {
				if q == r.over {
					continue // it applies to the whole template
				}
				q.Fix = strings.TrimPrefix(q.Fix+"; or ", "; or ") + "set " + k.Value + " in the environment of this program or with --env-vars FILE"
			}
			ps = append(ps, p...)
		case v == nil:
		case v.Kind != yaml.ScalarNode:
			ps = append(ps, r.files.errorf(v, "the environment variable %s of %s must be a string, not a %s", k.Value, res.id, document.KindName(v)))
		default:
			own = append(own, Variable{k.Value, v.Value, once(stood)})
		}
	}
	f.Environment = r.overridden(f, own)
	return f, ps
}

// namesakes finds functions with the same name, of which a deployment creates only the first.
func (r *resolver) namesakes(fs []*Function) (ps document.Problems) {
	first := map[string]*Function{}
	for _, f := range fs {
		other := first[f.Name]
		if other == nil {
			first[f.Name] = f
			continue
		}
		at := f.Pos
		if n := document.Get(r.resources[f.LogicalID()].properties, "FunctionName"); n != nil {
			at = r.files.pos(n)
		}
		ps = append(ps, (&document.Problem{Position: at, Reason: fmt.Sprintf("%s and %s have the same name, %s", other.ID, f.ID, f.Name)}).Fixed("use different FunctionNames, or none"))
	}
	return ps
}

// property is a property that must be a string, empty if there is none.
func (r *resolver) property(res *resource, n *yaml.Node, name string) (string, document.Problems) {
	if n == nil {
		return "", nil
	}
	v, ps := r.resolve(n)
	if len(ps) > 0 || v == nil {
		return "", ps
	}
	if v.Kind != yaml.ScalarNode {
		return "", document.Problems{r.files.errorf(v, "the %s of %s must be a string, not a %s", name, res.id, document.KindName(v))}
	}
	return v.Value, nil
}

// logging reads a function's LoggingConfig.
func (r *resolver) logging(res *resource) (l Logging, ps document.Problems) {
	config := document.Get(res.properties, "LoggingConfig")
	if config == nil {
		return l, nil
	}
	if _, _, ok := intrinsic(config); ok {
		if config, ps = r.resolve(config); len(ps) > 0 {
			return l, ps
		}
	}
	for _, p := range []struct {
		name    string
		target  *string
		allowed []string // any string if nil
	}{
		{"LogFormat", &l.Format, []string{"Text", "JSON"}},
		{"ApplicationLogLevel", &l.Level, []string{"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"}},
		{"LogGroup", &l.Group, nil},
	} {
		n := document.Get(config, p.name)
		s, problems := r.property(res, n, p.name)
		ps = append(ps, problems...)
		switch {
		case s == "":
		case p.allowed != nil && !slices.Contains(p.allowed, s):
			ps = append(ps, r.files.errorf(n, "the %s of %s is %q; it must be one of %s", p.name, res.id, s, strings.Join(p.allowed, ", ")))
		case p.name == "ApplicationLogLevel" && l.Format != "JSON":
			ps = append(ps, r.files.errorf(n, "the ApplicationLogLevel of %s needs the LogFormat JSON", res.id))
		}
		*p.target = s
	}
	return l, ps
}

// overridden applies the variables in the options to a function's own.
func (r *resolver) overridden(f *Function, own []Variable) []Variable {
	vs := slices.Clone(own)
	for _, key := range []string{"Parameters", f.ID, f.Name} {
		names := make([]string, 0, len(r.o.Environment[key]))
		for name := range r.o.Environment[key] {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			v := Variable{Name: name, Value: r.o.Environment[key][name]}
			if i := slices.IndexFunc(vs, func(x Variable) bool { return x.Name == name }); i >= 0 {
				vs[i] = v
			} else {
				vs = append(vs, v)
			}
		}
	}
	return vs
}

// qualifiers gives functions the aliases and versions that are separate resources. One that
// cannot be resolved does not matter until a URI uses it, which is then an error.
func (r *resolver) qualifiers(t *Template, order []*resource) {
	noted := r.noted
	r.noted = nil
	defer func() { r.noted = noted }()
	for _, res := range order {
		isAlias := res.kind == "AWS::Lambda::Alias"
		if !isAlias && res.kind != "AWS::Lambda::Version" {
			continue
		}
		arn, msg := r.qualifiedARN(res)
		if msg != "" {
			continue
		}
		f := t.Function(arn)
		switch {
		case f == nil:
		case isAlias:
			name, _ := r.text(res, "Name")
			version, _ := r.text(res, "FunctionVersion") // which exists, or the alias could not
			f.Qualifiers = append(f.Qualifiers, name, version)
			f.Alias = cmp.Or(f.Alias, name)
		default:
			f.Qualifiers = append(f.Qualifiers, published)
		}
	}
}
