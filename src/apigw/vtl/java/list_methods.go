package java

import (
	"cmp"
	"math/big"
	"slices"
)

// The methods of java.util's lists, which Velocity also provides for arrays.

var listMethods = []method[*List]{
	{"set", "int, Object", func(c call[*List]) (Value, error) { return replaceItem(c.self, c.self.items, c.int(0), c.args[1]) }},
	{"add", "Object", func(c call[*List]) (Value, error) {
		if err := c.Make(itemBytes); err != nil {
			return nil, err
		}
		c.self.Append(c.args[0])
		return true, nil
	}},
	{"add", "int, Object", func(c call[*List]) (Value, error) {
		l, i := c.self, int(c.int(0))
		if i < 0 || i > len(l.items) {
			return nil, noPlace(i, len(l.items))
		}
		if err := c.Make(itemBytes); err != nil {
			return nil, err
		}
		l.insert(i, c.args[1])
		return "", nil
	}},
	{"addAll", "Collection", func(c call[*List]) (Value, error) { return addAll(c, len(c.self.items), c.args[0]) }},
	{"addAll", "int, Collection", func(c call[*List]) (Value, error) { return addAll(c, int(c.int(0)), c.args[1]) }},
	{"remove", "int", func(c call[*List]) (Value, error) {
		l, i := c.self, c.int(0)
		if i < 0 || int(i) >= len(l.items) {
			return nil, outOfBounds(l, i, len(l.items))
		}
		return l.removeAt(int(i)), nil
	}},
	{"remove", "Object", func(c call[*List]) (Value, error) {
		i, err := indexOfItem(c.Budget, c.self.items, c.args[0])
		if i >= 0 {
			c.self.removeAt(i)
		}
		return i >= 0, err
	}},
	{"removeAll", "Collection", func(c call[*List]) (Value, error) { return keepOf(c, false) }},
	{"retainAll", "Collection", func(c call[*List]) (Value, error) { return keepOf(c, true) }},
	{"clear", "", func(c call[*List]) (Value, error) {
		c.self.items = nil
		c.self.mods++
		return "", nil
	}},
	{"subList", "int, int", func(c call[*List]) (Value, error) {
		return subList(c.self, 0, len(c.self.items), int(c.int(0)), int(c.int(1)))
	}},
	{"sort", "Function", func(c call[*List]) (Value, error) { // a Comparator; null is the natural order
		if err := sortNaturally(c.Budget, c.self.items); err != nil {
			return nil, err
		}
		c.self.mods++
		return "", nil
	}},
	{"clone", "", func(c call[*List]) (Value, error) {
		if err := c.Make(itemBytes * len(c.self.items)); err != nil {
			return nil, err
		}
		return &List{items: slices.Clone(c.self.items), json: c.self.json}, nil
	}},
	{"ensureCapacity", "int", func(c call[*List]) (Value, error) {
		c.self.ensureCapacity(int(c.int(0)))
		return "", nil
	}},
	{"trimToSize", "", func(c call[*List]) (Value, error) {
		c.self.mods++
		return "", nil
	}},

	// json-smart's JSONArray has additional ones.
	{"toJSONString", "", ofJSONArray(func(c call[*List]) (Value, error) { return String(c.self), nil })},
	{"appendElement", "Object", ofJSONArray(func(c call[*List]) (Value, error) {
		if err := c.Make(itemBytes); err != nil {
			return nil, err
		}
		c.self.Append(c.args[0])
		return c.self, nil
	})},
	{"merge", "Object", ofJSONArray(func(c call[*List]) (Value, error) {
		switch other := c.args[0].(type) {
		case nil:
			return "", nil
		case *List:
			if other.json {
				_, err := addAll(c, len(c.self.items), other)
				return "", err
			}
		}
		return nil, Throw("java.lang.ClassCastException", "class %s cannot be cast to class net.minidev.json.JSONArray", ClassName(c.args[0]))
	})},
}

// ofJSONArray makes a method that only the arrays of a JSON payload have.
func ofJSONArray(f func(call[*List]) (Value, error)) func(call[*List]) (Value, error) {
	return func(c call[*List]) (Value, error) {
		if !c.self.json {
			return nil, errNoMethod
		}
		return f(c)
	}
}

// ensureCapacity is a structural change if the list has to grow.
func (l *List) ensureCapacity(n int) {
	const defaultRoom = 10
	room := cmp.Or(l.room, defaultRoom)
	for room < len(l.items) {
		room += max(1, room/2)
	}
	if n > room {
		l.room = max(n, room+room/2)
		l.mods++
	}
}

// itemBytes is the memory of an element of a list.
const itemBytes = 16

