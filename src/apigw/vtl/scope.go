package vtl

import (
	"strconv"
	"strings"

	"example.com/guessing-game/src/apigw/vtl/java"
)

// A foreachScope is $foreach: a map with some properties of the loop.
type foreachScope struct {
	owner    *foreachStmt
	parent   *foreachScope
	replaced java.Value // what $foreach was before
	index    int
	hasNext  bool
	store    *java.Map
}

func newForeachScope(owner *foreachStmt, previous java.Value) *foreachScope {
	s := &foreachScope{owner: owner, index: -1}
	if p, ok := previous.(*foreachScope); ok {
		s.parent = p
	} else {
		s.replaced = previous
	}
	return s
}

// ClassName is the name of Velocity's own class.
func (s *foreachScope) ClassName() string {
	return "org.apache.velocity.runtime.directive.ForeachScope"
}

// Map returns the scope's own map, which #set writes to.
func (s *foreachScope) Map() *java.Map {
	if s.store == nil {
		s.store = java.NewMap(0)
	}
	return s.store
}

func (s *foreachScope) getReplaced() java.Value {
	for ; s != nil; s = s.parent {
		if s.replaced != nil || s.parent == nil {
			return s.replaced
		}
	}
	return nil
}

func (s *foreachScope) depth() int {
	n := 0
	for ; s != nil; s = s.parent {
		n++
	}
	return n
}

func (s *foreachScope) topmost() *foreachScope {
	for s.parent != nil {
		s = s.parent
	}
	return s
}

// Lookup returns a key of the scope's own map or that of an enclosing loop.
func (s *foreachScope) Lookup(budget *java.Budget, key java.Value) (java.Value, error) {
	for ; s != nil; s = s.parent {
		if s.store != nil {
			if v, ok, err := java.Index(budget, s.store, key); ok || err != nil {
				return v, err
			}
		}
	}
	return nil, nil
}

// getter returns the properties that are methods in Velocity's ForeachScope.
func (s *foreachScope) getter(name string) (java.Value, bool) {
	switch name {
	case "index":
		return java.Int(int32(s.index)), true
	case "count":
		return java.Int(int32(s.index + 1)), true
	case "hasNext":
		return s.hasNext, true
	case "first":
		return s.index < 1, true
	case "last":
		return !s.hasNext, true
	case "parent":
		if s.parent == nil {
			return nil, true
		}
		return s.parent, true
	case "topmost":
		return s.topmost(), true
	case "replaced":
		return s.getReplaced(), true
	case "info":
		return &scopeInfo{s}, true
	}
	return nil, false
}

func (s *foreachScope) Property(name string) (java.Value, bool) {
	if v, ok := s.getter(java.LowerFirst(name)); ok {
		return v, v != nil
	}
	v, _ := s.Lookup(nil, name)
	return v, v != nil
}

// Call calls the methods of Velocity's ForeachScope; package java has those of the map that it also
// is.
func (s *foreachScope) Call(budget *java.Budget, name string, args []java.Value) (java.Value, bool, error) {
	if name == "get" && len(args) == 1 {
		v, err := s.Lookup(budget, args[0])
		return v, err == nil, err
	}
	property := ""
	switch {
	case name == "hasNext":
		property = name
	case name == "isFirst" || name == "isLast":
		property = name[len("is"):]
	case len(name) > 3 && strings.HasPrefix(name, "get") && name[3] >= 'A' && name[3] <= 'Z':
		property = name[len("get"):]
	}
	v, ok := s.getter(java.LowerFirst(property))
	if ok && len(args) > 0 {
		return nil, false, java.ErrArguments
	}
	return v, ok, nil
}

func (s *foreachScope) String() string { return java.String(s.Map()) }

// A scopeInfo is $foreach.info.
type scopeInfo struct{ scope *foreachScope }

func (i *scopeInfo) Property(name string) (java.Value, bool) {
	line, col := i.scope.owner.src.position(i.scope.owner.offset)
	switch java.LowerFirst(name) {
	case "name":
		return "foreach", true
	case "type":
		return "block", true
	case "depth":
		return java.Int(int32(i.scope.depth())), true
	case "template":
		return i.scope.owner.src.name, true
	case "line":
		return java.Int(int32(line)), true
	case "column":
		return java.Int(int32(col)), true
	}
	return nil, false
}

// ClassName is the name of Velocity's own class.
func (i *scopeInfo) ClassName() string { return "org.apache.velocity.runtime.directive.Scope$Info" }

func (i *scopeInfo) Call(_ *java.Budget, name string, args []java.Value) (java.Value, bool, error) {
	if len(args) == 0 && len(name) > 3 && name[:3] == "get" {
		v, ok := i.Property(name[3:])
		return v, ok, nil
	}
	return nil, false, nil
}

func (i *scopeInfo) String() string {
	line, col := i.scope.owner.src.position(i.scope.owner.offset)
	b := []byte("#foreach[type:block")
	if d := i.scope.depth(); d > 1 {
		b = append(b, " depth:"...)
		b = strconv.AppendInt(b, int64(d), 10)
	}
	b = append(b, " template:"...)
	b = append(b, i.scope.owner.src.name...)
	b = append(b, " line:"...)
	b = strconv.AppendInt(b, int64(line), 10)
	b = append(b, " column:"...)
	b = strconv.AppendInt(b, int64(col), 10)
	return string(append(b, ']'))
}
