package jackson

import (
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// The messages are recorded from Jackson itself: see testdata.
func TestComplaintIsJacksons(t *testing.T) {
	t.Parallel()
	recorded, err := os.ReadFile("testdata/payloads.tsv")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(recorded)) {
		columns := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(columns) != 2 {
			t.Fatalf("a line with %d columns: %s", len(columns), line)
		}
		n++
		payload, want := unescape(t, columns[0]), unescape(t, columns[1])
		got := Complaint([]byte(payload))
		switch {
		case want == "ok" && got != "":
			t.Errorf("%q is JSON to Jackson\n got %s", payload, got)
		case want != "ok" && got != want:
			t.Errorf("%q\n got %s\nwant %s", payload, got, want)
		}
	}
	if n < 1000 {
		t.Errorf("only %d payloads were recorded", n)
	}
}

// unescape reads a column of payloads.tsv.
func unescape(t *testing.T, text string) string {
	t.Helper()
	s, err := strconv.Unquote(`"` + strings.ReplaceAll(text, `"`, `\"`) + `"`)
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return s
}

// Messages that users of Lambda itself have reported, in the form the service has today.
func TestComplaintIsLambdas(t *testing.T) {
	t.Parallel()
	const values = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')\n at [Source: "
	for _, c := range []struct{ payload, want string }{
		{`{c}`, "Unexpected character ('c' (code 99)): was expecting double-quote to start field name\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 2]"},
		{`'test'`, "Unexpected character (''' (code 39)): expected a valid value " + values},
		{"\xb7", "Unexpected character ('·' (code 183)): expected a valid value " + values},
		{"\x84", "Unexpected character ((CTRL-CHAR, code 132)): expected a valid value " + values},
		{"-------WebKit", "Unexpected character ('-' (code 45)) in numeric value: expected digit (0-9) to follow minus sign, for valid numeric value\n at [Source: "},
		{`test data`, "Unrecognized token 'test': was expecting " + values},
		{"0D", "Unexpected character ('D' (code 68)): Expected space separating root-level values\n at [Source: "},
	} {
		got := Complaint([]byte(c.payload))
		if !strings.HasPrefix(got, c.want) {
			t.Errorf("%q: %s, want %s", c.payload, got, c.want)
		}
	}
	for _, ok := range []string{``, ` `, "\n\t"} {
		if got := Complaint([]byte(ok)); got != "" {
			t.Errorf("%q: %s", ok, got)
		}
	}
}

func FuzzComplaint(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":[1,2,{"b":"c"}],"d":-1.5e3}`, `{"a":tru`, "[\"\\u12\"]", "\xff", `{"a" 1}`, "[[", `"\`, "[\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		got := Complaint(payload)
		text := strings.TrimPrefix(string(payload), "\ufeff")
		valid := json.Valid([]byte(text)) && utf8.ValidString(text)
		blank := strings.Trim(text, " \t\r\n") == ""
		if (got == "") != (valid || blank) {
			t.Fatalf("%q: valid %v, complaint %q", payload, valid, got)
		}
		if strings.Contains(got, "Unexpected content") {
			t.Fatalf("%q is refused without a reason", payload)
		}
	})
}
