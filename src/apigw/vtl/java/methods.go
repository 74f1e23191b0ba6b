package java

import (
	"errors"
	"math/big"
	"slices"
	"strings"
)

// A method is one method of a Java class that templates can call, a row of the class's table: its
// name, its parameters, and what it does. Adding a method is adding a row. Of several methods with
// the same name, the first that accepts the arguments is called. Static methods are called through
// any value of the class. Void methods return "".
type method[T any] struct {
	name   string
	params string // the types as Java names them, "int, String"; "..." is any arguments
	do     func(c call[T]) (Value, error)
}

// A call is a method call: the receiver, and arguments that fit the parameters. The arguments
// belong to the caller again afterwards.
type call[T any] struct {
	*Budget
	self T
	args []Value
}

func (c call[T]) int(i int) int32      { return c.args[i].(int32) }
func (c call[T]) long(i int) int64     { return longValue(c.args[i]) }
func (c call[T]) double(i int) float64 { return doubleValue(c.args[i]) }
func (c call[T]) bool(i int) bool      { return c.args[i].(bool) }
func (c call[T]) char(i int) Char      { return c.args[i].(Char) }

// text is a String that must not be null.
func (c call[T]) text(i int) (string, error) { return str(c.args[i]) }

// ErrArguments is what Velocity throws if a method without parameters is called with arguments.
var ErrArguments = Throw("java.lang.IllegalArgumentException", "wrong number of arguments")

// errNoMethod is returned by a method that turns out not to accept the arguments.
var errNoMethod = errors.New("no such method")

// A param is the type of a parameter. An int fits int, long, float and double, a long the last
// three; null fits anything that is not primitive.
type param uint8

const (
	paramInt param = iota
	paramLong
	paramFloat
	paramDouble
	paramBoolean
	paramChar
	paramString
	paramCharSequence
	paramObject
	paramCollection
	paramMap
	paramObjects // Object[]
	paramBigInteger
	paramBigDecimal
	paramFunction // a Java function, which a template cannot have: only null fits
)

var paramNames = map[string]param{
	"int": paramInt, "long": paramLong, "float": paramFloat, "double": paramDouble, "boolean": paramBoolean, "char": paramChar,
	"String": paramString, "CharSequence": paramCharSequence, "Object": paramObject, "Collection": paramCollection, "Map": paramMap,
	"Object[]": paramObjects, "BigInteger": paramBigInteger, "BigDecimal": paramBigDecimal, "Function": paramFunction,
}

func (p param) primitive() bool { return p <= paramChar }

// takes reports whether a parameter accepts a value.
func (p param) takes(v Value) (ok bool) {
	if v == nil {
		return !p.primitive()
	}
	switch p {
	case paramObject:
		return true
	case paramInt:
		_, ok = v.(int32)
	case paramLong, paramFloat:
		switch v.(type) {
		case int32, int64:
			return true
		}
	case paramDouble:
		switch v.(type) {
		case int32, int64, float64:
			return true
		}
	case paramBoolean:
		_, ok = v.(bool)
	case paramChar:
		_, ok = v.(Char)
	case paramString, paramCharSequence:
		_, ok = v.(string)
	case paramCollection:
		switch v.(type) {
		case *List, *view:
			return true
		}
	case paramMap:
		switch v.(type) {
		case *Map, Scope:
			return true
		}
	case paramObjects:
		a, isArray := v.(*Array)
		return isArray && !a.primitive()
	case paramBigInteger:
		_, ok = v.(*big.Int)
	case paramBigDecimal:
		_, ok = v.(*Decimal)
	}
	return ok
}

// overloads are a class's methods with the same name.
type overloads[T any] []overload[T]

type overload[T any] struct {
	params []param
	any    bool // "..."
	do     func(c call[T]) (Value, error)
}

func (o *overload[T]) takes(args []Value) bool {
	if o.any {
		return true
	}
	if len(args) != len(o.params) {
		return false
	}
	for i, p := range o.params {
		if p != paramObject && !p.takes(args[i]) {
			return false
		}
	}
	return true
}

// call calls the first method that accepts the arguments.
func (os overloads[T]) call(budget *Budget, self T, args []Value) (Value, bool, error) {
	for i := range os {
		if o := &os[i]; o.takes(args) {
			r, err := o.do(call[T]{budget, self, args})
			if err == errNoMethod {
				continue
			}
			return r, err == nil, err
		}
	}
	return nil, false, nil
}

// hasBare reports whether one of the methods has no parameters.
func (os overloads[T]) hasBare() bool {
	return slices.ContainsFunc(os, func(o overload[T]) bool { return len(o.params) == 0 && !o.any })
}

// A Selector is a method's name with each class's methods of that name, so that a repeated call
// needs no lookup.
type Selector struct {
	name string

	object    overloads[Value]
	string    overloads[string]
	list      overloads[*List]
	array     overloads[*Array]
	mapped    overloads[*Map]
	view      overloads[*view]
	sub       overloads[*view] // a subList
	entry     overloads[*entry]
	iterator  overloads[*Cursor]
	both      overloads[*Cursor] // a ListIterator
	stream    overloads[*stream]
	ints      overloads[*stream] // an IntStream
	optional  overloads[*optional]
	boolean   overloads[bool]
	integer   overloads[int32]
	long      overloads[int64]
	double    overloads[float64]
	big       overloads[*big.Int]
	decimal   overloads[*Decimal]
	character overloads[Char]
}

