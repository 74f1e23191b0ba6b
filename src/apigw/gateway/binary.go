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
// wildcards; */subtype matches nothing (recorded on AWS).
func (g *Gateway) isBinary(media string) bool {
	if media == "" { // the client does not say what it accepts
		return false
	}
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

var errNotBase64 = errors.New("the payload is not base64")

// decodeBase64 reads base64, which a Lambda function returns as a JSON string, in quotes.
func decodeBase64(s string) (payload, error) {
	s = strings.TrimSpace(s)
	if len(s) >= 2 && s[0] == '"' && s[len(s)-1] == '"' {
		s = s[1 : len(s)-1]
	}
	b, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(s, `\/`, "/"))
	if err != nil {
		return payload{}, errNotBase64
	}
	return payload{text: string(b), binary: true}, nil
}

// convertRequest applies contentHandling to a request's body (recorded on AWS).
func convertRequest(body string, binary bool, handling string) (payload, error) {
	switch {
	case !binary && handling == toBinary:
		return decodeBase64(body)
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
	case !binary && (handling == toBinary || handling == "" && accept):
		return decodeBase64(body)
	case !binary:
		return payload{text: java.ValidText(body)}, nil
	case handling == toText || handling == "" && !accept:
		return payload{text: base64.StdEncoding.EncodeToString([]byte(body))}, nil
	}
	return payload{text: body, binary: true}, nil
}
