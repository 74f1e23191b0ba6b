package trace

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-xray-sdk-go/v2/strategy/sampling"
	"github.com/aws/aws-xray-sdk-go/v2/xray"
	"github.com/aws/aws-xray-sdk-go/v2/xraylog"
)

func testReceiver(t *testing.T) (*Receiver, *Collector) {
	t.Helper()
	c := NewCollector(quiet())
	r, err := Listen("127.0.0.1:0", c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r, c
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("never: %s", what)
}

func TestReceiverTakesDatagrams(t *testing.T) {
	t.Parallel()
	r, c := testReceiver(t)
	conn, err := net.Dial("udp", r.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	const document = `{"name":"a","id":"70de5b6f19ff9a0a","start_time":1,"end_time":2,"trace_id":"` + traceID + `"}`
	for _, bad := range []string{"", "\n", document, `{"format":"json","version":2}` + "\n" + document, `{"format":"xml","version":1}` + "\n" + document, `{"format":"json","version":1}`,
		`{"format":"json","version":1}` + "\n", `{"format":"json","version":1}` + "\n{}"} {
		fmt.Fprint(conn, bad)
	}
	fmt.Fprint(conn, `{"format": "json", "version": 1}`+"\n"+document)
	eventually(t, "the segment arrives", func() bool { return len(c.List().Traces) == 1 })
	if l := c.List(); l.Rejected != 8 {
		t.Errorf("%d datagrams were left out, the last: %s", l.Rejected, l.Rejection)
	}
}

// The X-Ray SDK accepts the receiver as its daemon, in and out of Lambda.
func TestReceiverServesTheSDK(t *testing.T) {
	// Not parallel: the SDK has one configuration for the process.
	r, c := testReceiver(t)
	t.Setenv("AWS_XRAY_DAEMON_ADDRESS", r.Addr()) // one of this machine takes precedence over Config
	rules, err := sampling.NewCentralizedStrategy()
	if err != nil {
		t.Fatal(err)
	}
	xray.SetLogger(xraylog.NullLogger)
	if err := xray.Configure(xray.Config{DaemonAddr: r.Addr(), SamplingStrategy: rules}); err != nil {
		t.Fatal(err)
	}
	ctx, root := xray.BeginSegment(context.Background(), "program")
	if !root.Sampled {
		t.Error("the segment is not sampled")
	}
	err = xray.Capture(ctx, "work", func(ctx context.Context) error {
		xray.AddAnnotation(ctx, "kind", "guessSubmitted")
		return fmt.Errorf("out of order")
	})
	if err == nil {
		t.Fatal("no error")
	}
	root.Close(nil)
	eventually(t, "the trace arrives", func() bool { got, ok := c.Trace(root.TraceID); return ok && got.Segments == 2 })
	got, _ := c.Trace(root.TraceID)
	if outline(got.Roots) != "program(work)" || !got.Fault {
		t.Errorf("%s, fault %v", outline(got.Roots), got.Fault)
	}
	work := got.Roots[0].Children[0].Segment
	if work.Annotations["kind"] != "guessSubmitted" || work.Cause == nil {
		t.Errorf("%+v", work)
	}
	if l := c.List(); l.Rejected != 0 {
		t.Errorf("the SDK's document was left out: %s", l.Rejection)
	}
}

func TestReceiverAnswersCalls(t *testing.T) {
	t.Parallel()
	r, c := testReceiver(t)
	for _, call := range []struct {
		path, body string
		status     int
		want       string
	}{
		{"GetSamplingRules", `{"NextToken":null}`, 200, `"FixedRate":1`},
		{"SamplingTargets", `{"SamplingStatisticsDocuments":[{"RuleName":"Default","RequestCount":3}]}`, 200, `"RuleName":"Default","FixedRate":1`},
		{"SamplingTargets", `{`, 400, `"message"`},
		{"TelemetryRecords", `{}`, 200, `{}`},
		{"TraceSegments", `{"TraceSegmentDocuments":["{\"name\":\"a\",\"id\":\"70de5b6f19ff9a0a\",\"start_time\":1,\"end_time\":2,\"trace_id\":\"` + traceID + `\"}","{\"id\":\"x\"}"]}`,
			200, `{"UnprocessedTraceSegments":[{"Id":"x","ErrorCode":"InvalidSegment","Message":"segment`},
		{"TraceSegments", `[]`, 400, `"message"`},
		{"TraceSegments", `{"x":"` + strings.Repeat("x", maxCallBytes) + `"}`, 413, `at most 1048576 bytes`},
		{"Other", ``, 404, `not found`},
	} {
		resp, err := http.Post("http://"+r.Addr()+"/"+call.path, "application/json", strings.NewReader(call.body))
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != call.status || !strings.Contains(string(body), call.want) {
			t.Errorf("%s %.60s: %d %s, want %d %s", call.path, call.body, resp.StatusCode, body, call.status, call.want)
		}
	}
	if len(c.List().Traces) != 1 {
		t.Errorf("%d traces", len(c.List().Traces))
	}
}

func TestListenRefuses(t *testing.T) {
	t.Parallel()
	r, c := testReceiver(t)
	for address, want := range map[string]string{"2000": "not host:port", r.Addr(): "no port to receive"} {
		if _, err := Listen(address, c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", address, err, want)
		}
	}
}
