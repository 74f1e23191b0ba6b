package ecmaregexp

import "example.com/guessing-game/src/apigw/budget"

type opcode uint8

const (
	opMatch    opcode = iota
	opEmpty           // in a tree: a sequence
	opChar            // one code unit
	opClass           // one code unit of a class
	opBegin           // the start of the text
	opEnd             // its end
	opBoundary        // between word and other; negative: not there
	opBackref         // what a group matched, nothing if it has not matched
	opSave            // remembers the position in a register
	opSplit           // continues, and goes to target if that fails
	opJump
	opInit   // a quantifier begins
	opRepeat // decides on a further iteration
	opEnter  // begins an iteration
	opRun    // a greedy quantifier of one code unit
	opLook   // a look-ahead begins; target is after it
	opLooked // and has matched
)

type instruction struct {
	op       opcode
	negative bool
	lazy     bool
	char     uint16
	class    *class // nil of opRun: char
	reg      int
	from, to int // registers of groups to forget
	min, max int
	target   int
}

type compiler struct{ re *Regexp }

func (c *compiler) add(in instruction) int {
	c.re.program = append(c.re.program, in)
	return len(c.re.program) - 1
}

func (c *compiler) here() int { return len(c.re.program) }

func (c *compiler) emit(n *node) {
	switch n.kind {
	case opEmpty:
		for _, kid := range n.kids {
			c.emit(kid)
		}
	case opSplit:
		var ends []int
		for i, kid := range n.kids {
			if i == len(n.kids)-1 {
				c.emit(kid)
				break
			}
			split := c.add(instruction{op: opSplit})
			c.emit(kid)
			ends = append(ends, c.add(instruction{op: opJump}))
			c.re.program[split].target = c.here()
		}
		for _, end := range ends {
			c.re.program[end].target = c.here()
		}
	case opSave:
		// The start of the group is set only when its end is known, since the group may contain a
		// back reference to itself.
		c.add(instruction{op: opSave, reg: 2 * n.group})
		c.emit(n.kids[0])
		c.add(instruction{op: opSave, reg: 2*n.group + 1})
	case opLook:
		look := c.add(instruction{op: opLook, negative: n.negative, reg: c.re.looks})
		c.re.looks++
		c.emit(n.kids[0])
		c.add(instruction{op: opLooked, negative: n.negative, reg: c.re.program[look].reg})
		c.re.program[look].target = c.here()
	case opRepeat:
		c.repeat(n)
	default:
		c.add(instruction{op: n.kind, char: n.char, class: n.class, negative: n.negative, reg: 2 * n.group})
	}
}

func (c *compiler) repeat(n *node) {
	kid := n.kids[0]
	if (kid.kind == opChar || kid.kind == opClass) && !n.lazy {
		c.add(instruction{op: opRun, char: kid.char, class: kid.class, min: n.min, max: n.max})
		return
	}
	reg := c.re.saves + c.re.loops
	c.re.loops += 2
	c.add(instruction{op: opInit, reg: reg})
	repeat := c.add(instruction{op: opRepeat, reg: reg, min: n.min, max: n.max, lazy: n.lazy})
	c.add(instruction{op: opEnter, reg: reg, from: 2 * n.from, to: 2 * n.to, min: n.min})
	c.emit(kid)
	c.add(instruction{op: opJump, target: repeat})
	c.re.program[repeat].target = c.here()
}

// entry says how to continue when a match has failed: resume at pc, or restore a register.
type entry struct {
	kind entryKind
	pc   int // or the register
	pos  int // or its value
	low  int // of a run: the shortest

	result bool // of a choice: the result to resume with
}

type entryKind uint8

const (
	choice entryKind = iota
	restore
	run
	barrier
)

const entrySize = 40

type matcher struct {
	re    *Regexp
	b     *budget.Budget
	in    []uint16
	regs  []int // of groups, start and end of each, then of quantifiers, iterations and where the last one began
	looks []int // where on the stack a look-ahead began
	stack []entry
	paid  int // entries that the budget has paid for

	// result is whether the last step matched. An expression that matches the empty text without
	// a step leaves it unchanged, and a look-ahead ends with it, as in Rhino: (?=) fails if
	// nothing precedes it.
	result bool
}

func (m *matcher) push(e entry) error {
	if len(m.stack) == m.paid {
		more := max(64, m.paid)
		if err := m.b.Make(more * entrySize); err != nil {
			return err
		}
		m.paid += more
	}
	m.stack = append(m.stack, e)
	return nil
}

func (m *matcher) set(reg, value int) error {
	if m.regs[reg] == value {
		return nil
	}
	err := m.push(entry{kind: restore, pc: reg, pos: m.regs[reg]})
	m.regs[reg] = value
	return err
}

func (m *matcher) unit(in *instruction, pos int) bool {
	if in.class == nil {
		return m.in[pos] == in.char
	}
	return in.class.has(m.in[pos])
}

