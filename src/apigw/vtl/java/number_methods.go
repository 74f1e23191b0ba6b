package java

import (
	"cmp"
	"math"
	"math/bits"
	"strconv"
	"strings"
)

// The methods of java.lang's Integer, Long, Double and Boolean. Static methods can be called
// through any value of the class.

// numberMethods are those of java.lang.Number.
func numberMethods[T any]() []method[T] {
	return []method[T]{
		{"intValue", "", func(c call[T]) (Value, error) { return Int(IntValue(c.self)), nil }},
		{"longValue", "", func(c call[T]) (Value, error) { return longValue(c.self), nil }},
		{"doubleValue", "", func(c call[T]) (Value, error) { return doubleValue(c.self), nil }},
		{"floatValue", "", func(c call[T]) (Value, error) { return floatOf(doubleValue(c.self)), nil }},
		{"shortValue", "", func(c call[T]) (Value, error) { return Int(int32(int16(IntValue(c.self)))), nil }},
		{"byteValue", "", func(c call[T]) (Value, error) { return Int(int32(int8(IntValue(c.self)))), nil }},
	}
}

var integerMethods = []method[int32]{
	{"parseInt", "String", func(c call[int32]) (Value, error) { return parsedInt(c.args[0], 10) }},
	{"parseInt", "String, int", func(c call[int32]) (Value, error) { return parsedInt(c.args[0], int(c.int(1))) }},
	{"parseInt", "CharSequence, int, int, int", func(c call[int32]) (Value, error) {
		n, err := parsePart(c.args, 32)
		return Int(int32(n)), err
	}},
	{"valueOf", "String", func(c call[int32]) (Value, error) { return parsedInt(c.args[0], 10) }},
	{"valueOf", "String, int", func(c call[int32]) (Value, error) { return parsedInt(c.args[0], int(c.int(1))) }},
	{"valueOf", "int", func(c call[int32]) (Value, error) { return c.args[0], nil }},
	{"decode", "String", func(c call[int32]) (Value, error) { return decodeInteger(c.args[0], 32) }},
	{"parseUnsignedInt", "String", parseUnsignedInt},
	{"parseUnsignedInt", "String, int", parseUnsignedInt},
	{"getInteger", "String, int", func(c call[int32]) (Value, error) { return c.args[1], nil }}, // no system property is set

	{"toString", "int", func(c call[int32]) (Value, error) { return strconv.Itoa(int(c.int(0))), nil }},
	{"toString", "int, int", func(c call[int32]) (Value, error) { return radixString(int64(c.int(0)), c.int(1)), nil }},
	{"toHexString", "int", func(c call[int32]) (Value, error) { return strconv.FormatUint(uint64(uint32(c.int(0))), 16), nil }},
	{"toOctalString", "int", func(c call[int32]) (Value, error) { return strconv.FormatUint(uint64(uint32(c.int(0))), 8), nil }},
	{"toBinaryString", "int", func(c call[int32]) (Value, error) { return strconv.FormatUint(uint64(uint32(c.int(0))), 2), nil }},
	{"toUnsignedString", "int", func(c call[int32]) (Value, error) { return unsignedString(uint64(uint32(c.int(0))), nil), nil }},
	{"toUnsignedString", "int, int", func(c call[int32]) (Value, error) { return unsignedString(uint64(uint32(c.int(0))), c.args[1:]), nil }},
	{"toUnsignedLong", "int", func(c call[int32]) (Value, error) { return int64(uint32(c.int(0))), nil }},

	{"max", "int, int", ofInts(func(a, b int32) Value { return Int(max(a, b)) })},
	{"min", "int, int", ofInts(func(a, b int32) Value { return Int(min(a, b)) })},
	{"sum", "int, int", ofInts(func(a, b int32) Value { return Int(a + b) })},
	{"compare", "int, int", ofInts(compareInts[int32])},
	{"compareTo", "Object", compareTo("java.lang.Integer", compareInts[int32])},
	{"compareUnsigned", "int, int", ofInts(func(a, b int32) Value { return compareInts(int64(uint32(a)), int64(uint32(b))) })},
	{"divideUnsigned", "int, int", func(c call[int32]) (Value, error) {
		if c.int(1) == 0 {
			return nil, errDivideByZero
		}
		return Int(int32(uint32(c.int(0)) / uint32(c.int(1)))), nil
	}},
	{"remainderUnsigned", "int, int", func(c call[int32]) (Value, error) {
		if c.int(1) == 0 {
			return nil, errDivideByZero
		}
		return Int(int32(uint32(c.int(0)) % uint32(c.int(1)))), nil
	}},
	{"rotateLeft", "int, int", ofInts(func(a, n int32) Value { return Int(int32(bits.RotateLeft32(uint32(a), int(uint32(n)%32)))) })},
	{"rotateRight", "int, int", ofInts(func(a, n int32) Value { return Int(int32(bits.RotateLeft32(uint32(a), -int(uint32(n)%32)))) })},
	{"signum", "int", ofInt(func(n int32) int32 { return int32(cmp.Compare(n, 0)) })},
	{"bitCount", "int", ofInt(func(n int32) int32 { return int32(bits.OnesCount32(uint32(n))) })},
	{"reverse", "int", ofInt(func(n int32) int32 { return int32(bits.Reverse32(uint32(n))) })},
	{"reverseBytes", "int", ofInt(func(n int32) int32 { return int32(bits.ReverseBytes32(uint32(n))) })},
	{"highestOneBit", "int", ofInt(func(n int32) int32 {
		if n == 0 {
			return 0
		}
		return int32(uint32(1) << (bits.Len32(uint32(n)) - 1))
	})},
	{"lowestOneBit", "int", ofInt(func(n int32) int32 { return n & -n })},
	{"numberOfLeadingZeros", "int", ofInt(func(n int32) int32 { return int32(bits.LeadingZeros32(uint32(n))) })},
	{"numberOfTrailingZeros", "int", ofInt(func(n int32) int32 { return int32(bits.TrailingZeros32(uint32(n))) })},
	{"hashCode", "int", ofInt(func(n int32) int32 { return n })},
	{"describeConstable", "", notHere[int32]}, // VTL-REFLECTION
}

