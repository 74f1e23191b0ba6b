//go:build e2e

package load

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// kind is a kind of client: what it does repeatedly, and how many of a hundred clients are of
// this kind.
type kind struct {
	name string
	of   int
	once func(ctx context.Context, g *gateway) error
}

const clientTimeout = 60 * time.Second

var kinds = []kind{
	{"lambda", 34, func(_ context.Context, g *gateway) error { return g.post("/prod/games/7a1c", `{"guess":5}`) }},
	{"mock", 18, func(_ context.Context, g *gateway) error {
		return g.want(g.send("GET", fmt.Sprintf("/prod/mock/%d", rand.IntN(1000)), nil), 200, `{"game":`)
	}},
	{"slow function", 6, func(_ context.Context, g *gateway) error { return g.post("/prod/slow", `{}`) }},
	{"unknown route", 4, func(_ context.Context, g *gateway) error {
		return g.want(g.send("GET", fmt.Sprintf("/prod/nothing/%d", rand.IntN(1000)), nil), 403, `{"message":"Missing Authentication Token"}`)
	}},
	{"unknown method", 2, func(_ context.Context, g *gateway) error {
		return g.want(g.send("DELETE", "/prod/games/7", nil), 403, `{"message":"Missing Authentication Token"}`)
	}},
	{"wrong content type", 2, func(_ context.Context, g *gateway) error {
		return g.want(g.raw("POST /prod/games/7 HTTP/1.1\r\nHost: h\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}"), 415, `{"message": "Unsupported Media Type"}`)
	}},
	{"oversized", 3, oversized},
	{"no HTTP", 2, func(_ context.Context, g *gateway) error {
		return g.want(g.raw("\x16\x03\x01\x02\x00 hello\r\n\r\n"), 400, "")
	}},
	{"slow head", 5, func(ctx context.Context, g *gateway) error {
		return g.drip(ctx, "", "GET /prod/mock/7 HTTP/1.1\r\nHost: h\r\nX-Slow: slow\r\n\r\n", 20*time.Millisecond, `{"game":`)
	}},
	{"slow body", 5, func(ctx context.Context, g *gateway) error {
		return g.drip(ctx, "POST /prod/games/7 HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n", `{"guess":5}`, 50*time.Millisecond, `{"game":`)
	}},
	{"endless head", 2, endlessHead},
	{"slow reader", 5, slowReader},
	{"aborted head", 4, abort("POST /prod/games/7 HTTP/1.1\r\nHost: h\r\nConte")},
	{"aborted body", 4, abort("POST /prod/games/7 HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{")},
	{"aborted wait", 4, abortedWait},
	{"hostile function", 0, hostileFunction},
	{"left stream", 2, leftStream},
	// Requests that exceed a budget: 500, or 400 from a model.
	{"hostile template", 0, hostile("template", 500, `{"a":"`+strings.Repeat("x", 1<<20)+`"}`)},
	{"hostile growth", 0, hostile("growth", 500, `{"a":"`+strings.Repeat("x", 1<<20)+`"}`)},
	{"hostile path", 0, hostile("path", 500, strings.Repeat(`{"a":`, 900)+`1`+strings.Repeat(`}`, 900))},
	{"hostile model", 0, hostile("model", 400, strings.Repeat(`{"n":`, 26)+`{}`+strings.Repeat(`}`, 26))},
}

// crowd is a set of running clients.
type crowd struct {
	all   sync.WaitGroup
	done  []atomic.Int64 // by kind
	wrong chan error
}

// crowd starts the clients, which run until ctx ends.
func (g *gateway) crowd(ctx context.Context) *crowd {
	c := &crowd{done: make([]atomic.Int64, len(kinds)), wrong: make(chan error, 10)}
	for i, k := range kinds {
		for range max(1, *many*k.of/100) {
			c.all.Go(func() {
				for ctx.Err() == nil {
					if err := k.once(ctx, g); err != nil {
						select {
						case c.wrong <- fmt.Errorf("%s: %w", k.name, err):
						default: // enough
						}
						time.Sleep(100 * time.Millisecond)
					}
					c.done[i].Add(1)
				}
			})
		}
	}
	return c
}

func (c *crowd) wait() { c.all.Wait() }

