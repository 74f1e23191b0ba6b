package vtl_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"example.com/guessing-game/src/apigw/budget"
	"example.com/guessing-game/src/apigw/vtl"
	"example.com/guessing-game/src/apigw/vtl/java"
)

func render(t *testing.T, o vtl.Options, template string, vars *vtl.Vars) (string, error) {
	t.Helper()
	return renderWithin(t, vtl.DefaultBudget, o, template, vars)
}

func renderWithin(t *testing.T, limits budget.Limits, o vtl.Options, template string, vars *vtl.Vars) (string, error) {
	t.Helper()
	parsed, err := vtl.Parse("T", template, o)
	if err != nil {
		return "", err
	}
	return parsed.Render(budget.New(t.Context(), limits), vars)
}

// wantLimit checks that err is about a limit, and has a place.
func wantLimit(t *testing.T, err error, limit string, max int) {
	t.Helper()
	var e *vtl.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want an *Error", err)
	}
	var l *budget.LimitError
	if !errors.As(err, &l) || l.Limit != limit || l.Max != max {
		t.Fatalf("got %v (%#v), want the limit %s of %d", err, e.Err, limit, max)
	}
	if e.Line < 1 || e.Template != "T" {
		t.Errorf("the error has no place: %#v", e)
	}
}

// Each limit holds at its value and not one past it.
func TestLimits(t *testing.T) {
	t.Parallel()
	gateway, stock := vtl.Options{}, vtl.Options{Setting: vtl.Velocity}
	macros := func(n int) string {
		return fmt.Sprintf("#set($n = 0)#macro(m)#set($n = $n + 1)#if($n < %d)#m()#end#end#m()$n", n)
	}
	nest := func(n int) string {
		return strings.Repeat("#if(true)", n) + "x" + strings.Repeat("#end", n)
	}
	tests := []struct {
		name     string
		options  vtl.Options
		budget   budget.Limits
		at, past string // templates
		want     string // what at renders
		limit    string
		max      int
	}{
		{"template bytes", gateway, vtl.DefaultBudget, strings.Repeat("x", vtl.GatewayTemplateBytes), strings.Repeat("x", vtl.GatewayTemplateBytes+1),
			strings.Repeat("x", vtl.GatewayTemplateBytes), "TemplateBytes", vtl.GatewayTemplateBytes},
		{"macro depth", stock, vtl.DefaultBudget, macros(vtl.DefaultMacroDepth), macros(vtl.DefaultMacroDepth + 1), "20", "MacroDepth", vtl.DefaultMacroDepth},
		{"range size", gateway, vtl.DefaultBudget, fmt.Sprintf("#set($l = [1..%d])$l.size()", vtl.DefaultRangeSize),
			fmt.Sprintf("#set($l = [0..%d])$l.size()", vtl.DefaultRangeSize), fmt.Sprint(vtl.DefaultRangeSize), "RangeSize", vtl.DefaultRangeSize},
		{"nesting of blocks", gateway, vtl.DefaultBudget, nest(vtl.MaxParseDepth), nest(vtl.MaxParseDepth + 1), "x", "MaxParseDepth", vtl.MaxParseDepth},
		{"output", stock, budget.Limits{Size: 10}, "ab$!{x}ababab$!{x}ab", "ab$!{x}ababab$!{x}abc", "ababababab", "Size", 10},
		{"a string", stock, budget.Limits{Size: 10}, "#set($s = 'abcde' + 'fghij')$s", "#set($s = 'abcde' + 'fghijk')x", "abcdefghij", "Size", 10},
		{"a printed list", stock, budget.Limits{Size: 10}, "$l", "${l}abc", "[ab, cd]", "Size", 10},
		{"repeat", stock, budget.Limits{Size: 10}, "#set($s = 'ab')$s.repeat(5)", "#set($s = 'ab')$s.repeat(6)", "ababababab", "Size", 10},
		{"work", stock, budget.Limits{Bytes: 40}, "#set($s = 'abcdefghij')#set($s = $s + $s)$s", "#set($s = 'abcdefghij')#set($s = $s + $s)#set($s = $s + 'x')$s",
			"abcdefghijabcdefghij", "Bytes", 40},
		{"rendering depth", stock, budget.Limits{Depth: 3}, "#evaluate('#evaluate(''#evaluate($a)'')')", "#evaluate('#evaluate(''#evaluate($e)'')')",
			"A", "Depth", 3},
		{"steps", stock, budget.Limits{Steps: 3000}, "#foreach($i in [1..700])$!x#end", "#foreach($i in [1..3000])$!x#end", "", "Steps", 3000},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			vars := vtl.NewVars()
			vars.Set("a", "A")
			vars.Set("l", java.NewList("ab", "cd"))
			vars.Set("e", "#evaluate('x')")
			got, err := renderWithin(t, test.budget, test.options, test.at, vars)
			if err != nil {
				t.Fatalf("at the limit: %v", err)
			}
			if got != test.want {
				t.Errorf("at the limit: got %.80q, want %.80q", got, test.want)
			}
			_, err = renderWithin(t, test.budget, test.options, test.past, vars)
			wantLimit(t, err, test.limit, test.max)
		})
	}
}

