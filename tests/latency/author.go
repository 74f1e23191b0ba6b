package main

import (
	"bytes"
	"cmp"
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// author is what a version of the game costs its author, and what the function's binary contains.
type author struct {
	rows  [][]string   // of the table by version
	parts []dependency // of the program "go", largest first
	image string       // the size of the function's image, or why it is unknown
}

// dependency is a module, or a part of Go's own library, in the function's binary.
type dependency struct {
	name   string
	bytes  int64   // of code and data
	initMS float64 // of its package initialisers
}

// authorCosts examines sources, dependencies and binaries.
func authorCosts(ctx context.Context, dir string, programs []*program) (a author, err error) {
	for _, p := range programs {
		var lines, direct, total int
		switch p.name {
		case "go":
			lines, direct, total, err = goCosts(ctx, "lambda.norpc")
		case "go-direct":
			lines, direct, total, err = goCosts(ctx, "lambda.norpc,xraydirect")
		case "rust":
			lines, direct, total, err = rustCosts(ctx, "", "bare.rs", "memory.rs")
		case "rust-dynamodb":
			lines, direct, total, err = rustCosts(ctx, "dynamodb", "bare.rs", "dynamodb.rs")
		case "rust-observed":
			lines, direct, total, err = rustCosts(ctx, "observed", "observed.rs", "memory.rs")
		case "rust-dynamodb-observed":
			lines, direct, total, err = rustCosts(ctx, "dynamodb,observed", "observed.rs", "dynamodb.rs")
		default:
			continue
		}
		if err != nil {
			return a, fmt.Errorf("what %s costs its author: %w", p.name, err)
		}
		build := "–"
		if p.buildCPU > 0 {
			build = fmt.Sprintf("%.0f s", p.buildCPU.Seconds())
		}
		a.rows = append(a.rows, []string{p.name, fmt.Sprint(lines), fmt.Sprint(direct), fmt.Sprint(total), build, short(float64(p.bytes) / 1e6)})
	}
	a.parts, err = dependencies(ctx, dir)
	if err != nil {
		return a, fmt.Errorf("what the function is made of: %w", err)
	}
	a.image = imageSize(ctx)
	return a, nil
}

// functionPackages are the function's own, without those of other modules.
var functionPackages = []string{"./src/function", "./src/lambdaloop", "./src/xray", "./src/rawio", "./src/appendjson", "./src/store", "./src/game"}

// output returns what a command prints.
func output(ctx context.Context, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, stderr.String())
	}
	return string(out), nil
}

// goCosts returns the lines of the function and how many modules it imports, directly and in
// total.
func goCosts(ctx context.Context, tags string) (lines, direct, total int, err error) {
	own, err := output(ctx, "go", append([]string{"list", "-tags", tags, "-f", `{{$dir := .Dir}}{{range .GoFiles}}{{$dir}}/{{.}}
{{end}}`}, functionPackages...)...)
	if err != nil {
		return 0, 0, 0, err
	}
	if lines, err = countLines(strings.Fields(own)); err != nil {
		return 0, 0, 0, err
	}
	modules, err := moduleOf(ctx, tags)
	if err != nil {
		return 0, 0, 0, err
	}
	imports, err := output(ctx, "go", append([]string{"list", "-tags", tags, "-f", `{{join .Imports "\n"}}`}, functionPackages...)...)
	if err != nil {
		return 0, 0, 0, err
	}
	directs, totals := map[string]bool{}, map[string]bool{}
	for _, path := range strings.Fields(imports) {
		directs[modules[path]] = true
	}
	for _, module := range modules {
		totals[module] = true
	}
	delete(directs, "") // Go's own library has no module
	for module := range totals {
		if module == "" || strings.HasPrefix(functionPackage, module+"/") {
			delete(totals, module)
			delete(directs, module)
		}
	}
	return lines, len(directs), len(totals), nil
}

