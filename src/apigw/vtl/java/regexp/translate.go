package regexp

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// maxNesting is the maximum nesting of groups and classes.
const maxNesting = 250

// A translator rewrites a pattern: classes are spelled out as Java understands them, named groups
// become numbered ones.
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
	t.src = unquoted(t.src)
	if _, err := t.alternatives(); err != nil {
		return "", err
	}
	if t.i < len(t.src) {
		return "", t.fail("a closing parenthesis without an opening one")
	}
	return t.out.String(), nil
}

// alternatives translates up to a closing parenthesis or the end.
func (t *translator) alternatives() (width, error) {
	if t.depth++; t.depth > maxNesting {
		return width{}, t.fail("groups nest deeper than %d levels", maxNesting)
	}
	defer func() { t.depth-- }()
	var before *width // of the alternatives so far
	var w width
	for {
		t.skipComments()
		if t.i >= len(t.src) || t.src[t.i] == ')' {
			if before != nil {
				w = before.or(w)
			}
			return w, nil
		}
		if t.src[t.i] == '|' {
			t.out.WriteByte('|')
			t.i++
			if before != nil {
				w = before.or(w)
			}
			done := w
			before, w = &done, width{}
			continue
		}
		start := t.out.Len()
		p, repeatable, err := t.atom()
		if err == nil && repeatable {
			w, err = t.quantifier(w, start, p)
		}
		if err != nil {
			return width{}, err
		}
	}
}

// skipComments skips what (?x) makes meaningless: white space, and what follows a '#' up to the end
// of the line.
func (t *translator) skipComments() {
	comment := false
	for t.flags.comments && t.i < len(t.src) {
		r, size := utf8.DecodeRuneInString(t.src[t.i:])
		switch {
		case comment:
			comment = r != '\n' && (t.flags.unixLines || r != '\r' && r != '\u0085' && r != '\u2028' && r != '\u2029')
		case r == '#':
			comment = true
		case r != ' ' && (r < '\t' || r > '\r'):
			return
		}
		t.i += size
	}
}