func noPlace(i, size int) error {
	return Throw("java.lang.IndexOutOfBoundsException", "Index: %d, Size: %d", i, size)
}

// replaceItem is set of a list with these items.
func replaceItem(list Value, items []Value, i int32, v Value) (old Value, err error) {
	if i < 0 || int(i) >= len(items) {
		return nil, outOfBounds(list, i, len(items))
	}
	old, items[i] = items[i], v
	return old, nil
}

func addAll(c call[*List], at int, what Value) (Value, error) {
	l := c.self
	if at < 0 || at > len(l.items) {
		return nil, noPlace(at, len(l.items))
	}
	if what == nil {
		return nil, errNull
	}
	more := slices.Clone(collection(what))
	if err := cmp.Or(c.Make(itemBytes*len(more)), c.Step((len(l.items)-at)/4)); err != nil {
		return nil, err
	}
	l.items = slices.Insert(l.items, at, more...)
	l.mods++
	return len(more) > 0, nil
}

// keepOf returns retainAll or removeAll.
func keepOf(c call[*List], having bool) (Value, error) {
	kept, err := keepItems(c.Budget, c.self.items, c.args[0], having)
	changed := err == nil && len(kept) != len(c.self.items)
	if changed {
		c.self.items = kept
		c.self.mods++
	}
	return changed, err
}

// subList returns a view of l: from one element to another of the size elements that begin at
// start.
func subList(l *List, start, size, from, to int) (Value, error) {
	switch {
	case from < 0:
		return nil, Throw("java.lang.IndexOutOfBoundsException", "fromIndex = %d", from)
	case to > size:
		return nil, Throw("java.lang.IndexOutOfBoundsException", "toIndex = %d", to)
	case from > to:
		return nil, Throw("java.lang.IllegalArgumentException", "fromIndex(%d) > toIndex(%d)", from, to)
	}
	return &view{kind: viewSub, l: l, from: start + from, to: start + to, mods: l.mods}, nil
}

// sequenceMethods are the methods that lists of all kinds and arrays have in common.
func sequenceMethods[T Value]() []method[T] {
	items := func(c call[T]) []Value {
		items, _ := sequence(c.self)
		return items
	}
	return []method[T]{
		{"get", "int", func(c call[T]) (Value, error) {
			v, _, err := getAt(c.self, c.int(0))
			return v, err
		}},
		{"size", "", func(c call[T]) (Value, error) { return Int(int32(len(items(c)))), nil }},
		{"isEmpty", "", func(c call[T]) (Value, error) { return len(items(c)) == 0, nil }},
		{"contains", "Object", func(c call[T]) (Value, error) {
			i, err := indexOfItem(c.Budget, items(c), c.args[0])
			return i >= 0, err
		}},
		{"containsAll", "Collection", func(c call[T]) (Value, error) {
			if c.args[0] == nil {
				return nil, errNull
			}
			for _, item := range collection(c.args[0]) {
				if i, err := indexOfItem(c.Budget, items(c), item); i < 0 {
					return false, err
				}
			}
			return true, nil
		}},
		{"indexOf", "Object", func(c call[T]) (Value, error) {
			i, err := indexOfItem(c.Budget, items(c), c.args[0])
			return Int(int32(i)), err
		}},
		{"lastIndexOf", "Object", func(c call[T]) (Value, error) {
			compare, items := comparer{budget: c.Budget}, items(c)
			at := len(items) - 1
			for at >= 0 && compare.err == nil && !compare.equal(c.args[0], items[at]) {
				compare.charge(1)
				at--
			}
			return Int(int32(at)), compare.err
		}},
		{"iterator", "", func(c call[T]) (Value, error) {
			_, isSub := Value(c.self).(*view) // it has only ListIterators
			return &iterator{seq: cursorOf(c.self), both: isSub}, nil
		}},
		{"listIterator", "", func(c call[T]) (Value, error) { return &iterator{seq: cursorOf(c.self), both: true}, nil }},
		{"listIterator", "int", func(c call[T]) (Value, error) {
			i := c.int(0)
			if i < 0 || int(i) > len(items(c)) {
				return nil, Throw("java.lang.IndexOutOfBoundsException", "Index: %d", i)
			}
			it := &iterator{seq: cursorOf(c.self), both: true}
			it.seq.pos = int(i)
			return it, nil
		}},
		{"toArray", "...", func(c call[T]) (Value, error) {
			if err := c.Make(itemBytes * len(items(c))); err != nil {
				return nil, err
			}
			return toArray(items(c), c.args)
		}},
		{"stream", "", func(c call[T]) (Value, error) { return &stream{items: slices.Clone(items(c)), sized: true}, nil }},
		{"parallelStream", "", func(c call[T]) (Value, error) {
			return &stream{items: slices.Clone(items(c)), sized: true, parallel: true}, nil
		}},
		{"spliterator", "", notHere[T]}, // VTL-STREAM
		{"forEach", "Function", needsFunction[T]},
		{"removeIf", "Function", needsFunction[T]},
		{"replaceAll", "Function", needsFunction[T]},
	}
}

