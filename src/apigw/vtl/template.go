package vtl

import (
	"cmp"
	"slices"
	"sync"

	"example.com/guessing-game/src/apigw/budget"
	"example.com/guessing-game/src/apigw/vtl/java"
)

// Setting selects the behaviour that a template follows.
type Setting uint8

const (
	// APIGateway is Velocity 1.7 as set up in API Gateway: a reference to null evaluates to the
	// empty string, and inline macros and #evaluate are off.
	APIGateway Setting = iota
	// Velocity is stock Apache Velocity 1.7.
	Velocity
)

// String returns "apigateway" or "velocity".
func (s Setting) String() string {
	if s == Velocity {
		return "velocity"
	}
	return "apigateway"
}

// Options of Parse. The zero value is the API Gateway setting with its limits.
type Options struct {
	Setting Setting
	Limits  Limits // zero fields take the setting's defaults
	// Coverage makes the template count what its renderings reach: see Template.Coverage.
	Coverage bool
	// Watch, unless nil, is called whenever a rendering evaluates a reference, with its value, nil
	// for null, and its position as in References.
	Watch func(line, column int, value java.Value)
}

// Template is a parsed template. It is safe for concurrent use.
type Template struct {
	src        *source
	options    Options
	body       []stmt
	names      *names
	macros     map[string]*macro
	seen       map[string]bool
	dynamic    bool
	refs       []Reference
	directives []Directive
	coverage   *coverage // nil: nothing is counted

	foreachSlot, countSlot, hasNextSlot int // -1 if the template does not mention them

	states sync.Pool
}

// Parse parses a template. name is used in messages. The error is an *Error.
func Parse(name, text string, o Options) (*Template, error) {
	src := &source{name: name, text: text}
	o.Limits = o.Limits.withDefaults(o.Setting)
	if len(text) > o.Limits.TemplateBytes {
		e := src.errorAt(o.Limits.TemplateBytes, "the template has %d bytes, more than the %d that are allowed", len(text), o.Limits.TemplateBytes)
		e.Err = &budget.LimitError{Limit: "TemplateBytes", Max: o.Limits.TemplateBytes}
		return nil, e
	}
	src.text = java.ValidText(text)
	c := &compiler{names: &names{}, macros: map[string]*macro{}, seen: map[string]bool{}, setting: o.Setting}
	if o.Coverage {
		c.coverage = &coverage{}
	}
	t := &Template{src: src, options: o, names: c.names, macros: c.macros, seen: c.seen, coverage: c.coverage}
	if err := catch(func() { t.body = c.compile(src) }); err != nil {
		return nil, err
	}
	t.dynamic = c.dynamic
	t.refs, t.directives = c.refs, c.directives
	slices.SortStableFunc(t.refs, func(a, b Reference) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	special := func(name string) int {
		if i, ok := c.names.index[name]; ok {
			c.names.assigned[i] = true
			return i
		}
		if c.dynamic {
			return c.assign(name)
		}
		return -1
	}
	t.foreachSlot, t.countSlot, t.hasNextSlot = special("foreach"), special("velocityCount"), special("velocityHasNext")
	return t, nil
}

// Vars are the variables of one rendering. Afterwards they include what the template has set.
// They are not safe for concurrent use.
type Vars struct {
	m map[string]java.Value
}

// NewVars makes an empty set of variables.
func NewVars() *Vars { return &Vars{} }

// Get returns a variable, nil if it is not set. A value made by #define does not outlive its
// rendering.
func (v *Vars) Get(name string) java.Value {
	return v.m[name]
}

// Set sets a variable; nil removes it.
func (v *Vars) Set(name string, value java.Value) {
	if value == nil {
		delete(v.m, name)
		return
	}
	if v.m == nil {
		v.m = map[string]java.Value{}
	}
	v.m[name] = value
}

// Render renders the template on a budget, which other work for the same request may share:
// NewBudget makes one. The error is an *Error, whose cause is a *budget.LimitError if the budget
// was too small, or the error of the budget's context if that has ended; there is no partial
// output.
func (t *Template) Render(budget *budget.Budget, vars *Vars) (string, error) {
	if vars == nil {
		vars = NewVars()
	}
	st := t.newState(budget, vars)
	var out string
	err := catch(func() {
		st.checkBudget()
		st.renderAll(t.body)
		st.checkOutput()
		out = java.Printable(string(st.out))
	})
	st.writeBack(vars)
	st.end()
	if err != nil {
		err.Vars = vars
		return "", err
	}
	t.release(st)
	return out, nil
}

// catch returns the *Error that do panics with. Panics are caught only here: the compiler and the
// statements panic with an *Error, which saves every node of the tree an error check; any other
// panic is a bug, here or in a host's Object.
func catch(do func()) (err *Error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case *Error:
			err = r
		default:
			panic(r)
		}
	}()
	do()
	return nil
}

// Reference is one reference of a template, for tools that inspect templates without rendering
// them.
type Reference struct {
	Name     string   // the root: "input" of $!{input.params('x')}
	Path     []string // names of the properties and methods that follow, keys of indexes; "*" for an index that is not a literal
	Source   string   // as written
	Line     int
	Column   int
	Assigned bool // it is the target of #set, a loop variable, a #define or a macro's parameter
}

// References lists the references of a template in order, including those inside string literals.
func (t *Template) References() []Reference { return t.refs }

// Directive is one directive (or unknown #word) of a template.
type Directive struct {
	Name   string // "if", "set", "foreach", the word of a macro call; "@name" of a block macro call
	Line   int
	Column int
}

// Directives lists the directives of a template in order, including #else and #elseif and those
// inside string literals, but not #end.
func (t *Template) Directives() []Directive { return t.directives }
