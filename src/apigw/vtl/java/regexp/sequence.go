package regexp

import "strconv"

// Most patterns of mapping templates are a few character classes in a row: /+, [^a-z0-9]+, ^\w+:,
// \s+$. A sequence matches these on ASCII text without backtracking and without allocating, many
// times faster than the general engine, and with the same results.

// maxRepeat bounds the counts of {n,m} that a sequence accepts.
const maxRepeat = 1000

// maxSequenceSteps bounds the characters that one search examines.
const maxSequenceSteps = 50_000_000

type sequence struct {
	atStart, atEnd bool // ^ and $
	items          []item
}

// An item is a set of ASCII characters and how often one of them occurs in a row.
type item struct {
	set      set
	min, max int // max is -1 for no maximum
}

type set [2]uint64

func (s *set) add(c byte)      { s[c>>6] |= 1 << (c & 63) }
func (s *set) has(c byte) bool { return s[c>>6]>>(c&63)&1 != 0 }

func (s *set) addRange(from, to byte) {
	for c := int(from); c <= int(to); c++ {
		s.add(byte(c))
	}
}

func (s set) union(o set) set     { return set{s[0] | o[0], s[1] | o[1]} }
func (s set) not() set            { return set{^s[0], ^s[1]} }
func (s set) disjoint(o set) bool { return s[0]&o[0] == 0 && s[1]&o[1] == 0 }

// parseSequence reads a pattern, nil if it is not that simple. Whatever it accepts is a valid Java
// pattern too.
func parseSequence(pattern string) *sequence {
	q := new(sequence)
	p := pattern
	if p != "" && p[0] == '^' {
		q.atStart, p = true, p[1:]
	}
	width := 0
	for p != "" {
		if p == "$" {
			q.atEnd = true
			break
		}
		s, rest, ok := parseSet(p)
		if !ok {
			return nil
		}
		i := item{set: s, min: 1, max: 1}
		if i, p, ok = i.repeated(rest); !ok {
			return nil
		}
		width += i.min
		q.items = append(q.items, i)
	}
	if width == 0 || !q.deterministic() {
		return nil
	}
	return q
}

// parseSet reads one character, escape or class.
func parseSet(p string) (s set, rest string, ok bool) {
	switch c := p[0]; {
	case c >= 0x80:
		return s, p, false
	case c == '\\':
		return parseEscape(p)
	case c == '[':
		return parseClass(p[1:])
	default:
		if isOperator(c) {
			return s, p, false
		}
		s.add(c)
		return s, p[1:], true
	}
}

func isOperator(c byte) bool {
	switch c {
	case '\\', '[', ']', '(', ')', '{', '}', '.', '*', '+', '?', '^', '$', '|':
		return true
	}
	return false
}

func parseEscape(p string) (s set, rest string, ok bool) {
	if len(p) < 2 {
		return s, p, false
	}
	c := p[1]
	switch c {
	case 'd', 'D':
		s.addRange('0', '9')
	case 'w', 'W':
		s.addRange('0', '9')
		s.addRange('a', 'z')
		s.addRange('A', 'Z')
		s.add('_')
	case 's', 'S':
		s.addRange('\t', '\r')
		s.add(' ')
	case 't':
		s.add('\t')
	case 'n':
		s.add('\n')
	case 'r':
		s.add('\r')
	default:
		if !isPunct(c) {
			return s, p, false
		}
		s.add(c)
	}
	if c == 'D' || c == 'W' || c == 'S' {
		s = s.not()
	}
	return s, p[2:], true
}

// parseClass reads what follows the bracket of a class without intersections and classes inside.
func parseClass(p string) (s set, rest string, ok bool) {
	negated := p != "" && p[0] == '^'
	if negated {
		p = p[1:]
	}
	for first := true; ; first = false {
		if p == "" {
			return s, p, false
		}
		switch c := p[0]; {
		case c == ']':
			if negated {
				s = s.not()
			}
			return s, p[1:], !first
		case c == '\\':
			e, rest, ok := parseEscape(p)
			if !ok || len(rest) > 1 && rest[0] == '-' && rest[1] != ']' {
				return s, p, false
			}
			s, p = s.union(e), rest
		case c == '[' || c == '&' || c == '^' || c >= 0x80:
			return s, p, false
		case len(p) > 2 && p[1] == '-' && p[2] != ']':
			to := p[2]
			if c == '-' || to < c || to >= 0x80 || to == '\\' || to == '[' || to == '&' || to == '-' || to == '^' {
				return s, p, false
			}
			s.addRange(c, to)
			p = p[3:]
		case c == '-' && !first && (len(p) < 2 || p[1] != ']'):
			return s, p, false
		default:
			s.add(c)
			p = p[1:]
		}
	}
}

