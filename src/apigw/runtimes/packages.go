package runtimes

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"example.com/guessing-game/src/apigw/document"
)

// packageSet are the packages that a function needs besides its own files: those that its manifest
// lists, as sam build would install them, or those that Lambda's runtime has and this machine
// lacks. They are installed once, into a cache folder named after their list, never next to the
// source.
type packageSet struct {
	what string // for people: "requirements.txt of src"
	kind string // of the folder's name: python3.12, node22
	key  []byte // what they depend on
	fix  string // the command that installs them by hand
	run  func(ctx context.Context, dir string) error
	from []string // the files that list them
}

// installTime is how long a package manager may take.
const installTime = 5 * time.Minute

// need makes a launch wait for packages, unless they are installed. It returns the folder that
// they will be in; empty if none are to be installed.
func (f *Finder) need(l *Launch, p *packageSet) string {
	if f.o.NoInstall || p == nil {
		return ""
	}
	dir := filepath.Join(f.cache, "packages", p.kind+"-"+digest(string(p.key)))
	l.Manifests = append(l.Manifests, p.from...)
	if isDir(dir) {
		return dir
	}
	build := l.Build
	l.Installs = build == nil || l.Installs
	l.Build = func(ctx context.Context) error {
		if build != nil {
			if err := build(ctx); err != nil {
				return err
			}
		}
		f.install(ctx, p, dir)
		return nil
	}
	return dir
}

// install installs packages for the first caller. A function may work without them, so a failure is
// only reported.
func (f *Finder) install(ctx context.Context, p *packageSet, dir string) {
	f.mu.Lock()
	once := f.installs[dir]
	if once == nil {
		once = &sync.Once{}
		f.installs[dir] = once
	}
	f.mu.Unlock()
	once.Do(func() {
		if isDir(dir) {
			return
		}
		f.o.Say(fmt.Sprintf("installing the packages of %s, once, into %s (--no-install skips this) …", p.what, filepath.Dir(dir)))
		begin := time.Now()
		switch err := p.into(ctx, dir); {
		case err == nil:
			f.o.Say(fmt.Sprintf("installed the packages of %s in %.1f s", p.what, time.Since(begin).Seconds()))
		case ctx.Err() == nil:
			f.o.Say(fmt.Sprintf("note: the packages of %s cannot be installed: %s\nTo see why, and to install them yourself: %s", p.what, lastLine(err), p.fix))
		}
	})
}

// into installs packages into a temporary folder, which then becomes the folder.
func (p *packageSet) into(ctx context.Context, dir string) error {
	ctx, cancel := context.WithTimeout(ctx, installTime)
	defer cancel()
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return err
	}
	temp, err := os.MkdirTemp(filepath.Dir(dir), ".new-*")
	if err != nil {
		return err
	}
	if err := p.run(ctx, temp); err != nil {
		return errors.Join(err, os.RemoveAll(temp))
	}
	if err := os.Rename(temp, dir); err != nil {
		os.RemoveAll(temp)
		if !isDir(dir) { // another process has made an equivalent one
			return err
		}
	}
	return nil
}

// packageManager runs a package manager. Its error ends with the manager's own message.
func packageManager(ctx context.Context, dir, name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	out, err := combined(ctx, cmd)
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return fmt.Errorf("%s took longer than %v", filepath.Base(name), installTime)
	}
	return fmt.Errorf("%s: %w\n%s", filepath.Base(name), err, bytes.TrimSpace(out))
}

// lastLine returns the most specific line of a package manager's output: the first that names an
// error other than npm's bare code, else the last.
func lastLine(err error) string {
	lines := strings.Split(strings.TrimSpace(err.Error()), "\n")
	for _, line := range lines {
		if strings.HasPrefix(line, "ERROR:") || strings.HasPrefix(line, "npm error ") && !strings.HasPrefix(line, "npm error code ") {
			return line
		}
	}
	return lines[len(lines)-1]
}

// search puts folders before and after those in a variable of search paths.
func (f *Finder) search(l *Launch, variable string, first, last []string) {
	if len(first)+len(last) == 0 {
		return
	}
	middle := l.Env[variable]
	if middle == "" {
		middle = f.o.Getenv(variable)
	}
	l.Env[variable] = join(append(append(slices.Clone(first), middle), last...)...)
}

// maxScanned bounds how much of a source is searched for imports.
const (
	maxScanned     = 2000
	maxScannedSize = 1 << 20
)

// maxManifest bounds the files that list packages; locks are large.
const maxManifest = 64 << 20

// readSource reads a source file. A file larger than its limit is not read, nor is a device or a
// pipe, which would never end.
func readSource(name string, most int64) ([]byte, error) {
	data, err := document.ReadFileUpTo(name, most)
	if err == nil && int64(len(data)) > most {
		err = fmt.Errorf("%s has more than %d bytes", shown(name), most)
	}
	return data, err
}

// scan calls found with the lines of a folder's files with one of the extensions, except in folders
// of tools and tests.
func scan(dir, ending string, found func(line string)) {
	seen := 0
	filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return nil
		case e.IsDir():
			if path != dir && (strings.HasPrefix(e.Name(), ".") || slices.Contains(generated, e.Name()) || e.Name() == "tests" || e.Name() == "test") {
				return fs.SkipDir
			}
			return nil
		case filepath.Ext(path) != ending:
			return nil
		}
		if seen++; seen > maxScanned {
			return fs.SkipAll
		}
		data, err := readSource(path, maxScannedSize)
		if err != nil {
			return nil
		}
		for lines := bufio.NewScanner(bytes.NewReader(data)); lines.Scan(); {
			found(lines.Text())
		}
		return nil
	})
}
