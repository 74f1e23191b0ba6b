package java

// The methods of java.util's maps, of their keys, values and entries, and of $foreach, which is a map too.

func callMap(budget *Budget, m *Map, name string, args []Value) (Value, bool, error) {
	if takesFunction(name, args, " forEach/1 replaceAll/1 computeIfAbsent/2 computeIfPresent/2 compute/2 merge/3 ") {
		return nil, false, errNull
	}
	switch name {
	case "get":
		if len(args) == 1 {
			v, _, err := m.get(budget, args[0])
			return v, err == nil, err
		}
	case "put":
		if len(args) == 2 {
			old, err := m.put(budget, args[0], args[1])
			return old, err == nil, err
		}
	case "remove":
		switch len(args) {
		case 1:
			old, err := m.remove(budget, args[0])
			return old, err == nil, err
		case 2:
			ok, err := m.maps(budget, args[0], args[1])
			if ok {
				m.remove(budget, args[0])
			}
			return ok, err == nil, err
		}
	case "containsKey":
		if len(args) == 1 {
			_, ok, err := m.get(budget, args[0])
			return ok, err == nil, err
		}
	case "containsValue":
		if len(args) == 1 {
			c := comparer{budget: budget}
			for _, v := range m.All() {
				if c.charge(1); c.equal(args[0], v) {
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
			return Int(int32(m.Len())), true, nil
		}
	case "isEmpty":
		if len(args) == 0 {
			return m.Len() == 0, true, nil
		}
	case "putAll":
		if takes(args, "M") {
			other := asMap(args[0])
			if other == nil {
				return nil, false, errNull
			}
			if other != m {
				for k, v := range other.All() {
					if _, err := m.put(budget, k, v); err != nil {
						return nil, false, err
					}
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
			v, ok, err := m.get(budget, args[0])
			if !ok {
				v = args[1]
			}
			return v, err == nil, err
		}
	case "putIfAbsent":
		if len(args) == 2 {
			v, _, err := m.get(budget, args[0])
			if v == nil && err == nil {
				_, err = m.put(budget, args[0], args[1])
			}
			return v, err == nil, err
		}
	case "replace":
		switch len(args) {
		case 2:
			_, ok, err := m.get(budget, args[0])
			if !ok {
				return nil, err == nil, err
			}
			old, err := m.put(budget, args[0], args[1])
			return old, err == nil, err
		case 3:
			ok, err := m.maps(budget, args[0], args[1])
			if ok {
				_, err = m.put(budget, args[0], args[2])
			}
			return ok, err == nil, err
		}
	case "clone":
		if len(args) == 0 {
			if err := budget.Make(entryBytes * m.Len()); err != nil {
				return nil, false, err
			}
			out := NewMap(m.Len())
			for k, v := range m.All() {
				if _, err := out.put(budget, k, v); err != nil {
					return nil, false, err
				}
			}
			return out, true, nil
		}
	}
	return nil, false, nil
}

// maps reports whether the map has a key with just this value.
func (m *Map) maps(budget *Budget, key, value Value) (bool, error) {
	v, ok, err := m.get(budget, key)
	if !ok || err != nil {
		return false, err
	}
	return Equal(budget, v, value)
}

func callView(budget *Budget, v *view, name string, args []Value) (Value, bool, error) {
	if v.kind == viewSub {
		if v.stale() {
			return callStale(budget, v, name, args)
		}
		return callSubList(budget, v, name, args)
	}
	if takesFunction(name, args, " forEach/1 removeIf/1 ") {
		return nil, false, errNull
	}
	switch name {
	case "size":
		if len(args) == 0 {
			return Int(int32(v.size())), true, nil
		}
	case "isEmpty":
		if len(args) == 0 {
			return v.size() == 0, true, nil
		}
	case "contains":
		if len(args) == 1 {
			c := comparer{budget: budget}
			ok := v.contains(&c, args[0])
			return ok, true, c.err
		}
	case "containsAll":
		if takes(args, "C") {
			if args[0] == nil {
				return nil, false, errNull
			}
			for _, item := range collection(args[0]) {
				c := comparer{budget: budget}
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
				same, err := Equal(budget, args[0], item)
				if err != nil {
					return nil, false, err
				}
				if same {
					return true, true, v.removeItem(budget, item)
				}
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
				i, err := indexOfItem(budget, other, item)
				if err != nil {
					return nil, false, err
				}
				if (i >= 0) == (name == "removeAll") {
					if err := v.removeItem(budget, item); err != nil {
						return nil, false, err
					}
					changed = true
				}
			}
			return changed, true, nil
		}
	case "clear":
		if len(args) == 0 {
			v.m.clear()
			return "", true, nil
		}
	case "add":
		if len(args) == 1 {
			return nil, false, Throw("java.lang.UnsupportedOperationException", "")
		}
	case "addAll":
		if takes(args, "C") {
			if args[0] == nil {
				return nil, false, errNull
			}
			if len(collection(args[0])) > 0 {
				return nil, false, Throw("java.lang.UnsupportedOperationException", "")
			}
			return false, true, nil
		}
	}
	return nil, false, nil
}

// callStale answers a call of a subList whose list was changed by another way: an error, if there is such a method. A copy tells.
func callStale(budget *Budget, v *view, name string, args []Value) (Value, bool, error) {
	switch {
	case name == "hashCode" && len(args) == 0, name == "equals" && len(args) == 1:
		return nil, false, errConcurrentModification
	}
	items := append([]Value(nil), v.l.items...)
	for len(items) < v.to {
		items = append(items, nil)
	}
	_, ok, err := callSubList(budget, &view{kind: viewSub, l: &List{items: items}, from: v.from, to: v.to}, name, args)
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

func callEntry(budget *Budget, e *entry, name string, args []Value) (Value, bool, error) {
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

// Equal is Java's equals, with what cannot be compared as an error.
func Equal(budget *Budget, a, b Value) (bool, error) {
	c := comparer{budget: budget}
	ok := c.equal(a, b)
	return ok, c.err
}