func ofInt(f func(int32) int32) func(call[int32]) (Value, error) {
	return func(c call[int32]) (Value, error) { return Int(f(c.int(0))), nil }
}

func ofInts(f func(a, b int32) Value) func(call[int32]) (Value, error) {
	return func(c call[int32]) (Value, error) { return f(c.int(0), c.int(1)), nil }
}

var errDivideByZero = Throw("java.lang.ArithmeticException", "/ by zero")

func parsedInt(v Value, radix int) (Value, error) {
	n, err := parseInt(v, radix, 32)
	return Int(int32(n)), err
}

func parseUnsignedInt(c call[int32]) (Value, error) {
	n, err := parseUnsigned(c.args, 32)
	return Int(int32(uint32(n))), err
}

var longMethods = []method[int64]{
	{"parseLong", "String", func(c call[int64]) (Value, error) { return noValueFor(parseInt(c.args[0], 10, 64)) }},
	{"parseLong", "String, int", func(c call[int64]) (Value, error) { return noValueFor(parseInt(c.args[0], int(c.int(1)), 64)) }},
	{"parseLong", "CharSequence, int, int, int", func(c call[int64]) (Value, error) { return noValueFor(parsePart(c.args, 64)) }},
	{"valueOf", "String", func(c call[int64]) (Value, error) { return noValueFor(parseInt(c.args[0], 10, 64)) }},
	{"valueOf", "String, int", func(c call[int64]) (Value, error) { return noValueFor(parseInt(c.args[0], int(c.int(1)), 64)) }},
	{"valueOf", "long", func(c call[int64]) (Value, error) { return c.long(0), nil }},
	{"decode", "String", func(c call[int64]) (Value, error) { return decodeInteger(c.args[0], 64) }},
	{"parseUnsignedLong", "String", parseUnsignedLong},
	{"parseUnsignedLong", "String, int", parseUnsignedLong},
	{"getLong", "String, long", func(c call[int64]) (Value, error) { return c.long(1), nil }}, // no system property is set

	{"toString", "long", func(c call[int64]) (Value, error) { return strconv.FormatInt(c.long(0), 10), nil }},
	{"toString", "long, int", func(c call[int64]) (Value, error) { return radixString(c.long(0), c.int(1)), nil }},
	{"toHexString", "long", func(c call[int64]) (Value, error) { return strconv.FormatUint(uint64(c.long(0)), 16), nil }},
	{"toOctalString", "long", func(c call[int64]) (Value, error) { return strconv.FormatUint(uint64(c.long(0)), 8), nil }},
	{"toBinaryString", "long", func(c call[int64]) (Value, error) { return strconv.FormatUint(uint64(c.long(0)), 2), nil }},
	{"toUnsignedString", "long", func(c call[int64]) (Value, error) { return unsignedString(uint64(c.long(0)), nil), nil }},
	{"toUnsignedString", "long, int", func(c call[int64]) (Value, error) { return unsignedString(uint64(c.long(0)), c.args[1:]), nil }},

	{"max", "long, long", ofLongs(func(a, b int64) Value { return max(a, b) })},
	{"min", "long, long", ofLongs(func(a, b int64) Value { return min(a, b) })},
	{"sum", "long, long", ofLongs(func(a, b int64) Value { return a + b })},
	{"compare", "long, long", ofLongs(compareInts[int64])},
	{"compareTo", "Object", compareTo("java.lang.Long", compareInts[int64])},
	{"compareUnsigned", "long, long", ofLongs(func(a, b int64) Value { return Int(int32(cmp.Compare(uint64(a), uint64(b)))) })},
	{"divideUnsigned", "long, long", func(c call[int64]) (Value, error) {
		if c.long(1) == 0 {
			return nil, errDivideByZero
		}
		return int64(uint64(c.long(0)) / uint64(c.long(1))), nil
	}},
	{"remainderUnsigned", "long, long", func(c call[int64]) (Value, error) {
		if c.long(1) == 0 {
			return nil, errDivideByZero
		}
		return int64(uint64(c.long(0)) % uint64(c.long(1))), nil
	}},
	{"rotateLeft", "long, int", func(c call[int64]) (Value, error) {
		return int64(bits.RotateLeft64(uint64(c.long(0)), int(c.int(1))&63)), nil
	}},
	{"rotateRight", "long, int", func(c call[int64]) (Value, error) {
		return int64(bits.RotateLeft64(uint64(c.long(0)), -(int(c.int(1)) & 63))), nil
	}},
	{"signum", "long", ofLong(func(n int64) Value { return compareInts(n, 0) })},
	{"bitCount", "long", ofLong(func(n int64) Value { return Int(int32(bits.OnesCount64(uint64(n)))) })},
	{"reverse", "long", ofLong(func(n int64) Value { return int64(bits.Reverse64(uint64(n))) })},
	{"reverseBytes", "long", ofLong(func(n int64) Value { return int64(bits.ReverseBytes64(uint64(n))) })},
	{"highestOneBit", "long", ofLong(func(n int64) Value {
		if n == 0 {
			return n
		}
		return int64(uint64(1) << (bits.Len64(uint64(n)) - 1))
	})},
	{"lowestOneBit", "long", ofLong(func(n int64) Value { return n & -n })},
	{"numberOfLeadingZeros", "long", ofLong(func(n int64) Value { return Int(int32(bits.LeadingZeros64(uint64(n)))) })},
	{"numberOfTrailingZeros", "long", ofLong(func(n int64) Value { return Int(int32(bits.TrailingZeros64(uint64(n)))) })},
	{"hashCode", "long", ofLong(func(n int64) Value { return hashOf(n) })},
	{"describeConstable", "", notHere[int64]}, // VTL-REFLECTION
}

