package vtl

import (
	"errors"
	"fmt"
	"math/big"
	"strings"
)

// Method calls, resolved as Velocity does: by name and by the types of the arguments, without any conversion but the widening of numbers.

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
	case *optional:
		if r, ok, err := callOptional(st, o, name, args); ok || err != nil {
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
	if !ok && err == nil && len(args) > 0 && hasNoArgs(v, name) && !(name == "getBytes" && len(args) == 1 && args[0] == nil) {
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
	"Object":   " toString hashCode getClass notify notifyAll wait ",
	"String":   " length isEmpty isBlank trim strip stripLeading stripTrailing stripIndent translateEscapes toUpperCase toLowerCase intern getBytes toCharArray lines chars codePoints describeConstable ",
	"List":     " size isEmpty iterator listIterator toArray clear stream parallelStream spliterator ",
	"Map":      " size isEmpty keySet values entrySet clear ",
	"View":     " size isEmpty iterator toArray clear stream parallelStream spliterator ",
	"Number":   " intValue longValue doubleValue floatValue shortValue byteValue ",
	"Double":   " isNaN isInfinite describeConstable ",
	"Integer":  " describeConstable ",
	"Big":      " negate abs signum bitLength bitCount getLowestSetBit not sqrt sqrtAndRemainder toByteArray nextProbablePrime intValueExact longValueExact shortValueExact byteValueExact ",
	"Decimal":  " negate abs plus scale signum precision unscaledValue toBigInteger toBigIntegerExact toPlainString toEngineeringString stripTrailingZeros ulp intValueExact longValueExact shortValueExact byteValueExact ",
	"Boolean":  " booleanValue describeConstable ",
	"Char":     " charValue describeConstable ",
	"Entry":    " getKey getValue ",
	"Iter":     " hasNext next remove ",
	"Both":     " hasPrevious nextIndex previousIndex previous ",
	"Optional": " isPresent isEmpty orElseThrow stream empty ",
	"Scope":    " getIndex getCount hasNext getHasNext isFirst getFirst isLast getLast getParent getTopmost getReplaced getInfo ",
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
		return in("Object", "Iter") || v.both && in("Both")
	case *foreachScope:
		return in("Object", "Map", "Scope")
	case *stream:
		return in("Object") || v.has(name)
	case *optional:
		return in("Object", "Optional") || name == v.getter()
	case *block:
		return in("Object")
	}
	return false
}
