package java

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"
)

// format implements the part of String.format that templates use: %s %S %d %x %X %o %c %b %B %h %f
// %e %E %g %a %t %% %n with flags, width, precision and argument indexes. What Java rejects is an
// error.
func formatString(budget *Budget, f string, args []Value) (Value, error) {
	// A lone null is the array of the arguments rather than one of them: each conversion finds a
	// null then.
	noArray := len(args) == 1 && args[0] == nil
	args = varargs(args)
	var b []byte
	next, last := 0, -1
	for i := 0; i < len(f); {
		if f[i] != '%' {
			j := strings.IndexByte(f[i:], '%')
			if j < 0 {
				j = len(f) - i
			}
			b = append(b, f[i:i+j]...)
			i += j
			continue
		}
		spec, n, err := parseFormat(f[i:])
		if err != nil {
			return nil, err
		}
		i += n
		switch spec.verb {
		case '%', 'n':
			if err := spec.checkText(); err != nil {
				return nil, err
			}
		}
		switch spec.verb {
		case '%':
			b = append(b, spec.pad("%")...)
			continue
		case 'n':
			b = append(b, '\n')
			continue
		}
		switch {
		case spec.same:
			if last < 0 {
				return nil, Throw("java.util.MissingFormatArgumentException", "Format specifier '%s'", spec.text)
			}
		case spec.index > 0:
			last = spec.index - 1
		default:
			last = next
			next++
		}
		if noArray {
			last = 0
		}
		if last >= len(args) {
			return nil, Throw("java.util.MissingFormatArgumentException", "Format specifier '%s'", spec.text)
		}
		if most := max(spec.width, spec.precision); most > maxUncounted {
			if err := budget.Make(most); err != nil {
				return nil, err
			}
		}
		piece, err := formatOne(budget, spec, args[last])
		if err != nil {
			return nil, err
		}
		b = append(b, piece...)
		if err := budget.Make(len(piece)); err != nil {
			return nil, err
		}
	}
	return string(b), nil
}

// maxUncounted is the width up to which a conversion is charged after it is made.
const maxUncounted = 1 << 10

type formatSpec struct {
	text      string
	index     int
	same      bool // <: the previous argument
	flags     string
	width     int // -1 for none
	precision int // -1 for none
	verb      byte
	date      byte // of %t: the letter that follows
	upper     bool
}

func (s *formatSpec) has(flag byte) bool { return strings.IndexByte(s.flags, flag) >= 0 }

func (s *formatSpec) pad(text string) string {
	n := utf16Len(text)
	if n >= s.width {
		return text
	}
	if s.has('-') {
		return text + strings.Repeat(" ", s.width-n)
	}
	return strings.Repeat(" ", s.width-n) + text
}

// checkText rejects what is invalid for %% and %n.
func (s *formatSpec) checkText() error {
	switch {
	case s.precision >= 0:
		return Throw("java.util.IllegalFormatPrecisionException", "%d", s.precision)
	case s.verb == 'n' && s.width >= 0:
		return Throw("java.util.IllegalFormatWidthException", "%d", s.width)
	case s.same, s.flags != "" && (s.verb == 'n' || s.flags != "-"):
		flags := s.flags
		if s.same {
			flags += "<"
		}
		return Throw("java.util.IllegalFormatFlagsException", "Flags = '%s'", flags)
	}
	return nil
}

