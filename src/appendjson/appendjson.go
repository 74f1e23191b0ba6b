// Package appendjson writes JSON whose form is known in advance, such as log lines and trace
// segments, without the reflection of encoding/json.
package appendjson

import "encoding/json"

// Member appends a further member to a JSON object.
func Member(b []byte, key, value string) []byte {
	b = String(append(b, ','), key)
	return String(append(b, ':'), value)
}

// Bool is [Member] for a boolean.
func Bool(b []byte, key string, value bool) []byte {
	b = String(append(b, ','), key)
	if value {
		return append(b, ":true"...)
	}
	return append(b, ":false"...)
}

// String appends a string as JSON.
func String(b []byte, s string) []byte {
	for _, c := range []byte(s) {
		if c < ' ' || c > '~' || c == '"' || c == '\\' {
			text, _ := json.Marshal(s) // a string always marshals
			return append(b, text...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}
