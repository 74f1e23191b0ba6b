package upstream_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"example.com/guessing-game/src/apigw/gateway"
	"example.com/guessing-game/src/apigw/upstream"
)

// Header names are those of the response to this very request, however it arrives: in pieces,
// after an interim response, after another response on its connection, with malformed line ends.
func TestNamesOfResponses(t *testing.T) {
	t.Parallel()
	replies := []string{
		"HTTP/1.1 200 OK\r\nx-ONE: 1\r\nSet-cookie: a\r\nset-Cookie: b\r\ncontent-LENGTH: 7\r\n\r\nx-b: \r\n",
		"HTTP/1.1 103 Early Hints\r\nX-one: hint\r\n\r\nHTTP/1.1 200 OK\r\nX-oNE: 2\r\nContent-Length: 2\r\n\r\nok",
		"HTTP/1.1 204 No Content\nx-One: 3\n\n",
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		c, err := l.Accept() // one connection carries all of them
		if err != nil {
			return
		}
		defer c.Close()
		r := bufio.NewReader(c)
		for _, reply := range replies {
			if _, err := http.ReadRequest(r); err != nil {
				return
			}
			head := strings.LastIndex(reply, "\n\r\n") + len("\n\r\n")
			for i := range head {
				io.WriteString(c, reply[i:i+1])
			}
			io.WriteString(c, reply[head:])
		}
	}()
	e, err := upstream.ParseEndpoints(nil, func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	sender := upstream.New(e, nil, false)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for i, want := range []string{"x-ONE\nSet-cookie\nset-Cookie\ncontent-LENGTH\n", "X-oNE\nContent-Length\n", "x-One\n"} {
		out, err := sender.Send(ctx, &gateway.UpstreamRequest{Method: "GET", URL: &url.URL{Scheme: "http", Host: l.Addr().String(), Path: "/"}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, out.Body); err != nil {
			t.Fatal(err)
		}
		out.Body.Close()
		if string(out.Names) != want {
			t.Errorf("response %d: names %q, want %q", i+1, out.Names, want)
		}
	}
}
