package main

import (
	"fmt"
	"strconv"
	"strings"

	"example.com/guessing-game/tests/libraries"
)

// pathQuestion makes a document, and a path that matches part of it, or nearly does.
func (g generator) pathQuestion() libraries.Question {
	p := pathMaker{g}
	document := p.document(4)
	path := p.path(document, 4)
	switch {
	case g.chance(6):
		path = p.broken(path)
	case g.chance(2):
		path = g.pick("", "$", "@", "$.", "$..", "a", " $.a", "$.a ", "$ .a", "$[", "$[]", "$['a", "$.*]", "$[0]x", "$.*[", "$.a.b(", "..a", "$...a", "a.b", "$.[0]", "$.[*]", "$$", "*", "$['a']['b", "$.a]", "$.a()x", "\t$.a", "$.a[?]", "$[?(@)]", "$.(a)")
	}
	return libraries.Question{Document: document.String(), Path: &path}
}

type pathMaker struct{ generator }

func (p pathMaker) name() string {
	return p.pick("a", "a", "b", "c", "id", "l", "price", "t", "é", "x y", "a-b", "", "length", "0", "a.b", "it's", "$x", "@x", "size")
}

func (p pathMaker) scalar() string {
	switch p.IntN(10) {
	case 0:
		return "null"
	case 1:
		return p.pick("true", "false")
	case 2, 3, 4:
		return p.number()
	}
	return quote(p.text())
}

func (p pathMaker) number() string {
	return p.pick("0", "1", "2", "3", "-1", "5", "10", "8.95", "1.0", "1.50", "0.1", "1e2", "1E10", "-0.0", "-0", "2147483648", "9223372036854775807", "9223372036854775808", "0.000012345678901234", "1.10000000000000000000",
		"12.3456789012345678901", "0.12345678901234567", "1e-7", "100", "1e400", "1.0E+10", "4.9E-324", "123456789012345678901234567890", strconv.Itoa(p.IntN(12)-2), fmt.Sprintf("%d.%d", p.IntN(20), p.IntN(100)))
}

func (p pathMaker) text() string {
	return p.pick("", "a", "b", "x", "1", "8.95", "1.0", "1.50", "true", "null", "abc", "é", "x y", "€ 5", "it’s", "a/b", "'q'", "\"q\"", "$.a", "@.b", "[1]", "{\"a\":1}", "😀", "A", "\u007f", "\u0001", "a\\nb", "2", "-", "1.0E+10", "[", "$[", "\\u0041", "\\u00", "\\uzzzz", "\n", "ab")
}

// document makes an object or an array. Half the time its members are alike, like the rows of a
// table.
func (p pathMaker) document(depth int) *node {
	if depth == 0 || depth < 4 && p.chance(35) {
		return scalar(p.scalar())
	}
	n := &node{open: '['}
	if p.chance(55) || depth == 4 {
		n.open = '{'
		for range 1 + p.IntN(4) {
			n.set(p.name(), p.document(depth-1))
		}
		return n
	}
	for range p.IntN(4) {
		if len(n.items) > 0 && p.chance(50) {
			n.items = append(n.items, p.like(n.items[0]))
		} else {
			n.items = append(n.items, p.document(depth-1))
		}
	}
	return n
}

// like makes a value of the same shape with other scalars.
func (p pathMaker) like(n *node) *node {
	if n.open == 0 {
		return scalar(p.scalar())
	}
	out := &node{open: n.open, names: n.names}
	for _, item := range n.items {
		out.items = append(out.items, p.like(item))
	}
	return out
}

// path walks down the document.
func (p pathMaker) path(n *node, depth int) string {
	var b strings.Builder
	b.WriteString("$")
	p.steps(&b, n, depth)
	return b.String()
}

func (p pathMaker) steps(b *strings.Builder, n *node, depth int) {
	for range p.IntN(depth) + 1 {
		if p.chance(8) {
			b.WriteString(p.call(depth))
			return
		}
		n = p.step(b, n, depth)
		if n == nil {
			n = scalar("1")
		}
	}
}

