package invoke

import (
	"bytes"
	"testing"
	"time"
)

func TestFunctionTrace(t *testing.T) {
	t.Parallel()
	const fresh = "1-5759e988-000102030405060708090a0b"
	for _, c := range []struct{ header, want string }{
		{"Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=0001020304050607;Sampled=1"},
		{"Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=0001020304050607;Sampled=0"},
		{"Sampled=?; Root=1-5759e988-bd862e3fe1be46a994272793 ", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=0001020304050607;Sampled=1"},
		{"", "Root=" + fresh + ";Parent=0c0d0e0f10111213;Sampled=1"},
		{"Root=1-x;Sampled=0", "Root=" + fresh + ";Parent=0c0d0e0f10111213;Sampled=0"},
		{"Root", "Root=" + fresh + ";Parent=0c0d0e0f10111213;Sampled=1"},
	} {
		var random []byte
		for i := range 20 {
			random = append(random, byte(i))
		}
		if got := functionTrace(c.header, time.Unix(0x5759e988, 0), bytes.NewReader(random)).String(); got != c.want {
			t.Errorf("%q: %s, want %s", c.header, got, c.want)
		}
	}
}
