package house

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Long-running commands report their progress, taken from the output of the tools: these are
// lines of apt-get, pip, Maven, docker build and go build.
func TestTellingHowFar(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, output, expected, want string }{
		{"apt-get", "Reading package lists...\ndlstatus:1:20:Retrieving file 1 of 3 (2s remaining)\ndlstatus:1:35.5:Retrieving file 1 of 3 (1s remaining)\n", "", "35"},
		{"apt-get, installing", "dlstatus:9:100:Retrieving\npmstatus:wine64:45.5:Unpacking wine64 (amd64)\n", "", "45"},
		{"pip", "Downloading moto-5.1.0-py3-none-any.whl (4.7 MB)\nProgress 16384 of 4700000\nProgress 2350000 of 4700000\n", "", "50"},
		{"Maven", "Downloading from central: https://repo.maven.apache.org/maven2/x.jar\nProgress (1): 0.4/3.2 MB\rProgress (1): 1.6/3.2 MB\r", "", "50"},
		{"Maven, small", "Progress (1): 300/900 kB\r", "", "33"},
		{"Maven, two at once", "Progress (2): 0.5/2.0 MB | 1/2 kB\r", "", "25"},
		{"Maven, of unknown size", "Progress (1): 500 kB\r", "", ""},
		{"docker build", "#5 sha256:0a1 1.05MB / 10.00MB 0.2s\n#5 sha256:0b2 512.0kB / 10.00MB 0.2s\n#5 sha256:0a1 9.00MB / 10.00MB 1.2s\n", "", "47"},
		{"go build", "a/b\na/c\na/d\n", "4", "75"},
		{"more than expected", "a/b\na/c\na/d\n", "2", "100"},
		{"nothing of the kind", "make: Nothing to be done\n", "", ""},
		{"nothing at all", "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			file, written := filepath.Join(dir, "output"), filepath.Join(dir, "written")
			if err := os.WriteFile(file, []byte(c.output), 0o644); err != nil {
				t.Fatal(err)
			}
			if text, err := exec.Command("mkfifo", written).CombinedOutput(); err != nil {
				t.Fatalf("mkfifo: %v %s", err, text)
			}
			// The second after which the command is reported has passed when it has written.
			sleep := "#!/bin/sh\n[ -p " + written + " ] || exec /bin/sleep \"$@\"\ncat " + written + "\nrm -f " + written + "\n"
			if err := os.WriteFile(filepath.Join(dir, "sleep"), []byte(sleep), 0o755); err != nil {
				t.Fatal(err)
			}
			// The command ends once it has been reported, and fails, so that its output is shown.
			cmd := exec.Command("../tell.sh", "working", "sh", "-c", `cat "$0"; : >"$1"; read -r line; exit 3`, file, written)
			cmd.Env = append(os.Environ(), "LINES_EXPECTED="+c.expected, "PATH="+dir+":"+os.Getenv("PATH"))
			end, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			told, err := cmd.StderrPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			r := bufio.NewReader(told)
			line, err := r.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			end.Close()
			rest, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			want := `^working … \d+ s\n$`
			if c.want != "" {
				want = `^working … \d+ s, ` + c.want + ` %\n$`
			}
			if !regexp.MustCompile(want).MatchString(line) {
				t.Errorf("told %q, want %s", line, want)
			}
			if !strings.HasSuffix(string(rest), c.output) {
				t.Errorf("of a command that failed it shows %q, want %q", rest, c.output)
			}
			if cmd.Wait(); cmd.ProcessState.ExitCode() != 3 {
				t.Errorf("exit code %d, want that of the command, 3", cmd.ProcessState.ExitCode())
			}
		})
	}
}
