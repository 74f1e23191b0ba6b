package main

import (
	"fmt"
	"strings"

	"example.com/guessing-game/tests/libraries"
)

// wideQuestion makes a path from the whole grammar of paths, including oddities and spaces, with
// little regard to the document.
func (g generator) wideQuestion() libraries.Question {
	w := wideMaker{pathMaker{g}}
	path := w.path(3)
	for range g.IntN(3) {
		if g.chance(20) {
			path = w.broken(path)
		}
	}
	return libraries.Question{Document: w.rows().String(), Path: &path}
}

type wideMaker struct{ pathMaker }

// rows makes a document whose members have the names that paths use.
func (w wideMaker) rows() *node {
	n := &node{open: '{'}
	for range 2 + w.IntN(4) {
		n.set(w.name(), w.part(3))
	}
	if w.chance(10) {
		return w.part(3)
	}
	return n
}

func (w wideMaker) part(depth int) *node {
	if depth == 0 || w.chance(25) {
		return scalar(w.scalar())
	}
	if w.chance(50) {
		n := &node{open: '{'}
		for range w.IntN(4) {
			n.set(w.name(), w.part(depth-1))
		}
		return n
	}
	n := &node{open: '['}
	first := w.part(depth - 1)
	for range w.IntN(6) {
		n.items = append(n.items, first)
		if first = w.like(first); w.chance(20) {
			first = w.part(depth - 1)
		}
	}
	return n
}

func (w wideMaker) name() string {
	return w.pick("a", "a", "a", "b", "b", "c", "l", "id", "x y", "it's", "say \"x\"", "a.b", "a-b", "a,b", "a]b", "a[b", "a(b", "a)b", "*", "?", "@", "$", "$a", "@a", "a:b", "a/b", "a\\b", "0", "-1", "", " ", "é", "😀", "length", "length()", "true", "null", "a=b", "a==b", "a&&b", "a!", "#", "a\tb", "a\nb", "{}", "..", ".")
}

// blank is white space wherever a person might write some.
func (w wideMaker) blank() string {
	return w.pick("", "", "", "", "", "", " ", " ", "  ", "\t", "\n", "\r", "\u00a0")
}

func (w wideMaker) path(depth int) string {
	var b strings.Builder
	b.WriteString(w.pick("$", "$", "$", "$", "$", "$", "$", "$", "@", "", "$$", " $", "$ ", "a", "$a", "*"))
	for range 1 + w.IntN(4) {
		b.WriteString(w.piece(depth))
	}
	if w.chance(4) {
		b.WriteString(w.pick(" ", ".", "..", "\t", "]", "[", "()", "*", "x", "\n"))
	}
	return b.String()
}

func (w wideMaker) piece(depth int) string {
	dots := w.pick("", "", "", "", "", "..", ".", "...")
	switch n := w.IntN(20); {
	case n < 5:
		return w.pick(".", ".", ".", ".", "..", "", "...", ". ", ".. ") + w.plain()
	case n < 8:
		return dots + w.quoted()
	case n < 10:
		return dots + w.indexes()
	case n < 12:
		return dots + w.slice()
	case n < 14:
		return dots + w.pick("[*]", ".*", "*", "[ *]", "[* ]", "['*']", "[**]", ".**", "[*,*]", "[*,0]", "[\t*]", "[*")
	case n < 18 && depth > 0:
		return dots + "[" + w.blank() + "?" + w.blank() + "(" + w.condition(depth-1) + ")" + w.blank() + "]"
	case n < 19:
		return dots + w.pick("[]", "[ ]", "[?]", "[?,?]", "[?a]", "[a]", "[a,b]", "[(@.length-1)]", "[(@.length()-1)]", "[-]", "[$.a]", "[@.a]", "['a'", "[\"a']", "[0", "[?(", "[?()]", "[?( )]", "[?(1)]", "[?('a')]", "[?(@)]", "[?($)]", "[?@.a]", "[?(@.a)", "[?(@.a]", "[!]", "[true]", "[null]", "[1.0]", "[1e0]", "[0x1]", "['a':'b']", "['a';'b']", "['a' 'b']", "['a',]", "[,'a']", "['a',0]", "[0,'a']")
	}
	return w.pick(".", ".", ".", "..", "") + w.function(depth)
}

