package main

import (
	"encoding/json"
	"math/rand/v2"
	"strconv"
	"strings"
)

// A javaClass is a Java class that a template can reach: expressions that yield it, and its
// public methods, as reflection lists them on JDK 17, with the numbers of arguments that they
// take; a method without a number takes none.
//
// Left out are methods that wait or draw a random number, those that package vtl deliberately
// leaves out (VTL-FLOAT, VTL-REFLECTION, VTL-STREAM, VTL-CHARACTER, VTL-STATIC), and toString and
// hashCode where they return an address (VTL-HASH).
type javaClass struct{ values, methods string }

var javaClasses = []javaClass{
	{"$s $e $num $uni $csv $sp", `charAt/1 chars codePointAt/1 codePointBefore/1 codePointCount/2 codePoints compare/2 compareTo/1 compareToIgnoreCase/1 concat/1
		contains/1 contentEquals/1 copyValueOf/1,3 endsWith/1 equals/1 equalsIgnoreCase/1 format/2,3 formatted/1 getBytes/0,1,4 getChars/4
		hashCode indent/1 indexOf/1,2 intern isBlank isEmpty join/2 lastIndexOf/1,2 length lines matches/1 offsetByCodePoints/2
		regionMatches/4,5 repeat/1 replace/2 replaceAll/2 replaceFirst/2 split/1,2 startsWith/1,2 strip stripIndent stripLeading
		stripTrailing subSequence/2 substring/1,2 toCharArray toLowerCase/0,1 toString toUpperCase/0,1 transform/1 translateEscapes trim
		valueOf/1,3`},
	{"$i $z $neg $imax", `bitCount/1 compare/2 compareTo/1 compareUnsigned/2 decode/1 divideUnsigned/2 doubleValue equals/1 getInteger/1,2 hashCode/0,1
		highestOneBit/1 intValue longValue lowestOneBit/1 max/2 min/2 numberOfLeadingZeros/1 numberOfTrailingZeros/1 parseInt/1,2,4
		parseUnsignedInt/1,2,4 remainderUnsigned/2 reverse/1 reverseBytes/1 rotateLeft/2 rotateRight/2 signum/1 sum/2 toBinaryString/1
		toHexString/1 toOctalString/1 toString/0,1,2 toUnsignedLong/1 toUnsignedString/1,2 valueOf/1,2`},
	{"$L $Lmin $L1", `bitCount/1 compare/2 compareTo/1 compareUnsigned/2 decode/1 divideUnsigned/2 doubleValue equals/1 getLong/1,2 hashCode/0,1
		highestOneBit/1 intValue longValue lowestOneBit/1 max/2 min/2 numberOfLeadingZeros/1 numberOfTrailingZeros/1 parseLong/1,2,4
		parseUnsignedLong/1,2,4 remainderUnsigned/2 reverse/1 reverseBytes/1 rotateLeft/2 rotateRight/2 signum/1 sum/2 toBinaryString/1
		toHexString/1 toOctalString/1 toString/0,1,2 toUnsignedString/1,2 valueOf/1,2`},
	{"$d $d2 $nan", `compare/2 compareTo/1 doubleToLongBits/1 doubleToRawLongBits/1 doubleValue equals/1 hashCode/0,1 intValue isFinite/1
		isInfinite/0,1 isNaN/0,1 longBitsToDouble/1 longValue max/2 min/2 parseDouble/1 sum/2 toHexString/1 toString/0,1 valueOf/1`},
	{"$t $f", `booleanValue compare/2 compareTo/1 equals/1 getBoolean/1 hashCode/0,1 logicalAnd/2 logicalOr/2 logicalXor/2 parseBoolean/1
		toString/0,1 valueOf/1`},
	{"$B $B1 $Bneg", `abs add/1 and/1 andNot/1 bitCount bitLength clearBit/1 compareTo/1 divide/1 divideAndRemainder/1 doubleValue equals/1 flipBit/1
		gcd/1 getLowestSetBit hashCode intValue intValueExact isProbablePrime/1 longValue longValueExact max/1 min/1 mod/1 modInverse/1
		modPow/2 multiply/1 negate nextProbablePrime not or/1 pow/1 remainder/1 setBit/1 shiftLeft/1 shiftRight/1 signum sqrt
		sqrtAndRemainder subtract/1 testBit/1 toByteArray toString/0,1 valueOf/1 xor/1`},
	{"$D $D2 $D3", `abs/0,1 add/1,2 compareTo/1 divide/1,2,3 divideAndRemainder/1,2 divideToIntegralValue/1,2 doubleValue equals/1 hashCode intValue
		intValueExact longValue longValueExact max/1 min/1 movePointLeft/1 movePointRight/1 multiply/1,2 negate/0,1 plus/0,1 pow/1,2
		precision remainder/1,2 round/1 scale scaleByPowerOfTen/1 setScale/1,2 signum sqrt/1 stripTrailingZeros subtract/1,2 toBigInteger
		toBigIntegerExact toEngineeringString toPlainString toString ulp unscaledValue valueOf/1,2`},
	{"$c $cu $c0", `charCount/1 charValue codePointAt/2,3 codePointBefore/2,3 codePointCount/3 compare/2 compareTo/1 digit/2 equals/1 forDigit/2
		getNumericValue/1 getType/1 hashCode/0,1 highSurrogate/1 isAlphabetic/1 isBmpCodePoint/1 isDefined/1 isDigit/1 isHighSurrogate/1
		isISOControl/1 isIdentifierIgnorable/1 isIdeographic/1 isJavaIdentifierPart/1 isJavaIdentifierStart/1 isJavaLetter/1
		isJavaLetterOrDigit/1 isLetter/1 isLetterOrDigit/1 isLowSurrogate/1 isLowerCase/1 isSpace/1 isSpaceChar/1
		isSupplementaryCodePoint/1 isSurrogate/1 isSurrogatePair/2 isTitleCase/1 isUnicodeIdentifierPart/1 isUnicodeIdentifierStart/1
		isUpperCase/1 isValidCodePoint/1 isWhitespace/1 lowSurrogate/1 offsetByCodePoints/3,5 reverseBytes/1 toChars/1,3 toCodePoint/2
		toLowerCase/1 toString/0,1 toTitleCase/1 toUpperCase/1 valueOf/1`},
	{"$l $ls $el $range $ll", `add/1,2 addAll/1,2 clear clone contains/1 containsAll/1 ensureCapacity/1 equals/1 forEach/1 get/1 hashCode indexOf/1 isEmpty
		iterator lastIndexOf/1 listIterator/0,1 parallelStream remove/1 removeAll/1 removeIf/1 replaceAll/1 retainAll/1 set/2 size sort/1
		stream subList/2 toArray/0,1 toString trimToSize`},
	{"$sub", `add/1,2 addAll/1,2 clear contains/1 containsAll/1 equals/1 forEach/1 get/1 hashCode indexOf/1 isEmpty iterator lastIndexOf/1
		listIterator/0,1 parallelStream remove/1 removeAll/1 removeIf/1 replaceAll/1 retainAll/1 set/2 size sort/1 stream subList/2
		toArray/0,1 toString`},
	{"$m $em $m2", `clear clone compute/2 computeIfAbsent/2 computeIfPresent/2 containsKey/1 containsValue/1 entrySet equals/1 forEach/1 get/1
		getOrDefault/2 hashCode isEmpty keySet merge/3 put/2 putAll/1 putIfAbsent/2 remove/1,2 replace/2,3 replaceAll/1 size toString
		values`},
	{"$m.keySet() $m.entrySet()", `add/1 addAll/1 clear contains/1 containsAll/1 equals/1 forEach/1 hashCode isEmpty iterator parallelStream remove/1 removeAll/1
		removeIf/1 retainAll/1 size stream toArray/0,1 toString`},
	{"$m.values()", `add/1 addAll/1 clear contains/1 containsAll/1 equals/1 forEach/1 hashCode isEmpty iterator parallelStream remove/1 removeAll/1
		removeIf/1 retainAll/1 size stream toArray/0,1 toString`},
	{"$entry", `equals/1 getKey getValue hashCode setValue/1 toString`},
	{"$it $l.iterator()", `equals/1 forEachRemaining/1 hasNext next remove`},
	{"$lit $l.listIterator()", `add/1 equals/1 forEachRemaining/1 hasNext hasPrevious next nextIndex previous previousIndex remove set/1`},
	{"$s.getBytes() $s.toCharArray() $csv.split(',') $l.toArray()", `equals/1`},
	{"$s.chars() $uni.codePoints() $e.chars()", `allMatch/1 anyMatch/1 average boxed close collect/3 count distinct dropWhile/1 equals/1 filter/1 findAny findFirst flatMap/1
		forEach/1 forEachOrdered/1 isParallel iterator limit/1 map/1 mapMulti/1 mapToDouble/1 mapToLong/1 mapToObj/1 max min noneMatch/1
		onClose/1 parallel peek/1 reduce/1,2 sequential skip/1 sorted sum takeWhile/1 toArray unordered`},
	{"$ls.stream() $csv.lines() $l.stream() $el.stream()", `allMatch/1 anyMatch/1 close collect/1,3 count distinct dropWhile/1 equals/1 filter/1 findAny findFirst flatMap/1 flatMapToDouble/1
		flatMapToInt/1 flatMapToLong/1 forEach/1 forEachOrdered/1 isParallel iterator limit/1 map/1 mapMulti/1 mapMultiToDouble/1
		mapMultiToInt/1 mapMultiToLong/1 mapToDouble/1 mapToInt/1 mapToLong/1 max/1 min/1 noneMatch/1 ofNullable/1 onClose/1 parallel peek/1
		reduce/1,2,3 sequential skip/1 sorted/0,1 takeWhile/1 toArray/0,1 toList unordered`},
	{"$l.stream().findFirst() $el.stream().findFirst()", `empty equals/1 filter/1 flatMap/1 get hashCode ifPresent/1 ifPresentOrElse/2 isEmpty isPresent map/1 ofNullable/1 or/1 orElse/1
		orElseGet/1 orElseThrow/0,1 stream toString`},
	{"$s.chars().max() $e.chars().max()", `empty equals/1 getAsInt hashCode ifPresent/1 ifPresentOrElse/2 isEmpty isPresent orElse/1 orElseGet/1 orElseThrow/0,1 stream
		toString`},
}