// functionPackage is the function's import path.
const functionPackage = "example.com/guessing-game/src/function"

// moduleOf returns the module of each package that the function needs, "" for Go's own library.
func moduleOf(ctx context.Context, tags string) (map[string]string, error) {
	out, err := output(ctx, "go", "list", "-deps", "-tags", tags, "-f", `{{.ImportPath}} {{with .Module}}{{.Path}}{{end}}`, functionPackage)
	if err != nil {
		return nil, err
	}
	modules := map[string]string{}
	for line := range strings.Lines(out) {
		path, module, _ := strings.Cut(strings.TrimSpace(line), " ")
		modules[path] = module
	}
	return modules, nil
}

// rustCosts returns the same for the Rust version with these features, for which the additional
// files are needed.
func rustCosts(ctx context.Context, features string, more ...string) (lines, direct, total int, err error) {
	var files []string
	for _, name := range append([]string{"main.rs", "game.rs"}, more...) {
		files = append(files, filepath.Join(rustDir, "src", name))
	}
	if lines, err = countLines(files); err != nil {
		return 0, 0, 0, err
	}
	crates := func(more ...string) (int, error) {
		args := []string{"tree", "--locked", "--quiet", "--manifest-path", rustDir + "/Cargo.toml", "-e", "normal", "--prefix", "none", "--no-dedupe", "-f", "{p}"}
		if features != "" {
			args = append(args, "--features", features)
		}
		out, err := output(ctx, "cargo", append(args, more...)...)
		if err != nil {
			return 0, err
		}
		names := map[string]bool{}
		for line := range strings.Lines(out) {
			if name := strings.TrimSpace(line); name != "" {
				names[name] = true
			}
		}
		return len(names) - 1, nil // without the crate itself
	}
	if direct, err = crates("--depth", "1"); err != nil {
		return 0, 0, 0, err
	}
	total, err = crates()
	return lines, direct, total, err
}

// countLines counts lines that are neither empty nor only a comment.
func countLines(files []string) (n int, err error) {
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return 0, err
		}
		for line := range strings.Lines(string(text)) {
			if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "//") {
				n++
			}
		}
	}
	return n, nil
}

// dependencies returns what the function's binary consists of. The symbols are those of a build
// that keeps them.
func dependencies(ctx context.Context, dir string) ([]dependency, error) {
	modules, err := moduleOf(ctx, "lambda.norpc")
	if err != nil {
		return nil, err
	}
	binary := filepath.Join(dir, "function-with-symbols")
	if _, err := output(ctx, "go", append(append([]string{"build", "-trimpath", "-o", binary}, goTags("")...), "./src/function")...); err != nil {
		return nil, err
	}
	file, err := elf.Open(binary)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	symbols, err := file.Symbols()
	if err != nil {
		return nil, err
	}
	parts := map[string]*dependency{}
	part := func(name string) *dependency {
		if parts[name] == nil {
			parts[name] = &dependency{name: name}
		}
		return parts[name]
	}
	for pkg, bytes := range symbolSizes(symbols, file.Sections) {
		part(partOf(pkg, modules)).bytes += bytes
	}
	// Most of the linker's tables have no symbols: they account for the rest of the sections.
	rest := int64(0)
	for _, s := range file.Sections {
		if s.Flags&elf.SHF_ALLOC != 0 && s.Type != elf.SHT_NOBITS {
			rest += int64(s.Size)
		}
	}
	for _, d := range parts {
		rest -= d.bytes
	}
	part(linkerTables).bytes += rest
	// The initialisers run before main, which then exits at once because there is no Runtime API.
	// The median of several runs counts.
	const runs = 9
	times := map[string][]float64{}
	for range runs {
		cmd := exec.CommandContext(ctx, binary)
		cmd.Env = []string{"GODEBUG=inittrace=1"}
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		var exit *exec.ExitError
		if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
			return nil, err
		}
		for pkg, ms := range initTimes(stderr.String()) {
			times[pkg] = append(times[pkg], ms)
		}
	}
	for pkg, values := range times {
		part(partOf(pkg, modules)).initMS += median(values)
	}
	var list []dependency
	for _, d := range parts {
		list = append(list, *d)
	}
	slices.SortFunc(list, func(a, b dependency) int { return cmp.Or(cmp.Compare(b.bytes, a.bytes), cmp.Compare(a.name, b.name)) })
	return list, nil
}

