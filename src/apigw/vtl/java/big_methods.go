package java

import (
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"strings"
)

// The methods of java.math's BigInteger and BigDecimal. Static methods can be called through any
// value of the class.

// maxPrimeBits is the length of numbers to be tested for primality or raised to a power modulo
// another, whose time grows with the cube of the length.
const maxPrimeBits = MaxBigBits >> 6

var (
	errDivideZero     = Throw("java.lang.ArithmeticException", "BigInteger divide by zero")
	errModulus        = Throw("java.lang.ArithmeticException", "BigInteger: modulus not positive")
	errNegativeRoot   = Throw("java.lang.ArithmeticException", "Negative BigInteger")
	errNotInvertible  = Throw("java.lang.ArithmeticException", "BigInteger not invertible.")
	errNegativeBit    = Throw("java.lang.ArithmeticException", "Negative bit address")
	errDivisionByZero = Throw("java.lang.ArithmeticException", "Division by zero")
	errRounding       = Throw("java.lang.ArithmeticException", "Rounding necessary")
	errInexact        = Throw("java.lang.ArithmeticException", "Non-terminating decimal expansion; no exact representable decimal result.")
)

var bigMethods = []method[*big.Int]{
	{"abs", "", returns(func(b *big.Int) *big.Int { return new(big.Int).Abs(b) })},
	{"negate", "", returns(func(b *big.Int) *big.Int { return new(big.Int).Neg(b) })},
	{"not", "", returns(func(b *big.Int) *big.Int { return new(big.Int).Not(b) })},
	{"signum", "", func(c call[*big.Int]) (Value, error) { return Int(int32(c.self.Sign())), nil }},
	{"bitLength", "", func(c call[*big.Int]) (Value, error) { return Int(int32(magnitude(c.self).BitLen())), nil }},
	{"bitCount", "", func(c call[*big.Int]) (Value, error) {
		n := 0
		for _, w := range magnitude(c.self).Bits() {
			n += bits.OnesCount(uint(w))
		}
		return Int(int32(n)), nil
	}},
	{"getLowestSetBit", "", func(c call[*big.Int]) (Value, error) {
		if c.self.Sign() == 0 {
			return Int(-1), nil
		}
		return Int(int32(c.self.TrailingZeroBits())), nil
	}},
	{"sqrt", "", func(c call[*big.Int]) (Value, error) {
		if c.self.Sign() < 0 {
			return nil, errNegativeRoot
		}
		return new(big.Int).Sqrt(c.self), nil
	}},
	{"sqrtAndRemainder", "", func(c call[*big.Int]) (Value, error) {
		if c.self.Sign() < 0 {
			return nil, errNegativeRoot
		}
		root := new(big.Int).Sqrt(c.self)
		return &Array{class: "java.math.BigInteger", items: []Value{root, new(big.Int).Sub(c.self, new(big.Int).Mul(root, root))}}, nil
	}},
	{"toByteArray", "", func(c call[*big.Int]) (Value, error) {
		n := magnitude(c.self).BitLen()/8 + 1
		unsigned := c.self
		if c.self.Sign() < 0 {
			unsigned = new(big.Int).Add(c.self, new(big.Int).Lsh(big.NewInt(1), uint(8*n)))
		}
		a := &Array{class: "byte"}
		for _, b := range unsigned.FillBytes(make([]byte, n)) {
			a.items = append(a.items, Int(int32(int8(b))))
		}
		return a, nil
	}},
	{"byteValueExact", "", func(c call[*big.Int]) (Value, error) { return exactValue(c.self, 8) }},
	{"shortValueExact", "", func(c call[*big.Int]) (Value, error) { return exactValue(c.self, 16) }},
	{"intValueExact", "", func(c call[*big.Int]) (Value, error) { return exactValue(c.self, 32) }},
	{"longValueExact", "", func(c call[*big.Int]) (Value, error) { return exactValue(c.self, 64) }},
	{"nextProbablePrime", "", func(c call[*big.Int]) (Value, error) { return nextPrime(c.Budget, c.self) }},

	{"add", "BigInteger", ofBig(func(b, o *big.Int) (Value, error) { return new(big.Int).Add(b, o), nil })},
	{"subtract", "BigInteger", ofBig(func(b, o *big.Int) (Value, error) { return new(big.Int).Sub(b, o), nil })},
	{"multiply", "BigInteger", ofBig(func(b, o *big.Int) (Value, error) { return new(big.Int).Mul(b, o), nil })},
	{"divide", "BigInteger", ofBig(func(b, o *big.Int) (Value, error) {
		if o.Sign() == 0 {
			return nil, errDivideZero
		}
		return new(big.Int).Quo(b, o), nil
	})},
	{"remainder", "BigInteger", ofBig(func(b, o *big.Int) (Value, error) {
		if o.Sign() == 0 {
			return nil, errDivideZero
		}
		return new(big.Int).Rem(b, o), nil
	})},
	{"divideAndRemainder", "BigInteger", ofBig(func(b, o *big.Int) (Value, error) {
		if o.Sign() == 0 {
			return nil, errDivideZero
		}
		q, rest := new(big.Int).QuoRem(b, o, new(big.Int))
		return &Array{class: "java.math.BigInteger", items: []Value{q, rest}}, nil
	})},
	{"mod", "BigInteger", ofBig(func(b, o *big.Int) (Value, error) {
		if o.Sign() <= 0 {
			return nil, errModulus
		}
		return new(big.Int).Mod(b, o), nil
	})},
	{"modInverse", "BigInteger", ofBig(func(b, o *big.Int) (Value, error) {
		if o.Sign() <= 0 {
			return nil, errModulus
		}
		r := new(big.Int)
		if o.IsInt64() && o.Int64() == 1 {
			return r, nil
		}
		if r.ModInverse(b, o) == nil {
			return nil, errNotInvertible
		}
		return r, nil
	})},
	{"max", "BigInteger", ofBig(func(b, o *big.Int) (Value, error) {
		if b.Cmp(o) < 0 {
			return o, nil
		}
		return b, nil
	})},
	{"min", "BigInteger", ofBig(func(b, o *big.Int) (Value, error) {
		if b.Cmp(o) < 0 {
			return b, nil
		}
		return o, nil
	})},
	{"gcd", "BigInteger", ofBig(func(b, o *big.Int) (Value, error) {
		return new(big.Int).GCD(nil, nil, new(big.Int).Abs(b), new(big.Int).Abs(o)), nil
	})},
	{"and", "BigInteger", ofBig(func(b, o *big.Int) (Value, error) { return new(big.Int).And(b, o), nil })},
	{"or", "BigInteger", ofBig(func(b, o *big.Int) (Value, error) { return new(big.Int).Or(b, o), nil })},
	{"xor", "BigInteger", ofBig(func(b, o *big.Int) (Value, error) { return new(big.Int).Xor(b, o), nil })},
	{"andNot", "BigInteger", ofBig(func(b, o *big.Int) (Value, error) { return new(big.Int).AndNot(b, o), nil })},
	{"compareTo", "Object", compareTo("java.math.BigInteger", func(a, b *big.Int) Value { return Int(int32(a.Cmp(b))) })},

	{"pow", "int", func(c call[*big.Int]) (Value, error) {
		b, n := c.self, c.int(0)
		switch {
		case n < 0:
			return nil, Throw("java.lang.ArithmeticException", "Negative exponent")
		case int(n)*b.BitLen() > MaxBigBits:
			return nil, ErrBigLimit
		}
		return new(big.Int).Exp(b, big.NewInt(int64(n)), nil), nil
	}},
	{"shiftLeft", "int", func(c call[*big.Int]) (Value, error) { return shiftLeft(c.self, int(c.int(0))) }},
	{"shiftRight", "int", func(c call[*big.Int]) (Value, error) { return shiftLeft(c.self, -int(c.int(0))) }},
	{"testBit", "int", func(c call[*big.Int]) (Value, error) {
		if c.int(0) < 0 {
			return nil, errNegativeBit
		}
		return c.self.Bit(int(c.int(0))) == 1, nil
	}},
	{"setBit", "int", withBit(func(uint) uint { return 1 })},
	{"clearBit", "int", withBit(func(uint) uint { return 0 })},
	{"flipBit", "int", withBit(func(bit uint) uint { return 1 - bit })},
	{"isProbablePrime", "int", func(c call[*big.Int]) (Value, error) {
		b := c.self
		if b.BitLen() > maxPrimeBits {
			return nil, ErrBigLimit
		}
		if c.int(0) <= 0 { // the certainty asked for
			return true, nil
		}
		if err := c.Step(b.BitLen() * b.BitLen() >> 10); err != nil {
			return nil, err
		}
		return new(big.Int).Abs(b).ProbablyPrime(20), nil
	}},
	{"toString", "int", func(c call[*big.Int]) (Value, error) {
		radix := c.int(0)
		if radix < 2 || radix > 36 {
			radix = 10
		}
		return c.self.Text(int(radix)), nil
	}},
	{"modPow", "BigInteger, BigInteger", func(c call[*big.Int]) (Value, error) {
		if c.args[0] == nil || c.args[1] == nil {
			return nil, errNull
		}
		return modPow(c.Budget, c.self, c.args[0].(*big.Int), c.args[1].(*big.Int))
	}},
	{"valueOf", "long", func(c call[*big.Int]) (Value, error) { return big.NewInt(c.long(0)), nil }},
}

