package java

import (
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// The methods of java.util's lists, which Velocity gives arrays too. A method that is void answers "".

func callList(budget *Budget, l *List, name string, args []Value) (Value, bool, error) {
	switch name {
	case "get":
		if takes(args, "i") {
			return getAt(l, args[0].(int32))
		}
	case "set":
		if takes(args, "io") {
			i := args[0].(int32)
			if i < 0 || int(i) >= len(l.items) {
				return nil, false, outOfBounds(l, i, len(l.items))
			}
			old := l.items[i]
			l.items[i] = args[1]
			return old, true, nil
		}
	case "add":
		if len(args) == 1 {
			if err := budget.Make(16); err != nil {
				return nil, false, err
			}
			l.Append(args[0])
			return true, true, nil
		}
		if takes(args, "io") {
			i := args[0].(int32)
			if i < 0 || int(i) > len(l.items) {
				return nil, false, Throw("java.lang.IndexOutOfBoundsException", "Index: %d, Size: %d", i, len(l.items))
			}
			if err := budget.Make(16); err != nil {
				return nil, false, err
			}
			l.insert(int(i), args[1])
			return "", true, nil
		}
	case "addAll":
		switch {
		case takes(args, "C"):
			if args[0] == nil {
				return nil, false, errNull
			}
			more := collection(args[0])
			if err := budget.Make(16 * len(more)); err != nil {
				return nil, false, err
			}
			l.items = append(l.items, more...)
			l.mods++
			return len(more) > 0, true, nil
		case takes(args, "iC"):
			i := args[0].(int32)
			if i < 0 || int(i) > len(l.items) {
				return nil, false, Throw("java.lang.IndexOutOfBoundsException", "Index: %d, Size: %d", i, len(l.items))
			}
			if args[1] == nil {
				return nil, false, errNull
			}
			more := append([]Value(nil), collection(args[1])...)
			if err := budget.Make(16 * (len(more) + len(l.items))); err != nil {
				return nil, false, err
			}
			l.items = append(l.items[:i:i], append(more, l.items[i:]...)...)
			l.mods++
			return len(more) > 0, true, nil
		}
	case "remove":
		if takes(args, "i") {
			i := args[0].(int32)
			if i < 0 || int(i) >= len(l.items) {
				return nil, false, outOfBounds(l, i, len(l.items))
			}
			return l.removeAt(int(i)), true, nil
		}
		if len(args) == 1 {
			i, err := indexOfItem(budget, l.items, args[0])
			if i >= 0 {
				l.removeAt(i)
			}
			return i >= 0, true, err
		}
	case "removeAll", "retainAll":
		if takes(args, "C") {
			kept, err := keepItems(budget, l.items, args[0], name == "retainAll")
			changed := err == nil && len(kept) != len(l.items)
			if changed {
				l.items = kept
				l.mods++
			}
			return changed, err == nil, err
		}
	case "clear":
		if len(args) == 0 {
			l.items = nil
			l.mods++
			return "", true, nil
		}
	case "subList":
		if takes(args, "ii") {
			return subList(l, 0, len(l.items), int(args[0].(int32)), int(args[1].(int32)))
		}
	case "sort":
		if len(args) == 1 && args[0] == nil {
			if err := sortNaturally(budget, l.items); err != nil {
				return nil, false, err
			}
			l.mods++
			return "", true, nil
		}
	case "clone":
		if len(args) == 0 {
			if err := budget.Make(16 * len(l.items)); err != nil {
				return nil, false, err
			}
			return &List{items: append([]Value(nil), l.items...), json: l.json}, true, nil
		}
	case "ensureCapacity":
		if takes(args, "i") {
			return "", true, nil
		}
	case "trimToSize":
		if len(args) == 0 {
			l.mods++
			return "", true, nil
		}
	case "toJSONString":
		if l.json && len(args) == 0 {
			return String(l), true, nil
		}
	}
	return callSequence(budget, l, l.items, name, args)
}

// subList answers a view of l: from one element to another of the size that begin at start.
func subList(l *List, start, size, from, to int) (Value, bool, error) {
	switch {
	case from < 0:
		return nil, false, Throw("java.lang.IndexOutOfBoundsException", "fromIndex = %d", from)
	case to > size:
		return nil, false, Throw("java.lang.IndexOutOfBoundsException", "toIndex = %d", to)
	case from > to:
		return nil, false, Throw("java.lang.IllegalArgumentException", "fromIndex(%d) > toIndex(%d)", from, to)
	}
	return &view{kind: viewSub, l: l, from: start + from, to: start + to, mods: l.mods}, true, nil
}

// callSequence answers what lists of all kinds and arrays have in common.
func callSequence(budget *Budget, self Value, items []Value, name string, args []Value) (Value, bool, error) {
	if takesFunction(name, args, " forEach/1 removeIf/1 replaceAll/1 ") {
		return nil, false, errNull
	}
	switch name {
	case "size":
		if len(args) == 0 {
			return Int(int32(len(items))), true, nil
		}
	case "isEmpty":
		if len(args) == 0 {
			return len(items) == 0, true, nil
		}
	case "contains":
		if len(args) == 1 {
			i, err := indexOfItem(budget, items, args[0])
			return i >= 0, true, err
		}
	case "indexOf":
		if len(args) == 1 {
			i, err := indexOfItem(budget, items, args[0])
			return Int(int32(i)), true, err
		}
	case "lastIndexOf":
		if len(args) == 1 {
			c := comparer{budget: budget}
			at := -1
			for i := len(items) - 1; i >= 0 && at < 0 && c.err == nil; i-- {
				if c.equal(args[0], items[i]) {
					at = i
				}
			}
			return Int(int32(at)), true, c.err
		}
	case "containsAll":
		if takes(args, "C") {
			if args[0] == nil {
				return nil, false, errNull
			}
			for _, item := range collection(args[0]) {
				if i, err := indexOfItem(budget, items, item); i < 0 {
					return false, true, err
				}
			}
			return true, true, nil
		}
	case "iterator":
		if len(args) == 0 {
			_, isList := self.(*List)
			_, isArray := self.(*Array)
			return &iterator{seq: cursorOf(self), both: !isList && !isArray}, true, nil // a subList has nothing but ListIterators
		}
	case "listIterator":
		it := &iterator{seq: cursorOf(self), both: true}
		if takes(args, "i") {
			i := args[0].(int32)
			if i < 0 || int(i) > len(items) {
				return nil, false, Throw("java.lang.IndexOutOfBoundsException", "Index: %d", i)
			}
			it.seq.pos = int(i)
			return it, true, nil
		}
		if len(args) == 0 {
			return it, true, nil
		}
	case "toArray":
		if err := budget.Make(16 * len(items)); err != nil {
			return nil, false, err
		}
		return toArray(items, args)
	case "stream", "parallelStream":
		if len(args) == 0 {
			return &stream{items: append([]Value(nil), items...), sized: true, parallel: name == "parallelStream"}, true, nil
		}
	}
	return nil, false, nil
}

// toArray is Collection.toArray, with or without an array to fill, for which Velocity takes any arguments.
func toArray(items, args []Value) (Value, bool, error) {
	if len(args) == 0 {
		return newArray(append([]Value(nil), items...)...), true, nil
	}
	if len(args) == 1 && args[0] == nil {
		return nil, false, errNull
	}
	a, given := args[0].(*Array)
	if given = given && len(args) == 1; !given {
		a = newArray(append([]Value(nil), args...)...)
	} else if !fits(a, 'A') {
		return nil, false, Throw("java.lang.IllegalArgumentException", "argument type mismatch")
	}
	for _, item := range items {
		if err := a.accepts(item); err != nil {
			return nil, false, err
		}
	}
	if len(a.items) < len(items) {
		return &Array{items: append([]Value(nil), items...), class: a.class}, true, nil
	}
	copy(a.items, items)
	if len(a.items) > len(items) {
		a.items[len(items)] = nil // marks the end
	}
	return a, true, nil
}

func callArray(budget *Budget, a *Array, name string, args []Value) (Value, bool, error) {
	switch name {
	case "get":
		if takes(args, "i") {
			return getAt(a, args[0].(int32))
		}
	case "set":
		if takes(args, "io") {
			i := args[0].(int32)
			if i < 0 || int(i) >= len(a.items) {
				return nil, false, outOfBounds(a, i, len(a.items))
			}
			if err := a.accepts(args[1]); err != nil {
				return nil, false, err
			}
			old := a.items[i]
			a.items[i] = args[1]
			return old, true, nil
		}
	case "add", "addAll", "clear", "remove", "removeAll", "retainAll":
		return changeArray(budget, a, name, args)
	case "equals":
		if len(args) == 1 {
			return Value(a) == args[0], true, nil
		}
	case "toString", "hashCode", "getClass":
		return nil, false, nil
	case "subList":
		return callList(budget, &List{items: a.items}, name, args)
	}
	return callSequence(budget, a, a.items, name, args)
}

// changeArray answers the methods that would change an array's length: an error, unless there is nothing to do.
func changeArray(budget *Budget, a *Array, name string, args []Value) (Value, bool, error) {
	unsupported := Throw("java.lang.UnsupportedOperationException", "")
	switch {
	case name == "clear" && len(args) == 0:
		if len(a.items) == 0 {
			return "", true, nil
		}
	case name == "add" && len(args) == 1, name == "add" && takes(args, "io"), name == "remove" && takes(args, "i"):
	case name == "remove" && len(args) == 1:
		if i, err := indexOfItem(budget, a.items, args[0]); i < 0 {
			return false, true, err
		}
	case name == "addAll" && (takes(args, "C") || takes(args, "iC")):
		if last := args[len(args)-1]; last != nil && len(collection(last)) == 0 {
			return false, true, nil
		}
	case (name == "removeAll" || name == "retainAll") && takes(args, "C"):
		kept, err := keepItems(budget, a.items, args[0], name == "retainAll")
		if err != nil || len(kept) == len(a.items) {
			return false, err == nil, err
		}
	default:
		return nil, false, nil
	}
	return nil, false, unsupported
}

func callSubList(budget *Budget, v *view, name string, args []Value) (Value, bool, error) {
	switch name {
	case "get":
		if takes(args, "i") {
			return getAt(v, args[0].(int32))
		}
	case "set":
		if takes(args, "io") {
			items := v.slice()
			i := args[0].(int32)
			if i < 0 || int(i) >= len(items) {
				return nil, false, outOfBounds(v, i, len(items))
			}
			old := items[i]
			items[i] = args[1]
			return old, true, nil
		}
	case "add":
		if len(args) == 1 {
			if err := budget.Make(16); err != nil {
				return nil, false, err
			}
			v.l.insert(v.to, args[0])
			v.to++
			v.mods = v.l.mods
			return true, true, nil
		}
		if takes(args, "io") {
			i := args[0].(int32)
			if i < 0 || int(i) > v.size() {
				return nil, false, Throw("java.lang.IndexOutOfBoundsException", "Index: %d, Size: %d", i, v.size())
			}
			if err := budget.Make(16); err != nil {
				return nil, false, err
			}
			v.l.insert(v.from+int(i), args[1])
			v.to++
			v.mods = v.l.mods
			return "", true, nil
		}
	case "addAll":
		at := v.size()
		if takes(args, "iC") {
			at = int(args[0].(int32))
			if at < 0 || at > v.size() {
				return nil, false, Throw("java.lang.IndexOutOfBoundsException", "Index: %d, Size: %d", at, v.size())
			}
			args = args[1:]
		}
		if takes(args, "C") {
			if args[0] == nil {
				return nil, false, errNull
			}
			more := append([]Value(nil), collection(args[0])...)
			if err := budget.Make(16 * (len(more) + len(v.l.items))); err != nil {
				return nil, false, err
			}
			v.replace(append(append(append([]Value(nil), v.slice()[:at]...), more...), v.slice()[at:]...))
			return len(more) > 0, true, nil
		}
	case "removeAll", "retainAll":
		if takes(args, "C") {
			kept, err := keepItems(budget, v.slice(), args[0], name == "retainAll")
			changed := err == nil && len(kept) != v.size()
			if changed {
				v.replace(kept)
			}
			return changed, err == nil, err
		}
	case "sort":
		if len(args) == 1 && args[0] == nil {
			if err := sortNaturally(budget, v.slice()); err != nil {
				return nil, false, err
			}
			v.l.mods++
			v.mods = v.l.mods
			return "", true, nil
		}
	case "remove":
		if takes(args, "i") {
			i := args[0].(int32)
			if i < 0 || int(i) >= v.size() {
				return nil, false, outOfBounds(v, i, v.size())
			}
			old := v.l.removeAt(v.from + int(i))
			v.to--
			v.mods = v.l.mods
			return old, true, nil
		}
		if len(args) == 1 {
			i, err := indexOfItem(budget, v.slice(), args[0])
			if i >= 0 {
				v.l.removeAt(v.from + i)
				v.to--
				v.mods = v.l.mods
			}
			return i >= 0, true, err
		}
	case "clear":
		if len(args) == 0 {
			v.l.items = append(v.l.items[:v.from], v.l.items[v.to:]...)
			v.l.mods++
			v.to = v.from
			v.mods = v.l.mods
			return "", true, nil
		}
	case "subList":
		if takes(args, "ii") {
			return subList(v.l, v.from, v.size(), int(args[0].(int32)), int(args[1].(int32)))
		}
	}
	return callSequence(budget, v, v.slice(), name, args)
}

// replace puts other elements in the place of a subList.
func (v *view) replace(items []Value) {
	l := v.l
	l.items = append(append(append([]Value(nil), l.items[:v.from]...), items...), l.items[v.to:]...)
	l.mods++
	v.to = v.from + len(items)
	v.mods = l.mods
}

// takesFunction reports whether a method would take a Java function at the place of a null: calling it throws.
func takesFunction(name string, args []Value, methods string) bool {
	return len(args) > 0 && args[len(args)-1] == nil && strings.Contains(methods, " "+name+"/"+strconv.Itoa(len(args))+" ")
}

// indexOf finds an element by equals, -1 if it is not there.
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

// keep answers the items that a collection has, or those that it has not.
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
		return int(compareStrings(a, b.(string))), nil
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
