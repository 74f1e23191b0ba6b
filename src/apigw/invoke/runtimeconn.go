package invoke

import (
	"bufio"
	"errors"
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"example.com/guessing-game/src/apigw/door"
)

const (
	// maxHeadBytes bounds a request's line and headers. The largest header is an error's cause for
	// X-Ray, which aws-lambda-go bounds to 1 MB.
	maxHeadBytes = 2 << 20
	// maxDirectWrite is how much the goroutine of an invocation writes itself: no more than an
	// empty socket's buffer is sure to hold. A process that does not read must not keep an
	// invocation from timing out, so it waits for directTime at most if the buffer is not empty.
	maxDirectWrite = 16 << 10
	directTime     = 20 * time.Millisecond
)

// runtimeConn is a connection of the process to the Runtime API. One goroutine reads its requests
// and responds to them, except to the request for work: that one stays open until an invocation
// arrives, which writes its event to the connection itself. net/http would wake one more goroutine
// in each direction, and watch the connection with a third; it took 40 % of the gateway's CPU time
// for a warm invocation.
type runtimeConn struct {
	env   *environment
	conn  net.Conn
	limit io.LimitedReader // of the request's head
	in    *bufio.Reader

	writing sync.Mutex // held while a response is written, so that responses come in the order of the requests
	out     []byte

	// Guarded by env.mu.
	asked bool          // for work, which it has not got yet
	given chan struct{} // if not nil, closed when it gets work
}

// reply is the response to a request.
type reply struct {
	status            int
	contentType, body string
}

func jsonReply(status int, body string) reply { return reply{status, "application/json", body} }

func plainReply(status int, body string) reply {
	return reply{status, "text/plain; charset=utf-8", body}
}

// accept serves the connections of the process, until the listener closes.
func (e *environment) accept(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		c := &runtimeConn{env: e, conn: conn, limit: io.LimitedReader{R: conn}}
		c.in = bufio.NewReader(&c.limit)
		if e.add(c) {
			go c.serve()
		}
	}
}

// add adds a connection, or closes it if the environment has ended.
func (e *environment) add(c *runtimeConn) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.conns == nil {
		c.conn.Close()
		return false
	}
	e.conns[c] = true
	e.serving.Add(1)
	return true
}

// disconnect waits for every connection to end, so that what the process sent before it ended is
// still read. A connection that outlives the process is closed after lingerTime.
func (e *environment) disconnect() {
	e.mu.Lock()
	deadline := time.Now().Add(lingerTime)
	for c := range e.conns {
		c.conn.SetDeadline(deadline)
		c.give()
	}
	e.conns, e.asking = nil, nil
	e.mu.Unlock()
	e.serving.Wait()
}

// give marks the request for work as answered, or as never to be answered. The caller holds env.mu.
func (c *runtimeConn) give() {
	c.asked = false
	if c.given != nil {
		close(c.given)
		c.given = nil
	}
}

func (c *runtimeConn) serve() {
	if err := checkPeer(c.conn, os.Geteuid()); err != nil {
		c.write(jsonReply(http.StatusForbidden, string(door.Message(err))), true)
	} else {
		for c.next() {
		}
	}
	c.conn.Close()
	e := c.env
	e.mu.Lock()
	e.leave(c)
	e.mu.Unlock()
	e.serving.Done()
}

// next reads a request and responds to it. It returns false if no other request can follow.
func (c *runtimeConn) next() bool {
	c.limit.N = maxHeadBytes
	r, err := http.ReadRequest(c.in)
	if err != nil {
		var broken net.Error
		if ended := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &broken); !ended || c.limit.N <= 0 {
			c.write(plainReply(http.StatusBadRequest, "400 Bad Request"), true)
		}
		return false
	}
	c.limit.N = math.MaxInt64
	c.awaitTurn()
	if r.ContentLength != 0 && strings.EqualFold(r.Header.Get("Expect"), "100-continue") {
		r.Body = &continuedBody{ReadCloser: r.Body, conn: c}
	}
	last := r.Close || !r.ProtoAtLeast(1, 1)
	if err := (door.Door{Names: c.env.host.names}).Check(r); err != nil {
		c.write(jsonReply(http.StatusForbidden, string(door.Message(err))), true)
		return false
	}
	answer, open := c.env.handle(c, r)
	if open && last {
		c.awaitTurn()
		c.writing.Lock() // until the event is written
		defer c.writing.Unlock()
		return false
	}
	if open {
		return true
	}
	// A client that waits to send its body and has not been asked for it may do either.
	if body, ok := r.Body.(*continuedBody); ok && !body.continued {
		c.write(answer, true)
		return false
	}
	if !c.write(answer, last) {
		return false
	}
	n, err := io.CopyN(io.Discard, r.Body, maxDrainBytes+1)
	return n <= maxDrainBytes && errors.Is(err, io.EOF)
}

