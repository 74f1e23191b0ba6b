package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/guessing-game/src/store"
)

const sampledHeader = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1"

// traced is a context with a trace header where both loops put it.
func traced(ctx context.Context, text string) context.Context {
	//lint:ignore SA1029 aws-lambda-go and the X-Ray SDK agree on a plain string
	return context.WithValue(ctx, traceKey, text)
}

// daemon is where segments arrive.
type daemon struct{ net.PacketConn }

func newDaemon(tb testing.TB) daemon {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { conn.Close() })
	return daemon{conn}
}

// receive gives the next document.
func (d daemon) receive(tb testing.TB) map[string]any {
	tb.Helper()
	b := make([]byte, 1<<16)
	d.SetReadDeadline(time.Now().Add(30 * time.Second))
	n, _, err := d.ReadFrom(b)
	if err != nil {
		tb.Fatal(err)
	}
	const head = `{"format": "json", "version": 1}` + "\n"
	text, ok := strings.CutPrefix(string(b[:n]), head)
	if !ok {
		tb.Fatalf("a datagram without the daemon's header: %s", b[:n])
	}
	var document map[string]any
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		tb.Fatalf("%s: %v", text, err)
	}
	return document
}

// tracers are the X-Ray tracers of this build by name, each with d as its daemon.
var tracers = map[string]func(tb testing.TB, d daemon) Tracer{"direct": directTo}

// eachTracer runs a test with each X-Ray tracer of this build.
func eachTracer(t *testing.T, test func(t *testing.T, d daemon, tracer Tracer)) {
	t.Parallel()
	for name, to := range tracers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDaemon(t)
			test(t, d, to(t, d))
		})
	}
}

// fields of a subsegment as
// https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
// has them, with a check for each. Anything else is refused.
var subsegmentFields = map[string]func(any) bool{
	"name":        pattern(`^[\p{L}\p{N} _.:/%&#=+\\@-]{1,200}$`),
	"id":          pattern(`^[0-9a-f]{16}$`),
	"start_time":  isNumber,
	"end_time":    isNumber,
	"trace_id":    pattern(`^1-[0-9a-f]{8}-[0-9a-f]{24}$`),
	"parent_id":   pattern(`^[0-9a-f]{16}$`),
	"type":        pattern(`^subsegment$`),
	"namespace":   pattern(`^(aws|remote)$`),
	"error":       isBool,
	"fault":       isBool,
	"throttle":    isBool,
	"annotations": object(func(key string, v any) bool { return pattern(`^[A-Za-z0-9_]{1,500}$`)(key) && isScalar(v) }),
	"aws": object(fieldsOf(map[string]func(any) bool{
		"operation": isString, "region": isString, "request_id": isString, "table_name": isString, "retries": isNumber,
	})),
	"http": object(fieldsOf(map[string]func(any) bool{
		"response": object(fieldsOf(map[string]func(any) bool{"status": isNumber})),
	})),
	"cause": object(fieldsOf(map[string]func(any) bool{
		"working_directory": isString,
		"paths":             list(isString),
		"exceptions": list(object(fieldsOf(map[string]func(any) bool{
			"id": pattern(`^[0-9a-f]{16}$`), "message": isString, "type": isString, "remote": isBool,
			"stack": list(object(func(string, any) bool { return true })),
		}))),
	})),
	"subsegments": list(func(v any) bool { return true }), // checked one by one
	"Dummy":       isBool,                                 // the SDK's own, which X-Ray leaves out
}

func isString(v any) bool { _, ok := v.(string); return ok }
func isNumber(v any) bool { _, ok := v.(float64); return ok }
func isBool(v any) bool   { _, ok := v.(bool); return ok }
func isScalar(v any) bool { return isString(v) || isNumber(v) || isBool(v) }

func pattern(re string) func(any) bool {
	compiled := regexp.MustCompile(re)
	return func(v any) bool { s, ok := v.(string); return ok && compiled.MatchString(s) }
}

func list(of func(any) bool) func(any) bool {
	return func(v any) bool {
		items, ok := v.([]any)
		return ok && !slices.ContainsFunc(items, func(item any) bool { return !of(item) })
	}
}

func object(member func(string, any) bool) func(any) bool {
	return func(v any) bool {
		m, ok := v.(map[string]any)
		for key, value := range m {
			ok = ok && member(key, value)
		}
		return ok
	}
}

