package jsonpath

import (
	"math/big"
	"strings"

	"example.com/guessing-game/src/apigw/gateway/jsonsmart"
	"example.com/guessing-game/src/apigw/vtl/java"
	javaregexp "example.com/guessing-game/src/apigw/vtl/java/regexp"
)

// condition is what stands inside ?( ).
type condition interface {
	holds(item, doc java.Value) (bool, error)
}

type (
	allOf  []condition
	anyOf  []condition
	negate struct{ condition }
	exists struct {
		path *Path
		want bool
	}
	compare struct {
		left, right operand
		op          string
	}
)

func (c allOf) holds(item, doc java.Value) (bool, error) {
	for _, part := range c {
		if ok, err := part.holds(item, doc); err != nil || !ok {
			return false, err
		}
	}
	return true, nil
}

func (c anyOf) holds(item, doc java.Value) (bool, error) {
	for _, part := range c {
		if ok, err := part.holds(item, doc); err != nil || ok {
			return ok, err
		}
	}
	return false, nil
}

func (c negate) holds(item, doc java.Value) (bool, error) {
	ok, err := c.condition.holds(item, doc)
	return !ok, err
}

func (c exists) holds(item, doc java.Value) (bool, error) {
	_, err := c.path.find(item, doc, true)
	if err != nil && err != ErrNotFound {
		return false, err
	}
	return (err == nil) == c.want, nil
}

// operand is a side of a comparison: a path, a constant or a regular expression.
type operand struct {
	path  *Path
	value java.Value
	regex *javaregexp.Regexp
}

// undefined is the value of a path that leads nowhere. It equals nothing.
type undefined struct{}

func (o operand) eval(item, doc java.Value) (java.Value, error) {
	if o.path == nil {
		return o.value, nil
	}
	v, err := o.path.find(item, doc, false)
	if err == ErrNotFound {
		return undefined{}, nil
	}
	return v, err
}

func (c compare) holds(item, doc java.Value) (bool, error) {
	l, err := c.left.eval(item, doc)
	if err != nil {
		return false, err
	}
	r, err := c.right.eval(item, doc)
	if err != nil {
		return false, err
	}
	switch c.op {
	case "==":
		return equal(l, r), nil
	case "!=":
		return !equal(l, r), nil
	case "===":
		return sameType(l, r) && equal(l, r), nil
	case "!==":
		return !(sameType(l, r) && equal(l, r)), nil
	case "<":
		n, ok := order(l, r)
		return ok && n < 0, nil
	case "<=":
		n, ok := order(l, r)
		return ok && n <= 0, nil
	case ">":
		n, ok := order(l, r)
		return ok && n > 0, nil
	case ">=":
		n, ok := order(l, r)
		return ok && n >= 0, nil
	case "=~":
		return c.matches(l, r)
	case "IN":
		return contains(r, l), nil
	case "NIN":
		return !contains(r, l), nil
	case "CONTAINS":
		if s, ok := l.(string); ok {
			part, ok := r.(string)
			return ok && strings.Contains(s, part), nil
		}
		return contains(l, r), nil
	case "ALL", "SUBSETOF", "ANYOF", "NONEOF":
		return sets(c.op, l, r), nil
	case "SIZE":
		want, ok := number(r)
		if !ok {
			return false, nil
		}
		n, ok := size(l)
		return ok && want.Cmp(big.NewFloat(float64(n))) == 0, nil
	case "EMPTY":
		want, ok := r.(bool)
		n, has := size(l)
		if m, isMap := l.(*java.Map); isMap {
			n, has = m.Len(), true
		}
		return ok && has && (n == 0) == want, nil
	}
	panic("jsonpath: unknown operator " + c.op)
}

func (c compare) matches(l, r java.Value) (bool, error) {
	re, v := c.right.regex, l
	if c.left.regex != nil {
		re, v = c.left.regex, r
	}
	if re == nil || c.left.regex != nil && c.right.regex != nil {
		return false, nil
	}
	text := ""
	switch v.(type) {
	case string, bool, int32, int64, *big.Int, float64:
		text = java.String(v)
	}
	return re.Matches(text)
}

func size(v java.Value) (int, bool) {
	switch v := v.(type) {
	case string:
		return len([]rune(v)), true
	case *java.List:
		return v.Len(), true
	}
	return 0, false
}

func number(v java.Value) (*big.Float, bool) {
	switch v := v.(type) {
	case int32:
		return new(big.Float).SetInt64(int64(v)), true
	case int64:
		return new(big.Float).SetPrec(64).SetInt64(v), true
	case float64:
		if v != v {
			return nil, false
		}
		return big.NewFloat(v), true
	case *big.Int:
		return new(big.Float).SetInt(v), true
	}
	return nil, false
}

