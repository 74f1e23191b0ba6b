package java

import (
	"math"
	"math/big"
	"strconv"
	"strings"
)

var ten = big.NewInt(10)

func pow10(n int) *big.Int { return new(big.Int).Exp(ten, big.NewInt(int64(n)), nil) }

// decimalOf is MathUtils.toBigDecimal: of a double, its exact binary value.
func decimalOf(v Value) (*Decimal, error) {
	switch v := v.(type) {
	case *Decimal:
		return v, nil
	case *big.Int:
		return &Decimal{unscaled: v}, nil
	}
	f := doubleValue(v)
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, Throw("java.lang.NumberFormatException", "Infinite or NaN")
	}
	mant, exp := math.Frexp(f)
	unscaled := big.NewInt(int64(mant * (1 << 53)))
	exp -= 53
	for exp < 0 && unscaled.Bit(0) == 0 && unscaled.Sign() != 0 {
		unscaled.Rsh(unscaled, 1)
		exp++
	}
	if unscaled.Sign() == 0 {
		return &Decimal{unscaled: unscaled}, nil
	}
	if exp >= 0 {
		return &Decimal{unscaled: unscaled.Lsh(unscaled, uint(exp))}, nil
	}
	// x × 2^-n = x × 5^n × 10^-n
	unscaled.Mul(unscaled, new(big.Int).Exp(big.NewInt(5), big.NewInt(int64(-exp)), nil))
	return &Decimal{unscaled: unscaled, scale: -exp}, nil
}

// fits returns an error for a number that is too long to compute with.
func (d *Decimal) fits() error {
	if abs(d.scale) > MaxDigits {
		return ErrBigLimit
	}
	return fitsBig(d.unscaled.BitLen())
}

func abs(n int) int { return max(n, -n) }

// rescaled is the unscaled value at a scale, which must not be less than the number's own.
func (d *Decimal) rescaled(scale int) *big.Int {
	if scale == d.scale {
		return d.unscaled
	}
	return new(big.Int).Mul(d.unscaled, pow10(scale-d.scale))
}

func (d *Decimal) toBig() *big.Int {
	if d.scale <= 0 {
		return d.rescaled(0)
	}
	return new(big.Int).Quo(d.unscaled, pow10(d.scale))
}

// MaxDecimal bounds what ParseDecimal reads: the characters of a number, and how far its exponent
// is from zero.
const MaxDecimal = 1000

// ParseDecimal reads a number as BigDecimal's constructor does. ok is false if s is not a number,
// or is beyond MaxDecimal.
func ParseDecimal(s string) (d *Decimal, ok bool) {
	if len(s) > MaxDecimal {
		return nil, false
	}
	s = asciiDigits(s)
	mantissa, exponent := s, 0
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		n, err := strconv.Atoi(s[i+1:])
		if err != nil || abs(n) > MaxDecimal {
			return nil, false
		}
		mantissa, exponent = s[:i], n
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimPrefix(strings.TrimPrefix(whole, "+"), "-") + fraction
	if digits == "" || strings.Trim(digits, "0123456789") != "" || len(whole)+len(fraction)-len(digits) > 1 {
		return nil, false
	}
	unscaled, ok := new(big.Int).SetString(digits, 10)
	if ok && strings.HasPrefix(whole, "-") {
		unscaled.Neg(unscaled)
	}
	return &Decimal{unscaled: unscaled, scale: len(fraction) - exponent}, ok
}

// Cmp compares by value: 1.0 and 1 are equal.
func (d *Decimal) Cmp(e *Decimal) int {
	scale := max(d.scale, e.scale)
	return d.rescaled(scale).Cmp(e.rescaled(scale))
}

func decimalArith(budget *Budget, op byte, a, b Value) (Value, error) {
	x, err := decimalOf(a)
	if err != nil {
		return nil, err
	}
	y, err := decimalOf(b)
	if err != nil {
		return nil, err
	}
	if err := fitsBig(x.unscaled.BitLen() + y.unscaled.BitLen() + 4*(abs(x.scale)+abs(y.scale))); err != nil {
		return nil, err
	}
	if err := budget.Make((x.unscaled.BitLen() + y.unscaled.BitLen()) / 8); err != nil {
		return nil, err
	}
	switch op {
	case '+', '-':
		scale := max(x.scale, y.scale)
		r := new(big.Int)
		if op == '+' {
			r.Add(x.rescaled(scale), y.rescaled(scale))
		} else {
			r.Sub(x.rescaled(scale), y.rescaled(scale))
		}
		return &Decimal{unscaled: r, scale: scale}, nil
	case '*':
		return &Decimal{unscaled: new(big.Int).Mul(x.unscaled, y.unscaled), scale: x.scale + y.scale}, nil
	case '/':
		// The scale of the dividend, ROUND_HALF_DOWN: x/y at scale s is (x.unscaled × 10^(y.scale))
		// / y.unscaled.
		return &Decimal{unscaled: divideHalfDown(new(big.Int).Mul(x.unscaled, pow10(y.scale)), y.unscaled), scale: x.scale}, nil
	}
	return nil, Throw("java.lang.ArithmeticException", "Cannot calculate the modulo of BigDecimals.")
}

func divideHalfDown(n, d *big.Int) *big.Int {
	q, r := new(big.Int).QuoRem(n, d, new(big.Int))
	twice := new(big.Int).Lsh(r.Abs(r), 1)
	if twice.CmpAbs(d) > 0 {
		if n.Sign() == d.Sign() {
			q.Add(q, big.NewInt(1))
		} else {
			q.Sub(q, big.NewInt(1))
		}
	}
	return q
}

// String prints as BigDecimal.toString does.
func (d *Decimal) String() string {
	s := d.unscaled.String()
	if d.scale == 0 {
		return s
	}
	sign := ""
	if s[0] == '-' {
		sign, s = "-", s[1:]
	}
	adjusted := -d.scale + len(s) - 1
	if d.scale >= 0 && adjusted >= -6 {
		if point := len(s) - d.scale; point > 0 {
			return sign + s[:point] + "." + s[point:]
		} else {
			return sign + "0." + strings.Repeat("0", -point) + s
		}
	}
	if len(s) > 1 {
		s = s[:1] + "." + s[1:]
	}
	if adjusted != 0 {
		s += "E"
		if adjusted > 0 {
			s += "+"
		}
		s += strconv.Itoa(adjusted)
	}
	return sign + s
}

// Float64 is BigDecimal.doubleValue.
func (d *Decimal) Float64() float64 { return doubleValue(d) }
