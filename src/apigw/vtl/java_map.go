package vtl

// The methods of java.util's maps, of their keys, values and entries, and of $foreach, which is a map too.

func callMap(st *state, m *Map, name string, args []Value) (Value, bool, error) {
	if takesFunction(name, args, " forEach/1 replaceAll/1 computeIfAbsent/2 computeIfPresent/2 compute/2 merge/3 ") {
		return nil, false, errNull
	}
	switch name {
	case "get":
		if len(args) == 1 {
			v, _ := m.get(st, args[0])
			return v, true, nil
		}
	case "put":
		if len(args) == 2 {
			st.need(80)
			return m.put(st, args[0], args[1]), true, nil
		}
	case "remove":
		switch len(args) {
		case 1:
			return m.remove(st, args[0]), true, nil
		case 2:
			v, ok := m.get(st, args[0])
			ok = ok && st.equal(v, args[1])
			if ok {
				m.remove(st, args[0])
			}
			return boxBool(ok), true, nil
		}
	case "containsKey":
		if len(args) == 1 {
			_, ok := m.get(st, args[0])
			return boxBool(ok), true, nil
		}
	case "containsValue":
		if len(args) == 1 {
			c := comparer{st: st}
			for _, v := range m.All() {
				if st.charge(1); c.equal(args[0], v) {
					return true, true, nil
				}
			}
			return false, true, c.err
		}
	case "keySet", "values", "entrySet":
		if len(args) == 0 {
			kind := viewKeys
			switch name {
			case "values":
				kind = viewValues
			case "entrySet":
				kind = viewEntries
			}
			return m.view(kind), true, nil
		}
	case "size":
		if len(args) == 0 {
			return boxInt(int32(m.Len())), true, nil
		}
	case "isEmpty":
		if len(args) == 0 {
			return boxBool(m.Len() == 0), true, nil
		}
	case "putAll":
		if takes(args, "M") {
			other := asMap(args[0])
			if other == nil {
				return nil, false, errNull
			}
			st.need(80 * other.Len())
			if other != m {
				for k, v := range other.All() {
					m.put(st, k, v)
				}
			}
			return "", true, nil
		}
	case "clear":
		if len(args) == 0 {
			m.clear()
			return "", true, nil
		}
	case "getOrDefault":
		if len(args) == 2 {
			if v, ok := m.get(st, args[0]); ok {
				return v, true, nil
			}
			return args[1], true, nil
		}
	case "putIfAbsent":
		if len(args) == 2 {
			v, _ := m.get(st, args[0])
			if v == nil {
				st.need(80)
				m.put(st, args[0], args[1])
			}
			return v, true, nil
		}
	case "replace":
		switch len(args) {
		case 2:
			if _, ok := m.get(st, args[0]); ok {
				return m.put(st, args[0], args[1]), true, nil
			}
			return nil, true, nil
		case 3:
			v, ok := m.get(st, args[0])
			ok = ok && st.equal(v, args[1])
			if ok {
				m.put(st, args[0], args[2])
			}
			return boxBool(ok), true, nil
		}
	case "clone":
		if len(args) == 0 {
			st.need(80 * m.Len())
			out := NewMap(m.Len())
			for k, v := range m.All() {
				out.put(st, k, v)
			}
			return out, true, nil
		}
	}
	return nil, false, nil
}

