package gateway

import (
	"encoding/json"
	"strings"
)

// FunctionError is the type and message of an error that a function returned.
func FunctionError(payload []byte) string {
	var e struct{ ErrorType, ErrorMessage string }
	if json.Unmarshal(payload, &e) != nil || e.ErrorType == "" && e.ErrorMessage == "" {
		return "Unhandled"
	}
	if strings.HasPrefix(e.ErrorMessage, e.ErrorType+":") {
		return e.ErrorMessage
	}
	return strings.Trim(e.ErrorType+": "+e.ErrorMessage, ": ")
}
