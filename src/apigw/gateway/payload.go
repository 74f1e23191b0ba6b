package gateway

import (
	"cmp"
	"errors"
	"strings"
	"time"

	"example.com/guessing-game/src/apigw/gateway/jsonpath"
	"example.com/guessing-game/src/apigw/gateway/jsonsmart"
	"example.com/guessing-game/src/apigw/vtl/java"
)

// payload is a request's or an integration's body: text, or bytes that no template can read.
type payload struct {
	text   string
	binary bool // the text is bytes rather than characters

	parsed bool
	doc    java.Value
	err    error
}

// errPayload reports that a payload looks like JSON but is invalid.
var errPayload = errors.New("the body looks like JSON but is invalid")

// invalidJSON is the message for the client in that case (GW-9).
const invalidJSON = "Invalid JSON in request body"

// document reads the payload once. It is JSON only if it begins with {, [ or a double quote; any
// other text is one JSON string, and an empty payload an empty object (recorded on AWS).
func (p *payload) document(b *java.Budget) (java.Value, error) {
	if !p.parsed {
		p.parsed = true
		p.doc, p.err = parseBody(b, p.text)
	}
	return p.doc, p.err
}

func parseBody(b *java.Budget, s string) (java.Value, error) {
	t := strings.TrimLeft(s, " \t\r\n")
	if t == "" {
		return java.NewMap(0), nil
	}
	switch t[0] {
	case '{', '[', '"':
		v, err := jsonsmart.Parse(b, t)
		if err != nil && b.Err() == nil {
			return nil, &payloadError{err}
		}
		return v, err
	}
	return s, nil
}

type payloadError struct{ cause error }

func (e *payloadError) Error() string   { return errPayload.Error() + ": " + e.cause.Error() }
func (e *payloadError) Unwrap() []error { return []error{errPayload, e.cause} }

// textOrEmptyObject is the payload as $input.body returns it.
func (p *payload) textOrEmptyObject() string {
	if p.text == "" {
		return "{}"
	}
	return p.text
}

// find evaluates a JSONPath; nil if it matches nothing.
func (p *payload) find(budget *java.Budget, g *Gateway, path string) (v java.Value, found bool, err error) {
	doc, err := p.document(budget)
	if err != nil {
		return nil, false, err
	}
	if path == "$" {
		return doc, true, nil
	}
	compiled, err := g.jsonPath(budget, path)
	if err != nil {
		return nil, false, err
	}
	v, err = compiled.Find(budget, doc)
	if err == jsonpath.ErrNotFound {
		return nil, false, nil
	}
	return v, err == nil, err
}

// jsonPath compiles a path, or returns a cached one. Paths come from templates, and few are built
// from a client's input; a bounded number of short ones is cached.
func (g *Gateway) jsonPath(budget *java.Budget, path string) (*jsonpath.Path, error) {
	if p, ok := g.paths.Load(path); ok {
		return p.(*jsonpath.Path), nil
	}
	start := time.Now()
	p, err := jsonpath.Compile(path)
	if err := cmp.Or(budget.Spend(time.Since(start)), err); err != nil {
		return nil, err
	}
	if len(path) <= maxCachedPath && g.pathCount.Add(1) <= maxCachedPaths {
		g.paths.Store(path, p)
	}
	return p, nil
}

// maxCachedPaths is how many paths are cached, maxCachedPath the length of the longest.
const (
	maxCachedPaths = 4096
	maxCachedPath  = 2000
)
