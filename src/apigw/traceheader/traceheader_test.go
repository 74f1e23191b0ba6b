package traceheader

import (
	"bytes"
	"testing"
	"time"
)

func TestHeader(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		want Header
		out  string
	}{
		{"Root=1-a;Parent=b;Sampled=1", Header{Root: "1-a", Parent: "b", Sampled: "1"}, "Root=1-a;Parent=b;Sampled=1"},
		{"sampled=?; ROOT=1-a ;Lineage=c:1;Self=1-d;x=y", Header{Root: "1-a", Sampled: "?", Rest: ";Lineage=c:1;x=y"}, "Root=1-a;Sampled=?;Lineage=c:1;x=y"},
		{"Root;=1;Parent=;;", Header{}, "Root="},
	} {
		if got := Parse(c.text); got != c.want || got.String() != c.out {
			t.Errorf("%q: %+v, %s; want %+v, %s", c.text, got, got, c.want, c.out)
		}
	}
}

func TestIDs(t *testing.T) {
	t.Parallel()
	random := bytes.NewReader([]byte("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13"))
	if got, want := NewTraceID(time.Unix(0x5759e988, 0), random), "1-5759e988-000102030405060708090a0b"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got, want := NewSegmentID(random), "0c0d0e0f10111213"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
