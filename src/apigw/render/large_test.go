//go:build !race

package render

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"example.com/guessing-game/src/apigw/vtl"
)

// TestLongLine skips a line that is too long and continues.
func TestLongLine(t *testing.T) {
	t.Parallel()
	const head, tail = `{"id":1,"template":"$a.length()","context":{"a":"`, "\"}}\n"
	room := maxLine - len(head+tail)
	fits := head + strings.Repeat(" ", room) + tail
	long := head + strings.Repeat(" ", room+1) + tail
	var out bytes.Buffer
	if err := Lines(t.Context(), strings.NewReader(fits+long+`{"id":3,"template":"x"}`), &out, vtl.APIGateway); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(out.String(), "\n")
	if len(lines) != 4 || lines[0] != fmt.Sprintf(`{"id":1,"output":"%d"}`, room) || lines[1] != fmt.Sprintf(`{"id":null,"error":"line 2 of the input is longer than %d bytes"}`, maxLine) || lines[2] != `{"id":3,"output":"x"}` {
		for _, l := range lines {
			t.Logf("%.100s", l)
		}
		t.Errorf("%d lines", len(lines))
	}
}
