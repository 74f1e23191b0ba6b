package regexp

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// maxNesting is the maximum nesting of groups and classes, and of the intersections of a pattern.
const maxNesting = 250

// maxText is the maximum length of a translated pattern. \b under (?U) alone takes 7 KB.
const maxText = 4 << 20

// A translator rewrites a pattern: classes are replaced with what they mean in Java, named groups
// with numbered ones.
type translator struct {
	src    string
	i      int
	out    bytes.Buffer
	groups int
	names  map[string]int
	depth  int
	flags  flags

	ordered  int  // captures and possessive parts so far, for which the direction of a match matters
	ands     int  // intersections
	rests    int  // groups in the part after a look-behind
	previous bool // contains \G
	loops    bool // contains loops that can iterate in more than one way
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
func (t *translator) alternatives() (sequenceWidth, error) {
	if t.depth++; t.depth > maxNesting {
		return nil, t.fail("groups nest deeper than %d levels", maxNesting)
	}
	defer func() { t.depth-- }()
	all := []sequenceWidth{nil}
	for {
		if t.out.Len() > maxText {
			return nil, t.fail("the pattern is too long")
		}
		t.skipComments()
		if t.i >= len(t.src) || t.src[t.i] == ')' {
			if len(all) > 1 {
				return sequenceWidth{branch(all)}, nil
			}
			return all[0], nil
		}
		if t.src[t.i] == '|' {
			t.out.WriteByte('|')
			t.i++
			all = append(all, nil)
			continue
		}
		start := t.out.Len()
		p, repeatable, err := t.atom()
		if err == nil && repeatable {
			p.width, err = t.quantifier(start, p)
		}
		if err != nil {
			return nil, err
		}
		all[len(all)-1] = append(all[len(all)-1], p.width...)
	}
}

// skipComments skips what (?x) makes insignificant: white space, and what follows a '#' up to the
// end of the line.
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
// returns the width of the atom and its repetitions.
func (t *translator) quantifier(start int, p part) (sequenceWidth, error) {
	t.skipComments()
	if t.i >= len(t.src) {
		return p.width, nil
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
			return nil, t.fail("a repetition is not closed")
		}
		body := t.src[t.i+1 : t.i+end]
		from, to, ranged := strings.Cut(body, ",")
		var err error
		if low, err = strconv.ParseUint(from, 10, 31); err != nil {
			return nil, t.fail("{%s} is not a repetition", body)
		}
		high = low
		if ranged {
			high = maxReps
		}
		if to != "" {
			if high, err = strconv.ParseUint(to, 10, 31); err != nil || high < low {
				return nil, t.fail("{%s} is not a repetition", body)
			}
		}
		q = t.src[t.i : t.i+end+1]
	default:
		return p.width, nil
	}
	t.i += len(q)
	t.skipComments()
	r := repetition{low: int32(low), high: int32(high), greedy: true}
	if t.i < len(t.src) {
		switch t.src[t.i] {
		case '?':
			q += "?"
			t.i++
			r.greedy = false
		case '+':
			t.i++
			r.greedy, r.possessive = false, true
		}
	}
	atom := string(t.out.Bytes()[start:])
	if p.captures && p.capturesNothing(r) {
		t.rewrite(start, "(?:(?!)()|(?:"+atom[1:]+")?")
		return p.repeat(r), nil
	}
	t.loops = t.loops || p.kind == group && r.high > 1 && p.width.study().varies
	if r.possessive || strings.Contains(atom, lineBreak) && !p.width.study().varies { // Java does not backtrack into its iterations
		t.ordered++
		atom = "(?>" + atom + ")"
	}
	if r.possessive {
		atom, q = "(?>"+atom+q+")", ""
	}
	t.rewrite(start, atom+q)
	return p.repeat(r), nil
}

// lineBreak is the translation of \R.
const lineBreak = `(?:\r\n|[\n\u000b\f\r\u0085\u2028\u2029])`

// rewrite replaces the output from byte start on.
func (t *translator) rewrite(start int, with string) {
	t.out.Truncate(start)
	t.out.WriteString(with)
}

