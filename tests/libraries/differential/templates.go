package main

import (
	"cmp"
	"strings"

	"example.com/guessing-game/tests/libraries"
)

// templateQuestion makes a body, and a mapping template that reads from it by paths that match
// part of it, or nearly do.
func (g generator) templateQuestion() libraries.Question {
	t := templateMaker{pathMaker{g}, nil}
	body := t.body(4)
	t.doc = body
	var b strings.Builder
	for range 1 + t.IntN(5) {
		b.WriteString(t.line(2))
		b.WriteString(t.pick("\n", "\n", "\n", " ", "", "\r\n", "\n  ", ",\n", "|"))
	}
	template, text := b.String(), body.String()
	switch {
	case t.chance(8):
		template = t.damaged(template)
	case t.chance(4):
		text = t.pick("", " ", "text", "12", "\"it's\"", "[]", "{", "null", "[1,", "{a:'b',}", "{\"a\":{\"b\":[{\"c\":1}]}} x", "true", "[[1,2],[3]]", "é", "{\"x y\":\"€/\"}", "<a/>", "a=1&b=2")
	}
	return libraries.Question{Template: cmp.Or(template, " "), Body: &text} // an empty one is none to API Gateway
}

type templateMaker struct {
	pathMaker
	doc *node
}

// damaged drops, doubles or replaces a piece of a template.
func (t templateMaker) damaged(template string) string {
	runes := []rune(template)
	i := t.IntN(len(runes) + 1)
	piece := []rune(t.pick("", "", "$", "#", "(", ")", "'", "\"", "{", "}", "[", "]", ".", "#end", "\\", " ", "\n", "!", "=", ","))
	return string(append(append(append([]rune{}, runes[:i]...), piece...), runes[min(len(runes), i+t.IntN(2)):]...))
}

// body makes an object like those that clients send: rows, strings of all kinds, numbers of all
// widths.
func (t templateMaker) body(depth int) *node {
	if depth == 0 || depth < 4 && t.chance(40) {
		return scalar(t.value())
	}
	n := &node{open: '['}
	if depth == 4 || t.chance(50) {
		n.open = '{'
		for range 1 + t.IntN(5) {
			n.set(t.field(), t.body(depth-1))
		}
		return n
	}
	first := t.body(depth - 1)
	for range t.IntN(5) {
		n.items = append(n.items, first)
		first = t.varied(first)
	}
	return n
}

// varied makes a value of the same shape with other scalars, sometimes one that lacks a member.
func (t templateMaker) varied(n *node) *node {
	if n.open == 0 {
		return scalar(t.value())
	}
	out := &node{open: n.open}
	for i, item := range n.items {
		if n.open == '{' {
			if t.chance(15) {
				continue
			}
			out.names = append(out.names, n.names[i])
		}
		out.items = append(out.items, t.varied(item))
	}
	return out
}

func (t templateMaker) field() string {
	return t.pick("a", "b", "id", "name", "items", "price", "qty", "tags", "s", "x y", "x-id", "it's", "size", "empty", "class", "0", "é", "Name", "key", "value")
}

func (t templateMaker) value() string {
	if t.chance(35) {
		if n := t.number(); n != "1e400" { // JSON has no infinity
			return n
		}
	}
	if t.chance(15) {
		return t.pick("null", "true", "false")
	}
	if t.chance(2) {
		return t.pick(`"\ud83d"`, `"a\udc00b"`) // half a surrogate pair
	}
	return quote(t.pick("", "a", "abc", "Ann Lee", "\x1b[0m\v", "%+1", "%zz", "YQ==", "it's", "say \"hi\"", "a/b", "€ 5", "é", "😀", "line\nline", "tab\there", "a,b,,c,", "1", "8.95", "true", "null", " pad ", "$x", "#if", "$input.body", "${a}", "<b>&amp;</b>", "a b+c%20d&e=f", "aGVsbG8=", "_-8", "%41%2", "[1,2]", "{\"k\":\"v\"}", "{\"k\":[1,{\"x\":\"it's\"}]}", "{bad", "{'k':1}", "\"quoted\"", "back\\slash", "2020-02-29T23:59:59Z", "192.0.2.7", "ann@example.com", "U+2028\u2028", "nbsp\u00a0", "\u007f"))
}

// quotedPath makes a path as an argument: raw, or in a string with references.
func (t templateMaker) quotedPath() string {
	if t.chance(12) {
		return t.pick(`"$.items[$i]"`, `"$.$k"`, `"$.items[$foreach.index].id"`, `"$['$k']"`, `"$.a"`, `'$.a.b.c'`, `'a'`, `'$'`, `"$"`, `'$.'`, `"$.items[?(@.id == '$k')]"`, `"$..$k"`, "$k", "''", "$x", "1", "a", "null", "['$.a']", "'$', '$'")
	}
	path := "$"
	if t.chance(90) {
		path = t.pathMaker.path(t.doc, 3)
	}
	if t.chance(15) && !strings.ContainsAny(path, "\"\\#") {
		return `"` + path + `"`
	}
	return "'" + strings.ReplaceAll(path, "'", "''") + "'"
}

func (t templateMaker) read() string {
	return "$input." + t.pick("path", "path", "json") + "(" + t.quotedPath() + ")"
}

