package jsonpath

import (
	"cmp"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	"example.com/guessing-game/src/apigw/budget"
	"example.com/guessing-game/src/apigw/gateway/jsonsmart"
	"example.com/guessing-game/src/apigw/vtl/java"
	javaregexp "example.com/guessing-game/src/apigw/vtl/java/regexp"
)

// node is a value as a filter compares it: nil, bool, string, *java.Decimal, *javaregexp.Regexp,
// *jsonNode, *Path as an item of a list, or undefined.
type node any

// undefined is the value of a path that matches nothing. It equals nothing.
type undefined struct{}

// jsonNode is an array or object of the document, or a literal's text.
type jsonNode struct {
	text    string
	literal bool
	value   java.Value
	err     error // of a literal that is not JSON
}

// errRejects ends a condition that does not apply to a value: the item is left out, whatever the
// other conditions.
var errRejects = errors.New("the operator cannot be applied to this value")

func (o operand) eval(e *evaluation, item java.Value) (node, error) {
	if o.path == nil {
		return o.value, nil
	}
	v, err := e.operand(o.path, item)
	if err == ErrNotFound {
		return undefined{}, nil
	}
	if err != nil {
		return nil, err
	}
	return nodeOf(v)
}

// operand evaluates a path for a comparison. A path that begins with $ is evaluated once. Inside an
// existence check it requires every property, as that does.
func (e *evaluation) operand(p *Path, item java.Value) (java.Value, error) {
	if p.relative {
		return p.find(e.budget, item, e.doc, e.strict)
	}
	if v, ok := e.found[p]; ok {
		return v, nil
	}
	v, err := p.find(e.budget, e.doc, e.doc, e.strict)
	if err == nil {
		if e.found == nil {
			e.found = map[*Path]java.Value{}
		}
		e.found[p] = v
	}
	return v, err
}

func nodeOf(v java.Value) (node, error) {
	switch v := v.(type) {
	case nil, bool:
		return v, nil
	case string:
		return unquoted(v), nil
	case *java.Map, *java.List:
		return &jsonNode{value: v}, nil
	}
	return numberNode(v)
}

// numberNode is the number that a value prints as.
func numberNode(v java.Value) (node, error) {
	switch v := v.(type) {
	case *java.Decimal:
		return v, nil
	case int32, int64, float64, *big.Int:
		if d, ok := java.ParseDecimal(java.String(v)); ok {
			return d, nil
		}
	}
	return nil, fmt.Errorf("%.40s cannot be compared", java.String(v))
}

// unquoted removes quotes around a string, which Jayway takes for those of a literal.
func unquoted(s string) string {
	if n := len(s); n > 1 && (s[0] == '\'' || s[0] == '"') && s[n-1] == s[0] {
		return s[1 : n-1]
	}
	return s
}

func (c compare) holds(e *evaluation, item java.Value) (bool, error) {
	if err := e.budget.Step(1); err != nil {
		return false, err
	}
	l, err := c.left.eval(e, item)
	if err != nil {
		return false, err
	}
	r, err := c.right.eval(e, item)
	if err != nil {
		return false, err
	}
	switch c.op {
	case "==":
		return equal(e.budget, l, r)
	case "!=":
		ok, err := equal(e.budget, l, r)
		return !ok, err
	case "===":
		return same(e.budget, l, r)
	case "!==":
		ok, err := same(e.budget, l, r)
		return !ok, err
	case "<", "<=", ">", ">=":
		return ordered(e.budget, c.op, l, r)
	case "=~":
		return matches(e.budget, l, r)
	case "IN":
		return in(e.budget, l, r)
	case "NIN":
		ok, err := in(e.budget, l, r)
		return !ok, err
	case "CONTAINS":
		return contains(e.budget, l, r)
	case "SUBSETOF":
		return subset(e.budget, l, r)
	case "SIZE":
		return size(l, r)
	case "EMPTY":
		return empty(l, r)
	case "EXISTS":
		return existence(l, r)
	}
	return false, errRejects // ALL, TYPE and MATCHES need operands that no filter can express
}

