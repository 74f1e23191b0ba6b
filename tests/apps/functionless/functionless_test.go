//go:build e2e

package functionless

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"example.com/guessing-game/tests/dynamodb"
	"example.com/guessing-game/tests/moto"
)

type command struct{ text, want string }

func commands(t *testing.T) (all []command) {
	source, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	inside := false
	for line := range strings.Lines(string(source)) {
		switch text, isCommand := strings.CutPrefix(line, "$ "); {
		case strings.HasPrefix(line, "```"):
			inside = line == "```console\n"
		case inside && isCommand:
			all = append(all, command{text: strings.TrimSuffix(text, "\n")})
		case inside:
			all[len(all)-1].want += line
		}
	}
	if len(all) < 10 {
		t.Fatalf("the guide has %d commands; the test must have lost them", len(all))
	}
	return all
}

var id = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// guide runs the commands.
type guide struct {
	*testing.T
	bin   string
	place *strings.Replacer // from the guide's addresses to those of this run
	ids   map[string]string // the printed ids, by those of the guide
}

func TestGuide(t *testing.T) {
	bin := t.TempDir()
	if out, err := exec.Command("go", "build", "-o", filepath.Join(bin, "apigw"), "../../../src/apigw").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	table, err := dynamodb.Start(t.Context(), 0, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	defer table.Stop()
	others, err := moto.Start(t.Context(), t.Output())
	if err != nil {
		t.Fatal(err)
	}
	defer others.Stop()
	addresses := []string{"http://127.0.0.1:8000", table.URL, "http://127.0.0.1:5000", others.URL}
	g := &guide{T: t, bin: bin, place: strings.NewReplacer(addresses...), ids: map[string]string{}}
	for _, c := range commands(t) {
		switch {
		case strings.HasPrefix(c.text, "docker "), strings.HasPrefix(c.text, "pip "):
		case strings.HasPrefix(c.text, "apigw start "):
			rest := g.start(c)
			g.place = strings.NewReplacer(append(addresses, "http://127.0.0.1:3000", rest)...)
		default:
			g.run(c)
		}
	}
}

func (g *guide) command(text string) *exec.Cmd {
	text = id.ReplaceAllStringFunc(g.place.Replace(text), func(id string) string {
		if known := g.ids[id]; known != "" {
			return known
		}
		return id
	})
	cmd := exec.CommandContext(g.Context(), "bash", "-c", "exec "+text)
	cmd.Env = append(os.Environ(), "PATH="+g.bin+":"+os.Getenv("PATH"), "AWS_REGION=us-east-1")
	return cmd
}

func (g *guide) run(c command) {
	out, err := g.command(c.text).CombinedOutput()
	if err != nil && !strings.Contains(c.text, "--result") { // a failure that the guide shows
		g.Fatalf("%s: %v\n%s", c.text, err, out)
	}
	g.hold(c, string(out))
}

// start starts apigw and returns the address of its REST API.
func (g *guide) start(c command) string {
	cmd := g.command(c.text + " --port 0 --lambda-port 0 --trace-port 0 --xray-port 0")
	out, err := cmd.StdoutPipe()
	if err != nil {
		g.Fatal(err)
	}
	cmd.Stderr = g.Output()
	if err := cmd.Start(); err != nil {
		g.Fatal(err)
	}
	g.Cleanup(func() {
		cmd.Process.Signal(os.Interrupt)
		cmd.Wait()
	})
	late := time.AfterFunc(time.Minute, func() { cmd.Process.Kill() })
	defer late.Stop()
	var printed strings.Builder
	lines := bufio.NewReader(out)
	for !strings.Contains(printed.String(), "Ctrl-C") {
		line, err := lines.ReadString('\n')
		if printed.WriteString(line); err != nil {
			g.Fatalf("apigw start has ended: %v\n%s", err, printed.String())
		}
	}
	go io.Copy(io.Discard, lines)
	g.hold(c, printed.String())
	rest := regexp.MustCompile(`REST +(http://[^/]+)/`).FindStringSubmatch(printed.String())
	if rest == nil {
		g.Fatalf("there is no REST API:\n%s", printed.String())
	}
	return rest[1]
}

// hold compares what a command printed with the guide.
func (g *guide) hold(c command, got string) {
	want := g.place.Replace(strings.TrimRight(c.want, "\n"))
	var named []string
	var pattern strings.Builder
	pattern.WriteString("(?s)^")
	for i, line := range strings.Split(want, "\n") {
		if line == "…" {
			pattern.WriteString(`(?:[^\n]*\n)*?`)
			if i == strings.Count(want, "\n") { // the last line
				pattern.WriteString(`.*`)
			}
			continue
		}
		line = regexp.QuoteMeta(line)
		line = strings.ReplaceAll(line, "…", `[^\n]*`)
		line = id.ReplaceAllStringFunc(line, func(of string) string {
			if known := g.ids[of]; known != "" {
				return known
			}
			named = append(named, of)
			return "(" + id.String() + ")"
		})
		pattern.WriteString(line + `\n?`)
	}
	m := regexp.MustCompile(pattern.String() + `\n*$`).FindStringSubmatch(got)
	if m == nil {
		g.Errorf("%s printed\n%s\nbut the guide says\n%s", c.text, got, want)
		return
	}
	for i, of := range named {
		g.ids[of] = m[1+2*i] // each id's group contains another one
	}
}
