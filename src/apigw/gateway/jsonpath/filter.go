package jsonpath

import (
	"fmt"
	"strings"

	"example.com/guessing-game/src/apigw/gateway/jsonsmart"
	"example.com/guessing-game/src/apigw/vtl/java"
	javaregexp "example.com/guessing-game/src/apigw/vtl/java/regexp"
)

// condition is the content of ?( ).
type condition interface {
	holds(e *evaluation, item java.Value) (bool, error)
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

func (c allOf) holds(e *evaluation, item java.Value) (bool, error) {
	for _, part := range c {
		if ok, err := part.holds(e, item); err != nil || !ok {
			return false, err
		}
	}
	return true, nil
}

func (c anyOf) holds(e *evaluation, item java.Value) (bool, error) {
	for _, part := range c {
		if ok, err := part.holds(e, item); err != nil || ok {
			return ok, err
		}
	}
	return false, nil
}

func (c negate) holds(e *evaluation, item java.Value) (bool, error) {
	ok, err := c.condition.holds(e, item)
	return !ok, err
}

// holds looks for the path in the item, even if it begins with $.
func (c exists) holds(e *evaluation, item java.Value) (bool, error) {
	_, err := c.path.find(e.budget, item, e.doc, true)
	if err != nil && err != ErrNotFound {
		return false, err
	}
	return (err == nil) == c.want, nil
}

// filterCompiler reads a filter. It reads the longest condition that it can; a path that is not
// followed by an operator and a value is an existence check, so that most mistakes are found at the
// end of the condition.
type filterCompiler struct{ compiler }

// compile reads [?( … )]. Its faults count as faults of the surrounding path, in which it begins at
// offset.
func (f *filterCompiler) compile(offset int) condition {
	defer func() {
		if r := recover(); r != nil {
			if inner, ok := r.(*fault); ok {
				r = &fault{offset: offset + inner.offset, message: inner.message, backtracks: true}
			}
			panic(r)
		}
	}()
	f.last-- // the ']'
	f.pos = 1
	f.trim()
	f.pos++ // the '?'
	f.trim()
	c := f.or()
	if f.skipBlanks(); f.has(f.pos) {
		f.invalid(fmt.Sprintf("found %q after the end of the condition", java.FromUnits(f.slice(f.pos, f.last+1))))
	}
	return c
}

// accept reads two characters.
func (f *filterCompiler) accept(two string) {
	f.skipBlanks()
	if !f.has(f.pos+1) || f.cur() != uint16(two[0]) || f.at(f.pos+1) != uint16(two[1]) {
		f.invalid("found " + f.rest() + " where " + two + " must be")
	}
	f.pos += 2
}

// rest is the remaining text as messages show it.
func (f *filterCompiler) rest() string {
	if !f.has(f.pos) {
		return "the end"
	}
	return fmt.Sprintf("%q", java.FromUnits(f.slice(f.pos, min(f.last+1, f.pos+20))))
}

func (f *filterCompiler) or() condition {
	parts := anyOf{f.and()}
	for f.attempt(func() { f.accept("||"); parts = append(parts, f.and()) }) {
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return parts
}

func (f *filterCompiler) and() condition {
	parts := allOf{f.unary()}
	for f.attempt(func() { f.accept("&&"); parts = append(parts, f.unary()) }) {
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return parts
}

func (f *filterCompiler) unary() condition {
	depth := f.depth
	f.deeper()
	defer func() { f.depth = depth }()
	f.skipBlanks()
	before := f.pos
	if f.cur() == '!' {
		f.pos++
		f.skipBlanks()
		if f.cur() != '$' && f.cur() != '@' {
			return negate{f.unary()}
		}
		f.pos = before
	}
	if f.cur() == '(' {
		f.pos++
		c := f.or()
		if f.skipBlanks(); f.cur() != ')' {
			f.invalid("found " + f.rest() + " where an operator or ')' must be")
		}
		f.pos++
		return c
	}
	return f.relation()
}

func (f *filterCompiler) relation() condition {
	left := f.operand()
	c := compare{left: left}
	if f.attempt(func() { c.op = f.operator(); c.right = f.operand() }) {
		return c
	}
	if left.path == nil {
		f.invalid("found " + f.rest() + " where an operator and a value must be")
	}
	return exists{left.path, left.wanted}
}

// operators are those of 2.4.0. Words are case-insensitive.
var operators = map[string]bool{
	"==": true, "!=": true, "===": true, "!==": true, "<": true, "<=": true, ">": true, ">=": true, "=~": true,
	"IN": true, "NIN": true, "CONTAINS": true, "ALL": true, "SIZE": true, "EXISTS": true, "TYPE": true, "MATCHES": true, "EMPTY": true, "SUBSETOF": true,
}

func isOperatorChar(c uint16) bool {
	return c == '<' || c == '>' || c == '=' || c == '~' || c == '!'
}

// operator reads characters of operators, or else a word up to a space.
func (f *filterCompiler) operator() string {
	f.skipBlanks()
	from := f.pos
	if isOperatorChar(f.cur()) {
		for f.has(f.pos) && isOperatorChar(f.cur()) {
			f.pos++
		}
	} else {
		for f.has(f.pos) && f.cur() != ' ' {
			f.pos++
		}
	}
	op := strings.ToUpper(java.FromUnits(f.slice(from, f.pos)))
	if !operators[op] {
		f.invalid(fmt.Sprintf("%q is not an operator", op))
	}
	return op
}

// operand is a side of a comparison: a path or a constant.
type operand struct {
	path   *Path
	wanted bool // of an existence check: no '!' precedes the path
	value  node
}

func (f *filterCompiler) operand() operand {
	f.skipBlanks()
	c := f.cur()
	if c == '!' {
		f.pos++
		f.skipBlanks()
		if c = f.cur(); c != '$' && c != '@' {
			f.invalid("a path must follow the '!'")
		}
	}
	switch c {
	case '$', '@':
		return f.path()
	case '\'', '"':
		return f.quoted(c)
	case 't':
		return operand{value: f.word("true", true)}
	case 'f':
		return operand{value: f.word("false", false)}
	case 'n':
		return operand{value: f.word("null", nil)}
	case '{':
		return f.json('{', '}')
	case '[':
		return f.json('[', ']')
	case '/':
		return f.regex()
	}
	return f.number()
}

func (f *filterCompiler) quoted(quote uint16) operand {
	end := f.unescaped(f.pos, quote)
	if end < 0 {
		f.invalid("a string is not closed")
	}
	s := f.unescape(f.slice(f.pos+1, end))
	f.pos = end + 1
	return operand{value: s}
}

func (f *filterCompiler) word(word string, value node) node {
	end := f.pos + len(word)
	if !f.has(end-1) || java.FromUnits(f.slice(f.pos, end)) != word {
		f.invalid("found " + f.rest() + " where " + word + " must be")
	}
	f.pos = end
	return value
}

// json reads an array or an object. Whether it is valid JSON is checked when its value is needed.
func (f *filterCompiler) json(open, shut uint16) operand {
	end := f.closing(f.pos, open, shut, false)
	if end < 0 {
		f.invalid(fmt.Sprintf("the '%c' is not closed", open))
	}
	text := java.FromUnits(f.slice(f.pos, end+1))
	f.pos = end + 1
	return operand{value: literal(text)}
}

func literal(text string) *jsonNode {
	n := &jsonNode{text: text, literal: true}
	n.value, n.err = jsonsmart.Parse(nil, text)
	return n
}

func (f *filterCompiler) regex() operand {
	end := f.unescaped(f.pos, '/')
	if end < 0 {
		f.invalid("a regular expression is not closed")
	}
	pattern := java.FromUnits(f.slice(f.pos+1, end))
	if f.has(end+1) && f.at(end+1) == 'i' {
		pattern = "(?i)" + pattern
		end++
	}
	re, err := javaregexp.Compile(pattern)
	if err != nil {
		panic(&fault{offset: f.pos, message: err.Error()})
	}
	f.pos = end + 1
	return operand{value: re}
}

// number reads digits, points and signs.
func (f *filterCompiler) number() operand {
	from := f.pos
	for f.has(f.pos) && (isDigit(f.cur()) || f.cur() == '-' || f.cur() == '.') {
		f.pos++
	}
	text := java.FromUnits(f.slice(from, f.pos))
	d, ok := java.ParseDecimal(text)
	if !ok {
		found := text
		if found == "" {
			found = f.rest()
		}
		panic(&fault{offset: from, message: "found " + found + " where a value must be"})
	}
	return operand{value: d}
}

// path reads a path up to an operator, a space or the bracket that closes the enclosing construct.
func (f *filterCompiler) path() operand {
	before := f.significantBefore(f.pos)
	wanted := before < 0 || f.at(before) != '!'
	from := f.pos
	f.pos++
	for f.has(f.pos) {
		if f.cur() == '[' {
			end := f.closing(f.pos, '[', ']', false)
			if end < 0 {
				f.invalid("a '[' is not closed")
			}
			f.pos = end + 1
		}
		c := f.cur()
		if !f.has(f.pos) || isOperatorChar(c) || c == ' ' || c == ')' && !f.closesCall(from) {
			break
		}
		f.pos++
	}
	depth := f.depth
	p := f.inner(f.slice(from, f.pos))
	f.depth = depth
	return operand{path: p, wanted: wanted}
}

// closesCall reports whether the ')' here closes a call without arguments in a path that begins at
// from.
func (f *filterCompiler) closesCall(from int) bool {
	i := f.significantBefore(f.pos)
	if i < 0 || f.at(i) != '(' {
		return false
	}
	for i--; f.has(i) && i > from; i-- {
		if f.at(i) == '.' {
			return true
		}
	}
	return false
}
