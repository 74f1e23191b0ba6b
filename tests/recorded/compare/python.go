package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/tools/txtar"
)

// literals is a Python program that prints the literals of each test of a file, by the name of
// the variable or argument that they are given to; those without one have the name "".
const literals = `
import ast, json, sys
def values(node):
    for x in ast.walk(node):
        try:
            v = ast.literal_eval(x)
        except Exception:
            continue
        yield v.decode('utf-8', 'replace') if isinstance(v, bytes) else v
tests = {}
def visit(node, path):
    for fn in ast.iter_child_nodes(node):
        if isinstance(fn, ast.ClassDef):
            visit(fn, path + fn.name + '::')
        elif isinstance(fn, ast.FunctionDef):
            found = tests.setdefault(path + fn.name, {'': []})
            found[''] += list(values(fn))
            for x in ast.walk(fn):
                names = []
                if isinstance(x, ast.Assign):
                    names = [t.id for t in x.targets if isinstance(t, ast.Name)]
                elif isinstance(x, ast.keyword) and x.arg:
                    names = [x.arg]
                for name in names:
                    found.setdefault(name, []).extend(values(x.value))
visit(ast.parse(open(sys.argv[1]).read()), '')
print(json.dumps(tests, default=str))
`

var literalsOf = struct {
	sync.Mutex
	files map[string]map[string]map[string][]any
}{files: map[string]map[string]map[string][]any{}}

// asserted compares with the literals of a test.
func (f fact) asserted(a *txtar.Archive, sources string) error {
	file := filepath.Join(sources, f.folder, f.file)
	literalsOf.Lock()
	defer literalsOf.Unlock()
	tests, ok := literalsOf.files[file]
	if !ok {
		out, err := exec.Command("python3", "-c", literals, file).Output()
		if err != nil {
			return fmt.Errorf("reading %s takes python3: %w", f.file, err)
		}
		if err := json.Unmarshal(out, &tests); err != nil {
			return fmt.Errorf("%s: %w", f.file, err)
		}
		literalsOf.files[file] = tests
	}
	name, ok := strings.CutPrefix(f.pointer, "=")
	if !ok {
		return errors.New("of a test in Python the last word is = or =NAME")
	}
	test, ok := tests[f.test]
	if !ok {
		return fmt.Errorf("%s has no test %s", f.file, f.test)
	}
	ours, err := f.ours(a)
	if err != nil {
		return fmt.Errorf("in the archive: %w", err)
	}
	for _, v := range test[name] {
		if same(ours, v) {
			return nil
		}
	}
	return fmt.Errorf("the archive has %s, which is no literal %s in %s", text(ours), name, f.test)
}

// tabled compares with a cell of a table.
func (f fact) tabled(a *txtar.Archive, sources string) error {
	data, err := os.ReadFile(filepath.Join(sources, f.folder, f.file))
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(f.test)
	column, err2 := strconv.Atoi(f.pointer)
	if err != nil || err2 != nil || column < 0 || column >= row.NumSubexp() {
		return errors.New("of a table the last words are the numbers of a row and a column")
	}
	for line := range strings.Lines(string(data)) {
		m := row.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
		if m == nil {
			continue
		}
		if n--; n > 0 {
			continue
		}
		ours, err := f.ours(a)
		if err != nil {
			return fmt.Errorf("in the archive: %w", err)
		}
		if recorded := m[column+1]; !same(ours, recorded) && !same(compact(text(ours)), compact(recorded)) {
			return fmt.Errorf("the archive has %s, recorded is %s", text(ours), recorded)
		}
		return nil
	}
	return fmt.Errorf("%s has no row %s", f.file, f.test)
}
