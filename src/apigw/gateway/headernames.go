package gateway

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
	"sync"
)

// KeepHeaderNames makes the names of request headers reach mappings, templates and functions as the client wrote them, as they do on
// AWS; net/http would otherwise have changed their case. Call it before the server starts, and serve the listener that it answers.
func KeepHeaderNames(srv *http.Server, l net.Listener) net.Listener {
	before := srv.ConnContext
	srv.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		if before != nil {
			ctx = before(ctx, c)
		}
		if c, ok := c.(*namesConn); ok {
			ctx = context.WithValue(ctx, namesKey{}, c)
		}
		return ctx
	}
	return namesListener{l}
}

type namesKey struct{}

type namesListener struct{ net.Listener }

func (l namesListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &namesConn{Conn: c}, nil
}

// headerNames answers the names of a request's headers as written, by canonical name, as far as they differ. It is nil where they are
// unknown.
func headerNames(r *http.Request) map[string]string {
	c, _ := r.Context().Value(namesKey{}).(*namesConn)
	if c == nil {
		return nil
	}
	return c.take(r.Method, r.RequestURI)
}

const (
	maxHead  = 64 << 10 // bytes of a request's head that are looked at
	maxHeads = 64       // requests of a connection whose names are kept; the oldest go first
)

// namesConn watches what is read from a connection and notes the header names of each request.
type namesConn struct {
	net.Conn

	mu    sync.Mutex
	lost  bool // the place in the stream is unknown: no names any more
	heads []head

	line    []byte // of a head or chunk size, as far as it has come
	head    head
	begun   bool // the request line has come
	size    int
	length  int64 // of the body, from Content-Length
	chunked bool
	state   streamState
	skip    int64 // bytes of a body still to come
}

type streamState uint8

const (
	inHead streamState = iota
	inBody
	inChunkSize
	inChunk
	inChunkEnd
	inTrailer
)

type head struct {
	method, target string
	names          map[string]string
}

func (c *namesConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.mu.Lock()
		if !c.lost {
			c.watch(p[:n])
		}
		c.mu.Unlock()
	}
	return n, err
}

// take answers the names of the oldest request with this request line.
func (c *namesConn) take(method, target string) map[string]string {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, h := range c.heads {
		if h.method == method && h.target == target {
			c.heads = append(c.heads[:0], c.heads[i+1:]...)
			return h.names
		}
	}
	return nil
}

func (c *namesConn) watch(p []byte) {
	for len(p) > 0 && !c.lost {
		if c.state == inBody || c.state == inChunk {
			n := min(int64(len(p)), c.skip)
			p = p[n:]
			if c.skip -= n; c.skip == 0 {
				if c.state == inBody {
					c.reset()
				} else {
					c.state = inChunkEnd
				}
			}
			continue
		}
		i := bytes.IndexByte(p, '\n')
		if i < 0 {
			c.line = append(c.line, p...)
			c.lost = len(c.line) > maxHead
			return
		}
		line := p[:i]
		if len(c.line) > 0 {
			c.line = append(c.line, line...)
			line = c.line
		}
		p = p[i+1:]
		if c.size += len(line) + 1; c.size > maxHead && c.state == inHead {
			c.lost = true
			return
		}
		c.readLine(strings.TrimSuffix(string(line), "\r"))
		c.line = c.line[:0]
	}
}

func (c *namesConn) reset() {
	c.state, c.begun, c.size, c.length, c.chunked, c.head = inHead, false, 0, 0, false, head{}
}

func (c *namesConn) readLine(line string) {
	switch c.state {
	case inHead:
		c.headLine(line)
	case inChunkSize:
		size, _, _ := strings.Cut(line, ";")
		n, err := strconv.ParseInt(strings.TrimSpace(size), 16, 63)
		switch {
		case err != nil:
			c.lost = true
		case n == 0:
			c.state = inTrailer
		default:
			c.state, c.skip = inChunk, n
		}
	case inChunkEnd:
		c.state = inChunkSize
	case inTrailer:
		if line == "" {
			c.reset()
		}
	}
}

func (c *namesConn) headLine(line string) {
	switch {
	case !c.begun && line == "": // allowed between requests
	case !c.begun:
		method, rest, ok := strings.Cut(line, " ")
		target, _, ok2 := strings.Cut(rest, " ")
		if !ok || !ok2 {
			c.lost = true
			return
		}
		c.begun = true
		c.head = head{method, target, map[string]string{}}
	case line != "":
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			c.lost = true
			return
		}
		canonical := textproto.CanonicalMIMEHeaderKey(name)
		if canonical != name {
			c.head.names[canonical] = name
		}
		switch canonical {
		case "Content-Length":
			n, err := strconv.ParseInt(strings.TrimSpace(value), 10, 63)
			c.length, c.lost = n, c.lost || err != nil || n < 0
		case "Transfer-Encoding":
			c.chunked = true
		case "Upgrade":
			c.lost = true
		}
	default:
		if len(c.heads) >= maxHeads {
			c.heads = append(c.heads[:0], c.heads[1:]...)
		}
		c.heads = append(c.heads, c.head)
		switch {
		case c.chunked:
			c.state = inChunkSize
		case c.length > 0:
			c.state, c.skip = inBody, c.length
		default:
			c.reset()
		}
	}
}
