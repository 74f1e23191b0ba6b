package trace

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func quiet() Config { return Config{Logger: slog.New(slog.DiscardHandler)} }

func id(n int) string { return fmt.Sprintf("%016x", n) }

func tid(n int) string { return fmt.Sprintf("1-5759e988-%024x", n) }

func seg(n, parent int, name string, start, end float64) Segment {
	s := Segment{TraceID: traceID, ID: id(n), Name: name, StartTime: 1000 + start, EndTime: 1000 + end}
	if parent != 0 {
		s.ParentID = id(parent)
	}
	return s
}

func mustAdd(t testing.TB, c *Collector, segments ...Segment) {
	t.Helper()
	if err := c.Add(segments...); err != nil {
		t.Fatal(err)
	}
}

// draw writes a trace's tree as nested names.
func outline(nodes []*Node) string {
	var parts []string
	for _, n := range nodes {
		s := n.Segment.Name
		if n.Orphan {
			s += "?"
		}
		if len(n.Children) > 0 {
			s += "(" + outline(n.Children) + ")"
		}
		parts = append(parts, s)
	}
	return strings.Join(parts, " ")
}

func TestTraceIsJoinedWhateverTheOrder(t *testing.T) {
	t.Parallel()
	gateway := seg(1, 0, "api", 0, 0.010)
	gateway.Subsegments = []Segment{seg(2, 0, "request mapping", 0.001, 0.002), seg(3, 0, "integration", 0.002, 0.009)}
	function := seg(4, 3, "GameFunction", 0.003, 0.008)
	function.Origin = "AWS::Lambda::Function"
	event := seg(5, 4, "guessSubmitted", 0.004, 0.007)
	event.Type = "subsegment"
	event.Subsegments = []Segment{seg(7, 0, "encode", 0.006, 0.007), seg(6, 0, "decode", 0.004, 0.005)}
	const want = "api(request mapping integration(GameFunction(guessSubmitted(decode encode))))"
	for _, order := range [][]Segment{{gateway, function, event}, {event, function, gateway}, {function, event, gateway}} {
		c := NewCollector(quiet())
		mustAdd(t, c, order...)
		got, ok := c.Trace(traceID)
		if !ok || outline(got.Roots) != want {
			t.Errorf("%s, want %s", outline(got.Roots), want)
		}
		if got.Segments != 7 || got.Name != "api" || got.DurationMS < 9.99 || got.DurationMS > 10.01 {
			t.Errorf("%+v", got.Summary)
		}
	}
	if _, ok := NewCollector(quiet()).Trace(traceID); ok {
		t.Error("a trace out of nothing")
	}
}

func TestTraceWithGapsAndCircles(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		segments []Segment
		want     string
	}{
		{"an unknown parent", []Segment{seg(1, 9, "a", 0, 1)}, "a?"},
		{"its own parent", []Segment{seg(1, 1, "a", 0, 1)}, "a?"},
		{"a circle of two", []Segment{seg(1, 2, "a", 0, 1), seg(2, 1, "b", 1, 2), seg(3, 2, "c", 1, 2)}, "a? b?(c)"},
		{"two roots", []Segment{seg(2, 0, "b", 1, 2), seg(1, 0, "a", 0, 1)}, "a b"},
	} {
		col := NewCollector(quiet())
		mustAdd(t, col, c.segments...)
		if got, _ := col.Trace(traceID); outline(got.Roots) != c.want {
			t.Errorf("%s: %s, want %s", c.name, outline(got.Roots), c.want)
		}
	}
}

func TestTraceReplacesWhatWasInProgress(t *testing.T) {
	t.Parallel()
	c := NewCollector(quiet())
	open := seg(1, 0, "a", 0, 0)
	open.EndTime, open.InProgress = 0, true
	mustAdd(t, c, open, seg(2, 1, "b", 1, 3))
	got, _ := c.Trace(traceID)
	if n := got.Roots[0]; !n.Segment.InProgress || n.DurationMS != 3000 {
		t.Errorf("in progress: %+v", n)
	}
	mustAdd(t, c, seg(1, 0, "a", 0, 4), open)
	got, _ = c.Trace(traceID)
	if n := got.Roots[0]; n.Segment.InProgress || n.DurationMS != 4000 || got.Segments != 2 {
		t.Errorf("finished: %+v of %d", n, got.Segments)
	}
}

