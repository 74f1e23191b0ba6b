package upstream

import (
	"bytes"
	"context"
	"net"
	"sync"

	"example.com/guessing-game/src/apigw/gateway/headernames"
)

// dialer is how a transport reaches hosts, through connections that note how responses name their
// headers, which net/http does not tell.
type dialer func(ctx context.Context, network, address string) (net.Conn, error)

func noting(dial dialer) dialer {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &replyConn{Conn: c}, nil
	}
}

// replyConn is a connection that records the head of the response to the current request.
type replyConn struct {
	net.Conn

	mu   sync.Mutex
	head []byte // received so far
	over bool   // complete, or too long
}

// begin starts a new request.
func (c *replyConn) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.head, c.over = c.head[:0], false
}

func (c *replyConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	if n > 0 && !c.over {
		c.add(p[:n])
	}
	return n, err
}

func (c *replyConn) add(p []byte) {
	from := max(len(c.head)-len("\n\r"), 0)
	c.head = append(c.head, p...)
	for !c.over {
		end, length := bytes.Index(c.head[from:], []byte("\n\r\n")), len("\n\r\n")
		if i := bytes.Index(c.head[from:], []byte("\n\n")); i >= 0 && (end < 0 || i < end) {
			end, length = i, len("\n\n")
		}
		if end < 0 {
			c.over = len(c.head) > maxHead
			return
		}
		if interim(c.head) {
			c.head, from = append(c.head[:0], c.head[from+end+length:]...), 0
			continue
		}
		c.head, c.over = c.head[:from+end], true
	}
}

// interim reports whether a head belongs to a response that is followed by another.
func interim(head []byte) bool {
	_, status, _ := bytes.Cut(head, []byte{' '})
	return bytes.HasPrefix(status, []byte("1")) && !bytes.HasPrefix(status, []byte("101"))
}

// names returns the header names of the response.
func (c *replyConn) names() headernames.Names {
	c.mu.Lock()
	defer c.mu.Unlock()
	var names []string
	for i, line := range bytes.Split(c.head, []byte{'\n'}) {
		if name, _, ok := bytes.Cut(line, []byte{':'}); i > 0 && ok && line[0] != ' ' && line[0] != '\t' {
			names = append(names, string(name))
		}
	}
	return headernames.Join(names)
}
