package java

import (
	"math/big"
	"strings"
)

// Method calls, resolved as Velocity does: by name and by the types of the arguments, without any conversion but the widening of numbers.

// Call returns $v.name(args). ok is false where no such method takes these arguments, which is null to the template; a *Exception
// is what Java's method would have thrown. args are the caller's again afterwards.
func Call(budget *Budget, v Value, name string, args []Value) (Value, bool, error) {
	switch o := v.(type) {
	case string:
		if err := budget.Step(len(o) >> 9); err != nil {
			return nil, false, err
		}
		if r, ok, err := callString(budget, o, name, args); ok || err != nil {
			return r, ok, err
		}
	case *List:
		if err := budget.Step(len(o.items) >> 8); err != nil { // what shifts its elements takes that long
			return nil, false, err
		}
		if r, ok, err := callList(budget, o, name, args); ok || err != nil {
			return r, ok, err
		}
	case *Map:
		if r, ok, err := callMap(budget, o, name, args); ok || err != nil {
			return r, ok, err
		}
	case bool:
		if r, ok, err := callBoolean(budget, o, name, args); ok || err != nil {
			return r, ok, err
		}
	case int32:
		if r, ok, err := callInteger(budget, o, name, args); ok || err != nil {
			return r, ok, err
		}
	case int64:
		if r, ok, err := callLong(budget, o, name, args); ok || err != nil {
			return r, ok, err
		}
	case float64:
		if r, ok, err := callDouble(budget, o, name, args); ok || err != nil {
			return r, ok, err
		}
	case *big.Int:
		if r, ok, err := callBig(budget, o, name, args); ok || err != nil {
			return r, ok, err
		}
	case *Decimal:
		if r, ok, err := callDecimal(budget, o, name, args); ok || err != nil {
			return r, ok, err
		}
	case Char:
		if r, ok, err := callCharacter(o, name, args); ok || err != nil {
			return r, ok, err
		}
	case *Array:
		if r, ok, err := callArray(budget, o, name, args); ok || err != nil {
			return r, ok, err
		}
	case *view:
		if err := budget.Step(o.size() >> 8); err != nil {
			return nil, false, err
		}
		if r, ok, err := callView(budget, o, name, args); ok || err != nil {
			return r, ok, err
		}
	case *entry:
		if r, ok, err := callEntry(budget, o, name, args); ok || err != nil {
			return r, ok, err
		}
	case *iterator:
		if r, ok, err := callIterator(o, name, args); ok || err != nil {
			return r, ok, err
		}
	case *stream:
		if err := budget.Step(len(o.items) >> 8); err != nil {
			return nil, false, err
		}
		if r, ok, err := callStream(budget, o, name, args); ok || err != nil {
			return r, ok, err
		}
	case *optional:
		if r, ok, err := callOptional(budget, o, name, args); ok || err != nil {
			return r, ok, err
		}
	case Native:
		if r, ok, err := o.Call(budget, name, args); ok || err != nil {
			return r, ok, err
		}
	case Object:
		// The arguments live on the caller's stack, and the object might keep them.
		return callHost(budget, o, name, append([]Value(nil), args...))
	}
	r, ok, err := callObject(budget, v, name, args)
	if !ok && err == nil && len(args) > 0 && hasNoArgs(v, name) && !(name == "getBytes" && len(args) == 1 && args[0] == nil) {
		// Velocity finds a method without parameters whatever the arguments, and then cannot call it; but getBytes(null) is
		// ambiguous.
		return nil, false, Throw("java.lang.IllegalArgumentException", "wrong number of arguments")
	}
	return r, ok, err
}

// callHost calls a host's object. What that does may take long: the context is looked at before, and long arguments are counted.
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

// callObject answers the methods of java.lang.Object.
func callObject(budget *Budget, v Value, name string, args []Value) (Value, bool, error) {
	switch name {
	case "toString":
		if len(args) == 0 {
			s, ok, err := Text(budget, v)
			if !ok || err != nil {
				return nil, err == nil, err
			}
			return s, true, nil
		}
	case "equals":
		if len(args) == 1 {
			c := comparer{budget: budget}
			ok := c.equal(v, args[0])
			return ok, true, c.err
		}
	case "hashCode":
		if len(args) == 0 {
			c := comparer{budget: budget}
			h, ok := c.hash(v)
			if !ok && c.err == nil {
				h = identityHash(v)
			}
			return Int(h), true, c.err
		}
	case "getClass":
		if len(args) == 0 {
			return &classObject{ClassName(v)}, true, nil
		}
	case "notify", "notifyAll", "wait":
		if len(args) == 0 {
			return nil, false, Throw("java.lang.IllegalMonitorStateException", "current thread is not owner")
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
	case Scope:
		return in("Object", "Map", "Scope")
	case *stream:
		return in("Object") || v.has(name)
	case *optional:
		return in("Object", "Optional") || name == v.getter()
	case Block:
		return in("Object")
	}
	return false
}
