package trace

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"example.com/guessing-game/src/apigw/traceheader"
)

const traceID = "1-5759e988-bd862e3fe1be46a994272793"

// The documents are those of the X-Ray developer guide, or break one rule of it.
func TestParseSegment(t *testing.T) {
	t.Parallel()
	annotations := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `,"k%d":%d`, i, i)
		}
		return strings.TrimPrefix(b.String(), ",")
	}
	nested := func(depth int) string {
		s := `{"id":"70de5b6f19ff9a0b","name":"n","start_time":1,"end_time":2}`
		for range depth - 1 {
			s = `{"id":"70de5b6f19ff9a0b","name":"n","start_time":1,"end_time":2,"subsegments":[` + s + `]}`
		}
		return strings.Replace(s, "{", `{"trace_id":"`+traceID+`",`, 1)
	}
	with := func(members string) string {
		return `{"name":"a","id":"70de5b6f19ff9a0a","start_time":1,"end_time":1,"trace_id":"` + traceID + `",` + members + `}`
	}
	for _, c := range []struct{ document, want string }{
		{`{"name":"example.com","id":"70de5b6f19ff9a0a","start_time":1.478293361271E9,"trace_id":"1-581cf771-a006649127e371903a2de979","end_time":1.478293361449E9}`, ""},
		{`{"name":"example.com","id":"70de5b6f19ff9a0b","start_time":1.478293361271E9,"trace_id":"1-581cf771-a006649127e371903a2de979","in_progress":true}`, ""},
		{`{"name":"www2.example.com","id":"70de5b6f19ff9a0c","start_time":1.478293361271E9,"trace_id":"1-581cf771-a006649127e371903a2de979","end_time":1.478293361449E9,
			"type":"subsegment","parent_id":"defdfd9912dc5a56","namespace":"remote","http":{"request":{"url":"https://www.example.com/health","method":"POST","traced":true},"response":{"status":200,"content_length":861}}}`, ""},
		{`{"name":"a","id":"70de5b6f19ff9a0a","start_time":1,"end_time":1,"trace_id":"` + traceID + `","annotations":{"customer_category":124,"is":true,"zip":98101.5},"cause":"489048c9d4a2cb8e","Dummy":false}`, ""},
		{`{"name":"` + strings.Repeat("ü", 200) + `","id":"70de5b6f19ff9a0a","start_time":1,"end_time":1,"trace_id":"` + traceID + `"}`, ""},
		{`{"name":"a","id":"70de5b6f19ff9a0a","start_time":1,"end_time":1,"trace_id":"` + traceID + `","annotations":{` + annotations(50) + `}}`, ""},
		{nested(MaxDepth), ""},
		{with(`"user":"` + strings.Repeat("u", MaxUserRunes) + `","service":{"version":"1","runtime":"go"},"aws":{"operation":"PutItem","retries":2,"xray":{"sdk":"X-Ray for Go"}}`), ""},
		{with(`"cause":{"working_directory":"/","paths":["a"],"exceptions":[{"id":"489048c9d4a2cb8e","message":"m","type":"T","remote":true,"truncated":1,"stack":[{"path":"a.go","line":1,"label":"f"}]}]}`), ""},
		{with(`"sql":{"url":"jdbc:postgresql://host/db","preparation":"statement"},"metadata":{"any":[1,{}]},"http":{"request":{"client_ip":"::1","x_forwarded_for":true}}`), ""},

		{`{`, "the segment document is malformed"},
		{`[]`, "the segment document is malformed"},
		{`{}`, `trace_id "" is not 1-`},
		{`{"name":"a","id":"70de5b6f19ff9a0a","start_time":1,"end_time":1,"trace_id":"1-581cf771-a006649127e371903a2de97"}`, "trace_id"},
		{`{"name":"a","id":"70de5b6f19ff9a","start_time":1,"end_time":1,"trace_id":"` + traceID + `"}`, `id "70de5b6f19ff9a" is not 16`},
		{`{"name":"a","id":"70de5b6f19ff9a0a","end_time":1,"trace_id":"` + traceID + `"}`, "start_time 0 is not a time"},
		{`{"name":"a","id":"70de5b6f19ff9a0a","start_time":1,"trace_id":"` + traceID + `"}`, "neither end_time nor in_progress"},
		{`{"name":"a","id":"70de5b6f19ff9a0a","start_time":1,"end_time":2,"in_progress":true,"trace_id":"` + traceID + `"}`, "both end_time and in_progress"},
		{`{"name":"a","id":"70de5b6f19ff9a0a","start_time":2,"end_time":1,"trace_id":"` + traceID + `"}`, "ends before it starts"},
		{`{"name":"a","id":"70de5b6f19ff9a0a","start_time":1,"end_time":1,"trace_id":"` + traceID + `","type":"subsegment"}`, "needs a parent_id"},
		{`{"name":"a","id":"70de5b6f19ff9a0a","start_time":1,"end_time":1,"trace_id":"` + traceID + `","type":"segment"}`, `type "segment"`},
		{`{"name":"a","id":"70de5b6f19ff9a0a","start_time":1,"end_time":1,"trace_id":"` + traceID + `","parent_id":"x"}`, `parent_id "x"`},
		{`{"id":"70de5b6f19ff9a0a","start_time":1,"end_time":1,"trace_id":"` + traceID + `"}`, "without a name"},
		{`{"name":"<script>","id":"70de5b6f19ff9a0a","start_time":1,"end_time":1,"trace_id":"` + traceID + `"}`, `cannot contain '<'`},
		{`{"name":"` + strings.Repeat("ü", 201) + `","id":"70de5b6f19ff9a0a","start_time":1,"end_time":1,"trace_id":"` + traceID + `"}`, "201 characters, X-Ray accepts 200"},
		{`{"name":"a","id":"70de5b6f19ff9a0a","start_time":1,"end_time":1,"trace_id":"` + traceID + `","annotations":{"a b":1}}`, `annotation "a b"`},
		{`{"name":"a","id":"70de5b6f19ff9a0a","start_time":1,"end_time":1,"trace_id":"` + traceID + `","annotations":{"a":[1]}}`, "neither string, number nor boolean"},
		{`{"name":"a","id":"70de5b6f19ff9a0a","start_time":1,"end_time":1,"trace_id":"` + traceID + `","annotations":{` + annotations(51) + `}}`, "51 annotations"},
		{`{"name":"a","id":"70de5b6f19ff9a0a","start_time":1,"end_time":1,"trace_id":"` + traceID + `","subsegments":[{"name":"b","id":"x","start_time":1,"end_time":1}]}`, `segment "b": id "x"`},
		{with(`"user":"` + strings.Repeat("u", MaxUserRunes+1) + `"`), "user has 251 characters, X-Ray accepts 250"},
		{with(`"namespace":"local"`), `namespace "local" is neither aws nor remote`},
		{with(`"http":{"response":{"status":"200"}}`), "http.response.status is not a whole number"},
		{with(`"http":{"response":{"content_length":1.5}}`), "http.response.content_length is not a whole number"},
		{with(`"http":{"request":"GET /"}`), "http.request is not an object"},
		{with(`"http":{"request":{"traced":"yes"}}`), "http.request.traced is not true or false"},
		{with(`"http":7`), "the segment document is malformed"},
		{with(`"aws":{"request_id":7}`), "aws.request_id is not a string"},
		{with(`"sql":{"user":null}`), "sql.user is not a string"},
		{with(`"service":{"version":1}`), "service.version is not a string"},
		{with(`"cause":"x"`), "cause is not 16 hexadecimal digits"},
		{with(`"cause":[]`), "cause is not an object"},
		{with(`"cause":{"paths":"a"}`), "cause.paths is not a list"},
		{with(`"cause":{"exceptions":[{"id":"489048c9d4a2cb8e"},{"id":"1"}]}`), "cause.exceptions[1].id is not 16 hexadecimal digits"},
		{with(`"cause":{"exceptions":[{"stack":[{"line":"1"}]}]}`), "cause.exceptions[0].stack[0].line is not a whole number"},
		{with(`"fault":1`), "the segment document is malformed"},
		{with(`"subsegments":[{"name":"b","id":"70de5b6f19ff9a0b","start_time":1,"end_time":1,"http":{"response":[]}}]`), `segment "b": http.response is not an object`},
		{nested(MaxDepth + 1), "nest deeper than 100"},
		{strings.Repeat(" ", MaxDocumentBytes+1), "has 65537 bytes, X-Ray accepts 65536"},
	} {
		_, err := parseSegment([]byte(c.document))
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%.200s\n got %v\nwant %q", c.document, err, c.want)
		}
	}
}