func ofLong(f func(int64) Value) func(call[int64]) (Value, error) {
	return func(c call[int64]) (Value, error) { return f(c.long(0)), nil }
}

func ofLongs(f func(a, b int64) Value) func(call[int64]) (Value, error) {
	return func(c call[int64]) (Value, error) { return f(c.long(0), c.long(1)), nil }
}

func parseUnsignedLong(c call[int64]) (Value, error) {
	n, err := parseUnsigned(c.args, 64)
	return int64(n), err
}

// hashOf is the hash code of a value that is not a collection.
func hashOf(v Value) Value {
	h, _ := (&comparer{}).hash(v)
	return Int(h)
}

var doubleMethods = []method[float64]{
	{"parseDouble", "String", func(c call[float64]) (Value, error) { return noValueFor(parseDouble(c.args[0])) }},
	{"valueOf", "String", func(c call[float64]) (Value, error) { return noValueFor(parseDouble(c.args[0])) }},
	{"valueOf", "double", func(c call[float64]) (Value, error) { return c.double(0), nil }},
	{"toString", "double", func(c call[float64]) (Value, error) { return string(appendDouble(nil, c.double(0))), nil }},
	{"toHexString", "double", func(c call[float64]) (Value, error) { return doubleHex(c.double(0)), nil }},
	{"isNaN", "", returns(func(f float64) bool { return f != f })},
	{"isNaN", "double", ofDouble(func(f float64) Value { return f != f })},
	{"isInfinite", "", returns(func(f float64) bool { return math.IsInf(f, 0) })},
	{"isInfinite", "double", ofDouble(func(f float64) Value { return math.IsInf(f, 0) })},
	{"isFinite", "double", ofDouble(func(f float64) Value { return f-f == 0 })},
	{"max", "double, double", ofDoubles(func(a, b float64) Value { return math.Max(a, b) })},
	{"min", "double, double", ofDoubles(func(a, b float64) Value { return math.Min(a, b) })},
	{"sum", "double, double", ofDoubles(func(a, b float64) Value { return a + b })},
	{"compare", "double, double", ofDoubles(compareDoubles)},
	{"compareTo", "Object", compareTo("java.lang.Double", compareDoubles)},
	{"doubleToLongBits", "double", ofDouble(func(f float64) Value { return int64(doubleBits(f)) })},
	{"doubleToRawLongBits", "double", ofDouble(func(f float64) Value { return int64(doubleBits(f)) })},
	{"longBitsToDouble", "long", func(c call[float64]) (Value, error) { return math.Float64frombits(uint64(c.long(0))), nil }},
	{"hashCode", "double", ofDouble(func(f float64) Value { return hashOf(f) })},
	{"describeConstable", "", notHere[float64]}, // VTL-REFLECTION
}

