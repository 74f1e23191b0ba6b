package runtimes

import (
	"cmp"
	"context"
	"fmt"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"example.com/guessing-game/src/apigw/invoke"
	"example.com/guessing-game/src/apigw/sam"
)

// engineTime is how long Docker may take to respond.
const engineTime = 5 * time.Second

// image runs the function of a container image: with Docker or, if Docker or the image is
// missing, as its Dockerfile says.
func (f *Finder) image(fn *sam.Function) (*Launch, error) {
	l, err := f.imageByDocker(fn)
	web, folders := stageOf(fn)
	if web != nil && !web.adapter {
		web = nil
	}
	if err == nil {
		if web != nil {
			f.serveImage(fn, web, folders, l)
		}
		return l, nil
	}
	if web != nil {
		l, without := f.webImage(fn, web, folders)
		if without != nil {
			return nil, err
		}
		l.Notes = append(l.Notes, fmt.Sprintf("it runs from its Dockerfile's source, without what RUN does in the image: %v", err))
		return l, nil
	}
	if unpacked := unpackImage(fn); unpacked != nil {
		if l, without := f.Find(unpacked); without == nil {
			l.Handler, l.Runtime = unpacked.Handler, unpacked.Runtime
			l.How += ", without its image"
			l.Notes = append(l.Notes, fmt.Sprintf("it runs from its Dockerfile's source, without what RUN does in the image: %v", err))
			return l, nil
		}
	}
	return nil, err
}

// imageByDocker runs what sam build tagged, or the function's ImageUri, if that is on this machine.
// The container shares the network of the machine, so that it reaches the Runtime API, and
// stand-ins of services at 127.0.0.1.
func (f *Finder) imageByDocker(fn *sam.Function) (*Launch, error) {
	docker, err := exec.LookPath("docker")
	if err != nil {
		return nil, missing("install Docker", "it is a container image, and Docker is not on the path")
	}
	engine := f.docker(docker, "version", "--format", "{{.Server.Version}}")
	if engine != nil {
		return nil, missing("start Docker", "it is a container image, and no Docker engine is running")
	}
	image := fn.Code.Image
	name := cmp.Or(f.samBuild(fn.Code.Dir).property(fn.ID, "ImageUri"), image.URI)
	var tried []string
	for _, candidate := range []string{name, strings.ToLower(fn.ID), strings.ToLower(fn.ID) + ":" + image.Tag} {
		if candidate == "" || strings.HasSuffix(candidate, ":") {
			continue
		}
		if tried = append(tried, candidate); f.docker(docker, "image", "inspect", candidate) == nil {
			return f.container(fn, docker, candidate), nil
		}
	}
	fix := "run sam build"
	if image.URI != "" && image.Context == "" {
		fix = "run " + pasted("docker", "pull", image.URI)
	}
	return nil, missing(fix, "there is no image %s on this machine", strings.Join(tried, " or "))
}

// docker runs a Docker command and reports whether it succeeded.
func (f *Finder) docker(docker string, args ...string) error {
	ctx, cancel := context.WithTimeout(context.Background(), engineTime)
	defer cancel()
	return invoke.Run(ctx, exec.Command(docker, args...))
}

func (f *Finder) container(fn *sam.Function, docker, name string) *Launch {
	image := fn.Code.Image
	l := &Launch{Container: true, Remove: []string{docker, "rm", "--force", "{name}"}, How: "docker run " + name, Env: map[string]string{}}
	l.Command = []string{docker, "run", "--rm", "--name", "{name}", "{env}"}
	if runtime.GOOS == "linux" {
		l.Command = append(l.Command, "--network", "host")
	} else { // Docker Desktop: its virtual machine reaches this machine's own addresses by a name
		l.Command = append(l.Command, "--add-host", "host.docker.internal:host-gateway")
		l.HostName = "host.docker.internal"
	}
	if image.WorkingDirectory != "" {
		l.Command = append(l.Command, "--workdir", image.WorkingDirectory)
	}
	entry, words := image.EntryPoint, image.Command
	if len(entry) > 0 {
		l.Command = append(l.Command, "--entrypoint", entry[0])
		words = append(entry[1:len(entry):len(entry)], words...)
	}
	l.Command = append(append(l.Command, name), words...)
	return l
}