func TestIDs(t *testing.T) {
	t.Parallel()
	s := Segment{TraceID: traceheader.NewTraceID(time.Unix(0x5759e988, 0), rand.Reader), ID: traceheader.NewSegmentID(rand.Reader), Name: "n", StartTime: Seconds(time.Unix(1, 5e8)), InProgress: true}
	if err := s.Check(); err != nil || !strings.HasPrefix(s.TraceID, "1-5759e988-") || s.StartTime != 1.5 {
		t.Errorf("%+v: %v", s, err)
	}
}

func FuzzParseSegment(f *testing.F) {
	f.Add([]byte(`{"name":"a","id":"70de5b6f19ff9a0a","start_time":1.5,"end_time":2,"trace_id":"` + traceID + `","annotations":{"a":1},"subsegments":[{"name":"b","id":"70de5b6f19ff9a0b","start_time":1,"in_progress":true}]}`))
	f.Add([]byte(`{"type":"subsegment"}`))
	f.Fuzz(func(t *testing.T, document []byte) {
		s, err := parseSegment(document)
		if err != nil {
			return
		}
		c := NewCollector(Config{})
		if err := c.Add(s); err != nil {
			if b, _ := json.Marshal(s); len(b) <= MaxDocumentBytes {
				t.Fatalf("parsed, but not taken: %v", err)
			}
			return
		}
		got, ok := c.Trace(s.TraceID)
		if !ok {
			t.Fatal("the trace is not there")
		}
		var n int
		var count func([]*Node)
		count = func(nodes []*Node) {
			for _, node := range nodes {
				n++
				count(node.Children)
			}
		}
		count(got.Roots)
		if n != got.Segments {
			t.Fatalf("%d segments, %d in the tree", got.Segments, n)
		}
	})
}