func ofDouble(f func(float64) Value) func(call[float64]) (Value, error) {
	return func(c call[float64]) (Value, error) { return f(c.double(0)), nil }
}

func ofDoubles(f func(a, b float64) Value) func(call[float64]) (Value, error) {
	return func(c call[float64]) (Value, error) { return f(c.double(0), c.double(1)), nil }
}

var booleanMethods = []method[bool]{
	{"booleanValue", "", returns(func(b bool) bool { return b })},
	{"parseBoolean", "String", parseBoolean},
	{"valueOf", "String", parseBoolean},
	{"valueOf", "boolean", func(c call[bool]) (Value, error) { return c.args[0], nil }},
	{"getBoolean", "String", func(c call[bool]) (Value, error) { return false, nil }}, // a system property: none is set
	{"toString", "boolean", func(c call[bool]) (Value, error) { return strconv.FormatBool(c.bool(0)), nil }},
	{"compareTo", "Object", compareTo("java.lang.Boolean", compareBooleans)},
	{"compare", "boolean, boolean", ofBooleans(compareBooleans)},
	{"logicalAnd", "boolean, boolean", ofBooleans(func(a, b bool) Value { return a && b })},
	{"logicalOr", "boolean, boolean", ofBooleans(func(a, b bool) Value { return a || b })},
	{"logicalXor", "boolean, boolean", ofBooleans(func(a, b bool) Value { return a != b })},
	{"hashCode", "boolean", func(c call[bool]) (Value, error) { return hashOf(c.args[0]), nil }},
	{"describeConstable", "", notHere[bool]}, // VTL-REFLECTION
}

func ofBooleans(f func(a, b bool) Value) func(call[bool]) (Value, error) {
	return func(c call[bool]) (Value, error) { return f(c.bool(0), c.bool(1)), nil }
}

func parseBoolean(c call[bool]) (Value, error) {
	s, _ := c.args[0].(string)
	return strings.EqualFold(s, "true") && len(s) == 4, nil
}

func numberFormat(s string) error {
	return Throw("java.lang.NumberFormatException", "For input string: %q", s)
}

// parseInt is Integer.parseInt and Long.parseLong.
func parseInt(v Value, radix, size int) (int64, error) {
	s, ok := v.(string)
	if !ok {
		return 0, Throw("java.lang.NumberFormatException", "null")
	}
	if radix < 2 || radix > 36 || strings.ContainsRune(s, '_') {
		return 0, numberFormat(s)
	}
	n, err := strconv.ParseInt(asciiDigits(s), radix, size)
	if err != nil {
		return 0, numberFormat(s)
	}
	return n, nil
}

// parsePart is parseInt and parseLong of a part of a string, followed by its begin, its end and the
// radix.
func parsePart(args []Value, size int) (int64, error) {
	s, err := str(args[0])
	if err != nil {
		return 0, err
	}
	begin, end := int(args[1].(int32)), int(args[2].(int32))
	if begin < 0 || begin > end || end > utf16Len(s) {
		return 0, Throw("java.lang.IndexOutOfBoundsException", "")
	}
	return parseInt(substring(s, begin, end), int(args[3].(int32)), size)
}

// floatOf is the double that prints as the float nearest to f does (VTL-FLOAT: there is no Float
// here).
func floatOf(f float64) float64 {
	g, _ := strconv.ParseFloat(strconv.FormatFloat(f, 'g', -1, 32), 64)
	return g
}

