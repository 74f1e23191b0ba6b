package velocity

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"example.com/guessing-game/src/apigw/vtl"
)

// jars is where Debian's packages put what the harness needs.
const jars = "/usr/share/java"

// JavaCommand prepares a run of one of the Java programs in the oracle folder, with the real engine on its class path.
func JavaCommand(program string, args ...string) (*exec.Cmd, error) {
	var path []string
	for _, jar := range []string{"velocity-1.7", "commons-collections3", "commons-lang", "jackson-core", "jackson-databind", "jackson-annotations"} {
		file := filepath.Join(jars, jar+".jar")
		if _, err := os.Stat(file); err != nil {
			return nil, fmt.Errorf("%s is missing: run tests/velocity/install.sh", file)
		}
		path = append(path, file)
	}
	_, here, _, ok := runtime.Caller(0)
	if !ok {
		return nil, errors.New("where the sources are is unknown (built with -trimpath?)")
	}
	folder := filepath.Join(filepath.Dir(here), "oracle")
	options := []string{"-Xmx1g", "-cp", strings.Join(path, ":"), filepath.Join(folder, program)}
	return exec.Command(javaCommand(), append(options, args...)...), nil
}

// javaCommand is the Java 17 that install.sh installs, or else whatever java there is. What a double prints, and some methods, depend on
// the version.
func javaCommand() string {
	if installed, _ := filepath.Glob("/usr/lib/jvm/java-17-openjdk-*/bin/java"); len(installed) > 0 {
		return installed[0]
	}
	return "java"
}

// An Oracle is a running Apache Velocity 1.7. It is for one goroutine.
type Oracle struct {
	command *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
}

// StartOracle starts the real engine. With fresh, each template has an engine of its own, which is slow and beyond doubt;
// without, only those that speak of macros do.
func StartOracle(setting vtl.Setting, fresh bool) (*Oracle, error) {
	args := []string{SettingName(setting)}
	if fresh {
		args = append(args, "fresh")
	}
	command, err := JavaCommand("Oracle.java", args...)
	if err != nil {
		return nil, err
	}
	command.Stderr = os.Stderr
	in, err := command.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	return &Oracle{command, in, bufio.NewReaderSize(out, 1<<20)}, nil
}

// SettingName is what the commands here, and apigw render, call a setting.
func SettingName(s vtl.Setting) string {
	if s == vtl.Velocity {
		return "velocity"
	}
	return "apigateway"
}

// Render answers the outcome of each case, whose expectations it does not look at. Of an error's message it keeps the first
// line: the others list tokens.
func (o *Oracle) Render(cases []*Case) ([]Outcome, error) {
	written := make(chan error, 1)
	go func() { written <- o.write(cases) }()
	outcomes := make([]Outcome, len(cases))
	for i := range cases {
		line, err := o.out.ReadBytes('\n')
		if err != nil {
			return nil, fmt.Errorf("the real engine ended at %q: %w", cases[i].Template, err)
		}
		var id struct{ ID string }
		if err := errors.Join(json.Unmarshal(line, &outcomes[i]), json.Unmarshal(line, &id)); err != nil {
			return nil, fmt.Errorf("the real engine answered %q: %w", line, err)
		}
		if id.ID != strconv.Itoa(i) {
			return nil, fmt.Errorf("the real engine answered %q where %d was due", id.ID, i)
		}
		outcomes[i].Error, _, _ = strings.Cut(outcomes[i].Error, "\n")
	}
	return outcomes, <-written
}

func (o *Oracle) write(cases []*Case) error {
	w := bufio.NewWriterSize(o.in, 1<<20)
	for i, c := range cases {
		line, err := encode(&Case{ID: strconv.Itoa(i), Context: c.Context, Template: c.Template})
		if err != nil {
			return err
		}
		w.Write(line)
		w.WriteByte('\n')
	}
	return w.Flush()
}

// Close ends the real engine.
func (o *Oracle) Close() error {
	o.in.Close()
	return o.command.Wait()
}
