// Package vtl is an engine for the Velocity Template Language, as Apache Velocity 1.7 runs it and
// as Amazon API Gateway does.
//
// A template is parsed once and rendered any number of times, by any number of goroutines:
//
//	t, err := vtl.Parse("greeting", `Hello $name#if($more), and more#end`, vtl.Options{})
//	vars := vtl.NewVars()
//	vars.Set("name", "Ada")
//	text, err := t.Render(vtl.NewBudget(ctx), vars)
//
// Templates render byte for byte as the real engine renders them; the project's corpus and its
// random templates, each compared with Velocity 1.7, check this.
//
// # Two settings
//
// [Velocity] is stock Velocity 1.7. [APIGateway], the default, is Velocity 1.7 as API Gateway
// behaves:
//
//   - A null reference evaluates to the empty string: it prints nothing, equals both
//     "" and $null, and is true in #if.
//   - #macro defines nothing; calls of macros, and #evaluate, print their own text.
//   - A #foreach ends, silently, after 1,000 iterations; a template has at most 300 KB. #parse and
//     #include are errors.
//
// # The language in short
//
// References are $name, ${name}, and the quiet $!name and $!{name}. A name is letters, digits,
// '_' and '-', so that $a-b is one name. Properties, method calls and indexes follow it without
// white space: $m.key, $s.length(), $list[0], $m["key"]. In stock Velocity a null reference
// prints its own text, a quiet one nothing. \$a prints $a, \\$a a backslash and the value.
//
//	#set($x = expression)          null leaves $x as it was; $m.key, $m["key"] and $list[0] can be set, too
//	#if(e) … #elseif(e) … #else … #end
//	#foreach($x in e) … #end       lists, arrays, maps (their values), ranges, iterators; $foreach.index .count .hasNext .first .last
//	                               .parent .topmost, $velocityCount, $velocityHasNext
//	#define($x) … #end             a block, rendered anew at each use of $x
//	#macro(name $p) … #end         arguments are passed by name; called as #name($a) or #@name($a) … $bodyContent … #end
//	#evaluate(e) #stop #break      #literal() … #end prints verbatim, as #[[ … ]]# does
//	## to the end of the line      #* … *# within
//
// Expressions have || && ! == != < <= > >= + - * / % and, as words, or and not eq ne lt le gt ge;
// no unary minus: a '-' before a digit belongs to the number. Literals are 'raw' and "interpolated
// $strings" (a quote is doubled), 1, 1.5, true, false, [1, 2], [1..9], {'k': 1}. What API Gateway
// users stumble over: a literal other than true is false in #if; 0, "" and [] are true; a
// double-quoted string with a $ or # is a template, and a backslash means nothing in a string but
// \uXXXX.
//
// A directive's closing parenthesis, #else and #end consume the white space and the line end after
// them; #set consumes the white space before it if they follow a directive, a reference or a
// comment.
//
// # Values
//
// What a template computes with is a [java.Value]: one of few Go types, each representing a Java
// class, with Java's methods. A host adds its own objects as a [java.Object].
//
// # Errors and limits
//
// Parse reports mistakes before anything is rendered; Render returns all of the output or an error,
// never a part. Both errors are an [*Error] with line and column as Velocity counts them;
// [Error.Detail] draws the source line with a caret. [Limits] bound a template's constructs, and
// the Budget of a rendering bounds its cost: no template, however hostile, panics, hangs or uses
// unbounded memory. Other work for the same request, above all in the host's objects, should draw
// on the same Budget.
//
// # Differences
//
// These are deliberate; any other difference is a bug.
//
//   - VTL-HASH: Java prints an array as its class and an address that changes from run to run, and
//     returns such addresses as hashCode; here they are arbitrary numbers too.
//   - VTL-REFLECTION: $value.class has only name and simpleName; describeConstable() is not
//     supported.
//   - VTL-TOKENS: error messages describe what was expected in their own words instead of listing
//     Java's tokens.
//   - VTL-FLOAT: Float, Short and Byte do not exist; floatValue() returns the Double that prints
//     alike, shortValue() and byteValue() return an Integer.
//   - VTL-REGEX: regular expressions do not support \X, \b{g}, \N{name}, \p{javaMirrored} and
//     the flag c, match nothing between the halves of a surrogate pair, refuse a class like
//     [a-cx&&&b], on which Java fails as soon as it meets one of its characters, and forget what a
//     group has captured in a look-around or possessive part that is then backtracked over.
//   - VTL-FUNCTION: Java's methods that take functions (forEach, removeIf, …) are not supported;
//     streams have the methods that take none.
//   - VTL-STREAM: streams of longs and of doubles, summaryStatistics() and spliterator() are not
//     supported; toList() returns a mutable list.
//   - VTL-CHARACTER: Character's getName(), codePointOf(), getDirectionality() and isMirrored() are
//     not supported.
//   - VTL-STATIC: static methods of Java's interfaces ($l.of(1), $l.copyOf($l), $m.entry(1, 2)) are
//     not supported except for empty() and ofNullable() of streams; those of classes are.
//   - VTL-LIMITS: where Java would run for hours or end with an OutOfMemoryError, or a regular
//     expression has thousands of groups, a limit ends the rendering; #if of a map that contains
//     itself by way of another does not overflow the stack.
package vtl
