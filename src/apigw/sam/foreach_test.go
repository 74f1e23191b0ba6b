package sam

import (
	"strings"
	"testing"
)

func TestLoopLimit(t *testing.T) {
	t.Parallel()
	for n, ok := range map[int]bool{maxLoop: true, maxLoop + 1: false} {
		template := "Resources: {'Fn::ForEach::A': [N, [" + strings.Repeat("a,", n) + "], {}], F: {Type: AWS::Lambda::Function}}"
		_, err := Read("template.yaml", Options{ReadFile: func(string) ([]byte, error) { return []byte(template), nil }})
		if (err == nil) != ok {
			t.Errorf("%d copies: got %v", n, err)
		}
		if err != nil && !strings.Contains(err.Error(), "template.yaml:1:13: the loops of the template make more than 10000 copies") {
			t.Errorf("%d copies: got %v", n, err)
		}
	}
}
