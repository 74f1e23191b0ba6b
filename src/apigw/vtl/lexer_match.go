package vtl

import (
	"strings"
	"unicode/utf8"
)

// The form of tokens: for each state, what matches at the current place, and its length.

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

// match finds the token at the current place: its kind and length in bytes, tokNone if there is
// none.
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

// matchMore matches the start of a reference, directive, comment or text block, in every state.
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

// lineRestLen is the length of white space and a line end, 0 if anything else comes before the line
// end.
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

// backslashes is the number of backslashes that come next. They are counted once per run, although
// each escape in the run needs the count.
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

// integerLen matches an integer, the two dots of a range included so that "1..3" is not the number
// "1." and ".3".
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

// stringLen matches a string literal: everything to the closing quote, doubled quotes being part of
// it.
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

// deadAt returns how far beyond the current place the lexer had to read to see that no token
// matches.
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
