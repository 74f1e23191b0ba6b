package regexp

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// unquoted replaces \Q…\E with escapes before anything else is read, as Java does, even after
// half of an escape or in a comment.
func unquoted(pattern string) string {
	at := 0
	for at < len(pattern)-1 && pattern[at:at+2] != `\Q` {
		if pattern[at] == '\\' {
			at++
		}
		at++
	}
	if at >= len(pattern)-1 {
		return pattern
	}
	var b strings.Builder
	b.WriteString(pattern[:at])
	rest, inQuote, first := pattern[at+2:], true, true
	for rest != "" {
		c := rest[0]
		rest = rest[1:]
		switch {
		case c >= utf8.RuneSelf || c|0x20 >= 'a' && c|0x20 <= 'z':
			b.WriteByte(c)
		case isDigit(c):
			if first { // not a digit of an escape before the quote
				b.WriteString(`\x3`)
			}
			b.WriteByte(c)
		case c != '\\':
			if inQuote {
				b.WriteByte('\\')
			}
			b.WriteByte(c)
		case inQuote && strings.HasPrefix(rest, "E"):
			rest, inQuote = rest[1:], false
		case inQuote:
			b.WriteString(`\\`)
		case strings.HasPrefix(rest, "Q"):
			rest, inQuote, first = rest[1:], true, true
			continue
		default:
			b.WriteByte(c)
			if rest != "" {
				b.WriteByte(rest[0])
				rest = rest[1:]
			}
		}
		first = false
	}
	return b.String()
}

