package regexp

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxNesting is the maximum nesting of groups and classes.
const maxNesting = 250

// A translator rewrites a pattern: classes are spelled out as Java understands them, named groups become numbered ones.
type translator struct {
	src    string
	i      int
	out    strings.Builder
	groups int
	names  map[string]int
	depth  int
	flags  flags
}

type flags struct{ dotAll, multiline, comments, unixLines, unicodeClass, ignoreCase, unicodeCase bool }

func (t *translator) fail(reason string, args ...any) error {
	return &SyntaxError{Pattern: t.src, Offset: min(t.i, len(t.src)), Reason: fmt.Sprintf(reason, args...)}
}

func (t *translator) translate() (string, error) {
	if err := t.alternatives(); err != nil {
		return "", err
	}
	if t.i < len(t.src) {
		return "", t.fail("a closing parenthesis without an opening one")
	}
	return t.out.String(), nil
}

// alternatives translates up to a closing parenthesis or the end.
func (t *translator) alternatives() error {
	if t.depth++; t.depth > maxNesting {
		return t.fail("groups nest deeper than %d levels", maxNesting)
	}
	defer func() { t.depth-- }()
	for t.i < len(t.src) {
		c := t.src[t.i]
		if t.flags.comments {
			if c == ' ' || c >= '\t' && c <= '\r' {
				t.i++
				continue
			}
			if c == '#' {
				for t.i < len(t.src) && t.src[t.i] != '\n' {
					t.i++
				}
				continue
			}
		}
		switch c {
		case ')':
			return nil
		case '|':
			t.out.WriteByte('|')
			t.i++
			continue
		}
		start := t.out.Len()
		repeatable, err := t.atom()
		if err != nil {
			return err
		}
		if err := t.quantifier(start, repeatable); err != nil {
			return err
		}
	}
	return nil
}

// quantifier translates the quantifier of the atom that starts at byte start of the output.
func (t *translator) quantifier(start int, repeatable bool) error {
	if t.i >= len(t.src) {
		return nil
	}
	var q string
	switch c := t.src[t.i]; c {
	case '*', '+', '?':
		q = string(c)
		t.i++
	case '{':
		end := strings.IndexByte(t.src[t.i:], '}')
		if end < 0 {
			return t.fail("a repetition is not closed")
		}
		body := t.src[t.i+1 : t.i+end]
		lo, hi, ranged := strings.Cut(body, ",")
		n, err := strconv.ParseUint(lo, 10, 31)
		if err != nil {
			return t.fail("{%s} is not a repetition", body)
		}
		if ranged && hi != "" {
			m, err := strconv.ParseUint(hi, 10, 31)
			if err != nil || m < n {
				return t.fail("{%s} is not a repetition", body)
			}
		}
		q = t.src[t.i : t.i+end+1]
		t.i += end + 1
	default:
		return nil
	}
	if !repeatable {
		return t.fail("there is nothing for %s to repeat", q)
	}
	possessive := false
	if t.i < len(t.src) {
		switch t.src[t.i] {
		case '?':
			q += "?"
			t.i++
		case '+':
			possessive = true
			t.i++
		}
	}
	if possessive {
		atom := t.out.String()[start:]
		before := t.out.String()[:start]
		t.out.Reset()
		t.out.WriteString(before)
		t.out.WriteString("(?>" + atom + q + ")")
	} else {
		t.out.WriteString(q)
	}
	if t.i < len(t.src) && strings.IndexByte("*+?", t.src[t.i]) >= 0 {
		return t.fail("a second quantifier %q", t.src[t.i])
	}
	return nil
}

// atom translates what a quantifier can follow.
func (t *translator) atom() (repeatable bool, err error) {
	switch c := t.src[t.i]; c {
	case '\\':
		return t.escape()
	case '[':
		set, err := t.class()
		if err != nil {
			return false, err
		}
		t.out.WriteString(set)
		return true, nil
	case '(':
		return t.group()
	case '.':
		t.i++
		switch {
		case t.flags.dotAll:
			t.out.WriteString(`[\s\S]`)
		case t.flags.unixLines:
			t.out.WriteString(`[^\n]`)
		default:
			t.out.WriteString(`[^\n\r\u0085\u2028\u2029]`)
		}
		return true, nil
	case '^':
		t.i++
		if t.flags.multiline {
			t.out.WriteString(`(?:\A|(?<=[\n\u0085\u2028\u2029]|\r(?!\n))(?!\z))`)
		} else {
			t.out.WriteString(`\A`)
		}
		return true, nil
	case '$':
		t.i++
		if t.flags.multiline {
			t.out.WriteString(`(?:(?=\r\n|[\r\u0085\u2028\u2029])|(?=\n)(?<!\r)|\z)`)
		} else {
			t.out.WriteString(endOfInput)
		}
		return true, nil
	case '*', '+', '?', '{':
		return false, t.fail("there is nothing for %q to repeat", c)
	}
	r, size := utf8.DecodeRuneInString(t.src[t.i:])
	t.i += size
	t.out.WriteString(t.fold(r))
	return true, nil
}

