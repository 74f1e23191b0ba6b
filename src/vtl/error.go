package vtl

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Error is a mistake in a template, or one made while rendering it.
type Error struct {
	Template string   // name given to Parse
	Line     int      // 1-based, as Velocity counts
	Column   int      // 1-based, UTF-16 units, as Velocity counts; a tab goes to the next multiple of 8
	Message  string   // what was found and what was expected, or what went wrong
	Found    string   // of a parse error: the token that cannot stand there
	Expected []string // of a parse error: what could
	Source   string   // the source line, without its line end
	Err      error    // the cause, where there is one
	Vars     *Vars    // of a render error: the variables at that point

	caret int // bytes of Source before the caret
}

// Error answers one line: where, and what went wrong.
func (e *Error) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.Template, e.Line, e.Column, e.Message)
}

// Unwrap answers the cause.
func (e *Error) Unwrap() error { return e.Err }

// Detail answers the error with the source line and a caret under the place.
func (e *Error) Detail() string {
	var b strings.Builder
	b.WriteString(e.Error())
	if e.Source != "" {
		b.WriteString("\n  ")
		b.WriteString(e.Source)
		b.WriteString("\n  ")
		for i, r := range e.Source {
			if i >= e.caret {
				break
			}
			if r == '\t' {
				b.WriteByte('\t')
			} else {
				b.WriteByte(' ')
			}
		}
		b.WriteByte('^')
	}
	return b.String()
}

// JavaError is the exception that the Java method would have thrown.
type JavaError struct {
	Class   string // "java.lang.StringIndexOutOfBoundsException"
	Message string
}

func (e *JavaError) Error() string {
	if e.Message == "" {
		return e.Class
	}
	return e.Class + ": " + e.Message
}

func javaError(class, format string, args ...any) *JavaError {
	if len(args) > 0 {
		format = fmt.Sprintf(format, args...)
	}
	return &JavaError{Class: class, Message: format}
}

// LimitError says which of the limits a template exceeded. It is the cause (errors.As) of the *Error.
type LimitError struct {
	Limit string // the field of Limits
	Max   int
}

func (e *LimitError) Error() string { return fmt.Sprintf("limit exceeded: %s is %d", e.Limit, e.Max) }

var errOutputSize = errors.New("output too large")

// A source is a template's text, or that of a string literal in it, with the place where it stands.
type source struct {
	name       string
	text       string
	line, col  int     // added to positions: lines to all, columns to those of the first line
	outer      *source // where a string literal's text stands
	outerStart int     // byte offset of the literal's text in outer
	verbatim   bool    // text stands in outer as it is
}

// position counts as JavaCC's character stream does: columns in UTF-16 units, a tab to the next multiple of eight, \r\n as one
// line end.
func (s *source) position(offset int) (line, col int) {
	line, col = 1, 0
	prevCR, prevLF := false, false
	for i, n := 0, min(offset, len(s.text)-1); i <= n; {
		r, size := rune(s.text[i]), 1
		if r >= utf8.RuneSelf {
			r, size = decodeUnit(s.text[i:])
		}
		col++
		if prevLF {
			prevLF = false
			line++
			col = 1
		} else if prevCR {
			prevCR = false
			if r == '\n' {
				prevLF = true
			} else {
				line++
				col = 1
			}
		}
		switch r {
		case '\r':
			prevCR = true
		case '\n':
			prevLF = true
		case '\t':
			col--
			col += 8 - col&7
		}
		if i+size > n {
			if n-i >= 2 && r >= 0x10000 { // its second unit
				col++
			}
			break
		}
		if r >= 0x10000 {
			col++
		}
		i += size
	}
	if line == 1 {
		col += s.col
	}
	return line + s.line, col
}

// lineAt answers the source line of an offset and the offset's place in it.
func (s *source) lineAt(offset int) (text string, caret int) {
	offset = max(0, min(offset, len(s.text)))
	if s.outer != nil {
		if !s.verbatim {
			offset = 0
		}
		return s.outer.lineAt(s.outerStart + offset)
	}
	start := strings.LastIndexAny(s.text[:offset], "\r\n") + 1
	end := len(s.text)
	if i := strings.IndexAny(s.text[offset:], "\r\n"); i >= 0 {
		end = offset + i
	}
	return s.text[start:end], offset - start
}

// errorAt makes an error at a byte offset.
func (s *source) errorAt(offset int, format string, args ...any) *Error {
	e := &Error{Template: s.name, Message: format}
	if len(args) > 0 {
		e.Message = fmt.Sprintf(format, args...)
	}
	e.Line, e.Column = s.position(offset)
	e.Source, e.caret = s.lineAt(offset)
	return e
}
