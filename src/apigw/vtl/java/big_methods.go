package java

import (
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"strconv"
	"strings"
)

// The methods of java.math's BigInteger and BigDecimal. Static methods can be called through any value of the class.

// maxPrimeBits is the length of numbers to be tested for primality or raised to a power modulo another, which takes time with the
// cube of the length.
const maxPrimeBits = MaxBigBits >> 6

var (
	errDivideZero  = Throw("java.lang.ArithmeticException", "BigInteger divide by zero")
	errModulus     = Throw("java.lang.ArithmeticException", "BigInteger: modulus not positive")
	errNegativeBit = Throw("java.lang.ArithmeticException", "Negative bit address")
	errRounding    = Throw("java.lang.ArithmeticException", "Rounding necessary")
	errInexact     = Throw("java.lang.ArithmeticException", "Non-terminating decimal expansion; no exact representable decimal result.")
)

func callBig(budget *Budget, b *big.Int, name string, args []Value) (Value, bool, error) {
	if err := budget.Step(b.BitLen() >> 8); err != nil {
		return nil, false, err
	}
	var r Value
	var err error
	switch {
	case name == "compareTo" && len(args) == 1 && args[0] != nil && !isBig(args[0]):
		err = castError(args[0], "java.math.BigInteger")
	case len(args) == 0:
		if name == "nextProbablePrime" {
			r, err = nextPrime(budget, b)
			break
		}
		r, err = bigOfNone(b, name)
	case len(args) == 1 && (args[0] == nil || isBig(args[0])):
		r, err = bigOfBig(budget, b, args[0], name)
	case takes(args, "i"):
		r, err = bigOfInt(budget, b, args[0].(int32), name)
	case name == "modPow" && len(args) == 2 && (args[0] == nil || isBig(args[0])) && (args[1] == nil || isBig(args[1])):
		if args[0] == nil || args[1] == nil {
			return nil, false, errNull
		}
		r, err = modPow(budget, b, args[0].(*big.Int), args[1].(*big.Int))
	}
	if n, ok := r.(*big.Int); ok && err == nil {
		err = fitsBig(n.BitLen())
	}
	if err != nil {
		return nil, false, err
	}
	if r != nil {
		return r, true, nil
	}
	if name == "valueOf" && takes(args, "l") {
		return big.NewInt(longValue(args[0])), true, nil
	}
	return callNumber(b, name, args)
}

func isBig(v Value) bool {
	_, ok := v.(*big.Int)
	return ok
}

// bigOfNone answers the methods of a BigInteger that take nothing, nil for those there are not.
func bigOfNone(b *big.Int, name string) (Value, error) {
	// magnitude has the bits that Java's bitLength and bitCount look at.
	magnitude := func() *big.Int {
		if b.Sign() < 0 {
			return new(big.Int).Not(b)
		}
		return b
	}
	exact := func(size uint) (Value, error) {
		if magnitude().BitLen() >= int(size) {
			return nil, Throw("java.lang.ArithmeticException", "BigInteger out of range")
		}
		if size == 64 {
			return b.Int64(), nil
		}
		return Int(int32(b.Int64())), nil
	}
	switch name {
	case "abs":
		return new(big.Int).Abs(b), nil
	case "negate":
		return new(big.Int).Neg(b), nil
	case "not":
		return new(big.Int).Not(b), nil
	case "signum":
		return Int(int32(b.Sign())), nil
	case "bitLength":
		return Int(int32(magnitude().BitLen())), nil
	case "bitCount":
		n := 0
		for _, w := range magnitude().Bits() {
			n += bits.OnesCount(uint(w))
		}
		return Int(int32(n)), nil
	case "getLowestSetBit":
		if b.Sign() == 0 {
			return Int(-1), nil
		}
		return Int(int32(b.TrailingZeroBits())), nil
	case "sqrt":
		if b.Sign() < 0 {
			return nil, Throw("java.lang.ArithmeticException", "Negative BigInteger")
		}
		return new(big.Int).Sqrt(b), nil
	case "sqrtAndRemainder":
		if b.Sign() < 0 {
			return nil, Throw("java.lang.ArithmeticException", "Negative BigInteger")
		}
		root := new(big.Int).Sqrt(b)
		return &Array{class: "java.math.BigInteger", items: []Value{root, new(big.Int).Sub(b, new(big.Int).Mul(root, root))}}, nil
	case "toByteArray":
		n := magnitude().BitLen()/8 + 1
		unsigned := b
		if b.Sign() < 0 {
			unsigned = new(big.Int).Add(b, new(big.Int).Lsh(big.NewInt(1), uint(8*n)))
		}
		a := &Array{class: "byte"}
		for _, c := range unsigned.FillBytes(make([]byte, n)) {
			a.items = append(a.items, Int(int32(int8(c))))
		}
		return a, nil
	case "byteValueExact":
		return exact(8)
	case "shortValueExact":
		return exact(16)
	case "intValueExact":
		return exact(32)
	case "longValueExact":
		return exact(64)
	}
	return nil, nil
}

