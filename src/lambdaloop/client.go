package lambdaloop

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httputil"
	"runtime"
	"strconv"

	"github.com/aws/aws-lambda-go/lambda/messages"

	"example.com/guessing-game/src/rawio"
)

// Bounds of what the Runtime API may send. Lambda's own are 6 MB for an invocation
// and about 4 KB for the largest header.
const (
	maxHeaderLine  = 64 << 10
	maxHeaderLines = 100
	maxPayload     = 16 << 20
	maxXRayCause   = 64 << 10 // a longer cause is left out, as aws-lambda-go does at 1 MB
)

// invocation is a response of the Runtime API to "next". It is valid until the next one is
// requested.
type invocation struct {
	payload                                  []byte
	id, deadline, trace, functionARN, tenant string
	clientContext, identity                  string
}

// client speaks HTTP/1.1 with the Runtime API on one connection, one
// request at a time, in the calling goroutine.
type client struct {
	address string
	conn    net.Conn
	used    bool // conn has carried a request and its response
	in      *bufio.Reader
	out     []byte // the request's header, and its body if that is small
	current invocation
}

// responseHead is the relevant part of the head of an HTTP response.
type responseHead struct {
	status  int
	length  int // of the body, -1 if it is chunked, -2 if there is no length
	closing bool
}

const apiPrefix = "/2018-06-01/runtime/"

// next waits for an invocation.
func (c *client) next() (*invocation, error) {
	head, err := c.roundTrip("GET", "invocation/next", nil, nil, &c.current)
	if err != nil {
		return nil, err
	}
	if head.status != 200 {
		return nil, fmt.Errorf("the Runtime API returned HTTP status %d", head.status)
	}
	return &c.current, nil
}

// respond posts the response to an invocation.
func (c *client) respond(inv *invocation, body []byte) error {
	return c.post("invocation/"+inv.id+"/response", nil, body)
}

// fail posts an error as the response to an invocation.
func (c *client) fail(inv *invocation, failed *messages.InvokeResponse_Error) error {
	body, err := json.Marshal(failed)
	if err != nil {
		return err
	}
	var header []byte
	if cause, err := xrayCause(failed); err == nil && len(cause) <= maxXRayCause {
		header = append(append(append(header, headerXRayCause+": "...), cause...), "\r\n"...)
	}
	return c.post("invocation/"+inv.id+"/error", header, body)
}

// failInit reports to Lambda why the function cannot start.
func (c *client) failInit(failed *messages.InvokeResponse_Error) error {
	body, err := json.Marshal(failed)
	if err != nil {
		return err
	}
	header := "Lambda-Runtime-Function-Error-Type: " + failed.Type + "\r\n"
	return c.post("init/error", []byte(header), body)
}

func (c *client) post(path string, header, body []byte) error {
	if body == nil {
		body = []byte{} // a body of length 0, not a missing one
	}
	head, err := c.roundTrip("POST", path, header, body, nil)
	if err != nil {
		return fmt.Errorf("posting to the Runtime API: %w", err)
	}
	if head.status != 202 {
		return fmt.Errorf("the Runtime API returned HTTP status %[2]d to %[1]s", path, head.status)
	}
	return nil
}

// roundTrip sends a request and reads the response, into inv if it is not nil. A connection that
// has worked before and is closed instead of a response was closed while it was idle: the request
// is sent again on a new one.
func (c *client) roundTrip(method, path string, header, body []byte, inv *invocation) (responseHead, error) {
	for {
		stale := c.used
		head, err := c.try(method, path, header, body, inv)
		if err == nil {
			c.used = true
			if head.closing {
				c.close()
			}
			return head, nil
		}
		c.close()
		if !stale || !errors.Is(err, errNoResponse) {
			return responseHead{}, err
		}
	}
}

// errNoResponse says that no byte of a response arrived.
var errNoResponse = errors.New("the Runtime API closed the connection")

// maxSmallBody is the size up to which a body is copied behind its header and written at once.
const maxSmallBody = 16 << 10

func (c *client) try(method, path string, header, body []byte, inv *invocation) (responseHead, error) {
	if c.conn == nil {
		conn, err := net.Dial("tcp", c.address)
		if err != nil {
			return responseHead{}, err
		}
		c.conn = rawio.Conn(conn)
		if c.in == nil {
			c.in = bufio.NewReaderSize(c.conn, 4<<10)
		} else {
			c.in.Reset(c.conn)
		}
	}
	b := append(c.out[:0], method...)
	b = append(append(b, " "+apiPrefix...), path...)
	b = append(append(b, " HTTP/1.1\r\nHost: "...), c.address...)
	b = append(b, "\r\nUser-Agent: aws-lambda-go/"...)
	b = append(append(b, runtime.Version()...), "\r\n"...)
	b = append(b, header...)
	if body != nil {
		b = append(b, "Content-Type: application/json\r\nContent-Length: "...)
		b = append(strconv.AppendInt(b, int64(len(body)), 10), "\r\n"...)
	}
	b = append(b, "\r\n"...)
	small := len(body) <= maxSmallBody
	if small {
		b = append(b, body...)
	}
	c.out = b
	_, err := c.conn.Write(b)
	if err == nil && !small {
		_, err = c.conn.Write(body)
	}
	// An API that refuses a request may respond and close the connection before it has read all
	// of it, so there may be a response despite the error.
	if _, noResponse := c.in.Peek(1); noResponse != nil {
		if err == nil {
			err = noResponse
		}
		return responseHead{}, fmt.Errorf("%w: %w", errNoResponse, err)
	}
	return c.read(inv)
}

