package gateway

import (
	"encoding/base64"
	"errors"
	"strings"

	"example.com/guessing-game/src/apigw/vtl/java"
)

const (
	toText   = "CONVERT_TO_TEXT"
	toBinary = "CONVERT_TO_BINARY"
)

// isBinary reports whether a media type is one of binaryMediaTypes, where */* and type/* are
// wildcards; */subtype matches nothing (recorded on AWS). A client that does not say what it
// accepts, for which media is empty, accepts */* alone (recorded).
func (g *Gateway) isBinary(media string) bool {
	for _, b := range g.api.BinaryMediaTypes {
		b = strings.ToLower(b)
		if b == "*/*" || b == media && !strings.HasPrefix(b, "*/") {
			return true
		}
		if kind, ok := strings.CutSuffix(b, "/*"); ok && strings.HasPrefix(media, kind+"/") {
			return true
		}
	}
	return false
}

// logged is a body as the execution log shows it.
func logged(body string, binary bool) string {
	if binary { // even if there is nothing (recorded)
		return "[Binary Data]"
	}
	return java.ValidText(body)
}

// Payloads that must be decoded to bytes but are not base64.
var (
	errRequestNotBase64  = errors.New("the body is not base64, which contentHandling CONVERT_TO_BINARY decodes")
	errResponseNotBase64 = errors.New("the response of the integration is not base64, which contentHandling CONVERT_TO_BINARY decodes")
	errAcceptNotBase64   = errors.New("the response of the integration is not base64, but is decoded because the first media type that the client accepts is binary; " +
		"set contentHandling to CONVERT_TO_TEXT in the integration's response")
	errProxyNotBase64 = errors.New("the function's response has isBase64Encoded, but its body is not base64")
)

// notBase64 is the failure in API Gateway's words, with why as its cause.
func notBase64(why error) *failure {
	return &failure{kind: kindConfiguration, log: "Execution failed due to configuration error: Unable to base64 decode the body.", cause: why}
}

// decodeBase64 reads base64, which a Lambda function returns as a JSON string, in quotes. For
// anything else it returns the error otherwise.
func decodeBase64(s string, otherwise error) (payload, error) {
	s = strings.TrimSpace(s)
	if len(s) >= 2 && s[0] == '"' && s[len(s)-1] == '"' {
		s = s[1 : len(s)-1]
	}
	b, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(s, `\/`, "/"))
	if err != nil {
		return payload{}, otherwise
	}
	return payload{text: string(b), binary: true}, nil
}

// convertRequest applies contentHandling to a request's body (recorded on AWS).
func convertRequest(body string, binary bool, handling string) (payload, error) {
	switch {
	case !binary && handling == toBinary:
		return decodeBase64(body, errRequestNotBase64)
	case !binary:
		return payload{text: java.ValidText(body)}, nil
	case handling == toText:
		return payload{text: base64.StdEncoding.EncodeToString([]byte(body))}, nil
	}
	return payload{text: body, binary: true}, nil
}

// convertResponse applies contentHandling to an integration's payload. accept reports that the
// client accepts a binary type first (recorded on AWS).
func convertResponse(body string, binary, accept bool, handling string) (payload, error) {
	switch {
	case !binary && handling == toBinary:
		return decodeBase64(body, errResponseNotBase64)
	case !binary && handling == "" && accept:
		return decodeBase64(body, errAcceptNotBase64)
	case !binary:
		return payload{text: java.ValidText(body)}, nil
	case handling == toText || handling == "" && !accept:
		return payload{text: base64.StdEncoding.EncodeToString([]byte(body))}, nil
	}
	return payload{text: body, binary: true}, nil
}
