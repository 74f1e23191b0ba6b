package vtl

import (
	"context"
	"time"

	"example.com/guessing-game/src/apigw/vtl/javaregexp"
)

// Limits bound what a template may use. Exceeding one is an *Error with a *LimitError as its cause, but for LoopIterations, which
// end the loop silently as directive.foreach.maxloops does. A zero field takes the setting's default.
type Limits struct {
	LoopIterations int // of one #foreach
	TemplateBytes  int // length of the template
	MacroDepth     int // calls of macros in calls of macros
	RenderDepth    int // blocks of #define, #evaluate and macros inside each other
	RangeSize      int // elements of [a..b]
	OutputBytes    int // of the rendering, and of any string made on the way
	WorkBytes      int // of all strings and collections made on the way, together
	Steps          int // nodes rendered, methods called and elements compared, together, and more for what is long
}

// The defaults. API Gateway's own quotas are the 1,000 iterations and the 300 KB; velocimacro.max.depth is 20.
const (
	GatewayLoopIterations = 1000
	GatewayTemplateBytes  = 300 * 1024
	DefaultLoopIterations = 1<<31 - 1
	DefaultTemplateBytes  = 16 << 20
	DefaultMacroDepth     = 20
	DefaultRenderDepth    = 500
	DefaultRangeSize      = 1_000_000
	DefaultOutputBytes    = 32 << 20
	DefaultWorkBytes      = 256 << 20
	DefaultSteps          = 10_000_000
	// DefineDepth is how often a #define may be rendered inside itself; the reference prints its own text then.
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
	set(&l.RenderDepth, DefaultRenderDepth)
	set(&l.RangeSize, DefaultRangeSize)
	set(&l.OutputBytes, DefaultOutputBytes)
	set(&l.WorkBytes, DefaultWorkBytes)
	set(&l.Steps, DefaultSteps)
	return l
}

// stepsBetweenChecks is how often a rendering looks at its context.
const stepsBetweenChecks = 1024

// step counts a piece of work.
func (st *state) step() {
	if st.steps++; st.steps >= st.nextCheck {
		st.check()
	}
}

// charge counts work that takes time with the length of what it is done to.
func (st *state) charge(n int) {
	if st == nil {
		return
	}
	if st.steps += n; st.steps >= st.nextCheck {
		st.check()
	}
}

func (st *state) check() {
	st.nextCheck = st.steps + stepsBetweenChecks
	st.checkContext()
	if st.steps > st.limits.Steps {
		st.limit("Steps", st.limits.Steps, "the template takes more than %d steps", st.limits.Steps)
	}
	st.checkOutput()
}

// MaxRegexpTime is how long the regular expressions of one rendering may take together.
const MaxRegexpTime = 2 * javaregexp.MatchTimeout

// timeRegexp is called at the start of a regular expression's work, and what it answers at the end.
func (st *state) timeRegexp() func() {
	start := time.Now()
	return func() {
		if st.regexpTime += time.Since(start); st.regexpTime > MaxRegexpTime {
			e := st.at.errorf("the template's regular expressions take more than %v", MaxRegexpTime)
			e.Err = &LimitError{Limit: "MaxRegexpTime", Max: int(MaxRegexpTime)}
			panic(e)
		}
		st.checkContext()
	}
}

// need accounts for n bytes of memory about to be used.
func (st *state) need(n int) {
	if st == nil {
		return
	}
	if n > st.limits.OutputBytes {
		st.limit("OutputBytes", st.limits.OutputBytes, "a string or collection of more than %d bytes", st.limits.OutputBytes)
	}
	if st.work += n; st.work > st.limits.WorkBytes {
		st.limit("WorkBytes", st.limits.WorkBytes, "the template's strings and collections take more than %d bytes", st.limits.WorkBytes)
	}
}

func (st *state) checkOutput() {
	if len(st.out) > st.limits.OutputBytes {
		st.limit("OutputBytes", st.limits.OutputBytes, "the output has more than %d bytes", st.limits.OutputBytes)
	}
}

func (st *state) checkContext() {
	if st.ctx != nil && st.ctx.Err() != nil {
		e := st.at.errorf("rendering was ended: %v", context.Cause(st.ctx))
		e.Err = context.Cause(st.ctx)
		panic(e)
	}
}

func (st *state) limit(name string, max int, format string, args ...any) {
	e := st.at.errorf(format, args...)
	e.Err = &LimitError{Limit: name, Max: max}
	panic(e)
}
