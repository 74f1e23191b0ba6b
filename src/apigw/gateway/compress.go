package gateway

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// If the document sets a minimum compression size, request bodies are decompressed and integration
// response bodies are compressed. The codings are gzip, deflate (which is zlib's format) and
// identity.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gzip-compression-decompression.html

// MaxCompressionSize is the largest x-amazon-apigateway-minimum-compression-size, in bytes.
const MaxCompressionSize = 10 << 20

// noCompression is the minimum size of an API that does not compress.
const noCompression = -1

// compression reads the minimum size of responses that are compressed.
func (l *loader) compression(n *yaml.Node) {
	l.api.MinimumCompressionSize = noCompression
	if n == nil || n.Tag == "!!null" {
		return
	}
	size, err := strconv.Atoi(text(n))
	if err != nil || size < 0 || size > MaxCompressionSize {
		l.problem(l.doc.at(n), "", fmt.Sprintf("the minimum compression size is %q", text(n)), fmt.Sprintf("write a number of bytes from 0 to %d", MaxCompressionSize))
		return
	}
	l.api.MinimumCompressionSize = size
}

// errCoding reports that a body is not in the coding that its Content-Encoding names, or that there
// is no such coding.
var errCoding = errors.New("the body cannot be decompressed")

// decompress undoes the coding of a request's body; ok is false if the result is too large.
func decompress(body, coding string) (plain string, ok bool, err error) {
	var r io.Reader
	switch coding = strings.ToLower(strings.TrimSpace(coding)); coding {
	case "", "identity":
		return body, true, nil
	case "gzip":
		r, err = gzip.NewReader(strings.NewReader(body))
	case "deflate":
		r, err = zlib.NewReader(strings.NewReader(body))
	default:
		return "", true, fmt.Errorf("%w: the coding %q is not supported", errCoding, coding)
	}
	if err != nil {
		return "", true, fmt.Errorf("%w: %w", errCoding, err)
	}
	b, err := io.ReadAll(io.LimitReader(r, MaxPayload+1))
	if err != nil {
		return "", true, fmt.Errorf("%w: %w", errCoding, err)
	}
	return string(b), len(b) <= MaxPayload, nil
}

// compressed is a response in a coding that the client names in Accept-Encoding. If the client
// names none, the response is unchanged.
func (x *exchange) compressed(a *clientResponse) *clientResponse {
	size := x.g.api.MinimumCompressionSize
	if size == noCompression || len(a.body) < size || a.body == "" || a.stream != nil {
		return a
	}
	if _, coded := a.headers.fold("Content-Encoding"); coded {
		return a
	}
	coding := acceptedCoding(headerOf(x.r, "Accept-Encoding"))
	var b bytes.Buffer
	var w io.WriteCloser
	switch coding {
	case "gzip":
		w = gzip.NewWriter(&b)
	case "deflate":
		w = zlib.NewWriter(&b)
	default:
		return a
	}
	_, _ = io.WriteString(w, a.body) // writing to a Buffer never fails
	_ = w.Close()
	return &clientResponse{status: a.status, headers: append(slices.Clip(a.headers), field{"Content-Encoding", coding}), body: b.String()}
}

// acceptedCoding is the supported coding that an Accept-Encoding prefers: the one with the greatest
// weight, the first if there are several.
func acceptedCoding(accept string) string {
	best, weight := "", 0.0
	for part := range strings.SplitSeq(accept, ",") {
		coding, parameters, _ := strings.Cut(part, ";")
		coding = strings.ToLower(strings.TrimSpace(coding))
		if coding != "gzip" && coding != "deflate" && coding != "identity" {
			continue
		}
		q := 1.0
		if value, ok := strings.CutPrefix(strings.TrimSpace(parameters), "q="); ok {
			var err error
			if q, err = strconv.ParseFloat(value, 64); err != nil {
				continue
			}
		}
		if q > weight {
			best, weight = coding, q
		}
	}
	return best
}
