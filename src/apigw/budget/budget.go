// Package budget bounds the cost of interpreting untrusted input: templates, JSONPath, models and
// the resolver of SAM templates all draw on one Budget for each request or each load, and stop when
// it is spent.
package budget

import (
	"context"
	"fmt"
	"math"
	"time"
)

// Limits bound one request or one load. A zero field is unlimited.
type Limits struct {
	Steps int // units of work: nodes visited, calls made, elements compared; long strings count as several
	Bytes int // total bytes of all strings and collections made on the way
	Size  int // bytes of any one of these
	Depth int // levels of nesting
}

// A LimitError says which limit was exceeded.
type LimitError struct {
	Limit string // the name of the field in Limits, or of another limit of the interpreter
	Max   int
}

func (e *LimitError) Error() string { return fmt.Sprintf("more than %d %s", e.Max, e.Limit) }

// stepsBetweenChecks is how often a Budget looks at its context.
const stepsBetweenChecks = 1024

// bytesPerStep is how many bytes read or written count as one step.
const bytesPerStep = 64

// timePerStep is the duration of one step in work that is measured by the clock.
const timePerStep = 200 * time.Nanosecond

// A Budget is what is left for one request or one load. Once it is spent, or its context has
// ended, every method returns the same error. It is not safe for concurrent use. A nil Budget has
// no limits.
type Budget struct {
	ctx    context.Context
	until  time.Time // zero: no deadline
	limits Limits
	steps  uint
	bytes  int
	depth  int
	next   uint // steps at which to look at the context and the limit; 0 once there is an error
	err    error
}

// New returns a budget of the limits that ends with ctx.
func New(ctx context.Context, limits Limits) *Budget {
	b := &Budget{ctx: ctx, limits: limits}
	b.schedule()
	return b
}

// SetDeadline also ends the budget at a time, which replaces the one set before: the error is
// context.DeadlineExceeded.
func (b *Budget) SetDeadline(t time.Time) {
	if b != nil {
		b.until = t
	}
}

func (b *Budget) schedule() {
	b.next = b.steps + stepsBetweenChecks
	if b.limits.Steps > 0 {
		b.next = min(b.next, uint(b.limits.Steps)+1)
	}
}

// Step takes n units of work, which must not be negative. It returns a *LimitError if that exceeds
// the limit, and the context's cause if that has ended.
func (b *Budget) Step(n int) error {
	if b == nil {
		return nil
	}
	if b.steps += uint(n); b.steps < b.next {
		return nil
	}
	return b.check()
}

// Due takes one unit of work and reports whether Err must be checked now. It is Step(1) for code
// in which every instruction counts: the compiler inlines it.
func (b *Budget) Due() bool {
	if b == nil {
		return false
	}
	b.steps++
	return b.steps >= b.next
}

// Read takes the steps for reading n bytes.
func (b *Budget) Read(n int) error { return b.Step(1 + n/bytesPerStep) }

// Spend takes the steps for work that is measured by its duration because it cannot be counted.
func (b *Budget) Spend(d time.Duration) error { return b.Step(int(max(0, d) / timePerStep)) }

// Make takes n bytes for a string or collection that is about to be made, and the steps for writing
// them.
func (b *Budget) Make(n int) error {
	if b == nil {
		return nil
	}
	b.bytes += n
	switch {
	case b.err != nil:
		return b.err
	case n < 0 || b.limits.Size > 0 && n > b.limits.Size:
		return b.end(&LimitError{Limit: "Size", Max: b.limits.Size})
	case b.bytes < 0 || b.limits.Bytes > 0 && b.bytes > b.limits.Bytes:
		return b.end(&LimitError{Limit: "Bytes", Max: b.limits.Bytes})
	}
	return b.Step(1 + n/bytesPerStep)
}

// MaxSize returns how many bytes one string or collection may have.
func (b *Budget) MaxSize() int {
	if b == nil || b.limits.Size == 0 {
		return math.MaxInt
	}
	return b.limits.Size
}

// Enter goes one level deeper. If it returns nil, a Leave must follow.
func (b *Budget) Enter() error {
	if b == nil {
		return nil
	}
	if b.err == nil && b.limits.Depth > 0 && b.depth >= b.limits.Depth {
		b.end(&LimitError{Limit: "Depth", Max: b.limits.Depth})
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

// Err returns why the budget is spent, nil while it is not. It always checks the context: call it
// before lengthy work.
func (b *Budget) Err() error {
	if b == nil {
		return nil
	}
	return b.check()
}

func (b *Budget) check() error {
	switch {
	case b.err != nil:
		return b.err
	case b.limits.Steps > 0 && b.steps > uint(b.limits.Steps):
		return b.end(&LimitError{Limit: "Steps", Max: b.limits.Steps})
	case b.ctx != nil && b.ctx.Err() != nil:
		return b.end(context.Cause(b.ctx))
	case !b.until.IsZero() && time.Now().After(b.until):
		return b.end(context.DeadlineExceeded)
	}
	b.schedule()
	return nil
}

// end spends the budget for good.
func (b *Budget) end(err error) error {
	b.err, b.next = err, 0
	return err
}