// awaitTurn waits while a request for work is open on the connection, since responses come in the
// order of requests.
func (c *runtimeConn) awaitTurn() {
	e := c.env
	e.mu.Lock()
	if !c.asked {
		e.mu.Unlock()
		return
	}
	given := make(chan struct{})
	c.given = given
	e.mu.Unlock()
	<-given
}

// continuedBody requests the body when it is first read:
// https://www.rfc-editor.org/rfc/rfc9110#name-expect
type continuedBody struct {
	io.ReadCloser
	conn      *runtimeConn
	continued bool
}

func (b *continuedBody) Read(p []byte) (int, error) {
	if !b.continued {
		b.continued = true
		b.conn.writing.Lock()
		_, err := io.WriteString(b.conn.conn, "HTTP/1.1 100 Continue\r\n\r\n")
		b.conn.writing.Unlock()
		if err != nil {
			return 0, err
		}
	}
	return b.ReadCloser.Read(p)
}

// write sends a response and reports whether another can follow.
func (c *runtimeConn) write(a reply, last bool) bool {
	c.writing.Lock()
	defer c.writing.Unlock()
	b := append(c.out[:0], "HTTP/1.1 "...)
	b = append(strconv.AppendInt(b, int64(a.status), 10), ' ')
	b = append(append(b, http.StatusText(a.status)...), "\r\nContent-Type: "...)
	b = append(append(b, a.contentType...), "\r\nContent-Length: "...)
	b = strconv.AppendInt(b, int64(len(a.body)), 10)
	if last {
		b = append(b, "\r\nConnection: close"...)
	}
	b = append(append(b, "\r\n\r\n"...), a.body...)
	c.out = b
	_, err := c.conn.Write(b)
	return err == nil && !last
}

// deliver sends an event as the response to the request for work. The process's next step shows
// whether it has read the event.
func (c *runtimeConn) deliver(ev *event, deadline time.Time) {
	b := append(c.out[:0], "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "...)
	b = strconv.AppendInt(b, int64(len(ev.in.Payload)), 10)
	b = appendHeader(b, "Lambda-Runtime-Aws-Request-Id", ev.in.RequestID)
	b = append(b, "\r\nLambda-Runtime-Deadline-Ms: "...)
	b = strconv.AppendInt(b, deadline.UnixMilli(), 10)
	b = appendHeader(b, "Lambda-Runtime-Invoked-Function-Arn", ev.arn)
	b = appendHeader(b, "Lambda-Runtime-Trace-Id", ev.trace.String())
	if ev.in.TenantID != "" {
		b = appendHeader(b, "Lambda-Runtime-Aws-Tenant-Id", ev.in.TenantID)
	}
	if ev.in.ClientContext != "" {
		b = appendHeader(b, "Lambda-Runtime-Client-Context", ev.in.ClientContext)
	}
	if ev.in.CognitoIdentity != "" {
		b = appendHeader(b, "Lambda-Runtime-Cognito-Identity", ev.in.CognitoIdentity)
	}
	b = append(b, "\r\n\r\n"...)
	if len(ev.in.Payload) <= maxDirectWrite {
		b = append(b, ev.in.Payload...)
		c.out = b
		c.until(time.Now().Add(directTime))
		n, err := c.conn.Write(b)
		c.until(time.Time{})
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			c.writing.Unlock()
			return
		}
		b = b[n:]
		go func() {
			defer c.writing.Unlock()
			c.conn.Write(b)
		}()
		return
	}
	c.out = b
	go func() {
		defer c.writing.Unlock()
		if _, err := c.conn.Write(b); err == nil {
			c.conn.Write(ev.in.Payload)
		}
	}()
}

// until sets the time by which the connection must take what is written, unless the environment has
// ended, which sets its own.
func (c *runtimeConn) until(deadline time.Time) {
	c.env.mu.Lock()
	defer c.env.mu.Unlock()
	if c.env.conns != nil {
		c.conn.SetWriteDeadline(deadline)
	}
}

// appendHeader adds a header, whose value cannot end its line whatever a caller sends: a line break
// in it becomes a space.
func appendHeader(b []byte, name, value string) []byte {
	b = append(append(append(b, "\r\n"...), name...), ": "...)
	from := len(b)
	b = append(b, value...)
	for i := from; i < len(b); i++ {
		if b[i] == '\r' || b[i] == '\n' {
			b[i] = ' '
		}
	}
	return b
}
