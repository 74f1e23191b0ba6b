package gateway

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"example.com/guessing-game/src/apigw/budget"
	"example.com/guessing-game/src/apigw/vtl"
	"example.com/guessing-game/src/apigw/vtl/java"
)

// Compiled JSONPaths are kept up to the limit; one past it is compiled each time.
func TestCachedPaths(t *testing.T) {
	t.Parallel()
	g := &Gateway{}
	for i := range maxCachedPaths + 1 {
		if _, err := g.jsonPath(fmt.Sprintf("$.p%d", i)); err != nil {
			t.Fatal(err)
		}
	}
	kept := 0
	g.paths.Range(func(_, _ any) bool { kept++; return true })
	if kept != maxCachedPaths {
		t.Errorf("%d paths are kept, want %d", kept, maxCachedPaths)
	}
	if p, err := g.jsonPath(fmt.Sprintf("$.p%d", maxCachedPaths)); err != nil || p == nil {
		t.Error(err)
	}
}

// A chain of references is followed up to the limit.
func TestReferenceChain(t *testing.T) {
	t.Parallel()
	chain := func(n int) string {
		doc := "openapi: 3.0.1\n"
		for i := range n {
			doc += fmt.Sprintf("x%d: {$ref: '#/x%d'}\n", i, i+1)
		}
		return doc + fmt.Sprintf("x%d: {end: true}\n", n)
	}
	for n, want := range map[int]string{maxRefs - 1: "", maxRefs: "the reference leads back to itself"} {
		d, err := ParseDocument("d", []byte(chain(n)))
		if err != nil {
			t.Fatal(err)
		}
		if node, reason := d.deref(get(d.root, "x0")); reason != want || (node == nil) != (want != "") {
			t.Errorf("%d references: %q", n, reason)
		}
	}
}

// A value whose JSON text would be too large fails the template rather than being null.
func TestInputJSONTooLarge(t *testing.T) {
	t.Parallel()
	in := &input{x: &exchange{g: &Gateway{}}, p: &payload{text: `["` + strings.Repeat("\x01", vtl.DefaultBudget.Size/6) + `"]`}}
	if _, ok, err := in.Call(nil, "json", []java.Value{"$"}); !ok || err != errJSONSize {
		t.Errorf("%v, %v", ok, err)
	}
}

// Whatever a template asks of $input, $util and strings a million times, the request's budget ends it: each call takes as many steps
// as its text is long.
func TestCallsDrawOnTheBudget(t *testing.T) {
	t.Parallel()
	body := `{"a":"` + strings.Repeat(`é'+%41`, 1<<12) + `","l":[` + strings.Repeat("1,", 1<<12) + `2]}`
	for _, call := range []string{
		"$util.escapeJavaScript($input.body)", "$util.urlEncode($input.body)", "$util.urlDecode($input.body)", "$util.base64Encode($input.body)",
		"$util.base64Decode($input.body)", "$util.parseJson($input.body)", "$input.json('$')", "$input.json('$.l')", "$l.contains(7)",
		"$s.contains('zzz')", "$s.hashCode()", "$s.charAt(9)", "$s.equalsIgnoreCase($s)", "$s.length()", "$s.indexOf('zzz')", "$s.compareTo($s)",
		"$s.matches('.*z')", "$s.isBlank()", "'x'.regionMatches(true, 0, $s, 0, 9)", "'x'.concat($s)", "$s.lastIndexOf('zzz')", "$s.isEmpty()",
	} {
		template := "#set($s = $input.path('$.a'))#set($l = $input.path('$.l'))#foreach($i in [1..1000])#set($q = " + call + ")#end"
		parsed, err := vtl.Parse(call, strings.Replace(template, "'x'.", "$x.", 1), vtl.Options{})
		if err != nil {
			t.Fatal(err)
		}
		vars := vtl.NewVars()
		vars.Set("util", util{})
		vars.Set("x", "x")
		vars.Set("input", &input{x: &exchange{g: &Gateway{}}, p: &payload{text: body}})
		var limit *budget.LimitError
		if _, err := parsed.Render(budget.New(t.Context(), budget.Limits{Steps: 100_000}), vars); !errors.As(err, &limit) {
			t.Errorf("%s: got %v, want a limit of the budget", call, err)
		}
	}
}

// TestNotBase64: the reason names what asked for bytes.
func TestNotBase64(t *testing.T) {
	t.Parallel()
	_, request := convertRequest("{}", false, toBinary)
	_, response := convertResponse("{}", false, false, toBinary)
	_, accepted := convertResponse("{}", false, true, "")
	for _, c := range []struct{ got, want error }{
		{request, errRequestNotBase64}, {response, errResponseNotBase64}, {accepted, errAcceptNotBase64},
	} {
		if c.got != c.want {
			t.Errorf("%v, want %v", c.got, c.want)
		}
	}
}
