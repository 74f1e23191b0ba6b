package rawio

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// blockingPipe is a pipe whose write end blocks, like a function's output.
func blockingPipe(t *testing.T) (r, w *os.File) {
	var fds [2]int
	if err := syscall.Pipe2(fds[:], syscall.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	r, w = os.NewFile(uintptr(fds[0]), "reader"), os.NewFile(uintptr(fds[1]), "writer")
	t.Cleanup(func() { r.Close(); w.Close() })
	return r, w
}

// All of what is written arrives, whether it fits or has to wait for a reader.
func TestRawWriter(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"blocking pipe", "pipe", "file", "socket"} {
		for _, sizes := range [][]int{{1, 4096, 0, 4097, 100}, {1 << 20}, {4000, 4000, 4000, 4000, 4000, 4000, 4000, 4000, 4000, 4000, 4000, 4000, 4000, 4000, 4000, 4000, 4000, 4000}} {
			t.Run(fmt.Sprint(kind, sizes[0]), func(t *testing.T) {
				t.Parallel()
				var r io.Reader
				var w io.WriteCloser
				switch kind {
				case "blocking pipe":
					r, w = blockingPipe(t)
				case "pipe":
					var err error
					if r, w, err = os.Pipe(); err != nil {
						t.Fatal(err)
					}
				case "socket":
					a, b := socketPair(t)
					r, w = a, b
				case "file":
					f, err := os.Create(t.TempDir() + "/f")
					if err != nil {
						t.Fatal(err)
					}
					w = f
				}
				var want []byte
				raw := Writer(w)
				written := make(chan error, 1)
				go func() {
					defer w.Close()
					for i, size := range sizes {
						p := bytes.Repeat([]byte{byte('a' + i)}, size)
						if n, err := raw.Write(p); n != size || err != nil {
							written <- fmt.Errorf("%d of %d bytes: %w", n, size, err)
							return
						}
					}
					written <- nil
				}()
				for i, size := range sizes {
					want = append(want, bytes.Repeat([]byte{byte('a' + i)}, size)...)
				}
				if kind == "file" {
					if err := <-written; err != nil {
						t.Fatal(err)
					}
					f, err := os.Open(w.(*os.File).Name())
					if err != nil {
						t.Fatal(err)
					}
					defer f.Close()
					r = f
				}
				got, err := io.ReadAll(r)
				if !bytes.Equal(got, want) || err != nil {
					t.Errorf("%d bytes arrive, %d were sent: %v", len(got), len(want), err)
				}
				if kind != "file" {
					if err := <-written; err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
}

// socketPair is a TCP connection by its two ends.
func socketPair(t *testing.T) (a, b net.Conn) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if a, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if b, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close(); b.Close() })
	return a, b
}

func TestRawWriterErrors(t *testing.T) {
	t.Parallel()
	r, w := blockingPipe(t)
	raw := Writer(w)
	r.Close()
	if _, err := raw.Write([]byte("x")); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("without a reader: %v", err)
	}
	w.Close()
	if _, err := raw.Write([]byte("x")); !errors.Is(err, os.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
	if _, err := Writer(w).Write([]byte("x")); !errors.Is(err, os.ErrClosed) {
		t.Errorf("closed before: %v", err)
	}
	var b bytes.Buffer
	if io.WriteString(Writer(&b), "x"); b.String() != "x" {
		t.Errorf("a writer that is not a file got %q", b.String())
	}
}

// Lines from several goroutines do not mix, and none is lost when the pipe is full.
func TestRawWriterLines(t *testing.T) {
	t.Parallel()
	r, w := blockingPipe(t)
	raw := Writer(w)
	const goroutines, lines = 4, 500
	var wg sync.WaitGroup
	for g := range goroutines {
		wg.Go(func() {
			line := []byte(strings.Repeat(fmt.Sprint(g), 300) + "\n")
			for range lines {
				raw.Write(line)
			}
		})
	}
	go func() { wg.Wait(); w.Close() }()
	got, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for line := range strings.Lines(string(got)) {
		count[line]++
	}
	for g := range goroutines {
		if n := count[strings.Repeat(fmt.Sprint(g), 300)+"\n"]; n != lines {
			t.Errorf("goroutine %d: %d whole lines of %d", g, n, lines)
		}
	}
}

func TestRawConn(t *testing.T) {
	t.Parallel()
	far, near := socketPair(t)
	conn := Conn(near)
	// It waits for data that has not arrived yet.
	go func() {
		p := make([]byte, 5)
		io.ReadFull(far, p)
		far.Write(bytes.ToUpper(p))
	}()
	io.WriteString(conn, "hello")
	p := make([]byte, 100)
	if n, err := conn.Read(p); string(p[:n]) != "HELLO" || err != nil {
		t.Errorf("%q, %v", p[:n], err)
	}
	if n, err := conn.Read(nil); n != 0 || err != nil {
		t.Errorf("nothing to read to: %d, %v", n, err)
	}
	far.Close()
	if n, err := conn.Read(p); n != 0 || err != io.EOF {
		t.Errorf("at the end: %d, %v", n, err)
	}
	conn.Close()
	if _, err := conn.Read(p); !errors.Is(err, net.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
	far, near = socketPair(t)
	conn = Conn(near)
	far.(*net.TCPConn).SetLinger(0) // closes with a reset
	far.Close()
	if _, err := conn.Read(p); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("after a reset: %v", err)
	}
}