// bigOfBig answers the methods that take another BigInteger, which may be null.
func bigOfBig(budget *Budget, b *big.Int, arg Value, name string) (Value, error) {
	switch name {
	case "add", "subtract", "multiply", "divide", "mod", "remainder", "max", "min", "gcd", "and", "or", "xor", "andNot", "modInverse", "compareTo",
		"divideAndRemainder":
	default:
		return nil, nil
	}
	o, ok := arg.(*big.Int)
	if !ok {
		return nil, errNull
	}
	if err := budget.Make((b.BitLen() + o.BitLen()) / 8); err != nil {
		return nil, err
	}
	r := new(big.Int)
	switch name {
	case "add":
		return r.Add(b, o), nil
	case "subtract":
		return r.Sub(b, o), nil
	case "multiply":
		return r.Mul(b, o), nil
	case "max", "min":
		if (b.Cmp(o) < 0) == (name == "max") {
			return o, nil
		}
		return b, nil
	case "gcd":
		return r.GCD(nil, nil, new(big.Int).Abs(b), new(big.Int).Abs(o)), nil
	case "and":
		return r.And(b, o), nil
	case "or":
		return r.Or(b, o), nil
	case "xor":
		return r.Xor(b, o), nil
	case "andNot":
		return r.AndNot(b, o), nil
	case "compareTo":
		return Int(int32(b.Cmp(o))), nil
	case "mod", "modInverse":
		if o.Sign() <= 0 {
			return nil, errModulus
		}
		if name == "mod" {
			return r.Mod(b, o), nil
		}
		if o.IsInt64() && o.Int64() == 1 {
			return r, nil
		}
		if r.ModInverse(b, o) == nil {
			return nil, Throw("java.lang.ArithmeticException", "BigInteger not invertible.")
		}
		return r, nil
	}
	if o.Sign() == 0 {
		return nil, errDivideZero
	}
	q, rem := r.QuoRem(b, o, new(big.Int))
	switch name {
	case "divide":
		return q, nil
	case "remainder":
		return rem, nil
	}
	return &Array{class: "java.math.BigInteger", items: []Value{q, rem}}, nil
}