func TestCollectorIsBounded(t *testing.T) {
	t.Parallel()
	c := NewCollector(Config{MaxTraces: 3, Logger: slog.New(slog.DiscardHandler)})
	for i := range 5 {
		s := seg(1, 0, "a", 0, 1)
		s.TraceID = tid(i)
		mustAdd(t, c, s)
	}
	all := c.List().Traces
	if len(all) != 3 || all[0].ID != tid(4) || all[2].ID != tid(2) {
		t.Errorf("%v", all)
	}

	c = NewCollector(quiet())
	fill := func(trace, n int) {
		s := seg(n, 0, "a", 0, 1)
		s.TraceID, s.Metadata = tid(trace), map[string]any{"x": strings.Repeat("x", 60<<10)}
		mustAdd(t, c, s)
	}
	for n := range 10 {
		fill(1, n+1)
	}
	if got, _ := c.Trace(tid(1)); !got.LimitExceeded || got.Segments != 8 {
		t.Errorf("%d segments of 60 KB each, exceeded %v", got.Segments, got.LimitExceeded)
	}
	for i := range 300 {
		for n := range 8 {
			fill(i+1, n+1)
		}
	}
	if c.bytes > MaxTotalBytes || len(c.List().Traces) < 100 {
		t.Errorf("%d bytes in %d traces", c.bytes, len(c.List().Traces))
	}
	c = NewCollector(quiet())
	c.Record(Request{TraceID: tid(1), Log: []string{strings.Repeat("a", MaxLogBytes)}})
	c.Record(Request{TraceID: tid(2), Log: []string{strings.Repeat("a", MaxLogBytes), "b", "c"}})
	for i, want := range []int{1, 2} {
		if got, _ := c.Trace(tid(i + 1)); len(got.Request.Log) != want {
			t.Errorf("%d lines, want %d", len(got.Request.Log), want)
		}
	}
	if got, _ := c.Trace(tid(2)); got.Request.Log[1] != "… 2 lines more" {
		t.Errorf("%q", got.Request.Log[1])
	}
}

// What was cleared can be restored for a while, in addition to what has arrived since.
func TestClear(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := NewCollector(quiet())
		ids := func() (all []string) {
			for _, s := range c.List().Traces {
				all = append(all, s.ID)
			}
			return all
		}
		ask := func(n int) {
			c.Record(Request{TraceID: tid(n), Route: "GET /", Status: 500, Duration: time.Duration(n) * time.Millisecond, Invocation: &Invocation{Billed: time.Millisecond}})
		}
		if c.Restore() {
			t.Error("something came back, though nothing was cleared")
		}
		ask(1)
		ask(2)
		c.AddDocument([]byte("{}"))
		changes, cancel := c.Subscribe()
		defer cancel()
		c.Clear()
		if s := <-changes; s.ID != "" {
			t.Errorf("a subscriber hears of %q, want that all is another", s.ID)
		}
		l := c.List()
		if len(l.Traces) != 0 || l.Total != 0 || l.Cleared != 2 || l.Rejected != 0 || l.Limit != DefaultMaxTraces || c.Distributions()[0].Request.Count != 0 {
			t.Errorf("%+v", l)
		}
		if _, ok := c.Trace(tid(1)); ok {
			t.Error("a cleared trace is shown")
		}
		late := seg(1, 0, "late", 0, 1)
		late.TraceID = tid(2)
		mustAdd(t, c, late)
		if len(changes) != 0 || len(ids()) != 0 {
			t.Error("a late segment brings a cleared trace back")
		}
		c.Refresh()
		if s := <-changes; s.ID != "" {
			t.Errorf("a subscriber hears of %q, want that all may be another", s.ID)
		}
		ask(3)
		c.Record(Request{TraceID: tid(1), ID: "again", Route: "GET /again"})
		if got, want := ids(), []string{tid(3), tid(1)}; !slices.Equal(got, want) || c.List().Total != 2 {
			t.Errorf("%v are shown of %d, want %v", got, c.List().Total, want)
		}
		if !c.Restore() || c.Restore() {
			t.Error("it comes back once")
		}
		all := c.Distributions()
		if l := c.List(); !slices.Equal(ids(), []string{tid(3), tid(2), tid(1)}) || l.Cleared != 0 || l.Rejected != 1 || l.Rejection == "" {
			t.Errorf("%+v", l)
		}
		if d := all[0]; d.Request.Count != 4 || d.Errors != 3 || d.Invocations != 3 || d.BilledMS != 3 || d.Request.Max != 3 || len(all) != 3 {
			t.Errorf("%+v", all)
		}
		time.Sleep(2 * UndoTime)
		if len(ids()) != 3 {
			t.Error("what came back went with the time")
		}

		c.Clear()
		c.Clear() // there is nothing more: the first can still be undone
		if c.List().Cleared != 3 {
			t.Errorf("%+v", c.List())
		}
		time.Sleep(2 * UndoTime)
		synctest.Wait()
		if c.List().Cleared != 0 || c.bytes != 0 || c.Restore() {
			t.Errorf("%d bytes are left", c.bytes)
		}

		ask(1)
		c.Clear()
		ask(2)
		c.Clear()
		if c.Restore(); !slices.Equal(ids(), []string{tid(2)}) {
			t.Errorf("%v came back, want the last that was cleared", ids())
		}
	})
}

