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

// wantLimit checks that err is about a limit, and has a position.
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
	if want := "<<$d>>"; err != nil || got != want { // as in the real engine
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

// A value of a type that templates do not support is an error, not an empty output.
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
