#!/bin/sh
# Installs what make bench-gateway needs: Debian's wrk, and serverless-offline from npm, at the versions in package-lock.json.
set -eu
cd "$(dirname "$0")"

if ! command -v wrk >/dev/null; then
	../debian.sh wrk
fi

cd serverless-offline
if ! cmp -s package-lock.json node_modules/.installed; then
	npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	cp package-lock.json node_modules/.installed
fi
