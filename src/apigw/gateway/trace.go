package gateway

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// traceHeader is an X-Amzn-Trace-Id.
type traceHeader struct {
	root, parent, sampled string
	rest                  string // other fields, such as Lineage, as received
	segment               string // id for a segment of the gateway's own
	seen                  string // what mappings and proxy events see: the header as received, with at least a root
}

// completeTrace keeps the parts that were received and generates the missing ones. Unless the
// client decides otherwise, the request is sampled.
func completeTrace(header string, now time.Time, seed *[sha256.Size]byte) traceHeader {
	t := traceHeader{segment: hex.EncodeToString(seed[11:19])}
	for part := range strings.SplitSeq(header, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		if name == "" || value == "" {
			continue
		}
		switch strings.ToLower(name) {
		case "root":
			t.root = value
		case "parent":
			t.parent = value
		case "sampled":
			t.sampled = value
		case "self": // added by load balancers for their own use
		default:
			t.rest += ";" + name + "=" + value
		}
	}
	t.seen = header
	if t.root == "" {
		t.root = fmt.Sprintf("1-%08x-%s", uint32(now.Unix()), hex.EncodeToString(seed[20:32]))
		t.seen = strings.TrimSuffix("Root="+t.root+";"+header, ";")
	}
	if t.parent == "" {
		t.parent = t.segment
	}
	if t.sampled == "" || t.sampled == "?" {
		t.sampled = "1"
	}
	return t
}

func (t traceHeader) String() string {
	return "Root=" + t.root + ";Parent=" + t.parent + ";Sampled=" + t.sampled + t.rest
}

// forFunction is the header for the Invoke call.
func (t traceHeader) forFunction(tracing bool) string {
	if tracing {
		t.parent = t.segment
	}
	return t.String()
}