// toArray is Collection.toArray, with or without an array to fill; Velocity accepts any arguments
// for it.
func toArray(items, args []Value) (Value, error) {
	if len(args) == 0 {
		return newArray(append([]Value(nil), items...)...), nil
	}
	if len(args) == 1 && args[0] == nil {
		return nil, errNull
	}
	a, given := args[0].(*Array)
	if given = given && len(args) == 1; !given {
		a = newArray(append([]Value(nil), args...)...)
	} else if !paramObjects.takes(a) {
		return nil, Throw("java.lang.IllegalArgumentException", "argument type mismatch")
	}
	for _, item := range items {
		if err := a.accepts(item); err != nil {
			return nil, err
		}
	}
	if len(a.items) < len(items) {
		return &Array{items: append([]Value(nil), items...), class: a.class}, nil
	}
	copy(a.items, items)
	if len(a.items) > len(items) {
		a.items[len(items)] = nil // marks the end
	}
	return a, nil
}

var arrayMethods = []method[*Array]{
	{"set", "int, Object", func(c call[*Array]) (Value, error) {
		if i := c.int(0); i >= 0 && int(i) < len(c.self.items) {
			if err := c.self.accepts(c.args[1]); err != nil {
				return nil, err
			}
		}
		return replaceItem(c.self, c.self.items, c.int(0), c.args[1])
	}},
	{"equals", "Object", func(c call[*Array]) (Value, error) { return Value(c.self) == c.args[0], nil }},
	{"subList", "int, int", func(c call[*Array]) (Value, error) {
		return subList(&List{items: c.self.items}, 0, len(c.self.items), int(c.int(0)), int(c.int(1)))
	}},

	// Anything that would change the length fails, unless there is nothing to do.
	{"add", "Object", unsupported[*Array]},
	{"add", "int, Object", unsupported[*Array]},
	{"addAll", "Collection", func(c call[*Array]) (Value, error) { return addNone(c.args[0]) }},
	{"addAll", "int, Collection", func(c call[*Array]) (Value, error) { return addNone(c.args[1]) }},
	{"remove", "int", unsupported[*Array]},
	{"remove", "Object", func(c call[*Array]) (Value, error) {
		if i, err := indexOfItem(c.Budget, c.self.items, c.args[0]); i < 0 {
			return false, err
		}
		return nil, errUnsupported
	}},
	{"removeAll", "Collection", func(c call[*Array]) (Value, error) { return keepAll(c, false) }},
	{"retainAll", "Collection", func(c call[*Array]) (Value, error) { return keepAll(c, true) }},
	{"clear", "", func(c call[*Array]) (Value, error) {
		if len(c.self.items) == 0 {
			return "", nil
		}
		return nil, errUnsupported
	}},
}

var errUnsupported = Throw("java.lang.UnsupportedOperationException", "")

func unsupported[T any](call[T]) (Value, error) { return nil, errUnsupported }

func addNone(what Value) (Value, error) {
	if what != nil && len(collection(what)) == 0 {
		return false, nil
	}
	return nil, errUnsupported
}

func keepAll(c call[*Array], having bool) (Value, error) {
	kept, err := keepItems(c.Budget, c.self.items, c.args[0], having)
	if err != nil || len(kept) == len(c.self.items) {
		return false, err
	}
	return nil, errUnsupported
}

