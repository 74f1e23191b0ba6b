package runtimes

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"example.com/guessing-game/src/apigw/sam"
)

// javaClient is AWS's runtime interface client for Java, with what it needs at run time.
const (
	javaClient        = "aws-lambda-java-runtime-interface-client"
	javaClientVersion = "2.10.1"
	javaClientMain    = "com.amazonaws.services.lambda.runtime.api.client.AWSLambda"
)

// java runs the classes that a build made, under AWS's runtime interface client.
func (f *Finder) java(fn *sam.Function, p *place, version string) (*Launch, error) {
	java, here, err := f.javaProgram()
	if err != nil {
		return nil, err
	}
	version = strings.TrimSuffix(version, ".al2")
	l := &Launch{How: fmt.Sprintf("java %s in %s", here, p)}
	if older(here, version) {
		l.Notes = append(l.Notes, fmt.Sprintf("Java %s runs it: %s is not installed", here, fn.Runtime))
	} else {
		here = "" // builds as it is
	}
	paths := javaClasses(p)
	if paths == nil {
		var tool string
		if tool, l.Build = f.javaBuild(p, reactor(p.source, fn.Code.Dir), here); l.Build == nil {
			return nil, missing("run sam build", "there are no classes in %s", shown(p.dir))
		}
		l.How += " after a build by " + tool
		l.Project = cmp.Or(reactor(p.source, fn.Code.Dir), p.source)
		paths = javaOutputs(p.source)
	}
	client, err := f.javaClientPaths(paths)
	if err != nil {
		return nil, err
	}
	// The client comes first, as in Lambda: its own libraries override other versions among those
	// of the function.
	l.Env = map[string]string{"CLASSPATH": join(append(client, paths...)...)}
	f.leadJavaSDK(l, java, paths)
	l.Command = []string{java, "-XX:+TieredCompilation", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", javaClientMain, fn.Handler}
	l.Dir = p.dir
	if isFile(p.dir) {
		l.Dir = filepath.Dir(p.dir)
	}
	return l, nil
}

// javaProgram is the Java of JAVA_HOME or of the path, and its version as Lambda counts: 8, 17.
func (f *Finder) javaProgram() (program, version string, err error) {
	if home := f.o.Getenv("JAVA_HOME"); home != "" && isFile(filepath.Join(home, "bin", "java")) {
		program = filepath.Join(home, "bin", "java")
	} else if program, err = exec.LookPath("java"); err != nil {
		return "", "", missing("", "Java is not on the path")
	}
	real, err := filepath.EvalSymlinks(program)
	if err != nil {
		return "", "", err
	}
	// A JDK has its version in a file next to bin.
	if data, err := os.ReadFile(filepath.Join(filepath.Dir(filepath.Dir(real)), "release")); err == nil {
		if m := javaVersion.FindSubmatch(data); m != nil {
			version = string(m[1])
		}
	}
	return program, version, nil
}

var javaVersion = regexp.MustCompile(`(?m)^JAVA_VERSION="(?:1\.)?(\d+)`)

// older reports whether one version comes before another. An unknown version does not.
func older(a, b string) bool {
	m, errA := strconv.Atoi(a)
	n, errB := strconv.Atoi(b)
	return errA == nil && errB == nil && m < n
}

// javaClasses is the class path of a build: by sam build, by Maven or by Gradle, or in a jar. It is
// nil if there is none, or if the source has changed since.
func javaClasses(p *place) []string {
	switch {
	case p.built:
		return []string{p.dir, filepath.Join(p.dir, "lib", "*")}
	case isFile(p.dir): // a jar
		return []string{p.dir}
	case p.dir != p.source: // unpacked
		return []string{p.dir, filepath.Join(p.dir, "lib", "*")}
	}
	for _, made := range []string{"target/classes", "build/classes"} {
		if info, err := os.Stat(filepath.Join(p.source, made)); err == nil && !newest(filepath.Join(p.source, "src")).After(info.ModTime()) && hasLibraries(p.source) {
			return javaOutputs(p.source)
		}
	}
	if jars, err := filepath.Glob(filepath.Join(p.source, "*.jar")); err == nil && len(jars) > 0 && javaManifest(p.source) == "" {
		return jars
	}
	return nil
}

// javaManifest is the name of a project's Maven or Gradle file; empty if there is none.
func javaManifest(dir string) string {
	for _, name := range []string{"pom.xml", "build.gradle", "build.gradle.kts"} {
		if isFile(filepath.Join(dir, name)) {
			return name
		}
	}
	return ""
}

// hasLibraries reports whether the libraries of a built project are next to its classes: a manual
// build leaves them in the tool's cache.
func hasLibraries(dir string) bool {
	for _, out := range []string{"target/dependency", "target/lib", "build/apigw-libs", "build/lib"} {
		if isDir(filepath.Join(dir, filepath.FromSlash(out))) {
			return true
		}
	}
	data, err := readSource(filepath.Join(dir, "pom.xml"), maxScannedSize)
	return javaManifest(dir) == "" || err == nil && !strings.Contains(string(data), "<dependency>")
}

// javaOutputs are the folders that Maven and Gradle build into, and the libraries of either.
func javaOutputs(dir string) []string {
	var all []string
	outputs := javaFolders
	if packaged(dir) {
		outputs = append([]string{"target/*"}, outputs...)
	}
	for _, out := range outputs {
		all = append(all, filepath.Join(dir, filepath.FromSlash(out)))
	}
	return all
}

// packaged reports whether a project's classes are incomplete until it is packaged: Quarkus's
// plugin generates more of them, in target/…-runner.jar, next to target/lib.
func packaged(dir string) bool {
	data, err := readSource(filepath.Join(dir, "pom.xml"), maxScannedSize)
	return err == nil && strings.Contains(string(data), "<artifactId>quarkus-maven-plugin</artifactId>")
}

// javaFolders are where builds put classes and libraries.
var javaFolders = []string{"target/classes", "target/dependency/*", "target/lib/*", "build/classes/java/main", "build/classes/kotlin/main",
	"build/resources/main", "build/apigw-libs/*", "build/lib/*"}

// javaBuild builds with the project's own Maven or Gradle, or with those of this machine, for the
// given version of Java, if any: the whole of a reactor, if there is one. It is nil if there is
// neither tool.
func (f *Finder) javaBuild(p *place, reactor, version string) (name string, build func(context.Context) error) {
	tool := func(wrapper, name string) string {
		for dir := p.source; ; dir = filepath.Dir(dir) {
			if program := filepath.Join(dir, wrapper); isFile(program) {
				if info, err := os.Stat(program); err == nil && info.Mode()&0o111 != 0 {
					return program
				}
			}
			if dir == filepath.Dir(dir) || isFile(filepath.Join(dir, "template.yaml")) {
				break
			}
		}
		program, err := exec.LookPath(name)
		if err != nil {
			return ""
		}
		return program
	}
	manifest := javaManifest(p.source)
	if manifest == "pom.xml" {
		if mvn := tool("mvnw", "mvn"); mvn != "" {
			args := []string{"-q", "-B", "-DskipTests", "compile", "dependency:copy-dependencies", "-DincludeScope=runtime", "-DoutputDirectory=target/dependency"}
			in := p.source
			switch {
			case reactor != "": // whose modules can be copied once they are packaged
				in, args[3] = reactor, "package"
			case packaged(p.source):
				args = []string{"-q", "-B", "-DskipTests", "package"}
			}
			if version != "" {
				args = append(args, "-Dmaven.compiler.source="+version, "-Dmaven.compiler.target="+version, "-Dmaven.compiler.release="+version)
			}
			return "Maven", command(in, nil, mvn, args...)
		}
	}
	if strings.HasPrefix(manifest, "build.gradle") {
		if gradle := tool("gradlew", "gradle"); gradle != "" {
			script, err := f.keep("gradle", "1", map[string][]byte{"libs.gradle": []byte(gradleLibs)})
			if err == nil {
				return "Gradle", command(p.source, nil, gradle, "-q", "--console=plain", "--no-daemon", "-I", filepath.Join(script, "libs.gradle"), "classes", "apigwLibs")
			}
		}
	}
	return "", nil
}

var (
	mavenParent   = regexp.MustCompile(`(?s)<parent>.*?</parent>`)
	mavenModule   = regexp.MustCompile(`<module>\s*([^<>]+?)\s*</module>`)
	mavenArtifact = regexp.MustCompile(`<artifactId>\s*([^<>]+?)\s*</artifactId>`)
)

// reactor is the folder of the Maven project above a module, up to top, that builds the module
// together with another one that the module needs; empty if there is none. Alone, the module could
// not find the other.
func reactor(module, top string) string {
	pom := func(dir string) string {
		data, _ := readSource(filepath.Join(dir, "pom.xml"), maxScannedSize) // none is empty
		return mavenParent.ReplaceAllString(string(data), "")
	}
	top, err := filepath.Abs(top)
	own := pom(module)
	if err != nil || own == "" {
		return ""
	}
	var needed []string
	for i, m := range mavenArtifact.FindAllStringSubmatch(own, -1) {
		if i > 0 { // the first one is its own
			needed = append(needed, m[1])
		}
	}
	for dir := filepath.Dir(module); ; dir = filepath.Dir(dir) {
		if rel, err := filepath.Rel(top, dir); err != nil || !filepath.IsLocal(rel) {
			return ""
		}
		lists, needs := false, false
		for _, m := range mavenModule.FindAllStringSubmatch(pom(dir), -1) {
			at := filepath.Join(dir, filepath.FromSlash(m[1]))
			artifact := mavenArtifact.FindStringSubmatch(pom(at))
			lists = lists || at == module
			needs = needs || at != module && artifact != nil && slices.Contains(needed, artifact[1])
		}
		if lists && needs {
			return dir
		}
	}
}

// javaProject is the folder of the project that builds a missing CodeUri: the first one above it,
// up to the template's, with a Maven or Gradle file.
func javaProject(fn *sam.Function, missing string) string {
	kind, _ := runtimeOf(fn.Runtime)
	top, err := filepath.Abs(fn.Code.Dir)
	if err != nil || kind != "java" {
		return ""
	}
	for dir := filepath.Dir(missing); ; dir = filepath.Dir(dir) {
		if rel, err := filepath.Rel(top, dir); err != nil || !filepath.IsLocal(rel) {
			return ""
		}
		if javaManifest(dir) != "" {
			return dir
		}
	}
}

// gradleLibs copies the libraries that a project needs at run time next to its classes.
const gradleLibs = `allprojects {
  afterEvaluate {
    if (project.configurations.findByName('runtimeClasspath') != null) {
      project.tasks.register('apigwLibs', Copy) {
        from project.configurations.runtimeClasspath
        into "${project.buildDir}/apigw-libs"
      }
    }
  }
}
`

// javaClientPaths finds AWS's runtime interface client: among the libraries of a function, in the
// cache, or with Maven, which is run once.
func (f *Finder) javaClientPaths(paths []string) ([]string, error) {
	for _, path := range paths {
		if found, err := filepath.Glob(filepath.Join(filepath.Dir(path), javaClient+"-*.jar")); err == nil && len(found) > 0 && filepath.Base(path) == "*" {
			return nil, nil
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	dir := filepath.Join(f.cache, "java", javaClientVersion)
	jars := func() bool {
		found, err := filepath.Glob(filepath.Join(dir, javaClient+"-*.jar"))
		return err == nil && len(found) > 0
	}
	if jars() {
		return []string{filepath.Join(dir, "*")}, nil
	}
	mvn, err := exec.LookPath("mvn")
	if err != nil {
		return nil, missing("add it to the function's dependencies, or install Maven", "com.amazonaws:%s is missing", javaClient)
	}
	pom, err := f.keep("java", "pom", map[string][]byte{"pom.xml": fmt.Appendf(nil, clientPOM, javaClient, javaClientVersion)})
	if err != nil {
		return nil, err
	}
	offline := isDir(filepath.Join(homeRepository(f.o.Getenv), "com", "amazonaws", javaClient, javaClientVersion))
	if !offline {
		f.o.Say("fetching com.amazonaws:" + javaClient + ":" + javaClientVersion + " with Maven, once …")
	}
	temp := dir + ".new"
	ctx, cancel := context.WithTimeout(context.Background(), installTime)
	defer cancel()
	cmd := exec.Command(mvn, "-q", "-B", "-f", filepath.Join(pom, "pom.xml"), "dependency:copy-dependencies", "-DoutputDirectory="+temp)
	if out, err := combined(ctx, cmd); err != nil {
		os.RemoveAll(temp)
		return nil, missing("run "+pasted(cmd.Args...), "Maven cannot fetch com.amazonaws:%s: %v\n%s", javaClient, err, out)
	}
	if err := os.Rename(temp, dir); err != nil && !jars() {
		return nil, err
	}
	return []string{filepath.Join(dir, "*")}, nil
}

func homeRepository(getenv func(string) string) string {
	return filepath.Join(getenv("HOME"), ".m2", "repository")
}

const clientPOM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>apigw</groupId>
  <artifactId>client</artifactId>
  <version>1</version>
  <dependencies>
    <dependency><groupId>com.amazonaws</groupId><artifactId>%s</artifactId><version>%s</version></dependency>
  </dependencies>
</project>
`
