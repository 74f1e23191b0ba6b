package java

import (
	"math"
	"strings"
)

// A stream is a java.util.stream.Stream or IntStream as far as its methods take no functions.
type stream struct {
	items    []Value
	ints     bool  // an IntStream
	used     bool  // by a method: a stream serves one
	parallel bool  // as it says itself
	sized    bool  // is count() known without going through the items?
	failed   error // sorting, which happens when the items are asked for
}

// ClassName is that of Java's own class.
func (s *stream) ClassName() string {
	if s.ints {
		return "java.util.stream.IntPipeline$Head"
	}
	return "java.util.stream.ReferencePipeline$Head"
}

func (s *stream) Property(string) (Value, bool) { return nil, false }
func (s *stream) String() string                { return identity(s) }

func (s *stream) Call(budget *Budget, name string, args []Value) (Value, bool, error) {
	return callStream(budget, s, name, args)
}

// streamMethods are the methods of streams that take nothing; intStreamMethods those that only an IntStream has.
const (
	streamMethods    = " close count distinct findAny findFirst isParallel iterator parallel sequential sorted spliterator toArray unordered "
	intStreamMethods = " asDoubleStream asLongStream average boxed max min sum summaryStatistics "
)

// streamFunctions are methods that take a function, which can only be null here.
const streamFunctions = " allMatch/1 anyMatch/1 noneMatch/1 filter/1 map/1 mapToInt/1 mapToLong/1 mapToDouble/1 mapToObj/1 flatMap/1 mapMulti/1 peek/1 forEach/1 forEachOrdered/1 reduce/1 takeWhile/1 dropWhile/1 collect/1 max/1 min/1 "

// objectStreamFunctions are those that an IntStream does not have.
const objectStreamFunctions = " flatMapToInt/1 flatMapToLong/1 flatMapToDouble/1 mapMultiToInt/1 mapMultiToLong/1 mapMultiToDouble/1 "

func (s *stream) has(name string) bool {
	name = " " + name + " "
	return strings.Contains(streamMethods, name) || s.ints && strings.Contains(intStreamMethods, name) || !s.ints && name == " toList "
}

func callStream(budget *Budget, s *stream, name string, args []Value) (Value, bool, error) {
	switch {
	case takesFunction(name, args, streamFunctions), takesFunction(name, args, " reduce/2 ") && (!s.ints || fits(args[0], 'i')),
		!s.ints && takesFunction(name, args, objectStreamFunctions):
		return nil, false, errNull
	case len(args) == 0 && s.has(name):
	case len(args) == 1 && (name == "limit" || name == "skip") && fits(args[0], 'l'):
		n := int(min(longValue(args[0]), int64(len(s.items))))
		if err := s.use(); err != nil {
			return nil, false, err
		}
		if n < 0 {
			return nil, false, Throw("java.lang.IllegalArgumentException", "%d", longValue(args[0]))
		}
		if name == "limit" {
			return s.then(s.items[:n]), true, nil
		}
		return s.then(s.items[n:]), true, nil
	default:
		return nil, false, nil
	}
	switch name {
	case "close":
		s.used = true
		return "", true, nil
	case "isParallel":
		return s.parallel, true, nil
	case "sequential", "parallel":
		s.parallel = name == "parallel"
		return s, true, nil
	case "unordered":
		if s.ints {
			break
		}
	}
	if err := s.use(); err != nil {
		return nil, false, err
	}
	switch name {
	case "unordered", "boxed":
		out := s.then(s.items)
		out.ints = name == "unordered" && s.ints
		return out, true, nil
	case "sorted":
		out := s.then(append([]Value(nil), s.items...))
		if err := sortNaturally(budget, out.items); out.failed == nil {
			out.failed = err
		}
		return out, true, nil
	case "count":
		if s.sized {
			return int64(len(s.items)), true, nil
		}
	}
	if s.failed != nil && name != "distinct" { // what is sorted is still not asked for
		return nil, false, s.failed
	}
	switch name {
	case "count":
		return int64(len(s.items)), true, nil
	case "toArray":
		if s.ints {
			return &Array{items: s.items, class: "int"}, true, nil
		}
		return newArray(s.items...), true, nil
	case "toList":
		return NewList(s.items...), true, nil
	case "iterator":
		return &iterator{seq: &Cursor{items: s.items, ofStream: true}}, true, nil
	case "distinct":
		m := NewMap(len(s.items))
		for _, item := range s.items {
			if _, err := m.put(budget, item, true); err != nil {
				return nil, false, err
			}
		}
		out := s.then(nil)
		out.sized = false
		for k := range m.All() {
			out.items = append(out.items, k)
		}
		return out, true, nil
	case "findFirst", "findAny":
		if len(s.items) == 0 {
			return s.optional(nil), true, nil
		}
		if s.items[0] == nil {
			return nil, false, errNull
		}
		return s.optional(s.items[0]), true, nil
	}
	return s.ofInts(name)
}

