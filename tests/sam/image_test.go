//go:build e2e

package sam

import (
	"crypto/sha256"
	"debug/buildinfo"
	"debug/elf"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// fileOf copies a file out of an image.
func fileOf(t testing.TB, image, name string) string {
	t.Helper()
	container := strings.TrimSpace(docker(t, "create", image, "-"))
	defer docker(t, "rm", container)
	to := filepath.Join(t.TempDir(), filepath.Base(name))
	docker(t, "cp", container+":"+name, to)
	return to
}

func TestImageSuitsLambdaAndSamLocal(t *testing.T) {
	built(t)
	var images []struct {
		Architecture, Os string
		Config           struct {
			Entrypoint []string
			User       string
			WorkingDir string
		}
	}
	parseJSON(t, docker(t, "image", "inspect", "gamefunction:latest"), &images)
	image := images[0]
	if image.Os != "linux" || image.Architecture != "amd64" || image.Config.User != "" ||
		!slices.Equal(image.Config.Entrypoint, []string{"/var/task/function"}) {
		t.Errorf("got %+v", image)
	}
	if notices, err := os.ReadFile(fileOf(t, "gamefunction:latest", "/usr/share/doc/guessing-game/NOTICES.txt")); err != nil || !strings.Contains(string(notices), "aws-lambda-go v") {
		t.Errorf("the image lacks the licences of what its programs link: %v", err)
	}
	// What `sam local` does to it, with the image's own shell.
	docker(t, "run", "--rm", "--entrypoint", "/bin/sh", "gamefunction:latest", "-c", "mv /var/task/function /f && chmod +x /f")
}

func TestFunctionIsStaticStrippedAndWithoutRPC(t *testing.T) {
	built(t)
	file := fileOf(t, "gamefunction:latest", "/var/task/function")
	binary, err := elf.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer binary.Close()
	if binary.Machine != elf.EM_X86_64 {
		t.Errorf("built for %s", binary.Machine)
	}
	for _, p := range binary.Progs {
		if p.Type == elf.PT_INTERP {
			t.Error("linked dynamically")
		}
	}
	if symbols, err := binary.Symbols(); err == nil {
		t.Errorf("%d symbols; not stripped", len(symbols))
	}
	info, err := buildinfo.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	if settings["-tags"] != "lambda.norpc" || settings["-trimpath"] != "true" || settings["CGO_ENABLED"] != "0" || settings["vcs.revision"] != "" {
		t.Errorf("built with %v", settings)
	}
}

func TestTwoBuildsGiveTheSameBinary(t *testing.T) {
	p := built(t)
	other := t.TempDir()
	if err := os.CopyFS(other, os.DirFS(p.dir)); err != nil {
		t.Fatal(err)
	}
	// Another folder, another time, no cached layers.
	docker(t, "build", "--no-cache", "--quiet", "--file", filepath.Join(other, "src/function/Dockerfile"), "--tag", "gamefunction-again", other)
	for _, name := range []string{"/var/task/function", "/var/task/apigw"} {
		if one, two := sum(t, fileOf(t, "gamefunction:latest", name)), sum(t, fileOf(t, "gamefunction-again", name)); one != two {
			t.Errorf("%s: %s and %s", name, one, two)
		}
	}
	// make build produces it too, with the Go version of the image.
	version := strings.TrimSpace(docker(t, "run", "--rm", toolchain(t, p), "go", "env", "GOVERSION"))
	run(t, p.dir, []string{"GOTOOLCHAIN=" + version}, "make", "bin/function")
	if one, two := sum(t, fileOf(t, "gamefunction:latest", "/var/task/function")), sum(t, filepath.Join(p.dir, "bin/function")); one != two {
		t.Errorf("image %s, make build %s", one, two)
	}
}

// toolchain is the image that the function is built in.
func toolchain(t *testing.T, p *project) string {
	_, rest, _ := strings.Cut(readIn(t, p.dir, "src/function/Dockerfile"), "\nARG GO_IMAGE=")
	image, _, _ := strings.Cut(rest, "\n")
	return image
}

// There may be no image for arm64 to pull here, nor a way to run one. So the toolchain of the build
// stage is given its target, which it would know on such a machine: what remains to show is that
// nothing in the Dockerfile names a processor.
func TestDockerfileBuildsForARM(t *testing.T) {
	p := built(t)
	container := strings.TrimSpace(docker(t, "create", toolchain(t, p), "-"))
	docker(t, "commit", "--change", "ENV GOARCH=arm64", container, "toolchain-for-arm64")
	docker(t, "rm", container)
	docker(t, "build", "--quiet", "--build-arg", "GO_IMAGE=toolchain-for-arm64", "--file", filepath.Join(p.dir, "src/function/Dockerfile"),
		"--tag", "gamefunction-arm64", p.dir)
	for _, name := range []string{"/var/task/function", "/var/task/apigw"} {
		binary, err := elf.Open(fileOf(t, "gamefunction-arm64", name))
		if err != nil {
			t.Fatal(err)
		}
		if binary.Machine != elf.EM_AARCH64 {
			t.Errorf("%s is for %s", name, binary.Machine)
		}
		binary.Close()
	}
}

func sum(t testing.TB, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x", sha256.Sum256(data))
}

// Read-only, without capabilities, as a user that the image does not know: as Lambda runs it,
// with the script behind make lambda-local.
func TestImageRunsAsLambdaRunsIt(t *testing.T) {
	p := built(t)
	url, _ := serve(t, p.dir, []string{p.engine, "IMAGE=gamefunction"}, "http://127.0.0.1:PORT", filepath.Join(p.dir, "tests/sam/lambda-local.sh"), "PORT")
	invoke := func(payload string) string {
		out := filepath.Join(t.TempDir(), "out.json")
		run(t, p.dir, nil, tool(t, "awscli", "aws"), "lambda", "invoke", "--endpoint-url", url, "--no-sign-request",
			"--function-name", "function", "--payload", payload, out)
		data, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	// The seed's transcript.
	var game struct {
		Kind, ID, Status string
		Number           int `json:"random_number"`
	}
	parseJSON(t, invoke(`{"kind":"gameRequested"}`), &game)
	if game.Kind != "GameCreated" {
		t.Errorf("got %+v", game)
	}
	got := invoke(fmt.Sprintf(`{"kind":"guessSubmitted","guess":%d,"id":%q}`, game.Number, game.ID))
	want := fmt.Sprintf(`{"kind":"GameWon","id":%q,"guesses":[%d,null,null],"random_number":%[2]d,"status":"won"}`, game.ID, game.Number)
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
