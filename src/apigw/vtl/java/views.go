package java

import "iter"

type viewKind uint8

const (
	viewKeys viewKind = iota
	viewValues
	viewEntries
	viewSub // List.subList
)

// A view is a collection that shows a part of a map or list: keySet, values, entrySet, subList.
type view struct {
	kind     viewKind
	m        *Map
	l        *List
	from, to int // of a subList
	mods     int // of l, when the view was made
}

// ClassName is the name of Java's own class.
func (v *view) ClassName() string {
	switch v.kind {
	case viewKeys:
		return "java.util.LinkedHashMap$LinkedKeySet"
	case viewValues:
		return "java.util.LinkedHashMap$LinkedValues"
	case viewEntries:
		return "java.util.LinkedHashMap$LinkedEntrySet"
	}
	return "java.util.ArrayList$SubList"
}

func (v *view) Property(name string) (Value, bool) {
	r, ok, _ := Property(nil, v, name)
	return r, ok
}

func (v *view) Call(budget *Budget, name string, args []Value) (Value, bool, error) {
	return Call(budget, v, name, args)
}

func (v *view) String() string { return String(v) }

func (v *view) slice() []Value {
	return v.l.items[min(v.from, len(v.l.items)):min(v.to, len(v.l.items))]
}

// stale reports whether the list of a subList was changed in another way.
func (v *view) stale() bool { return v.kind == viewSub && v.l.mods != v.mods }

func (v *view) size() int {
	if v.kind == viewSub {
		return v.to - v.from
	}
	return v.m.Len()
}

// Iterate returns the elements in order.
func (v *view) Iterate() iter.Seq[Value] {
	return func(yield func(Value) bool) {
		if v.kind == viewSub {
			for _, item := range v.slice() {
				if !yield(item) {
					return
				}
			}
			return
		}
		for i := 0; i < len(v.m.entries); i++ {
			e := &v.m.entries[i]
			if e.deleted {
				continue
			}
			var item Value
			switch v.kind {
			case viewKeys:
				item = e.key
			case viewValues:
				item = e.value
			default:
				item = v.m.entryAt(i)
			}
			if !yield(item) {
				return
			}
		}
	}
}

func (v *view) contains(c *comparer, x Value) bool {
	switch v.kind {
	case viewKeys:
		return v.m.find(c, x) >= 0
	case viewEntries:
		e, ok := x.(*entry)
		if !ok {
			return false
		}
		i := v.m.find(c, e.key)
		return i >= 0 && c.equal(v.m.entries[i].value, e.get())
	}
	for item := range v.Iterate() {
		if c.equal(x, item) {
			return true
		}
	}
	return false
}

// An entry is a key and its value in a map.
type entry struct {
	m     *Map
	place int // in the map's entries
	key   Value
	value Value // as of the creation of the entry, for when it is no longer in the map
}

func (m *Map) entryAt(i int) *entry {
	return &entry{m: m, place: i, key: m.entries[i].key, value: m.entries[i].value}
}

// inMap returns the map's own entry, nil if it has been removed.
func (e *entry) inMap() *mapEntry {
	if e.place < len(e.m.entries) && !e.m.entries[e.place].deleted && e.m.entries[e.place].key == e.key {
		return &e.m.entries[e.place]
	}
	for i := range e.m.entries {
		if x := &e.m.entries[i]; !x.deleted && x.key == e.key {
			return x
		}
	}
	return nil
}

func (e *entry) get() Value {
	if x := e.inMap(); x != nil {
		return x.value
	}
	return e.value
}

func (e *entry) set(v Value) (old Value) {
	old = e.get()
	e.value = v
	if x := e.inMap(); x != nil {
		x.value = v
	}
	return old
}

// ClassName is the name of Java's own class.
func (e *entry) ClassName() string { return "java.util.LinkedHashMap$Entry" }

func (e *entry) Property(name string) (Value, bool) {
	r, ok, _ := Property(nil, e, name)
	return r, ok
}

func (e *entry) Call(budget *Budget, name string, args []Value) (Value, bool, error) {
	return Call(budget, e, name, args)
}

func (e *entry) String() string { return String(e) }
