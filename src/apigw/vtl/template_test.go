package vtl_test

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"reflect"
	"strings"
	"sync"
	"testing"

	"example.com/guessing-game/src/apigw/vtl"
	"example.com/guessing-game/src/apigw/vtl/java"
)

// Positions are those of the real engine's messages: a tab goes to the next multiple of eight, \r\n
// is one line end, columns count UTF-16 units, the end of the template is its last character.
func TestErrorPositions(t *testing.T) {
	t.Parallel()
	tests := []struct {
		template, found string
		line, column    int
		source          string
	}{
		{"#if(", "end of template", 1, 4, "#if("},
		{"a\n#if(", "end of template", 2, 4, "#if("},
		{"a\r\nb\r#set($x = )", `")"`, 3, 11, "#set($x = )"},
		{"\t#set($x = )", `")"`, 1, 19, "\t#set($x = )"},
		{"😀é#set($x = )", `")"`, 1, 14, "😀é#set($x = )"},
		{"#end", `"#end"`, 1, 1, "#end"},
		{"${a", "end of template", 1, 3, "${a"},
		{"$", "end of template", 1, 2, "$"},
		{"#set($x = 'a)", "end of template", 1, 14, "#set($x = 'a)"},
		{"\n\n  $a[b] x", `'b'`, 3, 6, "  $a[b] x"},
		{"x #set($y = \"${\")\n", "", 0, 0, ""}, // ${ is text in a string
		{"x\n#set($y = \"$a[\")", `"[ "`, 2, 11, ""},
	}
	for _, test := range tests {
		_, err := vtl.Parse("T", test.template, vtl.Options{})
		if test.line == 0 {
			if err != nil {
				t.Errorf("%q: %v", test.template, err)
			}
			continue
		}
		var e *vtl.Error
		if !errors.As(err, &e) {
			t.Errorf("%q: got %v, want an *Error", test.template, err)
			continue
		}
		if e.Line != test.line || e.Column != test.column {
			t.Errorf("%q: got line %d, column %d, want %d, %d (%v)", test.template, e.Line, e.Column, test.line, test.column, err)
		}
		if test.source != "" && (e.Source != test.source || e.Found != test.found) {
			t.Errorf("%q: got %q in %q, want %q in %q", test.template, e.Found, e.Source, test.found, test.source)
		}
		if !strings.HasSuffix(e.Detail(), "^") {
			t.Errorf("%q: no caret in %q", test.template, e.Detail())
		}
	}
}

// The caret is under the column, whatever the width of tabs; Before finds the column in a line.
func TestCaret(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ template, caret, before string }{
		{"#set($x = )", "          ^", "#set($x = "},
		{"\t\t#set($x = )", "\t\t          ^", "\t\t#set($x = "},
		{"\t#if($x) \t#set($x = ) {}", "\t        \t          ^", "\t#if($x) \t#set($x = "},
		{"a\té\t#set($x = ) ", " \t \t          ^", "a\té\t#set($x = "},
		{"😀é#set($x = )", "            ^", "😀é#set($x = "},
		{"{\n\t\"a\": $x.foo(]", "\t            ^", "\t\"a\": $x.foo("},
	} {
		_, err := vtl.Parse("T", c.template, vtl.Options{})
		var e *vtl.Error
		if !errors.As(err, &e) {
			t.Errorf("%q: got %v, want an *Error", c.template, err)
			continue
		}
		if e.Caret() != c.caret || !strings.HasSuffix(e.Detail(), "\n  "+c.caret) {
			t.Errorf("%q: got the caret %q, want %q", c.template, e.Caret(), c.caret)
		}
		if got := vtl.Before(e.Source, e.Column); got != c.before {
			t.Errorf("%q: before column %d is %q, want %q", c.template, e.Column, got, c.before)
		}
	}
	for _, c := range []struct {
		line   string
		column int
		want   string
	}{{"abc", 1, ""}, {"abc", 9, "abc"}, {"\tx", 8, ""}, {"\tx", 9, "\t"}, {"😀x", 3, "😀"}, {"", 1, ""}} {
		if got := vtl.Before(c.line, c.column); got != c.want {
			t.Errorf("Before(%q, %d) = %q, want %q", c.line, c.column, got, c.want)
		}
	}
}

