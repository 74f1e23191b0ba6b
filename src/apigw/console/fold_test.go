package console

import "testing"

// A terminal breaks lines between words, and continuations are indented; text for copying, and
// output that is not a terminal's, is left alone.
func TestFolded(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, want string }{
		{"  REST    http://127.0.0.1/  Api, 7 routes\n", "  REST    http://127.0.0.1/\n    Api, 7 routes\n"},
		{"  note: one two three four five six seven\n", "  note: one two three four five\n    six seven\n"},
		{"  \x1b[33mnote:\x1b[0m one two three four five six seven\n", "  \x1b[33mnote:\x1b[0m one two three four five\n    six seven\n"},
		{"  one two three four five six seven eight nine ten eleven twelve", "  one two three four five six\n    seven eight nine ten eleven\n    twelve"},
		{"  exactly as wide as it is 30\n", "  exactly as wide as it is 30\n"},
		{"  exactly as wide as it is, 3001\n", "  exactly as wide as it is, 3001\n"},
		{"  ééééé ééééé ééééé ééééé ééééé ééééé\n", "  ééééé ééééé ééééé ééééé ééééé\n    ééééé\n"},
		{"  http://127.0.0.1/a/path/that/is/longer/than/a/line\n", "  http://127.0.0.1/a/path/that/is/longer/than/a/line\n"},
		{"    {\"name\": \"a configuration to copy\"}\n", "    {\"name\": \"a configuration to copy\"}\n"},
		{"\n\n", "\n\n"}, {"", ""},
	} {
		if got := (&Console{Terminal: true, Width: 32}).Folded(c.in, 4); got != c.want {
			t.Errorf("%q:\n got %q\nwant %q", c.in, got, c.want)
		}
		if got := (&Console{Width: 32}).Folded(c.in, 4); got != c.in {
			t.Errorf("%q: without a terminal it is %q", c.in, got)
		}
	}
}