func parseFormat(f string) (*formatSpec, int, error) {
	s := &formatSpec{width: -1, precision: -1}
	i := 1
	number := func() int {
		from := i
		for i < len(f) && isDigit(f[i]) {
			i++
		}
		n, err := strconv.Atoi(f[from:i])
		if err != nil {
			return -1
		}
		return n
	}
	unknown := func() error {
		c := "%"
		if i < len(f) {
			_, size := utf8.DecodeRuneInString(f[i:])
			c = f[i : i+size]
		}
		return Throw("java.util.UnknownFormatConversionException", "Conversion = '%s'", c)
	}
	if i < len(f) && f[i] == '<' {
		s.same = true
		i++
	} else if i < len(f) && f[i] >= '1' && f[i] <= '9' {
		n := number()
		if i < len(f) && f[i] == '$' {
			s.index = n
			i++
		} else {
			s.width = n
		}
	}
	if s.width < 0 {
		from := i
		for i < len(f) && strings.IndexByte("-#+ 0,(", f[i]) >= 0 {
			if strings.IndexByte(f[from:i], f[i]) >= 0 {
				return nil, 0, Throw("java.util.DuplicateFormatFlagsException", "Flags = '%c'", f[i])
			}
			i++
		}
		s.flags = f[from:i]
		if i < len(f) && isDigit(f[i]) {
			s.width = number()
		}
	}
	if i < len(f) && f[i] == '.' {
		i++
		if i >= len(f) || !isDigit(f[i]) {
			return nil, 0, Throw("java.util.UnknownFormatConversionException", "Conversion = '%%'")
		}
		s.precision = number()
	}
	if i >= len(f) || strings.IndexByte("bBhHsScCdoxXeEfgGaAtT%n", f[i]) < 0 {
		return nil, 0, unknown()
	}
	s.verb = f[i]
	i++
	if s.verb|0x20 == 't' {
		if i >= len(f) || strings.IndexByte(dateConversions, f[i]) < 0 {
			return nil, 0, unknown()
		}
		s.date = f[i]
		i++
	}
	s.text = f[:i]
	if s.verb < 'a' && s.verb != '%' {
		s.upper = true
		s.verb |= 0x20
	}
	if (s.has('-') || s.has('0')) && s.width < 0 && s.verb != 'n' {
		return nil, 0, Throw("java.util.MissingFormatWidthException", "%s", s.text)
	}
	if s.has('-') && s.has('0') || s.has('+') && s.has(' ') {
		return nil, 0, Throw("java.util.IllegalFormatFlagsException", "Flags = '%s'", s.flags)
	}
	return s, i, nil
}

// refusedFlags are the flags that a conversion cannot have.
var refusedFlags = map[byte]string{
	's': "#+ 0,(", 'b': "#+ 0,(", 'h': "#+ 0,(", 'c': "#+ 0,(", 'd': "#", 'x': ",", 'o': ",", 'e': ",", 'g': "#", 'a': "(,", 't': "#+ 0,(",
}

func formatOne(budget *Budget, s *formatSpec, v Value) (string, error) {
	mismatch := func() error {
		return Throw("java.util.IllegalFormatConversionException", "%c != %s", s.verb, ClassName(v))
	}
	refused := refusedFlags[s.verb]
	switch v.(type) {
	case int32, int64:
		if s.verb == 'x' || s.verb == 'o' {
			refused += "( +" // only a BigInteger has a sign there
		}
	}
	if i := strings.IndexAny(s.flags, refused); i >= 0 {
		return "", Throw("java.util.FormatFlagsConversionMismatchException", "Conversion = %c, Flags = %c", s.verb, s.flags[i])
	}
	var text string
	switch s.verb {
	case 's', 'b', 'h':
		switch {
		case s.verb == 'b':
			b, isBool := v.(bool)
			text = strconv.FormatBool(v != nil && (!isBool || b))
		case v == nil:
			text = "null"
		case s.verb == 'h':
			c := comparer{budget: budget}
			h, ok := c.hash(v)
			if !ok {
				h = identityHash(v)
			}
			text = strconv.FormatUint(uint64(uint32(h)), 16)
		default:
			s, _, err := Text(budget, v)
			if err != nil {
				return "", err
			}
			text = s
		}
		if s.precision >= 0 && s.precision < utf16Len(text) {
			text = substring(text, 0, s.precision)
		}
	case 'c':
		switch c := v.(type) {
		case nil:
			text = "null"
		case Char:
			text = string(AppendUnit(nil, rune(c)))
		case int32:
			if c < 0 || c > utf8.MaxRune {
				return "", Throw("java.util.IllegalFormatCodePointException", "Code point = 0x%x", uint32(c))
			}
			text = string(AppendUnit(nil, c))
		default:
			return "", mismatch()
		}
		if s.precision >= 0 {
			return "", Throw("java.util.IllegalFormatPrecisionException", "%d", s.precision)
		}
	case 't':
		millis, isLong := v.(int64)
		switch {
		case s.precision >= 0:
			return "", Throw("java.util.IllegalFormatPrecisionException", "%d", s.precision)
		case v == nil:
			text = "null"
		case !isLong:
			return "", mismatch()
		default:
			text = newDate(millis).format(s.date)
		}
	case 'd', 'x', 'o':
		if s.precision >= 0 {
			return "", Throw("java.util.IllegalFormatPrecisionException", "%d", s.precision)
		}
		if v == nil {
			text = "null"
			break
		}
		if !isIntegral(v) {
			return "", mismatch()
		}
		return s.finish(formatInteger(s, v)), nil
	case 'a', 'f', 'e', 'g':
		if v == nil {
			text = "null"
			if s.precision >= 0 {
				text = text[:min(s.precision, len(text))]
			}
			break
		}
		f, isDouble := v.(float64)
		switch _, isDecimal := v.(*Decimal); {
		case isDouble && s.verb == 'a':
			return s.finish(formatHex(s, f)), nil
		case isDouble, isDecimal && s.verb != 'a':
			return s.finish(formatFloat(s, v)), nil
		}
		return "", mismatch()
	default:
		return "", Throw("java.util.UnknownFormatConversionException", "Conversion = '%c'", s.verb)
	}
	if s.upper {
		text = upper(text)
	}
	return s.pad(text), nil
}

