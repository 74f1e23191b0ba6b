//go:build e2e

package browser

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// request is what the page requested.
type request struct{ method, path, key, body string }

// api is the API under test, behind a connection that tests can cut.
type api struct {
	address string // of the page, with the slash at its end
	number  func(t *testing.T, id string) int

	mu       sync.Mutex
	requests []request
	faults   []fault // for the next requests that are not for the page itself
}

// fault is what goes wrong with a request.
type fault func(w http.ResponseWriter, r *http.Request, next http.Handler)

// behind puts a handler behind such a connection; the page is at a path of it.
func (a *api) behind(t *testing.T, next http.Handler, path string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == path || strings.HasPrefix(r.URL.Path, "/_") {
			next.ServeHTTP(w, r)
			return
		}
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		a.mu.Lock()
		a.requests = append(a.requests, request{r.Method, r.URL.Path, r.Header.Get("Idempotency-Key"), string(body)})
		var f fault
		if len(a.faults) > 0 {
			f, a.faults = a.faults[0], a.faults[1:]
		}
		a.mu.Unlock()
		if f != nil {
			f(w, r, next)
			return
		}
		next.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	a.address = server.URL + path
}

// seen returns the requests so far, and forgets them.
func (a *api) seen() []request {
	a.mu.Lock()
	defer a.mu.Unlock()
	all := a.requests
	a.requests = nil
	return all
}

func (a *api) fail(faults ...fault) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.faults = append(a.faults, faults...)
}

// lostAnswer lets the request through, and breaks the connection in the middle of the response.
func lostAnswer(w http.ResponseWriter, r *http.Request, next http.Handler) {
	next.ServeHTTP(httptest.NewRecorder(), r)
	cut(w)
}

// lostRequest breaks the connection before the request has reached the API.
func lostRequest(w http.ResponseWriter, _ *http.Request, _ http.Handler) { cut(w) }

// cut sends the beginning of a response, since a browser repeats a request that broke before the
// first byte, and hangs up.
func cut(w http.ResponseWriter) {
	connection, buffer, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	buffer.WriteString("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{")
	buffer.Flush()
	connection.(*net.TCPConn).Close()
}

// answer responds in place of the API.
func answer(status int, contentType, body string) fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

func problem(status int, code, detail string) fault {
	return answer(status, "application/problem+json", `{"type":"about:blank","title":"T","status":`+strconv.Itoa(status)+`,"code":`+quote(code)+`,"detail":`+quote(detail)+`}`)
}

// held holds the response back until release is closed.
func held(release <-chan struct{}) fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		<-release
		next.ServeHTTP(w, r)
	}
}
