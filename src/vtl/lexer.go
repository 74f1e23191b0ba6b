package vtl

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// The lexer follows the token manager of Velocity 1.7's grammar (Parser.jjt) state by state: which characters are text depends on
// what came before, and so do the whitespace that a directive eats, the dollars that vanish and the braces that are lost.
// The longest match wins, of equally long ones the token declared first.
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

	slashes struct{ from, to int } // the run of backslashes looked at last
}

type savedState struct {
	state          lexState
	lparen, rparen int
}

// maxStates bounds the stack of lexer states; nothing sensible needs more than a few per level of nesting.
const maxStates = 4 * MaxParseDepth

func (l *lexer) push() {
	if len(l.stack) >= maxStates {
		e := l.src.errorAt(l.pos, "references and directives are nested deeper than %d levels", MaxParseDepth)
		e.Err = &LimitError{Limit: "MaxParseDepth", Max: MaxParseDepth}
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

// next answers the next token. A character that cannot start or continue any token panics with an *Error.
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

// clip shortens what an error message quotes.
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

// more takes what belongs to the token to come.
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

// action is what a token does to the lexer.
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

func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// A best is the longest match so far.
type best struct {
	kind tokenKind
	n    int
}

func (b *best) try(kind tokenKind, n int) {
	if n > b.n || n == b.n && n > 0 && kind < b.kind {
		b.kind, b.n = kind, n
	}
}

// match finds the token at the current place: its kind and length in bytes, tokNone if there is none.
func (l *lexer) match() (tokenKind, int) {
	s := l.s[l.pos:]
	b := best{kind: tokNone}
	switch l.state {
	case inDefault:
		switch s[0] {
		case '$', '#', '\\', ' ', '\t':
			l.matchMore(s, &b)
			b.try(tokSetDirective, setDirectiveLen(s))
			b.try(tokEmptyIndex, emptyIndexLen(s))
			b.try(tokEscapeDirective, l.escapeDirectiveLen(s))
			if s[0] == '#' && len(s) > 1 && s[1] == '#' {
				b.try(tokLineCommentStart, 2)
			}
			if s[0] == '\\' {
				b.try(tokEscape, 1)
				if len(s) > 1 && s[1] == '\\' {
					b.try(tokDoubleEscape, 2)
				}
			}
		}
		n := 0
		for n < len(s) && s[n] != '$' && s[n] != '#' && s[n] != '\\' {
			n++
		}
		b.try(tokText, n)
	case inReference, inRefModifier:
		l.matchMore(s, &b)
		b.try(tokSetDirective, setDirectiveLen(s))
		b.try(tokIdentifier, identifierLen(s))
		matchWords(s, &b)
		switch s[0] {
		case '[':
			b.try(tokIndexLBracket, 1)
		case '{':
			b.try(tokLCurly, 1)
		case '}':
			b.try(tokRCurly, 1)
		case '.':
			if len(s) > 1 && isLetter(s[1]) {
				b.try(tokDot, 2)
			}
		case '(':
			if l.state == inRefModifier {
				b.try(tokLParen, 1)
			}
		case '#':
			if l.state == inReference && len(s) > 1 && s[1] == '#' {
				b.try(tokLineCommentStart, 2)
			}
		}
		if l.state == inReference {
			b.try(tokEmptyIndex, emptyIndexLen(s))
		}
		if b.n == 0 {
			_, size := utf8.DecodeRuneInString(s)
			return tokRefTerminator, size
		}
	case inRefMod2:
		l.matchMore(s, &b)
		b.try(tokSetDirective, setDirectiveLen(s))
		l.matchLiterals(s, &b)
		b.try(tokIdentifier, identifierLen(s))
		matchBrackets(s, &b)
		if s[0] == ')' {
			b.try(tokRefmod2RParen, 1)
		}
		if s[0] == '.' && len(s) > 1 && isLetter(s[1]) {
			b.try(tokDot, 2)
		}
	case inRefIndex:
		l.matchMore(s, &b)
		l.matchLiterals(s, &b)
		if s[0] == ']' {
			b.try(tokIndexRBracket, 1)
		}
	case inPreDirective:
		l.matchMore(s, &b)
		if s[0] == '#' && len(s) > 1 && s[1] == '#' {
			b.try(tokLineCommentStart, 2)
		}
		b.try(tokEnd, keywordLineLen(s, "end"))
		b.try(tokElse, keywordLineLen(s, "else"))
		b.try(tokIf, keywordLen(s, "if"))
		b.try(tokElseIf, keywordLen(s, "elseif"))
		b.try(tokInteger, integerLen(s))
		b.try(tokFloat, floatLen(s))
		b.try(tokWord, wordLen(s))
		b.try(tokBracketedWord, bracketedWordLen(s))
		if b.n == 0 {
			_, size := utf8.DecodeRuneInString(s)
			return tokDirTerminator, size
		}
	case inDirective:
		l.matchMore(s, &b)
		l.matchLiterals(s, &b)
		matchBrackets(s, &b)
		matchOperators(s, &b)
		b.try(tokWord, wordLen(s))
		b.try(tokBracketedWord, bracketedWordLen(s))
		switch s[0] {
		case '(':
			b.try(tokLParen, 1)
		case ')':
			b.try(tokRParen, 1+lineRestLen(s[1:]))
		case '#':
			if len(s) > 1 && s[1] == '#' {
				b.try(tokLineCommentStart, 2)
			}
		}
	case inLineComment:
		l.matchMore(s, &b)
		b.try(tokLineComment, lineEndLen(s))
		l.matchAny(s, &b, tokSkip)
	case inFormalComment, inMultiComment:
		l.matchMore(s, &b)
		if len(s) > 1 && s[0] == '*' && s[1] == '#' {
			kind := tokFormalComment
			if l.state == inMultiComment {
				kind = tokMultiComment
			}
			b.try(kind, 2)
		}
		l.matchAny(s, &b, tokSkip)
	case inTextblock:
		l.matchMore(s, &b)
		if len(s) > 2 && s[:3] == "]]#" {
			b.try(tokTextblock, 3)
		}
		l.matchAny(s, &b, tokMore)
	}
	return b.kind, b.n
}

func (l *lexer) matchAny(s string, b *best, kind tokenKind) {
	_, size := utf8.DecodeRuneInString(s)
	if b.n == 0 || b.n == 1 && kind < b.kind {
		b.kind, b.n = kind, size
	}
}

// matchMore matches what begins a reference, directive, comment or text block, in every state.
func (l *lexer) matchMore(s string, b *best) {
	switch s[0] {
	case '$', '\\':
		i := l.backslashes()
		if i >= len(s) || s[i] != '$' {
			return
		}
		i++
		b.try(tokDollar, i)
		for i < len(s) && s[i] == '\\' {
			i++
		}
		if i < len(s) && s[i] == '!' {
			b.try(tokDollarBang, i+1)
		}
	case '#':
		b.try(tokHash, 1)
		if len(s) > 2 && s[1] == '[' && s[2] == '[' {
			b.try(tokTextblockStart, 3)
		}
		if len(s) > 1 && s[1] == '*' {
			b.try(tokMultiStart, 2)
			if len(s) > 3 && s[2] == '*' && s[3] != '#' {
				_, size := utf8.DecodeRuneInString(s[3:])
				b.try(tokFormalStart, 3+size)
			}
		}
	}
}

func (l *lexer) matchLiterals(s string, b *best) {
	n := 0
	for n < len(s) && (s[n] == ' ' || s[n] == '\t' || s[n] == '\n' || s[n] == '\r') {
		n++
	}
	b.try(tokWhitespace, n)
	b.try(tokString, stringLen(s))
	matchWords(s, b)
	b.try(tokInteger, integerLen(s))
	b.try(tokFloat, floatLen(s))
}

func matchWords(s string, b *best) {
	if len(s) >= 4 && s[:4] == "true" {
		b.try(tokTrue, 4)
	}
	if len(s) >= 5 && s[:5] == "false" {
		b.try(tokFalse, 5)
	}
}

func matchBrackets(s string, b *best) {
	switch s[0] {
	case '[':
		b.try(tokLBracket, 1)
	case ']':
		b.try(tokRBracket, 1)
	case ',':
		b.try(tokComma, 1)
	case ':':
		b.try(tokColon, 1)
	case '{':
		b.try(tokLeftCurly, 1)
	case '}':
		b.try(tokRightCurly, 1)
	case '.':
		if len(s) > 1 && s[1] == '.' {
			b.try(tokDoubleDot, 2)
		}
	}
}

var operators = []struct {
	text string
	kind tokenKind
}{
	{"-", tokMinus}, {"+", tokPlus}, {"*", tokMultiply}, {"/", tokDivide}, {"%", tokModulus}, {"&&", tokAnd}, {"and", tokAnd},
	{"||", tokOr}, {"or", tokOr}, {"<", tokLT}, {"lt", tokLT}, {"<=", tokLE}, {"le", tokLE}, {">", tokGT}, {"gt", tokGT},
	{">=", tokGE}, {"ge", tokGE}, {"==", tokEQ}, {"eq", tokEQ}, {"!=", tokNE}, {"ne", tokNE}, {"!", tokNot}, {"not", tokNot},
	{"=", tokEquals},
}

func matchOperators(s string, b *best) {
	for _, op := range operators {
		if op.text[0] == s[0] && len(s) >= len(op.text) && s[:len(op.text)] == op.text {
			b.try(op.kind, len(op.text))
		}
	}
}

func lineEndLen(s string) int {
	switch {
	case len(s) == 0:
	case s[0] == '\n':
		return 1
	case s[0] == '\r':
		if len(s) > 1 && s[1] == '\n' {
			return 2
		}
		return 1
	}
	return 0
}

// lineRestLen is the length of blanks and a line end, 0 if anything else comes before the line end.
func lineRestLen(s string) int {
	i := 0
	for i < len(s) && (s[i] == ' ' || s[i] == '\t') {
		i++
	}
	if n := lineEndLen(s[i:]); n > 0 {
		return i + n
	}
	return 0
}

func keywordLen(s, word string) int {
	if len(s) >= len(word) && s[:len(word)] == word {
		return len(word)
	}
	if len(s) >= len(word)+2 && s[0] == '{' && s[1:1+len(word)] == word && s[1+len(word)] == '}' {
		return len(word) + 2
	}
	return 0
}

func keywordLineLen(s, word string) int {
	n := keywordLen(s, word)
	if n > 0 {
		n += lineRestLen(s[n:])
	}
	return n
}

func setDirectiveLen(s string) int {
	i := 0
	for i < len(s) && (s[i] == ' ' || s[i] == '\t') {
		i++
	}
	switch {
	case len(s) >= i+4 && s[i:i+4] == "#set":
		i += 4
	case len(s) >= i+6 && s[i:i+6] == "#{set}":
		i += 6
	default:
		return 0
	}
	for i < len(s) && s[i] == ' ' {
		i++
	}
	if i < len(s) && s[i] == '(' {
		return i + 1
	}
	return 0
}

func emptyIndexLen(s string) int {
	for _, t := range [...]string{"$[", "$![", `$\![`, "$."} {
		if len(s) >= len(t) && s[:len(t)] == t {
			return len(t)
		}
	}
	return 0
}

// backslashes is how many come next. They are counted once for a run, which is looked at again at each of its escapes.
func (l *lexer) backslashes() int {
	if l.pos < l.slashes.from || l.pos >= l.slashes.to {
		end := l.pos
		for end < len(l.s) && l.s[end] == '\\' {
			end++
		}
		l.slashes.from, l.slashes.to = l.pos, end
	}
	return l.slashes.to - l.pos
}

// escapeDirectiveLen matches an odd run of backslashes, a hash and a word.
func (l *lexer) escapeDirectiveLen(s string) int {
	i := l.backslashes()
	if i%2 == 0 || i >= len(s) || s[i] != '#' {
		return 0
	}
	i++
	n := wordLen(s[i:])
	if n == 0 {
		n = bracketedWordLen(s[i:])
	}
	if n == 0 {
		return 0
	}
	return i + n
}

func isWordChar(c byte) bool { return isLetter(c) || isDigit(c) || c == '_' || c == '@' }

func wordLen(s string) int {
	if len(s) == 0 || isDigit(s[0]) || !isWordChar(s[0]) {
		return 0
	}
	i := 1
	for i < len(s) && isWordChar(s[i]) {
		i++
	}
	return i
}

func bracketedWordLen(s string) int {
	if len(s) < 3 || s[0] != '{' || !isLetter(s[1]) && s[1] != '_' {
		return 0
	}
	i := 2
	for i < len(s) && isWordChar(s[i]) {
		i++
	}
	if i < len(s) && s[i] == '}' {
		return i + 1
	}
	return 0
}

func identifierLen(s string) int {
	if len(s) == 0 || !isLetter(s[0]) && s[0] != '_' {
		return 0
	}
	i := 1
	for i < len(s) && (isLetter(s[i]) || isDigit(s[i]) || s[i] == '-' || s[i] == '_') {
		i++
	}
	return i
}

func digitsLen(s string) int {
	i := 0
	for i < len(s) && isDigit(s[i]) {
		i++
	}
	return i
}

func exponentLen(s string) int {
	if len(s) == 0 || s[0]|0x20 != 'e' {
		return 0
	}
	i := 1
	if i < len(s) && (s[i] == '+' || s[i] == '-') {
		i++
	}
	if n := digitsLen(s[i:]); n > 0 {
		return i + n
	}
	return 0
}

// integerLen matches an integer, the two dots of a range included so that "1..3" is not the number "1." and ".3".
func integerLen(s string) int {
	i := 0
	if len(s) > 0 && s[0] == '-' {
		i++
	}
	n := digitsLen(s[i:])
	if n == 0 {
		return 0
	}
	i += n
	if len(s) >= i+2 && s[i] == '.' && s[i+1] == '.' {
		i += 2
	}
	return i
}

func floatLen(s string) int {
	i := 0
	if len(s) > 0 && s[0] == '-' {
		i++
	}
	n := digitsLen(s[i:])
	i += n
	if i < len(s) && s[i] == '.' {
		m := digitsLen(s[i+1:])
		if n == 0 && m == 0 {
			return 0
		}
		i += 1 + m
		return i + exponentLen(s[i:])
	}
	if n == 0 {
		return 0
	}
	if e := exponentLen(s[i:]); e > 0 {
		return i + e
	}
	return 0
}

// stringLen matches a string literal: everything to the closing quote, doubled quotes being part of it.
func stringLen(s string) int {
	if s[0] != '"' && s[0] != '\'' {
		return 0
	}
	for i := 1; i < len(s); i++ {
		if s[i] == s[0] {
			if i+1 < len(s) && s[i+1] == s[0] {
				if strings.IndexByte(s[i+2:], s[0]) < 0 {
					// The doubled quote cannot be inside: nothing closes the string after it.
					return i + 1
				}
				i++
				continue
			}
			return i + 1
		}
	}
	return 0
}

// deadAt answers how far beyond the current place the lexer had to read to see that no token matches.
func (l *lexer) deadAt() int {
	s := l.s[l.pos:]
	switch s[0] {
	case '"', '\'':
		return len(s)
	case '\\':
		return l.backslashes()
	case '&', '|':
		if l.state == inDirective {
			return 1
		}
	case '.', '-':
		if s[0] == '-' && len(s) > 1 && s[1] == '.' {
			return 2
		}
		return 1
	case 't', 'f':
		if l.state != inRefIndex {
			return 0
		}
		word := "true"
		if s[0] == 'f' {
			word = "false"
		}
		i := 0
		for i < len(s) && i < len(word) && s[i] == word[i] {
			i++
		}
		return i
	}
	return 0
}
