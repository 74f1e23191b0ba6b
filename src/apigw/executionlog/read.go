// Package executionlog reads the execution logs of API Gateway back into exchanges: requests with
// the bodies before and after each mapping step.
//
// It takes the text of TestInvokeMethod and of `apigw invoke`, CloudWatch's log events as `aws logs
// tail` prints them, as `aws logs filter-log-events` and `get-log-events` return them, as an export
// to S3 holds them, as a subscription delivers them through Firehose, and as Logs Insights returns
// and exports them (JSON and CSV), and the JSON records of a log delivery; each also compressed by
// gzip.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-execution-logging.html
package executionlog

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Bounds of a log. An event of a log delivery has up to 1 MB.
const (
	maxLine     = 4 << 20
	maxInFlight = 4096      // exchanges that have begun and not ended; beyond it the oldest is dropped
	maxTable    = 256 << 20 // bytes of a table; Logs Insights returns 10,000 rows
)

// Reader reads exchanges one after another, in constant memory.
type Reader struct {
	in       *bufio.Reader
	decoder  *json.Decoder // of a document with events, nil otherwise
	depth    int           // of the decoder, outside the arrays of events
	csv      *csv.Reader   // of a table in CSV, nil otherwise
	message  int           // the column of a table's message
	stamp    int           // and of its time, -1 if it has none
	rows     []row         // of a table, which may have the latest event first
	size     int           // of the messages in rows
	line     int
	inFlight map[string]*Exchange
	order    []string  // their ids, oldest first
	last     *Exchange // that the latest line belongs to
	lastLine strings.Builder
	ready    []*Exchange
	done     bool

	// Incomplete counts exchanges whose beginning or end is missing.
	Incomplete int
}

// NewReader returns a Reader of a log in any of the forms. The error is for input that cannot be
// read.
func NewReader(r io.Reader) (*Reader, error) {
	in := bufio.NewReaderSize(r, 64<<10)
	if magic, _ := in.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, err
		}
		in = bufio.NewReaderSize(z, 64<<10)
	}
	return &Reader{in: in, inFlight: map[string]*Exchange{}}, nil
}

// Next returns the next exchange that is complete, or io.EOF. Other errors name the line.
func (r *Reader) Next() (*Exchange, error) {
	for len(r.ready) == 0 {
		if r.done {
			return nil, io.EOF
		}
		err := r.read()
		if err == io.EOF && r.rows != nil {
			r.addRows()
			continue
		}
		if err == io.EOF {
			r.flush()
			r.Incomplete += len(r.inFlight)
			r.inFlight, r.order, r.done = nil, nil, true
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", r.line, err)
		}
	}
	e := r.ready[0]
	r.ready = r.ready[1:]
	return e, nil
}

// row is an event in a table.
type row struct {
	id, message string
	when        time.Time
}

// read takes one event, or one line of text.
func (r *Reader) read() error {
	switch {
	case r.decoder != nil:
		return r.readEvent()
	case r.csv != nil:
		return r.readCSV()
	}
	if r.line == 0 { // a document may be one line, of any length
		if whole, err := r.document(""); whole || err != nil {
			return err
		}
	}
	line, err := r.readLine()
	if err != nil {
		return err
	}
	text := strings.TrimSpace(line)
	if r.line == 1 && tableHead.MatchString(text) {
		return r.table(line)
	}
	if text == "{" {
		if whole, err := r.document(line); whole || err != nil {
			return err
		}
	}
	if strings.HasPrefix(text, "{") {
		if id, when, message, ok := record([]byte(text)); ok {
			r.flush()
			r.add(id, when, message)
			return nil
		}
	}
	r.text(line)
	return nil
}

func (r *Reader) readLine() (string, error) {
	var b strings.Builder
	for {
		part, err := r.in.ReadSlice('\n')
		if b.Len()+len(part) > maxLine {
			return "", fmt.Errorf("more than %d bytes in one line", maxLine)
		}
		b.Write(part)
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil && b.Len() == 0 {
			return "", err
		}
		if err != nil && err != io.EOF {
			return "", err
		}
		r.line++
		return strings.TrimRight(b.String(), "\r\n"), nil
	}
}

// documentHead is how a document with an array of events begins: of the CLI's commands on log
// events, of Firehose, and of Logs Insights, whose rows are arrays of fields or, from its console,
// objects.
var documentHead = regexp.MustCompile(`^\s*(?:\{[^\\]*?"(?:events|logEvents|results)"\s*:\s*\[|\[\s*\{)`)

// document starts to read a document with arrays of events if the line begins one.
func (r *Reader) document(line string) (bool, error) {
	ahead, _ := r.in.Peek(4096)
	if !documentHead.MatchString(line + string(ahead)) {
		return false, nil
	}
	r.decoder = json.NewDecoder(io.MultiReader(strings.NewReader(line), r.in))
	r.decoder.UseNumber()
	return true, r.nextEvents()
}