// ofBig makes a method from a function of another BigInteger, which must not be null.
func ofBig(f func(b, o *big.Int) (Value, error)) func(call[*big.Int]) (Value, error) {
	return func(c call[*big.Int]) (Value, error) {
		o, ok := c.args[0].(*big.Int)
		if !ok {
			return nil, errNull
		}
		if err := c.Make((c.self.BitLen() + o.BitLen()) / 8); err != nil {
			return nil, err
		}
		return f(c.self, o)
	}
}

// magnitude has the bits that Java's bitLength and bitCount count.
func magnitude(b *big.Int) *big.Int {
	if b.Sign() < 0 {
		return new(big.Int).Not(b)
	}
	return b
}

// exactValue is the value as an integer of a size in bits, an Integer or a Long.
func exactValue(b *big.Int, size int) (Value, error) {
	switch {
	case magnitude(b).BitLen() >= size:
		return nil, Throw("java.lang.ArithmeticException", "BigInteger out of range")
	case size == 64:
		return b.Int64(), nil
	}
	return Int(int32(b.Int64())), nil
}

func shiftLeft(b *big.Int, n int) (Value, error) {
	switch {
	case n < 0:
		return new(big.Int).Rsh(b, uint(-n)), nil
	case b.Sign() != 0 && n+b.BitLen() > MaxBigBits:
		return nil, ErrBigLimit
	}
	return new(big.Int).Lsh(b, uint(n)), nil
}

