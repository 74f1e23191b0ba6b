package main

import (
	"fmt"
	"strings"
	"testing"
)

// smaller offers variants that lack a member, an item or a piece of text.
func TestSmaller(t *testing.T) {
	t.Parallel()
	candidates := smaller(`{"a":[1,{"b":"xyz"}],"c":true}`)
	for _, want := range []string{`{"c":true}`, `{"a":[1,{"b":"xyz"}]}`, `[1,{"b":"xyz"}]`, `{"a":[1],"c":true}`, `{"a":[1,"xyz"],"c":true}`, `{"a":[1,{"b":""}],"c":true}`} {
		found := false
		for _, c := range candidates {
			found = found || c == want
		}
		if !found {
			t.Errorf("%s is not among %d", want, len(candidates))
		}
	}
	if c := smaller("$.a b"); !strings.Contains(fmt.Sprint(c), "$.ab") {
		t.Errorf("%q", c)
	}
}
