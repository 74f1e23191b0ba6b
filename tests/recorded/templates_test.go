package recorded

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// rendered is a template, the values of its variables, and what API Gateway rendered.
type rendered struct {
	template string
	vars     object
	want     string
}

// The templates ran on the real API Gateway as response templates of mock integrations: the
// request template stores the body in $context.requestOverride, and the response template reads
// it back into variables.
//
// Source: localstack/airspeed, tests/test_templating.py and its snapshot, recorded on AWS from
// August 2023 to May 2025 (the results without "-cli"). Words and names were changed here, but
// nothing that matters to the engine.
var onAWS = []rendered{
	// Text and references.
	{"<p></p>", nil, "<p></p>"},
	{"Hi $who", object{"who": "Ann"}, "Hi Ann"},
	{"Hi $ ", nil, "Hi $ "},
	{"Hi $who", nil, "Hi "},
	{"Hi $!who", object{"who": "all"}, "Hi all"},
	{"Hi $!who", nil, "Hi "},
	{"Hi ${who}.", object{"who": "Ann"}, "Hi Ann."},
	{"Hi $who}.", object{"who": "Ann"}, "Hi Ann}."},
	{"$word", object{"word": "Grüße"}, "Grüße"},
	{`<i style="color: #13ff93">`, nil, `<i style="color: #13ff93">`},
	{`"#"`, nil, `"#"`},
	{`<a href="#">x</a>`, nil, `<a href="#">x</a>`},
	{" $x.name ", object{"x": object{"items": "1;2"}}, "  "},
	{"\n#set( $m = \"foo\" )\n$m\n\\$m\n\\\\$m\n\\\n\\\\ \\# \\$\n\\#end\n\\# end\n\\#set( $m = \"foo\" )\n", nil,
		"\nfoo\n$m\n\\foo\n\\\n\\\\ \\# \\$\n#end\n\\# end\n#set( foo = \"foo\" )\n"},
	// Conditions.
	{"#if(${a.b.c})yes!#end", object{"a": object{"b": object{"c": "d"}}}, "yes!"},
	{"#if(${a.b.c})yes!#end", object{"a": object{"b": object{"c": false}}}, ""},
	{"#if(${a})yes!#end", object{"a": false}, ""},
	{"#if($a)yes!#end", object{"a": false}, ""},
	{"#if(${a.b.c})yes!#end", nil, "yes!"},
	{"#if($!{a.b.c})yes!#end", object{"a": object{"b": object{"c": "d"}}}, "yes!"},
	{"#if($!{a.b.c})yes!#end", nil, "yes!"},
	{"#if($!a.b.c)yes!#end", object{"a": object{"b": object{"c": "d"}}}, "yes!"},
	{"#if($!a.b.c)yes!#end", nil, "yes!"},
	{"Hi #if ($who)you are ${who}#end and bye", object{"who": "Ann"}, "Hi you are Ann and bye"},
	{"Hi #if ($greet)you are ${who}#end and bye", object{"who": "Ann", "greet": false}, "Hi  and bye"},
	{"Hi #if ($greet)you are ${who}.#if ($more) And more.#end#end and bye", object{"who": "Ann", "greet": false}, "Hi  and bye"},
	{"Hi #if ($greet)you are ${who}.#if ($more) And more.#end#end and bye", object{"who": "Ann", "greet": true}, "Hi you are Ann. And more. and bye"},
	{"Hi #if ($greet)you are ${who}.#if ($more) And more.#end#end and bye", object{"who": "Ann", "greet": true, "more": true}, "Hi you are Ann. And more. and bye"},
	{"#if ($v)seen#end", nil, "seen"},
	{"#if ($v)seen#end", object{"v": nil}, "seen"},
	{"#if ($v) true #else false #end", nil, " true "},
	{"#if($v)true#{else}false#end", nil, "true"},
	{"#if($v)true#{end}more", nil, "truemore"},
	{"#if ($a) one #elseif ($b) two #end", object{"a": false, "b": true}, " two "},
	{"#if ($a) one #elseif ($b) two #end", object{"a": true, "b": false}, " one "},
	{"#if ($a) one #elseif ($b) two #elseif($c) three #end", object{"a": true, "b": false, "c": true}, " one "},
	{"#if ($a) one #elseif ($b) two #else three #end", object{"a": false, "b": false}, " three "},
	{"#if ( ($a == 1) && ($b == 2) )yes#end", object{"a": 0, "b": 1}, ""},
	{"#if ( ($a == 1) && ($b == 2) )yes#end", object{"a": 1, "b": 1}, ""},
	{"#if ( ($a == 1) && ($b == 2) )yes#end", object{"a": 0, "b": 2}, ""},
	{"#if ( ($a == 1) && ($b == 2) )yes#end", object{"a": 1, "b": 2}, "yes"},
	{"#if ( $a == 1 && $b == 2 )yes#end", object{"a": 1, "b": 1}, ""},
	{"#if ( $a == 1 && $b == 2 )yes#end", object{"a": 1, "b": 2}, "yes"},
	{"#if ( ($a) )yes#end", object{"a": false}, ""},
	{"#if ( ($a) )yes#end", object{"a": true}, "yes"},
	{"#if ( !$a && !$b )yes#end", object{"a": false, "b": true}, ""},
	{"#if ( !$a && !$b )yes#end", object{"a": true, "b": true}, ""},
	{"#if ( !$a && !$b )yes#end", object{"a": false, "b": false}, "yes"},
	{"\n#if(true)\nhi##\n#end", nil, "\nhi"},
	{"hi #if ($a)${who}.\n#if($b)And more\n#end.\n#end Bye?", object{"who": "Ann", "a": true, "b": true}, "hi Ann.\nAnd more\n.\n Bye?"},
	// Loops.
	{"#foreach ($n in $all)Hi. #end", object{"all": []any{"a", "b"}}, "Hi. Hi. "},
	{"#if ($no)#foreach ($n in $all)Hi. #end#end", object{"no": false, "all": []any{"a", "b"}}, ""},
	{"#foreach ($n in $all)Hi $n. #end$n", object{"all": []any{"a", "b"}}, "Hi a. Hi b. "},
	{"#foreach ($w in $x)$w to#foreach ($w in $y) $w#end. #end", object{"x": []any{"Hi", "Bye"}, "y": []any{"a", "b"}}, "Hi to a b. Bye to a b. "},
	{"#foreach ($w in $x)$velocityCount,#end", object{"x": []any{"a", "b"}}, "1,2,"},
	{"#foreach ($w in $x)$foreach.count,#end", object{"x": []any{"a", "b"}}, "1,2,"},
	{"#foreach ($w in $x)$foreach.index,#end", object{"x": []any{"a", "b"}}, "0,1,"},
	{"#foreach ($w in $x)O $velocityCount#foreach ($w in $y), i $velocityCount#end. #end", object{"x": []any{"a", "b"}, "y": []any{"c", "d"}}, "O 1, i 1, i 2. O 2, i 1, i 2. "},
	{"#foreach ($w in $x)O $foreach.count#foreach ($w in $y), i $foreach.count#end. #end", object{"x": []any{"a", "b"}, "y": []any{"c", "d"}}, "O 1, i 1, i 2. O 2, i 1, i 2. "},
	{"#foreach ($w in $x)O $foreach.index#foreach ($w in $y), i $foreach.index#end. #end", object{"x": []any{"a", "b"}, "y": []any{"c", "d"}}, "O 0, i 0, i 1. O 1, i 0, i 1. "},
	{"#foreach ($i in [1, 2, 3])$i. #if ($velocityHasNext)yes#end, #end", nil, "1. yes, 2. yes, 3. , "},
	{"#foreach ($i in [1, 2, 3])$i. #if ($foreach.hasNext)yes#end, #end", nil, "1. yes, 2. yes, 3. , "},
	{"#foreach ($i in [1, 2, 3])$i. #if ($foreach.first)yes#end, #end", nil, "1. yes, 2. , 3. , "},
	{"#foreach ($i in [1, 2, 3])$i. #if ($foreach.last)yes#end, #end", nil, "1. , 2. , 3. yes, "},
	{"#foreach($v in $none)foo#end", nil, ""},
	{"#foreach( $v in [1..5] )$v\n#end", nil, "1\n2\n3\n4\n5\n"},
	{"#foreach( $v in [5..-2] )$v,#end", nil, "5,4,3,2,1,0,-1,-2,"},
	{"#set($x = [1..5])#foreach($v in $x)$v,#end", nil, "1,2,3,4,5,"},
	{"#set($x = [2..-2])#foreach($v in $x)$v,#end", nil, "2,1,0,-1,-2,"},
	{"#set($v = 1)#foreach ($i in $x)$v,#set($v = $i)#end$v", object{"x": []any{2, 3, 4}}, "1,2,3,4"},
	{"#set($i = 1)$i,#foreach ($i in [2, 3, 4])$i,#set($i = $i)#end$i", nil, "1,2,3,4,1"},
	{"#foreach ($j in [1,2])#foreach ($i in [3, 4])$foreach.count,#end$foreach.count|#end", nil, "1,2,1|1,2,2|"},
	{"#set($x = [[\"Hi \", \"Ann\"], [\"Hi\", \" Bob\"]])#foreach($p in $x)#foreach($w in $p)$w#end. #end", nil, "Hi Ann. Hi Bob. "},
	{"x\n#set($l = [\"Hi \", $who, \", take \", 7])\n#foreach($v in $l)$v#end\n\nx", object{"who": "Ann"}, "x\nHi Ann, take 7\nx"},
	// Literals and #set.
	{"#set ($v = true)$v", nil, "true"},
	{"#set ($v = false)$v", nil, "false"},
	{"#set ($v = 10)$v", nil, "10"},
	{`#set ($v = "Ann")$v`, nil, "Ann"},
	{"#set ($v = 'Ann')$v", nil, "Ann"},
	{`#set ($v = "\\bat\nman")$v`, nil, `\\bat\nman`},
	{`#set($v = '{"a": 2}')$v`, nil, `{"a": 2}`},
	{`#set($v = "{""a"": 2}")$v`, nil, `{"a": 2}`},
	{`#set($v = "1\\""2""3")$v`, nil, `1\\"2"3`},
	{`#set($v="hi, $who here")$v`, object{"who": "Ann"}, "hi, Ann here"},
	{`#set($v="hi, \$who here")$v`, object{"who": "Ann"}, "hi, $who here"},
	{"#set( $v = \"\" )#set( $w = '' ).$v.$w.", nil, "..."},
	{`#set($m = {"dog": "cat" , "cow":15})$m.dog`, nil, "cat"},
	{`#set($m = {"dog": "$cow"})$m.dog`, object{"cow": "ox"}, "ox"},
	{"#set($m = {})$m", nil, "{}"},
	{"#set( $m = {'k1': 'v1', 'k2': 'v2'} )$m.toString()", nil, "{k1=v1, k2=v2}"},
	{"\n        #set( $m = {\n          \"a\": \"1\",\n          \"b\": \"2\"\n        } )\n        {\n          \"op\": \"Put\",\n          \"a\": \"$m.a\",\n          \"b\": \"$m.b\"\n        }\n        ", object{"t": object{"k": "v"}},
		"\n                {\n          \"op\": \"Put\",\n          \"a\": \"1\",\n          \"b\": \"2\"\n        }\n        "},
	{"#set( $s = '\\{\n\t\r\\%\x05' )$s", nil, "\\{\n\t\r\\%\x05"},
	{"#set( $s = \"\\{\n\t\r\\%\x05\" )$s", nil, "\\{\n\t\r\\%\x05"},
	{"'\\{\n\t\r\\%\x05'", nil, "'\\{\n\t\r\\%\x05'"},
	{"\"\\{\n\t\r\\%\x05\"", nil, "\"\\{\n\t\r\\%\x05\""},
	// Arithmetic.
	{"#set( $r = ($v % 2) )$r", object{"v": 3}, "1"},
	{"#set($a = (5 + 4))$a", nil, "9"},
	{"#set($b = 5)#set($a = ($b + 4))$a", nil, "9"},
	{"#set($a = 4 > 2 + 5)$a", nil, "false"},
	{"#set($a = (5 + 4) > 2)$a", nil, "true"},
	{"#set($a = 5 + 4 > 2)$a", nil, "true"},
	{"#set($a = 5 * 4 - 2)$a", nil, "18"},
	{"#set($a = 2 + 5 * 4)$a", nil, "22"},
	{"#set($a = 100.0 / 50)$a", nil, "2.0"},
	{"#set($a = .5*.1)$a", nil, "0.05"},
	// Comments, #define, #stop, and escaped or unparsed text.
	{"## gone\nStay\nand more## also gone $x", nil, "Stay\nand more"},
	{"Stay#*\n gone *#\n and more", nil, "Stay\n and more"},
	{"#define ( $d)hi#end$d()$d()", nil, "hi()hi()"},
	{"#define ( $d )$foreach.index#end#foreach($x in [1,2,3])$d#end", nil, "012"},
	{"\n#define( $f )$v#end\n#set( $v = 'foo' )\n$f\n#set( $v = 'bar' )\n$f\n", nil, "\nfoo\nbar\n"},
	{"hi #stop there", nil, "hi "},
	{"#macro ( m $n)#if ($n > 0)#set($n = $n - 1)#m($n)X#end#end#m(5)", nil, "#m(5)"},
	{"#macro(m)$x#end#m()", nil, "#m()"},
	{"\n#macro ( m )\nhi##\n#end\n#m()", nil, "\n#m()"},
	{"\n#set($s1 = \"abc\")\n#set($n = \"1\")\n#set($d = \"$s$n\")\n## a comment\n#evaluate($d)", nil, "\n#evaluate($d)"},
	{"#set($v = {})#set($x = $v.put('a', 'b'))#return($v)", nil, "#return($v)"},
	// Indexes and methods.
	{"$a[1]", object{"a": []any{"x", "y"}}, "y"},
	{"$a[1][1]", object{"a": []any{"x", []any{"y", "z"}}}, "z"},
	{"$a[1].b", object{"a": []any{"x", object{"b": "y"}}}, "y"},
	{`$a["x"]`, object{"a": object{"x": "y"}}, "y"},
	{"$a.b.c['x:y']", object{"a": object{"b": object{"c": object{"x:y": "z"}}}}, "z"},
	{"#set($i = 1)$a[ $i ]", object{"a": []any{"x", "y"}}, "y"},
	{"#set($m = {} )#set($k = 'x')#set( $m[$k] = 'y' )$m", nil, "{x=y}"},
	{"#set($l = ['a', 'b', 'c'] )#set($i = 1)#set( $l[$i] = 'x' )$l", nil, "[a, x, c]"},
	{"#set($l = [1,2,3]) $l.size()", nil, " 3"},
	{"#set($l = [1,2,3]) #if($l.contains(1))in#end", nil, " in"},
	{"#set($l = [1,2,3]) #if($l.contains(10))in#end", nil, " "},
	{"#set($l = [1,2,3]) $l.get(1)", nil, " 2"},
	{"#set($l = [1,2,3])#set( $x = $l.add('s t') )#foreach($i in $l)$i,#end", nil, "1,2,3,s t,"},
	{"#set($l = [1, 2, 3]) $l.isEmpty()", nil, " false"},
	{"#set($s = 'foobar123') $s.length()", nil, " 9"},
	{"#set($s = 'foobar123bab') $s.replaceAll('ba.', 'foo')", nil, " foofoo123foo"},
	{"#set($s = 'foobar123') #if($s.startsWith('foo'))yes!#end", nil, " yes!"},
	{"#set($s = 'nofoobar123') #if($s.startsWith('foo'))yes!#end", nil, " "},
	{"#set($s = 'nofoobar123') #if($s.contains('foo'))yes!#end", nil, " yes!"},
	{"#set($s = 'something') $s.indexOf('e')", nil, " 3"},
	{"#set($s = 'something') $s.substring(3, 6)", nil, " eth"},
	{"#set( $s = '123456789' )$s.matches( '[0-9]*' )", nil, "true"},
	{"#set( $s = 'd123' )$s.matches( '[0-9]*' )", nil, "false"},
	{`#set( $s = '2020-01-20T08:00:00.000Z' )$s.matches('^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:00\.000Z$')`, nil, "true"},
	{`#set( $s = "2020-01-20T08:00:00.000Z" )$s.matches("^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:00\.000Z$")`, nil, "true"},
	{"#set( $x = $m.put('k', 'new') )$x - $m.k", object{"m": object{"k": "old"}}, "old - new"},
	{"#set( $x = $m.putAll({'k1': 'v3', 'k2': 'v2'}))$m.k1 - $m.k2", object{"m": object{"k1": "v1"}}, "v3 - v2"},
}

