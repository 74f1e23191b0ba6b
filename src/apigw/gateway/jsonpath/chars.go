package jsonpath

import (
	"slices"
	"unicode"

	"example.com/guessing-game/src/apigw/vtl/java"
)

// chars is a string read from left to right, in UTF-16 code units, up to a last one. Units past
// the last can be read as long as they belong to the text, as in Jayway: a filter is followed by
// the bracket that encloses it.
type chars struct {
	units []uint16
	pos   int
	last  int
}

func newChars(units []uint16) chars { return chars{units: units, last: len(units) - 1} }

// at returns a unit. Past the text it ends the compilation.
func (c *chars) at(i int) uint16 {
	if i < 0 || i >= len(c.units) {
		panic(&fault{offset: len(c.units), message: "the path ends too early"})
	}
	return c.units[i]
}

func (c *chars) cur() uint16    { return c.at(c.pos) }
func (c *chars) has(i int) bool { return i >= 0 && i <= c.last }
func (c *chars) atEnd() bool    { return c.pos >= c.last }
func (c *chars) text() string   { return java.FromUnits(c.units) }
func (c *chars) slice(from, to int) []uint16 {
	if to < from || to > len(c.units) {
		panic(&fault{offset: len(c.units), message: "the path ends too early"})
	}
	return c.units[from:to]
}

// invalid fails at the current position.
func (c *chars) invalid(message string) {
	panic(&fault{offset: c.pos, message: message, backtracks: true})
}

func (c *chars) skipBlanks() {
	for c.has(c.pos) && c.pos < c.last && c.cur() == ' ' {
		c.pos++
	}
}

func (c *chars) trim() {
	c.skipBlanks()
	for c.has(c.pos) && c.pos < c.last && c.at(c.last) == ' ' {
		c.last--
	}
}

// significantAfter is the index of the first unit after i that is not a space.
func (c *chars) significantAfter(i int) int {
	for i++; c.has(i) && c.at(i) == ' '; i++ {
	}
	return i
}

// nextSignificant is the first unit after i that is not a space, a space if there is none.
func (c *chars) nextSignificant(i int) uint16 {
	if i = c.significantAfter(i); c.has(i) {
		return c.at(i)
	}
	return ' '
}

// indexAfter is the index of the first unit after i that is not a space if it is the wanted one,
// else -1.
func (c *chars) indexAfter(i int, want uint16) int {
	if i = c.significantAfter(i); c.at(i) == want {
		return i
	}
	return -1
}

func (c *chars) isNextSignificant(i int, want uint16) bool {
	i = c.significantAfter(i)
	return c.has(i) && c.at(i) == want
}

// significantBefore is the index of the last unit before i that is not a space, -1 if there is
// none.
func (c *chars) significantBefore(i int) int {
	for i--; c.has(i) && c.at(i) == ' '; i-- {
	}
	if !c.has(i) {
		return -1
	}
	return i
}

// find is the index of the first unit equal to want from i on, -1 if there is none.
func (c *chars) find(i int, want uint16) int {
	if i > c.last {
		return -1
	}
	if n := slices.Index(c.units[i:c.last+1], want); n >= 0 {
		return i + n
	}
	return -1
}

// unescaped is the index of the first unit after i that equals want and has no backslash before
// it, -1 if there is none.
func (c *chars) unescaped(i int, want uint16) int {
	for i++; c.has(i); i++ {
		switch c.at(i) {
		case '\\':
			i++
		case want:
			return i
		}
	}
	return -1
}

// closing is the index of the bracket that closes the one at i, -1 if there is none.
func (c *chars) closing(i int, open, shut uint16, skipRegex bool) int {
	opened := 1
	for i++; c.has(i); i++ {
		if q := c.at(i); q == '\'' || q == '"' {
			if i = c.unescaped(i, q); i < 0 {
				c.invalid("a string in it is not closed")
			}
			i++
		}
		if skipRegex && c.at(i) == '/' {
			if i = c.unescaped(i, '/'); i < 0 {
				c.invalid("a regular expression in it is not closed")
			}
			i++
		}
		if c.at(i) == open {
			opened++
		}
		if c.at(i) == shut {
			if opened--; opened == 0 {
				return i
			}
		}
	}
	return -1
}

// isDigit is Character.isDigit.
func isDigit(c uint16) bool { return unicode.Is(unicode.Nd, rune(c)) }

// fault is what ends the compilation of a path, or of a part of it.
type fault struct {
	offset     int
	message    string
	backtracks bool // a filter then tries another way to read the text
}

// attempt continues reading and reports whether that succeeded. A fault that does not backtrack is
// passed on.
func (c *chars) attempt(read func()) (ok bool) {
	before := c.pos
	defer func() {
		if r := recover(); r != nil {
			if f, isFault := r.(*fault); !isFault || !f.backtracks {
				panic(r)
			}
			c.pos = before
		}
	}()
	read()
	return true
}
