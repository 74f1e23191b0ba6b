//go:build e2e

package readme

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

const root = "../.."

type command struct {
	line int // in README.md
	text string
	want []string
}

// blocks reads the console blocks of the README.
func blocks(t *testing.T) (all [][]command) {
	t.Helper()
	source, err := os.ReadFile(root + "/README.md")
	if err != nil {
		t.Fatal(err)
	}
	var block []command
	inside := false
	for i, line := range strings.Split(string(source), "\n") {
		switch {
		case line == "```console":
			inside, block = true, nil
		case inside && line == "```":
			inside, all = false, append(all, block)
		case inside && strings.HasPrefix(line, "$ "):
			block = append(block, command{line: i + 1, text: line[2:]})
		case inside && len(block) == 0:
			t.Fatalf("README.md:%d: a console block begins with a command", i+1)
		case inside:
			last := &block[len(block)-1]
			last.want = append(last.want, line)
		}
	}
	return all
}

// elsewhere are the programs whose commands tests/sam runs.
var elsewhere = regexp.MustCompile(`(^|[ &|;])(sam|docker|make (dynamodb|lambda-local|deploy|latency|start TABLE))\b`)

func TestCommands(t *testing.T) {
	all := blocks(t)
	if len(all) < 3 {
		t.Fatalf("README.md has %d console blocks; the test must have lost them", len(all))
	}
	r := &run{t: t, address: strings.NewReplacer()}
	ran := 0
blocks:
	for _, block := range all {
		for _, c := range block {
			if elsewhere.MatchString(c.text) {
				continue blocks
			}
		}
		ran += len(block)
		if block[0].text == "make start" {
			r.start(block[0])
			continue
		}
		// The guess that the README calls wrong may be right; then the block is run again.
		for try := 1; ; try++ {
			unlucky := r.block(block)
			if !unlucky {
				break
			}
			if try == 20 {
				t.Fatal("the number was 5 twenty times in a row")
			}
		}
	}
	t.Logf("%d commands of README.md ran", ran)
}

type run struct {
	t       *testing.T
	address *strings.Replacer
}

// start runs `make start` on free ports until the test ends.
func (r *run) start(c command) {
	build := exec.Command("make", "build")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		r.t.Fatalf("make build: %v\n%s", err, out)
	}
	var ports [3]string
	for i := range ports {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			r.t.Fatal(err)
		}
		_, ports[i], _ = net.SplitHostPort(l.Addr().String())
		l.Close() // after a moment, make's
	}
	r.address = strings.NewReplacer("127.0.0.1:3000", "127.0.0.1:"+ports[0], "127.0.0.1:3001", "127.0.0.1:"+ports[1], "127.0.0.1:3002", "127.0.0.1:"+ports[2])
	cmd := exec.Command("make", "start", fmt.Sprintf("ARGS=--port %s --lambda-port %s --trace-port %s --xray-port 0", ports[0], ports[1], ports[2]))
	cmd.Dir, cmd.Stderr = root, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // so that a signal reaches make and what it started
	out, err := cmd.StdoutPipe()
	if err != nil {
		r.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGINT)
		cmd.Wait()
	})
	timeout := time.AfterFunc(time.Minute, func() { syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
	defer timeout.Stop()
	var got []string
	lines := bufio.NewScanner(out)
	for {
		if !lines.Scan() {
			r.t.Fatalf("README.md:%d: make start ended:\n%s", c.line, strings.Join(got, "\n"))
		}
		if strings.HasPrefix(lines.Text(), "Press Ctrl-C") {
			break
		}
		got = append(got, lines.Text())
	}
	go io.Copy(io.Discard, out)
	r.compare(c, new(binding), got)
}

// binding maps the README's ids and its number to those of this run.
type binding struct {
	ids    map[string]string
	number string
}

var (
	id     = regexp.MustCompile(`[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}`)
	number = regexp.MustCompile(`"random_number":(\d+)`)
)

// apply replaces the README's ids and number with this run's.
func (b *binding) apply(text string) string {
	text = id.ReplaceAllStringFunc(text, func(s string) string {
		if bound, ok := b.ids[s]; ok {
			return bound
		}
		return s
	})
	if b.number != "" {
		for _, form := range []string{`"random_number":%s`, `"guess":%s`, `[5,%s,null]`} {
			text = strings.ReplaceAll(text, fmt.Sprintf(form, "7"), fmt.Sprintf(form, b.number))
		}
	}
	return text
}

// block runs the commands of a block in one shell. It returns true if the number was the README's
// wrong guess.
func (r *run) block(block []command) (unlucky bool) {
	shell := exec.Command("bash", "--norc")
	shell.Dir = root
	in, err := shell.StdinPipe()
	if err != nil {
		r.t.Fatal(err)
	}
	pipe, err := shell.StdoutPipe()
	if err != nil {
		r.t.Fatal(err)
	}
	shell.Stderr = shell.Stdout
	if err := shell.Start(); err != nil {
		r.t.Fatal(err)
	}
	defer shell.Wait()
	defer in.Close()
	out := bufio.NewReader(pipe)
	bound := &binding{ids: map[string]string{}}
	const marker = "\x1e end"
	for _, c := range block {
		fmt.Fprintf(in, "%s\nprintf '\\n%%s\\n' '%s'\n", r.address.Replace(bound.apply(c.text)), marker)
		var got []string
		for {
			line, err := out.ReadString('\n')
			if err != nil {
				r.t.Fatalf("README.md:%d: the shell ended: %v", c.line, err)
			}
			if line = strings.TrimSuffix(line, "\n"); line == marker {
				break
			}
			got = append(got, line)
		}
		for len(got) > 0 && got[len(got)-1] == "" {
			got = got[:len(got)-1]
		}
		// What is printed determines what the README's ids and number stand for.
		text := strings.Join(got, "\n")
		said, printed := id.FindString(strings.Join(c.want, "\n")), id.FindString(text)
		if said != "" && printed != "" && bound.ids[said] == "" && !strings.Contains(c.text, said) {
			bound.ids[said] = printed
		}
		if m := number.FindStringSubmatch(text); m != nil && bound.number == "" {
			if bound.number = m[1]; m[1] == "5" {
				return true
			}
		}
		r.compare(c, bound, got)
	}
	return false
}

// The number of spaces that align columns depends on the ports.
var blanks = regexp.MustCompile(` {2,}`)

// compare compares the lines that a command printed with those in the README.
func (r *run) compare(c command, bound *binding, got []string) {
	r.t.Helper()
	var pattern strings.Builder
	pattern.WriteString(`(?s)^`)
	for _, line := range c.want {
		if line == "…" {
			pattern.WriteString(`(?:[^\n]*\n)*?`)
			continue
		}
		for i, part := range strings.Split(r.address.Replace(bound.apply(line)), "…") {
			if i > 0 {
				pattern.WriteString(`[^\n]*`)
			}
			pattern.WriteString(blanks.ReplaceAllString(regexp.QuoteMeta(part), " +"))
		}
		pattern.WriteString(`\n`)
	}
	pattern.WriteString(`$`)
	if text := strings.Join(got, "\n") + "\n"; len(c.want) > 0 && !regexp.MustCompile(pattern.String()).MatchString(text) {
		r.t.Errorf("README.md:%d: %s\nprints\n%s\nbut the README says\n%s", c.line, c.text, text, strings.Join(c.want, "\n"))
	}
}
