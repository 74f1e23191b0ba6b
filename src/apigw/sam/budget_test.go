package sam

import (
	"context"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"example.com/guessing-game/src/apigw/budget"
)

// Templates that come to more than any memory holds are refused, at the place where the budget ends.
func TestBudget(t *testing.T) {
	t.Parallel()
	big := strings.Repeat("x", 1<<20)
	repeated := func(n int, item string) string { return strings.TrimSuffix(strings.Repeat(item+",", n), ",") }
	chain := map[string]string{}
	for i := range 30 {
		next := "{'Fn::Transform': {Name: AWS::Include, Parameters: {Location: f" + string(rune('A'+i+1)) + ".yaml}}}"
		chain["f"+string(rune('A'+i))+".yaml"] = "[" + next + "," + next + "]"
	}
	chain["f"+string(rune('A'+30))+".yaml"] = "x"
	variable := func(value string) string {
		return "Parameters: {P: {Type: String, Default: " + big + "}}\nResources: {F: {Type: AWS::Lambda::Function, Properties: {Environment: {Variables: {V: " + value + "}}}}}"
	}
	nested := "abc"
	for range 60 {
		nested = "{'Fn::Base64': " + nested + "}"
	}
	for name, template := range map[string]string{
		"join":    variable("{'Fn::Join': ['', [" + repeated(30_000, "{Ref: P}") + "]]}"),
		"sub":     variable("{'Fn::Sub': ['" + strings.Repeat("${a}", 1000) + "', {a: {'Fn::Sub': ['" + strings.Repeat("${b}", 5) + "', {b: {Ref: P}}]}}]}"),
		"base64":  variable(strings.Replace(nested, "abc", "{Ref: P}", 1)),
		"split":   variable("{'Fn::Length': {'Fn::Split': [x, {Ref: P}]}}"),
		"loop":    "Resources: {'Fn::ForEach::A': [N, [" + repeated(9_999, "a") + "], {'${N}': {Type: X, Y: [" + repeated(1_000, "1") + "]}}]}",
		"names":   "Resources: {'Fn::ForEach::A': [N, [" + repeated(20, big[:100_000]) + "], {'${N}': {Type: '" + strings.Repeat("${N}", 10_000) + "'}}]}",
		"include": "Resources: {A: {Type: AWS::Serverless::Api, Properties: {StageName: p, DefinitionBody: {'Fn::Transform': {Name: AWS::Include, Parameters: {Location: fA.yaml}}}}}}",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Read("template.yaml", Options{ReadFile: func(name string) ([]byte, error) {
				if name == "template.yaml" {
					return []byte(template), nil
				}
				return []byte(chain[name]), nil
			}})
			if err == nil || !strings.Contains(err.Error(), "the template comes to more than apigw resolves") && !strings.Contains(err.Error(), "Fn::Sub makes more than") {
				t.Errorf("got %.300v", err)
			}
		})
	}
}

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
