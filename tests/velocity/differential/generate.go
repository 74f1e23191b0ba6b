package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"

	"example.com/guessing-game/tests/velocity"
)

// A generator writes one random template. It knows the grammar, so that most of what it writes
// parses and does something, and the types of the variables, so that most called methods exist.
// What mapping templates use is most frequent.
type generator struct {
	r *rand.Rand
	b strings.Builder

	nesting int      // of blocks and expressions
	loops   int      // enclosing loops, macro and #define bodies; bounded, so that growth in a loop stays small
	locals  []string // loop variables in scope
	macros  []string // macros defined so far
}

const (
	maxNesting = 5
	maxLoops   = 2
)

// kind is what a reference is expected to be. The expectation may be wrong, since templates
// assign.
type kind int

const (
	text kind = iota
	number
	boolean
	list
	dict
	anything
)

// names are the variables of the context by kind.
var names = map[kind][]string{
	text:    {"a", "s", "e", "json", "name-x"},
	number:  {"i", "j", "z", "big", "d"},
	boolean: {"t", "f"},
	list:    {"l", "names", "rows", "el"},
	dict:    {"m", "p", "em", "context"},
}

var (
	undefined  = []string{"u", "n", "null", "v"}
	assigned   = []string{"x", "y", "q", "x-y"}
	keys       = []string{"k", "id", "name", "tags", "path", "none", "size", "X-Id"}
	texts      = []string{"x", "A", " ", "\n", "\n  ", "  ", ",", ", ", "\"", "\": \"", "{", "}", "[", "]", "{\n  \"k\": \"", "\",\n", "\r\n", "\t", ".", "..", "-", "(", ")", "!", "é", "😀", "1", "5", "$", "# ", "\\", "\\\\", "\"\"", "'", "%", "=", "&", "end", "a.b", "()", "[0]", ":", "/", "<b>", "\n\n", "true", "|", "$!", "{x}", "_", "*#", "]]#", "@"}
	words      = []string{"nope", "foo", "elsex", "endx", "ifx", "return", "{nope}", "@nope", "END", "If"}
	operators  = []string{"+", "+", "+", "-", "*", "/", "%", "==", "==", "==", "!=", "<", "<=", ">", ">=", "&&", "&&", "||", "and", "or", "eq", "ne", "lt", "gt", "le", "ge"}
	numbers    = []string{"0", "1", "2", "3", "5", "10", "-1", "-7", "007", "2147483647", "-2147483648", "2147483648", "9223372036854775807", "9223372036854775808", "123456789012345678901"}
	floats     = []string{"0.0", "1.0", "1.5", "-2.5", ".5", "3.", "1e3", "1.5E-5", "1e10", "0.1", "-0.0", "123456789.125", "1e400"}
	singles    = []string{"", "x", "k", "id", "a", "it''s", "a,b,,c", "$a", "#if", "A", "7", "1.5", "\\", "\"", " ", "é", "😀", "line\nline", "true"}
	patterns   = []string{"a", ",", "\\s", "[a-z]", "(.)", ".", "", "\\.", "l+", "(?=l)", "(?<=a)", "(a)|b", "(.)\\1", "\\d+", "^", "$", "[^a]", "|", "\\w*?", "(?i)A", "[", "\\\\"}
	replacings = []string{"", "x", "<$0>", "$1", "\\$", "-", "\\\\", "$", "a$1b", "é"}
)

// methods are names of Java methods that some value in a template has, and some that none has.
var methods = strings.Fields(`length size isEmpty trim toUpperCase toLowerCase substring charAt indexOf lastIndexOf contains startsWith endsWith
	equals equalsIgnoreCase compareTo compareToIgnoreCase concat replace replaceAll replaceFirst matches split toString hashCode format join valueOf
	intern strip stripLeading stripTrailing isBlank repeat indent stripIndent translateEscapes lines codePointAt contentEquals regionMatches subSequence toCharArray getBytes
	get add addAll remove set clear subList containsAll removeAll retainAll toArray getOrDefault put putAll putIfAbsent containsKey containsValue
	keySet values entrySet getKey getValue setValue intValue longValue doubleValue floatValue shortValue byteValue parseInt parseLong parseDouble
	parseBoolean toHexString toBinaryString toOctalString max min sum signum abs negate multiply subtract mod pow bitLength booleanValue
	isNaN isInfinite compare logicalAnd charValue isLetter isDigit first last foo`)