// bigOfInt answers the methods that take an int.
func bigOfInt(budget *Budget, b *big.Int, n int32, name string) (Value, error) {
	switch name {
	case "pow":
		if n < 0 {
			return nil, Throw("java.lang.ArithmeticException", "Negative exponent")
		}
		if int(n)*b.BitLen() > MaxBigBits {
			return nil, ErrBigLimit
		}
		return new(big.Int).Exp(b, big.NewInt(int64(n)), nil), nil
	case "shiftLeft", "shiftRight":
		left := int(n)
		if name == "shiftRight" {
			left = -left
		}
		if left < 0 {
			return new(big.Int).Rsh(b, uint(-left)), nil
		}
		if b.Sign() != 0 && left+b.BitLen() > MaxBigBits {
			return nil, ErrBigLimit
		}
		return new(big.Int).Lsh(b, uint(left)), nil
	case "testBit", "setBit", "clearBit", "flipBit":
		if n < 0 {
			return nil, errNegativeBit
		}
		set := b.Bit(int(n))
		if name == "testBit" {
			return set == 1, nil
		}
		if int(n) > MaxBigBits {
			return nil, ErrBigLimit
		}
		to := map[string]uint{"setBit": 1, "clearBit": 0, "flipBit": 1 - set}[name]
		return new(big.Int).SetBit(b, int(n), to), nil
	case "isProbablePrime":
		if b.BitLen() > maxPrimeBits {
			return nil, ErrBigLimit
		}
		if n <= 0 { // the certainty asked for
			return true, nil
		}
		if err := budget.Step(b.BitLen() * b.BitLen() >> 10); err != nil {
			return nil, err
		}
		return new(big.Int).Abs(b).ProbablyPrime(20), nil
	case "toString":
		if n < 2 || n > 36 {
			n = 10
		}
		return b.Text(int(n)), nil
	}
	return nil, nil
}

func nextPrime(budget *Budget, b *big.Int) (Value, error) {
	if b.Sign() < 0 {
		return nil, Throw("java.lang.ArithmeticException", "start < 0: %s", b)
	}
	if b.BitLen() > maxPrimeBits {
		return nil, ErrBigLimit
	}
	n := new(big.Int).Add(b, big.NewInt(1))
	for !n.ProbablyPrime(20) {
		if err := budget.Step(1 + b.BitLen()*b.BitLen()>>10); err != nil {
			return nil, err
		}
		n.Add(n, big.NewInt(1))
	}
	return n, nil
}

func modPow(budget *Budget, b, exponent, modulus *big.Int) (Value, error) {
	if modulus.Sign() <= 0 {
		return nil, errModulus
	}
	if exponent.BitLen() > maxPrimeBits || modulus.BitLen() > maxPrimeBits {
		return nil, ErrBigLimit
	}
	if err := budget.Step(exponent.BitLen() * modulus.BitLen() >> 10); err != nil {
		return nil, err
	}
	r := new(big.Int).Exp(b, exponent, modulus)
	if r == nil {
		return nil, Throw("java.lang.ArithmeticException", "BigInteger not invertible.")
	}
	return r, nil
}

func callDecimal(budget *Budget, d *Decimal, name string, args []Value) (Value, bool, error) {
	if err := budget.Step(d.unscaled.BitLen() >> 8); err != nil {
		return nil, false, err
	}
	var r Value
	var err error
	switch {
	case takesFunction(name, args, " sqrt/1 ") && d.unscaled.Sign() == 0:
		r = &Decimal{unscaled: new(big.Int), scale: d.scale / 2}
	case takesFunction(name, args, " round/1 abs/1 plus/1 negate/1 sqrt/1 "), len(args) == 2 && isDecimal(args[0]) &&
		takesFunction(name, args, " add/2 subtract/2 multiply/2 remainder/2 divideToIntegralValue/2 divideAndRemainder/2 "):
		err = errNull // a MathContext
	case name == "compareTo" && len(args) == 1 && args[0] != nil && !isDecimal(args[0]):
		err = castError(args[0], "java.math.BigDecimal")
	case len(args) == 0:
		r, err = decimalOfNone(d, name)
	case len(args) == 1 && (args[0] == nil || isDecimal(args[0])):
		r, err = decimalOfDecimal(budget, d, args[0], name)
	case takes(args, "i"):
		r, err = decimalOfInt(d, int(args[0].(int32)), name)
	case name == "setScale" && takes(args, "ii"):
		r, err = d.divided(&Decimal{unscaled: big.NewInt(1)}, int(args[0].(int32)), args[1].(int32))
	case name == "divide" && (len(args) == 2 || len(args) == 3) && (args[0] == nil || isDecimal(args[0])) && takes(args[1:], "iii"[:len(args)-1]):
		scale := d.scale
		if len(args) == 3 {
			scale = int(args[1].(int32))
		}
		o, _ := args[0].(*Decimal)
		r, err = d.divided(o, scale, args[len(args)-1].(int32))
	}
	if r == nil && name == "valueOf" {
		switch {
		case takes(args, "l"):
			r = &Decimal{unscaled: big.NewInt(longValue(args[0]))}
		case takes(args, "d"):
			r, err = printedDecimal(args[0].(float64))
		case takes(args, "li"):
			r = &Decimal{unscaled: big.NewInt(longValue(args[0])), scale: int(args[1].(int32))}
		}
	}
	if n, ok := r.(*Decimal); ok && err == nil {
		err = n.fits()
	}
	if err != nil {
		return nil, false, err
	}
	if r != nil {
		return r, true, nil
	}
	return callNumber(d, name, args)
}

