package vtl

import "strconv"

// A foreachScope is $foreach: a map of its own with some properties of the loop.
type foreachScope struct {
	owner    *foreachStmt
	parent   *foreachScope
	replaced Value // what $foreach was before
	index    int
	hasNext  bool
	store    *Map
}

func newForeachScope(owner *foreachStmt, previous Value) *foreachScope {
	s := &foreachScope{owner: owner, index: -1}
	if p, ok := previous.(*foreachScope); ok {
		s.parent = p
	} else {
		s.replaced = previous
	}
	return s
}

func (s *foreachScope) storage() *Map {
	if s.store == nil {
		s.store = NewMap(0)
	}
	return s.store
}

func (s *foreachScope) getReplaced() Value {
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

// lookup answers a key of the scope's own map or that of an enclosing loop.
func (s *foreachScope) lookup(st *state, key Value) Value {
	for ; s != nil; s = s.parent {
		if s.store != nil {
			if v, ok := s.store.get(st, key); ok {
				return v
			}
		}
	}
	return nil
}

// getter answers the properties that are methods in Velocity's ForeachScope.
func (s *foreachScope) getter(name string) (Value, bool) {
	switch name {
	case "index":
		return boxInt(int32(s.index)), true
	case "count":
		return boxInt(int32(s.index + 1)), true
	case "hasNext":
		return boxBool(s.hasNext), true
	case "first":
		return boxBool(s.index < 1), true
	case "last":
		return boxBool(!s.hasNext), true
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

func (s *foreachScope) Property(name string) (Value, bool) {
	if v, ok := s.getter(lowerFirst(name)); ok {
		return v, v != nil
	}
	v := s.lookup(nil, name)
	return v, v != nil
}

func (s *foreachScope) Call(name string, args []Value) (Value, bool, error) {
	return callScope(nil, s, name, args)
}

func (s *foreachScope) String() string { return String(s.storage()) }

// A scopeInfo is $foreach.info.
type scopeInfo struct{ scope *foreachScope }

func (i *scopeInfo) Property(name string) (Value, bool) {
	line, col := i.scope.owner.src.position(i.scope.owner.offset)
	switch lowerFirst(name) {
	case "name":
		return "foreach", true
	case "type":
		return "block", true
	case "depth":
		return boxInt(int32(i.scope.depth())), true
	case "template":
		return i.scope.owner.src.name, true
	case "line":
		return boxInt(int32(line)), true
	case "column":
		return boxInt(int32(col)), true
	}
	return nil, false
}

func (i *scopeInfo) Call(name string, args []Value) (Value, bool, error) {
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

// lowerFirst turns "Name" to "name": a getter is found by either.
func lowerFirst(s string) string {
	if s != "" && s[0] >= 'A' && s[0] <= 'Z' {
		return string(s[0]|0x20) + s[1:]
	}
	return s
}
