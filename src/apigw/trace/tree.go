package trace

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"example.com/guessing-game/src/apigw/visible"
)

// Trace is an assembled trace: its segments as a tree.
type Trace struct {
	Summary
	// LimitExceeded says that segments were left out because of their size.
	LimitExceeded bool    `json:"limit_exceeded,omitempty"`
	Roots         []*Node `json:"segments_tree"`
}

// Node is a segment in its place.
type Node struct {
	// Segment is the segment without its subsegments.
	Segment *Segment `json:"segment"`
	// StartMS is the time from the start of the trace, DurationMS the time it took; both
	// in milliseconds.
	StartMS    float64 `json:"start_ms"`
	DurationMS float64 `json:"duration_ms"`
	// Orphan says that the segment's parent is not (yet) known.
	Orphan   bool    `json:"orphan,omitempty"`
	Children []*Node `json:"children,omitempty"`
}

// Trace returns one trace, false if it is not stored.
func (c *Collector) Trace(id string) (Trace, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.traces[id]
	if e == nil {
		return Trace{}, false
	}
	r := e.Value.(*record)
	if r.cleared {
		return Trace{}, false
	}
	c.look(r)
	t := Trace{Summary: r.summary(), LimitExceeded: r.exceeded, Roots: r.tree()}
	if r.request != nil {
		req := *r.request // with its log this time
		t.Request = &req
	}
	return t, true
}

// tree links the segments by their ids. A segment without its parent becomes a root, and so does
// one in a cycle.
func (r *record) tree() []*Node {
	start, end := r.span()
	nodes := make(map[string]*Node, len(r.segments))
	for id, s := range r.segments {
		n := &Node{Segment: s, StartMS: (s.StartTime - start) * 1000}
		if s.InProgress {
			n.DurationMS = (end - s.StartTime) * 1000
		} else {
			n.DurationMS = (s.EndTime - s.StartTime) * 1000
		}
		nodes[id] = n
	}
	var roots []*Node
	for _, id := range r.sequence {
		n := nodes[id]
		parent := nodes[n.Segment.ParentID]
		switch {
		case n.Segment.ParentID == "":
			roots = append(roots, n)
		case parent == nil || r.circular(id):
			n.Orphan = true
			roots = append(roots, n)
		default:
			parent.Children = append(parent.Children, n)
		}
	}
	byStart := func(a, b *Node) int { return cmp.Compare(a.StartMS, b.StartMS) }
	for _, n := range nodes {
		slices.SortStableFunc(n.Children, byStart)
	}
	slices.SortStableFunc(roots, byStart)
	return roots
}

// circular reports whether a segment is its own ancestor.
func (r *record) circular(id string) bool {
	at := id
	for range len(r.segments) {
		s := r.segments[at]
		if s == nil || s.ParentID == "" {
			return false
		}
		if at = s.ParentID; at == id {
			return true
		}
	}
	return false
}

const (
	treeNameWidth = 44
	treeBarWidth  = 32
)

// WriteTree draws a trace for a console: the request, and a line for each segment with its time
// and its place on the time axis.
func WriteTree(w io.Writer, t Trace) error {
	var b strings.Builder
	b.WriteString(visible.Text(headline(t)) + "\n")
	total := t.DurationMS
	var walk func(nodes []*Node, indent string)
	walk = func(nodes []*Node, indent string) {
		for i, n := range nodes {
			branch, below := "├─ ", "│  "
			if i == len(nodes)-1 {
				branch, below = "└─ ", "   "
			}
			name := indent + branch + visible.Text(n.Segment.Name)
			if pad := treeNameWidth - utf8.RuneCountInString(name); pad > 0 {
				name += strings.Repeat(" ", pad)
			}
			fmt.Fprintf(&b, "%s %10s  %s%s\n", name, formatMS(n.DurationMS), bar(n, total), remarks(n))
			walk(n.Children, indent+below)
		}
	}
	for _, n := range t.Roots {
		total = max(total, n.StartMS+n.DurationMS)
	}
	walk(t.Roots, "")
	if t.LimitExceeded {
		b.WriteString("… segments were dropped: the trace is too large\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func headline(t Trace) string {
	if t.Request == nil {
		return fmt.Sprintf("%s  %s  %s", t.Name, formatMS(t.DurationMS), t.ID)
	}
	line := fmt.Sprintf("%s %s  %d  %s", t.Request.Method, t.Request.Path, t.Request.Status, formatMS(t.DurationMS))
	if i := t.Request.Invocation; i != nil {
		line += fmt.Sprintf("  billed %d ms", i.Billed.Milliseconds())
		if i.ColdStart {
			line += "  cold start"
		}
	}
	return line + "  " + t.ID
}

// bar is the segment's place on the time axis.
func bar(n *Node, total float64) string {
	if total <= 0 {
		return strings.Repeat(" ", treeBarWidth)
	}
	from := min(int(n.StartMS/total*treeBarWidth+0.5), treeBarWidth-1)
	from = max(from, 0)
	length := max(1, int(n.DurationMS/total*treeBarWidth+0.5))
	length = min(length, treeBarWidth-from)
	return strings.Repeat("·", from) + strings.Repeat("━", length) + strings.Repeat("·", treeBarWidth-from-length)
}

func remarks(n *Node) string {
	var out []string
	for _, r := range []struct {
		is   bool
		text string
	}{{n.Segment.Fault, "fault"}, {n.Segment.Error, "error"}, {n.Segment.Throttle, "throttled"}, {n.Segment.InProgress, "in progress"}, {n.Orphan, "parent unknown"}} {
		if r.is {
			out = append(out, r.text)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(n.Segment.Annotations)) {
		out = append(out, fmt.Sprintf("%s=%v", key, n.Segment.Annotations[key]))
	}
	if len(out) == 0 {
		return ""
	}
	return "  " + visible.Text(strings.Join(out, " "))
}

// formatMS prints milliseconds with three significant digits.
func formatMS(ms float64) string {
	switch {
	case ms < 0.0005:
		return "0 ms"
	case ms < 1:
		return fmt.Sprintf("%.3f ms", ms)
	case ms < 100:
		return fmt.Sprintf("%.2f ms", ms)
	}
	return fmt.Sprintf("%.0f ms", ms)
}