// printedDecimal is BigDecimal.valueOf of a double: the number that the double prints as.
func printedDecimal(f float64) (Value, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, Throw("java.lang.NumberFormatException", "")
	}
	mantissa, exponent, _ := strings.Cut(string(appendDouble(nil, f)), "E")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	unscaled, ok := new(big.Int).SetString(whole+fraction, 10)
	if !ok {
		return nil, numberFormat(mantissa)
	}
	exp, _ := strconv.Atoi(exponent) // 0 where there is none
	return &Decimal{unscaled: unscaled, scale: len(fraction) - exp}, nil
}

func isDecimal(v Value) bool {
	_, ok := v.(*Decimal)
	return ok
}

// digits is how many decimal digits the unscaled value has.
func (d *Decimal) digits() int { return len(new(big.Int).Abs(d.unscaled).String()) }

// decimalOfNone answers the methods of a BigDecimal that take nothing, nil for those there are not.
func decimalOfNone(d *Decimal, name string) (Value, error) {
	switch name {
	case "scale":
		return Int(int32(d.scale)), nil
	case "signum":
		return Int(int32(d.unscaled.Sign())), nil
	case "precision":
		return Int(int32(d.digits())), nil
	case "unscaledValue":
		return d.unscaled, nil
	case "toBigInteger":
		return d.toBig(), nil
	case "plus":
		return d, nil
	case "negate":
		return &Decimal{unscaled: new(big.Int).Neg(d.unscaled), scale: d.scale}, nil
	case "abs":
		return &Decimal{unscaled: new(big.Int).Abs(d.unscaled), scale: d.scale}, nil
	case "ulp":
		return &Decimal{unscaled: big.NewInt(1), scale: d.scale}, nil
	case "stripTrailingZeros":
		if d.unscaled.Sign() == 0 {
			return &Decimal{unscaled: new(big.Int)}, nil
		}
		return d.stripped(math.MinInt32), nil
	case "toPlainString":
		return d.plain(), nil
	case "toEngineeringString":
		return d.engineering(), nil
	case "toBigIntegerExact", "intValueExact", "longValueExact", "shortValueExact", "byteValueExact":
		whole := d.toBig()
		if d.cmp(&Decimal{unscaled: whole}) != 0 {
			return nil, errRounding
		}
		if name == "toBigIntegerExact" {
			return whole, nil
		}
		return bigOfNone(whole, name)
	}
	return nil, nil
}

// stripped takes off zeros at the end, down to a scale.
func (d *Decimal) stripped(scale int) *Decimal {
	r := &Decimal{unscaled: d.unscaled, scale: d.scale}
	for r.scale > scale {
		q, rem := new(big.Int).QuoRem(r.unscaled, ten, new(big.Int))
		if rem.Sign() != 0 {
			break
		}
		r.unscaled, r.scale = q, r.scale-1
	}
	return r
}

