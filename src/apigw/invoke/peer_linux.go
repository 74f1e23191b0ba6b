package invoke

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"

	"golang.org/x/sys/unix"
)

var errForeign = errors.New("the Runtime API of a function is for the user who runs apigw")

// checkPeer refuses a connection that another user of this machine has opened: the port is no
// secret, and whoever asks there for work would take it from the function. Connections of the
// superuser and of containers, which are not sockets of this machine, are accepted.
func checkPeer(conn net.Conn, user int) error {
	peer, err := netip.ParseAddrPort(conn.RemoteAddr().String())
	if err != nil {
		return nil // not TCP
	}
	local, err := netip.ParseAddrPort(conn.LocalAddr().String())
	if err != nil {
		return nil
	}
	if uid, err := socketOwner(peer, local); err == nil && uid != user && uid != 0 {
		return fmt.Errorf("%w: this connection is one of user %d", errForeign, uid)
	}
	return nil
}

// socketOwner asks the kernel for the user of a TCP socket, given its own address and that of its
// other end (man 7 sock_diag).
func socketOwner(own, other netip.AddrPort) (uid int, err error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_SOCK_DIAG)
	if err != nil {
		return 0, err
	}
	defer unix.Close(fd)
	const header, ports, request, userAt = 16, 24, 72, 80 // offsets of struct nlmsghdr, inet_diag_req_v2 and inet_diag_msg
	b := make([]byte, 256)
	binary.NativeEndian.PutUint32(b, request)
	binary.NativeEndian.PutUint16(b[4:], unix.SOCK_DIAG_BY_FAMILY)
	binary.NativeEndian.PutUint16(b[6:], unix.NLM_F_REQUEST)
	from, to := own.Addr().Unmap(), other.Addr().Unmap()
	b[header], b[header+1] = unix.AF_INET, unix.IPPROTO_TCP
	if from.Is6() {
		b[header] = unix.AF_INET6
	}
	binary.NativeEndian.PutUint32(b[header+4:], 1<<1) // TCP_ESTABLISHED
	binary.BigEndian.PutUint16(b[ports:], own.Port())
	binary.BigEndian.PutUint16(b[ports+2:], other.Port())
	copy(b[ports+4:], from.AsSlice())
	copy(b[ports+20:], to.AsSlice())
	binary.NativeEndian.PutUint64(b[ports+40:], ^uint64(0)) // INET_DIAG_NOCOOKIE
	if err := unix.Sendto(fd, b[:request], 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return 0, err
	}
	n, _, err := unix.Recvfrom(fd, b, unix.MSG_DONTWAIT) // the kernel has responded before Sendto returns
	switch {
	case err != nil:
		return 0, err
	case n < userAt+4 || binary.NativeEndian.Uint16(b[4:]) != unix.SOCK_DIAG_BY_FAMILY:
		return 0, unix.ENOENT
	}
	return int(binary.NativeEndian.Uint32(b[userAt:])), nil
}
