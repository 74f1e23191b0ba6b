package vtl

import (
	"strings"
)

// MaxParseDepth is the nesting of blocks, parentheses, lists, maps and string literals in string literals that a template may have.
const MaxParseDepth = 200

type nodeKind uint8

const (
	nodeProcess nodeKind = iota
	nodeText
	nodeEscapedDirective
	nodeEscape
	nodeComment
	nodeTextblock
	nodeFloat
	nodeInteger
	nodeString
	nodeIdentifier
	nodeWord
	nodeDirective
	nodeBlock
	nodeMap
	nodeList
	nodeRange
	nodeMethod
	nodeIndex
	nodeReference
	nodeTrue
	nodeFalse
	nodeIf
	nodeElse
	nodeElseIf
	nodeSet
	nodeExpression
	nodeOr
	nodeAnd
	nodeEQ
	nodeNE
	nodeLT
	nodeGT
	nodeLE
	nodeGE
	nodeAdd
	nodeSub
	nodeMul
	nodeDiv
	nodeMod
	nodeNot
)

// A node is a node of the syntax tree, shaped as Velocity's: the compiler turns it into what renders.
type node struct {
	kind        nodeKind
	first, last *token
	kids        []*node
	text        string // the name of a directive, what an escape prints
}

// literal is the node's text as Velocity puts it together from its tokens.
func (n *node) literal() string {
	if n.first == n.last {
		return tokenText(n.first)
	}
	var b strings.Builder
	for t := n.first; t != nil; t = t.next {
		b.WriteString(tokenText(t))
		if t == n.last {
			break
		}
	}
	return b.String()
}

// source is the node's text with nothing but the tokens themselves.
func (n *node) source() string {
	var b strings.Builder
	for t := n.first; t != nil; t = t.next {
		b.WriteString(t.image)
		if t == n.last {
			break
		}
	}
	return b.String()
}

// tokenText is a token's image behind the dollars and hashes that turned out to begin nothing.
func tokenText(t *token) string {
	if t.kind == tokMultiComment {
		return ""
	}
	if t.special == nil || strings.HasPrefix(t.special.image, "##") {
		return t.image
	}
	if s := specialText(t); s != "" {
		return s + t.image
	}
	return t.image
}

func specialText(t *token) string {
	var b []byte
	first := t.special
	for first.special != nil {
		first = first.special
	}
	for s := first; s != nil; s = s.next {
		st := s.image
		for i := 0; i < len(st); i++ {
			c := st[i]
			if c == '#' || c == '$' {
				b = append(b, c)
			}
			if c != '\\' {
				continue
			}
			j := i
			for j < len(st) && st[j] == '\\' {
				j++
			}
			if j < len(st) && st[j] == '$' {
				b = append(b, st[i:j+1]...)
				i = j + 1
			}
		}
	}
	return string(b)
}

// A parser is a recursive descent parser that looks ahead exactly as far, and in exactly the places, as Velocity's does: reading a
// token early puts the lexer into another state.
type parser struct {
	lex    *lexer
	src    *source
	token  *token // the last one taken
	depth  int
	macros macroTable
	evalOn bool
	// scanned counts the tokens looked at ahead of their turn
	scanned int
}

// maxLookahead bounds the search for the ".." of a range, which takes time exponential in the nesting of "[$a.f([".
const maxLookahead = 1 << 20

// A macroTable knows which macros there are while a template is being parsed.
type macroTable interface {
	isMacro(name string) bool // one that can be called
	isNamed(name string) bool // one whose definition has been seen, for escapes
	nameSeen(name string)
}

// parse answers the syntax tree of src, or panics with an *Error.
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

// peek answers the next token without taking it.
func (p *parser) peek() *token {
	if p.token.next == nil {
		p.token.next = p.lex.next()
	}
	return p.token.next
}

// after answers the token after t.
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

func (p *parser) expect(kind tokenKind) *token {
	if t := p.peek(); t.kind != kind {
		p.fail(t, kind.String())
	}
	return p.take()
}

func (p *parser) accept(kind tokenKind) bool {
	if p.peek().kind == kind {
		p.take()
		return true
	}
	return false
}

// fail reports a token that cannot stand where it does.
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
		e.Err = &LimitError{Limit: "MaxParseDepth", Max: MaxParseDepth}
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
	// Two tokens tell a reference from text; the second is read in the state the first one left.
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

// expectAfterExpression expects a token where an operator could stand too.
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

// rangeAhead scans for "[", a reference or integer, and "..", as far as it takes.
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
		e.Err = &LimitError{Limit: "MaxParseDepth", Max: MaxParseDepth}
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
