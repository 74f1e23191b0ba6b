package document

import (
	"errors"
	"fmt"
	"strings"
)

// A Position is a place in a file. Line and Column count from 1, columns in characters; both are
// 0 if only the file is known.
type Position struct {
	File         string
	Line, Column int
}

// String is FILE:LINE:COLUMN, or just FILE.
func (p Position) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// A Problem is something in a file that AWS would reject or apigw cannot do.
type Problem struct {
	Position
	Route  string // "GET /games/{id}", empty if it does not concern a single route
	Reason string // what is wrong, with the offending value
	Fix    string // what to do; empty if Reason says it
	// Unsupported says that AWS would accept it and only apigw does not.
	Unsupported bool
	// Served says that a lenient gateway serves the route nevertheless, since what AWS does with
	// the mistake is known.
	Served bool
}

// Error is the problem on one line: position, route, reason and fix.
func (p *Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.Position.String())
	b.WriteString(": ")
	if p.Route != "" {
		b.WriteString(p.Route)
		b.WriteString(": ")
	}
	b.WriteString(p.Reason)
	if p.Fix != "" {
		b.WriteString(" (")
		b.WriteString(p.Fix)
		b.WriteString(")")
	}
	return b.String()
}

// Problems are all problems found, in the order of discovery. Readers of documents and templates
// return them as their error.
type Problems []*Problem

// Error has one line for each problem.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// Reason returns an error without the operation and path that os puts before it.
func Reason(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err.Error()
		}
		err = inner
	}
}

// Fixed sets what to do and returns the problem.
func (p *Problem) Fixed(format string, args ...any) *Problem {
	p.Fix = fmt.Sprintf(format, args...)
	return p
}

// NotSupported marks the problem as something that AWS would accept, and returns it.
func (p *Problem) NotSupported() *Problem {
	p.Unsupported = true
	return p
}
