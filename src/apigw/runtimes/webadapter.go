package runtimes

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"example.com/guessing-game/src/apigw/sam"
)

// adapterWrapper is the wrapper in the layer of AWS's Lambda Web Adapter: it runs the script that
// the handler names, a web server, in place of the runtime
// (https://awslabs.github.io/aws-lambda-web-adapter/getting-started/zip-packages.html).
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

// serveWeb puts our own adapter in front of a web server, which a command or else the handler's
// script starts.
func (f *Finder) serveWeb(fn *sam.Function, p *place, l *Launch, kind string, command []string) error {
	if kind != "provided" {
		what := strings.Join(command, " ")
		if command == nil {
			program := filepath.Join(p.dir, fn.Handler)
			info, err := os.Stat(program)
			switch {
			case err != nil || !info.Mode().IsRegular():
				return missing("let Handler name it", "there is no %s in %s, which starts the web server", fn.Handler, shown(p.dir))
			case info.Mode()&0o111 == 0:
				return missing("run "+pasted("chmod", "+x", shown(program)), "%s cannot be executed", shown(program))
			}
			command, what = []string{program}, shown(program)
			if head, err := readHead(program); err == nil && !bytes.HasPrefix(head, []byte("#!")) && !bytes.ContainsRune(head, 0) {
				command = []string{"sh", program} // like the shell that starts it in Lambda
			}
		}
		interpreter, args := l.Command[0], []string(nil)
		if kind == "nodejs" {
			args = []string{"--require", l.Command[1]}
			l.Env["APIGW_PACKAGES"], l.Env["APIGW_LAYERS"] = join(l.included...), join(l.Command[5:]...)
		}
		l.Command, l.How = command, fmt.Sprintf("%s by %s", what, filepath.Base(interpreter))
		if l.Build != nil && p.how != "" {
			l.How += " after " + p.how
		}
		if err := f.searchPrograms(l, kind, interpreter, args); err != nil {
			return err
		}
	}
	l.How = cmp.Or(l.How, shown(l.Command[0])) + ", a web server"
	f.adapt(l, readsPort(p.source, strings.Join(l.Command, " "), filepath.Join(p.dir, fn.Handler)))
	for _, v := range fn.Environment {
		if v.Name == "AWS_LWA_ENABLE_COMPRESSION" || v.Name == "AWS_LWA_LAMBDA_RUNTIME_API_PROXY" || strings.HasPrefix(v.Name, "AWS_LWA_SNAPSTART_") {
			l.Notes = append(l.Notes, v.Name+" has no effect here")
		}
	}
	return nil
}

// readHead returns the beginning of a file.
func readHead(name string) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	head := make([]byte, 64)
	n, err := file.Read(head)
	return head[:n], err
}

// adapt puts our own adapter in front of the command of a web server.
func (f *Finder) adapt(l *Launch, ownPort bool) {
	port := "own-port"
	if !ownPort {
		port, l.Single = "fixed-port", true
		l.Notes = append(l.Notes, "its port is fixed, so that there is one of it for all requests, one after the other; let it listen on the port that PORT names")
	}
	l.Command = slices.Concat(f.o.Adapter, []string{port}, l.Command)
}

// webImage runs the web server of an image without the image: with the command in its Dockerfile,
// in the folder of the context that has what the command names.
func (f *Finder) webImage(fn *sam.Function, s *stage, folders []string) (*Launch, error) {
	m := cmp.Or(languageImage.FindString(s.base), lambdaImage.FindString(s.base))
	found := imageVersion.FindStringSubmatch(m)
	line := s.line(fn.Code.Image)
	if found == nil || line == "" {
		return nil, missing("", "its Dockerfile does not begin with an image of Python or Node.js")
	}
	out := *fn
	out.Runtime = map[string]string{"python": "python" + found[2], "node": "nodejs" + strings.Split(found[2], ".")[0] + ".x"}[found[1]]
	out.Code.Image, out.Code.Layers, out.Code.URI = nil, nil, folders[0]
	out.Environment = append(slices.Clone(fn.Environment), sam.Variable{Name: "AWS_LAMBDA_EXEC_WRAPPER", Value: adapterWrapper})
	for _, folder := range folders {
		if isDir(folder) && slices.ContainsFunc(strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(" '\":", r) }), func(word string) bool {
			return isFile(filepath.Join(folder, word)) || isFile(filepath.Join(folder, word+".py"))
		}) {
			out.Code.URI = folder
			break
		}
	}
	l, err := f.find(&out, []string{"/bin/sh", "-c", line})
	if err != nil {
		return nil, err
	}
	l.How = fmt.Sprintf("%s in %s, a web server, without its image", strings.NewReplacer(`'\''`, "'", "'", "").Replace(line), shown(out.Code.URI))
	s.variables(l)
	return l, nil
}

