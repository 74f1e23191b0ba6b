package vtl

import "example.com/guessing-game/src/apigw/vtl/java"

// The compiled template is a tree of statements that render and expressions that have values. It is
// immutable once compiled, so that any number of renderings can share it; what changes is in their
// states.

// A stmt is a piece of a template that renders.
type stmt interface {
	render(st *state)
}

// An expr is a piece of a template that has a value.
type expr interface {
	value(st *state) java.Value
	// truth is the value as a condition: false for every literal but true, and for arithmetic.
	truth(st *state) bool
}

// A textStmt prints verbatim. Escapes, text blocks and escaped directives become one too.
type textStmt string

// A place is the position of a node.
type place struct {
	src    *source
	offset int
}

func (p place) errorf(format string, args ...any) *Error {
	return p.src.errorAt(p.offset, format, args...)
}

// A ref is a reference, as a statement and as an expression.
type ref struct {
	place
	root    string
	slot    int
	steps   []step
	literal string // what is printed if the value is null
	// literalSlot is the slot of a plain $p, -1 for others: if it is null and p is a macro's
	// parameter, the argument's text is printed instead
	literalSlot int

	escape  string // backslashes to print before the value
	prefix  string // dollars and hashes that came before
	before  string // escape and prefix
	escaped bool
	runt    bool // an identifier that turned out not to be a reference: text
	inert   bool // $\!x: has no value
}

// A step is a property, method call or index of a reference.
type step interface {
	apply(st *state, v java.Value) java.Value
}

type propertyStep struct {
	place
	name string
}

type methodStep struct {
	place
	method *java.Selector
	args   []expr
}

type indexStep struct {
	place
	arg expr
}

// constant is a number, boolean or string literal without anything to interpolate.
type constant struct {
	v      java.Value
	isTrue bool
}

// interpolated is a string literal that is a template.
type interpolated struct {
	body []stmt
	cut  bool // the space appended for the parser is to be removed
}

type listExpr struct{ items []expr }

type mapExpr struct{ items []expr } // alternating keys and values

type rangeExpr struct {
	place
	from, to expr
}

type logicExpr struct {
	and         bool
	left, right expr
}

type notExpr struct{ operand expr }

type equalExpr struct {
	place
	negate      bool
	left, right expr
}

type compareExpr struct {
	place
	op          nodeKind
	left, right expr
}

type mathExpr struct {
	place
	op                  byte
	left, right         expr
	leftText, rightText string // what a null side contributes to a concatenation
}

type ifStmt struct {
	cond   []expr   // of #if and each #elseif
	bodies [][]stmt // one more if there is an #else
}

type setStmt struct {
	place
	target *ref
	slot   int
	right  expr
}

type foreachStmt struct {
	place
	elem int
	list expr // nil: nothing to loop over
	body []stmt

	incomplete bool // an argument is missing, which is an error when it renders
}

type defineStmt struct {
	place
	key  int
	body []stmt
}

// macroStmt is a call of a macro, or an unknown word.
type macroStmt struct {
	place
	name    string
	args    []expr
	texts   []string // the arguments' source text
	literal string
	badArg  *place // for an argument that is a bare word
	block   bool
	body    []stmt

	bodySlot int    // of $bodyContent
	macro    *macro // nil: none is known yet
}

type evaluateStmt struct {
	place
	arg expr
}

type stopStmt struct{ arg expr }

type breakStmt struct {
	place
	arg  expr
	text string
}

// loadStmt is #parse or #include.
type loadStmt struct {
	place
	parse    bool
	args     []expr
	texts    []string
	loadable []bool // the argument is of a kind that #include accepts
}

// A macro is what #macro defines.
type macro struct {
	place  // of its body
	name   string
	params []int // slots
	body   []stmt
}
