package java

import "slices"

// The methods of java.util's maps, and of their keys, values and entries.

var mapMethods = []method[*Map]{
	{"get", "Object", func(c call[*Map]) (Value, error) {
		v, _, err := c.self.get(c.Budget, c.args[0])
		return v, err
	}},
	{"put", "Object, Object", func(c call[*Map]) (Value, error) { return c.self.put(c.Budget, c.args[0], c.args[1]) }},
	{"remove", "Object", func(c call[*Map]) (Value, error) { return c.self.remove(c.Budget, c.args[0]) }},
	{"remove", "Object, Object", func(c call[*Map]) (Value, error) {
		ok, err := c.self.maps(c.Budget, c.args[0], c.args[1])
		if ok {
			_, err = c.self.remove(c.Budget, c.args[0])
		}
		return ok, err
	}},
	{"containsKey", "Object", func(c call[*Map]) (Value, error) {
		_, ok, err := c.self.get(c.Budget, c.args[0])
		return ok, err
	}},
	{"containsValue", "Object", func(c call[*Map]) (Value, error) {
		compare := comparer{budget: c.Budget}
		for _, v := range c.self.All() {
			if compare.charge(1); compare.equal(c.args[0], v) || compare.err != nil {
				return true, compare.err
			}
		}
		return false, compare.err
	}},
	{"keySet", "", func(c call[*Map]) (Value, error) { return c.self.view(viewKeys), nil }},
	{"values", "", func(c call[*Map]) (Value, error) { return c.self.view(viewValues), nil }},
	{"entrySet", "", func(c call[*Map]) (Value, error) { return c.self.view(viewEntries), nil }},
	{"size", "", func(c call[*Map]) (Value, error) { return Int(int32(c.self.Len())), nil }},
	{"isEmpty", "", func(c call[*Map]) (Value, error) { return c.self.Len() == 0, nil }},
	{"putAll", "Map", func(c call[*Map]) (Value, error) {
		other := asMap(c.args[0])
		switch other {
		case nil:
			return nil, errNull
		case c.self:
			return "", nil
		}
		for k, v := range other.All() {
			if _, err := c.self.put(c.Budget, k, v); err != nil {
				return nil, err
			}
		}
		return "", nil
	}},
	{"clear", "", func(c call[*Map]) (Value, error) {
		c.self.clear()
		return "", nil
	}},
	{"getOrDefault", "Object, Object", func(c call[*Map]) (Value, error) {
		v, ok, err := c.self.get(c.Budget, c.args[0])
		if !ok {
			v = c.args[1]
		}
		return v, err
	}},
	{"putIfAbsent", "Object, Object", func(c call[*Map]) (Value, error) {
		v, _, err := c.self.get(c.Budget, c.args[0])
		if v == nil && err == nil {
			_, err = c.self.put(c.Budget, c.args[0], c.args[1])
		}
		return v, err
	}},
	{"replace", "Object, Object", func(c call[*Map]) (Value, error) {
		if _, ok, err := c.self.get(c.Budget, c.args[0]); !ok {
			return nil, err
		}
		return c.self.put(c.Budget, c.args[0], c.args[1])
	}},
	{"replace", "Object, Object, Object", func(c call[*Map]) (Value, error) {
		ok, err := c.self.maps(c.Budget, c.args[0], c.args[1])
		if ok {
			_, err = c.self.put(c.Budget, c.args[0], c.args[2])
		}
		return ok, err
	}},
	{"clone", "", func(c call[*Map]) (Value, error) {
		out := NewMap(0)
		for k, v := range c.self.All() {
			if _, err := out.put(c.Budget, k, v); err != nil {
				return nil, err
			}
		}
		return out, nil
	}},
	{"forEach", "Function", needsFunction[*Map]},
	{"replaceAll", "Function", needsFunction[*Map]},
	{"computeIfAbsent", "Object, Function", needsFunction[*Map]},
	{"computeIfPresent", "Object, Function", needsFunction[*Map]},
	{"compute", "Object, Function", needsFunction[*Map]},
	{"merge", "Object, Object, Function", needsFunction[*Map]},
}

// maps reports whether the map has a key with just this value.
func (m *Map) maps(budget *Budget, key, value Value) (bool, error) {
	v, ok, err := m.get(budget, key)
	if !ok || err != nil {
		return false, err
	}
	return Equal(budget, v, value)
}

