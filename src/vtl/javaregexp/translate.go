package javaregexp

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxNesting is how deep groups and classes may nest.
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

// quantifier translates what repeats the atom that starts at byte start of the output.
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
	case '*', '+', '?':
		return false, t.fail("there is nothing for %q to repeat", c)
	case '{':
		return false, t.fail("there is nothing for %q to repeat", c)
	}
	r, size := utf8.DecodeRuneInString(t.src[t.i:])
	t.i += size
	t.out.WriteString(t.fold(r))
	return true, nil
}

// endOfInput is Java's $ and \Z: the end, or a line terminator just before it.
const endOfInput = `(?:(?=(?:\r\n|[\r\u0085\u2028\u2029])\z)|(?=\n\z)(?<!\r)|\z)`

// fold writes a character outside of a class: with its other case under (?i), which in Java is about ASCII alone.
func (t *translator) fold(r rune) string {
	if t.asciiCase() && r < 0x80 && r|0x20 >= 'a' && r|0x20 <= 'z' {
		return "[" + string(r&^0x20) + string(r|0x20) + "]"
	}
	return quote(r)
}

func (t *translator) asciiCase() bool { return t.flags.ignoreCase && !t.flags.unicodeCase }

// foldRange adds the other case of a range's ASCII letters.
func foldRange(set *strings.Builder, lo, hi rune) {
	for _, c := range [...][3]rune{{'a', 'z', -0x20}, {'A', 'Z', 0x20}} {
		if from, to := max(lo, c[0]), min(hi, c[1]); from <= to {
			fmt.Fprintf(set, "%c-%c", from+c[2], to+c[2])
		}
	}
}

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
	case strings.HasPrefix(rest, "?:"), strings.HasPrefix(rest, "?>"):
		open += rest[:2]
		t.i += 2
	case strings.HasPrefix(rest, "?="), strings.HasPrefix(rest, "?!"):
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

// caseFlag is regexp2's flag for the case that is not spelled out by fold.
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

// Java's predefined classes, as members of a set.
const (
	digitSet = `0-9`
	wordSet  = `a-zA-Z_0-9`
	spaceSet = ` \t\n\u000b\f\r`
	horizSet = ` \t\u00a0\u1680\u180e\u2000-\u200a\u202f\u205f\u3000`
	vertSet  = `\n\u000b\f\r\u0085\u2028\u2029`
)

// classOf answers the set of \d, \w and their like; negated for the capital ones.
func (t *translator) classOf(c byte) (set string, negated, ok bool) {
	switch c {
	case 'd', 'D':
		set = digitSet
		if t.flags.unicodeClass {
			set = `\p{Nd}`
		}
	case 'w', 'W':
		set = wordSet
		if t.flags.unicodeClass {
			set = `\w`
		}
	case 's', 'S':
		set = spaceSet
		if t.flags.unicodeClass {
			set = `\s`
		}
	case 'h', 'H':
		set = horizSet
	case 'v', 'V':
		set = vertSet
	default:
		return "", false, false
	}
	return set, c < 'a', true
}

func (t *translator) backReference(n int) {
	if t.flags.ignoreCase {
		fmt.Fprintf(&t.out, `(?i:\%d)`, n)
	} else {
		fmt.Fprintf(&t.out, `(?:\%d)`, n)
	}
}