// reference makes a value of any kind with a typical method call on it.
func (t templateMaker) reference() string {
	r := t.pick(t.read(), t.read(), "$x", "$x", "$r", "$r", "$i", "$k", "$l", "$m", "$input.params('id')", "$input.params('q')", "$input.params('X-Token')", "$input.params('none')", "$input.params("+t.pick("1", "$x", "$k", "id", "'id', 'q'", "['id']", "true", "'Q'", "\"$k\"")+")", "$input.params().path.id", "$input.params().querystring.get('q')", "$input.params().header", "$input.body", "$stageVariables.table", "$stageVariables.get('url')", "$stageVariables.none", "$foreach.count", "$none")
	for t.chance(35) {
		r += t.step()
	}
	if t.chance(15) {
		r = "$!" + r[1:]
	}
	if t.chance(10) && !strings.ContainsAny(r, "!") {
		r = "${" + r[1:] + "}"
	}
	return r
}

func (t templateMaker) step() string {
	return t.pick("."+t.pick("a", "b", "id", "name", "items", "price", "qty", "tags", "key", "value"), "."+t.pick("a", "id", "items", "name"), "[0]", "[1]", "[-1]", ".get(0)", ".get('a')", ".get('id')", "['a']", "['x y']", ".size()", ".isEmpty()", ".keySet()", ".values()", ".entrySet()", ".length()", ".toString()", ".contains('a')", ".containsKey('a')", ".substring(1)", ".substring(0, 2)", ".replace('a', 'b')", ".replaceAll('\"', '\\\\\"')", ".replaceAll(\"\\\\'\", \"'\")", ".split(',')[0]", ".split(',').size()", ".trim()", ".toUpperCase()", ".equals('a')", ".equals(1)", ".indexOf('a')", ".add('new')", ".put('n', 1)", ".remove(0)", ".remove('a')", ".intValue()", ".compareTo(1)", ".subList(0, 1)", ".toJSONString()", ".iterator().next()", ".hashCode()", ".scale()", ".negate()", ".addAll($l)", ".putAll($m)", ".matches('[a-z]+')", ".doubleValue()", ".max(1)", ".stream().count()", ".startsWith('a')")
}

func (t templateMaker) function() string {
	name := t.pick("escapeJavaScript", "escapeJavaScript", "parseJson", "parseJson", "urlEncode", "urlDecode", "base64Encode", "base64Decode")
	argument := t.pick(t.reference(), t.reference(), t.read(), "$input.body", "$input.json('$')", "$input.json('$."+t.field()+"')", "'a b/é'", "\"it's $k\"", "''", "'{\"a\":[1]}'", "1", "[1, 'a']", "{'a': 1}", "true", "1.50")
	if t.chance(20) {
		argument = t.function()
	}
	call := "$util." + name + "(" + argument + ")"
	for t.chance(25) {
		call += t.step()
	}
	return call
}

func (t templateMaker) any() string {
	if t.chance(30) {
		return t.function()
	}
	return t.reference()
}

func (t templateMaker) expression() string {
	e := t.pick(t.any(), t.any(), t.any(), "1", "0", "2.5", "'a'", "\"$x-$k\"", "[]", "{}", "[1, $x]", "{'k': $x}", "true", "[0..2]", "\""+strings.ReplaceAll(t.any(), "\"", "\"\"")+"\"")
	for t.chance(25) {
		e += " " + t.pick("+", "+", "-", "*", "/", "%", "==", "==", "!=", "<", ">", ">=", "&&", "||") + " " + t.pick(t.any(), "1", "2", "0.1", "'a'", "''", "$x", "10000000000", "true", "$null")
	}
	return e
}

// line makes a piece of a template.
func (t templateMaker) line(depth int) string {
	switch n := t.IntN(14); {
	case n < 3:
		return "#set($" + t.pick("x", "x", "r", "k", "i", "l", "m", "m.k", "l[0]", "x.a", "m['q']") + " = " + t.expression() + ")"
	case n < 5:
		return `"` + t.pick("a", "id", "name") + `": "` + t.any() + `"`
	case n < 7:
		return t.any()
	case n < 8:
		return t.pick("{\"a\": ", "\"body\": ", "", "[") + t.read() + t.pick("}", "", ",", "]")
	case n < 10 && depth > 0:
		body := t.line(depth-1) + t.pick("", "", "\n", "$x", "$k") + t.pick("#if($foreach.hasNext),#end", ",", "\n", "")
		return "#foreach($" + t.pick("x", "k", "i", "e") + " in " + t.pick(t.read(), t.read(), t.any(), "$r", "$x", "[0..2]", "$input.params().keySet()", "$input.params().querystring.entrySet()", "$stageVariables.keySet()", "$x.entrySet()", "$x.keySet()") + ")" + t.pick("", "\n") + body + "#end"
	case n < 12 && depth > 0:
		return "#if(" + t.expression() + ")" + t.pick("", "\n") + t.line(depth-1) + t.pick("", "#else"+t.pick("\n", " ", "")+t.line(depth-1)) + "#end"
	case n < 13:
		return t.pick("#set($r = $input.path('$'))", "#set($l = [])#set($x = $l.add("+t.any()+"))$l", "#set($m = {})$!m.put('k', "+t.any()+")$m", "#define($d)"+t.any()+"#end$d $d", "## comment\n", "#* c *#", "#[[$x]]#", "\\$x", "#macro(q $p)$p#end#q("+t.any()+")", "\\#q(1)", "\\\\#q", "#stop", "#break", "$x $r.a $r.items", "#set($copy = $util.parseJson($input.json('$')))$copy")
	}
	return t.pick("{", "}", "\"", "text", "$input", "$util", ",", "[", "]", ": ", "é", "$", "#", "'")
}
