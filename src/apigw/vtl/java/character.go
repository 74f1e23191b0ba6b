package java

import (
	"strconv"
	"unicode"
)

// The methods of java.lang.Character.

func callCharacter(c Char, name string, args []Value) (Value, bool, error) {
	switch name {
	case "charValue":
		if len(args) == 0 {
			return c, true, nil
		}
	case "compareTo":
		if len(args) == 1 {
			switch o := args[0].(type) {
			case Char:
				return Int(int32(c) - int32(o)), true, nil
			case nil:
				return nil, false, errNull
			}
			return nil, false, castError(args[0], "java.lang.Character")
		}
	case "compare":
		if takes(args, "cc") {
			return Int(int32(args[0].(Char)) - int32(args[1].(Char))), true, nil
		}
	case "toString", "valueOf":
		if takes(args, "c") {
			if name == "valueOf" {
				return args[0], true, nil
			}
			return string(AppendUnit(nil, rune(args[0].(Char)))), true, nil
		}
		if name == "toString" && takes(args, "i") {
			if r := args[0].(int32); r < 0 || r > unicode.MaxRune {
				return nil, false, invalidCodePoint(r)
			}
			return string(AppendUnit(nil, args[0].(int32))), true, nil
		}
	case "digit":
		if len(args) == 2 && fits(args[1], 'i') {
			if r, _, ok := runeArg(args[0]); ok {
				n, err := strconv.ParseInt(string(r), int(args[1].(int32)), 32)
				if err != nil {
					n = -1
				}
				return Int(int32(n)), true, nil
			}
		}
	case "getNumericValue":
		if len(args) == 1 {
			if r, _, ok := runeArg(args[0]); ok {
				n, err := strconv.ParseInt(string(r), 36, 32)
				if err != nil {
					n = -1
				}
				return Int(int32(n)), true, nil
			}
		}
	case "codePointAt", "codePointBefore":
		if takes(args, "si") {
			s, err := str(args[0])
			if err != nil {
				return nil, false, err
			}
			return callString1(nil, s, name, args[1:])
		}
	case "hashCode":
		if takes(args, "c") {
			return Int(int32(args[0].(Char))), true, nil
		}
	}
	switch {
	case takes(args, "cc"):
		high, low := rune(args[0].(Char)), rune(args[1].(Char))
		switch name {
		case "isSurrogatePair":
			return isHighSurrogate(high) && isLowSurrogate(low), true, nil
		case "toCodePoint":
			return Int((high-0xD800)<<10 + low - 0xDC00 + 0x10000), true, nil
		}
	case takes(args, "ii") && name == "forDigit":
		digit, radix := args[0].(int32), args[1].(int32)
		if radix < 2 || radix > 36 || digit < 0 || digit >= radix {
			return Char(0), true, nil
		}
		return Char(strconv.FormatInt(int64(digit), int(radix))[0]), true, nil
	}
	if len(args) != 1 {
		return nil, false, nil
	}
	r, isChar, ok := runeArg(args[0])
	if !ok {
		return nil, false, nil
	}
	if name == "getType" {
		return Int(characterType(r)), true, nil
	}
	if is, known := characterTests[name]; known {
		return is(r), true, nil
	}
	if isChar {
		if is, known := charTests[name]; known {
			return is(r), true, nil
		}
		if name == "reverseBytes" {
			return Char(r>>8 | r<<8), true, nil
		}
	} else {
		if is, known := codePointTests[name]; known {
			return is(r), true, nil
		}
		switch name {
		case "charCount":
			if r >= 0x10000 {
				return Int(2), true, nil
			}
			return Int(1), true, nil
		case "highSurrogate":
			return Char(r>>10 + 0xD800 - 0x10000>>10), true, nil
		case "lowSurrogate":
			return Char(r&0x3FF + 0xDC00), true, nil
		case "toChars":
			if r < 0 || r > unicode.MaxRune {
				return nil, false, invalidCodePoint(r)
			}
			a := &Array{class: "char"}
			for _, u := range units(string(AppendUnit(nil, r))) {
				a.items = append(a.items, Char(u))
			}
			return a, true, nil
		}
	}
	if to, known := characterCases[name]; known {
		if r = unicode.To(to, r); isChar {
			return Char(r), true, nil
		}
		return Int(r), true, nil
	}
	return nil, false, nil
}

var characterCases = map[string]int{"toUpperCase": unicode.UpperCase, "toLowerCase": unicode.LowerCase, "toTitleCase": unicode.TitleCase}