// compared are conditions for values of $v, each with an operator in both spellings.
func compared() []rendered {
	var rows []rendered
	for ops, wants := range map[[2]string][3]string{
		{">", "gt"}: {"", "", "yes"}, {">=", "ge"}: {"", "yes", "yes"}, {"<", "lt"}: {"yes", "", ""}, {"<=", "le"}: {"yes", "yes", ""}, {"==", "eq"}: {"", "yes", ""},
	} {
		for _, op := range ops {
			for v, want := range wants {
				rows = append(rows, rendered{"#if ( $v " + op + " 1 )yes#end", object{"v": v}, want})
			}
		}
	}
	for ops, wants := range map[[2]string][3]string{{"||", "or"}: {"", "yes", "yes"}, {"&&", "and"}: {"", "", ""}} {
		for _, op := range ops {
			for i, pair := range [][2]bool{{false, false}, {true, false}, {false, true}} {
				rows = append(rows, rendered{"#if ( $a " + op + " $b )yes#end", object{"a": pair[0], "b": pair[1]}, wants[i]})
			}
		}
	}
	for _, op := range []string{"!", "not "} {
		for v, want := range map[any]string{false: "yes", true: "", nil: ""} {
			rows = append(rows, rendered{"#if ( " + op + "$v )yes#end", object{"v": v}, want})
		}
	}
	return rows
}

