package gateway

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"example.com/guessing-game/src/apigw/traceheader"
)

// traceContext is a request's place in its trace.
type traceContext struct {
	traceheader.Header
	segment string // id for a segment of the gateway's own
	seen    string // what mappings and proxy events see: the header as received, with a root added if it has none
}

// completeTrace keeps the parts that were received and generates the missing ones. Unless the
// client decides otherwise, the request is sampled.
func completeTrace(header string, now time.Time, seed *[sha256.Size]byte) traceContext {
	t := traceContext{Header: traceheader.Parse(header), segment: hex.EncodeToString(seed[11:19]), seen: header}
	if t.Root == "" {
		t.Root = traceheader.NewTraceID(now, bytes.NewReader(seed[20:]))
		t.seen = strings.TrimSuffix("Root="+t.Root+";"+header, ";")
	}
	if t.Parent == "" {
		t.Parent = t.segment
	}
	if t.Sampled == "" || t.Sampled == "?" {
		t.Sampled = "1"
	}
	return t
}

// forFunction is the header for the Invoke call.
func (t traceContext) forFunction(tracing bool) string {
	if tracing {
		t.Parent = t.segment
	}
	return t.String()
}
