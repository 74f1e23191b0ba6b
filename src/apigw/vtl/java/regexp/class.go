package regexp

import (
	"fmt"
	"slices"
	"strings"
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
			set = unicodeWord
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

// class translates [...] to an atom: alternatives of look-aheads if classes are united,
// intersected or negated.
func (t *translator) class() (string, error) {
	t.i++
	negated := t.i < len(t.src) && t.src[t.i] == '^'
	if negated {
		t.i++
	}
	out, err := t.members()
	if err != nil {
		return "", err
	}
	t.i++
	switch {
	case !negated:
		return out, nil
	case strings.HasPrefix(out, "[") && !strings.HasPrefix(out, "[^"):
		return "[^" + out[1:], nil
	}
	return "(?:(?!" + out + ")" + anything + ")", nil
}

// anything is the atom that matches every character.
const anything = `[\s\S]`

// singles is a placeholder for the single characters of a class until all of them are known.
const singles = "\x00"

// A union is the part of a class read so far, as Java's parser collects it.
type union struct {
	set  strings.Builder // members of a set
	rest []string        // other atoms
	last string          // the last member, as an atom; none if it is a single character

	bits strings.Builder // the single characters of the class, as members of a set
	more bool            // bits has some that are not yet in the union
}

func (u *union) empty() bool { return u.set.Len() == 0 && len(u.rest) == 0 }

// add adds members of a set, or all characters except them.
func (u *union) add(set string, negated bool) {
	if negated {
		u.addAtom("[^" + set + "]")
		return
	}
	u.set.WriteString(set)
	u.last = "[" + set + "]"
}

func (u *union) addAtom(atom string) {
	u.rest = append(u.rest, atom)
	u.last = atom
}

func (u *union) addSingle(set string) {
	u.bits.WriteString(set)
	u.more = true
	u.last = ""
}

// atom is the union of all but the single characters.
func (u *union) atom() string {
	all := u.rest
	if u.set.Len() > 0 {
		all = append([]string{"[" + u.set.String() + "]"}, all...)
	}
	if len(all) == 1 {
		return all[0]
	}
	return "(?:" + strings.Join(all, "|") + ")"
}

// and intersects the union with another atom, or without one with the last member, as Java does
// in [a&&&b].
func (u *union) and(right string) bool {
	if u.more {
		if u.empty() {
			u.last = singles
		}
		u.rest = append(u.rest, singles)
		u.more = false
	}
	if right != "" {
		u.last = right
	}
	if u.last == "" {
		return false
	}
	if u.empty() {
		u.rest = []string{right}
		return true
	}
	u.rest = []string{"(?:(?=" + u.atom() + ")" + u.last + ")"}
	u.set.Reset()
	return true
}

// all is the whole class.
func (u *union) all() string {
	bits := "[" + u.bits.String() + "]"
	if u.more && !slices.ContainsFunc(u.rest, func(atom string) bool { return strings.Contains(atom, singles) }) {
		u.set.WriteString(u.bits.String()) // a single set suffices
		return u.atom()
	}
	if u.more {
		u.rest = append(u.rest, singles)
	}
	return strings.ReplaceAll(u.atom(), singles, bits)
}

// members translates the contents of a class up to its closing bracket.
func (t *translator) members() (string, error) {
	if t.depth++; t.depth > maxNesting {
		return "", t.fail("classes nest deeper than %d levels", maxNesting)
	}
	defer func() { t.depth-- }()
	var u union
	for {
		t.skipComments()
		if t.i >= len(t.src) {
			return "", t.fail("a class is not closed")
		}
		switch c := t.src[t.i]; {
		case c == ']' && (u.more || !u.empty()):
			return u.all(), nil
		case c == '[':
			inner, err := t.class()
			if err != nil {
				return "", err
			}
			u.addAtom(inner)
		case c == '&' && t.and():
			if t.ands++; t.ands > maxNesting {
				return "", t.fail("more than %d intersections", maxNesting)
			}
			right, err := t.rightOfAnd()
			if err != nil {
				return "", err
			}
			if !u.and(right) {
				return "", t.fail("nothing is before or after '&&'")
			}
		default:
			if t.skipComments(); t.i >= len(t.src) {
				continue
			}
			if err := t.member(&u); err != nil {
				return "", err
			}
		}
	}
}

// and reads && if it is next. White space that (?x) permits after a single '&' swallows it, as in
// Java.
func (t *translator) and() bool {
	at := t.i
	t.i++
	t.skipComments()
	if t.i < len(t.src) && t.src[t.i] == '&' {
		t.i++
		return true
	}
	if t.i == at+1 {
		t.i = at
	}
	return false
}

// rightOfAnd translates what follows && up to the end of the class or another '&'; "" if there is
// nothing.
func (t *translator) rightOfAnd() (string, error) {
	var u union
	for {
		t.skipComments()
		if t.i >= len(t.src) {
			return "", t.fail("a class is not closed")
		}
		read := t.members
		switch t.src[t.i] {
		case ']', '&':
			if u.empty() {
				return "", nil
			}
			return u.atom(), nil
		case '[':
			read = t.class
		}
		atom, err := read()
		if err != nil {
			return "", err
		}
		u.addAtom(atom)
	}
}

// member translates a character, a range, or a class like \d.
func (t *translator) member(u *union) error {
	if t.src[t.i] == '\\' && t.i+1 < len(t.src) {
		e := t.src[t.i+1]
		if s, neg, ok := t.classOf(e); ok {
			t.i += 2
			u.add(s, neg)
			return nil
		}
		if e == 'p' || e == 'P' {
			s, neg, err := t.property()
			u.add(s, neg)
			return err
		}
	}
	lo, err := t.classRune()
	if err != nil {
		return err
	}
	hi := lo
	ranged := t.i+1 < len(t.src) && t.src[t.i] == '-' && t.src[t.i+1] != ']' && t.src[t.i+1] != '['
	if ranged {
		t.i++
		if hi, err = t.classRune(); err != nil {
			return err
		}
		if hi < lo {
			return t.fail("the range %c-%c is the wrong way round", lo, hi)
		}
	}
	var set strings.Builder
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
	if !ranged && lo < 0x100 {
		u.addSingle(set.String())
	} else {
		u.add(set.String(), false)
	}
	return nil
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
