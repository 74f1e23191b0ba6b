package invoke

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

const uuidPattern = `[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`

func TestHostPassesTheContextOfAnInvocation(t *testing.T) {
	t.Parallel()
	h, _ := testHost(t, "ok", func(cfg *Config) { cfg.Timeout = 20 * time.Second })
	resp, err := h.Invoke(context.Background(), Invocation{
		Payload: []byte(`{"do":"context"}`), RequestID: "the-request", Qualifier: "live",
		TraceHeader:     "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
		ClientContext:   `{"custom":{"key":"value"}}`,
		CognitoIdentity: `{"cognitoIdentityId":"who","cognitoIdentityPoolId":"pool"}`,
	})
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		RequestID, Arn, Identity, Trace string
		Client                          map[string]string
		RemainingMs                     int
	}
	if err := json.Unmarshal(resp.Payload, &got); err != nil {
		t.Fatalf("%v: %s", err, resp.Payload)
	}
	if got.RequestID != "the-request" || got.Arn != "arn:aws:lambda:us-east-1:123456789012:function:Test:live" ||
		got.Identity != "who" || got.Client["key"] != "value" {
		t.Errorf("the function saw %+v", got)
	}
	if want := "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=" + resp.Report.SegmentID + ";Sampled=1"; got.Trace != want {
		t.Errorf("trace %q, want %q", got.Trace, want)
	}
	if len(resp.Report.SegmentID) != 16 || resp.Report.SegmentID == "53995c3f42cd8ad8" {
		t.Errorf("segment id %q is not one of its own", resp.Report.SegmentID)
	}
	if got.RemainingMs <= 0 || got.RemainingMs > 20000 {
		t.Errorf("%d ms are left of 20 s", got.RemainingMs)
	}
	if resp.RequestID != "the-request" || resp.ExecutedVersion != "$LATEST" || resp.StatusCode != 200 || resp.FunctionError != "" {
		t.Errorf("response %+v", resp)
	}
}

func TestHostKeepsEnvironmentsWarm(t *testing.T) {
	t.Parallel()
	h, logs := testHost(t, "ok", nil)
	first, second := mustInvoke(t, h, `{"do":"context"}`), mustInvoke(t, h, `{"do":"context"}`)
	if !first.Report.ColdStart || first.Report.InitDuration <= 0 || first.Report.InitStarted.IsZero() {
		t.Errorf("the first invocation is not a cold start: %+v", first.Report)
	}
	if second.Report.ColdStart || second.Report.InitDuration != 0 || second.Report.PID != first.Report.PID {
		t.Errorf("the second invocation is not a warm one: %+v after %+v", second.Report, first.Report)
	}
	if !strings.Contains(string(second.Payload), `"served":2`) {
		t.Errorf("the process has served %s", second.Payload)
	}
	if h.environments() != 1 {
		t.Errorf("%d environments", h.environments())
	}
	want := `^START RequestId: (` + uuidPattern + `) Version: \$LATEST
END RequestId: (` + uuidPattern + `)
REPORT RequestId: (` + uuidPattern + `)\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms\tMemory Size: 128 MB\tMax Memory Used: [1-9]\d* MB\tInit Duration: \d+\.\d\d ms
XRAY TraceId: 1-[0-9a-f]{8}-[0-9a-f]{24}\tSegmentId: [0-9a-f]{16}\tSampled: true
START RequestId: .*
END RequestId: .*
REPORT RequestId: ` + uuidPattern + `\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms\tMemory Size: 128 MB\tMax Memory Used: [1-9]\d* MB
XRAY .*
$`
	m := regexp.MustCompile(want).FindStringSubmatch(logs.String())
	if m == nil || m[1] != m[2] || m[1] != m[3] || m[1] != first.RequestID {
		t.Errorf("log\n%s\nwant\n%s", logs, want)
	}
}