// quantifier translates the quantifier of the atom that starts at byte start of the output, and
// returns the width of what was before, the atom and its repetitions.
func (t *translator) quantifier(before width, start int, p part) (width, error) {
	t.skipComments()
	if t.i >= len(t.src) {
		return before.then(p.width), nil
	}
	var low, high uint64
	q := t.src[t.i : t.i+1]
	switch q {
	case "*":
		high = maxReps
	case "+":
		low, high = 1, maxReps
	case "?":
		high = 1
	case "{":
		end := strings.IndexByte(t.src[t.i:], '}')
		if end < 0 {
			return before, t.fail("a repetition is not closed")
		}
		body := t.src[t.i+1 : t.i+end]
		from, to, ranged := strings.Cut(body, ",")
		var err error
		if low, err = strconv.ParseUint(from, 10, 31); err != nil {
			return before, t.fail("{%s} is not a repetition", body)
		}
		high = low
		if ranged {
			high = maxReps
		}
		if to != "" {
			if high, err = strconv.ParseUint(to, 10, 31); err != nil || high < low {
				return before, t.fail("{%s} is not a repetition", body)
			}
		}
		q = t.src[t.i : t.i+end+1]
	default:
		return before.then(p.width), nil
	}
	t.i += len(q)
	t.skipComments()
	greedy, possessive := true, false
	if t.i < len(t.src) {
		switch t.src[t.i] {
		case '?':
			q += "?"
			t.i++
			greedy = false
		case '+':
			t.i++
			greedy, possessive = false, true
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
	return before.repeat(p, int32(low), int32(high), greedy, possessive), nil
}

// atom translates what a quantifier can follow, and reports whether one may.
func (t *translator) atom() (p part, repeatable bool, err error) {
	one := part{character, width{min: 1, max: 1}}
	switch c := t.src[t.i]; c {
	case '\\':
		return t.escape()
	case '[':
		set, err := t.class()
		if err != nil {
			return p, false, err
		}
		t.out.WriteString(set)
		return one, true, nil
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
		return one, true, nil
	case '^':
		t.i++
		if t.flags.multiline {
			t.out.WriteString(`(?:(?!\z)(?:\A|(?<=[\n\u0085\u2028\u2029]|\r(?!\n))))`)
		} else {
			t.out.WriteString(`\A`)
		}
		return p, true, nil
	case '$':
		t.i++
		if t.flags.multiline {
			t.out.WriteString(`(?:(?=\r\n|[\r\u0085\u2028\u2029])|(?=\n)(?<!\r)|\z)`)
		} else {
			t.out.WriteString(endOfInput)
		}
		return p, true, nil
	case '*', '+', '?':
		return p, false, t.fail("there is nothing for %q to repeat", c)
	case '{': // repeats nothing
		t.out.WriteString("(?:)")
		return p, true, nil
	}
	r, size := utf8.DecodeRuneInString(t.src[t.i:])
	t.i += size
	t.out.WriteString(t.fold(r))
	return one, true, nil
}

// endOfInput is Java's $ and \Z: the end, or a line terminator just before it.
const endOfInput = `(?:(?=(?:\r\n|[\r\u0085\u2028\u2029])\z)|(?=\n\z)(?<!\r)|\z)`

// fold writes a character outside a class: with its other cases under (?i), which without (?u)
// applies to ASCII only.
func (t *translator) fold(r rune) string {
	switch {
	case t.asciiCase() && r < 0x80 && r|0x20 >= 'a' && r|0x20 <= 'z':
		return "[" + string(r&^0x20) + string(r|0x20) + "]"
	case t.flags.ignoreCase && t.flags.unicodeCase:
		if others := otherCases(r, r); others != "" {
			return "[" + quote(r) + others + "]"
		}
	}
	return quote(r)
}

// otherCases are the characters that match a range of others under (?iu), as members of a set:
// those whose upper case, or its lower case, is in it. A single one without cases of its own (ß)
// has none.
func otherCases(low, high rune) string {
	var b strings.Builder
	upperLow := unicode.ToUpper(low)
	lowerLow := unicode.ToLower(upperLow)
	for _, c := range cased() {
		upper := unicode.ToUpper(c)
		lower := unicode.ToLower(upper)
		single := low == high && lower == lowerLow && upperLow != lowerLow
		if single || low < high && (low <= upper && upper <= high || low <= lower && lower <= high) {
			b.WriteString(quote(c))
		}
	}
	return b.String()
}

// cased are the characters that have another case.
var cased = sync.OnceValue(func() (all []rune) {
	for c := range rune(0x1FFFF) {
		if upper := unicode.ToUpper(c); upper != c || unicode.ToLower(upper) != c {
			all = append(all, c)
		}
	}
	return all
})

func (t *translator) asciiCase() bool { return t.flags.ignoreCase && !t.flags.unicodeCase }

// quote writes a character as itself.
func quote(r rune) string {
	switch {
	case strings.ContainsRune(`\.+*?()|[]{}^$`, r):
		return `\` + string(r)
	case r < 0x20 || r == 0x7f || r == '-': // regexp2 takes no range from \- on

		return fmt.Sprintf(`\u%04x`, r)
	case r == ' ', r == '#':
		return `\` + string(r)
	}
	return string(r)
}

func (t *translator) group() (p part, repeatable bool, err error) {
	t.i++
	t.skipComments()
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
			return p, false, t.fail("a group's name is not closed")
		}
		name := rest[2:end]
		if name == "" || isDigit(name[0]) {
			return p, false, t.fail("%q is not a group's name", name)
		}
		for i := range len(name) {
			if !isAlnum(name[i]) {
				return p, false, t.fail("%q is not a group's name", name)
			}
		}
		if _, twice := t.names[name]; twice {
			return p, false, t.fail("there are two groups called %q", name)
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
			return p, false, err
		}
		if !scoped {
			return p, false, nil // (?i) lasts to the end of the group around it
		}
		open = "(?:"
	default:
		t.groups++
	}
	start := t.out.Len()
	t.out.WriteString(open)
	w, err := t.alternatives()
	if err != nil {
		return p, false, err
	}
	if t.i >= len(t.src) {
		return p, false, t.fail("a group is not closed")
	}
	t.i++
	t.out.WriteByte(')')
	t.flags = saved
	switch open {
	case "(?=", "(?!":
		return p, true, nil
	case "(?<=", "(?<!":
		if w.endless {
			return p, false, t.fail("a look-behind has no obvious maximum length")
		}
		if w.looksNowhere() {
			behind := t.out.String()[start:]
			before := t.out.String()[:start]
			t.out.Reset()
			t.out.WriteString(before + "(?:(?!)" + behind)
			if open == "(?<!" {
				t.out.WriteByte('|')
			}
			t.out.WriteByte(')')
		}
		return p, true, nil
	case "(?>":
		return part{other, w}, true, nil
	}
	return part{group, w}, true, nil
}

// inlineFlags reads (?ims-x) or (?ims-x: and reports whether the latter.
func (t *translator) inlineFlags() (scoped bool, err error) {
	t.i++
	on := true
	for ; t.i < len(t.src); t.i++ {
		switch c := t.src[t.i]; c {
		case '-':
			if !on {
				return false, t.fail("a second %q", c)
			}
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
			t.flags.unicodeClass, t.flags.unicodeCase = on, on
		case ':':
			t.i++
			return true, nil
		case ')':
			t.i++
			return false, nil
		default:
			return false, t.fail("unknown flag %q", c)
		}
	}
	return false, t.fail("flags are not closed")
}
