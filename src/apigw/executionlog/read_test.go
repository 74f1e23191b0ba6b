package executionlog_test

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/guessing-game/src/apigw/executionlog"
)

const requestID = "d09d726b-32a3-42fc-87c7-42ac58bca845"

// events are the log of one request to a function, in order.
var events = []string{
	"Starting execution for request: " + requestID,
	"HTTP Method: POST, Resource Path: /games/{id}",
	"Method request path: {id=1}",
	"Method request query string: {q=[a, b], r=c, d}",
	"Method request headers: {Accept=text/html, application/json;q=0.9, Content-Type=application/json}",
	"Method request body before transformations: {\"guess\":5,\n \"n\":\"two\n\nlines\"}",
	"Endpoint request URI: https://lambda.us-east-1.amazonaws.com/x",
	"Endpoint request headers: {Authorization=*****, X-Amz-Date=20240214T230000Z}",
	"Endpoint request body after transformations: {\"kind\":\"guess\"}",
	"Sending request to https://lambda.us-east-1.amazonaws.com/x",
	"Received response. Status: 200, Integration latency: 41 ms",
	"Endpoint response headers: {X-Amz-Function-Error=Unhandled}",
	"Endpoint response body before transformations: {\"errorMessage\":\"no\"}",
	"Lambda execution failed with status 200 due to customer function error: no. Lambda request id: x",
	"Method response body after transformations: {\"message\": \"no\" [TRUNCATED]",
	"Method response headers: {Content-Type=application/json}",
	"Successfully completed execution",
	"Method completed with status: 404",
}

var when = time.Date(2024, 2, 14, 23, 0, 0, 0, time.UTC)

func want() *executionlog.Exchange {
	fields := func(nameValues ...string) (f []executionlog.Field) {
		for i := 0; i < len(nameValues); i += 2 {
			f = append(f, executionlog.Field{Name: nameValues[i], Value: nameValues[i+1]})
		}
		return f
	}
	text := func(s string) *executionlog.Text { return &executionlog.Text{S: s} }
	return &executionlog.Exchange{
		RequestID: requestID, Time: when, Method: "POST", Resource: "/games/{id}",
		Path: fields("id", "1"), Query: fields("q", "a", "q", "b", "r", "c, d"),
		Header:      fields("Accept", "text/html, application/json;q=0.9", "Content-Type", "application/json"),
		Body:        text("{\"guess\":5,\n \"n\":\"two\n\nlines\"}"),
		EndpointURI: "https://lambda.us-east-1.amazonaws.com/x", EndpointHeader: fields("Authorization", "*****", "X-Amz-Date", "20240214T230000Z"),
		EndpointRequest: text(`{"kind":"guess"}`), EndpointStatus: 200, EndpointResponseHeader: fields("X-Amz-Function-Error", "Unhandled"),
		EndpointResponse: text(`{"errorMessage":"no"}`), FunctionError: true,
		Response: &executionlog.Text{S: `{"message": "no"`, Cut: true}, ResponseHeader: fields("Content-Type", "application/json"), Status: 404,
	}
}

