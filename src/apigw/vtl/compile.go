package vtl

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"example.com/guessing-game/src/apigw/budget"
	"example.com/guessing-game/src/apigw/vtl/java"
)

// A names table gives every variable of a template a slot.
type names struct {
	index    map[string]int
	list     []string
	assigned []bool // by slot: the template may set it
}

func (n *names) slot(name string) int {
	if i, ok := n.index[name]; ok {
		return i
	}
	if n.index == nil {
		n.index = map[string]int{}
	}
	i := len(n.list)
	n.index[name] = i
	n.list = append(n.list, name)
	n.assigned = append(n.assigned, false)
	return i
}

// A compiler turns a syntax tree into statements, in the order in which Velocity initialises its
// nodes: the consequences of that order (which of two macros wins, which word is known where) are
// part of the language.
type compiler struct {
	names    *names
	macros   map[string]*macro
	seen     map[string]bool
	setting  Setting
	coverage *coverage // nil: nothing is counted
	depth    int       // string literals in string literals
	dynamic  bool      // there is an #evaluate

	calls      []*macroStmt
	refs       []Reference
	directives []Directive
	assigning  bool // the reference to come is assigned
}

func (c *compiler) isMacro(name string) bool { return c.macros[name] != nil }
func (c *compiler) isNamed(name string) bool { return c.seen[name] }
func (c *compiler) nameSeen(name string)     { c.seen[name] = true }

// compile parses and compiles text. It panics with an *Error.
func (c *compiler) compile(src *source) []stmt {
	tree := parse(src, c, c.setting == Velocity, c.depth)
	out := c.statements(src, tree.kids)
	for _, call := range c.calls {
		call.macro = c.macros[call.name] // the first definition counts
	}
	return out
}

func (c *compiler) statements(src *source, nodes []*node) []stmt {
	out := make([]stmt, 0, len(nodes))
	var texts []string // adjacent ones become one statement
	flush := func() {
		if text := strings.Join(texts, ""); text != "" {
			out = append(out, textStmt(text))
		}
		texts = texts[:0]
	}
	for _, n := range nodes {
		s := c.statement(src, n)
		if s != nil && n.kind != nodeComment && c.coverage != nil {
			if probe := c.coverage.before(src, n); probe != nil {
				flush()
				out = append(out, probe)
			}
		}
		switch s := s.(type) {
		case nil:
		case textStmt:
			texts = append(texts, string(s))
		default:
			flush()
			out = append(out, s)
		}
	}
	flush()
	return slices.Clip(out)
}

func (c *compiler) statement(src *source, n *node) stmt {
	at := place{src, n.first.begin}
	switch n.kind {
	case nodeText:
		return textStmt(tokenText(n.first))
	case nodeEscapedDirective:
		return textStmt(n.first.image)
	case nodeEscape:
		return textStmt(n.text)
	case nodeTextblock:
		image := n.first.image
		return textStmt(image[len("#[[") : len(image)-len("]]#")])
	case nodeComment:
		image := n.first.image
		i := strings.Index(image, "##")
		if i < 0 {
			i = strings.Index(image, "#*")
		}
		if i < 0 {
			return nil
		}
		return textStmt(image[:i])
	case nodeReference:
		return c.reference(src, n)
	case nodeIf:
		c.found("if", at)
		s := &ifStmt{}
		branch := c.branches()
		s.cond = append(s.cond, c.expr(src, n.kids[0]))
		s.bodies = append(s.bodies, branch("#if", at, c.statements(src, n.kids[1].kids)))
		for _, k := range n.kids[2:] {
			at := place{src, k.first.begin}
			if k.kind == nodeElseIf {
				c.found("elseif", at)
				s.cond = append(s.cond, c.expr(src, k.kids[0]))
				s.bodies = append(s.bodies, branch("#elseif", at, c.statements(src, k.kids[1].kids)))
			} else {
				c.found("else", at)
				s.bodies = append(s.bodies, branch("#else", at, c.statements(src, k.kids[0].kids)))
			}
		}
		if c.coverage != nil && len(s.bodies) == len(s.cond) {
			s.bodies = append(s.bodies, branch("#if without #else", at, nil))
		}
		return s
	case nodeSet:
		hash := at // the token starts with the white space that it consumes
		hash.offset += strings.IndexByte(n.first.image, '#')
		c.found("set", hash)
		c.assigning = true
		target := c.reference(src, n.kids[0])
		c.assigning = false
		s := &setStmt{place: at, target: target, slot: -1, right: c.expr(src, n.kids[1])}
		if len(target.steps) == 0 {
			s.slot = c.assign(n.kids[0].first.image[1:])
		}
		return s
	case nodeDirective:
		return c.directive(src, n)
	}
	return nil
}

