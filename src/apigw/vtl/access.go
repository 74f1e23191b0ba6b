package vtl

import (
	"fmt"
	"math/big"
)

// Properties and indexes, resolved as Velocity's introspection resolves them: a getter, a key of a map, get(name), a boolean is-method.

func (s *propertyStep) apply(st *state, v Value) Value {
	if m, ok := v.(*Map); ok && s.name != "class" && s.name != "Class" {
		r, _ := m.get(st, s.name)
		return r
	}
	r, ok, err := st.property(v, s.name)
	if err != nil {
		st.fail(s.place, err)
	}
	if !ok {
		return nil
	}
	return r
}

// property answers $v.name.
func (st *state) property(v Value, name string) (Value, bool, error) {
	getter := lowerFirst(name)
	if getter == "class" {
		if o, ok := v.(Object); ok && !engineObject(v) {
			r, ok := o.Property(name)
			return r, ok, nil
		}
		return &classObject{className(v)}, true, nil
	}
	switch v := v.(type) {
	case *Map:
		r, ok := v.get(st, name)
		return r, ok, nil
	case string:
		switch getter {
		case "empty":
			return boxBool(v == ""), true, nil
		case "blank":
			return callString(st, v, "isBlank", nil)
		case "bytes":
			return callString(st, v, "getBytes", nil)
		}
	case *List:
		if getter == "empty" {
			return boxBool(len(v.items) == 0), true, nil
		}
	case *view:
		if getter == "empty" {
			return boxBool(v.size() == 0), true, nil
		}
	case *optional: // an Optional has a get, which Velocity takes for one of properties
		switch {
		case v.class == "Optional":
		case getter == "empty" || getter == "present":
			return boxBool((v.value == nil) == (getter == "empty")), true, nil
		case getter == lowerFirst(v.getter()[len("get"):]):
			return callOptional(st, v, v.getter(), nil)
		}
	case *stream:
		if getter == "parallel" {
			return boxBool(v.parallel), true, nil
		}
	case *entry:
		switch getter {
		case "key":
			return v.key, true, nil
		case "value":
			return v.get(), true, nil
		}
	case float64:
		switch getter {
		case "naN":
			return boxBool(v != v), true, nil
		case "infinite":
			return boxBool(v-v != 0 && v == v), true, nil
		}
	case *big.Int:
		if getter == "lowestSetBit" {
			return callBig(st, v, "getLowestSetBit", nil)
		}
	case *foreachScope:
		if r, ok := v.getter(getter); ok {
			return r, true, nil
		}
		return v.lookup(st, name), true, nil
	case Object:
		r, ok := v.Property(name)
		return r, ok, nil
	}
	return nil, false, nil
}

// engineObject tells the engine's own objects from the host's.
func engineObject(v Value) bool {
	switch v.(type) {
	case *view, *entry, *iterator, *block, *foreachScope, *scopeInfo, *classObject, *stream, *optional:
		return true
	}
	return false
}

func (s *indexStep) apply(st *state, v Value) Value {
	key := s.arg.value(st)
	if st.stop != nil {
		return nil
	}
	key = st.fromEnd(s.place, v, key)
	st.at = s.place
	if k, ok := key.(string); ok {
		st.charge(len(k) >> 10)
	}
	switch v := v.(type) {
	case *Map:
		r, _ := v.get(st, key)
		return r
	case *foreachScope:
		return v.lookup(st, key)
	case *List, *Array, *view:
		i, ok := key.(int32)
		if !ok {
			return nil
		}
		r, found, err := st.getAt(v, i)
		if err != nil {
			st.fail(s.place, fmt.Errorf("error invoking method 'get(java.lang.Integer)' in %s: %w", className(v), err))
		}
		if !found {
			return nil
		}
		return r
	case Object:
		if engineObject(v) {
			return nil
		}
		if name, ok := key.(string); ok {
			if r, ok := v.Property(name); ok {
				return r
			}
			return nil
		}
		r, ok, err := v.Call("get", []Value{key})
		if err != nil {
			st.fail(s.place, err)
		}
		if ok {
			return r
		}
	}
	return nil
}

func sequence(v Value) ([]Value, bool) {
	switch v := v.(type) {
	case *List:
		return v.items, true
	case *Array:
		return v.items, true
	case *view:
		if v.kind == viewSub {
			return v.slice(), true
		}
	}
	return nil, false
}

func (st *state) getAt(v Value, i int32) (Value, bool, error) {
	items, ok := sequence(v)
	if !ok {
		return nil, false, nil
	}
	if i < 0 || int(i) >= len(items) {
		return nil, false, outOfBounds(v, i, len(items))
	}
	return items[i], true, nil
}

func outOfBounds(v Value, i int32, n int) error {
	class := "java.lang.IndexOutOfBoundsException"
	if _, ok := v.(*Array); ok {
		class = "java.lang.ArrayIndexOutOfBoundsException"
	}
	return javaError(class, "Index %d out of bounds for length %d", i, n)
}

// fromEnd counts a negative index from the end.
func (st *state) fromEnd(at place, v, key Value) Value {
	i, ok := key.(int32)
	if !ok || i >= 0 {
		return key
	}
	size := -1
	switch v := v.(type) {
	case *Map:
		size = v.Len()
	case *view:
		size = v.size()
	case *foreachScope:
		size = v.storage().Len()
	case Object:
		if r, ok, _ := v.Call("size", nil); ok {
			if n, ok := r.(int32); ok {
				size = int(n)
			}
		}
	default:
		if items, ok := sequence(v); ok {
			size = len(items)
		}
	}
	if size < 0 {
		panic(at.errorf("a 'size()' method required for negative value %d does not exist for class '%s'", i, className(v)))
	}
	return boxInt(int32(size) + i)
}

// setIndex is #set($v[key] = x): set(int, x), else put(key, x).
func (st *state) setIndex(v, key, x Value) error {
	switch v := v.(type) {
	case *List:
		i, ok := key.(int32)
		if !ok {
			return nil
		}
		if i < 0 || int(i) >= len(v.items) {
			return outOfBounds(v, i, len(v.items))
		}
		v.items[i] = x
	case *Array, *view:
		i, ok := key.(int32)
		if items, isSeq := sequence(v); ok && isSeq {
			if i < 0 || int(i) >= len(items) {
				return outOfBounds(v, i, len(items))
			}
			if a, ok := v.(*Array); ok {
				if err := a.accepts(x); err != nil {
					return err
				}
			}
			items[i] = x
		}
	case *Map:
		st.need(80)
		v.put(st, key, x)
	case *foreachScope:
		st.need(80)
		v.storage().put(st, key, x)
	case Settable:
		if name, ok := key.(string); ok {
			v.SetProperty(name, x)
		}
	}
	return nil
}

// setProperty is #set($v.name = x): setName(x), else the key of a map.
func (st *state) setProperty(v Value, name string, x Value) error {
	switch v := v.(type) {
	case *Map:
		st.need(80)
		v.put(st, name, x)
	case *foreachScope:
		st.need(80)
		v.storage().put(st, name, x)
	case *entry:
		if lowerFirst(name) == "value" {
			v.set(x)
		}
	case Settable:
		v.SetProperty(name, x)
	}
	return nil
}

func (a *Array) accepts(x Value) error {
	ok := true
	switch a.class {
	case "java.lang.String":
		_, ok = x.(string)
		ok = ok || x == nil
	case "char":
		_, ok = x.(Char)
	case "int":
		_, ok = x.(int32)
	case "byte":
		ok = false
	}
	if !ok {
		return javaError("java.lang.IllegalArgumentException", "array element type mismatch")
	}
	return nil
}
