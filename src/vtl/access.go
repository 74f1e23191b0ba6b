package vtl

import (
	"errors"
	"fmt"
	"math/big"
	"strings"
)

// Properties, indexes and method calls, resolved as Velocity's introspection resolves them: a getter, a key of a map, get(name), a
// boolean is-method; methods by name and by the types of the arguments, without any conversion but the widening of numbers.

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
	case *view, *entry, *iterator, *block, *foreachScope, *scopeInfo, *classObject, *stream:
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
	case "byte":
		ok = false
	}
	if !ok {
		return javaError("java.lang.IllegalArgumentException", "array element type mismatch")
	}
	return nil
}

func (s *methodStep) apply(st *state, v Value) Value {
	var room [4]Value
	args := room[:0]
	for _, a := range s.args {
		args = append(args, a.value(st))
		if st.stop != nil {
			return nil
		}
	}
	st.step()
	st.at = s.place
	r, ok, err := st.call(v, s.name, args)
	if err != nil {
		if e, isError := err.(*Error); isError {
			panic(e)
		}
		var java *JavaError
		if errors.As(err, &java) {
			err = fmt.Errorf("invocation of method '%s' in class %s threw exception %w", s.name, className(v), err)
		}
		st.fail(s.place, err)
	}
	if !ok {
		return nil
	}
	return r
}

// call answers $v.name(args).
func (st *state) call(v Value, name string, args []Value) (Value, bool, error) {
	switch o := v.(type) {
	case string:
		st.charge(len(o) >> 9)
		if r, ok, err := callString(st, o, name, args); ok || err != nil {
			return r, ok, err
		}
	case *List:
		st.charge(len(o.items) >> 8) // what shifts its elements takes that long
		if r, ok, err := callList(st, o, name, args); ok || err != nil {
			return r, ok, err
		}
	case *Map:
		if r, ok, err := callMap(st, o, name, args); ok || err != nil {
			return r, ok, err
		}
	case bool:
		if r, ok, err := callBoolean(st, o, name, args); ok || err != nil {
			return r, ok, err
		}
	case int32:
		if r, ok, err := callInteger(st, o, name, args); ok || err != nil {
			return r, ok, err
		}
	case int64:
		if r, ok, err := callLong(st, o, name, args); ok || err != nil {
			return r, ok, err
		}
	case float64:
		if r, ok, err := callDouble(st, o, name, args); ok || err != nil {
			return r, ok, err
		}
	case *big.Int:
		if r, ok, err := callBig(st, o, name, args); ok || err != nil {
			return r, ok, err
		}
	case *Decimal:
		if r, ok, err := callDecimal(st, o, name, args); ok || err != nil {
			return r, ok, err
		}
	case Char:
		if r, ok, err := callCharacter(o, name, args); ok || err != nil {
			return r, ok, err
		}
	case *Array:
		if r, ok, err := callArray(st, o, name, args); ok || err != nil {
			return r, ok, err
		}
	case *view:
		st.charge(o.size() >> 8)
		if r, ok, err := callView(st, o, name, args); ok || err != nil {
			return r, ok, err
		}
	case *entry:
		if r, ok, err := callEntry(st, o, name, args); ok || err != nil {
			return r, ok, err
		}
	case *iterator:
		if r, ok, err := callIterator(o, name, args); ok || err != nil {
			return r, ok, err
		}
	case *stream:
		st.charge(len(o.items) >> 8)
		if r, ok, err := callStream(st, o, name, args); ok || err != nil {
			return r, ok, err
		}
	case *foreachScope:
		if r, ok, err := callScope(st, o, name, args); ok || err != nil {
			return r, ok, err
		}
	case Object:
		// The arguments live on the caller's stack, and the object might keep them.
		r, ok, err := o.Call(name, append([]Value(nil), args...))
		if ok || err != nil || !engineObject(o) {
			return r, ok, err
		}
	}
	r, ok, err := st.callObject(v, name, args)
	if !ok && err == nil && len(args) > 0 && hasNoArgs(v, name) && !(name == "getBytes" && args[0] == nil) {
		// Velocity finds a method without parameters whatever the arguments, and then cannot call it; but getBytes(null) is
		// ambiguous.
		return nil, false, javaError("java.lang.IllegalArgumentException", "wrong number of arguments")
	}
	return r, ok, err
}

