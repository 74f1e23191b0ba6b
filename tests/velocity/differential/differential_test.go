package main

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"example.com/guessing-game/tests/velocity"
)

func TestMutateChangesMostTemplates(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 1))
	const template = "#if($a)x#else y#end"
	changed := 0
	for range 100 {
		if mutate(r, template) != template {
			changed++
		}
	}
	if changed < 80 {
		t.Errorf("%d of 100 changed", changed)
	}
	if got := mutate(r, ""); got == "" {
		t.Error("an empty template stays empty")
	}
}

func TestShrinkFindsTheSmallestDifference(t *testing.T) {
	t.Parallel()
	c := velocity.Case{Template: "some text é $a.b then 😀 #set($x = 1) more", Context: json.RawMessage(`{"a":1,"b":2,"c":3}`)}
	small, err := shrink(c, func(cases []*velocity.Case) ([]bool, error) {
		found := make([]bool, len(cases))
		for i, k := range cases {
			found[i] = strings.Contains(k.Template, "😀") && strings.Contains(k.Template, "$a") && strings.Contains(string(k.Context), `"b"`)
		}
		return found, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if small.Template != "$a😀" || string(small.Context) != `{"b":2}` {
		t.Errorf("got %q with %s", small.Template, small.Context)
	}
}
