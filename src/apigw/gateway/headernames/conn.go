package headernames

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// Keep makes the names of request headers available to Of by watching the server's connections.
// Call it before the server starts, and serve the listener that it returns.
func Keep(srv *http.Server, l net.Listener) net.Listener {
	before := srv.ConnContext
	srv.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		if before != nil {
			ctx = before(ctx, c)
		}
		if c, ok := c.(*conn); ok {
			ctx = context.WithValue(ctx, key{}, c)
		}
		return ctx
	}
	return listener{l}
}

type listener struct{ net.Listener }

func (l listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c}, nil
}

const (
	maxHead  = 64 << 10 // bytes of a request's head that are examined
	maxHeads = 64       // requests of a connection whose names are stored; the oldest are dropped first
)

// conn watches what is read from a connection and records the header names of each request.
type conn struct {
	net.Conn

	mu    sync.Mutex
	lost  bool     // the position in the stream is unknown: names are no longer recorded
	heads []string // of the requests received, oldest first: the request line and the names, one on each line

	line    []byte // of a head or chunk size, as far as received
	head    []byte // as in heads, as far as received
	last    string // the head before, which a client mostly repeats
	size    int
	length  int64 // of the body, from Content-Length
	chunked bool
	state   state
	skip    int64 // bytes of a body still expected
}

type state uint8

const (
	inHead state = iota
	inBody
	inChunkSize
	inChunk
	inChunkEnd
	inTrailer
)

func (c *conn) Read(p []byte) (int, error) {
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

// CloseWrite ends what the server sends; net/http needs it to let a client read its response to the
// end.
func (c *conn) CloseWrite() error {
	if w, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return w.CloseWrite()
	}
	return errors.ErrUnsupported
}

// take removes and returns the names of the oldest request with this request line.
func (c *conn) take(method, target string) Names {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, h := range c.heads {
		line, names, _ := strings.Cut(h, "\n")
		if m, t, ok := strings.Cut(line, " "); ok && m == method && t == target {
			c.heads = append(c.heads[:0], c.heads[i+1:]...)
			return Names(names)
		}
	}
	return ""
}

func (c *conn) watch(p []byte) {
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
		c.readLine(bytes.TrimSuffix(line, []byte{'\r'}))
		c.line = c.line[:0]
	}
}

func (c *conn) reset() {
	c.state, c.head, c.size, c.length, c.chunked = inHead, c.head[:0], 0, 0, false
}

func (c *conn) readLine(line []byte) {
	switch c.state {
	case inHead:
		c.headLine(line)
	case inChunkSize:
		size, _, _ := bytes.Cut(line, []byte{';'})
		n, err := strconv.ParseInt(string(bytes.TrimSpace(size)), 16, 63)
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
		if len(line) == 0 {
			c.reset()
		}
	}
}

func (c *conn) headLine(line []byte) {
	begun := len(c.head) > 0
	switch {
	case !begun && len(line) == 0: // allowed between requests
	case !begun:
		i, j := bytes.IndexByte(line, ' '), bytes.LastIndexByte(line, ' ')
		if i <= 0 || i == j {
			c.lost = true
			return
		}
		c.head = append(append(c.head, line[:j]...), '\n')
	case len(line) > 0 && (line[0] == ' ' || line[0] == '\t'): // the previous header continues
	case len(line) > 0:
		name, value, ok := bytes.Cut(line, []byte{':'})
		if !ok {
			c.lost = true
			return
		}
		c.head = append(append(c.head, name...), '\n')
		c.framing(name, value)
	default:
		if len(c.heads) >= maxHeads {
			c.heads = append(c.heads[:0], c.heads[1:]...)
		}
		if string(c.head) != c.last {
			c.last = string(c.head)
		}
		c.heads = append(c.heads, c.last)
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

// framing records what a header says about where the request ends.
func (c *conn) framing(name, value []byte) {
	is := func(s string) bool { return len(name) == len(s) && strings.EqualFold(string(name), s) }
	switch {
	case is("Content-Length"):
		n, err := strconv.ParseInt(string(bytes.TrimSpace(value)), 10, 63)
		c.length, c.lost = n, c.lost || err != nil || n < 0
	case is("Transfer-Encoding"):
		c.chunked = true
	}
}
