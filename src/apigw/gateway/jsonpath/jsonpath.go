// Package jsonpath evaluates JSONPath expressions as Jayway's JsonPath 2.4.0 on json-smart 2.3
// does, whose dialect and results are API Gateway's.
//
//	$.a.b  $['a']['b']        properties
//	$['a','b']                several properties; at the end of a path they merge into one object
//	$.list[0]  $.list[-1]     elements, negative ones from the end
//	$.list[0,2]  [1:3]  [-2:] several elements
//	$.*  $[*]  $..name        all children, all descendants
//	$.list[?(@.price < 10)]   filters: == != === !== < <= > >= =~ in nin subsetof contains size empty, && || !
//	$.list.length()           functions: length size min max avg sum stddev concat append
//
// A path without wildcard, descent, slice, filter or list of indexes is definite: it finds one
// value or ErrNotFound. Any other path finds a JSON array, which may be empty. A path that begins
// with neither $ nor @ is prefixed with "$.". Features of later versions (keys, first, last, index,
// anyof, noneof) are an error, as on AWS.
package jsonpath

import (
	"errors"
	"fmt"

	"example.com/guessing-game/src/apigw/budget"
	"example.com/guessing-game/src/apigw/vtl/java"
)

// ErrNotFound reports that a definite path matches nothing.
var ErrNotFound = errors.New("no value at this path")

// MaxLength bounds the length of a path in bytes and MaxDepth how deep filters and parentheses
// nest, so that a path built from a client's input cannot exhaust the stack.
const (
	MaxLength = 16384
	MaxDepth  = 64
)

// A SyntaxError describes an invalid path.
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

func (p *Path) String() string { return p.source }

// Find evaluates the path on a document, with steps and memory from the budget. The error is
// ErrNotFound, the budget's, or says why the path cannot be applied.
func (p *Path) Find(b *budget.Budget, doc java.Value) (java.Value, error) {
	if doc == nil {
		return nil, errors.New("there is no document")
	}
	return p.find(b, doc, doc, false)
}

// find evaluates on an item inside a document. strict requires every property on the way to exist,
// as an existence check does.
func (p *Path) find(b *budget.Budget, item, doc java.Value, strict bool) (java.Value, error) {
	if err := b.Enter(); err != nil {
		return nil, err
	}
	defer b.Leave()
	e := evaluation{budget: b, doc: doc, strict: strict, collect: !p.definite}
	if err := e.token(p.root, item); err != nil {
		return nil, err
	}
	if p.definite {
		if !e.hit {
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
	budget  *budget.Budget
	doc     java.Value
	strict  bool
	collect bool // all results are wanted, not just the last
	results []java.Value
	last    java.Value
	hit     bool
	found   map[*Path]java.Value // results of filters' paths that begin with $
}

// resultSize is the memory of a result.
const resultSize = 16

func (e *evaluation) emit(v java.Value) error {
	e.hit, e.last = true, v
	if !e.collect {
		return nil
	}
	e.results = append(e.results, v)
	return e.budget.Make(resultSize)
}

// then passes a value to the next step, or records it as a result.
func (e *evaluation) then(t *token, v java.Value) error {
	if t.next == nil {
		return e.emit(v)
	}
	return e.token(t.next, v)
}

// mismatch is the result of a step that does not apply to its value.
func (e *evaluation) mismatch(t *token) error {
	if t.upstream {
		return ErrNotFound
	}
	return nil
}

func (e *evaluation) token(t *token, v java.Value) error {
	if err := e.budget.Step(1); err != nil {
		return err
	}
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
		_, isList := v.(*java.List)
		return e.children(v, func(child java.Value) error {
			err := e.then(t, child)
			if err == ErrNotFound && isList && !e.strict {
				return nil
			}
			return err
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
		if err := e.emit(r); err != nil || t.next == nil {
			return err
		}
		return e.token(t.next, r)
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
	if err := e.budget.Make(java.MapSize * (1 + len(t.names)/4)); err != nil {
		return err
	}
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
	return e.emit(out)
}

func (e *evaluation) element(t *token, l *java.List, i int) error {
	if i < 0 || i >= l.Len() {
		return nil
	}
	return e.then(t, l.At(i))
}

// bounds are those of Jayway: with one end open, negative numbers count from the end; between two
// ends they are used unchanged.
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
	if err := e.budget.Step(1); err != nil {
		return err
	}
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
		} else if hit { // Jayway then selects every element, whatever the step says
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
		return e.accepts(t, v)
	}
	return false, nil
}

// accepts reports whether a filter holds for an item. If its value cannot be determined, the item
// is left out.
func (e *evaluation) accepts(t *token, item java.Value) (bool, error) {
	ok, err := t.cond.holds(e, item)
	if err == ErrNotFound || errors.Is(err, errRejects) {
		return false, nil
	}
	return ok, err
}

func (e *evaluation) filter(t *token, v java.Value) error {
	switch v := v.(type) {
	case *java.Map:
		ok, err := e.accepts(t, v)
		if err != nil || !ok {
			return err
		}
		return e.then(t, v)
	case *java.List:
		for i := range v.Len() {
			ok, err := e.accepts(t, v.At(i))
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
	if t.upstream {
		return errFiltersScalar
	}
	return nil
}

// scalarError reports a filter that a definite path applies to a scalar or null. In a condition it
// leaves the item out.
type scalarError struct{}

func (scalarError) Error() string { return "a filter can only be applied to an array or an object" }

func (scalarError) Is(target error) bool { return target == errRejects }

var errFiltersScalar error = scalarError{}
