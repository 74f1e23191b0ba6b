package java

// An iterator is a java.util.Iterator over anything that #foreach walks.
type iterator struct {
	seq  *Cursor
	both bool // a ListIterator
}

// ClassName is the name of Java's own class.
func (it *iterator) ClassName() string {
	if it.seq.m != nil {
		return "java.util.LinkedHashMap$" + [...]string{"LinkedKeyIterator", "LinkedValueIterator", "LinkedEntryIterator"}[it.seq.kind]
	}
	return it.seq.className(it.both)
}

func (it *iterator) Property(string) (Value, bool) { return nil, false }

func (it *iterator) Call(budget *Budget, name string, args []Value) (Value, bool, error) {
	return Call(budget, it, name, args)
}

func (it *iterator) String() string { return identity(it) }

var iteratorMethods = []method[*Cursor]{
	{"hasNext", "", returns((*Cursor).HasNext)},
	{"next", "", func(c call[*Cursor]) (Value, error) { return c.self.Next() }},
	{"remove", "", func(c call[*Cursor]) (Value, error) { return "", c.self.remove() }},
	{"forEachRemaining", "Function", needsFunction[*Cursor]},
	{"forEachRemaining", "Object", func(c call[*Cursor]) (Value, error) { // a PrimitiveIterator's parameter is a type variable
		if !c.self.ofInts {
			return nil, errNoMethod
		}
		return nil, castError(c.args[0], "java.util.function.IntConsumer")
	}},
}

// listIteratorMethods are the additional methods of a ListIterator.
var listIteratorMethods = []method[*Cursor]{
	{"hasPrevious", "", returns(func(c *Cursor) bool { return c.pos > 0 })},
	{"nextIndex", "", func(c call[*Cursor]) (Value, error) { return Int(int32(c.self.pos)), nil }},
	{"previousIndex", "", func(c call[*Cursor]) (Value, error) { return Int(int32(c.self.pos - 1)), nil }},
	{"previous", "", func(c call[*Cursor]) (Value, error) { return c.self.previous() }},
	{"set", "Object", func(c call[*Cursor]) (Value, error) { return "", c.self.set(c.args[0]) }},
	{"add", "Object", func(c call[*Cursor]) (Value, error) { return "", c.self.add(c.args[0]) }},
}

func (c *Cursor) previous() (Value, error) {
	if c.pos == 0 {
		return nil, Throw("java.util.NoSuchElementException", "")
	}
	c.pos--
	v, err := c.Next()
	c.pos--
	c.last = c.pos
	return v, err
}

// set replaces the element that next or previous returned last.
func (c *Cursor) set(v Value) error {
	items := c.items
	switch {
	case c.list != nil:
		items = c.list.items
	case c.sub != nil:
		items = c.sub.slice()
	}
	if c.last < 0 || c.last >= len(items) {
		return Throw("java.lang.IllegalStateException", "")
	}
	items[c.last] = v
	return nil
}

func (c *Cursor) add(v Value) error {
	switch {
	case c.list != nil && c.list.mods == c.mods:
		c.list.insert(c.pos, v)
		c.mods = c.list.mods
	case c.sub != nil && !c.sub.stale():
		c.sub.insert(c.pos, v)
		c.mods = c.sub.mods
	case c.list != nil || c.sub != nil:
		return errConcurrentModification
	default:
		return errUnsupported
	}
	c.pos++
	c.last = -1
	return nil
}

// A Cursor iterates over a collection as Java's fail-fast iterators do.
type Cursor struct {
	items    []Value // of a fixed sequence
	ofStream bool    // of a stream
	ofInts   bool    // an IntStream's
	list     *List
	sub      *view
	m        *Map
	kind     viewKind // which part of m
	pos      int
	mods     int
	left     int // entries of m still to come

	last int // index of the element returned last, -1 if there is none or it was removed
}

