//go:build unix

package runtimes

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/guessing-game/src/apigw/sam"
)

// interpreters creates scripts on the path that report what the interpreters of some names would:
// where they are, and a version.
func interpreters(t *testing.T, versions map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, version := range versions {
		program(t, filepath.Join(dir, name), "echo '"+filepath.Join(dir, name)+"'\necho "+version)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+"/usr/bin"+string(os.PathListSeparator)+"/bin")
	return dir
}

func program(t *testing.T, name, script string) {
	t.Helper()
	write(t, name, "#!/bin/sh\n"+script+"\n")
	if err := os.Chmod(name, 0o755); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func finder(t *testing.T) *Finder {
	t.Helper()
	f, err := NewFinder(Options{Cache: t.TempDir(), Getenv: func(string) string { return "" }})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// application creates a folder that is the current one during the test.
func application(t *testing.T, files map[string]string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		write(t, filepath.Join(dir, name), text)
	}
	t.Chdir(dir)
	return dir
}

func TestPython(t *testing.T) {
	bin := interpreters(t, map[string]string{"python3.12": "3.12", "python3": "3.11"})
	dir := application(t, map[string]string{"src/app.py": "", "layer/python/shared.py": "", "layer/bin/tool": "", "ext/extensions/e": ""})
	f := finder(t)
	fn := &sam.Function{ID: "F", Runtime: "python3.12", Handler: "app.handler", Code: sam.Code{Dir: ".", URI: "src/", Layers: []sam.Layer{
		{ID: "Own", URI: "layer"}, {ID: "Ext", URI: "ext"}, {ARN: "arn:aws:lambda:us-east-1:1:layer:Powertools:7"}, {ID: "Gone", URI: "gone"}}}}
	l, err := f.Find(fn)
	if err != nil {
		t.Fatal(err)
	}
	if got := l.Command[0]; got != filepath.Join(bin, "python3.12") {
		t.Errorf("%s runs it, want that of the template's version", got)
	}
	if l.Dir != filepath.Join(dir, "src") || l.How != "python3.12 in src" {
		t.Errorf("it runs in %s: %s", l.Dir, l.How)
	}
	if got := l.Env["PYTHONPATH"]; !strings.Contains(got, filepath.Join(dir, "layer", "python")) {
		t.Errorf("PYTHONPATH is %s", got)
	}
	if got := l.Env["PATH"]; !strings.HasPrefix(got, filepath.Join(dir, "layer", "bin")) {
		t.Errorf("PATH is %s", got)
	}
	notes := strings.Join(l.Notes, "\n")
	for _, want := range []string{"the layer Powertools:7 is not on this machine", "the layer Gone is missing: gone does not exist", "the Lambda extensions in ext/extensions are not run"} {
		if !strings.Contains(notes, want) {
			t.Errorf("the notes lack %q:\n%s", want, notes)
		}
	}
	// A version other than the template's is reported.
	fn.Runtime = "python3.13"
	if l, err = f.Find(fn); err != nil || !slices.Contains(l.Notes, "Python 3.11 runs it: python3.13 is not installed") {
		t.Errorf("%v %v", l, err)
	}
	// Inline code is called inline code, not by the name of the folder that it is written to.
	if l, err = f.Find(&sam.Function{ID: "F", Runtime: "python3.12", Handler: "index.handler", Code: sam.Code{Dir: ".", Inline: "x = 1"}}); err != nil || l.How != "python3.12 in its inline code" {
		t.Errorf("%+v %v", l, err)
	}
	// A virtual environment next to the code overrides what is on the path.
	write(t, filepath.Join(dir, ".venv", "pyvenv.cfg"), "")
	venv := filepath.Join(dir, ".venv", "bin", "python")
	program(t, venv, "echo '"+venv+"'\necho 3.13")
	if l, err = f.Find(fn); err != nil || l.Command[0] != venv || l.Env["VIRTUAL_ENV"] != filepath.Join(dir, ".venv") {
		t.Errorf("%+v %v", l, err)
	}
}

// The output of sam build runs if it is not older than the source, and so does the layer that it
// built.
func TestBuilt(t *testing.T) {
	interpreters(t, map[string]string{"python3.12": "3.12"})
	dir := application(t, map[string]string{
		"src/app.py": "", "layer/requirements.txt": "",
		".aws-sam/build/Other/app.py": "", ".aws-sam/build/Own/python/x.py": "",
		".aws-sam/build/template.yaml": "Resources:\n  F: {Properties: {CodeUri: Other}}\n  Own: {Properties: {ContentUri: Own}}\n  Out: {Properties: {CodeUri: ../../src}}\n",
	})
	soon := time.Now().Add(time.Minute)
	if err := os.Chtimes(".aws-sam/build/template.yaml", soon, soon); err != nil {
		t.Fatal(err)
	}
	fn := &sam.Function{ID: "F", Runtime: "python3.12", Code: sam.Code{Dir: ".", URI: "src/", Layers: []sam.Layer{{ID: "Own", URI: "layer"}}}}
	l, err := finder(t).Find(fn)
	if err != nil || l.Dir != filepath.Join(dir, ".aws-sam", "build", "Other") || !strings.Contains(l.Env["PYTHONPATH"], filepath.Join(dir, ".aws-sam", "build", "Own", "python")) {
		t.Errorf("%+v %v", l, err)
	}
	later := time.Now().Add(time.Hour)
	if err := os.Chtimes("src/app.py", later, later); err != nil {
		t.Fatal(err)
	}
	l, err = finder(t).Find(fn)
	if err != nil || l.Dir != filepath.Join(dir, "src") || !slices.Contains(l.Notes, ".aws-sam/build/Other is older than src, which runs instead; sam build renews it") {
		t.Errorf("%+v %v", l, err)
	}
}

func TestMissing(t *testing.T) {
	interpreters(t, map[string]string{})
	t.Setenv("PATH", t.TempDir())
	application(t, map[string]string{"src/app.py": "", "go/util.go": "package util", "class/x": ""})
	f := finder(t)
	for _, c := range []struct {
		runtime, handler string
		code             sam.Code
		want             string
	}{
		{"", "", sam.Code{URI: "src"}, "the template does not say how to run it; pass --function F=COMMAND"},
		{"cobol85", "", sam.Code{URI: "src"}, "the runtime cobol85 is not supported; pass --function F=COMMAND"},
		{"python3.13", "", sam.Code{URI: "src"}, "Python 3.13 is not on the path"},
		{"nodejs22.x", "", sam.Code{URI: "src"}, "Node.js is not on the path"},
		{"python3.13", "", sam.Code{URI: "gone"}, "its code, gone, does not exist; build it first, or correct its CodeUri"},
		{"python3.13", "", sam.Code{URI: "s3://bucket/key"}, "its code is at s3://bucket/key, not on this machine; pass --function F=COMMAND"},
		{"provided.al2023", "", sam.Code{URI: "go"}, "there is no bootstrap in go; run sam build"},
		{"provided.al2023", "", sam.Code{URI: "src", BuildMethod: "makefile"}, "its BuildMethod is makefile; run sam build"},
		{"java21", "a.B", sam.Code{URI: "class"}, "Java is not on the path"},
		{"dotnet8", "A::B::C", sam.Code{URI: "src"}, "its handler is in a class library, which only Lambda's own host loads; make it an executable with " +
			"Amazon.Lambda.RuntimeSupport, or run it by sam local start-lambda --port 3011 and pass --lambda-endpoint http://127.0.0.1:3011"},
		{"dotnet8", "A", sam.Code{URI: "src"}, "there is no A.dll in src; run sam build"},
		{"java21", "", sam.Code{Inline: "class A {}"}, "the runtime java21 does not support inline code; pass --function F=COMMAND"},
		{"", "", sam.Code{Image: &sam.Image{}}, "it is a container image, and Docker is not on the path; install Docker"},
	} {
		c.code.Dir = "."
		_, err := f.Find(&sam.Function{ID: "F", Runtime: c.runtime, Handler: c.handler, Code: c.code})
		var m *Missing
		if !errors.As(err, &m) || err.Error() != c.want {
			t.Errorf("%s %+v:\ngot  %v\nwant %s", c.runtime, c.code, err, c.want)
		}
	}
}

func TestImage(t *testing.T) {
	dir := t.TempDir()
	// A stand-in for Docker, with one image.
	program(t, filepath.Join(dir, "docker"), `case "$1" in version) exit 0;; image) [ "$3" = hello:dev ];; esac`)
	t.Setenv("PATH", dir+":/usr/bin:/bin")
	application(t, nil)
	fn := &sam.Function{ID: "Hello", Code: sam.Code{Dir: ".", Image: &sam.Image{
		Tag: "dev", Context: ".", EntryPoint: []string{"/entry", "-x"}, Command: []string{"app.handler"}, WorkingDirectory: "/work"}}}
	l, err := finder(t).Find(fn)
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(l.Command[1:], " ")
	if !l.Container || !strings.HasPrefix(got, "run --rm --name {name} {env} ") || !strings.HasSuffix(got, " --workdir /work --entrypoint /entry hello:dev -x app.handler") {
		t.Errorf("got %s", got)
	}
	fn.Code.Image = &sam.Image{URI: "123.dkr.ecr.us-east-1.amazonaws.com/x:1"}
	if _, err := finder(t).Find(fn); err == nil || !strings.Contains(err.Error(), "run docker pull 123.dkr.ecr.us-east-1.amazonaws.com/x:1") {
		t.Errorf("an image that is elsewhere: %v", err)
	}
}

// An archive cannot write outside its folder.
func TestUnzip(t *testing.T) {
	t.Parallel()
	pack := func(files ...string) string {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for _, name := range files {
			w, err := z.Create(name)
			if err != nil {
				t.Fatal(err)
			}
			w.Write([]byte("x"))
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(t.TempDir(), "f.zip")
		write(t, name, b.String())
		return name
	}
	f := finder(t)
	dir, err := f.unpack(pack("app.py", "lib/x.py"))
	if err != nil || !isFile(filepath.Join(dir, "lib", "x.py")) {
		t.Errorf("%s %v", dir, err)
	}
	for _, name := range []string{"../../evil", strings.Repeat("a/", maxUnpackedName/2) + "x"} {
		if dir, err := f.unpack(pack(name)); err == nil {
			t.Errorf("an archive with %.20s is unpacked into %s", name, dir)
		}
	}
}

// Endless files are never read in full, wherever a project has them, and a list that includes
// itself is read once.
func TestHostileSources(t *testing.T) {
	python := &interpreter{"python3", "3.12"}
	endless := func(t *testing.T, name string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink("/dev/zero", name); err != nil {
			t.Fatal(err)
		}
	}
	waiting := func(t *testing.T, name string) {
		t.Helper()
		if err := syscall.Mkfifo(name, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, place := range []func(*testing.T, string){endless, waiting} {
		dir := application(t, map[string]string{"app.py": "import requests\n", "app.js": "require('left-pad')\n", "list/requirements.txt": "-r other.txt\nrequests\n", "versions/3/x": ""})
		for _, name := range []string{"requirements.txt", "other.py", "package.json", "pom.xml", ".python-version", "Cargo.toml", "main.go", "tsconfig.json", "list/other.txt", "list/package-lock.json"} {
			place(t, filepath.Join(dir, name))
		}
		write(t, filepath.Join(dir, "list", "package.json"), `{"dependencies": {"left-pad": "1"}}`)
		f := finder(t)
		if p := f.requirements(&sam.Function{Runtime: "python3.12", Code: sam.Code{Dir: dir}}, dir, python); p != nil {
			t.Errorf("%s is read", p.what)
		}
		if p := listed(filepath.Join(dir, "list", "requirements.txt"), python, "python3.12"); p == nil || !strings.HasSuffix(string(p.key), "requests\n") {
			t.Errorf("the rest of a list is not read: %v", p)
		}
		if p := npmListed(dir, dir, []string{"left-pad"}, "22", false); p != nil {
			t.Errorf("%s is read", p.what)
		}
		if p := npmListed(filepath.Join(dir, "list"), dir, []string{"left-pad"}, "22", false); p == nil {
			t.Error("a manifest beside a lock that never ends is not read")
		}
		hasLibraries(dir)
		if packaged(dir) {
			t.Error("an endless pom.xml is read")
		}
		if root, _ := compiledFrom(dir, filepath.Join(dir, "app.js")); root != "" {
			t.Errorf("the root %q is read of an endless tsconfig.json", root)
		}
		f.pyenv(filepath.Join(dir, "shims", "python3"))
		if name := binary(&sam.Function{}, dir); name != "" || holdsMain(dir) {
			t.Errorf("the crate %q is read", name)
		}
	}
	dir := application(t, map[string]string{"requirements.txt": strings.Repeat("-r requirements.txt\n-r ./requirements.txt\n", 1000) + "six\n"})
	if _, names := requirementFile(filepath.Join(dir, "requirements.txt")); !slices.Equal(names, []string{"six"}) {
		t.Errorf("a list that includes itself names %v", names)
	}
	dir = application(t, map[string]string{
		"requirements.txt":  strings.Repeat("a\n", 1<<19), // reading it must not take the square of its length
		"stages/Dockerfile": "FROM x AS s0\n" + lines(20_000, "ENV A%d=1") + lines(20_000, "FROM s0 AS t%d"),
		"names/Dockerfile":  "ARG A=" + strings.Repeat("x", 500_000) + "\nFROM " + strings.Repeat("$A", 200_000) + "\nCMD x\n",
		"copy/Dockerfile":   "FROM python:3.12\nCOPY ../../.. /etc /*.py x/../../y ./\nCMD app.handler\n",
	})
	if text, _ := requirementFile(filepath.Join(dir, "requirements.txt")); len(text) != 1<<20 {
		t.Errorf("%d bytes of a long list are read", len(text))
	}
	image := func(context string) (*stage, []string) {
		return stageOf(&sam.Function{Code: sam.Code{Dir: ".", Image: &sam.Image{Context: context, Dockerfile: "Dockerfile"}}})
	}
	if s, _ := image("stages"); s != nil {
		t.Error("a Dockerfile with 20,001 stages is read")
	}
	if s, _ := image("names"); s == nil || len(s.base) > maxImageName {
		t.Error("the name of an image has no limit")
	}
	inside := filepath.Join(dir, "copy")
	for _, folder := range func() []string { _, all := image("copy"); return all }() {
		if folder != inside && !strings.HasPrefix(folder, inside+string(filepath.Separator)) {
			t.Errorf("%s is taken for a folder of the context", folder)
		}
	}
}

// lines are n lines of a format with their number.
func lines(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format+"\n", i)
	}
	return b.String()
}

func TestEsbuildFlags(t *testing.T) {
	t.Parallel()
	got := esbuildFlags(map[string]any{
		"EntryPoints": []any{"a.ts"}, "Minify": true, "Sourcemap": false, "Target": "es2020", "MainFields": []any{"module", "main"},
		"External": []any{"x", "y"}, "OutExtension": []any{".js=.mjs"}, "Loader": []any{".html=text"}, "Banner": map[string]any{"js": "//"}, "Format": "esm",
	})
	want := []string{"--banner:js=//", "--external:x", "--external:y", "--format=esm", "--loader:.html=text", "--main-fields=module,main", "--minify", "--out-extension:.js=.mjs", "--target=es2020"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

// A web server behind Lambda Web Adapter is run by its own script, under our adapter, with the
// interpreter under the names that it has in Lambda.
func TestWebServer(t *testing.T) {
	bin := interpreters(t, map[string]string{"python3.12": "3.12", "node": "22"})
	dir := application(t, map[string]string{"fixed/app.py": "serve(8080)", "fixed/plain.sh": "", "bare/app.py": "serve(PORT)", "told/app.js": "listen(process.env.PORT)", "own/bootstrap": "x"})
	program(t, "fixed/run.sh", "exec python3 app.py")
	program(t, "told/run.sh", "exec node app.js")
	program(t, "bare/run.sh", "")
	write(t, "bare/run.sh", "# no interpreter\nexec python app.py")
	program(t, "own/bootstrap", "export PORT; exec serve")
	f, err := NewFinder(Options{Cache: t.TempDir(), Getenv: func(name string) string { return map[string]string{"PATH": "/bin"}[name] }, Adapter: []string{"apigw", "adapter"}})
	if err != nil {
		t.Fatal(err)
	}
	wrapped := []sam.Variable{{Name: "AWS_LAMBDA_EXEC_WRAPPER", Value: "/opt/bootstrap"}, {Name: "AWS_LWA_ENABLE_COMPRESSION", Value: "true"}, {Name: "AWS_LWA_LAMBDA_RUNTIME_API_PROXY", Value: "127.0.0.1:9009"}}
	layer := []sam.Layer{{ARN: "arn:aws:lambda:us-east-1:753240598075:layer:LambdaAdapterLayerX86:27"}}
	for _, c := range []struct {
		runtime, handler, uri string
		command, how          string
		single                bool
		programs              []string // on its path, and what they run
	}{
		{"python3.12", "run.sh", "fixed", "fixed-port " + dir + "/fixed/run.sh", "fixed/run.sh by python3.12, a web server", true, []string{"python", "python3", "python3.12"}},
		{"nodejs22.x", "run.sh", "told", "own-port " + dir + "/told/run.sh", "told/run.sh by node, a web server", false, []string{"node"}},
		{"python3.12", "run.sh", "bare", "own-port sh " + dir + "/bare/run.sh", "bare/run.sh by python3.12, a web server", false, nil},
		{"provided.al2023", "bootstrap", "own", "own-port " + dir + "/own/bootstrap", "own/bootstrap, a web server", false, nil},
	} {
		l, err := f.Find(&sam.Function{ID: "F", Runtime: c.runtime, Handler: c.handler, Environment: wrapped, Code: sam.Code{Dir: ".", URI: c.uri, Layers: layer}})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(l.Command, " "); got != "apigw adapter "+c.command || l.How != c.how || l.Single != c.single {
			t.Errorf("%s: got %q, %q, single %t", c.uri, got, l.How, l.Single)
		}
		notes := strings.Join(l.Notes, "\n")
		if strings.Contains(notes, "LambdaAdapterLayer") || !strings.Contains(notes, "AWS_LWA_ENABLE_COMPRESSION has no effect here") || !strings.Contains(notes, "AWS_LWA_LAMBDA_RUNTIME_API_PROXY has no effect here") || strings.Contains(notes, "its port is fixed") != c.single {
			t.Errorf("%s: the notes are\n%s", c.uri, notes)
		}
		first, rest, _ := strings.Cut(l.Env["PATH"], string(os.PathListSeparator))
		if len(c.programs) > 0 && rest != "/bin" {
			t.Errorf("%s: PATH is %s", c.uri, l.Env["PATH"])
		}
		for _, name := range c.programs {
			out, err := exec.Command(filepath.Join(first, name), "-V").CombinedOutput()
			if want := filepath.Join(bin, c.programs[len(c.programs)-1]); err != nil || !strings.HasPrefix(string(out), want+"\n") {
				t.Errorf("%s: %s runs %s, %v; want %s", c.uri, name, out, err, want)
			}
		}
	}
	l, err := f.Find(&sam.Function{ID: "F", Runtime: "python3.12", Handler: "app.handler", Code: sam.Code{Dir: ".", URI: "fixed"},
		Environment: []sam.Variable{{Name: "AWS_LAMBDA_EXEC_WRAPPER", Value: "/opt/otel-handler"}}})
	if want := "it runs without /opt/otel-handler, which AWS_LAMBDA_EXEC_WRAPPER names"; err != nil || !slices.Contains(l.Notes, want) {
		t.Errorf("another wrapper: %v, %+v; want the note %q", err, l, want)
	}
	for _, c := range []struct{ handler, want string }{
		{"gone.sh", "there is no gone.sh in fixed, which starts the web server; let Handler name it"},
		{"plain.sh", "fixed/plain.sh cannot be executed; run chmod +x fixed/plain.sh"},
	} {
		if _, err := f.Find(&sam.Function{ID: "F", Runtime: "python3.12", Handler: c.handler, Environment: wrapped, Code: sam.Code{Dir: ".", URI: "fixed"}}); err == nil || err.Error() != c.want {
			t.Errorf("%s: got %v, want %s", c.handler, err, c.want)
		}
	}
}

// A web server whose Dockerfile includes Lambda Web Adapter runs under ours: with Docker, or from
// its source with the Dockerfile's command.
func TestWebImage(t *testing.T) {
	bin := interpreters(t, map[string]string{"python3.12": "3.12", "node": "22"})
	const adapter = "COPY --from=public.ecr.aws/awsguru/aws-lambda-adapter:1.0.0 /lambda-adapter /opt/extensions/lambda-adapter\n"
	dir := application(t, map[string]string{
		"py/Dockerfile": "FROM python:3.12-slim\n" + adapter + "ENV PORT=8000 PATH=/x MODE=$X NAME=it\nCOPY *.py ./\nCMD exec gunicorn -b=:$PORT app:app\n", "py/app.py": "",
		"js/Dockerfile": "FROM public.ecr.aws/docker/library/node:20\n" + adapter + "COPY src/ .\nENTRYPOINT [\"node\"]\nCMD [\"index.js\", \"it's\"]\n", "js/src/index.js": "listen(8080)",
		"other/Dockerfile": "FROM rust\n" + adapter + "CMD [\"server\"]\n",
	})
	f, err := NewFinder(Options{Cache: t.TempDir(), Getenv: func(string) string { return "" }, Adapter: []string{"adapter"}})
	if err != nil {
		t.Fatal(err)
	}
	image := func(context string) *sam.Function {
		return &sam.Function{ID: "F", Code: sam.Code{Dir: ".", Image: &sam.Image{Tag: "v1", Context: context, Dockerfile: "Dockerfile"}}}
	}
	program(t, filepath.Join(bin, "docker"), "exit 1")
	for _, c := range []struct{ context, dir, command, how string }{
		{"py", "py", "adapter|own-port|/bin/sh|-c|exec gunicorn -b=:$PORT app:app", "exec gunicorn -b=:$PORT app:app in py, a web server, without its image"},
		{"js", "js/src", `adapter|fixed-port|/bin/sh|-c|node index.js 'it'\''s'`, `node index.js it's in js/src, a web server, without its image`},
	} {
		l, err := f.Find(image(c.context))
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(l.Command, "|"); got != c.command || l.How != c.how || l.Dir != filepath.Join(dir, c.dir) {
			t.Errorf("%s: got %q in %s, %q", c.context, got, l.Dir, l.How)
		}
		if c.context == "py" && (l.Env["PORT"] != "8000" || l.Env["NAME"] != "it" || l.Env["MODE"] != "" || strings.HasPrefix(l.Env["PATH"], "/x")) {
			t.Errorf("%s: the variables are %v", c.context, l.Env)
		}
	}
	if _, err := f.Find(image("other")); err == nil || !strings.HasSuffix(err.Error(), "; start Docker") {
		t.Errorf("of another language: %v", err)
	}
	if runtime.GOOS != "linux" {
		return
	}
	program(t, filepath.Join(bin, "docker"), "exit 0")
	l, err := f.Find(image("py"))
	if err != nil {
		t.Fatal(err)
	}
	want := "adapter own-port " + filepath.Join(bin, "docker") + " run --rm --name {name} {env} --env PORT --env AWS_LWA_PORT --network host f:v1"
	if got := strings.Join(l.Command, " "); got != want && got != strings.Replace(want, "f:v1", "f", 1) || !l.Container || l.Env["PORT"] != "8000" {
		t.Errorf("by Docker: got %s, %v", got, l.Env)
	}
}

func TestDebug(t *testing.T) {
	interpreters(t, map[string]string{"node": "22", "python3.13": "3.13"})
	application(t, map[string]string{"src/app.js": "", "src/app.py": ""})
	f, err := NewFinder(Options{Cache: t.TempDir(), Getenv: func(string) string { return "" }, Debug: &Debug{"F", 9229}})
	if err != nil {
		t.Fatal(err)
	}
	l, err := f.Find(&sam.Function{ID: "F", Runtime: "nodejs22.x", Handler: "app.handler", Code: sam.Code{Dir: ".", URI: "src"}})
	if err != nil || l.Command[1] != "--inspect-brk=127.0.0.1:9229" || !strings.Contains(l.Debug, `"port":9229`) {
		t.Errorf("%+v %v", l, err)
	}
	l, err = f.Find(&sam.Function{ID: "G", Runtime: "nodejs22.x", Handler: "app.handler", Code: sam.Code{Dir: ".", URI: "src"}})
	if err != nil || l.Debug != "" || strings.Contains(l.Command[1], "inspect") {
		t.Errorf("another function: %+v %v", l, err)
	}
	l, err = f.Find(&sam.Function{ID: "F", Runtime: "python3.13", Handler: "app.handler", Code: sam.Code{Dir: ".", URI: "src"}})
	if err != nil || !strings.Contains(strings.Join(l.Command, " "), "-m debugpy --listen 127.0.0.1:9229 --wait-for-client "+f.boot) {
		t.Errorf("%+v %v", l, err)
	}
}

// saying makes a Finder, and collects its messages.
func saying(t *testing.T, o Options) (*Finder, *strings.Builder) {
	t.Helper()
	var said strings.Builder
	if o.Cache == "" {
		o.Cache = t.TempDir()
	}
	o.Getenv, o.Say = func(string) string { return "" }, func(text string) { said.WriteString(text + "\n") }
	f, err := NewFinder(o)
	if err != nil {
		t.Fatal(err)
	}
	return f, &said
}

// What a function imports is installed once, as its manifest lists it; then what Lambda's runtime
// includes and this machine lacks.
func TestPackagesOfPython(t *testing.T) {
	bin := interpreters(t, map[string]string{})
	// A Python with pip and without boto3. It records its arguments.
	python := func(install string) {
		program(t, filepath.Join(bin, "python3.12"), `case "$*" in
*"pip install"*) echo "$@" >> `+bin+`/pip.log
  while [ "$1" != --target ]; do shift; done; mkdir -p "$2"; `+install+`;;
*find_spec*) exit 1;;
*) printf '%s\n3.12\n' `+bin+`/python3.12;;
esac`)
	}
	python(`touch "$2/came.py"`)
	log := func() string {
		data, _ := os.ReadFile(filepath.Join(bin, "pip.log"))
		os.Remove(filepath.Join(bin, "pip.log"))
		return string(data)
	}
	dir := application(t, map[string]string{
		"src/app.py": "import json, os.path\nfrom . import own\nimport requests as r\nimport boto3\n", "src/requirements.txt": "requests==2.0 # pinned\n-r more.txt\n", "src/more.txt": "idna\n",
		"plain/app.py": "import json\nimport helper\n", "plain/helper.py": "", "plain/requirements.txt": "requests\n", "plain/tests/test.py": "import pytest",
		"modern/src/app.py": "import requests", "modern/pyproject.toml": "[project]\ndependencies = ['requests>=2']\n[tool.poetry.dependencies]\npython = '^3.12'\nidna = '^3.1'\nx = {version = '1.0', extras = ['a', 'b']}\ny = '*'\nown = {path = '.'}\n",
	})
	fn := &sam.Function{ID: "F", Runtime: "python3.12", Handler: "app.handler", Code: sam.Code{Dir: ".", URI: "src/"}}
	f, said := saying(t, Options{})
	l, err := f.Find(fn)
	if err != nil || l.Build == nil || !l.Installs {
		t.Fatalf("%+v %v", l, err)
	}
	if err := l.Build(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := log(); strings.Count(got, "\n") != 2 || !strings.Contains(got, "-r "+filepath.Join(dir, "src", "requirements.txt")) || !strings.HasSuffix(got, " boto3\n") {
		t.Errorf("pip was asked for:\n%s", got)
	}
	paths := filepath.SplitList(l.Env["PYTHONPATH"])
	if len(paths) != 2 || !isFile(filepath.Join(paths[0], "came.py")) || !isFile(filepath.Join(paths[1], "came.py")) {
		t.Errorf("PYTHONPATH is %s", l.Env["PYTHONPATH"])
	}
	if got := said.String(); !strings.Contains(got, "installing the packages of src/requirements.txt, once, into ") || !strings.Contains(got, "installed the packages of Lambda's Python runtime (boto3) in ") {
		t.Errorf("said:\n%s", got)
	}
	if l, err = f.Find(fn); err != nil || l.Build != nil || l.Env["PYTHONPATH"] != strings.Join(paths, string(os.PathListSeparator)) {
		t.Errorf("the second time: %+v %v", l, err)
	}
	write(t, "src/more.txt", "idna\ncertifi\n")
	if l, err = f.Find(fn); err != nil || l.Build == nil {
		t.Errorf("with another list: %+v %v", l, err)
	}
	// Without a requirements.txt, pyproject.toml lists the packages.
	log()
	modern := *fn
	modern.Code.URI = "modern/src"
	if l, err = f.Find(&modern); err != nil || l.Build == nil || l.Build(t.Context()) != nil || !strings.HasSuffix(log(), " requests>=2 idna>=3.1 x[a,b]==1.0 y\n") {
		t.Errorf("of pyproject.toml: %+v %v", l, err)
	}
	// What is not a package, but would be an option of pip, is left out.
	write(t, "modern/pyproject.toml", "[project]\ndependencies = ['requests', '--target=/elsewhere', '-r/etc/hostname', ' --log=x', './here']\n[tool.poetry.dependencies]\n'--pre' = '1'\n")
	log()
	if l, err = f.Find(&modern); err != nil || l.Build == nil || l.Build(t.Context()) != nil || !strings.HasSuffix(log(), " --retries 1 requests\n") {
		t.Errorf("of pyproject.toml with options: %+v %v", l, err)
	}
	// A function that imports nothing in its list needs none of it.
	if l, err = f.Find(&sam.Function{ID: "P", Runtime: "python3.12", Code: sam.Code{Dir: ".", URI: "plain"}}); err != nil || l.Build != nil {
		t.Errorf("nothing imported: %+v %v", l, err)
	}
	// Nothing is installed if that is turned off, or next to a virtual environment.
	f, _ = saying(t, Options{NoInstall: true})
	if l, err = f.Find(fn); err != nil || l.Build != nil || l.Env["PYTHONPATH"] != "" {
		t.Errorf("--no-install: %+v %v", l, err)
	}
	// A failure is reported, and does not keep the function from running.
	python("echo 'ERROR: No matching distribution found for requests==2.0'; echo Traceback; exit 1")
	f, said = saying(t, Options{})
	if l, err = f.Find(fn); err != nil {
		t.Fatal(err)
	}
	if err := l.Build(t.Context()); err != nil {
		t.Error(err)
	}
	if got := said.String(); !strings.Contains(got, "cannot be installed: ERROR: No matching distribution found for requests==2.0\n") || !strings.Contains(got, "yourself: "+bin+"/python3.12 -m pip install -r src/requirements.txt") {
		t.Errorf("said:\n%s", got)
	}
}

// A package pinned for another version of Python is installed in a version for this one.
func TestPinnedForAnotherPython(t *testing.T) {
	bin := interpreters(t, map[string]string{})
	program(t, filepath.Join(bin, "python3"), `case "$*" in
*"pip install"*"-r "*) exit 1;;
*"pip install"*) echo "$@" > `+bin+`/pip.log; while [ "$1" != --target ]; do shift; done; mkdir -p "$2";;
*) printf '%s\n3.11\n' `+bin+`/python3;;
esac`)
	application(t, map[string]string{"src/app.py": "import numpy", "src/requirements.txt": "numpy==1.16.0\nPillow[webp]>=5"})
	f, _ := saying(t, Options{})
	l, err := f.Find(&sam.Function{ID: "F", Runtime: "python3.7", Code: sam.Code{Dir: ".", URI: "src/"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Build(t.Context()); err != nil {
		t.Error(err)
	}
	if data, err := os.ReadFile(filepath.Join(bin, "pip.log")); err != nil || !strings.HasSuffix(string(data), " --only-binary=:all: numpy Pillow[webp]\n") {
		t.Errorf("pip was asked for %s %v", data, err)
	}
}

func TestPackagesOfNode(t *testing.T) {
	bin := interpreters(t, map[string]string{"node": "22"})
	program(t, filepath.Join(bin, "npm"), `echo "$@" >> `+bin+`/npm.log; cat package.json >> `+bin+`/npm.log
for p in axios reflect-metadata; do grep -q $p package.json && mkdir -p node_modules/$p && echo 'module.exports = "'$p'"' > node_modules/$p/index.js; done; true`)
	log := func() string {
		data, _ := os.ReadFile(filepath.Join(bin, "npm.log"))
		os.Remove(filepath.Join(bin, "npm.log"))
		return string(data)
	}
	dir := application(t, map[string]string{
		"src/app.mjs":     "import fs from 'node:fs'; import path from 'path'; import './lib/own.mjs'; import here from 'here/x'; export const handler = 1",
		"src/lib/own.mjs": "import axios from 'axios'; import { S3 } from '@aws-sdk/client-s3'; import v2 from 'aws-sdk'", "src/node_modules/here/x.js": "",
		"src/package.json": `{"dependencies":{"axios":"^1.0.0","here":"1","lib":"file:../lib"},"devDependencies":{"jest":"1"}}`,
		"ts/app.ts":        "import 'ts/shared/all'; export const handler = 1", "ts/shared/all.ts": "import 'reflect-metadata'",
		"ts/tsconfig.json": `{"compilerOptions":{"baseUrl":"..","paths":{"ts/*":["ts/*"]}}}`, "ts/package.json": `{"devDependencies":{"reflect-metadata":"1"}}`, "ts/package-lock.json": "{}",
		"loads/app.js": "exports.handler = require(`${process.env.HANDLER}`)", "loads/package.json": `{"dependencies":{"axios":"2"}}`, "package.json": `{"dependencies":{"axios":"3"}}`, "empty/app.js": "require('axios')", "empty/package.json": "{}", "plain/app.js": "require('fs')", "plain/package.json": `{"dependencies":{"axios":"1"}}`,
		"old/app.js": "require('aws-sdk')", "locked/app.js": "require('axios')", "locked/package.json": `{"dependencies":{"axios":"1"}}`, "locked/package-lock.json": "{}",
	})
	f, said := saying(t, Options{})
	find := func(uri string) *Launch {
		t.Helper()
		l, err := f.Find(&sam.Function{ID: "F", Runtime: "nodejs22.x", Handler: "app.handler", Code: sam.Code{Dir: ".", URI: uri}})
		if err != nil {
			t.Fatal(err)
		}
		if l.Build != nil {
			if err := l.Build(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		return l
	}
	l := find("src")
	if got := log(); strings.Count(got, "install --ignore-scripts") != 2 || !strings.Contains(got, `"axios":"^1.0.0"`) || !strings.Contains(got, `"lib":"file:`+filepath.Join(dir, "lib")+`"`) || strings.Contains(got, "jest") || !strings.Contains(got, `{"dependencies":{"@aws-sdk/client-s3":"3"}}`) {
		t.Errorf("npm was asked for:\n%s", got)
	}
	paths := filepath.SplitList(l.Env["NODE_PATH"])
	if len(paths) != 2 || !isDir(filepath.Join(paths[0], "axios")) || l.Command[len(l.Command)-1] != l.Env["NODE_PATH"] {
		t.Errorf("NODE_PATH is %s, the command %v", l.Env["NODE_PATH"], l.Command)
	}
	if !strings.Contains(said.String(), "installed the packages of Lambda's Node.js runtime (@aws-sdk/client-s3) in ") {
		t.Errorf("said:\n%s", said)
	}
	if find("src"); log() != "" {
		t.Error("it is installed twice")
	}
	// The runtimes before nodejs18.x include version 2 of the SDK, whatever the minor version.
	for runtime, want := range map[string]bool{"nodejs8.10": true, "nodejs16.x": true, "nodejs18.x": false} {
		l, err := f.Find(&sam.Function{ID: "F", Runtime: runtime, Handler: "app.handler", Code: sam.Code{Dir: ".", URI: "old"}})
		if err != nil {
			t.Fatal(err)
		}
		if got := l.Build != nil; got != want {
			t.Errorf("%s: it installs aws-sdk: %v", runtime, got)
		}
	}
	if l := find("plain"); l.Build != nil {
		t.Errorf("nothing imported: %+v", l)
	}
	if find("loads"); !strings.Contains(log(), `"axios":"2"`) {
		t.Error("what a function loads by a name that only it knows is not installed")
	}
	if find("empty"); !strings.Contains(log(), `"axios":"3"`) {
		t.Error("what a package.json above lists is not installed")
	}
	if find("locked"); !strings.HasPrefix(log(), "ci --ignore-scripts") {
		t.Error("what is locked is not installed as it is locked")
	}
	// A package that is bundled may be listed among the development dependencies, and imported by
	// a file that only tsconfig.json leads to; it is in the bundle.
	l = find("ts")
	bundle, err := os.ReadFile(filepath.Join(l.Dir, "app.js"))
	if err != nil || !strings.Contains(string(bundle), `exports = "reflect-metadata"`) {
		t.Errorf("%s %v", bundle, err)
	}
}

// Classes whose libraries are not next to them, as a manual build leaves them, are built again; a
// jar of the project is not a function.
func TestJavaBuilds(t *testing.T) {
	bin := interpreters(t, map[string]string{})
	program(t, filepath.Join(bin, "java"), "")
	program(t, filepath.Join(bin, "mvn"), "")
	application(t, map[string]string{
		"half/pom.xml": "<dependency>", "half/target/classes/A.class": "", "half/tools.jar": "",
		"whole/pom.xml": "<dependency>", "whole/target/classes/A.class": "", "whole/target/dependency/b.jar": "",
		"plain/pom.xml": "", "plain/target/classes/A.class": "", "jar/a.jar": "",
	})
	for uri, builds := range map[string]bool{"half": true, "whole": false, "plain": false, "jar": false} {
		f := finder(t)
		write(t, filepath.Join(f.cache, "java", javaClientVersion, javaClient+"-1.jar"), "")
		l, err := f.Find(&sam.Function{ID: "F", Runtime: "java17", Handler: "A", Code: sam.Code{Dir: ".", URI: uri}})
		if err != nil || (l.Build != nil) != builds {
			t.Errorf("%s: %+v %v", uri, l, err)
		}
	}
}

// Quarkus generates classes when it packages.
func TestQuarkus(t *testing.T) {
	bin := interpreters(t, map[string]string{})
	program(t, filepath.Join(bin, "java"), "")
	program(t, filepath.Join(bin, "mvn"), `echo "$*" > `+bin+`/log`)
	dir := application(t, map[string]string{"app/pom.xml": "<plugin><artifactId>quarkus-maven-plugin</artifactId></plugin>"})
	f := finder(t)
	write(t, filepath.Join(f.cache, "java", javaClientVersion, javaClient+"-1.jar"), "")
	l, err := f.Find(&sam.Function{ID: "F", Runtime: "java17", Handler: "A", Code: sam.Code{Dir: ".", URI: "app/target/function.zip"}})
	if err != nil || l.Build == nil {
		t.Fatalf("%+v %v", l, err)
	}
	if err := l.Build(t.Context()); err != nil {
		t.Fatal(err)
	}
	log, err := os.ReadFile(filepath.Join(bin, "log"))
	if err != nil || !strings.HasSuffix(strings.TrimSpace(string(log)), " package") {
		t.Errorf("mvn %s, %v", log, err)
	}
	if paths := filepath.SplitList(l.Env["CLASSPATH"]); !slices.Contains(paths, filepath.Join(dir, "app/target/*")) || !slices.Contains(paths, filepath.Join(dir, "app/target/lib/*")) {
		t.Errorf("the class path is %q", paths)
	}
}

// A crate is built into the cache; its program is the one that the template names, the one with
// the handler's name, or the only one.
func TestRust(t *testing.T) {
	bin := interpreters(t, map[string]string{})
	program(t, filepath.Join(bin, "cargo"), "")
	application(t, map[string]string{
		"one/Cargo.toml": "[package]\nname = \"only\"", "named/Cargo.toml": "[package]\nname = \"x\"\n[[bin]]\nname = \"other\"",
		"many/Cargo.toml": "[package]\nname = \"x\"\n[[bin]]\nname = \"a\"\n[[bin]]\nname = \"b\"", "handler/Cargo.toml": "[package]\nname = \"x\"", "handler/src/bin/get.rs": "",
	})
	for _, c := range []struct {
		uri, handler string
		properties   map[string]any
		want         string
	}{
		{"one", "bootstrap", nil, "only"}, {"named", "bootstrap", nil, "other"}, {"many", "", map[string]any{"Binary": "b"}, "b"}, {"handler", "get", nil, "get"}, {"many", "", nil, ""},
	} {
		l, err := finder(t).Find(&sam.Function{ID: "F", Runtime: "provided.al2023", Handler: c.handler, Code: sam.Code{Dir: ".", URI: c.uri, BuildMethod: "rust-cargolambda", BuildProperties: c.properties}})
		if c.want == "" {
			if err == nil || err.Error() != "many/Cargo.toml does not say which program it builds; name it: Metadata: {BuildProperties: {Binary: NAME}}" {
				t.Errorf("%s: %v", c.uri, err)
			}
			continue
		}
		if err != nil || filepath.Base(l.Command[0]) != c.want || filepath.Base(filepath.Dir(l.Command[0])) != "release" || l.How != "cargo build --release --bin "+c.want+" of "+c.uri || l.Build == nil {
			t.Errorf("%s: %+v %v", c.uri, l, err)
		}
	}
}

// Layers that must be built have their packages, and public layers those of the registry.
func TestPackagesOfLayers(t *testing.T) {
	bin := interpreters(t, map[string]string{"node": "22"})
	program(t, filepath.Join(bin, "npm"), `cat package.json >> `+bin+`/log; mkdir -p node_modules`)
	program(t, filepath.Join(bin, "python3.12"), `case "$*" in
*"pip install"*) echo "$@" >> `+bin+`/log; while [ "$1" != --target ]; do shift; done; mkdir -p "$2";;
*find_spec*) exit 1;;
*) printf '%s\n3.12\n' `+bin+`/python3.12;;
esac`)
	application(t, map[string]string{
		"src/app.py": "", "src/app.js": "require('@aws-lambda-powertools/logger'); require('@aws-lambda-powertools/logger/sub')",
		"py/requirements.txt": "idna", "js/nodejs/package.json": `{"dependencies":{"axios":"1"}}`,
	})
	for _, c := range []struct {
		runtime, variable, arn, layer string
		want                          []string
	}{
		{"python3.12", "PYTHONPATH", "arn:aws:lambda:us-east-1:017000801446:layer:AWSLambdaPowertoolsPythonV3-python312-x86_64:7", "py", []string{"aws-lambda-powertools[all]>=3,<4", "-r "}},
		{"nodejs22.x", "NODE_PATH", "arn:aws:lambda:us-east-1:094274105915:layer:AWSLambdaPowertoolsTypeScriptV2:20", "js", []string{`{"dependencies":{"@aws-lambda-powertools/logger":"2"}}`, `{"axios":"1"}`}},
	} {
		f, _ := saying(t, Options{})
		l, err := f.Find(&sam.Function{ID: "F", Runtime: c.runtime, Handler: "app.handler", Code: sam.Code{Dir: ".", URI: "src", Layers: []sam.Layer{{ARN: c.arn}, {ID: "L", URI: c.layer}}}})
		if err != nil || l.Build == nil {
			t.Fatalf("%+v %v", l, err)
		}
		if err := l.Build(t.Context()); err != nil {
			t.Fatal(err)
		}
		log, err := os.ReadFile(filepath.Join(bin, "log"))
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range c.want {
			if !strings.Contains(string(log), want) {
				t.Errorf("%s: asked for no %s:\n%s", c.runtime, want, log)
			}
		}
		if n := strings.Count(l.Env[c.variable], filepath.Join(f.cache, "packages")); n != 2 || strings.Contains(strings.Join(l.Notes, "\n"), "is not on this machine") {
			t.Errorf("%s is %s; notes %v", c.variable, l.Env[c.variable], l.Notes)
		}
		f, _ = saying(t, Options{NoInstall: true})
		if l, err = f.Find(&sam.Function{ID: "F", Runtime: c.runtime, Handler: "app.handler", Code: sam.Code{Dir: ".", URI: "src", Layers: []sam.Layer{{ARN: c.arn}}}}); err != nil || !strings.Contains(strings.Join(l.Notes, "\n"), "is not on this machine") {
			t.Errorf("--no-install: %+v %v", l, err)
		}
	}
}
