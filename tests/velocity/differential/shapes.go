package main

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
)

// shapeContext makes the variables of a template in the shapes of real ones: an order, and what
// API Gateway knows about a request.
func shapeContext(r *rand.Rand) json.RawMessage {
	pick := func(values ...string) string { return values[r.IntN(len(values))] }
	return json.RawMessage(`{"root":{"id":` + pick(`"o-1"`, `17`, `""`, `null`) + `,"name":` + pick(`"Ann \"A\" Lee"`, `"Ann"`, `"O'Neil"`, `"José 😀"`, `"  x  "`) +
		`,"email":"ann.lee+x@example.com","age":` + pick("42", "0", "-1", `"42"`, "42.0") + `,"total":` + pick("19.90", "0.1", "1e21", "100", "-0.5") +
		`,"big":` + pick("9007199254740993", "2147483647", "123456789012345678901") + `,"paid":` + pick("true", "false", `"true"`, "null") +
		`,"note":null,"tags":` + pick(`["a","b c","d\"e"]`, `[]`, `["x"]`, `[1,null,"x",true]`) +
		`,"items":` + pick(`[{"sku":"A-1","qty":2,"price":9.95,"options":[{"k":"size","v":"L"},{"k":"ink","v":null}]},{"sku":"B/2","qty":0,"price":0.05,"options":[]},{"sku":"é😀","qty":-1}]`, `[]`, `[{"sku":"A-1","qty":3,"price":2}]`, `[{"sku":null},{"sku":"","qty":"7","price":1.5}]`) +
		`,"address":{"street":"1 Main St","zip":"00123","geo":{"lat":-12.5,"lon":0.0}},"empty":{},"none":[],"when":` + pick(`"2020-02-29T23:59:59.123Z"`, `"2020-02-29"`, `"T"`) +
		`,"query":` + pick(`"a=1&b=x%20y&c=&d&e=f=g"`, `""`, `"&&"`, `"a=1"`) + `,"cookie":"session=abc; theme=dark; token=e30.e30.sig","csv":` + pick(`"x,y,,z,"`, `"x"`, `",,"`) +
		`,"path":"/prod/orders/o-1/items/7","text":"line one\nline \"two\"\ttab \\ back","html":"<b>it's</b> & more $5 #1","ssn":"123-45-6789","x-id":"h","class":"c","size":"s","empty key":1,"arn":"arn:aws:lambda:eu-west-1:123456789012:function:f"},` +
		`"params":{"path":{"id":"o-1"},"querystring":` + pick(`{"page":"2","q":"a b"}`, `{}`, `{"q":""}`) + `,"header":{"Accept":"*/*","X-Forwarded-For":"192.0.2.7, 198.51.100.1","content-type":"application/json; charset=utf-8","Authorization":"Bearer e30.e30.sig"}},` +
		`"context":{"requestId":"c0ffee","stage":"prod","httpMethod":"POST","requestTimeEpoch":1583020799123,"identity":{"sourceIp":"192.0.2.7"},"authorizer":` + pick(`{"principalId":"u|7","claims":{"sub":"s-1","cognito:groups":"[a, b]"}}`, `{}`) + `},` +
		`"stageVariables":` + pick(`{"table":"games","url":"example.com"}`, `{}`) + `,"body":"{\"a\": [1, \"x\"], \"b\": \"it's\"}"}`)
}

