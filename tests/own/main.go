// Command own turns this repository into somebody's own service:
//
//	make rename NAME=orders MODULE=github.com/me/orders TOOL=drop
//
// It renames the module, the stacks, the function with its image, the table and the namespace of
// metrics. The game remains, as the example to change. With TOOL=drop what belongs to apigw is
// removed, and the commands use the apigw on the path. At the end it removes itself.
// docs/own-service.md describes the next steps.
package main

import (
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"go/format"
	"io"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// The names of this repository.
const (
	oldModule    = "example.com/guessing-game"
	oldName      = "guessing-game"
	oldTitle     = "Guessing game"
	oldNamespace = "GuessingGame"
	oldFunction  = "GameFunction"
	oldImage     = "gamefunction"
	oldTable     = "GameTable"
)

//go:embed readme.txt
var readme string

func main() {
	var r renaming
	flag.StringVar(&r.name, "name", "", "the service's `NAME`: lower case letters, digits and hyphens")
	flag.StringVar(&r.module, "module", "", "its Go module `PATH`")
	tool := flag.String("tool", "keep", "keep apigw in this repository, or drop it")
	flag.BoolVar(&r.force, "force", false, "rename although there are changes that are not committed")
	flag.Parse()
	r.drop = *tool == "drop"
	err := errors.New(`TOOL is keep or drop`)
	if *tool == "keep" || *tool == "drop" {
		err = r.run(os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "rename:", err)
		os.Exit(1)
	}
}

// renaming holds the request, and the new content of each file.
type renaming struct {
	name, module string
	drop, force  bool

	files   map[string]string // the content of each file that remains, by its path
	was     map[string]string // its current content
	removed []string
}

var (
	nameForm   = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	moduleForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._~-]*(/[A-Za-z0-9][A-Za-z0-9._~-]*)*$`)
)

func (r *renaming) run(out io.Writer) error {
	switch {
	case !nameForm.MatchString(r.name) || len(r.name) > 30:
		return fmt.Errorf("NAME=%s: give lower case letters, digits and hyphens, 30 at most, as in NAME=orders", r.name)
	case !moduleForm.MatchString(r.module):
		return fmt.Errorf("MODULE=%s: give a Go module path, as in MODULE=github.com/me/%s", r.module, r.name)
	}
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		return err
	}
	if first, _, _ := strings.Cut(string(mod), "\n"); first != "module "+oldModule {
		return fmt.Errorf("this repository has its own name already: go.mod says %q", first)
	}
	changes, err := git("status", "--porcelain")
	if err != nil {
		return err
	}
	if changes != "" && !r.force {
		return fmt.Errorf("there are changes that are not committed; commit them, or add FORCE=1:\n%s", strings.TrimRight(changes, "\n"))
	}
	if err := r.plan(); err != nil {
		return err
	}
	if err := r.write(); err != nil {
		return err
	}
	if r.drop {
		if out, err := exec.Command("go", "mod", "tidy").CombinedOutput(); err != nil {
			return fmt.Errorf("everything is renamed; but go mod tidy fails, run it again where modules can be fetched:\n%s", out)
		}
	}
	r.report(out)
	return nil
}

func git(args ...string) (string, error) {
	out, err := exec.Command("git", args...).Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return "", fmt.Errorf("git %s: %s", args[0], strings.TrimSpace(string(exit.Stderr)))
	}
	return string(out), err
}

// plan reads this repository and decides what becomes of its files.
func (r *renaming) plan() error {
	if err := r.read(); err != nil {
		return err
	}
	if err := r.edit("Makefile", withoutParagraphs(func(paragraph string) bool { return strings.HasPrefix(paragraph, ".PHONY: rename\n") })); err != nil {
		return err
	}
	if r.drop {
		if err := r.dropTool(); err != nil {
			return err
		}
	}
	r.remove(func(file string) bool { return strings.HasPrefix(file, "tests/own/") })
	r.rename()
	return nil
}

// read reads the files that Git tracks, except those that are not text.
func (r *renaming) read() error {
	r.files, r.was = map[string]string{}, map[string]string{}
	list, err := git("ls-files", "-z")
	if err != nil {
		return err
	}
	for _, file := range strings.Split(strings.TrimSuffix(list, "\x00"), "\x00") {
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		r.was[file] = string(data)
	}
	maps.Copy(r.files, r.was)
	return nil
}

// remove removes files.
func (r *renaming) remove(which func(file string) bool) {
	for _, file := range slices.Sorted(maps.Keys(r.files)) {
		if which(file) {
			delete(r.files, file)
			r.removed = append(r.removed, file)
		}
	}
}

// edit changes a file. It is an error if the change has no effect: then the file is no longer the
// one that this program knows.
func (r *renaming) edit(file string, changes ...func(string) string) error {
	for i, change := range changes {
		text := change(r.files[file])
		if text == r.files[file] {
			return fmt.Errorf("%s is not as tests/own/main.go knows it: number %d of its changes changes nothing", file, i+1)
		}
		r.files[file] = text
	}
	return nil
}

// with replaces a string.
func with(old, new string) func(string) string {
	return func(text string) string { return strings.ReplaceAll(text, old, new) }
}

// withoutParagraphs removes paragraphs, such as targets, from a Makefile.
func withoutParagraphs(which func(paragraph string) bool) func(string) string {
	return func(text string) string {
		return strings.TrimRight(strings.Join(slices.DeleteFunc(strings.Split(text, "\n\n"), which), "\n\n"), "\n") + "\n"
	}
}

// place matches a path of this repository in a string.
var place = regexp.MustCompile(`(?:^|[\s"'(\x60=./])((?:src|tests|docs|openapi|events)/[\w./-]*\w)`)

// refersToNothing reports whether a string names a file or folder that does not remain.
func (r *renaming) refersToNothing(text string) bool {
	return slices.ContainsFunc(place.FindAllStringSubmatch(text, -1), func(m []string) bool { return !r.has(m[1]) })
}

// has reports whether a file or folder remains.
func (r *renaming) has(place string) bool {
	if _, file := r.files[place]; file {
		return true
	}
	for file := range r.files {
		if strings.HasPrefix(file, place+"/") {
			return true
		}
	}
	return false
}

// withoutSteps removes the steps from .ci/run whose targets are gone.
func (r *renaming) withoutSteps(text string) string {
	var left strings.Builder
	for line := range strings.Lines(text) {
		step, make := strings.CutPrefix(line, "step make ")
		for target := range strings.FieldsSeq(step) {
			make = make && (strings.Contains(target, "=") || strings.Contains(r.files["Makefile"], ".PHONY: "+target+"\n"))
		}
		if make && !r.refersToNothing(line) || !strings.HasPrefix(line, "step make ") {
			left.WriteString(line)
		}
	}
	return left.String()
}

// without removes what lies between two strings, the second one excluded.
func without(from, to string) func(string) string {
	return func(text string) string {
		before, rest, found := strings.Cut(text, from)
		if _, after, ends := strings.Cut(rest, to); found && ends {
			return before + to + after
		}
		return text
	}
}

// kept are the folders and files that remain without the tool.
var kept = []string{
	".ci/run", ".dockerignore", ".gitignore", "LICENSE", "Makefile", "go.mod", "go.sum", "local.yaml", "samconfig.toml", "template.yaml",
	"docs/deploy.md", "events/", "openapi/", "src/", "tests/dynamodb/", "tests/lint/", "tests/mappings/",
	"tests/sam/lambda-local.sh", "tests/sam/lint.sh", "tests/sam/tools.sh", "tests/sam/tools/lint.txt", "tests/sam/tools/sam.txt", "tests/debian.sh", "tests/tell.sh",
}

// dropTool removes apigw, its tests, and its documentation.
func (r *renaming) dropTool() error {
	route := section(r.files["docs/own-service.md"], "## Add a route")
	if route == "" {
		return errors.New("docs/own-service.md is not as tests/own knows it; its edits have to follow")
	}
	r.remove(func(file string) bool {
		return strings.HasPrefix(file, "src/apigw/") || file == "src/README.md" || file == "tests/mappings/mappings_test.go" ||
			!slices.ContainsFunc(kept, func(k string) bool { return file == k || strings.HasSuffix(k, "/") && strings.HasPrefix(file, k) })
	})
	r.files["README.md"] = strings.NewReplacer("NAME", title(r.name), "ROUTE", route).Replace(readme)
	const check = ".PHONY: apigw\napigw:\n" +
		"\t@command -v apigw >/dev/null || { echo \"apigw is not on the path: run make install in a clone of the repository that this one was made from\"; exit 1; }\n"
	building := regexp.MustCompile(`\.PHONY: bin/apigw\n(?:.+\n)+`)
	vetting := regexp.MustCompile(`(?m)^\tGOOS=.* \./src/apigw/.*\n`)
	for file, changes := range map[string][]func(string) string{
		"Makefile": {
			func(text string) string { return building.ReplaceAllLiteralString(text, check) },
			with("build: bin/function bin/apigw ## Build the function and the gateway into bin/", "build: bin/function ## Build the function into bin/"),
			with("bin/apigw", "apigw"),
			with("FUZZ=src/apigw/vtl", "FUZZ=src/game"),
			func(text string) string { return vetting.ReplaceAllString(text, "") },
			withoutParagraphs(r.refersToNothing),
			with("\n##  Measure\n", ""),
		},
		".dockerignore": {with("!template.yaml\n!openapi\n", "")},
		".gitignore": {func(text string) string {
			return regexp.MustCompile(`(?m)^/(dist|src/apigw)/.*\n`).ReplaceAllString(text, "")
		}},
		"src/function/Dockerfile": {
			without(" \\\n && go build -trimpath -buildvcs=false -ldflags \"-s -w\" -o /out/apigw ./src/apigw", "\n\nFROM"),
			without("# The licences of what both link", "# No USER"),
			without("# The gateway and what it reads", "COPY --from=build /out/function"),
		},
		"tests/lint/pin.sh": {with(" src/apigw/Dockerfile", "")},
		"template.yaml": {
			with("# tests/sam expands this file as CloudFormation does and holds the result to what a deployment demands.\n", ""),
			with("here. tests/sam lints what\n      # SAM makes of this file, without this exception.", "here."),
		},
		"local.yaml": {
			with("invoke`, `start-api` and `start-lambda` here", "invoke` and `start-lambda` here"),
			without("#\n# Why a file of its own", "AWSTemplateFormatVersion"),
			without("  Api:\n    # Every body as base64", "\nResources:"),
			func(text string) string { before, _, _ := strings.Cut(text, "\n  Gateway:\n"); return before },
		},
		"samconfig.toml": {without("[default.local_start_api.parameters]\n", "[default.local_start_lambda.parameters]")},
	} {
		if err := r.edit(file, changes...); err != nil {
			return err
		}
	}
	if err := r.edit(".ci/run", r.withoutSteps, with("step make test\n", "step make test\nstep make mappings\n")); err != nil {
		return err
	}
	for file, text := range r.files {
		if path.Ext(file) == ".go" {
			r.files[file] = strings.ReplaceAll(text, "docs/latency.md", "the template's docs/latency.md")
		}
	}
	return nil
}

// section returns a section of a document, up to the next heading of its level.
func section(text, heading string) string {
	_, rest, found := strings.Cut(text, heading+"\n")
	if !found {
		return ""
	}
	rest, _, _ = strings.Cut(rest, "\n## ")
	return heading + "\n" + strings.TrimRight(rest, "\n") + "\n"
}

// rename replaces the old names with the new ones. In apigw only the module's name is ours: its
// examples have other names.
func (r *renaming) rename() {
	function := pascal(r.name) + "Function"
	everywhere := strings.NewReplacer(oldModule, r.module, oldName, r.name, oldTitle, title(r.name), oldNamespace, pascal(r.name),
		oldFunction, function, oldImage, strings.ToLower(function), oldTable, pascal(r.name)+"Table")
	module := strings.NewReplacer(oldModule, r.module)
	for file, text := range r.files {
		switch {
		case file == "LICENSE" || !utf8.ValidString(text):
			continue
		case strings.HasPrefix(file, "src/apigw/"):
			r.files[file] = module.Replace(text)
		default:
			r.files[file] = everywhere.Replace(text)
		}
		if path.Ext(file) == ".go" && r.files[file] != text {
			if source, err := format.Source([]byte(r.files[file])); err == nil { // otherwise it is not ours to fix
				r.files[file] = string(source)
			}
		}
	}
}

// pascal returns a name in the form that resources have: MyOrders for my-orders.
func pascal(name string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(name, "-") {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}

// title returns a name as people read it: My orders for my-orders.
func title(name string) string {
	return strings.ToUpper(name[:1]) + strings.ReplaceAll(name[1:], "-", " ")
}

// write writes the changes.
func (r *renaming) write() error {
	for _, file := range r.removed {
		if _, stays := r.files[file]; stays { // written anew
			continue
		}
		if err := os.Remove(file); err != nil {
			return err
		}
		for dir := filepath.Dir(file); os.Remove(dir) == nil; dir = filepath.Dir(dir) { // as long as it is empty
		}
	}
	for file, text := range r.files {
		if text == r.was[file] {
			continue
		}
		mode := os.FileMode(0o644)
		if info, err := os.Stat(file); err == nil {
			mode = info.Mode()
		}
		if err := os.WriteFile(file, []byte(text), mode); err != nil {
			return err
		}
	}
	return nil
}

// report says what was done, and what to do next.
func (r *renaming) report(out io.Writer) {
	changed := 0
	for file, text := range r.files {
		if text != r.was[file] {
			changed++
		}
	}
	fmt.Fprintf(out, "%s is now %s: %d files changed, %d removed.\n\n", oldName, r.name, changed, len(r.removed))
	row := func(what, name string) { fmt.Fprintf(out, "  %-10s %s\n", what, name) }
	row("module", r.module)
	row("function", pascal(r.name)+"Function, image "+strings.ToLower(pascal(r.name))+"function")
	row("table", pascal(r.name)+"Table")
	row("stacks", fmt.Sprintf("%[1]s, %[1]s-dev, %[1]s-prod", r.name))
	if r.drop {
		row("apigw", "the one on the path; src/apigw and its tests are gone")
	} else {
		row("apigw", "kept, in src/apigw")
	}
	fmt.Fprintf(out, "\nNext\n  make test mappings\n  make start\n  git add -A && git commit -m %q\n", "This is "+r.name)
}