// linkerTables are the symbols that belong to no package: type descriptions, the tables by which
// the runtime finds functions, strings.
const linkerTables = "tables of the linker (types, function names and lines, strings)"

// symbolSizes adds up, by package, the sizes of the symbols that are in the file, but not of
// those that are zero when the program starts.
func symbolSizes(symbols []elf.Symbol, sections []*elf.Section) map[string]int64 {
	sizes := map[string]int64{}
	for _, s := range symbols {
		if int(s.Section) < len(sections) && sections[s.Section].Type != elf.SHT_NOBITS {
			sizes[packageOf(s.Name)] += int64(s.Size)
		}
	}
	return sizes
}

// packageOf returns the import path of a symbol's package, "" if it has none.
func packageOf(symbol string) string {
	if strings.ContainsRune(symbol, ':') || symbol == "runtime.pclntab" || symbol == "runtime.findfunctab" {
		return "" // type:…, go:string.… and the like
	}
	symbol, _, _ = strings.Cut(symbol, "[") // type arguments may contain slashes
	start := strings.LastIndexByte(symbol, '/') + 1
	name, _, found := strings.Cut(symbol[start:], ".")
	if !found {
		return ""
	}
	return symbol[:start] + strings.ReplaceAll(name, "%2e", ".")
}

var initLine = regexp.MustCompile(`(?m)^init (\S+) @\S+ ms, (\S+) ms clock`)

// initTimes reads the output of GODEBUG=inittrace=1: milliseconds by package.
func initTimes(trace string) map[string]float64 {
	times := map[string]float64{}
	for _, m := range initLine.FindAllStringSubmatch(trace, -1) {
		if ms, err := strconv.ParseFloat(m[2], 64); err == nil {
			times[m[1]] += ms
		}
	}
	return times
}

// partOf names what a package is counted under: its module, or the part of Go's own library.
func partOf(pkg string, modules map[string]string) string {
	module, known := modules[pkg]
	switch {
	case pkg == "":
		return linkerTables
	case pkg == "main":
		return modules[functionPackage]
	case module != "":
		return module
	case !known && strings.Contains(pkg, "."):
		return linkerTables // a name that the linker made
	}
	first, _, _ := strings.Cut(pkg, "/")
	switch first {
	case "net", "crypto", "runtime", "encoding":
		return "Go's " + first
	}
	return "the rest of Go's library"
}

// imageSize gets the size of the function's image from Docker.
func imageSize(ctx context.Context) string {
	const image = "gamefunction"
	out, err := output(ctx, "docker", "image", "inspect", "--format", "{{.Size}}", image)
	if err != nil {
		return "not measured, since there is no image " + image + " in Docker here (docker build -f src/function/Dockerfile -t gamefunction .)"
	}
	bytes, err := strconv.ParseFloat(strings.TrimSpace(out), 64)
	if err != nil {
		return "not measured: " + err.Error()
	}
	return short(bytes/1e6) + " MB"
}

// partTable lists the largest dependencies and those that take longest to initialise.
func (a author) partTable() string {
	const rows, least = 14, 0.02
	var list [][]string
	for i, d := range a.parts {
		if i < rows || d.initMS >= least {
			list = append(list, []string{d.name, fmt.Sprintf("%d", d.bytes/1024), fmt.Sprintf("%.3f", d.initMS)})
		}
	}
	return table([]string{"what", "kB", "init ms"}, list)
}