// selectors are those of the names that any class has a method of.
var selectors = map[string]*Selector{}

// Select returns the selector of a method's name.
func Select(name string) *Selector {
	if s, ok := selectors[name]; ok {
		return s
	}
	return &Selector{name: name}
}

// String returns the method's name.
func (s *Selector) String() string { return s.name }

// define sets the methods of a class. The methods of a name are those of the first table that has
// any, followed by those of the next: a class's own methods come before inherited ones.
func define[T any](of func(*Selector) *overloads[T], tables ...[]method[T]) {
	for _, table := range tables {
		for _, m := range table {
			s := selectors[m.name]
			if s == nil {
				s = &Selector{name: m.name}
				selectors[m.name] = s
			}
			o := overload[T]{do: m.do}
			switch m.params {
			case "":
			case "...":
				o.any = true
			default:
				for _, name := range strings.Split(m.params, ", ") {
					p, known := paramNames[name]
					if !known {
						panic("java: " + m.name + " has a parameter of the unknown type " + name)
					}
					o.params = append(o.params, p)
				}
			}
			field := of(s)
			*field = append(*field, o)
		}
	}
}

func init() {
	define(func(s *Selector) *overloads[Value] { return &s.object }, objectMethods)
	define(func(s *Selector) *overloads[string] { return &s.string }, stringMethods)
	define(func(s *Selector) *overloads[*List] { return &s.list }, listMethods, sequenceMethods[*List]())
	define(func(s *Selector) *overloads[*Array] { return &s.array }, arrayMethods, sequenceMethods[*Array]())
	define(func(s *Selector) *overloads[*Map] { return &s.mapped }, mapMethods)
	define(func(s *Selector) *overloads[*view] { return &s.view }, viewMethods)
	define(func(s *Selector) *overloads[*view] { return &s.sub }, subListMethods, sequenceMethods[*view]())
	define(func(s *Selector) *overloads[*entry] { return &s.entry }, entryMethods)
	define(func(s *Selector) *overloads[*Cursor] { return &s.iterator }, iteratorMethods)
	define(func(s *Selector) *overloads[*Cursor] { return &s.both }, listIteratorMethods, iteratorMethods)
	define(func(s *Selector) *overloads[*stream] { return &s.stream }, streamMethods, objectStreamMethods)
	define(func(s *Selector) *overloads[*stream] { return &s.ints }, streamMethods, intStreamMethods)
	define(func(s *Selector) *overloads[*optional] { return &s.optional }, optionalMethods)
	define(func(s *Selector) *overloads[bool] { return &s.boolean }, booleanMethods)
	define(func(s *Selector) *overloads[int32] { return &s.integer }, integerMethods, numberMethods[int32]())
	define(func(s *Selector) *overloads[int64] { return &s.long }, longMethods, numberMethods[int64]())
	define(func(s *Selector) *overloads[float64] { return &s.double }, doubleMethods, numberMethods[float64]())
	define(func(s *Selector) *overloads[*big.Int] { return &s.big }, bigMethods, numberMethods[*big.Int]())
	define(func(s *Selector) *overloads[*Decimal] { return &s.decimal }, decimalMethods, numberMethods[*Decimal]())
	define(func(s *Selector) *overloads[Char] { return &s.character }, characterMethods)
}

// Call returns $v.name(args), found by name and by the types of the arguments. ok is false if no
// such method accepts them, which is null to the template; a *Exception is what Java's method would
// have thrown. args belong to the caller again afterwards.
func Call(budget *Budget, v Value, name string, args []Value) (Value, bool, error) {
	return Select(name).Call(budget, v, args)
}

