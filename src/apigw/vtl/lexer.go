package vtl

import (
	"fmt"
	"unicode/utf8"

	"example.com/guessing-game/src/apigw/budget"
)

// The lexer follows the token manager of Velocity 1.7's grammar (Parser.jjt) state by state:
// which characters are text depends on what came before, and so do the white space that a
// directive consumes, the dollars that vanish and the braces that are lost. The longest match
// wins; of equally long ones, the token declared first.
type lexer struct {
	src *source
	s   string
	pos int

	state   lexState
	stack   []savedState
	lparen  int
	rparen  int
	inSet   bool
	comment bool

	slashes struct{ from, to int } // the last run of backslashes
}

type savedState struct {
	state          lexState
	lparen, rparen int
}

// maxStates bounds the stack of lexer states; sensible templates need only a few per level of
// nesting.
const maxStates = 4 * MaxParseDepth

func (l *lexer) push() {
	if len(l.stack) >= maxStates {
		e := l.src.errorAt(l.pos, "references and directives are nested deeper than %d levels", MaxParseDepth)
		e.Err = &budget.LimitError{Limit: "MaxParseDepth", Max: MaxParseDepth}
		panic(e)
	}
	l.stack = append(l.stack, savedState{l.state, l.lparen, l.rparen})
	l.lparen = 0
}

func (l *lexer) pop() bool {
	if len(l.stack) == 0 {
		l.lparen = 0
		l.state = inDefault
		return false
	}
	s := l.stack[len(l.stack)-1]
	l.stack = l.stack[:len(l.stack)-1]
	l.state, l.lparen, l.rparen = s.state, s.lparen, s.rparen
	return true
}

// next returns the next token. A character that cannot start or continue any token panics with an
// *Error.
func (l *lexer) next() *token {
	var special *token
	for {
		begin := l.pos
		if begin >= len(l.s) {
			return &token{kind: tokEOF, begin: len(l.s), end: len(l.s), special: special}
		}
		for { // until a token: MORE kinds only lengthen the image
			if l.pos >= len(l.s) {
				l.lexicalError(begin, 0, true)
			}
			kind, n := l.match()
			if kind == tokNone {
				l.lexicalError(begin, l.deadAt(), false)
			}
			l.pos += n
			switch kind {
			case tokSkip:
			case tokMore, tokDollar, tokDollarBang, tokTextblockStart, tokFormalStart, tokMultiStart, tokHash:
				l.more(kind)
				continue
			case tokRefTerminator, tokDirTerminator:
				t := &token{kind: kind, begin: begin, end: l.pos, image: l.s[begin:l.pos], special: special}
				if special != nil {
					special.next = t
				}
				special = t
				l.pos -= n
				l.pop()
			default:
				t := &token{kind: kind, begin: begin, end: l.pos, image: l.s[begin:l.pos], special: special}
				l.action(t)
				return t
			}
			break
		}
	}
}

// lexicalError reports at the character that no token can continue with.
func (l *lexer) lexicalError(begin, dead int, eof bool) {
	at := min(l.pos+dead, len(l.s))
	r, size := utf8.DecodeRuneInString(l.s[at:])
	if eof || at+size == len(l.s) && r < 0x10000 { // the last UTF-16 unit counts as the end
		e := l.src.errorAt(len(l.s)-1, "lexical error: the template ends after %q", clip(l.s[begin:]))
		last := l.s[len(l.s)-1]
		if last == '\n' || last == '\r' {
			e.Line++
			e.Column = 0
		} else {
			e.Column++
		}
		e.Source, e.caret = l.src.lineAt(len(l.s))
		e.Found = "end of template"
		panic(e)
	}
	e := l.src.errorAt(at, "lexical error: %q cannot come after %q", r, clip(l.s[begin:at]))
	e.Found = fmt.Sprintf("%q", r)
	panic(e)
}

// clip shortens text quoted in an error message.
func clip(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	end := most
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}

// more consumes text that belongs to the next token.
func (l *lexer) more(kind tokenKind) {
	if l.comment || kind == tokMore {
		return
	}
	switch kind {
	case tokDollar, tokDollarBang:
		if l.state == inReference {
			l.pop()
		}
		l.push()
		l.state = inReference
	case tokTextblockStart:
		l.comment = true
		l.push()
		l.state = inTextblock
	case tokFormalStart:
		l.pos-- // the character after the stars
		for l.pos > 0 && !utf8.RuneStart(l.s[l.pos]) {
			l.pos--
		}
		l.comment = true
		l.push()
		l.state = inFormalComment
	case tokMultiStart:
		l.comment = true
		l.push()
		l.state = inMultiComment
	case tokHash:
		if l.state == inReference || l.state == inRefModifier {
			l.pop()
		}
		l.push()
		l.state = inPreDirective
	}
}

// action is the effect of a token on the lexer.
func (l *lexer) action(t *token) {
	switch t.kind {
	case tokIndexLBracket:
		l.push()
		l.state = inRefIndex
	case tokIndexRBracket, tokRCurly:
		l.pop()
	case tokLParen:
		if !l.comment {
			l.lparen++
		}
		if l.state == inRefModifier {
			l.state = inRefMod2
		}
	case tokRParen:
		l.closeParen()
	case tokRefmod2RParen:
		l.state = inReference
	case tokSetDirective:
		if !l.comment {
			l.push()
			l.inSet = true
			l.state = inDirective
			l.lparen++
		}
	case tokLineCommentStart:
		if !l.comment {
			if l.state == inReference {
				l.pop()
			}
			l.comment = true
			l.push()
			l.state = inLineComment
		}
	case tokLineComment, tokFormalComment, tokMultiComment, tokTextblock:
		l.comment = false
		l.pop()
	case tokString:
		if l.state == inDirective && !l.inSet && l.lparen == 0 {
			l.pop()
		}
	case tokEnd, tokElse:
		l.pop()
	case tokIf, tokElseIf:
		l.state = inDirective
	case tokInteger:
		if n := len(t.image); n > 2 && t.image[n-2:] == ".." {
			l.pos -= 2
			t.end -= 2
			t.image = t.image[:n-2]
		}
		if l.lparen == 0 && !l.inSet && l.state != inRefMod2 && l.state != inRefIndex {
			l.pop()
		}
	case tokFloat:
		if l.lparen == 0 && !l.inSet && l.state != inRefMod2 {
			l.pop()
		}
	case tokDot:
		l.pos-- // the letter belongs to the name
		t.end--
		t.image = "."
		l.state = inRefModifier
	}
}

func (l *lexer) closeParen() {
	if l.comment {
		return
	}
	for {
		if l.lparen > 0 {
			if l.lparen == l.rparen+1 {
				l.pop()
			} else {
				l.rparen++
			}
			return
		}
		if !l.pop() {
			return
		}
	}
}

// leftParenAhead reports whether a '(' comes next, after white space.
func (l *lexer) leftParenAhead() bool {
	for i := l.pos; i < len(l.s); i++ {
		switch l.s[i] {
		case '(':
			return true
		case ' ', '\t', '\n', '\r':
		default:
			return false
		}
	}
	return false
}
