package runtimes

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"example.com/guessing-game/src/apigw/sam"
)

// adapterWrapper is the wrapper in the layer of AWS's Lambda Web Adapter: it runs the script that the handler names, a web server, in
// place of the runtime (https://awslabs.github.io/aws-lambda-web-adapter/getting-started/zip-packages.html).
const adapterWrapper = "/opt/bootstrap"

// adapterLayer reports whether the layer of an ARN is Lambda Web Adapter.
func adapterLayer(arn string) bool { return strings.Contains(arn, ":layer:LambdaAdapterLayer") }

// webServer reports whether a function is a web server behind Lambda Web Adapter.
func webServer(fn *sam.Function) bool {
	if variable(fn, "AWS_LAMBDA_EXEC_WRAPPER") == adapterWrapper {
		return true
	}
	kind, _ := runtimeOf(fn.Runtime)
	return kind == "provided" && slices.ContainsFunc(fn.Code.Layers, func(l sam.Layer) bool { return adapterLayer(l.ARN) })
}

// variable is an environment variable of a function.
func variable(fn *sam.Function, name string) string {
	for _, v := range fn.Environment {
		if v.Name == name {
			return v.Value
		}
	}
	return ""
}

// serveWeb puts our own adapter before a web server.
func (f *Finder) serveWeb(fn *sam.Function, p *place, l *Launch, kind string) error {
	if kind != "provided" {
		program := filepath.Join(p.dir, fn.Handler)
		info, err := os.Stat(program)
		switch {
		case err != nil || !info.Mode().IsRegular():
			return missing("let Handler name it", "there is no %s in %s, which starts the web server", fn.Handler, shown(p.dir))
		case info.Mode()&0o111 == 0:
			return missing("run chmod +x "+shown(program), "%s cannot be executed", shown(program))
		}
		interpreter, args := l.Command[0], []string(nil)
		if kind == "nodejs" {
			args = []string{"--require", l.Command[1]}
			l.Env["APIGW_PACKAGES"], l.Env["APIGW_LAYERS"] = join(l.included...), join(l.Command[5:]...)
		}
		l.Command, l.How = []string{program}, fmt.Sprintf("%s by %s", shown(program), filepath.Base(interpreter))
		if l.Build != nil && p.how != "" {
			l.How += " after " + p.how
		}
		if err := f.searchPrograms(l, kind, interpreter, args); err != nil {
			return err
		}
	}
	port := "own-port"
	if !readsPort(fn, p) {
		port, l.Single = "fixed-port", true
		l.Notes = append(l.Notes, "its port is fixed, so that there is one of it for all requests, one after the other; let it listen on the port that PORT names")
	}
	l.How = cmp.Or(l.How, shown(l.Command[0])) + ", a web server"
	l.Command = slices.Concat(f.o.Adapter, []string{port}, l.Command)
	for _, v := range fn.Environment {
		if v.Name == "AWS_LWA_ENABLE_COMPRESSION" || strings.HasPrefix(v.Name, "AWS_LWA_SNAPSTART_") {
			l.Notes = append(l.Notes, v.Name+" has no effect here")
		}
	}
	return nil
}

var portVariable = regexp.MustCompile(`\b(AWS_LWA_)?PORT\b`)

// readsPort reports whether the source of a web server names the variable that says where it is to listen. Of one that is there as a
// program alone that cannot be known.
func readsPort(fn *sam.Function, p *place) (reads bool) {
	look := func(line string) { reads = reads || portVariable.MatchString(line) }
	for _, ending := range []string{".sh", ".py", ".js", ".mjs", ".cjs", ".ts", ".go", ".rs", ".rb", ".php", ".java", ".kt", ".cs", ".properties", ".yml", ".yaml", ".toml", ".conf"} {
		scan(p.source, ending, look)
	}
	if script, err := readSource(filepath.Join(p.dir, fn.Handler), maxScannedSize); err == nil && strings.HasPrefix(string(script), "#!") {
		look(string(script))
	}
	return reads
}

// searchPrograms puts the interpreter of a function on the path of its script, by the names that it has in Lambda, and the programs of
// its packages, such as gunicorn. The interpreter gets the arguments before its own.
func (f *Finder) searchPrograms(l *Launch, kind, program string, args []string) error {
	names := map[string][]string{"python": {"python", "python3"}, "nodejs": {"node"}}[kind]
	if named := filepath.Base(program); !slices.Contains(names, named) {
		names = append(names, named)
	}
	run := "#!/bin/sh\nexec"
	for _, word := range append([]string{program}, args...) {
		run += " '" + strings.ReplaceAll(word, "'", `'\''`) + "'"
	}
	run += " \"$@\"\n"
	files := map[string][]byte{}
	for _, name := range names {
		files[name] = []byte(run)
	}
	dir, err := f.keep("interpreters", digest(run), files)
	if err != nil {
		return err
	}
	for name := range files {
		if err := os.Chmod(filepath.Join(dir, name), 0o700); err != nil {
			return err
		}
	}
	paths := []string{dir}
	for _, dir := range slices.Concat(l.beside, l.included) {
		paths = append(paths, filepath.Join(dir, map[string]string{"python": "bin", "nodejs": ".bin"}[kind]))
	}
	l.Env["PATH"] = join(append(paths, cmp.Or(l.Env["PATH"], f.o.Getenv("PATH")))...)
	return nil
}