// A client may put all its requests into one trace.
func TestManyRequestsInOneTrace(t *testing.T) {
	t.Parallel()
	c := NewCollector(quiet())
	c.Record(Request{TraceID: tid(1), ID: "other"})
	for i := range 100 {
		c.Record(Request{TraceID: tid(2), ID: fmt.Sprint(i), Log: []string{strings.Repeat("a", MaxLogBytes)}})
	}
	if got := c.Distributions()[0].Request.Count; got != 101 {
		t.Errorf("%d requests count, want 101", got)
	}
	if got, _ := c.Trace(tid(2)); got.Request.ID != "99" {
		t.Errorf("the request %s is shown, want the last", got.Request.ID)
	}
	if c.bytes > 2*MaxLogBytes {
		t.Errorf("%d bytes are counted of what two requests take", c.bytes)
	}
}

func TestCollectorRejects(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	c := NewCollector(Config{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if err := c.AddDocument([]byte("{}")); err == nil {
		t.Error("an empty document was taken")
	}
	big := seg(1, 0, "a", 0, 1)
	big.Metadata = map[string]any{"x": strings.Repeat("x", MaxDocumentBytes)}
	if err := c.Add(big); err == nil || !strings.Contains(err.Error(), "X-Ray accepts 65536") {
		t.Errorf("%v", err)
	}
	if l := c.List(); l.Rejected != 2 || !strings.Contains(l.Rejection, "X-Ray accepts") || strings.Count(log.String(), "an X-Ray segment was dropped") != 2 || len(l.Traces) != 0 {
		t.Errorf("%+v, %s", l, log.String())
	}
}

func TestSubscribe(t *testing.T) {
	t.Parallel()
	c := NewCollector(quiet())
	changes, cancel := c.Subscribe()
	mustAdd(t, c, seg(1, 0, "a", 0, 1))
	c.Record(Request{TraceID: traceID, Method: "GET", Path: "/", Status: 500, Log: []string{"secret of the log"}})
	if s := <-changes; s.ID != traceID || s.Request != nil {
		t.Errorf("%+v", s)
	}
	if s := <-changes; s.Request == nil || s.Request.Status != 500 || s.Request.Log != nil {
		t.Errorf("%+v", s)
	}
	cancel()
	cancel()
	if _, ok := <-changes; ok {
		t.Error("more, after its end")
	}
	slow, cancel := c.Subscribe()
	defer cancel()
	for range subscriberBacklog + 1 {
		mustAdd(t, c, seg(1, 0, "a", 0, 1))
	}
	n := 0
	for range slow {
		n++
	}
	if n != subscriberBacklog {
		t.Errorf("a slow subscriber got %d", n)
	}
	for range MaxSubscribers {
		_, cancel := c.Subscribe()
		defer cancel()
	}
	many, _ := c.Subscribe()
	if _, ok := <-many; ok {
		t.Error("one subscriber too many")
	}
}

func TestCollectorConcurrently(t *testing.T) {
	t.Parallel()
	c := NewCollector(Config{MaxTraces: 10, Logger: slog.New(slog.DiscardHandler)})
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			changes, cancel := c.Subscribe()
			defer cancel()
			for i := range 200 {
				s := seg(g+1, 0, "a", 0, 1)
				s.TraceID = tid(i)
				c.Add(s)
				c.Record(Request{TraceID: tid(i), Route: "GET /", Duration: time.Duration(i)})
				if got, ok := c.Trace(tid(i)); ok {
					WriteTree(io.Discard, got)
				}
				c.List()
				c.Distributions()
				select {
				case <-changes:
				default:
				}
			}
		})
	}
	all.Wait()
}

