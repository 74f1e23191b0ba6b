// Package javaregexp is java.util.regex for what templates and selection patterns use of it.
package javaregexp

// Regexp is a compiled pattern, safe for concurrent use.
type Regexp struct{}

// Compile compiles a pattern of Java's syntax.
func Compile(pattern string) (*Regexp, error) { return nil, nil }

// Matches reports whether the pattern matches the whole of s, as Matcher.matches does. The error is a time-out of a runaway match.
func (r *Regexp) Matches(s string) (bool, error) { return false, nil }
