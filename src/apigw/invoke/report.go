package invoke

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Report holds the figures of one invocation, those of Lambda's REPORT line.
type Report struct {
	RequestID string
	// Duration is the time from passing the event to the function until its response.
	Duration time.Duration
	// InitDuration is the time from exec to the function's first request for work. It is
	// zero for a warm invocation.
	InitDuration time.Duration
	// Billed is Duration and InitDuration together, rounded up to a millisecond. Lambda
	// has always billed both for container images and custom runtimes, and since
	// 2025-08-01 for every function
	// (https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase/).
	Billed time.Duration
	// MemorySizeMB is the function's configured memory size.
	MemorySizeMB int
	// MaxMemoryMB is the peak resident memory of the environment so far, 0 if the system does not
	// report it.
	MaxMemoryMB int
	// ColdStart says that an environment was started for this invocation.
	ColdStart bool
	// Status is empty on success, else "error" or "timeout".
	Status string
	// ErrorType is set with the status "error" when the environment failed.
	ErrorType string
	// TraceID and SegmentID name the invocation's trace and its segment of the function,
	// the parent of whatever the function traces.
	TraceID   string
	SegmentID string
	Sampled   bool

	// The rest is not part of the REPORT line.

	// Received is when the Host got the invocation, InitStarted when a process was started for it
	// (zero for a warm invocation), Started when the event was passed to the function, and Ended
	// when the Host had finished.
	Received    time.Time
	InitStarted time.Time
	Started     time.Time
	Ended       time.Time
	// PID is the process that served the invocation.
	PID int
}

// String is the REPORT line as CloudWatch Logs shows it, with the XRAY line after it if there is a
// trace.
func (r Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "REPORT RequestId: %s\tDuration: %s ms\tBilled Duration: %d ms\tMemory Size: %d MB\tMax Memory Used: %d MB",
		r.RequestID, milliseconds(r.Duration), r.Billed.Milliseconds(), r.MemorySizeMB, r.MaxMemoryMB)
	if r.InitDuration > 0 {
		fmt.Fprintf(&b, "\tInit Duration: %s ms", milliseconds(r.InitDuration))
	}
	if r.Status != "" {
		fmt.Fprintf(&b, "\tStatus: %s", r.Status)
	}
	if r.ErrorType != "" {
		fmt.Fprintf(&b, "\tError Type: %s", r.ErrorType)
	}
	if r.TraceID != "" {
		fmt.Fprintf(&b, "\nXRAY TraceId: %s\tSegmentId: %s\tSampled: %t", r.TraceID, r.SegmentID, r.Sampled)
	}
	return b.String()
}

// milliseconds prints d as Lambda does, with two decimals.
func milliseconds(d time.Duration) string {
	return strconv.FormatFloat(float64(d)/float64(time.Millisecond), 'f', 2, 64)
}

// billed is what is billed for an invocation: all of it, rounded up to a millisecond.
func billed(d time.Duration) time.Duration {
	return (d + time.Millisecond - 1) / time.Millisecond * time.Millisecond
}

var (
	reportLine  = regexp.MustCompile(`(?m)^REPORT RequestId: (\S+)(.*)$`)
	xrayLine    = regexp.MustCompile(`(?m)XRAY TraceId: (\S+)\s+SegmentId: (\S+)\s+Sampled: (true|false)`)
	reportField = regexp.MustCompile(`(Init Duration|Billed Duration|Duration|Memory Size|Max Memory Used|Status|Error Type): ([^\t\n]+)`)
)

// ParseReport finds the last REPORT line in a log and reads it: Lambda's own, as well as
// those of a [Host]. It returns false if there is none.
func ParseReport(log string) (Report, bool) {
	lines := reportLine.FindAllStringSubmatch(log, -1)
	if len(lines) == 0 {
		return Report{}, false
	}
	line := lines[len(lines)-1]
	r := Report{RequestID: line[1]}
	for _, f := range reportField.FindAllStringSubmatch(line[2], -1) {
		value := strings.TrimSpace(f[2])
		number, _ := strconv.ParseFloat(strings.TrimRight(value, " MBms"), 64)
		d := time.Duration(number * float64(time.Millisecond))
		switch f[1] {
		case "Init Duration":
			r.InitDuration, r.ColdStart = d, true
		case "Billed Duration":
			r.Billed = d
		case "Duration":
			r.Duration = d
		case "Memory Size":
			r.MemorySizeMB = int(number)
		case "Max Memory Used":
			r.MaxMemoryMB = int(number)
		case "Status":
			r.Status = value
		case "Error Type":
			r.ErrorType = value
		}
	}
	if x := xrayLine.FindAllStringSubmatch(log, -1); x != nil {
		last := x[len(x)-1]
		r.TraceID, r.SegmentID, r.Sampled = last[1], last[2], last[3] == "true"
	}
	return r, true
}