func TestHostBillsDurationAndInitRoundedUp(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ d, want time.Duration }{
		{0, 0}, {1, time.Millisecond}, {time.Millisecond, time.Millisecond}, {time.Millisecond + 1, 2 * time.Millisecond},
		{2343*time.Millisecond + 460*time.Microsecond, 2344 * time.Millisecond},
	} {
		if got := billed(c.d); got != c.want {
			t.Errorf("billed(%v) = %v, want %v", c.d, got, c.want)
		}
	}
	h, _ := testHost(t, "ok", nil)
	for range 2 {
		r := mustInvoke(t, h, `{}`).Report
		if r.Billed != billed(r.Duration+r.InitDuration) || r.Billed < r.Duration+r.InitDuration {
			t.Errorf("billed %v for %v and %v", r.Billed, r.Duration, r.InitDuration)
		}
	}
}

func TestHostFunctionErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, payload string
		want          string // expression over the payload
		log           string // expression over the log
		environments  int    // how many remain
	}{
		{"error", `{"do":"error"}`, `^\{"errorMessage":"no such thing","errorType":"errorString"\}$`,
			`REPORT RequestId: \S+\tDuration: [^\n]*Init Duration: \d+\.\d\d ms\nXRAY`, 1},
		{"panic", `{"do":"panic"}`, `^\{"errorMessage":"all is lost","errorType":"string","stackTrace":\[`, `REPORT`, 0},
		{"exit", `{"do":"exit","n":7}`, `^\{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ` + uuidPattern + ` Error: Runtime exited with error: exit status 7"\}$`,
			`RequestId: ` + uuidPattern + ` Error: Runtime exited with error: exit status 7\nRuntime\.ExitError\nEND RequestId: \S+\nREPORT .*\tStatus: error\tError Type: Runtime.ExitError\nXRAY`, 0},
		{"exit 0", `{"do":"exit"}`, `^\{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ` + uuidPattern + ` Error: Runtime exited without providing a reason"\}$`,
			`Runtime exited without providing a reason\nRuntime\.ExitError`, 0},
		{"signal", `{"do":"kill"}`, `Error: Runtime exited with error: signal: killed"\}$`, `signal: killed`, 0},
		{"timeout", `{"do":"sleep","ms":60000}`, `^\{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: ` + uuidPattern + ` Error: Task timed out after 5.00 seconds"\}$`,
			`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z ` + uuidPattern + ` Task timed out after 5.00 seconds\nEND RequestId: \S+\nREPORT RequestId: \S+\tDuration: 5000.00 ms\tBilled Duration: \d{4} ms\t.*\tStatus: timeout\nXRAY`, 0},
		{"response one byte too large", `{"do":"large","n":6291557}`,
			`^\{"errorMessage":"Response payload size exceeded maximum allowed payload size \(6291556 bytes\).","errorType":"Function.ResponseSizeTooLarge"\}$`,
			`Status: error\tError Type: Function.ResponseSizeTooLarge`, -1},
		{"stream that breaks", `{"do":"streamfail"}`, `"errorMessage":"stream broke"`, `REPORT`, -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h, logs := testHost(t, "ok", func(cfg *Config) {
				if c.name == "timeout" {
					cfg.Timeout = 5 * time.Second // enough for what is done afterwards
				}
			})
			resp := mustInvoke(t, h, c.payload)
			if resp.FunctionError != "Unhandled" || resp.StatusCode != 200 {
				t.Errorf("function error %q with status %d", resp.FunctionError, resp.StatusCode)
			}
			if !regexp.MustCompile(c.want).Match(resp.Payload) {
				t.Errorf("payload %.300s\nwant %s", resp.Payload, c.want)
			}
			if !regexp.MustCompile(c.log).MatchString(logs.String()) {
				t.Errorf("log\n%s\nwant %s", logs, c.log)
			}
			if c.environments >= 0 {
				eventually(t, "the environment ends", func() bool { return h.environments() == c.environments })
			}
			// The function still works afterwards, whatever happened.
			if resp := mustInvoke(t, h, `{"do":"echo"}`); string(resp.Payload) != `{"do":"echo"}` {
				t.Errorf("afterwards: %+v %s", resp, resp.Payload)
			}
		})
	}
}

