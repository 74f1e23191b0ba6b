package java

import (
	"fmt"
	"math/big"
)

// Properties and indexes, resolved as Velocity's introspection resolves them: a getter, a key of a
// map, get(name), a boolean is-method.

// Property returns $v.name. ok is false if there is no such property, which is null to the
// template.
func Property(budget *Budget, v Value, name string) (Value, bool, error) {
	if m, ok := v.(*Map); ok && name != "class" && name != "Class" {
		r, ok := m.getText(name)
		return r, ok, nil
	}
	getter := LowerFirst(name)
	if getter == "class" {
		if o, ok := v.(Object); ok && !isNative(v) {
			r, ok := o.Property(name)
			return r, ok, nil
		}
		return &classObject{ClassName(v)}, true, nil
	}
	switch v := v.(type) {
	case string:
		switch getter {
		case "empty":
			return v == "", true, nil
		case "blank":
			return Call(budget, v, "isBlank", nil)
		case "bytes":
			return Call(budget, v, "getBytes", nil)
		}
	case *List:
		if getter == "empty" {
			return len(v.items) == 0, true, nil
		}
	case *view:
		if getter == "empty" {
			return v.size() == 0, true, nil
		}
	case *optional: // an Optional has a get, which Velocity mistakes for a getter of properties
		switch {
		case v.class == "Optional":
		case getter == "empty" || getter == "present":
			return (v.value == nil) == (getter == "empty"), true, nil
		case getter == LowerFirst(v.getter()[len("get"):]):
			return Call(budget, v, v.getter(), nil)
		}
	case *stream:
		if getter == "parallel" {
			return v.parallel, true, nil
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
			return v != v, true, nil
		case "infinite":
			return v-v != 0 && v == v, true, nil
		}
	case *big.Int:
		if getter == "lowestSetBit" {
			return Call(budget, v, "getLowestSetBit", nil)
		}
	case Object:
		r, ok := v.Property(name)
		return r, ok, nil
	}
	return nil, false, nil
}

func isNative(v Value) bool {
	_, ok := v.(Native)
	return ok
}

// Index returns $v[key], which calls get(key): a negative key counts from the end of a value with a
// size. ok is false if there is no such method or key, which is null to the template.
func Index(budget *Budget, v, key Value) (r Value, ok bool, err error) {
	key, err = fromEnd(v, key)
	if err != nil {
		return nil, false, err
	}
	if k, isText := key.(string); isText {
		if err := budget.Step(len(k) >> 10); err != nil {
			return nil, false, err
		}
	}
	switch v := v.(type) {
	case *Map:
		return v.get(budget, key)
	case Scope:
		r, err := v.Lookup(budget, key)
		return r, err == nil, err
	case *List, *Array, *view:
		i, ok := key.(int32)
		if !ok {
			return nil, false, nil
		}
		r, ok, err := getAt(v, i)
		if err != nil {
			return nil, false, fmt.Errorf("error invoking method 'get(java.lang.Integer)' in %s: %w", ClassName(v), err)
		}
		return r, ok, nil
	case Native:
		return nil, false, nil
	case Object:
		if name, isText := key.(string); isText {
			r, ok := v.Property(name)
			return r, ok, nil
		}
		return callHost(budget, v, "get", []Value{key})
	}
	return nil, false, nil
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

func getAt(v Value, i int32) (Value, bool, error) {
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
	return Throw(class, "Index %d out of bounds for length %d", i, n)
}

// fromEnd counts a negative index from the end.
func fromEnd(v, key Value) (Value, error) {
	i, ok := key.(int32)
	if !ok || i >= 0 {
		return key, nil
	}
	size := -1
	switch v := v.(type) {
	case *Map:
		size = v.Len()
	case *view:
		size = v.size()
	case Scope:
		size = v.Map().Len()
	case Object:
		if r, ok, _ := v.Call(nil, "size", nil); ok {
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
		return nil, fmt.Errorf("a 'size()' method required for negative value %d does not exist for class '%s'", i, ClassName(v))
	}
	return Int(int32(size) + i), nil
}

// SetIndex is #set($v[key] = x): set(int, x), else put(key, x). Anything that cannot be set is left
// alone, as in Velocity.
func SetIndex(budget *Budget, v, key, x Value) error {
	key, err := fromEnd(v, key)
	if err != nil {
		return err
	}
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
		_, err := v.put(budget, key, x)
		return err
	case Scope:
		_, err := v.Map().put(budget, key, x)
		return err
	case Settable:
		if name, ok := key.(string); ok {
			v.SetProperty(name, x)
		}
	}
	return nil
}

// SetProperty is #set($v.name = x): setName(x), else the key of a map. Anything that cannot be set
// is left alone, as in Velocity.
func SetProperty(budget *Budget, v Value, name string, x Value) error {
	switch v := v.(type) {
	case *Map:
		_, err := v.put(budget, name, x)
		return err
	case Scope:
		_, err := v.Map().put(budget, name, x)
		return err
	case *entry:
		if LowerFirst(name) == "value" {
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
		return Throw("java.lang.IllegalArgumentException", "array element type mismatch")
	}
	return nil
}

// LowerFirst turns "Name" to "name": a getter is found by either.
func LowerFirst(s string) string {
	if s != "" && s[0] >= 'A' && s[0] <= 'Z' {
		return string(s[0]|0x20) + s[1:]
	}
	return s
}
