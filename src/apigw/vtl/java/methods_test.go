package java_test

import (
	"errors"
	"math/big"
	"testing"

	"example.com/guessing-game/src/apigw/budget"
	"example.com/guessing-game/src/apigw/vtl/java"
)

// How a method is found: by its name and the types of the arguments, as in Velocity.
// tests/velocity compares the results of the methods with the real ones.
func TestCall(t *testing.T) {
	t.Parallel()
	type args = []java.Value
	for _, test := range []struct {
		self java.Value
		name string
		args args
		want string // what is printed, "null", or the exception's class
	}{
		{"abc", "length", nil, "3"},
		{"abc", "substring", args{int32(1)}, "bc"},
		{"abc", "substring", args{"1"}, "null"},      // no conversions
		{"abc", "substring", args{int64(1)}, "null"}, // nor narrowing
		{"abc", "nothing", nil, "null"},
		{"abc", "length", args{int32(1)}, "java.lang.IllegalArgumentException"}, // a method without parameters is found nevertheless
		{"abc", "hashCode", args{int32(1)}, "java.lang.IllegalArgumentException"},
		{"abc", "concat", args{nil}, "java.lang.NullPointerException"},
		{"abc", "transform", args{nil}, "java.lang.NullPointerException"}, // a function is null
		{"abc", "transform", args{"f"}, "null"},
		{int32(7), "parseInt", args{"12"}, "12"}, // a static method
		{int64(7), "max", args{int32(1), int64(2)}, "2"},
		{int32(7), "max", args{int32(1), int64(2)}, "null"},
		{1.5, "compareTo", args{int32(1)}, "java.lang.ClassCastException"},
		{java.NewList("a"), "remove", args{int32(0)}, "a"}, // by index
		{java.NewList("a"), "remove", args{"a"}, "true"},   // by value
		{java.NewList("a"), "get", args{int32(1)}, "java.lang.IndexOutOfBoundsException"},
		{big.NewInt(7), "toString", args{int32(2)}, "111"},
		{big.NewInt(7), "toString", nil, "7"},                       // Object's
		{java.NewJSONArray("a/b"), "toJSONString", nil, `["a\/b"]`}, // json-smart's
		{java.NewJSONArray("a"), "appendElement", args{int32(2)}, `["a",2]`},
		{java.NewJSONArray("a"), "merge", args{java.NewJSONArray("b")}, ""},
		{java.NewJSONArray("a"), "merge", args{java.NewList("b")}, "java.lang.ClassCastException"},
		{java.NewList("a"), "appendElement", args{int32(2)}, "null"},
	} {
		v, ok, err := java.Call(nil, test.self, test.name, test.args)
		got := java.String(v)
		var thrown *java.Exception
		switch {
		case errors.As(err, &thrown):
			got = thrown.Class
		case err != nil:
			t.Errorf("%v.%s%v: %v", test.self, test.name, test.args, err)
		case !ok || v == nil:
			got = "null"
		}
		if got != test.want {
			t.Errorf("%v.%s%v: got %s, want %s", test.self, test.name, test.args, got, test.want)
		}
	}
}

// A method that would exceed the budget makes nothing, and afterwards no method is called.
func TestCallsEndWithTheBudget(t *testing.T) {
	t.Parallel()
	b := budget.New(t.Context(), budget.Limits{Size: 100})
	var limit *budget.LimitError
	if v, ok, err := java.Call(b, "ab", "repeat", []java.Value{int32(51)}); v != nil || ok || !errors.As(err, &limit) {
		t.Errorf("got %v, %v, %v, want a limit", v, ok, err)
	}
	if _, ok, err := java.Call(b, "ab", "length", nil); ok || !errors.As(err, &limit) {
		t.Errorf("got %v, %v, want the limit again", ok, err)
	}
}
