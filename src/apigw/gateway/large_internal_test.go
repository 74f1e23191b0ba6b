//go:build !race

package gateway

import (
	"errors"
	"strings"
	"testing"

	"example.com/guessing-game/src/apigw/budget"
	"example.com/guessing-game/src/apigw/vtl"
	"example.com/guessing-game/src/apigw/vtl/java"
)

// One goroutine and large inputs: the race detector has nothing to find here and takes ten times
// as long. make test runs these tests without it.

// A value whose JSON text would be too large fails the template rather than being null.
func TestInputJSONTooLarge(t *testing.T) {
	t.Parallel()
	in := &input{x: &exchange{g: &Gateway{}}, p: &payload{text: `["` + strings.Repeat("\x01", vtl.DefaultBudget.Size/6) + `"]`}}
	if _, ok, err := in.Call(nil, "json", []java.Value{"$"}); !ok || err != errJSONSize {
		t.Errorf("%v, %v", ok, err)
	}
}

// Whatever methods of $input, $util and strings a template calls a million times, the request's
// budget ends it: each call takes steps in proportion to the length of its text.
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
