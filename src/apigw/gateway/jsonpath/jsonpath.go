// Package jsonpath evaluates JSONPath expressions as Jayway's JsonPath does, whose dialect and results API Gateway has.
//
//	$.a.b  $['a']['b']        properties
//	$['a','b']                several properties; at the end of a path they merge into one object
//	$.list[0]  $.list[-1]     elements, negative ones from the end
//	$.list[0,2]  [1:3]  [-2:] several elements
//	$.*  $[*]  $..name        all children, all descendants
//	$.list[?(@.price < 10)]   filters: == != === !== < <= > >= =~ in nin subsetof anyof noneof contains all size empty, && || !
//	$.list.length()           functions: length size min max avg sum stddev concat append keys first last index
//
// A path without wildcard, descent, slice, filter or list of indexes is definite: it finds one value or ErrNotFound. Any other path
// finds a JSON array, which may be empty. A path that begins with neither $ nor @ gets "$." put before it.
package jsonpath

import (
	"errors"
	"fmt"

	"example.com/guessing-game/src/apigw/vtl/java"
)

// ErrNotFound says that a definite path leads nowhere.
var ErrNotFound = errors.New("no value at this path")

// MaxLength bounds the length of a path in bytes and MaxDepth how deep filters and parentheses nest, so that a path put together from
// a client's input cannot use up the stack.
const (
	MaxLength = 16384
	MaxDepth  = 64
)

// A SyntaxError says what is wrong with a path.
type SyntaxError struct {
	Path    string
	Offset  int // in bytes, 0-based
	Message string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("JSONPath %q, position %d: %s", e.Path, e.Offset, e.Message)
}

// Path is a compiled path, safe for concurrent use.
type Path struct {
	source   string
	root     *token
	definite bool
	relative bool // begins with @
}

// Compile compiles a path. The error is a *SyntaxError.
func Compile(path string) (*Path, error) {
	c := compiler{src: path}
	return c.compile()
}

// Definite reports whether the path finds one value rather than a list.
func (p *Path) Definite() bool { return p.definite }

func (p *Path) String() string { return p.source }

// Find evaluates the path on a document. The error is ErrNotFound or says why the path cannot be applied.
func (p *Path) Find(doc java.Value) (java.Value, error) {
	return p.find(doc, doc, false)
}

// find evaluates on an item inside a document. strict asks that every property on the way exists, as an existence check does.
func (p *Path) find(item, doc java.Value, strict bool) (java.Value, error) {
	e := evaluation{doc: doc, strict: strict, collect: !p.definite}
	from := item
	if !p.relative {
		from = doc
	}
	if err := e.token(p.root, from); err != nil {
		return nil, err
	}
	if p.definite {
		if !e.found {
			return nil, ErrNotFound
		}
		return e.last, nil
	}
	return java.NewJSONArray(e.results...), nil
}

type kind uint8

const (
	root kind = iota
	property
	index
	slice
	wildcard
	descent
	filter
	function
)

// token is one step of a path.
type token struct {
	kind     kind
	names    []string // property; the name of a function
	indexes  []int
	from, to *int
	cond     condition
	args     []argument
	next     *token
	upstream bool // all steps before this one are definite
}

func (t *token) definite() bool {
	switch t.kind {
	case root, function:
		return true
	case property:
		return len(t.names) == 1 || t.next == nil
	case index:
		return len(t.indexes) == 1
	}
	return false
}

type evaluation struct {
	doc     java.Value
	strict  bool
	collect bool // results are wanted, not just the last of them
	results []java.Value
	last    java.Value
	found   bool
}

func (e *evaluation) emit(v java.Value) {
	e.found, e.last = true, v
	if e.collect {
		e.results = append(e.results, v)
	}
}

// then goes on to the next step with a value, or notes it as a result.
func (e *evaluation) then(t *token, v java.Value) error {
	if t.next == nil {
		e.emit(v)
		return nil
	}
	return e.token(t.next, v)
}

// mismatch is the answer of a step that does not apply to its value.
func (e *evaluation) mismatch(t *token) error {
	if t.upstream {
		return ErrNotFound
	}
	return nil
}

