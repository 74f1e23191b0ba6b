#!/bin/sh
# Installs what the tests in a real browser need: Debian's Chromium. Run as root (or with sudo) on Debian or Ubuntu; it does
# nothing where a Chromium is already on the PATH. axe-core comes from npm by `npm ci` in this folder, at the version and the
# hash that package-lock.json holds.
set -eu
cd "$(dirname "$0")"

if ! command -v chromium >/dev/null && ! command -v chromium-browser >/dev/null && ! command -v google-chrome >/dev/null; then
	../debian.sh chromium fonts-dejavu-core
fi

npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
