package upstream

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// FuzzQueryJSON translates responses of stand-ins: into JSON, or not at all.
func FuzzQueryJSON(f *testing.F) {
	for _, text := range []string{
		"<PublishResponse><PublishResult><MessageId>m-1</MessageId></PublishResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></PublishResponse>",
		"<ErrorResponse><Error><Code>a&amp;b</Code></Error></ErrorResponse>",
		"<ReceiveMessageResponse><ReceiveMessageResult><Message><Attribute><Name>n</Name><Value>v</Value></Attribute></Message></ReceiveMessageResult><ResponseMetadata/></ReceiveMessageResponse>",
		"<ErrorResponse><member/><member>x</member><entry><key>k</key><value/></entry></ErrorResponse>", "<a></b>", "</a>", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if out, ok := queryJSON(text); ok && !json.Valid(out) {
			t.Errorf("%q: %q", text, out)
		}
	})
}

// bytesConn is a connection from which bytes are read in pieces.
type bytesConn struct {
	net.Conn
	*bytes.Reader
	piece int
}

func (c bytesConn) Read(p []byte) (int, error)      { return c.Reader.Read(p[:min(len(p), c.piece)]) }
func (c bytesConn) Write(p []byte) (int, error)     { return len(p), nil }
func (c bytesConn) SetReadDeadline(time.Time) error { return nil }

// FuzzReplyNames reads responses as net/http does: the names of headers are those that it finds.
func FuzzReplyNames(f *testing.F) {
	for _, text := range []string{
		"HTTP/1.1 200 OK\r\nx-lower: 1\r\nX-AspNet-Version: 2\r\n\r\nbody", "HTTP/1.1 100 Continue\r\nA: 1\r\n\r\nHTTP/1.1 204 x\nb: 2\n\n",
		"HTTP/1.1 200 OK\r\na: 1\r\n b\r\n\tc: d\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n", "\n\n", "HTTP/1.1 103 x\r\n\r\n\r\n\r\n", "x: y",
	} {
		f.Add([]byte(text), uint8(1))
		f.Add([]byte(text), uint8(200))
	}
	f.Fuzz(func(t *testing.T, text []byte, piece uint8) {
		c := &replyConn{Conn: bytesConn{Reader: bytes.NewReader(text), piece: max(1, int(piece))}}
		c.begin()
		in := bufio.NewReader(c)
		var resp *http.Response
		var err error
		for { // the transport skips interim responses
			if resp, err = http.ReadResponse(in, nil); err != nil {
				return
			}
			if resp.StatusCode < 100 || resp.StatusCode > 199 || resp.StatusCode == http.StatusSwitchingProtocols {
				break
			}
		}
		names := c.names()
		for name, values := range resp.Header {
			for i := range values {
				if written := names.Written(name, i); !strings.EqualFold(written, name) {
					t.Errorf("%q: %s is %s", text, name, written)
				}
			}
		}
	})
}
