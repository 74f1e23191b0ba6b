// Command compare compares the recorded cases with their public sources, checked out below a folder
// as OWNER/NAME:
//
//	git clone https://github.com/localstack/localstack sources/localstack/localstack
//	git clone https://github.com/localstack/airspeed sources/localstack/airspeed
//	git clone https://github.com/ToQoz/api-gateway-mapping-template sources/ToQoz/api-gateway-mapping-template
//	git clone https://github.com/aws/aws-lambda-dotnet sources/aws/aws-lambda-dotnet
//	go run ./tests/recorded/compare sources
//
// An archive's file "sources" begins with a repository and a folder in it. Each line after that
// says, for a part of a case, where the same value is recorded:
//
//	CASE PART FILE::TEST POINTER
//
// PART is status, body, event or header:NAME of what the client and the function got;
// request-header:NAME or request-body of what the client sent; sent-header:NAME or sent-body of
// what a service got. Bodies and event may be followed by :POINTER. Where the same value is depends
// on FILE:
//
//	a snapshot (.json)   POINTER is a JSON pointer into what the test recorded; a header that a case does not want must be missing there.
//	                     A file that holds one recording is named without ::TEST.
//	a test (.py)         where nothing was recorded, the test asserts it: POINTER is "=", and the value is one of the test's literals,
//	                     or "=NAME", and it is one of those in the statement that assigns NAME, or in an argument of the name NAME
//	a table (_.md)       TEST is the number of a row, and POINTER the number of a column, counted from 0
//
// A case without a public value to compare has a line that says why:
//
//	CASE KIND TEXT
//
// KIND is own-data (the exchange that TEXT names, with our own data), documentation (TEXT names
// the page), report (somebody's post; TEXT says whose) or inference (TEXT says from what). The
// CASE * means all cases without a line. For two sources every row is rendered as well, so that
// nothing of theirs needs to be copied: see replay.go.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/txtar"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run is the command; it returns the exit code: 0 all agree, 1 something differs, 2 wrong usage.
func run(args []string, stdout, stderr io.Writer) int {
	if len(args) != 1 {
		fmt.Fprintln(stderr, "usage: go run ./tests/recorded/compare FOLDER")
		return 2
	}
	archives, err := filepath.Glob("tests/recorded/*.txtar")
	if err != nil || len(archives) == 0 {
		fmt.Fprintln(stderr, "compare: there is no tests/recorded here; run it at the root of the project")
		return 2
	}
	failed := false
	say := func(format string, a ...any) {
		failed = true
		fmt.Fprintf(stdout, format+"\n", a...)
	}
	facts, cases, backed := 0, 0, 0
	for _, file := range archives {
		a, err := txtar.ParseFile(file)
		if err != nil {
			say("%s: %v", file, err)
			continue
		}
		all, with, explained := casesOf(a), map[string]bool{}, map[string]bool{}
		for _, f := range factsOf(a) {
			with[f.name] = true
			if kinds[f.part] {
				explained[f.name] = true
				continue
			}
			facts++
			if err := f.check(a, args[0]); err != nil {
				say("%s: %s %s: %v", file, f.name, f.part, err)
			}
		}
		n := 0
		for _, name := range all {
			switch {
			case with[name] && !explained[name]:
				n++
			case !with[name] && !with["*"]:
				say("%s: %s has no line in sources", file, name)
			}
		}
		cases += len(all)
		backed += n
		fmt.Fprintf(stdout, "%-40s %3d cases, %3d with a source that is compared\n", file, len(all), n)
	}
	fmt.Fprintf(stdout, "%d values of %d cases (of %d) compared\n", facts, backed, cases)
	n, err := binaryPayloads(args[0], say)
	if err != nil {
		say("binarypayloads.txt: %v", err)
	}
	fmt.Fprintf(stdout, "%d rows of binarypayloads.txt compared\n", n)
	for name, replay := range map[string]func(string) (int, []string, error){"ToQoz/api-gateway-mapping-template": replayTable, "localstack/airspeed": replayAirspeed} {
		n, wrong, err := replay(filepath.Join(args[0], name))
		if err != nil {
			say("%s: %v", name, err)
		}
		for _, w := range wrong {
			say("%s: %s", name, w)
		}
		fmt.Fprintf(stdout, "%s: %d templates rendered, %d differ\n", name, n, len(wrong))
	}
	if failed {
		return 1
	}
	return 0
}