func TestLoopsEndSilently(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]int{999: 999, 1000: 1000, 1001: 1000} {
		template := fmt.Sprintf("#foreach($i in [1..%d])x#end", n)
		got, err := render(t, vtl.Options{}, template, nil)
		if err != nil || len(got) != want {
			t.Errorf("%d iterations at API Gateway: got %d (%v), want %d", n, len(got), err, want)
		}
		if got, err := render(t, vtl.Options{Setting: vtl.Velocity}, template, nil); err != nil || len(got) != n {
			t.Errorf("%d iterations of stock Velocity: got %d (%v)", n, len(got), err)
		}
	}
}

func TestDefineStopsAtDepthTwo(t *testing.T) {
	t.Parallel()
	got, err := render(t, vtl.Options{Setting: vtl.Velocity}, "#define($d)<$d>#end$d", nil)
	if want := "<<$d>>"; err != nil || got != want { // as the real engine answers
		t.Errorf("got %q (%v), want %q", got, err, want)
	}
}

func TestRenderingIsCancelled(t *testing.T) {
	t.Parallel()
	parsed, err := vtl.Parse("T", "#foreach($i in [1..1000])#foreach($j in [1..1000])#foreach($k in [1..1000])#set($x = $i)#end#end#end", vtl.Options{})
	if err != nil {
		t.Fatal(err)
	}
	cause := errors.New("the client went away")
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(cause)
	if out, err := parsed.Render(vtl.NewBudget(ctx), nil); !errors.Is(err, cause) || out != "" {
		t.Errorf("got %q, %v, want the cause", out, err)
	}
	ctx, stop := context.WithTimeout(context.Background(), time.Millisecond)
	defer stop()
	if _, err := parsed.Render(vtl.NewBudget(ctx), nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the deadline", err)
	}
}

// hostileLimits are a tenth of the defaults, so that the test does not take long.
var hostileLimits = budget.Limits{
	Steps: vtl.DefaultBudget.Steps / 10, Size: vtl.DefaultBudget.Size / 10, Bytes: vtl.DefaultBudget.Bytes / 10, Depth: vtl.DefaultBudget.Depth,
}