// The time that an event has begins when the process takes it, in a warm environment as in a cold
// one.
func TestHostTimeoutOfAWarmEnvironment(t *testing.T) {
	t.Parallel()
	h, logs := testHost(t, "ok", func(cfg *Config) { cfg.Timeout = 5 * time.Second })
	mustInvoke(t, h, `{"do":"echo"}`)
	if resp := mustInvoke(t, h, `{"do":"sleep","ms":300}`); resp.FunctionError != "" {
		t.Errorf("an event of 300 ms: %s", resp.Payload)
	}
	resp := mustInvoke(t, h, `{"do":"sleep","ms":60000}`)
	if resp.FunctionError != "Unhandled" || !strings.Contains(string(resp.Payload), "Task timed out after 5.00 seconds") {
		t.Errorf("an event of a minute: %q %s", resp.FunctionError, resp.Payload)
	}
	if n := strings.Count(logs.String(), "Init Duration"); n != 1 {
		t.Errorf("%d environments were started:\n%s", n, logs)
	}
}

func TestHostPayloads(t *testing.T) {
	t.Parallel()
	h, _ := testHost(t, "ok", nil)
	largest := `"` + strings.Repeat("a", MaxRequestBytes-2) + `"`
	for _, c := range []struct{ name, payload, want string }{
		{"empty", "", "{}"},
		{"null", "null", "null"},
		{"a number", "1", "1"},
		{"the largest", largest, largest},
		{"the largest answer", fmt.Sprintf(`{"do":"large","n":%d}`, MaxResponseBytes), `"` + strings.Repeat("a", MaxResponseBytes-2) + `"`},
		{"a stream", `{"do":"stream"}`, "one two"},
		{"not ASCII", `"Ünïcödé \u0000 😀"`, `"Ünïcödé \u0000 😀"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			resp, err := h.Invoke(context.Background(), Invocation{Payload: []byte(c.payload)})
			if err != nil || resp.FunctionError != "" || string(resp.Payload) != c.want {
				t.Errorf("got %.200s %q %v, want %.200s", resp.Payload, resp.FunctionError, err, c.want)
			}
		})
	}
}

func TestHostInitFailures(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, mode string
		change     func(*testing.T, *Config)
		want, log  string
	}{
		{"exit", "init-exit", nil, `^\{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ` + uuidPattern + ` Error: Runtime exited with error: exit status 3"\}$`,
			`^about to exit
INIT_REPORT Init Duration: \d+\.\d\d ms\tPhase: init\tStatus: error\tError Type: Runtime.ExitError
about to exit
INIT_REPORT Init Duration: \d+\.\d\d ms\tPhase: invoke\tStatus: error\tError Type: Runtime.ExitError
START RequestId: .*
END RequestId: .*
REPORT RequestId: .*Status: error\tError Type: Runtime.ExitError
XRAY .*
$`},
		{"exit 0", "init-exit-0", nil, `Runtime exited without providing a reason`, `Phase: init(?s:.*)Phase: invoke`},
		{"hang", "init-hang", nil, `^\{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: ` + uuidPattern + ` Error: Task timed out after 1.00 seconds"\}$`,
			`Phase: init\tStatus: timeout\n(?s:.*)Phase: invoke\tStatus: timeout\n(?s:.*)REPORT .*\tStatus: timeout\n`},
		{"no such program", "ok", func(t *testing.T, cfg *Config) { cfg.Command = []string{filepath.Join(t.TempDir(), "absent")} },
			`^\{"errorType":"Runtime.InvalidEntrypoint","errorMessage":"RequestId: ` + uuidPattern + ` Error: fork/exec .*/absent: no such file or directory"\}$`,
			`START(?s:.*)Runtime.InvalidEntrypoint\nEND(?s:.*)REPORT .*Status: error\tError Type: Runtime.InvalidEntrypoint`},
		{"init error", "raw", func(_ *testing.T, cfg *Config) { cfg.Env["RAW"] = "init-error" },
			`^\{"errorMessage":"no config","errorType":"Config.Missing"\}$`, `Phase: invoke\tStatus: error\tError Type: Runtime.Config`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h, logs := testHost(t, c.mode, func(cfg *Config) {
				if c.mode == "init-hang" {
					cfg.Timeout = time.Second
				}
				if c.change != nil {
					c.change(t, cfg)
				}
			})
			h.initTimeout = 300 * time.Millisecond
			if c.mode != "init-hang" {
				h.initTimeout = InitTimeout
			}
			resp := mustInvoke(t, h, `{}`)
			if resp.FunctionError != "Unhandled" || !regexp.MustCompile(c.want).Match(resp.Payload) {
				t.Errorf("%q %s\nwant %s", resp.FunctionError, resp.Payload, c.want)
			}
			if !regexp.MustCompile(c.log).MatchString(logs.String()) {
				t.Errorf("log\n%s\nwant %s", logs, c.log)
			}
			if resp.Report.InitDuration != 0 {
				t.Errorf("an init duration of %v for an init that failed", resp.Report.InitDuration)
			}
		})
	}
}