// viewMethods are the methods of a map's keys, values and entries.
var viewMethods = []method[*view]{
	{"size", "", func(c call[*view]) (Value, error) { return Int(int32(c.self.size())), nil }},
	{"isEmpty", "", func(c call[*view]) (Value, error) { return c.self.size() == 0, nil }},
	{"contains", "Object", func(c call[*view]) (Value, error) {
		compare := comparer{budget: c.Budget}
		ok := c.self.contains(&compare, c.args[0])
		return ok, compare.err
	}},
	{"containsAll", "Collection", func(c call[*view]) (Value, error) {
		if c.args[0] == nil {
			return nil, errNull
		}
		compare := comparer{budget: c.Budget}
		for _, item := range collection(c.args[0]) {
			if !c.self.contains(&compare, item) {
				return false, compare.err
			}
		}
		return true, nil
	}},
	{"iterator", "", func(c call[*view]) (Value, error) { return &iterator{seq: cursorOf(c.self)}, nil }},
	{"toArray", "...", func(c call[*view]) (Value, error) {
		if err := c.Make(itemBytes * c.self.size()); err != nil {
			return nil, err
		}
		return toArray(collection(c.self), c.args)
	}},
	{"stream", "", func(c call[*view]) (Value, error) { return &stream{items: collection(c.self), sized: true}, nil }},
	{"parallelStream", "", func(c call[*view]) (Value, error) {
		return &stream{items: collection(c.self), sized: true, parallel: true}, nil
	}},
	{"spliterator", "", notHere[*view]}, // VTL-STREAM
	{"remove", "Object", func(c call[*view]) (Value, error) {
		for item := range c.self.Iterate() {
			same, err := Equal(c.Budget, c.args[0], item)
			if err != nil {
				return nil, err
			}
			if same {
				return true, c.self.removeItem(c.Budget, item)
			}
		}
		return false, nil
	}},
	{"removeAll", "Collection", func(c call[*view]) (Value, error) { return removeItems(c, true) }},
	{"retainAll", "Collection", func(c call[*view]) (Value, error) { return removeItems(c, false) }},
	{"clear", "", func(c call[*view]) (Value, error) {
		c.self.m.clear()
		return "", nil
	}},
	{"add", "Object", unsupported[*view]},
	{"addAll", "Collection", func(c call[*view]) (Value, error) {
		if c.args[0] == nil {
			return nil, errNull
		}
		return addNone(c.args[0])
	}},
	{"forEach", "Function", needsFunction[*view]},
	{"removeIf", "Function", needsFunction[*view]},
}

// removeItems removes the items that a collection contains, or those that it does not.
func removeItems(c call[*view], having bool) (Value, error) {
	if c.args[0] == nil {
		return nil, errNull
	}
	other := collection(c.args[0])
	changed := false
	for _, item := range collection(c.self) {
		i, err := indexOfItem(c.Budget, other, item)
		if err != nil {
			return nil, err
		}
		if (i >= 0) == having {
			if err := c.self.removeItem(c.Budget, item); err != nil {
				return nil, err
			}
			changed = true
		}
	}
	return changed, nil
}

// callView calls a method of a view. On a subList whose list was changed in another way every
// existing method is an error; a copy shows which exist.
func (s *Selector) callView(budget *Budget, v *view, args []Value) (Value, bool, error) {
	if !v.stale() {
		return s.viewOf(v).call(budget, v, args)
	}
	switch {
	case s.name == "hashCode" && len(args) == 0, s.name == "equals" && len(args) == 1:
		return nil, false, errConcurrentModification
	}
	items := slices.Clone(v.l.items)
	for len(items) < v.to {
		items = append(items, nil)
	}
	_, ok, err := s.sub.call(budget, &view{kind: viewSub, l: &List{items: items}, from: v.from, to: v.to}, args)
	if ok || err != nil {
		err = errConcurrentModification
	}
	return nil, false, err
}

func (v *view) removeItem(budget *Budget, item Value) error {
	switch v.kind {
	case viewKeys:
		_, err := v.m.remove(budget, item)
		return err
	case viewEntries:
		_, err := v.m.remove(budget, item.(*entry).key)
		return err
	}
	for i := range v.m.entries {
		e := &v.m.entries[i]
		if e.deleted {
			continue
		}
		if same, err := Equal(budget, e.value, item); same || err != nil {
			if same {
				v.m.removeAt(i)
			}
			return err
		}
	}
	return nil
}

var entryMethods = []method[*entry]{
	{"getKey", "", func(c call[*entry]) (Value, error) { return c.self.key, nil }},
	{"getValue", "", func(c call[*entry]) (Value, error) { return c.self.get(), nil }},
	{"setValue", "Object", func(c call[*entry]) (Value, error) { return c.self.set(c.args[0]), nil }},
}

// Equal is Java's equals, with an error for values that cannot be compared.
func Equal(budget *Budget, a, b Value) (bool, error) {
	c := comparer{budget: budget}
	ok := c.equal(a, b)
	return ok, c.err
}
