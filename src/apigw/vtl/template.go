package vtl

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// Setting says whose behaviour a template follows.
type Setting uint8

const (
	// APIGateway is Velocity 1.7 as API Gateway sets it up: a reference that comes to null evaluates to the empty string, and
	// inline macros and #evaluate are off.
	APIGateway Setting = iota
	// Velocity is stock Apache Velocity 1.7.
	Velocity
)

// String answers "apigateway" or "velocity".
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

	foreachSlot, countSlot, hasNextSlot int // -1 where the template does not mention them

	states  sync.Pool
	regexps regexps
}

// Parse parses a template. name is what messages call it. The error is an *Error.
func Parse(name, text string, o Options) (t *Template, err error) {
	src := &source{name: name, text: text}
	defer func() {
		switch r := recover().(type) {
		case nil:
		case *Error:
			t, err = nil, r
		default:
			panic(r)
		}
	}()
	o.Limits = o.Limits.withDefaults(o.Setting)
	if len(text) > o.Limits.TemplateBytes {
		e := src.errorAt(o.Limits.TemplateBytes, "the template has %d bytes, more than the %d that are allowed", len(text), o.Limits.TemplateBytes)
		e.Err = &LimitError{Limit: "TemplateBytes", Max: o.Limits.TemplateBytes}
		return nil, e
	}
	if !utf8.ValidString(text) {
		src.text = strings.ToValidUTF8(text, "\ufffd")
	}
	c := &compiler{names: &names{}, macros: map[string]*macro{}, seen: map[string]bool{}, setting: o.Setting}
	t = &Template{src: src, options: o, names: c.names, macros: c.macros, seen: c.seen}
	t.body = c.compile(src)
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

// Name answers the name given to Parse.
func (t *Template) Name() string { return t.src.name }

// Vars are the variables of one rendering. What a template sets is in them afterwards. They are not safe for concurrent use.
type Vars struct {
	m map[string]Value
}

// NewVars makes an empty set of variables.
func NewVars() *Vars { return &Vars{} }

// Get answers a variable, nil if it is not set. What #define makes lives no longer than its rendering.
func (v *Vars) Get(name string) Value {
	return v.m[name]
}

// Set sets a variable; nil removes it.
func (v *Vars) Set(name string, value Value) {
	if value == nil {
		delete(v.m, name)
		return
	}
	if v.m == nil {
		v.m = map[string]Value{}
	}
	v.m[name] = value
}

// Render renders the template. The error is an *Error, whose cause is ctx's where that ended it; there is no partial output.
func (t *Template) Render(ctx context.Context, vars *Vars) (out string, err error) {
	if vars == nil {
		vars = NewVars()
	}
	st := t.newState(ctx, vars)
	defer func() {
		r := recover()
		st.writeBack(vars)
		switch r := r.(type) {
		case nil:
			t.release(st)
		case *Error:
			r.Vars = vars
			out, err = "", r
		default: // a bug, here or in a host's Object
			panic(r)
		}
	}()
	st.checkContext()
	st.renderAll(t.body)
	st.checkOutput()
	return printable(string(st.out)), nil
}

// Reference is one reference of a template, for tools that look at templates without rendering them.
type Reference struct {
	Name     string   // the root: "input" of $!{input.params('x')}
	Path     []string // names of the properties and methods that follow, keys of indexes; "*" for an index that is not a literal
	Source   string   // as written
	Line     int
	Column   int
	Assigned bool // it is the target of #set, a loop variable, a #define or a macro's parameter
}

// References lists the references of a template in order, those inside string literals too.
func (t *Template) References() []Reference { return t.refs }

// Directive is one directive (or unknown #word) of a template.
type Directive struct {
	Name   string // "if", "set", "foreach", the word of a macro call; "@name" of a block macro call
	Line   int
	Column int
}

// Directives lists the directives of a template in order, those inside string literals too. #else and #elseif are among them,
// #end is not.
func (t *Template) Directives() []Directive { return t.directives }
