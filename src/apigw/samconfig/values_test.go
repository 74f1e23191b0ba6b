package samconfig

import (
	"maps"
	"testing"
)

func TestParameterOverrides(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args []string
		want map[string]string // nil: an error
	}{
		{[]string{"A=b"}, map[string]string{"A": "b"}},
		{[]string{"A=b C=d"}, map[string]string{"A": "b", "C": "d"}},
		{[]string{"A=b", "C=d"}, map[string]string{"A": "b", "C": "d"}},
		{[]string{`A="b c" D='e=f'`}, map[string]string{"A": "b c", "D": "e=f"}},
		{[]string{"A=b,c"}, map[string]string{"A": "b,c"}},
		{[]string{"A="}, map[string]string{"A": ""}},
		{[]string{"ParameterKey=A,ParameterValue=b ParameterKey=C,ParameterValue=d,e"}, map[string]string{"A": "b", "C": "d,e"}},
		{[]string{"A=$B"}, map[string]string{"A": "$B"}},
		{[]string{"A"}, nil},
		{[]string{"=b"}, nil},
		{[]string{`A="b`}, nil},
	} {
		got, err := Overrides(c.args)
		if (err == nil) != (c.want != nil) || err == nil && !maps.Equal(got, c.want) {
			t.Errorf("%q: got %v, %v; want %v", c.args, got, err, c.want)
		}
	}
}