// scalars and lists are references of shapeContext by kind; some have no value.
var (
	shapeTexts   = strings.Fields(`root.name root.email root.text root.html root.when root.query root.cookie root.csv root.path root.ssn root.arn root.address.zip root.id root.note root.x-id context.requestId params.header.X-Forwarded-For params.querystring.q stageVariables.table body root.nope root.address.nope.deep nope params.path.id context.authorizer.principalId`)
	shapeNumbers = strings.Fields(`root.age root.total root.big root.address.geo.lat root.address.geo.lon context.requestTimeEpoch root.items.size() root.tags.size() root.name.length() root.nope foreach.index`)
	shapeLists   = strings.Fields(`root.items root.tags root.none root.nope root.name root.address params root.empty root.csv.split(',') root.address.keySet() params.header.entrySet() params.values() root.items[0].options`)
	shapeMaps    = strings.Fields(`root root.address params.header params.querystring params stageVariables context root.empty context.authorizer root.items[0] root.nope root.address.geo`)
	shapeVars    = strings.Fields(`a b out list map count total i item k v str first sep`)
	shapeShapes  = []func(*generator){(*generator).passthrough, (*generator).rows, (*generator).fields, (*generator).texting, (*generator).building, (*generator).pairs, (*generator).functions,
		(*generator).sums, (*generator).escapes, (*generator).cascade, (*generator).ranges, (*generator).others, (*generator).form}
)

// shapes writes what people write: one or a few of the shapes found in templates of public
// applications.
func (g *generator) shapes() {
	if g.chance(10) {
		g.write(g.one([]string{"## comment\n", "#* block\n comment *#\n", "#**\n* doc\n*#", "\n\n", "  "}))
	}
	g.write("#set($root = $root)", g.one(shapeEnds), "#set($list = [])", g.one(shapeEnds), "#set($map = {})", g.one(shapeEnds), `#set($str = "")`, g.one(shapeEnds),
		"#set($count = 0)", g.one(shapeEnds), "#set($total = 0.0)", g.one(shapeEnds))
	for range 1 + g.r.IntN(3) {
		shapeShapes[g.r.IntN(len(shapeShapes))](g)
		g.write(g.one(shapeEnds))
	}
	if g.chance(30) {
		g.write("$list $map $str $count $total $item $k $!out")
	}
}

var shapeEnds = []string{"\n", "\n", "\n", "\n\n", "", " ", " \n", "\n  ", "\n\t", "\r\n"}

func (g *generator) shapeText() string {
	s := g.one(shapeTexts)
	if g.chance(25) {
		s = g.one(shapeVars)
	}
	for g.chance(30) {
		s += "." + g.one(shapeCalls)
	}
	return s
}

// shapeCalls are the calls on text found in templates.
var shapeCalls = []string{`replaceAll('"', '\\"')`, `replaceAll("\\'", "'")`, `replaceAll("[^a-zA-Z0-9]", "_")`, `replaceAll("(\d+)-(\d+)-(\d+).*", "$3/$2/$1")`, `replaceAll('(\d+)-(\d+).*', '$2.$1')`, `replaceAll("\n", "\\n")`, `replaceAll("\s+", " ")`, `replaceAll("$", "!")`,
	`replaceAll('\$', 'S')`, `replaceAll("\\", "/")`, `replaceAll("\\\\", "/")`, `replaceFirst("^/+", "")`, `replaceFirst('.*token=([^;]*).*', '$1')`, `replaceFirst("(?i)bearer ", "")`, `replace("a", "b")`, `replace('"', '\"')`, `replace("%20", " ")`, `replace("", "-")`,
	`split(",")`, `split("/")[3]`, `split(';')`, `split("[;,] ?")[1]`, `split("\.")[1]`, `split(".")`, `split(".").size()`, `split("=", 2)[1]`, `split("|")[0]`, `split('\|')[1]`, `split("(?<=,)")[0]`, `split("T")[0]`, `split("T")[1]`, `split("").size()`, `split(':').get(3)`,
	`matches("^[0-9]+$")`, `matches(".*[Aa].*")`, `matches("\d{3}-\d{2}-\d{4}")`, `matches("(?s).*")`, `matches('^\w+([.+-]\w+)*@\w+\.\w{2,}$')`, `contains("@")`, `contains("")`, `startsWith("/")`, `startsWith("a", 3)`, `endsWith("7")`, `indexOf("@")`, `indexOf('e', 4)`, `lastIndexOf('/')`,
	`substring(0, 3)`, `substring(1)`, `substring(0, 10)`, `substring(0, $root.age)`, `length()`, `isEmpty()`, `trim()`, `toUpperCase()`, `toLowerCase()`, `charAt(0)`, `concat("-x")`, `concat($root.id)`, `equals("Ann")`, `equalsIgnoreCase("ANN")`, `compareTo("Ann")`, `toString()`, `hashCode()`,
	`toString().length()`, `getClass().getName()`, `class.simpleName`, `size()`, `get(0)`, `getBytes().size()`, `toCharArray()[0]`, `chars().count()`, `codePointAt(0)`, `intValue()`, `empty`, `bytes`, `length`, `isBlank()`, `strip()`, `repeat(2)`, `join(",", $root.tags)`, `format("%05d", $root.age)`, `format("%s-%.2f", $root.name, $root.total)`, `valueOf($root.age)`}

