package gateway

import (
	"fmt"
	"strings"

	"example.com/guessing-game/src/apigw/document"
)

// Positions in documents and problems found there, whichever package finds them.
type (
	// Position is a position in a document.
	Position = document.Position
	// Problem is one thing in a document that API Gateway would refuse or this package cannot
	// serve.
	Problem = document.Problem
	// Problems is the error of ParseDocument, NewDocument and New: everything found, in the order
	// of the document.
	Problems = document.Problems
)

func (l *loader) problem(p Position, route, reason, fix string) {
	l.problems = append(l.problems, &Problem{Position: p, Route: route, Reason: reason, Fix: fix})
}

// dropped reports what API Gateway's import drops with a warning, which fails the import only
// with FailOnWarnings.
func (l *loader) dropped(p Position, route, reason, fix string) {
	l.problems = append(l.problems, &Problem{Position: p, Route: route, Reason: reason, Fix: fix, Served: true})
}

func (l *loader) unsupported(p Position, route, reason, fix string) {
	l.problems = append(l.problems, &Problem{Position: p, Route: route, Reason: reason, Fix: fix, Unsupported: true})
}

func quoteList(words []string) string {
	q := make([]string, len(words))
	for i, w := range words {
		q[i] = fmt.Sprintf("%q", w)
	}
	return strings.Join(q, ", ")
}