// What a character is asked for: a char as well as a code point, a char alone, a code point alone.
var (
	characterTests = map[string]func(rune) bool{
		"isDigit":                  unicode.IsDigit,
		"isLetter":                 unicode.IsLetter,
		"isLetterOrDigit":          func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) },
		"isUpperCase":              func(r rune) bool { return unicode.IsUpper(r) || unicode.Is(unicode.Other_Uppercase, r) },
		"isLowerCase":              func(r rune) bool { return unicode.IsLower(r) || unicode.Is(unicode.Other_Lowercase, r) },
		"isTitleCase":              unicode.IsTitle,
		"isWhitespace":             javaWhitespace,
		"isSpaceChar":              func(r rune) bool { return unicode.In(r, unicode.Zs, unicode.Zl, unicode.Zp) },
		"isISOControl":             func(r rune) bool { return r >= 0 && r <= 0x1F || r >= 0x7F && r <= 0x9F },
		"isDefined":                func(r rune) bool { return characterType(r) != 0 },
		"isUnicodeIdentifierStart": isUnicodeIdentifierStart,
		"isUnicodeIdentifierPart": func(r rune) bool {
			return isUnicodeIdentifierStart(r) || isIdentifierIgnorable(r) || unicode.In(r, unicode.Pc, unicode.Nd, unicode.Mn, unicode.Mc, unicode.Other_ID_Continue)
		},
		"isIdentifierIgnorable": isIdentifierIgnorable,
		"isJavaIdentifierStart": isJavaIdentifierStart,
		"isJavaIdentifierPart":  isJavaIdentifierPart,
	}
	charTests = map[string]func(rune) bool{
		"isHighSurrogate":     isHighSurrogate,
		"isLowSurrogate":      isLowSurrogate,
		"isSurrogate":         func(r rune) bool { return isHighSurrogate(r) || isLowSurrogate(r) },
		"isJavaLetter":        isJavaIdentifierStart,
		"isJavaLetterOrDigit": isJavaIdentifierPart,
		"isSpace":             func(r rune) bool { return r == ' ' || r == '\t' || r == '\n' || r == '\f' || r == '\r' },
	}
	codePointTests = map[string]func(rune) bool{
		"isAlphabetic":             func(r rune) bool { return unicode.In(r, unicode.L, unicode.Nl, unicode.Other_Alphabetic) },
		"isIdeographic":            func(r rune) bool { return unicode.Is(unicode.Ideographic, r) },
		"isValidCodePoint":         func(r rune) bool { return r >= 0 && r <= unicode.MaxRune },
		"isBmpCodePoint":           func(r rune) bool { return r >= 0 && r < 0x10000 },
		"isSupplementaryCodePoint": func(r rune) bool { return r >= 0x10000 && r <= unicode.MaxRune },
	}
)

// characterTypes are Unicode's general categories in the order of Character's constants, from 1.
var characterTypes = []*unicode.RangeTable{1: unicode.Lu, 2: unicode.Ll, 3: unicode.Lt, 4: unicode.Lm, 5: unicode.Lo, 6: unicode.Mn, 7: unicode.Me, 8: unicode.Mc,
	9: unicode.Nd, 10: unicode.Nl, 11: unicode.No, 12: unicode.Zs, 13: unicode.Zl, 14: unicode.Zp, 15: unicode.Cc, 16: unicode.Cf, 18: unicode.Co, 19: unicode.Cs,
	20: unicode.Pd, 21: unicode.Ps, 22: unicode.Pe, 23: unicode.Pc, 24: unicode.Po, 25: unicode.Sm, 26: unicode.Sc, 27: unicode.Sk, 28: unicode.So, 29: unicode.Pi, 30: unicode.Pf}

// characterType is Character.getType: 0 for what is not assigned.
func characterType(r rune) int32 {
	for i, table := range characterTypes {
		if table != nil && unicode.Is(table, r) {
			return int32(i)
		}
	}
	return 0
}

func isUnicodeIdentifierStart(r rune) bool {
	return unicode.In(r, unicode.L, unicode.Nl, unicode.Other_ID_Start)
}

func isHighSurrogate(r rune) bool { return r>>10 == 0xD800>>10 }
func isLowSurrogate(r rune) bool  { return r>>10 == 0xDC00>>10 }

func isIdentifierIgnorable(r rune) bool {
	return r >= 0 && r <= 8 || r >= 0xE && r <= 0x1B || r >= 0x7F && r <= 0x9F || unicode.Is(unicode.Cf, r)
}

func isJavaIdentifierStart(r rune) bool {
	return unicode.In(r, unicode.L, unicode.Nl, unicode.Sc, unicode.Pc)
}

func isJavaIdentifierPart(r rune) bool {
	return isJavaIdentifierStart(r) || unicode.In(r, unicode.Nd, unicode.Mn, unicode.Mc) || isIdentifierIgnorable(r)
}

func invalidCodePoint(r rune) error {
	return Throw("java.lang.IllegalArgumentException", "Not a valid Unicode code point: 0x%X", uint32(r))
}

// runeArg answers the character that a char or int argument is.
func runeArg(v Value) (r rune, isChar, ok bool) {
	switch v := v.(type) {
	case Char:
		return rune(v), true, true
	case int32:
		return v, false, true
	}
	return 0, false, false
}
