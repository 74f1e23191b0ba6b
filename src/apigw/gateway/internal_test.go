package gateway

import (
	"fmt"
	"testing"
)

// Compiled JSONPaths are cached up to the limit; one past it is compiled each time.
func TestCachedPaths(t *testing.T) {
	t.Parallel()
	g := &Gateway{}
	for i := range maxCachedPaths + 1 {
		if _, err := g.jsonPath(nil, fmt.Sprintf("$.p%d", i)); err != nil {
			t.Fatal(err)
		}
	}
	kept := 0
	g.paths.Range(func(_, _ any) bool { kept++; return true })
	if kept != maxCachedPaths {
		t.Errorf("%d paths are kept, want %d", kept, maxCachedPaths)
	}
	if p, err := g.jsonPath(nil, fmt.Sprintf("$.p%d", maxCachedPaths)); err != nil || p == nil {
		t.Error(err)
	}
}

// A chain of references is followed up to the limit.
func TestReferenceChain(t *testing.T) {
	t.Parallel()
	chain := func(n int) string {
		doc := "openapi: 3.0.1\n"
		for i := range n {
			doc += fmt.Sprintf("x%d: {$ref: '#/x%d'}\n", i, i+1)
		}
		return doc + fmt.Sprintf("x%d: {end: true}\n", n)
	}
	for n, want := range map[int]string{maxRefs - 1: "", maxRefs: "the reference leads back to itself"} {
		d, err := ParseDocument("d", []byte(chain(n)))
		if err != nil {
			t.Fatal(err)
		}
		if node, reason := d.deref(get(d.root, "x0")); reason != want || (node == nil) != (want != "") {
			t.Errorf("%d references: %q", n, reason)
		}
	}
}

// TestNotBase64: the reason names what asked for bytes.
func TestNotBase64(t *testing.T) {
	t.Parallel()
	_, request := convertRequest("{}", false, toBinary)
	_, response := convertResponse("{}", false, false, toBinary)
	_, accepted := convertResponse("{}", false, true, "")
	for _, c := range []struct{ got, want error }{
		{request, errRequestNotBase64}, {response, errResponseNotBase64}, {accepted, errAcceptNotBase64},
	} {
		if c.got != c.want {
			t.Errorf("%v, want %v", c.got, c.want)
		}
	}
}