func callView(st *state, v *view, name string, args []Value) (Value, bool, error) {
	if v.kind == viewSub {
		if v.stale() {
			return callStale(st, v, name, args)
		}
		return callSubList(st, v, name, args)
	}
	if takesFunction(name, args, " forEach/1 removeIf/1 ") {
		return nil, false, errNull
	}
	switch name {
	case "size":
		if len(args) == 0 {
			return boxInt(int32(v.size())), true, nil
		}
	case "isEmpty":
		if len(args) == 0 {
			return boxBool(v.size() == 0), true, nil
		}
	case "contains":
		if len(args) == 1 {
			c := comparer{st: st}
			ok := v.contains(&c, args[0])
			return boxBool(ok), true, c.err
		}
	case "containsAll":
		if takes(args, "C") {
			if args[0] == nil {
				return nil, false, errNull
			}
			for _, item := range collection(args[0]) {
				c := comparer{st: st}
				if !v.contains(&c, item) {
					return false, true, c.err
				}
			}
			return true, true, nil
		}
	case "iterator":
		if len(args) == 0 {
			return &iterator{seq: cursorOf(v)}, true, nil
		}
	case "toArray":
		return toArray(collection(v), args)
	case "stream", "parallelStream":
		if len(args) == 0 {
			return &stream{items: collection(v), sized: true, parallel: name == "parallelStream"}, true, nil
		}
	case "remove":
		if len(args) == 1 {
			for item := range v.Iterate() {
				if !st.equal(args[0], item) {
					continue
				}
				return true, true, v.removeItem(st, item)
			}
			return false, true, nil
		}
	case "removeAll", "retainAll":
		if takes(args, "C") {
			if args[0] == nil {
				return nil, false, errNull
			}
			other := collection(args[0])
			changed := false
			for _, item := range collection(v) {
				i, err := st.indexOf(other, item)
				if err != nil {
					return nil, false, err
				}
				if (i >= 0) == (name == "removeAll") {
					if err := v.removeItem(st, item); err != nil {
						return nil, false, err
					}
					changed = true
				}
			}
			return boxBool(changed), true, nil
		}
	case "clear":
		if len(args) == 0 {
			v.m.clear()
			return "", true, nil
		}
	case "add":
		if len(args) == 1 {
			return nil, false, javaError("java.lang.UnsupportedOperationException", "")
		}
	case "addAll":
		if takes(args, "C") {
			if args[0] == nil {
				return nil, false, errNull
			}
			if len(collection(args[0])) > 0 {
				return nil, false, javaError("java.lang.UnsupportedOperationException", "")
			}
			return false, true, nil
		}
	}
	return nil, false, nil
}

// callStale answers a call of a subList whose list was changed by another way: an error, if there is such a method. A copy tells.
func callStale(st *state, v *view, name string, args []Value) (Value, bool, error) {
	switch {
	case name == "hashCode" && len(args) == 0, name == "equals" && len(args) == 1:
		return nil, false, errConcurrentModification
	}
	items := append([]Value(nil), v.l.items...)
	for len(items) < v.to {
		items = append(items, nil)
	}
	_, ok, err := callSubList(st, &view{kind: viewSub, l: &List{items: items}, from: v.from, to: v.to}, name, args)
	if ok || err != nil {
		err = errConcurrentModification
	}
	return nil, false, err
}

func (v *view) removeItem(st *state, item Value) error {
	switch v.kind {
	case viewKeys:
		v.m.remove(st, item)
	case viewEntries:
		v.m.remove(st, item.(*entry).key)
	case viewValues:
		for i := range v.m.entries {
			if e := &v.m.entries[i]; !e.deleted && st.equal(e.value, item) {
				v.m.removeAt(i)
				break
			}
		}
	}
	return nil
}

func callEntry(st *state, e *entry, name string, args []Value) (Value, bool, error) {
	switch name {
	case "getKey":
		if len(args) == 0 {
			return e.key, true, nil
		}
	case "getValue":
		if len(args) == 0 {
			return e.get(), true, nil
		}
	case "setValue":
		if len(args) == 1 {
			return e.set(args[0]), true, nil
		}
	}
	return nil, false, nil
}

func callScope(st *state, s *foreachScope, name string, args []Value) (Value, bool, error) {
	if len(args) == 0 {
		switch name {
		case "hasNext":
			return boxBool(s.hasNext), true, nil
		case "isFirst":
			return boxBool(s.index < 1), true, nil
		case "isLast":
			return boxBool(!s.hasNext), true, nil
		}
		if len(name) > 3 && name[:3] == "get" && name[3] >= 'A' && name[3] <= 'Z' {
			if v, ok := s.getter(lowerFirst(name[3:])); ok {
				return v, true, nil
			}
		}
	}
	if name == "get" && len(args) == 1 {
		return s.lookup(st, args[0]), true, nil
	}
	return callMap(st, s.storage(), name, args)
}

// equal is equals, with what cannot be compared as an error.
func (st *state) equal(a, b Value) bool {
	c := comparer{st: st}
	ok := c.equal(a, b)
	if c.err != nil && st != nil {
		st.fail(st.at, c.err)
	}
	return ok
}