func TestWriteTree(t *testing.T) {
	t.Parallel()
	c := NewCollector(quiet())
	root := seg(1, 0, "api/prod", 0, 0.100)
	mapping, integration := seg(2, 0, "request mapping", 0, 0.025), seg(3, 0, "integration", 0.025, 0.1)
	integration.Fault = true
	integration.Annotations = map[string]any{"outcome": "GameWon", "cold": true}
	root.Subsegments = []Segment{mapping, integration}
	mustAdd(t, c, root, seg(4, 3, "GameFunction", 0.05, 0.0505))
	c.Record(Request{TraceID: traceID, Method: "POST", Path: "/prod/games", Status: 201, Duration: 100 * time.Millisecond,
		Invocation: &Invocation{Billed: 3 * time.Millisecond, ColdStart: true}})
	got, _ := c.Trace(traceID)
	var b strings.Builder
	if err := WriteTree(&b, got); err != nil {
		t.Fatal(err)
	}
	want := `POST /prod/games  201  100 ms  billed 3 ms  cold start  1-5759e988-bd862e3fe1be46a994272793
└─ api/prod                                      100 ms  ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
   ├─ request mapping                          25.00 ms  ━━━━━━━━························
   └─ integration                              75.00 ms  ········━━━━━━━━━━━━━━━━━━━━━━━━  fault cold=true outcome=GameWon
      └─ GameFunction                          0.500 ms  ················━···············
`
	if b.String() != want {
		t.Errorf("\n%s\nwant\n%s", b.String(), want)
	}
	c = NewCollector(quiet())
	lost := seg(1, 9, "lost", 0, 0)
	lost.Annotations = map[string]any{"a": "\x1b[31m\n"}
	mustAdd(t, c, lost)
	c.Record(Request{TraceID: traceID, Method: "GET", Path: "/\u009b2J"})
	got, _ = c.Trace(traceID)
	b.Reset()
	WriteTree(&b, got)
	if !strings.Contains(b.String(), "lost") || !strings.Contains(b.String(), "parent unknown") || strings.Count(b.String(), "\n") != 2 || strings.ContainsAny(b.String(), "\x1b\u009b") {
		t.Errorf("\n%q", b.String())
	}
}

// made counts how often details are made.
type made struct {
	times, bytes int
	segments     []Segment
}

func (m *made) Make() Made {
	m.times++
	m.bytes = 0
	return Made{Log: []string{"a line"}, Curl: "curl", Run: run{}, Segments: m.segments}
}

func (m *made) Bytes() int { return m.bytes }

type run struct{}

func (run) Size() int { return 100 }

// broken details panic.
type broken struct{}

func (broken) Make() Made { panic("oops") }

func (broken) Bytes() int { return 0 }

