// Package regexp implements the part of java.util.regex that templates and selection patterns use:
// the syntax of Java's patterns with look-around and back-references, whole matches, and String's
// replaceAll, replaceFirst and split.
//
// A pattern is translated to the syntax of github.com/dlclark/regexp2, a backtracking engine like
// Java's own. What the translation does not support (\X, \b{g}, \N{…}, \p{javaMirrored}) is an
// error of Compile, never a different match. A match of no width never falls between the two
// halves of a surrogate pair, where Java finds one, and a group forgets what it captured in a
// look-around or possessive part that is then backtracked over, which Java remembers. Every match
// has a time limit, so that a pattern that takes exponential time ends with an error. Patterns that
// take long to compile are refused: those of thousands of groups, or of characters in a class.
package regexp

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/dlclark/regexp2"
)

// MatchTimeout is how long one match may take. The package's clock checks it a few times a second.
const MatchTimeout = 2 * time.Second

// MaxPatternBytes is the length of a pattern that Compile accepts.
const MaxPatternBytes = 64 << 10

// ErrTimeout is the error of a match that took longer than MatchTimeout.
var ErrTimeout = errors.New("the regular expression takes too long on this string")

// Regexp is a compiled pattern, safe for concurrent use.
type Regexp struct {
	pattern string
	find    *regexp2.Regexp
	whole   func() (*regexp2.Regexp, error)
	again   *regexp2.Regexp                     // finds the match after an empty one, if \G makes that one different
	loose   func() (find, whole *regexp.Regexp) // fail to match only if the pattern does; nil if it has no such loops
	names   map[string]int
	groups  int
	literal string // the text that the pattern matches, if it has no operators
	plain   bool
	simple  *sequence // if the pattern is one, for ASCII text
}

// A SyntaxError says what is wrong with a pattern.
type SyntaxError struct {
	Pattern string
	Offset  int // in bytes
	Reason  string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("regular expression %q, byte %d: %s", e.Pattern, e.Offset, e.Reason)
}

// Compile compiles a pattern of Java's syntax. The error is a *SyntaxError.
func Compile(pattern string) (*Regexp, error) {
	if len(pattern) > MaxPatternBytes {
		return nil, &SyntaxError{Pattern: pattern[:64] + "…", Offset: MaxPatternBytes, Reason: "the pattern is too long"}
	}
	if !strings.ContainsAny(pattern, `\[](){}.*+?^$|`) {
		return &Regexp{pattern: pattern, literal: pattern, plain: true}, nil
	}
	if len(pattern) > 1 && pattern[0] == '\\' && isPunct(pattern[1]) && !strings.ContainsAny(pattern[2:], `\[](){}.*+?^$|`) {
		return &Regexp{pattern: pattern, literal: pattern[1:], plain: true}, nil
	}
	t := translator{src: pattern}
	text, err := t.translate()
	if err != nil {
		return nil, err
	}
	if cost(text) > maxCost {
		return nil, &SyntaxError{Pattern: pattern[:min(len(pattern), 64)] + "…", Reason: "the pattern has too many groups, or too many characters in a class"}
	}
	r := &Regexp{pattern: pattern, names: t.names, groups: t.groups, simple: parseSequence(pattern)}
	if r.find, err = compile(pattern, text); err != nil {
		return nil, err
	}
	r.whole = sync.OnceValues(func() (*regexp2.Regexp, error) { return compile(pattern, `\A(?:`+text+`)\z`) })
	if t.loops {
		r.loose = sync.OnceValues(func() (find, whole *regexp.Regexp) { return loosen(text) })
	}
	if t.previous {
		// A search begins after the character that follows an empty match, but \G is before that
		// character.
		if r.again, err = compile(pattern, strings.ReplaceAll(text, endOfLast, `(?=[\s\S]\G)`)); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// maxCost bounds the cost of a pattern: it is compiled in some 50 ms at most.
const maxCost = 10_000_000

// cost estimates how long regexp2 takes to compile a translated pattern: it moves all that follows
// for each group, and sorts a class for each of its members.
func cost(text string) (n int) {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '(':
			n += (len(text) - i) / 8
		case '[':
			members := 0
			for i++; text[i] != ']'; i++ {
				switch {
				case text[i] == '\\' && text[i+1] == 'u':
					i += len(`uXXXX`)
				case text[i] == '\\':
					i++
				case text[i]&0xC0 == 0x80: // goes on with a character
					continue
				}
				members++
			}
			n += members * members / 8
		}
	}
	return n
}

