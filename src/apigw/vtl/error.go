package vtl

import (
	"fmt"
	"strings"
)

// Error is a mistake in a template, or one made while rendering it.
type Error struct {
	Template string   // the name passed to Parse
	Line     int      // 1-based, as Velocity counts
	Column   int      // 1-based, UTF-16 units, as Velocity counts; a tab goes to the next multiple of 8
	Message  string   // what was found and what was expected, or what went wrong
	Found    string   // of a parse error: the unexpected token
	Expected []string // of a parse error: the expected tokens
	Source   string   // the source line, without its line end
	Err      error    // the cause, if there is one
	Vars     *Vars    // of a render error: the variables at that point

	caret int // number of bytes of Source before the caret
}

// Error returns one line: where, and what went wrong.
func (e *Error) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.Template, e.Line, e.Column, e.Message)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Detail returns the error with the source line and a caret under its column.
func (e *Error) Detail() string {
	var b strings.Builder
	b.WriteString(e.Error())
	if e.Source != "" {
		b.WriteString("\n  ")
		b.WriteString(e.Source)
		b.WriteString("\n  ")
		b.WriteString(e.Caret())
	}
	return b.String()
}

// Caret returns the line below Source: a ^ under the error's column.
func (e *Error) Caret() string { return Caret(e.Source[:min(e.caret, len(e.Source))]) }

// Caret returns a ^ under what follows text in a line. It keeps tabs, so that the columns match
// whatever their width.
func Caret(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' {
			return r
		}
		return ' '
	}, text) + "^"
}
