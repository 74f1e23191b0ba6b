package main

import (
	"io"
	"os"
	"strconv"

	"golang.org/x/term"
)

// color is an ANSI colour.
type color string

const (
	red    color = "31"
	green  color = "32"
	yellow color = "33"
	blue   color = "34"
	cyan   color = "36"
	gray   color = "90"
	bold   color = "1"
)

// console is a stream that a person may read. It is coloured only on a terminal, unless that is
// dumb or NO_COLOR is set to anything (https://no-color.org).
type console struct {
	w        io.Writer
	colors   bool
	terminal bool
	width    int // in columns
}

// usualWidth is the width where the output is not a terminal.
const usualWidth = 120

func newConsole(s *system, w io.Writer) *console {
	c := &console{w: w, terminal: isTerminal(w), width: usualWidth}
	c.colors = c.terminal && s.getenv("NO_COLOR") == "" && s.getenv("TERM") != "dumb"
	if c.terminal {
		if n, _, err := term.GetSize(int(w.(*os.File).Fd())); err == nil && n > 0 {
			c.width = n
		}
	}
	if n, err := strconv.Atoi(s.getenv("COLUMNS")); err == nil && n > 0 {
		c.width = n
	}
	return c
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

func (c *console) paint(col color, text string) string {
	if !c.colors || text == "" {
		return text
	}
	return "\x1b[" + string(col) + "m" + text + "\x1b[0m"
}
