package console

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Plural is a number of things: "1 route", "2 routes".
func Plural(n int, word string) string {
	if n != 1 {
		word += "s"
	}
	return fmt.Sprintf("%d %s", n, word)
}

// Wrapped is text whose paragraphs are filled to a width. Lines that begin with white space are
// unchanged.
func Wrapped(text string, width int) string {
	var out []string
	var words []string
	fill := func() {
		line := ""
		for _, word := range words {
			if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
				out = append(out, line)
				line = ""
			}
			if line != "" {
				line += " "
			}
			line += word
		}
		if line != "" {
			out = append(out, line)
		}
		words = nil
	}
	for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		if line == "" || line[0] == ' ' || line[0] == '\t' {
			fill()
			out = append(out, line)
			continue
		}
		words = append(words, strings.Fields(line)...)
	}
	fill()
	return strings.Join(out, "\n")
}

// ShownWidth is the width of a line in columns, without colour codes.
func ShownWidth(line []byte) (n int) {
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

// Folded breaks lines between words where a terminal would break them anywhere, and indents what
// follows. Lines indented by more than two spaces are left alone: they are for copying.
func (c *Console) Folded(text string, indent int) string {
	if !c.Terminal {
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
			if column++; column > c.Width && blank >= 0 && r != '\n' {
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
