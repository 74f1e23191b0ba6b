package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"

	"example.com/guessing-game/tests/load"
)

// samStarts is how many times sam local start-api is started: each takes seconds.
const samStarts = 3

// samImage is the name of the image with the stub.
const samImage = "bench-gateway-stub:latest"

// samAnswer is what the stub returns to sam local start-api, which supports no integration but
// aws_proxy.
const samAnswer = `{"statusCode":200,"body":"{}"}`

const samTemplate = `Transform: AWS::Serverless-2016-10-31
Resources:
  Game:
    Type: AWS::Serverless::Function
    Properties:
      PackageType: Image
      ImageUri: ` + samImage + `
      Timeout: 30
      Events: {Guess: {Type: Api, Properties: {Path: "/games/{id}", Method: post}}}
`

// measureSAM takes the times from the exec of sam local start-api to its first response, with the
// same function in an existing container image. The Docker engine and the SAM CLI are those of
// tests/sam.
func (b *bench) measureSAM(ctx context.Context, root string) (times []time.Duration, err error) {
	scripts := filepath.Join(root, "tests", "sam")
	bin, err := command(root, filepath.Join(scripts, "tools.sh"), "sam")
	if err != nil {
		return nil, err
	}
	host, err := command(root, filepath.Join(scripts, "docker.sh"), "up")
	if err != nil {
		return nil, err
	}
	defer func() {
		_, down := command(root, filepath.Join(scripts, "docker.sh"), "down")
		err = errors.Join(err, down)
	}()
	env := []string{"SAM_CLI_TELEMETRY=0"}
	if host != "" {
		env = append(env, "DOCKER_HOST="+host)
	}
	dir := filepath.Join(b.tmp, "sam")
	if err := samProject(root, dir); err != nil {
		return nil, err
	}
	docker := exec.CommandContext(ctx, "docker", "build", "--quiet", "--tag", samImage, dir)
	docker.Env = append(os.Environ(), env...)
	if out, err := docker.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("docker build: %w: %s", err, out)
	}
	for i := range samStarts + 1 {
		progress("start %d of %d: sam local start-api", i, samStarts)
		first, err := b.startSAM(ctx, filepath.Join(bin, "sam"), dir, env)
		if err != nil {
			return nil, err
		}
		if i > 0 { // the first one builds an image that contains Lambda's emulator
			times = append(times, first)
		}
	}
	return times, nil
}

var baseImage = regexp.MustCompile(`(?m)^ARG BASE_IMAGE=([^@\s]+)`)

// samProject writes a template and the files for the image, which is based on that of the game's
// own image, since it has the shell that sam needs.
func samProject(root, dir string) error {
	dockerfile, err := os.ReadFile(filepath.Join(root, "src", "function", "Dockerfile"))
	if err != nil {
		return err
	}
	base := baseImage.FindSubmatch(dockerfile)
	if base == nil {
		return errors.New("src/function/Dockerfile has no ARG BASE_IMAGE")
	}
	build := exec.Command("go", "build", "-trimpath", "-o", filepath.Join(dir, "stub"), "./tests/load/stub")
	build.Dir, build.Env = root, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w: %s", err, out)
	}
	image := fmt.Sprintf("FROM %s\nCOPY stub /stub\nENV STUB_ANSWER='%s'\nENTRYPOINT [\"/stub\"]\n", base[1], samAnswer)
	return errors.Join(os.WriteFile(filepath.Join(dir, "Dockerfile"), []byte(image), 0o644),
		os.WriteFile(filepath.Join(dir, "template.yaml"), []byte(samTemplate), 0o644))
}

func (b *bench) startSAM(ctx context.Context, sam, dir string, env []string) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	port, err := load.FreePort()
	if err != nil {
		return 0, err
	}
	s, err := load.Start(dir, filepath.Join(b.tmp, "sam.log"), env, sam, "local", "start-api", "--port", port, "--skip-pull-image")
	if err != nil {
		return 0, err
	}
	defer s.Kill()
	first, _, err := s.Await(ctx, func() (*http.Request, error) {
		return http.NewRequest("POST", "http://127.0.0.1:"+port+"/games/7a1c", strings.NewReader(lambdaRoute.body))
	})
	if err != nil {
		log, _ := os.ReadFile(s.Log)
		return 0, fmt.Errorf("sam local start-api: %w: %s", err, log)
	}
	_, err = s.Signal(syscall.SIGINT, 30*time.Second)
	if exit := new(exec.ExitError); errors.As(err, &exit) { // its exit status is not 0
		err = nil
	}
	return first, err
}
