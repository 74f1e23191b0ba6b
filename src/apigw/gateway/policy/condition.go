package policy

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// condition is one line of a Condition: an operator, a key, and the values of which one must hold.
type condition struct {
	operator operator
	set      setOperator
	ifExists bool
	key      string // in lower case
	values   []string
}

type setOperator uint8

const (
	single setOperator = iota
	forAnyValue
	forAllValues
)

// operator compares a value of the request with one of the policy.
type operator struct {
	negated bool // all values must differ; a missing key satisfies it
	null    bool // Null, which asks for the key's absence
	valid   func(want string) error
	match   func(got, want string) bool
}

func anything(string) error { return nil }

// operators are the condition operators by name, without the suffix IfExists and the prefixes of
// sets. See
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html.
var operators = map[string]operator{
	"StringEquals":              {match: func(got, want string) bool { return got == want }, valid: anything},
	"StringNotEquals":           {match: func(got, want string) bool { return got == want }, valid: anything, negated: true},
	"StringEqualsIgnoreCase":    {match: strings.EqualFold, valid: anything},
	"StringNotEqualsIgnoreCase": {match: strings.EqualFold, valid: anything, negated: true},
	"StringLike":                {match: func(got, want string) bool { return Like(want, got) }, valid: anything},
	"StringNotLike":             {match: func(got, want string) bool { return Like(want, got) }, valid: anything, negated: true},
	"ArnEquals":                 {match: arnLike, valid: isARN},
	"ArnLike":                   {match: arnLike, valid: isARN},
	"ArnNotEquals":              {match: arnLike, valid: isARN, negated: true},
	"ArnNotLike":                {match: arnLike, valid: isARN, negated: true},
	"NumericEquals":             numeric(false, func(c int) bool { return c == 0 }),
	"NumericNotEquals":          numeric(true, func(c int) bool { return c == 0 }),
	"NumericLessThan":           numeric(false, func(c int) bool { return c < 0 }),
	"NumericLessThanEquals":     numeric(false, func(c int) bool { return c <= 0 }),
	"NumericGreaterThan":        numeric(false, func(c int) bool { return c > 0 }),
	"NumericGreaterThanEquals":  numeric(false, func(c int) bool { return c >= 0 }),
	"DateEquals":                date(false, func(c int) bool { return c == 0 }),
	"DateNotEquals":             date(true, func(c int) bool { return c == 0 }),
	"DateLessThan":              date(false, func(c int) bool { return c < 0 }),
	"DateLessThanEquals":        date(false, func(c int) bool { return c <= 0 }),
	"DateGreaterThan":           date(false, func(c int) bool { return c > 0 }),
	"DateGreaterThanEquals":     date(false, func(c int) bool { return c >= 0 }),
	"Bool":                      {match: strings.EqualFold, valid: isBool},
	"Null":                      {null: true, valid: isBool},
	"BinaryEquals":              {match: func(got, want string) bool { return got == want }, valid: isBase64},
	"IpAddress":                 {match: inNetwork, valid: isNetwork},
	"NotIpAddress":              {match: inNetwork, valid: isNetwork, negated: true},
}

func numeric(negated bool, ok func(int) bool) operator {
	number := func(s string) (float64, error) { return strconv.ParseFloat(s, 64) }
	return operator{negated: negated, valid: func(want string) error { _, err := number(want); return err }, match: func(got, want string) bool {
		g, err1 := number(got)
		w, err2 := number(want)
		switch {
		case err1 != nil || err2 != nil:
			return false
		case g < w:
			return ok(-1)
		case g > w:
			return ok(1)
		}
		return ok(0)
	}}
}

func date(negated bool, ok func(int) bool) operator {
	return operator{negated: negated, valid: func(want string) error { _, err := parseDate(want); return err }, match: func(got, want string) bool {
		g, err1 := parseDate(got)
		w, err2 := parseDate(want)
		return err1 == nil && err2 == nil && ok(g.Compare(w))
	}}
}

// parseDate reads the forms of ISO 8601 that IAM accepts, and seconds since 1970.
func parseDate(s string) (time.Time, error) {
	for _, form := range []string{time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02", "2006-01", "2006"} {
		if t, err := time.Parse(form, s); err == nil {
			return t, nil
		}
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return time.Unix(n, 0), nil
	}
	return time.Time{}, errors.New("it is neither a date of ISO 8601 nor a number of seconds")
}

