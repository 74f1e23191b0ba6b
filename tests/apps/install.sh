#!/bin/sh
# Installs what tests/apps needs beside Python, Node, Go, Java and Maven: Debian's Ruby.
set -eu
if ! command -v ruby >/dev/null; then
	"$(dirname "$0")/../debian.sh" ruby
fi