// None of these may panic, hang, or take memory without bound. All of them fail, but for those that say what they render.
func TestHostileTemplates(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, template, want string }{
		{name: "parentheses", template: "#set($x = " + strings.Repeat("(", 100_000)},
		{name: "lists", template: "#set($x = " + strings.Repeat("[", 100_000)},
		{name: "maps", template: "#set($x = " + strings.Repeat("{'a':", 50_000)},
		{name: "not", template: "#if(" + strings.Repeat("!", 100_000) + "true)"},
		{name: "ranges in calls", template: "#set($x = " + strings.Repeat("[$a.f([", 40)},
		{name: "calls in calls", template: strings.Repeat("$a.f(", 50_000)},
		{name: "indexes in indexes", template: strings.Repeat("$a[", 50_000)},
		{name: "strings in strings", template: nestedStrings(12)},
		{name: "many operators", template: "#set($x = 1" + strings.Repeat(" + 1", 40_000) + ")"},
		{name: "doubling", template: "#set($s = 'x')#foreach($i in [1..1000])#set($s = $s + $s)#end"},
		{name: "doubling in a string", template: `#set($s = "x")#foreach($i in [1..1000])#set($s = "$s$s")#end`},
		{name: "doubling by concat", template: "#set($s = 'x')#foreach($i in [1..1000])#set($s = $s.concat($s))#end"},
		{name: "doubling by replace", template: "#set($s = 'x')#foreach($i in [1..1000])#set($s = $s.replace('x', 'xxxxxxxx'))#end"},
		{name: "doubling by replaceAll", template: "#set($s = 'x')#foreach($i in [1..1000])#set($s = $s.replaceAll('x', '$0$0$0$0'))#end"},
		{name: "doubling by addAll", template: "#set($l = [1])#foreach($i in [1..1000])#set($q = $l.addAll($l))#end"},
		{name: "squaring", template: "#set($n = 99999999999)#foreach($i in [1..1000])#set($n = $n * $n)#end"},
		{name: "a list of lists of lists", template: "#set($l = ['x'])#foreach($i in [1..60])#set($l = [$l, $l])#end$l"},
		{name: "its equality", template: "#set($l = ['x'])#set($k = ['x'])#foreach($i in [1..60])#set($l = [$l, $l])#set($k = [$k, $k])#end$l.equals($k)"},
		{name: "its hash code", template: "#set($l = ['x'])#foreach($i in [1..60])#set($l = [$l, $l])#end$l.hashCode()"},
		{name: "a deep list", template: "#set($l = ['x'])#foreach($i in [1..1000])#foreach($i in [1..1000])#set($l = [$l])#end#end$l"},
		{name: "two lists in each other", template: "#set($a = [1])#set($b = [$a])#set($q = $a.add($b))$a"},
		{name: "the hash code of a list in itself", template: "#set($a = [1])#set($q = $a.add($a))$a.hashCode()"},
		{name: "a map that is its own key", template: "#set($m = {'a':1})#set($m[$m] = 1)$m.get($m)"},
		{name: "a map under its own entries", template: "#set($m = {'a':1})#set($e = $m.entrySet())#set($m[$e] = 1)$m.get($e)"},
		{name: "defines in defines", template: definesInDefines(40) + "$d0"},
		{name: "a regular expression that explodes", template: "#set($s = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!')$s.matches('(a+)+b')"},
		{name: "regular expressions that take long, many times", template: "#set($s = 'aaaaaaaaaaaaaaaaaaaaaa!')" + loops("$s.matches('(a+)+b')")},
		{name: "searches of a long text", template: longText + loops("$s.contains('y')")},
		{name: "comparisons of long texts", template: longText + "#set($t = $s + 'y')#set($s = $s + 'z')" + loops("#if($s == $t)#end")},
		{name: "a long text as a key", template: longText + "#set($m = {$s:1})" + loops("#set($x = $m[$s])")},
		{name: "the first element of a long list", template: "#set($l = [1..1000000])" + loops("$l.remove(0)$l.add(0, 1)")},
		{name: "lists as keys", template: "#set($m = {})" + loops("#set($m[[$i, $j]] = 1)")},
		{name: "a list of one long list, compared", template: "#set($a = [1..200000])#set($b = [1..200000])#set($l = [])#set($k = [])" +
			"#foreach($i in [1..1000])#set($q = $l.add($a))#set($q = $k.add($b))#end$l.equals($k)"},
		{name: "a sorted list of one long text", template: longText + "#set($l = [])#foreach($i in [1..1000])#set($q = $l.add($s))#end" + loops("$l.sort($null)")},
		{name: "searches that nearly succeed", template: longText + "#set($t = $s + 'y')#set($s = 'é' + $s + $s)" + loops("$s.indexOf($t)")},
		{name: "tests of primes", template: "#set($n = 9999999999999999999)#set($n = $n.pow(60))" + loops("$n.isProbablePrime(9)")},
		{name: "a huge scale", template: decimal + "$d.valueOf(1, 2000000000).toPlainString()"},
		{name: "a huge negative scale", template: decimal + "$d.valueOf(1, -2000000000).toBigInteger()"},
		{name: "the scale of zero", template: decimal + "$d.subtract($d).pow(999999999)"},
		{name: "a lower scale of zero", template: decimal + "$d.subtract($d).setScale(-2000000000)"},
		{name: "scales that cancel each other", template: decimal + "#set($x = $d.valueOf(1, 60000) + $d.valueOf(1, -60000))"},
		{name: "a long integer", template: "#set($n = " + strings.Repeat("9", 100_000) + ")"},
		{name: "thousands", template: "#set($n = 99999999999)#foreach($i in [1..12])#set($n = $n * $n)#end" + "#set($s = '')" + loops("#set($x = $s.format('%,d', $n))$x.length()")},
		{name: "format", template: "#set($s = '')$s.format('%999999999d', 1)"},
		{name: "iterator", template: "#set($l = [1])#set($i = $l.iterator())$i.x$i.class.name$i.next()$i.next()"},
		{name: "a huge index", template: "#set($l = [1])$l[2147483647]"},
		{name: "a huge range", template: "#set($l = [-2147483648..2147483647])"},
		{name: "a list in itself", template: "#set($a = [1])#set($q = $a.add($a))$a", want: "[1, (this Collection)]"},
		{name: "a map in itself", template: "#set($m = {'a':1})#set($m.b = $m)$m", want: "{a=1, b=(this Map)}"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := renderWithin(t, hostileLimits, vtl.Options{}, test.template, nil)
			if test.want != "" {
				if err != nil || got != test.want {
					t.Errorf("got %q (%v), want %q", got, err, test.want)
				}
				return
			}
			var e *vtl.Error
			if !errors.As(err, &e) {
				t.Errorf("got %.100q (%v), want an *Error", got, err)
			}
		})
	}
}

