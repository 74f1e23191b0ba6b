package runtimes

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"example.com/guessing-game/src/apigw/sam"
)

// makefile runs the target build-ID of the Makefile next to a function's code, as sam build does
// if its BuildMethod is makefile: what it puts into ARTIFACTS_DIR is the function
// (https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/building-custom-runtimes.html).
func (f *Finder) makefile(fn *sam.Function, source string) (*place, error) {
	dir, build := f.make(source, fn.LogicalID())
	if build == nil {
		return nil, missing("run sam build", "its BuildMethod is makefile")
	}
	return &place{dir: dir, source: source, name: shown(source), built: true, watch: []string{source}, how: "make build-" + fn.LogicalID(), build: build}, nil
}

// make returns the folder that the target build-ID of a folder's Makefile fills, and what fills it;
// nil without a Makefile or make.
func (f *Finder) make(source, id string) (dir string, build func(context.Context) error) {
	program, err := exec.LookPath("make")
	if err != nil || !isFile(filepath.Join(source, "Makefile")) {
		return "", nil
	}
	dir = filepath.Join(f.cache, "makefile", digest(source), id)
	return dir, func(ctx context.Context) error {
		if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o700)); err != nil {
			return err
		}
		env := []string{"ARTIFACTS_DIR=" + dir}
		if compiler, err := exec.LookPath("go"); err == nil && isFile(filepath.Join(moduleOf(source), "go.mod")) {
			if overlay := f.leadGoSDK(goPackages(ctx, compiler, source, "./...")); overlay != "" {
				env = append(env, "GOFLAGS="+strings.TrimSpace(f.o.Getenv("GOFLAGS")+" -overlay="+overlay))
			}
		}
		return command(source, env, program, "-s", "build-"+id)(ctx)
	}
}

// made are the layers that a program has built with make.
type made struct {
	mu sync.Mutex
	at map[string]time.Time // when, by folder
}

// layer builds a layer, unless its source has not changed since this program built it: several
// functions have it.
func (m *made) layer(ctx context.Context, dir, source string, build func(context.Context) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if last, ok := m.at[dir]; ok && !newest(source).After(last) {
		return nil
	}
	if err := build(ctx); err != nil {
		return err
	}
	if m.at == nil {
		m.at = map[string]time.Time{}
	}
	m.at[dir] = time.Now()
	return nil
}
