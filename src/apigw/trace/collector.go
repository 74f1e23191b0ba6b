package trace

import (
	"container/list"
	"encoding/json"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"sync"
	"time"
)

// Limits of what a Collector stores.
const (
	// DefaultMaxTraces is how many traces are stored unless the Config sets another number.
	DefaultMaxTraces = 500
	// MaxTraceBytes bounds the documents of one trace, as X-Ray does; later ones are dropped and
	// the trace is marked.
	MaxTraceBytes = 500 << 10
	// MaxTotalBytes bounds the memory that all traces take, segments and logs; the oldest are
	// dropped first.
	MaxTotalBytes = 64 << 20
	// MaxLogBytes bounds the log of one request; its end is left out. Details that take more are
	// made at once.
	MaxLogBytes = 64 << 10
	// MaxSubscribers bounds how many clients may watch at the same time.
	MaxSubscribers = 32
	// UndoTime is how long cleared traces can be brought back.
	UndoTime = time.Minute
	// subscriberBacklog is how many changes a subscriber may be behind before it is dropped.
	subscriberBacklog = 256
)

// Request is what the server knows about a request, besides the segments of its trace.
type Request struct {
	// TraceID joins it with the segments.
	TraceID string `json:"trace_id"`
	// ID is the request's own id.
	ID   string    `json:"request_id,omitempty"`
	Time time.Time `json:"time"`
	// Method and Path are what the client sent; Route is the resource that they matched, such as
	// "POST /games/{id}".
	Method string `json:"method"`
	Path   string `json:"path"`
	Route  string `json:"route"`
	Status int    `json:"status"`
	// Duration is the time from the request to its response.
	Duration time.Duration `json:"-"`
	// Invocation holds the figures of the function's invocation, nil if there was none or they
	// are unknown.
	Invocation *Invocation `json:"invocation,omitempty"`
	// Error says in one line what went wrong, if anything.
	Error string `json:"error,omitempty"`
	// Log is the log of the steps, one on each line.
	Log []string `json:"log,omitempty"`
	// Curl is the request as a curl command.
	Curl string `json:"curl,omitempty"`
	// AWS is an invocation as a command of the AWS CLI.
	AWS string `json:"aws,omitempty"`
	// Run is the request taken apart, nil if nothing more is known about it.
	Run Run `json:"run,omitempty"`
	// Failed says that the function failed, whatever the status.
	Failed bool `json:"failed,omitempty"`
	// Details, unless nil, makes Log, Curl, AWS, Run and segments of the trace when somebody
	// looks at it.
	Details Details `json:"-"`
}

// Details are what only a viewer of a request's trace needs, so that requests that nobody looks at
// cost little. They must be masked before they are stored: a Collector stores them until the trace
// is dropped.
type Details interface {
	// Make makes the rest of the request and what would be passed to [Collector.Add]. It is
	// called at most once, and must not call the Collector.
	Make() Made
	// Bytes is the most memory that the details take: less after Make.
	Bytes() int
}

// Made is what Details make.
type Made struct {
	Log      []string
	Curl     string
	AWS      string
	Run      Run
	Segments []Segment
}

// Run is a request taken apart; it is shown as JSON.
type Run interface {
	Size() int // roughly its size in memory
}

// maxErrorBytes bounds the line that says what went wrong.
const maxErrorBytes = 4 << 10

// Invocation holds the figures of a function's invocation.
type Invocation struct {
	RequestID   string        `json:"request_id,omitempty"`
	Duration    time.Duration `json:"-"`
	Init        time.Duration `json:"-"`
	Billed      time.Duration `json:"-"`
	ColdStart   bool          `json:"cold_start"`
	MemoryMB    int           `json:"memory_mb,omitempty"`
	MaxMemoryMB int           `json:"max_memory_mb,omitempty"`
}

// MarshalJSON writes durations as milliseconds.
func (r Request) MarshalJSON() ([]byte, error) {
	type plain Request
	return json.Marshal(struct {
		plain
		DurationMS float64 `json:"duration_ms"`
	}{plain(r), milliseconds(r.Duration)})
}