// generate writes the template with a number under a seed, and its context. Most come from the
// grammar; some are combined from cases of the corpus, which is where odd things meet.
func generate(seed, n uint64, corpus []*velocity.Case) (template string, context json.RawMessage) {
	g := &generator{r: rand.New(rand.NewPCG(seed, n))}
	context = randomContext(g.r)
	switch {
	case g.chance(35):
		return g.wide(context)
	case g.chance(20) && len(corpus) > 0:
		return splice(g.r, corpus, context)
	case g.chance(10):
		g.soup()
	case g.chance(10):
		g.calls()
	case g.chance(20):
		context = methodContext(g.r)
		g.methodCalls()
		return g.b.String(), context
	case g.chance(25):
		context = shapeContext(g.r)
		g.shapes()
	case g.chance(8):
		g.arithmetic()
	case g.chance(4):
		g.formats()
	case g.chance(30):
		g.document()
	default:
		g.block(2 + g.r.IntN(7))
	}
	template = g.b.String()
	if g.chance(30) {
		template = mutate(g.r, template)
	}
	return template, context
}

// wide writes templates that concentrate on one thing: operators, white space, macros, regular
// expressions.
func (g *generator) wide(context json.RawMessage) (string, json.RawMessage) {
	switch n := g.r.IntN(20); {
	case n < 6:
		context = methodContext(g.r)
		g.operations()
	case n < 12:
		g.gobbling(3)
	case n < 19:
		g.regexes()
	default: // few, since a separate engine for each takes as long as twenty other cases
		g.macroCalls()
	}
	template := g.b.String()
	if g.chance(10) {
		template = mutate(g.r, template)
	}
	return template, context
}

// randomContext makes the variables.
func randomContext(r *rand.Rand) json.RawMessage {
	pick := func(values ...string) string { return values[r.IntN(len(values))] }
	return json.RawMessage(fmt.Sprintf(
		`{"a":%s,"s":%s,"e":"","json":"{\"k\": [1, 2]}","name-x":"hyphen","i":%s,"j":%s,"z":0,"big":%s,"d":%s,"t":true,"f":false,"n":null,`+
			`"l":%s,"names":["ann","bob"],"rows":[{"id":1,"name":"a"},{"id":2,"name":null,"tags":["x"]}],"el":[],`+
			`"m":%s,"p":{"name":"Ann","id":7,"tags":["x","y"],"path":{"id":"g-1"}},"em":{},"context":{"path":"/prod/games","X-Id":"r-1","id":{"k":"deep"}}}`,
		pick(`"A"`, `"a,b"`, `"x y"`, `"it's"`, `"é😀"`, `"7"`, `"$s"`),
		pick(`"Hello, World"`, `"line\nline"`, `"say \"hi\""`, `"a,b,,c,,"`, `"camelCase"`),
		pick("5", "0", "-3", "2147483647"), pick("3", "1", "2", "-1"),
		pick("2147483648", "9223372036854775807", "9223372036854775808", "-9223372036854775808"),
		pick("2.5", "-0.5", "1e10", "0.1", "100.0"),
		pick(`[1,2]`, `[3,1,2]`, `[1,"1",null]`, `[[1],[2]]`, `[true]`, `[1.5,2147483648]`),
		pick(`{"k":"V"}`, `{"k":1,"id":2}`, `{"k":{"k":[1]}}`, `{"k":null,"name":"N"}`, `{"size":9,"k":"V"}`),
	))
}

func (g *generator) chance(percent int) bool { return g.r.IntN(100) < percent }

func (g *generator) one(from []string) string { return from[g.r.IntN(len(from))] }

func (g *generator) write(s ...string) {
	for _, x := range s {
		g.b.WriteString(x)
	}
}

// space writes white space where the grammar allows it: mostly none, or one space.
func (g *generator) space() {
	switch n := g.r.IntN(20); {
	case n < 11:
	case n < 18:
		g.write(" ")
	case n < 19:
		g.write("\n")
	default:
		g.write("\t ")
	}
}

