package runtimes

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// interpreter is a program on this machine that runs code.
type interpreter struct {
	path    string
	version string // as its language counts: 3.12, 20
}

// askTime is how long an interpreter may take to report its version.
const askTime = 20 * time.Second

// ask runs an interpreter to learn where it really is and its version: two lines that the arguments
// make it print. It is nil if it does not run. Functions thus start without a shim, a script that
// looks for the interpreter each time.
func (f *Finder) ask(program string, args ...string) *interpreter {
	f.mu.Lock()
	defer f.mu.Unlock()
	if i, ok := f.asked[program]; ok {
		return i
	}
	f.asked[program] = nil
	info, err := os.Stat(program)
	if err != nil {
		return nil
	}
	// The result for a program of this size and date is reused, unless it is a script.
	known := filepath.Join(f.cache, "interpreters.json")
	key := fmt.Sprint(program, " ", info.Size(), " ", info.ModTime().UnixNano())
	all := map[string][2]string{}
	if data, err := os.ReadFile(known); err == nil {
		json.Unmarshal(data, &all) // a broken one is rewritten
	}
	if said, ok := all[key]; ok && !isScript(program) && isFile(said[0]) {
		f.asked[program] = &interpreter{said[0], said[1]}
		return f.asked[program]
	}
	ctx, cancel := context.WithTimeout(context.Background(), askTime)
	defer cancel()
	out, err := output(ctx, exec.Command(program, args...))
	path, version, ok := strings.Cut(strings.TrimSpace(string(out)), "\n")
	if err != nil || !ok || !isFile(path) {
		return nil
	}
	f.asked[program] = &interpreter{path, strings.TrimSpace(version)}
	if !isScript(program) {
		all[key] = [2]string{path, strings.TrimSpace(version)}
		if data, err := json.Marshal(all); err == nil {
			replace(known, data) // next time it is asked again
		}
	}
	return f.asked[program]
}

// isScript reports whether a program is a script, such as a shim of pyenv or similar tools.
func isScript(program string) bool {
	file, err := os.Open(program)
	if err != nil {
		return false
	}
	defer file.Close()
	var b [2]byte
	n, _ := file.Read(b[:])
	return n == 2 && string(b[:]) == "#!"
}

var versioned = regexp.MustCompile(`^python(3\.\d+)$`)

// pythonAt is the Python of a path; nil if there is none that runs.
func (f *Finder) pythonAt(program string) *interpreter {
	if real, shim := f.pyenv(program); shim {
		if program = real; real == "" {
			return nil
		}
	}
	if !isScript(program) {
		// python3 is usually a link to python3.12.
		if real, err := filepath.EvalSymlinks(program); err == nil {
			if m := versioned.FindStringSubmatch(filepath.Base(real)); m != nil {
				return &interpreter{program, m[1]}
			}
		}
	}
	return f.ask(program, "-c", `import sys; print(sys.executable); print("%d.%d" % sys.version_info[:2])`)
}

// pyenv finds the program that a shim of pyenv runs here: a shim takes longer than Python itself.
// It is empty if the chosen versions lack the program
// (https://github.com/pyenv/pyenv#understanding-python-version-selection).
func (f *Finder) pyenv(program string) (real string, shim bool) {
	root := filepath.Dir(filepath.Dir(program))
	if filepath.Base(filepath.Dir(program)) != "shims" || !isDir(filepath.Join(root, "versions")) {
		return "", false
	}
	chosen := f.o.Getenv("PYENV_VERSION")
	for dir := here(); chosen == "" && dir != ""; dir = filepath.Dir(dir) {
		if data, err := readSource(filepath.Join(dir, ".python-version"), maxScannedSize); err == nil {
			chosen = string(data)
		}
		if dir == filepath.Dir(dir) {
			break
		}
	}
	if chosen == "" {
		if data, err := os.ReadFile(filepath.Join(root, "version")); err == nil {
			chosen = string(data)
		}
	}
	for _, version := range strings.FieldsFunc(chosen, func(r rune) bool { return r == ':' || r == ' ' || r == '\n' || r == '\r' }) {
		if real = filepath.Join(root, "versions", filepath.Base(version), "bin", filepath.Base(program)); isFile(real) {
			return real, true
		}
	}
	return "", chosen != ""
}

// nodeAt is the Node.js of a path; nil if there is none that runs.
func (f *Finder) nodeAt(program string) *interpreter {
	return f.ask(program, "-p", `process.execPath + "\n" + process.versions.node.split(".")[0]`)
}

// onPath is the first of some programs that is on the path and runs; nil if there is none.
func (f *Finder) onPath(at func(string) *interpreter, names ...string) *interpreter {
	for _, name := range names {
		if program, err := exec.LookPath(name); err == nil {
			if program, err = filepath.Abs(program); err == nil {
				if i := at(program); i != nil {
					return i
				}
			}
		}
	}
	return nil
}