// nextEvents advances to the next array of events. Firehose writes one document after another.
func (r *Reader) nextEvents() error {
	named := false
	for {
		t, err := r.decoder.Token()
		if err != nil {
			return err
		}
		switch t {
		case json.Delim('['):
			if r.depth == 0 || r.depth == 1 && named {
				return nil
			}
			r.depth++
		case json.Delim('{'):
			r.depth++
		case json.Delim(']'), json.Delim('}'):
			r.depth--
		}
		named = t == "events" || t == "logEvents" || t == "results"
	}
}

func (r *Reader) readEvent() error {
	if !r.decoder.More() {
		if _, err := r.decoder.Token(); err != nil { // the end of the array
			return err
		}
		return r.nextEvents()
	}
	var event json.RawMessage
	if err := r.decoder.Decode(&event); err != nil {
		return err
	}
	r.line++
	if bytes.HasPrefix(event, []byte("[")) {
		event = insightsRow(event)
	}
	id, when, message, ok := record(event)
	switch {
	case !ok:
		return nil
	case bytes.Contains(event, []byte(`"@message"`)):
		return r.addRow(row{id, message, when})
	}
	r.flush()
	r.add(id, when, message)
	return nil
}

// insightsRow makes an object from a row that is a list of fields.
func insightsRow(list []byte) []byte {
	var fields []struct{ Field, Value string }
	if json.Unmarshal(list, &fields) != nil {
		return nil
	}
	members := map[string]string{}
	for _, f := range fields {
		members[f.Field] = f.Value
	}
	object, _ := json.Marshal(members) // strings always can be
	return object
}

// tableHead is the first line of a table that Logs Insights exports as CSV.
var tableHead = regexp.MustCompile(`^(?:\x{feff})?(?:"?@?[\w.]+"?,)*"?@message"?(?:,"?@?[\w.]+"?)*$`)

// table starts to read a table whose first line has the columns' names.
func (r *Reader) table(head string) error {
	names, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(head, "\ufeff"))).Read()
	if err != nil {
		return err
	}
	r.message, r.stamp = slices.Index(names, "@message"), slices.Index(names, "@timestamp")
	r.csv = csv.NewReader(r.in)
	r.csv.FieldsPerRecord, r.csv.ReuseRecord = len(names), true
	return nil
}

func (r *Reader) readCSV() error {
	columns, err := r.csv.Read()
	if err != nil {
		return err
	}
	message := columns[r.message]
	r.line += 1 + strings.Count(message, "\n")
	members := map[string]any{"@message": message}
	if r.stamp >= 0 {
		members["@timestamp"] = columns[r.stamp]
	}
	if m := inMessage.FindStringSubmatch(message); m != nil {
		return r.addRow(row{m[1], strings.Clone(message[len(m[0]):]), timeOf(members)})
	}
	return nil
}

func (r *Reader) addRow(w row) error {
	if r.size += len(w.message); r.size > maxTable {
		return fmt.Errorf("the table has more than %d MB; aws logs filter-log-events returns what can be read piece by piece", maxTable>>20)
	}
	r.rows = append(r.rows, w)
	return nil
}

// addRows takes the rows of a table in the order of time. A query's result has the latest first
// unless it says otherwise.
func (r *Reader) addRows() {
	if latestFirst(r.rows) {
		slices.Reverse(r.rows)
	}
	for _, w := range r.rows {
		r.add(w.id, w.when, w.message)
	}
	r.rows = nil
}

// latestFirst reports whether rows have the latest event first. All may have the same time.
func latestFirst(rows []row) bool {
	if first, last := rows[0].when, rows[len(rows)-1].when; !first.Equal(last) {
		return first.After(last)
	}
	ended := map[string]bool{}
	for _, w := range rows {
		switch {
		case strings.HasPrefix(w.message, "Method completed with status: "):
			ended[w.id] = true
		case strings.HasPrefix(w.message, "HTTP Method: "):
			return ended[w.id]
		}
	}
	return false
}

// inMessage matches a message that begins with the id of its request.
var inMessage = regexp.MustCompile(`^\(([0-9A-Za-z-]{8,64})\) `)

// record reads an event or a record of a log delivery. The names of a delivery's members depend on
// its configuration, so the message is the member that reads like one, and the id the one named so.
func record(data []byte) (id string, when time.Time, message string, ok bool) {
	var members map[string]any
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if d.Decode(&members) != nil {
		return "", time.Time{}, "", false
	}
	for name, v := range members {
		key := strings.ToLower(strings.NewReplacer("_", "", "-", "", "@", "").Replace(name))
		switch v := v.(type) {
		case string:
			if m := inMessage.FindStringSubmatch(v); m != nil {
				return m[1], timeOf(members), v[len(m[0]):], true
			}
			switch {
			case known(v):
				message = v
			case key == "requestid":
				id = v
			}
		}
	}
	if id == "" || message == "" {
		return "", time.Time{}, "", false
	}
	return id, timeOf(members), message, true
}

