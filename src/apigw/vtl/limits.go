package vtl

import (
	"context"

	"example.com/guessing-game/src/apigw/budget"
)

// Limits bound a template and its language constructs; the cost of rendering is bounded by a
// Budget. Exceeding one is an *Error with a *budget.LimitError as its cause, except for
// LoopIterations, which ends the loop silently as directive.foreach.maxloops does. A zero field
// means the setting's default.
type Limits struct {
	LoopIterations int // of one #foreach
	TemplateBytes  int // length of the template
	MacroDepth     int // nested calls of macros
	RangeSize      int // elements of [a..b]
}

// DefaultBudget bounds the renderings of one request together, with all other work for it: steps
// are nodes rendered, methods called and elements compared, and more for long values; depth is
// nested blocks of #define, #evaluate and macros. A rendering's output counts like any other
// string.
var DefaultBudget = budget.Limits{Steps: 10_000_000, Bytes: 256 << 20, Size: 32 << 20, Depth: 500}

// NewBudget returns a budget of DefaultBudget that ends with ctx.
func NewBudget(ctx context.Context) *budget.Budget { return budget.New(ctx, DefaultBudget) }

// The defaults. API Gateway's own quotas are the 1,000 iterations and the 300 KB;
// velocimacro.max.depth is 20.
const (
	GatewayLoopIterations = 1000
	GatewayTemplateBytes  = 300 * 1024
	DefaultLoopIterations = 1<<31 - 1
	DefaultTemplateBytes  = 16 << 20
	DefaultMacroDepth     = 20
	DefaultRangeSize      = 1_000_000
	// DefineDepth is how often a #define may be rendered inside itself; beyond it, the reference
	// prints its own text.
	DefineDepth = 2
)

func (l Limits) withDefaults(s Setting) Limits {
	set := func(field *int, value int) {
		if *field == 0 {
			*field = value
		}
	}
	if s == APIGateway {
		set(&l.LoopIterations, GatewayLoopIterations)
		set(&l.TemplateBytes, GatewayTemplateBytes)
	}
	set(&l.LoopIterations, DefaultLoopIterations)
	set(&l.TemplateBytes, DefaultTemplateBytes)
	set(&l.MacroDepth, DefaultMacroDepth)
	set(&l.RangeSize, DefaultRangeSize)
	return l
}

// step counts a unit of work.
func (st *state) step() {
	if st.budget.Due() {
		st.checkBudget()
	}
}

// checkBudget ends a rendering whose budget is spent.
func (st *state) checkBudget() {
	if err := st.budget.Err(); err != nil {
		st.fail(st.at, err)
	}
}

// need charges n bytes of memory about to be used.
func (st *state) need(n int) {
	if err := st.budget.Make(n); err != nil {
		st.fail(st.at, err)
	}
}

// checkOutput ends a rendering whose output is too long.
func (st *state) checkOutput() {
	if len(st.out) > st.maxOutput {
		st.need(len(st.out))
	}
}

// limit ends the rendering at one of Limits.
func (st *state) limit(at place, name string, max int, format string, args ...any) {
	e := at.errorf(format, args...)
	e.Err = &budget.LimitError{Limit: name, Max: max}
	panic(e)
}