// methodVariables create values of the classes that JSON does not have.
const methodVariables = `#set($L1 = $L - $L)#set($L1 = $L1 + 1)#set($nan = $d.parseDouble('NaN'))#set($B1 = $B - $B)#set($B1 = $B1 + 3)` +
	`#set($D = $B * 0.5)#set($D2 = $B1 * 1.25)#set($D3 = $D2 - $D2)#set($c = $s.charAt(0))#set($cu = $uni.charAt(1))#set($c0 = 'Z')` +
	`#set($c0 = $c0.charAt(0))#set($range = [1..4])#set($sub = $range.subList(1, 3))#set($it = $ls.iterator())#set($lit = $ls.listIterator(1))` +
	`#set($entry = $m.entrySet().iterator().next())#define($block)b$i#end|`

// methodArguments are the arguments of methods, in addition to the values of all classes.
var methodArguments = [][]string{
	{"0", "1", "2", "3", "-1", "10", "16", "36", "65", "$i", "$z", "$neg"},
	{"''", "'a'", "'l'", "','", "'%5s|'", "'[a-l]'", "'12'", "'-7'", "'+5'", "'1e3'", "'7f'", "$s", "$num", "$csv", "$uni", "$c"},
	{"$u", "true", "1.5", "-0.0", "2147483648", "'é'", "'k'", "['k', 'b']", "[]", "[1]", "{}", "{'k': 2}", "\"x$i\"", "$block"},
}

