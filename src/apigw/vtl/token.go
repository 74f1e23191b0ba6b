package vtl

// A tokenKind numbers the tokens of Velocity 1.7's grammar in its order: of two tokens that match
// the same text the first wins.
type tokenKind uint8

const (
	tokEOF tokenKind = iota
	tokIndexLBracket
	tokIndexRBracket
	tokLBracket
	tokRBracket
	tokComma
	tokDoubleDot
	tokColon
	tokLeftCurly
	tokRightCurly
	tokLParen
	tokRParen
	tokRefmod2RParen
	tokEscapeDirective
	tokSetDirective
	tokDollar
	tokDollarBang
	tokTextblockStart
	tokFormalStart
	tokMultiStart
	tokHash
	tokLineCommentStart
	tokDoubleEscape
	tokEscape
	tokText
	tokLineComment
	tokFormalComment
	tokMultiComment
	tokTextblock
	tokSkip
	tokMore
	tokWhitespace
	tokString
	tokTrue
	tokFalse
	tokMinus
	tokPlus
	tokMultiply
	tokDivide
	tokModulus
	tokAnd
	tokOr
	tokLT
	tokLE
	tokGT
	tokGE
	tokEQ
	tokNE
	tokNot
	tokEquals
	tokEnd
	tokIf
	tokElseIf
	tokElse
	tokInteger
	tokFloat
	tokWord
	tokBracketedWord
	tokIdentifier
	tokDot
	tokLCurly
	tokRCurly
	tokRefTerminator
	tokDirTerminator
	tokEmptyIndex
	tokNone
)

var tokenNames = [...]string{
	tokEOF: "end of template", tokIndexLBracket: `"["`, tokIndexRBracket: `"]"`, tokLBracket: `"["`, tokRBracket: `"]"`,
	tokComma: `","`, tokDoubleDot: `".."`, tokColon: `":"`, tokLeftCurly: `"{"`, tokRightCurly: `"}"`, tokLParen: `"("`,
	tokRParen: `")"`, tokRefmod2RParen: `")"`, tokEscapeDirective: "an escaped directive", tokSetDirective: "#set(",
	tokLineCommentStart: `"##"`, tokDoubleEscape: `"\\\\"`, tokEscape: `"\\"`, tokText: "text", tokLineComment: "a line end",
	tokFormalComment: `"*#"`, tokMultiComment: `"*#"`, tokTextblock: "a text block", tokWhitespace: "white space",
	tokString: "a string", tokTrue: "true", tokFalse: "false", tokMinus: `"-"`, tokPlus: `"+"`, tokMultiply: `"*"`,
	tokDivide: `"/"`, tokModulus: `"%"`, tokAnd: `"&&"`, tokOr: `"||"`, tokLT: `"<"`, tokLE: `"<="`, tokGT: `">"`, tokGE: `">="`,
	tokEQ: `"=="`, tokNE: `"!="`, tokNot: `"!"`, tokEquals: `"="`, tokEnd: "#end", tokIf: "#if", tokElseIf: "#elseif",
	tokElse: "#else", tokInteger: "an integer", tokFloat: "a number", tokWord: "a word", tokBracketedWord: "a word in braces",
	tokIdentifier: "a name", tokDot: `"."`, tokLCurly: `"{"`, tokRCurly: `"}"`, tokEmptyIndex: `"$["`,
}

func (k tokenKind) String() string {
	if int(k) < len(tokenNames) && tokenNames[k] != "" {
		return tokenNames[k]
	}
	return "a token"
}

// A token is a piece of the template. Its image starts with whatever the lexer consumed before it
// without making it a separate token: dollars, hashes and backslashes.
type token struct {
	kind    tokenKind
	begin   int // byte offsets in the source
	end     int
	image   string
	next    *token
	special *token // the last preceding terminator: not part of the grammar, but its dollars and hashes are text
}

// A lexState is a state of the lexer: what can come next.
type lexState uint8

const (
	inDefault lexState = iota
	inReference
	inRefModifier  // after the dot
	inRefMod2      // in the parentheses of a method call
	inRefIndex     // in the brackets of an index
	inPreDirective // after the hash
	inDirective
	inLineComment
	inFormalComment
	inMultiComment
	inTextblock
)