// TestBrokenDetails shows what is known of a request without its details.
func TestBrokenDetails(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	c := NewCollector(Config{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	c.Record(Request{TraceID: traceID, Path: "/x", Details: broken{}})
	got, ok := c.Trace(traceID)
	if !ok || got.Request.Path != "/x" || len(got.Request.Log) != 1 || !strings.Contains(got.Request.Log[0], "mistake in apigw") {
		t.Errorf("%+v", got.Request)
	}
	if text := log.String(); !strings.Contains(text, "panic=oops") || !strings.Contains(text, "collector_test.go") {
		t.Errorf("the log is %s", text)
	}
}

// TestDetails checks that details are made when somebody looks, and only once.
func TestDetails(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		look func(*Collector)
		want int
	}{
		{"nobody", func(c *Collector) { c.Distributions() }, 0},
		{"one trace", func(c *Collector) { c.Trace(traceID); c.Trace(traceID) }, 1},
		{"the list", func(c *Collector) { c.List() }, 1},
		{"the next request of the trace", func(c *Collector) { c.Record(Request{TraceID: traceID, ID: "2"}) }, 1},
		{"who lets go of all", func(c *Collector) { c.Settle(); c.Settle() }, 1},
		{"a subscriber, of the next change", func(c *Collector) {
			changes, cancel := c.Subscribe()
			defer cancel()
			mustAdd(t, c, seg(7, 1, "b", 0.2, 0.3))
			if s := <-changes; s.Segments != 3 {
				t.Errorf("%d segments, want those of the details too", s.Segments)
			}
		}, 1},
	} {
		c := NewCollector(quiet())
		d := &made{bytes: 1000, segments: []Segment{seg(1, 0, "a", 0, 1), seg(2, 1, "c", 0.1, 0.2)}}
		c.Record(Request{TraceID: traceID, ID: "1", Details: d})
		if test.look(c); d.times != test.want {
			t.Errorf("%s: made %d times, want %d", test.name, d.times, test.want)
		}
		got, _ := c.Trace(traceID)
		if n := got.Segments; n < 2 || got.Request.ID == "1" && (len(got.Request.Log) != 1 || got.Request.Curl != "curl") {
			t.Errorf("%s: %d segments, %+v", test.name, n, got.Request)
		}
		if list := c.List().Traces; list[0].Request.Log != nil || list[0].Request.Details != nil {
			t.Errorf("%s: the list has the details: %+v", test.name, list[0].Request)
		}
	}
}

// TestDetailsAreBounded checks that the memory of details is counted, and that large ones are
// made at once.
func TestDetailsAreBounded(t *testing.T) {
	t.Parallel()
	c := NewCollector(quiet())
	large, small := &made{bytes: MaxLogBytes + 1}, &made{bytes: MaxLogBytes}
	c.Record(Request{TraceID: tid(1), Details: large})
	c.Record(Request{TraceID: tid(2), Details: small})
	if large.times != 1 || small.times != 0 || c.bytes < MaxLogBytes || c.bytes > MaxLogBytes+2000 {
		t.Errorf("made %d and %d times, want 1 and 0; %d bytes are counted", large.times, small.times, c.bytes)
	}
	if c.List(); c.bytes > 2000 {
		t.Errorf("%d bytes are counted of what has been let go", c.bytes)
	}
	wrong := seg(1, 0, "a", 0, 1)
	wrong.ID = "x"
	c.Record(Request{TraceID: tid(3), Details: &made{segments: []Segment{wrong}}})
	if l := c.List(); l.Rejected != 1 || !strings.Contains(l.Rejection, `id "x" is not 16 hexadecimal digits`) {
		t.Errorf("%d rejected, %q", l.Rejected, l.Rejection)
	}
}

// TestIDsByHand checks ids and keys against regular expressions.
func TestIDsByHand(t *testing.T) {
	t.Parallel()
	traceIDs := regexp.MustCompile(`^1-[0-9a-fA-F]{8}-[0-9a-fA-F]{24}$`)
	segmentIDs := regexp.MustCompile(`^[0-9a-fA-F]{16}$`)
	annotations := regexp.MustCompile(`^[A-Za-z0-9_.:]{1,500}$`)
	for b := range 256 {
		for at := range traceID {
			s := traceID[:at] + string([]byte{byte(b)}) + traceID[at+1:]
			if got := isTraceID(s); got != traceIDs.MatchString(s) {
				t.Errorf("isTraceID(%q) = %t", s, got)
			}
		}
		if s := "0123456789abcde" + string([]byte{byte(b)}); isSegmentID(s) != segmentIDs.MatchString(s) {
			t.Errorf("isSegmentID(%q) = %t", s, isSegmentID(s))
		}
		if s := string([]byte{byte(b)}); isAnnotation(s) != annotations.MatchString(s) {
			t.Errorf("isAnnotation(%q) = %t", s, isAnnotation(s))
		}
	}
	for n := range 600 {
		s := strings.Repeat("a", n)
		if isTraceID(s) || isSegmentID(s) != (n == 16) || isAnnotation(s) != annotations.MatchString(s) {
			t.Errorf("%d letters: %t, %t, %t", n, isTraceID(s), isSegmentID(s), isAnnotation(s))
		}
	}
}

// TestHide hides parts of what functions send, but none of the members that define a segment.
func TestHide(t *testing.T) {
	t.Parallel()
	cfg := quiet()
	cfg.Hide = func(o map[string]any) map[string]any {
		out := map[string]any{}
		for k := range o {
			out[k] = "hidden"
		}
		return out
	}
	c := NewCollector(cfg)
	document := `{"trace_id":"` + traceID + `","id":"0000000000000001","name":"a","start_time":1700000000,"end_time":1700000001,"user":"LEAK",
		"annotations":{"a":"LEAK"},"metadata":{"m":{"a":"LEAK"}},"cause":{"working_directory":"LEAK"},
		"subsegments":[{"id":"0000000000000002","name":"b","start_time":1700000000,"end_time":1700000001,"http":{"request":{"url":"LEAK"}},"sql":{"url":"LEAK"},"aws":{"x":"LEAK"}}]}`
	if err := c.AddDocument([]byte(document)); err != nil {
		t.Fatal(err)
	}
	got, _ := c.Trace(traceID)
	shown, err := json.Marshal(got)
	if err != nil || strings.Contains(string(shown), "LEAK") || got.Segments != 2 || !strings.Contains(string(shown), `"name":"b"`) {
		t.Errorf("%v: %s", err, shown)
	}
}
