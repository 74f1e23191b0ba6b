package invoke

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"os"
	"strconv"
	"testing"
)

// bareFunction is a minimal function: one connection, requests written in one piece, no library.
// The time of an invocation is thus the host's.
func bareFunction() {
	api := os.Getenv("AWS_LAMBDA_RUNTIME_API")
	conn, err := net.Dial("tcp", api)
	if err != nil {
		os.Exit(1)
	}
	r := bufio.NewReader(conn)
	text := textproto.NewReader(r)
	next := []byte("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: " + api + "\r\n\r\n")
	var out bytes.Buffer
	read := func() (id string, body []byte) {
		if _, err := text.ReadLine(); err != nil {
			os.Exit(0)
		}
		header, _ := text.ReadMIMEHeader()
		n, _ := strconv.Atoi(header.Get("Content-Length"))
		body = make([]byte, n)
		io.ReadFull(r, body)
		return header.Get("Lambda-Runtime-Aws-Request-Id"), body
	}
	conn.Write(next)
	for {
		id, body := read()
		out.Reset()
		fmt.Fprintf(&out, "POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n\r\n%s%s", id, api, len(body), body, next)
		conn.Write(out.Bytes())
		read()
	}
}

// BenchmarkWarm is the round trip of a warm invocation: the bare function shows the host's cost,
// the other what aws-lambda-go adds.
func BenchmarkWarm(b *testing.B) {
	for _, mode := range []string{"bare", "ok"} {
		b.Run(mode, func(b *testing.B) {
			h, _ := testHost(b, mode, func(cfg *Config) { cfg.Logs = io.Discard })
			mustInvoke(b, h, `{"kind":"x"}`)
			b.ReportAllocs()
			before := cpuTime()
			for b.Loop() {
				mustInvoke(b, h, `{"kind":"x"}`)
			}
			b.ReportMetric(float64(cpuTime()-before)/float64(b.N), "host-cpu-ns/op")
		})
	}
}

// BenchmarkCold measures an invocation that starts its environment.
func BenchmarkCold(b *testing.B) {
	for _, mode := range []string{"bare", "ok"} {
		b.Run(mode, func(b *testing.B) {
			h, _ := testHost(b, mode, func(cfg *Config) { cfg.Logs = io.Discard })
			for b.Loop() {
				mustInvoke(b, h, `{"kind":"x"}`)
				h.Reload()
			}
		})
	}
}
