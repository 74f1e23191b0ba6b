package runtimes

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// javaSDK is a version of AWS's SDK for Java that does not read AWS_ENDPOINT_URL, or only in late
// releases, and our class that its clients call before each request, through a file on the class
// path that lists such classes.
type javaSDK struct{ jar, class, list string }

var javaSDKs = []javaSDK{
	{"sdk-core-*.jar", "Endpoint2", "software/amazon/awssdk/global/handlers/execution.interceptors"},
	{"aws-java-sdk-core-*.jar", "Endpoint1", "com/amazonaws/global/handlers/request.handler2s"},
}

// leadJavaSDK makes AWS's SDK call the endpoints of AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_…. Our
// classes are compiled once, against the SDK of the first function that needs them; without a
// compiler next to java, the SDK is left alone.
func (f *Finder) leadJavaSDK(l *Launch, java string, paths []string) {
	real, err := filepath.EvalSymlinks(java)
	if err != nil {
		return
	}
	compiler := filepath.Join(filepath.Dir(real), "javac")
	if !isFile(compiler) {
		return
	}
	folder := func(sdk javaSDK) string {
		return filepath.Join(f.cache, "java", filepath.Base(f.boot)+"-"+sdk.class)
	}
	compiled := true
	for _, sdk := range javaSDKs {
		// Last, since the SDK reads only the first list, which may be the function's own.
		l.Env["CLASSPATH"] = join(l.Env["CLASSPATH"], folder(sdk))
		compiled = compiled && isDir(folder(sdk))
	}
	if compiled {
		return
	}
	build := l.Build
	l.Installs = build == nil
	l.Build = func(ctx context.Context) error {
		if build != nil {
			if err := build(ctx); err != nil {
				return err
			}
		}
		for _, sdk := range javaSDKs {
			if isDir(folder(sdk)) || !sdk.among(paths) {
				continue
			}
			if err := f.compile(ctx, compiler, sdk, folder(sdk), paths); err != nil && ctx.Err() == nil {
				f.o.Say(fmt.Sprintf("note: AWS's SDK for Java calls AWS, not AWS_ENDPOINT_URL, unless its version reads that: %v", err))
			}
		}
		return nil
	}
}

// among reports whether the SDK is on a class path.
func (sdk javaSDK) among(paths []string) bool {
	for _, path := range paths {
		if found, err := filepath.Glob(filepath.Join(filepath.Dir(path), sdk.jar)); err == nil && len(found) > 0 && filepath.Base(path) == "*" {
			return true
		}
	}
	return false
}

// compile makes a folder of a class path that has our class and the list with its name.
func (f *Finder) compile(ctx context.Context, compiler string, sdk javaSDK, dir string, paths []string) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return err
	}
	temp, err := os.MkdirTemp(filepath.Dir(dir), ".new-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	cmd := exec.Command(compiler, "-nowarn", "-proc:none", "-source", "8", "-target", "8", "-cp", join(paths...), "-d", temp, filepath.Join(f.boot, sdk.class+".java"))
	if out, err := combined(ctx, cmd); err != nil {
		return fmt.Errorf("javac: %w\n%s", err, out)
	}
	list := filepath.Join(temp, filepath.FromSlash(sdk.list))
	if err := os.MkdirAll(filepath.Dir(list), 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(list, []byte("apigw."+sdk.class+"\n"), 0o600); err != nil {
		return err
	}
	if err := os.Rename(temp, dir); err != nil && !isDir(dir) { // another process has made an equivalent one
		return errors.Join(errors.New("our class cannot be stored"), err)
	}
	return nil
}
