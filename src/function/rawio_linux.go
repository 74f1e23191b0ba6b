package main

import (
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"unsafe"
)

// Go's scheduler is told of every system call, because it may block. If all has
// been idle, as it is while the function waits for an event, that wakes the
// thread that watches over blocked calls (runtime.sysmon), for nothing: the
// calls of an event take microseconds. It costs a fifth of a warm event's CPU
// time (docs/latency.md). So the calls below are made without telling, and only
// where they cannot block; whatever has to wait goes the usual way.

// rawWriter writes to a file or a connection, from any goroutine.
type rawWriter struct {
	usual    io.Writer
	raw      syscall.RawConn
	blocking bool // a write may block

	mu   sync.Mutex
	call func(fd uintptr) // try, made once
	p    []byte           // what to write
	n    int              // how much of it has been written
}

func newRawWriter(w io.Writer) io.Writer {
	file, ok := w.(syscall.Conn)
	if !ok {
		return w
	}
	raw, err := file.SyscallConn()
	if err != nil {
		return w // it is closed; the first write will say so
	}
	_, blocking := w.(*os.File)
	r := &rawWriter{usual: w, raw: raw, blocking: blocking}
	r.call = r.try
	return r
}

func (w *rawWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.p, w.n = p, 0
	err := w.raw.Control(w.call)
	w.p = nil
	if err == nil && w.n == len(p) {
		return w.n, nil
	}
	n, err := w.usual.Write(p[w.n:]) // it waits, and tells what is wrong
	return w.n + n, err
}

// try writes what can be written without blocking.
func (w *rawWriter) try(fd uintptr) {
	if w.blocking && !writable(fd, len(w.p)) {
		return
	}
	if n, _, errno := syscall.RawSyscall(syscall.SYS_WRITE, fd, uintptr(unsafe.Pointer(unsafe.SliceData(w.p))), uintptr(len(w.p))); errno == 0 {
		w.n = int(n)
	}
}

// writable says whether n bytes can be written to a pipe, or whatever it is,
// without blocking. A pipe that is not full takes pipeBuffer bytes (pipe(7)).
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

// rawConn is a connection that is read by one goroutine.
type rawConn struct {
	net.Conn
	out   io.Writer
	raw   syscall.RawConn
	call  func(fd uintptr) bool // try, made once
	p     []byte                // where to read to
	n     int
	errno syscall.Errno
}

func newRawConn(conn net.Conn) net.Conn {
	socket, ok := conn.(syscall.Conn)
	if !ok {
		return conn
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return conn
	}
	c := &rawConn{Conn: conn, out: newRawWriter(conn), raw: raw}
	c.call = c.try
	return c
}

func (c *rawConn) Write(p []byte) (int, error) { return c.out.Write(p) }

// Read reads what there is; until there is something the runtime waits.
func (c *rawConn) Read(p []byte) (int, error) {
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

// try reads, and says whether there was something, be it an error.
func (c *rawConn) try(fd uintptr) bool {
	for {
		n, _, errno := syscall.RawSyscall(syscall.SYS_READ, fd, uintptr(unsafe.Pointer(unsafe.SliceData(c.p))), uintptr(len(c.p)))
		c.n, c.errno = int(n), errno
		if errno != syscall.EINTR {
			return errno != syscall.EAGAIN
		}
	}
}
