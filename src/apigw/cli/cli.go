// Package cli is what all commands have in common: their access to the outside world, what they say
// about mistakes in the command line, and their help.
package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"example.com/guessing-game/src/apigw/console"
	"example.com/guessing-game/src/apigw/document"
	"example.com/guessing-game/src/apigw/visible"
)

// System is the program's access to the outside world.
type System struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Environ        []string
	Args           []string // of the command line
}

// Console describes one of the streams.
func (s *System) Console(w io.Writer) *console.Console { return console.Of(w, s.Getenv) }

// Getenv returns the value of an environment variable, empty if it is not set.
func (s *System) Getenv(name string) string {
	value, _ := s.LookupEnv(name)
	return value
}

// LookupEnv returns the value of an environment variable, and whether it is set.
func (s *System) LookupEnv(name string) (value string, set bool) {
	for _, kv := range s.Environ {
		if v, ok := strings.CutPrefix(kv, name+"="); ok {
			return v, true
		}
	}
	return "", false
}

// With returns the program's surroundings with additional variables.
func (s *System) With(variables ...string) *System {
	more := *s
	more.Environ = append(slices.Clone(s.Environ), variables...)
	return &more
}

// UseProfile selects the profile of AWS's configuration whose credentials this program and the
// functions use.
func (s *System) UseProfile(profile string) {
	keys := []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"} // which override it
	s.Environ = slices.DeleteFunc(slices.Clone(s.Environ), func(kv string) bool {
		name, _, _ := strings.Cut(kv, "=")
		return slices.Contains(keys, name)
	})
	s.Environ = append(s.Environ, "AWS_PROFILE="+profile)
	for _, name := range keys {
		os.Unsetenv(name)
	}
	os.Setenv("AWS_PROFILE", profile)
}

// ErrSilent is the error of a command that has already reported what went wrong.
var ErrSilent = errors.New("failed")

// usageError is a mistake in the command line that cobra does not find.
type usageError struct{ error }

// Usage makes an error a mistake in the command line.
func Usage(err error) error { return usageError{err} }

// Usagef is a mistake in the command line.
func Usagef(format string, args ...any) error { return Usage(fmt.Errorf(format, args...)) }

// IsUsage reports whether an error is a mistake in the command line.
func IsUsage(err error) bool {
	var u usageError
	return errors.As(err, &u)
}

// KeyValues reads the values of a flag that are of the form NAME=VALUE.
func KeyValues(flag string, args []string) (map[string]string, error) {
	all := map[string]string{}
	for _, arg := range args {
		key, value, ok := strings.Cut(arg, "=")
		if !ok || key == "" {
			return nil, Usagef("%s %q is not of the form NAME=VALUE", flag, arg)
		}
		all[key] = value
	}
	return all, nil
}

// Hint adds to an error what may help.
func Hint(err error, text string) error { return hinted{err, text} }

type hinted struct {
	error
	hint string
}

func (h hinted) Unwrap() error { return h.error }

// Complain prints an error, one line for each that it joins, and below it what may help: the line
// of the file, which source returns with its end, and a hint.
func Complain(s *System, err error, source func(document.Position) string) {
	c, out := s.Console(s.Stderr), visible.Writer{W: s.Stderr}
	var problems document.Problems
	if errors.As(err, &problems) && Message(err) == problems.Error() {
		for _, p := range problems {
			fmt.Fprint(out, c.Paint(console.Red, "error: "), p.Error(), "\n", source(p.Position))
		}
	} else {
		for line := range strings.Lines(Message(err) + "\n") {
			prefix := c.Paint(console.Red, "error: ")
			if note, ok := strings.CutPrefix(line, "note: "); ok {
				prefix, line = c.Paint(console.Yellow, "note: "), note
			}
			fmt.Fprint(out, prefix, line)
		}
	}
	if h := (hinted{}); errors.As(err, &h) {
		fmt.Fprintln(out, c.Paint(console.Yellow, "hint: ")+h.hint)
	}
}
