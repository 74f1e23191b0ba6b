package jsonpath

import (
	"errors"
	"math"
	"math/big"
	"strings"

	"example.com/guessing-game/src/apigw/vtl/java"
)

// functions that a path may end with.
var functions = map[string]bool{
	"length": true, "size": true, "min": true, "max": true, "avg": true, "sum": true, "stddev": true,
	"concat": true, "append": true, "keys": true, "first": true, "last": true, "index": true,
}

var errEmptyAggregation = errors.New("min, max, avg, sum and stddev need at least one number")

func (e *evaluation) call(t *token, v java.Value) (java.Value, error) {
	args := make([]java.Value, 0, len(t.args))
	for _, a := range t.args {
		if a.path == nil {
			args = append(args, a.value)
			continue
		}
		r, err := a.path.find(e.doc, e.doc, false)
		if err != nil {
			return nil, err
		}
		args = append(args, r)
	}
	list, isList := v.(*java.List)
	switch t.names[0] {
	case "length", "size":
		if len(t.args) > 0 {
			v = args[0]
		}
		switch v := v.(type) {
		case *java.List:
			return int32(v.Len()), nil
		case *java.Map:
			return int32(v.Len()), nil
		}
		return nil, nil
	case "keys":
		m, ok := v.(*java.Map)
		if !ok {
			return nil, nil
		}
		keys := java.NewJSONArray()
		for k := range m.All() {
			keys.Append(k)
		}
		return keys, nil
	case "concat":
		var b strings.Builder
		if isList {
			for i := range list.Len() {
				if s, ok := list.At(i).(string); ok {
					b.WriteString(s)
				}
			}
		}
		for _, a := range args {
			if a != nil {
				b.WriteString(java.String(a))
			}
		}
		return b.String(), nil
	case "append":
		if !isList {
			return v, nil
		}
		out := java.NewJSONArray()
		for i := range list.Len() {
			out.Append(list.At(i))
		}
		out.Append(args...)
		return out, nil
	case "first", "last", "index":
		if !isList || list.Len() == 0 {
			return nil, nil
		}
		i := 0
		switch t.names[0] {
		case "last":
			i = list.Len() - 1
		case "index":
			n, ok := int32(0), false
			if len(args) > 0 {
				n, ok = args[0].(int32)
			}
			if !ok {
				return nil, nil
			}
			if i = int(n); i < 0 {
				i += list.Len()
			}
			if i < 0 || i >= list.Len() {
				return nil, nil
			}
		}
		return list.At(i), nil
	}
	return aggregate(t.names[0], list, args)
}

func aggregate(name string, list *java.List, args []java.Value) (java.Value, error) {
	var ns []float64
	add := func(v java.Value) {
		switch v := v.(type) {
		case int32:
			ns = append(ns, float64(v))
		case int64:
			ns = append(ns, float64(v))
		case float64:
			ns = append(ns, v)
		case *big.Int:
			f, _ := new(big.Float).SetInt(v).Float64()
			ns = append(ns, f)
		}
	}
	if list != nil {
		for i := range list.Len() {
			add(list.At(i))
		}
	}
	for _, a := range args {
		add(a)
	}
	if len(ns) == 0 {
		return nil, errEmptyAggregation
	}
	low, high, sum, squares := ns[0], ns[0], 0.0, 0.0
	for _, n := range ns {
		low, high = min(low, n), max(high, n)
		sum += n
		squares += n * n
	}
	count := float64(len(ns))
	switch name {
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
