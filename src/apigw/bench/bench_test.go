package bench

import (
	"strings"
	"testing"
)

// A body is cut at its limit, between characters; what is not text is Base64.
func TestNewBody(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text string
		want Body
	}{
		{"é", Body{Text: "é"}},
		{strings.Repeat("x", MaxBody), Body{Text: strings.Repeat("x", MaxBody)}},
		{"x" + strings.Repeat("é", MaxBody/2), Body{Text: "x" + strings.Repeat("é", MaxBody/2-1), Left: 2}},
		{"\xff\x00", Body{Text: "/wA=", Base64: true}},
	} {
		if got := NewBody(test.text); got != test.want {
			t.Errorf("%.20q: %d bytes, %t, %d left", test.text, len(got.Text), got.Base64, got.Left)
		}
	}
}