// branches returns a function that puts a probe, if probes are wanted, in front of each branch of a
// directive.
func (c *compiler) branches() func(name string, at place, body []stmt) []stmt {
	if c.coverage == nil {
		return func(_ string, _ place, body []stmt) []stmt { return body }
	}
	group := c.coverage.group()
	return func(name string, at place, body []stmt) []stmt {
		return append([]stmt{c.coverage.branch(name, at, group)}, body...)
	}
}

// uncounted compiles a part that is never rendered.
func (c *compiler) uncounted(src *source, nodes []*node) []stmt {
	counted := c.coverage
	c.coverage = nil
	body := c.statements(src, nodes)
	c.coverage = counted
	return body
}

func (c *compiler) found(name string, at place) {
	line, col := at.src.position(at.offset)
	c.directives = append(c.directives, Directive{Name: name, Line: line, Column: col})
}

func (c *compiler) assign(name string) int {
	i := c.names.slot(name)
	c.names.assigned[i] = true
	return i
}

// reference splits the first token of a reference.
func (c *compiler) reference(src *source, n *node) *ref {
	r := &ref{place: place{src, n.first.begin}, literalSlot: -1}
	written := n.source()
	assigned := c.assigning
	c.assigning = false
	for _, k := range n.kids {
		at := place{src, k.first.begin}
		switch k.kind {
		case nodeIdentifier:
			r.steps = append(r.steps, &propertyStep{at, k.first.image})
		case nodeMethod:
			m := &methodStep{place: at, method: java.Select(k.first.image)}
			for _, a := range k.kids[1:] {
				m.args = append(m.args, c.expr(src, a))
			}
			r.steps = append(r.steps, m)
		case nodeIndex:
			r.steps = append(r.steps, &indexStep{at, c.expr(src, k.kids[0])})
		}
	}
	root := r.takeApart(n)
	r.root = root
	r.slot = c.names.slot(root)
	if r.runt {
		r.literal = root
		return r
	}
	if r.literal == "$"+root && !r.inert {
		r.literalSlot = r.slot
	}
	info := Reference{Name: root, Source: written, Assigned: assigned}
	info.Line, info.Column = src.position(n.first.begin)
	for _, s := range r.steps {
		switch s := s.(type) {
		case *propertyStep:
			info.Path = append(info.Path, s.name)
		case *methodStep:
			info.Path = append(info.Path, s.method.String())
		case *indexStep:
			if k, ok := s.arg.(*constant); ok {
				info.Path = append(info.Path, java.String(k.v))
			} else {
				info.Path = append(info.Path, "*")
			}
		}
	}
	c.refs = append(c.refs, info)
	return r
}

