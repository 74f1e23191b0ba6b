package headernames_test

import (
	"io"
	"net"
	"net/http"
	"testing"

	"example.com/guessing-game/src/apigw/gateway/headernames"
)

// BenchmarkServer measures a request over a persistent connection, with names preserved or not.
func BenchmarkServer(b *testing.B) {
	for name, keep := range map[string]bool{"without": false, "with": true} {
		b.Run(name, func(b *testing.B) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				b.Fatal(err)
			}
			s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if names := headernames.Of(r); keep != (names.Written("X-Key", 0) == "x-key") {
					b.Errorf("the names are %q", names)
				}
			})}
			addr := l.Addr().String()
			if keep {
				l = headernames.Keep(s, l)
			}
			go s.Serve(l)
			defer s.Close()
			c, err := net.Dial("tcp", addr)
			if err != nil {
				b.Fatal(err)
			}
			defer c.Close()
			request := []byte("POST /prod/games HTTP/1.1\r\nHost: localhost\r\naccept: */*\r\ncontent-type: application/json\r\nuser-agent: node\r\nx-key: 1\r\nContent-Length: 11\r\n\r\n{\"guess\":5}")
			answer := make([]byte, 4096)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Write(request); err != nil {
					b.Fatal(err)
				}
				if n, err := c.Read(answer); err != nil && err != io.EOF || n == 0 {
					b.Fatal(n, err)
				}
			}
		})
	}
}
