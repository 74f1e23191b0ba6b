// Package console writes for a person, who may read at a terminal: coloured, folded at its width,
// and never waiting for a terminal that has stopped.
package console

import (
	"io"
	"os"
	"strconv"

	"golang.org/x/term"
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
	if c.Terminal {
		if n, _, err := term.GetSize(int(w.(*os.File).Fd())); err == nil && n > 0 {
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
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// Paint colours text.
func (c *Console) Paint(col Color, text string) string {
	if !c.Colors || text == "" {
		return text
	}
	return "\x1b[" + string(col) + "m" + text + "\x1b[0m"
}
