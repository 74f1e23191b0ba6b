//go:build !linux

package rawio

import (
	"io"
	"net"
)

// Writer returns w.
func Writer(w io.Writer) io.Writer { return w }

// Conn returns conn.
func Conn(conn net.Conn) net.Conn { return conn }