// methodContext makes the variables that methodCalls uses.
func methodContext(r *rand.Rand) json.RawMessage {
	var b strings.Builder
	for _, v := range [][]string{
		{"s", `"hello"`, `"Hello World"`, `"a"`}, {"e", `""`}, {"num", `"12"`, `"-7"`, `"0x1F"`, `"1.5"`, `"2147483648"`, `"1_000"`},
		{"uni", `"é😀ß"`, `"İı"`, `"ǅ\u0301x"`}, {"csv", `"a,b,,c,,"`, `"x\ny\r\nz"`, `"a1b22"`}, {"sp", `"  pad\t\n"`, `"\u2003x\u00a0"`, `"\\t\\u0041"`},
		{"i", "5", "7", "64"}, {"z", "0"}, {"neg", "-1", "-8"}, {"imax", "2147483647", "-2147483648"},
		{"L", "4294967296", "2147483648"}, {"Lmin", "-9223372036854775808"}, {"d", "2.5", "1e10", "0.1", "3.0"}, {"d2", "-1.5", "1e-7", "123456789.123"},
		{"t", "true"}, {"f", "false"}, {"B", "12345678901234567890", "9223372036854775808", "340282366920938463463374607431768211456"},
		{"Bneg", "-98765432109876543210"}, {"l", `[3,1,2]`, `[1,"1",null,1.0]`, `[[1],{"k":1}]`}, {"ls", `["b","a","c"]`, `["b","b"]`, `["x"]`},
		{"el", "[]"}, {"ll", "[[1,2],[3]]"}, {"m", `{"b":[1],"k":1}`, `{"b":[1],"k":"v"}`, `{"b":[1],"k":null}`}, {"em", "{}"}, {"m2", `{"k":1,"z":2.5}`},
	} {
		b.WriteString(`,"` + v[0] + `":` + v[1+r.IntN(len(v)-1)])
	}
	return json.RawMessage("{" + b.String()[1:] + "}")
}

