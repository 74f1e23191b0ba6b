#!/bin/sh
# Installs what the tests beside it sign tokens and requests with: packages of npm, at the versions and hashes that package-lock.json
# holds. Those of Python come by tests/sam/tools.sh.
set -eu
cd "$(dirname "$0")"
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