// forms are the log in each of its forms.
func forms(t *testing.T) map[string]string {
	t.Helper()
	lines := func(format string) string {
		var b strings.Builder
		for _, e := range events {
			fmt.Fprintf(&b, format+"\n", e)
		}
		return b.String()
	}
	records := func(member func(i int, e string) map[string]any) (all []any) {
		for i, e := range events {
			all = append(all, member(i, e))
		}
		return all
	}
	event := func(_ int, e string) map[string]any {
		return map[string]any{"logStreamName": "s", "timestamp": when.UnixMilli(), "message": "(" + requestID + ") " + e, "eventId": "1"}
	}
	delivered := func(_ int, e string) map[string]any {
		return map[string]any{"request_id": requestID, "event_timestamp": when.UnixMilli(), "log_level": "INFO", "message": e, "stage": "prod"}
	}
	encode := func(v any, indent string) string {
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetIndent("", indent)
		if err := enc.Encode(v); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	jsonLines := func(all []any) (text string) {
		for _, r := range all {
			text += encode(r, "")
		}
		return text
	}
	export := lines("2024-02-14T23:00:00.000Z (" + requestID + ") %s")
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	io.WriteString(z, export)
	z.Close()
	insights := func(i int, e string) map[string]any {
		return map[string]any{"@timestamp": "2024-02-14 23:00:00.000", "@message": "(" + requestID + ") " + e, "@ptr": "p"}
	}
	reversed := func(all []any) []any {
		slices.Reverse(all)
		return all
	}
	backwards := func(all []any) []any {
		for i, r := range all {
			r.(map[string]any)["@timestamp"] = fmt.Sprintf("2024-02-14 23:00:00.%03d", i)
		}
		return reversed(all)
	}
	results := func(all []any) any {
		rows := []any{}
		for _, r := range all {
			var fields []any
			for _, name := range []string{"@timestamp", "@message", "@ptr"} {
				fields = append(fields, map[string]any{"field": name, "value": r.(map[string]any)[name]})
			}
			rows = append(rows, fields)
		}
		return map[string]any{"queryLanguage": "CWLI", "results": rows, "statistics": map[string]any{"recordsMatched": 18.0}, "status": "Complete"}
	}
	table := func(all []any) string {
		var b strings.Builder
		w := csv.NewWriter(&b)
		w.Write([]string{"@timestamp", "@message", "@logStream"})
		for _, r := range all {
			m := r.(map[string]any)
			w.Write([]string{m["@timestamp"].(string), m["@message"].(string), "s"})
		}
		w.Flush()
		return b.String()
	}
	firehose := func(all []any) map[string]any {
		return map[string]any{"messageType": "DATA_MESSAGE", "owner": "1", "logGroup": "g", "logStream": "s", "subscriptionFilters": []string{"f"}, "logEvents": all}
	}
	all := records(event)
	return map[string]string{
		"Insights, get-query-results": encode(results(backwards(records(insights))), "    "),
		"Insights, at one time":       encode(results(reversed(records(insights))), ""),
		"Insights, in order":          encode(results(records(insights)), ""),
		"Insights, JSON":              encode(backwards(records(insights)), "  "),
		"Insights, CSV":               table(backwards(records(insights))),
		"Insights, CSV, quoted":       "\ufeff" + strings.Replace(table(records(insights)), "@timestamp,@message,@logStream", `"@timestamp","@message","@logStream"`, 1),
		"Firehose":                    strings.TrimSpace(encode(firehose(all[:7]), "")) + strings.TrimSpace(encode(firehose(all[7:]), "")),
		"TestInvokeMethod":            "Execution log for request " + requestID + "\n" + lines("Wed Feb 14 23:00:00 UTC 2024 : %s"),
		"tail, short":                 lines("2024-02-14T23:00:00 (" + requestID + ") %s"),
		"tail, detailed":              lines("2024-02-14T23:00:00.000000+00:00 0a1b2c3d4e5f (" + requestID + ") %s"),
		"export":                      export,
		"export, compressed":          zipped.String(),
		"filter-log-events":           encode(map[string]any{"events": records(event), "searchedLogStreams": []any{}}, "    "),
		"a document of one long line": encode(map[string]any{"events": append(records(event), slices.Repeat([]any{map[string]any{"message": strings.Repeat("x", 1<<20)}}, 5)...)}, ""),
		"get-log-events":              encode(map[string]any{"events": records(event), "nextForwardToken": "f"}, ""),
		"events, one a line":          jsonLines(records(event)),
		"delivery":                    jsonLines(records(delivered)),
		"with noise around":           "hello\n(" + requestID + ") Verifying Usage Plan for request: " + requestID + ". API Key: \n" + export + "2024-02-14T23:00:00.000Z (" + requestID + ") AWS Integration Endpoint RequestId : 1\nbye\n",
		"interleaved with half":       strings.ReplaceAll(export, "\n2024", "\n2024-02-14T23:00:00.000Z (another-request-id) Method request path: {}\n2024"),
	}
}

func TestForms(t *testing.T) {
	t.Parallel()
	for name, text := range forms(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := executionlog.NewReader(strings.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			got, err := r.Next()
			if err != nil {
				t.Fatal(err)
			}
			want := want()
			if name == "tail, short" {
				want.Time = time.Time{} // it has no zone
			}
			if !reflect.DeepEqual(got, want) {
				g, _ := json.MarshalIndent(got, "", " ")
				w, _ := json.MarshalIndent(want, "", " ")
				t.Errorf("got\n%s\nwant\n%s", g, w)
			}
			if e, err := r.Next(); err != io.EOF {
				t.Errorf("then got %+v, %v; want the end", e, err)
			}
			wantIncomplete := 0
			if name == "interleaved with half" {
				wantIncomplete = 1
			}
			if r.Incomplete != wantIncomplete {
				t.Errorf("%d incomplete, want %d", r.Incomplete, wantIncomplete)
			}
		})
	}
}

