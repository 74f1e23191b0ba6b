package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// program is a program that is measured.
type program struct {
	name  string
	about string
	path  string // of the executable, once built
	build []string
	env   []string // of the command that builds it
	// cache is the variable that tells that command where to find the results of earlier builds.
	cache string
	game  bool // plays the game; otherwise it returns {} for every event

	bytes    int64         // of the executable
	buildCPU time.Duration // of a clean build, 0 if not requested
}

const rustDir = "tests/latency/rust"

// goFlags are those of src/function/Dockerfile.
var goFlags = []string{"-trimpath", "-buildvcs=false", "-ldflags", "-s -w"}

// goTags is the function's build tag in the Dockerfile, with additional ones if needed.
func goTags(more string) []string { return []string{"-tags", "lambda.norpc" + more} }

// programs are all of them, by their names in the report. Executables of Go go to dir; those of
// Rust are built with a profile of Cargo.toml: release, or smoke, which takes less time.
func programs(dir, profile string) []*program {
	golang := func(p program, pkg string, flags ...[]string) *program {
		p.path, p.cache, p.env = filepath.Join(dir, p.name), "GOCACHE", []string{"CGO_ENABLED=0"}
		p.build = []string{"go", "build", "-o", p.path}
		for _, f := range flags {
			p.build = append(p.build, f...)
		}
		p.build = append(p.build, pkg)
		return &p
	}
	rust := func(p program, features string) *program {
		// One folder for all, in which Cargo keeps a crate once for each set of features.
		target := filepath.Join(rustDir, "target")
		p.path, p.cache, p.env = filepath.Join(target, profile, "game"), "CARGO_TARGET_DIR", []string{"CARGO_TARGET_DIR=" + target}
		p.build = []string{"cargo", "build", "--profile", profile, "--locked", "--quiet", "--manifest-path", rustDir + "/Cargo.toml", "--features", features}
		return &p
	}
	return []*program{
		golang(program{name: "go", about: "the function as deployed: its own loop, the X-Ray SDK", game: true}, "./src/function", goFlags, goTags("")),
		golang(program{name: "go-direct", about: "the function built with `-tags xraydirect`: X-Ray segments without the SDK", game: true}, "./src/function", goFlags, goTags(",xraydirect")),
		golang(program{name: "go-plain", about: "the function by `go build` without any flag", game: true}, "./src/function"),
		golang(program{name: "go-empty", about: "`lambda.Start` with an empty handler: the floor of the usual way"}, "./tests/latency/empty", goFlags, goTags("")),
		rust(program{name: "rust", about: "the same game in Rust with `lambda_runtime`, games in memory", game: true}, ""),
		rust(program{name: "rust-dynamodb", about: "the same with `aws-config` and `aws-sdk-dynamodb`, games in DynamoDB", game: true},
			"dynamodb"),
		rust(program{name: "rust-observed", about: "the game in Rust that also logs a line (`tracing`), counts and traces, as the Go function does", game: true},
			"observed"),
		rust(program{name: "rust-dynamodb-observed", about: "the same with `aws-config` and `aws-sdk-dynamodb`, games in DynamoDB", game: true},
			"dynamodb,observed"),
	}
}

// make builds the program; with clean it first builds it from scratch, to measure how long that
// takes.
func (p *program) make(ctx context.Context, dir string, clean bool) error {
	if clean {
		fresh, err := os.MkdirTemp(dir, "clean")
		if err != nil {
			return err
		}
		defer os.RemoveAll(fresh)
		if p.buildCPU, err = run(ctx, p.build, append(p.env, p.cache+"="+fresh)); err != nil {
			return fmt.Errorf("building %s anew: %w", p.name, err)
		}
	}
	if _, err := run(ctx, p.build, p.env); err != nil {
		return fmt.Errorf("building %s: %w", p.name, err)
	}
	// A copy is run, as in an image: linkers write a file page by page, which the page cache
	// keeps in small pieces, and that alone added 0.9 ms to the start of a program of 12 MB.
	executable, err := os.ReadFile(p.path)
	if err != nil {
		return fmt.Errorf("building %s: %w", p.name, err)
	}
	p.path, p.bytes = filepath.Join(dir, p.name+".copy"), int64(len(executable))
	return os.WriteFile(p.path, executable, 0o755)
}

// run runs a command and returns the CPU time of all its processes, which other work on the
// machine hardly affects. If it fails the error has its output.
func run(ctx context.Context, args, env []string) (cpu time.Duration, err error) {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Env = append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("%s: %w\n%s", args, err, out)
	}
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), nil
}
