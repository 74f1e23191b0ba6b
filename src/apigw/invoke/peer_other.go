//go:build !linux

package invoke

import "net"

// checkPeer would refuse connections of other users, whom only Linux names.
func checkPeer(net.Conn, int) error { return nil }