func (g *generator) shapeRef(s string) string {
	switch g.r.IntN(8) {
	case 0:
		return "${" + s + "}"
	case 1:
		return "$!" + s
	case 2:
		return "$!{" + s + "}"
	}
	return "$" + s
}

// quotedText is a piece of a JSON text with a reference in it.
func (g *generator) quotedText() string {
	return `"` + g.one([]string{"", "", "", "a ", "$", "#", "/", "x-"}) + g.shapeRef(g.shapeText()) + g.one([]string{"", "", "", "", "s", "-1", ".", ".txt", "'s", "/", "%", "@x", "\\n", "[", "_", "#", " $"}) + `"`
}

func (g *generator) condition() string {
	t, n, l, m := g.shapeText(), g.one(shapeNumbers), g.one(shapeLists), g.one(shapeMaps)
	c := g.one([]string{"$" + t, "!$" + t, "$" + t + " != ''", "$" + t + ` == ""`, `"$!` + t + `" != ""`, "$" + t + " == $null", "$" + t + " != $null", `$` + t + ` && $` + t + ` != ""`, "$!" + t, "${" + t + "}",
		"$" + t + ` == "` + g.one([]string{"Ann", "o-1", "true", "42", "$root.name"}) + `"`, "$" + n + " > 0", "$" + n + " >= 42", "$" + n + " == 42", "$" + n + " == '42'", "$" + n + " % 2 == 0", "$" + l + ".size() > 0", "$" + l + ".isEmpty()", "!$" + l + ".isEmpty()", "$" + m + ".containsKey('id')", "$" + m + ".id",
		"$" + l + ".contains('a')", "$foreach.hasNext", "!$foreach.first", "$foreach.count < 3", "$velocityCount > 1", "$root.paid", "$root.paid == true", `$root.paid == "true"`, "$root.paid.equals(true)", "$item.qty && $item.qty > 0", "$!item.price != ''", "$item.sku.matches('[A-Z]-\\d')", "true", "$count == 2", "($count + 1) % 2 == 1", "$map.size() lt 3", "not $root.paid", "$i == $root.tags.size()"})
	if g.chance(20) {
		c += g.one([]string{" && ", " || ", " and ", " or ", "&&", "||"}) + g.condition()
	}
	if g.chance(10) {
		c = "(" + c + ")"
	}
	return c
}

func (g *generator) operand() string {
	return g.one([]string{"$" + g.shapeText(), "$" + g.one(shapeNumbers), g.quotedText(), "'" + g.one([]string{"", "x", "it''s", "$root.id", "a\\b"}) + "'", g.one(numbers), "$" + g.one(shapeLists), "$" + g.one(shapeMaps), "[]", "{}", `["a", $root.id]`, `{"k": $root.age, 'l': []}`, "true", "$count + 1", "$" + g.one(shapeNumbers) + " * 2", "$" + g.one(shapeNumbers) + " / 3", "$root.total + $item.price", `"$!str$item"`, `$str + ","`, "!$root.paid", "[1..3]"})
}

