package shellword

import (
	"os/exec"
	"runtime"
	"strings"
	"testing"
)

// A shell reads each word as the text that it was made of, and Printed prints it.
func TestShell(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("there is no POSIX shell")
	}
	for _, text := range []string{"", "plain-1.txt", "two words", "it's", `a"b\n$HOME`, "`id`", "*?[x]", "~", "#", "a\nb", "é", "\x1b[201~", "\xff\xfe", "-n", "%s"} {
		for _, command := range []string{"printf %s " + Quoted(text), Printed(text)} {
			out, err := exec.Command("/bin/sh", "-c", command).Output()
			if err != nil || string(out) != text {
				t.Errorf("%q: %s prints %q, %v", text, command, out, err)
			}
		}
		if command := Printed(text); strings.Trim(command, "\n") != command || strings.ContainsRune(command, '\x1b') {
			t.Errorf("%q: not safe to paste: %q", text, command)
		}
	}
}