// atom translates what a quantifier can follow, and reports whether one may.
func (t *translator) atom() (p part, repeatable bool, err error) {
	one := part{kind: character, width: sequenceWidth{fixed{1, 1}}}
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
		switch {
		case t.flags.multiline && t.flags.unixLines:
			t.out.WriteString(`(?:(?!\z)(?<=\A|\n))`)
		case t.flags.multiline:
			t.out.WriteString(`(?:(?!\z)(?:\A|(?<=[\n\u0085\u2028\u2029]|\r(?!\n))))`)
		default:
			t.out.WriteString(`\A`)
		}
		return p, true, nil
	case '$':
		t.i++
		switch {
		case !t.flags.multiline:
			t.endOfInput()
		case t.flags.unixLines:
			t.out.WriteString(`(?=\n|\z)`)
		default:
			t.out.WriteString(`(?:(?=\r\n|[\r\u0085\u2028\u2029])|(?=\n)(?<!\r)|\z)`)
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

// endOfInput writes Java's $ and \Z: the end, or a line terminator just before it.
func (t *translator) endOfInput() {
	if t.flags.unixLines {
		t.out.WriteString(`(?=\n?\z)`)
		return
	}
	t.out.WriteString(endOfInput)
}

// endOfInput is $ with all line terminators.
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
// those whose upper case, or its lower case, is in it. A single one without other cases (ß) has
// none.
func otherCases(low, high rune) string {
	if low == high {
		upper := unicode.ToUpper(low)
		if lower := unicode.ToLower(upper); lower != upper {
			return cases().single[lower]
		}
		return ""
	}
	var b strings.Builder
	for _, c := range cases().all {
		if low <= c.upper && c.upper <= high || low <= c.lower && c.lower <= high {
			b.WriteString(quote(c.char))
		}
	}
	return b.String()
}

// cased is a character that has another case: its upper case, and the lower case of that.
type cased struct{ char, upper, lower rune }

type caseTable struct {
	all    []cased
	single map[rune]string // by lower case, as members of a set
}

var cases = sync.OnceValue(func() (t caseTable) {
	t.single = map[rune]string{}
	for c := range rune(0x1FFFF) {
		upper := unicode.ToUpper(c)
		if lower := unicode.ToLower(upper); upper != c || lower != c {
			t.all = append(t.all, cased{c, upper, lower})
			t.single[lower] += quote(c)
		}
	}
	return t
})

func (t *translator) asciiCase() bool { return t.flags.ignoreCase && !t.flags.unicodeCase }

// quote writes a character as itself.
func quote(r rune) string {
	switch {
	case strings.ContainsRune(`\.+*?()|[]{}^$`, r):
		return `\` + string(r)
	case r < 0x20 || r == 0x7f || r == '-': // regexp2 accepts no range that starts with \-

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
	start, ordered := t.out.Len(), t.ordered
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
	case "(":
		t.ordered++
	case "(?=", "(?!":
		return p, true, nil
	case "(?<=", "(?<!":
		return p, true, t.lookBehind(start, open, w.study(), t.ordered > ordered)
	case "(?>":
		t.ordered++
		return part{kind: other, width: sequenceWidth{independent(w)}}, true, nil
	}
	return part{group, w, open == "("}, true, nil
}

// lookBehind rewrites the look-behind that starts at byte start of the output. Java tries its
// content from each position within its width, nearest first, and requires it to end at the
// look-behind; regexp2 matches the content backwards instead, which is equivalent only if the
// order in which its parts match does not matter.
func (t *translator) lookBehind(start int, open string, w width, ordered bool) error {
	if w.endless {
		return t.fail("a look-behind has no obvious maximum length")
	}
	behind := string(t.out.Bytes()[start:])
	if ordered {
		most := ""
		if w.min <= w.max && w.max < math.MaxInt16 {
			most = strconv.Itoa(int(w.max))
		}
		t.rests++
		here := fmt.Sprintf("rest%d", t.rests)
		behind = fmt.Sprintf(`%s(?=(?<%s>[\s\S]*))(?<=(?=(?:%s\k<%[2]s>\z)[\s\S]{%[4]d,%s}?))`, strings.Replace(open, "<", "", 1), here, behind[len(open):], w.min, most)
	}
	if far, ok := w.looksNowhere(); ok {
		not := "" // if it looks nowhere
		if far < math.MaxInt16 {
			not = fmt.Sprintf(`(?<![\s\S]{%d})`, far)
		}
		if open == "(?<!" {
			behind = "(?:" + behind + "|" + not + ")"
		} else {
			behind = "(?:(?!" + not + ")" + behind + ")"
		}
	}
	t.rewrite(start, behind)
	return nil
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
