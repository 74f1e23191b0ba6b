package invoke

import (
	"io"
	"regexp"
	"time"

	"example.com/guessing-game/src/apigw/traceheader"
)

var rootPattern = regexp.MustCompile(`^1-[0-9a-fA-F]{8}-[0-9a-fA-F]{24}$`)

// functionTrace is what a function sees of its trace: it continues that of a caller's header, or
// begins one if there is no valid header. Parent is the id of the function's own segment, which
// the Lambda service creates in AWS.
func functionTrace(header string, now time.Time, random io.Reader) traceheader.Header {
	caller := traceheader.Parse(header)
	t := traceheader.Header{Root: caller.Root, Sampled: "1"}
	if caller.Sampled == "0" {
		t.Sampled = "0"
	}
	if !rootPattern.MatchString(t.Root) {
		t.Root = traceheader.NewTraceID(now, random)
	}
	t.Parent = traceheader.NewSegmentID(random)
	return t
}
