package ecmaregexp

// node is a part of a pattern.
type node struct {
	kind     opcode // opSplit is an alternative, opRepeat a quantifier, opSave a group, opLook a look-ahead, opEmpty a sequence
	char     uint16
	class    *class
	group    int // of a group or a back reference
	negative bool
	kids     []*node
	min, max int // of a quantifier; max is -1 if there is no maximum
	lazy     bool
	from, to int // the groups inside a quantifier
}

// parser reads a pattern as Rhino does, which follows Perl and old browsers where ECMA 262 reports
// an error.
type parser struct {
	pattern    string
	src        []uint16
	pos        int
	nesting    int
	groups     int
	octals     bool // numbers are octal escapes, not back references
	maxBackref int
}

func (p *parser) fail(message string) error {
	return &SyntaxError{Pattern: p.pattern, Offset: p.pos, Message: message}
}

func (p *parser) more() bool { return p.pos < len(p.src) }

func (p *parser) at(c uint16) bool { return p.more() && p.src[p.pos] == c }

func (p *parser) disjunction() (*node, error) {
	if p.nesting++; p.nesting > MaxNesting {
		return nil, p.fail("too many nested groups")
	}
	defer func() { p.nesting-- }()
	first, err := p.alternative()
	if err != nil || !p.at('|') {
		return first, err
	}
	or := &node{kind: opSplit, kids: []*node{first}}
	for p.at('|') {
		p.pos++
		next, err := p.alternative()
		if err != nil {
			return nil, err
		}
		or.kids = append(or.kids, next)
	}
	return or, nil
}

func (p *parser) alternative() (*node, error) {
	seq := &node{kind: opEmpty}
	for p.more() && !p.at('|') && !(p.nesting > 1 && p.at(')')) {
		n, err := p.term()
		if err != nil {
			return nil, err
		}
		seq.kids = append(seq.kids, n)
	}
	if len(seq.kids) == 1 {
		return seq.kids[0], nil
	}
	return seq, nil
}

// term reads an assertion, or an atom with its quantifier.
func (p *parser) term() (*node, error) {
	before := p.groups
	c := p.src[p.pos]
	p.pos++
	var n *node
	var err error
	switch c {
	case '^':
		return &node{kind: opBegin}, nil
	case '$':
		return &node{kind: opEnd}, nil
	case '\\':
		if !p.more() {
			return nil, p.fail(`a '\' at the end`)
		}
		n = p.escape()
		if n.kind == opBoundary {
			return n, nil
		}
	case '(':
		n, err = p.group()
	case ')':
		p.pos--
		return nil, p.fail("a ')' without its '('")
	case '[':
		n, err = p.class()
	case '.':
		n = &node{kind: opClass, class: lineTerminators.not()}
	case '*', '+', '?':
		p.pos--
		return nil, p.fail("a quantifier without anything to repeat")
	default:
		n = &node{kind: opChar, char: c}
	}
	if err != nil {
		return nil, err
	}
	return p.quantified(n, before)
}

func (p *parser) group() (*node, error) {
	n := &node{kind: opSave}
	if p.at('?') && p.pos+1 < len(p.src) && (p.src[p.pos+1] == ':' || p.src[p.pos+1] == '=' || p.src[p.pos+1] == '!') {
		switch p.src[p.pos+1] {
		case ':':
			n.kind = opEmpty
		case '=':
			n.kind = opLook
		case '!':
			n.kind, n.negative = opLook, true
		}
		p.pos += 2
	} else {
		n.group = p.groups
		p.groups++
	}
	kid, err := p.disjunction()
	if err != nil {
		return nil, err
	}
	if !p.at(')') {
		return nil, p.fail("a '(' is not closed")
	}
	p.pos++
	n.kids = []*node{kid}
	return n, nil
}