// takeApart finds a reference's name and what surrounds it, and leaves the token's image in the
// form that Velocity does: without backslashes and anything else before the last dollar.
func (r *ref) takeApart(n *node) string {
	t := n.first
	if slashBang := strings.Index(t.image, `\!`); slashBang >= 0 {
		// $\!x prints one backslash less and is not a reference.
		i := strings.IndexByte(t.image, '$')
		for i < len(t.image) && t.image[i] != '\\' {
			i++
		}
		start := i
		for i < len(t.image) && t.image[i] == '\\' {
			i++
		}
		r.literal = t.image[:start] + t.image[start:i-1] + t.image[i:]
		r.inert = true
		return r.literal
	}
	if n := len(t.image) - len(strings.TrimLeft(t.image, `\`)); n > 0 {
		r.escaped = n%2 != 0
		r.escape = t.image[:n/2]
		t.image = t.image[n:]
	}
	if i := strings.LastIndexByte(t.image, '$'); i > 0 {
		r.prefix = t.image[:i]
		t.image = t.image[i:]
	}
	r.before = r.escape + r.prefix
	r.literal = n.literal()
	switch {
	case strings.HasPrefix(t.image, "$!"):
		if !r.escaped {
			r.literal = ""
		}
		if strings.HasPrefix(t.image[2:], "{") {
			return t.next.image
		}
		return t.image[2:]
	case t.image == "${":
		return t.next.image
	case strings.HasPrefix(t.image, "$"):
		return t.image[1:]
	}
	r.runt = true
	return t.image
}

func (c *compiler) exprs(src *source, nodes []*node) []expr {
	out := make([]expr, len(nodes))
	for i, n := range nodes {
		out[i] = c.expr(src, n)
	}
	return out
}

func (c *compiler) expr(src *source, n *node) expr {
	at := place{src, n.first.begin}
	switch n.kind {
	case nodeExpression:
		return c.expr(src, n.kids[0])
	case nodeReference:
		return c.reference(src, n)
	case nodeString:
		return c.stringLiteral(src, n)
	case nodeInteger:
		if len(n.first.image) > java.MaxDigits {
			e := at.errorf("an integer of more than %d digits", java.MaxDigits)
			e.Err = java.ErrBigLimit
			panic(e)
		}
		v := java.ParseInteger(n.first.image)
		if v == nil { // a hash precedes it
			panic(at.errorf("%s is not a number", quoteToken(n.first.image)))
		}
		return &constant{v: v}
	case nodeFloat:
		f, err := strconv.ParseFloat(n.first.image, 64)
		if errors.Is(err, strconv.ErrSyntax) {
			panic(at.errorf("%s is not a number", quoteToken(n.first.image)))
		}
		return &constant{v: f}
	case nodeTrue:
		return &constant{v: true, isTrue: true}
	case nodeFalse:
		return &constant{v: false}
	case nodeWord:
		return &constant{}
	case nodeList:
		return &listExpr{c.exprs(src, n.kids)}
	case nodeMap:
		return &mapExpr{c.exprs(src, n.kids)}
	case nodeRange:
		return &rangeExpr{at, c.expr(src, n.kids[0]), c.expr(src, n.kids[1])}
	case nodeNot:
		return &notExpr{c.expr(src, n.kids[0])}
	case nodeOr, nodeAnd:
		l := c.expr(src, n.kids[0])
		return &logicExpr{n.kind == nodeAnd, l, c.expr(src, n.kids[1])}
	case nodeEQ, nodeNE:
		l := c.expr(src, n.kids[0])
		return &equalExpr{at, n.kind == nodeNE, l, c.expr(src, n.kids[1])}
	case nodeLT, nodeGT, nodeLE, nodeGE:
		l := c.expr(src, n.kids[0])
		return &compareExpr{at, n.kind, l, c.expr(src, n.kids[1])}
	case nodeAdd, nodeSub, nodeMul, nodeDiv, nodeMod:
		m := &mathExpr{place: at, op: "+-*/%"[n.kind-nodeAdd]}
		m.left = c.expr(src, n.kids[0])
		m.right = c.expr(src, n.kids[1])
		if m.op == '+' {
			m.leftText, m.rightText = n.kids[0].literal(), n.kids[1].literal()
		}
		return m
	}
	return &constant{}
}

// stringLiteral compiles a string: a nested template if it is in double quotes and has a dollar or
// a hash.
func (c *compiler) stringLiteral(src *source, n *node) expr {
	image := n.first.image
	quote := image[0]
	text := image[1 : len(image)-1]
	raw := text
	at := place{src, n.first.begin}
	if quote == '"' {
		var ok bool
		if text, ok = unescapeUnicode(text); !ok {
			panic(at.errorf(`\u must be followed by four hexadecimal digits in the string %s`, quoteToken(image)))
		}
	}
	text = halveQuotes(text, quote)
	if quote != '"' || strings.IndexByte(image, '$') < 0 && strings.IndexByte(image, '#') < 0 {
		return &constant{v: text}
	}
	s := &interpolated{cut: !strings.Contains(text, "##")}
	line, col := src.position(n.first.begin)
	inner := &source{name: src.name, text: text, line: line - 1, col: col, outer: src, outerStart: n.first.begin + 1, verbatim: raw == text}
	if s.cut {
		inner.text += " "
	}
	c.depth++
	if c.depth > MaxParseDepth {
		e := at.errorf("string literals are nested deeper than %d levels", MaxParseDepth)
		e.Err = &budget.LimitError{Limit: "MaxParseDepth", Max: MaxParseDepth}
		panic(e)
	}
	tree := c.parseLiteral(inner, at, image)
	s.body = c.statements(inner, tree.kids)
	c.depth--
	return s
}

// parseLiteral parses a string literal's text. A mistake in it is reported at the literal, as
// Velocity reports it.
func (c *compiler) parseLiteral(inner *source, at place, image string) (tree *node) {
	if cause := catch(func() { tree = parse(inner, c, c.setting == Velocity, c.depth) }); cause != nil {
		e := at.errorf("cannot parse the string literal %s: %s", quoteToken(image), cause.Message)
		e.Found, e.Expected, e.Err = cause.Found, cause.Expected, cause
		panic(e)
	}
	return tree
}

// unescapeUnicode replaces \uXXXX; it reports false if a \u is not followed by a number of four
// digits.
func unescapeUnicode(s string) (string, bool) {
	i := strings.Index(s, `\u`)
	if i < 0 {
		return s, true
	}
	var b []byte
	for ; i >= 0; i = strings.Index(s, `\u`) {
		b = append(b, s[:i]...)
		if len(s) < i+6 {
			return "", false
		}
		n, err := strconv.ParseInt(s[i+2:i+6], 16, 32)
		if err != nil {
			return "", false
		}
		b = java.AppendUnit(b, rune(uint16(n)))
		s = s[i+6:]
	}
	return java.JoinHalves(string(append(b, s...))), true
}

// halveQuotes turns doubled quotes into single ones.
func halveQuotes(s string, quote byte) string {
	if strings.IndexByte(s, quote) < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		b = append(b, s[i])
		if s[i] == quote && i+1 < len(s) && s[i+1] == quote {
			i++
		}
	}
	return string(b)
}
