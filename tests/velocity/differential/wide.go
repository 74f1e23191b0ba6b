package main

import (
	"fmt"
	"strings"
)

// operatorValues are values of every class that a template can create, and some without a value.
var operatorValues = strings.Fields(`$s $e $num $uni $csv $i $z $neg $imax $L $Lmin $L1 $d $d2 $nan $t $f $B $B1 $Bneg $D $D2 $D3 $c $cu $c0 $l $ls $el $range $sub $m $em $m2
	$entry $block $u $!u ${i} $!s $l[0] $ls[0] $m.k $m['k'] $m.none $m.keySet() $m.values() $m.entrySet() $l.size() $s.length() $ls.iterator() $csv.split(',') $s.toCharArray() $s.chars()
	0 1 2 -1 007 2147483647 2147483648 9223372036854775807 9223372036854775808 1.0 0.0 -0.0 1.5 .5 1e3 1e400 '' 'a' '1' '5' 'true' "" "$i" "$s" "a$i" "$u" true false [] [1] [1..3] ['a','b'] {} {'k':1} {"k":"v"}`)

// operations writes every operator between values of all classes, and every other place that takes
// values of any class.
func (g *generator) operations() {
	g.write(methodVariables)
	value := func() string { return g.one(operatorValues) }
	operation := func() string {
		e := value()
		for range 1 + g.r.IntN(3) {
			operator := g.one(operators)
			if g.chance(10) {
				e = "(" + e + ")"
			}
			e += g.one([]string{" ", " ", " ", "  ", "\n"}) + operator + g.one([]string{" ", " ", "  ", " !", "\t"}) + value()
		}
		return e
	}
	for range 1 + g.r.IntN(4) {
		switch g.r.IntN(12) {
		case 0, 1, 2:
			g.write("#set($r = ", operation(), ")$r $!r")
		case 3, 4:
			g.write("#if(", operation(), ")y#{else}n#end")
		case 5:
			g.write("#if(", g.one([]string{"", "!", "!!", "not ", "! "}), value(), ")y#{else}n#end")
		case 6:
			bound := func() string { // Java makes a list of an entire range
				return g.one([]string{"$i", "$z", "$neg", "0", "3", "-1", "$l.size()", "$s.length()", "$u", "$s", "$d", "1.5", "$t", "$m", "$l[0]", "'1'", "$c", "$B1"})
			}
			g.write("#set($r = [", bound(), g.one([]string{"..", " .. "}), bound(), "])$r $!r.size()")
		case 7:
			g.write("#set($r = ", value(), ")$r[", value(), "] $!r.get(", value(), ") $!r.equals(", value(), ") $!r.compareTo(", value(), ")")
		case 8:
			g.write("#foreach($x in ", value(), ")<$x $foreach.index>#end")
		case 9:
			g.write("#set($r = {", value(), ": ", value(), ", ", value(), ": ", value(), "})$r $r.size() $!r.get(", value(), ")")
		case 10:
			g.write("#set($r = [", value(), ", ", value(), "])$r $r.contains(", value(), ") $r.indexOf(", value(), ")")
		case 11:
			g.write("#set($m2[", value(), "] = ", value(), ")$m2 #set($l[", value(), "] = ", value(), ")$l #set($m2.q = ", value(), ")$m2.q")
		}
		g.write("|")
	}
}

// blanks writes white space of all kinds, mostly none.
func (g *generator) blanks() string {
	return g.one([]string{"", "", "", "", "", " ", " ", "  ", "\t", "\n", "\n", "\r\n", "\r", " \n", "\n  ", "\n\n", " \r\n\t", "\f", "\u00a0", "\v"})
}

