#!/usr/bin/env bash
# Checks the shell scripts with Debian's ShellCheck, which it installs if it is missing. `make lint` calls it.
set -euo pipefail
cd "$(dirname "$0")/../.."
command -v shellcheck >/dev/null || tests/debian.sh shellcheck
{ git ls-files -z '*.sh'; printf '.ci/run\0'; } | xargs -0 shellcheck
