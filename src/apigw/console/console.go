// Package console writes for a person, who may read at a terminal: coloured, folded at its width,
// and never waiting for a terminal that has stopped.
package console

import (
	"io"
	"os"
	"strconv"

	"golang.org/x/term"

	"example.com/guessing-game/src/apigw/visible"
)

// Color is an ANSI colour.
type Color string

// The colours that are used.
const (
	Red    Color = "31"
	Green  Color = "32"
	Yellow Color = "33"
	Blue   Color = "34"
	Cyan   Color = "36"
	Gray   Color = "90"
	Bold   Color = "1"
)

// Console is a stream that a person may read. It is coloured only on a terminal, unless that is
// dumb or NO_COLOR is set to anything (https://no-color.org).
type Console struct {
	Colors   bool
	Terminal bool
	Width    int // in columns
}

// UsualWidth is the width where the output is not a terminal.
const UsualWidth = 120

// Indentation precedes lines that belong to the one above.
const Indentation = "    "

// Of describes the stream w.
func Of(w io.Writer, getenv func(string) string) *Console {
	c := &Console{Terminal: IsTerminal(w), Width: UsualWidth}
	c.Colors = c.Terminal && getenv("NO_COLOR") == "" && getenv("TERM") != "dumb"
	if f, ok := File(w); ok && c.Terminal {
		if n, _, err := term.GetSize(int(f.Fd())); err == nil && n > 0 {
			c.Width = n
		}
	}
	if n, err := strconv.Atoi(getenv("COLUMNS")); err == nil && n > 0 {
		c.Width = n
	}
	return c
}

// IsTerminal reports whether a stream is a terminal.
func IsTerminal(w io.Writer) bool {
	f, ok := File(w)
	return ok && term.IsTerminal(int(f.Fd()))
}

// screen is a terminal, which gets nothing that controls it from anybody's text.
type screen struct{ file *os.File }

// Screened is a file that programs read as it is, and people without what controls their terminal.
func Screened(f *os.File) io.Writer {
	if IsTerminal(f) {
		return screen{f}
	}
	return f
}

func (s screen) Write(b []byte) (int, error) {
	return visible.Writer{W: s.file}.Write(b)
}

// File is the file behind a stream, if there is one.
func File(w any) (*os.File, bool) {
	if s, ok := w.(screen); ok {
		return s.file, true
	}
	f, ok := w.(*os.File)
	return f, ok && f != nil
}

// Paint colours text.
func (c *Console) Paint(col Color, text string) string {
	if !c.Colors || text == "" {
		return text
	}
	return "\x1b[" + string(col) + "m" + text + "\x1b[0m"
}