// endOfInput is Java's $ and \Z: the end, or a line terminator just before it.
const endOfInput = `(?:(?=(?:\r\n|[\r\u0085\u2028\u2029])\z)|(?=\n\z)(?<!\r)|\z)`

// fold writes a character outside a class: with its other case under (?i), which in Java applies to
// ASCII only.
func (t *translator) fold(r rune) string {
	if t.asciiCase() && r < 0x80 && r|0x20 >= 'a' && r|0x20 <= 'z' {
		return "[" + string(r&^0x20) + string(r|0x20) + "]"
	}
	return quote(r)
}

func (t *translator) asciiCase() bool { return t.flags.ignoreCase && !t.flags.unicodeCase }

// quote writes a character as itself.
func quote(r rune) string {
	switch {
	case strings.ContainsRune(`\.+*?()|[]{}^$-`, r):
		return `\` + string(r)
	case r < 0x20 || r == 0x7f:
		return fmt.Sprintf(`\u%04x`, r)
	case r == ' ', r == '#':
		return `\` + string(r)
	}
	return string(r)
}

func (t *translator) group() (bool, error) {
	t.i++
	saved := t.flags
	open := "("
	rest := t.src[t.i:]
	switch {
	case strings.HasPrefix(rest, "?:"), strings.HasPrefix(rest, "?>"), strings.HasPrefix(rest, "?="), strings.HasPrefix(rest, "?!"):
		open += rest[:2]
		t.i += 2
	case strings.HasPrefix(rest, "?<="), strings.HasPrefix(rest, "?<!"):
		open += rest[:3]
		t.i += 3
	case strings.HasPrefix(rest, "?<"):
		end := strings.IndexByte(rest, '>')
		if end < 0 {
			return false, t.fail("a group's name is not closed")
		}
		name := rest[2:end]
		if name == "" || isDigit(name[0]) {
			return false, t.fail("%q is not a group's name", name)
		}
		for i := range len(name) {
			if !isAlnum(name[i]) {
				return false, t.fail("%q is not a group's name", name)
			}
		}
		if _, twice := t.names[name]; twice {
			return false, t.fail("there are two groups called %q", name)
		}
		t.groups++
		if t.names == nil {
			t.names = map[string]int{}
		}
		t.names[name] = t.groups
		t.i += end + 1
	case strings.HasPrefix(rest, "?"):
		scoped, err := t.inlineFlags()
		if err != nil {
			return false, err
		}
		if !scoped {
			return false, nil // (?i) lasts to the end of the group around it
		}
		open = "(?" + t.caseFlag() + ":"
	default:
		t.groups++
	}
	t.out.WriteString(open)
	if err := t.alternatives(); err != nil {
		return false, err
	}
	if t.i >= len(t.src) {
		return false, t.fail("a group is not closed")
	}
	t.i++
	t.out.WriteByte(')')
	t.flags = saved
	return true, nil
}

// caseFlag is regexp2's flag for the case folding that fold does not spell out.
func (t *translator) caseFlag() string {
	if t.flags.ignoreCase && t.flags.unicodeCase {
		return "i"
	}
	return "-i"
}

// inlineFlags reads (?ims-x) or (?ims-x: and reports whether the latter.
func (t *translator) inlineFlags() (scoped bool, err error) {
	t.i++
	on := true
	for ; t.i < len(t.src); t.i++ {
		switch c := t.src[t.i]; c {
		case '-':
			on = false
		case 'i':
			t.flags.ignoreCase = on
		case 's':
			t.flags.dotAll = on
		case 'm':
			t.flags.multiline = on
		case 'x':
			t.flags.comments = on
		case 'd':
			t.flags.unixLines = on
		case 'u':
			t.flags.unicodeCase = on
		case 'U':
			t.flags.unicodeClass = on
		case ':':
			t.i++
			return true, nil
		case ')':
			t.i++
			t.out.WriteString("(?" + t.caseFlag() + ")")
			return false, nil
		default:
			return false, t.fail("unknown flag %q", c)
		}
	}
	return false, t.fail("flags are not closed")
}
