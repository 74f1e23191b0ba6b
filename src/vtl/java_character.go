package vtl

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
				return boxInt(int32(c) - int32(o)), true, nil
			case nil:
				return nil, false, errNull
			}
			return nil, false, castError(args[0], "java.lang.Character")
		}
	case "compare":
		if takes(args, "cc") {
			return boxInt(int32(args[0].(Char)) - int32(args[1].(Char))), true, nil
		}
	case "toString", "valueOf":
		if takes(args, "c") {
			if name == "valueOf" {
				return args[0], true, nil
			}
			return string(appendUnitRune(nil, rune(args[0].(Char)))), true, nil
		}
		if name == "toString" && takes(args, "i") {
			return string(appendUnitRune(nil, args[0].(int32))), true, nil
		}
	case "digit":
		if len(args) == 2 && fits(args[1], 'i') {
			if r, _, ok := runeArg(args[0]); ok {
				n, err := strconv.ParseInt(string(r), int(args[1].(int32)), 32)
				if err != nil {
					n = -1
				}
				return boxInt(int32(n)), true, nil
			}
		}
	case "getNumericValue":
		if len(args) == 1 {
			if r, _, ok := runeArg(args[0]); ok {
				n, err := strconv.ParseInt(string(r), 36, 32)
				if err != nil {
					n = -1
				}
				return boxInt(int32(n)), true, nil
			}
		}
	case "hashCode":
		if takes(args, "c") {
			return boxInt(int32(args[0].(Char))), true, nil
		}
	}
	if len(args) != 1 {
		return nil, false, nil
	}
	r, isChar, ok := runeArg(args[0])
	if !ok {
		return nil, false, nil
	}
	switch name {
	case "isDigit":
		return boxBool(unicode.IsDigit(r)), true, nil
	case "isLetter":
		return boxBool(unicode.IsLetter(r)), true, nil
	case "isLetterOrDigit":
		return boxBool(unicode.IsLetter(r) || unicode.IsDigit(r)), true, nil
	case "isAlphabetic":
		if !isChar {
			return boxBool(unicode.IsLetter(r) || unicode.Is(unicode.Nl, r)), true, nil
		}
	case "isUpperCase":
		return boxBool(unicode.IsUpper(r)), true, nil
	case "isLowerCase":
		return boxBool(unicode.IsLower(r)), true, nil
	case "isWhitespace":
		return boxBool(javaWhitespace(r)), true, nil
	case "isSpaceChar":
		return boxBool(unicode.In(r, unicode.Zs, unicode.Zl, unicode.Zp)), true, nil
	case "toUpperCase", "toLowerCase":
		if name == "toUpperCase" {
			r = unicode.ToUpper(r)
		} else {
			r = unicode.ToLower(r)
		}
		if isChar {
			return Char(r), true, nil
		}
		return boxInt(r), true, nil
	}
	return nil, false, nil
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