// from reports whether there is a match that begins at a position.
func (m *matcher) from(pos int) (bool, error) {
	m.stack = m.stack[:0]
	if err := m.b.Step(len(m.regs) / 16); err != nil {
		return false, err
	}
	for i := range m.regs {
		m.regs[i] = -1
	}
	m.result = false
	pc := 0
	for {
		if err := m.b.Step(1); err != nil {
			return false, err
		}
		in := &m.re.program[pc]
		pc++
		ok, err := true, error(nil)
		switch in.op {
		case opMatch:
			return true, nil
		case opChar, opClass, opBegin, opEnd, opBoundary:
			if pos, ok = m.simple(in, pos); ok && (pc > 1 || m.re.first >= 0) { // Rhino searches for the first step first
				m.result = true
			}
		case opBackref:
			pos, ok, err = m.backref(in.reg, pos)
			m.result = true
		case opSave:
			err = m.set(in.reg, pos)
		case opSplit:
			if next := &m.re.program[pc]; next.op.isSimple() {
				if _, ok := m.simple(next, pos); !ok {
					pc = in.target
					break
				}
			}
			err = m.push(entry{kind: choice, pc: in.target, pos: pos})
		case opJump:
			pc = in.target
		case opInit:
			if err = m.set(in.reg, 0); err == nil {
				err = m.set(in.reg+1, -1)
			}
		case opRepeat:
			rounds := m.regs[in.reg]
			m.result = m.result || rounds > 0
			switch {
			case rounds < in.min:
			case rounds > in.min && m.regs[in.reg+1] == pos: // another iteration that consumed nothing is pointless
				ok = false
			case in.max >= 0 && rounds >= in.max:
				pc = in.target
				m.result = m.result || !in.lazy
			case in.lazy:
				err = m.push(entry{kind: choice, pc: pc, pos: pos})
				pc = in.target
			default:
				err = m.push(entry{kind: choice, pc: in.target, pos: pos, result: true})
			}
		case opEnter:
			err = m.enter(in, pos)
		case opRun:
			n := 0
			for pos+n < len(m.in) && (in.max < 0 || n < in.max) && m.unit(in, pos+n) {
				n++
			}
			if err = m.b.Step(n / 16); err != nil {
				break
			}
			if ok = n >= in.min; ok && n > in.min {
				err = m.push(entry{kind: run, pc: pc, pos: pos + n - 1, low: pos + in.min})
			}
			pos += n
			m.result = true
		case opLook:
			m.looks[in.reg] = len(m.stack)
			if in.negative {
				err = m.push(entry{kind: choice, pc: in.target, pos: pos, result: true})
			} else {
				err = m.push(entry{kind: barrier, pos: pos})
			}
		case opLooked:
			if ok = m.result != in.negative; ok {
				pos = m.commit(m.looks[in.reg])
				m.result = true
			} else {
				m.unwind(m.looks[in.reg])
			}
		}
		if err != nil {
			return false, err
		}
		if !ok {
			if pc, pos, ok = m.back(); !ok {
				return false, nil
			}
		}
	}
}

// isSimple reports whether the node is a single step.
func (op opcode) isSimple() bool {
	return op == opChar || op == opClass || op == opBegin || op == opEnd || op == opBoundary
}

// simple takes a single step.
func (m *matcher) simple(in *instruction, pos int) (int, bool) {
	switch in.op {
	case opBegin:
		return pos, pos == 0
	case opEnd:
		return pos, pos == len(m.in)
	case opBoundary:
		before := pos > 0 && word.has(m.in[pos-1])
		after := pos < len(m.in) && word.has(m.in[pos])
		return pos, (before != after) != in.negative
	}
	if pos < len(m.in) && m.unit(in, pos) {
		return pos + 1, true
	}
	return pos, false
}

func (m *matcher) backref(reg, pos int) (int, bool, error) {
	if m.regs[reg] < 0 || m.regs[reg+1] < 0 {
		return pos, true, nil
	}
	text := m.in[m.regs[reg]:max(m.regs[reg], m.regs[reg+1])]
	if err := m.b.Step(len(text) / 16); err != nil {
		return pos, false, err
	}
	for i, c := range text {
		if pos+i >= len(m.in) || m.in[pos+i] != c {
			return pos, false, nil
		}
	}
	return pos + len(text), true, nil
}

// enter begins an iteration of a quantifier, which forgets what its groups matched before.
func (m *matcher) enter(in *instruction, pos int) error {
	if err := m.set(in.reg, m.regs[in.reg]+1); err != nil {
		return err
	}
	if err := m.set(in.reg+1, pos); err != nil {
		return err
	}
	if err := m.b.Step((in.to - in.from) / 16); err != nil {
		return err
	}
	for reg := in.from; reg < in.to; reg++ {
		if err := m.set(reg, -1); err != nil {
			return err
		}
	}
	return nil
}

// back returns to the last choice.
func (m *matcher) back() (pc, pos int, ok bool) {
	for len(m.stack) > 0 {
		e := &m.stack[len(m.stack)-1]
		switch e.kind {
		case restore:
			m.regs[e.pc] = e.pos
		case choice:
			pc, pos, m.result = e.pc, e.pos, e.result
			m.stack = m.stack[:len(m.stack)-1]
			return pc, pos, true
		case run:
			pc, pos, m.result = e.pc, e.pos, true
			if e.pos--; e.pos < e.low {
				m.stack = m.stack[:len(m.stack)-1]
			}
			return pc, pos, true
		}
		m.stack = m.stack[:len(m.stack)-1]
	}
	return 0, 0, false
}

// unwind undoes everything down to a height of the stack.
func (m *matcher) unwind(height int) {
	for len(m.stack) > height {
		if e := m.stack[len(m.stack)-1]; e.kind == restore {
			m.regs[e.pc] = e.pos
		}
		m.stack = m.stack[:len(m.stack)-1]
	}
}

// commit forgets the choices since a look-ahead began, and returns where that was.
func (m *matcher) commit(height int) int {
	pos := m.stack[height].pos
	kept := m.stack[:height]
	for _, e := range m.stack[height+1:] {
		if e.kind == restore {
			kept = append(kept, e)
		}
	}
	m.stack = kept
	return pos
}
