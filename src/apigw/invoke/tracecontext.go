package invoke

import (
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"
)

// traceContext is what the function learns of its trace.
type traceContext struct {
	root    string
	segment string // the function's own segment, parent of what it traces
	sampled bool
}

var rootPattern = regexp.MustCompile(`^1-[0-9a-fA-F]{8}-[0-9a-fA-F]{24}$`)

// newTraceContext continues the trace of an X-Amzn-Trace-Id header, or begins one
// if there is no valid one. The
// function's segment gets its own id: in AWS the Lambda service makes that segment,
// and the function sees only its id, as Parent.
func newTraceContext(header string, now time.Time, random io.Reader) traceContext {
	t := traceContext{sampled: true}
	for _, part := range strings.Split(header, ";") {
		key, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch key {
		case "Root":
			if rootPattern.MatchString(value) {
				t.root = value
			}
		case "Sampled":
			t.sampled = value != "0"
		}
	}
	var id [20]byte
	mustRead(random, id[:])
	t.segment = fmt.Sprintf("%x", id[12:])
	if t.root == "" {
		t.root = fmt.Sprintf("1-%08x-%x", now.Unix(), id[:12])
	}
	return t
}

// header is the value of Lambda-Runtime-Trace-Id.
func (t traceContext) header() string {
	sampled := "0"
	if t.sampled {
		sampled = "1"
	}
	return "Root=" + t.root + ";Parent=" + t.segment + ";Sampled=" + sampled
}