func sameType(l, r java.Value) bool {
	_, lok := number(l)
	_, rok := number(r)
	if lok || rok {
		return lok && rok
	}
	switch l.(type) {
	case nil:
		return r == nil
	case string:
		_, ok := r.(string)
		return ok
	case bool:
		_, ok := r.(bool)
		return ok
	case *java.Map, *java.List:
		switch r.(type) {
		case *java.Map, *java.List:
			return true
		}
	}
	return false
}

func order(l, r java.Value) (int, bool) {
	if a, ok := number(l); ok {
		b, ok := number(r)
		if !ok {
			return 0, false
		}
		return a.Cmp(b), true
	}
	a, ok := l.(string)
	b, ok2 := r.(string)
	return strings.Compare(a, b), ok && ok2
}

// equal compares as Jayway's == does: a number and a string that holds one are equal.
func equal(l, r java.Value) bool {
	switch l := l.(type) {
	case undefined:
		return false
	case nil:
		return r == nil
	case bool:
		b, ok := r.(bool)
		return ok && l == b
	case string:
		if s, ok := r.(string); ok {
			return l == s
		}
		if _, ok := number(r); ok {
			return l == java.String(r)
		}
		return false
	case *java.Map:
		m, ok := r.(*java.Map)
		if !ok || l.Len() != m.Len() {
			return false
		}
		for k, v := range l.All() {
			w, ok := m.Get(k)
			if !ok || !equal(v, w) {
				return false
			}
		}
		return true
	case *java.List:
		m, ok := r.(*java.List)
		if !ok || l.Len() != m.Len() {
			return false
		}
		for i := range l.Len() {
			if !equal(l.At(i), m.At(i)) {
				return false
			}
		}
		return true
	}
	a, ok := number(l)
	if !ok {
		return false
	}
	if s, ok := r.(string); ok {
		b, _, err := big.ParseFloat(s, 10, 64, big.ToNearestEven)
		return err == nil && a.Cmp(b) == 0
	}
	b, ok := number(r)
	return ok && a.Cmp(b) == 0
}

func contains(list, v java.Value) bool {
	l, ok := list.(*java.List)
	if !ok {
		return false
	}
	for i := range l.Len() {
		if equal(l.At(i), v) {
			return true
		}
	}
	return false
}

func sets(op string, l, r java.Value) bool {
	a, ok := l.(*java.List)
	b, ok2 := r.(*java.List)
	if !ok || !ok2 {
		return false
	}
	if op == "ALL" {
		a, b = b, a
	}
	shared := 0
	for i := range a.Len() {
		if contains(b, a.At(i)) {
			shared++
		}
	}
	switch op {
	case "ANYOF":
		return shared > 0
	case "NONEOF":
		return shared == 0
	}
	return shared == a.Len()
}

// operators that are words are written in any case.
var operators = map[string]bool{
	"==": true, "!=": true, "===": true, "!==": true, "<": true, "<=": true, ">": true, ">=": true, "=~": true,
	"IN": true, "NIN": true, "CONTAINS": true, "ALL": true, "SUBSETOF": true, "ANYOF": true, "NONEOF": true, "SIZE": true, "EMPTY": true,
}

func (c *compiler) condition(inner string) (*token, error) {
	body := strings.TrimSpace(inner[1:])
	if !strings.HasPrefix(body, "(") || !strings.HasSuffix(body, ")") {
		return nil, c.fail("a filter is written [?( … )]")
	}
	f := filterParser{compiler: compiler{src: body, depth: c.depth}}
	cond, err := f.or()
	if err == nil {
		if f.skipSpace(); f.pos < len(f.src) {
			err = f.fail("found %s after the end of the condition", f.src[f.pos:])
		}
	}
	if err != nil {
		return nil, err
	}
	return &token{kind: filter, cond: cond}, nil
}

type filterParser struct{ compiler }

func (f *filterParser) skipSpace() {
	for f.pos < len(f.src) && (f.src[f.pos] == ' ' || f.src[f.pos] == '\t' || f.src[f.pos] == '\n' || f.src[f.pos] == '\r') {
		f.pos++
	}
}

func (f *filterParser) accept(s string) bool {
	f.skipSpace()
	if strings.HasPrefix(f.src[f.pos:], s) {
		f.pos += len(s)
		return true
	}
	return false
}

