package game

import (
	"fmt"
	"strconv"
	"unicode/utf8"
)

// Name is the stable name of an error: mapping templates select on it, and callers of the
// function get it as errorType.
type Name string

// Every name that an [Error] can have.
const (
	GameNotFound        Name = "GameNotFound"        // no such game, or it has expired
	GameAlreadyFinished Name = "GameAlreadyFinished" // a guess came after the end
	InvalidGuess        Name = "InvalidGuess"        // not a guess, or out of range
	InvalidEvent        Name = "InvalidEvent"        // an event that [Decode] rejects
	StoreUnavailable    Name = "StoreUnavailable"    // the games cannot be reached; try again
)

// Error is an error that the sender of the event may see: its text is public, one line, and
// contains neither the number nor any cause. The cause, for the log, is behind [errors.Unwrap].
type Error struct {
	Name    Name
	Message string
	cause   error
}

// Errorf makes an Error with a formatted message.
func Errorf(name Name, format string, args ...any) *Error {
	return &Error{Name: name, Message: fmt.Sprintf(format, args...)}
}

// Unavailable returns the [StoreUnavailable] error that cause led to.
func Unavailable(cause error) *Error {
	e := Errorf(StoreUnavailable, "the games cannot be reached at the moment; try again in a few seconds")
	e.cause = cause
	return e
}

// Error returns the name, once, and the message: "GameNotFound: no game has …".
func (e *Error) Error() string { return string(e.Name) + ": " + e.Message }

// Unwrap returns the cause, which is for the log only.
func (e *Error) Unwrap() error { return e.cause }

// maxQuoted is how many characters of a client's string an error shows.
const maxQuoted = 64

// Quote makes a client's string safe to show in an error: in double quotes, every character that is
// not printable ASCII escaped, cut after 64 characters.
func Quote(s string) string {
	if utf8.RuneCountInString(s) <= maxQuoted {
		return strconv.QuoteToASCII(s)
	}
	end := 0
	for range maxQuoted {
		_, size := utf8.DecodeRuneInString(s[end:])
		end += size
	}
	return strconv.QuoteToASCII(s[:end]) + "…"
}