func fieldsOf(fields map[string]func(any) bool) func(string, any) bool {
	return func(key string, value any) bool { check, known := fields[key]; return known && check(value) }
}

// checkSubsegment checks a document against X-Ray's schema and returns its
// tree as lines: names and what matters, indented.
func checkSubsegment(t *testing.T, s map[string]any) string {
	t.Helper()
	for _, key := range []string{"trace_id", "parent_id", "type"} {
		if s[key] == nil {
			t.Errorf("%v has no %s", s["name"], key)
		}
	}
	return checkNested(t, s)
}

func checkNested(t *testing.T, s map[string]any) string {
	t.Helper()
	for key, value := range s {
		if !fieldsOf(subsegmentFields)(key, value) {
			t.Errorf("X-Ray knows no %s like %v", key, value)
		}
	}
	for _, key := range []string{"name", "id", "start_time", "end_time"} {
		if s[key] == nil {
			t.Errorf("%v has no %s", s["name"], key)
		}
	}
	var b strings.Builder
	fmt.Fprint(&b, s["name"])
	for _, flag := range []string{"error", "fault", "throttle"} {
		if s[flag] == true {
			fmt.Fprint(&b, " ", flag)
		}
	}
	for _, key := range []string{"annotations", "aws"} {
		m, _ := s[key].(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(m)) {
			fmt.Fprintf(&b, " %s=%v", name, m[name])
		}
	}
	if h, ok := s["http"].(map[string]any); ok {
		fmt.Fprint(&b, " ", h)
	}
	if c, ok := s["cause"].(map[string]any); ok {
		e := c["exceptions"].([]any)[0].(map[string]any)
		fmt.Fprintf(&b, " [%v: %v]", e["type"], e["message"])
	}
	b.WriteString("\n")
	children, _ := s["subsegments"].([]any)
	for _, child := range children {
		child := child.(map[string]any)
		if child["start_time"].(float64) < s["start_time"].(float64) || child["end_time"].(float64) > s["end_time"].(float64) {
			t.Errorf("%v is not within %v", child["name"], s["name"])
		}
		for line := range strings.Lines(checkNested(t, child)) {
			b.WriteString("  " + line)
		}
	}
	return b.String()
}

// The exact trees of subsegments, from the handler to the datagram.
func TestXRayDocuments(t *testing.T) { eachTracer(t, testXRayDocuments) }

