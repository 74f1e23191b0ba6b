package runtimes

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"

	"example.com/guessing-game/src/apigw/sam"
)

// makefile runs the target build-ID of the Makefile next to a function's code, as sam build does
// if its BuildMethod is makefile: what it puts into ARTIFACTS_DIR is the function
// (https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/building-custom-runtimes.html).
func (f *Finder) makefile(fn *sam.Function, source string) (*place, error) {
	program, err := exec.LookPath("make")
	if err != nil || !isFile(filepath.Join(source, "Makefile")) {
		return nil, missing("run sam build", "its BuildMethod is makefile")
	}
	dir := filepath.Join(f.cache, "makefile", digest(source), fn.ID)
	run := command(source, []string{"ARTIFACTS_DIR=" + dir}, program, "-s", "build-"+fn.ID)
	return &place{dir: dir, source: source, name: shown(source), built: true, watch: []string{source}, how: "make build-" + fn.ID, build: func(ctx context.Context) error {
		if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o700)); err != nil {
			return err
		}
		return run(ctx)
	}}, nil
}
