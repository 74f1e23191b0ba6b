package runtimes

import (
	"cmp"
	"fmt"
	"os/exec"
	"path/filepath"

	"github.com/BurntSushi/toml"

	"example.com/guessing-game/src/apigw/sam"
)

// rust runs a program in Rust: cargo build's output for a crate, in the cache. AWS's runtime for
// Rust is part of the program, so it runs unchanged; cargo lambda, which sam build uses, builds it
// for Lambda's Linux.
func (f *Finder) rust(fn *sam.Function, p *place) (*Launch, error) {
	cargo, err := exec.LookPath("cargo")
	if err != nil {
		return nil, missing("", "Cargo is not on the path")
	}
	name := binary(fn, p.source)
	if name == "" {
		return nil, missing("name it: Metadata: {BuildProperties: {Binary: NAME}}", "%s does not say which program it builds", shown(filepath.Join(p.source, "Cargo.toml")))
	}
	target := filepath.Join(f.cache, "rust", digest(p.source))
	return &Launch{
		Command: []string{filepath.Join(target, "release", name)}, Dir: p.source, How: fmt.Sprintf("cargo build --release --bin %s of %s", name, shown(p.source)), Watch: []string{p.source},
		Build: command(p.source, nil, cargo, "build", "--quiet", "--release", "--bin", name, "--target-dir", target),
	}, nil
}

// binary returns the function's program in a crate: the one that the template names, as for sam
// build, or the only one.
// https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/building-rust.html
func binary(fn *sam.Function, dir string) string {
	if name, ok := fn.Code.BuildProperties["Binary"].(string); ok {
		return name
	}
	if fn.Handler != "" && fn.Handler != "bootstrap" && isFile(filepath.Join(dir, "src", "bin", fn.Handler+".rs")) {
		return fn.Handler
	}
	var crate struct {
		Package struct{ Name string }
		Bin     []struct{ Name string }
	}
	data, err := readSource(filepath.Join(dir, "Cargo.toml"), maxScannedSize)
	if err != nil || toml.Unmarshal(data, &crate) != nil || len(crate.Bin) > 1 {
		return ""
	}
	if len(crate.Bin) == 1 {
		return cmp.Or(crate.Bin[0].Name, crate.Package.Name)
	}
	return crate.Package.Name
}