// onMock serves templates as the recordings did, and returns the address; the path of a template
// is its number.
func onMock(t *testing.T, rows []rendered) string {
	t.Helper()
	paths := object{}
	for i, row := range rows {
		var sets []string
		for _, name := range slices.Sorted(maps.Keys(row.vars)) {
			sets = append(sets, "#set($"+name+" = $bodyJSON."+name+")")
		}
		template := "#set($body = $context.requestOverride.path.body)\n#set($bodyJSON = $util.parseJson($body)) " + strings.Join(sets, " ") + "\n" + row.template
		paths[fmt.Sprint("/", i)] = object{"post": object{
			"responses": object{"200": object{}},
			"x-amazon-apigateway-integration": object{
				"type":             "mock",
				"requestTemplates": object{"application/json": "#set($context.requestOverride.path.body = $input.body)\n{\n  \"statusCode\": 200,\n}\n"},
				"responses":        object{"default": object{"statusCode": 200, "responseTemplates": object{"application/json": template}}},
			},
		}}
	}
	document, err := json.Marshal(object{"openapi": "3.0.1", "info": object{"title": "t", "version": "1"}, "paths": paths})
	if err != nil {
		t.Fatal(err)
	}
	return start(t, string(document), nil, nil, "--lenient")
}

// render renders the template with a number.
func render(t *testing.T, addr string, i int, vars object) (status, body string) {
	t.Helper()
	if vars == nil {
		vars = object{}
	}
	sent, err := json.Marshal(vars)
	if err != nil {
		t.Fatal(err)
	}
	status, _, body = send(t, addr, "localhost", fmt.Sprintf("POST /prod/%d\nContent-Type: application/json\n\n%s", i, sent))
	return strings.Fields(status)[1], body
}

