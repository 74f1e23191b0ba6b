package java

import (
	"fmt"
	"math"
	"math/big"
	"strconv"

	"example.com/guessing-game/src/apigw/budget"
)

// The arithmetic of Velocity 1.7's MathUtils: int and long are computed in long and widened when
// the result does not fit, BigInteger if one operand is a BigInteger, double if one is a double,
// and BigDecimal if one of each.

type base uint8

const (
	baseNone base = iota
	baseLong
	baseDouble
	baseBig
	baseDecimal
)

func IsNumber(v Value) bool {
	switch v.(type) {
	case int32, int64, float64, *big.Int, *Decimal:
		return true
	}
	return false
}

func isIntegral(v Value) bool {
	switch v.(type) {
	case int32, int64, *big.Int:
		return true
	}
	return false
}

func calcBase(a, b Value) base {
	if !IsNumber(a) || !IsNumber(b) {
		return baseNone
	}
	_, ad := a.(*Decimal)
	_, bd := b.(*Decimal)
	_, ab := a.(*big.Int)
	_, bb := b.(*big.Int)
	ints := isIntegral(a) && isIntegral(b)
	switch {
	case ad || bd || !ints && (ab || bb):
		return baseDecimal
	case ints && (ab || bb):
		return baseBig
	case ints:
		return baseLong
	}
	return baseDouble
}

// longValue is Number.longValue: doubles saturate, big numbers keep their low 64 bits.
func longValue(v Value) int64 {
	switch v := v.(type) {
	case int32:
		return int64(v)
	case int64:
		return v
	case float64:
		return doubleToLong(v)
	case *big.Int:
		return lowBits(v)
	case *Decimal:
		return lowBits(v.toBig())
	}
	return 0
}

// IntValue is Number.intValue.
func IntValue(v Value) int32 {
	switch v := v.(type) {
	case int32:
		return v
	case float64:
		switch {
		case v != v:
			return 0
		case v >= math.MaxInt32:
			return math.MaxInt32
		case v <= math.MinInt32:
			return math.MinInt32
		}
		return int32(v)
	}
	return int32(longValue(v))
}

func doubleToLong(f float64) int64 {
	switch {
	case f != f:
		return 0
	case f >= math.MaxInt64:
		return math.MaxInt64
	case f <= math.MinInt64:
		return math.MinInt64
	}
	return int64(f)
}

func lowBits(b *big.Int) int64 {
	var low big.Int
	low.And(b, maxUint64)
	return int64(low.Uint64())
}

var maxUint64 = new(big.Int).SetUint64(math.MaxUint64)

func doubleValue(v Value) float64 {
	switch v := v.(type) {
	case int32:
		return float64(v)
	case int64:
		return float64(v)
	case float64:
		return v
	case *big.Int:
		f, _ := strconv.ParseFloat(v.String(), 64)
		return f
	case *Decimal:
		f, _ := strconv.ParseFloat(v.String(), 64)
		return f
	}
	return 0
}

func bigValue(v Value) *big.Int {
	if b, ok := v.(*big.Int); ok {
		return b
	}
	return big.NewInt(longValue(v))
}

// wrapLong gives a long the type of the wider operand, or of a wider one if it does not fit.
func wrapLong(n int64, a, b Value) Value {
	_, ai := a.(int32)
	_, bi := b.(int32)
	if ai && bi && n == int64(int32(n)) {
		return Int(int32(n))
	}
	return n
}

func isZero(v Value) bool {
	switch v := v.(type) {
	case int32:
		return v == 0
	case int64:
		return v == 0
	case float64:
		return v == 0
	case *big.Int:
		return v.Sign() == 0
	case *Decimal:
		return v.unscaled.Sign() == 0
	}
	return false
}

// Arith computes a op b; the result is nil if Velocity returns null. The error is Java's
// ArithmeticException.
func Arith(budget *Budget, op byte, a, b Value) (Value, error) {
	calc := calcBase(a, b)
	if calc == baseNone || (op == '/' || op == '%') && isZero(b) {
		return nil, nil
	}
	switch calc {
	case baseLong:
		x, y := longValue(a), longValue(b)
		switch op {
		case '+':
			if r := x + y; (r^x)&(r^y) >= 0 {
				return wrapLong(r, a, b), nil
			}
		case '-':
			if r := x - y; (x^y)&(x^r) >= 0 {
				return wrapLong(r, a, b), nil
			}
		case '*':
			if r := x * y; y == 0 || r/y == x {
				return wrapLong(r, a, b), nil
			}
		case '/':
			return wrapLong(x/y, a, b), nil
		case '%':
			return wrapLong(x%y, a, b), nil
		}
		return bigArith(budget, op, big.NewInt(x), big.NewInt(y))
	case baseBig:
		return bigArith(budget, op, bigValue(a), bigValue(b))
	case baseDouble:
		x, y := doubleValue(a), doubleValue(b)
		switch op {
		case '+':
			return x + y, nil
		case '-':
			return x - y, nil
		case '*':
			return x * y, nil
		case '/':
			return x / y, nil
		}
		return math.Mod(x, y), nil
	}
	return decimalArith(budget, op, a, b)
}