func isBool(s string) error {
	if !strings.EqualFold(s, "true") && !strings.EqualFold(s, "false") {
		return errors.New("it is neither true nor false")
	}
	return nil
}

func isBase64(s string) error { _, err := base64.StdEncoding.DecodeString(s); return err }

func isARN(s string) error {
	if s != "*" && strings.Count(s, ":") < 5 {
		return errors.New("it is not an ARN")
	}
	return nil
}

// arnLike matches ARNs part by part: a wildcard does not match a colon, except in the last part.
func arnLike(got, want string) bool {
	g, w := strings.SplitN(got, ":", 6), strings.SplitN(want, ":", 6)
	if want == "*" {
		return true
	}
	if len(g) != len(w) {
		return false
	}
	for i := range g {
		if !Like(w[i], g[i]) {
			return false
		}
	}
	return true
}

func isNetwork(s string) error {
	if _, err := netip.ParsePrefix(s); err == nil {
		return nil
	}
	_, err := netip.ParseAddr(s)
	return err
}

func inNetwork(got, want string) bool {
	a, err := netip.ParseAddr(got)
	if err != nil {
		return false
	}
	a = a.Unmap()
	if p, err := netip.ParsePrefix(want); err == nil {
		return p.Contains(a)
	}
	w, err := netip.ParseAddr(want)
	return err == nil && w.Unmap() == a
}

// parseConditions reads a Condition: operators, keys, values.
func parseConditions(raw json.RawMessage) ([]condition, error) {
	var byOperator map[string]map[string]json.RawMessage
	if err := json.Unmarshal(raw, &byOperator); err != nil || byOperator == nil {
		return nil, fmt.Errorf("the Condition of a statement is %s; it must be an object of operators, or be left out", shown(raw))
	}
	var all []condition
	for _, name := range slices.Sorted(maps.Keys(byOperator)) {
		c := condition{}
		base := name
		if rest, ok := strings.CutPrefix(base, "ForAnyValue:"); ok {
			base, c.set = rest, forAnyValue
		} else if rest, ok := strings.CutPrefix(base, "ForAllValues:"); ok {
			base, c.set = rest, forAllValues
		}
		base, c.ifExists = strings.CutSuffix(base, "IfExists")
		op, ok := operators[base]
		if !ok || op.null && c.ifExists {
			return nil, fmt.Errorf("IAM has no condition operator %q", name)
		}
		c.operator = op
		for _, key := range slices.Sorted(maps.Keys(byOperator[name])) {
			c := c
			c.key = strings.ToLower(key)
			var err error
			if c.values, err = conditionValues(byOperator[name][key]); err != nil {
				return nil, fmt.Errorf("the values of %s %s: %w", name, key, err)
			}
			for _, v := range c.values {
				if strings.Contains(v, "${") {
					return nil, fmt.Errorf("the value %q of %s %s has a policy variable, which is not supported here", v, name, key)
				}
				if err := op.valid(v); err != nil {
					return nil, fmt.Errorf("the value %q of %s %s: %w", v, name, key, err)
				}
			}
			all = append(all, c)
		}
	}
	return all, nil
}

// conditionValues reads a scalar or a list of scalars.
func conditionValues(raw json.RawMessage) ([]string, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	var values []string
	for _, v := range list {
		switch v := v.(type) {
		case string:
			values = append(values, v)
		case json.Number:
			values = append(values, v.String())
		case bool:
			values = append(values, strconv.FormatBool(v))
		default:
			return nil, fmt.Errorf("%s is neither a string, a number nor a boolean", shown(raw))
		}
	}
	return values, nil
}

// holds reports whether a condition holds for a request with these keys.
func (c *condition) holds(keys map[string][]string) bool {
	got, there := keys[c.key]
	if c.operator.null {
		return slices.ContainsFunc(c.values, func(v string) bool { return strings.EqualFold(v, "true") != there })
	}
	if !there || len(got) == 0 {
		return c.operator.negated || c.ifExists || c.set == forAllValues
	}
	one := func(got string) bool {
		some := slices.ContainsFunc(c.values, func(want string) bool { return c.operator.match(got, want) })
		return some != c.operator.negated
	}
	if c.set == forAnyValue {
		return slices.ContainsFunc(got, one)
	}
	return !slices.ContainsFunc(got, func(v string) bool { return !one(v) })
}
