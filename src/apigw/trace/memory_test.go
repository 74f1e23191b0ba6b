package trace

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// The times of a segment are seconds since 1970, and anything else is refused: it would break
// every list that it is in.
func TestImpossibleTimes(t *testing.T) {
	t.Parallel()
	c := NewCollector(quiet())
	for _, times := range []string{
		`"start_time":1764460800000,"end_time":1764460800001`, `"start_time":1,"end_time":1.7e308`, `"start_time":1e300,"end_time":1e301`,
		`"start_time":1,"end_time":1764460800000`, `"start_time":-1,"end_time":2`, `"start_time":0,"end_time":2`, `"start_time":253402300800,"end_time":253402300801`,
		`"start_time":1,"end_time":-2`, `"start_time":1,"end_time":2,"subsegments":[{"id":"0123456789abcdef","name":"x","start_time":1,"end_time":1e18}]`,
		`"start_time":1764460800000,"in_progress":true`,
	} {
		if err := c.AddDocument(fmt.Appendf(nil, `{"name":"x","id":"0123456789abcdee","trace_id":"%s",%s}`, traceID, times)); err == nil || !strings.Contains(err.Error(), "_time") {
			t.Errorf("%s: %v", times, err)
		}
	}
	if n := len(c.List().Traces); n != 0 {
		t.Errorf("%d traces are kept", n)
	}
}

// A row that cannot be shown does not affect the others, whatever made it.
func TestOneBadRow(t *testing.T) {
	t.Parallel()
	c := NewCollector(quiet())
	c.Record(Request{TraceID: traceID})
	bad := c.List().Traces[0]
	bad.Time = fromSeconds(1e12)
	if _, err := json.Marshal(bad); err == nil {
		t.Fatal("the row is not bad")
	}
	if rows := c.rows([]Summary{bad, c.List().Traces[0]}); len(rows) != 1 || !strings.Contains(string(rows[0]), traceID) {
		t.Errorf("%s", rows)
	}
}
