package vtl

import (
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"

	"example.com/guessing-game/src/apigw/vtl/java"
)

// A source is the text of a template, or of a string literal in it, with its position.
type source struct {
	name       string
	text       string
	line, col  int     // added to positions: lines to all, columns to those of the first line
	outer      *source // the source that contains a string literal
	outerStart int     // byte offset of the literal's text in outer
	verbatim   bool    // text appears in outer verbatim

	marking sync.Once
	marks   []mark // one every markEvery bytes
}

// position counts as JavaCC's character stream does: columns in UTF-16 units, a tab to the next
// multiple of eight, \r\n as one line end.
func (s *source) position(offset int) (line, col int) {
	last := min(offset, len(s.text)-1)
	m := s.markBefore(last)
	for m.at <= last {
		m.read(s.text, last)
	}
	if m.line == 1 {
		m.col += s.col
	}
	return m.line + s.line, m.col
}

// A mark is the position of the character before at.
type mark struct {
	at        int // byte offset
	line, col int
	cr, lf    bool // the character before is one
}

// markEvery is the distance of a source's marks. Counting each position from the start would take
// quadratic time.
const markEvery = 1 << 10

// markBefore returns a mark at or before an offset, and not far from it.
func (s *source) markBefore(offset int) mark {
	if offset < markEvery {
		return mark{line: 1}
	}
	s.marking.Do(func() {
		for m := (mark{line: 1}); m.at < len(s.text); m.read(s.text, len(s.text)) {
			if m.at >= len(s.marks)*markEvery {
				s.marks = append(s.marks, m)
			}
		}
	})
	i := min(offset/markEvery, len(s.marks)-1)
	if s.marks[i].at > offset { // the character at the offset began earlier
		i--
	}
	return s.marks[i]
}

// read advances by one character, but not beyond last, which may be in its middle.
func (m *mark) read(text string, last int) {
	r, size := rune(text[m.at]), 1
	if r >= utf8.RuneSelf {
		r, size = java.DecodeUnit(text[m.at:])
	}
	m.col++
	if m.lf || m.cr && r != '\n' {
		m.line++
		m.col = 1
	}
	m.cr, m.lf = r == '\r', r == '\n'
	if r == '\t' {
		m.col--
		m.col += 8 - m.col&7
	}
	if r >= 0x10000 && last-m.at >= 2 { // its second unit
		m.col++
	}
	m.at += size
}

// Before returns the part of a line before a column as Velocity counts them: see Error.Column.
func Before(line string, column int) string {
	m := mark{line: 1}
	for m.at < len(line) {
		before := m.at
		if m.read(line, len(line)); m.col >= column {
			return line[:before]
		}
	}
	return line
}

// lineAt returns the source line of an offset and the offset's place in it.
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
