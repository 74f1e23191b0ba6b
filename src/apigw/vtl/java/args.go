package java

import (
	"fmt"
	"hash/fnv"
)

// takes reports whether arguments fit a method's parameters, a letter each:
//
//	i int   l long   f float   d double   z boolean   c char
//	s String   q CharSequence   o Object   C Collection   M Map   A Object[]
//	I Integer   L Long   D Double   B Boolean   H Character
//
// An int fits int, long, float and double, a long the last three; null fits whatever is not primitive.
func takes(args []Value, params string) bool {
	if len(args) != len(params) {
		return false
	}
	for i := range args {
		if !fits(args[i], params[i]) {
			return false
		}
	}
	return true
}

func fits(v Value, param byte) (ok bool) {
	if v == nil {
		return param < 'a' || param == 's' || param == 'q' || param == 'o'
	}
	switch param {
	case 'o':
		return true
	case 'i', 'I':
		_, ok = v.(int32)
	case 'l':
		switch v.(type) {
		case int32, int64:
			return true
		}
	case 'f':
		switch v.(type) {
		case int32, int64:
			return true
		}
	case 'd':
		switch v.(type) {
		case int32, int64, float64:
			return true
		}
	case 'z', 'B':
		_, ok = v.(bool)
	case 'c', 'H':
		_, ok = v.(Char)
	case 's', 'q':
		_, ok = v.(string)
	case 'L':
		_, ok = v.(int64)
	case 'D':
		_, ok = v.(float64)
	case 'C':
		switch v.(type) {
		case *List, *view:
			return true
		}
	case 'M':
		switch v.(type) {
		case *Map, Scope:
			return true
		}
	case 'A':
		a, isArray := v.(*Array)
		return isArray && !a.primitive()
	}
	return ok
}

var errNull = Throw("java.lang.NullPointerException", "")

func str(v Value) (string, error) {
	if s, ok := v.(string); ok {
		return s, nil
	}
	return "", errNull
}

// collection answers the elements of a Collection.
func collection(v Value) []Value {
	switch v := v.(type) {
	case *List:
		return v.items
	case *view:
		var out []Value
		for item := range v.Iterate() {
			out = append(out, item)
		}
		return out
	}
	return nil
}

// asMap answers the Map that a value is.
func asMap(v Value) *Map {
	switch v := v.(type) {
	case *Map:
		return v
	case Scope:
		return v.Map()
	}
	return nil
}

func castError(v Value, class string) error {
	return Throw("java.lang.ClassCastException", "class %s cannot be cast to class %s", ClassName(v), class)
}

// identityHash stands for the hash code of an object's identity (VTL-HASH): stable for the object, otherwise arbitrary.
func identityHash(v Value) int32 {
	h := fnv.New32a()
	fmt.Fprintf(h, "%p", v)
	return int32(h.Sum32() >> 1)
}

// identity is what an object without a toString of its own prints.
func identity(v Value) string {
	return fmt.Sprintf("%s@%x", ClassName(v), uint32(identityHash(v)))
}

func compareInts[T int32 | int64 | float64 | Char | int](a, b T) Value {
	switch {
	case a < b:
		return Int(-1)
	case a > b:
		return Int(1)
	}
	return Int(0)
}
