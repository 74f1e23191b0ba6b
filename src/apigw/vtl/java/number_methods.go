package java

import (
	"cmp"
	"math"
	"math/bits"
	"strconv"
	"strings"
)

// The methods of java.lang's Integer, Long, Double and Boolean. Static methods can be called through any value of the class.

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
	n, err := strconv.ParseInt(s, radix, size)
	if err != nil {
		return 0, numberFormat(s)
	}
	return n, nil
}

// parsePart is parseInt and parseLong of a part of a text: its begin and end and the radix follow it.
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

// callNumber answers the methods of java.lang.Number.
func callNumber(v Value, name string, args []Value) (Value, bool, error) {
	if len(args) != 0 {
		return nil, false, nil
	}
	switch name {
	case "intValue":
		return Int(IntValue(v)), true, nil
	case "longValue":
		return longValue(v), true, nil
	case "doubleValue":
		return doubleValue(v), true, nil
	case "floatValue":
		return floatOf(doubleValue(v)), true, nil
	case "shortValue":
		return Int(int32(int16(IntValue(v)))), true, nil
	case "byteValue":
		return Int(int32(int8(IntValue(v)))), true, nil
	}
	return nil, false, nil
}

// floatOf is the double that prints as the float nearest to f does (VTL-FLOAT: there is no Float here).
func floatOf(f float64) float64 {
	g, _ := strconv.ParseFloat(strconv.FormatFloat(f, 'g', -1, 32), 64)
	return g
}

func callInteger(budget *Budget, n int32, name string, args []Value) (Value, bool, error) {
	int32Of := func(i int) int32 { return args[i].(int32) }
	switch name {
	case "parseInt", "valueOf":
		switch {
		case takes(args, "s"):
			r, err := parseInt(args[0], 10, 32)
			return Int(int32(r)), err == nil, err
		case takes(args, "si"):
			r, err := parseInt(args[0], int(int32Of(1)), 32)
			return Int(int32(r)), err == nil, err
		case name == "valueOf" && takes(args, "i"):
			return args[0], true, nil
		case name == "parseInt" && takes(args, "siii"):
			r, err := parsePart(args, 32)
			return Int(int32(r)), err == nil, err
		}
	case "decode":
		if takes(args, "s") {
			return decodeInteger(args[0], 32)
		}
	case "toString":
		switch {
		case takes(args, "i"):
			return strconv.Itoa(int(int32Of(0))), true, nil
		case takes(args, "ii"):
			return radixString(int64(int32Of(0)), int32Of(1)), true, nil
		}
	case "toHexString", "toBinaryString", "toOctalString":
		if takes(args, "i") {
			return strconv.FormatUint(uint64(uint32(int32Of(0))), radixOf(name)), true, nil
		}
	case "max", "min", "sum":
		if takes(args, "ii") {
			a, b := int32Of(0), int32Of(1)
			switch name {
			case "max":
				return Int(max(a, b)), true, nil
			case "min":
				return Int(min(a, b)), true, nil
			}
			return Int(a + b), true, nil
		}
	case "compare":
		if takes(args, "ii") {
			return compareInts(int32Of(0), int32Of(1)), true, nil
		}
	case "parseUnsignedInt":
		if takes(args, "s") || takes(args, "si") {
			r, err := parseUnsigned(args, 32)
			return Int(int32(uint32(r))), err == nil, err
		}
	case "divideUnsigned", "remainderUnsigned", "compareUnsigned", "rotateLeft", "rotateRight":
		if takes(args, "ii") {
			a, b := uint32(int32Of(0)), uint32(int32Of(1))
			switch name {
			case "rotateLeft":
				return Int(int32(bits.RotateLeft32(a, int(b%32)))), true, nil
			case "rotateRight":
				return Int(int32(bits.RotateLeft32(a, -int(b%32)))), true, nil
			case "compareUnsigned":
				return compareInts(int64(a), int64(b)), true, nil
			}
			if b == 0 {
				return nil, false, Throw("java.lang.ArithmeticException", "/ by zero")
			}
			if name == "divideUnsigned" {
				return Int(int32(a / b)), true, nil
			}
			return Int(int32(a % b)), true, nil
		}
	case "toUnsignedString":
		if takes(args, "i") || takes(args, "ii") {
			return unsignedString(uint64(uint32(int32Of(0))), args[1:]), true, nil
		}
	case "getInteger":
		if takes(args, "si") {
			return args[1], true, nil // no system property is set
		}
	case "toUnsignedLong":
		if takes(args, "i") {
			return int64(uint32(int32Of(0))), true, nil
		}
	case "signum", "bitCount", "reverse", "reverseBytes", "highestOneBit", "lowestOneBit", "numberOfLeadingZeros",
		"numberOfTrailingZeros", "hashCode":
		if takes(args, "i") {
			return Int(intBits(name, int32Of(0))), true, nil
		}
	case "compareTo":
		if len(args) == 1 {
			switch o := args[0].(type) {
			case int32:
				return compareInts(n, o), true, nil
			case nil:
				return nil, false, errNull
			}
			return nil, false, castError(args[0], "java.lang.Integer")
		}
	}
	return callNumber(n, name, args)
}