// methodCalls writes calls of the methods of any class in Java, with as many arguments as they
// take.
func (g *generator) methodCalls() {
	g.write(methodVariables)
	for range 1 + g.r.IntN(3) {
		class := javaClasses[g.r.IntN(len(javaClasses))]
		value := g.one(strings.Fields(class.values))
		call := func() {
			g.methodCall(class)
			if g.chance(33) {
				g.methodCall(javaClasses[g.r.IntN(len(javaClasses))])
			}
		}
		if g.chance(25) {
			g.write(value)
			call()
			g.write("|")
			continue
		}
		g.write("#set($r = ", value)
		call()
		g.write(")")
		switch g.r.IntN(3) {
		case 0:
			g.write("$r $r.equals(", g.methodArgument(), ") ", value)
		case 1:
			g.write("#foreach($x in $r)<$x>#end#if($r == ", g.methodArgument(), ")y#end")
		case 2:
			g.write("#set($q = $r + ", g.methodArgument(), ")$q $r.size() $r.get(0) $r.intValue()")
		}
		g.write("|")
	}
	g.write("$l $m $ls $range $sub $m2")
}

func (g *generator) methodCall(class javaClass) {
	name, counts, _ := strings.Cut(g.one(strings.Fields(class.methods)), "/")
	count, err := strconv.Atoi(g.one(strings.Split(counts, ",")))
	if err != nil {
		count = 0 // no number
	}
	if g.chance(4) {
		count = g.r.IntN(4)
	}
	var arguments []string
	for range count {
		arguments = append(arguments, g.methodArgument())
	}
	g.write(".", name, "(", strings.Join(arguments, ", "), ")")
}

func (g *generator) methodArgument() string {
	if g.chance(40) {
		return g.one(strings.Fields(javaClasses[g.r.IntN(len(javaClasses))].values))
	}
	return g.one(methodArguments[g.r.IntN(len(methodArguments))])
}
