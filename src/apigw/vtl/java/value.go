package java

import (
	"iter"
	"math/big"

	"example.com/guessing-game/src/apigw/budget"
)

// A Value is what a template computes with. It is always one of
//
//	nil          null
//	bool         java.lang.Boolean
//	int32        java.lang.Integer
//	int64        java.lang.Long
//	*big.Int     java.math.BigInteger
//	float64      java.lang.Double
//	*Decimal     java.math.BigDecimal, made by arithmetic and from JSON numbers of more than 18 characters
//	string       java.lang.String (UTF-8 here; positions and lengths that templates see count UTF-16 units)
//	Char         java.lang.Character, only made by charAt
//	*List        java.util.ArrayList, or a JSON array as in API Gateway
//	*Array       a Java array, only made by split, toArray and their like
//	*Map         java.util.LinkedHashMap
//	Object       anything the host adds ($input, $util, …), and the engine's own iterators, entries, sets and blocks
//
// and nothing else: other Go types, int among them, are not numbers to a template, and printing one
// is an error.
type Value = any

// A Budget bounds the work of one request: operations that may take long draw on it and fail once
// it is exhausted.
type Budget = budget.Budget

// An Object is a value that the host of the engine provides: usually a pointer. Its type must be
// comparable, since a template may make it the key of a map.
type Object interface {
	// Property returns $obj.name and $obj["name"]. ok is false if there is no such property, which
	// is null to the template.
	Property(name string) (v Value, ok bool)
	// Call returns $obj.name(args). ok is false if no such method accepts these arguments, which is
	// null to the template; an error aborts the rendering, as an exception thrown by a Java method
	// does. The budget is that of the rendering, nil outside one: the call must charge it for
	// everything long that it reads or creates. Before the call, its context was checked and the
	// length of the arguments charged.
	Call(budget *Budget, name string, args []Value) (v Value, ok bool, err error)
	// String is what the object prints.
	String() string
}

// An Iterable is an Object that #foreach can iterate over.
type Iterable interface {
	Object
	// Iterate returns the elements in order.
	Iterate() iter.Seq[Value]
}

// A Settable is an Object that #set can write to.
type Settable interface {
	Object
	// SetProperty stores v, for #set($obj.name = v). It returns false if there is no such property;
	// the assignment is then ignored, as Velocity ignores it.
	SetProperty(name string, v Value) bool
}

// A Native is an Object of one of Java's or Velocity's own classes: methods it lacks fall back to
// those of java.lang.Object.
type Native interface {
	Object
	ClassName() string
}

// A Block is a Native whose text is rendered at each use, like that of #define.
type Block interface {
	Native
	// Text renders the block. ok is false if its toString is null.
	Text(budget *Budget) (text string, ok bool, err error)
}

// A Scope is a Native that is also a map, like $foreach.
type Scope interface {
	Native
	// Map returns what #set writes to.
	Map() *Map
	// Lookup returns the value of a key, null if there is none.
	Lookup(budget *Budget, key Value) (Value, error)
}

// Char is a java.lang.Character: one UTF-16 unit.
type Char uint16

// Decimal is a java.math.BigDecimal: unscaled × 10^-scale.
type Decimal struct {
	unscaled *big.Int
	scale    int
}

// Array is a Java array. Its elements can be replaced; its length is fixed.
type Array struct {
	items []Value
	class string // the component's class as Java names it, "java.lang.String"
}

// primitive reports whether it is not an Object[].
func (a *Array) primitive() bool { return a.class == "char" || a.class == "byte" || a.class == "int" }

func newArray(items ...Value) *Array { return &Array{items: items, class: "java.lang.Object"} }

// smallInts saves loops an allocation per counter.
var smallInts = func() (t [1280]Value) {
	for i := range t {
		t[i] = int32(i - 256)
	}
	return
}()

func Int(i int32) Value {
	if n := int(i) + 256; n >= 0 && n < len(smallInts) {
		return smallInts[n]
	}
	return i
}
