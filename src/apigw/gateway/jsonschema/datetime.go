package jsonschema

import "strings"

// validDateTime reports whether Joda-Time reads a string as yyyy-MM-dd'T'HH:mm:ss, with up to 12
// digits after the second, and an offset.
func validDateTime(s string) bool {
	t := timeReader{s}
	year := t.fixed(4)
	t.literal('-')
	month := t.fixed(2)
	t.literal('-')
	day := t.fixed(2)
	t.literal('t')
	hour := t.fixed(2)
	t.literal(':')
	minute := t.fixed(2)
	t.literal(':')
	second := t.fixed(2)
	if t.rest == failed || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) || hour > 23 || minute > 59 || second > 59 {
		return false
	}
	if fraction, ok := strings.CutPrefix(t.rest, "."); ok {
		if n := min(digitsAt(fraction, 12), 12); n > 0 {
			t.rest = fraction[n:]
		}
	}
	return validOffset(t.rest)
}

// failed is the rest after a mismatch. No valid input contains it.
const failed = "\x00failed"

type timeReader struct{ rest string }

func (t *timeReader) fixed(digits int) int {
	if digitsAt(t.rest, digits) < digits {
		t.rest = failed
		return 0
	}
	n := 0
	for _, c := range []byte(t.rest[:digits]) {
		n = n*10 + int(c-'0')
	}
	t.rest = t.rest[digits:]
	return n
}

// literal reads a character, a letter in either case.
func (t *timeReader) literal(c byte) {
	if t.rest == "" || t.rest[0] != c && !(c == 't' && t.rest[0] == 'T') {
		t.rest = failed
		return
	}
	t.rest = t.rest[1:]
}

// digitsAt counts the digits at the start of s, up to most.
func digitsAt(s string, most int) int {
	n := 0
	for n < len(s) && n < most && isDigit(s[n]) {
		n++
	}
	return n
}

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// validOffset accepts Z, ±hh, ±hhmm, ±hh:mm, and Joda's seconds and milliseconds after these.
func validOffset(s string) bool {
	if s == "Z" || s == "z" {
		return true
	}
	if len(s) < 3 || s[0] != '+' && s[0] != '-' || digitsAt(s[1:], 2) < 2 || s[1:3] > "23" {
		return false
	}
	s = s[3:]
	separated := strings.HasPrefix(s, ":")
	for i := 0; s != ""; i++ {
		separator := ":"
		if i == 2 {
			separator = ".,"
		}
		if separated {
			if strings.IndexByte(separator, s[0]) < 0 {
				return false
			}
			s = s[1:]
		}
		switch i {
		case 0, 1:
			if digitsAt(s, 2) < 2 || s[:2] > "59" {
				return false
			}
			s = s[2:]
		case 2:
			n := digitsAt(s, 3)
			return n > 0 && n == len(s)
		}
	}
	return true
}
