// Package budget bounds what a stranger's text can cost wherever it is interpreted: templates, JSONPath, models, and the resolver of
// SAM templates all draw on one Budget for each request or each load, and stop when it is spent.
package budget

import (
	"context"
	"fmt"
	"math"
)

// Limits bound one request or one load. A zero field is unlimited.
type Limits struct {
	Steps int // units of work: nodes visited, calls made, elements compared; long strings count as several
	Bytes int // bytes of all strings and collections made on the way, together
	Depth int // levels of nesting
}

// A LimitError says which limit was exceeded.
type LimitError struct {
	Limit string // the field's name in Limits, or that of a limit the interpreter has besides
	Max   int
}

func (e *LimitError) Error() string { return fmt.Sprintf("more than %d %s", e.Max, e.Limit) }

// stepsBetweenChecks is how often a Budget looks at its context.
const stepsBetweenChecks = 1024

// bytesPerStep is how many bytes read or written count as one step.
const bytesPerStep = 64

// A Budget is what is left for one request or one load. Once it is spent, or its context has ended, every method returns the same
// error. It is for one goroutine. A nil Budget has no limits.
type Budget struct {
	ctx    context.Context
	limits Limits
	steps  int
	bytes  int
	depth  int
	next   int // steps at which to look at the context and the limit
	err    error
}

// New returns a budget of the limits that ends with ctx.
func New(ctx context.Context, limits Limits) *Budget {
	b := &Budget{ctx: ctx, limits: limits}
	b.schedule()
	return b
}

func (b *Budget) schedule() {
	b.next = b.steps + stepsBetweenChecks
	if b.limits.Steps > 0 {
		b.next = min(b.next, b.limits.Steps+1)
	}
}

// Step takes n units of work. It returns a *LimitError where that is too much, and the context's cause where it has ended.
func (b *Budget) Step(n int) error {
	if b == nil {
		return nil
	}
	if b.steps += n; b.steps < b.next && b.err == nil && b.steps >= 0 {
		return nil
	}
	return b.check()
}

// Read takes the steps of going through n bytes.
func (b *Budget) Read(n int) error { return b.Step(1 + n/bytesPerStep) }

// Make takes n bytes that are about to be made, and the steps of writing them.
func (b *Budget) Make(n int) error {
	if b == nil {
		return nil
	}
	if b.bytes += n; b.err == nil && (b.bytes < 0 || b.limits.Bytes > 0 && b.bytes > b.limits.Bytes) {
		b.err = &LimitError{Limit: "Bytes", Max: b.limits.Bytes}
	}
	return b.Step(1 + n/bytesPerStep)
}

// Enter goes one level deeper. Leave must follow where it returns nil.
func (b *Budget) Enter() error {
	if b == nil {
		return nil
	}
	if b.err == nil && b.limits.Depth > 0 && b.depth >= b.limits.Depth {
		b.err = &LimitError{Limit: "Depth", Max: b.limits.Depth}
	}
	if b.err != nil {
		return b.err
	}
	b.depth++
	return nil
}

// Leave undoes an Enter.
func (b *Budget) Leave() {
	if b != nil {
		b.depth--
	}
}

// Err returns why the budget is spent, nil while it is not. It always looks at the context: call it before work of some length.
func (b *Budget) Err() error {
	if b == nil {
		return nil
	}
	return b.check()
}

func (b *Budget) check() error {
	if b.err != nil {
		return b.err
	}
	if b.steps < 0 {
		b.steps = math.MaxInt / 2
	}
	if b.limits.Steps > 0 && b.steps > b.limits.Steps {
		b.err = &LimitError{Limit: "Steps", Max: b.limits.Steps}
	} else if b.ctx != nil && b.ctx.Err() != nil {
		b.err = context.Cause(b.ctx)
	}
	b.schedule()
	return b.err
}
