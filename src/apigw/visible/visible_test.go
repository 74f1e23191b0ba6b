package visible_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"example.com/guessing-game/src/apigw/visible"
)

func TestText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                         "",
		"plain\ttext, … ünd":       "plain\ttext, … ünd",
		"\x1b[2J\x1b]0;title\x07":  "�[2J�]0;title�",
		"a\r\nb\x00\x7f":           "a��b��",
		"\u009b2J":                 "�2J",      // CSI as a character
		"\x9b2J caf\xe9":           "�2J caf�", // and as a byte, which some terminals obey
		"\u202egpj.exe\u2066":      "�gpj.exe�",
		"\x1b[31mred\x1b[0m":       "�[31mred�[0m",
		strings.Repeat("x", 10000): strings.Repeat("x", 10000),
	} {
		if got := visible.Text(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestShort(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"/a": "/a", "/\x1b[31m": "/�[31m", "/é": "/é", "/\u0085": "/�", strings.Repeat("é", 101): strings.Repeat("é", 100) + "…"} {
		if got := visible.Short(in); got != want {
			t.Errorf("Short(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestOutput(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                       "",
		"one\ntwo\r\nthree\t…\n": "one\ntwo\r\nthree\t…\n",
		"\x1b[31merror:\x1b[0m \x1b[1mF\x1b[0m\n": "\x1b[31merror:\x1b[0m \x1b[1mF\x1b[0m\n",
		"\x1b[90mgray\x1b[0m\x1b[2J":              "\x1b[90mgray\x1b[0m�[2J",
		"\x1b[8mhidden":                           "�[8mhidden",
		"\x1b[31;8mhidden":                        "�[31;8mhidden",
		"\x1b[310m":                               "�[310m",
		"over\rwritten\n":                         "over�written\n",
		"\x1b]8;;http://evil\x07\x1b[3":           "�]8;;http://evil��[3",
		"\x9b2J\u009b2J\u202e\x7f\x00":            "�2J�2J���",
	} {
		if got := string(visible.Output([]byte(text))); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// Whatever is printed, a terminal gets only text, ends of lines and colours.
func FuzzOutput(f *testing.F) {
	for _, text := range []string{"a\x1b[31mb\x1b[0m\n", "\x1b\x1b[0m", "\x1b[\x1b[0m31m", "\xc2\x9b", "\r\r\n", "\xe2\x80\xae"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		out := string(visible.Output([]byte(text)))
		if !utf8.ValidString(out) {
			t.Fatalf("%q: %q", text, out)
		}
		for _, colour := range []string{"0", "1", "30", "31", "32", "33", "34", "35", "36", "37", "90", "91", "92", "93", "94", "95", "96", "97"} {
			out = strings.ReplaceAll(out, "\x1b["+colour+"m", "")
		}
		for _, line := range strings.Split(out, "\n") {
			if line = strings.TrimSuffix(line, "\r"); visible.Text(line) != line {
				t.Errorf("%q: the line %q", text, line)
			}
		}
		if visible.Text(text) == text && string(visible.Output([]byte(text))) != text {
			t.Errorf("%q is changed: %q", text, out)
		}
	})
}