func (g *generator) passthrough() {
	g.write("#set($all = $", g.one(shapeMaps), ")\n{\n  \"body\" : ", g.one([]string{"$body", "\"$body\"", "$root", "$root.items"}), ",\n  \"params\" : {\n#foreach($type in $all.keySet())\n  #set($p = $all.get($type))\n\"$type\" : {\n  #foreach($name in $p.keySet())\n  \"$name\" : \"$", g.one([]string{"p.get($name)", "p[$name]", "p.get($name).replaceAll('\"', '\\\\\"')"}),
		"\"\n    #if($foreach.hasNext),#end\n  #end\n}\n    #if($foreach.hasNext),#end\n#end\n}\n}")
}

func (g *generator) rows() {
	g.write("\"rows\": [", g.one(shapeEnds), g.one([]string{"#foreach($item in $", "#foreach( $item in $", "#foreach ($item in $", "#{foreach}($item in $"}), g.one(shapeLists), ")", g.one(shapeEnds))
	g.deeper(func() {
		for range g.r.IntN(3) {
			switch g.r.IntN(8) {
			case 0:
				g.write("#set($", g.one(shapeVars), " = ", g.operand(), ")", g.one(shapeEnds))
			case 1:
				g.write("#if(", g.condition(), ")", g.one([]string{"#break", "#stop", "x", "#set($count = $count + 1)"}), "#end", g.one(shapeEnds))
			case 2:
				if g.looping(g.rows) {
					continue
				}
			case 3:
				g.write("$foreach.index/$foreach.count/$foreach.hasNext/$foreach.first/$foreach.last/$velocityCount/$foreach.parent.count", g.one(shapeEnds))
			case 4:
				g.write("#set($ok = $", g.one([]string{"list.add($item)", "map.put($foreach.index, $item)", "map.put(\"k$foreach.count\", $item.sku)", "list.add(0, $item.sku)", "list.remove(0)"}), ")", g.one(shapeEnds))
			default:
				g.write("  {\"sku\": \"$item.", g.one([]string{"sku", "qty", "price", "options", "k", "key", "value", "none", "toString()", "sku.toLowerCase()", "options[0].v", "options.size()", "sku.replaceAll('/', '-')"}), "\"}", g.one(shapeEnds))
			}
		}
	})
	g.write(g.one([]string{"#if($foreach.hasNext),#end", "#if( $foreach.hasNext ),#end", "#if($foreach.hasNext), #end", "#if($velocityCount < $root.items.size()),#end", "$!{sep}#set($sep = ',')", ""}), g.one(shapeEnds), "#end", g.one(shapeEnds), "]")
}

func (g *generator) fields() {
	g.write("{", g.one(shapeEnds))
	for i := range 1 + g.r.IntN(4) {
		if i > 0 {
			g.write(",", g.one(shapeEnds))
		}
		g.write(`"`, g.one(keys), `": `, g.one([]string{g.quotedText(), g.quotedText(), g.shapeRef(g.one(shapeNumbers)), g.shapeRef(g.one(shapeMaps)), g.shapeRef(g.one(shapeLists)),
			"#if(" + g.condition() + ")" + g.quotedText() + g.one([]string{"#{else}", "#else", "#else "}) + "null#end", "#if(" + g.condition() + ")\n  " + g.quotedText() + "\n  #else\n  null\n  #end", "$" + g.one(shapeMaps) + "['" + g.one(keys) + "']", "$" + g.one(shapeMaps) + ".get(\"" + g.one(keys) + "\")"}))
	}
	g.write(g.one(shapeEnds), "}")
}

func (g *generator) texting() {
	for range 1 + g.r.IntN(3) {
		g.write("#set($", g.one(shapeVars), " = ", g.one([]string{"", "", "'a' + ", `"x" + `}), "$", g.shapeText(), ".", g.one(shapeCalls), ")", g.one(shapeEnds), "$!", g.shapeText(), ".", g.one(shapeCalls), g.one(shapeEnds))
	}
}