func TestRenderErrors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		template, class string
		line, column    int
	}{
		{"x\n  $l.get(9)", "java.lang.IndexOutOfBoundsException", 2, 6},
		{"$l[9]", "java.lang.IndexOutOfBoundsException", 1, 3},
		{"#set($x = $s.substring(9))", "java.lang.StringIndexOutOfBoundsException", 1, 14},
		{"$s.replaceAll('(', '')", "java.util.regex.PatternSyntaxException", 1, 4},
		{"$s.length(1)", "java.lang.IllegalArgumentException", 1, 4},
		{"#foreach($x in $l)#set($q = $l.add(3))#end", "java.util.ConcurrentModificationException", 1, 1},
	}
	for _, test := range tests {
		vars := vtl.NewVars()
		vars.Set("l", java.NewList(int32(1), int32(2)))
		vars.Set("s", "abc")
		text, err := render(t, vtl.Options{}, test.template, vars)
		var e *vtl.Error
		var java *java.Exception
		if !errors.As(err, &e) || !errors.As(err, &java) || java.Class != test.class || e.Line != test.line || e.Column != test.column || text != "" {
			t.Errorf("%q: got %q, %v (%#v), want %s at %d:%d", test.template, text, err, java, test.class, test.line, test.column)
		}
		if e != nil && e.Vars != vars {
			t.Errorf("%q: the error does not have the variables", test.template)
		}
	}
}

func TestVariablesAreKnownAtAnError(t *testing.T) {
	t.Parallel()
	_, err := render(t, vtl.Options{}, "#set($x = 'so far')#set($l = [])$l[0]#set($x = 'later')", nil)
	var e *vtl.Error
	if !errors.As(err, &e) || e.Vars.Get("x") != "so far" {
		t.Errorf("got %v", err)
	}
}

