// Package java implements Java's values as mapping templates see them: strings, numbers, lists,
// maps and what their methods return, each as one Go type, with the methods, the arithmetic, the
// equality and the printed form of the JDK.
//
// A [Value] is one of few Go types (see there). [Call], [Property], [Index], [SetProperty] and
// [SetIndex] resolve a template's accesses to a value as Velocity 1.7's introspection does: by name
// and by the types of the arguments, without conversions except the widening of numbers. Positions
// and lengths count UTF-16 units, integers widen from int to long to BigInteger, doubles print as
// the JDK prints them.
//
// The package knows nothing about templates. Work that may take long draws on a [Budget] and ends
// with the budget's error once it is exhausted; what Java's method would throw is an [*Exception].
// Only a bug panics, here or in a host's [Object].
package java
