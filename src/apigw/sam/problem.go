package sam

import (
	"fmt"
	"strings"
)

// A Pos is a place in a file. Line and Column count from 1; a zero Line means the file as a whole.
type Pos struct {
	File   string
	Line   int
	Column int
}

func (p Pos) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// A Problem is one mistake, or one thing this package cannot do, with its place.
type Problem struct {
	Pos     Pos
	Message string
}

func (p *Problem) Error() string { return p.Pos.String() + ": " + p.Message }

// Problems are all the problems of a template, in the order of their discovery. It is the error type of Read and ReadOpenAPI.
type Problems []*Problem

func (ps Problems) Error() string {
	var b strings.Builder
	for i, p := range ps {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(p.Error())
	}
	return b.String()
}