// escape translates a backslash and what follows, outside a class.
func (t *translator) escape() (p part, repeatable bool, err error) {
	one := part{kind: character, width: sequenceWidth{fixed{1, 1}}}
	if t.i+1 >= len(t.src) {
		return p, false, t.fail("a backslash at the end")
	}
	c := t.src[t.i+1]
	if set, negated, ok := t.classOf(c); ok {
		t.i += 2
		if negated {
			set = "^" + set
		}
		t.out.WriteString("[" + set + "]")
		return one, true, nil
	}
	switch c {
	case 'p', 'P':
		set, negated, err := t.property()
		if err != nil {
			return p, false, err
		}
		if negated {
			set = "^" + set
		}
		t.out.WriteString("[" + set + "]")
		return one, true, nil
	case 'b', 'B', 'A', 'z':
		t.i += 2
		switch w := "[" + unicodeWord + "]"; {
		case c == 'b' && t.flags.unicodeClass:
			t.out.WriteString("(?:(?<=" + w + ")(?!" + w + ")|(?<!" + w + ")(?=" + w + "))")
		case c == 'B' && t.flags.unicodeClass:
			t.out.WriteString("(?:(?<=" + w + ")(?=" + w + ")|(?<!" + w + ")(?!" + w + "))")
		default:
			t.out.WriteString(`\` + string(c))
		}
		return p, true, nil
	case 'G':
		t.i += 2
		t.out.WriteString(endOfLast)
		t.previous = true
		return p, true, nil
	case 'Z':
		t.i += 2
		t.endOfInput()
		return p, true, nil
	case 'R':
		t.i += 2
		t.out.WriteString(lineBreak)
		return part{kind: other, width: sequenceWidth{fixed{1, 2}}}, true, nil
	case 'k':
		rest := t.src[t.i+2:]
		end := strings.IndexByte(rest, '>')
		if !strings.HasPrefix(rest, "<") || end < 0 {
			return p, false, t.fail(`\k is not followed by <name>`)
		}
		n, ok := t.names[rest[1:end]]
		if !ok {
			return p, false, t.fail("there is no group called %q", rest[1:end])
		}
		t.i += 2 + end + 1
		t.backReference(n)
		return part{kind: other, width: sequenceWidth{unbounded{}}}, true, nil
	}
	if c >= '1' && c <= '9' {
		n := int(c - '0')
		t.i += 2
		for t.i < len(t.src) && isDigit(t.src[t.i]) {
			next := n*10 + int(t.src[t.i]-'0')
			if next > t.groups {
				break
			}
			n = next
			t.i++
		}
		if n > t.groups {
			t.out.WriteString(`(?!)`) // a group that does not exist yet never matches
		} else {
			t.backReference(n)
		}
		return part{kind: other, width: sequenceWidth{unbounded{}}}, true, nil
	}
	r, err := t.escapedRune()
	if err != nil {
		return p, false, err
	}
	t.out.WriteString(t.fold(r))
	return one, true, nil
}

func (t *translator) backReference(n int) {
	if t.flags.ignoreCase {
		fmt.Fprintf(&t.out, `(?i:\%d)`, n)
	} else {
		fmt.Fprintf(&t.out, `(?:\%d)`, n)
	}
}

// escapedRune reads the escape of one character.
func (t *translator) escapedRune() (rune, error) {
	t.i++
	if t.i >= len(t.src) {
		return 0, t.fail("a backslash at the end")
	}
	c := t.src[t.i]
	hex := func(from, n int) (rune, error) {
		if from+n > len(t.src) {
			return 0, t.fail("a number of %d hexadecimal digits is missing", n)
		}
		v, err := strconv.ParseUint(t.src[from:from+n], 16, 32)
		if err != nil {
			return 0, t.fail("%q is not a number of %d hexadecimal digits", t.src[from:from+n], n)
		}
		t.i = from + n
		return rune(v), nil
	}
	switch c {
	case 't':
		t.i++
		return '\t', nil
	case 'n':
		t.i++
		return '\n', nil
	case 'r':
		t.i++
		return '\r', nil
	case 'f':
		t.i++
		return '\f', nil
	case 'a':
		t.i++
		return 7, nil
	case 'e':
		t.i++
		return 27, nil
	case '0':
		j := t.i + 1
		for j < len(t.src) && j < t.i+4 && t.src[j] >= '0' && t.src[j] <= '7' {
			j++
		}
		if j == t.i+4 && t.src[t.i+1] > '3' {
			j--
		}
		v, err := strconv.ParseUint(t.src[t.i+1:j], 8, 32)
		if err != nil {
			return 0, t.fail(`\0 is not followed by an octal number`)
		}
		t.i = j
		return rune(v), nil
	case 'x':
		if t.i+1 < len(t.src) && t.src[t.i+1] == '{' {
			end := strings.IndexByte(t.src[t.i:], '}')
			if end < 0 {
				return 0, t.fail(`\x{ is not closed`)
			}
			v, err := strconv.ParseUint(t.src[t.i+2:t.i+end], 16, 32)
			if err != nil || v > utf8.MaxRune {
				return 0, t.fail(`\x{%s} is not a character`, t.src[t.i+2:t.i+end])
			}
			t.i += end + 1
			return rune(v), nil
		}
		return hex(t.i+1, 2)
	case 'u':
		r, err := hex(t.i+1, 4)
		if err == nil && r >= 0xD800 && r < 0xDC00 && strings.HasPrefix(t.src[t.i:], `\u`) {
			low, err2 := hex(t.i+2, 4)
			if err2 == nil && low >= 0xDC00 && low < 0xE000 {
				return 0x10000 + (r-0xD800)<<10 + (low - 0xDC00), nil
			}
			return 0, t.fail("half of a surrogate pair")
		}
		return r, err
	case 'c':
		if t.i+1 >= len(t.src) {
			return 0, t.fail(`\c at the end`)
		}
		t.i += 2
		return rune(t.src[t.i-1] ^ 64), nil
	}
	if c|0x20 >= 'a' && c|0x20 <= 'z' || isDigit(c) {
		return 0, t.fail(`unknown escape \%c`, c)
	}
	r, size := utf8.DecodeRuneInString(t.src[t.i:])
	t.i += size
	return r, nil
}
