package rawio

import (
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"unsafe"
)

// writer writes to a file or a connection, from any goroutine.
type writer struct {
	usual    io.Writer
	raw      syscall.RawConn
	blocking bool // a write may block

	mu   sync.Mutex
	call func(fd uintptr) // try, made once
	p    []byte           // what to write
	n    int              // how much of it has been written
}

// Writer returns w with writes made directly if they cannot block. It is safe for concurrent use; a
// w that is not a file or a connection is returned unchanged.
func Writer(w io.Writer) io.Writer {
	file, ok := w.(syscall.Conn)
	if !ok {
		return w
	}
	raw, err := file.SyscallConn()
	if err != nil {
		return w // it is closed; the first write will report that
	}
	_, blocking := w.(*os.File)
	r := &writer{usual: w, raw: raw, blocking: blocking}
	r.call = r.try
	return r
}

func (w *writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.p, w.n = p, 0
	err := w.raw.Control(w.call)
	w.p = nil
	if err == nil && w.n == len(p) {
		return w.n, nil
	}
	n, err := w.usual.Write(p[w.n:]) // it waits, and reports errors
	return w.n + n, err
}

// try writes what can be written without blocking.
func (w *writer) try(fd uintptr) {
	if w.blocking && !writable(fd, len(w.p)) {
		return
	}
	if n, _, errno := syscall.RawSyscall(syscall.SYS_WRITE, fd, uintptr(unsafe.Pointer(unsafe.SliceData(w.p))), uintptr(len(w.p))); errno == 0 {
		w.n = int(n)
	}
}

// writable reports whether n bytes can be written to a pipe or the like without blocking. A pipe
// that is not full takes pipeBuffer bytes (pipe(7)).
func writable(fd uintptr, n int) bool {
	const (
		pipeBuffer = 4096
		pollOut    = 4
	)
	if n > pipeBuffer {
		return false
	}
	poll := struct {
		fd             int32
		events, revent int16
	}{int32(fd), pollOut, 0}
	var now syscall.Timespec
	ready, _, errno := syscall.RawSyscall6(syscall.SYS_PPOLL, uintptr(unsafe.Pointer(&poll)), 1, uintptr(unsafe.Pointer(&now)), 0, 0, 0)
	return errno == 0 && ready == 1 && poll.revent == pollOut
}

// conn is a connection that only one goroutine reads.
type conn struct {
	net.Conn
	out   io.Writer
	raw   syscall.RawConn
	call  func(fd uintptr) bool // try, made once
	p     []byte                // where to read to
	n     int
	errno syscall.Errno
}

// Conn returns the connection with reads and writes made directly. One goroutine may read it.
func Conn(usual net.Conn) net.Conn {
	socket, ok := usual.(syscall.Conn)
	if !ok {
		return usual
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return usual
	}
	c := &conn{Conn: usual, out: Writer(usual), raw: raw}
	c.call = c.try
	return c
}

func (c *conn) Write(p []byte) (int, error) { return c.out.Write(p) }

// Read reads what is available; until then the runtime waits.
func (c *conn) Read(p []byte) (int, error) {
	c.p = p
	err := c.raw.Read(c.call)
	c.p = nil
	switch {
	case err != nil:
		return 0, err
	case c.errno != 0:
		return 0, os.NewSyscallError("read", c.errno)
	case c.n == 0 && len(p) > 0:
		return 0, io.EOF
	}
	return c.n, nil
}

// try reads, and reports whether there was anything, even an error.
func (c *conn) try(fd uintptr) bool {
	for {
		n, _, errno := syscall.RawSyscall(syscall.SYS_READ, fd, uintptr(unsafe.Pointer(unsafe.SliceData(c.p))), uintptr(len(c.p)))
		c.n, c.errno = int(n), errno
		if errno != syscall.EINTR {
			return errno != syscall.EAGAIN
		}
	}
}
