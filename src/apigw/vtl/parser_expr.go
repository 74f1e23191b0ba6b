package vtl

// expression parses what #set assigns and #if tests. All binary operators are left associative.
func (p *parser) expression() *node {
	n := p.open(nodeExpression)
	p.enter(n.first)
	n.kids = append(n.kids, p.orExpression())
	p.leave()
	return p.close(n)
}

// maxOperators bounds a chain of operators of one precedence.
const maxOperators = 5000

// binary parses operands of the next higher precedence joined by the operators of one.
func (p *parser) binary(operand func() *node, operators map[tokenKind]nodeKind) *node {
	left := operand()
	for i := 0; ; i++ {
		kind, ok := operators[p.peek().kind]
		if !ok {
			return left
		}
		if i == maxOperators {
			panic(p.src.errorAt(p.peek().begin, "an expression of more than %d operators in a row", maxOperators))
		}
		p.take()
		n := p.open(kind) // the position of an operation is that of its right operand
		n.kids = append(n.kids, left, operand())
		left = p.close(n)
	}
}

var (
	orOperators       = map[tokenKind]nodeKind{tokOr: nodeOr}
	andOperators      = map[tokenKind]nodeKind{tokAnd: nodeAnd}
	equalityOperators = map[tokenKind]nodeKind{tokEQ: nodeEQ, tokNE: nodeNE}
	relationOperators = map[tokenKind]nodeKind{tokLT: nodeLT, tokGT: nodeGT, tokLE: nodeLE, tokGE: nodeGE}
	addOperators      = map[tokenKind]nodeKind{tokPlus: nodeAdd, tokMinus: nodeSub}
	mulOperators      = map[tokenKind]nodeKind{tokMultiply: nodeMul, tokDivide: nodeDiv, tokModulus: nodeMod}
)

func (p *parser) orExpression() *node       { return p.binary(p.andExpression, orOperators) }
func (p *parser) andExpression() *node      { return p.binary(p.equalityExpression, andOperators) }
func (p *parser) equalityExpression() *node { return p.binary(p.relationExpression, equalityOperators) }
func (p *parser) relationExpression() *node { return p.binary(p.addExpression, relationOperators) }
func (p *parser) addExpression() *node      { return p.binary(p.mulExpression, addOperators) }
func (p *parser) mulExpression() *node      { return p.binary(p.unaryExpression, mulOperators) }

func (p *parser) unaryExpression() *node {
	// Two tokens ahead: a "!" after white space.
	t := p.peek()
	if t.kind == tokWhitespace {
		t = p.after(t)
	}
	if t.kind == tokNot && (t != p.peek() || startsUnary(p.after(t).kind)) {
		p.accept(tokWhitespace)
		p.take()
		n := p.open(nodeNot)
		p.enter(n.first)
		n.kids = append(n.kids, p.unaryExpression())
		p.leave()
		return p.close(n)
	}
	return p.primaryExpression()
}

func startsUnary(k tokenKind) bool { return k == tokNot || k == tokLParen || startsParameter(k) }

func (p *parser) primaryExpression() *node {
	p.accept(tokWhitespace)
	var n *node
	if p.peek().kind == tokLParen {
		p.take()
		n = p.expression()
		p.expectAfterExpression(tokRParen)
	} else {
		n = p.value()
	}
	p.accept(tokWhitespace)
	return n
}
