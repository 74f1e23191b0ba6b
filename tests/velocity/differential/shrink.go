package main

import (
	"encoding/json"
	"sort"
	"strings"

	"example.com/guessing-game/tests/velocity"
)

// shrink finds a smaller template, and a smaller context, on which the engines still differ: it
// leaves out ever smaller pieces for as long as that succeeds. differ reports for several cases at
// once whether the engines differ on them.
func shrink(c velocity.Case, differ func([]*velocity.Case) ([]bool, error)) (velocity.Case, error) {
	first := func(candidates []*velocity.Case) (bool, error) {
		found, err := differ(candidates)
		if err != nil {
			return false, err
		}
		for i, yes := range found {
			if yes {
				c = *candidates[i]
				return true, nil
			}
		}
		return false, nil
	}
	for size := len(strings.Split(c.Template, "")) / 2; size > 0; {
		smaller, err := first(without(c, size))
		if err != nil {
			return c, err
		}
		if !smaller {
			size /= 2
		}
	}
	for {
		smaller, err := first(withoutVariable(c))
		if err != nil || !smaller {
			return c, err
		}
	}
}

// without makes the cases that lack size characters of the template, at each position.
func without(c velocity.Case, size int) (candidates []*velocity.Case) {
	characters := strings.Split(c.Template, "")
	step := max(1, size/2)
	for i := 0; i+size <= len(characters); i += step {
		candidate := c
		candidate.Template = strings.Join(characters[:i], "") + strings.Join(characters[i+size:], "")
		candidates = append(candidates, &candidate)
	}
	return candidates
}

// withoutVariable makes the cases that lack one variable.
func withoutVariable(c velocity.Case) (candidates []*velocity.Case) {
	var variables map[string]json.RawMessage
	if json.Unmarshal(c.Context, &variables) != nil {
		return nil
	}
	var order []string
	for name := range variables {
		order = append(order, name)
	}
	sort.Strings(order)
	for _, name := range order {
		value := variables[name]
		delete(variables, name)
		candidate := c
		candidate.Context, _ = json.Marshal(variables) // a map read from JSON can be written as JSON
		candidates = append(candidates, &candidate)
		variables[name] = value
	}
	return candidates
}
