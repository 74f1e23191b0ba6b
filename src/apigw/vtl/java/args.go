package java

import (
	"fmt"
	"hash/fnv"
)

var errNull = Throw("java.lang.NullPointerException", "")

func str(v Value) (string, error) {
	if s, ok := v.(string); ok {
		return s, nil
	}
	return "", errNull
}

// collection returns the elements of a Collection.
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

// asMap returns the Map that a value is.
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

// identityHash is the hash code of an object's identity (VTL-HASH): stable for the object, but
// arbitrary.
func identityHash(v Value) int32 {
	h := fnv.New32a()
	fmt.Fprintf(h, "%p", v)
	return int32(h.Sum32() >> 1)
}

// identity is what an object without its own toString prints.
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
