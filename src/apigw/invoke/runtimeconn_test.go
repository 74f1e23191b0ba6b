package invoke

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// runtimePeer is the function's end of connections to the Runtime API of an environment that has no
// process.
type runtimePeer struct {
	*testing.T
	env  *environment
	conn net.Conn
	in   *bufio.Reader
}

func newRuntimePeer(t *testing.T) *runtimePeer {
	t.Helper()
	h, err := NewHost(Config{Name: "Test", Command: []string{"none"}})
	if err != nil {
		t.Fatal(err)
	}
	e := newEnvironment(h, 1, nil)
	logs, output, err := newLogStream(h.logs)
	if err != nil {
		t.Fatal(err)
	}
	e.logs = logs
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	go e.accept(listener)
	t.Cleanup(func() {
		conn.Close()
		listener.Close()
		e.disconnect()
		output.Close()
		logs.file.Close()
		h.Close()
	})
	return &runtimePeer{t, e, conn, bufio.NewReader(conn)}
}

func (p *runtimePeer) send(text string) {
	p.Helper()
	if _, err := io.WriteString(p.conn, text); err != nil {
		p.Fatal(err)
	}
}

// give passes an event to the environment.
func (p *runtimePeer) give(in Invocation) *event {
	ev := &event{in: in, arn: "arn", taken: make(chan struct{}), answered: make(chan outcome, 1)}
	p.env.hand(ev)
	return ev
}

// want reads a response, which must have a status and a body.
func (p *runtimePeer) want(status int, body string) *http.Response {
	p.Helper()
	resp, err := http.ReadResponse(p.in, nil)
	if err != nil {
		p.Fatal(err)
	}
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		p.Fatal(err)
	}
	if resp.StatusCode != status || !strings.Contains(string(text), body) {
		p.Fatalf("status %d, body %q; want %d, %q", resp.StatusCode, text, status, body)
	}
	return resp
}

// wantEnd reads the end of the connection.
func (p *runtimePeer) wantEnd() {
	p.Helper()
	if rest, err := io.ReadAll(p.in); err != nil || len(rest) > 0 {
		p.Errorf("the connection goes on with %q, %v", rest, err)
	}
}

// A process that reads nothing keeps no invocation from going on, and so from timing out, however
// often it asks for work.
func TestRuntimePeerThatDoesNotRead(t *testing.T) {
	for pings := range 20 {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			doesNotRead(t, pings)
		})
	}
}

func doesNotRead(t *testing.T, pings int) {
	p := newRuntimePeer(t)
	p.send(strings.Repeat("GET /2018-06-01/ping HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", pings)) // which leave more or less room
	payload := []byte(`"` + strings.Repeat("x", maxDirectWrite-2) + `"`)
	for i := range 2000 { // 32 MB, which no socket buffers
		id := fmt.Sprint("id", i)
		p.send(askNext)
		handed := make(chan *event)
		go func() { handed <- p.give(Invocation{RequestID: id, Payload: payload}) }()
		var ev *event
		select {
		case ev = <-handed:
		case <-time.After(20 * time.Second):
			t.Fatalf("event %d is still being written", i)
		}
		select {
		case <-ev.taken:
		case <-time.After(300 * time.Millisecond): // the request for work is not read any more
			return
		}
		p.send(post(id, "1"))
		select {
		case <-ev.answered:
		case <-time.After(300 * time.Millisecond): // nor is the response
			return
		}
	}
	t.Error("the connection takes all events")
}

const askNext = "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"

// post is a request with the response to an event.
func post(id, body string, header ...string) string {
	return fmt.Sprintf("POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n%s\r\n%s", id, len(body),
		strings.Join(append(header, ""), "\r\n"), body)
}

func TestRuntimeConnAnswersInOrder(t *testing.T) {
	p := newRuntimePeer(t)
	p.send(askNext)
	first := p.give(Invocation{RequestID: "1", Payload: []byte(`"one"`)})
	p.want(200, `"one"`)
	p.send(post("1", `"done"`) + askNext + post("2", `"too early"`)) // in one piece: the last one waits for the event before it
	p.want(202, "OK")
	if out := <-first.answered; string(out.payload) != `"done"` || out.failed {
		t.Errorf("%+v", out)
	}
	second := p.give(Invocation{RequestID: "2", Payload: []byte(`"two"`)})
	p.want(200, `"two"`)
	p.want(202, "OK")
	if out := <-second.answered; string(out.payload) != `"too early"` {
		t.Errorf("%+v", out)
	}
	p.send(askNext + askNext)
	p.give(Invocation{RequestID: "3", Payload: []byte(`"three"`)})
	p.want(200, `"three"`)
	p.want(403, "Transition from RuntimeRunning to RuntimeReady failed")
}

