package vtl

import (
	"iter"
)

// A Value is what a template computes with. It is always one of
//
//	nil          null
//	bool         java.lang.Boolean
//	int32        java.lang.Integer
//	int64        java.lang.Long
//	*big.Int     java.math.BigInteger
//	float64      java.lang.Double
//	*Decimal     java.math.BigDecimal, only made by arithmetic
//	string       java.lang.String (UTF-8 here; positions and lengths that templates see count UTF-16 units)
//	Char         java.lang.Character, only made by charAt
//	*List        java.util.ArrayList, or a JSON array as API Gateway has it
//	*Array       a Java array, only made by split, toArray and their like
//	*Map         java.util.LinkedHashMap
//	Object       anything the host adds ($input, $util, …)
//
// and nothing else.
type Value = any

// An Object is a value that the host of the engine provides.
type Object interface {
	// Property answers $obj.name and $obj["name"]. ok is false where there is no such property, which is null to the template.
	Property(name string) (v Value, ok bool)
	// Call answers $obj.name(args). ok is false where no such method takes these arguments, which is null to the template;
	// an error aborts the rendering, as an exception thrown by a Java method does.
	Call(name string, args []Value) (v Value, ok bool, err error)
	// String is what the object prints.
	String() string
}

// Map is an insertion ordered map, Java's LinkedHashMap: putting a key again keeps its place.
type Map struct{}

// NewMap makes an empty map with room for n entries.
func NewMap(n int) *Map { return &Map{} }

// NewOpaqueMap makes a map that prints nothing, as the inner maps of $context do, but reads, writes and lists as any other.
func NewOpaqueMap(n int) *Map { return &Map{} }

// Get answers the value of a key and whether the key is there. Keys are type strict, as in Java: 1 does not find "1".
func (m *Map) Get(key Value) (Value, bool) { return nil, false }

// Put sets the value of a key and answers the old one, nil if there was none.
func (m *Map) Put(key, v Value) (old Value) { return nil }

// Delete removes a key and answers its value, nil if there was none.
func (m *Map) Delete(key Value) (old Value) { return nil }

// Len is the number of entries.
func (m *Map) Len() int { return 0 }

// All iterates in insertion order.
func (m *Map) All() iter.Seq2[Value, Value] { return func(func(Value, Value) bool) {} }

// List is a growable list.
type List struct{}

// NewList makes a list that prints as Java's ArrayList does: [a, b].
func NewList(items ...Value) *List { return &List{} }

// NewJSONArray makes a list that prints as compact JSON text, as the arrays of a JSON payload do at API Gateway: ["a","b"].
func NewJSONArray(items ...Value) *List { return &List{} }

// Len is the number of elements.
func (l *List) Len() int { return 0 }

// At answers element i; it panics if i is out of range.
func (l *List) At(i int) Value { return nil }

// Append adds elements at the end.
func (l *List) Append(items ...Value) {}

// String answers what v prints in a template: Java's toString.
func String(v Value) string { return "" }

// AppendJSON appends v as compact JSON text, keys in order.
func AppendJSON(dst []byte, v Value) []byte { return dst }

// DecodeJSON decodes strict JSON into maps, plain lists, strings, booleans, null, Integer else Long else BigInteger, and Double.
func DecodeJSON(data []byte) (Value, error) { return nil, nil }
