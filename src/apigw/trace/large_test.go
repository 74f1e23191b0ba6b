//go:build !race

package trace

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// One goroutine and large inputs: the race detector has nothing to find here and takes ten times
// as long. make test runs these tests without it.

// However documents are made, traces take no more memory than they may, or only a little more.
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
			if c.order.Len() <= i { // the oldest are being dropped: it is full
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
