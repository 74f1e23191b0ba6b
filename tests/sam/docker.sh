#!/usr/bin/env bash
# Provides the tests with a Docker engine. `docker.sh up` prints an address for DOCKER_HOST (empty: the engine that is already
# running); `docker.sh down` stops the engine that up started.
#
# An engine that is running is used as it is and pulls the real base images. If none is running, one is started only for these tests,
# with its data in .cache/docker and its own socket. Only that one gets the STAND-INS below for the base images, since a test machine
# may have no registry to pull from. So no stand-in can get into anybody's build.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
say() { echo "docker.sh: $*" >&2; }

# The path of a socket must be short, whatever the path of the repository.
run=/tmp/guessing-game-docker-$(printf %s "$root" | cksum | cut -d' ' -f1)
socket=unix://$run/docker.sock

start_engine() {
	if ! command -v dockerd >/dev/null; then
		if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
			say "no Docker engine runs and none can be installed here; start Docker and try again"
			exit 1
		fi
		tests/debian.sh docker.io
	fi
	mkdir -p "$run" .cache/docker
	say "starting an engine for the tests, log in .cache/docker/dockerd.log"
	setsid dockerd --host "$socket" --data-root "$root/.cache/docker/data" --exec-root "$run/exec" --pidfile "$run/dockerd.pid" \
		>.cache/docker/dockerd.log 2>&1 9>&- &
	local engine=$!
	until DOCKER_HOST=$socket docker info >/dev/null 2>&1; do
		kill -0 $engine 2>/dev/null || { say "the engine did not start:"; tail -n 20 .cache/docker/dockerd.log >&2; exit 1; }
		sleep 0.2
	done
}

# stand_ins creates images with the names that the Dockerfile's stages start from: for Alpine, the machine's own busybox and CA
# certificates; for Go's image, also its Go toolchain and the modules of go.sum. They have the same commands in the same places, which
# is all that the Dockerfile relies on. Their digests differ from those of the real images, so builds with them leave the digests
# out.
stand_ins() {
	local go_image base_image key
	go_image=$(sed -n 's/^ARG GO_IMAGE=\([^@]*\).*/\1/p' src/function/Dockerfile)
	base_image=$(sed -n 's/^ARG BASE_IMAGE=\([^@]*\).*/\1/p' src/function/Dockerfile)
	key=$({ cat go.mod go.sum tests/sam/docker.sh; go version; } | cksum | tr ' ' -)
	if [ "$(docker image inspect --format '{{.Config.Labels.standin}}' "$go_image" 2>/dev/null)" = "$key" ]; then
		return
	fi
	say "making stand-ins for $go_image and $base_image"
	if ! command -v busybox >/dev/null || ldd "$(command -v busybox)" >/dev/null 2>&1; then
		tests/debian.sh busybox-static
	fi
	local base=.cache/docker/base build=.cache/docker/build
	rm -rf $base # build is kept, since the next go.mod needs most of its modules too
	mkdir -p $base/{bin,etc/ssl/certs,tmp,root} $build/{go/pkg,root}
	chmod 1777 $base/tmp
	cp "$(command -v busybox)" $base/bin/busybox
	for applet in $(busybox --list | grep -vx busybox); do ln -s busybox $base/bin/"$applet"; done
	echo "root:x:0:0:root:/root:/bin/sh" >$base/etc/passwd
	cp /etc/ssl/certs/ca-certificates.crt $base/etc/ssl/certs/

	cp -a $base/. $build/

	# The modules for `go mod download`, from this machine's cache if it has them, and the results of compilation: with -trimpath
	# they do not depend on the folder, so the build in the image finds most of its work done.
	local modules=$root/$build/go/pkg/mod from
	from=$(go env GOMODCACHE)
	export GOFLAGS=-modcacherw GOMODCACHE=$modules
	GOPROXY="file://$from/cache/download,$(go env GOPROXY)" tests/tell.sh "downloading modules for it" go mod download
	export GOCACHE=$root/$build/root/.cache/go-build CGO_ENABLED=0
	tests/tell.sh "compiling the function for it" go build -v -trimpath -buildvcs=false -tags lambda.norpc -o /dev/null ./src/function
	tests/tell.sh "compiling apigw for it" go build -v -trimpath -buildvcs=false -o /dev/null ./src/apigw

	local goroot
	goroot=$(go env GOROOT)
	say "importing both; some hundred megabytes"
	tar -C $base -c . | docker import --change 'ENV PATH=/bin' --change "LABEL standin=$key" - "$base_image" >&2
	tar -c --exclude="${goroot#/}/test" --exclude="${goroot#/}/api" --exclude="${goroot#/}/doc" \
		--transform "s,^${goroot#/}\(/\|\$\),usr/local/go\1," -C "$root/$build" . -C / "${goroot#/}" |
		docker import --change 'ENV PATH=/usr/local/go/bin:/bin' --change 'ENV GOPATH=/go GOPROXY=off GOSUMDB=off' \
			--change "LABEL standin=$key" - "$go_image" >&2
	docker image prune --force >/dev/null # those of an earlier key
}

case ${1:-} in
up)
	# Tests of several packages run this in parallel.
	mkdir -p .cache/docker
	exec 9>.cache/docker/lock
	! command -v flock >/dev/null || flock 9
	if DOCKER_HOST=${DOCKER_HOST:-} docker info >/dev/null 2>&1; then
		echo "${DOCKER_HOST:-}"
		exit
	fi
	export DOCKER_HOST=$socket
	docker info >/dev/null 2>&1 || start_engine
	stand_ins
	echo "$DOCKER_HOST"
	;;
down)
	if [ -f "$run/dockerd.pid" ]; then
		kill "$(cat "$run/dockerd.pid")" 2>/dev/null || true
		while DOCKER_HOST=$socket docker info >/dev/null 2>&1; do sleep 0.2; done
	fi
	;;
*)
	echo "usage: docker.sh up|down" >&2
	exit 2
	;;
esac
