package main

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
)

// Bounds of what the Runtime API may send. Lambda's own are 6 MB for an event
// and about 4 KB for the largest header.
const (
	maxHeaderLine  = 64 << 10
	maxHeaderLines = 100
	maxPayload     = 16 << 20
	maxXRayCause   = 64 << 10 // a longer cause is left out, as aws-lambda-go does at 1 MB
)

// event is one answer of the Runtime API to "next". It is valid until the next
// one is asked for.
type event struct {
	payload                                  []byte
	id, deadline, trace, functionARN, tenant string
	clientContext, identity                  string
}

// runtimeClient speaks HTTP/1.1 with the Runtime API on one connection, one
// request at a time, in the calling goroutine.
type runtimeClient struct {
	address string
	conn    net.Conn
	used    bool // conn has carried a request and its answer
	in      *bufio.Reader
	out     []byte // the request's header, and its body if that is small
	event   event
}

// answerHeader is what matters of the head of an HTTP answer.
type answerHeader struct {
	status  int
	length  int // of the body, -1 if it is chunked, -2 if it is not said
	closing bool
}

const apiPrefix = "/2018-06-01/runtime/"

// next waits for an event.
func (c *runtimeClient) next() (*event, error) {
	head, err := c.roundTrip("GET", "invocation/next", nil, nil, &c.event)
	if err != nil {
		return nil, err
	}
	if head.status != 200 {
		return nil, fmt.Errorf("the Runtime API answered with HTTP status %d", head.status)
	}
	return &c.event, nil
}

// answer posts the answer to an event.
func (c *runtimeClient) answer(e *event, body []byte) error {
	return c.post("invocation/"+e.id+"/response", nil, body)
}

// fail posts an error as the answer to an event.
func (c *runtimeClient) fail(e *event, failed *messages.InvokeResponse_Error) error {
	body, err := json.Marshal(failed)
	if err != nil {
		return err
	}
	var header []byte
	if cause, err := xrayCause(failed); err == nil && len(cause) <= maxXRayCause {
		header = append(append(append(header, headerXRayCause+": "...), cause...), "\r\n"...)
	}
	return c.post("invocation/"+e.id+"/error", header, body)
}

// failInit tells Lambda why the function cannot start.
func (c *runtimeClient) failInit(failed *messages.InvokeResponse_Error) error {
	body, err := json.Marshal(failed)
	if err != nil {
		return err
	}
	header := "Lambda-Runtime-Function-Error-Type: " + failed.Type + "\r\n"
	return c.post("init/error", []byte(header), body)
}

func (c *runtimeClient) post(path string, header, body []byte) error {
	if body == nil {
		body = []byte{} // a body of length 0, not none
	}
	head, err := c.roundTrip("POST", path, header, body, nil)
	if err != nil {
		return fmt.Errorf("posting to the Runtime API: %w", err)
	}
	if head.status != 202 {
		return fmt.Errorf("the Runtime API answered %s with HTTP status %d", path, head.status)
	}
	return nil
}

// roundTrip sends a request and reads the answer, into e if it is not nil. A
// connection that was good before and is closed instead of an answer was closed
// while it was idle: the request is sent again on a new one.
func (c *runtimeClient) roundTrip(method, path string, header, body []byte, e *event) (answerHeader, error) {
	for {
		stale := c.used
		head, err := c.try(method, path, header, body, e)
		if err == nil {
			c.used = true
			if head.closing {
				c.close()
			}
			return head, nil
		}
		c.close()
		if !stale || !errors.Is(err, errNoAnswer) {
			return answerHeader{}, err
		}
	}
}

// errNoAnswer says that not a byte of an answer came.
var errNoAnswer = errors.New("the Runtime API closed the connection")

// maxSmallBody is how large a body may be to be copied behind its header and
// written at once.
const maxSmallBody = 16 << 10