// withBit makes a method that changes a bit.
func withBit(to func(bit uint) uint) func(call[*big.Int]) (Value, error) {
	return func(c call[*big.Int]) (Value, error) {
		n := int(c.int(0))
		switch {
		case n < 0:
			return nil, errNegativeBit
		case n > MaxBigBits:
			return nil, ErrBigLimit
		}
		return new(big.Int).SetBit(c.self, n, to(c.self.Bit(n))), nil
	}
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
		return nil, errNotInvertible
	}
	return r, nil
}

var decimalMethods = []method[*Decimal]{
	{"scale", "", func(c call[*Decimal]) (Value, error) { return Int(int32(c.self.scale)), nil }},
	{"signum", "", func(c call[*Decimal]) (Value, error) { return Int(int32(c.self.unscaled.Sign())), nil }},
	{"precision", "", func(c call[*Decimal]) (Value, error) { return Int(int32(c.self.digits())), nil }},
	{"unscaledValue", "", returns(func(d *Decimal) *big.Int { return d.unscaled })},
	{"toBigInteger", "", returns((*Decimal).toBig)},
	{"plus", "", returns(func(d *Decimal) *Decimal { return d })},
	{"negate", "", returns(func(d *Decimal) *Decimal { return &Decimal{new(big.Int).Neg(d.unscaled), d.scale} })},
	{"abs", "", returns(func(d *Decimal) *Decimal { return &Decimal{new(big.Int).Abs(d.unscaled), d.scale} })},
	{"ulp", "", returns(func(d *Decimal) *Decimal { return &Decimal{big.NewInt(1), d.scale} })},
	{"stripTrailingZeros", "", returns(func(d *Decimal) *Decimal {
		if d.unscaled.Sign() == 0 {
			return &Decimal{unscaled: new(big.Int)}
		}
		return d.stripped(math.MinInt32)
	})},
	{"toPlainString", "", returns((*Decimal).plain)},
	{"toEngineeringString", "", returns((*Decimal).engineering)},
	{"toBigIntegerExact", "", func(c call[*Decimal]) (Value, error) { return noValueFor(c.self.whole()) }},
	{"byteValueExact", "", func(c call[*Decimal]) (Value, error) { return exactDecimal(c.self, 8) }},
	{"shortValueExact", "", func(c call[*Decimal]) (Value, error) { return exactDecimal(c.self, 16) }},
	{"intValueExact", "", func(c call[*Decimal]) (Value, error) { return exactDecimal(c.self, 32) }},
	{"longValueExact", "", func(c call[*Decimal]) (Value, error) { return exactDecimal(c.self, 64) }},

	{"add", "BigDecimal", ofDecimal(func(b *Budget, d, o *Decimal) (Value, error) { return decimalArith(b, '+', d, o) })},
	{"subtract", "BigDecimal", ofDecimal(func(b *Budget, d, o *Decimal) (Value, error) { return decimalArith(b, '-', d, o) })},
	{"multiply", "BigDecimal", ofDecimal(func(b *Budget, d, o *Decimal) (Value, error) { return decimalArith(b, '*', d, o) })},
	{"divide", "BigDecimal", ofDecimal(func(_ *Budget, d, o *Decimal) (Value, error) {
		if o.unscaled.Sign() == 0 {
			return nil, errDivisionByZero
		}
		return exactQuotient(d, o)
	})},
	{"divideToIntegralValue", "BigDecimal", ofDecimal(func(b *Budget, d, o *Decimal) (Value, error) {
		quotient, _, err := divideWhole(b, d, o)
		return noValueFor(quotient, err)
	})},
	{"remainder", "BigDecimal", ofDecimal(func(b *Budget, d, o *Decimal) (Value, error) {
		_, rest, err := divideWhole(b, d, o)
		return rest, err
	})},
	{"divideAndRemainder", "BigDecimal", ofDecimal(func(b *Budget, d, o *Decimal) (Value, error) {
		quotient, rest, err := divideWhole(b, d, o)
		return &Array{class: "java.math.BigDecimal", items: []Value{quotient, rest}}, err
	})},
	{"max", "BigDecimal", ofDecimal(func(_ *Budget, d, o *Decimal) (Value, error) {
		if d.Cmp(o) >= 0 {
			return d, nil
		}
		return o, nil
	})},
	{"min", "BigDecimal", ofDecimal(func(_ *Budget, d, o *Decimal) (Value, error) {
		if d.Cmp(o) <= 0 {
			return d, nil
		}
		return o, nil
	})},
	{"compareTo", "Object", compareTo("java.math.BigDecimal", func(a, b *Decimal) Value { return Int(int32(a.Cmp(b))) })},

	{"pow", "int", func(c call[*Decimal]) (Value, error) {
		d, n := c.self, int(c.int(0))
		switch {
		case n < 0 || n > 999999999:
			return nil, Throw("java.lang.ArithmeticException", "Invalid operation")
		case n*d.unscaled.BitLen() > MaxBigBits || n*abs(d.scale) > MaxDigits:
			return nil, ErrBigLimit
		}
		return &Decimal{unscaled: new(big.Int).Exp(d.unscaled, big.NewInt(int64(n)), nil), scale: d.scale * n}, nil
	}},
	{"setScale", "int", func(c call[*Decimal]) (Value, error) { return withScale(c.self, int(c.int(0))) }},
	{"setScale", "int, int", func(c call[*Decimal]) (Value, error) {
		return c.self.divided(&Decimal{unscaled: big.NewInt(1)}, int(c.int(0)), c.int(1))
	}},
	{"divide", "BigDecimal, int", func(c call[*Decimal]) (Value, error) {
		o, _ := c.args[0].(*Decimal)
		return c.self.divided(o, c.self.scale, c.int(1))
	}},
	{"divide", "BigDecimal, int, int", func(c call[*Decimal]) (Value, error) {
		o, _ := c.args[0].(*Decimal)
		return c.self.divided(o, int(c.int(1)), c.int(2))
	}},
	{"setScale", "int, Function", needsFunction[*Decimal]}, // a RoundingMode
	{"divide", "BigDecimal, int, Function", needsContext},
	{"movePointLeft", "int", func(c call[*Decimal]) (Value, error) { return movePoint(c.self, -int(c.int(0)), true) }},
	{"movePointRight", "int", func(c call[*Decimal]) (Value, error) { return movePoint(c.self, int(c.int(0)), true) }},
	{"scaleByPowerOfTen", "int", func(c call[*Decimal]) (Value, error) { return movePoint(c.self, int(c.int(0)), false) }},

	// What is a Function here is a MathContext.
	{"round", "Function", needsFunction[*Decimal]},
	{"abs", "Function", needsFunction[*Decimal]},
	{"plus", "Function", needsFunction[*Decimal]},
	{"negate", "Function", needsFunction[*Decimal]},
	{"sqrt", "Function", func(c call[*Decimal]) (Value, error) {
		if c.self.unscaled.Sign() == 0 {
			return &Decimal{unscaled: new(big.Int), scale: c.self.scale / 2}, nil
		}
		return nil, errNull
	}},
	{"add", "BigDecimal, Function", needsContext},
	{"subtract", "BigDecimal, Function", needsContext},
	{"multiply", "BigDecimal, Function", needsContext},
	{"remainder", "BigDecimal, Function", needsContext},
	{"divideToIntegralValue", "BigDecimal, Function", needsContext},
	{"divideAndRemainder", "BigDecimal, Function", needsContext},

	{"valueOf", "long", func(c call[*Decimal]) (Value, error) { return &Decimal{unscaled: big.NewInt(c.long(0))}, nil }},
	{"valueOf", "double", func(c call[*Decimal]) (Value, error) { return printedDecimal(c.double(0)) }},
	{"valueOf", "long, int", func(c call[*Decimal]) (Value, error) {
		return &Decimal{unscaled: big.NewInt(c.long(0)), scale: int(c.int(1))}, nil
	}},
}