func (c *client) close() {
	if c.conn != nil {
		c.conn.Close()
		c.conn, c.used = nil, false
	}
}

// read reads a response, into inv if it is not nil.
func (c *client) read(inv *invocation) (head responseHead, err error) {
	line, err := c.line()
	if err != nil {
		return head, err
	}
	// "HTTP/1.1 200 OK"
	if !bytes.HasPrefix(line, []byte("HTTP/1.1 ")) || len(line) < 12 {
		return head, fmt.Errorf("the Runtime API sent %.40q, which is not HTTP/1.1", line)
	}
	if head.status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return head, fmt.Errorf("the Runtime API sent %.40q, which is not HTTP/1.1", line)
	}
	if inv != nil {
		*inv = invocation{payload: inv.payload[:0]}
	}
	head.length = -2 // no length so far
	chunked := false
	for n := 0; ; n++ {
		if n > maxHeaderLines {
			return head, errors.New("the Runtime API's response has too many headers")
		}
		if line, err = c.line(); err != nil {
			return head, err
		}
		if len(line) == 0 {
			break
		}
		name, value, found := bytes.Cut(line, []byte(":"))
		if !found {
			return head, fmt.Errorf("the Runtime API's response has the header %.40q", line)
		}
		value = bytes.TrimSpace(value)
		switch {
		case is(name, "Content-Length"):
			if head.length, err = strconv.Atoi(string(value)); err != nil || head.length < 0 {
				return head, fmt.Errorf("the Runtime API's response has the Content-Length %.40q", value)
			}
		case is(name, "Transfer-Encoding"):
			if !is(value, "chunked") {
				return head, fmt.Errorf("the Runtime API's response has the Transfer-Encoding %.40q", value)
			}
			chunked = true
		case is(name, "Connection"):
			head.closing = is(value, "close")
		case inv != nil:
			inv.setHeader(name, value)
		}
	}
	if chunked { // it counts, whatever the Content-Length (RFC 9112 section 6.3)
		head.length = -1
	}
	return head, c.body(head, inv)
}

// is compares a header's name or a token case-insensitively.
func is(b []byte, s string) bool { return len(b) == len(s) && bytes.EqualFold(b, []byte(s)) }

// setHeader stores a header of an invocation.
func (inv *invocation) setHeader(name, value []byte) {
	const prefix = len("Lambda-Runtime-")
	if len(name) < prefix { // most others
		return
	}
	var field *string
	switch {
	case is(name, headerRequestID):
		field = &inv.id
	case is(name, headerDeadline):
		field = &inv.deadline
	case is(name, headerTrace):
		field = &inv.trace
	case is(name, headerFunctionARN):
		field = &inv.functionARN
	case is(name, headerClientContext):
		field = &inv.clientContext
	case is(name, headerIdentity):
		field = &inv.identity
	case is(name, headerTenant):
		field = &inv.tenant
	default:
		return
	}
	*field = string(value)
}

// line reads a line without its end. It is valid until the next read.
func (c *client) line() ([]byte, error) {
	line, err := c.in.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) { // perhaps a client context
		long := append([]byte(nil), line...)
		for errors.Is(err, bufio.ErrBufferFull) {
			if len(long) > maxHeaderLine {
				return nil, fmt.Errorf("the Runtime API's response has a header of more than %d bytes", maxHeaderLine)
			}
			line, err = c.in.ReadSlice('\n')
			long = append(long, line...)
		}
		line = long
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return bytes.TrimRight(line, "\r\n"), err
}

// body reads the body of a response, into inv if it is not nil.
func (c *client) body(head responseHead, inv *invocation) error {
	switch {
	case head.length == -2:
		if head.closing {
			return errors.New("the Runtime API's response has no length")
		}
		return nil
	case head.length > maxPayload:
		return fmt.Errorf("the Runtime API's response has %d bytes; at most %d are read", head.length, maxPayload)
	case head.length >= 0 && inv == nil:
		_, err := c.in.Discard(head.length)
		return err
	case head.length >= 0:
		if cap(inv.payload) < head.length {
			inv.payload = make([]byte, head.length)
		}
		inv.payload = inv.payload[:head.length]
		_, err := io.ReadFull(c.in, inv.payload)
		return err
	}
	body := bytes.Buffer{}
	if inv != nil {
		body = *bytes.NewBuffer(inv.payload[:0])
	}
	n, err := body.ReadFrom(io.LimitReader(httputil.NewChunkedReader(c.in), maxPayload+1))
	if err != nil {
		return err
	}
	if n > maxPayload {
		return fmt.Errorf("the Runtime API's response has more than %d bytes", maxPayload)
	}
	if inv != nil {
		inv.payload = body.Bytes()
	}
	for { // trailers, up to an empty line
		line, err := c.line()
		if err != nil || len(line) == 0 {
			return err
		}
	}
}
