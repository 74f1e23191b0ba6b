package visible

import (
	"strings"
	"testing"
)

func TestShort(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"/a": "/a", "/\x1b[31m": "/�[31m", "/é": "/é", "/\u0085": "/�", strings.Repeat("é", 101): strings.Repeat("é", 100) + "…"} {
		if got := Short(in); got != want {
			t.Errorf("Short(%q) = %q, want %q", in, got, want)
		}
	}
}
