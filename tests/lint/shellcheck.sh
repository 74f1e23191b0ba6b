#!/usr/bin/env bash
# Checks the shell scripts with Debian's ShellCheck, and installs it where it is missing. `make lint` calls it.
set -euo pipefail
cd "$(dirname "$0")/../.."
if ! command -v shellcheck >/dev/null; then
	sudo=()
	if [ "$(id -u)" -ne 0 ]; then sudo=(sudo); fi
	"${sudo[@]}" apt-get update -qq
	"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends shellcheck
fi
{ git ls-files -z '*.sh'; printf '.ci/run\0'; } | xargs -0 shellcheck