var imageVersion = regexp.MustCompile(`(python|node)(?:js)?:(\d+(?:\.\d+)?)`)

// serveImage puts our own adapter in front of the container of a web server. Lambda starts the one
// that is in the image; Docker does not.
func (f *Finder) serveImage(fn *sam.Function, s *stage, folders []string, l *Launch) {
	s.variables(l)
	own := runtime.GOOS == "linux" && readsPort(folders[0], s.line(fn.Code.Image))
	var options []string
	switch {
	case own:
		options = []string{"--env", "PORT", "--env", "AWS_LWA_PORT"}
	case runtime.GOOS != "linux": // the container's network is not this machine's
		port := cmp.Or(variable(fn, "AWS_LWA_PORT"), variable(fn, "PORT"), l.Env["AWS_LWA_PORT"], l.Env["PORT"], "8080")
		options = []string{"--publish", "127.0.0.1:" + port + ":" + port}
	}
	i := slices.Index(l.Command, "{env}") + 1
	l.Command = slices.Insert(l.Command, i, options...)
	l.How += ", a web server"
	f.adapt(l, own)
}

// line is the command of an image as a shell command: the template's, or else the Dockerfile's.
func (s *stage) line(image *sam.Image) string {
	both := s.starts
	for i, words := range [][]string{image.EntryPoint, image.Command} {
		if len(words) > 0 {
			both[i] = pasted(words...)
		}
	}
	return strings.TrimSpace(both[0] + " " + both[1])
}

// variables are those of a Dockerfile, except for the search paths, which belong to the image.
func (s *stage) variables(l *Launch) {
	for name, value := range s.env {
		if !strings.HasSuffix(name, "PATH") && !strings.Contains(value, "$") && l.Env[name] == "" {
			l.Env[name] = value
		}
	}
}

var portVariable = regexp.MustCompile(`\b(AWS_LWA_)?PORT\b`)

// readsPort reports whether the source of a web server, or the command or script that starts it,
// names the variable with its port. For a compiled program that cannot be known.
func readsPort(source, command string, scripts ...string) (reads bool) {
	look := func(line string) { reads = reads || portVariable.MatchString(line) }
	look(command)
	for _, ending := range []string{".sh", ".py", ".js", ".mjs", ".cjs", ".ts", ".go", ".rs", ".rb", ".php", ".java", ".kt", ".cs", ".properties", ".yml", ".yaml", ".toml", ".conf"} {
		scan(source, ending, look)
	}
	for _, script := range scripts {
		if text, err := readSource(script, maxScannedSize); err == nil && strings.HasPrefix(string(text), "#!") {
			look(string(text))
		}
	}
	return reads
}

// searchPrograms puts the interpreter of a function on the path of its script, under the names
// that it has in Lambda, and the programs of its packages, such as gunicorn. The interpreter gets
// the arguments before its own.
func (f *Finder) searchPrograms(l *Launch, kind, program string, args []string) error {
	names := map[string][]string{"python": {"python", "python3"}, "nodejs": {"node"}}[kind]
	if named := filepath.Base(program); !slices.Contains(names, named) {
		names = append(names, named)
	}
	run := "#!/bin/sh\nexec " + pasted(append([]string{program}, args...)...) + " \"$@\"\n"
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