func TestHostTriesTheInitTwice(t *testing.T) {
	t.Parallel()
	t.Run("after a crash", func(t *testing.T) {
		t.Parallel()
		h, logs := testHost(t, "init-crash-once", func(cfg *Config) { cfg.Env["MARK"] = filepath.Join(t.TempDir(), "mark") })
		if resp := mustInvoke(t, h, `1`); resp.FunctionError != "" || string(resp.Payload) != "1" {
			t.Errorf("%+v\n%s", resp, logs)
		}
	})
	t.Run("after a timeout, within that of the function", func(t *testing.T) {
		t.Parallel()
		h, logs := testHost(t, "init-slow", nil)
		h.initTimeout = 200 * time.Millisecond
		resp := mustInvoke(t, h, `1`)
		if resp.FunctionError != "" || string(resp.Payload) != "1" {
			t.Errorf("%+v\n%s", resp, logs)
		}
		if resp.Report.InitDuration != 0 || resp.Report.Duration < 700*time.Millisecond {
			t.Errorf("the second init is part of the duration: %+v", resp.Report)
		}
	})
}

func TestHostRunsConcurrentlyUpToItsConcurrency(t *testing.T) {
	t.Parallel()
	h, _ := testHost(t, "ok", func(cfg *Config) { cfg.Concurrency, cfg.Patience = 3, time.Minute })
	event := fmt.Sprintf(`{"do":"meet","n":3,"path":%q}`, t.TempDir())
	var mu sync.Mutex
	pids := map[string]int{}
	var all sync.WaitGroup
	for range 12 {
		all.Go(func() {
			resp := mustInvoke(t, h, event)
			mu.Lock()
			defer mu.Unlock()
			pids[string(resp.Payload)]++
			if n := h.environments(); n > 3 {
				t.Errorf("%d environments", n)
			}
		})
	}
	all.Wait()
	if len(pids) != 3 {
		t.Errorf("processes and what they served: %v", pids)
	}
}

func TestHostThrottles(t *testing.T) {
	t.Parallel()
	for _, patience := range []time.Duration{0, 20 * time.Millisecond} {
		h, logs := testHost(t, "ok", func(cfg *Config) { cfg.Concurrency, cfg.Patience = 1, patience })
		event, open := gate(t)
		var first sync.WaitGroup
		first.Go(func() { mustInvoke(t, h, event) })
		eventually(t, "the first invocation starts", func() bool { return strings.Contains(logs.String(), "START") })
		_, err := h.Invoke(context.Background(), Invocation{})
		var refused *Error
		if !errors.As(err, &refused) || refused.Status != 429 || refused.Code != "TooManyRequestsException" {
			t.Errorf("patience %v: %v", patience, err)
		}
		open()
		first.Wait()
		mustInvoke(t, h, `{}`)
	}
}

func TestHostDoesNotThrottleOneCallerAfterAnother(t *testing.T) {
	t.Parallel()
	h, _ := testHost(t, "ok", func(cfg *Config) { cfg.Concurrency = 1 })
	for range 300 {
		mustInvoke(t, h, `{}`)
	}
}

func TestHostCancelledInvocationGoesOn(t *testing.T) {
	t.Parallel()
	h, logs := testHost(t, "ok", func(cfg *Config) { cfg.Concurrency, cfg.Patience = 1, time.Minute })
	event, open := gate(t)
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		eventually(t, "the invocation starts", func() bool { return strings.Contains(logs.String(), "START") })
		cancel()
	}()
	if _, err := h.Invoke(ctx, Invocation{Payload: []byte(event)}); !errors.Is(err, context.Canceled) {
		t.Fatalf("err %v", err)
	}
	open()
	resp := mustInvoke(t, h, `{"do":"context"}`) // waits for the first to end
	if !strings.Contains(string(resp.Payload), `"served":2`) {
		t.Errorf("the environment is another: %s\n%s", resp.Payload, logs)
	}
}

