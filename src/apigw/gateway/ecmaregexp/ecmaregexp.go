// Package ecmaregexp matches the regular expressions of JSON Schema as the service's validator
// does, with Rhino's ECMA 262.
//
// A character is a UTF-16 code unit: "." matches half of an emoji. There are no flags, no
// look-behind, no named groups and no Unicode classes: \p{L} is the text "p{L}". Octal escapes, and
// escapes that are cut short, are read as Rhino reads them. The engine backtracks, as the language
// requires, on its own stack, and takes every step from a budget.
package ecmaregexp

import (
	"fmt"
	"unicode/utf16"

	"example.com/guessing-game/src/apigw/budget"
)

// MaxNesting bounds how deep groups nest, since they are parsed recursively.
const MaxNesting = 500

// A SyntaxError describes an invalid pattern.
type SyntaxError struct {
	Pattern string
	Offset  int // in UTF-16 code units, 0-based
	Message string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%q is not a valid regular expression of ECMA 262: %s at position %d", e.Pattern, e.Message, e.Offset)
}

// Regexp is a compiled pattern, safe for concurrent use.
type Regexp struct {
	source  string
	program []instruction
	saves   int // registers of groups
	loops   int // registers of quantifiers, two for each
	looks   int // look-aheads
	first   int // the code unit each match begins with, -1 if there is none
}

// String returns the pattern.
func (re *Regexp) String() string { return re.source }

// Compile compiles a pattern. The error is a *SyntaxError.
func Compile(pattern string) (*Regexp, error) {
	root, groups, err := parse(pattern)
	if err != nil {
		return nil, err
	}
	c := compiler{re: &Regexp{source: pattern, saves: 2 * groups, first: -1}}
	c.emit(root)
	c.add(instruction{op: opMatch})
	if in := c.re.program[0]; in.op == opChar {
		c.re.first = int(in.char)
	}
	return c.re, nil
}

// nodeBytes is the memory that parsing takes for each code unit, at most.
const nodeBytes = 160

// Valid reports whether text is a pattern. The error is the budget's.
func Valid(b *budget.Budget, text string) (bool, error) {
	if err := b.Make(nodeBytes * len(text)); err != nil {
		return false, err
	}
	_, _, err := parse(text)
	return err == nil, nil
}

// parse returns a pattern's tree and how many groups it has.
func parse(pattern string) (root *node, groups int, err error) {
	p := parser{pattern: pattern, src: utf16.Encode([]rune(pattern))}
	if root, err = p.disjunction(); err != nil {
		return nil, 0, err
	}
	if p.maxBackref > p.groups { // read again by Rhino, with octal escapes only
		p = parser{pattern: pattern, src: p.src, octals: true}
		if root, err = p.disjunction(); err != nil {
			return nil, 0, err
		}
	}
	return root, p.groups, nil
}

// Match reports whether the pattern matches anywhere in s. The error is the budget's.
func (re *Regexp) Match(b *budget.Budget, s string) (bool, error) {
	units := utf16.Encode([]rune(s))
	if err := b.Make(2 * len(units)); err != nil {
		return false, err
	}
	m := matcher{re: re, b: b, in: units, regs: make([]int, re.saves+re.loops), looks: make([]int, re.looks)}
	for at := 0; at <= len(units); at++ {
		if re.first >= 0 {
			for at < len(units) && int(units[at]) != re.first {
				at++
			}
			if at == len(units) {
				return false, nil
			}
		}
		if ok, err := m.from(at); ok || err != nil {
			return ok, err
		}
		if re.program[0].op == opBegin {
			break
		}
	}
	return false, nil
}
