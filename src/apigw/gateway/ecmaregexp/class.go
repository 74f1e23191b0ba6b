package ecmaregexp

import (
	"slices"
	"unicode"
)

// class is a set of code units.
type class struct {
	ranges   []span // ordered, with something between each two
	negative bool
}

type span struct{ from, to uint16 }

func (k *class) has(c uint16) bool {
	low, high := 0, len(k.ranges)
	for low < high {
		if middle := (low + high) / 2; k.ranges[middle].to < c {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return (low < len(k.ranges) && k.ranges[low].from <= c) != k.negative
}

func (k *class) not() *class { return &class{ranges: k.ranges, negative: !k.negative} }

var (
	lineTerminators = &class{ranges: []span{{'\n', '\n'}, {'\r', '\r'}, {0x2028, 0x2029}}}
	digits          = &class{ranges: []span{{'0', '9'}}}
	word            = &class{ranges: []span{{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}}}
	space           = spaces()
	// classes are the classes that escapes name.
	classes = map[uint16]*class{'d': digits, 'D': digits.not(), 'w': word, 'W': word.not(), 's': space, 'S': space.not()}
)

func spaces() *class {
	k := &class{ranges: []span{{'\t', '\r'}, {0x2028, 0x2029}, {0xFEFF, 0xFEFF}}}
	for _, r := range unicode.Zs.R16 {
		for c := int(r.Lo); c <= int(r.Hi); c += int(r.Stride) {
			k.ranges = append(k.ranges, span{uint16(c), uint16(c)})
		}
	}
	k.ranges = ordered(k.ranges)
	return k
}

// complement returns the ranges that are not in the class.
func (k *class) complement() []span {
	var out []span
	next := 0
	for _, r := range k.ranges {
		if int(r.from) > next {
			out = append(out, span{uint16(next), r.from - 1})
		}
		next = int(r.to) + 1
	}
	if next <= 0xFFFF {
		out = append(out, span{uint16(next), 0xFFFF})
	}
	return out
}

// ordered sorts ranges and joins those with nothing between them.
func ordered(ranges []span) []span {
	slices.SortFunc(ranges, func(a, b span) int { return int(a.from) - int(b.from) })
	out := ranges[:0]
	for _, r := range ranges {
		if n := len(out); n > 0 && int(r.from) <= int(out[n-1].to)+1 {
			out[n-1].to = max(out[n-1].to, r.to)
		} else {
			out = append(out, r)
		}
	}
	return out
}

// class reads a class after its '['.
func (p *parser) class() (*node, error) {
	start := p.pos
	for !p.at(']') {
		if p.at('\\') {
			p.pos++
		}
		if p.pos++; p.pos >= len(p.src) {
			p.pos = start
			return nil, p.fail("a '[' is not closed")
		}
	}
	end := p.pos
	p.pos = start
	k := &class{}
	if p.pos < end && p.at('^') {
		k.negative = true
		p.pos++
	}
	lenient := false // Rhino stops checking for invalid ranges once a class is named
	var from, fromCheck uint16
	inRange := false
	for p.pos < end {
		c, named, check := p.classAtom(end)
		if named != nil {
			if inRange && !lenient {
				return nil, p.fail("a range that ends with a class")
			}
			inRange = false
			if named.negative {
				k.ranges = append(k.ranges, named.complement()...)
			} else {
				k.ranges = append(k.ranges, named.ranges...)
			}
			if named != digits {
				lenient = true
			} else if !lenient && p.pos < end-1 && p.at('-') { // [\d-a] is not a range, but must look like one
				if err := p.looksLikeRange(end); err != nil {
					return nil, err
				}
			}
			continue
		}
		if inRange {
			if !lenient && fromCheck > check || from > c {
				return nil, p.fail("a range whose end is before its start")
			}
			k.ranges = append(k.ranges, span{from, c})
			inRange = false
			continue
		}
		if p.pos < end-1 && p.at('-') {
			p.pos++
			inRange, from, fromCheck = true, c, check
			k.ranges = append(k.ranges, span{c, c})
			continue
		}
		k.ranges = append(k.ranges, span{c, c})
	}
	k.ranges = ordered(k.ranges)
	p.pos = end + 1
	return &node{kind: opClass, class: k}, nil
}

// looksLikeRange checks whatever follows \d and a '-' as the end of a range from '9'.
func (p *parser) looksLikeRange(end int) error {
	before := p.pos
	p.pos++
	_, named, check := p.classAtom(end)
	if named != nil || check < '9' {
		return p.fail("a range that begins with a class")
	}
	p.pos = before
	return nil
}

// classAtom reads a code unit or a named class. check is the value by which Rhino compares the
// ends of ranges, which for control letters is not the one that they stand for.
func (p *parser) classAtom(end int) (c uint16, named *class, check uint16) {
	c = p.src[p.pos]
	p.pos++
	if c != '\\' {
		return c, nil, c
	}
	c = p.src[p.pos]
	p.pos++
	switch c {
	case 'b':
		return '\b', nil, '\b'
	case 'c':
		if p.pos < end && isLetter(p.src[p.pos]) {
			p.pos++
			return p.src[p.pos-1] & 0x1F, nil, '\\'
		}
		p.pos--
		return '\\', nil, '\\'
	case 'u', 'x':
		digits := 2
		if c == 'u' {
			digits = 4
		}
		start, n := p.pos, 0
		for range digits {
			if p.pos >= end {
				break
			}
			d := hexDigit(p.src[p.pos])
			if d < 0 {
				p.pos = start
				return '\\', nil, '\\'
			}
			n = n<<4 | d
			p.pos++
		}
		return uint16(n), nil, uint16(n)
	case '0', '1', '2', '3', '4', '5', '6', '7':
		n := int(c - '0')
		for i := 0; i < 2 && p.src[p.pos] >= '0' && p.src[p.pos] <= '7'; i++ {
			m := n*8 + int(p.src[p.pos]-'0')
			if m > 0o377 {
				break
			}
			n = m
			p.pos++
		}
		return uint16(n), nil, uint16(n)
	}
	if k := classes[c]; k != nil {
		return 0, k, 0
	}
	if k := controls[c]; k != 0 {
		c = k
	}
	return c, nil, c
}
