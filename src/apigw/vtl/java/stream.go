package java

import "slices"

// A stream is a java.util.stream.Stream or IntStream with the methods that take no functions.
type stream struct {
	items    []Value
	ints     bool  // an IntStream
	used     bool  // by a method: a stream can be used once
	parallel bool  // in its own words
	sized    bool  // is count() known without iterating?
	failed   error // sorting, which happens when the items are read
}

// ClassName is the name of Java's own class.
func (s *stream) ClassName() string {
	if s.ints {
		return "java.util.stream.IntPipeline$Head"
	}
	return "java.util.stream.ReferencePipeline$Head"
}

func (s *stream) Property(string) (Value, bool) { return nil, false }
func (s *stream) String() string                { return identity(s) }

func (s *stream) Call(budget *Budget, name string, args []Value) (Value, bool, error) {
	return Call(budget, s, name, args)
}

// streamMethods are the methods that a Stream and an IntStream have in common.
var streamMethods = slices.Concat([]method[*stream]{
	{"close", "", func(c call[*stream]) (Value, error) {
		c.self.used = true
		return "", nil
	}},
	{"isParallel", "", returns(func(s *stream) bool { return s.parallel })},
	{"sequential", "", func(c call[*stream]) (Value, error) {
		c.self.parallel = false
		return c.self, nil
	}},
	{"parallel", "", func(c call[*stream]) (Value, error) {
		c.self.parallel = true
		return c.self, nil
	}},
	{"unordered", "", using(func(c call[*stream]) (Value, error) { return c.self.then(c.self.items), nil })},
	{"sorted", "", using(func(c call[*stream]) (Value, error) {
		out := c.self.then(slices.Clone(c.self.items))
		if err := sortNaturally(c.Budget, out.items); out.failed == nil {
			out.failed = err
		}
		return out, nil
	})},
	{"distinct", "", using(distinct)}, // sorting still happens on demand
	{"limit", "long", func(c call[*stream]) (Value, error) {
		n, err := useFirst(c)
		if err != nil {
			return nil, err
		}
		return c.self.then(c.self.items[:n]), nil
	}},
	{"skip", "long", func(c call[*stream]) (Value, error) {
		n, err := useFirst(c)
		if err != nil {
			return nil, err
		}
		return c.self.then(c.self.items[n:]), nil
	}},
	{"count", "", using(func(c call[*stream]) (Value, error) {
		if !c.self.sized && c.self.failed != nil {
			return nil, c.self.failed
		}
		return int64(len(c.self.items)), nil
	})},
	{"toArray", "", ending(func(s *stream) (Value, error) {
		if s.ints {
			return &Array{items: s.items, class: "int"}, nil
		}
		return newArray(s.items...), nil
	})},
	{"iterator", "", ending(func(s *stream) (Value, error) {
		return &iterator{seq: &Cursor{items: s.items, ofStream: true, ofInts: s.ints}}, nil
	})},
	{"findFirst", "", ending(first)},
	{"findAny", "", ending(first)},
	{"spliterator", "", ending(func(*stream) (Value, error) { return nil, errNoMethod })}, // VTL-STREAM
	{"reduce", "int, Function", func(c call[*stream]) (Value, error) { return nil, errNull }},
	{"collect", "Function, Function, Function", needsFunction[*stream]},
	{"empty", "", returns(func(s *stream) *stream { return &stream{ints: s.ints} })}, // the interface's, and static
}, takingFunctions("allMatch", "anyMatch", "noneMatch", "filter", "map", "mapToLong", "mapToDouble", "flatMap", "mapMulti", "peek",
	"forEach", "forEachOrdered", "reduce", "takeWhile", "dropWhile", "onClose"))

// objectStreamMethods are the additional methods of a Stream.
var objectStreamMethods = append([]method[*stream]{
	{"toList", "", ending(func(s *stream) (Value, error) {
		return &view{kind: viewSub, l: NewList(s.items...), to: len(s.items)}, nil // has the methods of a List alone
	})},
	{"reduce", "Object, Function", needsFunction[*stream]},
	{"ofNullable", "Object", func(c call[*stream]) (Value, error) { // the interface's, and static
		if c.args[0] == nil {
			return &stream{}, nil
		}
		return &stream{items: []Value{c.args[0]}}, nil
	}},
}, takingFunctions("mapToInt", "collect", "max", "min", "flatMapToInt", "flatMapToLong", "flatMapToDouble", "mapMultiToInt", "mapMultiToLong", "mapMultiToDouble")...)