// MaxBigBits is the length of the BigIntegers and BigDecimals that a template can compute. Java's
// limit is 2^31 bits; the time of arithmetic and printing grows with the square of the length.
const MaxBigBits = 1 << 18

// MaxDigits is how many decimal digits that is, about: of an integer written in a template or in
// JSON, and of a BigDecimal's scale.
const MaxDigits = MaxBigBits / 4

var ErrBigLimit = fmt.Errorf("a number of more than %d bits: %w", MaxBigBits, &budget.LimitError{Limit: "MaxBigBits", Max: MaxBigBits})

func fitsBig(bits int) error {
	if bits > MaxBigBits {
		return ErrBigLimit
	}
	return nil
}

func bigArith(budget *Budget, op byte, x, y *big.Int) (Value, error) {
	if op == '*' {
		if err := fitsBig(x.BitLen() + y.BitLen()); err != nil {
			return nil, err
		}
	}
	if err := budget.Make((x.BitLen() + y.BitLen()) / 8); err != nil {
		return nil, err
	}
	r := new(big.Int)
	switch op {
	case '+':
		r.Add(x, y)
	case '-':
		r.Sub(x, y)
	case '*':
		r.Mul(x, y)
	case '/':
		r.Quo(x, y)
	case '%':
		if y.Sign() < 0 {
			return nil, Throw("java.lang.ArithmeticException", "BigInteger: modulus not positive")
		}
		r.Mod(x, y)
	}
	return r, fitsBig(r.BitLen())
}

// Compare orders two numbers; NaN is equal to every double, as in Velocity. The error is Java's,
// where a big number meets a double that is not finite.
func Compare(a, b Value) (int, error) {
	switch calcBase(a, b) {
	case baseLong:
		x, y := longValue(a), longValue(b)
		switch {
		case x < y:
			return -1, nil
		case x > y:
			return 1, nil
		}
		return 0, nil
	case baseBig:
		return bigValue(a).Cmp(bigValue(b)), nil
	case baseDouble:
		x, y := doubleValue(a), doubleValue(b)
		switch {
		case x < y:
			return -1, nil
		case x > y:
			return 1, nil
		}
		return 0, nil
	}
	x, err := decimalOf(a)
	if err != nil {
		return 0, err
	}
	y, err := decimalOf(b)
	if err != nil {
		return 0, err
	}
	return x.Cmp(y), nil
}

// ParseInteger reads an integer literal: the narrowest of int, long and BigInteger that holds it.
func ParseInteger(s string) Value {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		if n == int64(int32(n)) {
			return Int(int32(n))
		}
		return n
	}
	b, ok := new(big.Int).SetString(s, 10)
	if !ok {
		return nil
	}
	return b
}

// appendDouble prints a double as Java's Double.toString does.
func appendDouble(dst []byte, f float64) []byte {
	switch {
	case f != f:
		return append(dst, "NaN"...)
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	case f == 0:
		if math.Signbit(f) {
			dst = append(dst, '-')
		}
		return append(dst, "0.0"...)
	}
	if math.Signbit(f) {
		dst = append(dst, '-')
		f = -f
	}
	digits, exp := doubleDigits(f, true)
	return appendDigits(dst, digits, exp)
}

// appendDigits prints 0.digits × 10^exp in Double.toString's form.
func appendDigits(dst, digits []byte, exp int) []byte {
	switch {
	case exp > 0 && exp < 8: // 1 <= f < 1e7
		if len(digits) <= exp {
			dst = append(dst, digits...)
			for range exp - len(digits) {
				dst = append(dst, '0')
			}
			return append(dst, ".0"...)
		}
		dst = append(dst, digits[:exp]...)
		dst = append(dst, '.')
		return append(dst, digits[exp:]...)
	case exp <= 0 && exp > -3: // 1e-3 <= f < 1
		dst = append(dst, "0."...)
		for range -exp {
			dst = append(dst, '0')
		}
		return append(dst, digits...)
	}
	dst = append(dst, digits[0], '.')
	if len(digits) > 1 {
		dst = append(dst, digits[1:]...)
	} else {
		dst = append(dst, '0')
	}
	dst = append(dst, 'E')
	return strconv.AppendInt(dst, int64(exp-1), 10)
}
