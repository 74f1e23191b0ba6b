package invoke

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

// The test binary is also the function under test: started with this variable, it is a
// real aws-lambda-go program.
const asFunction = "INVOKE_TEST_FUNCTION"

func TestMain(m *testing.M) {
	if mode := os.Getenv(asFunction); mode != "" {
		functionMain(mode)
		return
	}
	os.Exit(m.Run())
}

// environments is the current number of environments.
func (h *Host) environments() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.all)
}

// functionMain is the function. The mode determines how it starts.
func functionMain(mode string) {
	switch mode {
	case "ok":
	case "init-exit":
		fmt.Println("about to exit")
		os.Exit(3)
	case "init-exit-0":
		os.Exit(0)
	case "init-hang":
		select {}
	case "init-slow":
		time.Sleep(700 * time.Millisecond)
	case "init-crash-once":
		if _, err := os.Stat(os.Getenv("MARK")); err != nil {
			os.WriteFile(os.Getenv("MARK"), nil, 0o600)
			os.Exit(1)
		}
	case "on-term":
		terminated := make(chan os.Signal, 1)
		signal.Notify(terminated, syscall.SIGTERM)
		go func() {
			<-terminated
			fmt.Println("closing the books")
			os.Exit(0)
		}()
	case "ignore-term":
		signal.Ignore(syscall.SIGTERM)
	case "bare":
		bareFunction()
		return
	case "raw":
		rawFunction()
		return
	}
	lambda.Start(handle)
}

type order struct {
	Do   string `json:"do"`
	MS   int    `json:"ms"`
	N    int    `json:"n"`
	Path string `json:"path"`
}

var served int

func handle(ctx context.Context, in json.RawMessage) (any, error) {
	served++
	var o order
	json.Unmarshal(in, &o)
	switch o.Do {
	case "context":
		lc, _ := lambdacontext.FromContext(ctx)
		deadline, _ := ctx.Deadline()
		return map[string]any{
			"requestId": lc.AwsRequestID, "arn": lc.InvokedFunctionArn, "identity": lc.Identity.CognitoIdentityID,
			"client": lc.ClientContext.Custom, "trace": ctx.Value("x-amzn-trace-id"), "remainingMs": time.Until(deadline).Milliseconds(),
			"served": served, "pid": os.Getpid(),
		}, nil
	case "environ":
		return os.Environ(), nil
	case "error":
		return nil, errors.New("no such thing")
	case "panic":
		panic("all is lost")
	case "exit":
		os.Exit(o.N)
	case "kill":
		if self, err := os.FindProcess(os.Getpid()); err == nil {
			self.Kill()
		}
	case "sleep":
		time.Sleep(time.Duration(o.MS) * time.Millisecond)
		return os.Getpid(), nil
	case "await": // works until a file is there
		for ctx.Err() == nil {
			if _, err := os.Stat(o.Path); err == nil {
				return os.Getpid(), nil
			}
			time.Sleep(time.Millisecond)
		}
		return nil, ctx.Err()
	case "meet": // works until n processes do, each of which leaves a file in a folder
		if err := os.WriteFile(filepath.Join(o.Path, strconv.Itoa(os.Getpid())), nil, 0o600); err != nil {
			return nil, err
		}
		for ctx.Err() == nil {
			if all, err := os.ReadDir(o.Path); err == nil && len(all) >= o.N {
				return os.Getpid(), nil
			}
			time.Sleep(time.Millisecond)
		}
		return nil, ctx.Err()
	case "log":
		fmt.Println("from stdout")
		fmt.Fprintln(os.Stderr, "from stderr")
		fmt.Print("no end of line")
	case "loglarge":
		fmt.Println(strings.Repeat("x", 3*LogTailBytes))
	case "large":
		return strings.Repeat("a", o.N-2), nil // with its quotes, N bytes
	case "stream":
		return io.MultiReader(strings.NewReader("one "), strings.NewReader("two")), nil
	case "streamfail":
		return io.MultiReader(strings.NewReader("one "), failingReader{}), nil
	case "streamon": // goes on once a file is there
		return io.MultiReader(strings.NewReader("one "), &awaitingReader{o.Path}, strings.NewReader("two")), nil
	case "exitafter": // ends a moment after the response, as a crashing goroutine would
		go func() { time.Sleep(time.Duration(o.MS) * time.Millisecond); os.Exit(1) }()
		return os.Getpid(), nil
	case "spawn": // leaves a child behind
		cmd := exec.Command("sleep", "1000")
		if err := cmd.Start(); err != nil {
			return nil, err
		}
		return cmd.Process.Pid, nil
	case "hog":
		b := bytes.Repeat([]byte{1}, o.N<<20)
		return len(b), nil
	case "burn":
		for end := time.Now().Add(time.Duration(o.MS) * time.Millisecond); time.Now().Before(end); {
		}
		return cpuTime().Microseconds(), nil
	}
	return in, nil
}

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, errors.New("stream broke") }

// awaitingReader is empty, and ends when a file is there.
type awaitingReader struct{ path string }

func (r *awaitingReader) Read([]byte) (int, error) {
	for {
		if _, err := os.Stat(r.path); err == nil {
			return 0, io.EOF
		}
		time.Sleep(time.Millisecond)
	}
}

// syncBuffer is a log for tests.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// testHost is a host that runs this binary as a function.
func testHost(tb testing.TB, mode string, change func(*Config)) (*Host, *syncBuffer) {
	tb.Helper()
	self, err := os.Executable()
	if err != nil {
		tb.Fatal(err)
	}
	logs := &syncBuffer{}
	cfg := Config{
		Name: "Test", Command: []string{self}, Env: map[string]string{asFunction: mode, "GORACE": "atexit_sleep_ms=0"},
		Logs: logs, Logger: slog.New(slog.DiscardHandler),
		Timeout: time.Minute, // so that a busy machine does not fail the test
	}
	if change != nil {
		change(&cfg)
	}
	h, err := NewHost(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := h.Close(); err != nil {
			tb.Error(err)
		}
		if n := h.environments(); n != 0 {
			tb.Errorf("%d environments outlive the host", n)
		}
	})
	return h, logs
}

func mustInvoke(tb testing.TB, f Function, payload string) Response {
	tb.Helper()
	resp, err := f.Invoke(context.Background(), Invocation{Payload: []byte(payload)})
	if err != nil {
		tb.Fatalf("invoke %s: %v", payload, err)
	}
	return resp
}

// eventually waits for another process; the limit only ends a broken test.
func eventually(tb testing.TB, what string, ok func() bool) {
	tb.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if ok() {
			return
		}
	}
	tb.Fatalf("never: %s", what)
}

// gate is an event that its function works on until open is called.
func gate(tb testing.TB) (event string, open func()) {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "open")
	return fmt.Sprintf(`{"do":"await","path":%q}`, path), func() {
		tb.Helper()
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			tb.Error(err)
		}
	}
}

func testLogger() (*slog.Logger, *syncBuffer) {
	b := &syncBuffer{}
	return slog.New(slog.NewTextHandler(b, nil)), b
}