// endOfLast is \G as the translator, and nothing else, writes it.
const endOfLast = `(?:\G)`

func isPunct(c byte) bool {
	return c > ' ' && c < 0x7f && !(c >= '0' && c <= '9') && !(c|0x20 >= 'a' && c|0x20 <= 'z')
}

func compile(pattern, text string) (re *regexp2.Regexp, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &SyntaxError{Pattern: pattern, Reason: fmt.Sprint(r)}
		}
	}()
	re, err = regexp2.Compile(text, regexp2.None)
	if err != nil {
		return nil, &SyntaxError{Pattern: pattern, Reason: err.Error()}
	}
	re.MatchTimeout = MatchTimeout
	return re, nil
}

// String returns the pattern.
func (r *Regexp) String() string { return r.pattern }

// Matches reports whether the pattern matches the whole of s, as Matcher.matches does. The error is
// ErrTimeout.
func (r *Regexp) Matches(s string) (bool, error) {
	if r.plain {
		return s == r.literal, nil
	}
	if r.simple != nil && ascii(s) {
		return r.simple.matches(s), nil
	}
	if r.loose != nil {
		if _, whole := r.loose(); whole != nil && !whole.MatchString(s) {
			return false, nil
		}
	}
	whole, err := r.whole()
	if err != nil {
		return false, err
	}
	ok, err := whole.MatchString(s)
	if err != nil {
		return false, ErrTimeout
	}
	return ok, nil
}

// A match is a match's place, and that of its groups, in bytes; -1 for a group that did not
// participate.
type match struct {
	start, end int
	groups     [][2]int
}

// each calls f with the matches from left to right until f returns false.
func (r *Regexp) each(s string, f func(match) bool) error {
	if r.plain {
		for at := 0; ; {
			i := strings.Index(s[at:], r.literal)
			if i < 0 {
				return nil
			}
			m := match{start: at + i, end: at + i + len(r.literal)}
			if !f(m) {
				return nil
			}
			at = m.end
			if r.literal == "" {
				if at >= len(s) {
					return nil
				}
				_, size := utf8.DecodeRuneInString(s[at:])
				at += size
			}
		}
	}
	if r.simple != nil && ascii(s) {
		return r.simple.each(s, f)
	}
	var loose *regexp.Regexp
	if r.loose != nil {
		loose, _ = r.loose()
	}
	runes := []rune(s)
	offset := offsets(s, runes)
	find := r.find
	for at := 0; at <= len(runes); {
		if loose != nil {
			rest := s[offset(at):]
			place := loose.FindStringIndex(rest)
			if place == nil {
				return nil
			}
			if r.again == nil { // with \G, the start of a search matters
				at += utf8.RuneCountInString(rest[:place[0]])
			}
		}
		m, err := find.FindRunesMatchStartingAt(runes, at)
		if err != nil {
			return ErrTimeout
		}
		if m == nil {
			return nil
		}
		find, at = r.find, m.Index+m.Length
		if m.Length == 0 {
			at++
			if r.again != nil {
				find = r.again
			}
		}
		out := match{start: offset(m.Index), end: offset(m.Index + m.Length)}
		for _, g := range m.Groups() {
			if len(g.Captures) == 0 {
				out.groups = append(out.groups, [2]int{-1, -1})
				continue
			}
			out.groups = append(out.groups, [2]int{offset(g.Index), offset(g.Index + g.Length)})
		}
		if !f(out) {
			return nil
		}
	}
	return nil
}

// offsets converts positions in runes to positions in bytes.
func offsets(s string, runes []rune) func(int) int {
	if len(runes) == len(s) {
		return func(i int) int { return i }
	}
	table := make([]int, 0, len(runes)+1)
	for i := range s {
		table = append(table, i)
	}
	table = append(table, len(s))
	return func(i int) int { return table[i] }
}

// ReplaceError says what is wrong with a replacement.
type ReplaceError struct {
	Class  string // Java's exception
	Reason string
}

func (e *ReplaceError) Error() string { return e.Reason }