func TestHostReplacesAnEnvironmentThatEndsWhileFree(t *testing.T) {
	t.Parallel()
	h, _ := testHost(t, "ok", nil)
	for i := range 60 { // the process ends 0 to 2 ms after its response: at every point of the next call
		pid := mustInvoke(t, h, fmt.Sprintf(`{"do":"exitafter","ms":%d}`, i%3)).Payload
		time.Sleep(time.Duration(i) * 50 * time.Microsecond)
		// The next event may have been taken by the dying process, and then it is lost, as
		// in Lambda; else it goes to a new environment.
		resp := mustInvoke(t, h, `{"do":"sleep"}`)
		if resp.FunctionError != "" && !strings.Contains(string(resp.Payload), "Runtime.ExitError") {
			t.Fatalf("after %s: %+v %s", pid, resp, resp.Payload)
		}
	}
}

// An event that a process has not fetched is not lost with the process.
func TestHostTakesAnEventBackFromAProcessThatEnds(t *testing.T) {
	t.Parallel()
	h, logs := testHost(t, "raw", func(cfg *Config) { cfg.Env["RAW"], cfg.Concurrency = "leave", 1 })
	pids := map[int]bool{}
	for range 5 {
		resp := mustInvoke(t, h, `{}`)
		if string(resp.Payload) != `"bye"` || resp.FunctionError != "" || !resp.Report.ColdStart || resp.Report.InitDuration <= 0 {
			t.Fatalf("%+v %s\n%s", resp, resp.Payload, logs)
		}
		pids[resp.Report.PID] = true
	}
	if strings.Contains(logs.String(), "INIT_REPORT") {
		t.Errorf("the end of a free process is taken for a failed start:\n%s", logs)
	}
	if len(pids) != 5 {
		t.Errorf("%d processes for 5 events", len(pids))
	}
}

func TestHostEndsWhatACrashedProcessLeavesBehind(t *testing.T) {
	t.Parallel()
	h, _ := testHost(t, "ok", nil)
	child, err := strconv.Atoi(string(mustInvoke(t, h, `{"do":"spawn"}`).Payload))
	if err != nil {
		t.Fatal(err)
	}
	if !running(child) {
		t.Fatal("the child does not run")
	}
	mustInvoke(t, h, `{"do":"exit"}`)
	eventually(t, "the child of the process is gone", func() bool { return !running(child) })
}

func TestHostLogs(t *testing.T) {
	t.Parallel()
	h, logs := testHost(t, "ok", nil)
	resp, err := h.Invoke(context.Background(), Invocation{Payload: []byte(`{"do":"log"}`), LogTail: true})
	if err != nil {
		t.Fatal(err)
	}
	if want := "START.*\nfrom stdout\nfrom stderr\nEND.*\nREPORT.*\nXRAY.*\n$"; !regexp.MustCompile(want).MatchString(logs.String()) {
		t.Errorf("log\n%s\nwant %s", logs, want)
	}
	tail, err := base64.StdEncoding.DecodeString(resp.LogResult)
	if err != nil || string(tail) != logs.String() {
		t.Errorf("tail %q, %v", tail, err)
	}
	if mustInvoke(t, h, `{}`).LogResult != "" {
		t.Error("a tail that nobody asked for")
	}
	resp, err = h.Invoke(context.Background(), Invocation{Payload: []byte(`{"do":"loglarge"}`), LogTail: true})
	if err != nil {
		t.Fatal(err)
	}
	if tail, _ = base64.StdEncoding.DecodeString(resp.LogResult); len(tail) != LogTailBytes || !strings.Contains(string(tail), "REPORT") {
		t.Errorf("a tail of %d bytes", len(tail))
	}
	report, ok := ParseReport(string(tail))
	if !ok || report.RequestID != resp.RequestID || report.Billed != resp.Report.Billed || report.TraceID != resp.Report.TraceID {
		t.Errorf("parsed %+v, want %+v", report, resp.Report)
	}
}