func (p pathMaker) step(b *strings.Builder, n *node, depth int) *node {
	if n.open == '[' && p.chance(85) {
		switch p.IntN(8) {
		case 0, 1:
			i := p.IntN(4) - 1
			fmt.Fprintf(b, "[%d]", i)
			return child(n, i)
		case 2:
			b.WriteString(p.pick("[0,1]", "[0, -1]", "[ 1 ]", "[1,0]", "[0,5]", "[-1]", "[-2,1]", "[00]"))
		case 3:
			b.WriteString(p.pick("[0:2]", "[1:]", "[:2]", "[-1:]", "[:-1]", "[-2:-1]", "[0:9]", "[-9:9]", "[1:0]", "[0 :2]", "[:]", "[0:2:1]", "[::]"))
		case 4:
			b.WriteString(p.pick("[*]", ".*", "[ * ]", ".[*]"))
		default:
			b.WriteString("[?(" + p.condition(child(n, 0), depth-1) + ")]")
		}
		return child(n, p.IntN(2))
	}
	name := p.name()
	if len(n.names) > 0 && p.chance(85) {
		name = n.names[p.IntN(len(n.names))]
	}
	switch p.IntN(12) {
	case 0:
		b.WriteString(p.pick(".*", "[*]", "..*"))
	case 1:
		b.WriteString("['" + escaped(name) + "'" + p.pick(",", ", ", " , ") + "'" + escaped(p.name()) + "']")
	case 2:
		b.WriteString(".." + p.dotted(name))
	case 3:
		b.WriteString("..[" + p.pick("0", "*", "'"+escaped(name)+"'", "?("+p.condition(n, depth-1)+")", "0:1", "-1") + "]")
	case 4:
		b.WriteString("[?(" + p.condition(n, depth-1) + ")]")
	case 5, 6:
		q := p.pick("'", "\"")
		b.WriteString("[" + p.pick("", "", " ") + q + escaped(name) + q + p.pick("", "", " ") + "]")
	default:
		b.WriteString("." + p.dotted(name))
	}
	return n.get(name)
}

func (p pathMaker) dotted(name string) string {
	if name == "" || strings.ContainsAny(name, " .[('") {
		return "a"
	}
	return name
}

func escaped(s string) string {
	return strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s)
}

func child(n *node, i int) *node {
	if n == nil || i < 0 || i >= len(n.items) {
		return scalar("1")
	}
	return n.items[i]
}

func (p pathMaker) call(depth int) string {
	name := p.pick("length", "size", "min", "max", "avg", "sum", "stddev", "concat", "append", "length", "sum", "keys", "first", "last", "index", "foo")
	if p.chance(70) {
		return "." + name + "()" + p.pick("", "", "", ".length()", ".a", "[0]", "x")
	}
	var args []string
	for range 1 + p.IntN(3) {
		args = append(args, p.pick("1", "40", "-10", "2.5", "'a'", "\"a\"", "\", \"", "$.a", "$.b.length()", "$.l[0]", "$.nope", "true", "null", "{\"a\":1}", "x", "\"a)\"", "$.a ", " $.a", "$..a", "10", "\"\\\"\"", "$.l.sum()", "$.a[?(@.b == 1)]"))
	}
	return "." + name + "(" + strings.Join(args, p.pick(",", ", ", " ,")) + ")" + p.pick("", "", "", ".length()")
}

func (p pathMaker) condition(n *node, depth int) string {
	depth = max(depth, 0)
	switch p.IntN(14) {
	case 0, 1:
		if depth > 0 {
			return p.condition(n, depth-1) + p.pick(" && ", " || ", "&&", "||", " &&", "|| ") + p.condition(n, depth-1)
		}
	case 2:
		if depth > 0 {
			return "(" + p.condition(n, depth-1) + ")"
		}
	case 3:
		if depth > 0 {
			return p.pick("!", "! ") + "(" + p.condition(n, depth-1) + ")"
		}
	case 4, 5:
		return p.pick("", "", "!", "! ") + p.operand(n, depth, 100)
	}
	blank := p.pick(" ", " ", " ", "")
	op := p.pick("==", "==", "!=", "<", "<=", ">", ">=", "===", "!==", "=~")
	if p.chance(30) {
		op = p.pick("in", "nin", "contains", "size", "empty", "subsetof", "all", "IN", "NIN", "anyof", "noneof", "type", "matches", "exists", "like", "=", "<>")
		if !p.chance(10) {
			blank = " "
		}
	}
	left, right := p.operand(n, depth, 80), p.operand(n, depth, 10)
	switch op {
	case "in", "nin", "subsetof", "all", "anyof", "noneof":
		if p.chance(75) {
			right = p.list()
		}
	case "=~":
		if p.chance(80) {
			right = p.pick("/a.*/", "/A/i", "/^[0-9.]+$/", "/true/", "/a\\/b/", "/.*/", "/(/", "/[a-c]*/i", "/8.95/", "/é/")
		}
	case "size":
		if p.chance(75) {
			right = p.pick("0", "1", "2", "-1", "1.5", "3")
		}
	case "empty", "exists":
		if p.chance(75) {
			right = p.pick("true", "false")
		}
	}
	if p.chance(8) {
		left, right = right, left
	}
	return left + blank + op + blank + right
}

func (p pathMaker) list() string {
	var items []string
	for range p.IntN(4) {
		items = append(items, p.pick("1", "'a'", "\"b\"", "8.95", "'8.95'", "1.0", "'1.0'", "null", "true", "x", "'x y'", "[1]", "{\"a\":1}", "'$.a'", "'[1]'", "2", "'€ 5'"))
	}
	return "[" + strings.Join(items, p.pick(",", ", ")) + "]"
}

