// Package oracle runs the Java programs that this project's own code is compared with: each
// question is a line of JSON, and so is each answer.
package oracle

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// An Oracle is a running Java program. It is not safe for concurrent use.
type Oracle struct {
	line     []string // how it is started
	command  *exec.Cmd
	in       io.WriteCloser
	out      *bufio.Reader
	answered int // questions, since it started
}

// Start starts a Java program: the arguments are those of java. Its standard error is this
// process's.
func Start(arguments ...string) (*Oracle, error) {
	o := &Oracle{line: append([]string{Java("java")}, arguments...)}
	return o, o.start()
}

func (o *Oracle) start() error {
	o.command = exec.Command(o.line[0], o.line[1:]...)
	o.command.Stderr = os.Stderr
	in, err := o.command.StdinPipe()
	if err != nil {
		return err
	}
	out, err := o.command.StdoutPipe()
	if err != nil {
		return err
	}
	o.in, o.out, o.answered = in, bufio.NewReaderSize(out, 1<<20), 0
	return o.command.Start()
}

// Close ends the program.
func (o *Oracle) Close() error {
	o.in.Close()
	return o.command.Wait()
}

// Ask returns the answer to each question. A program that ends normally after an answer, as it does
// rather than continue alongside an endless question, is started again for the next question.
func Ask[Q, A any](o *Oracle, questions []Q) ([]A, error) {
	lines := make([][]byte, len(questions))
	for i, q := range questions {
		line, err := Encode(q)
		if err != nil {
			return nil, err
		}
		lines[i] = append(line, '\n')
	}
	answers := make([]A, len(questions))
	for at := 0; at < len(questions); {
		got, ended := o.exchange(lines[at:])
		for _, line := range got {
			if err := json.Unmarshal(line, &answers[at]); err != nil {
				return nil, fmt.Errorf("the Java program answered %q: %w", line, err)
			}
			at++
		}
		if ended != nil {
			if o.answered > 0 {
				if ended = o.Close(); ended == nil {
					ended = o.start()
				}
			}
			if ended != nil {
				return nil, fmt.Errorf("the Java program ended at %s: %w", lines[min(at, len(lines)-1)], ended)
			}
		}
	}
	return answers, nil
}

// exchange writes lines and reads as many, or fewer if the program ends before.
func (o *Oracle) exchange(lines [][]byte) (answers [][]byte, err error) {
	written := make(chan struct{})
	go func() {
		defer close(written)
		_, _ = o.in.Write(bytes.Join(lines, nil)) // the end of its answers shows that the program has ended
	}()
	defer func() { <-written }()
	for range lines {
		line, err := o.out.ReadBytes('\n')
		if err != nil {
			return answers, err
		}
		o.answered++
		answers = append(answers, line)
	}
	return answers, nil
}

// Encode is json.Marshal without the escapes that only HTML needs, so that corpora stay readable.
func Encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// Beside returns the path of a file next to the source file that calls it.
func Beside(name string) (string, error) {
	_, file, _, ok := runtime.Caller(1)
	if !ok {
		return "", errors.New("where the sources are is unknown (built with -trimpath?)")
	}
	return filepath.Join(filepath.Dir(file), name), nil
}

// Java finds the Java 17 that the scripts install, or else whatever java there is. How a double
// prints, and some methods, depend on the version.
func Java(program string) string {
	if installed, _ := filepath.Glob("/usr/lib/jvm/java-17-openjdk-*/bin/" + program); len(installed) > 0 {
		return installed[0]
	}
	return program
}

// Compile compiles the Java sources of a folder.
func Compile(folder, classPath, classes string) error {
	sources, err := filepath.Glob(filepath.Join(folder, "*.java"))
	if err != nil {
		return err
	}
	arguments := append([]string{"-nowarn", "-d", classes, "-cp", classPath}, sources...)
	if out, err := exec.Command(Java("javac"), arguments...).CombinedOutput(); err != nil {
		return fmt.Errorf("javac: %w\n%s", err, out)
	}
	return nil
}

// Install runs a script that installs or fetches what a program needs, and returns the last line
// that it prints.
func Install(script string) (string, error) {
	command := exec.Command(script)
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w", script, err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return lines[len(lines)-1], nil
}