// A template's length makes it no harder to parse: these took time with its square. Runs of one
// character are cheap; the rest shares one long template, which takes the race detector long enough.
func TestLongTemplates(t *testing.T) {
	t.Parallel()
	for _, piece := range []struct {
		n              int
		template, want string
	}{
		{20_000, "$!a #w é$!u\n#set($x=1)", " #w é\n"}, {100_000, `\\`, `\\`}, {100_000, "$", "$"},
	} {
		got, err := render(t, vtl.Options{Setting: vtl.Velocity}, strings.Repeat(piece.template, piece.n)+".", nil)
		if want := strings.Repeat(piece.want, piece.n) + "."; err != nil || got != want {
			t.Errorf("%q, %d times: got %d bytes (%v), want %d", piece.template, piece.n, len(got), err, len(want))
		}
	}
}

// A value of a type that no template knows is an error rather than nothing.
func TestForeignValues(t *testing.T) {
	t.Parallel()
	vars := vtl.NewVars()
	vars.Set("n", 3) // an int, not an int32
	_, err := render(t, vtl.Options{}, "{\n  \"n\": $n\n}", vars)
	var e *vtl.Error
	if !errors.As(err, &e) || e.Line != 2 || e.Column != 8 || !strings.Contains(e.Message, "type int ") {
		t.Errorf("got %v, want an error at 2:8 that names the type", err)
	}
}

// decimal sets $d to a BigDecimal.
const decimal = "#set($n = 99999999999999999999)#set($d = $n + 1.5)"

// longText sets $s to 256 KB.
const longText = "#set($s = 'x')#foreach($i in [1..18])#set($s = $s + $s)#end"

// loops repeats a template a hundred million times.
func loops(template string) string {
	return "#foreach($i in [1..1000])#foreach($j in [1..1000])#foreach($k in [1..100])" + template + "#end#end#end"
}

func nestedStrings(n int) string {
	s := "$x"
	for range n {
		s = `#set($x = "` + strings.ReplaceAll(s, `"`, `""`) + `")`
	}
	return s + "#if("
}

func definesInDefines(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "#define($d%d)", i)
		for j := range n {
			fmt.Fprintf(&b, "$d%d", j)
		}
		b.WriteString("#end")
	}
	return b.String()
}
