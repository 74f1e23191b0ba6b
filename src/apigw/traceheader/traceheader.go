// Package traceheader reads and writes the header X-Amzn-Trace-Id, which carries a trace from one
// service to the next, and makes the ids in it
// (https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader).
package traceheader

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"time"
)

// Header is a parsed header. A part that is missing is empty.
type Header struct {
	Root    string // the trace's id
	Parent  string // the id of the caller's segment
	Sampled string // "1", "0", or "?" if the receiver is to decide
	Rest    string // other parts, such as Lineage, as received, each after a semicolon
}

// Parse parses a header. Anything that is not a part is dropped, and so is Self, which load
// balancers add for their own use.
func Parse(text string) Header {
	var h Header
	for part := range strings.SplitSeq(text, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		if name == "" || value == "" {
			continue
		}
		switch strings.ToLower(name) {
		case "root":
			h.Root = value
		case "parent":
			h.Parent = value
		case "sampled":
			h.Sampled = value
		case "self":
		default:
			h.Rest += ";" + name + "=" + value
		}
	}
	return h
}

// String returns the header with the parts that are not empty.
func (h Header) String() string {
	text := "Root=" + h.Root
	if h.Parent != "" {
		text += ";Parent=" + h.Parent
	}
	if h.Sampled != "" {
		text += ";Sampled=" + h.Sampled
	}
	return text + h.Rest
}

// NewTraceID draws the id of a trace. It panics if the random source fails.
func NewTraceID(now time.Time, random io.Reader) string {
	b := make([]byte, 0, 16)
	b = binary.BigEndian.AppendUint32(b, uint32(now.Unix()))
	id := hex.EncodeToString(append(b, draw(random, 12)...))
	return "1-" + id[:8] + "-" + id[8:]
}

// NewSegmentID draws the id of a segment. It panics if the random source fails.
func NewSegmentID(random io.Reader) string { return hex.EncodeToString(draw(random, 8)) }

func draw(random io.Reader, n int) []byte {
	b := make([]byte, n)
	if _, err := io.ReadFull(random, b); err != nil {
		panic(fmt.Sprintf("traceheader: the random source failed: %v", err))
	}
	return b
}