// textOfCall is text for a call of toString: an error in a #define that is rendered by it is thrown by the call.
func (st *state) textOfCall(v Value) (s string, ok bool, err error) {
	if _, isBlock := v.(*block); isBlock {
		defer func() {
			switch r := recover().(type) {
			case nil:
			case *Error:
				var limit *LimitError
				if errors.As(r, &limit) || st.ctx != nil && st.ctx.Err() != nil {
					panic(r)
				}
				err = javaError("org.apache.velocity.exception.MethodInvocationException", "%s", r.Message)
			default:
				panic(r)
			}
		}()
	}
	s, ok = st.text(st.at, v)
	return s, ok, nil
}

// callObject answers the methods of java.lang.Object.
func (st *state) callObject(v Value, name string, args []Value) (Value, bool, error) {
	switch name {
	case "toString":
		if len(args) == 0 {
			if st == nil {
				return textOf(v), true, nil
			}
			s, ok, err := st.textOfCall(v)
			if !ok || err != nil {
				return nil, err == nil, err
			}
			return s, true, nil
		}
	case "equals":
		if len(args) == 1 {
			c := comparer{st: st}
			ok := c.equal(v, args[0])
			return boxBool(ok), true, c.err
		}
	case "hashCode":
		if len(args) == 0 {
			c := comparer{st: st}
			h, ok := c.hash(v)
			if !ok && c.err == nil {
				h = identityHash(v)
			}
			return boxInt(h), true, c.err
		}
	case "getClass":
		if len(args) == 0 {
			return &classObject{className(v)}, true, nil
		}
	case "notify", "notifyAll", "wait":
		if len(args) == 0 {
			return nil, false, javaError("java.lang.IllegalMonitorStateException", "current thread is not owner")
		}
	}
	return nil, false, nil
}

// noArgs are the methods without parameters of each class.
var noArgs = map[string]string{
	"Object":  " toString hashCode getClass notify notifyAll wait ",
	"String":  " length isEmpty isBlank trim strip stripLeading stripTrailing stripIndent translateEscapes toUpperCase toLowerCase intern getBytes toCharArray lines chars codePoints describeConstable ",
	"List":    " size isEmpty iterator listIterator toArray clear stream parallelStream spliterator ",
	"Map":     " size isEmpty keySet values entrySet clear ",
	"View":    " size isEmpty iterator toArray clear stream parallelStream spliterator ",
	"Number":  " intValue longValue doubleValue floatValue shortValue byteValue ",
	"Double":  " isNaN isInfinite describeConstable ",
	"Integer": " describeConstable ",
	"Big":     " negate abs signum bitLength bitCount getLowestSetBit not sqrt nextProbablePrime intValueExact longValueExact shortValueExact byteValueExact ",
	"Decimal": " negate abs plus scale signum precision unscaledValue toBigInteger toBigIntegerExact toPlainString toEngineeringString stripTrailingZeros ulp ",
	"Boolean": " booleanValue describeConstable ",
	"Char":    " charValue describeConstable ",
	"Entry":   " getKey getValue ",
	"Iter":    " hasNext next remove ",
	"Scope":   " getIndex getCount hasNext getHasNext isFirst getFirst isLast getLast getParent getTopmost getReplaced getInfo ",
}

