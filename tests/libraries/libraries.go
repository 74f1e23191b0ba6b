// Package libraries holds our JSONPath, lenient JSON and model validation to the Java libraries that API Gateway's answers show:
// json-path 2.4.0 on json-smart 2.3, and json-schema-validator 2.2.14. Corpus files have cases with the answers of the real ones;
// the differential command makes random ones.
package libraries

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

// A Library is one of the real ones, with our own beside it.
type Library struct {
	Name   string
	oracle string // the Java program that asks it
	ours   func(Question) Answer
}

// Libraries are all of them.
var Libraries = []Library{
	{"path", "PathOracle", OurPath},
	{"document", "PathOracle", OurPath},
	{"schema", "SchemaOracle", OurSchema},
}

// A Question is a path on a document, a document alone, or a schema with a body.
type Question struct {
	Document string  `json:"document,omitempty"`
	Path     *string `json:"path,omitempty"`
	Schema   string  `json:"schema,omitempty"`
	Body     *string `json:"body,omitempty"`
}

// An Answer is what came of a question. Error is a message of its own, which is not compared.
type Answer struct {
	Status  string `json:"status"`
	Value   string `json:"value,omitempty"`
	Printed string `json:"printed,omitempty"`
	Error   string `json:"error,omitempty"`
}

// Agrees reports whether the answers are the same.
func (a Answer) Agrees(b Answer) bool {
	return a.Status == b.Status && a.Value == b.Value && a.Printed == b.Printed
}

func (a Answer) String() string {
	b, _ := encode(a)
	return string(b)
}

// Ours returns our own code's answer to a question. A panic is an answer that agrees with no other.
func (l Library) Ours(q Question) (a Answer) {
	defer func() {
		if r := recover(); r != nil {
			a = Answer{Status: "panic", Error: fmt.Sprint(r)}
		}
	}()
	return l.ours(q)
}

func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// An Oracle is a running Java program. It is for one goroutine.
type Oracle struct {
	command *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
}

// Start starts the real library. Install, before it, fetches what that needs.
func (l Library) Start(jars string) (*Oracle, error) {
	folder, err := here("oracle")
	if err != nil {
		return nil, err
	}
	classes := filepath.Join(jars, "classes")
	if err := compile(folder, jars, classes); err != nil {
		return nil, err
	}
	command := exec.Command(javaProgram("java"), "-Xmx1g", "-Xss64m", "-cp", classes+":"+filepath.Join(jars, "*"), l.oracle)
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

// Install fetches the real libraries and returns the folder they are in.
func Install() (string, error) {
	script, err := here("install.sh")
	if err != nil {
		return "", err
	}
	command := exec.Command(script)
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w", script, err)
	}
	return strings.TrimSpace(string(out)), nil
}

func here(name string) (string, error) {
	_, file, _, ok := runtime.Caller(0)
	if !ok {
		return "", errors.New("where the sources are is unknown (built with -trimpath?)")
	}
	return filepath.Join(filepath.Dir(file), name), nil
}

// javaProgram finds a program of the Java 17 that install.sh installs, or else whatever there is.
func javaProgram(program string) string {
	if installed, _ := filepath.Glob("/usr/lib/jvm/java-17-openjdk-*/bin/" + program); len(installed) > 0 {
		return installed[0]
	}
	return program
}

func compile(folder, jars, classes string) error {
	sources, err := filepath.Glob(filepath.Join(folder, "*.java"))
	if err != nil {
		return err
	}
	args := append([]string{"-nowarn", "-d", classes, "-cp", filepath.Join(jars, "*")}, sources...)
	if out, err := exec.Command(javaProgram("javac"), args...).CombinedOutput(); err != nil {
		return fmt.Errorf("javac: %w\n%s", err, out)
	}
	return nil
}

// Ask returns the real library's answers.
func (o *Oracle) Ask(questions []Question) ([]Answer, error) {
	written := make(chan error, 1)
	go func() { written <- o.write(questions) }()
	answers := make([]Answer, len(questions))
	for i := range questions {
		line, err := o.out.ReadBytes('\n')
		if err == nil {
			err = json.Unmarshal(line, &answers[i])
		}
		if err != nil {
			return nil, fmt.Errorf("the real library ended at %+v: %w", questions[i], err)
		}
	}
	return answers, <-written
}

func (o *Oracle) write(questions []Question) error {
	w := bufio.NewWriterSize(o.in, 1<<20)
	for _, q := range questions {
		line, err := encode(q)
		if err != nil {
			return err
		}
		w.Write(line)
		w.WriteByte('\n')
	}
	return w.Flush()
}

// Close ends the real library.
func (o *Oracle) Close() error {
	o.in.Close()
	return o.command.Wait()
}

// Line is the question as a corpus file has it.
func (q Question) Line() (string, error) {
	b, err := encode(q)
	return string(b), err
}