// A Lambda authorizer has its own endpoint, whose lines precede the method's.
func TestAuthorizersEndpointIsNotTheMethods(t *testing.T) {
	t.Parallel()
	var e executionlog.Exchange
	for _, line := range []string{
		"HTTP Method: GET, Resource Path: /", "Endpoint request body after transformations: {\"type\":\"TOKEN\"}",
		"Received response. Status: 200, Integration latency: 1 ms", "Successfully completed authorizer execution", "Method completed with status: 403",
	} {
		e.Add(line)
	}
	if e.EndpointRequest != nil || e.EndpointStatus != 0 || e.Status != 403 {
		t.Errorf("got %+v", e)
	}
}

// However long the log is, memory is bounded: requests that never end are dropped.
func TestUnendingRequestsAreGivenUp(t *testing.T) {
	t.Parallel()
	const n = 20_000
	in, out := io.Pipe()
	go func() {
		for i := range n {
			fmt.Fprintf(out, "(request-%06d) HTTP Method: GET, Resource Path: /\n", i)
		}
		fmt.Fprintf(out, "(request-%06d) Method completed with status: 200\n", n-1)
		out.Close()
	}()
	r, err := executionlog.NewReader(in)
	if err != nil {
		t.Fatal(err)
	}
	if e, err := r.Next(); err != nil || e.RequestID != fmt.Sprintf("request-%06d", n-1) {
		t.Fatalf("got %+v, %v; want the last", e, err)
	}
	if r.Next(); r.Incomplete != n-1 {
		t.Errorf("%d incomplete, want %d", r.Incomplete, n-1)
	}
}

func TestParseFields(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"{}":                                "[]",
		"{a=1}":                             "[{a 1}]",
		"{a=, b=}":                          "[{a } {b }]",
		"{a=x=y, b=z}":                      "[{a x=y} {b z}]",
		"{a=1, 2, b=3}":                     "[{a 1, 2} {b 3}]",
		"{a=[1, 2]}":                        "[{a 1} {a 2}]",
		"{a=b, no name = c}":                "[{a b, no name = c}]",
		"{Authorization=***, X [TRUNCATED]": "[{Authorization ***, X}]",
	} {
		if got := fmt.Sprint(executionlog.ParseFields(in)); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}

// Whatever a log contains, it is read to its end or rejected, and every exchange is complete.
func FuzzReader(f *testing.F) {
	f.Add([]byte("(" + requestID + ") HTTP Method: GET, Resource Path: /\n(" + requestID + ") Method completed with status: 200\n"))
	f.Add([]byte(`{"events":[{"timestamp":1,"message":"(` + requestID + `) HTTP Method: GET, Resource Path: /"}]}`))
	f.Add([]byte("Execution log for request x\nWed Feb 14 23:00:00 UTC 2024 : Method completed with status: 200\n"))
	f.Add([]byte("{\n\"events\": ["))
	f.Add([]byte{0x1f, 0x8b})
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := executionlog.NewReader(bytes.NewReader(data))
		if err != nil {
			return
		}
		for {
			e, err := r.Next()
			if err != nil {
				return
			}
			if !e.Complete() {
				t.Fatalf("an incomplete exchange: %+v", e)
			}
		}
	})
}

// TestBinaryData: a log only says that a body is binary.
func TestBinaryData(t *testing.T) {
	t.Parallel()
	var e executionlog.Exchange
	e.Add("Method request body before transformations: [Binary Data]")
	e.Add("Method response body after transformations: [Binary Data] ")
	if got, want := *e.Body, (executionlog.Text{Cut: true}); got != want {
		t.Errorf("request: %+v, want %+v", got, want)
	}
	if got, want := *e.Response, (executionlog.Text{S: "[Binary Data] "}); got != want {
		t.Errorf("response: %+v, want %+v", got, want)
	}
}
