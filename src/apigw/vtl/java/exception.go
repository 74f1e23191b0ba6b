package java

import "fmt"

// An Exception is the exception that the Java method would have thrown.
type Exception struct {
	Class   string // "java.lang.StringIndexOutOfBoundsException"
	Message string
}

func (e *Exception) Error() string {
	if e.Message == "" {
		return e.Class
	}
	return e.Class + ": " + e.Message
}

func Throw(class, format string, args ...any) *Exception {
	if len(args) > 0 {
		format = fmt.Sprintf(format, args...)
	}
	return &Exception{Class: class, Message: format}
}
