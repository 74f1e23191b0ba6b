#!/usr/bin/env bash
# Installs LocalStack, a second implementation of API Gateway, into .cache/localstack and prints its Python. requirements.txt has the
# versions and hashes of what its services apigateway and sqs need, a third of the whole; they come from
#
#	uv pip compile --no-deps --universal --python-version 3.13 --generate-hashes --no-annotate --no-header pins.in
#
# Needs Python 3.13 with venv, the version that LocalStack's image has: its SQS does not load in an older one. A Python of that version
# is taken from PYTHON, the path, pyenv or uv; on Debian, as root, it is installed where Debian has it.
set -euo pipefail
cd "$(dirname "$0")"
root=$(cd ../.. && pwd)
venv=$root/.cache/localstack

fits() {
	"$1" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info[:2] != (3, 13))' 2>/dev/null
}

find_python() {
	local candidate
	for candidate in ${PYTHON:+"$PYTHON"} python3.13 python3 \
		"${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.13*/bin/python3 "${XDG_DATA_HOME:-$HOME/.local/share}"/uv/python/cpython-3.13*/bin/python3; do
		if fits "$candidate"; then
			echo "$candidate"
			return
		fi
	done
	return 1
}

mkdir -p "$root/.cache"
# One installation at a time: tests run side by side.
exec 9>"$venv.lock"
! command -v flock >/dev/null || flock 9
if ! cmp -s requirements.txt "$venv/installed.txt"; then
	if ! python=$(find_python); then
		if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
			../tell.sh "looking up packages" apt-get update
			DEBIAN_FRONTEND=noninteractive ../tell.sh "installing python3.13" apt-get install -y --no-install-recommends python3.13-venv || true
		fi
		if ! python=$(find_python); then
			echo "tests/localstack/install.sh: LocalStack needs Python 3.13 with venv, and there is none: not in PYTHON, on the path, of pyenv or of uv." >&2
			echo "Install it (pyenv install 3.13, uv python install 3.13, or Debian 13's python3.13-venv), or name it: PYTHON=/path/to/python3.13" >&2
			exit 1
		fi
	fi
	rm -rf "$venv"
	"$python" -m venv "$venv" >&2
	../tell.sh "installing LocalStack into .cache/localstack" \
		"$venv/bin/pip" install --disable-pip-version-check --require-hashes --no-deps --requirement requirements.txt
	cp requirements.txt "$venv/installed.txt"
fi
echo "$venv/bin/python"
