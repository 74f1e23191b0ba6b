package jsonschema

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
)

// MaxDigits and MaxExponent bound the numbers of a body and of a schema: beyond them the service's
// own arithmetic would take forever.
const (
	MaxDigits   = 1000
	MaxExponent = 1000
)

// decimal is sign × digits × 10^exp, where digits neither begins nor ends with a zero. Zero has no
// digits.
type decimal struct {
	negative bool
	digits   string
	exp      int
}

func parseDecimal(text string) (decimal, error) {
	if len(text) > MaxDigits {
		return decimal{}, fmt.Errorf("a number of more than %d characters", MaxDigits)
	}
	rest, negative := strings.CutPrefix(text, "-")
	mantissa, exponent := rest, 0
	if i := strings.IndexAny(rest, "eE"); i >= 0 {
		mantissa = rest[:i]
		n, err := strconv.Atoi(rest[i+1:])
		if err != nil || n > MaxExponent || n < -MaxExponent {
			return decimal{}, fmt.Errorf("a number with an exponent beyond ±%d: %.40s", MaxExponent, text)
		}
		exponent = n
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := whole + fraction
	for _, c := range []byte(digits) {
		if c < '0' || c > '9' {
			return decimal{}, fmt.Errorf("%.40q is not a number", text)
		}
	}
	if digits == "" {
		return decimal{}, fmt.Errorf("%.40q is not a number", text)
	}
	digits = strings.TrimLeft(digits, "0")
	trimmed := strings.TrimRight(digits, "0")
	if trimmed == "" {
		return decimal{}, nil
	}
	return decimal{negative: negative, digits: trimmed, exp: exponent - len(fraction) + len(digits) - len(trimmed)}, nil
}

func (d decimal) sign() int {
	switch {
	case d.digits == "":
		return 0
	case d.negative:
		return -1
	}
	return 1
}

func (d decimal) cmp(e decimal) int {
	if d.sign() != e.sign() || d.sign() == 0 {
		return d.sign() - e.sign()
	}
	n := d.exp + len(d.digits) - e.exp - len(e.digits)
	if n == 0 {
		n = strings.Compare(d.digits, e.digits)
	}
	return n * d.sign()
}

func (d decimal) isWhole() bool { return d.digits == "" || d.exp >= 0 }

// isLong reports whether it is a whole number that fits into Java's long.
func (d decimal) isLong() bool {
	if !d.isWhole() || d.exp+len(d.digits) > 19 {
		return false
	}
	_, err := strconv.ParseInt(d.plain(), 10, 64)
	return err == nil
}

// isInt reports whether it is a whole number that fits into Java's int.
func (d decimal) isInt() bool {
	if !d.isLong() {
		return false
	}
	n, _ := strconv.ParseInt(d.plain(), 10, 64)
	return n == int64(int32(n))
}

// multipleOf reports whether d is a multiple of e, which is greater than zero. Nothing is computed
// whose size depends on an exponent.
func (d decimal) multipleOf(e decimal) bool {
	if d.digits == "" {
		return true
	}
	shift := d.exp - e.exp
	if shift < 0 { // e would have to end with more zeros than d has
		return false
	}
	a, _ := new(big.Int).SetString(d.digits, 10)
	m, _ := new(big.Int).SetString(e.digits, 10)
	power := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(shift)), m)
	return a.Mul(a, power).Mod(a, m).Sign() == 0
}

// plain writes a whole number without an exponent.
func (d decimal) plain() string {
	if d.digits == "" {
		return "0"
	}
	s := d.digits + strings.Repeat("0", d.exp)
	if d.negative {
		return "-" + s
	}
	return s
}

// String writes it as Java's BigDecimal does.
func (d decimal) String() string {
	if d.digits == "" {
		return "0"
	}
	sign := ""
	if d.negative {
		sign = "-"
	}
	s, scale := d.digits, -d.exp
	adjusted := len(s) - 1 - scale
	switch {
	case scale == 0:
		return sign + s
	case scale > 0 && adjusted >= -6:
		if point := len(s) - scale; point > 0 {
			return sign + s[:point] + "." + s[point:]
		}
		return sign + "0." + strings.Repeat("0", scale-len(s)) + s
	}
	if len(s) > 1 {
		s = s[:1] + "." + s[1:]
	}
	if adjusted != 0 {
		s += fmt.Sprintf("E%+d", adjusted)
	}
	return sign + s
}

// hash is Double.hashCode of the nearest double.
func (d decimal) hash() int32 {
	f, _ := strconv.ParseFloat(d.String(), 64)
	bits := math.Float64bits(f)
	return int32(bits ^ bits>>32)
}
