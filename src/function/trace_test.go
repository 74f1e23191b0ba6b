package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/guessing-game/src/lambdaloop/looptest"
	"example.com/guessing-game/src/store"
	"example.com/guessing-game/src/xray"
	"example.com/guessing-game/src/xray/xraytest"
)

// newTestTracer is this build's tracer with d as its daemon.
func newTestTracer(tb testing.TB, d xraytest.Daemon) xray.Tracer {
	tb.Helper()
	tracer, err := xray.New(d.Env, describe)
	if err != nil {
		tb.Fatal(err)
	}
	return tracer
}

// The exact trees of subsegments, from the handler to the datagram.
func TestXRayDocuments(t *testing.T) {
	t.Parallel()
	d := xraytest.NewDaemon(t)
	tracer := newTestTracer(t, d)
	dynamo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Amzn-Requestid", "REQUEST1")
		switch _, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), "."); operation {
		case "PutItem":
			fmt.Fprint(w, `{}`)
		case "GetItem":
			if body, _ := io.ReadAll(r.Body); strings.Contains(string(body), "00000000-0000-0000-0000-000000000000") {
				fmt.Fprint(w, `{}`)
				return
			}
			w.WriteHeader(400)
			fmt.Fprint(w, `{"__type":"x#ThrottlingException","message":"slow down"}`)
		default:
			w.WriteHeader(400)
			fmt.Fprint(w, `{"__type":"x#ConditionalCheckFailedException","message":"no"}`)
		}
	}))
	t.Cleanup(dynamo.Close)
	games, err := openStore(func(name string) string {
		return map[string]string{"TABLE_NAME": "games", "AWS_REGION": "eu-north-1", "AWS_ACCESS_KEY_ID": "a",
			"AWS_SECRET_ACCESS_KEY": "s", "AWS_ENDPOINT_URL_DYNAMODB": dynamo.URL}[name]
	}, tracer)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		event string
		games store.Store
		want  string
	}{
		{`{"kind":"gameRequested"}`, store.NewMemory(time.Now), `
event coldStart=true kind=gameRequested outcome=GameCreated
  decode
  store
  encode
`},
		{`{"kind":"gameRequested"}`, games, `
event coldStart=true kind=gameRequested outcome=GameCreated
  decode
  store
    DynamoDB operation=PutItem region=eu-north-1 request_id=REQUEST1 retries=0 table_name=games map[response:map[status:200]]
  encode
`},
		{`{"kind":"guessSubmitted","id":"00000000-0000-0000-0000-000000000000","guess":1}`, games, `
event error coldStart=true kind=guessSubmitted outcome=GameNotFound [GameNotFound: GameNotFound: no game has the id "00000000-0000-0000-0000-000000000000"]
  decode
  store error [GameNotFound: GameNotFound: no game has the id "00000000-0000-0000-0000-000000000000"]
    DynamoDB error operation=UpdateItem region=eu-north-1 request_id=REQUEST1 retries=0 table_name=games map[response:map[status:400]]
    DynamoDB operation=GetItem region=eu-north-1 request_id=REQUEST1 retries=0 table_name=games map[response:map[status:200]]
`},
		{`{"kind":"gameInfoRequested","id":"10000000-0000-0000-0000-000000000000"}`, games, `
event fault coldStart=true kind=gameInfoRequested outcome=StoreUnavailable [StoreUnavailable: StoreUnavailable: the games cannot be reached at the moment; try again in a few seconds (GetItem on table games, attempt 3: DynamoDB returned ThrottlingException: slow down)]
  decode
  store fault [StoreUnavailable: StoreUnavailable: the games cannot be reached at the moment; try again in a few seconds (GetItem on table games, attempt 3: DynamoDB returned ThrottlingException: slow down)]
    DynamoDB error throttle operation=GetItem region=eu-north-1 request_id=REQUEST1 retries=2 table_name=games map[response:map[status:400]] [InternalError: GetItem on table games, attempt 3: DynamoDB returned ThrottlingException: slow down]
`},
		{"{\"kind\":\"gameInfoRequested\",\"id\":\"\\u0001\\\"<>\"}", games, `
event error coldStart=true kind=invalid outcome=InvalidEvent [InvalidEvent: InvalidEvent: id "\x01\"<>" is not a UUID such as 4ce7c7b8-02bc-40a4-823b-6c7c02b028d3]
  decode error [InvalidEvent: InvalidEvent: id "\x01\"<>" is not a UUID such as 4ce7c7b8-02bc-40a4-823b-6c7c02b028d3]
`},
	} {
		h, _, _ := newTestHandler(c.games)
		h.tracer = tracer
		h.Invoke(xraytest.Traced(t.Context(), xraytest.Sampled), []byte(c.event))
		document := d.Receive(t)
		if got := "\n" + xraytest.Check(t, document); got != c.want {
			t.Errorf("%s: got%swant%s", c.event, got, c.want)
		}
		if document["trace_id"] != "1-5bef4de7-ad49b0e87f6ef6c87fc2e700" || document["parent_id"] != "9a9197af755a6419" {
			t.Errorf("trace %v, parent %v", document["trace_id"], document["parent_id"])
		}
		if age := float64(time.Now().UnixMicro())/1e6 - document["start_time"].(float64); age < 0 || age > 60 {
			t.Errorf("it began %v s ago", age)
		}
	}
}

