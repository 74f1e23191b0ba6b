#!/bin/sh
# Installs what make bench-gateway needs: Debian's wrk, and beside it serverless-offline from npm, as package-lock.json holds it.
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