// intStreamMethods are the additional methods of an IntStream.
var intStreamMethods = append([]method[*stream]{
	{"boxed", "", using(func(c call[*stream]) (Value, error) {
		out := c.self.then(c.self.items)
		out.ints = false
		return out, nil
	})},
	{"sum", "", ending(func(s *stream) (Value, error) {
		var sum int32
		for _, item := range s.items {
			sum += item.(int32)
		}
		return Int(sum), nil
	})},
	{"average", "", ending(func(s *stream) (Value, error) {
		if len(s.items) == 0 {
			return &optional{class: "OptionalDouble"}, nil
		}
		var sum int64
		for _, item := range s.items {
			sum += int64(item.(int32))
		}
		return &optional{class: "OptionalDouble", value: float64(sum) / float64(len(s.items))}, nil
	})},
	{"max", "", ending(func(s *stream) (Value, error) { return s.most(func(a, b int32) bool { return a > b }), nil })},
	{"min", "", ending(func(s *stream) (Value, error) { return s.most(func(a, b int32) bool { return a < b }), nil })},
	{"asDoubleStream", "", ending(func(*stream) (Value, error) { return nil, errNoMethod })},    // VTL-STREAM
	{"asLongStream", "", ending(func(*stream) (Value, error) { return nil, errNoMethod })},      // VTL-STREAM
	{"summaryStatistics", "", ending(func(*stream) (Value, error) { return nil, errNoMethod })}, // VTL-STREAM
}, takingFunctions("mapToObj")...)

// using makes a method that consumes the stream.
func using(f func(c call[*stream]) (Value, error)) func(call[*stream]) (Value, error) {
	return func(c call[*stream]) (Value, error) {
		if err := c.self.use(); err != nil {
			return nil, err
		}
		return f(c)
	}
}

// ending makes a method that reads the items.
func ending(f func(*stream) (Value, error)) func(call[*stream]) (Value, error) {
	return using(func(c call[*stream]) (Value, error) {
		if c.self.failed != nil {
			return nil, c.self.failed
		}
		return f(c.self)
	})
}

// takingFunctions are methods whose only parameter is a function, which can only be null here.
func takingFunctions(names ...string) (ms []method[*stream]) {
	for _, name := range names {
		ms = append(ms, method[*stream]{name, "Function", needsFunction[*stream]})
	}
	return ms
}

// useFirst consumes the stream for a method that takes a number of items, at most as many as there
// are.
func useFirst(c call[*stream]) (n int, err error) {
	if err := c.self.use(); err != nil {
		return 0, err
	}
	if c.long(0) < 0 {
		return 0, Throw("java.lang.IllegalArgumentException", "%d", c.long(0))
	}
	return int(min(c.long(0), int64(len(c.self.items)))), nil
}

func distinct(c call[*stream]) (Value, error) {
	m := NewMap(len(c.self.items))
	for _, item := range c.self.items {
		if _, err := m.put(c.Budget, item, true); err != nil {
			return nil, err
		}
	}
	out := c.self.then(nil)
	out.sized = false
	for k := range m.All() {
		out.items = append(out.items, k)
	}
	return out, nil
}

func first(s *stream) (Value, error) {
	switch {
	case len(s.items) == 0:
		return s.optional(nil), nil
	case s.items[0] == nil:
		return nil, errNull
	}
	return s.optional(s.items[0]), nil
}

// most is the largest item of an IntStream.
func (s *stream) most(more func(a, b int32) bool) *optional {
	if len(s.items) == 0 {
		return s.optional(nil)
	}
	best := s.items[0].(int32)
	for _, item := range s.items {
		if n := item.(int32); more(n, best) {
			best = n
		}
	}
	return s.optional(Int(best))
}

// then is the stream with other items that a method returns.
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

// ClassName is the name of Java's own class.
func (o *optional) ClassName() string { return "java.util." + o.class }

