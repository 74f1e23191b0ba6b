// Package visible makes untrusted text safe for a terminal.
package visible

import (
	"strings"
	"unicode/utf8"
)

// Text returns text, such as a string from a client, without anything that controls a terminal or
// begins a line.
func Text(text string) string {
	if strings.IndexFunc(text, commands) < 0 {
		return text
	}
	return strings.Map(func(r rune) rune {
		if commands(r) {
			return utf8.RuneError
		}
		return r
	}, text)
}

// commands reports whether a character does more than appear: control characters of ASCII and
// Latin-1 except the tab, and those that change the direction of what follows.
func commands(r rune) bool {
	return r < ' ' && r != '\t' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}

// Lines returns the lines of text, without anything that controls a terminal.
func Lines(text string) (lines []string) {
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		lines = append(lines, Text(strings.TrimSuffix(line, "\r")))
	}
	return lines
}

// maxShort bounds the bytes that Short shows.
const maxShort = 200

// Short returns text on one line and cut to a length, without anything that controls a terminal.
func Short(text string) string {
	if len(text) > maxShort {
		text = strings.ToValidUTF8(text[:maxShort], "") + "…"
	}
	return Text(strings.ReplaceAll(text, "\t", "�"))
}