func TestReferences(t *testing.T) {
	t.Parallel()
	parsed, err := vtl.Parse("T", `$!{input.params('x').a[0]} #set($m.k = "in $s $t.u")
#foreach($i in $l)$i#end#define($d)$e#end \$esc #if($p["key"][$i])#end`, vtl.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range parsed.References() {
		s := fmt.Sprintf("%d:%d %s %s", r.Line, r.Column, r.Source, strings.Join(append([]string{r.Name}, r.Path...), "/"))
		if r.Assigned {
			s += " assigned"
		}
		got = append(got, s)
	}
	want := []string{
		"1:1 $!{input.params('x').a[0]} input/params/a/0", "1:33 $m.k m/k assigned", "1:44 $s s", "1:47 $t.u t/u",
		"2:10 $i i assigned", "2:16 $l l", "2:19 $i i", "2:33 $d d assigned", "2:36 $e e", `2:43 \$esc esc`, `2:53 $p["key"][$i] p/key/*`, "2:63 $i i",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	var words []string
	for _, d := range parsed.Directives() {
		words = append(words, fmt.Sprintf("%d:%d %s", d.Line, d.Column, d.Name))
	}
	if want := []string{"1:28 set", "2:1 foreach", "2:25 define", "2:49 if"}; !reflect.DeepEqual(words, want) {
		t.Errorf("got %q, want %q", words, want)
	}
}

func TestTemplatesAreSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	parsed, err := vtl.Parse("T", `#macro(m $p)<$p>#end#define($d)[$n]#end#foreach($i in [1..3])#set($n = $n + $i)$d#m("$i")#evaluate('$n')#end$s.replaceAll('a+', "x$n")`,
		vtl.Options{Setting: vtl.Velocity})
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	for g := range 8 {
		wait.Go(func() {
			for k := range 50 {
				n := int32(100*g + k)
				vars := vtl.NewVars()
				vars.Set("n", n)
				vars.Set("s", "caab")
				got, err := parsed.Render(vtl.NewBudget(context.Background()), vars)
				want := fmt.Sprintf("[%d]<1>%d[%d]<2>%d[%d]<3>%dcx%db", n+1, n+1, n+3, n+3, n+6, n+6, n+6)
				if err != nil || got != want {
					t.Errorf("got %q (%v), want %q", got, err, want)
				}
			}
		})
	}
	wait.Wait()
}

func TestVars(t *testing.T) {
	t.Parallel()
	vars := vtl.NewVars()
	vars.Set("keep", "k")
	vars.Set("x", "outer")
	got, err := render(t, vtl.Options{}, "#foreach($x in [1,2])#set($last = $x)#end$x#set($keep.y = 1)#set($m = {'a':1})#define($b)text#end", vars)
	if err != nil || got != "outer" {
		t.Fatalf("got %q (%v)", got, err)
	}
	if vars.Get("last") != int32(2) || vars.Get("keep") != "k" || vars.Get("x") != "outer" || vars.Get("foreach") != nil || vars.Get("b") != nil {
		t.Errorf("got %v", vars)
	}
	if m, ok := vars.Get("m").(*java.Map); !ok || java.String(m) != "{a=1}" {
		t.Errorf("got %v", vars.Get("m"))
	}
}

func TestValuesPrintAsJava(t *testing.T) {
	t.Parallel()
	inner := java.NewMap(0)
	inner.Put("nested", "bar")
	opaque := java.NewOpaqueMap(0)
	opaque.Put("sourceIp", "1.2.3.4")
	m := java.NewMap(0)
	m.Put("foo", java.NewJSONArray(inner, nil, "a\"b", 1.5))
	huge, _ := new(big.Int).SetString("123456789012345678901234567890", 10)
	tests := []struct {
		v    java.Value
		want string
	}{
		{nil, ""}, {true, "true"}, {int32(-7), "-7"}, {int64(3000000000), "3000000000"}, {huge, "123456789012345678901234567890"},
		{1.0, "1.0"}, {1e7, "1.0E7"}, {0.001, "0.001"}, {1e-4, "1.0E-4"}, {2e23, "1.9999999999999998E23"}, {4.9e-324, "4.9E-324"},
		{123456.789, "123456.789"}, {java.Char('x'), "x"}, {java.NewList("a", nil, int32(1)), "[a, null, 1]"},
		{java.NewJSONArray("a", nil), `["a",null]`}, {m, `{foo=[{"nested":"bar"},null,"a\"b",1.5]}`}, {opaque, ""},
		{java.NewJSONArray(), "[]"}, {java.NewMap(0), "{}"},
	}
	for _, test := range tests {
		if got := java.String(test.v); got != test.want {
			t.Errorf("%#v: got %q, want %q", test.v, got, test.want)
		}
	}
}

func TestMapKeepsOrderAndIsTypeStrict(t *testing.T) {
	t.Parallel()
	for _, n := range []int{3, 8, 9, 100} {
		m := java.NewMap(0)
		for i := range n {
			m.Put(fmt.Sprint(i), int32(i))
		}
		m.Put("1", "new")
		if _, ok := m.Get(int32(1)); ok {
			t.Error("1 finds \"1\"")
		}
		m.Put(int32(1), "number")
		m.Put(int64(1), "long")
		if old := m.Delete("2"); old != int32(2) || m.Len() != n+1 {
			t.Errorf("deleted %v, %d left", old, m.Len())
		}
		var keys []string
		for k := range m.All() {
			keys = append(keys, fmt.Sprintf("%T%v", k, k))
		}
		if got := strings.Join(keys[len(keys)-2:], " "); got != "int321 int641" {
			t.Errorf("the last keys are %s", got)
		}
		if v, _ := m.Get("1"); v != "new" || keys[1] != "string1" {
			t.Errorf("the second is %v at %s", v, keys[1])
		}
	}
}

func TestDecodeJSON(t *testing.T) {
	t.Parallel()
	good := map[string]string{
		`{"b":1,"a":[true,false,null],"b":2}`: `{"b":2,"a":[true,false,null]}`,
		" [1, -2.50, 1e3, 12345678901] ":      `[1,-2.5,1000.0,12345678901]`,
		`"\u0041\ud83d\ude00\n\/"`:            `"A😀\n/"`,
		"123456789012345678901234567890":      "123456789012345678901234567890",
	}
	for text, want := range good {
		v, err := java.DecodeJSON([]byte(text))
		if got := string(java.AppendJSON(nil, v)); err != nil || got != want {
			t.Errorf("%s: got %s (%v), want %s", text, got, err, want)
		}
	}
	nested := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	if _, err := java.DecodeJSON([]byte(nested(java.MaxJSONDepth))); err != nil {
		t.Error(err)
	}
	bad := map[string]int{
		"": 0, "{": 1, "[1,]": 3, "{\"a\" 1}": 5, "01": 1, "1.": 2, "nul": 0, "'a'": 0, "\"a": 2, "\"\n\"": 1, "[1] x": 4, `"\x"`: 2, "{a:1}": 1, "-": 1,
		nested(java.MaxJSONDepth + 1): java.MaxJSONDepth,
	}
	for text, offset := range bad {
		_, err := java.DecodeJSON([]byte(text))
		var e *java.JSONError
		if !errors.As(err, &e) || e.Offset != offset {
			t.Errorf("%.40q: got %v, want an error at byte %d", text, err, offset)
		}
	}
}