// parseUnsigned is parseUnsignedInt and parseUnsignedLong: of a text, and a radix if there is one.
func parseUnsigned(args []Value, size int) (uint64, error) {
	radix := 10
	if len(args) == 2 {
		radix = int(args[1].(int32))
	}
	s, ok := args[0].(string)
	if !ok {
		return 0, numberFormat("null")
	}
	n, err := strconv.ParseUint(strings.TrimPrefix(s, "+"), radix, size)
	if err != nil || radix < 2 || strings.Contains(s, "_") || strings.HasPrefix(s, "++") {
		return 0, numberFormat(s)
	}
	return n, nil
}

// unsignedString prints in base ten, or in that of an argument.
func unsignedString(n uint64, radix []Value) string {
	if len(radix) == 1 {
		if r := radix[0].(int32); r >= 2 && r <= 36 {
			return strconv.FormatUint(n, int(r))
		}
	}
	return strconv.FormatUint(n, 10)
}

func radixOf(method string) int {
	switch method {
	case "toHexString":
		return 16
	case "toOctalString":
		return 8
	}
	return 2
}

func radixString(n int64, radix int32) string {
	if radix < 2 || radix > 36 {
		radix = 10
	}
	return strconv.FormatInt(n, int(radix))
}

func decodeInteger(v Value, size int) (Value, bool, error) {
	s, err := str(v)
	if err != nil {
		return nil, false, err
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
		return nil, false, numberFormat(s)
	}
	n, err := strconv.ParseInt(strings.TrimPrefix(sign, "+")+t, radix, size)
	if err != nil {
		return nil, false, numberFormat(s)
	}
	if size == 32 {
		return Int(int32(n)), true, nil
	}
	return n, true, nil
}

func intBits(name string, n int32) int32 {
	u := uint32(n)
	switch name {
	case "signum":
		switch {
		case n > 0:
			return 1
		case n < 0:
			return -1
		}
		return 0
	case "bitCount":
		return int32(bits.OnesCount32(u))
	case "reverse":
		return int32(bits.Reverse32(u))
	case "reverseBytes":
		return int32(bits.ReverseBytes32(u))
	case "highestOneBit":
		if u == 0 {
			return 0
		}
		return int32(uint32(1) << (bits.Len32(u) - 1))
	case "lowestOneBit":
		return n & -n
	case "numberOfLeadingZeros":
		return int32(bits.LeadingZeros32(u))
	case "numberOfTrailingZeros":
		return int32(bits.TrailingZeros32(u))
	}
	return n
}