func (p *parser) quantified(n *node, before int) (*node, error) {
	q := &node{kind: opRepeat, kids: []*node{n}, max: -1, from: before, to: p.groups}
	switch {
	case p.at('+'):
		q.min = 1
	case p.at('*'):
	case p.at('?'):
		q.max = 1
	case p.at('{') && p.pos+1 < len(p.src) && isDigit(p.src[p.pos+1]):
		start := p.pos
		ok, err := p.braces(q)
		if err != nil {
			return nil, err
		}
		if !ok { // it is literal
			p.pos = start
			return n, nil
		}
	default:
		return n, nil
	}
	p.pos++
	if p.at('?') {
		p.pos++
		q.lazy = true
	}
	return q, nil
}

// braces reads {n}, {n,} or {n,m} up to the '}'.
func (p *parser) braces(q *node) (bool, error) {
	p.pos++
	var err error
	if q.min, err = p.number("a quantifier"); err != nil {
		return false, err
	}
	q.max = q.min
	if p.at(',') {
		p.pos++
		q.max = -1
		if p.more() && isDigit(p.src[p.pos]) {
			if q.max, err = p.number("a quantifier"); err != nil {
				return false, err
			}
			if p.more() && q.max < q.min {
				return false, p.fail("a quantifier whose maximum is less than its minimum")
			}
		}
	}
	if !p.more() {
		return false, p.fail("a quantifier is not closed")
	}
	return p.at('}'), nil
}

// number reads digits.
func (p *parser) number(of string) (int, error) {
	n := 0
	for ; p.more() && isDigit(p.src[p.pos]); p.pos++ {
		if n = n*10 + int(p.src[p.pos]-'0'); n >= 0xFFFF {
			return 0, p.fail(of + " that is too large")
		}
	}
	return n, nil
}

// escape reads what follows a '\'.
func (p *parser) escape() *node {
	c := p.src[p.pos]
	p.pos++
	switch c {
	case 'b', 'B':
		return &node{kind: opBoundary, negative: c == 'B'}
	case '0':
		return &node{kind: opChar, char: p.octal(0)}
	case '1', '2', '3', '4', '5', '6', '7', '8', '9':
		start := p.pos
		p.pos--
		n, err := p.number("")
		if err == nil && !p.octals {
			p.maxBackref = max(p.maxBackref, n)
			return &node{kind: opBackref, group: n - 1}
		}
		p.pos = start
		if c >= '8' {
			p.pos--
			return &node{kind: opChar, char: '\\'}
		}
		return &node{kind: opChar, char: p.octal(int(c - '0'))}
	case 'c':
		if p.more() && isLetter(p.src[p.pos]) {
			p.pos++
			return &node{kind: opChar, char: p.src[p.pos-1] & 0x1F}
		}
		p.pos--
		return &node{kind: opChar, char: '\\'}
	case 'u', 'x':
		digits := 2
		if c == 'u' {
			digits = 4
		}
		start, n := p.pos, 0
		for range digits {
			if !p.more() {
				break // cut short by the end: what there is counts
			}
			d := hexDigit(p.src[p.pos])
			if d < 0 {
				p.pos = start
				return &node{kind: opChar, char: c}
			}
			n = n<<4 | d
			p.pos++
		}
		return &node{kind: opChar, char: uint16(n)}
	}
	if k := classes[c]; k != nil {
		return &node{kind: opClass, class: k}
	}
	if k := controls[c]; k != 0 {
		c = k
	}
	return &node{kind: opChar, char: c}
}

func (p *parser) octal(n int) uint16 {
	for n < 0o40 && p.more() && p.src[p.pos] >= '0' && p.src[p.pos] <= '7' {
		n = n*8 + int(p.src[p.pos]-'0')
		p.pos++
	}
	return uint16(n)
}

var controls = map[uint16]uint16{'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v'}

func isDigit(c uint16) bool  { return c >= '0' && c <= '9' }
func isLetter(c uint16) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func hexDigit(c uint16) int {
	switch {
	case isDigit(c):
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}
