// Package visible makes untrusted text safe for a terminal.
package visible

import (
	"bytes"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Text returns text, such as a string from a client, without anything that controls a terminal or
// begins a line, and in valid UTF-8.
func Text(text string) string {
	if strings.IndexFunc(text, commands) < 0 && utf8.ValidString(text) { // a terminal may take a lone byte for a control character
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

// painted matches the colours that this program paints with: anybody's text may have those, too.
var painted = regexp.MustCompile("^\x1b\\[(?:[01]|[39][0-7])m")

// Output returns what a program is about to print, some of which others wrote, without anything
// that controls a terminal except colours and ends of lines.
func Output(b []byte) []byte {
	if harmless(b) {
		return b
	}
	out := make([]byte, 0, len(b))
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		var colour []byte
		if r == '\x1b' {
			colour = painted.Find(b)
		}
		switch {
		case colour != nil:
			size = len(colour)
			out = append(out, colour...)
		case r == '\n', r == '\r' && bytes.HasPrefix(b[size:], []byte{'\n'}):
			out = append(out, byte(r))
		case commands(r):
			out = utf8.AppendRune(out, utf8.RuneError)
		default:
			out = utf8.AppendRune(out, r)
		}
		b = b[size:]
	}
	return out
}

// Writer writes to W what is printed, as Output returns it.
type Writer struct{ W io.Writer }

func (w Writer) Write(b []byte) (int, error) {
	if _, err := w.W.Write(Output(b)); err != nil {
		return 0, err
	}
	return len(b), nil
}

// harmless reports whether text has nothing to be left out or looked at closely.
func harmless(b []byte) bool {
	ascii := true
	for _, c := range b {
		if c < ' ' && c != '\t' && c != '\n' || c == 0x7f {
			return false
		}
		ascii = ascii && c < utf8.RuneSelf
	}
	return ascii || utf8.Valid(b) && bytes.IndexFunc(b, func(r rune) bool { return r != '\n' && commands(r) }) < 0
}
