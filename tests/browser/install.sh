#!/bin/sh
# Installs what the tests in a real browser need: Debian's Chromium. Run as root (or with sudo) on Debian or Ubuntu; it does
# nothing if a Chromium is already on the PATH. `npm ci` in this folder installs axe-core from npm, at the version and hash in
# package-lock.json.
set -eu
cd "$(dirname "$0")"

if ! command -v chromium >/dev/null && ! command -v chromium-browser >/dev/null && ! command -v google-chrome >/dev/null; then
	../debian.sh chromium fonts-dejavu-core
fi

npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
