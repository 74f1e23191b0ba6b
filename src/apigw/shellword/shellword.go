// Package shellword writes words of shell commands that somebody may paste into a terminal.
package shellword

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"

	"example.com/guessing-game/src/apigw/visible"
)

// Quoted quotes a string as one word of a shell.
func Quoted(text string) string {
	if text != "" && strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=@%+,") == "" {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// Pastable reports whether a string is safe in a command that somebody pastes into a terminal: it
// is valid text, and nothing in it ends the paste or the line.
func Pastable(text string) bool {
	line := strings.ReplaceAll(text, "\n", "")
	return utf8.ValidString(text) && visible.Text(line) == line
}

// Printed is a command that prints a string, whatever it contains.
func Printed(text string) string {
	if Pastable(text) {
		return "printf %s " + Quoted(text)
	}
	return "printf %s " + base64.StdEncoding.EncodeToString([]byte(text)) + " | base64 -d"
}
