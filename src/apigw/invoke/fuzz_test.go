package invoke

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// FuzzRuntimeConnection sends the Runtime API bytes instead of requests: the connection ends when
// they do, and an event that has been taken has at most one outcome.
func FuzzRuntimeConnection(f *testing.F) {
	for _, text := range []string{
		askNext + post("id", "{}"), askNext + askNext + post("id", "1") + post("id", "2"), post("id", "1", "Connection: close"), "GET / HTTP/1.0\r\n\r\n",
		askNext + "POST /2018-06-01/runtime/invocation/id/response HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\nTrailer: Lambda-Runtime-Function-Error-Type\r\n\r\n1;x=y\r\n1\r\n0\r\nLambda-Runtime-Function-Error-Type: E\r\n\r\n",
		askNext + "POST /2018-06-01/runtime/invocation/id/error HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"POST /2018-06-01/runtime/init/error HTTP/1.1\r\nHost: 127.0.0.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n{}", "\x00\r\n\r\n", "GET",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p := newRuntimePeer(t)
		stream := &lent{to: io.Discard}
		ev := p.give(Invocation{RequestID: "id", Payload: []byte("{}"), Stream: stream})
		p.conn.SetDeadline(time.Now().Add(20 * time.Second))
		go func() {
			io.Copy(p.conn, strings.NewReader(text)) // the other side may have closed it
			p.conn.(*net.TCPConn).CloseWrite()
		}()
		if _, err := io.Copy(io.Discard, p.in); err != nil && strings.Contains(err.Error(), "timeout") {
			t.Fatalf("%q: the connection stays open", text)
		}
		select {
		case <-ev.answered:
			select {
			case <-ev.taken:
			default:
				t.Errorf("%q: an event that has not been taken has an outcome", text)
			}
		default:
		}
	})
}