func (g *generator) building() {
	for range 2 + g.r.IntN(4) {
		v := g.operand()
		g.write(g.one([]string{"#set($map.k = " + v + ")", "#set($map['x y'] = " + v + ")", "#set($map[$root.id] = " + v + ")", "#set($map.k.deep = " + v + ")", "#set($x = $map.put('k', $root.items))", "$map.put('j', $count)", "$!map.put('j', $root.name)",
			"#if($map.put('q', 1))#end", "#set($list[0] = " + v + ")", "#set($x = $list.add($root.id))", "$list.add($map)", "#set($x = $list.addAll($root.tags))", "#set($map.list = [])#set($x = $map.list.add($root.age))", "$map.list.size()", "#set($copy = $map)#set($copy.z = 1)", "#set($x = $map.remove('k'))$x", "$map.getOrDefault('none', $root.id)",
			"$list.contains($root.id)", "$list.indexOf('a')", "#set($x = $list.set(0, 'y'))", "$list.subList(0, 1)", "#set($map = $root.address)", "$map.putAll($root.address)", "#set($str = \"$str$root.name,\")", "#set($str = $str + $root.id + ',')", "#set($n = $str.length() - 1)$str.substring(0, $n)", "#set($root.address.zip = " + v + ")$root.address", "$map.clear()", "$root.remove('items')", "#set($root.items[0].sku = 'new')"}), g.one(shapeEnds))
	}
	g.write("#foreach($e in $map.entrySet())\"$e.key\": \"$e.value\"#if($foreach.hasNext),#end#end $map.keySet() $map.values()")
}

func (g *generator) pairs() {
	g.write("#foreach($pair in $", g.one([]string{"root.query.split('&')", `root.cookie.split("; ")`, "root.cookie.split(';\\s*')", "root.csv.split(',')", "root.query.split(\"[&=]\")"}), ")", g.one(shapeEnds),
		"#set($kv = $pair.split(\"=\"", g.one([]string{"", "", ", 2", ", -1"}), "))", g.one(shapeEnds), g.one([]string{"#if($kv.size() == 2)", "#if($kv.size() > 1 && $kv[1] != '')", "#if($kv[0] == 'b')", "#if($pair.contains('='))"}), g.one(shapeEnds),
		"\"$kv[0]\": \"", g.one([]string{"$kv[1]", "$kv.get(1)", "$!kv[1]", "$kv[-1]"}), "\"#if($foreach.hasNext),#end", g.one(shapeEnds), g.one([]string{"", "#else$pair"}), "#end", g.one(shapeEnds), "#end")
}

func (g *generator) functions() {
	name := g.one([]string{"row", "show", "a", "f"})
	g.write("#define($", name, ")", g.one(shapeEnds))
	g.looping(func() {
		switch g.r.IntN(4) {
		case 0:
			g.fields()
		case 1:
			g.write("#foreach($k in $map.keySet())$k=$map.get($k)#if($foreach.hasNext)&#end#end")
		case 2:
			g.write("$i#set($i = $i - 1)#if($i > 0)$", name, "#end")
		default:
			g.write("<$item|$count>#set($count = $count + 1)")
		}
	})
	g.write(g.one(shapeEnds), "#end", g.one(shapeEnds), "#set($i = 3)#set($map = $", g.one(shapeMaps), ")", g.one(shapeEnds), g.one([]string{"$" + name, "${" + name + "}", "$!" + name, "$" + name + " $" + name, "#set($str = \"$" + name + "\")$str.length() $str", "#foreach($item in $root.tags)$" + name + "#end", "#set($copy = $" + name + ")$copy", "$" + name + ".toString()", "#if($" + name + " == '')e#end", "$" + name + ".length()"}))
}

