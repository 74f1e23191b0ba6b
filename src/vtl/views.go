package vtl

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

func (v *view) Property(name string) (Value, bool) {
	r, ok, _ := (*state)(nil).property(v, name)
	return r, ok
}

func (v *view) Call(name string, args []Value) (Value, bool, error) {
	return callView(nil, v, name, args)
}

func (v *view) String() string { return String(v) }

func (v *view) slice() []Value {
	return v.l.items[min(v.from, len(v.l.items)):min(v.to, len(v.l.items))]
}

// stale reports whether the list of a subList was changed by another way.
func (v *view) stale() bool { return v.kind == viewSub && v.l.mods != v.mods }

func (v *view) size() int {
	if v.kind == viewSub {
		return v.to - v.from
	}
	return v.m.Len()
}

// Iterate answers the elements in order.
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
	value Value // as it was when the entry was made, for when it is no longer in the map
}

func (m *Map) entryAt(i int) *entry {
	return &entry{m: m, place: i, key: m.entries[i].key, value: m.entries[i].value}
}

// inMap answers the map's own entry, nil if it is no longer there.
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

func (e *entry) Property(name string) (Value, bool) {
	r, ok, _ := (*state)(nil).property(e, name)
	return r, ok
}

func (e *entry) Call(name string, args []Value) (Value, bool, error) {
	return callEntry(nil, e, name, args)
}

func (e *entry) String() string { return String(e) }

// An iterator is a java.util.Iterator over anything that #foreach walks.
type iterator struct {
	seq  *cursor
	both bool // a ListIterator
}

func (it *iterator) Property(string) (Value, bool) { return nil, false }

func (it *iterator) Call(name string, args []Value) (Value, bool, error) {
	return callIterator(it, name, args)
}

func (it *iterator) String() string { return identity(it) }

// A cursor walks a collection the way Java's fail-fast iterators do.
type cursor struct {
	items []Value // of a fixed sequence
	list  *List
	sub   *view
	m     *Map
	kind  viewKind // what of m
	pos   int
	mods  int
	left  int // entries of m still to come

	last int // place of the element answered last, -1 if there is none or it was removed
}

// cursorOf answers a cursor for what #foreach can walk: arrays, collections, maps (their values), iterators, Iterable host objects.
func cursorOf(v Value) *cursor {
	c := cursorAt(v)
	if c != nil && c.pos == 0 {
		c.last = -1
	}
	return c
}

func cursorAt(v Value) *cursor {
	switch v := v.(type) {
	case *List:
		return &cursor{list: v, mods: v.mods}
	case *Array:
		return &cursor{items: v.items}
	case *Map:
		return &cursor{m: v, kind: viewValues, mods: v.mods, left: v.live}
	case *view:
		if v.kind == viewSub {
			return &cursor{sub: v, mods: v.l.mods}
		}
		return &cursor{m: v.m, kind: v.kind, mods: v.m.mods, left: v.m.live}
	case *iterator:
		return v.seq
	case *foreachScope:
		return cursorOf(v.storage())
	case Iterable:
		var items []Value
		for item := range v.Iterate() {
			items = append(items, item)
		}
		return &cursor{items: items}
	}
	return nil
}

func (c *cursor) hasNext() bool {
	switch {
	case c.list != nil:
		return c.pos != len(c.list.items)
	case c.sub != nil:
		return c.pos != c.sub.size()
	case c.m != nil:
		return c.left > 0
	}
	return c.pos < len(c.items)
}

var errConcurrentModification = javaError("java.util.ConcurrentModificationException", "")

func (c *cursor) next() (Value, error) {
	c.last = c.pos
	switch {
	case c.list != nil:
		if c.list.mods != c.mods {
			return nil, errConcurrentModification
		}
		if c.pos >= len(c.list.items) {
			return nil, javaError("java.util.NoSuchElementException", "")
		}
		c.pos++
		return c.list.items[c.pos-1], nil
	case c.sub != nil:
		if c.sub.l.mods != c.mods {
			return nil, errConcurrentModification
		}
		items := c.sub.slice()
		if c.pos >= len(items) {
			return nil, javaError("java.util.NoSuchElementException", "")
		}
		c.pos++
		return items[c.pos-1], nil
	case c.m != nil:
		if c.m.mods != c.mods {
			return nil, errConcurrentModification
		}
		for c.pos < len(c.m.entries) {
			e := &c.m.entries[c.pos]
			c.pos++
			if e.deleted {
				continue
			}
			c.left--
			switch c.kind {
			case viewKeys:
				return e.key, nil
			case viewValues:
				return e.value, nil
			}
			return c.m.entryAt(c.pos - 1), nil
		}
		return nil, javaError("java.util.NoSuchElementException", "")
	}
	if c.pos >= len(c.items) {
		return nil, javaError("java.util.NoSuchElementException", "")
	}
	c.pos++
	return c.items[c.pos-1], nil
}