// needsContext is a method with a MathContext, which can only be null here.
func needsContext(c call[*Decimal]) (Value, error) {
	if c.args[0] == nil {
		return nil, errNoMethod
	}
	return nil, errNull
}

// ofDecimal makes a method from a function of another BigDecimal, which must not be null.
func ofDecimal(f func(b *Budget, d, o *Decimal) (Value, error)) func(call[*Decimal]) (Value, error) {
	return func(c call[*Decimal]) (Value, error) {
		o, ok := c.args[0].(*Decimal)
		if !ok {
			return nil, errNull
		}
		if err := c.Make((c.self.unscaled.BitLen() + o.unscaled.BitLen()) / 8); err != nil {
			return nil, err
		}
		return f(c.Budget, c.self, o)
	}
}

// whole is toBigIntegerExact.
func (d *Decimal) whole() (*big.Int, error) {
	whole := d.toBig()
	if d.Cmp(&Decimal{unscaled: whole}) != 0 {
		return nil, errRounding
	}
	return whole, nil
}

func exactDecimal(d *Decimal, size int) (Value, error) {
	whole, err := d.whole()
	if err != nil {
		return nil, err
	}
	return exactValue(whole, size)
}

// divideWhole is divideAndRemainder.
func divideWhole(budget *Budget, d, o *Decimal) (quotient *Decimal, rest Value, err error) {
	if o.unscaled.Sign() == 0 {
		return nil, nil, errDivisionByZero
	}
	quotient = wholeQuotient(d, o)
	product, err := decimalArith(budget, '*', quotient, o)
	if err != nil {
		return nil, nil, err
	}
	rest, err = decimalArith(budget, '-', d, product)
	return quotient, rest, err
}

