package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// program is something that is measured.
type program struct {
	name  string
	about string
	path  string // of the executable, once built
	build [][]string
	// game says that it plays the game; otherwise it answers whatever comes with {}.
	game bool
	// needsTable says that it cannot do without DynamoDB.
	needsTable bool
}

const rustDir = "tests/latency/rust"

// programs are all of them, by what they are called in the report. Executables go to dir.
func programs(dir string) []*program {
	goBuild := func(out, pkg string, tags string) []string {
		return []string{"env", "CGO_ENABLED=0", "go", "build", "-trimpath", "-buildvcs=false", "-tags", "lambda.norpc" + tags, "-ldflags", "-s -w", "-o", out, pkg}
	}
	cargo := func(args ...string) []string {
		return append([]string{"cargo", "build", "--release", "--locked", "--quiet", "--manifest-path", rustDir + "/Cargo.toml"}, args...)
	}
	at := func(name string) string { return filepath.Join(dir, name) }
	list := []*program{
		{name: "go", about: "the function: its own loop, the X-Ray SDK", path: at("function"), build: [][]string{goBuild(at("function"), "./src/function", "")}, game: true},
		{name: "go-direct", about: "the function built with -tags xraydirect: its own loop, its own X-Ray segments", path: at("function-direct"), build: [][]string{goBuild(at("function-direct"), "./src/function", ",xraydirect")}, game: true},
		{name: "go-empty", about: "lambda.Start with an empty handler: the floor of the usual way", path: at("empty"), build: [][]string{goBuild(at("empty"), "./tests/latency/empty", "")}},
		{name: "rust", about: "the same game in Rust, lambda_runtime, games in memory", path: rustDir + "/target/release/guessing-game", build: [][]string{cargo()}, game: true},
		{name: "rust-dynamodb", about: "the same with aws-config and aws-sdk-dynamodb linked in and a client made", path: rustDir + "/target/dynamodb/release/guessing-game",
			build: [][]string{cargo("--features", "dynamodb", "--target-dir", rustDir+"/target/dynamodb")}, game: true, needsTable: true},
	}
	for _, p := range list {
		if abs, err := filepath.Abs(p.path); err == nil {
			p.path = abs
		}
	}
	return list
}

// make builds the program.
func (p *program) make(ctx context.Context) error {
	for _, args := range p.build {
		cmd := exec.CommandContext(ctx, args[0], args[1:]...)
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("building %s (%s): %w\n%s", p.name, p.about, err, out)
		}
	}
	if _, err := os.Stat(p.path); err != nil {
		return fmt.Errorf("building %s: %w", p.name, err)
	}
	return nil
}

// size is the executable's, in bytes.
func (p *program) size() int64 {
	info, err := os.Stat(p.path)
	if err != nil {
		return 0
	}
	return info.Size()
}