func (e *evaluation) token(t *token, v java.Value) error {
	switch t.kind {
	case root:
		return e.then(t, v)
	case property:
		m, ok := v.(*java.Map)
		if !ok {
			return e.mismatch(t)
		}
		if len(t.names) > 1 && t.next == nil {
			return e.merged(t, m)
		}
		for _, name := range t.names {
			if err := e.property(t, m, name); err != nil {
				return err
			}
		}
		return nil
	case index:
		l, ok := v.(*java.List)
		if !ok {
			return e.mismatch(t)
		}
		for _, i := range t.indexes {
			if i < 0 {
				i += l.Len()
			}
			if err := e.element(t, l, i); err != nil {
				return err
			}
		}
		return nil
	case slice:
		l, ok := v.(*java.List)
		if !ok {
			return e.mismatch(t)
		}
		from, to := t.bounds(l.Len())
		for i := from; i < to; i++ {
			at := i
			if i < 0 { // [-3:-1] counts from the end, element by element
				at += l.Len()
			}
			if err := e.element(t, l, at); err != nil {
				return err
			}
		}
		return nil
	case wildcard:
		return e.children(v, func(child java.Value) error {
			if err := e.then(t, child); err != nil && (e.strict || err != ErrNotFound) {
				return err
			}
			return nil
		})
	case descent:
		return e.walk(t.next, v)
	case filter:
		return e.filter(t, v)
	case function:
		r, err := e.call(t, v)
		if err != nil {
			return err
		}
		e.emit(r)
		if t.next != nil {
			return e.token(t.next, r)
		}
		return nil
	}
	panic("jsonpath: unknown step")
}

func (e *evaluation) property(t *token, m *java.Map, name string) error {
	v, ok := m.Get(name)
	if ok {
		return e.then(t, v)
	}
	if e.strict || t.next != nil && t.upstream && t.definite() {
		return ErrNotFound
	}
	return nil
}

func (e *evaluation) merged(t *token, m *java.Map) error {
	out := java.NewMap(len(t.names))
	for _, name := range t.names {
		v, ok := m.Get(name)
		if !ok {
			if e.strict {
				return ErrNotFound
			}
			continue
		}
		out.Put(name, v)
	}
	e.emit(out)
	return nil
}

func (e *evaluation) element(t *token, l *java.List, i int) error {
	if i < 0 || i >= l.Len() {
		return nil
	}
	return e.then(t, l.At(i))
}

// bounds are those of Jayway: with one end open, negative numbers count from the end; between two ends they are taken as they are.
func (t *token) bounds(n int) (from, to int) {
	switch {
	case t.to == nil:
		from, to = *t.from, n
		if from < 0 {
			from = max(0, n+from)
		}
	case t.from == nil:
		to = *t.to
		if to < 0 {
			to += n
		}
		to = min(n, to)
	default:
		from, to = max(-n, *t.from), min(n, *t.to)
	}
	return from, to
}

func (e *evaluation) children(v java.Value, visit func(java.Value) error) error {
	switch v := v.(type) {
	case *java.Map:
		for _, child := range v.All() {
			if err := visit(child); err != nil {
				return err
			}
		}
	case *java.List:
		for i := range v.Len() {
			if err := visit(v.At(i)); err != nil {
				return err
			}
		}
	}
	return nil
}

// walk applies the step after ".." to a value and to all inside it, parents first.
func (e *evaluation) walk(t *token, v java.Value) error {
	switch v := v.(type) {
	case *java.Map:
		hit, err := e.scans(t, v)
		if err != nil {
			return err
		}
		if hit {
			if err := e.token(t, v); err != nil {
				return err
			}
		}
	case *java.List:
		hit, err := e.scans(t, v)
		if err != nil {
			return err
		}
		if hit && t.next == nil {
			if err := e.token(t, v); err != nil {
				return err
			}
		} else if hit { // Jayway then takes every element, whatever the step says
			for i := range v.Len() {
				if err := e.token(t.next, v.At(i)); err != nil {
					return err
				}
			}
		}
	default:
		return nil
	}
	return e.children(v, func(child java.Value) error { return e.walk(t, child) })
}

// scans reports whether a step after ".." is to be applied to this array or object.
func (e *evaluation) scans(t *token, v java.Value) (bool, error) {
	switch t.kind {
	case property:
		m, ok := v.(*java.Map)
		if !ok {
			return false, nil
		}
		if !t.definite() {
			return true, nil
		}
		for _, name := range t.names {
			if _, ok := m.Get(name); !ok {
				return false, nil
			}
		}
		return true, nil
	case index, slice:
		_, ok := v.(*java.List)
		return ok, nil
	case wildcard:
		return true, nil
	case filter:
		return t.cond.holds(v, e.doc)
	}
	return false, nil
}

func (e *evaluation) filter(t *token, v java.Value) error {
	switch v := v.(type) {
	case *java.Map:
		ok, err := t.cond.holds(v, e.doc)
		if err != nil || !ok {
			return err
		}
		return e.then(t, v)
	case *java.List:
		for i := range v.Len() {
			ok, err := t.cond.holds(v.At(i), e.doc)
			if err != nil {
				return err
			}
			if ok {
				if err := e.then(t, v.At(i)); err != nil {
					return err
				}
			}
		}
		return nil
	}
	return e.mismatch(t)
}