// plain prints without an exponent.
func (d *Decimal) plain() string {
	if d.scale <= 0 {
		return d.toBig().String()
	}
	s := new(big.Int).Abs(d.unscaled).String()
	if len(s) <= d.scale {
		s = strings.Repeat("0", d.scale-len(s)+1) + s
	}
	s = s[:len(s)-d.scale] + "." + s[len(s)-d.scale:]
	if d.unscaled.Sign() < 0 {
		s = "-" + s
	}
	return s
}

// engineering prints with exponents that are multiples of three, as BigDecimal.toEngineeringString does.
func (d *Decimal) engineering() string {
	adjusted := -d.scale + d.digits() - 1
	if d.scale == 0 || d.scale > 0 && adjusted >= -6 {
		return d.String()
	}
	exponent := adjusted - (adjusted%3+3)%3
	scale := d.scale + exponent // of the digits in front of the exponent
	if d.unscaled.Sign() == 0 {
		if exponent != adjusted { // 0.00E+3 rather than 00E+0
			exponent += 3
		}
		scale = max(0, exponent-adjusted)
	}
	unscaled := d.unscaled
	if scale < 0 {
		unscaled, scale = new(big.Int).Mul(unscaled, pow10(-scale)), 0
	}
	text := (&Decimal{unscaled: unscaled, scale: scale}).plain()
	if exponent == 0 {
		return text
	}
	return text + fmt.Sprintf("E%+d", exponent)
}

// decimalOfDecimal answers the methods that take another BigDecimal, which may be null.
func decimalOfDecimal(budget *Budget, d *Decimal, arg Value, name string) (Value, error) {
	switch name {
	case "add", "subtract", "multiply", "divide", "remainder", "divideToIntegralValue", "divideAndRemainder", "max", "min", "compareTo":
	default:
		return nil, nil
	}
	o, ok := arg.(*Decimal)
	if !ok {
		return nil, errNull
	}
	if err := budget.Make((d.unscaled.BitLen() + o.unscaled.BitLen()) / 8); err != nil {
		return nil, err
	}
	switch name {
	case "add":
		return decimalArith(budget, '+', d, o)
	case "subtract":
		return decimalArith(budget, '-', d, o)
	case "multiply":
		return decimalArith(budget, '*', d, o)
	case "compareTo":
		return Int(int32(d.cmp(o))), nil
	case "max", "min":
		if c := d.cmp(o); c == 0 || (c > 0) == (name == "max") {
			return d, nil
		}
		return o, nil
	}
	if o.unscaled.Sign() == 0 {
		return nil, Throw("java.lang.ArithmeticException", "Division by zero")
	}
	if name == "divide" {
		return exactQuotient(d, o)
	}
	quotient := wholeQuotient(d, o)
	if name == "divideToIntegralValue" {
		return quotient, nil
	}
	product, err := decimalArith(budget, '*', quotient, o)
	if err != nil {
		return nil, err
	}
	rest, err := decimalArith(budget, '-', d, product)
	if err != nil || name == "remainder" {
		return rest, err
	}
	return &Array{class: "java.math.BigDecimal", items: []Value{quotient, rest}}, nil
}

// exactQuotient is BigDecimal.divide: the difference of the scales, or as many more digits as it takes.
func exactQuotient(d, o *Decimal) (Value, error) {
	q := new(big.Rat).SetFrac(d.unscaled, o.unscaled)
	digits, exact := q.FloatPrec()
	if !exact {
		return nil, errInexact
	}
	n := new(big.Int).Mul(q.Num(), pow10(digits))
	return &Decimal{unscaled: n.Quo(n, q.Denom()), scale: d.scale - o.scale + digits}, nil
}