// An invocation's own log has only its lines, including those of a cold start, and with OwnLogs
// without those of the platform.
func TestHostLogOfAnInvocation(t *testing.T) {
	t.Parallel()
	for _, own := range []bool{false, true} {
		h, logs := testHost(t, "ok", func(cfg *Config) { cfg.OwnLogs = own })
		var mine syncBuffer
		resp, err := h.Invoke(context.Background(), Invocation{Payload: []byte(`{"do":"log"}`), Log: &mine, LogTail: true})
		if err != nil {
			t.Fatal(err)
		}
		tail, _ := base64.StdEncoding.DecodeString(resp.LogResult)
		want := string(tail)
		if own {
			want = "from stdout\nfrom stderr\n"
		}
		if mine.String() != want || !strings.HasPrefix(string(tail), "START") || logs.String() != "" {
			t.Errorf("its log is %q, want %q; that of all is %q", mine.String(), want, logs)
		}
		mustInvoke(t, h, `{"do":"log"}`)
		if mine.String() != want || !strings.Contains(logs.String(), "from stdout") {
			t.Errorf("after the next its log is %q, that of all is %q", mine.String(), logs)
		}
	}
	h, _ := testHost(t, "init-exit", func(cfg *Config) { cfg.OwnLogs = true })
	var mine syncBuffer
	if _, err := h.Invoke(context.Background(), Invocation{Log: &mine}); err != nil || !strings.Contains(mine.String(), "about to exit") {
		t.Errorf("a process that does not start: %v, %q", err, mine.String())
	}
}

func TestHostEventAndDryRun(t *testing.T) {
	t.Parallel()
	h, logs := testHost(t, "ok", nil)
	resp, err := h.Invoke(context.Background(), Invocation{Type: DryRun, Payload: []byte(`{}`)})
	if err != nil || resp.StatusCode != 204 || resp.Payload != nil || h.environments() != 0 {
		t.Errorf("dry run: %+v, %v, %d environments", resp, err, h.environments())
	}
	ctx, cancel := context.WithCancel(context.Background())
	resp, err = h.Invoke(ctx, Invocation{Type: Event, Payload: []byte(`{"do":"log"}`)})
	cancel() // the end of the caller does not matter
	if err != nil || resp.StatusCode != 202 || resp.Payload != nil {
		t.Errorf("event: %+v, %v", resp, err)
	}
	eventually(t, "the event is worked on", func() bool { return strings.Contains(logs.String(), "END RequestId: "+resp.RequestID) })
	var refused *Error
	if _, err = h.Invoke(context.Background(), Invocation{Type: "Later"}); !errors.As(err, &refused) || refused.Code != "InvalidParameterValueException" {
		t.Errorf("an unknown type: %v", err)
	}
}

func TestHostReload(t *testing.T) {
	t.Parallel()
	h, logs := testHost(t, "ok", func(cfg *Config) { cfg.Concurrency = 2 })
	before := mustInvoke(t, h, `{"do":"sleep"}`).Report.PID
	event, open := gate(t)
	var busy Response
	var done sync.WaitGroup
	done.Go(func() { busy = mustInvoke(t, h, event) })
	eventually(t, "the second starts", func() bool { return strings.Count(logs.String(), "START") == 2 })
	h.Reload()
	after := mustInvoke(t, h, `{"do":"sleep"}`).Report.PID
	open()
	done.Wait()
	if busy.FunctionError != "" || busy.Report.PID != before || after == before {
		t.Errorf("before %d, busy %+v, after %d", before, busy, after)
	}
	for range 5 {
		if pid := mustInvoke(t, h, `{"do":"sleep"}`).Report.PID; pid != after {
			t.Errorf("process %d is used again after %d", pid, after)
		}
	}
	eventually(t, "the old one ends", func() bool { return h.environments() == 1 && !running(before) })
}