// gobbling writes directives next to white space, comments and text of all kinds.
func (g *generator) gobbling(depth int) {
	inside := func() string { return g.one([]string{"", "", "", "", " ", "\t", "\n", "  ", "\r\n"}) }
	for range 1 + g.r.IntN(5) {
		g.write(g.blanks(), g.one([]string{"", "", "", "", "", "x", "$a", "${a}", "$!a", "$a.k", "$u", "$l[0]", "$a.length()", `\`, `\\`, `\$a`, "$", "$$", "$!", "#", "##c\n", "##\r\n", "## $a", "#*c*#", "#**d*#", "#*\n*#", "#[[r]]#", "#[[\n]]#", "#[[ ]]#", ".", "[", "{", "(", ")", "}", "]", "-", "#nope", "#nope()", "#m", "#m()", `\#set($x = 1)`, `\#if`, `\#end`, "#break", "#stop()", "é", "&nbsp;", "\"", "'"}), g.blanks())
		word := func(s string) string {
			if g.chance(15) {
				return "#{" + s + "}"
			}
			return "#" + s
		}
		switch n := g.r.IntN(10); {
		case n < 4:
			g.write(word("set"), g.one([]string{"", "", "", " ", "\t", "\n"}), "(", inside(), g.one([]string{"$x", "$x", "$x.y", "$m.k", "$m['k']", "${x}", "$!x"}), inside(), "=", inside(), g.one([]string{"1", "'a'", "\"$a\"", "$a", "$u", "$i + 1", "[1, 2]", "{'k': 1}", "true", "\"#if(true)y#end\"", "\"a\nb\"", "!$u", "($i)", "[1..2]", "$m.k"}), inside(), ")")
		case n < 7 && depth > 0:
			g.write(word("if"), inside(), "(", inside(), g.one([]string{"true", "false", "$t", "$u", "$i == 5", "!$t", "$i > 1 && $t", "($t)"}), inside(), ")")
			g.gobbling(depth - 1)
			if g.chance(25) {
				g.write(word("elseif"), inside(), "(", inside(), g.one([]string{"true", "$u", "$t"}), inside(), ")")
				g.gobbling(depth - 1)
			}
			if g.chance(40) {
				g.write(word("else"))
				g.gobbling(depth - 1)
			}
			g.write(word("end"))
		case n < 8 && depth > 0:
			g.write(word("foreach"), inside(), "(", inside(), "$q", g.one([]string{" ", "\n", "  "}), "in", g.one([]string{" ", "\n", "\t"}), g.one([]string{"$l", "[1..2]", "['a', 'b']", "$m", "$u", "{'k': 1}", "$l.iterator()"}), inside(), ")")
			g.gobbling(depth - 1)
			g.write(word("end"))
		case n < 9 && depth > 0:
			g.write(g.one([]string{"#define($x)", "#define( $x )", "#define ($x)", "#macro(m)", "#macro(m $p)", "#macro( m )", "#@m()", "#literal()", "#evaluate('$a')", "#@nope()"}))
			if strings.HasPrefix(g.lastDirective(), "#evaluate") {
				break
			}
			g.gobbling(depth - 1)
			g.write(word("end"))
		}
		g.write(g.blanks())
	}
}

// lastDirective returns what has been written since the last '#'.
func (g *generator) lastDirective() string {
	s := g.b.String()
	return s[max(0, strings.LastIndexByte(s, '#')):]
}

// macros writes macros that call each other, with arguments of all kinds, and bodies.
func (g *generator) macroCalls() {
	names := []string{"m", "n", "row"}
	argument := func() string {
		return g.one([]string{"$a", "$i", "$u", "$l", "$m.k", "$p", "$q", "'s'", "\"$i\"", "\"$p\"", "1", "1.5", "true", "[1, 2]", "[$p, 1]", "[1..3]", "{'k': $p}", "${a}", "$!a", "$!u", "$l[0]", "$a.length()", "$l.size()", "word", "$x"})
	}
	arguments := func() string {
		var b strings.Builder
		for range g.r.IntN(4) {
			b.WriteString(g.one([]string{" ", " ", ", ", "", ","}) + argument())
		}
		return b.String()
	}
	body := func() {
		for range 1 + g.r.IntN(4) {
			g.write(g.one([]string{"<$p>", "<$q>", "<$!p>", "<${p}>", "<$p.k>", "<$p.length()>", "<$p[0]>", "$bodyContent", "#set($p = 'set')", "#set($q = $p)", "#set($x = \"$x.\")", "#set($p.k = 1)", "#if($p)y#{else}n#end", "#if($p == 1)one#end", "#foreach($e in $p)$e,#end", "#foreach($e in [1..2])$p$e#end", "#break", "#stop", "$macro.topmost", "$macro", "\\#m", "#set($i = $i + 1)$i", "#define($d)$p#end$d", "#evaluate('$p')", "\n", " ", "#m($p)", "#n($q $p)", "#row()", "$p$q", "#if($i < 8)#set($i = $i + 1)#m($i)#end", "$p.add(1)"}))
		}
	}
	calls := func() {
		for range 1 + g.r.IntN(3) {
			name := g.one(names)
			switch g.r.IntN(6) {
			case 0:
				g.write("#@", name, "(", arguments(), ")", g.one([]string{"body", "$p", "$i", "#set($i = 9)b", "#n($a)", "$bodyContent"}), "#end")
			case 1:
				g.write("#", g.one([]string{name, "{" + name + "}"}), g.one([]string{" ", "\n", "x", "", "."}))
			default:
				g.write("#", name, g.one([]string{"", "", " "}), "(", arguments(), g.one([]string{"", " "}), ")")
			}
			g.write(g.one([]string{"", "\n", " ", "|"}))
		}
	}
	if g.chance(30) {
		calls()
	}
	for range 1 + g.r.IntN(3) {
		g.write("#macro(", g.one([]string{"", " "}), g.one(names), g.one([]string{"", " $p", " $p $q", ", $p, $q", " $p $p", " $q $p", " $p = 1", " p", " $p.k"}), g.one([]string{"", " "}), ")", g.one([]string{"", "\n", " "}))
		body()
		g.write("#end", g.one([]string{"", "\n"}))
		if g.chance(60) {
			calls()
		}
	}
	calls()
	g.write("$p $q $x $i")
}

// regexes writes calls that take a regular expression, made from the whole grammar of
// java.util.regex.
func (g *generator) regexes() {
	for range 1 + g.r.IntN(3) {
		pattern := g.pattern(3)
		subject := g.subject()
		quote := func(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
		g.write("#set($x = ", quote(subject), ")")
		replacement := quote(g.one([]string{"<$0>", "<$0>", "-", "", "$1", "[$1]", "[$1]", "$1$2", "${n}", "\\$", "\\\\", "$10", "$", "\\", "[$0|$1]", "${", "$x", "${1}", "\\q"}))
		g.write(g.one([]string{
			"$x.replaceAll(" + quote(pattern) + ", " + replacement + ")", "$x.replaceAll(" + quote(pattern) + ", '<$0>')", "$x.replaceFirst(" + quote(pattern) + ", " + replacement + ")",
			"$x.matches(" + quote(pattern) + ")", "#foreach($p in $x.split(" + quote(pattern) + "))<$p>#end", "#foreach($p in $x.split(" + quote(pattern) + fmt.Sprintf(", %d", g.r.IntN(5)-1) + "))<$p>#end",
		}), "|")
	}
}

func (g *generator) subject() string {
	var b strings.Builder
	for range g.r.IntN(12) {
		b.WriteString(g.one([]string{"a", "a", "b", "b", "c", "A", "B", "1", "2", "0", " ", "_", "-", ".", ",", "\n", "\r\n", "\t", "é", "É", "e\u0301", "ß", "ſ", "K", "x", "ab", "aab", "(", ")", "[", "]", "\\", "$", "#", "^", "@", "/", "ⅷ", "٣", "\u00a0", "\u2028", "\u0085", "σ", "ς", "Σ", "İ", "ı"}))
	}
	return b.String()
}

func (g *generator) pattern(depth int) string {
	var b strings.Builder
	if depth == 3 && g.chance(20) {
		b.WriteString("(?" + g.one([]string{"i", "s", "m", "x", "u", "iu", "U", "d", "im", "is", "-i", "i-s", "iuxs", "c"}) + ")")
	}
	for i := range 1 + g.r.IntN(4) {
		if i > 0 && g.chance(15) {
			b.WriteString("|")
		}
		b.WriteString(g.patternPiece(depth) + g.quantifier())
	}
	return b.String()
}

func (g *generator) quantifier() string {
	if g.chance(55) {
		return ""
	}
	return g.one([]string{"*", "+", "?", "*", "+", "?", "{2}", "{0,1}", "{1,}", "{1,2}", "{0}", "{2,3}", "{0,}", g.one([]string{"{2}", "{,2}", "{2,1}", "{a}", "{", "{1"})}) + g.one([]string{"", "", "", "?", "+"})
}

func (g *generator) patternPiece(depth int) string {
	n := g.r.IntN(12)
	if depth == 0 {
		n = g.r.IntN(7)
	}
	switch n {
	case 0, 1, 2:
		return g.one([]string{"a", "b", "c", "A", "1", " ", "-", ",", "é", "ab", "aa", "σ", "ß", "K", "\n", "#", "_", "]", "}", "ſ"})
	case 3:
		return g.one([]string{".", "\\d", "\\D", "\\w", "\\W", "\\s", "\\S", "\\h", "\\H", "\\v", "\\V", "\\R", "\\p{L}", "\\p{Lu}", "\\P{L}", "\\pL", "\\p{Alpha}", "\\p{Upper}", "\\p{Punct}", "\\p{IsAlphabetic}", "\\p{IsLatin}", "\\p{InGreek}", "\\p{javaLowerCase}", "\\p{ASCII}", "\\p{Nd}", "\\p{general_category=Lu}", "\\p{script=Greek}", "\\p{Blank}", "\\p{XDigit}", "\\p{Cntrl}", "\\p{IsWhite_Space}", "\\p{Sc}", "\\p{block=Arabic}", "\\p{InBasic_Latin}", "\\p{IsGreek}", "\\p{InLatin-1 Supplement}", "\\p{inGreek}", "\\p{sc=Grek}", "\\p{IsLower}", "\\p{IsWord}", "\\P{Cn}", "\\p{GC=L}", "\\p{lower}", "\\p{javaSpaceChar}", "\\p{IsHex_Digit}"})
	case 4:
		if g.chance(2) {
			return "\\b{g}"
		}
		return g.one([]string{"^", "$", "\\b", "\\B", "\\A", "\\z", "\\Z", "\\G"})
	case 5:
		if g.chance(85) {
			return g.one([]string{"\\.", "\\n", "\\t", "\\r", "\\\\", "\\/", "\\-", "\\$", "\\x41", "\\u0061", "\\0141", "\\Qa.b\\E", "\\_", "\\@", "\\1", "\\*"})
		}
		return g.one([]string{"\\.", "\\n", "\\t", "\\r", "\\f", "\\a", "\\e", "\\\\", "\\/", "\\-", "\\$", "\\x41", "\\x{61}", "\\u0061", "\\0141", "\\07", "\\cA", "\\Qa.b\\E", "\\Qa", "\\E", "\\q", "\\_", "\\@", "\\1", "\\2", "\\k<n>", "\\", "\\x4", "\\u00", "\\0", "\\8", "\\11"})
	case 6:
		return g.class(1)
	case 7:
		return "(" + g.pattern(depth-1) + ")"
	case 8:
		return g.one([]string{"(?:", "(?:", "(?<n>", "(?i:", "(?s-i:", "(?>", "(?x: ", "(?:", g.one([]string{"(?<1>", "(?'n'", "(?P<n>", "(?<n>"})}) + g.pattern(depth-1) + ")"
	case 9:
		if g.chance(50) {
			return g.one([]string{"(?=", "(?!"}) + g.pattern(depth-1) + ")"
		}
		return g.one([]string{"(?<=", "(?<!"}) + g.pattern(depth-1) + ")"
	case 10:
		return "(" + g.pattern(depth-1) + ")" + g.quantifier() + g.one([]string{"\\1", "b", "\\1+", "|"})
	}
	if g.chance(85) {
		return g.one([]string{"(a|b)", "(?:ab|a)", "[^,]*", "(\\d+)", "(\\w)(\\w)", "a|b", ".*?", "(?=b)", "(?<=a)", "(?!b)", "()", "(|a)", "(?:a|)", "\\s+", "[,;] ?", "^", "$", "]", "}", "(?i)", "(?-i)"})
	}
	return g.one([]string{"(", ")", "[", "]", "{", "}", "*", "+", "?", "|", "(?", "(?i", "[^", "(?#c)", "()", "(?:)", "(|a)", "(a|)", "||", "[]", "[^]", "[]a]", "(?i)", "(?-i)", "(?x)a b #c\n", "^*", "$+", "\\b+"})
}

// class writes a character class, with unions, intersections and ranges.
func (g *generator) class(depth int) string {
	var b strings.Builder
	b.WriteString(g.one([]string{"[", "[", "[", "[^"}))
	for range 1 + g.r.IntN(3) {
		if depth > 0 && g.chance(15) {
			b.WriteString(g.class(depth - 1))
			continue
		}
		if g.chance(8) {
			b.WriteString(g.one([]string{"&&", "&&", "&&", "&&&", "&"}))
			if depth > 0 && g.chance(40) {
				b.WriteString(g.class(depth - 1))
				continue
			}
		}
		b.WriteString(g.one([]string{"a", "b", "a-c", "A-Z", "a-z", "0-9", "-", "^", "\\d", "\\w", "\\s", "\\S", "\\]", "\\[", "\\-", "\\\\", ".", "$", " ", "é", "\\n", "\\p{L}", "\\x41", "\\u0041-\\u0043", "z-a", "a-", "-z", "a-\\d", "\\W", "|", "(", ")", "*", "#", "\\Qa\\E", "\\b", "_", "\\p{Lu}", "σ", "ß", "K", "\\0101", "ſ"}))
	}
	b.WriteString("]")
	return b.String()
}