// escape translates a backslash and what follows, outside of a class.
func (t *translator) escape() (bool, error) {
	if t.i+1 >= len(t.src) {
		return false, t.fail("a backslash at the end")
	}
	c := t.src[t.i+1]
	if set, negated, ok := t.classOf(c); ok {
		t.i += 2
		if negated {
			set = "^" + set
		}
		t.out.WriteString("[" + set + "]")
		return true, nil
	}
	switch c {
	case 'p', 'P':
		set, negated, err := t.property()
		if err != nil {
			return false, err
		}
		if negated {
			set = "^" + set
		}
		t.out.WriteString("[" + set + "]")
		return true, nil
	case 'b', 'B':
		t.i += 2
		t.out.WriteString(`\` + string(c))
		return true, nil
	case 'A', 'z', 'G':
		t.i += 2
		t.out.WriteString(`\` + string(c))
		return true, nil
	case 'Z':
		t.i += 2
		t.out.WriteString(endOfInput)
		return true, nil
	case 'R':
		t.i += 2
		t.out.WriteString(`(?:\r\n|[\n\u000b\f\r\u0085\u2028\u2029])`)
		return true, nil
	case 'Q':
		text := t.src[t.i+2:]
		end := strings.Index(text, `\E`)
		if end < 0 {
			t.i = len(t.src)
		} else {
			text = text[:end]
			t.i += 2 + end + 2
		}
		var last string
		for _, r := range text {
			t.out.WriteString(last)
			last = t.fold(r)
		}
		// A quantifier repeats the last character only.
		start := t.out.Len()
		t.out.WriteString(last)
		if last != "" {
			return false, t.quantifier(start, true)
		}
		return false, nil
	case 'E':
		t.i += 2
		return false, nil
	case 'k':
		rest := t.src[t.i+2:]
		end := strings.IndexByte(rest, '>')
		if !strings.HasPrefix(rest, "<") || end < 0 {
			return false, t.fail(`\k is not followed by <name>`)
		}
		n, ok := t.names[rest[1:end]]
		if !ok {
			return false, t.fail("there is no group called %q", rest[1:end])
		}
		t.i += 2 + end + 1
		t.backReference(n)
		return true, nil
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
		return true, nil
	}
	r, err := t.escapedRune()
	if err != nil {
		return false, err
	}
	t.out.WriteString(t.fold(r))
	return true, nil
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
	if c|0x20 >= 'a' && c|0x20 <= 'z' {
		return 0, t.fail(`unknown escape \%c`, c)
	}
	r, size := utf8.DecodeRuneInString(t.src[t.i:])
	t.i += size
	return r, nil
}

// properties are Java's POSIX classes and java.lang.Character's, as sets.
var properties = map[string]string{
	"Lower": `a-z`, "Upper": `A-Z`, "ASCII": `\u0000-\u007f`, "Alpha": `a-zA-Z`, "Digit": `0-9`, "Alnum": `a-zA-Z0-9`,
	"Punct": `!-\/:-@\[-` + "`" + `{-~`, "Graph": `!-~`, "Print": ` -~`, "Blank": ` \t`, "Cntrl": `\u0000-\u001f\u007f`,
	"XDigit": `0-9a-fA-F`, "Space": spaceSet,
	"javaLowerCase": `\p{Ll}`, "javaUpperCase": `\p{Lu}`, "javaWhitespace": `\t-\r\u001c-\u0020\u1680\u2000-\u2006\u2008-\u200a\u2028\u2029\u205f\u3000`,
	"javaLetter": `\p{L}`, "javaDigit": `\p{Nd}`, "javaLetterOrDigit": `\p{L}\p{Nd}`, "javaAlphabetic": `\p{L}\p{Nl}`,
	"IsAlphabetic": `\p{L}\p{Nl}`, "IsLetter": `\p{L}`, "IsDigit": `\p{Nd}`, "IsUppercase": `\p{Lu}`, "IsLowercase": `\p{Ll}`,
	"IsPunctuation": `\p{P}`, "IsWhite_Space": `\s`, "IsWhiteSpace": `\s`, "IsControl": `\p{Cc}`,
	"L1": `\u0000-\u00ff`, "LC": `\p{Lu}\p{Ll}\p{Lt}`,
	"InGreek": `\u0370-\u03ff`, "InCyrillic": `\u0400-\u04ff`,
}

var generalCategories = map[string]bool{
	"L": true, "Lu": true, "Ll": true, "Lt": true, "Lm": true, "Lo": true, "M": true, "Mn": true, "Mc": true, "Me": true,
	"N": true, "Nd": true, "Nl": true, "No": true, "P": true, "Pc": true, "Pd": true, "Ps": true, "Pe": true, "Pi": true,
	"Pf": true, "Po": true, "S": true, "Sm": true, "Sc": true, "Sk": true, "So": true, "Z": true, "Zs": true, "Zl": true,
	"Zp": true, "C": true, "Cc": true, "Cf": true, "Co": true,
}

// property reads \p{Name}, \pL and their negations.
func (t *translator) property() (set string, negated bool, err error) {
	negated = t.src[t.i+1] == 'P'
	t.i += 2
	if t.i >= len(t.src) {
		return "", false, t.fail("a property is missing")
	}
	name := t.src[t.i : t.i+1]
	if name == "{" {
		end := strings.IndexByte(t.src[t.i:], '}')
		if end < 0 {
			return "", false, t.fail("a property is not closed")
		}
		name = t.src[t.i+1 : t.i+end]
		t.i += end + 1
	} else {
		t.i++
	}
	set, ok := properties[name]
	if t.flags.ignoreCase {
		switch strings.TrimPrefix(name, "Is") {
		case "Lower", "Upper":
			set, ok = `a-zA-Z`, true
		case "Lu", "Ll", "Lt", "Uppercase", "Lowercase", "javaLowerCase", "javaUpperCase":
			set, ok = `\p{Lu}\p{Ll}\p{Lt}`, true
		}
	}
	if !ok {
		short := strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(name, "general_category="), "gc="), "Is")
		script := strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(name, "script="), "sc="), "Is")
		switch {
		case generalCategories[short]:
		case unicode.Scripts[script] != nil && script != name:
			short = script
		default:
			return "", false, t.fail("unknown property %q", name)
		}
		set = `\p{` + short + `}`
	}
	return set, negated, nil
}

