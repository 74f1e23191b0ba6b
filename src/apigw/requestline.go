package main

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/invoke"
)

// requestLine is the line of one request: time, method, path, status, duration, what Lambda would bill, cold or warm; and for what the
// gateway refused, the type of its response and why.
func requestLine(c *console, e *gateway.Execution, report invoke.Report) []byte {
	status := color(green)
	switch {
	case e.Status >= 500:
		status = red
	case e.Status >= 400:
		status = yellow
	case e.Status >= 300:
		status = cyan
	}
	b := make([]byte, 0, 192)
	b = append(b, c.paint(gray, e.Start.Format("15:04:05.000"))...)
	line := padded(padded(nil, e.Method, -7), " "+printable(e.Path), -53)
	b = append(append(b, "  "...), c.paint(bold, string(line))...)
	b = append(append(b, ' '), c.paint(status, strconv.Itoa(e.Status))...)
	ms := float64(e.End.Sub(e.Start)) / float64(time.Millisecond)
	b = append(padded(append(b, ' '), strconv.FormatFloat(ms, 'f', 2, 64), 9), " ms"...)
	if report.Billed > 0 || report.ColdStart {
		b = padded(append(b, "  billed "...), strconv.FormatInt(report.Billed.Milliseconds(), 10), 5)
		b = append(b, " ms  "...)
		if report.ColdStart {
			b = append(b, c.paint(blue, "cold")...)
		} else {
			b = append(b, "warm"...)
		}
	}
	if e.ResponseType != "" {
		b = append(append(b, "  "...), c.paint(status, e.ResponseType)...)
		if e.Status < 500 && e.Error != nil {
			reason, _, _ := strings.Cut(e.Error.Error(), "\n")
			if len(reason) > 120 {
				reason = strings.ToValidUTF8(reason[:120], "") + "…"
			}
			if reason != e.ResponseType {
				b = append(append(b, "  "...), reason...)
			}
		}
	}
	return append(b, '\n')
}

// padded adds text in so many columns at least: on the right, or where width is negative on the left.
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

// printable is text from a client as a console may show it: without control characters, and not endless.
func printable(s string) string {
	if len(s) > 200 {
		s = strings.ToValidUTF8(s[:200], "") + "…"
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return '�'
		}
		return r
	}, s)
}
