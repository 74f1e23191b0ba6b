#!/bin/sh
# Installs what tests/apps needs in addition to Python, Node, Go, Java and Maven: Debian's Ruby.
set -eu
if ! command -v ruby >/dev/null; then
	"$(dirname "$0")/../debian.sh" ruby
fi
