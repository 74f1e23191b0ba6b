package gateway

import (
	"fmt"
	"strings"
)

// Problem is one thing in a document that API Gateway would refuse or this package cannot serve.
type Problem struct {
	Position
	Route  string // "GET /games/{id}", empty where it concerns the whole document
	Reason string // what is wrong, with the offending value
	Fix    string // what to do
	// Unsupported says that AWS would take it, only this package does not.
	Unsupported bool

	served bool // a lenient gateway serves the route all the same, since it is known what AWS does with the mistake
}

// Error gives the problem on one line: place, route, reason, and what to do.
func (p Problem) Error() string {
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

// Problems is the error of ParseDocument, NewDocument and New: everything found, in the order of the document.
type Problems []Problem

// Error gives one problem a line.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

func (l *loader) problem(p Position, route, reason, fix string) {
	l.problems = append(l.problems, Problem{Position: p, Route: route, Reason: reason, Fix: fix})
}

func (l *loader) unsupported(p Position, route, reason, fix string) {
	l.problems = append(l.problems, Problem{Position: p, Route: route, Reason: reason, Fix: fix, Unsupported: true})
}

func quoteList(words []string) string {
	q := make([]string, len(words))
	for i, w := range words {
		q[i] = fmt.Sprintf("%q", w)
	}
	return strings.Join(q, ", ")
}