func TestNothingIsSentThatIsNotSampled(t *testing.T) {
	t.Parallel()
	d := xraytest.NewDaemon(t)
	tracer := newTestTracer(t, d)
	h, _, _ := newTestHandler(store.NewMemory(time.Now))
	h.tracer = tracer
	for _, text := range []string{
		"",
		"Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0",
		"Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419",
		"Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=1",
		"Parent=9a9197af755a6419;Sampled=1",
		`Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e70";Parent=9a9197af755a6419;Sampled=1`,
		`Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent="9a9197af755a64;Sampled=1`,
		"Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0;X=Sampled=1",
		"garbage",
	} {
		if _, err := h.Invoke(xraytest.Traced(t.Context(), text), []byte(`{"kind":"gameRequested"}`)); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	// Without the key in the context too, as outside Lambda.
	h.Invoke(t.Context(), []byte(`{"kind":"gameRequested"}`))
	// The first document to arrive is that of the sampled event.
	h.Invoke(xraytest.Traced(t.Context(), xraytest.Sampled), []byte(`{}`))
	if kind := d.Receive(t)["annotations"].(map[string]any)["kind"]; kind != "invalid" {
		t.Errorf("a document of a %v arrived", kind)
	}
}

func TestNoDaemonNoHarm(t *testing.T) {
	t.Parallel()
	d := xraytest.NewDaemon(t)
	d.Close()
	h, _, log := newTestHandler(store.NewMemory(time.Now))
	h.tracer = newTestTracer(t, d)
	for range 3 {
		if _, err := h.Invoke(xraytest.Traced(t.Context(), xraytest.Sampled), []byte(`{"kind":"gameRequested"}`)); err != nil {
			t.Error(err)
		}
	}
	if strings.Contains(log.String(), "ERROR") {
		t.Errorf("the log says %s", log)
	}
}

// Traces do not depend on the number.
func TestTracesDoNotTellTheNumber(t *testing.T) {
	t.Parallel()
	d := xraytest.NewDaemon(t)
	tracer := newTestTracer(t, d)
	trees := map[int]string{}
	for len(trees) < 4 {
		h, _, _ := newTestHandler(store.NewMemory(time.Now))
		h.tracer = tracer
		ctx := xraytest.Traced(t.Context(), xraytest.Sampled)
		var g struct {
			ID     string
			Number int `json:"random_number"`
		}
		var tree strings.Builder
		answer, err := h.Invoke(ctx, []byte(`{"kind":"gameRequested"}`))
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(answer, &g); err != nil {
			t.Fatal(err)
		}
		for _, event := range []string{guessEvent(g.ID, (g.Number+1)%11), guessEvent(g.ID, g.Number), guessEvent(g.ID, 1)} {
			h.Invoke(ctx, []byte(event))
		}
		for range 4 {
			document := d.Receive(t)
			tree.WriteString(strings.ReplaceAll(xraytest.Check(t, document), g.ID, "ID"))
			if _, there := document["metadata"]; there {
				t.Error("there is metadata")
			}
		}
		trees[g.Number] = tree.String()
	}
	trees2 := slices.Collect(maps.Values(trees))
	for _, tree := range trees2 {
		if tree != trees2[0] {
			t.Errorf("traces differ:\n%s\n%s", tree, trees2[0])
		}
	}
}

// With its tracer the program writes only its log, sends a document for each sampled event, and
// requests nothing from the daemon.
func TestProgramIsTracedQuietly(t *testing.T) {
	t.Parallel()
	d := xraytest.NewDaemon(t)
	asked, err := net.Listen("tcp", "127.0.0.1:0") // where SDKs request sampling rules
	if err != nil {
		t.Fatal(err)
	}
	api := looptest.New(t)
	p := startFunction(t, api, "AWS_LAMBDA_LOG_FORMAT=JSON", "AWS_XRAY_CONTEXT_MISSING=LOG_ERROR",
		fmt.Sprintf("AWS_XRAY_DAEMON_ADDRESS=tcp:%s udp:%s", asked.Addr(), d.LocalAddr()))
	header := http.Header{"Lambda-Runtime-Trace-Id": {xraytest.Sampled}}
	api.Do(t, looptest.Invocation{Header: header, Payload: `{"kind":"gameRequested"}`})
	api.Do(t, looptest.Invocation{Header: header, Payload: `{}`})
	api.Do(t, looptest.Invocation{Payload: `{}`}) // not traced
	for _, want := range []string{"gameRequested", "invalid"} {
		if kind := d.Receive(t)["annotations"].(map[string]any)["kind"]; kind != want {
			t.Errorf("a document of a %v, want %s", kind, want)
		}
	}
	asked.(*net.TCPListener).SetDeadline(time.Now())
	if conn, err := asked.Accept(); err == nil {
		t.Errorf("%v asks the daemon for something", conn.RemoteAddr())
	}
	d.Close() // from here on the daemon is gone
	asked.Close()
	for range 3 {
		if o := api.Do(t, looptest.Invocation{Header: header, Payload: `{"kind":"gameRequested"}`}); o.Path != "response" {
			t.Errorf("without a daemon: %s", o.Body)
		}
	}
	p.Stop()
	if lines := p.LogLines(t); len(lines) != 6 || p.Stderr.Len() > 0 {
		t.Errorf("%d lines for 6 events:\n%s\n%s", len(lines), p.Stdout.String(), p.Stderr.String())
	}
}

func BenchmarkTracing(b *testing.B) {
	tracer := newTestTracer(b, xraytest.NewDaemon(b))
	for name, header := range map[string]string{
		"unsampled": strings.Replace(xraytest.Sampled, "Sampled=1", "Sampled=0", 1),
		"sampled":   xraytest.Sampled,
	} {
		b.Run(name, func(b *testing.B) {
			h, _, log := newTestHandler(store.NewMemory(time.Now))
			h.tracer = tracer
			ctx := xraytest.Traced(b.Context(), header)
			b.ReportAllocs()
			for b.Loop() {
				log.Reset()
				if _, err := h.Invoke(ctx, []byte(`{"kind":"gameRequested"}`)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