// Iterate returns the iterator that #foreach uses for v, nil if there is none. The error is
// Velocity's for a stream.
func Iterate(v Value) (*Cursor, error) {
	if s, ok := v.(*stream); ok {
		return nil, Throw("java.lang.IllegalAccessException", "a %s has an iterator that Velocity may not ask for: call $stream.iterator()", ClassName(s))
	}
	return cursorOf(v), nil
}

// cursorOf returns a cursor for anything that #foreach can iterate over: arrays, collections, maps
// (their values), iterators, Iterable host objects.
func cursorOf(v Value) *Cursor {
	c := cursorAt(v)
	if c != nil && c.pos == 0 {
		c.last = -1
	}
	return c
}

func cursorAt(v Value) *Cursor {
	switch v := v.(type) {
	case *List:
		return &Cursor{list: v, mods: v.mods}
	case *Array:
		return &Cursor{items: v.items}
	case *Map:
		return &Cursor{m: v, kind: viewValues, mods: v.mods, left: v.live}
	case *view:
		if v.kind == viewSub {
			return &Cursor{sub: v, mods: v.l.mods}
		}
		return &Cursor{m: v.m, kind: v.kind, mods: v.m.mods, left: v.m.live}
	case *iterator:
		return v.seq
	case Scope:
		return cursorOf(v.Map())
	case Iterable:
		var items []Value
		for item := range v.Iterate() {
			items = append(items, item)
		}
		return &Cursor{items: items}
	}
	return nil
}

// className is the class of an iterator over a list or an array.
func (c *Cursor) className(both bool) string {
	switch {
	case c.sub != nil:
		return "java.util.ArrayList$SubList$1"
	case c.ofInts:
		return "java.util.Spliterators$2Adapter"
	case c.ofStream:
		return "java.util.Spliterators$1Adapter"
	}
	class := "java.util.ArrayList"
	if c.list == nil {
		class = "java.util.AbstractList" // Velocity's wrapper of an array
	}
	if both {
		return class + "$ListItr"
	}
	return class + "$Itr"
}

func (c *Cursor) HasNext() bool {
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

var errConcurrentModification = Throw("java.util.ConcurrentModificationException", "")

func (c *Cursor) Next() (Value, error) {
	c.last = c.pos
	switch {
	case c.list != nil:
		if c.list.mods != c.mods {
			return nil, errConcurrentModification
		}
		if c.pos >= len(c.list.items) {
			return nil, Throw("java.util.NoSuchElementException", "")
		}
		c.pos++
		return c.list.items[c.pos-1], nil
	case c.sub != nil:
		if c.sub.l.mods != c.mods {
			return nil, errConcurrentModification
		}
		items := c.sub.slice()
		if c.pos >= len(items) {
			return nil, Throw("java.util.NoSuchElementException", "")
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
		return nil, Throw("java.util.NoSuchElementException", "")
	}
	if c.pos >= len(c.items) {
		return nil, Throw("java.util.NoSuchElementException", "")
	}
	c.pos++
	return c.items[c.pos-1], nil
}

// remove removes the element that next or previous returned last.
func (c *Cursor) remove() error {
	if c.last < 0 {
		return Throw("java.lang.IllegalStateException", "")
	}
	at := c.last
	c.last = -1
	switch {
	case c.list != nil:
		if c.list.mods != c.mods {
			return errConcurrentModification
		}
		c.list.removeAt(at)
		c.pos = at
		c.mods = c.list.mods
	case c.sub != nil:
		if c.sub.stale() {
			return errConcurrentModification
		}
		c.sub.l.removeAt(c.sub.from + at)
		c.sub.to--
		c.sub.mods = c.sub.l.mods
		c.mods = c.sub.mods
		c.pos = at
	case c.m != nil:
		if c.m.mods != c.mods {
			return errConcurrentModification
		}
		c.m.removeAt(c.pos - 1)
		c.mods = c.m.mods
	default:
		return Throw("java.lang.UnsupportedOperationException", "remove")
	}
	return nil
}
