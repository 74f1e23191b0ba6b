//go:build !race

package sam

import (
	"fmt"
	"strings"
	"testing"

	"example.com/guessing-game/src/apigw/document"
)

// One goroutine and large inputs: the race detector has nothing to find here and takes ten times
// as long. make test runs these tests without it.

// TestLimits reads templates at a limit and one past it.
func TestLimits(t *testing.T) {
	t.Parallel()
	files := map[string]string{}
	including := func(n int) string {
		var b strings.Builder
		b.WriteString("Resources:\n  Api:\n    Type: AWS::Serverless::Api\n    Properties:\n      StageName: p\n      DefinitionBody:\n")
		for i := range n {
			files[fmt.Sprintf("%d.yaml", i)] = "{}"
			fmt.Fprintf(&b, "        f%d: {Fn::Transform: {Name: AWS::Include, Parameters: {Location: %d.yaml}}}\n", i, i)
		}
		return b.String()
	}
	nodes := func(n int) string { // the map, its keys and the list are 5 nodes
		return "Resources: {}\nX: [" + strings.TrimSuffix(strings.Repeat("1,", n-5), ",") + "]"
	}
	for _, c := range []struct{ name, text, want string }{
		{"files", including(maxFiles - 1), ""},
		{"too many files", including(maxFiles), "the template includes more than 99 files"},
		{"nodes", nodes(document.MaxNodes), ""},
		{"too many nodes", nodes(document.MaxNodes + 1), "the file has more than 300000 nodes once its aliases are expanded (use fewer aliases)"},
	} {
		files["template.yaml"] = c.text
		_, err := Read("template.yaml", options(t, files))
		if got := fmt.Sprint(err); c.want == "" && err != nil || c.want != "" && !strings.HasSuffix(got, c.want) {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

// Templates that would expand beyond any memory are refused, at the place where the budget ends.
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
		"json":    variable("{'Fn::ToJsonString': {a: [" + repeated(1_000, "{Ref: P}") + "]}}"),
		"lists":   variable("{'Fn::Select': [0, ["+repeated(1_000, "{'Fn::FindInMap': [M, a, b]}")+"]]}") + "\nMappings: {M: {a: {b: [" + big + "]}}}",
		"texts":   "Resources: {A: {Type: AWS::Serverless::Api, Properties: {StageName: p, DefinitionBody: [" + repeated(1_000, "{'Fn::If': [C, "+"{Ref: P}"+", x]}") + "]}}}\nConditions: {C: {'Fn::Equals': [a, a]}}\nParameters: {P: {Type: String, Default: " + big + "}}",
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
			if err == nil || !strings.Contains(err.Error(), "the resolved template is larger than apigw allows") && !strings.Contains(err.Error(), "Fn::Sub makes more than") {
				t.Errorf("got %.300v", err)
			} else if n := len(err.Error()); n > 2000 {
				t.Errorf("the message has %d bytes: %.300v", n, err)
			}
		})
	}
}