// repeated reads a greedy quantifier, if there is one.
func (i item) repeated(p string) (out item, rest string, ok bool) {
	if p == "" {
		return i, p, true
	}
	switch p[0] {
	case '+':
		i.max, p = -1, p[1:]
	case '*':
		i.min, i.max, p = 0, -1, p[1:]
	case '?':
		i.min, p = 0, p[1:]
	case '{':
		if i, p, ok = i.counted(p[1:]); !ok {
			return i, p, false
		}
	default:
		return i, p, true
	}
	return i, p, p == "" || p[0] != '+' && p[0] != '?' && p[0] != '*' && p[0] != '{'
}

// counted reads n}, n,} or n,m}.
func (i item) counted(p string) (out item, rest string, ok bool) {
	number := func() (n int, ok bool) {
		end := 0
		for end < len(p) && isDigit(p[end]) {
			end++
		}
		n, err := strconv.Atoi(p[:end])
		p = p[end:]
		return n, err == nil && n <= maxRepeat
	}
	if i.min, ok = number(); !ok || p == "" {
		return i, p, false
	}
	i.max = i.min
	if p[0] == ',' {
		p = p[1:]
		i.max = -1
		if p != "" && p[0] != '}' {
			if i.max, ok = number(); !ok || i.max < i.min {
				return i, p, false
			}
		}
	}
	if p == "" || p[0] != '}' {
		return i, p, false
	}
	return i, p[1:], true
}

// deterministic reports whether greedy matching at each item is always right: whatever may follow
// an item of varying length shares no character with it.
func (q *sequence) deterministic() bool {
	var ends set
	ends.add('\r')
	ends.add('\n')
	for k, i := range q.items {
		if i.min == i.max {
			continue
		}
		if q.atEnd && !i.set.disjoint(ends) && !ends.disjoint(i.set.not()) {
			// $ also matches before the last line end: that must be in the set as a whole or not at
			// all.
			return false
		}
		if i.max > 0 && q.atEnd && k == len(q.items)-1 && !i.set.disjoint(ends) {
			return false
		}
		for _, next := range q.items[k+1:] {
			if !i.set.disjoint(next.set) {
				return false
			}
			if next.min > 0 {
				break
			}
		}
	}
	return true
}

// ascii reports whether a sequence can be used to search s.
func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// match tries to match at a position. first is where the first item ended.
func (q *sequence) match(s string, at int) (end, first int, ok bool) {
	for k := range q.items {
		i := &q.items[k]
		stop := len(s)
		if i.max >= 0 && at+i.max < stop {
			stop = at + i.max
		}
		from := at
		for at < stop && i.set.has(s[at]) {
			at++
		}
		if k == 0 {
			first = at
		}
		if at-from < i.min {
			return at, first, false
		}
	}
	return at, first, true
}

// endsAt is $: the end, or just before the line end that ends the text.
func endsAt(s string, at int) bool {
	switch len(s) - at {
	case 0:
		return true
	case 1:
		return s[at] == '\r' || s[at] == '\n' && (at == 0 || s[at-1] != '\r')
	case 2:
		return s[at:] == "\r\n"
	}
	return false
}

// matches reports whether all of s matches.
func (q *sequence) matches(s string) bool {
	end, _, ok := q.match(s, 0)
	return ok && end == len(s)
}

// each calls f with the matches from left to right until f returns false.
func (q *sequence) each(s string, f func(match) bool) error {
	steps := 0
	for at := 0; at < len(s); {
		if q.atStart && at > 0 {
			return nil
		}
		end, first, ok := q.match(s, at)
		if steps += end - at + 1; steps > maxSequenceSteps {
			return ErrTimeout
		}
		if ok && (!q.atEnd || endsAt(s, end)) {
			if !f(match{start: at, end: end}) {
				return nil
			}
			at = end
			continue
		}
		if q.items[0].max < 0 && first > at {
			at = first // every start in between ends there as well
			continue
		}
		at++
	}
	return nil
}
