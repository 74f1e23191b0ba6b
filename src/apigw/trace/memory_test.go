package trace

import (
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// However documents are made, traces take no more memory than they may, or little more.
func TestMemoryIsBounded(t *testing.T) {
	// Not parallel: it measures the heap.
	many := func(format string, n int) string {
		parts := make([]string, n)
		for i := range parts {
			parts[i] = strings.ReplaceAll(format, "ID", fmt.Sprintf("%016x", i+1))
		}
		return strings.Join(parts, ",")
	}
	for name, members := range map[string]string{
		"subsegments":  `"subsegments":[` + many(`{"id":"ID","name":"s","start_time":1,"end_time":2}`, 900) + `]`,
		"empty maps":   `"metadata":{"a":[` + many(`{}`, 15000) + `]}`,
		"small maps":   `"metadata":{"a":[` + many(`{"a":1}`, 7000) + `]}`,
		"nested maps":  `"metadata":` + strings.Repeat(`{"a":`, 5000) + `1` + strings.Repeat(`}`, 5000),
		"numbers":      `"metadata":{"a":[` + many(`1`, 30000) + `]}`,
		"strings":      `"metadata":{"a":[` + many(`"a"`, 15000) + `]}`,
		"a long text":  `"metadata":{"a":"` + strings.Repeat("x", 60000) + `"}`,
		"large map":    `"metadata":{` + many(`"ID":1`, 2800) + `}`,
		"cause":        `"cause":{"exceptions":[` + many(`{"id":"ID"}`, 1800) + `]}`,
		"nested lists": `"metadata":{"a":` + strings.Repeat(`[`, 5000) + strings.Repeat(`]`, 5000) + `}`,
	} {
		c := NewCollector(Config{MaxTraces: 100000, Logger: quiet().Logger})
		before := heap()
		for i := 0; i < 2000; i++ {
			document := fmt.Sprintf(`{"name":"x","id":"%016x","trace_id":"%s","start_time":1,"end_time":2,%s}`, 1<<40+i, tid(i), members)
			if err := c.AddDocument([]byte(document)); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if c.order.Len() <= i { // the oldest are going: it is full
				break
			}
		}
		took := heap() - before
		if took > MaxTotalBytes*3/2 {
			t.Errorf("%s: %d MB, %d are allowed", name, took>>20, MaxTotalBytes>>20)
		}
		if c.order.Len() > 1 && took < MaxTotalBytes/6 {
			t.Errorf("%s: %d traces of %d MB, though there is room for more", name, c.order.Len(), took>>20)
		}
		runtime.KeepAlive(c)
	}
}

func heap() int {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// The times of a segment are seconds since 1970, and what is not is refused: it would fail every list it is in.
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

// A row that cannot be shown takes no other with it, whatever made it.
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
