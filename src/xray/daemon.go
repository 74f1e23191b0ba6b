package xray

import (
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"

	"example.com/guessing-game/src/rawio"
)

// daemon is where X-Ray's documents go:
// https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-daemon
type daemon struct {
	address string // host:port

	mu       sync.Mutex
	conn     io.Writer // nil until there is something to send
	datagram []byte    // the last one; its memory is reused
}

// newDaemon returns the daemon that the environment names. The error is for a malformed address.
func newDaemon(getenv func(string) string) (*daemon, error) {
	address, err := daemonAddress(getenv("AWS_XRAY_DAEMON_ADDRESS"))
	if err != nil {
		return nil, err
	}
	return &daemon{address: address}, nil
}

// daemonAddress reads the SDKs' AWS_XRAY_DAEMON_ADDRESS: "host:port", or
// "tcp:host:port udp:host:port" in either order; the default is the daemon's.
func daemonAddress(s string) (string, error) {
	address := ""
	switch fields := strings.Fields(s); len(fields) {
	case 0:
		return "127.0.0.1:2000", nil
	case 1:
		address = fields[0]
	case 2:
		for _, field := range fields {
			if udp, ok := strings.CutPrefix(field, "udp:"); ok {
				address = udp
			}
		}
	}
	host, port, err := net.SplitHostPort(address)
	if n, portErr := strconv.Atoi(port); err != nil || host == "" || portErr != nil || n < 1 || n > 65535 {
		return "", fmt.Errorf(`AWS_XRAY_DAEMON_ADDRESS is %q; it must be like "127.0.0.1:2000" or "tcp:127.0.0.1:2000 udp:127.0.0.1:2000"`, s)
	}
	return address, nil
}

// maxDatagram is what fits into a UDP datagram; X-Ray's own limit, 64 kB, is
// about the same. An event has far less.
const maxDatagram = 65_507

// daemonHeader comes before each document.
const daemonHeader = `{"format": "json", "version": 1}` + "\n"

// send sends the document that a function appends. A missing daemon is not an error.
func (d *daemon) send(document func(b []byte) []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.conn == nil {
		conn, err := net.Dial("udp", d.address)
		if err != nil {
			return
		}
		d.conn = rawio.Writer(conn)
	}
	d.datagram = document(append(d.datagram[:0], daemonHeader...))
	if len(d.datagram) <= maxDatagram {
		d.conn.Write(d.datagram)
	}
}
