package invoke

import (
	"errors"
	"strings"
	"testing"
)

func TestInvocationLimits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		t    Type
		n    int
		want string
	}{
		{RequestResponse, MaxRequestBytes, ""},
		{RequestResponse, MaxRequestBytes + 1, "6291457 byte payload is too large for the RequestResponse invocation type (limit 6291456 bytes)"},
		{Event, MaxEventBytes, ""},
		{Event, MaxEventBytes + 1, "1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)"},
	} {
		in := Invocation{Type: c.t, Payload: []byte(`"` + strings.Repeat("a", c.n-2) + `"`)}
		err := in.check()
		var refused *Error
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s %d: %v", c.t, c.n, err)
		case c.want != "" && (!errors.As(err, &refused) || refused.Message != c.want || refused.Status != 413):
			t.Errorf("%s %d: %v, want %s", c.t, c.n, err, c.want)
		}
	}
}