// finish puts sign, zeros and width around the digits of a number.
func (s *formatSpec) finish(negative bool, digits string, finite bool) string {
	prefix, suffix := "", ""
	switch {
	case negative && s.has('('):
		prefix, suffix = "(", ")"
	case negative:
		prefix = "-"
	case s.has('+'):
		prefix = "+"
	case s.has(' '):
		prefix = " "
	}
	if s.has('#') && s.verb == 'x' || finite && s.verb == 'a' {
		prefix += "0x"
	} else if s.has('#') && s.verb == 'o' {
		prefix += "0"
	}
	if s.has('0') && finite {
		if n := s.width - len(prefix) - len(digits) - len(suffix); n > 0 {
			digits = strings.Repeat("0", n) + digits
		}
	}
	text := prefix + digits + suffix
	if s.upper {
		text = strings.ToUpper(text)
	}
	return s.pad(text)
}

func formatInteger(s *formatSpec, v Value) (negative bool, digits string, finite bool) {
	base := 10
	switch s.verb {
	case 'x':
		base = 16
	case 'o':
		base = 8
	}
	if base != 10 {
		switch n := v.(type) {
		case int32:
			return false, strconv.FormatUint(uint64(uint32(n)), base), true
		case int64:
			return false, strconv.FormatUint(uint64(n), base), true
		}
	}
	b := bigValue(v)
	digits = new(big.Int).Abs(b).Text(base)
	if s.has(',') {
		digits = group(digits)
	}
	return b.Sign() < 0, digits, true
}

// group puts commas between groups of three digits.
func group(digits string) string {
	var b strings.Builder
	for i := range len(digits) {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteByte(digits[i])
	}
	return b.String()
}

func formatFloat(s *formatSpec, v Value) (negative bool, digits string, finite bool) {
	precision := s.precision
	if precision < 0 {
		precision = 6
	}
	d, isDecimal := v.(*Decimal)
	f := doubleValue(v)
	switch {
	case f != f && !isDecimal:
		return false, "NaN", false
	case math.IsInf(f, 0) && !isDecimal:
		return f < 0, "Infinity", false
	}
	negative = math.Signbit(f)
	if !isDecimal {
		// Java rounds the decimal digits that the double prints, half up.
		ds, exp := []byte{'0'}, 1
		if f != 0 {
			ds, exp = doubleDigits(math.Abs(f), false)
		}
		u, _ := new(big.Int).SetString(string(ds), 10)
		d = &Decimal{unscaled: u, scale: len(ds) - exp}
	} else {
		d = &Decimal{unscaled: new(big.Int).Abs(d.unscaled), scale: d.scale}
	}
	verb := s.verb
	if verb == 'g' {
		if precision == 0 {
			precision = 1
		}
		r := d.roundSignificant(precision)
		exp := len(r.unscaled.String()) - r.scale
		if r.unscaled.Sign() == 0 || exp > -4 && exp <= precision {
			verb = 'f'
			if r.unscaled.Sign() == 0 {
				exp = 1
			}
			precision = max(0, precision-exp)
			d = r
		} else {
			verb = 'e'
			precision--
		}
	}
	if verb == 'f' {
		digits = d.fixed(precision)
		if s.has(',') {
			whole, fraction, _ := strings.Cut(digits, ".")
			digits = group(whole)
			if fraction != "" {
				digits += "." + fraction
			}
		}
		if s.has('#') && precision == 0 {
			digits += "."
		}
		return negative, digits, true
	}
	r := d.roundSignificant(precision + 1)
	text := r.unscaled.String()
	exp := len(text) - r.scale - 1
	if r.unscaled.Sign() == 0 {
		exp = 0
	}
	if n := precision + 1 - len(text); n > 0 {
		text += strings.Repeat("0", n)
	}
	digits = text[:1]
	if precision > 0 {
		digits += "." + text[1:precision+1]
	} else if s.has('#') {
		digits += "."
	}
	sign := "+"
	if exp < 0 {
		sign, exp = "-", -exp
	}
	e := strconv.Itoa(exp)
	if len(e) < 2 {
		e = "0" + e
	}
	return negative, digits + "e" + sign + e, true
}

