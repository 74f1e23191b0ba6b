package vtl

// References and literals.

// reference parses what follows the dollar.
func (p *parser) reference() *node {
	n := p.open(nodeReference)
	p.enter(n.first)
	switch p.peek().kind {
	case tokIdentifier:
		p.take()
		p.tail(n)
	case tokLCurly:
		p.take()
		p.expect(tokIdentifier)
		p.tail(n)
		p.expect(tokRCurly)
	default:
		p.fail(p.peek(), "a reference")
	}
	p.leave()
	return p.close(n)
}

func (p *parser) tail(n *node) {
	for {
		for p.peek().kind == tokIndexLBracket {
			n.kids = append(n.kids, p.index())
		}
		dot := p.peek()
		if dot.kind != tokDot || p.after(dot).kind != tokIdentifier {
			return
		}
		p.take()
		if p.methodAhead() {
			n.kids = append(n.kids, p.method())
		} else {
			n.kids = append(n.kids, p.leaf(nodeIdentifier))
		}
	}
}

// methodAhead looks three tokens ahead: a name, a parenthesis, and what can follow that.
func (p *parser) methodAhead() bool {
	name := p.peek()
	paren := p.after(name)
	if paren.kind != tokLParen {
		return false
	}
	switch t := p.after(paren); t.kind {
	case tokWhitespace, tokString, tokInteger, tokFloat, tokLBracket, tokLeftCurly, tokTrue, tokFalse, tokIdentifier, tokLCurly,
		tokRefmod2RParen:
		return true
	}
	return false
}

func (p *parser) method() *node {
	n := p.open(nodeMethod)
	n.kids = append(n.kids, p.leaf(nodeIdentifier))
	p.expect(tokLParen)
	if startsParameter(p.peek().kind) {
		n.kids = append(n.kids, p.parameter())
		for p.accept(tokComma) {
			n.kids = append(n.kids, p.parameter())
		}
	}
	if t := p.peek(); t.kind != tokRefmod2RParen {
		p.fail(t, tokComma.String(), tokRefmod2RParen.String())
	}
	p.take()
	return p.close(n)
}

func startsParameter(k tokenKind) bool {
	switch k {
	case tokWhitespace, tokString, tokInteger, tokFloat, tokLBracket, tokLeftCurly, tokTrue, tokFalse, tokIdentifier, tokLCurly:
		return true
	}
	return false
}

func (p *parser) index() *node {
	n := p.open(nodeIndex)
	p.take()
	p.accept(tokWhitespace)
	switch t := p.peek(); t.kind {
	case tokString:
		n.kids = append(n.kids, p.leaf(nodeString))
	case tokInteger:
		n.kids = append(n.kids, p.leaf(nodeInteger))
	case tokTrue:
		n.kids = append(n.kids, p.leaf(nodeTrue))
	case tokFalse:
		n.kids = append(n.kids, p.leaf(nodeFalse))
	case tokIdentifier, tokLCurly:
		n.kids = append(n.kids, p.reference())
	default:
		p.fail(t, "a string", "an integer", "a boolean", "a reference")
	}
	p.accept(tokWhitespace)
	p.expect(tokIndexRBracket)
	return p.close(n)
}

// parameter parses what may be a method's argument or an element of a list or map.
func (p *parser) parameter() *node {
	p.accept(tokWhitespace)
	n := p.value()
	p.accept(tokWhitespace)
	return n
}

var valueNames = []string{"a reference", "a string", "a number", "a boolean", "a list", "a map", "a range"}

// value parses a literal or a reference.
func (p *parser) value() *node {
	t := p.peek()
	switch t.kind {
	case tokString:
		return p.leaf(nodeString)
	case tokInteger:
		return p.leaf(nodeInteger)
	case tokFloat:
		return p.leaf(nodeFloat)
	case tokTrue:
		return p.leaf(nodeTrue)
	case tokFalse:
		return p.leaf(nodeFalse)
	case tokIdentifier, tokLCurly:
		return p.reference()
	case tokLeftCurly:
		return p.mapLiteral()
	case tokLBracket:
		if p.rangeAhead() {
			return p.rangeLiteral()
		}
		return p.listLiteral()
	}
	p.fail(t, valueNames...)
	return nil
}

// valueAhead reports whether t and, if left is 2, the token after it can begin a value.
func (p *parser) valueAhead(t *token, left int) bool {
	switch t.kind {
	case tokString, tokInteger, tokFloat, tokTrue, tokFalse:
		return true
	case tokIdentifier:
		if left == 2 {
			p.after(t)
		}
		return true
	case tokLCurly:
		return left < 2 || p.after(t).kind == tokIdentifier
	case tokLBracket:
		return left < 2 || p.after(t).kind == tokRBracket || startsParameter(p.after(t).kind)
	case tokLeftCurly:
		return left < 2 || p.after(t).kind == tokRightCurly || p.after(t).kind == tokRCurly || startsParameter(p.after(t).kind)
	}
	return false
}

// entryAhead looks two tokens ahead for the first entry of a map.
func (p *parser) entryAhead() bool {
	t := p.peek()
	if t.kind == tokWhitespace {
		return p.valueAhead(p.after(t), 1)
	}
	if !p.valueAhead(t, 2) {
		return false
	}
	switch t.kind {
	case tokString, tokInteger, tokFloat, tokTrue, tokFalse:
		k := p.after(t).kind
		return k == tokWhitespace || k == tokColon
	case tokIdentifier:
		k := p.after(t).kind
		return k == tokWhitespace || k == tokColon || k == tokIndexLBracket || k == tokDot
	}
	return true
}

func (p *parser) mapLiteral() *node {
	n := p.open(nodeMap)
	p.enter(n.first)
	p.take()
	if p.entryAhead() {
		for {
			n.kids = append(n.kids, p.parameter())
			p.expect(tokColon)
			n.kids = append(n.kids, p.parameter())
			if !p.accept(tokComma) {
				break
			}
		}
	} else {
		p.accept(tokWhitespace)
	}
	if !p.accept(tokRightCurly) && !p.accept(tokRCurly) {
		p.fail(p.peek(), tokComma.String(), tokRightCurly.String())
	}
	p.leave()
	return p.close(n)
}

func (p *parser) listLiteral() *node {
	n := p.open(nodeList)
	p.enter(n.first)
	p.take()
	if startsParameter(p.peek().kind) {
		n.kids = append(n.kids, p.parameter())
		for p.accept(tokComma) {
			n.kids = append(n.kids, p.parameter())
		}
	}
	if t := p.peek(); t.kind != tokRBracket {
		p.fail(t, tokComma.String(), tokRBracket.String())
	}
	p.take()
	p.leave()
	return p.close(n)
}

func (p *parser) rangeLiteral() *node {
	n := p.open(nodeRange)
	bound := func() {
		p.accept(tokWhitespace)
		switch t := p.peek(); t.kind {
		case tokIdentifier, tokLCurly:
			n.kids = append(n.kids, p.reference())
		case tokInteger:
			n.kids = append(n.kids, p.leaf(nodeInteger))
		default:
			p.fail(t, "a reference", "an integer")
		}
		p.accept(tokWhitespace)
	}
	p.take()
	bound()
	p.expect(tokDoubleDot)
	bound()
	p.expect(tokRBracket)
	return p.close(n)
}
