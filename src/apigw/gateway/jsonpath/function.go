package jsonpath

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"strings"

	"example.com/guessing-game/src/apigw/gateway/jsonsmart"
	"example.com/guessing-game/src/apigw/vtl/java"
)

var errEmptyAggregation = errors.New("min, max, avg, sum and stddev need at least one number")

// An UnknownFunctionError reports a function that JsonPath 2.4.0 does not have. It is raised when
// the function is called.
type UnknownFunctionError struct{ Name string }

func (e *UnknownFunctionError) Error() string {
	return fmt.Sprintf("there is no function %s(): there are length, size, min, max, avg, sum, stddev, concat and append", e.Name)
}

// Is makes a condition in which this happens leave its item out.
func (e *UnknownFunctionError) Is(target error) bool { return target == errRejects }

func (e *evaluation) call(t *token, v java.Value) (java.Value, error) {
	list, isList := v.(*java.List)
	switch t.names[0] {
	case "length", "size": // of their receiver, whatever the arguments
		switch v := v.(type) {
		case *java.List:
			return int32(v.Len()), nil
		case *java.Map:
			return int32(v.Len()), nil
		}
		return nil, nil
	case "concat":
		return e.concat(t, list)
	case "append":
		if !isList {
			return v, nil
		}
		return e.append(t, list)
	case "min", "max", "avg", "sum", "stddev":
		return e.aggregate(t, list)
	}
	return nil, &UnknownFunctionError{t.names[0]}
}

// value is the value of an argument: a path in the whole document, or JSON.
func (e *evaluation) value(a argument) (java.Value, error) {
	if a.path == nil {
		return jsonsmart.Parse(e.budget, a.json)
	}
	return a.path.find(e.budget, e.doc, e.doc, false)
}

func (e *evaluation) concat(t *token, list *java.List) (java.Value, error) {
	var b strings.Builder
	add := func(s string) error {
		b.WriteString(s)
		return e.budget.Make(len(s))
	}
	if list != nil {
		for i := range list.Len() {
			if s, ok := list.At(i).(string); ok {
				if err := add(s); err != nil {
					return nil, err
				}
			}
		}
	}
	for _, a := range t.args {
		v, err := e.value(a)
		if err == nil && v != nil {
			var text string
			if text, _, err = java.Text(e.budget, v); err == nil {
				err = add(text)
			}
		}
		if err != nil {
			return nil, err
		}
	}
	return java.JoinHalves(b.String()), nil
}

func (e *evaluation) append(t *token, list *java.List) (java.Value, error) {
	if err := e.budget.Make(16 * (list.Len() + len(t.args))); err != nil {
		return nil, err
	}
	out := java.NewJSONArray()
	for i := range list.Len() {
		out.Append(list.At(i))
	}
	for _, a := range t.args {
		v, err := e.value(a)
		if err != nil {
			return nil, err
		}
		out.Append(v)
	}
	return out, nil
}

func (e *evaluation) aggregate(t *token, list *java.List) (java.Value, error) {
	low, high, sum, squares, count := math.MaxFloat64, math.SmallestNonzeroFloat64, 0.0, 0.0, 0.0
	add := func(v java.Value) error {
		n, ok := double(v)
		if !ok {
			return e.budget.Step(1)
		}
		if low > n {
			low = n
		}
		if high < n {
			high = n
		}
		sum += n
		squares += n * n
		count++
		return e.budget.Step(1)
	}
	if list != nil {
		for i := range list.Len() {
			if err := add(list.At(i)); err != nil {
				return nil, err
			}
		}
	}
	for _, a := range t.args {
		v, err := e.value(a)
		if err == nil {
			err = add(v)
		}
		if err != nil {
			return nil, err
		}
	}
	if count == 0 {
		return nil, errEmptyAggregation
	}
	switch t.names[0] {
	case "min":
		return low, nil
	case "max":
		return high, nil
	case "avg":
		return sum / count, nil
	case "sum":
		return sum, nil
	}
	return math.Sqrt(squares/count - sum*sum/count/count), nil
}

// double is Number.doubleValue.
func double(v java.Value) (float64, bool) {
	switch v := v.(type) {
	case int32:
		return float64(v), true
	case int64:
		return float64(v), true
	case float64:
		return v, true
	case *big.Int:
		f, _ := new(big.Float).SetInt(v).Float64()
		return f, true
	case *java.Decimal:
		return v.Float64(), true
	}
	return 0, false
}
