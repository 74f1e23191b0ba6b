#!/bin/sh
# Installs packages of Debian or Ubuntu, as root or with sudo, and reports its progress. All of its output goes to standard error,
# since some of its callers print a result.
#
# usage: debian.sh PACKAGE…
set -eu
tell=$(dirname "$0")/tell.sh
if ! command -v apt-get >/dev/null; then
	echo "tests/debian.sh: there is no apt-get here; install $* yourself, and try again" >&2
	exit 1
fi
sudo=
if [ "$(id -u)" -ne 0 ]; then sudo=sudo; fi
"$tell" "looking up packages" $sudo apt-get -o APT::Status-Fd=1 update
"$tell" "installing $*" $sudo env DEBIAN_FRONTEND=noninteractive apt-get -o APT::Status-Fd=1 install -y --no-install-recommends "$@"
