package vtl_test

import (
	"fmt"
	"strings"
	"testing"

	"example.com/guessing-game/src/apigw/vtl"
)

// The expectations were counted by hand: lines "line:count", and branches "name line:column
// count".
func TestCoverage(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, template string
		vars           []map[string]any // of each rendering
		lines          string
		branches       []string
	}{
		{"text and references", "a\n\n$x\n## comment\n  b", []map[string]any{{}, {}}, "1:2 3:2 5:2", nil},
		{"a text block", "#[[a\n\nb]]#\n#if($x)\n#[[\nc]]#\n#end", []map[string]any{{"x": false}}, "1:1 3:1 4:1 5:0 6:0",
			[]string{"#if 4:1 0", "#if without #else 4:1 1"}},
		{"an if of one line", "#if($x)a#end", []map[string]any{{"x": true}}, "1:1", []string{"#if 1:1 1", "#if without #else 1:1 0"}},
		{"an if that is never taken", "#if($x)\na\n#end\nb", []map[string]any{{"x": false}}, "1:1 2:0 4:1",
			[]string{"#if 1:1 0", "#if without #else 1:1 1"}},
		{"elseif and else", "#if($n == 1)\none\n#elseif($n == 2)\ntwo\n#else\nmany\n#end", []map[string]any{{"n": int32(1)}, {"n": int32(3)}, {"n": int32(4)}},
			"1:3 2:1 4:0 6:2", []string{"#if 1:1 1", "#elseif 3:1 0", "#else 5:1 2"}},
		{"a loop entered", "#foreach($i in [1..3])\n$i\n#end", []map[string]any{{}}, "1:1 2:3", []string{"#foreach entered 1:1 1", "#foreach not entered 1:1 0"}},
		{"a loop not entered", "#foreach($i in $l)\n$i\n#end", []map[string]any{{}}, "1:1 2:0", []string{"#foreach entered 1:1 0", "#foreach not entered 1:1 1"}},
		{"loops in loops", "#foreach($i in [1..2])\n#foreach($j in $l)\n$j\n#end\n#end", []map[string]any{{}}, "1:1 2:2 3:0",
			[]string{"#foreach entered 1:1 1", "#foreach not entered 1:1 0", "#foreach entered 2:1 0", "#foreach not entered 2:1 2"}},
		{"what follows #stop", "#set($a = 1)\n#stop\nb", []map[string]any{{}}, "1:1 2:1 3:0", nil},
		{"a define", "#define($d)\nx\n#end\n$!n", []map[string]any{{}}, "1:1 2:0 4:1", nil},
		{"a define that is used", "#define($d)\nx\n#end\n$d", []map[string]any{{}}, "1:1 2:1 4:1", nil},
		{"an if in a string", "#set($s = \"#if($x)a#{else}b#end\")\n$s", []map[string]any{{"x": false}}, "1:1 2:1", []string{"#if 1:12 0", "#else 1:20 1"}},
		{"a macro, which API Gateway does not define", "#macro(m)\nx\n#end\ny", []map[string]any{{}}, "4:1", nil},
		{"nothing rendered", "a\n#if($x)\nb\n#end", nil, "1:0 2:0 3:0", []string{"#if 2:1 0", "#if without #else 2:1 0"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			counting, err := vtl.Parse("T", test.template, vtl.Options{Coverage: true})
			if err != nil {
				t.Fatal(err)
			}
			plain, err := vtl.Parse("T", test.template, vtl.Options{})
			if err != nil {
				t.Fatal(err)
			}
			for _, values := range test.vars {
				var texts [2]string
				for i, p := range []*vtl.Template{counting, plain} {
					vars := vtl.NewVars()
					for k, v := range values {
						vars.Set(k, v)
					}
					if texts[i], err = p.Render(vtl.NewBudget(t.Context()), vars); err != nil {
						t.Fatal(err)
					}
				}
				if texts[0] != texts[1] {
					t.Errorf("renders %q, without counting %q", texts[0], texts[1])
				}
			}
			c := counting.Coverage()
			var lines, branches []string
			for _, l := range c.Lines {
				lines = append(lines, fmt.Sprintf("%d:%d", l.Line, l.Count))
			}
			for _, b := range c.Branches {
				branches = append(branches, fmt.Sprintf("%s %d:%d %d", b.Name, b.Line, b.Column, b.Count))
			}
			if got := strings.Join(lines, " "); got != test.lines {
				t.Errorf("lines: got %s, want %s", got, test.lines)
			}
			if got, want := strings.Join(branches, "\n"), strings.Join(test.branches, "\n"); got != want {
				t.Errorf("branches:\ngot\n%s\nwant\n%s", got, want)
			}
			if plain.Coverage() != nil {
				t.Error("a template that was not asked to count has counted")
			}
		})
	}
}
