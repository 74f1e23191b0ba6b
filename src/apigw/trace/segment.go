// Package trace is X-Ray on a laptop. It receives segments as the X-Ray daemon does, takes those
// of this process from [Collector.Add], joins them into traces, keeps the newest and shows them:
// as JSON, as a page with a waterfall and a latency distribution, and as a tree on a console.
// Nothing is sent anywhere.
//
// It does not depend on what is traced: whoever serves a request reports it with
// [Collector.Record].
//
// The documents are those of
// https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html.
package trace

import (
	"encoding/json"
	"fmt"
	"time"
)

// Limits of X-Ray's documents.
const (
	// MaxDocumentBytes bounds a segment document.
	MaxDocumentBytes = 64 << 10
	// MaxAnnotations bounds the annotations of one segment document.
	MaxAnnotations = 50
	// MaxNameRunes bounds the name of a segment.
	MaxNameRunes = 200
	// MaxUserRunes bounds the user of a segment.
	MaxUserRunes = 250
	// MaxDepth bounds how deep subsegments nest in one document.
	MaxDepth = 100
)

// Segment is a segment or a subsegment in a segment document. Members that are only shown are
// untyped; what X-Ray documents about them is checked nevertheless.
type Segment struct {
	// TraceID is "1-", eight and 24 hexadecimal digits. Nested subsegments have none.
	TraceID string `json:"trace_id,omitempty"`
	// ID is 16 hexadecimal digits, unique in the trace.
	ID   string `json:"id"`
	Name string `json:"name"`
	// StartTime and EndTime are seconds since 1970; see [Seconds].
	StartTime float64 `json:"start_time"`
	EndTime   float64 `json:"end_time,omitempty"`
	// InProgress stands for an EndTime that is not known yet.
	InProgress bool `json:"in_progress,omitempty"`
	// ParentID is the segment or subsegment this one belongs to.
	ParentID string `json:"parent_id,omitempty"`
	// Type is "subsegment" for a subsegment with its own document.
	Type string `json:"type,omitempty"`
	// Error is a mistake of the caller (4xx), Fault one of the service (5xx), Throttle a
	// refusal for too many calls (429).
	Error    bool `json:"error,omitempty"`
	Fault    bool `json:"fault,omitempty"`
	Throttle bool `json:"throttle,omitempty"`
	// Namespace of a subsegment is "aws" or "remote" for a call to another service.
	Namespace string `json:"namespace,omitempty"`
	// Origin of a segment is the kind of resource it ran on, such as AWS::Lambda::Function.
	Origin      string `json:"origin,omitempty"`
	ResourceARN string `json:"resource_arn,omitempty"`
	User        string `json:"user,omitempty"`

	Annotations map[string]any `json:"annotations,omitempty"`
	Metadata    map[string]any `json:"metadata,omitempty"`
	HTTP        map[string]any `json:"http,omitempty"`
	AWS         map[string]any `json:"aws,omitempty"`
	SQL         map[string]any `json:"sql,omitempty"`
	Service     map[string]any `json:"service,omitempty"`
	// Cause is an object with exceptions, or the id of the exception that caused this.
	Cause any `json:"cause,omitempty"`

	Subsegments []Segment `json:"subsegments,omitempty"`
}

// Seconds returns a time in the form of segments.
func Seconds(t time.Time) float64 { return float64(t.UnixNano()) / 1e9 }

// parseSegment reads a segment document and checks it against X-Ray's rules. Unknown members are
// left out, as by X-Ray.
func parseSegment(document []byte) (Segment, error) {
	if len(document) > MaxDocumentBytes {
		return Segment{}, fmt.Errorf("the segment document has %d bytes, X-Ray accepts %d", len(document), MaxDocumentBytes)
	}
	var s Segment
	if err := json.Unmarshal(document, &s); err != nil {
		return Segment{}, fmt.Errorf("the segment document is malformed: %w", err)
	}
	if err := s.Check(); err != nil {
		return Segment{}, err
	}
	return s, nil
}

// cover replaces what a function may have put into a segment with the result of hide.
func (s *Segment) cover(hide func(map[string]any) map[string]any) {
	for _, part := range []*map[string]any{&s.Annotations, &s.Metadata, &s.HTTP, &s.AWS, &s.SQL, &s.Service} {
		if *part != nil {
			*part = hide(*part)
		}
	}
	if cause, ok := s.Cause.(map[string]any); ok {
		s.Cause = hide(cause)
	}
	if s.User != "" {
		s.User, _ = hide(map[string]any{"user": s.User})["user"].(string)
	}
	for i := range s.Subsegments {
		s.Subsegments[i].cover(hide)
	}
}
