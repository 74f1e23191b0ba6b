package invoke

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"runtime"
	"syscall"
	"testing"
)

// connected are the two ends of a connection.
func connected(t testing.TB, address string) (client, server net.Conn) {
	t.Helper()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	if client, err = net.Dial("tcp", listener.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if server, err = listener.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		client.Close()
		server.Close()
	})
	return client, server
}

// Other users of this machine cannot take a function's work.
func TestForeignPeers(t *testing.T) {
	t.Parallel()
	_, server := connected(t, "127.0.0.1:0")
	if err := checkPeer(server, os.Geteuid()); err != nil {
		t.Errorf("one's own connection: %v", err)
	}
	if os.Geteuid() != 0 {
		if err := checkPeer(server, os.Geteuid()+1); !errors.Is(err, errForeign) {
			t.Errorf("another's connection: %v", err)
		}
		return
	}
	// The superuser can become another user, for one thread.
	const nobody = 65534
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	syscall.RawSyscall(syscall.SYS_SETFSUID, nobody, 0, 0)
	p := newRuntimePeer(t)
	syscall.RawSyscall(syscall.SYS_SETFSUID, 0, 0, 0)
	p.send("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
	p.want(403, "this connection is one of user 65534")
}

// The owner of a socket is found whatever the IP version of its address, and that of no other
// socket.
func TestSocketOwner(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"127.0.0.1:0", "[::1]:0", "[::ffff:127.0.0.1]:0"} {
		_, server := connected(t, address)
		peer, local := netip.MustParseAddrPort(server.RemoteAddr().String()), netip.MustParseAddrPort(server.LocalAddr().String())
		if uid, err := socketOwner(peer, local); err != nil || uid != os.Geteuid() {
			t.Errorf("%s: %d, %v", address, uid, err)
		}
		if uid, err := socketOwner(netip.AddrPortFrom(peer.Addr(), 1), local); err == nil {
			t.Errorf("%s: no such socket is of user %d", address, uid)
		}
	}
}

func BenchmarkCheckPeer(b *testing.B) {
	_, server := connected(b, "127.0.0.1:0")
	for b.Loop() {
		if err := checkPeer(server, os.Geteuid()); err != nil {
			b.Fatal(err)
		}
	}
}