// timeOf reads the time of an event: milliseconds since 1970, or RFC 3339.
func timeOf(members map[string]any) time.Time {
	for _, name := range []string{"timestamp", "event_timestamp", "eventTimestamp", "@timestamp", "time"} {
		switch v := members[name].(type) {
		case json.Number:
			if ms, err := v.Int64(); err == nil {
				return time.UnixMilli(ms).UTC()
			}
		case string:
			for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05.999999999"} { // the second of Logs Insights
				if t, err := time.Parse(layout, v); err == nil {
					return t.UTC()
				}
			}
		}
	}
	return time.Time{}
}

// The beginnings of lines of text: "Sun Nov 29 22:21:22 UTC 2026 : …" from TestInvokeMethod, and
// "2026-11-29T22:21:22.123Z … (id) …" from CloudWatch's tools.
var (
	testLine  = regexp.MustCompile(`^(\w{3} \w{3} \d{2} \d{2}:\d{2}:\d{2} UTC \d{4}) : `)
	eventLine = regexp.MustCompile(`^(?:(\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}[^ ]*) )?(?:[^ (]+ )?\(([0-9A-Za-z-]{8,64})\) `)
	testHead  = regexp.MustCompile(`^Execution log for request (\S+)`)
)

// text takes a line of text: the beginning of an event, or the continuation of a body over several
// lines.
func (r *Reader) text(line string) {
	if m := testHead.FindStringSubmatch(line); m != nil {
		r.flush()
		r.last = r.exchange(m[1])
		return
	}
	if m := testLine.FindStringSubmatch(line); m != nil {
		r.flush()
		when, _ := time.Parse("Mon Jan 02 15:04:05 MST 2006", m[1])
		rest := line[len(m[0]):]
		if id, ok := strings.CutPrefix(rest, starting); ok {
			r.last = r.exchange(strings.TrimSpace(id))
		}
		if r.last == nil {
			return
		}
		r.begin(r.last, when, rest)
		return
	}
	if m := eventLine.FindStringSubmatch(line); m != nil {
		r.flush()
		if _, open := r.inFlight[m[2]]; !open && !known(line[len(m[0]):]) {
			r.last = nil // a line of no interest, before the exchange's first or after its last
			return
		}
		when, _ := time.Parse(time.RFC3339Nano, strings.Replace(m[1], " ", "T", 1))
		r.begin(r.exchange(m[2]), when, line[len(m[0]):])
		return
	}
	if r.last == nil || r.lastLine.Len() == 0 {
		return
	}
	if r.lastLine.Len()+len(line) < maxLine {
		r.lastLine.WriteByte('\n')
		r.lastLine.WriteString(line)
	}
}

// begin starts an event whose text may continue in the lines that follow.
func (r *Reader) begin(e *Exchange, when time.Time, text string) {
	if e.Time.IsZero() {
		e.Time = when.UTC()
	}
	r.last = e
	r.lastLine.WriteString(text)
}

// flush adds the event collected from lines of text to its exchange.
func (r *Reader) flush() {
	if r.last == nil || r.lastLine.Len() == 0 {
		return
	}
	line := r.lastLine.String()
	r.lastLine.Reset()
	r.take(r.last, line)
}

// add takes a whole event.
func (r *Reader) add(id string, when time.Time, message string) {
	if _, open := r.inFlight[id]; !open && !known(message) {
		return
	}
	e := r.exchange(id)
	if e.Time.IsZero() {
		e.Time = when
	}
	r.take(e, message)
}

func (r *Reader) take(e *Exchange, line string) {
	e.Add(line)
	if e.Status == 0 {
		return
	}
	if _, open := r.inFlight[e.RequestID]; !open {
		return
	}
	delete(r.inFlight, e.RequestID)
	if e.Complete() {
		r.ready = append(r.ready, e)
	} else {
		r.Incomplete++
	}
}

// exchange returns the exchange of an id, a new one if none is in flight.
func (r *Reader) exchange(id string) *Exchange {
	if e, ok := r.inFlight[id]; ok {
		return e
	}
	for len(r.inFlight) >= maxInFlight {
		if _, ok := r.inFlight[r.order[0]]; ok {
			delete(r.inFlight, r.order[0])
			r.Incomplete++
		}
		r.order = r.order[1:]
	}
	if len(r.order) > 2*maxInFlight { // ids that have ended
		open := r.order[:0]
		for _, id := range r.order {
			if _, ok := r.inFlight[id]; ok {
				open = append(open, id)
			}
		}
		r.order = open
	}
	e := &Exchange{RequestID: id}
	r.inFlight[id] = e
	r.order = append(r.order, id)
	return e
}
