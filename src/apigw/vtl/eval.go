package vtl

import "example.com/guessing-game/src/apigw/vtl/java"

// The values and truths of expressions.

func (c *constant) value(*state) java.Value { return c.v }
func (c *constant) truth(*state) bool       { return c.isTrue }

func (s *interpolated) value(st *state) java.Value {
	start := len(st.out)
	st.renderAll(s.body)
	b := st.out[start:]
	if s.cut && len(b) > 0 {
		b = b[:len(b)-1]
	}
	v := string(b)
	st.out = st.out[:start]
	st.need(len(v))
	return java.JoinHalves(v)
}

func (s *interpolated) truth(*state) bool { return false }

func (l *listExpr) value(st *state) java.Value {
	items := make([]java.Value, len(l.items))
	for i, e := range l.items {
		items[i] = e.value(st)
	}
	st.need(16 * len(items))
	return java.NewList(items...)
}

func (l *listExpr) truth(*state) bool { return false }

func (m *mapExpr) value(st *state) java.Value {
	out := java.NewMap(len(m.items) / 2)
	for i := 0; i < len(m.items); i += 2 {
		k := m.items[i].value(st)
		if _, err := java.Put(st.budget, out, k, m.items[i+1].value(st)); err != nil {
			st.fail(st.at, err)
		}
	}
	return out
}

func (m *mapExpr) truth(*state) bool { return false }

func (r *rangeExpr) value(st *state) java.Value {
	from, to := r.from.value(st), r.to.value(st)
	if !java.IsNumber(from) || !java.IsNumber(to) {
		return nil
	}
	a, b := int64(java.IntValue(from)), int64(java.IntValue(to))
	n := b - a
	step := int64(1)
	if n < 0 {
		n, step = -n, -1
	}
	n++
	if n > int64(st.limits.RangeSize) {
		st.limit(r.place, "RangeSize", st.limits.RangeSize, "the range [%d..%d] has more than %d elements", a, b, st.limits.RangeSize)
	}
	st.need(16 * int(n))
	items := make([]java.Value, n)
	for i := range items {
		items[i] = java.Int(int32(a + int64(i)*step))
	}
	return java.NewList(items...)
}

func (r *rangeExpr) truth(*state) bool { return false }

func (l *logicExpr) value(st *state) java.Value { return l.truth(st) }

func (l *logicExpr) truth(st *state) bool {
	if l.and {
		return l.left.truth(st) && st.stop == nil && l.right.truth(st)
	}
	return l.left.truth(st) || st.stop == nil && l.right.truth(st)
}

func (n *notExpr) value(st *state) java.Value { return !n.operand.truth(st) }
func (n *notExpr) truth(st *state) bool       { return !n.operand.truth(st) }

func (e *equalExpr) value(st *state) java.Value { return e.truth(st) }

func (e *equalExpr) truth(st *state) bool {
	a := e.left.value(st)
	b := e.right.value(st)
	if st.stop != nil {
		return false
	}
	return st.looselyEqual(e.place, a, b) != e.negate
}

// looselyEqual is ==: numbers by value, values of one class by equals, and all others by their
// string form.
func (st *state) looselyEqual(at place, a, b java.Value) bool {
	if s, ok := a.(string); ok {
		if t, ok := b.(string); ok {
			if err := st.budget.Step(len(s) >> 10); err != nil {
				st.fail(at, err)
			}
			return s == t
		}
	}
	if java.IsNumber(a) && java.IsNumber(b) {
		n, err := java.Compare(a, b)
		if err != nil {
			st.fail(at, err)
		}
		return n == 0
	}
	if a != nil && b != nil && java.Related(a, b) {
		ok, err := java.Equal(st.budget, a, b)
		if err != nil {
			st.fail(at, err)
		}
		return ok
	}
	var s, t string
	haveA, haveB := a != nil, b != nil
	if haveA {
		s, haveA = st.text(at, a)
	}
	if haveB {
		t, haveB = st.text(at, b)
	}
	return haveA == haveB && s == t
}

func (c *compareExpr) value(st *state) java.Value { return c.truth(st) }

func (c *compareExpr) truth(st *state) bool {
	a := c.left.value(st)
	b := c.right.value(st)
	if !java.IsNumber(a) || !java.IsNumber(b) || st.stop != nil {
		return false
	}
	n, err := java.Compare(a, b)
	if err != nil {
		st.fail(c.place, err)
	}
	switch c.op {
	case nodeLT:
		return n < 0
	case nodeGT:
		return n > 0
	case nodeLE:
		return n <= 0
	}
	return n >= 0
}

func (m *mathExpr) value(st *state) java.Value {
	a := m.left.value(st)
	b := m.right.value(st)
	if st.stop != nil {
		return nil
	}
	if x, ok := a.(int32); ok {
		if y, ok := b.(int32); ok && m.op != '/' && m.op != '%' {
			n := int64(x)
			switch m.op {
			case '+':
				n += int64(y)
			case '-':
				n -= int64(y)
			case '*':
				n *= int64(y)
			}
			if n == int64(int32(n)) {
				return java.Int(int32(n))
			}
			return n
		}
	}
	if m.op == '+' {
		_, left := a.(string)
		_, right := b.(string)
		if left || right {
			return m.concat(st, a, b)
		}
	}
	v, err := java.Arith(st.budget, m.op, a, b)
	if err != nil {
		st.fail(m.place, err)
	}
	return v
}

func (m *mathExpr) concat(st *state, a, b java.Value) java.Value {
	s, t := m.leftText, m.rightText
	ok := true
	if a != nil {
		s, ok = st.text(m.place, a)
	}
	if b != nil && ok {
		t, ok = st.text(m.place, b)
	}
	if !ok {
		st.fail(m.place, java.Throw("java.lang.NullPointerException", "a block that is nested too deeply in itself has no text"))
	}
	st.need(len(s) + len(t))
	if len(s) > 2 && s[len(s)-3] == 0xED && len(t) > 2 && t[0] == 0xED {
		return java.JoinHalves(s + t)
	}
	return s + t
}

func (m *mathExpr) truth(st *state) bool { return false }