// operand makes, at random, a path or a constant.
func (p pathMaker) operand(n *node, depth, paths int) string {
	if p.chance(paths) {
		var b strings.Builder
		b.WriteString(p.pick("@", "@", "@", "@", "$"))
		if n == nil {
			n = scalar("1")
		}
		for range p.IntN(3) {
			if p.chance(8) {
				b.WriteString(p.pick(".length()", ".size()", ".sum()", ".foo()", ".max()"))
				break
			}
			if n = p.step(&b, n, max(depth-1, 0)); n == nil {
				break
			}
		}
		return b.String()
	}
	switch p.IntN(8) {
	case 0:
		return p.pick("true", "false", "null", "tru", "nul", "foo")
	case 1, 2:
		return p.number()
	case 3:
		return p.list()
	case 4:
		return p.pick("{\"a\":1}", "{}", "{'a':1}", "-", ".5", "1.", "--1", "{", "1.2.3")
	}
	q := p.pick("'", "\"")
	return q + strings.NewReplacer(`\`, `\\`, q, `\`+q).Replace(p.text()) + q
}

// broken drops, doubles or replaces a piece of a path.
func (p pathMaker) broken(path string) string {
	runes := []rune(path)
	for range 1 + p.IntN(2) {
		if len(runes) == 0 {
			break
		}
		i := p.IntN(len(runes))
		piece := []rune(p.pick("", "", " ", "[", "]", "(", ")", "'", ".", "*", ",", "?", "@", "$", ":", "1", "a", "\t", "!", "\\", "/", "é", "😀", "{", "&&", "-", "&", "|", "\""))
		runes = append(append(append([]rune{}, runes[:i]...), piece...), runes[min(len(runes), i+p.IntN(2)):]...)
	}
	return string(runes)
}

// lenientDocument makes JSON as people write it without checking.
func (g generator) lenientDocument() string {
	d := lenientMaker{pathMaker{g}}
	text := d.value(4)
	if g.chance(25) {
		text = d.broken(text)
	}
	return text
}

type lenientMaker struct{ pathMaker }

func (d lenientMaker) blank() string {
	return d.pick("", "", "", "", " ", "\n", "\t ", "\r", "\u00a0", "\f")
}

func (d lenientMaker) value(depth int) string {
	if depth == 0 || depth < 4 && d.chance(50) {
		return d.blank() + d.word() + d.blank()
	}
	var parts []string
	n := d.IntN(4)
	for range n {
		part := d.value(depth - 1)
		parts = append(parts, part)
	}
	comma := d.pick(",", ",", ",", ", ", ",,", " , ")
	if d.chance(50) {
		return d.blank() + "[" + strings.Join(parts, comma) + d.pick("", "", "", ",") + "]" + d.pick("", "", "", " x")
	}
	for i := range parts {
		parts[i] = d.blank() + d.key() + d.blank() + d.pick(":", ":", ":", ":", " :") + parts[i]
	}
	return d.blank() + "{" + strings.Join(parts, comma) + d.pick("", "", "", ",") + "}" + d.blank()
}

func (d lenientMaker) key() string {
	return d.pick("a", "'b'", "\"c\"", "\"a\"", "x y", "1", "é", "null", "'it\\'s'", "\"\\u0061\"", "", "$a", "\"\\q\"")
}

func (d lenientMaker) word() string {
	switch d.IntN(5) {
	case 0:
		return d.number()
	case 1:
		return d.pick("null", "true", "false", "NaN", "nul", "True", "abc", "a b", "it's", "undefined", "-", "+1", "0x1", "é", "1é", "1~", "x\u00a0", "\u2003x", "'", "Infinity", "-Infinity", "TRUE", "nullx", "None")
	case 2:
		return d.pick("01", "-01", "00000000000000000000", "1.", "1.e5", "1e+", "1e", "-.", "-.5", "1e5x", "1.5.5", "1 2", "123456789012345678901", "-9223372036854775808", "-9223372036854775809", "9223372036854775808", "1e999", "-1e999", "1.0000000000000000000e400",
			"0.00000000000000000000001", "12345678901234567.0", "-12345678901234567.", "1e-400", "1.23456789012345678e5", "2147483647", "-2147483648", "00000000000000000001", "-0000000000000000001", "1e0000000000000000001", "1.7976931348623157E308")
	case 3:
		return d.pick("\"\\ud83d\"", "\"\\ud83d\\ude00\"", "\"\\ude00\\ud83d\"", "\"a\nb\"", "\"a\\nb\nc\"", "\"\\x41\"", "\"\\x4\"", "\"\\u12\"", "\"\\q\"", "'a\"b'", "'it\\'s'", "\"\\/\"", "\"a\x7fb\\t\"", "\"a\x1ab\"", "\"\\\x1ab\"", "\"\\t\x01\"", "\"abc", "'abc\"", "\"\\", "\"😀\"", "\"\\ud83dx\\ude00\"", "\"\\ud83d\\u0041\"")
	}
	return quote(d.text())
}