// An event that arrives first waits for the request for work, on a connection that is still open.
func TestRuntimeConnLosesNoEvent(t *testing.T) {
	p := newRuntimePeer(t)
	p.give(Invocation{RequestID: "1", Payload: []byte(`"one"`)})
	p.send(askNext)
	p.want(200, `"one"`)
	p.send(post("1", `""`))
	p.want(202, "OK")

	other, err := net.Dial("tcp", p.conn.RemoteAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(other, askNext)
	asking := func() int {
		p.env.mu.Lock()
		defer p.env.mu.Unlock()
		return len(p.env.asking)
	}
	eventually(t, "the other connection asks", func() bool { return asking() == 1 })
	other.Close()
	eventually(t, "it is forgotten", func() bool { return asking() == 0 })
	p.give(Invocation{RequestID: "2", Payload: []byte(`"two"`)})
	p.send(askNext)
	p.want(200, `"two"`)
}

func TestRuntimeConnExpect(t *testing.T) {
	p := newRuntimePeer(t)
	p.send(askNext)
	ev := p.give(Invocation{RequestID: "1"})
	p.want(200, "")
	head, body, _ := strings.Cut(post("1", `"later"`, "Expect: 100-continue"), "\r\n\r\n")
	p.send(head + "\r\n\r\n")
	p.want(100, "")
	p.send(body)
	p.want(202, "OK")
	if out := <-ev.answered; string(out.payload) != `"later"` {
		t.Errorf("%+v", out)
	}
	head, _, _ = strings.Cut(post("other", `"never"`, "Expect: 100-continue"), "\r\n\r\n")
	p.send(head + "\r\n\r\n")
	if resp := p.want(400, "Invalid request ID"); !resp.Close {
		t.Error("the connection stays open, though nobody knows whether the body follows")
	}
	p.wantEnd()
}

func TestRuntimeConnCloses(t *testing.T) {
	for _, c := range []struct{ name, send string }{
		{"asked to", strings.Replace(askNext, "Host: 127.0.0.1", "Host: 127.0.0.1\r\nConnection: close", 1)},
		{"HTTP/1.0", strings.Replace(askNext, "HTTP/1.1", "HTTP/1.0", 1)},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newRuntimePeer(t)
			p.send(c.send)
			p.give(Invocation{RequestID: "1", Payload: []byte(`"one"`)})
			p.want(200, `"one"`)
			p.wantEnd()
		})
	}
}

func TestRuntimeConnRefusesWhatIsNotHTTP(t *testing.T) {
	for _, c := range []struct{ name, send string }{
		{"no HTTP", "hello\r\n\r\n"},
		{"no number", "POST /2018-06-01/runtime/init/error HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: many\r\n\r\n"},
		{"no end", "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + strings.Repeat("x", maxHeadBytes)},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newRuntimePeer(t)
			go io.WriteString(p.conn, c.send) // more than the connection holds, and than is read
			p.want(400, "Bad Request")
			if _, err := io.ReadAll(p.in); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) && !strings.Contains(err.Error(), "reset") {
				t.Error(err)
			}
		})
	}
}

// Whatever a caller sends stays in its header.
func TestRuntimeConnHeaders(t *testing.T) {
	p := newRuntimePeer(t)
	p.send(askNext)
	p.give(Invocation{RequestID: "1", Payload: []byte(`{}`), ClientContext: "{\r\n\"Injected\": 1}\n", CognitoIdentity: `{"cognitoIdentityId":"x"}`})
	h := p.want(200, "{}").Header
	if got := h.Get("Lambda-Runtime-Client-Context"); got != `{  "Injected": 1}` || len(h["Injected"]) > 0 {
		t.Errorf("%q", h)
	}
	if got := h.Get("Lambda-Runtime-Cognito-Identity"); got != `{"cognitoIdentityId":"x"}` {
		t.Errorf("%q", got)
	}
}

func TestRuntimeConnStreamedAnswers(t *testing.T) {
	const head = "POST /2018-06-01/runtime/invocation/1/response HTTP/1.1\r\nHost: 127.0.0.1\r\nLambda-Runtime-Function-Response-Mode: streaming\r\nTransfer-Encoding: chunked\r\n"
	for _, c := range []struct{ name, send, payload, kind string }{
		{"whole", head + "\r\n2\r\n\"a\r\n2\r\nb\"\r\n0\r\n\r\n", `"ab"`, ""},
		{"broken off", head + "Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n\r\n2\r\n\"a\r\n0\r\n" +
			"Lambda-Runtime-Function-Error-Type: My.Error\r\nLambda-Runtime-Function-Error-Body: e30=\r\n\r\n", "{}", "My.Error"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newRuntimePeer(t)
			p.send(askNext)
			ev := p.give(Invocation{RequestID: "1"})
			p.want(200, "")
			p.send(c.send)
			p.want(202, "OK")
			if out := <-ev.answered; string(out.payload) != c.payload || out.kind != c.kind || out.failed != (c.kind != "") {
				t.Errorf("%+v %s", out, out.payload)
			}
		})
	}
}

// A process that asks for work and does not read it blocks nobody.
func TestRuntimeConnDoesNotWaitForAReader(t *testing.T) {
	p := newRuntimePeer(t)
	p.send(askNext)
	ev := p.give(Invocation{RequestID: "1", Payload: make([]byte, 32<<20)})
	<-ev.taken // give has returned
}