// withScale is setScale without loss of precision.
func withScale(d *Decimal, n int) (Value, error) {
	switch {
	case n-d.scale > MaxDigits:
		return nil, ErrBigLimit
	case n >= d.scale:
		return &Decimal{unscaled: d.rescaled(n), scale: n}, nil
	case d.unscaled.Sign() == 0:
		return &Decimal{unscaled: d.unscaled, scale: n}, nil
	}
	if r := d.stripped(n); r.scale == n {
		return r, nil
	}
	return nil, errRounding
}

// movePoint moves the decimal point to the right; with plain, the scale does not become negative.
func movePoint(d *Decimal, n int, plain bool) (Value, error) {
	if abs(n) > MaxDigits {
		return nil, ErrBigLimit
	}
	r := &Decimal{unscaled: d.unscaled, scale: d.scale - n}
	if plain && n != 0 && r.scale < 0 {
		r = &Decimal{unscaled: r.rescaled(0)}
	}
	return r, nil
}

// printedDecimal is BigDecimal.valueOf of a double: the number that the double prints as.
func printedDecimal(f float64) (Value, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, Throw("java.lang.NumberFormatException", "")
	}
	text := string(appendDouble(nil, f))
	d, ok := ParseDecimal(text)
	if !ok {
		return nil, numberFormat(text)
	}
	return d, nil
}

// digits is how many decimal digits the unscaled value has.
func (d *Decimal) digits() int { return len(new(big.Int).Abs(d.unscaled).String()) }

// stripped removes trailing zeros, down to a scale.
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

// engineering prints with exponents that are multiples of three, as BigDecimal.toEngineeringString
// does.
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

// exactQuotient is BigDecimal.divide: the difference of the scales, or as many more digits as
// needed.
func exactQuotient(d, o *Decimal) (Value, error) {
	q := new(big.Rat).SetFrac(d.unscaled, o.unscaled)
	digits, exact := q.FloatPrec()
	if !exact {
		return nil, errInexact
	}
	n := new(big.Int).Mul(q.Num(), pow10(digits))
	return &Decimal{unscaled: n.Quo(n, q.Denom()), scale: d.scale - o.scale + digits}, nil
}

// divided is BigDecimal.divide to a scale, rounded as one of the constants BigDecimal.ROUND_UP, 0,
// to ROUND_UNNECESSARY, 7, specifies.
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

// roundsUp reports whether the rest after the last digit rounds that digit up, away from zero. half
// compares the rest with a half.
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

// wholeQuotient is BigDecimal.divideToIntegralValue: at the difference of the scales, as far as a
// whole number allows.
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