func TestHostClose(t *testing.T) {
	t.Parallel()
	t.Run("lets an event end", func(t *testing.T) {
		t.Parallel()
		h, logs := testHost(t, "ok", nil)
		h.drainTime = time.Minute
		event, open := gate(t)
		var done sync.WaitGroup
		done.Go(func() {
			if resp := mustInvoke(t, h, event); resp.FunctionError != "" {
				t.Errorf("%s", resp.Payload)
			}
		})
		eventually(t, "it starts", func() bool { return strings.Contains(logs.String(), "START") })
		done.Go(func() { <-h.closing; open() })
		h.Close()
		done.Wait()
	})
	t.Run("ends a process that does not listen, with its children, and its caller's wait", func(t *testing.T) {
		t.Parallel()
		h, logs := testHost(t, "ignore-term", nil)
		child, err := strconv.Atoi(string(mustInvoke(t, h, `{"do":"spawn"}`).Payload))
		if err != nil {
			t.Fatal(err)
		}
		var done sync.WaitGroup
		done.Go(func() {
			resp := mustInvoke(t, h, `{"do":"sleep","ms":60000}`)
			if !strings.Contains(string(resp.Payload), "signal: killed") {
				t.Errorf("%s", resp.Payload)
			}
		})
		eventually(t, "it starts", func() bool { return strings.Count(logs.String(), "START") == 2 })
		h.Close()
		done.Wait()
		eventually(t, "the child of the process is gone", func() bool { return !running(child) })
	})
	t.Run("lets a process put its things in order", func(t *testing.T) {
		t.Parallel()
		h, logs := testHost(t, "on-term", nil)
		h.termTime = time.Minute
		mustInvoke(t, h, `{}`)
		h.Close()
		if !strings.Contains(logs.String(), "closing the books\n") {
			t.Errorf("log\n%s", logs)
		}
	})
	t.Run("refuses what comes after", func(t *testing.T) {
		t.Parallel()
		h, _ := testHost(t, "ok", nil)
		h.Close()
		for _, typ := range []Type{RequestResponse, Event} {
			var refused *Error
			if _, err := h.Invoke(context.Background(), Invocation{Type: typ}); !errors.As(err, &refused) || refused.Status != 503 {
				t.Errorf("%s: %v", typ, err)
			}
		}
	})
	t.Run("while starting", func(t *testing.T) {
		t.Parallel()
		for i := range 20 {
			h, _ := testHost(t, "ok", func(cfg *Config) { cfg.Concurrency, cfg.Patience = 2, time.Minute })
			var all sync.WaitGroup
			for range 4 {
				all.Go(func() { h.Invoke(context.Background(), Invocation{}) })
			}
			time.Sleep(time.Duration(i) * 200 * time.Microsecond)
			h.Close()
			all.Wait()
		}
	})
}

func TestHostLeavesNothingBehind(t *testing.T) {
	// Not parallel: it counts goroutines.
	before := runtime.NumGoroutine()
	h, _ := testHost(t, "ok", func(cfg *Config) { cfg.Timeout = time.Second })
	var pids []int
	for _, payload := range []string{`{}`, `{"do":"exit"}`, `{"do":"panic"}`, `{"do":"sleep","ms":9000}`, `{}`} {
		pids = append(pids, mustInvoke(t, h, payload).Report.PID)
	}
	h.Close()
	eventually(t, "the goroutines end", func() bool { return runtime.NumGoroutine() <= before })
	for _, pid := range pids {
		if running(pid) {
			t.Errorf("process %d is still there", pid)
		}
	}
}

func TestNewHostRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		want   string
		change func(*Config)
	}{
		{`function name "a/b"`, func(c *Config) { c.Name = "a/b" }},
		{`no command`, func(c *Config) { c.Command = nil }},
		{`a timeout of 999ms is not`, func(c *Config) { c.Timeout = 999 * time.Millisecond }},
		{`a timeout of 15m1s is not`, func(c *Config) { c.Timeout = 901 * time.Second }},
		{`a memory size of 127 MB`, func(c *Config) { c.MemorySizeMB = 127 }},
		{`a memory size of 10241 MB`, func(c *Config) { c.MemorySizeMB = 10241 }},
		{`a concurrency of -1`, func(c *Config) { c.Concurrency = -1 }},
		{`environment variable AWS_REGION is reserved`, func(c *Config) { c.Env = map[string]string{"AWS_REGION": "x"} }},
		{`environment variable "A=B"`, func(c *Config) { c.Env = map[string]string{"A=B": "x"} }},
	} {
		cfg := Config{Name: "F", Command: []string{"x"}}
		c.change(&cfg)
		if _, err := NewHost(cfg); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}
