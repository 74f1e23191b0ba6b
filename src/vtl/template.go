// Package vtl is an engine for the Velocity Template Language, as Apache Velocity 1.7 runs it and as Amazon API Gateway does.
package vtl

import (
	"context"
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

// Options of Parse. The zero value is the API Gateway setting with its limits.
type Options struct {
	Setting Setting
	Limits  Limits // zero fields take the setting's defaults
}

// Limits bound what a template may use. Exceeding one is an error, but for LoopIterations, which end the loop silently as
// directive.foreach.maxloops does.
type Limits struct {
	LoopIterations int
}

// Template is a parsed template. It is safe for concurrent use.
type Template struct{}

// Parse parses a template. name is what messages call it. The error is an *Error.
func Parse(name, source string, o Options) (*Template, error) { return nil, nil }

// Vars are the variables of one rendering. What a template sets is in them afterwards.
type Vars struct{}

// NewVars makes an empty set of variables.
func NewVars() *Vars { return nil }

// Get answers a variable, nil if it is not set.
func (v *Vars) Get(name string) Value { return nil }

// Set sets a variable.
func (v *Vars) Set(name string, value Value) {}

// Render renders the template. The error is an *Error (or wraps ctx's); there is no partial output.
func (t *Template) Render(ctx context.Context, vars *Vars) (string, error) { return "", nil }

// Error is a mistake in a template, or one made while rendering it.
type Error struct {
	Template string // name given to Parse
	Line     int    // 1-based, as Velocity counts
	Column   int    // 1-based, UTF-16 units, as Velocity counts
	Message  string // what was found and what was expected, or what went wrong
	Source   string // the source line, without its line end
	Err      error  // the cause, where there is one
}

func (e *Error) Error() string { return e.Message }
func (e *Error) Unwrap() error { return e.Err }

// Reference is one reference of a template, for tools that look at templates without rendering them.
type Reference struct {
	Name     string   // the root: "input" of $!{input.params('x')}
	Path     []string // names of the properties and methods that follow, as far as they are literal
	Source   string   // as written
	Line     int
	Column   int
	Assigned bool // it is the target of #set, a loop variable or a #define
}

// References lists the references of a template in order, those inside string literals too.
func (t *Template) References() []Reference { return nil }

// Directive is one directive (or unknown #word) of a template.
type Directive struct {
	Name   string
	Line   int
	Column int
}

// Directives lists the directives of a template in order.
func (t *Template) Directives() []Directive { return nil }
