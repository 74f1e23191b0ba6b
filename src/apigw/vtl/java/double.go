package java

import (
	"math"
	"math/big"
	"math/bits"
)

// doubleDigits returns the digits that Java prints for a positive finite f, and the exponent so
// that f = 0.digits × 10^exp.
//
// It is the algorithm of the JDKs up to 18 (Steele and White's, with estimates): mostly the
// shortest digits that read back as f, but not always: 2e23 prints 1.9999999999999998E23.
// compatible is what Double.toString does: one digit is enough in plain notation.
func doubleDigits(f float64, compatible bool) (digits []byte, exp int) {
	const shift = 52
	b := math.Float64bits(f)
	fract := b & (1<<shift - 1)
	binExp := int(b >> shift)
	significant := shift + 1
	if binExp == 0 {
		zeros := bits.LeadingZeros64(fract)
		fract <<= zeros - (63 - shift)
		binExp = 1 - (zeros - (63 - shift))
		significant = 64 - zeros
	} else {
		fract |= 1 << shift
	}
	binExp -= 1023

	tailZeros := bits.TrailingZeros64(fract)
	fractBits := shift + 1 - tailZeros
	tiny := max(0, fractBits-binExp-1)
	if binExp <= 62 && binExp >= -21 && tiny == 0 && fractBits < 64 {
		insignificant := 0
		if binExp > significant {
			insignificant = insignificantDigits(binExp - significant - 1)
		}
		if binExp >= shift {
			fract <<= binExp - shift
		} else {
			fract >>= shift - binExp
		}
		return longDigits(fract, insignificant)
	}

	decExp := estimateExponent(fract, binExp)
	b5 := max(0, -decExp)
	b2 := b5 + tiny + binExp
	s5 := max(0, decExp)
	s2 := s5 + tiny
	m5 := b5
	m2 := b2 - significant
	fract >>= tailZeros
	b2 -= fractBits - 1
	common := min(b2, s2)
	b2 -= common
	s2 -= common
	m2 -= common
	if fractBits == 1 {
		m2-- // below a power of two the next number is half as far away
	}
	if m2 < 0 {
		b2 -= m2
		s2 -= m2
		m2 = 0
	}
	g := digitGenerator{decExp: decExp, compatible: compatible}
	bBits := fractBits + b2 + bitsOf5(b5)
	tenSBits := s2 + 1 + bitsOf5(s5+1)
	if bBits < 64 && tenSBits < 64 {
		if bBits < 32 && tenSBits < 32 {
			generate(&g, int32(int32(fract)*int32(pow5(b5)))<<b2, int32(pow5(s5))<<s2, int32(pow5(m5))<<m2)
		} else {
			generate(&g, int64(fract)*int64(pow5(b5))<<b2, int64(pow5(s5))<<s2, int64(pow5(m5))<<m2)
		}
	} else {
		g.generateBig(fract, b5, b2, s5, s2, m5, m2)
	}
	g.round()
	return g.digits, g.decExp + 1
}

func insignificantDigits(p int) int {
	if p > 1 && p < 64 {
		return int(float64(p) * 0.30102999566398120)
	}
	return 0
}

func longDigits(n uint64, insignificant int) (digits []byte, exp int) {
	if insignificant != 0 {
		p := uint64(1)
		for range insignificant {
			p *= 10
		}
		residue := n % p
		n /= p
		exp += insignificant
		if residue >= p>>1 {
			n++
		}
	}
	var buf [20]byte
	i := len(buf)
	for n%10 == 0 {
		n /= 10
		exp++
	}
	for n > 0 {
		i--
		buf[i] = byte('0' + n%10)
		n /= 10
		exp++
	}
	return append([]byte(nil), buf[i:]...), exp
}

// estimateExponent is the decimal exponent, or one more.
func estimateExponent(fract uint64, binExp int) int {
	d2 := math.Float64frombits(1023<<52 | fract&(1<<52-1))
	// The conversions keep the compiler from fusing the operations.
	d := float64((d2-1.5)*0.289529654) + 0.176091259
	d += float64(float64(binExp) * 0.301029995663981)
	return int(math.Floor(d))
}

// bitsOf5 is the number of bits of 5^n, as far as it is tabulated, and an estimate beyond.
func bitsOf5(n int) int {
	if n < 27 {
		if n == 0 {
			return 0
		}
		return bits.Len64(pow5(n))
	}
	return 3 * n
}

func pow5(n int) uint64 {
	p := uint64(1)
	for range n {
		p *= 5
	}
	return p
}

type digitGenerator struct {
	digits     []byte
	decExp     int
	compatible bool
	low, high  bool
	difference int // sign of the distance from the middle between two last digits
}

func generate[T int32 | int64](g *digitGenerator, b, s, m T) {
	tens := s * 10
	q := b / s
	b = 10 * (b % s)
	m *= 10
	g.low = b < m
	g.high = b+m > tens
	g.first(int(q))
	for !g.low && !g.high {
		q = b / s
		b = 10 * (b % s)
		m *= 10
		if m > 0 {
			g.low = b < m
			g.high = b+m > tens
		} else { // it overflowed
			g.low, g.high = true, true
		}
		g.digits = append(g.digits, byte('0'+q))
	}
	switch d := b<<1 - tens; {
	case d > 0:
		g.difference = 1
	case d < 0:
		g.difference = -1
	}
}

func (g *digitGenerator) first(q int) {
	if q == 0 && !g.high {
		g.decExp--
	} else {
		g.digits = append(g.digits, byte('0'+q))
	}
	// There is always a digit after the point: E-notation needs a second one.
	if !g.compatible || g.decExp < -3 || g.decExp >= 8 {
		g.high, g.low = false, false
	}
}

func (g *digitGenerator) generateBig(fract uint64, b5, b2, s5, s2, m5, m2 int) {
	power := func(p5, p2 int) *big.Int {
		x := new(big.Int).Exp(big.NewInt(5), big.NewInt(int64(p5)), nil)
		return x.Lsh(x, uint(p2))
	}
	s := power(s5, s2)
	b := power(b5, b2)
	b.Mul(b, new(big.Int).SetUint64(fract))
	m := power(m5+1, m2+1)
	tens := power(s5+1, s2+1)
	var q, sum big.Int
	next := func() int {
		q.QuoRem(b, s, b)
		b.Mul(b, ten)
		return int(q.Int64())
	}
	compare := func() {
		g.low = b.Cmp(m) < 0
		g.high = tens.Cmp(sum.Add(b, m)) <= 0
	}
	digit := next()
	compare()
	g.first(digit)
	for !g.low && !g.high {
		digit = next()
		m.Mul(m, ten)
		compare()
		g.digits = append(g.digits, byte('0'+digit))
	}
	if g.high && g.low {
		g.difference = b.Lsh(b, 1).Cmp(tens)
	}
}

func (g *digitGenerator) round() {
	if !g.high {
		return
	}
	if g.low {
		if g.difference < 0 || g.difference == 0 && g.digits[len(g.digits)-1]&1 == 0 {
			return
		}
	}
	i := len(g.digits) - 1
	for ; i > 0 && g.digits[i] == '9'; i-- {
		g.digits[i] = '0'
	}
	if g.digits[i] == '9' {
		g.decExp++
		g.digits[0] = '1'
		return
	}
	g.digits[i]++
}