// parseUnsigned is parseUnsignedInt and parseUnsignedLong: of a string and an optional radix.
func parseUnsigned(args []Value, size int) (uint64, error) {
	radix := 10
	if len(args) == 2 {
		radix = int(args[1].(int32))
	}
	s, ok := args[0].(string)
	if !ok {
		return 0, numberFormat("null")
	}
	n, err := strconv.ParseUint(asciiDigits(strings.TrimPrefix(s, "+")), radix, size)
	if err != nil || radix < 2 || strings.Contains(s, "_") || strings.HasPrefix(s, "++") {
		return 0, numberFormat(s)
	}
	return n, nil
}

// unsignedString prints in base ten, or in the base given as an argument.
func unsignedString(n uint64, radix []Value) string {
	if len(radix) == 1 {
		if r := radix[0].(int32); r >= 2 && r <= 36 {
			return strconv.FormatUint(n, int(r))
		}
	}
	return strconv.FormatUint(n, 10)
}

func radixString(n int64, radix int32) string {
	if radix < 2 || radix > 36 {
		radix = 10
	}
	return strconv.FormatInt(n, int(radix))
}

func decodeInteger(v Value, size int) (Value, error) {
	s, err := str(v)
	if err != nil {
		return nil, err
	}
	t := s
	sign := ""
	if t != "" && (t[0] == '-' || t[0] == '+') {
		sign, t = t[:1], t[1:]
	}
	radix := 10
	switch {
	case strings.HasPrefix(t, "0x") || strings.HasPrefix(t, "0X"):
		radix, t = 16, t[2:]
	case strings.HasPrefix(t, "#"):
		radix, t = 16, t[1:]
	case len(t) > 1 && t[0] == '0':
		radix, t = 8, t[1:]
	}
	if t == "" || t[0] == '-' || t[0] == '+' {
		return nil, numberFormat(s)
	}
	n, err := strconv.ParseInt(strings.TrimPrefix(sign, "+")+asciiDigits(t), radix, size)
	if err != nil {
		return nil, numberFormat(s)
	}
	if size == 32 {
		return Int(int32(n)), nil
	}
	return n, nil
}

// parseDouble is Double.parseDouble.
func parseDouble(v Value) (float64, error) {
	s, ok := v.(string)
	if !ok {
		return 0, errNull
	}
	t := strings.TrimFunc(s, func(r rune) bool { return r <= ' ' })
	switch strings.TrimLeft(t, "+-") {
	case "":
		if t == "" {
			return 0, Throw("java.lang.NumberFormatException", "empty String")
		}
		return 0, numberFormat(s)
	case "NaN", "Infinity":
	default:
		lower := strings.ToLower(t)
		if strings.ContainsAny(lower, "_n") || strings.HasPrefix(strings.TrimLeft(lower, "+-"), "0x") && !strings.Contains(lower, "p") {
			return 0, numberFormat(s)
		}
		if !strings.Contains(lower, "x") || strings.Contains(lower, "p") {
			if last := lower[len(lower)-1]; last == 'd' || last == 'f' {
				t = t[:len(t)-1]
			}
		}
	}
	f, err := strconv.ParseFloat(t, 64)
	if e, ok := err.(*strconv.NumError); ok && e.Err == strconv.ErrSyntax {
		return 0, numberFormat(s)
	}
	return f, nil
}

// doubleHex is Double.toHexString.
func doubleHex(f float64) string {
	switch {
	case f != f || math.IsInf(f, 0):
		return string(appendDouble(nil, f))
	case f == 0:
		if math.Signbit(f) {
			return "-0x0.0p0"
		}
		return "0x0.0p0"
	}
	sign := ""
	if f < 0 {
		sign, f = "-", -f
	}
	b := math.Float64bits(f)
	lead, exp := "1", int(b>>52)-1023
	if exp == -1023 {
		lead, exp = "0", -1022
	}
	fract := strings.TrimRight(strconv.FormatUint(1<<52|b&(1<<52-1), 16)[1:], "0")
	if fract == "" {
		fract = "0"
	}
	return sign + "0x" + lead + "." + fract + "p" + strconv.Itoa(exp)
}

// compareDoubles is Double.compare: -0.0 is less than 0.0, NaN greater than everything and equal to
// itself.
func compareDoubles(a, b float64) Value {
	switch {
	case a < b:
		return Int(-1)
	case a > b:
		return Int(1)
	}
	return compareInts(int64(doubleBits(a)), int64(doubleBits(b)))
}

func compareBooleans(a, b bool) Value {
	switch {
	case a == b:
		return Int(0)
	case a:
		return Int(1)
	}
	return Int(-1)
}
