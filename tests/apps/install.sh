#!/bin/sh
# Installs what tests/apps needs beside Python, Node, Go, Java and Maven: Debian's Ruby.
set -eu
if ! command -v ruby >/dev/null; then
	sudo=
	if [ "$(id -u)" -ne 0 ]; then sudo=sudo; fi
	"$(dirname "$0")/../tell.sh" "looking up packages" $sudo apt-get update
	"$(dirname "$0")/../tell.sh" "installing ruby" $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ruby
fi
