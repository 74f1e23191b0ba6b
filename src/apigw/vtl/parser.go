package vtl

import (
	"strings"

	"example.com/guessing-game/src/apigw/budget"
)

// MaxParseDepth is the maximum nesting of blocks, parentheses, lists, maps and string literals in
// string literals.
const MaxParseDepth = 200

// A parser is a recursive descent parser that looks ahead exactly as far, and in exactly the same
// places, as Velocity's does: reading a token early would put the lexer into another state.
type parser struct {
	lex    *lexer
	src    *source
	token  *token // the last one consumed
	depth  int
	macros macroTable
	evalOn bool
	// scanned counts the tokens read ahead
	scanned int
}

// A macroTable records which macros exist while a template is being parsed.
type macroTable interface {
	isMacro(name string) bool // one that can be called
	isNamed(name string) bool // one whose definition has been seen, for escapes
	nameSeen(name string)
}

// parse returns the syntax tree of src, or panics with an *Error.
func parse(src *source, macros macroTable, evaluate bool, depth int) *node {
	p := &parser{src: src, lex: &lexer{src: src, s: src.text}, token: &token{}, macros: macros, evalOn: evaluate, depth: depth}
	n := p.open(nodeProcess)
	for p.startsStatement() {
		n.kids = append(n.kids, p.statement())
	}
	if p.peek().kind != tokEOF {
		p.fail(p.peek(), "text", "a reference", "a directive", "end of template")
	}
	p.take()
	return p.close(n)
}

// peek returns the next token without consuming it.
func (p *parser) peek() *token {
	if p.token.next == nil {
		p.token.next = p.lex.next()
	}
	return p.token.next
}

// after returns the token after t.
func (p *parser) after(t *token) *token {
	if t.next == nil {
		t.next = p.lex.next()
	}
	return t.next
}

func (p *parser) take() *token {
	p.token = p.peek()
	return p.token
}

func (p *parser) expect(kind tokenKind) {
	if t := p.peek(); t.kind != kind {
		p.fail(t, kind.String())
	}
	p.take()
}

func (p *parser) accept(kind tokenKind) bool {
	if p.peek().kind == kind {
		p.take()
		return true
	}
	return false
}

// fail reports an unexpected token.
func (p *parser) fail(t *token, expected ...string) {
	found := tokenNames[tokEOF]
	if t.kind != tokEOF {
		found = quoteToken(t.image)
	}
	e := p.src.errorAt(t.begin, "encountered %s, expected %s", found, orList(expected))
	if t.kind == tokEOF {
		// Velocity counts the end of a template as its last character.
		e = p.src.errorAt(len(p.src.text)-1, "encountered %s, expected %s", found, orList(expected))
	}
	e.Found, e.Expected = found, expected
	panic(e)
}

func quoteToken(s string) string {
	s = clip(s)
	r := strings.NewReplacer("\n", `\n`, "\r", `\r`, "\t", `\t`)
	return `"` + r.Replace(s) + `"`
}

func orList(items []string) string {
	switch len(items) {
	case 0:
		return ""
	case 1:
		return items[0]
	}
	return strings.Join(items[:len(items)-1], ", ") + " or " + items[len(items)-1]
}

func (p *parser) enter(t *token) {
	if p.depth++; p.depth > MaxParseDepth {
		e := p.src.errorAt(t.begin, "nested deeper than %d levels", MaxParseDepth)
		e.Err = &budget.LimitError{Limit: "MaxParseDepth", Max: MaxParseDepth}
		panic(e)
	}
}

func (p *parser) leave() { p.depth-- }

func (p *parser) open(kind nodeKind) *node { return &node{kind: kind, first: p.peek()} }

func (p *parser) close(n *node) *node {
	n.last = p.token
	return n
}

func (p *parser) leaf(kind nodeKind) *node {
	n := p.open(kind)
	p.take()
	return p.close(n)
}

func (p *parser) startsStatement() bool {
	switch p.peek().kind {
	case tokLParen, tokRParen, tokEscapeDirective, tokSetDirective, tokLineCommentStart, tokDoubleEscape, tokEscape, tokText,
		tokFormalComment, tokMultiComment, tokTextblock, tokString, tokIf, tokInteger, tokFloat, tokWord, tokBracketedWord,
		tokIdentifier, tokDot, tokLCurly, tokRCurly, tokEmptyIndex:
		return true
	}
	return false
}

