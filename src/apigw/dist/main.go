// Command dist builds the archives of apigw that people install: one for each system, each with
// the program, the licences of what is linked into it and an SBOM (CycloneDX), and the checksums
// of all. The same commit yields the same bytes.
//
//	go run ./src/apigw/dist -out dist             make the archives
//	go run ./src/apigw/dist -notices PACKAGE…     print the licences of what the packages link
package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// sbom is the tool of the CycloneDX project, pinned.
const sbom = "github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.9.0"

// target is a system that apigw is built for.
type target struct{ os, arch string }

var targets = []target{{"linux", "amd64"}, {"linux", "arm64"}, {"darwin", "amd64"}, {"darwin", "arm64"}, {"windows", "amd64"}, {"windows", "arm64"}}

func main() {
	log.SetFlags(0)
	out := flag.String("out", "dist", "folder for the archives")
	only := flag.String("only", "", "build only the archive of this OS/ARCH")
	notices := flag.Bool("notices", false, "print the licences of what the packages in the arguments link, and make nothing")
	flag.Parse()
	if *notices {
		text, err := noticesOf(os.Environ(), flag.Args()...)
		if err != nil {
			log.Fatal(err)
		}
		os.Stdout.Write(text)
		return
	}
	if err := makeAll(*out, *only); err != nil {
		log.Fatal(err)
	}
}

func makeAll(out, only string) error {
	version, err := output(nil, "git", "describe", "--tags", "--always", "--dirty")
	if err != nil {
		return err
	}
	commit, err := output(nil, "git", "log", "-1", "--format=%ct")
	if err != nil {
		return err
	}
	seconds, err := strconv.ParseInt(commit, 10, 64)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o777); err != nil {
		return err
	}
	tools, err := os.MkdirTemp("", "apigw-dist-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tools)
	if _, err := output(append(os.Environ(), "GOBIN="+tools), "go", "install", sbom); err != nil {
		return err
	}
	var sums strings.Builder
	for _, t := range targets {
		if only != "" && only != t.os+"/"+t.arch {
			continue
		}
		name := fmt.Sprintf("apigw_%s_%s_%s", version, t.os, t.arch)
		archive, content, err := t.archive(name, version, filepath.Join(tools, "cyclonedx-gomod"), time.Unix(seconds, 0).UTC())
		if err != nil {
			return fmt.Errorf("%s/%s: %w", t.os, t.arch, err)
		}
		if err := os.WriteFile(filepath.Join(out, archive), content, 0o666); err != nil {
			return err
		}
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(content), archive)
		log.Printf("%s  %d kB", filepath.Join(out, archive), len(content)>>10)
	}
	if sums.Len() == 0 {
		return fmt.Errorf("-only %s: not one of %v", only, targets)
	}
	return os.WriteFile(filepath.Join(out, "checksums.txt"), []byte(sums.String()), 0o666)
}

// file is a file of an archive.
type file struct {
	name    string
	content []byte
	program bool
}

// archive builds apigw and puts it into an archive, whose files all have the time of the commit.
func (t target) archive(name, version, tool string, at time.Time) (string, []byte, error) {
	env := append(os.Environ(), "GOOS="+t.os, "GOARCH="+t.arch, "CGO_ENABLED=0")
	dir, err := os.MkdirTemp("", "apigw-dist-")
	if err != nil {
		return "", nil, err
	}
	defer os.RemoveAll(dir)
	program := "apigw"
	if t.os == "windows" {
		program = "apigw.exe"
	}
	binary, bom := filepath.Join(dir, program), filepath.Join(dir, "sbom.json")
	// The version is the commit's, stamped by -ldflags: other state of the git working tree does
	// not change the bytes.
	if _, err := output(env, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w -X main.stamped="+version, "-o", binary, "./src/apigw"); err != nil {
		return "", nil, err
	}
	if _, err := output(env, tool, "bin", "-json", "-std", "-noserial", "-version", version, "-output", bom, binary); err != nil {
		return "", nil, err
	}
	if err := datedAt(bom, at); err != nil {
		return "", nil, err
	}
	licences, err := noticesOf(env, "./src/apigw")
	if err != nil {
		return "", nil, err
	}
	files := []file{{name: "NOTICES.txt", content: licences}}
	for path, in := range map[string]string{binary: program, bom: "sbom.cdx.json", "LICENSE": "LICENSE", "README.md": "README.md"} {
		content, err := os.ReadFile(path)
		if err != nil {
			return "", nil, err
		}
		files = append(files, file{in, content, path == binary})
	}
	slices.SortFunc(files, func(a, b file) int { return strings.Compare(a.name, b.name) })
	if t.os == "windows" {
		content, err := zipped(name, files, at)
		return name + ".zip", content, err
	}
	content, err := tarred(name, files, at)
	return name + ".tar.gz", content, err
}

// datedAt sets the time of an SBOM to that of the commit.
func datedAt(file string, at time.Time) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var bom map[string]any
	if err := json.Unmarshal(text, &bom); err != nil {
		return err
	}
	metadata, ok := bom["metadata"].(map[string]any)
	if !ok {
		return fmt.Errorf("%s has no metadata", file)
	}
	metadata["timestamp"] = at.Format(time.RFC3339)
	if text, err = json.MarshalIndent(bom, "", "  "); err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o666)
}

func tarred(name string, files []file, at time.Time) ([]byte, error) {
	var b bytes.Buffer
	compressed := gzip.NewWriter(&b)
	archive := tar.NewWriter(compressed)
	for _, f := range files {
		mode := int64(0o644)
		if f.program {
			mode = 0o755
		}
		if err := archive.WriteHeader(&tar.Header{Name: name + "/" + f.name, Mode: mode, Size: int64(len(f.content)), ModTime: at, Format: tar.FormatUSTAR}); err != nil {
			return nil, err
		}
		if _, err := archive.Write(f.content); err != nil {
			return nil, err
		}
	}
	err := errors.Join(archive.Close(), compressed.Close())
	return b.Bytes(), err
}

func zipped(name string, files []file, at time.Time) ([]byte, error) {
	var b bytes.Buffer
	archive := zip.NewWriter(&b)
	for _, f := range files {
		w, err := archive.CreateHeader(&zip.FileHeader{Name: name + "/" + f.name, Method: zip.Deflate, Modified: at})
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(f.content); err != nil {
			return nil, err
		}
	}
	err := archive.Close()
	return b.Bytes(), err
}

// output runs a command and returns what it prints, without the last line break.
func output(env []string, name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Env = env
	var failed bytes.Buffer
	cmd.Stderr = &failed
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, failed.String())
	}
	return strings.TrimSuffix(string(out), "\n"), nil
}
