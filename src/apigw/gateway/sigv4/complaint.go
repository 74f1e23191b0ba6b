package sigv4

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
)

// Error is why a request is refused, in the service's own words.
type Error struct {
	Code    string // x-amzn-ErrorType
	Message string // for the client
	Advice  string // for the owner of the API, with more detail; empty if there is nothing to add
}

func (e *Error) Error() string {
	if e.Advice != "" {
		return e.Advice
	}
	return e.Message
}

// Codes of errors.
const (
	CodeMissing      = "MissingAuthenticationTokenException"
	CodeIncomplete   = "IncompleteSignatureException"
	CodeInvalid      = "InvalidSignatureException"
	CodeUnrecognized = "UnrecognizedClientException"
)

// algorithm is the one that every request must name.
const algorithm = "AWS4-HMAC-SHA256"

// parameters are those of an Authorization header, in the order in which the service reports
// missing ones.
var parameters = []string{"Credential", "Signature", "SignedHeaders"}

// Complaint is the service's error about the form of an Authorization header: nil if there is no
// header, or a complete one of Signature Version 4. dated reports whether the request has an
// X-Amz-Date or Date header. The service returns it where it expects a signature, and also if no
// route matches the request.
func Complaint(header string, dated bool) *Error {
	if header == "" {
		return nil
	}
	_, err := parseHeader(header, dated)
	return err
}

// parseHeader reads the parameters of an Authorization header, whatever its scheme.
func parseHeader(header string, dated bool) (map[string]string, *Error) {
	_, rest, _ := strings.Cut(header, " ")
	values := map[string]string{}
	for part := range strings.SplitSeq(rest, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		name, value, ok := strings.Cut(part, "=")
		if !ok {
			sum := sha256.Sum256([]byte(header))
			return nil, &Error{Code: CodeIncomplete, Message: fmt.Sprintf(
				"Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): '%s'.",
				base64.StdEncoding.EncodeToString(sum[:]))}
		}
		values[name] = value
	}
	var missing []string
	for _, name := range parameters {
		if values[name] == "" {
			missing = append(missing, fmt.Sprintf("Authorization header requires '%s' parameter.", name))
		}
	}
	if !dated {
		missing = append(missing, "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
	}
	if len(missing) > 0 {
		return nil, &Error{Code: CodeIncomplete, Message: strings.Join(missing, " ") + " Authorization=" + header}
	}
	return values, nil
}