// deeper runs f one level deeper, or does nothing if that is too deep.
func (g *generator) deeper(f func()) bool {
	if g.nesting >= maxNesting {
		return false
	}
	g.nesting++
	f()
	g.nesting--
	return true
}

// looping is deeper for a construct that renders its body several times.
func (g *generator) looping(f func()) bool {
	if g.loops >= maxLoops {
		return false
	}
	g.loops++
	defer func() { g.loops-- }()
	return g.deeper(f)
}

func (g *generator) block(pieces int) {
	for range pieces {
		g.piece()
	}
}

func (g *generator) piece() {
	n := g.r.IntN(100)
	switch {
	case n < 28:
		g.text()
	case n < 54:
		g.reference(anything)
	case n < 66:
		g.set()
	case n < 76:
		g.deeper(g.ifElse)
	case n < 84:
		g.looping(g.foreach)
	case n < 87:
		g.write(strings.Repeat(`\`, 1+g.r.IntN(3)))
		g.piece()
	case n < 89:
		g.comment()
	case n < 90:
		g.write("#[[", g.one(texts), g.one(texts), "]]#")
	case n < 92:
		g.looping(g.define)
	case n < 94:
		g.looping(g.macro)
	case n < 96:
		g.call()
	case n < 97:
		g.write("#evaluate(")
		g.deeper(func() { g.literal(text) })
		g.write(")")
	case n < 98:
		g.write(g.one([]string{"#stop", "#break", "#{break}", "#break($foreach.parent)", "#set($foreach = $foreach.parent)", "#set($foreach = 1)", "#set($foreach.a = $a)", "#break($foreach)", "#stop()", "#parse('x')", "#parse($u)", "#include('x')", "#include($a)"}))
	default:
		g.write("#", g.one(words))
		if g.chance(50) {
			g.arguments()
		}
	}
}

// soup writes tokens without regard to the grammar.
func (g *generator) soup() {
	pieces := []string{"$a", "$!a", "${a}", "$!{a}", "$u", "$m.k", "$l[0]", "$a.length()", "#set($x = 1)", "#set($x=$u)", "#if(true)", "#if(", "#if($u)", "#else", "#{else}",
		"#elseif(true)", "#end", "#{end}", "#foreach($x in $l)", "#define($x)", "#stop", "#break", "#macro(m)", "#m()", "#m", "#@m()", "#foo", "#evaluate('$a')", " ", "\n", "  ", "a", "k", "x-"}
	for range 2 + g.r.IntN(12) {
		if g.chance(60) {
			g.write(g.one(pieces))
		} else {
			g.write(g.one(specials))
		}
	}
}

// calls writes method calls without regard to the methods that the value has.
func (g *generator) calls() {
	for range 1 + g.r.IntN(4) {
		if g.chance(20) {
			g.write("#set($x = ")
			g.parameter(anything)
			g.write(")")
		}
		g.write("$", g.one([]string{"x", "a", "s", "i", "d", "big", "t", "l", "names", "m", "p", "rows", "e", "el", "json"}))
		if g.chance(15) {
			g.write(".", g.one([]string{"charAt(0)", "split(',')", "keySet()", "entrySet()", "toString()", "get(0)", "subList(0,1)", "k"}))
		}
		g.write(".", g.one(methods), "(")
		for i := range g.r.IntN(3) {
			if i > 0 {
				g.write(", ")
			}
			g.deeper(func() { g.parameter(anything) })
		}
		g.write(") | ")
	}
	g.write("$x $l $m")
}

// arithmetic writes expressions with numbers of all widths.
func (g *generator) arithmetic() {
	operand := func() {
		switch g.r.IntN(4) {
		case 0:
			g.write("$", g.one(names[number]))
		case 1:
			g.write(g.one(floats))
		default:
			g.write(g.one(numbers))
		}
	}
	for range 1 + g.r.IntN(3) {
		g.write("#set($x = ")
		operand()
		for range 1 + g.r.IntN(4) {
			g.write(" ", g.one([]string{"+", "-", "*", "/", "%", "+", "*"}), " ")
			operand()
		}
		g.write(")$x $x.equals(")
		operand()
		g.write(") #if($x ", g.one([]string{"==", "<", ">=", "!="}), " ")
		operand()
		g.write(")y#end\n")
	}
}

// formats writes calls of String.format with all its flags.
func (g *generator) formats() {
	for range 1 + g.r.IntN(3) {
		g.write("$s.format('")
		for range 1 + g.r.IntN(2) {
			g.write(g.one([]string{"%", "%", "%", "%1$", "%2$", "%<"}))
			for _, flag := range "-#+ 0,(" {
				if g.chance(12) {
					g.write(string(flag))
				}
			}
			g.write(g.one([]string{"", "", "1", "5", "12"}), g.one([]string{"", "", "", ".0", ".2", ".5", ".20"}))
			if g.chance(15) {
				g.write(g.one([]string{"t", "t", "T"}), g.one(strings.Split("HIklMSLNpzZsQBbhAaCYyjmdeRTrDFcx", "")), g.one(texts[:12]))
				continue
			}
			g.write(g.one(strings.Split("sSdxXoceEfgGbBhHn%aA", "")), g.one(texts[:12]))
		}
		g.write("'")
		for range g.r.IntN(3) {
			g.write(", ")
			g.deeper(func() { g.parameter(anything) })
		}
		g.write(") ")
	}
}

// document writes what looks like a mapping template: assignments on separate lines, then a JSON
// object.
func (g *generator) document() {
	for range g.r.IntN(3) {
		g.set()
		g.write("\n")
	}
	g.write("{\n")
	for i := range 1 + g.r.IntN(4) {
		if i > 0 {
			g.write(",\n")
		}
		g.write("  \"", g.one(keys), "\": ")
		g.value()
	}
	g.write("\n}\n")
}

// value writes a JSON value as mapping templates do.
func (g *generator) value() {
	switch g.r.IntN(7) {
	case 0, 1:
		g.write("\"")
		g.reference(anything)
		g.write("\"")
	case 2:
		g.reference(number)
	case 3:
		g.write("#if(")
		g.expression()
		g.write(")")
		g.reference(anything)
		g.write(g.one([]string{"#{else}", "#else "}), "null#end")
	case 4:
		if g.looping(func() {
			g.write("[\n  #foreach($elem in ")
			g.reference(list)
			g.write(")\n    ")
			g.locals = append(g.locals, "elem")
			g.value()
			g.locals = g.locals[:len(g.locals)-1]
			g.write("#if($foreach.hasNext),#end\n  #end\n  ]")
		}) {
			return
		}
		g.write("[]")
	case 5:
		if g.looping(func() {
			name := g.one(names[dict])
			g.write("{#foreach($k in $", name, ".keySet())\n    \"$k\": \"$", name, ".get($k)\"#if($foreach.hasNext),#end\n  #end}")
		}) {
			return
		}
		g.write("{}")
	case 6:
		g.deeper(func() { g.write("\""); g.text(); g.reference(text); g.write("\"") })
	}
}

func (g *generator) text() {
	for range 1 + g.r.IntN(3) {
		g.write(g.one(texts))
	}
}

func (g *generator) comment() {
	if g.chance(50) {
		g.write("##", g.one(texts), "\n")
		return
	}
	g.write("#*", g.one(texts), g.one([]string{"", "\n", "*", "#"}), "*#")
}

// open writes the start of a directive up to and including its parenthesis.
func (g *generator) open(name string) {
	if g.chance(10) {
		name = "{" + name + "}"
	}
	g.write("#", name)
	if g.chance(15) {
		g.write(" ")
	}
	g.write("(")
	g.space()
}

// close writes the parenthesis or word that ends a construct; both consume the line end after
// them.
func (g *generator) close(s string) {
	g.write(s)
	g.write(g.one([]string{"", "", "\n", "\n", " \n", " ", "\n  ", "\r\n", "  "}))
}

func (g *generator) end() {
	g.close(g.one([]string{"#end", "#end", "#end", "#{end}"}))
}

func (g *generator) set() {
	if g.chance(25) {
		g.write(g.one([]string{" ", "  ", "\n  ", "\t"}))
	}
	g.open("set")
	switch n := g.r.IntN(10); {
	case n < 6:
		g.write("$", g.one(assigned))
	case n < 7:
		g.write("$", g.one(names[text]))
	case n < 8:
		g.write("$", g.one(names[dict]), ".", g.one(keys))
	case n < 9:
		g.write("$", g.one(names[dict]), "[")
		g.literal(text)
		g.write("]")
	default:
		g.write(g.one([]string{"$l[0]", "$l[-1]", "$!x", "${x}", "$!{m.k}", "$u.x", "$rows[0].name", "$foreach.k"}))
	}
	g.space()
	g.write("=")
	g.space()
	g.expression()
	g.space()
	g.close(")")
}

func (g *generator) ifElse() {
	g.open("if")
	g.expression()
	g.space()
	g.close(")")
	g.block(1 + g.r.IntN(2))
	for g.chance(20) {
		g.open("elseif")
		g.expression()
		g.close(")")
		g.block(1)
	}
	if g.chance(40) {
		g.close(g.one([]string{"#else", "#{else}", "#{else}"}))
		g.block(1)
	}
	g.end()
}

func (g *generator) foreach() {
	variable := g.one([]string{"x", "y", "k", "elem", "a"})
	if g.chance(3) { // a name of the loop itself
		variable = g.one([]string{"foreach", "velocityCount", "velocityHasNext"})
	}
	g.open("foreach")
	g.write("$", variable, " in ")
	switch n := g.r.IntN(10); {
	case n < 5:
		g.reference(list)
	case n < 7:
		g.write("$", g.one(names[dict]), g.one([]string{"", ".keySet()", ".entrySet()", ".values()"}))
	default:
		g.literal(list)
	}
	g.space()
	g.close(")")
	g.locals = append(g.locals, variable)
	g.block(1 + g.r.IntN(3))
	if g.chance(40) {
		g.write("#if($foreach.hasNext),#end")
	}
	g.locals = g.locals[:len(g.locals)-1]
	g.end()
}

func (g *generator) define() {
	g.open("define")
	g.write("$", g.one(assigned))
	g.close(")")
	g.block(1 + g.r.IntN(2))
	g.end()
}

func (g *generator) macro() {
	name := g.one([]string{"m", "mm", "row"})
	g.open("macro")
	g.write(name)
	for _, parameter := range []string{"x", "y"} {
		if g.chance(50) {
			g.write(" $", parameter)
		}
	}
	g.close(")")
	g.block(1 + g.r.IntN(2))
	g.end()
	g.macros = append(g.macros, name)
}

func (g *generator) call() {
	if len(g.macros) == 0 || g.chance(10) {
		g.macros = append(g.macros, "m")
	}
	name := g.one(g.macros)
	if g.chance(15) {
		g.deeper(func() {
			g.write("#@", name)
			g.arguments()
			g.block(1)
			g.end()
		})
		return
	}
	g.write("#", name)
	if g.chance(85) {
		g.arguments()
	}
}

func (g *generator) arguments() {
	g.write("(")
	g.space()
	for i := range g.r.IntN(3) {
		if i > 0 {
			g.write(g.one([]string{" ", ",", ", "}))
		}
		g.parameter(anything)
	}
	g.close(")")
}

// reference writes a reference in one of its four spellings.
func (g *generator) reference(k kind) {
	open, close := "$", ""
	switch n := g.r.IntN(20); {
	case n < 4:
		open = "$!"
	case n < 7:
		open, close = "${", "}"
	case n < 8:
		open, close = "$!{", "}"
	}
	g.write(open)
	switch n := g.r.IntN(100); {
	case n < 8:
		g.write(g.one(undefined))
		k = kind(g.r.IntN(int(anything)))
	case n < 22:
		g.write(g.one(assigned))
		k = kind(g.r.IntN(int(anything)))
	case n < 40 && len(g.locals) > 0:
		if g.chance(40) {
			g.write(g.one([]string{"foreach.index", "foreach.count", "foreach.hasNext", "foreach.first", "foreach.last", "foreach.parent.index", "velocityCount", "foreach.topmost.count"}), close)
			return
		}
		g.write(g.one(g.locals))
		k = kind(g.r.IntN(int(anything)))
	default:
		if k == anything {
			k = kind(g.r.IntN(int(anything)))
		}
		g.write(g.one(names[k]))
	}
	for links := 0; g.chance(45) && links < 3; links++ {
		k = g.link(k)
	}
	g.write(close)
}

// link writes one property, index or call, and returns what it probably evaluates to.
func (g *generator) link(k kind) kind {
	if g.chance(5) {
		k = kind(g.r.IntN(int(anything))) // a method that k does not have
	}
	call := func(name string, arguments ...kind) {
		g.write(".", name, "(")
		for i, a := range arguments {
			if i > 0 {
				g.write(g.one([]string{",", ", "}))
			}
			if g.chance(10) {
				a = anything
			}
			g.deeper(func() { g.parameter(a) })
		}
		g.write(")")
	}
	quoted := func(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
	switch k {
	case text:
		switch g.r.IntN(24) {
		case 0:
			call("length")
			return number
		case 1:
			call("substring", number)
		case 2:
			g.write(".substring(", g.one([]string{"0,1", "1,2", "0, 3", "1,1"}), ")")
		case 3:
			call("indexOf", text)
			return number
		case 4:
			call("toUpperCase")
		case 5:
			call("toLowerCase")
		case 6:
			call("trim")
		case 7:
			g.write(".split(", quoted(g.one(patterns)), ").size()")
			return number
		case 8:
			g.write(".split(", quoted(g.one(patterns)), ")[0]")
		case 9:
			call("replace", text, text)
		case 10:
			g.write(".replaceAll(", quoted(g.one(patterns)), ", ", quoted(g.one(replacings)), ")")
		case 11:
			g.write(".replaceFirst(", quoted(g.one(patterns)), ", ", quoted(g.one(replacings)), ")")
		case 12:
			call("contains", text)
			return boolean
		case 13:
			call("equals", text)
			return boolean
		case 14:
			call("concat", text)
		case 15:
			call("startsWith", text)
			return boolean
		case 16:
			g.write(".matches(", quoted(g.one(patterns)), ")")
			return boolean
		case 17:
			call("isEmpty")
			return boolean
		case 18:
			call("charAt", number)
			return anything
		case 19:
			call("compareTo", text)
			return number
		case 20:
			call("hashCode")
			return number
		case 21:
			g.write(".", g.one(keys))
			return anything
		case 22:
			call("lastIndexOf", text)
			return number
		case 23:
			call("equalsIgnoreCase", text)
			return boolean
		}
		return text
	case number:
		switch g.r.IntN(8) {
		case 0:
			call("toString")
			return text
		case 1:
			call("intValue")
		case 2:
			call("equals", number)
			return boolean
		case 3:
			call("compareTo", number)
		case 4:
			g.write(".parseInt(", g.one([]string{"'7'", "'-12'", "$a", "\"$i\"", "'x'"}), ")")
		case 5:
			call("hashCode")
		case 6:
			call("doubleValue")
		case 7:
			g.write(".", g.one(keys))
			return anything
		}
		return number
	case boolean:
		call(g.one([]string{"toString", "booleanValue", "hashCode"}))
		return text
	case list:
		switch g.r.IntN(16) {
		case 0, 1:
			call("size")
			return number
		case 2:
			call("get", number)
			return dict
		case 3, 4:
			g.write("[", g.one([]string{"0", "0", "1", "-1", "$z", "2", "$foreach.index"}), "]")
			return dict
		case 5:
			call("isEmpty")
			return boolean
		case 6:
			call("contains", anything)
			return boolean
		case 7:
			call("add", anything)
			return boolean
		case 8:
			call("indexOf", anything)
			return number
		case 9:
			call("remove", anything)
			return anything
		case 10:
			g.write(".subList(", g.one([]string{"0,1", "1,2", "0,0", "0,9"}), ")")
			return list
		case 11:
			call("toString")
			return text
		case 12:
			call("set", number, anything)
			return anything
		case 13:
			call("equals", list)
			return boolean
		case 14:
			call("addAll", list)
			return boolean
		case 15:
			g.write(".", g.one(keys))
		}
		return anything
	case dict:
		switch g.r.IntN(16) {
		case 0, 1, 2:
			g.write(".", g.one(keys))
			return kind(g.r.IntN(int(anything)))
		case 3, 4:
			g.write("['", g.one(keys), "']")
			return text
		case 5, 6:
			g.write(".get('", g.one(keys), "')")
			return text
		case 7:
			call("put", text, anything)
			return anything
		case 8:
			call("containsKey", text)
			return boolean
		case 9:
			g.write(".keySet()")
			return list
		case 10:
			g.write(g.one([]string{".values()", ".entrySet()"}))
			return list
		case 11:
			call("size")
			return number
		case 12:
			call("isEmpty")
			return boolean
		case 13:
			call("remove", text)
			return anything
		case 14:
			call(g.one([]string{"getOrDefault", "putIfAbsent", "replace"}), text, anything)
			return anything
		case 15:
			call("containsValue", anything)
			return boolean
		}
	}
	g.write(g.one([]string{".k", ".name", ".id", ".key", ".value", ".none", "[0]", "['k']", ".toString()", ".size()", ".get('k')", ".get(0)"}))
	return kind(g.r.IntN(int(anything)))
}

// expression writes an expression for the right side of #set or for a condition.
func (g *generator) expression() {
	n := g.r.IntN(100)
	switch {
	case n < 30:
		if g.deeper(func() {
			g.expression()
			operator := g.one(operators)
			if operator[0] >= 'a' || g.chance(80) {
				operator = " " + operator + " "
			}
			g.write(operator)
			g.expression()
		}) {
			return
		}
	case n < 36:
		if g.deeper(func() { g.write("!"); g.expression() }) {
			return
		}
	case n < 42:
		if g.deeper(func() { g.write("("); g.space(); g.expression(); g.space(); g.write(")") }) {
			return
		}
	}
	g.parameter(anything)
}

// parameter writes a possible argument.
func (g *generator) parameter(k kind) {
	if g.chance(50) {
		g.reference(k)
		return
	}
	g.literal(k)
}

func (g *generator) literal(k kind) {
	if k == anything {
		k = kind(g.r.IntN(int(anything)))
	}
	switch k {
	case text:
		if g.nesting >= maxNesting || g.chance(50) {
			g.write("'", g.one(singles), "'")
			return
		}
		g.interpolated()
	case number:
		if g.chance(70) {
			if g.chance(70) {
				g.write(numbers[g.r.IntN(6)])
				return
			}
			g.write(g.one(numbers))
			return
		}
		g.write(g.one(floats))
	case boolean:
		g.write(g.one([]string{"true", "false"}))
	case list:
		if g.chance(30) {
			g.write(g.one([]string{"[1..3]", "[0..-1]", "[3..1]", "[$z..2]", "[1..$j]", "[0 .. 1]", "[1..$u]"}))
			return
		}
		g.write("[")
		g.items(func() { g.parameter(anything) })
		g.write("]")
	case dict:
		g.write("{")
		g.items(func() {
			g.parameter(text)
			g.space()
			g.write(":")
			g.space()
			g.parameter(anything)
		})
		g.write("}")
	}
}

func (g *generator) items(item func()) {
	for i := range g.r.IntN(4) {
		if !g.deeper(func() {
			if i > 0 {
				g.write(",")
			}
			g.space()
			item()
		}) {
			return
		}
	}
}

// interpolated writes a double-quoted string with a small template in it.
func (g *generator) interpolated() {
	inner := &generator{r: g.r, nesting: g.nesting + 1, loops: g.loops, locals: g.locals, macros: g.macros}
	if g.chance(70) {
		for range g.r.IntN(3) {
			if g.chance(50) {
				inner.reference(anything)
			} else {
				inner.text()
			}
		}
	} else {
		inner.block(1 + g.r.IntN(2))
	}
	content := inner.b.String()
	if g.chance(90) {
		content = strings.ReplaceAll(content, `"`, `""`)
	}
	g.write(`"`, content, `"`)
}