// formatHex formats a double for %a. Java counts the zeros of a width before it fills up the
// precision.
func formatHex(s *formatSpec, f float64) (negative bool, digits string, finite bool) {
	negative = math.Signbit(f)
	f = math.Abs(f)
	if digits, finite = strings.CutPrefix(doubleHex(f), "0x"); !finite || s.precision < 0 {
		return negative, digits, finite
	}
	n := max(1, s.precision)
	if f != 0 && n < 13 {
		digits = roundHex(f, n)
	}
	mantissa, exp, _ := strings.Cut(digits, "p")
	fraction := len(mantissa) - len("0.")
	if s.has('0') {
		sign := 0
		if negative || s.has('+') || s.has(' ') {
			sign = 1
		}
		mantissa = strings.Repeat("0", max(0, s.width-len(digits)-len("0x")-sign)) + mantissa
	}
	return negative, mantissa + strings.Repeat("0", n-fraction) + "p" + exp, true
}

// roundHex writes a positive double with n hexadecimal digits after the point, or fewer. The first
// digit is 1.
func roundHex(f float64, n int) string {
	scale := 0
	if f < 0x1p-1022 {
		f, scale = f*0x1p54, 54
	}
	drop := 52 - 4*n
	bits := math.Float64bits(f)
	kept, rest, half := bits>>drop, bits&(1<<drop-1), uint64(1)<<(drop-1)
	if rest > half || rest == half && kept&1 == 1 {
		kept++
	}
	if f = math.Float64frombits(kept << drop); math.IsInf(f, 0) {
		return "1.0p1024"
	}
	mantissa, exp, _ := strings.Cut(doubleHex(f), "p")
	e, _ := strconv.Atoi(exp)
	return mantissa[len("0x"):] + "p" + strconv.Itoa(e-scale)
}

// fixed prints a number that is not negative with n digits after the point, rounding half up.
func (d *Decimal) fixed(n int) string {
	u := d.unscaled
	more := 0 // zeros at the end
	if d.scale > n {
		p := pow10(d.scale - n)
		q, r := new(big.Int).QuoRem(u, p, new(big.Int))
		if r.Lsh(r, 1).Cmp(p) >= 0 {
			q.Add(q, big.NewInt(1))
		}
		u = q
	} else {
		u = d.rescaled(max(d.scale, 0))
		more = n - max(d.scale, 0)
	}
	s := u.String() + strings.Repeat("0", more)
	if n == 0 {
		return s
	}
	if len(s) <= n {
		s = strings.Repeat("0", n-len(s)+1) + s
	}
	return s[:len(s)-n] + "." + s[len(s)-n:]
}

// roundSignificant rounds to n significant digits, half up.
func (d *Decimal) roundSignificant(n int) *Decimal {
	drop := len(d.unscaled.String()) - n
	if drop <= 0 || d.unscaled.Sign() == 0 {
		return d
	}
	p := pow10(drop)
	q, r := new(big.Int).QuoRem(d.unscaled, p, new(big.Int))
	if r.Lsh(r, 1).Cmp(p) >= 0 {
		q.Add(q, big.NewInt(1))
	}
	out := &Decimal{unscaled: q, scale: d.scale - drop}
	if len(q.String()) > n {
		out.unscaled = q.Quo(q, ten)
		out.scale--
	}
	return out
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