// await waits until the well-behaved clients that call functions have done n requests each, on
// average.
func (c *crowd) await(t *testing.T, n int64) {
	t.Helper()
	for end := time.Now().Add(clientTimeout); ; time.Sleep(10 * time.Millisecond) {
		busy := true
		for i, k := range kinds {
			if strings.HasSuffix(k.name, "function") || k.name == "lambda" {
				busy = busy && c.done[i].Load() >= n*int64(max(1, *many*k.of/100))
			}
		}
		if busy {
			return
		}
		if time.Now().After(end) {
			t.Fatal("the clients do not get to work")
		}
	}
}

// clients runs a crowd for some time, and fails the test if one of them does not get what it
// should.
func (g *gateway) clients(t *testing.T, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	c := g.crowd(ctx)
	c.wait()
	client.CloseIdleConnections()
	close(c.wrong)
	for err := range c.wrong {
		t.Error(err)
	}
	var total int64
	var parts []string
	for i, k := range kinds {
		n := c.done[i].Load()
		if n == 0 {
			t.Errorf("%s: nothing done", k.name)
		}
		total += n
		parts = append(parts, fmt.Sprint(k.name, " ", n))
	}
	t.Logf("%d requests: %s", total, strings.Join(parts, ", "))
}

// fill brings all processes of the functions to life.
func (g *gateway) fill(t *testing.T) {
	t.Helper()
	var all sync.WaitGroup
	for range 3 * concurrency {
		all.Go(func() {
			for range 20 {
				if err := g.post("/prod/games/7", `{"guess":5}`); err != nil {
					t.Error(err)
				}
			}
			if err := errors.Join(g.post("/prod/slow", `{}`), g.post("/prod/hostile/function", `{"do":"twice"}`)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	client.CloseIdleConnections()
}

var client = &http.Client{Timeout: clientTimeout, Transport: &http.Transport{MaxIdleConnsPerHost: 1000}}

// reply is a response that arrived in full.
type reply struct {
	status int
	body   string
	err    error
}

func (g *gateway) send(method, path string, body io.Reader) reply {
	r, err := http.NewRequest(method, "http://"+g.addr+path, body)
	if err != nil {
		return reply{err: err}
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	return read(client.Do(r))
}

func read(resp *http.Response, err error) reply {
	if err != nil {
		return reply{err: err}
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return reply{resp.StatusCode, string(b), err}
}

// want compares a reply; body is how its body begins.
func (g *gateway) want(r reply, status int, body string) error {
	if r.err != nil {
		return r.err
	}
	if r.status != status || !strings.HasPrefix(r.body, body) {
		return fmt.Errorf("got %d %.200q, want %d %q", r.status, r.body, status, body)
	}
	return nil
}

func (g *gateway) post(path, body string) error {
	return g.want(g.send("POST", path, strings.NewReader(body)), 200, `{`)
}

func (g *gateway) dial() (*net.TCPConn, error) {
	c, err := net.Dial("tcp", g.addr)
	if err != nil {
		return nil, err
	}
	return c.(*net.TCPConn), c.SetDeadline(time.Now().Add(clientTimeout))
}

// raw sends bytes over a separate connection and reads a response.
func (g *gateway) raw(text string) reply {
	c, err := g.dial()
	if err != nil {
		return reply{err: err}
	}
	defer c.Close()
	if _, err := io.WriteString(c, text); err != nil {
		return reply{err: err}
	}
	return read(http.ReadResponse(bufio.NewReader(c), nil))
}

// drip sends a request one byte at a time, after its first part, and expects 200.
func (g *gateway) drip(ctx context.Context, first, slow string, pause time.Duration, body string) error {
	c, err := g.dial()
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := io.WriteString(c, first); err != nil {
		return err
	}
	for i := range len(slow) {
		if ctx.Err() != nil {
			return nil
		}
		if _, err := c.Write([]byte{slow[i]}); err != nil {
			return err
		}
		time.Sleep(pause)
	}
	return g.want(read(http.ReadResponse(bufio.NewReader(c), nil)), 200, body)
}

// endlessHead sends header after header until the gateway refuses.
func endlessHead(ctx context.Context, g *gateway) error {
	c, err := g.dial()
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := io.WriteString(c, "GET /prod/mock/7 HTTP/1.1\r\nHost: h\r\n"); err != nil {
		return err
	}
	for i := 0; ctx.Err() == nil; i++ {
		if i > 600 {
			return errors.New("a head may take longer than a minute")
		}
		if _, err := fmt.Fprintf(c, "X-%d: y\r\n", i); err != nil {
			return nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return nil
}

// oversized sends a body beyond the limit, with and without its length.
func oversized(_ context.Context, g *gateway) error {
	body := bytes.Repeat([]byte("x"), 11<<20)
	r := g.send("POST", "/prod/games/7", bytes.NewReader(body))
	if r.err == nil { // the gateway may close the connection before everything has been sent, which is the client's fault
		if err := g.want(r, 413, `HTTP content length exceeded 10485760 bytes.`); err != nil {
			return err
		}
	}
	r = g.send("POST", "/prod/games/7", io.MultiReader(bytes.NewReader(body)))
	if r.err != nil {
		return nil
	}
	return g.want(r, 413, `HTTP content length exceeded 10485760 bytes.`)
}

// slowReader reads two megabytes in small pieces.
func slowReader(ctx context.Context, g *gateway) error {
	c, err := g.dial()
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.SetReadBuffer(32 << 10); err != nil {
		return err
	}
	if _, err := io.WriteString(c, "GET /prod/large HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"); err != nil {
		return err
	}
	bite, total := make([]byte, 8<<10), 0
	for ctx.Err() == nil {
		n, err := c.Read(bite)
		total += n
		if err == io.EOF {
			if total < 2_016_000 {
				return fmt.Errorf("%d bytes came", total)
			}
			return nil
		}
		if err != nil {
			return err
		}
		time.Sleep(5 * time.Millisecond)
	}
	return nil
}

// hostile calls a route of hostile.yaml, which must end at a budget.
func hostile(route string, status int, body string) func(context.Context, *gateway) error {
	return func(_ context.Context, g *gateway) error {
		return g.want(g.send("POST", "/prod/hostile/"+route, strings.NewReader(body)), status, `{`)
	}
}

// hostileFunction has the function of tests/load/wild do what it should not. Whatever it does, its
// client gets a response.
func hostileFunction(_ context.Context, g *gateway) error {
	for do, status := range map[string]int{"leave": 502, "break": 502, "flood": 200, "large": 502, "fail": 502, "meddle": 200, "abandon": 502, "twice": 200} {
		if err := g.want(g.send("POST", "/prod/hostile/function", strings.NewReader(`{"do":"`+do+`"}`)), status, ""); err != nil {
			return fmt.Errorf("%s: %w", do, err)
		}
	}
	return nil
}

// leftStream calls InvokeWithResponseStream and leaves at the first piece, of one response or of
// two at once; the function continues.
func leftStream(_ context.Context, g *gateway) error {
	for _, do := range []string{"stream", "twice"} {
		resp, err := client.Post("http://"+g.lambda+"/2021-11-15/functions/Wild/response-streaming-invocations", "application/json", strings.NewReader(`{"do":"`+do+`"}`))
		if err != nil {
			return err
		}
		if resp.StatusCode != http.StatusOK {
			return g.want(read(resp, nil), http.StatusOK, "")
		}
		_, err = io.ReadFull(resp.Body, make([]byte, 16))
		resp.Body.Close() // and the connection with it, since the response has not ended
		if err != nil {
			return err
		}
	}
	return nil
}

// abortedWait leaves while its function is running. The function is invoked nevertheless, as on
// AWS, so these clients take turns that leave the functions time for the others.
func abortedWait(ctx context.Context, g *gateway) error {
	err := abort("POST /prod/slow HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")(ctx, g)
	time.Sleep(500 * time.Millisecond)
	return err
}

// abort sends part of a request, or a request that takes its time, and breaks the connection, at
// once or a little later.
func abort(text string) func(context.Context, *gateway) error {
	return func(_ context.Context, g *gateway) error {
		c, err := g.dial()
		if err != nil {
			return err
		}
		if rand.IntN(2) == 0 {
			if err := c.SetLinger(0); err != nil {
				return err
			}
		}
		if _, err := io.WriteString(c, text); err != nil {
			return err
		}
		time.Sleep(time.Duration(rand.IntN(50)) * time.Millisecond)
		return c.Close()
	}
}
