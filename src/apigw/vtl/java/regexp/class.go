package regexp

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Java's predefined classes, as members of a set.
const (
	digitSet = `0-9`
	wordSet  = `a-zA-Z_0-9`
	spaceSet = ` \t\n\u000b\f\r`
	horizSet = ` \t\u00a0\u1680\u180e\u2000-\u200a\u202f\u205f\u3000`
	vertSet  = `\n\u000b\f\r\u0085\u2028\u2029`
)

// classOf returns the set of \d, \w and similar classes; negated for the capital ones.
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

// Sets of properties that are more than general categories.
var (
	lowercase  = `\p{Ll}` + rangesOf(unicode.Other_Lowercase)
	uppercase  = `\p{Lu}` + rangesOf(unicode.Other_Uppercase)
	alphabetic = `\p{L}\p{Nl}` + rangesOf(unicode.Other_Alphabetic)
)

// rangesOf spells a table of Unicode out as members of a set.
func rangesOf(table *unicode.RangeTable) string {
	var b strings.Builder
	add := func(lo, hi, stride rune) {
		if stride == 1 {
			b.WriteString(quote(lo) + "-" + quote(hi))
			return
		}
		for r := lo; r <= hi; r += stride {
			b.WriteString(quote(r))
		}
	}
	for _, t := range table.R16 {
		add(rune(t.Lo), rune(t.Hi), rune(t.Stride))
	}
	for _, t := range table.R32 {
		add(rune(t.Lo), rune(t.Hi), rune(t.Stride))
	}
	return b.String()
}

// properties are Java's POSIX classes and java.lang.Character's, as sets.
var properties = map[string]string{
	"Lower": `a-z`, "Upper": `A-Z`, "ASCII": `\u0000-\u007f`, "Alpha": `a-zA-Z`, "Digit": `0-9`, "Alnum": `a-zA-Z0-9`,
	"Punct": `!-\/:-@\[-` + "`" + `{-~`, "Graph": `!-~`, "Print": ` -~`, "Blank": ` \t`, "Cntrl": `\u0000-\u001f\u007f`,
	"XDigit": `0-9a-fA-F`, "Space": spaceSet,
	"javaLowerCase": lowercase, "javaUpperCase": uppercase, "javaWhitespace": `\t-\r\u001c-\u0020\u1680\u2000-\u2006\u2008-\u200a\u2028\u2029\u205f\u3000`,
	"javaLetter": `\p{L}`, "javaDigit": `\p{Nd}`, "javaLetterOrDigit": `\p{L}\p{Nd}`, "javaAlphabetic": alphabetic,
	"IsAlphabetic": alphabetic, "IsLetter": `\p{L}`, "IsDigit": `\p{Nd}`, "IsUppercase": uppercase, "IsLowercase": lowercase,
	"IsPunctuation": `\p{P}`, "IsWhite_Space": `\s`, "IsWhiteSpace": `\s`, "IsControl": `\p{Cc}`,
	"L1": `\u0000-\u00ff`, "LC": `\p{Lu}\p{Ll}\p{Lt}`,
}

// unicodeProperties are the POSIX classes as (?U) has them.
var unicodeProperties = map[string]string{
	"Lower": lowercase, "Upper": uppercase, "Alpha": alphabetic, "Digit": `\p{Nd}`, "Alnum": alphabetic + `\p{Nd}`, "Punct": `\p{P}`,
	"Blank": `\p{Zs}\t`, "Cntrl": `\p{Cc}`, "Space": `\s`,
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
	if t.flags.unicodeClass && unicodeProperties[name] != "" {
		set = unicodeProperties[name]
	}
	short := strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(name, "general_category="), "gc="), "Is")
	if t.flags.ignoreCase {
		switch short {
		case "Lower", "Upper":
			set, ok = `a-zA-Z`, true
		case "Lu", "Ll", "Lt", "Uppercase", "Lowercase", "javaLowerCase", "javaUpperCase":
			set, ok = `\p{Lu}\p{Ll}\p{Lt}`, true
		}
	}
	if !ok {
		set, ok = blockNamed(name)
	}
	if !ok {
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

// class translates [...] to an atom: alternatives of look-aheads if classes are united, intersected
// or negated.
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
		t.skipComments()
		if t.i >= len(t.src) {
			return "", t.fail("a class is not closed")
		}
		c := t.src[t.i]
		switch {
		case c == ']' && !first:
			t.i++
			if len(operands) == 0 && set.Len() == 0 && len(others) == 0 {
				return "", t.fail("a class with nothing in it")
			}
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
			switch {
			case set.Len() > 0 || len(others) > 0:
				operands = append(operands, operand())
			case len(operands) == 0 && strings.HasPrefix(t.src[t.i:], "&"):
				return "", t.fail("nothing is before '&&'")
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
		switch {
		case t.asciiCase():
			foldRange(&set, lo, hi)
		case t.flags.ignoreCase:
			set.WriteString(otherCases(lo, hi))
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

// foldRange adds the other case of a range's ASCII letters.
func foldRange(set *strings.Builder, lo, hi rune) {
	for _, c := range [...][3]rune{{'a', 'z', -0x20}, {'A', 'Z', 0x20}} {
		if from, to := max(lo, c[0]), min(hi, c[1]); from <= to {
			fmt.Fprintf(set, "%c-%c", from+c[2], to+c[2])
		}
	}
}