// equal is Java's equals of the nodes: a number equals the text of one, an array the same array
// with items of the same types. A literal array or object equals its right side only as text.
func equal(b *budget.Budget, l, r node) (bool, error) {
	switch l := l.(type) {
	case nil:
		return r == nil, nil
	case bool:
		x, ok := r.(bool)
		return ok && l == x, nil
	case string:
		if err := b.Read(len(l)); err != nil {
			return false, err
		}
		switch r := r.(type) {
		case string:
			return l == r, nil
		case *java.Decimal:
			return l == r.String(), nil
		}
	case *java.Decimal:
		switch r := r.(type) {
		case string:
			d, ok := java.ParseDecimal(r)
			return ok && l.Cmp(d) == 0, nil
		case *java.Decimal:
			return l.Cmp(r) == 0, b.Step(1)
		}
	case *javaregexp.Regexp:
		return r == node(l), nil
	case *jsonNode:
		x, ok := r.(*jsonNode)
		switch {
		case !ok:
			return false, nil
		case l == x:
			return true, nil
		case l.literal:
			return false, x.err
		case x.err != nil:
			return false, x.err
		}
		return java.Equal(b, l.value, x.value)
	}
	return false, nil
}

// same is equal of nodes of the same kind.
func same(b *budget.Budget, l, r node) (bool, error) {
	if kindOf(l) != kindOf(r) {
		return false, nil
	}
	return equal(b, l, r)
}

func kindOf(n node) string { return fmt.Sprintf("%T", n) }

func ordered(b *budget.Budget, op string, l, r node) (bool, error) {
	n := 0
	switch l := l.(type) {
	case *java.Decimal:
		x, ok := r.(*java.Decimal)
		if !ok {
			return false, nil
		}
		n = l.Cmp(x)
	case string:
		x, ok := r.(string)
		if !ok {
			return false, nil
		}
		if err := b.Read(min(len(l), len(x))); err != nil {
			return false, err
		}
		n = int(java.CompareStrings(l, x))
	default:
		return false, nil
	}
	switch op {
	case "<":
		return n < 0, nil
	case "<=":
		return n <= 0, nil
	case ">":
		return n > 0, nil
	}
	return n >= 0, nil
}

func matches(b *budget.Budget, l, r node) (bool, error) {
	re, isRegex := r.(*javaregexp.Regexp)
	v := l
	if left, ok := l.(*javaregexp.Regexp); ok {
		if isRegex {
			return false, nil
		}
		re, v = left, r
	} else if !isRegex {
		return false, nil
	}
	text := ""
	switch v := v.(type) {
	case string:
		text = v
	case bool:
		text = fmt.Sprint(v)
	case *java.Decimal:
		text = v.String()
	}
	start := time.Now()
	ok, err := re.Matches(text)
	return ok, cmp.Or(err, b.Read(len(text)), b.Spend(time.Since(start)))
}

// items makes the nodes of a list. ok is false if the value is not a list; the error is errRejects
// if it is not JSON at all.
func items(b *budget.Budget, n node) (list []node, ok bool, err error) {
	j, isJSON := n.(*jsonNode)
	if !isJSON {
		return nil, false, errRejects
	}
	if j.err != nil {
		return nil, false, j.err
	}
	l, ok := j.value.(*java.List)
	if !ok {
		return nil, false, nil
	}
	if err := b.Make(16 * l.Len()); err != nil {
		return nil, false, err
	}
	list = make([]node, l.Len())
	for i := range list {
		if list[i], err = itemNode(b, l.At(i)); err != nil {
			return nil, false, err
		}
	}
	return list, true, nil
}