func (g *generator) sums() {
	g.write("#foreach($item in $root.items)", g.one(shapeEnds), "#set($total = $total + $item.price", g.one([]string{" * $item.qty", "* $item.qty", "", " - 1", " % 3", " / $item.qty"}), ")#set($count = $count ", g.one([]string{"+ 1", "+ $item.qty", "- 1", "+1", "* 2"}), ")", g.one(shapeEnds), "#end$total $count",
		g.one(shapeEnds), "#set($a = $", g.one(shapeNumbers), " ", g.one([]string{"+", "-", "*", "/", "%"}), " ", g.one([]string{"1000", "60", "0", "-3", "1.5", "$root.age", "2.0", "$count"}), ")$a ", g.one([]string{"$a.intValue()", "$a.toString().length()", "$a.longValue()", "$str.format('%.2f', $a)", "$str.format(\"%d\", $a)", "$a.compareTo(1)", "$a.equals(42)", "$count.parseInt($root.address.zip)", "$count.parseInt($root.name)", "$count.valueOf('7')", "$count.MAX_VALUE", "$total.round()", "$count.toBinaryString(5)", "$total.isNaN()", "$total.parseDouble('1.50')"}))
}

func (g *generator) escapes() {
	for range 2 + g.r.IntN(4) {
		g.write(g.one([]string{`\"$root.id\"`, `\$root.id`, `\\$root.id`, `\\\$root.id`, `$root.id\`, `$$root.id`, "#[[ $root.id ]]#", "price: $5", "#hash", "# $root.id", "$.path", "$['x']", "$root.name's", "${root.name}s", "$root.name.", "$root.name..x", "$root.x-id", "$root.name-", "$root.name_x", "$root.name[0]", "$root.tags[0]", "$root.tags[-1]", "$!{root.nope}.x", "$root.empty key", "${root.empty key}",
			"## $root.id\n", "#* $root.id *#", "#if($root.id)x#end;", "#nope($root.id)", "\\#if(true)x\\#end", "#set($x = \"a\"\"b\")$x", `#set($x = "a\nb")$x`, `#set($x = "\u0041$root.id")$x`, "#set($x = '$root.id')$x", "#set($x = \"#if($root.paid)y#end\")$x", "#set($d = '$')${d}root", `#set($h = '#')${h}if`, "#set($q = '\"')$q$root.name$q", "$root.tags.get(0)x", "${root.tags[0]}", "$root.address.geo.lat,$root.address.geo.lon", "\\\\", "\\n", "$root.class", "$root.size", "$root.size()", "$root['class']", "$root.items.sku", "$root.items[0].sku/$root.items[1].sku", "$root.name$root.id", "@$root.id", "{$root.id}", "($root.id)", "<$root.id>", "[$root.id]", "{{$root.id}}", "$root.id{x}", "&$root.id;", "${root.id}{x}", "é$root.id é", "#$root.id", "#{$root.id}", "$#", "#", "$", "$!", "${}", "$ {root}", "#end"}), g.one(shapeEnds))
	}
}

func (g *generator) cascade() {
	g.write(g.one([]string{"#if(", "#if( ", "#if (", "#{if}("}), g.condition(), ")", g.one(shapeEnds))
	body := func() {
		if !g.chance(40) || !g.deeper(g.cascade) {
			g.write(g.one([]string{g.quotedText(), "x", "#set($str = " + g.operand() + ")", "#set($context.status = 400)$context.status", "#stop", ""}), g.one(shapeEnds))
		}
	}
	body()
	for g.chance(40) {
		g.write(g.one([]string{"#elseif(", "#elseif (", "#{elseif}("}), g.condition(), ")", g.one(shapeEnds))
		body()
	}
	if g.chance(50) {
		g.write(g.one([]string{"#else", "#{else}", "#else "}), g.one(shapeEnds))
		body()
	}
	g.write(g.one([]string{"#end", "#end", "#{end}", "#end "}))
}

func (g *generator) ranges() {
	g.write("#set($n = $root.items.size() - 1)#foreach($i in [", g.one([]string{"0..$n", "1..3", "0..2", "$n..0", "-1..1", "$root.age..45", "0..$root.nope", "1..$root.tags.size()", "0 .. $n", "'a'..'c'", "$root.tags.size()..1"}), "])", g.one(shapeEnds),
		g.one([]string{"$root.items[$i].sku", "$root.items.get($i).sku", "$i#if($foreach.hasNext),#end", "#set($str = \"$str$i\")", "#if($i > 1)#break#end$i", "\"item$i\": \"$!root.tags[$i]\"", "$foreach.index$foreach.count", "#set($x = $list.add($i))", "#foreach($j in [0..$i])$i$j #end"}), g.one(shapeEnds), "#end")
}

func (g *generator) others() {
	g.write(g.one([]string{"#parse('x.vm')", "#include('x.txt')", "#include(\"a\", 'b')", "#evaluate(\"$root.id\")", "#macro(row $x)<$x>#end#row($root.id)#row('a')", "#macro(m)\nx\n#end\n#m()\n#m", "#return", "#return($root.id)", "#stop", "#stop('m')", "#break", "#foreach($x in $root.tags)#break#end", "#define($d)#break x#end$d y", "#set ( $x = 1 )$x", "#set($x = 1 )$x", "#set(  $x=1)$x", "#set($x = $root.id)\n$x", "#set($x\n= 1)$x",
		"#set($root.new = {'a': [1, {'b': $root.id}]})$root.new $root.new.a[1].b", "#set($e = $root.empty)#if($e.isEmpty())e#end", "#foreach($k in $root.keySet())$k #end", "#foreach($v in $root)$v #end", "#foreach($x in {'a': 1})$x#end", "#foreach($x in 'abc')$x#end", "#foreach($x in 3)$x#end", "#foreach($x in [$root.id, 'b'])$x#end", "#@m()x#end", "#literal()$root.id#end", "#if($root.id)#else#end", "#foreach($x in $root.tags)#else none#end", "${root.id|'x'}", "#set($x = $root.id ? 1 : 2)", "#set($x += 1)", "#set($x++)", "#if($root.id = 'x')y#end", "#if($root.id == null)y#end", "#if($root.nope.isEmpty())y#end", "#set($x = null)$x", "#set($x = -$root.age)$x", "#set($x = -1 + $root.age)$x", "#set($x = $root.age -1)$x", "#set($x = $root.age - 1)$x", "#set($x = $root.age-1)$x", "#set($x = ($root.age + 1) * 2)$x", "$root.items.stream().count()", "$root.tags.iterator().next()", "$root.tags.toString()", "$root.items.toString()", "$root.toString()", "#set($x = \"$root.tags\")$x.length()"}))
}

func (g *generator) form() {
	g.write(g.one([]string{"Action=SendMessage&MessageBody=$body", "Action=Publish&Message=$root.name&Subject=${root.id}&x=$!root.nope", "<soap:Envelope><id>$root.id</id>#foreach($t in $root.tags)<tag>$t</tag>#end</soap:Envelope>", "{\"TableName\": \"$stageVariables.table\", \"Item\": {\"id\": {\"S\": \"$context.requestId\"}, \"n\": {\"N\": \"$root.age\"}#if($root.tags.size() > 0), \"t\": {\"SS\": [#foreach($t in $root.tags)\"$t\"#if($foreach.hasNext), #end#end]}#end}}",
		"#set($groups = $context.authorizer.claims['cognito:groups'])#if($groups.contains('a'))in#end $groups.replaceAll('[\\[\\]]', '').split(', ')[1]", "#set($token = $params.header.Authorization.split(' ')[1])$token.split('\\.')[1]", "#set($ip = $params.header.get('X-Forwarded-For').split(', ')[0])$ip", "$params.header['content-type'].split(';')[0]", "#set($ttl = $context.requestTimeEpoch / 1000 + 86400)$ttl", "#set($hour = ($context.requestTimeEpoch / 3600000) % 24)$hour", "#set($parts = $root.arn.split(':'))$parts[4] $parts[-1] $parts.size() #if($parts.contains('f'))y#end", "#set($s = $params.querystring)#foreach($q in $s.keySet())${q}=$s.get($q)#if($foreach.hasNext)&#end#end"}))
}