func (p *parser) statement() *node {
	t := p.peek()
	if t.kind == tokIf {
		return p.ifStatement()
	}
	// Two tokens distinguish a reference from text; the second is read in the state the first one
	// left.
	switch t.kind {
	case tokIdentifier:
		p.after(t)
		return p.reference()
	case tokLCurly:
		if p.after(t).kind == tokIdentifier {
			return p.reference()
		}
	}
	switch t.kind {
	case tokLineCommentStart:
		n := p.open(nodeComment)
		p.take()
		p.accept(tokLineComment)
		return p.close(n)
	case tokFormalComment, tokMultiComment:
		return p.leaf(nodeComment)
	case tokTextblock:
		return p.leaf(nodeTextblock)
	case tokSetDirective:
		return p.setDirective()
	case tokEscapeDirective:
		n := p.leaf(nodeEscapedDirective)
		t.image = p.escapedDirective(t.image)
		return n
	case tokDoubleEscape:
		return p.escape()
	case tokWord, tokBracketedWord:
		return p.directive()
	}
	return p.leaf(nodeText)
}

// isDirective reports whether a name is one of the directives that are not part of the grammar.
func (p *parser) isDirective(name string) bool {
	switch name {
	case "foreach", "include", "parse", "macro", "literal", "break", "define", "stop":
		return true
	case "evaluate":
		return p.evalOn
	}
	return false
}

func (p *parser) isKnown(name string) bool {
	return p.isDirective(name) || p.macros.isNamed(name) || p.macros.isMacro(name)
}

func (p *parser) escapedDirective(image string) string {
	last := strings.LastIndexByte(image, '\\')
	directive := image[last+1:]
	name := directive[1:]
	if name[0] == '{' {
		name = name[1 : len(name)-1]
	}
	known := p.isKnown(name)
	switch name {
	case "if", "end", "set", "else", "elseif":
		known = true
	}
	if !known {
		return image
	}
	return image[:last/2] + directive
}

func (p *parser) escape() *node {
	n := p.open(nodeEscape)
	count := 0
	for {
		p.take()
		count++
		if p.after(p.token).kind != tokDoubleEscape {
			break
		}
	}
	p.close(n)
	next := p.token.next
	control := false
	switch next.kind {
	case tokIf, tokElse, tokElseIf, tokEnd:
		control = true
	}
	if next.image != "" { // it is at the end of the template
		control = control || p.isKnown(next.image[1:])
	}
	unit := `\\`
	if control {
		unit = `\`
	}
	n.text = strings.Repeat(unit, count)
	return n
}

func (p *parser) blockStatements() *node {
	n := p.open(nodeBlock)
	p.enter(n.first)
	for p.startsStatement() {
		n.kids = append(n.kids, p.statement())
	}
	p.leave()
	return p.close(n)
}

func (p *parser) ifStatement() *node {
	n := p.open(nodeIf)
	p.take()
	n.kids = append(n.kids, p.condition(), p.blockStatements())
	for p.peek().kind == tokElseIf {
		e := p.open(nodeElseIf)
		p.take()
		e.kids = append(e.kids, p.condition(), p.blockStatements())
		n.kids = append(n.kids, p.close(e))
	}
	if p.peek().kind == tokElse {
		e := p.open(nodeElse)
		p.take()
		e.kids = append(e.kids, p.blockStatements())
		n.kids = append(n.kids, p.close(e))
	}
	if t := p.peek(); t.kind != tokEnd {
		p.fail(t, tokEnd.String())
	}
	p.take()
	return p.close(n)
}

func (p *parser) condition() *node {
	p.accept(tokWhitespace)
	p.expect(tokLParen)
	e := p.expression()
	p.expectAfterExpression(tokRParen)
	return e
}

// expectAfterExpression expects a token where an operator is possible too.
func (p *parser) expectAfterExpression(kind tokenKind) {
	if t := p.peek(); t.kind != kind {
		p.fail(t, kind.String(), "an operator")
	}
	p.take()
}

func (p *parser) setDirective() *node {
	n := p.open(nodeSet)
	p.take()
	p.accept(tokWhitespace)
	n.kids = append(n.kids, p.reference())
	p.accept(tokWhitespace)
	p.expect(tokEquals)
	n.kids = append(n.kids, p.expression())
	p.expectAfterExpression(tokRParen)
	p.lex.inSet = false
	p.peek()
	return p.close(n)
}