// divided is BigDecimal.divide to a scale, rounded as one of the constants BigDecimal.ROUND_UP, 0, to ROUND_UNNECESSARY, 7, has it.
func (d *Decimal) divided(o *Decimal, scale int, rounding int32) (Value, error) {
	switch {
	case rounding < 0 || rounding > roundUnnecessary:
		return nil, Throw("java.lang.IllegalArgumentException", "Invalid rounding mode")
	case o == nil:
		return nil, errNull
	case o.unscaled.Sign() == 0:
		return nil, Throw("java.lang.ArithmeticException", "/ by zero")
	}
	shift := scale - d.scale + o.scale // of the dividend, in decimal digits
	if abs(shift) > MaxDigits {
		return nil, ErrBigLimit
	}
	dividend, divisor := d.unscaled, o.unscaled
	if shift > 0 {
		dividend = new(big.Int).Mul(dividend, pow10(shift))
	} else {
		divisor = new(big.Int).Mul(divisor, pow10(-shift))
	}
	q, rest := new(big.Int).QuoRem(dividend, divisor, new(big.Int))
	if rest.Sign() != 0 {
		sign := dividend.Sign() * divisor.Sign()
		half := rest.Lsh(rest, 1).CmpAbs(divisor)
		if rounding == roundUnnecessary {
			return nil, errRounding
		}
		if roundsUp(rounding, sign, half, q.Bit(0) == 1) {
			q.Add(q, big.NewInt(int64(sign)))
		}
	}
	return &Decimal{unscaled: q, scale: scale}, nil
}

const roundUnnecessary = 7

// roundsUp tells whether what follows the last digit makes that digit one more, away from zero. half compares it with a half.
func roundsUp(rounding int32, sign, half int, odd bool) bool {
	switch rounding {
	case 0: // up
		return true
	case 1: // down
		return false
	case 2: // ceiling
		return sign > 0
	case 3: // floor
		return sign < 0
	case 4: // half up
		return half >= 0
	case 5: // half down
		return half > 0
	}
	return half > 0 || half == 0 && odd // half even
}

// wholeQuotient is BigDecimal.divideToIntegralValue: of the difference of the scales, as far as a whole number can have it.
func wholeQuotient(d, o *Decimal) *Decimal {
	preferred := d.scale - o.scale
	scale := max(d.scale, o.scale)
	n := new(big.Int).Quo(d.rescaled(scale), o.rescaled(scale))
	switch {
	case n.Sign() == 0:
		return &Decimal{unscaled: n, scale: preferred}
	case preferred >= 0:
		return &Decimal{unscaled: n.Mul(n, pow10(preferred)), scale: preferred}
	}
	return (&Decimal{unscaled: n}).stripped(preferred)
}

// decimalOfInt answers the methods that take an int.
func decimalOfInt(d *Decimal, n int, name string) (Value, error) {
	switch name {
	case "pow":
		if n < 0 || n > 999999999 {
			return nil, Throw("java.lang.ArithmeticException", "Invalid operation")
		}
		if n*d.unscaled.BitLen() > MaxBigBits || n*abs(d.scale) > MaxDigits {
			return nil, ErrBigLimit
		}
		return &Decimal{unscaled: new(big.Int).Exp(d.unscaled, big.NewInt(int64(n)), nil), scale: d.scale * n}, nil
	case "setScale":
		if n >= d.scale {
			if n-d.scale > MaxDigits {
				return nil, ErrBigLimit
			}
			return &Decimal{unscaled: d.rescaled(n), scale: n}, nil
		}
		if d.unscaled.Sign() == 0 {
			return &Decimal{unscaled: d.unscaled, scale: n}, nil
		}
		if r := d.stripped(n); r.scale == n {
			return r, nil
		}
		return nil, errRounding
	case "movePointLeft", "movePointRight", "scaleByPowerOfTen":
		if n > MaxDigits || n < -MaxDigits {
			return nil, ErrBigLimit
		}
		if name == "movePointLeft" {
			n = -n
		}
		r := &Decimal{unscaled: d.unscaled, scale: d.scale - n}
		if name != "scaleByPowerOfTen" && n != 0 && r.scale < 0 {
			r = &Decimal{unscaled: r.rescaled(0)}
		}
		return r, nil
	}
	return nil, nil
}