// MarshalJSON writes durations as milliseconds.
func (i Invocation) MarshalJSON() ([]byte, error) {
	type plain Invocation
	return json.Marshal(struct {
		plain
		DurationMS float64 `json:"duration_ms"`
		InitMS     float64 `json:"init_ms,omitempty"`
		BilledMS   float64 `json:"billed_ms"`
	}{plain(i), milliseconds(i.Duration), milliseconds(i.Init), milliseconds(i.Billed)})
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// Config configures a [Collector]. The zero value is fine.
type Config struct {
	// MaxTraces is how many traces are stored; DefaultMaxTraces if zero.
	MaxTraces int
	// Logger receives problems of documents; slog.Default() if nil.
	Logger *slog.Logger
	// Hide returns an object of a document as it may be shown; nil shows documents unchanged.
	Hide func(object map[string]any) map[string]any
}

// Collector joins segments and requests into traces and keeps the newest. It is safe for
// concurrent use.
type Collector struct {
	maxTraces int
	logger    *slog.Logger
	hide      func(map[string]any) map[string]any

	mu          sync.Mutex
	traces      map[string]*list.Element // of *record
	order       *list.List               // oldest first
	bytes       int
	rejected    int
	rejection   string
	latency     *latency
	total       int      // traces since the last Clear, including dropped ones
	cleared     *cleared // what Restore brings back; nil if there is nothing
	subscribers map[chan Summary]bool
}

// cleared is what a Clear hid. The traces themselves stay in place, marked, so that they are
// dropped first when room is needed.
type cleared struct {
	total, rejected int
	rejection       string
	latency         *latency
	timer           *time.Timer
}

// record is a trace as stored: segments flat, by id.
type record struct {
	id       string
	request  *Request
	unmade   bool                // the request's Details have not been made yet
	segments map[string]*Segment // without Subsegments
	sequence []string            // ids in order of arrival
	bytes    int                 // the approximate memory of all of it
	segBytes int                 // of the documents of segments
	reqBytes int
	exceeded bool
	cleared  bool // until Restore; hidden from everybody
}

// NewCollector makes an empty Collector.
func NewCollector(cfg Config) *Collector {
	c := &Collector{
		maxTraces: cfg.MaxTraces, logger: cfg.Logger, hide: cfg.Hide,
		traces: map[string]*list.Element{}, order: list.New(), latency: newLatency(), subscribers: map[chan Summary]bool{},
	}
	if c.maxTraces <= 0 {
		c.maxTraces = DefaultMaxTraces
	}
	if c.logger == nil {
		c.logger = slog.Default()
	}
	return c
}

// AddDocument adds a segment document. A document that X-Ray would not accept is rejected and
// logged.
func (c *Collector) AddDocument(document []byte) error {
	s, err := parseSegment(document)
	if err == nil && c.hide != nil {
		s.cover(c.hide)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		c.reject(err)
		return err
	}
	if r := c.record(s.TraceID); c.add(r, s, len(document)) {
		c.publish(r)
	}
	return nil
}

// Add adds segments of this process, each with its subsegments. The first one that X-Ray would not
// accept is rejected and logged, and those after it are dropped.
func (c *Collector) Add(segments ...Segment) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range segments {
		size, err := s.size()
		if err != nil {
			c.reject(err)
			return err
		}
		if r := c.record(s.TraceID); c.add(r, s, size) {
			c.publish(r)
		}
	}
	return nil
}

// size checks a segment and returns the size of its document.
func (s *Segment) size() (int, error) {
	document, err := json.Marshal(s)
	if err == nil {
		err = s.Check()
	}
	if err == nil && len(document) > MaxDocumentBytes {
		err = fmt.Errorf("segment %q has %d bytes, X-Ray accepts %d", s.Name, len(document), MaxDocumentBytes)
	}
	return len(document), err
}

// refuse counts and logs what is not a segment.
func (c *Collector) refuse(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reject(err)
}

func (c *Collector) reject(err error) {
	c.logger.Warn("an X-Ray segment was dropped", "reason", err)
	c.rejected++
	c.rejection = err.Error()
}

// add adds a segment to a trace, if there is room in it.
func (c *Collector) add(r *record, s Segment, size int) bool {
	if r.segBytes+size > MaxTraceBytes {
		r.exceeded = true
		return false
	}
	r.segBytes += size
	c.grow(r, s.memory())
	r.flatten(s, s.ParentID)
	return true
}

// flatten stores a segment and its subsegments by their ids. A finished one replaces one in
// progress, never the other way round.
func (r *record) flatten(s Segment, parent string) {
	if r.segments == nil {
		r.segments = map[string]*Segment{}
	}
	children := s.Subsegments
	s.Subsegments, s.ParentID = nil, parent
	switch old := r.segments[s.ID]; {
	case old == nil:
		r.sequence = append(r.sequence, s.ID)
		r.segments[s.ID] = &s
	case !s.InProgress || old.InProgress:
		r.segments[s.ID] = &s
	}
	for _, child := range children {
		r.flatten(child, s.ID)
	}
}

