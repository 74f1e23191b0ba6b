package java_test

import (
	"strings"
	"testing"

	"example.com/guessing-game/src/apigw/vtl/java"
)

// The beginning of JSON text is produced at once for any value, however long the whole is.
func TestJSONStart(t *testing.T) {
	t.Parallel()
	double := java.Value(java.NewList("x"))
	for range 60 {
		double = java.NewList(double, double)
	}
	own := java.NewList()
	own.Append(own)
	long := strings.Repeat("é", 1<<20)
	key := java.NewList("x")
	for range 16 { // a key has a hash code, of everything in it
		key = java.NewList(key, key)
	}
	keyed := java.NewMap(1)
	keyed.Put(key, int32(1))
	for name, test := range map[string]struct {
		value java.Value
		want  string // its beginning
	}{
		"short":                  {java.NewList("a", int32(1)), `["a",1]`},
		"doubled sixty times":    {double, strings.Repeat("[", 61) + `"x"],["x"]`},
		"a long string":          {long, `"éééé`},
		"a list of long strings": {java.NewList(long, long, long), `["éééé`},
		"a list in itself":       {own, "null"},
		"a long key":             {keyed, `{"` + strings.Repeat("[", 17) + `x], [x]`},
	} {
		got := java.JSONStart(test.value, 200)
		if !strings.HasPrefix(got, test.want) || len(got) > 1000 {
			t.Errorf("%s: %d bytes, %.200q", name, len(got), got)
		}
	}
}