// kinds are those of cases without a public value to compare.
var kinds = map[string]bool{"own-data": true, "documentation": true, "report": true, "inference": true}

// fact is a value of a case and where it is recorded; for a case without one, part is its kind.
type fact struct {
	folder, name, part, file, test, pointer string
}

func casesOf(a *txtar.Archive) []string {
	var names []string
	for _, f := range a.Files {
		if name, part, ok := strings.Cut(f.Name, "/"); ok && part == "request" {
			names = append(names, name)
		}
	}
	return names
}

func factsOf(a *txtar.Archive) []fact {
	var fs []fact
	for _, f := range a.Files {
		if f.Name != "sources" {
			continue
		}
		folder := ""
		for line := range strings.Lines(string(f.Data)) {
			words := strings.Fields(line)
			if len(words) == 2 {
				folder = filepath.Join(words...)
				continue
			}
			if len(words) > 2 && kinds[words[1]] {
				fs = append(fs, fact{name: words[0], part: words[1]})
				continue
			}
			if len(words) != 4 {
				fs = append(fs, fact{name: strings.TrimSpace(line)})
				continue
			}
			file, test, _ := strings.Cut(words[2], "::")
			fs = append(fs, fact{folder, words[0], words[1], file, test, words[3]})
		}
	}
	return fs
}

var errMissing = errors.New("not there")

// check compares the fact's two sides.
func (f fact) check(a *txtar.Archive, sources string) error {
	if f.pointer == "" {
		return errors.New("a line of sources is CASE PART FILE::TEST POINTER")
	}
	switch filepath.Ext(f.file) {
	case ".py":
		return f.asserted(a, sources)
	case ".md":
		return f.tabled(a, sources)
	}
	data, err := os.ReadFile(filepath.Join(sources, f.folder, f.file))
	if err != nil {
		return err
	}
	if f.test == "" {
		var recorded any
		if err := json.Unmarshal(bytes.TrimPrefix(data, []byte("\ufeff")), &recorded); err != nil {
			return fmt.Errorf("%s: %w", f.file, err)
		}
		return f.compare(a, recorded)
	}
	var tests map[string]struct {
		Content any `json:"recorded-content"`
	}
	if err := json.Unmarshal(data, &tests); err != nil {
		return fmt.Errorf("%s: %w", f.file, err)
	}
	for name, test := range tests {
		if _, rest, _ := strings.Cut(name, "::"); rest == f.test {
			return f.compare(a, test.Content)
		}
	}
	return fmt.Errorf("%s has no test %s", f.file, f.test)
}

// compare compares the value in the archive with that in a snapshot.
func (f fact) compare(a *txtar.Archive, snapshot any) error {
	recorded, recordedErr := at(snapshot, f.pointer)
	ours, err := f.ours(a)
	switch {
	case errors.Is(err, errMissing) && errors.Is(recordedErr, errMissing):
		return nil
	case err != nil:
		return fmt.Errorf("in the archive: %w", err)
	case recordedErr != nil:
		return fmt.Errorf("%s in %s: %w", f.pointer, f.file, recordedErr)
	}
	if !same(ours, recorded) {
		return fmt.Errorf("the archive has %s, recorded is %s (%s %s %s)", text(ours), text(recorded), f.file, f.test, f.pointer)
	}
	return nil
}