// Record adds what is known about a request that has had its response. The request counts in the
// distribution, even after the trace itself is gone. Of several requests of one trace the last
// one is shown; the same one again counts once.
func (c *Collector) Record(req Request) {
	req.Log, req.Error = truncate(req.Log, MaxLogBytes), cut(req.Error, maxErrorBytes)
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.record(req.TraceID)
	again := r.request != nil && r.request.ID == req.ID
	c.look(r) // of the previous request: its segments stay
	r.request, r.unmade = &req, req.Details != nil
	if r.cleared {
		r.cleared = false
		c.total++
	}
	if r.unmade && req.Details.Bytes() > MaxLogBytes {
		c.look(r)
	} else {
		c.count(r)
	}
	if !again {
		c.latency.record(&req)
	}
	c.publish(r)
}

// Settle makes the details of all requests, so that nothing that they hold on to is kept.
func (c *Collector) Settle() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settle()
}

func (c *Collector) settle() {
	for e := c.order.Back(); e != nil; e = e.Prev() {
		c.look(e.Value.(*record))
	}
}

// count updates the memory of a trace's request.
func (c *Collector) count(r *record) {
	req := r.request
	size := len(req.Path) + len(req.Curl) + len(req.AWS) + len(req.Error) + 200
	for _, line := range req.Log {
		size += len(line) + 16
	}
	if req.Run != nil {
		size += req.Run.Size()
	}
	if req.Details != nil {
		size += req.Details.Bytes()
	}
	c.grow(r, size-r.reqBytes)
	r.reqBytes = size
}

// look makes the details of a trace's request, if that has not been done.
func (c *Collector) look(r *record) {
	if !r.unmade {
		return
	}
	r.unmade = false
	made := c.make(r.request)
	r.request.Log, r.request.Curl, r.request.AWS, r.request.Run = truncate(made.Log, MaxLogBytes), made.Curl, made.AWS, made.Run
	c.count(r)
	for _, s := range made.Segments {
		size, err := s.size()
		if err != nil {
			c.reject(err)
			return
		}
		c.add(r, s, size)
	}
}

// make makes the details of a request. A panic there affects only its trace, whoever looks at it.
func (c *Collector) make(req *Request) (made Made) {
	defer func() {
		if p := recover(); p != nil {
			c.logger.Error("the trace of a request cannot be made", "trace_id", req.TraceID, "panic", p, "stack", string(debug.Stack()))
			made = Made{Log: []string{"The trace of this request cannot be made: this is a mistake in apigw, whose log has the stack."}}
		}
	}()
	return req.Details.Make()
}

// cut returns as much of text as may be stored, without holding on to the rest.
func cut(text string, limit int) string {
	if len(text) <= limit {
		return strings.Clone(text)
	}
	return strings.ToValidUTF8(text[:limit], "") + fmt.Sprintf("… %d bytes more", len(text)-limit)
}

// truncate returns the lines that fit.
func truncate(lines []string, limit int) []string {
	size := 0
	for i, line := range lines {
		if size += len(line); size > limit {
			return append(append([]string{}, lines[:i]...), fmt.Sprintf("… %d lines more", len(lines)-i))
		}
	}
	return lines
}

// record finds a trace or creates it.
func (c *Collector) record(id string) *record {
	if e := c.traces[id]; e != nil {
		return e.Value.(*record)
	}
	r := &record{id: id}
	c.traces[id] = c.order.PushBack(r)
	c.total++
	return r
}

// grow adds to a trace's memory and makes room by dropping the oldest others.
func (c *Collector) grow(r *record, size int) {
	r.bytes += size
	c.bytes += size
	for c.order.Len() > 1 && (c.order.Len() > c.maxTraces || c.bytes > MaxTotalBytes) {
		oldest := c.order.Front()
		if oldest.Value == r {
			oldest = oldest.Next()
		}
		c.drop(oldest)
	}
}

// drop removes a trace.
func (c *Collector) drop(e *list.Element) {
	gone := e.Value.(*record)
	c.bytes -= gone.bytes
	delete(c.traces, gone.id)
	c.order.Remove(e)
}

// Clear hides all traces and the distribution. Restore brings them back within UndoTime, unless
// their room is needed before; after that they are gone.
func (c *Collector) Clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.total == 0 && c.cleared != nil {
		return // there is nothing except what has been cleared
	}
	c.forget()
	put := &cleared{total: c.total, rejected: c.rejected, rejection: c.rejection, latency: c.latency}
	put.timer = time.AfterFunc(UndoTime, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.cleared == put {
			c.forget()
			c.tell(Summary{})
		}
	})
	for e := c.order.Front(); e != nil; e = e.Next() {
		e.Value.(*record).cleared = true
	}
	c.cleared, c.total, c.rejected, c.rejection, c.latency = put, 0, 0, "", newLatency()
	c.tell(Summary{})
}