// ofInts answers what an IntStream has beyond a Stream.
func (s *stream) ofInts(name string) (Value, bool, error) {
	var sum int64
	least, most := int32(math.MaxInt32), int32(math.MinInt32)
	for _, item := range s.items {
		n := IntValue(item)
		sum += int64(n)
		least, most = min(least, n), max(most, n)
	}
	empty := len(s.items) == 0
	switch {
	case name == "sum":
		return Int(int32(sum)), true, nil
	case empty && name == "average":
		return &optional{class: "OptionalDouble"}, true, nil
	case empty:
		return s.optional(nil), true, nil
	case name == "average":
		return &optional{class: "OptionalDouble", value: float64(sum) / float64(len(s.items))}, true, nil
	case name == "max":
		return s.optional(Int(most)), true, nil
	case name == "min":
		return s.optional(Int(least)), true, nil
	}
	return nil, false, nil
}

// then is the stream of other items that a method answers.
func (s *stream) then(items []Value) *stream {
	out := *s
	out.items, out.used = items, false
	return &out
}

func (s *stream) use() error {
	if s.used {
		return Throw("java.lang.IllegalStateException", "stream has already been operated upon or closed")
	}
	s.used = true
	return nil
}

func (s *stream) optional(v Value) *optional {
	if s.ints {
		return &optional{class: "OptionalInt", value: v}
	}
	return &optional{class: "Optional", value: v}
}

// An optional is a java.util.Optional, OptionalInt or OptionalDouble; empty if its value is null.
type optional struct {
	class string
	value Value
}

// ClassName is that of Java's own class.
func (o *optional) ClassName() string { return "java.util." + o.class }

func (o *optional) Property(name string) (Value, bool) {
	v, ok, _ := Property(nil, o, name)
	return v, ok
}

func (o *optional) Call(budget *Budget, name string, args []Value) (Value, bool, error) {
	return callOptional(budget, o, name, args)
}

func (o *optional) String() string {
	if o.value == nil {
		return o.class + ".empty"
	}
	return o.class + "[" + textOf(o.value) + "]"
}

// getter is the name of the method that answers the value.
func (o *optional) getter() string {
	switch o.class {
	case "OptionalInt":
		return "getAsInt"
	case "OptionalDouble":
		return "getAsDouble"
	}
	return "get"
}

func callOptional(budget *Budget, o *optional, name string, args []Value) (Value, bool, error) {
	switch len(args) {
	case 0:
		switch name {
		case "isPresent":
			return o.value != nil, true, nil
		case "isEmpty":
			return o.value == nil, true, nil
		case o.getter(), "orElseThrow":
			if o.value == nil {
				return nil, false, Throw("java.util.NoSuchElementException", "No value present")
			}
			return o.value, true, nil
		case "empty":
			return &optional{class: o.class}, true, nil
		case "stream":
			s := &stream{ints: o.class == "OptionalInt"}
			if o.value != nil {
				s.items = []Value{o.value}
			}
			return s, o.class != "OptionalDouble", nil
		}
	case 2:
		if name == "ifPresentOrElse" && args[0] == nil && args[1] == nil {
			return nil, false, errNull
		}
	case 1:
		if args[0] == nil && o.value != nil && (name == "orElseThrow" || name == "orElseGet") {
			return o.value, true, nil
		}
		if takesFunction(name, args, " orElseThrow/1 orElseGet/1 filter/1 map/1 flatMap/1 or/1 ifPresent/1 ") {
			if name == "ifPresent" && o.value == nil {
				return "", true, nil
			}
			return nil, false, errNull
		}
		switch name {
		case "of", "ofNullable":
			switch {
			case o.class == "Optional" && args[0] == nil && name == "of":
				return nil, false, errNull
			case o.class == "Optional", o.class == "OptionalInt" && name == "of" && fits(args[0], 'i'):
				return &optional{class: o.class, value: args[0]}, true, nil
			case o.class == "OptionalDouble" && name == "of" && fits(args[0], 'd'):
				return &optional{class: o.class, value: doubleValue(args[0])}, true, nil
			}
		case "orElse":
			if !fits(args[0], map[string]byte{"Optional": 'o', "OptionalInt": 'i', "OptionalDouble": 'd'}[o.class]) {
				return nil, false, nil
			}
			if o.value == nil {
				if o.class == "OptionalDouble" {
					return doubleValue(args[0]), true, nil
				}
				return args[0], true, nil
			}
			return o.value, true, nil
		case "equals":
			x, ok := args[0].(*optional)
			c := comparer{budget: budget}
			ok = ok && o.class == x.class && c.equal(o.value, x.value)
			return ok, true, c.err
		}
	}
	return nil, false, nil
}
