//go:build e2e

package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/guessing-game/src/apigw/cli"
	"example.com/guessing-game/tests/serve"
)

// TestLoad runs 200 clients for a minute (or LOAD_SECONDS), including slow ones, aborted requests
// and oversized bodies: every error is the client's, and afterwards no goroutines or memory are
// left.
func TestLoad(t *testing.T) {
	seconds := 60
	if s, err := strconv.Atoi(os.Getenv("LOAD_SECONDS")); err == nil {
		seconds = s
	}
	const clients = 200
	dir := t.TempDir()
	document := dir + "/api.yaml"
	if err := os.WriteFile(document, fmt.Appendf(nil, watched, 1), 0o666); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out := &serve.Output{}
	code := make(chan int, 1)
	before := runtime.NumGoroutine()
	go func() {
		code <- run(ctx, []string{"start", "--port", "0", "--lambda-port", "0", "--trace-port", "0", "--xray-port", "0", "--log-level", "error",
			"--openapi", document, "--function", "F=testfn", "--concurrency", "8"},
			&cli.System{Stdin: strings.NewReader(""), Stdout: out, Stderr: out, Environ: os.Environ()})
	}()
	out.AwaitText(t, "Press Ctrl-C to stop", 1)
	base := regexp.MustCompile(`REST +(http\S+/)`).FindStringSubmatch(out.String())[1]
	host := strings.Split(strings.TrimPrefix(base, "http://"), "/")[0]
	transport := &http.Transport{MaxIdleConnsPerHost: clients}
	client := &http.Client{Transport: transport, Timeout: 40 * time.Second}
	var good, wrong atomic.Int64
	fail := func(format string, args ...any) {
		if wrong.Add(1) < 10 {
			t.Errorf(format, args...)
		}
	}
	get := func(path string, want int) {
		resp, err := client.Get(base + path)
		if err != nil {
			fail("%s: %v", path, err)
			return
		}
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if resp.StatusCode != want {
			fail("%s: status %d", path, resp.StatusCode)
		}
		good.Add(1)
	}
	kinds := []func(*rand.Rand){
		func(*rand.Rand) { get("mock", 200) },
		func(*rand.Rand) { get("function", 200) },
		func(*rand.Rand) { get("nowhere", 403) },
		func(r *rand.Rand) { // a client that goes away
			ctx, cancel := context.WithTimeout(context.Background(), time.Duration(r.IntN(5))*time.Millisecond)
			defer cancel()
			req, err := http.NewRequestWithContext(ctx, "GET", base+"function", nil)
			if err != nil {
				fail("%v", err)
				return
			}
			if resp, err := client.Do(req); err == nil {
				resp.Body.Close()
			}
		},
		func(*rand.Rand) { // a slow client
			conn, err := net.Dial("tcp", host)
			if err != nil {
				fail("%v", err)
				return
			}
			defer conn.Close()
			for _, b := range []byte("GET /prod/mock HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n") {
				conn.Write([]byte{b})
				time.Sleep(time.Millisecond)
			}
			if text, err := io.ReadAll(conn); err != nil || !strings.HasPrefix(string(text), "HTTP/1.1 200") {
				fail("a slow client got %q %v", text, err)
			}
		},
		func(*rand.Rand) { // a body that is larger than API Gateway accepts: the response may arrive before it is sent
			resp, err := client.Post(base+"mock", "application/json", strings.NewReader(strings.Repeat("x", 11<<20)))
			if err == nil {
				if resp.StatusCode != 413 && resp.StatusCode != 403 {
					fail("11 MB: status %d", resp.StatusCode)
				}
				resp.Body.Close()
			}
		},
	}
	var wg sync.WaitGroup
	end := time.Now().Add(time.Duration(seconds) * time.Second)
	for i := range clients {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(1, uint64(i)))
			for time.Now().Before(end) {
				kind := r.IntN(100)
				switch {
				case kind < 60:
					kinds[0](r)
				case kind < 80:
					kinds[1](r)
				case kind < 90:
					kinds[2](r)
				case kind < 96:
					kinds[3](r)
				case kind < 99:
					kinds[4](r)
				case i%20 == 0:
					kinds[5](r)
				}
			}
		})
	}
	wg.Wait()
	transport.CloseIdleConnections()
	cancel()
	if c := <-code; c != 0 {
		t.Errorf("exit status %d", c)
	}
	for range 200 {
		if runtime.NumGoroutine() <= before {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if n := runtime.NumGoroutine(); n > before {
		stacks := make([]byte, 1<<20)
		t.Errorf("%d goroutines, %d before:\n%s", n, before, stacks[:runtime.Stack(stacks, true)])
	}
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	if m.HeapAlloc > 64<<20 {
		t.Errorf("%d MB are left on the heap", m.HeapAlloc>>20)
	}
	if good.Load() == 0 {
		t.Error("no request went through")
	}
	t.Logf("%d requests in %d s, %d wrong; %d KB on the heap afterwards", good.Load(), seconds, wrong.Load(), m.HeapAlloc>>10)
	if text := out.String(); strings.Contains(text, "panic") {
		t.Errorf("%s", text)
	}
}