func (c *runtimeClient) try(method, path string, header, body []byte, e *event) (answerHeader, error) {
	if c.conn == nil {
		conn, err := net.Dial("tcp", c.address)
		if err != nil {
			return answerHeader{}, err
		}
		c.conn = newRawConn(conn)
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
	// An API that refuses a request may answer before it has read all of it
	// and close the connection, so there may be an answer despite the error.
	if _, noAnswer := c.in.Peek(1); noAnswer != nil {
		if err == nil {
			err = noAnswer
		}
		return answerHeader{}, fmt.Errorf("%w: %w", errNoAnswer, err)
	}
	return c.read(e)
}

func (c *runtimeClient) close() {
	if c.conn != nil {
		c.conn.Close()
		c.conn, c.used = nil, false
	}
}

// read reads an answer, into e if it is not nil.
func (c *runtimeClient) read(e *event) (head answerHeader, err error) {
	line, err := c.line()
	if err != nil {
		return head, err
	}
	// "HTTP/1.1 200 OK"
	if !bytes.HasPrefix(line, []byte("HTTP/1.1 ")) || len(line) < 12 {
		return head, fmt.Errorf("the Runtime API answered %.40q, which is not HTTP/1.1", line)
	}
	if head.status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return head, fmt.Errorf("the Runtime API answered %.40q, which is not HTTP/1.1", line)
	}
	if e != nil {
		*e = event{payload: e.payload[:0]}
	}
	head.length = -2 // not said
	chunked := false
	for n := 0; ; n++ {
		if n > maxHeaderLines {
			return head, errors.New("the Runtime API's answer has too many headers")
		}
		if line, err = c.line(); err != nil {
			return head, err
		}
		if len(line) == 0 {
			break
		}
		name, value, found := bytes.Cut(line, []byte(":"))
		if !found {
			return head, fmt.Errorf("the Runtime API's answer has the header %.40q", line)
		}
		value = bytes.TrimSpace(value)
		switch {
		case is(name, "Content-Length"):
			if head.length, err = strconv.Atoi(string(value)); err != nil || head.length < 0 {
				return head, fmt.Errorf("the Runtime API's answer has the Content-Length %.40q", value)
			}
		case is(name, "Transfer-Encoding"):
			if !is(value, "chunked") {
				return head, fmt.Errorf("the Runtime API's answer has the Transfer-Encoding %.40q", value)
			}
			chunked = true
		case is(name, "Connection"):
			head.closing = is(value, "close")
		case e != nil:
			e.setHeader(name, value)
		}
	}
	if chunked { // it counts, whatever length is said beside it (RFC 9112 section 6.3)
		head.length = -1
	}
	return head, c.body(head, e)
}

// is compares a header's name or a token without regard to case.
func is(b []byte, s string) bool { return len(b) == len(s) && bytes.EqualFold(b, []byte(s)) }

// setHeader keeps a header of an event.
func (e *event) setHeader(name, value []byte) {
	const prefix = len("Lambda-Runtime-")
	if len(name) < prefix { // most others
		return
	}
	var field *string
	switch {
	case is(name, headerRequestID):
		field = &e.id
	case is(name, headerDeadline):
		field = &e.deadline
	case is(name, headerTrace):
		field = &e.trace
	case is(name, headerFunctionARN):
		field = &e.functionARN
	case is(name, headerClientContext):
		field = &e.clientContext
	case is(name, headerIdentity):
		field = &e.identity
	case is(name, headerTenant):
		field = &e.tenant
	default:
		return
	}
	*field = string(value)
}

// line reads a line without its end. It is valid until the next read.
func (c *runtimeClient) line() ([]byte, error) {
	line, err := c.in.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) { // a client context, perhaps
		long := append([]byte(nil), line...)
		for errors.Is(err, bufio.ErrBufferFull) {
			if len(long) > maxHeaderLine {
				return nil, fmt.Errorf("the Runtime API's answer has a header of more than %d bytes", maxHeaderLine)
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

// body reads the body of an answer, into e if it is not nil.
func (c *runtimeClient) body(head answerHeader, e *event) error {
	switch {
	case head.length == -2:
		if head.closing {
			return errors.New("the Runtime API's answer does not say how long it is")
		}
		return nil
	case head.length > maxPayload:
		return fmt.Errorf("the Runtime API's answer has %d bytes; at most %d are read", head.length, maxPayload)
	case head.length >= 0 && e == nil:
		_, err := c.in.Discard(head.length)
		return err
	case head.length >= 0:
		if cap(e.payload) < head.length {
			e.payload = make([]byte, head.length)
		}
		e.payload = e.payload[:head.length]
		_, err := io.ReadFull(c.in, e.payload)
		return err
	}
	body := bytes.Buffer{}
	if e != nil {
		body = *bytes.NewBuffer(e.payload[:0])
	}
	n, err := body.ReadFrom(io.LimitReader(httputil.NewChunkedReader(c.in), maxPayload+1))
	if err != nil {
		return err
	}
	if n > maxPayload {
		return fmt.Errorf("the Runtime API's answer has more than %d bytes", maxPayload)
	}
	if e != nil {
		e.payload = body.Bytes()
	}
	for { // trailers, up to an empty line
		line, err := c.line()
		if err != nil || len(line) == 0 {
			return err
		}
	}
}