func callLong(budget *Budget, n int64, name string, args []Value) (Value, bool, error) {
	longOf := func(i int) int64 { return longValue(args[i]) }
	switch name {
	case "parseLong", "valueOf":
		switch {
		case takes(args, "s"):
			r, err := parseInt(args[0], 10, 64)
			return r, err == nil, err
		case takes(args, "si"):
			r, err := parseInt(args[0], int(args[1].(int32)), 64)
			return r, err == nil, err
		case name == "valueOf" && takes(args, "l"):
			return longOf(0), true, nil
		case name == "parseLong" && takes(args, "siii"):
			r, err := parsePart(args, 64)
			return r, err == nil, err
		}
	case "decode":
		if takes(args, "s") {
			return decodeInteger(args[0], 64)
		}
	case "toString":
		switch {
		case takes(args, "l"):
			return strconv.FormatInt(longOf(0), 10), true, nil
		case takes(args, "li"):
			return radixString(longOf(0), args[1].(int32)), true, nil
		}
	case "toHexString", "toBinaryString", "toOctalString":
		if takes(args, "l") {
			return strconv.FormatUint(uint64(longOf(0)), radixOf(name)), true, nil
		}
	case "max", "min", "sum":
		if takes(args, "ll") {
			a, b := longOf(0), longOf(1)
			switch name {
			case "max":
				return max(a, b), true, nil
			case "min":
				return min(a, b), true, nil
			}
			return a + b, true, nil
		}
	case "compare":
		if takes(args, "ll") {
			return compareInts(longOf(0), longOf(1)), true, nil
		}
	case "signum":
		if takes(args, "l") {
			return compareInts(longOf(0), 0), true, nil
		}
	case "bitCount", "numberOfLeadingZeros", "numberOfTrailingZeros":
		if takes(args, "l") {
			u := uint64(longOf(0))
			switch name {
			case "bitCount":
				return Int(int32(bits.OnesCount64(u))), true, nil
			case "numberOfLeadingZeros":
				return Int(int32(bits.LeadingZeros64(u))), true, nil
			}
			return Int(int32(bits.TrailingZeros64(u))), true, nil
		}
	case "reverse", "reverseBytes", "highestOneBit", "lowestOneBit":
		if takes(args, "l") {
			n := longOf(0)
			switch u := uint64(n); name {
			case "reverse":
				return int64(bits.Reverse64(u)), true, nil
			case "reverseBytes":
				return int64(bits.ReverseBytes64(u)), true, nil
			case "lowestOneBit":
				return n & -n, true, nil
			default:
				if u == 0 {
					return n, true, nil
				}
				return int64(uint64(1) << (bits.Len64(u) - 1)), true, nil
			}
		}
	case "toUnsignedString":
		if takes(args, "l") || takes(args, "li") {
			return unsignedString(uint64(longOf(0)), args[1:]), true, nil
		}
	case "getLong":
		if takes(args, "sl") {
			return longOf(1), true, nil // no system property is set
		}
	case "parseUnsignedLong":
		if takes(args, "s") || takes(args, "si") {
			r, err := parseUnsigned(args, 64)
			return int64(r), err == nil, err
		}
	case "rotateLeft", "rotateRight":
		if takes(args, "li") {
			n := int(args[1].(int32)) & 63
			if name == "rotateRight" {
				n = -n
			}
			return int64(bits.RotateLeft64(uint64(longOf(0)), n)), true, nil
		}
	case "divideUnsigned", "remainderUnsigned", "compareUnsigned":
		if takes(args, "ll") {
			a, b := uint64(longOf(0)), uint64(longOf(1))
			switch {
			case name == "compareUnsigned":
				return Int(int32(cmp.Compare(a, b))), true, nil
			case b == 0:
				return nil, false, Throw("java.lang.ArithmeticException", "/ by zero")
			case name == "divideUnsigned":
				return int64(a / b), true, nil
			}
			return int64(a % b), true, nil
		}
	case "hashCode":
		if takes(args, "l") {
			h, _ := (&comparer{}).hash(longOf(0))
			return Int(h), true, nil
		}
	case "compareTo":
		if len(args) == 1 {
			switch o := args[0].(type) {
			case int64:
				return compareInts(n, o), true, nil
			case nil:
				return nil, false, errNull
			}
			return nil, false, castError(args[0], "java.lang.Long")
		}
	}
	return callNumber(n, name, args)
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

func callDouble(budget *Budget, f float64, name string, args []Value) (Value, bool, error) {
	doubleOf := func(i int) float64 { return doubleValue(args[i]) }
	switch name {
	case "parseDouble", "valueOf":
		switch {
		case takes(args, "s"):
			r, err := parseDouble(args[0])
			return r, err == nil, err
		case name == "valueOf" && takes(args, "d"):
			return doubleOf(0), true, nil
		}
	case "toString":
		if takes(args, "d") {
			return string(appendDouble(nil, doubleOf(0))), true, nil
		}
	case "toHexString":
		if takes(args, "d") {
			return doubleHex(doubleOf(0)), true, nil
		}
	case "isNaN":
		switch {
		case len(args) == 0:
			return f != f, true, nil
		case takes(args, "d"):
			return doubleOf(0) != doubleOf(0), true, nil
		}
	case "isInfinite":
		switch {
		case len(args) == 0:
			return math.IsInf(f, 0), true, nil
		case takes(args, "d"):
			return math.IsInf(doubleOf(0), 0), true, nil
		}
	case "isFinite":
		if takes(args, "d") {
			return doubleOf(0)-doubleOf(0) == 0, true, nil
		}
	case "max", "min", "sum":
		if takes(args, "dd") {
			a, b := doubleOf(0), doubleOf(1)
			switch name {
			case "max":
				return math.Max(a, b), true, nil
			case "min":
				return math.Min(a, b), true, nil
			}
			return a + b, true, nil
		}
	case "compare":
		if takes(args, "dd") {
			return compareDoubles(doubleOf(0), doubleOf(1)), true, nil
		}
	case "doubleToLongBits", "doubleToRawLongBits":
		if takes(args, "d") {
			return int64(doubleBits(doubleOf(0))), true, nil
		}
	case "longBitsToDouble":
		if takes(args, "l") {
			return math.Float64frombits(uint64(longValue(args[0]))), true, nil
		}
	case "hashCode":
		if takes(args, "d") {
			h, _ := (&comparer{}).hash(doubleOf(0))
			return Int(h), true, nil
		}
	case "compareTo":
		if len(args) == 1 {
			switch o := args[0].(type) {
			case float64:
				return compareDoubles(f, o), true, nil
			case nil:
				return nil, false, errNull
			}
			return nil, false, castError(args[0], "java.lang.Double")
		}
	}
	return callNumber(f, name, args)
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

// compareDoubles is Double.compare: -0.0 is less than 0.0, NaN greater than everything and equal to itself.
func compareDoubles(a, b float64) Value {
	switch {
	case a < b:
		return Int(-1)
	case a > b:
		return Int(1)
	}
	return compareInts(int64(doubleBits(a)), int64(doubleBits(b)))
}

func callBoolean(budget *Budget, b bool, name string, args []Value) (Value, bool, error) {
	switch name {
	case "booleanValue":
		if len(args) == 0 {
			return b, true, nil
		}
	case "parseBoolean", "valueOf":
		switch {
		case takes(args, "s"):
			s, _ := args[0].(string)
			return strings.EqualFold(s, "true") && len(s) == 4, true, nil
		case name == "valueOf" && takes(args, "z"):
			return args[0], true, nil
		}
	case "toString":
		if takes(args, "z") {
			return strconv.FormatBool(args[0].(bool)), true, nil
		}
	case "compareTo":
		if len(args) == 1 {
			switch o := args[0].(type) {
			case bool:
				return compareBooleans(b, o), true, nil
			case nil:
				return nil, false, errNull
			}
			return nil, false, castError(args[0], "java.lang.Boolean")
		}
	case "compare", "logicalAnd", "logicalOr", "logicalXor":
		if takes(args, "zz") {
			x, y := args[0].(bool), args[1].(bool)
			switch name {
			case "compare":
				return compareBooleans(x, y), true, nil
			case "logicalAnd":
				return x && y, true, nil
			case "logicalOr":
				return x || y, true, nil
			}
			return x != y, true, nil
		}
	case "hashCode":
		if takes(args, "z") {
			h, _ := (&comparer{}).hash(args[0])
			return Int(h), true, nil
		}
	case "getBoolean":
		if takes(args, "s") {
			return false, true, nil // a system property: none is set
		}
	}
	return nil, false, nil
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