var subListMethods = []method[*view]{
	{"set", "int, Object", func(c call[*view]) (Value, error) { return replaceItem(c.self, c.self.slice(), c.int(0), c.args[1]) }},
	{"add", "Object", func(c call[*view]) (Value, error) {
		if err := c.Make(itemBytes); err != nil {
			return nil, err
		}
		c.self.insert(c.self.size(), c.args[0])
		return true, nil
	}},
	{"add", "int, Object", func(c call[*view]) (Value, error) {
		v, i := c.self, int(c.int(0))
		if i < 0 || i > v.size() {
			return nil, noPlace(i, v.size())
		}
		if err := c.Make(itemBytes); err != nil {
			return nil, err
		}
		v.insert(i, c.args[1])
		return "", nil
	}},
	{"addAll", "Collection", func(c call[*view]) (Value, error) { return addAllToSub(c, c.self.size(), c.args[0]) }},
	{"addAll", "int, Collection", func(c call[*view]) (Value, error) { return addAllToSub(c, int(c.int(0)), c.args[1]) }},
	{"remove", "int", func(c call[*view]) (Value, error) {
		v, i := c.self, c.int(0)
		if i < 0 || int(i) >= v.size() {
			return nil, outOfBounds(v, i, v.size())
		}
		return v.removeAt(int(i)), nil
	}},
	{"remove", "Object", func(c call[*view]) (Value, error) {
		i, err := indexOfItem(c.Budget, c.self.slice(), c.args[0])
		if i >= 0 {
			c.self.removeAt(i)
		}
		return i >= 0, err
	}},
	{"removeAll", "Collection", func(c call[*view]) (Value, error) { return keepOfSub(c, false) }},
	{"retainAll", "Collection", func(c call[*view]) (Value, error) { return keepOfSub(c, true) }},
	{"clear", "", func(c call[*view]) (Value, error) {
		c.self.replace(nil)
		return "", nil
	}},
	{"subList", "int, int", func(c call[*view]) (Value, error) {
		return subList(c.self.l, c.self.from, c.self.size(), int(c.int(0)), int(c.int(1)))
	}},
	{"sort", "Function", func(c call[*view]) (Value, error) {
		if err := sortNaturally(c.Budget, c.self.slice()); err != nil {
			return nil, err
		}
		c.self.l.mods++
		c.self.mods = c.self.l.mods
		return "", nil
	}},
}

func (v *view) insert(i int, x Value) {
	v.l.insert(v.from+i, x)
	v.to++
	v.mods = v.l.mods
}

func (v *view) removeAt(i int) Value {
	old := v.l.removeAt(v.from + i)
	v.to--
	v.mods = v.l.mods
	return old
}

func addAllToSub(c call[*view], at int, what Value) (Value, error) {
	v := c.self
	if at < 0 || at > v.size() {
		return nil, noPlace(at, v.size())
	}
	if what == nil {
		return nil, errNull
	}
	more := slices.Clone(collection(what))
	if err := c.Make(itemBytes * (len(more) + len(v.l.items))); err != nil {
		return nil, err
	}
	v.replace(slices.Concat(v.slice()[:at], more, v.slice()[at:]))
	return len(more) > 0, nil
}

func keepOfSub(c call[*view], having bool) (Value, error) {
	kept, err := keepItems(c.Budget, c.self.slice(), c.args[0], having)
	changed := err == nil && len(kept) != c.self.size()
	if changed {
		c.self.replace(kept)
	}
	return changed, err
}

// replace replaces the elements of a subList.
func (v *view) replace(items []Value) {
	l := v.l
	l.items = slices.Concat(l.items[:v.from], items, l.items[v.to:])
	l.mods++
	v.to = v.from + len(items)
	v.mods = l.mods
}

// indexOf finds an element by equals; -1 if there is none.
func indexOfItem(budget *Budget, items []Value, x Value) (int, error) {
	c := comparer{budget: budget}
	for i, item := range items {
		if err := budget.Step(1); err != nil {
			return -1, err
		}
		if c.equal(x, item) {
			return i, nil
		}
		if c.err != nil {
			return -1, c.err
		}
	}
	return -1, nil
}

// keep returns the items that a collection contains, or those that it does not.
func keepItems(budget *Budget, items []Value, other Value, having bool) (kept []Value, err error) {
	if other == nil {
		return nil, errNull
	}
	others := collection(other)
	for _, item := range items {
		i, err := indexOfItem(budget, others, item)
		if err != nil {
			return nil, err
		}
		if (i >= 0) == having {
			kept = append(kept, item)
		}
	}
	return kept, nil
}

// sortNaturally sorts values of one comparable class.
func sortNaturally(budget *Budget, items []Value) error {
	var failed error
	slices.SortStableFunc(items, func(a, b Value) int {
		n, err := compareNaturally(budget, a, b)
		if err != nil && failed == nil {
			failed = err
		}
		return n
	})
	return failed
}

func compareNaturally(budget *Budget, a, b Value) (int, error) {
	if err := budget.Step(1); err != nil {
		return -1, err
	}
	if a == nil || b == nil {
		return 0, errNull
	}
	if ClassName(a) != ClassName(b) {
		return 0, castError(a, ClassName(b))
	}
	switch a := a.(type) {
	case string:
		if err := budget.Step(len(a) >> 10); err != nil {
			return -1, err
		}
		return int(CompareStrings(a, b.(string))), nil
	case int32, int64, *big.Int, *Decimal:
		return Compare(a, b)
	case float64:
		return int(compareDoubles(a, b.(float64)).(int32)), nil
	case bool:
		return int(compareBooleans(a, b.(bool)).(int32)), nil
	case Char:
		return int(a) - int(b.(Char)), nil
	}
	return 0, castError(a, "java.lang.Comparable")
}