// binaryPayloads compares the rows of binarypayloads.txt, whose heading describes a row.
func binaryPayloads(sources string, say func(string, ...any)) (int, error) {
	const folder, file, class = "localstack/localstack/tests/aws/services/apigateway", "test_apigateway_s3.snapshot.json", "TestApiGatewayS3BinarySupport::"
	table, err := os.ReadFile("tests/recorded/binarypayloads.txt")
	if err != nil {
		return 0, err
	}
	data, err := os.ReadFile(filepath.Join(sources, folder, file))
	if err != nil {
		return 0, err
	}
	var tests map[string]struct {
		Content any `json:"recorded-content"`
	}
	if err := json.Unmarshal(data, &tests); err != nil {
		return 0, err
	}
	bodies, n := map[string][]byte{}, 0
	for line := range strings.Lines(string(table)) {
		f := strings.Fields(line)
		if len(f) == 3 && f[0] == "body" {
			if bodies[f[1]], err = base64.StdEncoding.DecodeString(f[2]); err != nil {
				return n, err
			}
		}
		if len(f) != 9 || f[0] == "#" {
			continue
		}
		n++
		recorded, err := at(tests["tests/aws/services/apigateway/test_apigateway_s3.py::"+class+f[7]].Content, f[8])
		if err != nil {
			return n, fmt.Errorf("%s %s: %w", f[7], f[8], err)
		}
		want := text(recorded)
		if m := bytesText.FindStringSubmatch(want); m != nil {
			if want, err = strconv.Unquote(`"` + strings.NewReplacer(`"`, `\"`, `\'`, `'`).Replace(m[1]) + `"`); err != nil {
				return n, fmt.Errorf("%s %s: %w", f[7], f[8], err)
			}
		}
		if want != string(bodies[f[6]]) {
			say("binarypayloads.txt: %s: recorded is %q", strings.TrimSpace(line), want)
		}
	}
	return n, nil
}

// at follows a JSON pointer.
func at(v any, pointer string) (any, error) {
	for _, step := range strings.Split(pointer, "/")[1:] {
		step = strings.NewReplacer("~1", "/", "~0", "~").Replace(step)
		switch node := v.(type) {
		case map[string]any:
			next, ok := node[step]
			if !ok {
				return nil, errMissing
			}
			v = next
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(node) {
				return nil, errMissing
			}
			v = node[i]
		default:
			return nil, errMissing
		}
	}
	return v, nil
}

// ours returns the value in the archive: text, or the part of JSON at a pointer.
func (f fact) ours(a *txtar.Archive) (any, error) {
	part, pointer, deeper := strings.Cut(f.part, ":")
	file := "response"
	switch before, rest, ok := strings.Cut(part, "-"); {
	case part == "event":
		file = "event"
	case ok && before == "request":
		file, part = "request", rest
	case ok && before == "sent":
		file, part = "service request", rest
	}
	i := slices.IndexFunc(a.Files, func(g txtar.File) bool { return g.Name == f.name+"/"+file })
	if i < 0 {
		return nil, fmt.Errorf("there is no %s/%s", f.name, file)
	}
	content := string(a.Files[i].Data)
	head, body, hasBody := strings.Cut(content, "\n\n")
	switch part {
	case "status":
		return strings.Split(head, "\n")[0], nil
	case "header":
		for _, line := range strings.Split(head, "\n")[1:] {
			if name, value, _ := strings.Cut(line, ":"); name == pointer {
				if value = strings.TrimSpace(value); value == "" {
					return nil, errMissing
				}
				return value, nil
			}
		}
		return nil, errMissing
	case "event":
		body = content
	case "body":
		if !hasBody {
			return nil, errors.New("the case does not compare the body")
		}
	default:
		return nil, fmt.Errorf("there is no part %q", part)
	}
	body = strings.TrimSuffix(body, "\n")
	if !deeper {
		return body, nil
	}
	var v any
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		return nil, err
	}
	return at(v, pointer)
}

// bytesText matches bytes as Python prints them, which some snapshots contain.
var bytesText = regexp.MustCompile(`(?s)^b'(.*)'$`)

// same compares a value of an archive with a recorded one: as JSON if both are, else as text.
func same(ours, recorded any) bool {
	if s, ok := recorded.(string); ok {
		if m := bytesText.FindStringSubmatch(s); m != nil {
			recorded = m[1]
		}
	}
	if reflect.DeepEqual(ours, recorded) || text(ours) == text(recorded) {
		return true
	}
	s, ok := ours.(string)
	if !ok {
		return false
	}
	var v any
	return json.Unmarshal([]byte(s), &v) == nil && reflect.DeepEqual(v, recorded)
}

func text(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	b, _ := json.Marshal(v)
	return string(b)
}
