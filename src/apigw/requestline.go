package main

import (
	"bytes"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"example.com/guessing-game/src/apigw/invoke"
	"example.com/guessing-game/src/apigw/visible"
)

// outcome is what the line of a request shows.
type outcome struct {
	start, end   time.Time
	method, path string
	status       int
	failed       bool   // whatever the status
	kind         string // of the gateway response; empty if there was none
	report       invoke.Report
}

// The width of a request's line without its path, and that of the path, in columns.
const (
	besidePath              = 57
	narrowPath, broadenPath = 20, 53
)

// line formats the line of a request: time, method, path, status, duration, what Lambda would bill,
// cold or warm; and, if the gateway itself responded, the type of its response. On a narrow
// terminal Lambda's figures are left out, and the type is on the next line.
func (o *outcome) line(c *console) []byte {
	status := statusColor(o.status)
	if o.failed {
		status = red
	}
	b := make([]byte, 0, 192)
	b = append(b, c.paint(gray, o.start.Format("15:04:05.000"))...)
	width := min(max(c.width-besidePath, narrowPath), broadenPath)
	line := padded(padded(nil, o.method, -7), " "+printable(o.path), -width)
	b = append(append(b, "  "...), c.paint(bold, string(line))...)
	b = append(append(b, ' '), c.paint(status, strconv.Itoa(o.status))...)
	ms := float64(o.end.Sub(o.start)) / float64(time.Millisecond)
	b = append(padded(append(b, ' '), strconv.FormatFloat(ms, 'f', 2, 64), 8), " ms"...)
	if o.report.Billed > 0 || o.report.ColdStart {
		billed := strconv.AppendInt([]byte("  billed "), o.report.Billed.Milliseconds(), 10)
		if !c.terminal || shownWidth(b)+len(billed)+len(" ms  cold") <= c.width {
			b = append(append(b, billed...), " ms"...)
		}
		if !c.terminal || shownWidth(b)+len("  cold") <= c.width {
			if o.report.ColdStart {
				b = append(append(b, "  "...), c.paint(blue, "cold")...)
			} else {
				b = append(b, "  warm"...)
			}
		}
	}
	if o.kind != "" {
		lead := "  "
		if c.terminal && shownWidth(b)+len(lead)+len(o.kind) > c.width {
			lead = "\n" + indentation // rather than break it in the middle
		}
		b = append(append(b, lead...), c.paint(status, o.kind)...)
	}
	return append(b, '\n')
}

// shownWidth is the width of a line in columns, without colour codes.
func shownWidth(line []byte) (n int) {
	for len(line) > 0 {
		if rest, ok := bytes.CutPrefix(line, []byte("\x1b[")); ok {
			_, line, _ = bytes.Cut(rest, []byte("m"))
			continue
		}
		_, size := utf8.DecodeRune(line)
		line = line[size:]
		n++
	}
	return n
}

// folded breaks lines between words where a terminal would break them anywhere, and indents what
// follows. Lines indented by more than two spaces are left alone: they are for copying.
func (c *console) folded(text string, indent int) string {
	if !c.terminal {
		return text
	}
	var b strings.Builder
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "   ") {
			b.WriteString(line)
			continue
		}
		column, blank, words := 0, -1, false // blank is where the last gap between words in line begins
		for i := 0; i < len(line); {
			if rest, ok := strings.CutPrefix(line[i:], "\x1b["); ok {
				i += len("\x1b[") + strings.IndexByte(rest, 'm') + 1
				continue
			}
			r, size := utf8.DecodeRuneInString(line[i:])
			if r == ' ' && words && line[i-1] != ' ' {
				blank = i
			}
			words = words || r != ' '
			if column++; column > c.width && blank >= 0 && r != '\n' {
				b.WriteString(line[:blank] + "\n" + strings.Repeat(" ", indent))
				line = strings.TrimLeft(line[blank:], " ")
				i, column, blank, words = 0, indent, -1, false
				continue
			}
			i += size
		}
		b.WriteString(line)
	}
	return b.String()
}

// statusColor returns the colour for an HTTP status.
func statusColor(status int) color {
	switch {
	case status >= 500:
		return red
	case status >= 400:
		return yellow
	case status >= 300:
		return cyan
	}
	return green
}

// padded adds text padded with spaces to a width: on the right, or on the left if width is
// negative.
func padded(b []byte, text string, width int) []byte {
	blanks := max(width, -width) - utf8.RuneCountInString(text)
	if width < 0 {
		b = append(b, text...)
	}
	for range blanks {
		b = append(b, ' ')
	}
	if width > 0 {
		b = append(b, text...)
	}
	return b
}

// printable is text from a client made safe for a console: without control characters, and cut to a
// length.
func printable(s string) string {
	if len(s) > 200 {
		s = strings.ToValidUTF8(s[:200], "") + "…"
	}
	return visible.Text(strings.ReplaceAll(s, "\t", "�"))
}
