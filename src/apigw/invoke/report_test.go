package invoke

import (
	"testing"
	"time"
)

func TestParseReportReadsLambdasLines(t *testing.T) {
	t.Parallel()
	ms := func(f float64) time.Duration { return time.Duration(f * float64(time.Millisecond)) }
	for _, c := range []struct {
		name, log string
		want      Report
	}{
		{"a cold start", "START RequestId: x Version: $LATEST\nEND RequestId: x\nREPORT RequestId: 3f7e\tDuration: 1049.63 ms\tBilled Duration: 2344 ms\tMemory Size: 128 MB\tMax Memory Used: 35 MB\tInit Duration: 1293.83 ms\t\nXRAY TraceId: 1-5d6f\tSegmentId: 53e4\tSampled: true\n",
			Report{RequestID: "3f7e", Duration: ms(1049.63), Billed: ms(2344), MemorySizeMB: 128, MaxMemoryMB: 35, InitDuration: ms(1293.83), ColdStart: true, TraceID: "1-5d6f", SegmentID: "53e4", Sampled: true}},
		{"a timeout", "REPORT RequestId: a\tDuration: 3000.00 ms\tBilled Duration: 3000 ms\tMemory Size: 1769 MB\tMax Memory Used: 30 MB\tStatus: timeout\n",
			Report{RequestID: "a", Duration: 3 * time.Second, Billed: 3 * time.Second, MemorySizeMB: 1769, MaxMemoryMB: 30, Status: "timeout"}},
		{"an exit", "REPORT RequestId: a\tDuration: 83.18 ms\tBilled Duration: 84 ms\tMemory Size: 128 MB\tMax Memory Used: 4 MB\tStatus: error\tError Type: Runtime.ExitError",
			Report{RequestID: "a", Duration: ms(83.18), Billed: ms(84), MemorySizeMB: 128, MaxMemoryMB: 4, Status: "error", ErrorType: "Runtime.ExitError"}},
		{"the last of two", "REPORT RequestId: a\tDuration: 1.00 ms\nREPORT RequestId: b\tDuration: 2.00 ms\n",
			Report{RequestID: "b", Duration: ms(2)}},
	} {
		got, ok := ParseReport(c.log)
		if !ok || got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
		if again, _ := ParseReport(got.String()); again != got {
			t.Errorf("%s: printed and read again: %+v", c.name, again)
		}
	}
	if _, ok := ParseReport("START RequestId: x\nno report"); ok {
		t.Error("a report out of nothing")
	}
}
