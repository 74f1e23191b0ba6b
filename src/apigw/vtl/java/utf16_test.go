package java

import (
	"encoding/hex"
	"strings"
	"testing"
)

// decoded has bytes and the result of new String(bytes, UTF_8) in JDK 17 and 25, as UTF-8 again;
// both in hexadecimal.
const decoded = `
	61c3a9e282acf09f9880 61c3a9e282acf09f9880
	c328 efbfbd28
	e28278 efbfbd78
	eda0 efbfbd
	eda080 efbfbd
	f09f9878 efbfbd78
	c0dfededf1 efbfbdefbfbdefbfbdefbfbdefbfbd
	c0dff0 efbfbdefbfbdefbfbd
	c09fc1fc efbfbdefbfbdefbfbdefbfbd
	c1eff8 efbfbdefbfbdefbfbd
	c1f1bf90 efbfbdefbfbd
	c1c1a0fc41 efbfbdefbfbdefbfbdefbfbd41
	e0f0f4f7ff efbfbdefbfbdefbfbdefbfbdefbfbd
	e08fc19f efbfbdefbfbdefbfbdefbfbd
	e0fcf7f8 efbfbdefbfbdefbfbdefbfbd
	ed80f89f efbfbdefbfbdefbfbd
	edf7 efbfbdefbfbd
	ed9f9f ed9f9f
	f08090a0f1 efbfbdefbfbdefbfbdefbfbdefbfbd
	f0f741f441 efbfbdefbfbd41efbfbd41
	f080c2 efbfbdefbfbdefbfbd
	f4bf9090fc efbfbdefbfbdefbfbdefbfbdefbfbd
	f48f efbfbd
	f4c0418fc0 efbfbdefbfbd41efbfbdefbfbd
	f5a0f0ef efbfbdefbfbdefbfbdefbfbd
	f5edf8f041 efbfbdefbfbdefbfbdefbfbd41
	f5f5 efbfbdefbfbd
	f8f4 efbfbdefbfbd
	f8c241 efbfbdefbfbd41
	f8edf0e1 efbfbdefbfbdefbfbdefbfbd
	fff7f5f7 efbfbdefbfbdefbfbdefbfbd
	ffef90fc efbfbdefbfbdefbfbd
	ffc2a0f5 efbfbdc2a0efbfbd
	80e1c2fc efbfbdefbfbdefbfbdefbfbd
	8090dfc1 efbfbdefbfbdefbfbdefbfbd
	808fc2ef efbfbdefbfbdefbfbdefbfbd
	c2e0e0ed efbfbdefbfbdefbfbdefbfbd
	c2a0 c2a0
	c2ff efbfbdefbfbd
	ef90bf41ef ef90bf41efbfbd
	efefed efbfbdefbfbdefbfbd
	ef4190 efbfbd41efbfbd
	fcf1 efbfbdefbfbd
	fc8ffcefc2 efbfbdefbfbdefbfbdefbfbdefbfbd
	fcc2f1fc efbfbdefbfbdefbfbdefbfbd
`

// Malformed UTF-8 is replaced as in Java: each start of a character, as far as it is well formed,
// and each surrogate counts as one.
func TestValidText(t *testing.T) {
	t.Parallel()
	for line := range strings.Lines(strings.TrimSpace(decoded)) {
		in, want, _ := strings.Cut(strings.TrimSpace(line), " ")
		b, err := hex.DecodeString(in)
		if err != nil {
			t.Fatal(err)
		}
		if got := hex.EncodeToString([]byte(ValidText(string(b)))); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
		v, err := DecodeJSON([]byte(`["` + string(b) + `","\t` + string(b) + `"]`))
		if err != nil {
			t.Fatal(err)
		}
		for i, tab := range []string{"", "09"} {
			if got := hex.EncodeToString([]byte(v.(*List).At(i).(string))); got != tab+want {
				t.Errorf("%s in JSON: %s, want %s", in, got, want)
			}
		}
	}
}
