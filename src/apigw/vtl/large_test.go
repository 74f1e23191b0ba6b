//go:build !race

package vtl_test

import (
	"errors"
	"strings"
	"testing"

	"example.com/guessing-game/src/apigw/vtl"
)

// One goroutine and large inputs: the race detector has nothing to find here and takes ten times
// as long. make test runs these tests without it.

// Parsing takes linear time: for these templates it once took quadratic time.
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

// None of these may panic, hang, or take memory without bound. All of them fail, except those for
// which an output is given.
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
		{name: "a regular expression that explodes", template: "#set($s = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab')$s.matches('(a+)+(?=c)b')"},
		{name: "regular expressions that take long, many times", template: "#set($s = 'aaaaaaaaaaaaaaaaaaaaaab')" + loops("$s.matches('(a+)+(?=c)b')")},
		{name: "regular expressions that take long to compile", template: "#set($s = 'b')#set($p = '" + strings.Repeat(`\w`, 10_000) + "')" + loops("#set($p = $p + 'b')$s.matches($p)")},
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