// itemNode makes a node of an item. A string that is a path or JSON counts as that, any other as a
// literal with its escapes.
func itemNode(b *budget.Budget, v java.Value) (node, error) {
	switch v := v.(type) {
	case nil, bool:
		return v, nil
	case *java.Map, *java.List:
		return nil, errors.New("a list with a list or an object in it cannot be compared")
	case string:
		if err := b.Step(1 + len(v)/16); err != nil {
			return nil, err
		}
		text := strings.Trim(v, javaBlanks)
		if text != "" && (text[0] == '$' || text[0] == '@') {
			if p, err := Compile(text); err == nil {
				return p, nil
			}
		}
		if n := len(text); n > 1 && (text[0] == '[' && text[n-1] == ']' || text[0] == '{' && text[n-1] == '}') {
			if _, err := jsonsmart.Parse(b, text); err == nil {
				return literal(v), nil
			}
		}
		out, ok := unescape(java.Units(unquoted(v)))
		if !ok {
			return nil, errors.New(`\u must be followed by four hexadecimal digits`)
		}
		return java.FromUnits(out), nil
	}
	return numberNode(v)
}

// holdsNode reports whether a list contains a value that a node equals.
func holdsNode(b *budget.Budget, list []node, n node) (bool, error) {
	for _, item := range list {
		if j, ok := n.(*jsonNode); ok { // only strings are the same
			if x, ok := item.(*jsonNode); ok && j.literal && x.literal && j.text == x.text {
				return true, nil
			}
			continue
		}
		if _, ok := item.(*jsonNode); ok {
			continue
		}
		if ok, err := equal(b, n, item); ok || err != nil {
			return ok, err
		}
	}
	return false, b.Step(len(list))
}

func in(b *budget.Budget, l, r node) (bool, error) {
	list, ok, err := items(b, r)
	if !ok || err != nil {
		return false, err
	}
	return holdsNode(b, list, l)
}

func contains(b *budget.Budget, l, r node) (bool, error) {
	switch l := l.(type) {
	case string:
		part, ok := r.(string)
		return ok && strings.Contains(l, part), b.Read(len(l))
	case *jsonNode:
		return in(b, r, l)
	}
	return false, nil
}

func subset(b *budget.Budget, l, r node) (bool, error) {
	right, ok, err := items(b, r)
	if !ok || err != nil {
		return false, err
	}
	left, ok, err := items(b, l)
	if !ok || err != nil {
		return false, err
	}
	for _, n := range left {
		if ok, err := holdsNode(b, right, n); !ok || err != nil {
			return false, err
		}
	}
	return true, nil
}

// size compares the length of a string or a list with a number, of which only the low 32 bits
// count. Other JSON has the length -1.
func size(l, r node) (bool, error) {
	d, ok := r.(*java.Decimal)
	if !ok {
		return false, nil
	}
	want := java.IntValue(d)
	switch l := l.(type) {
	case string:
		return int(want) == len(java.Units(l)), nil
	case *jsonNode:
		if l.err != nil {
			return false, l.err
		}
		n := -1
		if list, ok := l.value.(*java.List); ok {
			n = list.Len()
		}
		return int(want) == n, nil
	}
	return false, nil
}

func empty(l, r node) (bool, error) {
	is := false
	switch l := l.(type) {
	case string:
		is = l == ""
	case *jsonNode:
		switch v := l.value.(type) {
		case *java.List:
			is = v.Len() == 0
		case *java.Map:
			is = v.Len() == 0
		}
		if l.err != nil {
			return false, l.err
		}
	default:
		return false, nil
	}
	want, ok := r.(bool)
	if !ok {
		return false, errRejects
	}
	return is == want, nil
}

func existence(l, r node) (bool, error) {
	a, ok := l.(bool)
	c, ok2 := r.(bool)
	switch {
	case !ok && !ok2:
		return false, errors.New("exists needs a boolean")
	case !ok || !ok2:
		return false, errRejects
	}
	return a == c, nil
}