func (f *filterParser) or() (condition, error) {
	var parts anyOf
	for {
		c, err := f.and()
		if err != nil {
			return nil, err
		}
		parts = append(parts, c)
		if !f.accept("||") {
			break
		}
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	return parts, nil
}

func (f *filterParser) and() (condition, error) {
	var parts allOf
	for {
		c, err := f.unary()
		if err != nil {
			return nil, err
		}
		parts = append(parts, c)
		if !f.accept("&&") {
			break
		}
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	return parts, nil
}

func (f *filterParser) unary() (condition, error) {
	if f.depth++; f.depth > MaxDepth {
		return nil, f.fail("more than %d conditions inside each other", MaxDepth)
	}
	defer func() { f.depth-- }()
	if f.accept("!") {
		f.skipSpace()
		if f.pos < len(f.src) && (f.src[f.pos] == '$' || f.src[f.pos] == '@') {
			left, err := f.operand()
			if err != nil {
				return nil, err
			}
			return f.relation(left, false)
		}
		c, err := f.unary()
		if err != nil {
			return nil, err
		}
		return negate{c}, nil
	}
	if f.accept("(") {
		c, err := f.or()
		if err != nil {
			return nil, err
		}
		if !f.accept(")") {
			return nil, f.fail("found %q where an operator or ')' must be", f.src[f.pos:])
		}
		return c, nil
	}
	left, err := f.operand()
	if err != nil {
		return nil, err
	}
	return f.relation(left, true)
}

func (f *filterParser) relation(left operand, exist bool) (condition, error) {
	before := f.pos
	op := f.operator()
	if !operators[op] {
		f.pos = before
		if left.path == nil {
			return nil, f.fail("found %q where an operator must be", op)
		}
		return exists{left.path, exist}, nil
	}
	right, err := f.operand()
	if err != nil {
		return nil, err
	}
	return compare{left: left, right: right, op: op}, nil
}

func (f *filterParser) operator() string {
	f.skipSpace()
	from := f.pos
	for f.pos < len(f.src) && strings.IndexByte("<>=~!", f.src[f.pos]) >= 0 {
		f.pos++
	}
	if f.pos == from {
		for f.pos < len(f.src) && (f.src[f.pos]|0x20 >= 'a' && f.src[f.pos]|0x20 <= 'z') {
			f.pos++
		}
	}
	return strings.ToUpper(f.src[from:f.pos])
}

func (f *filterParser) operand() (operand, error) {
	f.skipSpace()
	if f.pos >= len(f.src) {
		return operand{}, f.fail("the condition ends where a value must be")
	}
	switch ch := f.src[f.pos]; ch {
	case '$', '@':
		return f.path()
	case '\'', '"':
		n := closingQuote(f.src[f.pos+1:], ch)
		if n < 0 {
			return operand{}, f.fail("the string is not closed")
		}
		s := unescape(f.src[f.pos+1 : f.pos+1+n])
		f.pos += n + 2
		return operand{value: s}, nil
	case '/':
		return f.regex()
	case '{', '[':
		end := f.matching(f.pos)
		if end < 0 {
			return operand{}, f.fail("the %q is not closed", ch)
		}
		v, err := jsonsmart.Parse(f.src[f.pos : end+1])
		if err != nil {
			return operand{}, f.fail("%v", err)
		}
		f.pos = end + 1
		return operand{value: v}, nil
	}
	n := strings.IndexAny(f.src[f.pos:], " )&|<>=!")
	if n < 0 {
		n = len(f.src) - f.pos
	}
	word := f.src[f.pos : f.pos+n]
	v, err := jsonsmart.Parse(word)
	if _, isWord := v.(string); isWord || err != nil {
		return operand{}, f.fail("found %q where a value must be", word)
	}
	f.pos += n
	return operand{value: v}, nil
}

func (f *filterParser) regex() (operand, error) {
	n := closingQuote(f.src[f.pos+1:], '/')
	if n < 0 {
		return operand{}, f.fail("the regular expression is not closed")
	}
	pattern := f.src[f.pos+1 : f.pos+1+n]
	after := f.pos + n + 2
	if after < len(f.src) && f.src[after] == 'i' {
		pattern = "(?i)" + pattern
		after++
	}
	re, err := javaregexp.Compile(pattern)
	if err != nil {
		return operand{}, f.fail("%v", err)
	}
	f.pos = after
	return operand{regex: re}, nil
}

// path reads a path up to an operator, a blank or the bracket that closes what is around it.
func (f *filterParser) path() (operand, error) {
	from := f.pos
	f.pos++
loop:
	for f.pos < len(f.src) {
		switch f.src[f.pos] {
		case '[', '(':
			end := f.matching(f.pos)
			if end < 0 {
				return operand{}, f.fail("the %q is not closed", f.src[f.pos])
			}
			f.pos = end + 1
		case '<', '>', '=', '~', '!', ' ', ')', '&', '|':
			break loop
		default:
			f.pos++
		}
	}
	if f.depth+1 > MaxDepth {
		return operand{}, f.fail("more than %d paths inside each other", MaxDepth)
	}
	sub := compiler{src: f.src[from:f.pos], depth: f.depth + 1}
	p, err := sub.compile()
	if err != nil {
		return operand{}, err
	}
	return operand{path: p}, nil
}
