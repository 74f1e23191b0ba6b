package trace

import "unsafe"

// What values take in memory besides their contents, on a 64-bit machine, rounded up: a small
// document makes many of them, so that counting only its bytes would let traces take ten times what
// is allowed.
const (
	// segmentBytes is a Segment with its places in the maps and lists of a record.
	segmentBytes = int(unsafe.Sizeof(Segment{})) + 160
	// mapBytes is a map of up to eight members, slotBytes each member beyond.
	mapBytes, slotBytes = 48 + 8*slotBytes + 8, 32
	// stringBytes is a string's least allocation, valueBytes that of a number in an interface.
	stringBytes, valueBytes = 16, 16
)

// memory is the approximate memory of a segment with its subsegments.
func (s *Segment) memory() int {
	n := segmentBytes
	for _, text := range []string{s.TraceID, s.ID, s.Name, s.ParentID, s.Type, s.Namespace, s.Origin, s.ResourceARN, s.User} {
		if text != "" {
			n += stringBytes + len(text)
		}
	}
	for _, m := range []map[string]any{s.Annotations, s.Metadata, s.HTTP, s.AWS, s.SQL, s.Service} {
		if m != nil {
			n += memory(m)
		}
	}
	n += memory(s.Cause)
	for i := range s.Subsegments {
		n += s.Subsegments[i].memory()
	}
	return n
}

// memory is about what a value read from JSON takes.
func memory(value any) int {
	switch v := value.(type) {
	case nil:
		return 0
	case string:
		return 2*stringBytes + len(v)
	case []any:
		n := 2 * stringBytes
		for _, item := range v {
			n += 2*stringBytes + memory(item) // append leaves room for as many again
		}
		return n
	case map[string]any:
		n := mapBytes + max(0, len(v)-8)*2*slotBytes
		for name, item := range v {
			n += stringBytes + len(name) + memory(item)
		}
		return n
	}
	return valueBytes
}
