package vtl

import "example.com/guessing-game/src/apigw/budget"

// maxLookahead bounds the search for the ".." of a range, whose time is exponential in the nesting
// of "[$a.f([".
const maxLookahead = 1 << 20

// rangeAhead scans for "[", a reference or integer, and "..", as far as needed.
func (p *parser) rangeAhead() bool {
	s := scanner{p: p, t: p.token}
	if !s.take(tokLBracket) {
		return false
	}
	s.take(tokWhitespace)
	if !s.reference() && !s.take(tokInteger) {
		return false
	}
	s.take(tokWhitespace)
	return s.take(tokDoubleDot)
}

// A scanner looks ahead without limit: t is the last token it accepted.
type scanner struct {
	p     *parser
	t     *token
	depth int
}

func (s *scanner) take(kinds ...tokenKind) bool {
	next := s.p.after(s.t)
	if s.p.scanned++; s.p.scanned > maxLookahead {
		panic(s.p.src.errorAt(next.begin, "lists and method calls are nested in too complicated a way"))
	}
	for _, k := range kinds {
		if next.kind == k {
			s.t = next
			return true
		}
	}
	return false
}

// optional runs f and goes back if it fails.
func (s *scanner) optional(f func() bool) bool {
	at := s.t
	if f() {
		return true
	}
	s.t = at
	return false
}

func (s *scanner) reference() bool {
	if s.depth++; s.depth > MaxParseDepth {
		s.p.enter(s.t)
		e := s.p.src.errorAt(s.t.begin, "nested deeper than %d levels", MaxParseDepth)
		e.Err = &budget.LimitError{Limit: "MaxParseDepth", Max: MaxParseDepth}
		panic(e)
	}
	defer func() { s.depth-- }()
	return s.optional(func() bool {
		if s.take(tokIdentifier) {
			s.tail()
			return true
		}
		if s.take(tokLCurly) && s.take(tokIdentifier) {
			s.tail()
			return s.take(tokRCurly)
		}
		return false
	})
}

func (s *scanner) tail() {
	indexes := func() {
		for s.optional(s.index) {
		}
	}
	indexes()
	for s.optional(func() bool {
		if !s.take(tokDot) {
			return false
		}
		if !s.optional(s.method) && !s.take(tokIdentifier) {
			return false
		}
		indexes()
		return true
	}) {
	}
}

func (s *scanner) index() bool {
	if !s.take(tokIndexLBracket) {
		return false
	}
	s.take(tokWhitespace)
	if !s.take(tokString, tokInteger, tokTrue, tokFalse) && !s.reference() {
		return false
	}
	s.take(tokWhitespace)
	return s.take(tokIndexRBracket)
}

func (s *scanner) method() bool {
	if !s.take(tokIdentifier) || !s.take(tokLParen) {
		return false
	}
	s.optional(func() bool { return s.list(tokComma, s.parameter) })
	return s.take(tokRefmod2RParen)
}

func (s *scanner) list(separator tokenKind, item func() bool) bool {
	if !item() {
		return false
	}
	for s.optional(func() bool { return s.take(separator) && item() }) {
	}
	return true
}

func (s *scanner) parameter() bool {
	s.take(tokWhitespace)
	ok := s.take(tokString, tokInteger, tokTrue, tokFalse, tokFloat) || s.optional(s.rangeLiteral) || s.optional(s.mapLiteral) ||
		s.optional(s.listLiteral) || s.reference()
	if !ok {
		return false
	}
	s.take(tokWhitespace)
	return true
}

func (s *scanner) rangeLiteral() bool {
	bound := func() bool {
		s.take(tokWhitespace)
		if !s.reference() && !s.take(tokInteger) {
			return false
		}
		s.take(tokWhitespace)
		return true
	}
	return s.take(tokLBracket) && bound() && s.take(tokDoubleDot) && bound() && s.take(tokRBracket)
}

func (s *scanner) mapLiteral() bool {
	if !s.take(tokLeftCurly) {
		return false
	}
	if !s.optional(func() bool {
		return s.list(tokComma, func() bool { return s.parameter() && s.take(tokColon) && s.parameter() })
	}) {
		s.take(tokWhitespace)
	}
	return s.take(tokRightCurly, tokRCurly)
}

func (s *scanner) listLiteral() bool {
	if !s.take(tokLBracket) {
		return false
	}
	s.optional(func() bool { return s.list(tokComma, s.parameter) })
	return s.take(tokRBracket)
}