// plain makes a name without quotes.
func (w wideMaker) plain() string {
	if w.chance(60) {
		return w.pick("a", "b", "c", "l", "id", "é", "a-b", "length", "0", "😀")
	}
	return w.name()
}

func (w wideMaker) quoted() string {
	var b strings.Builder
	b.WriteString("[" + w.blank())
	for i := range 1 + w.IntN(2)*w.IntN(3) {
		if i > 0 {
			b.WriteString(w.blank() + w.pick(",", ",", ",", ",", ",,", "", ";") + w.blank())
		}
		b.WriteString(w.literal())
	}
	b.WriteString(w.blank() + "]")
	return b.String()
}

// literal makes text in quotes, with escapes, not all of them valid.
func (w wideMaker) literal() string {
	q := w.pick("'", "'", "\"")
	text := w.name()
	if w.chance(50) {
		text = w.pick("a", "b", "l", "c")
	}
	if w.chance(85) {
		text = strings.NewReplacer(`\`, `\\`, q, `\`+q).Replace(text)
	}
	if w.chance(12) {
		text += w.pick(`\n`, `\t`, `\u0061`, `\u00e9`, `\uD83D\uDE00`, `\uD83D`, `\u00`, `\u`, `\uZZZZ`, `\u-001`, `\u+001`, `\x41`, `\/`, `\a`, `\\`, `\'`, `\"`, `\0`, `\ `, `\]`, `\é`, `\b\f\r`)
	}
	return q + text + w.pick(q, q, q, q, q, q, q, q, q, q, q, q, "", w.pick("'", "\""))
}

func (w wideMaker) integer() string {
	return w.pick("0", "0", "1", "1", "2", "3", "-1", "-1", "-2", "-5", "9", "00", "-0", "007", "2147483647", "2147483648", "-2147483648", "-2147483649", "--1", "-", "1-", "1-2", "+1", "٣", "१", "1.0")
}

func (w wideMaker) indexes() string {
	parts := []string{w.integer()}
	for w.chance(30) {
		parts = append(parts, w.integer())
	}
	if w.chance(4) {
		parts = append(parts, "")
	}
	return "[" + w.blank() + strings.Join(parts, w.blank()+","+w.blank()) + w.blank() + "]"
}

func (w wideMaker) slice() string {
	end := func() string {
		if w.chance(30) {
			return ""
		}
		if w.chance(70) {
			return fmt.Sprint(w.IntN(13) - 6)
		}
		return w.integer()
	}
	s := end() + ":" + end()
	if w.chance(10) {
		s += ":" + end()
	}
	if w.chance(5) {
		s += "," + end()
	}
	return w.pick("[", "[", "[", "[", "[", "[ ", "[\t") + s + w.pick("]", "]", "]", "]", "]", " ]", "")
}

func (w wideMaker) function(depth int) string {
	name := w.pick("length", "size", "min", "max", "avg", "sum", "stddev", "concat", "append", "length", "size", "sum", "concat", "keys", "foo", "Length", "")
	if w.chance(50) {
		return name + w.pick("()", "()", "()", "()", "()", "( )", "(", ")", "(()", "())", "(\t)", "(,)")
	}
	var args []string
	for range 1 + w.IntN(3) {
		args = append(args, w.blank()+w.argument(depth-1)+w.blank())
	}
	return name + "(" + strings.Join(args, w.pick(",", ",", ",", ",,", " ", ";")) + w.pick(")", ")", ")", ")", ")", ")", "", "))")
}

func (w wideMaker) argument(depth int) string {
	if depth > 0 && w.chance(30) {
		return w.path(depth)
	}
	return w.pick("1", "2.5", "10", "-3", "1e2", "007", "1 2", "1a", "'a'", "\"a\"", "\"a,b\"", "\"a b\"", "\"\"", "\"\\\"\"", "\"(\"", "\")\"", "\"é😀\"", "\"\\u0041\"", "true", "false", "null", "{}", "{\"a\":1}", "{\"a\":[1,2]}", "{'a':1}", "[1,2]", "[]", "$", "@", "$.a", "$.l", "$.l[0]", "@.a", "$.l[*]", "$..a", "$['a']", "$['a','b']", "$.l[0,1]", "$.l.sum()", "$.concat($.a,\"x\")", "$.nope", "x", "\"", "{", "}", "[", "]", "(", "\\")
}

func (w wideMaker) condition(depth int) string {
	n := w.IntN(20)
	switch {
	case n < 3 && depth > 0:
		return w.condition(depth-1) + w.blank() + w.pick("&&", "||", "&&", "||", "&", "|", "and", "or", ",", "&&&&", "&& ||") + w.blank() + w.condition(depth-1)
	case n < 5 && depth > 0:
		return w.blank() + "(" + w.blank() + w.condition(depth-1) + w.blank() + ")" + w.blank()
	case n < 7 && depth > 0:
		return w.pick("!", "!", "! ", "!!", "not ") + w.pick("(", "(", "") + w.condition(depth-1) + w.pick(")", ")", "")
	case n < 9:
		return w.blank() + w.pick("", "", "!", "! ", "!!") + w.operand(depth) + w.blank()
	}
	op := w.pick("==", "==", "==", "!=", "<", "<=", ">", ">=", "===", "!==", "=~", "=~")
	glue := w.blank()
	if w.chance(40) {
		op = w.pick("in", "in", "nin", "contains", "contains", "size", "size", "empty", "empty", "subsetof", "subsetof", "all", "IN", "Nin", "CONTAINS", "anyof", "noneof", "type", "matches", "exists", "=", "<>", "=<", "==!", "like", "~=", "eq", "")
		if glue = " "; w.chance(6) {
			glue = w.blank()
		}
	}
	left, right := w.operand(depth), w.operand(depth)
	if w.chance(60) {
		right = w.suited(op, right)
	}
	if w.chance(5) {
		left, right = right, left
	}
	return w.blank() + left + glue + op + glue + right + w.blank()
}

// suited makes what an operator expects on its right.
func (w wideMaker) suited(op, other string) string {
	switch strings.ToLower(op) {
	case "in", "nin", "subsetof", "all", "anyof", "noneof":
		return w.list()
	case "size":
		return w.pick("0", "1", "2", "3", "-1", "1.9", "4294967297", "'1'")
	case "empty", "exists":
		return w.pick("true", "false")
	case "=~":
		return "/" + w.pick("a", "a.*", ".*", "^a$", "[a-c]+", "\\d+", "(a|b)c?", "é", "\\w+", "a\\/b", ".", "(?i)A", "\\S*", "", "[", "(", "*", "a{2}", "\\p{L}+", "[^a]*", "(?<x>a)\\k<x>", "x+y*", "😀", "\\Qa\\E", "a/b", "\\u0061", "[[a]&&[a-c]]", "^.*$", "a b", "a)", "]") + "/" + w.pick("", "", "i", "g", "ii", "m", " i")
	}
	return other
}

func (w wideMaker) operand(depth int) string {
	switch n := w.IntN(12); {
	case n < 6:
		p := w.pick("@", "@", "@", "@", "@", "$", "@@", "@ ", "a")
		for range w.IntN(3) {
			p += w.piece(min(depth, 1))
		}
		return p
	case n < 8:
		return w.literal()
	case n < 10:
		return w.pick(w.number(), w.number(), "1", "0", "-1", "1.50", "01", "-.5", ".5", "5.", "1e5", "1E5", "+1", "--1", "1-1", "1.2.3", "-", ".", "٣", "Infinity", "NaN", "1L", "0x1", "1_0")
	case n < 11:
		return w.pick("true", "false", "null", "True", "nul", "truex", "undefined", "/a/", "/a/i", "/", "//", "true ", "nil")
	}
	return w.list()
}

func (w wideMaker) list() string {
	if w.chance(12) {
		return w.pick("[", "]", "[]", "[ ]", "{}", "{ }", "{\"a\":1}", "{a:1}", "{'a':[1]}", "{", "[[1]]", "[{}]", "(1)", "[1", "['a]']", "[\"]\"]", "['[']", "[1,]", "[,1]", "[a b]", "@.l", "$.l", "$.l[*]", "'abc'", "1", "null")
	}
	var items []string
	for range w.IntN(4) {
		items = append(items, w.blank()+w.pick(w.literal(), w.number(), "1", "2", "'a'", "\"b\"", "a", "null", "true", "1.0", "'1'", "'1.50'", "1.50", "'$.a'", "'@'", "'[1]'", "'{}'", "'\\u0041'", "é", "'it\\'s'", "' a '", "-0", "1e1", "[1]", "{}")+w.blank())
	}
	return "[" + strings.Join(items, ",") + "]"
}

// wideDocument makes text from everything that json-smart reads or nearly reads, combined with
// little regard to the grammar.
func (g generator) wideDocument() string {
	w := wideMaker{pathMaker{g}}
	if w.chance(15) {
		var b strings.Builder
		for range 1 + w.IntN(12) {
			b.WriteString(w.pick("{", "}", "[", "]", ",", ":", w.atom(), w.blanks(), "{\"a\":", "[1,"))
		}
		return b.String()
	}
	text := w.lenient(4)
	if w.chance(12) {
		n := w.IntN(400)
		open, shut := "[", "]"
		if w.chance(30) {
			open, shut = `{"a":`, "}"
		}
		text = strings.Repeat(open, n) + text + strings.Repeat(shut, n-w.IntN(2)*w.IntN(2)*min(n, 1))
	}
	text = w.pick("", "", "", "", "", "", "\ufeff", " ", "\n", "//c\n", "/*c*/", "#c\n", "x", ",", "\x00", "\u00a0", ")]}'") + text
	text += w.pick("", "", "", "", "", "", " ", "\n", ",", "]", "}", "x", "//c", ";", " 1", "{}", "\x00", "\x1a", "\u2028")
	if w.chance(10) {
		text = w.broken(text)
	}
	return text
}

func (w wideMaker) blanks() string {
	return w.pick("", "", "", "", "", " ", " ", "\n", "\t", "\r\n", "\f", "\v", "\b", "\x00", "\x1c", "\x1a", "\u0085", "\u00a0", "\u2003", "\u2028", "\u3000", "\ufeff", "//c\n", "/*c*/", "#c\n", "  \t ")
}

func (w wideMaker) lenient(depth int) string {
	if depth == 0 || w.chance(30) {
		return w.blanks() + w.atom() + w.blanks()
	}
	comma := func() string { return w.blanks() + w.pick(",", ",", ",", ",", ",", ",,", "", ";", ":") + w.blanks() }
	var b strings.Builder
	if w.chance(50) {
		b.WriteString("[")
		for i := range w.IntN(5) {
			if i > 0 {
				b.WriteString(comma())
			}
			b.WriteString(w.lenient(depth - 1))
		}
		b.WriteString(w.pick("", "", "", "", ",", ",,") + w.blanks() + w.pick("]", "]", "]", "]", "]", "]", "]", "}", ""))
		return b.String()
	}
	b.WriteString("{")
	for i := range w.IntN(4) {
		if i > 0 {
			b.WriteString(comma())
		}
		key := w.pick("a", "b", "\"a\"", "\"b\"", "'c'")
		if w.chance(40) {
			key = w.atom()
		}
		b.WriteString(w.blanks() + key + w.blanks() + w.pick(":", ":", ":", ":", ":", ":", ":", ":", "::", "=", "", "=>", ",") + w.lenient(depth-1))
	}
	b.WriteString(w.pick("", "", "", "", ",", ",,") + w.blanks() + w.pick("}", "}", "}", "}", "}", "}", "}", "]", ""))
	return b.String()
}

func (w wideMaker) atom() string {
	switch w.IntN(5) {
	case 0, 1:
		return w.numeral()
	case 2:
		return w.bare()
	}
	return w.string()
}

// numeral makes a number in any form, or nearly one.
func (w wideMaker) numeral() string {
	digits := func(most int) string {
		var b strings.Builder
		for range 1 + w.IntN(most) {
			b.WriteByte(byte('0' + w.IntN(10)))
		}
		return b.String()
	}
	most := []int{2, 2, 3, 10, 11, 17, 19, 20, 22, 40}[w.IntN(10)]
	s := w.pick("", "", "", "-", "-", "+", "--", "-+") + w.pick("", "", "", "", "0", "00", "000000000000000000") + digits(most)
	if w.chance(8) {
		s = w.pick("9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "2147483647", "2147483648", "-2147483648", "-2147483649", "18446744073709551616", "9007199254740993", "123456789012345678", "1234567890123456789", "0", "-0", "-", "+")
	}
	if w.chance(45) {
		s += "." + w.pick("", digits(3), digits(12), digits(25), "0", "00", "5", ".5")
	}
	if w.chance(30) {
		s += w.pick("e", "E", "e", "E", "ee", "p") + w.pick("", "", "+", "-", "--") + w.pick("", digits(1), digits(2), digits(3), "0", "00", "308", "309", "324", "325", "400", "2147483647", "2147483648", "1.5")
	}
	if w.chance(10) {
		s += w.pick("x", "f", "L", " x", " 2", "_000", ",5", "é", "~", "}", "\x7f", "'", "\"", "/", "%", "\n1", "\u00a0", "\u2003", "\t\t", ":", ";", "#", "٣", "-", "+")
	}
	return s
}

// bare makes a word without quotes.
func (w wideMaker) bare() string {
	if w.chance(40) {
		return w.pick("true", "false", "null", "NaN") + w.pick("", "", "", "", "x", " ", " x", "\t", "\u00a0", "\u2003", "é", "1", "~", "\"", "'", "\x00", "\x7f", "/", "\n")
	}
	var b strings.Builder
	for range 1 + w.IntN(5) {
		b.WriteString(w.pick("a", "b", "true", "null", "N", "n", "t", "f", "Infinity", " ", "  ", "\t", "\n", "é", "😀", "\u00a0", "\u2003", "\u2028", "1", "-", "+", ".", "_", "$", "'", "\"", "\\", "/", "(", ")", "[", "{", "=", "#", "@", "\x7f", "\x01", "~", "|", "undefined", "new Date(1)", "0x1F", "a.b", "a-b"))
	}
	return b.String()
}

// string makes text in quotes of both kinds, with valid and invalid escapes.
func (w wideMaker) string() string {
	q := w.pick("\"", "\"", "\"", "'", "`", "“")
	var b strings.Builder
	b.WriteString(q)
	for range w.IntN(6) {
		b.WriteString(w.pick("a", "b", " ", "é", "😀", "€", "/", "\\/", "\\n", "\\t", "\\r", "\\b", "\\f", "\\\"", "\\'", "\\\\", "\\u0041", "\\u00e9", "\\u2028", "\\u0000", "\\u001f", "\\ud83d", "\\ude00", "\\ud83d\\ude00", "\\ude00\\ud83d", "\\uD83D😀", "\\u12", "\\uzzzz", "\\U0041", "\\u+041", "\\x41", "\\x4", "\\xzz", "\\0", "\\012", "\\a", "\\v", "\\e", "\\ ", "\\\n", "\\\r\n", "\\é", "\\😀", "\\\x01",
			"\n", "\r", "\t", "\x00", "\x01", "\x08", "\x0b", "\x0c", "\x1a", "\x1f", "\x7f", "\u0080", "\u0085", "\u009f", "\u00a0", "\u1fff", "\u2000", "\u2028", "\u20ff", "\u2100", "\ufeff", "\ufffd", "\U0010ffff", "'", "\"", "''", "{", "}", "[", "]", ",", ":", "//", "<", ">", "&", "$", "#"))
	}
	b.WriteString(w.pick(q, q, q, q, q, q, q, q, q, q, q, q, "", "'", "\\"+q))
	return b.String()
}
