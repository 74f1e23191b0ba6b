package sam

import (
	"context"
	"testing"

	"go.yaml.in/yaml/v4"

	"example.com/guessing-game/src/apigw/budget"
)

// A budget that is spent stays so.
func TestBudgetEnds(t *testing.T) {
	t.Parallel()
	r := &resolver{files: &files{names: []string{"t"}}, budget: budget.New(context.Background(), budget.Limits{Steps: 1})}
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: "x"}
	if v, ps := r.resolve(n); v == nil || ps != nil {
		t.Fatal(v, ps)
	}
	for range 2 {
		if v, ps := r.resolve(n); v != nil || len(ps) != 1 {
			t.Errorf("%v, %v", v, ps)
		}
	}
}
