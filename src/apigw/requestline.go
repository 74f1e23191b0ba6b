package main

import (
	"strconv"
	"time"
	"unicode/utf8"

	"example.com/guessing-game/src/apigw/console"
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
func (o *outcome) line(c *console.Console) []byte {
	status := statusColor(o.status)
	if o.failed {
		status = console.Red
	}
	b := make([]byte, 0, 192)
	b = append(b, c.Paint(console.Gray, o.start.Format("15:04:05.000"))...)
	width := min(max(c.Width-besidePath, narrowPath), broadenPath)
	line := padded(padded(nil, o.method, -7), " "+visible.Short(o.path), -width)
	b = append(append(b, "  "...), c.Paint(console.Bold, string(line))...)
	b = append(append(b, ' '), c.Paint(status, strconv.Itoa(o.status))...)
	ms := float64(o.end.Sub(o.start)) / float64(time.Millisecond)
	b = append(padded(append(b, ' '), strconv.FormatFloat(ms, 'f', 2, 64), 8), " ms"...)
	if o.report.Billed > 0 || o.report.ColdStart {
		billed := strconv.AppendInt([]byte("  billed "), o.report.Billed.Milliseconds(), 10)
		if !c.Terminal || console.ShownWidth(b)+len(billed)+len(" ms  cold") <= c.Width {
			b = append(append(b, billed...), " ms"...)
		}
		if !c.Terminal || console.ShownWidth(b)+len("  cold") <= c.Width {
			if o.report.ColdStart {
				b = append(append(b, "  "...), c.Paint(console.Blue, "cold")...)
			} else {
				b = append(b, "  warm"...)
			}
		}
	}
	if o.kind != "" {
		lead := "  "
		if c.Terminal && console.ShownWidth(b)+len(lead)+len(o.kind) > c.Width {
			lead = "\n" + console.Indentation // rather than break it in the middle
		}
		b = append(append(b, lead...), c.Paint(status, o.kind)...)
	}
	return append(b, '\n')
}

// statusColor returns the colour for an HTTP status.
func statusColor(status int) console.Color {
	switch {
	case status >= 500:
		return console.Red
	case status >= 400:
		return console.Yellow
	case status >= 300:
		return console.Cyan
	}
	return console.Green
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