// ReplaceAll replaces every match, as String.replaceAll does: $1 and ${name} in the replacement are
// groups, a backslash makes the character after it literal. The error is a *ReplaceError or
// ErrTimeout.
func (r *Regexp) ReplaceAll(s, replacement string) (string, error) {
	return r.replace(s, replacement, -1)
}

// ReplaceFirst replaces the first match.
func (r *Regexp) ReplaceFirst(s, replacement string) (string, error) {
	return r.replace(s, replacement, 1)
}

func (r *Regexp) replace(s, replacement string, n int) (string, error) {
	var b []byte
	at := 0
	var failed error
	simple := !strings.ContainsAny(replacement, `\$`)
	err := r.each(s, func(m match) bool {
		b = append(b, s[at:m.start]...)
		if simple {
			b = append(b, replacement...)
		} else if b, failed = r.expand(b, s, replacement, m); failed != nil {
			return false
		}
		at = m.end
		n--
		return n != 0
	})
	if failed != nil {
		err = failed
	}
	if err != nil {
		return "", err
	}
	if at == 0 && b == nil {
		return s, nil
	}
	return string(append(b, s[at:]...)), nil
}

func (r *Regexp) expand(dst []byte, s, replacement string, m match) ([]byte, error) {
	const illegal = "java.lang.IllegalArgumentException"
	for i := 0; i < len(replacement); {
		switch c := replacement[i]; c {
		case '\\':
			i++
			if i == len(replacement) {
				return nil, &ReplaceError{illegal, "character to be escaped is missing"}
			}
			_, size := utf8.DecodeRuneInString(replacement[i:])
			dst = append(dst, replacement[i:i+size]...)
			i += size
		case '$':
			i++
			if i == len(replacement) {
				return nil, &ReplaceError{illegal, "Illegal group reference: group index is missing"}
			}
			group := 0
			if replacement[i] == '{' {
				end := i + 1
				for end < len(replacement) && isAlnum(replacement[end]) {
					end++
				}
				name := replacement[i+1 : end]
				switch {
				case name == "":
					return nil, &ReplaceError{illegal, "named capturing group is missing trailing '}'"}
				case end == len(replacement) || replacement[end] != '}':
					return nil, &ReplaceError{illegal, "named capturing group is missing trailing '}'"}
				case name[0] >= '0' && name[0] <= '9':
					return nil, &ReplaceError{illegal, "capturing group name {" + name + "} starts with digit character"}
				}
				n, ok := r.names[name]
				if !ok {
					return nil, &ReplaceError{illegal, "No group with name {" + name + "}"}
				}
				group, i = n, end+1
			} else {
				if !isDigit(replacement[i]) {
					return nil, &ReplaceError{illegal, "Illegal group reference"}
				}
				group = int(replacement[i] - '0')
				i++
				if group > r.groups {
					return nil, &ReplaceError{"java.lang.IndexOutOfBoundsException", fmt.Sprintf("No group %d", group)}
				}
				for i < len(replacement) && isDigit(replacement[i]) {
					next := group*10 + int(replacement[i]-'0')
					if next > r.groups {
						break
					}
					group = next
					i++
				}
			}
			if group == 0 {
				dst = append(dst, s[m.start:m.end]...)
			} else if group < len(m.groups) && m.groups[group][0] >= 0 {
				dst = append(dst, s[m.groups[group][0]:m.groups[group][1]]...)
			}
		default:
			dst = append(dst, c)
			i++
		}
	}
	return dst, nil
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isAlnum(c byte) bool { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'z' }

// Split splits s as String.split does: at most limit pieces if that is positive; if it is 0,
// without the empty pieces at the end. A match of no width at the start makes no piece. The error
// is ErrTimeout.
func (r *Regexp) Split(s string, limit int) ([]string, error) {
	var pieces []string
	at := 0
	found := false
	err := r.each(s, func(m match) bool {
		if limit > 0 && len(pieces) >= limit-1 {
			return false
		}
		if m.end == 0 {
			return true
		}
		found = true
		pieces = append(pieces, s[at:m.start])
		at = m.end
		return true
	})
	if err != nil {
		return nil, err
	}
	if !found {
		return []string{s}, nil
	}
	pieces = append(pieces, s[at:])
	if limit == 0 {
		for len(pieces) > 0 && pieces[len(pieces)-1] == "" {
			pieces = pieces[:len(pieces)-1]
		}
	}
	return pieces, nil
}
