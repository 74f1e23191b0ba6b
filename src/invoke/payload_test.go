package invoke

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"
)

// The first rows are messages that users of Lambda have recorded, with the source that
// older versions of the service quoted replaced by what it writes since; the rest follow
// the texts of Jackson's UTF8StreamJsonParser.
func TestCheckPayloadWordsMistakesAsLambda(t *testing.T) {
	t.Parallel()
	const values = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
	for _, c := range []struct {
		payload string
		want    string
		line    string
	}{
		{`{c}`, `Unexpected character ('c' (code 99)): was expecting double-quote to start field name`, "line: 1, column: 2"},
		{`'test'`, `Unexpected character (''' (code 39)): expected a valid value ` + values, "line: 1, column: 1"},
		{`test data`, `Unrecognized token 'test': was expecting ` + values, "line: 1, column: 5"},
		{"·", `Unexpected character ('·' (code 183)): expected a valid value ` + values, "line: 1, column: 1"},
		{"0D", `Unexpected character ('D' (code 68)): Expected space separating root-level values`, "line: 1, column: 2"},
		{"-x", `Unexpected character ('x' (code 120)) in numeric value: expected digit (0-9) to follow minus sign, for valid numeric value`, "line: 1, column: 2"},
		{"\x97", `Invalid UTF-8 start byte 0x97`, "line: 1, column: 1"},

		{`{"a":1`, "Unexpected end-of-input: expected close marker for Object (start marker at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 1])", "line: 1, column: 7"},
		{"[1,\n2", "Unexpected end-of-input: expected close marker for Array (start marker at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 1])", "line: 2, column: 2"},
		{`["a`, `Unexpected end-of-input in VALUE_STRING`, "line: 1, column: 4"},
		{`{"a`, `Unexpected end-of-input in field name`, "line: 1, column: 4"},
		{`{"a"`, `Unexpected end-of-input within/between Object entries`, "line: 1, column: 5"},
		{`{"a" 1}`, `Unexpected character ('1' (code 49)): was expecting a colon to separate field name and value`, "line: 1, column: 6"},
		{`{"a":1 "b":2}`, `Unexpected character ('"' (code 34)): was expecting comma to separate Object entries`, "line: 1, column: 8"},
		{`[1 2]`, `Unexpected character ('2' (code 50)): was expecting comma to separate Array entries`, "line: 1, column: 4"},
		{`{"a":}`, `Unexpected character ('}' (code 125)): expected a valid value ` + values, "line: 1, column: 6"},
		{`{"a":1,}`, `Unexpected character ('}' (code 125)): was expecting double-quote to start field name`, "line: 1, column: 8"},
		{`[1,]`, `Unexpected character (']' (code 93)): expected a valid value ` + values, "line: 1, column: 4"},
		{"{\n \"a\": $input\n}", `Unrecognized token '$input': was expecting ` + values, "line: 2, column: 13"},
		{`{"a":tru}`, `Unrecognized token 'tru': was expecting ` + values, "line: 1, column: 9"},
		{`{"a":truest}`, `Unrecognized token 'truest': was expecting ` + values, "line: 1, column: 12"},
		{`{"a":01}`, `Invalid numeric value: Leading zeroes not allowed`, "line: 1, column: 7"},
		{`[1.]`, `Unexpected character (']' (code 93)) in numeric value: Decimal point not followed by a digit`, "line: 1, column: 4"},
		{`[1e]`, `Unexpected character (']' (code 93)) in numeric value: Exponent indicator not followed by a digit`, "line: 1, column: 4"},
		{`["\q"]`, `Unrecognized character escape 'q' (code 113)`, "line: 1, column: 4"},
		{`["\u00g0"]`, `Unexpected character ('g' (code 103)): expected a hex-digit for character escape sequence`, "line: 1, column: 7"},
		{"[\"a\nb\"]", `Illegal unquoted character ((CTRL-CHAR, code 10)): has to be escaped using backslash to be included in string value`, "line: 1, column: 4"},
		{`{} {}x`, `Unexpected character ('{' (code 123)): expected a valid value ` + values, "line: 1, column: 4"},
		{strings.Repeat("[", 10001), "Document nesting depth (1001) exceeds the maximum allowed (1000, from `StreamReadConstraints.getMaxNestingDepth()`)", "line: 1, column: 1001"},
	} {
		err := CheckPayload([]byte(c.payload))
		if err == nil {
			t.Errorf("%.40q is taken for JSON", c.payload)
			continue
		}
		want := "Could not parse request body into json: Could not parse payload into json: " + c.want +
			"\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); " + c.line + "]"
		if err.Message != want || err.Code != "InvalidRequestContentException" || err.Status != 400 {
			t.Errorf("%.40q\n got %s\nwant %s", c.payload, err.Message, want)
		}
	}
	for _, ok := range []string{``, ` `, "\n\t", `{}`, `[]`, ` [ ] `, `0`, `-1.5e+3`, `"x"`, `null`, `{"a":[{"b":null}],"c":"\u00e9\n"}`} {
		if err := CheckPayload([]byte(ok)); err != nil {
			t.Errorf("%q: %v", ok, err)
		}
	}
}

func FuzzCheckPayload(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":[1,2,{"b":"c"}],"d":-1.5e3}`, `{"a":tru`, "[\"\\u12\"]", "\xff", `{"a" 1}`, "[[", `"\`, "[\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		err := CheckPayload(payload)
		valid := json.Valid(payload) && utf8.Valid(payload)
		blank := strings.Trim(string(payload), " \t\r\n") == ""
		if (err == nil) != (valid || blank) {
			t.Fatalf("%q: valid %v, error %v", payload, valid, err)
		}
		if err != nil && strings.Contains(err.Message, "Unexpected content") {
			t.Fatalf("%q is refused without a reason", payload)
		}
	})
}

func TestInvocationLimits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		t    Type
		n    int
		want string
	}{
		{RequestResponse, MaxRequestBytes, ""},
		{RequestResponse, MaxRequestBytes + 1, "6291457 byte payload is too large for the RequestResponse invocation type (limit 6291456 bytes)"},
		{Event, MaxEventBytes, ""},
		{Event, MaxEventBytes + 1, "1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)"},
	} {
		in := Invocation{Type: c.t, Payload: []byte(`"` + strings.Repeat("a", c.n-2) + `"`)}
		err := in.check()
		var refused *Error
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s %d: %v", c.t, c.n, err)
		case c.want != "" && (!errors.As(err, &refused) || refused.Message != c.want || refused.Status != 413):
			t.Errorf("%s %d: %v, want %s", c.t, c.n, err, c.want)
		}
	}
}