func testXRayDocuments(t *testing.T, d daemon, tracer Tracer) {
	dynamo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Amzn-Requestid", "REQUEST1")
		switch _, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), "."); operation {
		case "PutItem":
			fmt.Fprint(w, `{}`)
		case "GetItem":
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
`},
		{`{"kind":"gameInfoRequested","id":"00000000-0000-0000-0000-000000000000"}`, games, `
event fault coldStart=true kind=gameInfoRequested outcome=StoreUnavailable [StoreUnavailable: StoreUnavailable: the games cannot be reached at the moment; try again in a few seconds (GetItem on table games, attempt 3: DynamoDB answered ThrottlingException: slow down)]
  decode
  store fault [StoreUnavailable: StoreUnavailable: the games cannot be reached at the moment; try again in a few seconds (GetItem on table games, attempt 3: DynamoDB answered ThrottlingException: slow down)]
    DynamoDB error throttle operation=GetItem region=eu-north-1 request_id=REQUEST1 retries=2 table_name=games map[response:map[status:400]] [InternalError: GetItem on table games, attempt 3: DynamoDB answered ThrottlingException: slow down]
`},
		{"{\"kind\":\"\\u0001\\\"<>\"}", games, `
event error coldStart=true kind=invalid outcome=InvalidEvent [InvalidEvent: InvalidEvent: unknown kind "\x01\"<>"; it must be gameRequested, guessSubmitted or gameInfoRequested]
  decode error [InvalidEvent: InvalidEvent: unknown kind "\x01\"<>"; it must be gameRequested, guessSubmitted or gameInfoRequested]
`},
	} {
		h, _, _ := newTestHandler(c.games)
		h.tracer = tracer
		h.Invoke(traced(t.Context(), sampledHeader), []byte(c.event))
		document := d.receive(t)
		if got := "\n" + checkSubsegment(t, document); got != c.want {
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

func TestNothingIsSentThatIsNotSampled(t *testing.T) { eachTracer(t, testNotSampled) }

func testNotSampled(t *testing.T, d daemon, tracer Tracer) {
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
		if _, err := h.Invoke(traced(t.Context(), text), []byte(`{"kind":"gameRequested"}`)); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	// Without the key in the context too, as outside of Lambda.
	h.Invoke(t.Context(), []byte(`{"kind":"gameRequested"}`))
	// The first document to arrive is that of the sampled event.
	h.Invoke(traced(t.Context(), sampledHeader), []byte(`{}`))
	if kind := d.receive(t)["annotations"].(map[string]any)["kind"]; kind != "invalid" {
		t.Errorf("a document of a %v arrived", kind)
	}
}

func TestNoDaemonNoHarm(t *testing.T) {
	eachTracer(t, func(t *testing.T, d daemon, tracer Tracer) {
		d.Close()
		h, _, log := newTestHandler(store.NewMemory(time.Now))
		h.tracer = tracer
		for range 3 {
			if _, err := h.Invoke(traced(t.Context(), sampledHeader), []byte(`{"kind":"gameRequested"}`)); err != nil {
				t.Error(err)
			}
		}
		if strings.Contains(log.String(), "ERROR") {
			t.Errorf("the log says %s", log)
		}
	})
}

// A trace of one number looks like that of another.
func TestTracesDoNotTellTheNumber(t *testing.T) { eachTracer(t, testNumberInTraces) }

func testNumberInTraces(t *testing.T, d daemon, tracer Tracer) {
	trees := map[int]string{}
	for len(trees) < 4 {
		h, _, _ := newTestHandler(store.NewMemory(time.Now))
		h.tracer = tracer
		ctx := traced(t.Context(), sampledHeader)
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
			document := d.receive(t)
			tree.WriteString(strings.ReplaceAll(checkSubsegment(t, document), g.ID, "ID"))
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

// The program with its tracer writes its log and nothing else, sends a document
// for each sampled event, and asks the daemon for nothing.
func TestProgramIsTracedQuietly(t *testing.T) {
	t.Parallel()
	d := newDaemon(t)
	asked, err := net.Listen("tcp", "127.0.0.1:0") // where SDKs ask for sampling rules
	if err != nil {
		t.Fatal(err)
	}
	api := newRuntimeAPI(t)
	p := startFunction(t, api, "AWS_LAMBDA_LOG_FORMAT=JSON", "AWS_XRAY_CONTEXT_MISSING=LOG_ERROR",
		fmt.Sprintf("AWS_XRAY_DAEMON_ADDRESS=tcp:%s udp:%s", asked.Addr(), d.LocalAddr()))
	header := http.Header{"Lambda-Runtime-Trace-Id": {sampledHeader}}
	api.do(t, invocation{header: header, payload: `{"kind":"gameRequested"}`})
	api.do(t, invocation{header: header, payload: `{}`})
	api.do(t, invocation{payload: `{}`}) // not traced
	for _, want := range []string{"gameRequested", "invalid"} {
		if kind := d.receive(t)["annotations"].(map[string]any)["kind"]; kind != want {
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
		if o := api.do(t, invocation{header: header, payload: `{"kind":"gameRequested"}`}); o.path != "response" {
			t.Errorf("without a daemon: %s", o.body)
		}
	}
	p.stop()
	if lines := p.logLines(t); len(lines) != 6 || p.stderr.Len() > 0 {
		t.Errorf("%d lines for 6 events:\n%s\n%s", len(lines), p.stdout.String(), p.stderr.String())
	}
}

func BenchmarkTracing(b *testing.B) {
	run := func(name string, tracer Tracer, header string) {
		b.Run(name, func(b *testing.B) {
			h, _, log := newTestHandler(store.NewMemory(time.Now))
			h.tracer = tracer
			ctx := traced(b.Context(), header)
			b.ReportAllocs()
			for b.Loop() {
				log.Reset()
				if _, err := h.Invoke(ctx, []byte(`{"kind":"gameRequested"}`)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	run("off", noTracer{}, sampledHeader)
	for _, name := range slices.Sorted(maps.Keys(tracers)) {
		tracer := tracers[name](b, newDaemon(b))
		run(name+"/unsampled", tracer, strings.Replace(sampledHeader, "Sampled=1", "Sampled=0", 1))
		run(name+"/sampled", tracer, sampledHeader)
	}
}
