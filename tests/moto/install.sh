#!/bin/sh
# Installs moto's server, which emulates AWS's services, into .cache/moto and prints its program. requirements.txt has the versions
# and hashes. Needs Python 3.10 with venv; on Debian, as root, it installs what is missing.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
version=$(sed -n 's/^moto\[.*\]==\([0-9.]*\).*/\1/p;s/^moto==\([0-9.]*\).*/\1/p' "$here/requirements.txt")
target=$(cd "$here/../.." && pwd)/.cache/moto/$version

if [ ! -e "$target/complete" ]; then
	if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
		if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
			"$here/../debian.sh" python3-venv
		else
			echo "tests/moto/install.sh: moto needs Python 3 with venv; install python3-venv and try again" >&2
			exit 1
		fi
	fi
	rm -rf "$target"
	python3 -m venv "$target" >&2
	bar= # of pip 24.1 and later
	! "$target/bin/pip" install --help | grep -q '\braw\b' || bar="--progress-bar raw"
	# shellcheck disable=SC2086 # two words, or none
	"$here/../tell.sh" "installing moto" "$target/bin/pip" install $bar --disable-pip-version-check --require-hashes --only-binary :all: -r "$here/requirements.txt"
	: >"$target/complete"
fi
echo "$target/bin/moto_server"