// Call calls the method of v that has the selector's name: see the function Call.
func (s *Selector) Call(budget *Budget, v Value, args []Value) (r Value, ok bool, err error) {
	var methods interface{ hasBare() bool } // those of the value's class
	switch o := v.(type) {
	case string:
		// Most methods process the whole string, some unit by unit.
		n := len(o)
		for _, a := range args {
			if text, isText := a.(string); isText {
				n += len(text)
			}
		}
		if err := budget.Read(n); err != nil {
			return nil, false, err
		}
		methods = &s.string
		r, ok, err = s.string.call(budget, o, args)
	case *List:
		if err := budget.Step(len(o.items) >> 8); err != nil { // shifting the elements takes that long
			return nil, false, err
		}
		methods = &s.list
		r, ok, err = s.list.call(budget, o, args)
	case *Map:
		methods = &s.mapped
		r, ok, err = s.mapped.call(budget, o, args)
	case bool:
		methods = &s.boolean
		r, ok, err = s.boolean.call(budget, o, args)
	case int32:
		methods = &s.integer
		r, ok, err = s.integer.call(budget, o, args)
	case int64:
		methods = &s.long
		r, ok, err = s.long.call(budget, o, args)
	case float64:
		methods = &s.double
		r, ok, err = s.double.call(budget, o, args)
	case *big.Int:
		if err := budget.Step(o.BitLen() >> 8); err != nil {
			return nil, false, err
		}
		methods = &s.big
		r, ok, err = s.big.call(budget, o, args)
		if n, isBig := r.(*big.Int); isBig && err == nil {
			err = fitsBig(n.BitLen())
		}
	case *Decimal:
		if err := budget.Step(o.unscaled.BitLen() >> 8); err != nil {
			return nil, false, err
		}
		methods = &s.decimal
		r, ok, err = s.decimal.call(budget, o, args)
		if n, isDecimal := r.(*Decimal); isDecimal && err == nil {
			err = n.fits()
		}
	case Char:
		methods = &s.character
		r, ok, err = s.character.call(budget, o, args)
	case *Array:
		methods = &s.array
		r, ok, err = s.array.call(budget, o, args)
	case *view:
		if err := budget.Step(o.size() >> 8); err != nil {
			return nil, false, err
		}
		methods = s.viewOf(o)
		r, ok, err = s.callView(budget, o, args)
	case *entry:
		methods = &s.entry
		r, ok, err = s.entry.call(budget, o, args)
	case *iterator:
		of := &s.iterator
		if o.both {
			of = &s.both
		}
		methods = of
		r, ok, err = of.call(budget, o.seq, args)
	case *stream:
		if err := budget.Step(len(o.items) >> 8); err != nil {
			return nil, false, err
		}
		of := &s.stream
		if o.ints {
			of = &s.ints
		}
		methods = of
		r, ok, err = of.call(budget, o, args)
	case *optional:
		if o.has(s.name) {
			methods = &s.optional
		}
		r, ok, err = s.optional.call(budget, o, args)
	// The arguments live on the caller's stack, and an object might keep them.
	case Scope:
		if r, ok, err = o.Call(budget, s.name, slices.Clone(args)); !ok && err == nil {
			methods = &s.mapped
			r, ok, err = s.mapped.call(budget, o.Map(), args)
		}
	case Native:
		r, ok, err = o.Call(budget, s.name, slices.Clone(args))
	case Object:
		return callHost(budget, o, s.name, slices.Clone(args))
	default:
		return nil, false, nil
	}
	if ok || err != nil {
		return r, err == nil, err
	}
	if r, ok, err = s.object.call(budget, v, args); ok || err != nil {
		return r, ok, err
	}
	if len(args) > 0 && (methods != nil && methods.hasBare() || s.object.hasBare()) && !(s.name == "getBytes" && len(args) == 1 && args[0] == nil) {
		// Velocity finds a method without parameters whatever the arguments, and then cannot call
		// it; but getBytes(null) is ambiguous.
		return nil, false, ErrArguments
	}
	return nil, false, nil
}

func (s *Selector) viewOf(v *view) *overloads[*view] {
	if v.kind == viewSub {
		return &s.sub
	}
	return &s.view
}

// callHost calls a host's object. That may take long: the context is checked before, and long
// arguments are counted.
func callHost(budget *Budget, o Object, name string, args []Value) (Value, bool, error) {
	if err := budget.Err(); err != nil {
		return nil, false, err
	}
	for _, a := range args {
		if s, ok := a.(string); ok {
			if err := budget.Read(len(s)); err != nil {
				return nil, false, err
			}
		}
	}
	return o.Call(budget, name, args)
}

// objectMethods are those of java.lang.Object.
var objectMethods = []method[Value]{
	{"toString", "", func(c call[Value]) (Value, error) {
		text, ok, err := Text(c.Budget, c.self)
		if !ok || err != nil {
			return nil, err
		}
		return text, nil
	}},
	{"equals", "Object", func(c call[Value]) (Value, error) { return Equal(c.Budget, c.self, c.args[0]) }},
	{"hashCode", "", func(c call[Value]) (Value, error) {
		compare := comparer{budget: c.Budget}
		h, ok := compare.hash(c.self)
		if !ok && compare.err == nil {
			h = identityHash(c.self)
		}
		return Int(h), compare.err
	}},
	{"getClass", "", func(c call[Value]) (Value, error) { return &classObject{ClassName(c.self)}, nil }},
	{"notify", "", notOwner}, {"notifyAll", "", notOwner}, {"wait", "", notOwner},
}

func notOwner(call[Value]) (Value, error) {
	return nil, Throw("java.lang.IllegalMonitorStateException", "current thread is not owner")
}

// needsFunction is a method with a Java function as its parameter; a template can only pass null.
func needsFunction[T any](call[T]) (Value, error) { return nil, errNull }

// notHere is a method that Java has and templates do not, but which Velocity finds.
func notHere[T any](call[T]) (Value, error) { return nil, errNoMethod }

// returns makes a method that cannot fail from a function of its receiver.
func returns[T, R any](f func(T) R) func(call[T]) (Value, error) {
	return func(c call[T]) (Value, error) { return f(c.self), nil }
}