func (o *optional) Property(name string) (Value, bool) {
	v, ok, _ := Property(nil, o, name)
	return v, ok
}

func (o *optional) Call(budget *Budget, name string, args []Value) (Value, bool, error) {
	return Call(budget, o, name, args)
}

func (o *optional) String() string {
	if o.value == nil {
		return o.class + ".empty"
	}
	return o.class + "[" + textOf(o.value) + "]"
}

// getter is the name of the method that returns the value.
func (o *optional) getter() string {
	switch o.class {
	case "OptionalInt":
		return "getAsInt"
	case "OptionalDouble":
		return "getAsDouble"
	}
	return "get"
}

// has reports whether the class has its own method: one of the three getters, and stream except for
// doubles.
func (o *optional) has(name string) bool {
	switch name {
	case "get", "getAsInt", "getAsDouble":
		return name == o.getter()
	case "stream":
		return o.class != "OptionalDouble"
	}
	return true
}

var optionalMethods = []method[*optional]{
	{"isPresent", "", returns(func(o *optional) bool { return o.value != nil })},
	{"isEmpty", "", returns(func(o *optional) bool { return o.value == nil })},
	{"get", "", getter("get")},
	{"getAsInt", "", getter("getAsInt")},
	{"getAsDouble", "", getter("getAsDouble")},
	{"orElseThrow", "", present},
	{"empty", "", returns(func(o *optional) *optional { return &optional{class: o.class} })},
	{"stream", "", func(c call[*optional]) (Value, error) {
		if !c.self.has("stream") {
			return nil, errNoMethod
		}
		s := &stream{ints: c.self.class == "OptionalInt"}
		if c.self.value != nil {
			s.items = []Value{c.self.value}
		}
		return s, nil
	}},
	{"of", "Object", func(c call[*optional]) (Value, error) {
		switch o, v := c.self, c.args[0]; {
		case o.class == "Optional" && v == nil:
			return nil, errNull
		case o.class == "Optional", o.class == "OptionalInt" && paramInt.takes(v):
			return &optional{class: o.class, value: v}, nil
		case o.class == "OptionalDouble" && paramDouble.takes(v):
			return &optional{class: o.class, value: doubleValue(v)}, nil
		}
		return nil, errNoMethod
	}},
	{"ofNullable", "Object", func(c call[*optional]) (Value, error) {
		if c.self.class != "Optional" {
			return nil, errNoMethod
		}
		return &optional{class: c.self.class, value: c.args[0]}, nil
	}},
	{"orElse", "Object", func(c call[*optional]) (Value, error) {
		o := c.self
		switch {
		case o.class == "OptionalInt" && !paramInt.takes(c.args[0]), o.class == "OptionalDouble" && !paramDouble.takes(c.args[0]):
			return nil, errNoMethod
		case o.value != nil:
			return o.value, nil
		case o.class == "OptionalDouble":
			return c.double(0), nil
		}
		return c.args[0], nil
	}},
	{"orElseThrow", "Function", orElseCalled},
	{"orElseGet", "Function", orElseCalled},
	{"filter", "Function", needsFunction[*optional]},
	{"map", "Function", needsFunction[*optional]},
	{"flatMap", "Function", needsFunction[*optional]},
	{"or", "Function", needsFunction[*optional]},
	{"ifPresent", "Function", func(c call[*optional]) (Value, error) {
		if c.self.value == nil {
			return "", nil
		}
		return nil, errNull
	}},
	{"ifPresentOrElse", "Function, Function", needsFunction[*optional]},
}

func getter(name string) func(call[*optional]) (Value, error) {
	return func(c call[*optional]) (Value, error) {
		if name != c.self.getter() {
			return nil, errNoMethod
		}
		return present(c)
	}
}

func present(c call[*optional]) (Value, error) {
	if c.self.value == nil {
		return nil, Throw("java.util.NoSuchElementException", "No value present")
	}
	return c.self.value, nil
}

// orElseCalled calls its function only if there is no value.
func orElseCalled(c call[*optional]) (Value, error) {
	if c.self.value == nil {
		return nil, errNull
	}
	return c.self.value, nil
}
