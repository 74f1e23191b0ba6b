#!/bin/sh
# Installs what tests/apps needs beside Python, Node, Go, Java and Maven: Debian's Ruby.
set -eu
if ! command -v ruby >/dev/null; then
	sudo=
	if [ "$(id -u)" -ne 0 ]; then sudo=sudo; fi
	$sudo apt-get update -qq
	$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends ruby
fi