// class translates [...] to an atom: alternatives of look-aheads where classes are united, intersected or negated.
func (t *translator) class() (string, error) {
	if t.depth++; t.depth > maxNesting {
		return "", t.fail("classes nest deeper than %d levels", maxNesting)
	}
	defer func() { t.depth-- }()
	t.i++
	negated := false
	if t.i < len(t.src) && t.src[t.i] == '^' {
		negated = true
		t.i++
	}
	const any = `[\s\S]`
	var operands []string // of &&
	var set strings.Builder
	var others []string // classes united with the set, as atoms
	first := true
	operand := func() string {
		var alts []string
		if set.Len() > 0 {
			alts = append(alts, "["+set.String()+"]")
		}
		alts = append(alts, others...)
		set.Reset()
		others = nil
		switch len(alts) {
		case 0:
			return `(?!)`
		case 1:
			return alts[0]
		}
		return "(?:" + strings.Join(alts, "|") + ")"
	}
	for {
		if t.i >= len(t.src) {
			return "", t.fail("a class is not closed")
		}
		c := t.src[t.i]
		if t.flags.comments && (c == ' ' || c >= '\t' && c <= '\r') {
			t.i++
			continue
		}
		switch {
		case c == ']' && !first:
			t.i++
			operands = append(operands, operand())
			out := operands[len(operands)-1]
			if len(operands) > 1 {
				out = "(?:"
				for _, o := range operands[:len(operands)-1] {
					out += "(?=" + o + ")"
				}
				out += operands[len(operands)-1] + ")"
			}
			if negated {
				if len(operands) == 1 && strings.HasPrefix(out, "[") && !strings.HasPrefix(out, "[^") {
					return "[^" + out[1:], nil
				}
				return "(?:(?!" + out + ")" + any + ")", nil
			}
			return out, nil
		case c == '[':
			inner, err := t.class()
			if err != nil {
				return "", err
			}
			others = append(others, inner)
			first = false
			continue
		case c == '&' && strings.HasPrefix(t.src[t.i:], "&&"):
			t.i += 2
			if set.Len() > 0 || len(others) > 0 {
				operands = append(operands, operand())
			}
			first = false
			continue
		}
		first = false
		if c == '\\' && t.i+1 < len(t.src) {
			e := t.src[t.i+1]
			if s, neg, ok := t.classOf(e); ok {
				t.i += 2
				if neg {
					others = append(others, "[^"+s+"]")
				} else {
					set.WriteString(s)
				}
				continue
			}
			switch e {
			case 'p', 'P':
				s, neg, err := t.property()
				if err != nil {
					return "", err
				}
				if neg {
					others = append(others, "[^"+s+"]")
				} else {
					set.WriteString(s)
				}
				continue
			case 'Q':
				text := t.src[t.i+2:]
				end := strings.Index(text, `\E`)
				if end < 0 {
					return "", t.fail("a class is not closed")
				}
				for _, r := range text[:end] {
					set.WriteString(quote(r))
				}
				t.i += 2 + end + 2
				continue
			case 'E':
				t.i += 2
				continue
			}
		}
		lo, err := t.classRune()
		if err != nil {
			return "", err
		}
		hi := lo
		if t.i+1 < len(t.src) && t.src[t.i] == '-' && t.src[t.i+1] != ']' && t.src[t.i+1] != '[' {
			t.i++
			if hi, err = t.classRune(); err != nil {
				return "", err
			}
			if hi < lo {
				return "", t.fail("the range %c-%c is the wrong way round", lo, hi)
			}
		}
		set.WriteString(quote(lo))
		if hi != lo {
			set.WriteString("-" + quote(hi))
		}
		if t.asciiCase() {
			foldRange(&set, lo, hi)
		}
	}
}

// classRune reads one member of a class.
func (t *translator) classRune() (rune, error) {
	if t.src[t.i] == '\\' {
		return t.escapedRune()
	}
	r, size := utf8.DecodeRuneInString(t.src[t.i:])
	t.i += size
	return r, nil
}
