#!/usr/bin/env bash
# Installs a set of Python tools, pinned to the last dependency, and prints the folder of its commands:
#
#	"$(tests/sam/tools.sh lint)/cfn-lint" template.yaml
#
# The sets are the files in tools/: lint, sam, awscli, awslambdaric, checkov, schemathesis, signers. Each has its own virtual
# environment under .cache/, since their dependencies conflict. If a set is already installed, nothing is done.
#
# pip checks every package against its hashes, which uv adds to a file of pins:
#
#	uv pip compile --universal --python-version 3.11.5 --generate-hashes --no-annotate --no-header pins.in -o tests/sam/tools/lint.txt
#
# To pip, a package with extras is another package, so extras that a package requires are in the file too (sam.txt: boto3-stubs, botocore).
set -euo pipefail
cd "$(dirname "$0")"

set_name=${1:?usage: tools.sh lint|sam|awscli|awslambdaric|checkov|schemathesis|signers}
pins=$PWD/tools/$set_name.txt
[ -f "$pins" ] || { echo "tools.sh: no set of tools is named $set_name" >&2; exit 2; }
command -v python3 >/dev/null || { echo "tools.sh: $set_name needs python3 (3.11.5 or later) with venv" >&2; exit 1; }

root=$(cd ../.. && pwd)
venv=$root/.cache/tools/$set_name
mkdir -p "$root/.cache/tools"
# One installation at a time: tests run in parallel.
exec 9>"$venv.lock"
! command -v flock >/dev/null || flock 9
if ! cmp -s "$pins" "$venv/installed.txt"; then
	rm -rf "$venv"
	python3 -m venv "$venv" >&2
	bar=() # of pip 24.1 and later
	! "$venv/bin/pip" install --help | grep -q '\braw\b' || bar=(--progress-bar raw)
	"$root/tests/tell.sh" "installing the Python tools of $set_name into .cache/tools/$set_name" \
		"$venv/bin/pip" install "${bar[@]}" --disable-pip-version-check --require-hashes --requirement "$pins"
	cp "$pins" "$venv/installed.txt"
fi
echo "$venv/bin"