// forget drops what was cleared for good.
func (c *Collector) forget() {
	if c.cleared == nil {
		return
	}
	c.cleared.timer.Stop()
	c.cleared = nil
	for e := c.order.Front(); e != nil; {
		next := e.Next()
		if e.Value.(*record).cleared {
			c.drop(e)
		}
		e = next
	}
}

// Restore brings back what Clear hid, in addition to what has arrived since. It reports whether
// there was anything to bring back.
func (c *Collector) Restore() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	put := c.cleared
	if put == nil {
		return false
	}
	put.timer.Stop()
	c.cleared = nil
	for e := c.order.Front(); e != nil; e = e.Next() {
		e.Value.(*record).cleared = false
	}
	put.latency.add(c.latency)
	c.latency = put.latency
	c.total += put.total
	c.rejected += put.rejected
	if c.rejection == "" {
		c.rejection = put.rejection
	}
	c.tell(Summary{})
	return true
}

// Summary is one line in the list of traces.
type Summary struct {
	ID         string    `json:"id"`
	Time       time.Time `json:"time"`
	DurationMS float64   `json:"duration_ms"`
	// Request is nil for a trace of which only segments are known.
	Request  *Request `json:"request,omitempty"`
	Name     string   `json:"name"`
	Segments int      `json:"segments"`
	Error    bool     `json:"error,omitempty"`
	Fault    bool     `json:"fault,omitempty"`
	Throttle bool     `json:"throttle,omitempty"`
}

// summary is the record's line: the request without its log.
func (r *record) summary() Summary {
	s := Summary{ID: r.id, Segments: len(r.segments)}
	start, end := r.span()
	s.Time, s.DurationMS = fromSeconds(start), (end-start)*1000
	for _, id := range r.sequence {
		seg := r.segments[id]
		s.Error, s.Fault, s.Throttle = s.Error || seg.Error, s.Fault || seg.Fault, s.Throttle || seg.Throttle
		if s.Name == "" || seg.StartTime == start {
			s.Name = seg.Name
		}
	}
	if r.request != nil {
		req := *r.request
		req.Log, req.Curl, req.AWS, req.Run, req.Details = nil, "", "", nil, nil
		s.Request, s.DurationMS, s.Time = &req, milliseconds(req.Duration), req.Time
	}
	return s
}

// span is the time from the earliest start to the latest end.
func (r *record) span() (start, end float64) {
	for _, s := range r.segments {
		if start == 0 || s.StartTime < start {
			start = s.StartTime
		}
		end = max(end, s.EndTime, s.StartTime)
	}
	return start, end
}

func fromSeconds(s float64) time.Time {
	if s == 0 {
		return time.Time{}
	}
	return time.UnixMicro(int64(s * 1e6)).UTC()
}

// List is what a viewer shows first.
type List struct {
	// Traces are the stored ones, newest first: at most Limit, of Total.
	Traces []Summary
	Limit  int
	Total  int
	// Cleared is how many Restore would bring back.
	Cleared int
	// Rejected is how many documents were left out, and Rejection why the last one was.
	Rejected  int
	Rejection string
}

// List lists the traces.
func (c *Collector) List() List {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settle()
	l := List{Limit: c.maxTraces, Total: c.total, Rejected: c.rejected, Rejection: c.rejection}
	for e := c.order.Back(); e != nil; e = e.Prev() {
		if r := e.Value.(*record); r.cleared {
			l.Cleared++
		} else {
			l.Traces = append(l.Traces, r.summary())
		}
	}
	return l
}

// Refresh makes all subscribers read everything again, such as after a change of the [Overview].
func (c *Collector) Refresh() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tell(Summary{})
}

// Subscribe reports each trace that is new or has changed; one without an ID says that the whole
// list may have changed. The channel is closed when the subscriber is too slow, or when there are
// too many; the returned function ends it.
func (c *Collector) Subscribe() (changes <-chan Summary, cancel func()) {
	ch := make(chan Summary, subscriberBacklog)
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.subscribers) >= MaxSubscribers {
		close(ch)
		return ch, func() {}
	}
	c.subscribers[ch] = true
	return ch, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.unsubscribe(ch)
	}
}

func (c *Collector) unsubscribe(ch chan Summary) {
	if c.subscribers[ch] {
		delete(c.subscribers, ch)
		close(ch)
	}
}

func (c *Collector) publish(r *record) {
	if len(c.subscribers) == 0 || r.cleared {
		return
	}
	c.look(r)
	c.tell(r.summary())
}

// tell sends a line to all subscribers.
func (c *Collector) tell(s Summary) {
	for ch := range c.subscribers {
		select {
		case ch <- s:
		default:
			c.unsubscribe(ch)
		}
	}
}
