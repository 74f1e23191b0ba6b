package main

import (
	"io"
	"os"
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

// console is where a command talks to a person: standard error. It has colours only on a terminal, and none if NO_COLOR is set to
// anything (https://no-color.org) or the terminal is dumb.
type console struct {
	w      io.Writer
	colors bool
}

func newConsole(s *system) *console {
	return &console{s.stderr, isTerminal(s.stderr) && s.getenv("NO_COLOR") == "" && s.getenv("TERM") != "dumb"}
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

func (c *console) paint(col color, text string) string {
	if !c.colors || text == "" {
		return text
	}
	return "\x1b[" + string(col) + "m" + text + "\x1b[0m"
}
