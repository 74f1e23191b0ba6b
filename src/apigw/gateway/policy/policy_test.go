package policy_test

import (
	"testing"

	"example.com/guessing-game/src/apigw/gateway/policy"
)

// Patterns of IAM:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
func TestLike(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"a", "a", true}, {"a", "b", false}, {"*", "", true}, {"*", "a/b", true}, {"a*c", "abbc", true}, {"a*c", "abb", false},
		{"a?c", "abc", true}, {"a?c", "ac", false}, {"arn:*/prod/GET/*", "arn:x/prod/GET/a/b", true}, {"a*b*c", "axbxbxc", true}, {"", "", true}, {"", "a", false},
		{"*a", "b*a", true}, {"a**", "a", true},
	} {
		if got := policy.Like(c.pattern, c.text); got != c.want {
			t.Errorf("Like(%q, %q) = %t", c.pattern, c.text, got)
		}
	}
}
