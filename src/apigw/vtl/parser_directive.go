package vtl

// blockDirectives are those that end with #end.
var blockDirectives = map[string]bool{"foreach": true, "macro": true, "literal": true, "define": true}

// directive parses #word and #word(arguments), known and unknown ones.
func (p *parser) directive() *node {
	n := p.open(nodeDirective)
	word := p.take()
	name := word.image[1:]
	if word.kind == tokBracketedWord {
		name = word.image[2 : len(word.image)-1]
	}
	n.text = name
	known := p.isDirective(name)
	isMacro := name == "macro"
	block := known && blockDirectives[name]
	isVM := false
	if !known {
		if name != "" && name[0] == '@' {
			block = true
		} else {
			isVM = p.macros.isMacro(name)
		}
	}
	p.lex.state = inDirective
	if !p.lex.leftParenAhead() {
		if isMacro {
			panic(p.macroError(word, "a macro declaration requires at least a name argument"))
		}
		p.lex.pop()
		return p.close(n)
	}
	p.accept(tokWhitespace)
	p.expect(tokLParen)
	for pos := 0; p.argumentAhead(); pos++ {
		p.accept(tokWhitespace)
		if p.accept(tokComma) {
			p.accept(tokWhitespace)
		}
		if p.peek().kind != tokWord {
			if isMacro && pos == 0 {
				n.kids = append(n.kids, p.value())
				panic(p.macroError(word, "the first argument of #macro must be its name, a word without quotes"))
			}
			n.kids = append(n.kids, p.value())
			continue
		}
		n.kids = append(n.kids, p.leaf(nodeWord))
		switch {
		case isMacro && pos == 0:
		case isVM:
			panic(p.macroError(word, "argument %d of the macro %s is a bare word: quote it", pos+1, word.image))
		case known && (name != "foreach" || pos != 1):
			panic(p.macroError(word, "argument %d of %s is a bare word: quote it", pos+1, word.image))
		}
	}
	p.accept(tokWhitespace)
	if t := p.peek(); t.kind != tokRParen {
		p.fail(t, append(valueNames, "a word", tokComma.String(), tokRParen.String())...)
	}
	p.take()
	if !block {
		return p.close(n)
	}
	n.kids = append(n.kids, p.blockStatements())
	p.expect(tokEnd)
	if isMacro {
		if len(n.kids) < 2 {
			panic(p.macroError(word, "the first argument of #macro must be its name"))
		}
		p.macros.nameSeen(n.kids[0].first.image)
	}
	return p.close(n)
}

// macroError reports at the token after the directive's word, as Velocity does.
func (p *parser) macroError(word *token, format string, args ...any) *Error {
	at := word
	if word.next != nil {
		at = word.next
	}
	return p.src.errorAt(at.begin, format, args...)
}

// argumentAhead looks two tokens ahead for white space, a comma, or the start of an argument.
func (p *parser) argumentAhead() bool {
	t := p.peek()
	left := 2
	if t.kind == tokWhitespace {
		t = p.after(t)
		left--
	}
	if t.kind == tokComma {
		if left--; left == 0 {
			return true
		}
		if t = p.after(t); t.kind == tokWhitespace {
			return true
		}
	}
	if t.kind == tokWord {
		return true
	}
	return p.valueAhead(t, left)
}
