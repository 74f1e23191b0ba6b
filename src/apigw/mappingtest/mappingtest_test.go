package mappingtest

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"example.com/guessing-game/src/apigw/recorder"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, text, want string }{
		{"nothing", "", "x.txtar:1:1: there is no request in the test"},
		{"no expectation", "-- request --\nGET /\n", ""}, // Update writes it
		{"two", "-- request --\nGET /\n-- request --\nGET /\n", `x.txtar:1:1: the archive has two files "request"`},
		{"both", "-- request --\nGET /\n-- event --\n-- result --\n1\n-- error --\n2\n", "x.txtar:6:1: a function returns a result or fails with an error, not both"},
		{"no path", "a comment\n-- request --\nGET\n", `x.txtar:2:1: the first line of a request is METHOD /PATH, not "GET"`},
		{"bad header", "-- request --\nGET /\nnonsense\n", `x.txtar:1:1: "nonsense" is not a header: write Name: value`},
		{"bad result", "-- request --\nGET /\n-- result --\n{\n", "x.txtar:3:1: the function's result must be JSON"},
		{"bad status", "-- request --\nGET /\n-- response --\n600\n", `x.txtar:3:1: the first line of a response is its status, not "600"`},
		{"bad response header", "-- request --\nGET /\n-- response --\n200\nnonsense\n", `x.txtar:3:1: "nonsense" is not a header: write Name: value`},
		{"unknown", "-- requests --\n", `x.txtar:1:1: there is no file "requests" in a test: it has request, result or error, event, service response, service request and response`},
		{"good", "-- request --\nGET /\n-- response --\n200\n", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := Parse("x.txtar", []byte(c.text))
			if got := errorText(err); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// TestCompare says what counts as equal.
func TestCompare(t *testing.T) {
	t.Parallel()
	header := http.Header{"Content-Type": {"application/json"}, "x-amzn-RequestId": {"1"}}
	for _, c := range []struct {
		name, want, body string
		same             bool
	}{
		{"status alone", "200", `{"a":1}`, true},
		{"other status", "201", `{"a":1}`, false},
		{"order and space", "200\n\n{ \"b\" : [1, 2],\n \"a\": 1}", `{"a":1,"b":[1,2]}`, true},
		{"order of a list", "200\n\n[1,2]", `[2,1]`, false},
		{"numbers as written", "200\n\n1.0", `1`, false},
		{"a member more", "200\n\n{}", `{"a":1}`, false},
		{"text", "200\n\nhello", "hello", true},
		{"final line end", "200\n\nhello\n", "hello", true},
		{"other text", "200\n\nhello", "hello ", false},
		{"empty body", "200\n\n", "", true},
		{"body that should be empty", "200\n\n", "x", false},
		{"header", "200\ncontent-type: application/json", "", true},
		{"other header", "200\nContent-Type: text/html", "", false},
		{"header of odd case", "200\nX-Amzn-Requestid: 1", "", true},
		{"header that should not be there", "200\nContent-Type:", "", false},
		{"header that is not there", "200\nX-Other:", "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m, err := parseResponse([]byte(c.want))
			if err != nil {
				t.Fatal(err)
			}
			r := &recorder.Response{Status: 200, Header: header}
			r.Body.WriteString(c.body)
			got, want := m.compare(r)
			if (got == want) != c.same {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// FuzzParse reads arbitrary archives: the result is a test or an error with a position.
func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("../../../tests/mappings/*.txtar")
	for _, name := range files {
		c, err := Read(name)
		if err != nil {
			f.Fatal(err)
		}
		text := ""
		for _, part := range c.archive.Files {
			text += "-- " + part.Name + " --\n" + string(part.Data)
		}
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Parse("x.txtar", data)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "x.txtar:") {
				t.Fatalf("an error without a place: %v", err)
			}
			return
		}
		if c.method == "" || !strings.HasPrefix(c.path, "/") { // one without expectations fails when it is run
			t.Fatalf("an incomplete test: %+v", c)
		}
	})
}