func hasNoArgs(v Value, name string) bool {
	in := func(classes ...string) bool {
		for _, c := range classes {
			if strings.Contains(noArgs[c], " "+name+" ") {
				return true
			}
		}
		return false
	}
	switch v := v.(type) {
	case string:
		return in("Object", "String")
	case *List:
		return in("Object", "List") || name == "clone" || name == "trimToSize"
	case *Array:
		return in("Object", "List")
	case *Map:
		return in("Object", "Map") || name == "clone"
	case *view:
		return in("Object", "View") || v.kind == viewSub && in("List")
	case int32, int64:
		return in("Object", "Number", "Integer")
	case float64:
		return in("Object", "Number", "Double")
	case *big.Int:
		return in("Object", "Number", "Big")
	case *Decimal:
		return in("Object", "Number", "Decimal")
	case bool:
		return in("Object", "Boolean")
	case Char:
		return in("Object", "Char")
	case *entry:
		return in("Object", "Entry")
	case *iterator:
		return in("Object", "Iter")
	case *foreachScope:
		return in("Object", "Map", "Scope")
	case *block:
		return in("Object")
	}
	return false
}

// className is the name of the Java class that a value has.
func className(v Value) string {
	switch v := v.(type) {
	case bool:
		return "java.lang.Boolean"
	case int32:
		return "java.lang.Integer"
	case int64:
		return "java.lang.Long"
	case *big.Int:
		return "java.math.BigInteger"
	case float64:
		return "java.lang.Double"
	case *Decimal:
		return "java.math.BigDecimal"
	case string:
		return "java.lang.String"
	case Char:
		return "java.lang.Character"
	case *List:
		if v.json {
			return "net.minidev.json.JSONArray"
		}
		return "java.util.ArrayList"
	case *Array:
		switch v.class {
		case "char":
			return "[C"
		case "byte":
			return "[B"
		}
		return "[L" + v.class + ";"
	case *Map:
		return "java.util.LinkedHashMap"
	case *view:
		switch v.kind {
		case viewKeys:
			return "java.util.LinkedHashMap$LinkedKeySet"
		case viewValues:
			return "java.util.LinkedHashMap$LinkedValues"
		case viewEntries:
			return "java.util.LinkedHashMap$LinkedEntrySet"
		}
		return "java.util.ArrayList$SubList"
	case *entry:
		return "java.util.LinkedHashMap$Entry"
	case *iterator:
		if v.seq.m != nil {
			return "java.util.LinkedHashMap$" + [...]string{"LinkedKeyIterator", "LinkedValueIterator", "LinkedEntryIterator"}[v.seq.kind]
		}
		return "java.util.ArrayList$Itr"
	case *stream:
		return "java.util.stream.ReferencePipeline$Head"
	case *block:
		return "org.apache.velocity.runtime.directive.Block$Reference"
	case *foreachScope:
		return "org.apache.velocity.runtime.directive.ForeachScope"
	case *scopeInfo:
		return "org.apache.velocity.runtime.directive.Scope$Info"
	case *classObject:
		return "java.lang.Class"
	}
	return fmt.Sprintf("%T", v)
}

// A classObject is $value.class: a name, and no way to anything else.
type classObject struct{ name string }

func (c *classObject) simpleName() string {
	if len(c.name) > 1 && c.name[0] == '[' {
		switch c.name[1] {
		case 'C':
			return "char[]"
		case 'B':
			return "byte[]"
		}
		inner := classObject{c.name[2 : len(c.name)-1]}
		return inner.simpleName() + "[]"
	}
	for i := len(c.name) - 1; i >= 0; i-- {
		if c.name[i] == '.' || c.name[i] == '$' {
			return c.name[i+1:]
		}
	}
	return c.name
}

func (c *classObject) Property(name string) (Value, bool) {
	switch lowerFirst(name) {
	case "name":
		return c.name, true
	case "simpleName":
		return c.simpleName(), true
	}
	return nil, false
}

func (c *classObject) Call(name string, args []Value) (Value, bool, error) {
	if len(args) == 0 {
		switch name {
		case "getName":
			return c.name, true, nil
		case "getSimpleName":
			return c.simpleName(), true, nil
		}
	}
	return nil, false, nil
}

func (c *classObject) String() string { return "class " + c.name }
