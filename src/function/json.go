package main

import "encoding/json"

// Logs and traces are JSON of a known form, which these functions write without
// looking for it, as encoding/json has to.

// appendMember appends a member of a JSON object that has members already.
func appendMember(b []byte, key, value string) []byte {
	b = appendJSON(append(b, ','), key)
	return appendJSON(append(b, ':'), value)
}

// appendBool is appendMember for a boolean.
func appendBool(b []byte, key string, value bool) []byte {
	b = appendJSON(append(b, ','), key)
	if value {
		return append(b, ":true"...)
	}
	return append(b, ":false"...)
}

// appendJSON appends a string in JSON.
func appendJSON(b []byte, s string) []byte {
	for _, c := range []byte(s) {
		if c < ' ' || c > '~' || c == '"' || c == '\\' {
			text, _ := json.Marshal(s) // a string always marshals
			return append(b, text...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}