func TestTemplatesOnAWS(t *testing.T) {
	t.Parallel()
	rows := append(compared(), onAWS...)
	addr := onMock(t, rows)
	for i, c := range rows {
		if status, got := render(t, addr, i, c.vars); status != "200" || got != c.want {
			t.Errorf("%q with %v\n got %q (%s)\nwant %q", c.template, c.vars, got, status, c.want)
		}
	}
}

// The recording has these results without white space.
func TestTemplatesOnAWSWithoutBlanks(t *testing.T) {
	t.Parallel()
	rows := []rendered{
		{"\n#define( $loop ) {\n    #foreach($e in $map.keySet())\n        #set( $k = $e )\n        #set( $v = $map.get($k))\n        \"$k\": \"$v\"\n        #if( $foreach.hasNext ) , #end\n    #end\n}\n#end\n$loop\n#set( $map = {'a':'b'} )\n$loop\n",
			object{"map": object{"test": 123, "test2": "abc"}}, `{ "test": "123" , "test2": "abc" } { "a": "b" }`},
		{"#set( $m = {} )\n#set($x = $m.put('k', null))\n#if(\"$m.k\" == \"\")\n    \"none\"\n#else\n    \"one\"\n#end\n", nil, `"none"`},
	}
	addr := onMock(t, rows)
	for i, c := range rows {
		status, got := render(t, addr, i, c.vars)
		if got = strings.Join(strings.Fields(got), " "); status != "200" || got != c.want {
			t.Errorf("%q with %v\n got %q (%s)\nwant %q", c.template, c.vars, got, status, c.want)
		}
	}
}

// These returned 500, as the authors of the recording note.
func TestTemplatesThatFailOnAWS(t *testing.T) {
	t.Parallel()
	rows := []rendered{{template: "Hi $"}, {template: `#set ($v = "\"batman\"")$v`}}
	addr := onMock(t, rows)
	for i, c := range rows {
		if status, got := render(t, addr, i, nil); status+" "+got != `500 {"message": "Internal server error"}` {
			t.Errorf("%q answers %s %s", c.template, status, got)
		}
	}
}
